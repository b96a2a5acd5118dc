"""Grammars of socket units: what they listen on, and the options of their sockets."""

from __future__ import annotations

from runwrap.properties.faults import InvalidValueError, closest, one_of, wrong
from runwrap.properties.scalars import parse_integer
from runwrap.properties.values import check, simplified
from runwrap.properties.words import WHITE_SPACE
from runwrap.properties.writing import UnwritableError
from runwrap.units import Property

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from runwrap.properties.table import Directive

__all__ = [
    "IP_TOS",
    "PROTOCOLS",
    "ip_protocol",
    "ip_tos",
    "listen_address",
    "smack_label",
    "write_ip_protocol",
    "write_listen_address",
    "write_xattr",
    "xattr",
]

_LONGEST_PATH: Final = 4095
_LONGEST_NAME: Final = 255
"""How many bytes a path, and a name in it, may have (path_resolution(7))."""

_LONGEST_ADDRESS: Final = 107
"""How many bytes an AF_UNIX address may have (unix(7), sun_path, with a NUL at its end)."""

_ADDRESS_EXPECTED: Final = (
    "/PATH, @NAME, PORT, IPV4:PORT, [IPV6]:PORT, [IPV6]:PORT%INTERFACE or vsock:CID:PORT"
)


def listen_address(directive: Directive, text: str) -> list[Property]:
    """What a socket unit listens on; empty resets the list of all of them.

    The text is sent as it is, with the kind of socket; the manager reads it
    (systemd.socket(5), ListenStream= and the directives after it).
    """
    if not text:
        return [Property(directive.dbus_name, "a(ss)", [])]
    kind = directive.name.removeprefix("Listen")
    match kind:
        case "Netlink":
            _check_netlink(text)
        case "MessageQueue":
            _check_message_queue(text)
        case "Special" | "FIFO" | "USBFunction":
            _check_path(text)
            if not simplified(text):
                raise wrong(text, "is a directory", expected="the path of a file")
        case _:
            _check_address(directive, text, unix_only=kind == "SequentialPacket")
    return [Property(directive.dbus_name, "a(ss)", [(kind, text)])]


def write_listen_address(directive: Directive, given: Property) -> list[str]:
    """Write the addresses, each for the directive of its kind; none for the reset."""
    assert isinstance(given.value, list)
    return [f"Listen{kind}={address}" for kind, address in given.value] or [f"{directive.name}="]


def _check_path(text: str) -> None:
    if not text.startswith("/"):
        raise wrong(text, "is not an absolute path", expected="a path that begins with /")
    if ".." in text.split("/"):
        raise wrong(text, 'has ".." in it', expected='an absolute path without ".."')
    longest = max(len(part.encode()) for part in text.split("/"))
    if len(text.encode()) > _LONGEST_PATH or longest > _LONGEST_NAME:
        raise wrong(
            text,
            "is too long",
            expected=f"at most {_LONGEST_PATH} bytes, {_LONGEST_NAME} between slashes",
        )


def _check_address(directive: Directive, text: str, *, unix_only: bool) -> None:
    if text[0] in "/@":
        _check_unix_address(text)
        return
    if unix_only:
        raise wrong(
            text,
            "is not an AF_UNIX address, and only those have sequential packets",
            expected="/PATH or @NAME",
        )
    if text.startswith("vsock") and ":" in text:
        _check_vsock_address(directive, text)
    elif text.startswith("["):
        _check_ipv6_address(text)
    elif _is_address(text, "AF_INET"):
        raise wrong(text, "has no port", expected=f"{text}:PORT")
    elif ":" in text:
        address, _, port = text.rpartition(":")
        suggestion = _suggest_address(address, port)
        if not suggestion and _is_address(text, "AF_INET6"):
            raise wrong(text, "has no brackets and no port", expected=f"[{text}]:PORT")
        if not _is_address(address, "AF_INET"):
            raise wrong(
                text,
                "is not an address to listen on",
                expected=_ADDRESS_EXPECTED,
                suggestion=suggestion,
            )
        _check_port(port, text)
    elif _is_number(text):
        _check_port(text, text)
    else:
        raise wrong(
            text,
            "is not an address to listen on",
            expected=_ADDRESS_EXPECTED,
            suggestion=_suggest_path(text),
        )


def _check_unix_address(text: str) -> None:
    if text.startswith("/"):
        _check_path(text)
        if text.endswith("/"):
            raise wrong(text, "is a directory", expected="the path of a socket")
    elif text == "@":
        raise wrong(text, "is not an address to listen on", expected="a name after the @")
    if len(text.encode()) > _LONGEST_ADDRESS:
        raise wrong(text, "is too long", expected=f"at most {_LONGEST_ADDRESS} bytes")


