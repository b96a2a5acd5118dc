"""Which cgroup controllers this machine's service manager can use."""

from __future__ import annotations

from pathlib import Path

__all__ = ["absent_controllers"]

_CONTROLLERS = ("cpu", "io", "memory", "pids")


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
        for name in _CONTROLLERS
        if name not in present
    }
