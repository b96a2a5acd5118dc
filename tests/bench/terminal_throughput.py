"""How fast a command's output goes through the terminal, as a ratio to systemd-run -t.

Everything is shown on a terminal of this program's, which is read as fast as it can be. First
the forwarder alone with a child process, then ``runwrap -q -t`` and ``systemd-run -q -t`` in
turns under the same embedded manager. Run: python -m tests.bench.terminal_throughput
"""

from __future__ import annotations

import fcntl
import os
import statistics
import subprocess
import sys
import termios
import time
from typing import TYPE_CHECKING, Any

from tests.support.tty import runwrap_argv
from tests.system.places import CHECKOUT, EmbeddedPlace

if TYPE_CHECKING:
    from collections.abc import Callable

_MIB = 64
_TURNS = 3
# Not a part of the command itself, which may be the window's title.
_END = b"the end of it"
_WRITE = f"yes {'y' * 79} | head -c {_MIB}M; printf '%s of it' 'the end'"

_ALONE = """
import asyncio, sys
from runwrap.terminal import Forwarder, Pty

async def main():
    with Pty.open() as pty:
        async with Forwarder(pty) as forwarder:
            child = await asyncio.create_subprocess_exec(
                *sys.argv[1:], stdin=pty.follower, stdout=pty.follower, stderr=pty.follower
            )
            await child.wait()
            await forwarder.drain()

asyncio.run(main())
"""


def _seconds(start: Callable[..., subprocess.Popen[Any]], argv: list[str]) -> float:
    """Run *argv* on a terminal; return how long it was from the first to the last output."""
    master, follower = os.openpty()

    def control() -> None:
        fcntl.ioctl(follower, termios.TIOCSCTTY, 0)

    process = start(
        argv,
        stdin=follower,
        stdout=follower,
        stderr=follower,
        start_new_session=True,
        preexec_fn=control,
    )
    os.close(follower)
    tail = b""
    begin = 0.0
    while _END not in tail:
        data = os.read(master, 65536)
        begin = begin or time.perf_counter()
        tail = (tail + data)[-200:] if len(data) < 200 else data[-200:]
    took = time.perf_counter() - begin
    while True:
        try:
            os.read(master, 65536)
        except OSError:
            break
    os.close(master)
    assert process.wait() == 0
    return took


def main() -> None:
    """Print the medians and their ratios."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    command = ["sh", "-c", _WRITE]
    with EmbeddedPlace() as place:
        programs: dict[str, tuple[Callable[..., subprocess.Popen[Any]], list[str]]] = {
            "no forwarding": (subprocess.Popen, command),
            "forwarder": (subprocess.Popen, [sys.executable, "-c", _ALONE, *command]),
            "systemd-run": (place.popen, ["systemd-run", "-q", "-t", *command]),
        }
        usage = place.run(*runwrap_argv(place), "--help").stdout
        if "--pty" in usage:
            programs["runwrap"] = (place.popen, [*runwrap_argv(place), "-q", "-t", *command])
        turns: dict[str, list[float]] = {name: [] for name in programs}
        for _ in range(_TURNS):
            for name, (start, argv) in programs.items():
                turns[name].append(_seconds(start, argv))
    speed = {name: _MIB / statistics.median(values) for name, values in turns.items()}
    for name, value in speed.items():
        ratio = value / speed["systemd-run"]
        print(f"{name:<16}{value:8.1f} MiB/s{ratio:8.2f} of systemd-run")


if __name__ == "__main__":
    os.chdir(CHECKOUT)
    main()
