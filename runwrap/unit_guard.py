"""Has a unit stopped when this process is killed without warning.

A shell waits at the end of a pipe. Its reading ends either with a word, when all is in order, or
with the end of the file, when the process that held the other end is gone; then it becomes an
interpreter that asks the service manager to stop the unit. It is spawned rather than forked,
which costs a launch the less the larger the process is.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from pathlib import Path
from typing import cast

from runwrap.errors import RunwrapError, UnitLostError
from runwrap.manager import Manager

__all__ = ["UnitGuard", "main"]

_SHELL = "/bin/sh"
_WATCH = """
while read -r word; do
    case $word in
        dismissed) exit 0;;
        *) invocation=$word;;
    esac
done
exec "$@" "$invocation"
"""

# Only what this process imports from is searched: not the directory that it runs in.
_STOP = (
    "import sys; n = int(sys.argv[1]); sys.path[:] = sys.argv[2:2 + n];"
    " from runwrap.unit_guard import main; main(*sys.argv[2 + n:])"
)

# The start that was under way may not have been carried out yet.
_TRIES = 10
_INTERVAL_S = 0.1


class UnitGuard:
    """The guard of one unit, at work from its making on.

    Attributes:
        pid: its process.
    """

    def __init__(self, address: str, unit: str, *, is_ours: bool) -> None:
        """Start it.

        Args:
            address: the D-Bus address of the unit's manager.
            unit: its full name.
            is_ours: whether nobody else's unit can bear that name; otherwise it is only stopped
                when its invocation ID is that which the guard was told.

        Raises:
            OSError: no process can be made.
        """
        paths = [str(Path(path).absolute()) for path in sys.path]
        stop = (sys.executable, "-I", "-c", _STOP, str(len(paths)), *paths)
        what = (address, unit, "any" if is_ours else "told")
        reading, self._writing = os.pipe()
        try:
            self.pid = os.posix_spawn(
                _SHELL,
                ("sh", "-c", _WATCH, "runwrap-guard", *stop, *what),
                {**os.environ, "invocation": ""},
                file_actions=[
                    (os.POSIX_SPAWN_DUP2, reading, 0),
                    (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
                    (os.POSIX_SPAWN_DUP2, 1, 2),
                ],
                # What is sent to our process group, or from our terminal, is not for it.
                setsid=True,
                setsigmask=signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP},
            )
        except OSError:
            os.close(self._writing)
            raise
        finally:
            os.close(reading)

    def tell(self, invocation: str) -> None:
        """Tell it the invocation ID of the unit, 32 hexadecimal digits."""
        if self._writing >= 0:
            self._write(invocation)

    def dismiss(self) -> None:
        """Have it go, as the unit may be left alone; again does nothing."""
        if self._writing < 0:
            return
        self._write("dismissed")
        os.close(self._writing)
        self._writing = -1

    def close(self) -> None:
        """Dismiss it, and wait until it is gone."""
        self.dismiss()
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.pid, 0)

    def _write(self, word: str) -> None:
        # Somebody may have killed it.
        with contextlib.suppress(BrokenPipeError):
            os.write(self._writing, f"{word}\n".encode())


def main(address: str, unit: str, which: str, invocation: str) -> None:
    """Stop a unit.

    Args:
        address: the D-Bus address of its manager.
        unit: its full name.
        which: ``told`` where only that of the *invocation* is meant, ``any`` where that need not
            be known.
        invocation: its invocation ID, 32 hexadecimal digits; or "".
    """
    if invocation or which == "any":
        with contextlib.suppress(RunwrapError):
            asyncio.run(_stop(address, unit, invocation))


async def _stop(address: str, unit: str, invocation: str) -> None:
    async with Manager(address) as manager:
        for _ in range(_TRIES):
            with contextlib.suppress(UnitLostError):
                if invocation:
                    raw = await manager.unit_property(unit, "Unit", "InvocationID")
                    if bytes(cast("bytes", raw or b"")).hex() != invocation:
                        return
                await manager.stop_unit(unit)
                return
            await asyncio.sleep(_INTERVAL_S)
