"""From ``NAME=VALUE`` to properties."""

from __future__ import annotations

from runwrap.errors import Fault, PropertyError, UsageError
from runwrap.properties.faults import InvalidValueError, closest, is_sendable, one_of, quote
from runwrap.properties.grammars import GRAMMARS
from runwrap.properties.table import NEWEST, directives, find, find_elsewhere
from runwrap.units import UNIT_TYPES, is_unit_type

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Final

    from runwrap.properties.table import Directive
    from runwrap.units import Property, UnitType

__all__ = ["encode"]

_OTHER_UNITS: Final = {
    "cgroup": ["slice", "mount", "swap"],
    "execute": ["mount", "swap"],
    "rlimit": ["mount", "swap"],
    "kill": ["mount", "swap"],
    "mount": ["mount"],
    "automount": ["automount"],
}
"""The unit types that have a group of settings but cannot be started transiently here."""


def encode(
    unit_type: str,
    assignments: Iterable[str],
    *,
    version: int = NEWEST,
    warn: Callable[[str], object] | None = None,
) -> list[Property]:
    """Turn assignments into the properties that ``systemd-run --property`` makes of them.

    Most assignments become one property, a few two (a limit and its soft limit) or, under the
    name that its form asks for, another one (``MemoryMax=50%`` becomes ``MemoryMaxScale``).
    What later managers have dropped becomes none for them.

    Args:
        unit_type: the type of the unit that they are for: ``service``, ``scope``, ``timer``,
            ``path`` or ``socket``.
        assignments: texts ``NAME=VALUE`` as in a unit file; an empty value is a reset where the
            directive has one.
        version: the systemd version of the manager that is meant, 252 or later.
        warn: is called with one line for each directive that is deprecated.

    Returns:
        The properties in the order of the assignments, resets included.

    Raises:
        PropertyError: at least one assignment is faulty, or newer than the manager; all faults
            are in it.
        UsageError: there are no transient units of that type.
    """
    if isinstance(assignments, str):
        raise UsageError("the assignments are one text; expected a list of texts")
    if not is_unit_type(unit_type):
        raise UsageError(
            f"{quote(unit_type)} units cannot be transient; expected {one_of(UNIT_TYPES)}"
        )
    properties: list[Property] = []
    faults: list[Fault] = []
    for assignment in assignments:
        try:
            properties += _encode(assignment, unit_type, version, warn)
        except InvalidValueError as fault:
            # What is refused is no suggestion, whatever a grammar makes of it.
            meant = "" if fault.suggestion == fault.part else fault.suggestion
            faults.append(Fault(assignment, fault.problem, fault.expected, meant, fault.part))
    if faults:
        raise PropertyError(faults)
    return properties


def _encode(
    assignment: str,
    unit_type: UnitType,
    version: int,
    warn: Callable[[str], object] | None,
) -> list[Property]:
    if not is_sendable(assignment):
        raise InvalidValueError("cannot be sent: it is not UTF-8 text, or has a NUL")
    name, equals, text = assignment.partition("=")
    if not equals:
        suggestion = f"{assignment}=..." if find(assignment, unit_type) else ""
        raise InvalidValueError('has no "="', expected="NAME=VALUE", suggestion=suggestion)
    row = find(name, unit_type)
    if row is None and name.strip() != name:
        # As in a unit file, where white space around the equals sign is not a part of anything.
        name, text = name.strip(), text.lstrip()
        row = find(name, unit_type)
    if row is None:
        raise _unknown(name, unit_type, version)
    row = row.at(version)
    row.require(row.since, f"{name}=")
    properties = GRAMMARS[row.grammar].read(row, text)
    for given in properties:
        for form in row.wire:
            if (form.name, form.signature) == (given.name, given.signature):
                row.require(form.since, f"this form of {name}=")
    if row.until is None:
        return properties
    dropped = row.until < version
    if row.successor and warn is not None:
        what = f"ignored by systemd {row.until + 1} and later" if dropped else "deprecated"
        warn(f"{name}= is {what}; its successor is {row.successor}=")
    return [] if dropped else properties


def _unknown(name: str, unit_type: UnitType, version: int) -> InvalidValueError:
    """Return the fault of a directive that units of *unit_type* do not have."""
    elsewhere = find_elsewhere(name)
    if elsewhere:
        units = one_of(_unit_types_of(elsewhere)).replace(" or ", " and ")
        return InvalidValueError(f"{name}= is a setting of {units} units, not of {unit_type} units")
    if not name:
        return InvalidValueError("has no name", expected="NAME=VALUE")
    known = {
        row.name
        for row in directives()
        if unit_type in row.unit_types and (row.since or 0) <= version
    }
    meant = closest(name, sorted(known))
    return InvalidValueError("unknown directive", suggestion=f"{meant}=" if meant else "")


def _unit_types_of(rows: Sequence[Directive]) -> list[str]:
    """Return the names of all unit types that have one of the *rows*."""
    names: list[str] = []
    for row in rows:
        names += [unit_type for unit_type in UNIT_TYPES if unit_type in row.unit_types]
        if not row.units:
            names += _OTHER_UNITS.get(row.group, [])
    return list(dict.fromkeys(names))
