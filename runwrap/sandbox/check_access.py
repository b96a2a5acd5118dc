"""Is it in force? IP access lists (systemd.resource-control(5), IPAddressAllow=).

systemd attaches a program to the unit's control group for each direction. They are run here on
made-up packets, as bpf(2) can: nothing is sent, and what they drop they do not count.
"""

from __future__ import annotations

import socket
import struct
from typing import TYPE_CHECKING, cast

from runwrap.sandbox.check_cgroup import programs
from runwrap.sandbox.evidence import CannotTellError
from runwrap.sandbox.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from runwrap.sandbox.evidence import Evidence

    Prefix = tuple[int, bytes, int]

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
    seen = []
    for prefix in cast("list[Prefix]", asked)[:_MOST_PREFIXES]:
        addresses = [
            address
            for address in _addresses_in(prefix)
            if not any(_is_in(address, each) for each in allowed)
        ]
        if not addresses:
            continue
        try:
            dropped = _first_dropped(evidence, addresses)
        except CannotTellError as error:
            return finding._replace(evidence=f"{finding.evidence}; {error}")
        if dropped is None:
            text = socket.inet_ntop(prefix[0], addresses[0])
            passes = f"a packet from or to {text} would pass"
            return Finding(False, f"{finding.evidence}; {passes}", _ADVICE)
        seen.append(socket.inet_ntop(prefix[0], dropped))
    if not seen:
        return finding
    drops = f"packets from and to {', '.join(seen)} would be dropped"
    return finding._replace(evidence=f"{finding.evidence}; {drops}")


def _first_dropped(evidence: Evidence, addresses: list[bytes]) -> bytes | None:
    """Return the first of the *addresses* that no packet may come from, or go to."""
    for address in addresses:
        own = bytes(len(address))
        packets = {"ingress": _packet(address, own), "egress": _packet(own, address)}
        if all(evidence.is_dropped(*each) for each in packets.items()):
            return address
    return None


def _addresses_in(prefix: Prefix) -> Iterator[bytes]:
    """Return some addresses of a prefix: nobody's if it has those, its first two, and its last."""
    family, beginning, length = prefix
    size = len(beginning)
    rest = 8 * size - length
    first = int.from_bytes(beginning, "big") >> rest << rest
    if _is_in(_NOBODYS[socket.AddressFamily(family)], prefix):
        yield _NOBODYS[socket.AddressFamily(family)]
    for number in dict.fromkeys((first, first | min(1, 2**rest - 1), first + 2**rest - 1)):
        yield number.to_bytes(size, "big")


def _is_in(address: bytes, prefix: Prefix) -> bool:
    _, beginning, length = prefix
    if len(address) != len(beginning):
        return False
    rest = 8 * len(address) - length
    return int.from_bytes(address, "big") >> rest == int.from_bytes(beginning, "big") >> rest


def _packet(source: bytes, destination: bytes) -> bytes:
    """Return a frame of Ethernet with a datagram of UDP in it (RFC 791, RFC 8200)."""
    family = socket.AF_INET if len(source) == len(_NOBODYS[socket.AF_INET]) else socket.AF_INET6
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
