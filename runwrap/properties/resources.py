"""Grammars of resource control: delegation, devices, BPF programs, packet filters."""

from __future__ import annotations

from runwrap.properties.faults import InvalidValueError, closest, one_of, wrong
from runwrap.properties.scalars import (
    BOOLEANS,
    INFINITY,
    USEC_PER_SEC,
    parse_integer,
    parse_size,
    parse_usec,
    timespan_text,
)
from runwrap.properties.values import check
from runwrap.properties.words import WHITE_SPACE, split_words
from runwrap.properties.writing import UnwritableError, quoted, yes_no
from runwrap.properties.writing import words as joined
from runwrap.units import Property

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Final

    from runwrap.properties.table import Directive

__all__ = [
    "bpf_program",
    "delegate",
    "device_allow",
    "device_and_size",
    "io_device_latency",
    "io_device_weight",
    "ip_filter_path",
    "nft_set",
    "number_or_unset",
    "oomd_duration",
    "socket_filter",
    "write_bpf_program",
    "write_delegate",
    "write_device_allow",
    "write_device_and_number",
    "write_io_device_latency",
    "write_ip_filter_path",
    "write_nft_set",
    "write_number_or_unset",
    "write_oomd_duration",
    "write_socket_filter",
]

_DIGITS: Final = "0123456789"
_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def delegate(directive: Directive, text: str) -> list[Property]:
    """Yes or no, or the controllers to delegate (systemd.resource-control(5), Delegate=).

    The empty text delegates, and resets the list of controllers.
    """
    if text.lower() in BOOLEANS:
        return [Property(directive.name, "b", BOOLEANS[text.lower()])]
    controllers = split_words(text)
    for word in controllers:
        if word.lower() in BOOLEANS:
            raise wrong(
                word,
                "is not a controller",
                expected="yes or no and nothing else, or the names of controllers",
            )
        if "," in word:
            raise wrong(
                word,
                "has a comma",
                expected="controllers separated by white space",
                suggestion=" ".join(part for part in word.split(",") if part),
            )
        check(directive.argument, word, directive.version)
    return [Property("DelegateControllers", "as", controllers)]


def write_delegate(directive: Directive, given: Property) -> list[str]:
    """Write yes or no, or the controllers."""
    if given.signature == "b":
        return [f"{directive.name}={yes_no(given.value)}"]
    assert isinstance(given.value, list)
    return [f"{directive.name}={joined(given.value)}"]


def _split_device(text: str) -> tuple[str, str]:
    """Split *text* into what names a device, and the rest.

    White space is between the two. The first may stand in quotes, as in a unit file; without
    them a backslash in it is an ordinary character, as it is for systemd-run.
    """
    text = text.strip(WHITE_SPACE)
    if text[:1] in {'"', "'"}:
        device, *rest = split_words(text)
        return device, " ".join(rest)
    ends = [text.index(char) for char in WHITE_SPACE if char in text]
    end = min(ends, default=len(text))
    return text[:end], text[end:].lstrip(WHITE_SPACE)


def _check_plain_path(path: str, what: str) -> None:
    """Refuse a *path* that the manager refuses.

    Raises:
        InvalidValueError: *path* is not absolute, or has ``.``, ``..`` or ``//`` in it.
    """
    expected = f"the absolute path of {what}"
    if not path.startswith("/"):
        raise wrong(path, "is not an absolute path", expected=expected)
    parts = path.split("/")
    if ".." in parts:
        raise wrong(path, 'has ".." in it', expected=expected)
    clean = "/" + "/".join(part for part in parts if part not in {"", "."})
    if path not in {clean, f"{clean}/"}:
        raise wrong(path, "is not a plain path", expected=expected, suggestion=clean)


def device_allow(directive: Directive, text: str) -> list[Property]:
    """A device, and what may be done with it: r, w and m, or all three where nothing is said.

    Empty resets the list (systemd.resource-control(5), DeviceAllow=).
    """
    if not text:
        return [Property(directive.name, "a(ss)", [])]
    device, rights = _split_device(text)
    _check_device(device)
    if not set(rights) <= set("rwm"):
        raise wrong(
            rights,
            "is not what may be done with a device",
            expected="r, w and m in any combination",
            suggestion=rights.lower() if set(rights.lower()) <= set("rwm") else "",
        )
    return [Property(directive.name, "a(ss)", [(device, rights)])]


