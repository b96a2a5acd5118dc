"""Which cgroup controllers this machine's service manager can use."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = [
    "CONTROLLERS",
    "absent_controllers",
    "is_populated",
    "present_controllers",
    "without_effect",
]

CONTROLLERS = ("cpu", "io", "memory", "pids")

_PACKET_FILTERS = ("IPAddressAllow", "IPAddressDeny", "IPAccounting")

# What systemd makes BPF programs of, besides packet filters (systemd.resource-control(5)).
_PROGRAMS = (
    *("IPIngressFilterPath", "IPEgressFilterPath", "BPFProgram", "BindNetworkInterface"),
    *("SocketBindAllow", "SocketBindDeny", "RestrictNetworkInterfaces", "RestrictFileSystems"),
    *("DevicePolicy", "DeviceAllow"),
)

# By how the names of the settings begin (systemd.resource-control(5)).
_SETTINGS = {
    "cpu": ("CPUQuota", "CPUWeight", "StartupCPUWeight"),
    "io": ("IOWeight", "IORead", "IOWrite", "IODevice", "StartupIO"),
    "memory": (
        *("MemoryMin", "MemoryLow", "MemoryHigh", "MemoryMax", "MemorySwapMax", "MemoryZSwap"),
        *("StartupMemory",),
    ),
    "pids": ("TasksMax",),
}


def absent_controllers(root: Path = Path("/sys/fs/cgroup")) -> dict[str, str]:
    """Return the controllers that cannot count here, with the reason in some words each.

    Args:
        root: where the unified hierarchy is mounted (cgroups(7)).

    Returns:
        Reasons by controller name, of ``cpu``, ``io``, ``memory`` and ``pids``; empty where
        the hierarchy cannot be read, as nothing is known then.
    """
    try:
        present = (root / "cgroup.controllers").read_text().split()
    except OSError:
        return {}
    return {
        name: "not in this machine's cgroup v2 hierarchy"
        for name in CONTROLLERS
        if name not in present
    }


def present_controllers(
    root: Path = Path("/sys/fs/cgroup"), *, user: int | None = None
) -> set[str]:
    """Return the controllers that are known to limit units here.

    Args:
        root: where the unified hierarchy is mounted (cgroups(7)).
        user: whose service manager is meant; None for the system's. It has what was delegated
            to it (systemd.resource-control(5), Delegate=).
    """
    if user is not None:
        root = root / f"user.slice/user-{user}.slice/user@{user}.service"
    try:
        return set((root / "cgroup.controllers").read_text().split())
    except OSError:
        return set()


def is_populated(path: str, root: Path = Path("/sys/fs/cgroup")) -> bool:
    """Tell whether there are processes in the control group at *path*, or below it.

    Args:
        path: as the manager names it, such as ``/system.slice/run-1.scope``.
        root: where the unified hierarchy is mounted (cgroups(7)); one that is gone is empty.
    """
    for mount in (root, root / "unified"):
        try:
            events = (mount / path.lstrip("/") / "cgroup.events").read_text()
        except OSError:
            continue
        return "populated 1" in events.splitlines()
    return False


def without_effect(
    names: Iterable[str], absent: Mapping[str, str], *, unprivileged: bool
) -> dict[str, str]:
    """Return which resource settings are accepted by the manager but cannot be in force.

    Args:
        names: D-Bus names of the properties that are set.
        absent: reasons by controller name, as from `absent_controllers`.
        unprivileged: whether the manager is that of a user other than root, which the kernel
            does not let load packet filters (bpf(2)).

    Returns:
        By setting, why it has no effect: in words that complete "it has no effect: ...".
    """
    found = {}
    for name in names:
        if unprivileged and name in _PACKET_FILTERS:
            found[name] = "a user's service manager may not filter IP traffic, or count it"
        elif unprivileged and name in _PROGRAMS:
            found[name] = "a user's service manager may not attach programs to control groups"
        for controller, reason in absent.items():
            if name.startswith(_SETTINGS.get(controller, ())):
                found[name] = f"the {controller} controller is {reason}"
    return found
