"""The modes of the caller's terminal: kept, made raw, and put back (termios(3))."""

from __future__ import annotations

import contextlib
import os
import signal
import termios
from typing import Any, TypeAlias

__all__ = ["Modes", "Saved", "still_ours"]

Attributes: TypeAlias = list[Any]

_IFLAG, _OFLAG, _CFLAG, _LFLAG, _CC = 0, 1, 2, 3, 6


class Saved:
    """One terminal with its attributes as they were, and as they are while we use it.

    Attributes:
        descriptor: an open descriptor of it.
        before: its attributes at first.
        raw: its attributes meanwhile.
    """

    def __init__(self, descriptor: int, *, typed: bool, shown: bool) -> None:
        """Read the attributes.

        Args:
            descriptor: the terminal.
            typed: whether it is what we read, so that keys are to come as they are.
            shown: whether it is what we write, so that output is to go as it is.
        """
        self.descriptor = descriptor
        self.before: Attributes = termios.tcgetattr(descriptor)
        self.raw = _raw(self.before, typed=typed, shown=shown)


class Modes:
    """The modes of the terminals among our input and output."""

    def __init__(self, stdin: int | None, stdout: int | None) -> None:
        """Read the attributes; nothing is changed yet.

        Args:
            stdin: the terminal that we read, None if it is none.
            stdout: the terminal that we write, None if it is none.
        """
        self.saved: list[Saved] = []
        if stdin is not None:
            same = stdout is not None and os.fstat(stdin).st_rdev == os.fstat(stdout).st_rdev
            self.saved.append(Saved(stdin, typed=True, shown=same))
            if same:
                return
        if stdout is not None:
            self.saved.append(Saved(stdout, typed=False, shown=True))

    def make_raw(self) -> None:
        """Make the terminals raw; nothing that was typed ahead is lost.

        In the background the kernel stops this process (SIGTTOU) until it is in the foreground.

        Raises:
            termios.error: a terminal is gone.
        """
        for one in self.saved:
            termios.tcsetattr(one.descriptor, termios.TCSADRAIN, one.raw)

    def restore(self) -> None:
        """Put back what was; a terminal that is gone, or another job's by now, is left alone."""
        for one in self.saved:
            if in_foreground(one.descriptor):
                _set(one)

    @property
    def foreground(self) -> bool:
        """Whether the terminals are this process's to set."""
        return all(in_foreground(one.descriptor) for one in self.saved)


def in_foreground(descriptor: int) -> bool:
    """Tell whether a terminal is ours to set: not the one that runs another job of our session."""
    try:
        return os.tcgetpgrp(descriptor) == os.getpgrp()
    except OSError:
        # It is not our controlling terminal, so there is no job control.
        return True


def still_ours(one: Saved) -> bool:
    """Tell whether a terminal still has the modes that we set, so nobody else has set others."""
    now = termios.tcgetattr(one.descriptor)
    return all(now[index] == one.raw[index] for index in (_IFLAG, _OFLAG, _LFLAG))


def _set(one: Saved) -> None:
    # The foreground can have changed since it was asked for; do not be stopped for that.
    earlier = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTOU})
    try:
        with contextlib.suppress(termios.error):
            termios.tcsetattr(one.descriptor, termios.TCSADRAIN, one.before)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, earlier)


def _raw(before: Attributes, *, typed: bool, shown: bool) -> Attributes:
    """Return *before* with input, output or both made raw (cfmakeraw() in termios(3))."""
    after = [*before[:_CC], list(before[_CC])]
    if shown:
        after[_OFLAG] &= ~termios.OPOST
    if typed:
        after[_IFLAG] &= ~(
            termios.IGNBRK
            | termios.BRKINT
            | termios.PARMRK
            | termios.ISTRIP
            | termios.INLCR
            | termios.IGNCR
            | termios.ICRNL
            | termios.IXON
        )
        after[_LFLAG] &= ~(
            termios.ECHO | termios.ECHONL | termios.ICANON | termios.ISIG | termios.IEXTEN
        )
        after[_CFLAG] = after[_CFLAG] & ~(termios.CSIZE | termios.PARENB) | termios.CS8
        after[_CC][termios.VMIN] = 1
        after[_CC][termios.VTIME] = 0
    return after
