"""List the directives: a table on a terminal, tab-separated lines elsewhere."""

from __future__ import annotations

import signal
import sys
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final, NamedTuple, TextIO

from runwrap.cli.managers import ask_version
from runwrap.cli.say import say
from runwrap.errors import UsageError
from runwrap.properties import UNIT_TYPES, directives
from runwrap.properties.faults import closest, quote
from runwrap.properties.grammars import GRAMMARS
from runwrap.properties.values import allowed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runwrap.cli.request import Destination
    from runwrap.properties import Directive
    from runwrap.units import UnitType

__all__ = ["Row", "as_lines", "as_table", "list_properties", "rows"]

_GAP: Final = 2
_NARROWER: Final = (("value", 24), ("units", 8), ("known", 9), ("value", 15))
"""Which columns are wrapped where a line has not enough room, one after the other, and how far."""


class Row(NamedTuple):
    """One line of the list; the names of the fields are its header.

    Attributes:
        name: the directive's name.
        units: the unit types that have it, or ``all``.
        value: what its value may be, in words.
        since: the systemd version that brought it, or ``-``.
        known: whether the manager knows it: ``yes``, ``no: needs 257``, ``no: dropped in 258``,
            ``no: never`` for what no manager takes for a transient unit, or ``?`` where no
            manager could be asked.
    """

    name: str
    units: str
    value: str
    since: str
    known: str


def list_properties(pattern: str, destination: Destination) -> int | None:
    """Print the directives that *pattern* matches.

    Args:
        pattern: as for `rows`.
        destination: the manager that is asked which ones it knows.

    Returns:
        The number of the signal to end by where nobody reads the list to its end, or None.

    Raises:
        UsageError: there is none.
        OSError: standard output cannot be written to.
    """
    found = rows(pattern, None)
    if not found:
        meant = closest(pattern, sorted({row.name for row in directives() if row.unit_types}))
        raise UsageError(
            f"no directive matches {quote(pattern)}",
            hints=[f"did you mean {meant}?"] if meant else [],
        )
    version = ask_version(destination)
    if version.systemd is None:
        say(f"runwrap: which ones are known cannot be told: {version.reason}")
    else:
        found = rows(pattern, version.systemd)
    try:
        _print(found, sys.stdout)
    except BrokenPipeError:
        return signal.SIGPIPE
    return None


def _print(found: Sequence[Row], stream: TextIO) -> None:
    if stream.isatty():
        import shutil

        stream.write(as_table(found, shutil.get_terminal_size().columns))
    else:
        stream.write(as_lines(found))
    stream.flush()


def rows(pattern: str, systemd: int | None) -> list[Row]:
    """Return the rows of the directives that *pattern* matches, by name.

    Args:
        pattern: with ``*``, ``?`` or ``[`` in it a shell pattern (fnmatch(3)) for the whole
            name, otherwise a part of the name; upper and lower case are alike, and a ``=`` at
            the end is passed over.
        systemd: the systemd version of the manager that is meant, or None.
    """
    wanted = pattern.casefold().removesuffix("=")
    if not any(char in wanted for char in "*?["):
        wanted = f"*{wanted}*"
    units: dict[tuple[str, str, str, str], set[UnitType]] = {}
    for directive in directives():
        if directive.unit_types and fnmatchcase(directive.name.casefold(), wanted):
            grammar = GRAMMARS[directive.grammar]
            value = grammar.expected or allowed(directive.argument) or "any text"
            since = "-" if directive.since is None else str(directive.since)
            rest = (directive.name, value, since, _known(directive, systemd))
            units.setdefault(rest, set()).update(directive.unit_types)
    return sorted(
        Row(name, _names(types), value, since, known)
        for (name, value, since, known), types in units.items()
    )


def _names(types: set[UnitType]) -> str:
    if len(types) == len(UNIT_TYPES):
        return "all"
    return ", ".join(unit_type for unit_type in UNIT_TYPES if unit_type in types)


def _known(directive: Directive, systemd: int | None) -> str:
    if directive.grammar == "refused":
        return "no: never"
    if systemd is None:
        return "?"
    if directive.since is not None and directive.since > systemd:
        return f"no: needs {directive.since}"
    if directive.until is not None and directive.until < systemd:
        return f"no: dropped in {directive.until + 1}"
    return "yes"


def as_lines(found: Sequence[Row]) -> str:
    """Return a line for each row, with tabs between the columns, and without a header."""
    return "".join("\t".join(row) + "\n" for row in found)


def as_table(found: Sequence[Row], width: int) -> str:
    """Return the rows under a header, in columns; long cells go on in the next line.

    Args:
        found: the rows, at least one.
        width: the number of columns that a line should not exceed.
    """
    from itertools import zip_longest
    from textwrap import wrap

    table = [Row(*(field.upper() for field in Row._fields)), *found]
    widths = {
        field: max(len(cell) for cell in column)
        for field, column in zip(Row._fields, zip(*table, strict=True), strict=True)
    }
    for field, least in _NARROWER:
        excess = sum(widths.values()) + _GAP * (len(widths) - 1) - width
        widths[field] = max(min(least, widths[field]), widths[field] - max(0, excess))
    lines = []
    for row in table:
        cells = [wrap(cell, width) for cell, width in zip(row, widths.values(), strict=True)]
        for parts in zip_longest(*cells, fillvalue=""):
            line = (f"{part:<{size}}" for part, size in zip(parts, widths.values(), strict=True))
            lines.append((" " * _GAP).join(line).rstrip())
    return "\n".join(lines) + "\n"
