"""Reading a unit's counters, and saying why one is missing.

The manager counts from the start of the unit; a counter that it does not have reads as 2^64-1
(org.freedesktop.systemd1(5), Properties of the service), which is None here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from runwrap.model import Counters, Timestamps

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["absent_reasons", "counters_from", "timestamps_from"]

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


def counters_from(properties: Mapping[str, object], *, tasks: int | None = None) -> Counters:
    """Turn one reading of D-Bus properties into `Counters`.

    Args:
        properties: values by D-Bus name; one that is missing, None or 2^64-1 is not told.
        tasks: the largest number of tasks that an earlier reading found.

    Returns:
        The counters; ``tasks`` is the larger of this reading's and *tasks*.
    """
    values = {name: _told(properties.get(prop)) for name, prop, _, _ in _TABLE}
    seen = [count for count in (tasks, values["tasks"]) if count is not None]
    values["tasks"] = max(seen) if seen else None
    return Counters(**values)


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
) -> dict[str, str]:
    """Say for each counter that is None why that is so.

    Args:
        counters: the reading.
        properties: what the reading was made from: D-Bus values by name, None for one that
            the manager does not know.
        controllers: cgroup controllers that are known to be absent, with the reason.
        manager: the manager's version string, for the text.
        user: whether it is a user's service manager.

    Returns:
        One line by counter name, for the counters that are None only.
    """
    reasons = {}
    values = counters.as_dict()
    for name, prop, directive, controller in _TABLE:
        if values[name] is not None:
            continue
        if properties.get(directive) is False:
            reasons[name] = f"{directive}= is off"
        elif controller in controllers and name != "cpu_usage_nsec":
            reasons[name] = controllers[controller]
        elif prop not in properties or properties[prop] is None:
            reasons[name] = f"systemd {manager} does not tell {prop}"
        elif name == "tasks":
            reasons[name] = "the unit ended before its tasks could be counted"
        elif user and not controller:
            reasons[name] = "a user's service manager may not count IP traffic"
        else:
            reasons[name] = f"the manager did not tell {prop}"
    return reasons


def _told(value: object) -> int | None:
    if isinstance(value, int) and value != _UNSET:
        return value
    return None
