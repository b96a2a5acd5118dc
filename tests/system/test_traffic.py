"""IP counters against an independent count, and the access lists against real traffic."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.closing import remember
from tests.system.traffic import CLIENT, counting, echoing

if TYPE_CHECKING:
    from tests.system.places import Place

_FAMILIES = pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
# Header of an IP packet and a TCP segment without payload, with and without timestamps.
_BARE_SEGMENT = {"127.0.0.1": (40, 60), "::1": (60, 80)}


@_FAMILIES
def test_udp_is_counted_exactly(place: Place, address: str) -> None:
    with echoing(place, "udp", address) as port, counting(place, "udp", port) as count:
        counters = place.report(
            *("-p", "IPAccounting=yes", place.python, "-c", CLIENT),
            *("udp", address, str(port), "50", "1234"),
        )["counters"]
    assert counters["ip_egress_packets"] == count.sent.packets == 50
    assert counters["ip_egress_bytes"] == count.sent.bytes
    assert counters["ip_ingress_packets"] == count.received.packets == 50
    assert counters["ip_ingress_bytes"] == count.received.bytes
    remember(
        f"{place.name}: UDP {address}: {counters['ip_egress_bytes']} B out,"
        f" {counters['ip_ingress_bytes']} B in; nftables: the same"
    )


@_FAMILIES
def test_tcp_is_counted_up_to_the_last_segments(place: Place, address: str) -> None:
    """What the kernel still handles when the socket is gone belongs to no unit.

    These are segments without payload: the peer's last acknowledgement and FIN, which reach a
    socket in TIME-WAIT or none at all, and the answers to them.
    """
    with echoing(place, "tcp", address) as port, counting(place, "tcp", port) as count:
        counters = place.report(
            *("-p", "IPAccounting=yes", place.python, "-c", CLIENT),
            *("tcp", address, str(port), "20", "65536"),
        )["counters"]
    shortest, longest = _BARE_SEGMENT[address]
    for direction, counted in (("egress", count.sent), ("ingress", count.received)):
        packets = counted.packets - counters[f"ip_{direction}_packets"]
        octets = counted.bytes - counters[f"ip_{direction}_bytes"]
        assert 0 <= packets <= 3, direction
        assert packets * shortest <= octets <= packets * longest, direction
        assert counters[f"ip_{direction}_bytes"] > 20 * 65536
        remember(
            f"{place.name}: TCP {address} {direction}: {counters[f'ip_{direction}_bytes']} B;"
            f" nftables {packets} bare segment(s), {octets} B more, after the socket was gone"
        )


_REACHED = 0
_REFUSED = 1


def _udp(place: Place, port: int, *properties: str, address: str = "127.0.0.1") -> int:
    arguments = [word for text in properties for word in ("-p", text)]
    client = CLIENT.replace("settimeout(20)", "settimeout(0.5)")
    return place.runwrap(
        *("-q", "--wait", *arguments, place.python, "-c", client),
        *("udp", address, str(port), "1", "10"),
    ).returncode


@pytest.mark.parametrize(
    ("properties", "outcome"),
    [
        ((), _REACHED),
        (("IPAddressDeny=any",), _REFUSED),
        (("IPAddressDeny=any", "IPAddressAllow=localhost"), _REACHED),
        (("IPAddressAllow=localhost", "IPAddressDeny=any"), _REACHED),
        (("IPAddressDeny=any", "IPAddressDeny="), _REACHED),
        (("IPAddressDeny=any", "IPAddressAllow=127.0.0.1", "IPAddressAllow="), _REFUSED),
        (("IPAddressDeny=any", "IPAddressAllow=", "IPAddressAllow=127.0.0.1"), _REACHED),
        (("IPAddressDeny=any", "IPAddressAllow=127.9.9.9/8"), _REACHED),
        (("IPAddressDeny=any", "IPAddressAllow=127.9.9.9"), _REFUSED),
        (("IPAddressDeny=127.0.0.1",), _REFUSED),
        (("IPAddressDeny=link-local multicast",), _REACHED),
        (("IPAddressDeny=link-local 127.0.0.1/32 multicast",), _REFUSED),
        (("IPAddressDeny=any", "IPAddressAllow=link-local localhost"), _REACHED),
    ],
)
def test_access_lists(place: Place, properties: tuple[str, ...], outcome: int) -> None:
    with echoing(place, "udp", "127.0.0.1") as port:
        assert _udp(place, port, *properties) == outcome


def test_access_lists_know_ipv6(place: Place) -> None:
    with echoing(place, "udp", "::1") as port:
        assert _udp(place, port, address="::1") == _REACHED
        assert _udp(place, port, "IPAddressDeny=::1", address="::1") == _REFUSED
        assert _udp(place, port, "IPAddressDeny=127.0.0.1", address="::1") == _REACHED
        assert (
            _udp(place, port, "IPAddressDeny=any", "IPAddressAllow=::/64", address="::1")
            == _REACHED
        )
