"""The installed systemd-run, started many times over in one mount namespace.

systemd-run refuses to work where ``/run/systemd/system`` is missing. A helper process in a
mount namespace of its own has an empty one on a tmpfs, and starts systemd-run there for each
line that it is sent, so that hundreds of starts take seconds.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType

    from tests.support.recorder import Recorder, StartCall

__all__ = ["Answer", "Oracle"]

_HELPER = """
import json, subprocess, sys
for line in sys.stdin:
    order = json.loads(line)
    done = subprocess.run(order["argv"], env=order["env"], cwd=order["cwd"],
                          stdin=subprocess.DEVNULL, capture_output=True)
    print(json.dumps([done.returncode, done.stderr.decode(errors="replace")]), flush=True)
"""

_SETUP = (
    'mount -t tmpfs -o mode=755 tmpfs /run && mkdir -p /run/systemd/system && exec "$0" -I -c "$1"'
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What one start of systemd-run came to.

    Attributes:
        status: its exit status.
        stderr: what it said on standard error.
        call: the ``StartTransientUnit`` call that it made, or None where it made none.
    """

    status: int
    stderr: str
    call: StartCall | None


class Oracle:
    """A helper that starts the installed systemd-run; an async context manager."""

    def __init__(self, recorder: Recorder) -> None:
        """Start systemd-run against *recorder*, which must be entered already."""
        self._recorder = recorder
        self._program = shutil.which("systemd-run")

    async def __aenter__(self) -> Self:
        """Start the helper."""
        if self._program is None:
            raise RuntimeError("systemd-run is not installed (Debian package: systemd)")
        self._process = await asyncio.create_subprocess_exec(
            *("unshare", "--mount", "--propagation", "private"),
            *("sh", "-c", _SETUP, sys.executable, _HELPER),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the helper and wait for it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        await self._process.wait()

    async def run(
        self,
        arguments: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
        directory: str = "/",
    ) -> Answer:
        """Start systemd-run once.

        Args:
            arguments: its arguments; ``--wait`` is put before them, for without it
                systemd-run prefers the manager's private socket to the bus.
            environment: its whole environment but for the bus's address.
            directory: its working directory.

        Returns:
            What came of it.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        variables = {"PATH": "/usr/bin:/bin"} if environment is None else dict(environment)
        variables["DBUS_SYSTEM_BUS_ADDRESS"] = self._recorder.address
        order = {
            "argv": [self._program, "--wait", *arguments],
            "env": variables,
            "cwd": directory,
        }
        before = len(self._recorder.calls)
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        await self._process.stdin.drain()
        status, stderr = json.loads(await self._process.stdout.readline())
        new = self._recorder.calls[before:]
        assert len(new) <= 1
        return Answer(status, stderr, new[0] if new else None)
