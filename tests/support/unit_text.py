"""Reading the text of a unit file, as far as `runwrap.properties.unit_file` writes one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runwrap.errors import PropertyError
from runwrap.properties import encode, unit_file
from runwrap.properties.table import find_elsewhere
from runwrap.properties.unit_file import CANNOT_HOLD, EXPANDED_BEFORE_COLON, NOT_EXPANDED

if TYPE_CHECKING:
    from runwrap.units import UnitType

__all__ = ["assignments_of", "problem"]


def assignments_of(text: str) -> list[str]:
    """Return the assignments of a unit file, in order, with ``%`` where a manager reads ``%%``."""
    assignments = []
    for line in text.split("\n"):
        if not line or line.startswith(("#", "[")):
            continue
        name, _, value = line.partition("=")
        assert value == value.strip(), line
        if name in EXPANDED_BEFORE_COLON:
            before, colon, after = value.partition(":")
            value = before.replace("%%", "%") + colon + after
        elif name not in NOT_EXPANDED:
            value = value.replace("%%", "%")
        row = next(iter(find_elsewhere(name)))
        if row.group == "dependency":
            # There a backslash is a part of the name; systemd-run takes it for an escape.
            value = value.replace("\\", "\\\\")
        assignments.append(f"{name}={value}")
    return assignments


def problem(unit_type: UnitType, assignment: str, version: int) -> str | None:
    """Encode *assignment*, and what it becomes once more by way of a unit file.

    Returns:
        None where it was refused, "" where it was the same again, otherwise what is wrong.
    """
    try:
        sent = encode(unit_type, [assignment], version=version)
    except PropertyError as refusal:
        return None if str(refusal).isprintable() else f"not one printable line: {refusal}"
    text = unit_file(unit_type, sent)
    if any(line.startswith("# ") and CANNOT_HOLD in line for line in text.split("\n")):
        return ""
    again = encode(unit_type, assignments_of(text), version=version)
    # Names such as PrivateTmpEx= are systemd-run's alone; unit files have the name without it.
    name = assignment.partition("=")[0]
    if again == sent or name.endswith("Ex"):
        return ""
    return f"{sent} became {again} by way of {text}"
