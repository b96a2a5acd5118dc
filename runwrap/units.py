"""The terms in which units are put on the bus: their types and their properties."""

from __future__ import annotations

from runwrap.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final, Literal, TypeAlias, TypeGuard

    UnitType: TypeAlias = Literal["service", "scope", "timer", "path", "socket"]

__all__ = ["UNIT_TYPES", "Property", "is_unit_type"]

UNIT_TYPES: Final[tuple[UnitType, ...]] = ("service", "scope", "timer", "path", "socket")
"""The unit types that can be started transiently, by the suffix of their names.

They are plain texts, and `UnitType`, which type checkers alone know, is one of them.
"""


def is_unit_type(text: str) -> TypeGuard[UnitType]:
    """Tell whether *text* is the type of units that can be transient."""
    return text in UNIT_TYPES


class Property(Record):
    """One property as ``StartTransientUnit`` takes it.

    Attributes:
        name: the D-Bus property name, such as ``"MemoryMax"``.
        signature: its D-Bus type signature, such as ``"t"`` or ``"a(iayu)"``.
        value: the value in plain Python: bool, int, str and bytes (for ``ay``), lists for
            arrays, tuples for structs.
    """

    __slots__ = ("name", "signature", "value")

    def __init__(self, name: str, signature: str, value: object) -> None:
        """Keep the three."""
        self.name = name
        self.signature = signature
        self.value = value
