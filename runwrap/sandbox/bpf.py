"""What the kernel tells of BPF programs: which are attached to a cgroup, and act on it.

The calls and their structures are those of bpf(2) and linux/bpf.h; only numbers that are part of
the kernel's stable interface are used. Asking needs CAP_SYS_ADMIN, or CAP_BPF and CAP_NET_ADMIN.
"""

from __future__ import annotations

import ctypes
import os
import struct
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = ["ATTACH_TYPES", "attached", "dropped", "restricts_file_systems"]

# The number of the system call bpf(2), by machine (asm/unistd.h).
_BPF = {"x86_64": 321, "i686": 357, "s390x": 351, "ppc64le": 361, "armv7l": 386}
_BPF_ELSEWHERE = 280

_MAP_LOOKUP_ELEM = 1
_PROG_TEST_RUN = 10
_MAP_GET_NEXT_ID = 12
_PROG_GET_FD_BY_ID = 13
_MAP_GET_FD_BY_ID = 14
_OBJ_GET_INFO_BY_FD = 15
_PROG_QUERY = 16

ATTACH_TYPES = {
    "ingress": 0,
    "egress": 1,
    "sock_create": 2,
    "device": 6,
    "bind4": 8,
    "bind6": 9,
}
"""Numbers of the attachments that systemd makes (enum bpf_attach_type)."""

_MAX_PROGRAMS = 64

_T = TypeVar("_T")


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _call(command: int, attributes: ctypes.Array[ctypes.c_char]) -> int:
    number = _BPF.get(os.uname().machine, _BPF_ELSEWHERE)
    value = int(
        _libc().syscall(ctypes.c_long(number), ctypes.c_int(command), attributes, len(attributes))
    )
    if value < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return value


def attached(cgroup: str, attach_type: int) -> list[str]:
    """Return the names of the programs that are attached to a cgroup.

    Args:
        cgroup: the directory of the cgroup.
        attach_type: one of `ATTACH_TYPES`.

    Raises:
        OSError: it may not be asked, or there is no such cgroup.
    """
    return _again(lambda: [_name_of(number) for number in _numbers(cgroup, attach_type)])


def dropped(cgroup: str, attach_type: int, beginning: str, packets: Sequence[bytes]) -> list[bool]:
    """Return of each of the *packets*, which are made up, whether it is dropped.

    Args:
        cgroup: the directory of the cgroup.
        attach_type: one of `ATTACH_TYPES`.
        beginning: how the names of the attached programs begin that are asked.
        packets: frames of Ethernet.

    Raises:
        OSError: it may not be asked, or the kernel does not run such programs like that.
    """
    return _again(lambda: _dropped(cgroup, attach_type, beginning, packets))


def _dropped(cgroup: str, attach_type: int, beginning: str, packets: Sequence[bytes]) -> list[bool]:
    result = [False] * len(packets)
    for number in _numbers(cgroup, attach_type):
        if _name_of(number).startswith(beginning):
            with _descriptor(_PROG_GET_FD_BY_ID, number) as descriptor:
                for place, packet in enumerate(packets):
                    result[place] |= not _run(descriptor, packet) & 1
    return result


def _run(descriptor: int, packet: bytes) -> int:
    """Return what a program says of a packet: 1, with other bits, to let it pass."""
    content = ctypes.create_string_buffer(packet, len(packet))
    attributes = ctypes.create_string_buffer(
        struct.pack("=IIIIQQII", descriptor, 0, len(packet), 0, ctypes.addressof(content), 0, 1, 0),
        80,
    )
    _call(_PROG_TEST_RUN, attributes)
    (verdict,) = struct.unpack_from("=I", attributes, 4)
    return int(verdict)


def _again(act: Callable[[], _T]) -> _T:
    """Do something with programs, again if one of them has been replaced meanwhile."""
    try:
        return act()
    except FileNotFoundError:
        return act()


def _numbers(cgroup: str, attach_type: int) -> list[int]:
    """Return the numbers of the programs that are attached to a cgroup; arguments as there."""
    numbers = (ctypes.c_uint32 * _MAX_PROGRAMS)()
    directory = os.open(cgroup, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        attributes = ctypes.create_string_buffer(
            struct.pack(
                "=IIIIQII",
                directory,
                attach_type,
                0,
                0,
                ctypes.addressof(numbers),
                _MAX_PROGRAMS,
                0,
            ),
            64,
        )
        _call(_PROG_QUERY, attributes)
    finally:
        os.close(directory)
    (count,) = struct.unpack_from("=I", attributes, 24)
    return list(numbers[:count])


@contextmanager
def _descriptor(command: int, number: int) -> Iterator[int]:
    attributes = ctypes.create_string_buffer(struct.pack("=III", number, 0, 0), 32)
    descriptor = _call(command, attributes)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _info(descriptor: int, size: int) -> bytes:
    info = ctypes.create_string_buffer(size)
    attributes = ctypes.create_string_buffer(
        struct.pack("=IIQ", descriptor, size, ctypes.addressof(info)), 32
    )
    _call(_OBJ_GET_INFO_BY_FD, attributes)
    return info.raw


def _name_of(number: int) -> str:
    """Return the name of the program of that *number*, of at most 15 bytes."""
    with _descriptor(_PROG_GET_FD_BY_ID, number) as descriptor:
        # struct bpf_prog_info: the name is at 64.
        return _info(descriptor, 80)[64:].split(b"\0")[0].decode()


def restricts_file_systems(cgroup: int) -> bool:
    """Tell whether systemd's program for file systems acts on a cgroup; errors as `attached`.

    Args:
        cgroup: the number of its inode.
    """
    number = 0
    while True:
        attributes = ctypes.create_string_buffer(struct.pack("=III", number, 0, 0), 32)
        try:
            _call(_MAP_GET_NEXT_ID, attributes)
        except FileNotFoundError:
            return False
        (number,) = struct.unpack_from("=I", attributes, 4)
        with _descriptor(_MAP_GET_FD_BY_ID, number) as descriptor:
            info = _info(descriptor, 40)
            if info[24:40].split(b"\0")[0] == b"cgroup_hash" and _has(descriptor, cgroup):
                return True


def _has(descriptor: int, key: int) -> bool:
    """Tell whether the map has the *key*, of eight bytes."""
    sought = ctypes.create_string_buffer(struct.pack("=Q", key), 8)
    value = ctypes.create_string_buffer(8)
    attributes = ctypes.create_string_buffer(
        struct.pack("=IIQQQ", descriptor, 0, ctypes.addressof(sought), ctypes.addressof(value), 0),
        32,
    )
    try:
        _call(_MAP_LOOKUP_ELEM, attributes)
    except FileNotFoundError:
        return False
    return True
