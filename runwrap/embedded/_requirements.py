"""What a private manager needs of the machine, checked before anything is started."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

__all__ = ["find_dbus_daemon", "find_systemd", "requirements"]

# capabilities(7): name and bit. Without one of these, the manager does not come up, or cannot
# start and stop services of other users than root.
_CAPABILITIES = {
    "CAP_CHOWN": 0,
    "CAP_DAC_OVERRIDE": 1,
    "CAP_KILL": 5,
    "CAP_SETGID": 6,
    "CAP_SETUID": 7,
    "CAP_SYS_ADMIN": 21,
}
_NAMESPACES = {"mnt": "mount", "pid": "PID", "cgroup": "cgroup", "ipc": "IPC", "uts": "UTS"}
_PLACES = ("/dev/shm",)
_SYSTEMD = ("/usr/lib/systemd/systemd", "/lib/systemd/systemd")


def find_systemd() -> str | None:
    """Return the path of the service manager's program, or None."""
    return next((path for path in _SYSTEMD if os.access(path, os.X_OK)), None)


def find_dbus_daemon() -> str | None:
    """Return the absolute path of the dbus-daemon in PATH, or None."""
    found = shutil.which("dbus-daemon")
    return None if found is None else str(Path(found).absolute())


def _missing_capabilities() -> list[str]:
    for line in Path("/proc/self/status").read_text().splitlines():
        key, _, value = line.partition(":")
        if key == "CapEff":
            effective = int(value, 16)
            return [name for name, bit in _CAPABILITIES.items() if not effective >> bit & 1]
    return []


def _forbidden_namespaces() -> list[str]:
    problems = []
    for name, spoken in _NAMESPACES.items():
        if not Path(f"/proc/self/ns/{name}").exists():
            problems.append(f"the kernel has no {spoken} namespaces")
            continue
        limit = Path(f"/proc/sys/user/max_{name}_namespaces")
        try:
            forbidden = limit.read_text().strip() == "0"
        except OSError:
            continue
        if forbidden:
            problems.append(f"{spoken} namespaces are forbidden: {limit} is 0")
    return problems


def requirements() -> list[str]:
    """Return what this machine or this process lacks for a private manager, one line each.

    An empty list does not promise that it can be started: a seccomp filter or a security module
    may still forbid what is needed, which only shows when it is tried.

    Source of the cgroup and namespace facts: cgroups(7), namespaces(7).
    """
    problems = []
    if os.geteuid() != 0:
        problems.append("a private service manager needs root, and this is not root")
    elif missing := _missing_capabilities():
        noun = "capability" if len(missing) == 1 else "capabilities"
        problems.append(f"a private service manager needs the {noun} {', '.join(missing)}")
    if find_systemd() is None:
        problems.append("systemd is not installed (Debian package systemd)")
    if find_dbus_daemon() is None:
        problems.append(
            "dbus-daemon is not in PATH (Debian package dbus-daemon, or dbus before Debian 12)"
        )
    if "cgroup2" not in Path("/proc/filesystems").read_text().split():
        problems.append("the kernel has no cgroup v2")
    elif not any(
        line.startswith("0::") for line in Path("/proc/self/cgroup").read_text().splitlines()
    ):
        problems.append("this process is in no cgroup v2")
    problems.extend(_forbidden_namespaces())
    # A PID 1 makes what it misses there, but /dev is the host's, and is not to be changed.
    problems.extend(f"{path} is missing" for path in _PLACES if not Path(path).is_dir())
    return problems
