"""Random texts that are near to what directives are given."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from tests.wire.cases import CASES, ROWS

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

    from runwrap.properties import Directive
    from runwrap.units import UnitType

__all__ = ["random_assignments"]

_SNIPPETS = (
    *" :,=-+@!|~/.*%$;#[]\"'\\\t\n\0\ud800\u00e9\x7f0123456789aAkKmsSE",
    *("::", "!!", "..", "%h", "%%", "${X}", "\\x41", "\\u00e9", "\\n", "-1", "256", "65536", "/a"),
    *("infinity", "any", "yes", "no", "kill", "EPERM", "AF_INET", "18446744073709551615", "1us"),
)


@cache
def _values(row: Directive | None = None) -> list[str]:
    """Return the values of the cases of *row*, or those of all rows that are not very long."""
    if row is not None:
        return [case.assignment.partition("=")[2] for case in CASES[row.group, row.name]]
    return [value for each in ROWS for value in _values(each) if len(value) < 200]


def random_assignments(dice: random.Random) -> Iterator[tuple[UnitType, str]]:
    """Make one assignment for each row, with a unit type that has it."""
    for row in ROWS:
        base = dice.choice(_values(row) if dice.randrange(4) else _values())
        yield dice.choice(sorted(row.unit_types)), f"{row.name}={_mutated(dice, base)}"


def _mutated(dice: random.Random, text: str) -> str:
    """Return *text* with some pieces taken out, put in, doubled, or taken from another."""
    for _ in range(dice.randrange(5)):
        start = dice.randint(0, len(text))
        end = min(len(text), start + dice.randrange(6))
        match dice.randrange(4):
            case 0:
                piece = ""
            case 1:
                piece = text[start:end] * 2
            case 2:
                piece = dice.choice(_SNIPPETS)
            case _:
                other = dice.choice(_values())
                cut = dice.randint(0, len(other))
                piece = other[cut : cut + dice.randrange(12)]
        text = text[:start] + piece + text[end:]
    return text