def _check_device(device: str) -> None:
    expected = "/dev/..., char-GROUP or block-GROUP with a group of /proc/devices"
    if any(char.isspace() for char in device):
        raise wrong(device, "has white space in it", expected=expected)
    for start in ("char-", "block-"):
        if device.startswith(start) and device != start:
            return
    if not device.startswith(("/dev/", "/run/systemd/inaccessible/")):
        known = ("null", "zero", "full", "random", "urandom", "tty", "kvm", "fuse")
        raise wrong(
            device,
            "is not a device",
            expected=expected,
            suggestion=f"/dev/{device}" if device in known else "",
        )
    _check_plain_path(device, "a device node")
    if device.endswith("/"):
        raise wrong(device, "is a directory", expected=expected)


def write_device_allow(directive: Directive, given: Property) -> list[str]:
    """Write devices and rights; none for the reset."""
    assert isinstance(given.value, list)
    return _assignments(
        directive, (f"{quoted(device)} {rights}".rstrip() for device, rights in given.value)
    )


def _assignments(directive: Directive, values: Iterable[str]) -> list[str]:
    """Return one assignment for each of the *values*, or the reset where there are none."""
    return [f"{directive.name}={value}" for value in values] or [f"{directive.name}="]


def _path_and_rest(text: str, what: str) -> tuple[str, str]:
    """Split *text* into a path on a device and *what* is set for that device.

    A relative path would be looked up in the manager's own directory, and is refused.
    """
    path, rest = _split_device(text)
    _check_plain_path(path, "a block device, or of a file on one")
    if not rest:
        raise wrong(path, f"has no {what} after it", expected=f"a path and a {what}")
    return path, rest


def io_device_weight(directive: Directive, text: str) -> list[Property]:
    """A path and a weight within the row's bounds; empty resets the list.

    See systemd.resource-control(5), IODeviceWeight=.
    """
    if not text:
        return [Property(directive.name, "a(st)", [])]
    path, rest = _path_and_rest(text, "weight")
    low, high = _bounds(directive)
    weight = parse_integer(rest, low, high, what="a weight")
    return [Property(directive.name, "a(st)", [(path, weight)])]


def io_device_latency(directive: Directive, text: str) -> list[Property]:
    """A path and a time span; empty resets the list.

    See systemd.resource-control(5), IODeviceLatencyTargetSec=.
    """
    if not text:
        return [Property(directive.dbus_name, "a(st)", [])]
    path, rest = _path_and_rest(text, "latency")
    return [Property(directive.dbus_name, "a(st)", [(path, parse_usec(rest))])]


def device_and_size(directive: Directive, text: str) -> list[Property]:
    """A path and a number of bytes or operations per second, or infinity; empty resets.

    See systemd.resource-control(5), IOReadBandwidthMax= and IOReadIOPSMax=.
    """
    if not text:
        return [Property(directive.name, "a(st)", [])]
    path, rest = _path_and_rest(text, "limit")
    limit = INFINITY if rest == "infinity" else parse_size(rest, base=1000)
    if limit == 0:
        raise wrong(rest, "is too small", expected="a limit above 0, or infinity")
    return [Property(directive.name, "a(st)", [(path, limit)])]


def write_oomd_duration(directive: Directive, given: Property) -> list[str]:
    """Write microseconds; infinity is empty, since a unit file does not take the word."""
    assert isinstance(given.value, int)
    text = "" if given.value == INFINITY else timespan_text(given.value)
    return [f"{directive.name}={text}"]


def write_device_and_number(directive: Directive, given: Property) -> list[str]:
    """Write paths and numbers; none for the reset."""
    assert isinstance(given.value, list)
    if directive.until is not None and any(number == INFINITY for _, number in given.value):
        # These have no such word in a unit file.
        raise UnwritableError
    return _assignments(
        directive,
        (
            f"{quoted(path)} {'infinity' if number == INFINITY else number}"
            for path, number in given.value
        ),
    )


def write_io_device_latency(directive: Directive, given: Property) -> list[str]:
    """Write paths and microseconds; none for the reset."""
    assert isinstance(given.value, list)
    return _assignments(
        directive,
        (
            f"{quoted(path)} {'infinity' if usec == INFINITY else f'{usec}us'}"
            for path, usec in given.value
        ),
    )


def ip_filter_path(directive: Directive, text: str) -> list[Property]:
    """The path of a pinned BPF program; empty resets the list.

    See systemd.resource-control(5), IPIngressFilterPath=.
    """
    if text:
        _check_plain_path(text, "a BPF program, such as /sys/fs/bpf/NAME")
    return [Property(directive.name, "as", [text] if text else [])]


