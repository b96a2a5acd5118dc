"""Cases of the grammars of resource control."""

from __future__ import annotations

__all__ = ["BY_CLASS", "BY_DIRECTIVE", "BY_GRAMMAR", "MORE_GENEROUS", "STRICTER"]

SIZES = [
    *("1K", "5M", "1.5K", "infinity", "0", "1M 1K", "19E", "1k"),
    *("1", "1B", "2.7B", "1.", "1.29K", "1.007K", "1.9999K", "0.999999999999999999M", ".5M"),
    *("1G", "1T", "1P", "1E", "18E", "18.0E", "18.1E", "17.5E", "010", "0x10", "+5", "-1", "5%"),
    *("1 K", "5 K 5 B", "5K5", "5K 5", "5 5", "5K 5K", "1K 1M", "1KB", "1Ki", "max", "Infinity"),
    *("18446744073709551615", "18446744073709551616", "18446744073709551615.9", "9" * 50),
    *("1.18446744073709551615K", "1.18446744073709551616K", "18E 446P", "18E 447P", "1,5K"),
    *("0" * 40 + "1", "1.000000000000000000000000000000001K", "1..5K", "+", "x", "5Kx"),
]

BY_GRAMMAR: dict[str, list[str]] = {
    "blockio-weight": ["", "10", "9", "1000", "1001", "x", " 500", "0x10", "500 ", "-1", "+50"],
    "bpf-program": [
        *("", "egress:/sys/fs/bpf/x", "bogus:/x", "egress:x", "egress", "egress:", ":/x"),
        *("egress:/a:b", "egress:/a b", "egress:/x/../y", " egress:/a", " "),
        *("ingress:/x", "sock_create:/x", "sock_ops:/x", "device:/x", "bind4:/x", "bind6:/x"),
        *("connect4:/x", "connect6:/x", "post_bind4:/x", "post_bind6:/x", "sendmsg4:/x"),
        *("sendmsg6:/x", "sysctl:/x", "recvmsg4:/x", "recvmsg6:/x", "getsockopt:/x"),
        *("setsockopt:/x", "egress::/x", "::egress:/x", "egress:/x\\y", "egress:/x'y", "egress:/"),
        *("egress:/x/", "egress:/x//y", "egress:/./x", "EGRESS:/x", "sock:/x", "egress: /x"),
        *("'egress':/x", 'egress:"/x"'),
    ],
    "cpu-shares": ["", "2", "1", "0", "262144", "262145", "x", "0x10", " 5", "5 ", "+5", "-1"],
    "delegate": [
        *("yes", "no", "", "cpu", "cpu memory", "bogus", "cpu bogus", "yes cpu", "CPU", "1", "YES"),
        *("cpu,memory", " yes", " ", '"cpu" memory', '"cpu memory"', '"cpu', "cpu\tpids", "cpu\\"),
        *("cpu cpu", '""', "cpuacct blkio devices", "bpf-socket-bind", "off", "io  cpuset"),
        *("bpf-firewall bpf-devices bpf-foreign bpf-restrict-network-interfaces", "c\\pu"),
    ],
    "device-allow": [
        *("", "/dev/null rw", "/dev/null", "char-pts rw", "block-* r", "null rw", "/dev/null rwx"),
        *("/dev/null  rw", '"/dev/mydev" rw', "/dev/../x r", "/tmp/x r", " ", "char-a*b w"),
        *(
            "/dev/null rr",
            "/dev/null mr",
            "/dev/null rwmrwm",
            "char-pts",
            "char-cpu/* m",
            "char- r",
        ),
        *(
            "block-",
            "/dev/ r",
            "/dev r",
            "/dev//null r",
            "/dev/./null",
            "/dev/null/ r",
            "/dev/null ",
        ),
        *("/dev/null R", "/dev/null rw ", "/dev/null\trw", " /dev/null rw", "/dev/null r w"),
        *("/dev/a\\x20b r", "/run/systemd/inaccessible/chr rw", '"/dev/null', "'/dev/null' 'rw'"),
        *('/dev/null "rw"', "/dev/null rwm extra", "char r", "%h r"),
    ],
    "device-and-size": [
        "",
        *(f"/dev/sda {size}" for size in SIZES[:8]),
        *("/dev/sda", "sda 5", "/dev/../sda 5"),
        *(f"/a {size}" for size in SIZES[8:]),
        *(
            " ",
            "/dev/sda ",
            "/dev/sda  5",
            "/dev/sda\t5",
            " /dev/sda 5",
            '"/dev/s da" 5',
            "/home 5",
        ),
        *("/dev//sda 5", "/./dev 5", "/dev/ 5", "/dev/sda 5 ", "/dev/sda  infinity", "/dev/a\\b 5"),
        *("/dev/sda infinity ", "/dev/sda infinity 5", "x", '"/dev/sda 5', "/ 5"),
    ],
    "io-device-latency": [
        *("", "/dev/sda 25ms", "/dev/sda 25", "/dev/sda 1min 20s", "/dev/sda infinity"),
        *("/dev/sda 0", "/dev/sda x", "/dev/sda", "sda 5", "/dev/../sda 5", "/dev/sda -5", " "),
        *("/dev/sda ", "/dev/sda  5", "/dev/sda 5 ", "/dev/sda \t5", " /dev/sda 5", "/dev/sda\t5"),
        *('"/dev/s da" 5', "/dev/a//b 5", "/home/ 5ms", "/dev/sda 5 5", "/dev/sda 1.5us"),
    ],
    "io-device-weight": [
        *("", "/dev/sda 100", "/dev/sda 10", "/dev/sda 9", "/dev/sda 1000", "/dev/sda 1001"),
        *("/dev/sda 0", "/dev/sda 10001", "/dev/sda x", "/dev/sda", "sda 100", "/dev/../sda 100"),
        *("/dev/sda 18446744073709551615", "/dev/sda 18446744073709551616", "/dev/sda -1", " "),
        *("/dev/sda 0x10", "/dev/sda 010", "/dev/sda +5", "/dev/sda 5 5", "/dev/sda "),
        *("/dev/sda  100", "/dev/sda 100 ", "/dev/sda\t100", " /dev/sda 100", '"/dev/s da" 100'),
        *("'/dev/sda' 5", "/dev/a\\b 5", "/home/ 100", "/ 5", "/dev//sda 5", "/dev/./sda 5", "x"),
    ],
    "ip-filter-path": [
        *("", "/sys/fs/bpf/x", "/a /b", "/a/", "x", "/a/../b", "/a//b", "/./a", " /a", " ", '"/a"'),
        *("/", "/..", "%h", "/%h", "/a\\b"),
    ],
    "nft-set": [
        *("", " ", "cgroup:inet:filter:my_set", "cgroup:inet:a:b user:ip:c:d", "group:ip6:a:b"),
        *(
            "bogus:inet:a:b",
            "cgroup:bogus:a:b",
            "cgroup:inet:1x:b",
            "cgroup:inet:x",
            '"user:ip:a:b"',
        ),
        *("cgroup:arp:a:b", "cgroup:bridge:a:b", "cgroup:netdev:X1_:Y", "cgroup:inet:x:y:z"),
        *("cgroup:inet::y", "cgroup:inet:x:", ":inet:x:y", "cgroup::x:y", "cgroup:inet:x-y:b"),
        *("cgroup:inet:_x:b", "cgroup:inet:x:1b", "cgroup:inet:x.y:b", "cgroup:inet:\u00e9:b"),
        *("CGROUP:inet:x:b", "cgroup:INET:x:b", "0:inet:x:b", "cgroup:1:x:b", "cgroup: inet:x:b"),
        *(f"cgroup:inet:{'a' * length}:b" for length in (31, 32, 255, 256)),
        *("  cgroup:inet:x:b  \tuser:ip:a:b ", "'cgroup:inet:x:b' \"user:ip:a:b\"", '"cgroup:inet'),
        *('cgroup:inet:"x":b', "cgroup:inet:x:b cgroup", "cgroup:inet:x:b,user:ip:a:b"),
        *(
            "cgroup:inet:x\\\\y:b/.",
            '"cgroup:inet:x\\\\.:b"',
            "cgroup:inet:.x:b",
            "cgroup:inet:x+:b",
        ),
        *(
            "cgroup\\:inet:x:b",
            "cgroup:inet:x\\y:b",
            "cgroup:inet:x\\a:b",
            "address:inet:x:b",
            "cgroup:inet:x:b;",
        ),
    ],
    "oomd-duration": [
        *("", " ", "5", "1s", "infinity", "0", "500ms", "999999us", "1.0", "1min 20s", "x", "-1"),
        *("999.999ms", "1000ms", "0.9999999s", " 1s ", "infinity ", "1y"),
    ],
    "socket-filter": [
        *("", "any", "ipv4", "tcp:80", "80", "80-90", "ipv6:udp:1-65535", "90-80", "0", "65536"),
        *("tcp:ipv4", " "),
        *("ipv6", "tcp", "udp", "ipv4:tcp", "ipv4:80", "ipv4:tcp:80", "80-80", "65535", "0-5"),
        *("ipv4:any", "tcp:any", "ipv4:udp:any", "any:any", "any:80", "80:tcp", "ipv4:", ":80"),
        *(
            "ipv4::80",
            "ipv4:tcp:",
            "ipv4:tcp:80:90",
            "80-",
            "-80",
            "80--90",
            "80-90-95",
            "80-65536",
        ),
        *(" 80", "80 ", " 80-90", "80- 90", "80 -90", "ipv4: 80", "0x50", "080", "010", "+80"),
        *("0x50-90", "80-+90", "80 90", "IPv4", "sctp", " any", "any ", "any any", " ipv4", "x"),
        *("ipv4:ipv6", "tcp:udp", '"ipv4"', "5.0", "http", "80,90"),
    ],
}

