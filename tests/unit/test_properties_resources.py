"""The grammars of resource control, without a systemd-run to compare with."""

from __future__ import annotations

import pytest

from runwrap.errors import PropertyError
from runwrap.properties import Property, encode, find, unit_file
from runwrap.properties.grammars import GRAMMARS

NO_NUMBER = 2**64 - 1


def refusal(assignment: str, version: int = 262) -> str:
    with pytest.raises(PropertyError) as caught:
        encode("service", [assignment], version=version)
    return str(caught.value)


@pytest.mark.parametrize(
    ("assignment", "name", "signature", "value"),
    [
        ("Delegate=Yes", "Delegate", "b", True),
        ("Delegate=", "DelegateControllers", "as", []),
        ("Delegate=cpu pids", "DelegateControllers", "as", ["cpu", "pids"]),
        ("DeviceAllow=", "DeviceAllow", "a(ss)", []),
        ("DeviceAllow=/dev/kvm", "DeviceAllow", "a(ss)", [("/dev/kvm", "")]),
        ('DeviceAllow="/dev/mydev"  rw', "DeviceAllow", "a(ss)", [("/dev/mydev", "rw")]),
        ("DeviceAllow=/dev/a\\x20b r", "DeviceAllow", "a(ss)", [("/dev/a\\x20b", "r")]),
        ("IODeviceWeight=/dev/sda 100", "IODeviceWeight", "a(st)", [("/dev/sda", 100)]),
        (
            "IODeviceLatencyTargetSec=/dev/sda 25ms",
            "IODeviceLatencyTargetUSec",
            "a(st)",
            [("/dev/sda", 25_000)],
        ),
        ("IODeviceLatencyTargetSec=", "IODeviceLatencyTargetUSec", "a(st)", []),
        ("IOReadBandwidthMax=/a 5M", "IOReadBandwidthMax", "a(st)", [("/a", 5_000_000)]),
        ("IOReadIOPSMax=/a 1.5K", "IOReadIOPSMax", "a(st)", [("/a", 1_500)]),
        ("IOReadIOPSMax=/a 1M 1K 1", "IOReadIOPSMax", "a(st)", [("/a", 1_001_001)]),
        ("IOReadIOPSMax=/a infinity", "IOReadIOPSMax", "a(st)", [("/a", NO_NUMBER)]),
        ("IPIngressFilterPath=/a b", "IPIngressFilterPath", "as", ["/a b"]),
        ("BPFProgram=egress:/a:b", "BPFProgram", "a(ss)", [("egress", "/a:b")]),
        ("SocketBindAllow=any", "SocketBindAllow", "a(iiqq)", [(0, 0, 0, 0)]),
        ("SocketBindDeny=ipv6:udp:80-90", "SocketBindDeny", "a(iiqq)", [(10, 17, 11, 80)]),
        ("SocketBindDeny=tcp", "SocketBindDeny", "a(iiqq)", [(0, 6, 0, 0)]),
        (
            "NFTSet=cgroup:inet:f:a user:ip6:f:b",
            "NFTSet",
            "a(iiss)",
            [(3, 1, "f", "a"), (4, 10, "f", "b")],
        ),
    ],
)
def test_values(assignment: str, name: str, signature: str, value: object) -> None:
    assert encode("service", [assignment]) == [Property(name, signature, value)]


