"""Which directories a profile hides or protects, and what is opened in them.

Pure but for looking at paths: what becomes of them depends on what is there.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from runwrap.errors import UsageError
from runwrap.properties.faults import quote
from runwrap.properties.writing import quoted
from runwrap.sandbox.mounts import is_within
from runwrap.sandbox.profiles import Directive, Files

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["Opened", "file_directives", "hidden_roots", "opened", "top_directories"]

# What is part of the system (hier(7)), or of distributions that keep programs elsewhere.
_SYSTEM = frozenset(
    (
        *("bin", "sbin", "lib", "lib32", "lib64", "libx32", "usr", "etc", "opt", "nix", "gnu"),
        *("dev", "proc", "sys", "run", "tmp", "var"),
    )
)
_HOMES = ("/home", "/root", "/run/user")

# Those of no user, where they are not known.
_USUAL = ("boot", "efi", "media", "mnt", "srv")

_OWN = ("/tmp", "/var/tmp")
_EMPTIED = {
    "/run": ("ro", "services listen there, and keep the state of users"),
    "/var": ("ro", "the data of services, mail, logs"),
    "/dev/shm": ("mode=1777,size=256M", "shared memory of others"),
}
_INTERFACES = ("/proc", "/sys", "/dev")


class Opened(NamedTuple):
    """A path that is opened.

    Attributes:
        path: where it is asked for, absolute.
        real: where that is, without symbolic links.
        writable: whether it is opened for writing.
    """

    path: str
    real: str
    writable: bool


def top_directories() -> tuple[str, ...]:
    """Return the names of the directories at the root of this system, without links."""
    with os.scandir("/") as entries:
        return tuple(sorted(entry.name for entry in entries if entry.is_dir(follow_symlinks=False)))


def opened(option: str, text: str, *, here: bool) -> Opened:
    """Return what ``--read=`` or ``--write=`` opens.

    Args:
        option: the one, or the other.
        text: the path; a relative one begins in the working directory of this process.
        here: whether the path is on this system, and so has to be there.

    Raises:
        UsageError: there is no such path, or it is none that could be opened.
    """
    writable = option == "--write"
    said = f"{option}={quote(text)[1:-1]}"
    if not text:
        raise UsageError(f"{option}: the path is empty")
    if not here:
        if not text.startswith("/") or ".." in text.split("/"):
            raise UsageError(f'{said}: expected an absolute path without "..": it is not of here')
        path = os.path.normpath(text)
        return Opened(path, path, writable)
    try:
        path = os.path.abspath(text)  # noqa: PTH100 - pathlib has no such thing
        real = os.path.realpath(text, strict=True)
    except OSError as error:
        raise UsageError(f"{said}: {error.strerror}; expected a path that is there") from None
    for interface in _INTERFACES:
        if is_within(real, interface) and not is_within(real, "/dev/shm"):
            raise UsageError(
                f"{said}: {interface} has protections of its own, which no path in it opens;"
                " override them with -p"
            )
    if real in _OWN:
        raise UsageError(
            f"{said}: the command has a {real} of its own; expected a path below it, or"
            " -p PrivateTmp=no as well"
        )
    return Opened(path, real, writable)


def hidden_roots(files: Files, top: Iterable[str] | None) -> tuple[str, ...]:
    """Return what is hidden, by files that are no-one's business.

    Args:
        files: what the profile leaves of the file system.
        top: the names of the directories at the root of the system, None where not known.
    """
    if files is Files.HOST:
        return ()
    if files is not Files.HIDDEN:
        return ("/run",) if files is Files.OFFLINE else ("/run", "/dev/shm", *_OWN)
    others = [f"/{name}" for name in (_USUAL if top is None else top) if name not in _SYSTEM]
    return tuple(dict.fromkeys((*_HOMES, *others, *_EMPTIED, *_OWN)))


def file_directives(
    files: Files, top: Iterable[str] | None, paths: Sequence[Opened]
) -> list[Directive]:
    """Return the directives that leave of the file system what *files* says, and *paths*.

    Args:
        files: what the profile leaves.
        top: as for `hidden_roots`.
        paths: what is opened.
    """
    if files is Files.HOST:
        return []
    hidden = hidden_roots(files, top)
    # Who opens all of it, or what is above it, does not want it hidden.
    left = {root for root in hidden if any(is_within(root, entry.real) for entry in paths)}
    roots = [root for root in hidden if root not in left]
    directives = []
    if files is Files.OFFLINE:
        directives.append(Directive("ProtectSystem=full", "the system itself is read-only"))
    else:
        directives.append(Directive("ProtectSystem=strict", "everything is read-only"))
        directives.append(Directive("PrivateTmp=yes", "nothing of others in /tmp and /var/tmp"))
    if files is Files.READ_ONLY:
        directives.append(Directive("ProtectHome=read-only", "homes are read-only"))
    if files is Files.HIDDEN:
        directives += _homes(roots, paths)
    for root in roots:
        if root in _EMPTIED:
            options, reason = _EMPTIED[root]
            directives.append(Directive(f"TemporaryFileSystem={root}:{options}", reason))
        elif root not in (*_HOMES, *_OWN):
            directives.append(_hide(root, paths))
    for entry in paths:
        directives += _open(entry, roots, files)
    return directives


def _homes(roots: Sequence[str], paths: Sequence[Opened]) -> list[Directive]:
    """Return what hides the homes of users."""
    homes = [home for home in _HOMES if home in roots]
    if len(homes) < len(_HOMES):
        return [_hide(home, paths) for home in homes]
    within = any(_is_below(home, entry) for home in homes for entry in paths)
    return [Directive(f"ProtectHome={'tmpfs' if within else 'yes'}", "no files of users")]


def _hide(root: str, paths: Sequence[Opened]) -> Directive:
    if any(_is_below(root, entry) for entry in paths):
        # What is below an inaccessible directory cannot be opened any more.
        return Directive(f"TemporaryFileSystem={quoted(root)}:ro", "no part of the system")
    return Directive(f"InaccessiblePaths={quoted(f'-{root}')}", "no part of the system")


def _is_below(root: str, entry: Opened) -> bool:
    return is_within(entry.real, root) or is_within(entry.path, root)


def _open(entry: Opened, roots: Sequence[str], files: Files) -> list[Directive]:
    option = "--write" if entry.writable else "--read"
    reason = f"{option}={quote(entry.path)[1:-1]}"
    directives = []
    name = "BindPaths" if entry.writable else "BindReadOnlyPaths"
    real = _field(entry.real)
    if any(is_within(entry.real, root) for root in roots):
        directives.append(Directive(f"{name}={real}", reason))
    if entry.path != entry.real and any(is_within(entry.path, root) for root in roots):
        # The link itself is hidden.
        directives.append(Directive(f"{name}={real}:{_field(entry.path)}", reason))
    if entry.writable and files is not Files.OFFLINE:
        directives.append(Directive(f"ReadWritePaths={quoted(entry.real)}", reason))
    return directives


def _field(path: str) -> str:
    """Return *path* as a word in which a colon separates nothing."""
    if ":" not in path:
        return quoted(path)
    text = path.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'
