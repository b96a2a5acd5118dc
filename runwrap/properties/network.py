"""Grammars of network access lists."""

from __future__ import annotations

from runwrap.properties.faults import InvalidValueError, closest, wrong
from runwrap.properties.scalars import parse_integer
from runwrap.properties.words import WHITE_SPACE
from runwrap.units import Property

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final, TypeAlias

    from runwrap.properties.table import Directive

__all__ = ["KEYWORDS", "ip_prefix_list"]

_INET: Final = 2
_INET6: Final = 10
"""Linux's numbers of the address families AF_INET and AF_INET6, the same everywhere."""

Prefix: TypeAlias = tuple[int, bytes, int]

KEYWORDS: Final[dict[str, tuple[Prefix, ...]]] = {
    "any": ((_INET, bytes(4), 0), (_INET6, bytes(16), 0)),
    "localhost": ((_INET, bytes([127, 0, 0, 0]), 8), (_INET6, bytes([*bytes(15), 1]), 128)),
    "link-local": (
        (_INET, bytes([169, 254, 0, 0]), 16),
        (_INET6, bytes([0xFE, 0x80, *bytes(14)]), 64),
    ),
    "multicast": ((_INET, bytes([224, 0, 0, 0]), 4), (_INET6, bytes([0xFF, *bytes(15)]), 8)),
}
"""What the words stand for (systemd.resource-control(5), IPAddressAllow=)."""


def ip_prefix_list(directive: Directive, text: str) -> list[Property]:
    """Addresses, prefixes and keywords, separated by white space; empty resets the list.

    Each becomes the number of its address family, its bytes and its prefix length. The host
    bits stay as they were given: the manager masks them, and systemd-run sends them so.
    """
    for separator in WHITE_SPACE[1:]:
        text = text.replace(separator, " ")
    prefixes: list[Prefix] = []
    for word in text.split(" "):
        if word:
            prefixes += KEYWORDS.get(word) or (_parse_prefix(word),)
    return [Property(directive.name, "a(iayu)", prefixes)]


def _parse_prefix(word: str) -> Prefix:
    # Only a value that has an address in it pays for the import.
    from socket import AF_INET, AF_INET6, inet_pton

    if "," in word:
        raise wrong(
            word,
            "has a comma",
            expected="addresses and prefixes separated by white space",
            suggestion=" ".join(part for part in word.split(",") if part),
        )
    address, slash, length = word.partition("/")
    for family, number in ((AF_INET, _INET), (AF_INET6, _INET6)):
        try:
            packed = inet_pton(family, address)
        except (OSError, ValueError):
            continue
        bits = len(packed) * 8
        if not slash:
            return number, packed, bits
        try:
            return number, packed, parse_integer(length, 0, bits)
        except InvalidValueError:
            raise wrong(
                word, "has a wrong prefix length", expected=f"a length from 0 to {bits}"
            ) from None
    raise wrong(
        word,
        "is not an IP address or prefix",
        expected="addresses such as 10.0.0.0/8 or ::1, any, localhost, link-local or multicast",
        suggestion=closest(word, KEYWORDS),
    )


def write_ip_prefix_list(directive: Directive, given: Property) -> list[str]:
    """Write the prefixes."""
    from socket import inet_ntop

    assert isinstance(given.value, list)
    prefixes = [f"{inet_ntop(family, packed)}/{bits}" for family, packed, bits in given.value]
    return [f"{directive.name}={' '.join(prefixes)}"]
