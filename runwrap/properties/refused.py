"""The grammar of what no service manager takes for a transient unit.

systemd-run passes these directives on, and every manager refuses the unit. A row's argument says
what does the same: ``own:NAME`` another directive of the unit, ``other:NAME`` one of the unit at
the other end of the dependency, ``never`` that nothing does; without an argument the manager
sets it on its own.
"""

from __future__ import annotations

from runwrap.properties.faults import InvalidValueError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from runwrap.properties.table import Directive
    from runwrap.units import Property

__all__ = ["refused"]


def refused(directive: Directive, _text: str) -> list[Property]:
    """Refuse any value, and say what works instead.

    Raises:
        InvalidValueError: always.
    """
    where, _, name = directive.argument.partition(":")
    if not where:
        raise InvalidValueError("is set by the service manager itself, never by a unit's settings")
    if where == "never":
        raise InvalidValueError("is refused by every service manager for such units")
    raise InvalidValueError(
        "is refused by every service manager for a transient unit",
        expected=f"{name}= instead" if where == "own" else f"{name}= in the other unit",
    )