def write_ip_filter_path(directive: Directive, given: Property) -> list[str]:
    """Write the paths; none for the reset."""
    assert isinstance(given.value, list)
    return _assignments(directive, given.value)


_BPF_TYPES: Final = (
    *("egress", "ingress", "sock_create", "sock_ops", "device", "bind4", "bind6"),
    *("connect4", "connect6", "post_bind4", "post_bind6", "sendmsg4", "sendmsg6", "sysctl"),
    *("recvmsg4", "recvmsg6", "getsockopt", "setsockopt"),
)
"""The types of programs that can be attached (systemd.resource-control(5), BPFProgram=)."""


def bpf_program(directive: Directive, text: str) -> list[Property]:
    """The type and the path of a BPF program, ``TYPE:PATH``; empty resets the list.

    See systemd.resource-control(5), BPFProgram=.
    """
    if not text:
        return [Property(directive.name, "a(ss)", [])]
    kind, colon, path = text.lstrip(":").partition(":")
    path = path.lstrip(":")
    if not colon:
        raise wrong(text, "has no path", expected="TYPE:PATH, such as egress:/sys/fs/bpf/NAME")
    if kind not in _BPF_TYPES:
        raise wrong(
            kind,
            "is not a type of BPF program",
            expected=one_of(_BPF_TYPES),
            suggestion=closest(kind, _BPF_TYPES),
        )
    if not path:
        raise wrong(text, "has no path", expected=f"{kind}:PATH")
    _check_plain_path(path, "a BPF program, such as /sys/fs/bpf/NAME")
    return [Property(directive.name, "a(ss)", [(kind, path)])]


def write_bpf_program(directive: Directive, given: Property) -> list[str]:
    """Write types and paths; none for the reset."""
    assert isinstance(given.value, list)
    return _assignments(directive, (f"{kind}:{path}" for kind, path in given.value))


_FILTER_FAMILIES: Final = {"ipv4": 2, "ipv6": 10}
"""Linux's numbers of AF_INET and AF_INET6."""

_FILTER_PROTOCOLS: Final = {"tcp": 6, "udp": 17}
"""The numbers of the protocols IPPROTO_TCP and IPPROTO_UDP."""


def socket_filter(directive: Directive, text: str) -> list[Property]:
    """A rule for bind(2), ``[FAMILY:][PROTOCOL:][PORTS]`` or any; empty resets the list.

    It becomes the numbers of the address family and of the protocol, how many ports there are
    and which is the first, each 0 for any (systemd.resource-control(5), SocketBindAllow=).
    """
    if not text:
        return [Property(directive.name, "a(iiqq)", [])]
    family = protocol = 0
    parts = text.split(":")
    if parts[0] in _FILTER_FAMILIES:
        family = _FILTER_FAMILIES[parts.pop(0)]
    if parts and parts[0] in _FILTER_PROTOCOLS:
        protocol = _FILTER_PROTOCOLS[parts.pop(0)]
    count = first = 0
    if parts not in ([], ["any"]):
        count, first = _parse_ports(parts[0], text)
        if len(parts) > 1:
            raise wrong(text, "has something after the ports", expected=_FILTER_EXPECTED)
    return [Property(directive.name, "a(iiqq)", [(family, protocol, count, first)])]


_FILTER_EXPECTED: Final = "any, or ipv4 or ipv6, tcp or udp, and a port or a range, as in tcp:80-90"


def _parse_ports(part: str, text: str) -> tuple[int, int]:
    """Read a port or a range of them; return how many there are, and the first."""
    if not part:
        raise wrong(text, "has an empty part", expected=_FILTER_EXPECTED)
    low, dash, high = part.partition("-")
    try:
        first = parse_integer(low, 1, 65535)
        last = parse_integer(high, 1, 65535) if dash else first
    except InvalidValueError:
        words = ["any", *_FILTER_FAMILIES, *_FILTER_PROTOCOLS]
        said = "stands in the wrong place" if part in words else "is not a port"
        raise wrong(
            part,
            said,
            expected=f"{_FILTER_EXPECTED}; ports are from 1 to 65535",
            suggestion="" if part in words else closest(part, words),
        ) from None
    if last < first:
        raise wrong(part, "is not a range of ports", expected="the lower port before the higher")
    return last - first + 1, first


