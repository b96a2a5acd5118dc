"""How large the caller's terminal is."""

from __future__ import annotations

import fcntl
import os
import struct
import termios

from runwrap.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["WindowSize", "window_size"]

_WINSIZE = struct.Struct("HHHH")
_MOST = 0xFFFF


class WindowSize(Record):
    """The size of a terminal's window (TIOCSWINSZ(2const)).

    Attributes:
        rows: in characters.
        columns: in characters.
        width: in pixels, 0 where it is not known.
        height: in pixels, 0 where it is not known.
    """

    __slots__ = ("columns", "height", "rows", "width")

    def __init__(self, rows: int, columns: int, width: int = 0, height: int = 0) -> None:
        """Keep what is told."""
        self.rows = rows
        self.columns = columns
        self.width = width
        self.height = height

    def apply(self, descriptor: int) -> None:
        """Give this size to a terminal; its foreground processes get SIGWINCH if it is new.

        Raises:
            OSError: the descriptor is no terminal.
        """
        packed = _WINSIZE.pack(self.rows, self.columns, self.width, self.height)
        fcntl.ioctl(descriptor, termios.TIOCSWINSZ, packed)


def window_size(
    descriptors: Sequence[int], environment: Mapping[str, str] | None = None
) -> WindowSize:
    """Return the size of the first of *descriptors* that is a terminal which knows its own.

    Without one, LINES and COLUMNS say it, and without them it is 24 by 80, as systemd-run does.

    Args:
        descriptors: candidates; those that are closed or no terminals are passed over.
        environment: where LINES and COLUMNS are looked up; this process's own by default.
    """
    for descriptor in descriptors:
        try:
            packed = fcntl.ioctl(descriptor, termios.TIOCGWINSZ, bytes(_WINSIZE.size))
        except (OSError, ValueError):
            continue
        rows, columns, width, height = _WINSIZE.unpack(packed)
        if rows and columns:
            return WindowSize(rows, columns, width, height)
    environment = os.environ if environment is None else environment
    rows = _positive(environment.get("LINES", ""), 24)
    columns = _positive(environment.get("COLUMNS", ""), 80)
    return WindowSize(rows, columns)


def _positive(text: str, default: int) -> int:
    if text.isascii() and text.isdigit() and 0 < int(text[:6]) <= _MOST:
        return int(text[:6])
    return default
