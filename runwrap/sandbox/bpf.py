"""What the kernel tells of BPF programs: which are attached to a cgroup, and what they hold.

The calls and their structures are those of bpf(2) and linux/bpf.h; only numbers that are part of
the kernel's stable interface are used. Asking needs CAP_SYS_ADMIN, or CAP_BPF and CAP_NET_ADMIN.
"""

from __future__ import annotations

import ctypes
import os
import struct
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "ATTACH_TYPES",
    "LPM_TRIE",
    "Map",
    "Program",
    "attached",
    "maps_of",
    "program",
    "restricts_file_systems",
]

# The number of the system call bpf(2), by machine (asm/unistd.h).
_BPF = {"x86_64": 321, "i686": 357, "s390x": 351, "ppc64le": 361, "armv7l": 386}
_BPF_ELSEWHERE = 280

_MAP_LOOKUP_ELEM = 1
_MAP_GET_NEXT_ID = 12
_PROG_GET_FD_BY_ID = 13
_MAP_GET_FD_BY_ID = 14
_OBJ_GET_INFO_BY_FD = 15
_PROG_QUERY = 16

_QUERY_EFFECTIVE = 1

ATTACH_TYPES = {
    "ingress": 0,
    "egress": 1,
    "sock_create": 2,
    "device": 6,
    "bind4": 8,
    "bind6": 9,
}
"""Numbers of the attachments that systemd makes (enum bpf_attach_type)."""

LPM_TRIE = 11
"""The type of a map from network prefixes (enum bpf_map_type)."""

_MAX_PROGRAMS = 64
_MAX_MAPS = 16


class Map(NamedTuple):
    """A map of a program.

    Attributes:
        type: its type (enum bpf_map_type).
        name: its name, or "".
        key_size: the size of its keys, in bytes.
        id: its number.
    """

    type: int
    name: str
    key_size: int
    id: int


class Program(NamedTuple):
    """A BPF program.

    Attributes:
        id: its number.
        name: its name, of at most 15 bytes, or "".
        maps: the numbers of the maps that it uses.
    """

    id: int
    name: str
    maps: tuple[int, ...]


def _call(command: int, attributes: ctypes.Array[ctypes.c_char]) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    number = _BPF.get(os.uname().machine, _BPF_ELSEWHERE)
    value = int(
        libc.syscall(ctypes.c_long(number), ctypes.c_int(command), attributes, len(attributes))
    )
    if value < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return value


def attached(cgroup: str, attach_type: int, *, effective: bool = False) -> list[int]:
    """Return the numbers of the programs that are attached to a cgroup.

    Args:
        cgroup: the directory of the cgroup.
        attach_type: one of `ATTACH_TYPES`.
        effective: also those of the cgroups above that act on it.

    Raises:
        OSError: it may not be asked, or there is no such cgroup.
    """
    numbers = (ctypes.c_uint32 * _MAX_PROGRAMS)()
    directory = os.open(cgroup, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        attributes = ctypes.create_string_buffer(
            struct.pack(
                "=IIIIQII",
                directory,
                attach_type,
                _QUERY_EFFECTIVE if effective else 0,
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


def _info(descriptor: int, size: int, content: bytes = b"") -> bytes:
    info = ctypes.create_string_buffer(content, size)
    attributes = ctypes.create_string_buffer(
        struct.pack("=IIQ", descriptor, size, ctypes.addressof(info)), 32
    )
    _call(_OBJ_GET_INFO_BY_FD, attributes)
    return info.raw


def program(number: int) -> Program:
    """Return the program of that *number*; errors as `attached`."""
    maps = (ctypes.c_uint32 * _MAX_MAPS)()
    # struct bpf_prog_info: 52 is nr_map_ids, 56 map_ids, 64 the name.
    content = bytearray(80)
    struct.pack_into("=IQ", content, 52, _MAX_MAPS, ctypes.addressof(maps))
    with _descriptor(_PROG_GET_FD_BY_ID, number) as descriptor:
        info = _info(descriptor, 80, bytes(content))
    (count,) = struct.unpack_from("=I", info, 52)
    name = info[64:80].split(b"\0")[0].decode()
    return Program(number, name, tuple(maps[: min(count, _MAX_MAPS)]))


def maps_of(numbers: tuple[int, ...]) -> list[Map]:
    """Return the maps of those *numbers*; errors as `attached`."""
    maps = []
    for number in numbers:
        with _descriptor(_MAP_GET_FD_BY_ID, number) as descriptor:
            info = _info(descriptor, 40)
        # struct bpf_map_info: type, id, key_size, value_size, max_entries, map_flags, name.
        kind, _, key_size = struct.unpack_from("=III", info)
        maps.append(Map(kind, info[24:40].split(b"\0")[0].decode(), key_size, number))
    return maps


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
