"""From ``NAME=VALUE`` to properties."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from runwrap.errors import Fault, PropertyError, printable
from runwrap.model import Property, UnitType
from runwrap.properties.faults import InvalidValueError, closest, one_of
from runwrap.properties.grammars import GRAMMARS
from runwrap.properties.table import DIRECTIVES, Directive, find, find_elsewhere

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["parse_assignments"]

_OTHER_UNITS: Final = {
    "cgroup": ["slice", "mount", "swap"],
    "execute": ["mount", "swap"],
    "rlimit": ["mount", "swap"],
    "kill": ["mount", "swap"],
    "mount": ["mount"],
    "automount": ["automount"],
}
"""The unit types that have a group of settings but cannot be started transiently here."""


def parse_assignments(
    assignments: Sequence[str], unit_type: UnitType = UnitType.SERVICE
) -> list[Property]:
    """Turn assignments into the properties that ``systemd-run --property`` makes of them.

    Most assignments become one property, a few two (a limit and its soft limit) or, under the
    name that its form asks for, another one (``MemoryMax=50%`` becomes ``MemoryMaxScale``).

    Args:
        assignments: texts ``NAME=VALUE`` as in a unit file; an empty value is a reset where the
            directive has one.
        unit_type: the type of the unit that they are for.

    Returns:
        The properties in the order of the assignments, resets included.

    Raises:
        PropertyError: at least one assignment is faulty; all faults are in it.
    """
    properties: list[Property] = []
    faults: list[Fault] = []
    for assignment in assignments:
        try:
            properties += _parse(assignment, unit_type)
        except InvalidValueError as fault:
            faults.append(
                Fault(printable(assignment), fault.problem, fault.expected, fault.suggestion)
            )
    if faults:
        raise PropertyError(faults)
    return properties


def _parse(assignment: str, unit_type: UnitType) -> list[Property]:
    if "\0" in assignment or any("\ud800" <= char <= "\udfff" for char in assignment):
        raise InvalidValueError(
            "cannot be sent: it has a NUL or is not UTF-8", expected="UTF-8 text"
        )
    name, equals, text = assignment.partition("=")
    if not equals:
        suggestion = f"{assignment}=..." if find(assignment, unit_type) else ""
        raise InvalidValueError('has no "="', expected="NAME=VALUE", suggestion=suggestion)
    directive = find(name, unit_type)
    if directive is None:
        raise _unknown(name, unit_type)
    if directive.grammar == "deprecated-ignored":
        raise InvalidValueError(
            f"{name}= is of the past, and later managers ignore it",
            suggestion=f"{directive.argument}=",
        )
    grammar = GRAMMARS.get(directive.grammar)
    if grammar is None:
        raise InvalidValueError(f"{name}= is not supported by this version of runwrap yet")
    return grammar(directive, text)


def _unknown(name: str, unit_type: UnitType) -> InvalidValueError:
    """Return the fault of a directive that units of *unit_type* do not have."""
    elsewhere = find_elsewhere(name)
    if elsewhere:
        units = one_of(_unit_types_of(elsewhere)).replace(" or ", " and ")
        return InvalidValueError(
            f"{name}= is a setting of {units} units, not of {unit_type.value} units"
        )
    if not name:
        return InvalidValueError("has no name", expected="NAME=VALUE")
    known = {row.name for row in DIRECTIVES if unit_type in row.unit_types}
    meant = closest(name, sorted(known))
    row = find(meant, unit_type)
    if row is not None and row.grammar not in GRAMMARS:
        return InvalidValueError(
            f"unknown directive; {meant}=, which has a similar name, is not supported by this "
            "version of runwrap"
        )
    return InvalidValueError("unknown directive", suggestion=f"{meant}=" if meant else "")


def _unit_types_of(directives: Sequence[Directive]) -> list[str]:
    """Return the names of all unit types that have one of the *directives*."""
    names: list[str] = []
    for directive in directives:
        names += [unit_type.value for unit_type in UnitType if unit_type in directive.unit_types]
        names += _OTHER_UNITS.get(directive.group, [])
    return list(dict.fromkeys(names))
