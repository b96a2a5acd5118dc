"""The assignments that systemd-run and runwrap are both given, and where they may differ.

Every value comes from a table by grammar, by class of text, or by directive, in the module of
its family; a row without cases fails the tests.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from runwrap.properties import Directive, directives
from runwrap.properties.grammars import GRAMMARS
from runwrap.units import UNIT_TYPES
from tests.wire.cases import (
    common,
    conditions,
    execution,
    paths,
    resources,
    sockets,
    timers,
)

if TYPE_CHECKING:
    from types import ModuleType

    from runwrap.units import UnitType

__all__ = [
    "CASES",
    "MORE_GENEROUS",
    "ROWS",
    "STRICTER",
    "STRICTER_WORDS",
    "Case",
    "unit_type_of",
]

FAMILIES: tuple[ModuleType, ...] = (
    common,
    execution,
    paths,
    resources,
    sockets,
    conditions,
    timers,
)
"""Each has the dictionaries BY_GRAMMAR, BY_CLASS, BY_DIRECTIVE, STRICTER and MORE_GENEROUS."""


def _merged(name: str) -> dict[str, list[str]]:
    merged: dict[str, list[str]] = {}
    for family in FAMILIES:
        for key, values in getattr(family, name, {}).items():
            merged.setdefault(key, []).extend(values)
    return merged


BY_GRAMMAR = _merged("BY_GRAMMAR")
"""Values by grammar. Strings and word lists have theirs by class and by directive."""

BY_DIRECTIVE = _merged("BY_DIRECTIVE")
"""Further values of single directives."""

BY_CLASS: dict[str, tuple[list[str], list[str]]] = {}
"""Words of each class of text: such as are in it, and such as are not."""

STRICTER: dict[str, str] = {}
"""Assignments that some systemd-run passes on and runwrap refuses, with the reason.

Where the directives of several groups have one name, the group and a colon may stand before it.
"""

MORE_GENEROUS: dict[str, str] = {}
"""Assignments for which runwrap sends what some systemd-run does not, with the reason; alike."""

for _family in FAMILIES:
    BY_CLASS |= getattr(_family, "BY_CLASS", {})
    STRICTER |= getattr(_family, "STRICTER", {})
    MORE_GENEROUS |= getattr(_family, "MORE_GENEROUS", {})

STRICTER_WORDS: dict[str, str] = {
    # Of words alone: a directive, and a form of one, its systemd-run would not know either.
    '" came with systemd ': "systemd-run passes words on unread; the manager refuses",
    "expected the path of a program": "the manager takes it, and cannot run it",
    "expected a limit above 0": "managers or the kernel refuse a limit of nothing",
    " before the version came with systemd ": "systemd-run passes parameters on unread",
    " feature came with systemd ": "systemd-run passes parameters on unread",
    "another architecture than x86 came with systemd ": "systemd-run passes parameters on unread",
    "and these are only logged": "the manager ignores the word",
    "has white space in its mount options": "every manager refuses such options",
    "between slashes": "every manager refuses a path that the kernel would",
    "is refused by every service manager": "so it is",
    "is set by the service manager itself": "so it is",
    "has no sign, and others have one": "every manager refuses such a list, or one of its words",
}
"""Words of refusals that explain by themselves why runwrap is stricter, with the reason."""

SAMPLE = 12
"""How many values of its grammar a row has if another one has them all."""

MANUAL_LISTS = common.MANUAL_LISTS

QUOTING = [
    *("", " ", "{0} {0}", "  {0}   {0}  ", '"{0}"', "'{0}' \"{0}\"", "{0}\t{0}\n{0}\r{0}"),
    *('"{0}', "'{0}", "{0}\\"),
]
"""How words are put into a list, and how that goes wrong; {0} is a word that is allowed."""

QUOTING_ONCE = ["", " ", "  {0}  ", '"{0}"', "'{0}'", "\t{0}\n", '"{0}', "'{0}", "{0}\\"]
"""The same for lists that have a word only once."""


@dataclass(frozen=True, slots=True)
class Case:
    """One assignment and what is known about it.

    Attributes:
        unit_type: the type of unit that it is for.
        assignment: the assignment.
        stricter: why runwrap refuses what systemd-run passes on, or "".
        more_generous: why runwrap sends what a systemd-run does not, or "".
    """

    unit_type: UnitType
    assignment: str
    stricter: str = ""
    more_generous: str = ""


def unit_type_of(row: Directive) -> UnitType:
    """Return the unit type that the cases of *row* are for: a service, where it may be."""
    return next(unit_type for unit_type in UNIT_TYPES if unit_type in row.unit_types)


ROWS = [row for row in directives() if row.grammar in GRAMMARS and row.unit_types]
"""The rows of units that can be transient."""


def _cases_of(row: Directive) -> list[Case]:
    by_grammar = BY_GRAMMAR.get(row.grammar, [])
    if row is not _first_of_its_kind(row):
        by_grammar = by_grammar[:SAMPLE]
    differing = [text.partition("=") for text in (*STRICTER, *MORE_GENEROUS)]
    names = {row.name, f"{row.group}:{row.name}"}
    by_difference = [value for name, _, value in differing if name in names]
    values = dict.fromkeys([*by_grammar, *BY_DIRECTIVE.get(row.name, []), *by_difference])
    stricter: dict[str, str] = {}
    quoting = QUOTING_ONCE if row.grammar == "strv-cunescape" else QUOTING
    is_list = row.grammar in {"string-list", "strv-cunescape", "allow-or-deny-list", "markers"}
    if is_list or row.grammar == "string":
        good, bad = _words_of(row)
        if is_list:
            values |= dict.fromkeys(form.format(good[0]) for form in quoting)
            good = [f'"{word}"' if " " in word else word for word in good]
            values |= dict.fromkeys(" ".join(good[:n]) for n in range(1, len(good) + 1))
            bad = [f'"{word}"' if " " in word else word for word in bad if word]
        else:
            values |= dict.fromkeys(good)
        values |= dict.fromkeys(bad)
        stricter = dict.fromkeys(bad, MANUAL_LISTS)
    return [
        Case(
            unit_type=unit_type_of(row),
            assignment=(assignment := f"{row.name}={value}"),
            stricter=_listed(STRICTER, row, assignment) or stricter.get(value, ""),
            more_generous=_listed(MORE_GENEROUS, row, assignment),
        )
        for value in values
    ]


def _listed(differences: dict[str, str], row: Directive, assignment: str) -> str:
    return differences.get(assignment, "") or differences.get(f"{row.group}:{assignment}", "")


def _first_of_its_kind(row: Directive) -> Directive:
    kind = (row.grammar, row.argument)
    return next(other for other in ROWS if (other.grammar, other.argument) == kind)


def _words_of(row: Directive) -> tuple[list[str], list[str]]:
    """Return words that the *row* allows, and words that it does not."""
    if not row.argument:
        return ["x", "a.b/c"], []
    good: list[str] = []
    bad: list[str] = []
    for alternative in row.argument.split("|"):
        word = alternative.partition("@")[0]
        if word.startswith("<"):
            in_class, outside = BY_CLASS[word]
            good += in_class
            bad += outside
        else:
            good.append(word)
            bad.append(f"{word}x")
    return good, [word for word in dict.fromkeys(bad) if word not in good]


CASES = {(row.group, row.name): _cases_of(row) for row in ROWS}
"""The cases of each row, by its group and name."""
