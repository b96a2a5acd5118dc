"""A process that puts the terminal back when this one is killed without warning.

It is forked before the terminal is made raw and holds nothing but the terminals and one end of
a pipe. Its read of the pipe ends either with a word, when all is in order, or with the end of
the file, when the process that held the other end is gone.
"""

from __future__ import annotations

import contextlib
import os
import signal
import termios
import warnings
from typing import TYPE_CHECKING

from runwrap.terminal._modes import still_ours

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runwrap.terminal._modes import Saved

__all__ = ["Guard"]

_DISMISSED = b"."
_NAME = b"runwrap-guard"


class Guard:
    """The guard of some terminals, at work from its making on.

    Attributes:
        pid: its process.
    """

    def __init__(
        self, saved: Sequence[Saved], *, shown: int | None, undo: bytes, blocking: Sequence[int]
    ) -> None:
        """Start it.

        Args:
            saved: the terminals; they must not be raw yet.
            shown: the terminal that we write, if it is one.
            undo: what to write there last, to take back what we have set.
            blocking: descriptors that we shall make non-blocking, and are to be blocking again.

        Raises:
            OSError: no process can be made.
        """
        reading, self._writing = os.pipe()
        try:
            with warnings.catch_warnings():
                # The child calls nothing that could wait for a lock of another thread.
                warnings.simplefilter("ignore", DeprecationWarning)
                self.pid = os.fork()
        except OSError:
            os.close(self._writing)
            raise
        finally:
            if getattr(self, "pid", None) != 0:
                os.close(reading)
        if self.pid == 0:
            _watch(reading, saved, shown, undo, blocking)

    def dismiss(self) -> None:
        """End it, as there is nothing to put back any more; again does nothing."""
        if self._writing < 0:
            return
        writing, self._writing = self._writing, -1
        with contextlib.suppress(BrokenPipeError):
            os.write(writing, _DISMISSED)
        os.close(writing)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.pid, 0)


def _watch(
    reading: int,
    saved: Sequence[Saved],
    shown: int | None,
    undo: bytes,
    blocking: Sequence[int],
) -> None:
    """Be the guard; never returns."""
    try:
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        os.setsid()
        kept = {reading, *blocking, *(one.descriptor for one in saved)}
        if shown is not None:
            kept.add(shown)
        _close_all_but(kept)
        os.chdir("/")
        _take_name()
        if os.read(reading, 1) == _DISMISSED:
            return
        for descriptor in blocking:
            os.set_blocking(descriptor, True)
        for one in saved:
            with contextlib.suppress(termios.error):
                if still_ours(one):
                    termios.tcsetattr(one.descriptor, termios.TCSANOW, one.before)
        if shown is not None and undo:
            os.write(shown, undo)
    finally:
        os._exit(0)


def _close_all_but(kept: set[int]) -> None:
    first = 0
    for descriptor in sorted(kept):
        os.closerange(first, descriptor)
        first = descriptor + 1
    os.closerange(first, os.sysconf("SC_OPEN_MAX"))


def _take_name() -> None:
    """Be listed under a name that tells what this is (comm in proc_pid_comm(5))."""
    with contextlib.suppress(OSError):
        descriptor = os.open("/proc/self/comm", os.O_WRONLY)
        os.write(descriptor, _NAME)
        os.close(descriptor)
