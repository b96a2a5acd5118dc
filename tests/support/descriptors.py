"""Which descriptors this process has open."""

from __future__ import annotations

from pathlib import Path

__all__ = ["descriptors"]


def descriptors() -> dict[str, str]:
    """Return what each open descriptor leads to, by its number."""
    found = {}
    for entry in list(Path("/proc/self/fd").iterdir()):
        try:
            found[entry.name] = str(entry.readlink())
        except FileNotFoundError:
            # The descriptor that the directory itself was read through.
            continue
    return found