@pytest.mark.parametrize(
    ("assignment", "said"),
    [
        ("Delegate=cpu,memory", "did you mean cpu memory?"),
        ("Delegate=yes cpu", '"yes" is not a controller'),
        ("Delegate=memroy", "did you mean memory?"),
        ("DeviceAllow=null rw", "did you mean /dev/null?"),
        ("DeviceAllow=/dev/null RW", "did you mean rw?"),
        ("DeviceAllow=/dev/../sda", 'has ".." in it'),
        ("IODeviceWeight=/dev/sda 10001", "from 1 to 10000"),
        ("IODeviceWeight=/dev/sda", "has no weight"),
        ("IOReadBandwidthMax=sda 5", '"sda" is not an absolute path'),
        ("IOReadBandwidthMax=/dev//sda 5", "did you mean /dev/sda?"),
        ("IOReadBandwidthMax=/a 5k", '"5k" is not a size'),
        ("IOReadBandwidthMax=/a -5", '"-5" is negative'),
        ("IOReadBandwidthMax=/a 19E", '"19E" is too large'),
        ("BPFProgram=egres:/a", "did you mean egress?"),
        ("BPFProgram=egress", "has no path"),
        ("BPFProgram=egress:x", '"x" is not an absolute path'),
        ("SocketBindAllow=tcp:ipv4", '"ipv4" stands in the wrong place'),
        ("SocketBindAllow=ipv4:", "has an empty part"),
        ("SocketBindAllow=0", "ports are from 1 to 65535"),
        ("SocketBindAllow=90-80", "the lower port before the higher"),
        ("SocketBindAllow=ip4", "did you mean ipv4?"),
        ("NFTSet=cgroup:inet:x", "SOURCE:FAMILY:TABLE:SET"),
        ("NFTSet=cgrop:inet:x:y", "did you mean cgroup?"),
        ("NFTSet=cgroup:inet:1x:y", '"1x" is not the name of a table or set'),
        ("ManagedOOMMemoryPressureDurationSec=500ms", "at least 1s"),
        ("DelegateSubgroup=cgroup.procs", "is not allowed"),
        ("OOMRules=a/b", "is not allowed"),
        ("CPUSetPartition=rot", "did you mean root?"),
        ("CPUShares=1", "from 2 to 262144"),
        ("BlockIOWeight=9", "from 10 to 1000"),
    ],
)
def test_refusals(assignment: str, said: str) -> None:
    message = refusal(assignment)
    assert said in message
    assert message.isprintable()


def test_what_is_newer_than_the_manager() -> None:
    assert "came with systemd 260" in refusal("Delegate=bpf-bind-network-interface", 257)
    assert "came with systemd 258" in refusal(f"NFTSet=cgroup:inet:{'a' * 32}:b", 257)
    assert "came with systemd 255" in refusal("NFTSet=cgroup:inet:a:b", 252)


@pytest.mark.parametrize(
    "assignment",
    [
        *("CPUShares=5", "BlockIOWeight=", "BlockIOReadBandwidth=/a 5", "MemoryLimit=5"),
        "DefaultMemoryLow=",
    ],
)
def test_dropped_directives_become_nothing(assignment: str) -> None:
    said: list[str] = []
    assert encode("service", [assignment], version=258, warn=said.append) == []
    assert len(encode("service", [assignment], version=257)) == 1
    assert len(said) == 1


@pytest.mark.parametrize(
    "assignment",
    [
        *("Delegate=no", "Delegate=", "Delegate=cpu io", "DeviceAllow=", "DeviceAllow=char-pts rw"),
        *('DeviceAllow="/dev/ab" r', "DeviceAllow=/dev/a\\b", "IODeviceWeight=/dev/sda 5"),
        *("IODeviceWeight=", "IODeviceLatencyTargetSec=/a 1min", "IODeviceLatencyTargetSec="),
        *("IODeviceLatencyTargetSec=/a infinity", 'IOReadIOPSMax="/a b" infinity'),
        *("IOReadIOPSMax=/a\\b 5K", "IPEgressFilterPath=/a b", "IPEgressFilterPath="),
        *("BPFProgram=bind4:/a b", "BPFProgram=", "SocketBindAllow=any", "SocketBindAllow="),
        *("SocketBindAllow=ipv4:tcp:5", "SocketBindAllow=1-65535", "SocketBindAllow=udp"),
        *("NFTSet=group:netdev:a:b user:arp:c:d", "NFTSet=", "NFTSet=cgroup:inet:a\\\\b:c"),
        *("CPUShares=5", "CPUShares=", "ManagedOOMMemoryPressureDurationSec=5s"),
        "ManagedOOMMemoryPressureDurationSec=",
    ],
)
def test_written_again(assignment: str) -> None:
    (given,) = encode("service", [assignment], version=257)
    row = find(assignment.partition("=")[0])
    assert row is not None
    written = GRAMMARS[row.grammar].write(row, given)
    assert encode("service", written, version=257) == [given]


def test_unit_file() -> None:
    sent = encode(
        "service",
        ["Delegate=cpu", "DeviceAllow=/dev/kvm rw", "IOReadBandwidthMax=/dev/sda 1K"],
    )
    assert unit_file("service", sent) == (
        "[Service]\nDelegate=cpu\nDeviceAllow=/dev/kvm rw\nIOReadBandwidthMax=/dev/sda 1000\n"
    )