BY_CLASS: dict[str, tuple[list[str], list[str]]] = {
    "<oom-rule>": (["a", "a.b", "a b", "-", "\u00e9", "a" * 255], ["a/b", "..", "a" * 256, "a*"]),
    "<cgroup>": (
        ["main", "a b", "a.service", "memory", "cgroups", "hugetlb.x", "a%b", "a" * 255],
        [
            *("a/b", ".", "..", ".control", "_a", "tasks", "notify_on_release", "release_agent"),
            *("cgroup.procs", "cpu.max", "io.x", "bpf-firewall.x", "devices.x", "a" * 256),
        ],
    ),
}

BY_DIRECTIVE: dict[str, list[str]] = {
    "OOMRules": ['""', "a/b", "a ../b"],
    "Delegate": ["bpf-bind-network-interface"],
}

MANAGER_REFUSES = "every manager refuses this value"
NO_EFFECT = "the manager takes it, and it has no effect"
NOT_ABSOLUTE = "the manager would look for it in its own directory; the manual says a file path"

_WEIGHTS = ("IODeviceWeight", "BlockIODeviceWeight")
_SIZES = ("IOReadBandwidthMax", "BlockIOReadBandwidth")
_MORE_SIZES = ("IOWriteBandwidthMax", "IOWriteIOPSMax", "IOReadIOPSMax", "BlockIOWriteBandwidth")
_FILTERS = ("IPIngressFilterPath", "IPEgressFilterPath")


