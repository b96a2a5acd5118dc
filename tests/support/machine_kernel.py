"""The few system calls that a booted test machine needs and Python 3.11 does not have.

Only the standard library, since the processes that use it start without any other.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

CLONE_NEWNS = 0x00020000
CLONE_NEWCGROUP = 0x02000000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

MS_RDONLY = 0x1
MS_NOSUID = 0x2
MS_NODEV = 0x4
MS_NOEXEC = 0x8
MS_REMOUNT = 0x20
MS_BIND = 0x1000
MS_REC = 0x4000
MS_PRIVATE = 0x40000

_MNT_DETACH = 2
_PR_SET_SECCOMP = 22
_SECCOMP_MODE_FILTER = 2
_ALLOW = 0x7FFF0000
_ERRNO = 0x00050000
_EPERM = 1
_ENOSYS = 38
_MACHINES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_CALLS = {
    "x86_64": {"bpf": 321, "unshare": 272, "clone3": 435, "seccomp": 317, "keyctl": 250},
    "aarch64": {"bpf": 280, "unshare": 97, "clone3": 435, "seccomp": 277, "keyctl": 219},
}
_PR_SET_PDEATHSIG = 1
_SYS_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
_SIOCGIFFLAGS = 0x8913
_SIOCSIFFLAGS = 0x8914
_IFF_UP = 1

_libc = ctypes.CDLL(None, use_errno=True)


def _check(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def mount(source: str, target: str, kind: str, flags: int = 0, data: str = "") -> None:
    """mount(2); empty strings stand for null pointers.

    Raises:
        OSError: the kernel refused it.
    """
    arguments = (source.encode() or None, target.encode(), kind.encode() or None)
    _check(_libc.mount(*arguments, ctypes.c_ulong(flags), data.encode() or None), f"mount {target}")


def bind(source: str, target: str, *, read_only: bool = False) -> None:
    """Show *source* at *target* too, which must be there.

    Raises:
        OSError: the kernel refused it.
    """
    mount(source, target, "", MS_BIND | MS_REC)
    if read_only:
        mount("", target, "", MS_BIND | MS_REMOUNT | MS_RDONLY)


def become_root(directory: str) -> None:
    """Make the mount point *directory* the root of this mount namespace, and drop the old one.

    Raises:
        OSError: the kernel refused it.
    """
    os.chdir(directory)
    number = _SYS_PIVOT_ROOT[os.uname().machine]
    _check(_libc.syscall(ctypes.c_long(number), b".", b"."), "pivot_root")
    _check(_libc.umount2(b".", _MNT_DETACH), "umount2")
    os.chdir("/")


def unshare(flags: int) -> None:
    """unshare(2).

    Raises:
        OSError: the kernel refused it.
    """
    _check(_libc.unshare(flags), "unshare")


def setns(descriptor: int, flags: int) -> None:
    """setns(2); with a pidfd several namespaces at once.

    Raises:
        OSError: the kernel refused it.
    """
    _check(_libc.setns(descriptor, flags), "setns")


def die_with_parent(signal_number: int) -> None:
    """Have *signal_number* sent to this process when its parent ends (PR_SET_PDEATHSIG)."""
    _check(_libc.prctl(_PR_SET_PDEATHSIG, ctypes.c_ulong(signal_number), 0, 0, 0), "prctl")


def interface_up(name: str) -> None:
    """Bring the network interface *name* up (netdevice(7)).

    Raises:
        OSError: there is none, or the kernel refused it.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = struct.pack("16sh14x", name.encode(), 0)
        (flags,) = struct.unpack_from("h", fcntl.ioctl(control, _SIOCGIFFLAGS, request), 16)
        fcntl.ioctl(control, _SIOCSIFFLAGS, struct.pack("16sh14x", name.encode(), flags | _IFF_UP))


def refuse_calls(names: Sequence[str]) -> None:
    """Have the kernel refuse system calls to this process, and to all that come from it.

    Args:
        names: the calls, of ``bpf``, ``unshare``, ``clone3``, ``seccomp`` and ``keyctl``.

    Raises:
        OSError: the kernel takes no filter.
    """
    machine = os.uname().machine
    instruction = struct.Struct("=HBBI")
    # linux/filter.h: load a word of struct seccomp_data, compare, return.
    program = [
        (0x20, 0, 0, 4),
        (0x15, 1, 0, _MACHINES[machine]),
        (0x06, 0, 0, _ALLOW),
        (0x20, 0, 0, 0),
    ]
    for name in names:
        # Whoever meets an older kernel there uses an older call.
        code = _ENOSYS if name == "clone3" else _EPERM
        program += [(0x15, 0, 1, _CALLS[machine][name]), (0x06, 0, 0, _ERRNO | code)]
    program.append((0x06, 0, 0, _ALLOW))
    room = ctypes.create_string_buffer(b"".join(instruction.pack(*each) for each in program))
    head = struct.pack("@HP", len(program), ctypes.addressof(room))
    result = _libc.prctl(
        *(_PR_SET_SECCOMP, ctypes.c_ulong(_SECCOMP_MODE_FILTER)),
        *(ctypes.create_string_buffer(head), ctypes.c_ulong(0), ctypes.c_ulong(0)),
    )
    _check(result, "prctl PR_SET_SECCOMP")
