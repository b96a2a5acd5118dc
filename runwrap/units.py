"""The terms in which units are put on the bus: their types and their properties."""

from __future__ import annotations

from enum import StrEnum

from runwrap.record import Record

__all__ = ["Property", "UnitType"]


class UnitType(StrEnum):
    """The unit types that can be started transiently; the value is the name's suffix."""

    SERVICE = "service"
    SCOPE = "scope"
    TIMER = "timer"
    PATH = "path"
    SOCKET = "socket"


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
