"""A background colour that stays in force while a command writes to the terminal.

The command knows nothing of it: wherever its output would bring the terminal's own background
back, the colour is set again. Whatever else it writes passes as it is. Where the text is cut
between two reads makes no difference to what comes out.
"""

from __future__ import annotations

import re

from runwrap.errors import UsageError, printable

__all__ = ["Tint", "check_background"]

_COLOR = re.compile(r"[0-9]+(;[0-9]+)*")

# What a terminal takes as one command (ECMA-48, 5.3 to 5.6), as far as it matters here: SGR,
# erasing, the two resets, the strings (whose contents are not text), and the newline.
_INTERESTING = re.compile(
    rb"\n"
    rb"|\x1b\[(?P<sgr>[0-9;:]*)m"
    rb"|\x1b\[\??[0-9;]*[JK]"
    rb"|(?P<reset>\x1bc|\x1b\[!p)"
    rb"|\x1b[PX^_\]]"
)
_STRING_END = re.compile(rb"\x1b\\|[\x07\x18\x1a]")
_UNFINISHED = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*)?\Z")
_LONGEST = 1024
# How many parameters follow the colour spaces 2 (red, green, blue) and 5 (a palette) in
# SGR 38, 48 and 58.
_COMPONENTS = {b"2": 3, b"5": 1}


def check_background(text: str) -> None:
    """Check an argument of --background=; "" means none.

    It has to be numbers that are separated by semicolons, such as ``44`` or ``48;2;16;24;32``
    (systemd-run(1), --background=).

    Raises:
        UsageError: it is not.
    """
    if text and not _COLOR.fullmatch(text):
        raise UsageError(
            f"--background={printable(text)}: not a colour",
            hints=['expected the numbers of an SGR sequence, such as "44" or "48;2;16;24;32"'],
        )


class Tint:
    """The state of one stream of terminal output with a background under it."""

    def __init__(self, color: str) -> None:
        """Start with *color* (see `check_background`) in force; `begin` is to be shown first."""
        self._color = color.encode()
        self._set = b"\x1b[" + self._color + b"m"
        self._kept = b""
        self._in_string = False
        # Whether the command has set a background of its own.
        self._own = False

    def begin(self) -> bytes:
        """Return what sets the colour."""
        return self._set + b"\x1b[K"

    def feed(self, data: bytes) -> bytes:
        """Return what is to be shown for the next *data*."""
        data = self._kept + data
        self._kept = b""
        shown: list[bytes] = []
        place = 0
        while place < len(data):
            if self._in_string:
                place = self._pass_string(data, place, shown)
            else:
                place = self._pass_text(data, place, shown)
        return b"".join(shown)

    def end(self) -> bytes:
        """Return what was kept back because it looked unfinished; the stream is at its end."""
        kept, self._kept = self._kept, b""
        return kept

    def _pass_text(self, data: bytes, place: int, shown: list[bytes]) -> int:
        """Pass on text from *place*, up to a string or the end; return where that is."""
        end = len(data)
        unfinished = _UNFINISHED.search(data, max(place, end - _LONGEST))
        if unfinished:
            end = unfinished.start()
            self._kept = data[end:]
        for found in _INTERESTING.finditer(data, place, end):
            shown.append(data[place : found.start()])
            place = found.end()
            shown.append(self._replaced(found))
            if self._in_string:
                self._kept = b""
                return place
        shown.append(data[place:end])
        return len(data)

    def _pass_string(self, data: bytes, place: int, shown: list[bytes]) -> int:
        """Pass on the contents of a string; return where text begins again."""
        found = _STRING_END.search(data, place)
        if found:
            self._in_string = False
            shown.append(data[place : found.end()])
            return found.end()
        end = len(data)
        if data[-1:] == b"\x1b":
            end -= 1
            self._kept = b"\x1b"
        shown.append(data[place:end])
        return len(data)

    def _replaced(self, found: re.Match[bytes]) -> bytes:
        text = found[0]
        parameters = found["sgr"]
        if parameters is not None:
            self._own = _own_background(parameters, self._own)
            if self._own or not _touches_background(parameters):
                return text
            return text[:-1] + b";" + self._color + b"m"
        if found["reset"]:
            self._own = False
            return text + self._set
        if text[-1:] in b"\nJK":
            # What is scrolled in or erased takes the background that is set.
            return text if self._own else self._set + text
        self._in_string = True
        return text


def _own_background(parameters: bytes, own: bool) -> bool:
    """Tell whether SGR *parameters* leave a background of the command's own set."""
    for name in _attributes(parameters):
        if name in (0, 49):
            own = False
        elif 40 <= name <= 48 or 100 <= name <= 107:
            own = True
    return own


def _touches_background(parameters: bytes) -> bool:
    return any(name in (0, 49) for name in _attributes(parameters))


def _attributes(parameters: bytes) -> list[int]:
    """Return what each of the SGR *parameters* sets, without the components of colours."""
    words = parameters.split(b";")
    names = []
    place = 0
    while place < len(words):
        # Components may also be part of the same word, after colons (ISO 8613-6).
        name, *colons = words[place].split(b":")
        number = int(name[:4] or b"0")
        names.append(number)
        place += 1
        if number in (38, 48, 58) and not colons and place < len(words):
            place += 1 + _COMPONENTS.get(words[place], 0)
    return names