def _is_number(text: str) -> bool:
    return text.lstrip(WHITE_SPACE)[:1] in tuple("+-0123456789")


def _check_port(port: str, text: str) -> None:
    expected = "a port from 1 to 65535"
    if not port:
        raise wrong(text, "has no port", expected=expected)
    try:
        parse_integer(port, 1, 65535)
    except InvalidValueError:
        raise wrong(port, "is not a port", expected=expected) from None
    if port[0] in WHITE_SPACE:
        raise wrong(port, "has white space before it", expected=expected, suggestion=port.strip())


def _is_address(text: str, family: str) -> bool:
    # Only a value that has an address in it pays for the import.
    import socket

    try:
        socket.inet_pton(getattr(socket, family), text)
    except (OSError, ValueError):
        return False
    return True


def _check_ipv6_address(text: str) -> None:
    address, bracket, port = text[1:].partition("]")
    if not bracket or not _is_address(address, "AF_INET6"):
        raise wrong(
            text, "is not an IPv6 address in brackets", expected="such as [::1]:80 or [::]:80"
        )
    if port and not port.startswith(":"):
        raise wrong(text, "has no colon before the port", expected="such as [::1]:80")
    port, percent, scope = port[1:].partition("%")
    _check_port(port, text)
    if percent:
        try:
            parse_integer(scope, 1, 2**31 - 1)
        except InvalidValueError:
            check("<interface>", scope)


_VSOCK_TYPES: Final = {"vsock": 0, "vsock-stream": 254, "vsock-dgram": 254, "vsock-seqpacket": 254}
"""How an AF_VSOCK address begins, with the version that brought it."""

_VSOCK_CIDS: Final = {"": 0, "hypervisor": 257, "local": 257, "host": 257, "any": 262, "-1": 262}
"""What may stand for a CID (vsock(7), VMADDR_CID_...), with the version that takes it."""


def _check_vsock_address(directive: Directive, text: str) -> None:
    start, *fields = text.split(":")
    if start not in _VSOCK_TYPES or len(fields) != 2:
        raise wrong(
            text,
            "is not an AF_VSOCK address",
            expected="vsock:CID:PORT, or vsock::PORT for every CID",
            suggestion=f"{start}::{fields[0]}"
            if start in _VSOCK_TYPES and len(fields) == 1 and fields[0].isdigit()
            else "",
        )
    directive.require(_VSOCK_TYPES[start], f'the address type "{start}"')
    cid, port = fields
    if cid in _VSOCK_CIDS:
        directive.require(_VSOCK_CIDS[cid], f'"{cid}" for a CID')
    else:
        parse_integer(cid, 0, 2**32 - 1, what="a CID")
    if not port:
        raise wrong(text, "has no port", expected="a port from 0 to 4294967294")
    # The largest number means any port, which newer managers refuse.
    parse_integer(port, 0, 2**32 - 2, what="a port")


def _suggest_address(address: str, port: str) -> str:
    """Return what a host and a port were most likely meant to be, or ""."""
    if not (port.isascii() and port.isdigit()):
        return ""
    if address in {"", "*"}:
        return port
    if address == "localhost":
        return f"127.0.0.1:{port}"
    return f"[{address}]:{port}" if _is_address(address, "AF_INET6") else ""


def _suggest_path(text: str) -> str:
    """Return the path that *text* was most likely meant to be, or ""."""
    candidate = text.strip().strip("\"'")
    if candidate.startswith("run/"):
        candidate = f"/{candidate}"
    return candidate if candidate.startswith("/") else ""


def _check_message_queue(text: str) -> None:
    """Check the name of a message queue (mq_overview(7)), which has no more slashes in it."""
    name = simplified(text)
    if not text.startswith("/") or "/" in name or name in {"", ".."}:
        raise wrong(
            text,
            "is not the name of a message queue",
            expected="/NAME without another slash",
            suggestion=f"/{text}" if text.isalnum() else "",
        )
    if len(name.encode()) > 255:
        raise wrong(text, "is too long", expected="a name of at most 255 bytes")


_NETLINK_FAMILIES: Final = (
    *("route", "firewall", "inet-diag", "nflog", "xfrm", "selinux", "iscsi", "audit"),
    *("fib-lookup", "connector", "netfilter", "ip6-fw", "dnrtmsg", "kobject-uevent"),
    *("generic", "scsitransport", "ecryptfs", "rdma"),
)
"""The netlink families that managers know by name (netlink(7)); others have numbers only."""

_LAST_NETLINK_FAMILY: Final = 31
"""The largest number that the kernel has room for (MAX_LINKS in linux/netlink.h)."""


