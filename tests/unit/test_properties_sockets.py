"""The grammars of sockets, without a systemd-run to compare with."""

from __future__ import annotations

import pytest

from runwrap.errors import PropertyError
from runwrap.properties import Property, encode, find, unit_file
from runwrap.properties.grammars import GRAMMARS


def refusal(assignment: str, version: int = 262) -> str:
    with pytest.raises(PropertyError) as caught:
        encode("socket", [assignment], version=version)
    return str(caught.value)


@pytest.mark.parametrize(
    ("kind", "address"),
    [
        *(("Stream", text) for text in ("/run/a b", "@a", "80", "127.0.0.1:80", "[::1]:80%lo")),
        *(("Stream", text) for text in ("[::]:80", "vsock::5", "vsock-stream:2:5")),
        *(("Datagram", "514"), ("SequentialPacket", "/run/x"), ("Netlink", "kobject-uevent 1")),
        *(("Special", "/dev/x"), ("MessageQueue", "/x"), ("FIFO", "/run/x")),
        ("USBFunction", "/dev/usb-ffs/x"),
    ],
)
def test_addresses(kind: str, address: str) -> None:
    (given,) = encode("socket", [f"Listen{kind}={address}"])
    assert given == Property("Listen", "a(ss)", [(kind, address)])
    row = find("ListenStream", "socket")
    assert row is not None
    assert GRAMMARS[row.grammar].write(row, given) == [f"Listen{kind}={address}"]


@pytest.mark.parametrize(
    ("assignment", "said"),
    [
        ("ListenStream=foo", '"foo" is not an address to listen on'),
        ("ListenStream=run/x", "did you mean /run/x?"),
        ('ListenStream="/run/x"', "did you mean"),
        ("ListenStream=/run/", "is a directory"),
        ("ListenStream=/run/../x", 'has ".." in it'),
        (f"ListenStream=/{'a' * 107}", "at most 107 bytes"),
        (f"ListenStream=@{'a' * 107}", "at most 107 bytes"),
        ("ListenStream=@", "a name after the @"),
        ("ListenStream=65536", "a port from 1 to 65535"),
        ("ListenStream= 80", "did you mean 80?"),
        ("ListenStream=*:80", "did you mean 80?"),
        ("ListenStream=localhost:80", "did you mean 127.0.0.1:80?"),
        ("ListenStream=::1:80", "did you mean [::1]:80?"),
        ("ListenStream=127.0.0.1", '"127.0.0.1" has no port; expected 127.0.0.1:PORT'),
        ("ListenStream=fe80::1", "expected [fe80::1]:PORT"),
        ("ListenStream=127.0.0.1:", "has no port"),
        ("ListenStream=127.0.0.1:x", '"x" is not a port'),
        ("ListenStream=[::1]", "has no port"),
        ("ListenStream=[::1]80", "has no colon before the port"),
        ("ListenStream=[::g]:80", "is not an IPv6 address in brackets"),
        ("ListenStream=[::1]:80%a/b", "the name of a network interface"),
        ("ListenStream=vsock:5", "did you mean vsock::5?"),
        ("ListenStream=vsock:x:5", "a CID from 0 to 4294967295"),
        ("ListenStream=vsock:2:", "has no port"),
        ("ListenSequentialPacket=80", "only those have sequential packets"),
        ("ListenFIFO=x", "is not an absolute path"),
        ("ListenFIFO=/", "is a directory"),
        ("ListenMessageQueue=x", "did you mean /x?"),
        ("ListenMessageQueue=/x/y", "without another slash"),
        (f"ListenMessageQueue=/{'a' * 256}", "at most 255 bytes"),
        ("ListenNetlink=kobject-uevnt", "did you mean kobject-uevent?"),
        ("ListenNetlink=route x", "a multicast group from 0"),
        ("IPTOS=low-dely", "did you mean low-delay?"),
        ("IPTOS=256", "a number from 0 to 255"),
        ("IPTTL=256", "from -1 to 255"),
        ("SocketProtocol=tcp", "stream and datagram sockets have anyway"),
        ("SocketProtocol=udplit", "did you mean udplite?"),
        ("XAttrListen=user.a", 'has no "="'),
        ("XAttrListen=a=b", "did you mean user.a?"),
        ("XAttrListen= user.a=b", "did you mean user.a?"),
        (f"XAttrListen=user.{'a' * 251}=b", "at most 255 bytes"),
        ("FileDescriptorName=a:b", 'without ":"'),
        ("BindToDevice=a/b", "the name of a network interface"),
        (f"BindToDevice={'a' * 16}", "at most 15 characters"),
        ("BindIPv6Only=ipv6", "did you mean ipv6-only?"),
        ("MaxConnections=0", "from 1 to"),
    ],
)
def test_refusals(assignment: str, said: str) -> None:
    message = refusal(assignment)
    assert said in message
    assert message.isprintable()


@pytest.mark.parametrize(
    ("assignment", "since"),
    [
        ("ListenStream=vsock-stream::5", 254),
        ("ListenStream=vsock:host:5", 257),
        ("SocketProtocol=mptcp", 257),
        ("SocketProtocol=262", 257),
        ("XAttrAccept=user.a=b", 262),
    ],
)
def test_what_is_newer_than_the_manager(assignment: str, since: int) -> None:
    assert f"came with systemd {since}" in refusal(assignment, since - 1)
    assert encode("socket", [assignment], version=since)


@pytest.mark.parametrize(
    ("assignment", "value"),
    [
        *(("IPTOS=low-cost", 2), ("IPTOS=0x10", 16), ("IPTTL=-1", -1)),
        *(("SocketProtocol=SCTP", 132), ("SocketProtocol=136", 136)),
        *(("XAttrListen=user.a=b=c", [("user.a", "b=c")]), ("XAttrListen=", [])),
        *(("ListenStream=", []), ("MessageQueueMessageSize=1K", 1024), ("SmackLabelIPIn=a", "a")),
    ],
)
def test_values_and_written_again(assignment: str, value: object) -> None:
    (given,) = encode("socket", [assignment])
    assert given.value == value
    row = find(assignment.partition("=")[0], "socket")
    assert row is not None
    assert encode("socket", GRAMMARS[row.grammar].write(row, given)) == [given]


def test_the_default_protocol_has_no_line() -> None:
    sent = encode("socket", ["SocketProtocol="])
    assert [given.value for given in sent] == [0]
    assert all(line[:1] in {"#", "["} for line in unit_file("socket", sent).splitlines())


def test_unit_file() -> None:
    sent = encode(
        "socket",
        ["ListenStream=[fe80::1]:80%lo", "ListenNetlink=audit 1", "SocketProtocol=sctp"],
    )
    assert unit_file("socket", sent) == (
        "[Socket]\nListenStream=[fe80::1]:80%%lo\nListenNetlink=audit 1\nSocketProtocol=sctp\n"
    )