def _all(names: tuple[str, ...], *values: str) -> list[str]:
    return [f"{name}={value}" for name in names for value in values]


STRICTER: dict[str, str] = {
    **dict.fromkeys(
        [
            *_all(
                ("Delegate",),
                *("bogus", "cpu bogus", "yes cpu", "CPU", "cpu,memory", " yes", '"cpu memory"'),
                '""',
            ),
            *_all(
                ("DeviceAllow",),
                *("null rw", "/dev/null rwx", "/dev/../x r", "/tmp/x r", " ", "/dev/ r", "char r"),
                *("/dev//null r", "/dev/./null", "/dev/null/ r", "/dev/null R", "/dev/null r w"),
                *('/dev/null "rw"', "/dev/null rwm extra", "%h r", '"/dev/null'),
            ),
            *_all(_WEIGHTS, "/dev/sda 0", "/dev/sda 10001", "/dev/sda 18446744073709551615"),
            *_all(_WEIGHTS, "/dev/../sda 100", "/dev//sda 5", "/dev/./sda 5"),
            'IOReadBandwidthMax="/dev/sda 5',
            *_all(("BlockIODeviceWeight",), "/dev/sda 9", "/dev/sda 1001", "/dev/sda +5"),
            *_all(("BlockIODeviceWeight",), "/dev/sda 010", "/dev/a\\b 5", "/ 5", "'/dev/sda' 5"),
            *_all((*_SIZES, *_MORE_SIZES), "/dev/../sda 5"),
            *_all(_SIZES, "/dev//sda 5", "/./dev 5"),
            'BlockIOReadBandwidth="/dev/sda 5',
            *("IODeviceLatencyTargetSec=/dev/../sda 5", "IODeviceLatencyTargetSec=/dev/a//b 5"),
            *_all(_FILTERS, "x", "/a/../b", "/a//b", "/./a", " /a", " ", '"/a"'),
            *_all(("IPIngressFilterPath",), "/..", "%h"),
            *_all(
                ("BPFProgram",),
                *("bogus:/x", "egress:x", "egress", "egress:", ":/x", "egress:/x/../y", " "),
                *(" egress:/a", "egress:/x//y", "egress:/./x", "EGRESS:/x", "sock:/x"),
                *("egress: /x", "'egress':/x", 'egress:"/x"'),
            ),
            *_all(
                ("ManagedOOMMemoryPressureDurationSec",),
                *("0", "500ms", "999999us", "999.999ms", "0.9999999s"),
            ),
            *('OOMRules=""', "OOMRules=a ../b"),
        ],
        MANAGER_REFUSES,
    ),
    **dict.fromkeys(_all(("DeviceAllow",), "/dev r", "char- r", "block-"), NO_EFFECT),
    **dict.fromkeys(
        [
            *_all(_WEIGHTS, "sda 100"),
            *_all((*_SIZES, *_MORE_SIZES), "sda 5"),
            "IODeviceLatencyTargetSec=sda 5",
        ],
        NOT_ABSOLUTE,
    ),
    **dict.fromkeys(
        ("SocketBindAllow=0", "SocketBindDeny=0", "SocketBindAllow=0-5"),
        "systemd-run 252 refuses port 0, and so do all managers",
    ),
}

