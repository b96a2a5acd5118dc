"""The log of a unit, shown while it runs: journalctl(1) follows it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from runwrap.cli.request import Where
from runwrap.cli.say import say
from runwrap.dependents import die_with

if TYPE_CHECKING:
    from types import TracebackType

    from runwrap.cli.request import Destination

__all__ = ["Follower"]

_SYNC_S: Final = 5.0
# journald tells its readers of what is new a quarter of a second later.
_TOLD_S: Final = 0.5
_LAST_S: Final = 3.0


class Follower:
    """Shows the log of one unit on standard output; an async context manager.

    When it is left, what the journal has received by then has been shown.
    """

    def __init__(self, unit: str, destination: Destination, output: str) -> None:
        """Prepare to follow *unit*.

        Args:
            unit: its full name.
            destination: the manager that it is under.
            output: how the log is shown (journalctl(1), ``--output=``).
        """
        self._unit = unit
        self._destination = destination
        self._output = output
        self._process: asyncio.subprocess.Process | None = None
        self._synchronizes = False

    async def __aenter__(self) -> Self:
        """Begin to follow; where that is not possible, it is said."""
        program = shutil.which("journalctl")
        if program is None or self._destination.host or self._destination.capsule:
            reason = "journalctl is not installed" if program is None else "it is kept elsewhere"
            say(f"runwrap: warning: the log cannot be shown: {reason}")
            return self
        # Since 258 (journalctl(1)).
        self._synchronizes = "--synchronize-on-exit" in await _output(program, "--help")
        option = "--user-unit" if self._destination.where is Where.USER else "--unit"
        machine = self._destination.machine
        self._process = await asyncio.create_subprocess_exec(
            *(program, "--quiet", "--no-pager", "--follow", "--lines=all"),
            # An earlier unit of that name is of no interest.
            *(f"--since=@{_begun():.6f}", f"--output={self._output}", f"{option}={self._unit}"),
            *([] if machine is None else [f"--machine={machine}"]),
            *(["--synchronize-on-exit=yes"] if self._synchronizes else []),
            stdin=asyncio.subprocess.DEVNULL,
            # Ctrl-C is for this process, which then shows the last of it.
            start_new_session=True,
            preexec_fn=partial(die_with, os.getpid(), signal.SIGTERM),
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Show the rest, and end the following."""
        process = self._process
        if process is None:
            return
        try:
            if not self._synchronizes:
                await self._synchronize()
                await asyncio.sleep(_TOLD_S)
            with contextlib.suppress(ProcessLookupError, TimeoutError):
                process.terminate()
                # Nobody may be reading what it has to write.
                async with asyncio.timeout(_LAST_S):
                    await process.wait()
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def _synchronize(self) -> None:
        """Wait until the journal has written what it has received; only root may ask for it."""
        process = await asyncio.create_subprocess_exec(
            *("journalctl", "--sync"),
            stdin=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_SYNC_S):
                    await process.wait()
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()


async def _output(*command: str) -> str:
    process = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE
    )
    try:
        out, _ = await process.communicate()
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    return out.decode(errors="replace")


def _begun() -> float:
    """Return when this process was started, in seconds since the epoch (proc(5))."""
    status = Path("/proc/self/stat").read_text()
    # The name of the program may have spaces in it, and a closing parenthesis; starttime is 22.
    ticks = int(status.rpartition(")")[2].split()[19])
    age = time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")
    return time.time() - age