def write_socket_filter(directive: Directive, given: Property) -> list[str]:
    """Write the rules; none for the reset."""
    assert isinstance(given.value, list)
    names = {
        number: name for name, number in [*_FILTER_FAMILIES.items(), *_FILTER_PROTOCOLS.items()]
    }
    values = []
    for family, protocol, count, first in given.value:
        parts = [names[number] for number in (family, protocol) if number]
        if count:
            parts.append(str(first) if count == 1 else f"{first}-{first + count - 1}")
        values.append(":".join(parts) or "any")
    return _assignments(directive, values)


_NFT_SOURCES: Final = {"cgroup": 3, "user": 4, "group": 5}
"""Where the elements of a set come from, with the numbers that systemd-run sends."""

_NFT_FAMILIES: Final = {"inet": 1, "ip": 2, "arp": 3, "netdev": 5, "bridge": 7, "ip6": 10}
"""The address families of nftables, with the kernel's numbers (NFPROTO_INET, ...)."""

_NFT_CHARACTERS: Final = _LETTERS + _DIGITS + "_./\\"
"""What the name of a table or set may have in it (nft(8), Lexical conventions)."""


def nft_set(directive: Directive, text: str) -> list[Property]:
    """Sets of nftables, each ``SOURCE:FAMILY:TABLE:SET``; empty resets the list.

    See systemd.resource-control(5), NFTSet=.
    """
    sets = [_parse_nft_set(directive, word) for word in split_words(text, unescape=True)]
    return [Property(directive.name, "a(iiss)", sets)]


def _parse_nft_set(directive: Directive, word: str) -> tuple[int, int, str, str]:
    fields = word.split(":")
    if len(fields) != 4:
        raise wrong(
            word,
            "is not a set of nftables",
            expected="SOURCE:FAMILY:TABLE:SET, such as cgroup:inet:filter:my_set",
        )
    source, family, *names = fields
    for given, known, what in (
        (source, _NFT_SOURCES, "a source"),
        (family, _NFT_FAMILIES, "an address family of nftables"),
    ):
        if given not in known:
            raise wrong(
                given or word,
                f"is not {what}" if given else "has an empty part",
                expected=one_of(list(known)),
                suggestion=closest(given, known) if given else "",
            )
    for name in names:
        if not name or name[0] not in _LETTERS or name.strip(_NFT_CHARACTERS):
            _refuse_nft_name(name, word)
        if len(name) > 255:
            raise wrong(name, "is too long", expected="at most 255 characters")
        if len(name) > 31:
            directive.require(258, "a name of more than 31 characters")
    table, name = names
    return _NFT_SOURCES[source], _NFT_FAMILIES[family], table, name


def _refuse_nft_name(name: str, word: str) -> None:
    raise wrong(
        name or word,
        "is not the name of a table or set" if name else "has an empty part",
        expected="a letter, then letters, digits, _, ., / and \\",
    )


def write_nft_set(directive: Directive, given: Property) -> list[str]:
    """Write the sets."""
    assert isinstance(given.value, list)
    sources = {number: name for name, number in _NFT_SOURCES.items()}
    families = {number: name for name, number in _NFT_FAMILIES.items()}
    sets = [
        f"{sources[source]}:{families[family]}:{table}:{name}"
        for source, family, table, name in given.value
    ]
    return [f"{directive.name}={joined(sets, escape=True)}"]


def _bounds(directive: Directive) -> tuple[int, int]:
    """Return the bounds that the row gives as ``LOW..HIGH``."""
    low, _, high = directive.argument.partition("..")
    return int(low), int(high)


def number_or_unset(directive: Directive, text: str) -> list[Property]:
    """A number within the row's bounds; empty for none."""
    value = parse_integer(text, *_bounds(directive)) if text else INFINITY
    return [Property(directive.name, "t", value)]


def write_number_or_unset(directive: Directive, given: Property) -> list[str]:
    """Write the number; none is empty."""
    return [f"{directive.name}={'' if given.value == INFINITY else given.value}"]


def oomd_duration(directive: Directive, text: str) -> list[Property]:
    """A time span of at least a second; empty or infinity for the default of oomd.conf(5).

    See systemd.resource-control(5), ManagedOOMMemoryPressureDurationSec=.
    """
    usec = parse_usec(text) if text else INFINITY
    if usec < USEC_PER_SEC:
        raise wrong(text, "is too short", expected="at least 1s, or empty for the default")
    return [Property(directive.dbus_name, "t", usec)]
