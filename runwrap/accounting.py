"""Reading a unit's counters, and saying why one is missing.

The manager counts from the start of the unit; a counter that it does not have reads as 2^64-1
(org.freedesktop.systemd1(5), Properties of the service), which is None here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from runwrap.model import Counters, Timestamps

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "absent_reasons",
    "counters_from",
    "timestamps_from",
    "told",
    "with_last_reading",
]

_UNSET = 2**64 - 1

# Counter, D-Bus property, the directive that turns it on, the cgroup controller it needs.
_TABLE = (
    ("cpu_usage_nsec", "CPUUsageNSec", "CPUAccounting", "cpu"),
    ("memory_peak", "MemoryPeak", "MemoryAccounting", "memory"),
    ("memory_swap_peak", "MemorySwapPeak", "MemoryAccounting", "memory"),
    ("ip_ingress_bytes", "IPIngressBytes", "IPAccounting", ""),
    ("ip_egress_bytes", "IPEgressBytes", "IPAccounting", ""),
    ("ip_ingress_packets", "IPIngressPackets", "IPAccounting", ""),
    ("ip_egress_packets", "IPEgressPackets", "IPAccounting", ""),
    ("io_read_bytes", "IOReadBytes", "IOAccounting", "io"),
    ("io_write_bytes", "IOWriteBytes", "IOAccounting", "io"),
    ("io_read_operations", "IOReadOperations", "IOAccounting", "io"),
    ("io_write_operations", "IOWriteOperations", "IOAccounting", "io"),
    ("tasks", "TasksCurrent", "TasksAccounting", "pids"),
)

_STAMPS = (
    ("inactive_exit_usec", "InactiveExitTimestamp"),
    ("active_enter_usec", "ActiveEnterTimestamp"),
    ("active_exit_usec", "ActiveExitTimestamp"),
    ("inactive_enter_usec", "InactiveEnterTimestamp"),
    ("main_start_usec", "ExecMainStartTimestamp"),
    ("main_exit_usec", "ExecMainExitTimestamp"),
)


def told(value: object) -> int | None:
    """Return the *value* of a counter's D-Bus property, None where the manager has none."""
    if isinstance(value, int) and value != _UNSET:
        return value
    return None


def counters_from(properties: Mapping[str, object], *, tasks: int | None = None) -> Counters:
    """Turn one reading of D-Bus properties into `Counters`.

    Args:
        properties: values by D-Bus name; one that is missing, None or 2^64-1 is not told.
        tasks: the largest number of tasks that an earlier reading found.

    Returns:
        The counters; ``tasks`` is the larger of this reading's and *tasks*.
    """
    values = {name: told(properties.get(prop)) for name, prop, _, _ in _TABLE}
    seen = [count for count in (tasks, values["tasks"]) if count is not None]
    values["tasks"] = max(seen) if seen else None
    return Counters(**values)


def with_last_reading(
    values: Mapping[str, object], last: Mapping[str, object]
) -> dict[str, object]:
    """Return a reading made after the end, for a manager that forgets I/O counters by then.

    Args:
        values: D-Bus properties by name, as read after the end.
        last: the same as read when the unit was held at its end; empty if it was not.

    Returns:
        *values* with the I/O counters of *last*, None where that has none, and with its CPU
        time, which does not include what held the unit.
    """
    merged = dict(values)
    for _, prop, _, controller in _TABLE:
        if controller == "io":
            merged[prop] = last.get(prop)
        elif prop == "CPUUsageNSec" and prop in last:
            merged[prop] = last[prop]
    return merged


def timestamps_from(properties: Mapping[str, object]) -> Timestamps:
    """Turn D-Bus properties (microseconds since the epoch, 0 for never) into `Timestamps`."""
    return Timestamps(
        **{name: cast("int | None", properties.get(prop)) or None for name, prop in _STAMPS}
    )


def absent_reasons(
    counters: Counters,
    properties: Mapping[str, object],
    *,
    controllers: Mapping[str, str],
    manager: str,
    user: bool,
    kept: bool,
) -> dict[str, str]:
    """Say for each counter that is None why that is so.

    Args:
        counters: the reading.
        properties: what the reading was made from: D-Bus values by name, None for one that
            the manager does not know.
        controllers: cgroup controllers that are known to be absent, with the reason as
            it completes "the io controller is ...".
        manager: the manager's version string, for the text.
        user: whether it is a user's service manager.
        kept: whether the I/O counters of the end could be had.

    Returns:
        One line by counter name, for the counters that are None only.
    """
    reasons = {}
    values = counters.as_dict()
    for name, prop, directive, controller in _TABLE:
        if values[name] is not None:
            continue
        if user and directive == "IPAccounting":
            reasons[name] = "a user's service manager may not count IP traffic"
        elif properties.get(directive) is False:
            reasons[name] = f"{directive}= is off"
        elif controller in controllers and name != "cpu_usage_nsec":
            reasons[name] = f"the {controller} controller is {controllers[controller]}"
        elif controller == "io" and not kept:
            reasons[name] = f"systemd {manager} forgets it when a unit ends, and could not be held"
        elif prop not in properties or properties[prop] is None:
            reasons[name] = f"systemd {manager} does not tell {prop}"
        elif name == "tasks":
            reasons[name] = "the unit ended before its tasks could be counted"
        else:
            reasons[name] = f"the manager did not tell {prop}"
    return reasons