def _check_netlink(text: str) -> None:
    """Check a netlink family, and the multicast group after it."""
    for separator in WHITE_SPACE[1:]:
        text = text.replace(separator, " ")
    family, _, group = text.lstrip(" ").partition(" ")
    if family not in _NETLINK_FAMILIES:
        try:
            parse_integer(family, 0, _LAST_NETLINK_FAMILY)
        except InvalidValueError:
            raise wrong(
                family,
                "is not a netlink family",
                expected=f"{one_of(_NETLINK_FAMILIES)}, or a number from 0 to "
                f"{_LAST_NETLINK_FAMILY}",
                suggestion=closest(family, _NETLINK_FAMILIES),
            ) from None
    if group:
        parse_integer(group, 0, 2**32 - 1, what="a multicast group")


IP_TOS: Final = {"low-delay": 16, "throughput": 8, "reliability": 4, "low-cost": 2}
"""Types of service by name (systemd.socket(5), IPTOS=; ip(7), IPTOS_...)."""


def ip_tos(directive: Directive, text: str) -> list[Property]:
    """A type of service, by name or number (systemd.socket(5), IPTOS=)."""
    if text in IP_TOS:
        return [Property(directive.name, "i", IP_TOS[text])]
    try:
        number = parse_integer(text, 0, 255)
    except InvalidValueError:
        raise wrong(
            text,
            "is not a type of service",
            expected=f"{one_of(list(IP_TOS))}, or a number from 0 to 255",
            suggestion=closest(text, IP_TOS),
        ) from None
    return [Property(directive.name, "i", number)]


PROTOCOLS: Final = {"": 0, "udplite": 136, "sctp": 132, "mptcp": 262}
"""The protocols that managers take (systemd.socket(5), SocketProtocol=), by their numbers."""


def ip_protocol(directive: Directive, text: str) -> list[Property]:
    """A protocol, by name or number; empty for the usual one of the type of socket."""
    name = text.lower()
    try:
        number = PROTOCOLS["" if name == "ip" else name]
    except KeyError:
        try:
            number = parse_integer(text, 0, max(PROTOCOLS.values()))
        except InvalidValueError:
            number = -1
    if number not in PROTOCOLS.values():
        usual = "; TCP and UDP are what stream and datagram sockets have anyway"
        raise wrong(
            text,
            "is not a protocol for sockets",
            expected="udplite, sctp or mptcp" + (usual if name in {"tcp", "udp"} else ""),
            suggestion=closest(text, [name for name in PROTOCOLS if name]),
        )
    if number == PROTOCOLS["mptcp"]:
        directive.require(257, 'the protocol "mptcp"')
    return [Property(directive.name, "i", number)]


def write_ip_protocol(directive: Directive, given: Property) -> list[str]:
    """Write a protocol by its name; a unit file has none for the default."""
    if given.value == 0:
        raise UnwritableError
    names = {number: name for name, number in PROTOCOLS.items()}
    assert isinstance(given.value, int)
    return [f"{directive.name}={names[given.value]}"]


def smack_label(directive: Directive, text: str) -> list[Property]:
    """A label, as it is, under the name that the row gives (systemd.socket(5), SmackLabelIPIn=).

    Managers set that label under another name than they show it, and than systemd-run sends.
    """
    return [Property(directive.dbus_name, "s", text)]


_LONGEST_XATTR_NAME: Final = 255
"""How many bytes the name of an extended attribute may have (xattr(7))."""


def xattr(directive: Directive, text: str) -> list[Property]:
    """An extended attribute, ``user.NAME=VALUE``; empty resets the list.

    See systemd.socket(5), XAttrListen=.
    """
    if not text:
        return [Property(directive.name, "a(ss)", [])]
    expected = "user.NAME=VALUE"
    name, equals, value = text.partition("=")
    if not equals:
        raise wrong(text, 'has no "="', expected=expected)
    if not name.startswith("user.") or name == "user.":
        suggestion = name.strip()
        if suggestion == name or not suggestion.startswith("user."):
            suggestion = f"user.{name}" if name.isalnum() else ""
        raise wrong(
            name or text,
            'is not a name in the namespace "user."',
            expected=expected,
            suggestion=suggestion,
        )
    if len(name.encode()) > _LONGEST_XATTR_NAME:
        raise wrong(name, "is too long", expected=f"at most {_LONGEST_XATTR_NAME} bytes")
    return [Property(directive.name, "a(ss)", [(name, value)])]


def write_xattr(directive: Directive, given: Property) -> list[str]:
    """Write the attributes; none for the reset."""
    assert isinstance(given.value, list)
    return [f"{directive.name}={name}={value}" for name, value in given.value] or [
        f"{directive.name}="
    ]
