"""What access lists for IP leave open, told before a launch (systemd.resource-control(5))."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, cast

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from runwrap.units import Property

__all__ = [
    "AccessList",
    "Prefix",
    "contains",
    "list_of",
    "name_servers",
    "notes",
    "slices_above",
]

Prefix = tuple[int, bytes, int]
"""An address family, an address of it, and the length of the prefix, as D-Bus has them."""

_EVERYTHING = {(socket.AF_INET, 0), (socket.AF_INET6, 0)}


class AccessList(NamedTuple):
    """The access list of a unit.

    Attributes:
        allow: what may be spoken with, in spite of *deny*.
        deny: what may not.
    """

    allow: tuple[Prefix, ...] = ()
    deny: tuple[Prefix, ...] = ()


def _prefixes(values: Iterable[object]) -> tuple[Prefix, ...]:
    prefixes: list[Prefix] = []
    for value in values:
        entries = cast("list[Prefix]", value)
        # An empty list takes back what came before.
        prefixes = [*prefixes, *((f, bytes(a), n) for f, a, n in entries)] if entries else []
    return tuple(prefixes)


def list_of(properties: Iterable[Property]) -> AccessList:
    """Return the access list that *properties* make up."""
    given = list(properties)
    return AccessList(
        _prefixes(each.value for each in given if each.name == "IPAddressAllow"),
        _prefixes(each.value for each in given if each.name == "IPAddressDeny"),
    )


def slices_above(name: str) -> list[str]:
    """Return the slices that the slice *name* is in, itself included (systemd.slice(5))."""
    parts = name.removesuffix(".slice").split("-") if name != "-.slice" else []
    above = ["-".join(parts[: length + 1]) + ".slice" for length in range(len(parts))]
    return ["-.slice", *above]


def name_servers(path: Path = Path("/etc/resolv.conf")) -> list[str]:
    """Return the addresses of the name servers that resolv.conf(5) names."""
    try:
        lines = path.read_text(errors="replace").splitlines()
    except OSError:
        return []
    words = [line.split() for line in lines]
    return [word[1].partition("%")[0] for word in words if word[:1] == ["nameserver"] and word[1:]]


def _packed(address: str) -> tuple[int, bytes] | None:
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            return family, socket.inet_pton(family, address)
        except OSError:
            continue
    return None


def contains(prefix: Prefix, family: int, address: bytes) -> bool:
    """Tell whether an address, in bytes, is in a prefix."""
    its_family, network, length = prefix
    if its_family != family:
        return False
    unused = 8 * len(address) - length
    return int.from_bytes(network) >> unused == int.from_bytes(address) >> unused


def _is_loopback(prefix: Prefix) -> bool:
    family, network, length = prefix
    if family == socket.AF_INET:
        return length >= 8 and network[0] == 127
    return length == 128 and int.from_bytes(network) == 1


def _text(prefix: Prefix) -> str:
    family, network, length = prefix
    address = socket.inet_ntop(family, network)
    return address if length == 8 * len(network) else f"{address}/{length}"


def _listed(prefixes: Iterable[Prefix]) -> str:
    kept = list(prefixes)
    if {(family, length) for family, _, length in kept} >= _EVERYTHING:
        return "any"
    return " ".join(_text(prefix) for prefix in kept)


def notes(
    properties: Iterable[Property],
    above: Mapping[str, AccessList],
    servers: Iterable[str],
) -> list[str]:
    """Return what is to be known of the access list of a unit, a line each.

    Args:
        properties: those of the unit.
        above: the access lists of the slices that it is in, by their names.
        servers: the addresses of the name servers that its command will ask.
    """
    given = list(properties)
    own = list_of(given)
    if not (own.allow or own.deny):
        return []
    named = {each.name: each.value for each in given}
    lines = []
    if "RestrictAddressFamilies" not in named and not named.get("PrivateNetwork"):
        lines.append(
            "access lists are for IP: sockets of other families (AF_PACKET, AF_UNIX, AF_VSOCK, ...)"
            " stay open; add RestrictAddressFamilies=AF_INET AF_INET6"
        )
    deny = [*own.deny, *(prefix for each in above.values() for prefix in each.deny)]
    allow = [*own.allow, *(prefix for each in above.values() for prefix in each.allow)]
    if own.allow and not deny:
        lines.append(
            "IPAddressAllow= without IPAddressDeny= allows everything; add IPAddressDeny=any"
        )
    elif any(not _is_loopback(prefix) for prefix in own.allow):
        lines += _unreachable(servers, allow, deny)
    if any(each.allow or each.deny for each in above.values()):
        parts = []
        for word, prefixes in (("allow", "allow"), ("deny", "deny")):
            for name, each in {"the unit": own, **above}.items():
                if getattr(each, prefixes):
                    parts.append(f"{word} {_listed(getattr(each, prefixes))} ({name})")
        lines.append(f"with the slices above, the access list is: {', '.join(parts)}")
    return lines


def _unreachable(servers: Iterable[str], allow: list[Prefix], deny: list[Prefix]) -> list[str]:
    lines = []
    for server in servers:
        packed = _packed(server)
        if packed is None or any(contains(prefix, *packed) for prefix in allow):
            continue
        if any(contains(prefix, *packed) for prefix in deny):
            lines.append(
                f"the name server {server} is not allowed, so names may not resolve;"
                f" add IPAddressAllow={server}"
            )
    return lines
