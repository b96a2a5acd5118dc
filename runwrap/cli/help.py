"""The help text: the options in their groups, as wide as the terminal."""

from __future__ import annotations

from functools import partial
from textwrap import wrap as _wrap_text
from typing import TYPE_CHECKING, Final

from runwrap.cli.options import GROUPS, Takes, options

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runwrap.cli.options import Option

__all__ = ["help_text", "synopsis"]

# A hyphen is a part of an option's name.
_wrap = partial(_wrap_text, break_on_hyphens=False)

_USAGE: Final = (
    "runwrap [OPTION...] COMMAND [ARGUMENT...]",
    "runwrap [OPTION...] --on-calendar=SPEC|--path-property=...|... [COMMAND...]",
)
_ABOUT: Final = "Run a command as a transient systemd unit and read back what it used."
_MORE: Final = "See runwrap(1) for details."
_WIDEST: Final = 100
_NARROWEST: Final = 40
_COLUMN: Final = 33
_BOLD: Final = "\033[1m"
_PLAIN: Final = "\033[0m"


def synopsis(option: Option) -> str:
    """Return how *option* is written, such as ``-u, --unit=UNIT``."""
    value = f"={option.metavar}" if option.metavar else ""
    if option.takes is Takes.MAY:
        value = f"[{value}]"
    return f"{option.short}, {option.long}{value}" if option.short else f"{option.long}{value}"


def help_text(width: int, *, bold: bool) -> str:
    """Return the help, in lines of at most *width* characters.

    Args:
        width: of the terminal; no more than 100 characters are made use of.
        bold: whether titles are set in bold (ECMA-48, SGR).
    """
    width = max(_NARROWEST, min(width, _WIDEST))

    def title(text: str) -> str:
        return f"{_BOLD}{text}{_PLAIN}" if bold else text

    lines = []
    for number, usage in enumerate(_USAGE):
        lead = "       " if number else "Usage: "
        lines += _wrap(usage, width, initial_indent=lead, subsequent_indent=" " * 11)
    lines += ["", *_wrap(_ABOUT, width)]
    for group in GROUPS:
        lines += ["", *(title(line) for line in _wrap(f"{group}:", width))]
        for option in options():
            if option.group == group:
                lines += _entry(option, width)
    lines += ["", *_wrap(_MORE, width), ""]
    return "\n".join(lines)


def _entry(option: Option, width: int) -> Iterator[str]:
    written = ("  " if option.short else "      ") + synopsis(option)
    column = min(_COLUMN, width // 2)
    texts = _wrap(option.help, width - column)
    if len(written) + 2 > column:
        yield written
        written = ""
    for text in texts:
        yield f"{written:<{column}}{text}"
        written = ""
