"""What a start would send, as text: for people a unit file, for programs a JSON document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from runwrap.properties import unit_file
from runwrap.units import is_unit_type

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runwrap.model import TransientUnit
    from runwrap.units import UnitType

__all__ = ["DOCUMENT_VERSION", "as_document", "as_unit_files"]

DOCUMENT_VERSION: Final = 1
"""The version of the document's format; it changes when a key goes away or changes its meaning."""


def as_unit_files(units: Sequence[TransientUnit]) -> str:
    """Return the unit file of each unit, under a comment with its name.

    Args:
        units: the units that would be started, the main one first.

    Returns:
        Text that ``systemd-analyze verify`` takes; what a unit file has no words for, such as
        descriptors that are handed over, is in comments (`runwrap.properties.unit_file`).
    """
    return "\n".join(
        f"# {unit.name}\n{unit_file(_type_of(unit), unit.properties)}" for unit in units
    )


def as_document(
    units: Sequence[TransientUnit], *, systemd: int, manager_version: str, mode: str = "fail"
) -> str:
    """Return the units as one line that holds one JSON object.

    The properties are in wire order. Arrays and structs are JSON arrays, and bytes (``ay``) are
    arrays of integers, as in ``busctl --json``. Integers reach 2^64-1. The value of a descriptor
    (``h``) is its number in the process that would send it. The text is ASCII.

    Args:
        units: the units that would be started, the main one first.
        systemd: the systemd version that they were made for.
        manager_version: the version string of the manager that they were made for, "" for none.
        mode: the job mode that they would be started with.
    """
    import json

    from runwrap import __version__

    document = {
        "schema": DOCUMENT_VERSION,
        "systemd": systemd,
        "manager_version": manager_version or None,
        "runwrap_version": __version__,
        "units": [
            {
                "name": unit.name,
                "type": _type_of(unit),
                "job_mode": mode,
                "properties": [
                    {"name": given.name, "signature": given.signature, "value": given.value}
                    for given in unit.properties
                ],
            }
            for unit in units
        ],
    }
    # Of what properties are made of, json lacks bytes only: they become lists of integers.
    return json.dumps(document, default=list) + "\n"


def _type_of(unit: TransientUnit) -> UnitType:
    suffix = unit.name.rpartition(".")[2]
    assert is_unit_type(suffix)
    return suffix
