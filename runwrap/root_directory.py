"""A directory tree as this process sees it, in a form that can be handed to a service manager."""

from __future__ import annotations

import ctypes
import os

from runwrap.errors import UsageError

__all__ = ["check_same_directory", "open_root"]

# open_tree(2); the system calls that came after Linux 5.0 have one number everywhere.
_OPEN_TREE = 428
_AT_FDCWD = -100
_OPEN_TREE_CLONE = 1
_AT_RECURSIVE = 0x8000


def open_root(path: str) -> int:
    """Return a descriptor of a copy of the mounts at and below the directory *path*.

    Such a copy is in no mount namespace, so that a manager that lives in another one than this
    process can use it all the same (systemd-run(1), ``--root-directory=``).

    Raises:
        UsageError: it cannot be had; this process may lack CAP_SYS_ADMIN.
    """
    flags = _OPEN_TREE_CLONE | _AT_RECURSIVE | os.O_CLOEXEC
    system_call = ctypes.CDLL(None, use_errno=True).syscall
    descriptor = system_call(
        *(ctypes.c_long(_OPEN_TREE), ctypes.c_int(_AT_FDCWD)),
        *(ctypes.c_char_p(os.fsencode(path)), ctypes.c_uint(flags)),
    )
    if descriptor < 0:
        reason = os.strerror(ctypes.get_errno())
        raise UsageError(f"--root-directory: {path} cannot be handed over: {reason}")
    return int(descriptor)


def check_same_directory(path: str, manager: int) -> None:
    """Make sure that *path* is the same directory for a service manager as for this process.

    Managers before systemd 259 are given no descriptor: they look the path up themselves.

    Args:
        path: an absolute path.
        manager: the process of the manager.

    Raises:
        UsageError: it is another directory there, or that cannot be told.
    """
    try:
        ours, theirs = os.stat(path), os.stat(f"/proc/{manager}/root{path}")  # noqa: PTH116
    except OSError as error:
        raise UsageError(
            f"--root-directory: {path}: {error.strerror}; the service manager, older than systemd"
            " 259, looks it up by itself"
        ) from None
    if not os.path.samestat(ours, theirs):
        raise UsageError(
            f"--root-directory: {path} is another directory for the service manager, which is"
            " older than systemd 259 and looks it up by itself"
        )
