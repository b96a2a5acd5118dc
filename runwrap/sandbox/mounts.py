"""The mount table of a process (proc_pid_mountinfo(5))."""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["Mount", "below", "covering", "is_within", "parse"]

_OCTAL = re.compile(r"\\([0-7]{3})")


class Mount(NamedTuple):
    """One mount, as a process sees it.

    Attributes:
        point: the directory or file it is on, from the process's root directory.
        device: the number of its file system, such as ``"0:53"``.
        root: what of that file system is mounted, as a path in it.
        options: those of the mount, such as ``ro`` and ``noexec``.
        kind: the kind of the file system, such as ``"tmpfs"``.
        super_options: those of the file system.
    """

    point: str
    device: str
    root: str
    options: frozenset[str]
    kind: str
    super_options: frozenset[str]

    @property
    def is_read_only(self) -> bool:
        """Whether nothing can be written through it."""
        return "ro" in self.options or "ro" in self.super_options

    @property
    def is_no_exec(self) -> bool:
        """Whether no program can be executed from it."""
        return "noexec" in self.options

    @property
    def is_inaccessible(self) -> bool:
        """Whether it is one of the empty nodes that systemd hides a path behind."""
        return "/systemd/inaccessible/" in self.root

    @property
    def is_same_as(self) -> tuple[str, str]:
        """What two mounts of the same thing have in common."""
        return self.device, self.root


def parse(text: str) -> list[Mount]:
    """Return the mounts in *text*, the content of a ``mountinfo``; later ones cover earlier."""
    mounts = []
    for line in text.splitlines():
        before, _, behind = line.partition(" - ")
        _, _, device, root, point, options, *_ = before.split(" ")
        kind, _, super_options = behind.split(" ", 2)
        mounts.append(
            Mount(
                _unescaped(point),
                device,
                _unescaped(root),
                frozenset(options.split(",")),
                kind,
                frozenset(super_options.split(",")),
            )
        )
    return mounts


def _unescaped(text: str) -> str:
    return _OCTAL.sub(lambda match: chr(int(match[1], 8)), text)


def is_within(path: str, directory: str) -> bool:
    """Tell whether *path* is *directory*, or below it."""
    return directory in {path, "/"} or path.startswith(f"{directory}/")


def covering(mounts: list[Mount], path: str) -> Mount | None:
    """Return the mount that *path* is on."""
    found: Mount | None = None
    for mount in mounts:
        if is_within(path, mount.point) and (found is None or len(mount.point) >= len(found.point)):
            found = mount
    return found


def below(mounts: list[Mount], path: str) -> list[Mount]:
    """Return the mounts that are on directories below *path*, those that can be seen."""
    points = {mount.point for mount in mounts if mount.point != path}
    seen = [covering(mounts, point) for point in points if is_within(point, path)]
    return sorted({mount for mount in seen if mount is not None}, key=lambda mount: mount.point)
