"""Is it in force? IP access lists (systemd.resource-control(5), IPAddressAllow=).

systemd attaches a program to the unit's control group for each direction. They are run here on
made-up packets, as bpf(2) can: nothing is sent. What they drop they do not count; what they let
pass they do, but then the command is not run.
"""

from __future__ import annotations

import socket
import struct
from typing import TYPE_CHECKING, cast

from runwrap.sandbox.access_lists import contains
from runwrap.sandbox.check_cgroup import programs
from runwrap.sandbox.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from runwrap.sandbox.access_lists import Prefix
    from runwrap.sandbox.evidence import Evidence

__all__ = ["SEES"]

_ADVICE = (
    "take away the IPAddressAllow= of a slice above the unit (systemctl show -p IPAddressAllow"
    " SLICE), or use another slice"
)

_MOST_PREFIXES = 32

# Addresses that are nobody's (RFC 5737, RFC 3849).
_NOBODYS = {
    socket.AF_INET: bytes((192, 0, 2, 1)),
    socket.AF_INET6: bytes((0x20, 1, 0x0D, 0xB8, *(0,) * 11, 1)),
}
# What slices often let pass for all that is in them.
_LOOPBACK: tuple[Prefix, ...] = (
    (socket.AF_INET, bytes((127, 0, 0, 0)), 8),
    (socket.AF_INET6, bytes((*(0,) * 15, 1)), 128),
)
_ETHERNET = {socket.AF_INET: b"\x08\x00", socket.AF_INET6: b"\x86\xdd"}
_UDP = 17
_HOPS = 64
_PAYLOAD = bytes(8)

_attached = programs("sd_fw_", "ingress", "egress")


def _denied(evidence: Evidence, asked: object) -> Finding:
    """Check that packets from and to each prefix are dropped, but for what is allowed again."""
    finding = _attached(evidence, asked)
    if not finding.in_force:
        return finding
    allowed = cast("list[Prefix]", evidence.values.get("IPAddressAllow") or [])
    tried = []
    shown = []
    for prefix in cast("list[Prefix]", asked)[:_MOST_PREFIXES]:
        family = socket.AddressFamily(prefix[0])
        addresses = [
            (family, address)
            for address in _addresses_in(family, prefix)
            if not any(contains(each, family, address) for each in (*allowed, *_LOOPBACK))
        ]
        tried += addresses
        shown += addresses[:1]
    if not tried:
        return finding
    incoming = [_packet(family, other, bytes(len(other))) for family, other in tried]
    outgoing = [_packet(family, bytes(len(other)), other) for family, other in tried]
    answers = (evidence.dropped("ingress", incoming), evidence.dropped("egress", outgoing))
    for each, *are_dropped in zip(tried, *answers, strict=True):
        if not all(are_dropped):
            passes = f"a packet from or to {socket.inet_ntop(*each)} would pass"
            return Finding(False, f"{finding.evidence}; {passes}", _ADVICE)
    addresses_shown = ", ".join(socket.inet_ntop(*each) for each in shown)
    drops = f"packets from and to {addresses_shown} would be dropped"
    return finding._replace(evidence=f"{finding.evidence}; {drops}")


def _addresses_in(family: socket.AddressFamily, prefix: Prefix) -> Iterator[bytes]:
    """Return some addresses of a prefix: nobody's if it has those, and some from end to end."""
    _, beginning, length = prefix
    size = len(beginning)
    unused = 8 * size - length
    first = int.from_bytes(beginning) >> unused << unused
    last = first + 2**unused - 1
    if contains(prefix, family, _NOBODYS[family]):
        yield _NOBODYS[family]
    for number in dict.fromkeys((first, min(first + 1, last), (first + last + 1) // 2, last)):
        yield number.to_bytes(size)


def _packet(family: socket.AddressFamily, source: bytes, destination: bytes) -> bytes:
    """Return a frame of Ethernet with a datagram of UDP in it (RFC 791, RFC 8200)."""
    if family == socket.AF_INET:
        header = struct.pack(">BBHHHBBH", 4 << 4 | 5, 0, 20 + len(_PAYLOAD), 0, 0, _HOPS, _UDP, 0)
    else:
        header = struct.pack(">IHBB", 6 << 28, len(_PAYLOAD), _UDP, _HOPS)
    return bytes(12) + _ETHERNET[family] + header + source + destination + _PAYLOAD


SEES: dict[str, Callable[[Evidence, object], Finding]] = {
    "IPAddressDeny": _denied,
    "IPAddressAllow": _attached,
}
"""What says whether a directive is in force, by its name."""
