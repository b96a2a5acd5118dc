"""Grammars of the times at which a timer elapses (systemd.timer(5))."""

from __future__ import annotations

from runwrap.properties.scalars import parse_usec, timespan_text
from runwrap.units import Property

TYPE_CHECKING = False
if TYPE_CHECKING:
    from runwrap.properties.table import Directive

__all__ = ["timer_calendar", "timer_monotonic", "write_calendar", "write_monotonic"]


def timer_monotonic(directive: Directive, text: str) -> list[Property]:
    """Read a time span, in seconds without a unit; the empty text resets all times of a timer."""
    times = [(directive.name, parse_usec(text))] if text else []
    return [Property(directive.dbus_name, directive.wire[0].signature, times)]


def timer_calendar(directive: Directive, text: str) -> list[Property]:
    """Read a calendar event, sent as it is; the empty text resets all times of a timer."""
    if not text:
        return [Property(directive.dbus_name, directive.wire[0].signature, [])]
    from runwrap.properties.calendar import check_calendar

    check_calendar(text)
    return [Property(directive.dbus_name, directive.wire[0].signature, [(directive.name, text)])]


def write_monotonic(directive: Directive, given: Property) -> list[str]:
    """Write time spans, each under its own name; or the reset."""
    assert isinstance(given.value, list)
    lines = [f"{name}={timespan_text(usec)}" for name, usec in given.value]
    return lines or [f"{directive.name}="]


def write_calendar(directive: Directive, given: Property) -> list[str]:
    """Write calendar events, or the reset."""
    assert isinstance(given.value, list)
    return [f"{name}={event}" for name, event in given.value] or [f"{directive.name}="]
