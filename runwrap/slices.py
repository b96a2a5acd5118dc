"""Slices: the one that this process is in, and those below it."""

from __future__ import annotations

from pathlib import Path

from runwrap.errors import UsageError
from runwrap.properties.unit_names import is_slice_name, slice_name

__all__ = ["below", "own_slice", "slice_of"]

_ROOT = "-.slice"


def own_slice(*, user: bool, process: Path = Path("/proc/self")) -> str:
    """Return the full name of the slice that this process is in.

    Args:
        user: whether slices of the user's own manager count; otherwise those of the system's.
        process: the directory of the process (proc(5)).

    Raises:
        UsageError: it is in no unit of a service manager.
    """
    try:
        lines = (process / "cgroup").read_text().splitlines()
    except OSError as error:
        raise UsageError(f"--slice-inherit: {error.filename}: {error.strerror}") from None
    # The unified hierarchy has the number 0 and no controllers (cgroups(7)).
    paths = [line[len("0::") :] for line in lines if line.startswith("0::")]
    name = slice_of(paths[0], user=user) if paths else None
    if name is None:
        raise UsageError(
            "--slice-inherit: this process is in no unit of the service manager, "
            f"so there is no slice to inherit (its cgroup is {paths[0] if paths else 'unknown'})"
        )
    return name


def slice_of(path: str, *, user: bool) -> str | None:
    """Return the innermost slice of the unit that the cgroup *path* belongs to.

    Args:
        path: a path in the unified hierarchy, such as ``/system.slice/cron.service``.
        user: look below the user manager's own unit, ``user@UID.service``.

    Returns:
        The slice's full name, or None if the path is not one of a unit.
    """
    parts = [part for part in path.split("/") if part]
    if user:
        managers = [
            place
            for place, part in enumerate(parts)
            if part.startswith("user@") and part.endswith(".service")
        ]
        if not managers:
            return None
        parts = parts[managers[0] + 1 :]
    name = _ROOT
    for part in parts:
        if not is_slice_name(part):
            return (
                name
                if part.endswith((".service", ".scope", ".mount", ".socket", ".swap"))
                else None
            )
        name = part
    return None


def below(parent: str, name: str) -> str:
    """Return the slice *name* below the slice *parent*, or *parent* where *name* is empty.

    Raises:
        UsageError: *name* is not the name of a slice.
    """
    if not name:
        return parent
    child = slice_name(name)
    if parent == _ROOT:
        return child
    return slice_name(f"{parent.removesuffix('.slice')}-{child.removesuffix('.slice')}.slice")