UNIT_FILE_SYNTAX = (
    "systemd.syntax(7): quotes, and white space that is not needed, as in a unit file"
)

MORE_GENEROUS: dict[str, str] = {
    **dict.fromkeys(
        [
            *_all(
                ("DeviceAllow",),
                *("/dev/null  rw", '"/dev/mydev" rw', "/dev/null rw ", "/dev/null\trw"),
                *(" /dev/null rw", "'/dev/null' 'rw'"),
            ),
            *_all(_WEIGHTS, "/dev/sda 100 ", "/dev/sda\t100", " /dev/sda 100", '"/dev/s da" 100'),
            "IODeviceWeight='/dev/sda' 5",
            *_all(
                ("IODeviceLatencyTargetSec",),
                *(" /dev/sda 5", "/dev/sda\t5", '"/dev/s da" 5'),
            ),
            *_all(
                _SIZES,
                *("/dev/sda\t5", " /dev/sda 5", '"/dev/s da" 5', "/dev/sda 5K "),
                *("/dev/sda  infinity", "/dev/sda infinity "),
            ),
        ],
        UNIT_FILE_SYNTAX,
    ),
    "IODeviceLatencyTargetSec=": "the reset, which only systemd-run 262 sends as one",
    "CPUQuotaPeriodSec= ": "white space alone, which systemd-run takes before 262 only",
}
