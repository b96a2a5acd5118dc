"""Plain values that cost nothing to import.

``dataclasses`` and ``typing.NamedTuple`` would take longer to import than the whole directive
language, which other programs use on its own; these few lines give what they would.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Self

__all__ = ["Record"]


class Record:
    """A value made of its slots: compared, hashed and shown by them, and not to be changed.

    A subclass names its fields in ``__slots__`` and takes them in that order.
    """

    __slots__: tuple[str, ...] = ()

    def _values(self) -> tuple[object, ...]:
        return tuple([getattr(self, name) for name in self.__slots__])

    def replace(self, **changes: object) -> Self:
        """Return a copy with *changes* to some fields."""
        fields = {name: getattr(self, name) for name in self.__slots__}
        return type(self)(**{**fields, **changes})

    def __eq__(self, other: object) -> bool:
        """Tell whether *other* is of the same class and has equal fields."""
        if type(other) is not type(self):
            return NotImplemented
        return self._values() == other._values()

    def __hash__(self) -> int:
        """Return a hash of the fields; fails where one of them cannot be hashed."""
        return hash(self._values())

    def __repr__(self) -> str:
        """Return the class and its fields."""
        fields = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__slots__)
        return f"{type(self).__name__}({fields})"
