"""What we ourselves show on the caller's terminal: a title and a colour, and their undoing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from runwrap.errors import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Look"]

# xterm keeps titles on a stack (its control sequences, XTWINOPS 22 and 23).
_KEEP_TITLE = b"\x1b[22;2t"
_BACK_TITLE = b"\x1b[23;2t"
# A soft reset (DECSTR), attributes off, lines wrapped, the cursor visible: a command that was
# killed may have left margins, keypad modes and these otherwise.
_PLAIN = b"\x1b[!p\x1b[0m\x1b[?7h\x1b[?25h"
_ERASE_BELOW = b"\x1b[J"
_SEQUENCE = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\^_=>78c])")
_TAIL = 256
_OFF = ("0", "no", "n", "false", "f", "off")


class Look:
    """What surrounds a command's output on a terminal that understands control sequences.

    Attributes:
        begin: what to show before it.
        undo: what takes all of that back.
    """

    def __init__(
        self,
        *,
        background: str,
        title: str,
        environment: Mapping[str, str],
    ) -> None:
        """Decide what to show, the terminal being the one that *environment* describes.

        Nothing is shown on a terminal without a name or with the name ``dumb``, no colour if
        NO_COLOR is set to anything, and no title if SYSTEMD_ADJUST_TERMINAL_TITLE is false
        (as systemd-run does).
        """
        plain = environment.get("TERM", "") in ("", "dumb")
        adjust = environment.get("SYSTEMD_ADJUST_TERMINAL_TITLE", "").lower() not in _OFF
        self.background = "" if plain or environment.get("NO_COLOR") else background
        title = printable(title) if adjust and not plain else ""
        self.begin = _KEEP_TITLE + b"\x1b]2;" + title.encode() + b"\x1b\\" if title else b""
        self.undo = b"" if plain else (_BACK_TITLE if title else b"") + _PLAIN
        if self.background:
            self.undo += _ERASE_BELOW


def ends_in_mid_line(tail: bytes) -> bool:
    """Tell whether output that ends with *tail* leaves the cursor behind text on its line."""
    left = _SEQUENCE.sub(b"", tail[-_TAIL:])
    return bool(left) and not left.endswith((b"\n", b"\r"))
