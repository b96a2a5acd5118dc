"""When a timer elapses next, in words."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, cast

if TYPE_CHECKING:
    from runwrap.cli.request import Destination
    from runwrap.manager import Manager
    from runwrap.model import Trigger

__all__ = ["next_elapse"]

_NEVER_FIRST: Final = (
    "runwrap: warning: nothing starts it for the first time: add --on-active= or its kind"
)
_NEVER = (0, 2**64 - 1)
_PAST = "runwrap: warning: OnCalendar={} is in the past"


async def next_elapse(
    manager: Manager, unit: str, destination: Destination, trigger: Trigger | None = None
) -> list[str]:
    """Return lines on when the timer *unit* elapses next, as far as it is known.

    Args:
        manager: the entered client of the timer's manager.
        unit: the full name of a started unit.
        destination: where that manager is; the monotonic clocks of other machines are not ours.
        trigger: what was asked for; without it, a timer that is gone is not spoken of.

    Raises:
        ManagerError: the manager does not tell.
        ConnectionLostError: the manager went away.
    """
    from runwrap.manager import unit_path

    values = await manager.get_all_properties(unit_path(unit))
    calendar = cast("list[tuple[str, str, int]]", values["TimersCalendar"])
    lines = [_PAST.format(spec) for _, spec, elapse in calendar if elapse in _NEVER]
    realtime = cast("int", values["NextElapseUSecRealtime"])
    monotonic = cast("int", values["NextElapseUSecMonotonic"])
    now = time.time()
    times = []
    if realtime not in _NEVER:
        times.append(realtime / 1e6)
    if monotonic not in _NEVER and destination.is_here:
        times.append(now + monotonic / 1e6 - time.clock_gettime(time.CLOCK_MONOTONIC))
    if times:
        when = min(times)
        stamp = time.strftime("%a %Y-%m-%d %H:%M:%S %Z", time.localtime(when))
        return [*lines, f"Next elapse: {stamp}; in {_span(when - now)}"]
    if values["ActiveState"] == "active" and not lines and values["TimersMonotonic"]:
        # What counts from the service's own start or end needs a first one.
        return [_NEVER_FIRST]
    # A timer that will not elapse again is unloaded at once: it is past, or it has elapsed.
    if values["ActiveState"] != "active" and trigger is not None:
        given = [assignment.partition("=") for assignment in trigger.properties]
        starts = [(name.strip(), spec) for name, _, spec in given if name.strip().startswith("On")]
        if all(name == "OnCalendar" for name, _ in starts):
            lines = [_PAST.format(spec) for _, spec in starts]
    return lines


def _span(seconds: float) -> str:
    from runwrap.report import format_timespan

    return format_timespan(max(0, round(seconds)) * 1_000_000)
