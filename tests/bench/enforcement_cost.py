"""What it costs to see that restrictions are in force, as a ratio to the launch without that.

The same launches run in turns with ``--enforce=off`` and ``strict`` under the same embedded
manager: whole programs, and launches of a client that is there already. Medians are of the
differences between neighbours, as machines have better and worse moments.

Of launches that nobody waits for, it is measured when the command begins: without enforcement
they are over when the manager has forked, before the sandbox is set up.
Run: python -m tests.bench.enforcement_cost
"""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from runwrap import Enforce, Launch, LaunchSpec, Manager, prepare, run
from tests.system.places import CHECKOUT, EmbeddedPlace

if TYPE_CHECKING:
    from collections.abc import Iterable

_LAUNCHES = 10
_PROGRAMS = 5
# The kernel is done with the last unit's programs.
_BETWEEN_S = 0.05
# The sandbox has been set up, and the command has been run.
_SET_UP_S = 0.25

_SETS = {
    "accounting": ("IPAccounting=yes",),
    "access list": ("IPAddressDeny=any", "RestrictAddressFamilies=AF_UNIX"),
    "files": ("ProtectSystem=full", "ProtectHome=yes", "PrivateTmp=yes"),
    "a dozen": (
        *("IPAddressDeny=any", "PrivateNetwork=yes", "PrivateDevices=yes", "ProtectHome=yes"),
        *("ProtectSystem=full", "ProtectKernelModules=yes", "NoNewPrivileges=yes"),
        *("RestrictAddressFamilies=AF_UNIX", "RestrictNamespaces=yes", "LockPersonality=yes"),
        *("MemoryDenyWriteExecute=yes", "SystemCallFilter=@system-service"),
    ),
}

_LOOP = f"""
for pair in $(seq {_PROGRAMS}); do
    for mode in off strict; do
        date +%s%N
        "$@" --enforce=$mode true || exit 1
    done
done
date +%s%N
"""


def _programs(place: EmbeddedPlace, assignments: tuple[str, ...]) -> list[float]:
    """Return the milliseconds of each run of the program: off, strict, off, ..."""
    options = [word for each in assignments for word in ("-p", each)]
    program = (sys.executable, "-m", "runwrap", "--wait", "-q", *options)
    done = place.run("sh", "-c", _LOOP, "sh", *program)
    assert done.returncode == 0, done.stderr
    times = [int(line) / 1e6 for line in done.stdout.split()]
    return [end - begin for begin, end in pairwise(times)]


async def _launches(manager: Manager, assignments: tuple[str, ...]) -> list[float]:
    """Return the same of launches from one process."""
    spec = LaunchSpec(command=("true",), properties=assignments, collect=True)
    times = []
    for _ in range(_LAUNCHES):
        for mode in (Enforce.OFF, Enforce.STRICT):
            begin = time.perf_counter()
            await run(manager, spec, enforce=mode)
            times.append((time.perf_counter() - begin) * 1e3)
            await asyncio.sleep(_BETWEEN_S)
    return times


async def _beginnings(manager: Manager, assignments: tuple[str, ...], told: Path) -> list[float]:
    """Return the same of launches that nobody waits for, until their command begins."""
    output = f"StandardOutput=truncate:{told}"
    command = ("/bin/date", "+%s%N")
    spec = LaunchSpec(command=command, properties=(*assignments, output), collect=True)
    times = []
    for _ in range(_LAUNCHES):
        for mode in (Enforce.OFF, Enforce.STRICT):
            told.write_text("")
            begin = time.time_ns()
            async with Launch(manager, prepare(spec, wait=False), enforce=mode) as launch:
                await launch.started()
            await asyncio.sleep(_SET_UP_S)
            times.append((int(told.read_text()) - begin) / 1e6)
    return times


def _tell(name: str, times: Iterable[float]) -> None:
    values = list(times)
    pairs = list(zip(values[::2], values[1::2], strict=True))
    off = statistics.median(pair[0] for pair in pairs)
    more = statistics.median(pair[1] - pair[0] for pair in pairs)
    print(f"{name:<23} off {off:6.1f} ms, strict {more:+5.1f} ms, ratio {(off + more) / off:.2f}")


async def _measure(place: EmbeddedPlace) -> None:
    async with Manager(place.bus_address) as manager:
        for name, assignments in _SETS.items():
            _tell(f"launch, {name}", await _launches(manager, assignments))
        with TemporaryDirectory() as directory:
            for name in ("accounting", "a dozen"):
                times = await _beginnings(manager, _SETS[name], Path(directory, "told"))
                _tell(f"not waited, {name}", times)
    for name, assignments in _SETS.items():
        _tell(f"program, {name}", _programs(place, assignments))


def main() -> None:
    """Print the medians without enforcement, what enforcement adds, and the ratio."""
    # An installed package has been compiled.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPATH"] = str(CHECKOUT)
    begin = time.perf_counter()
    subprocess.run([sys.executable, "-c", "pass"], check=True)
    print(f"{'python -c pass':<23} {(time.perf_counter() - begin) * 1e3:10.1f} ms")
    with EmbeddedPlace() as place:
        asyncio.run(_measure(place))


if __name__ == "__main__":
    main()
