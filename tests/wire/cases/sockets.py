"""Cases of the grammars of sockets."""

from __future__ import annotations

__all__ = ["BY_CLASS", "BY_DIRECTIVE", "BY_GRAMMAR", "MORE_GENEROUS", "STRICTER"]

_XATTR = "user." + "a" * 250

BY_GRAMMAR: dict[str, list[str]] = {
    "ip-protocol": [
        *(
            "udplite",
            "sctp",
            "mptcp",
            "",
            "tcp",
            "udp",
            "132",
            "136",
            "262",
            "0",
            "bogus",
            "UDPLITE",
        ),
        *("Sctp", "ip", "IP", "icmp", "ipv6", "raw", "6", "17", "255", "263", "-1", "2147483648"),
        *(" 136", "136 ", "0x88", "0210", "+136", " udplite"),
    ],
    "ip-tos": [
        *("low-delay", "throughput", "reliability", "low-cost", "0", "16", "255", "256", "-1", ""),
        *("bogus", "0x10", " 5", "5 ", "010", "Low-Delay", "low_delay", " low-cost"),
    ],
    # What every kind of address has in common; the others stand by directive.
    "listen-address": ["", "/run/x", "/a b", "%h", "\u00e9", " ", "x"],
    "smack-label": ["", "x", "a b"],
    "xattr": [
        *("", "user.a=b", "user.a=", "user.a", "foo.a=b", "=b", "user.=c", "user.a=b user.c=d"),
        *("user.a=b=c", " user.a=b", " ", "security.x=1", "trusted.x=1", "User.a=b", "user.a b=c"),
        *('"user.a=b c"', 'user.a="b c"', "user.a=b\\x20c", "user.a=%t", "user.a=a\tb", "a=b"),
        *(f"{_XATTR}=b", f"{_XATTR}a=b", "user.\u00e9=\u00e9"),
    ],
}

BY_CLASS: dict[str, tuple[list[str], list[str]]] = {
    "<short-interface>": (
        ["lo", "eth0", "a" * 15, "*", 'a"b'],
        ["a/b", "a:b", "..", "12", "a" * 16, "a b", "\u00e9", "all", "default"],
    ),
    "<descriptor-name>": (
        ["a", "a b", "x.socket", "a" * 255],
        ["a:b", "\u00e9", "a\tb", "a\x7fb", "a" * 256],
    ),
}

_PATHS_107 = ["/" + "a" * 106, "@" + "a" * 106]
_PATHS_108 = ["/" + "a" * 107, "@" + "a" * 107, "/" + "\u00e9" * 54]

_GOOD_UNIX = ["@a", "/run//x", "/run/./x", "/\u00e9", "@a/b c", *_PATHS_107]
_BAD_UNIX = ["@", "/", "/run/", "/run/../x", "/..", "run/x", *_PATHS_108]
_GOOD_ADDRESSES = [
    *("80", "65535", "1", "0x50", "+80", "0120", "0b1010000", "127.0.0.1:80", "0.0.0.0:1"),
    *("127.0.0.1:0x51", "[::1]:80", "[::]:65535", "[::ffff:127.0.0.1]:1", "[::1]:0x55"),
    *("[fe80::1]:80%lo", "[fe80::1]:80%eth0.1", "[::1]:80%1", "[::1]:80%01", "[::1]:80%0x1"),
    *("vsock::1234", "vsock:2:1234", "vsock:4294967295:1", "vsock:0x2:0x50", "vsock::0"),
    *("vsock::4294967294", "vsock:: 5", "vsock: 1:5", "vsock::+5"),
]
_BAD_ADDRESSES = [
    *("0", "65536", "08080", " 80", "80 ", "-80", "80.0", "8080%lo", "127.0.0.1", "127.0.0.1:"),
    *("127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1: 82", "127.0.0.1:x", "127.1:80", "::1:85"),
    *("1.2.3.4.5:80", "256.0.0.1:80", ":80", "*:80", "localhost:80", "[::1]", "[::1]:", "::1"),
    *("[::1]:0", "[::1]: 85", "[::1]80", "[]:80", "::1]:80", "[127.0.0.1]:80", "[fe80::1%lo]:80"),
    *("[::1]:80%", "[::1]:80%0", "[::1]:80%a/b", "[::1]:80%lo%lo", "[::1", "[::1]x:80"),
    *("vsock:", "vsock:1236", "vsock::", "vsock:2:x", "vsock:2:", "vsock::4294967296", "vsock:x:1"),
    *("vsock:4294967296:5", "vsock::5:6", "VSOCK::5", "vsock-raw::1", "vsocks::1", "vsock"),
    *("foo", "tcp:80", "~/x", "./x", " /run/x", '"/run/x"', "%t/x", "http://x", "\t", "\u0661"),
]
_FAMILIES = [
    *("route", "firewall", "inet-diag", "nflog", "xfrm", "selinux", "iscsi", "audit", "fib-lookup"),
    *("connector", "netfilter", "ip6-fw", "dnrtmsg", "kobject-uevent", "generic"),
    *("scsitransport", "ecryptfs", "rdma"),
]
_BAD_NETLINK = [
    *("usersock", "crypto", "smc", "bogus", "Route", "32", "2147483648", "-1", "08", "/x"),
    *("kobject-uevent x", "kobject-uevent -1", "kobject-uevent 4294967296", "kobject-uevent 1 2"),
    *("kobject-uevent 1 ", '"kobject-uevent" 1', "kobject-uevent,1", "kobject-uevent + 1", "\t"),
]
_GOOD_FILES = ["/run/x/", "/run//x", "/run/./x", "/" + "a" * 300, "/\u00e9"]
_BAD_FILES = ["/", "//", "/.", "x/y", "@x", "80", "/run/../x", "/..", " /x", '"/x"']

BY_DIRECTIVE: dict[str, list[str]] = {
    "ListenStream": [*_GOOD_UNIX, *_BAD_UNIX, *_GOOD_ADDRESSES, *_BAD_ADDRESSES],
    "ListenDatagram": ["@a", "80", "127.0.0.1:80", "[::1]:80%lo", "vsock::5", "@", "0", "127.1:80"],
    "ListenSequentialPacket": [
        *_GOOD_UNIX,
        *_BAD_UNIX,
        "80",
        "127.0.0.1:80",
        "[::1]:80",
        "vsock::5",
    ],
    "ListenNetlink": [
        *(*_FAMILIES, *(f"{family} 1" for family in _FAMILIES)),
        *("0", "15", "31", "0xf", "017", "+15", "15 1", "kobject-uevent 4294967295", "audit 0"),
        *("kobject-uevent  1", "kobject-uevent\t1", " kobject-uevent 1", "kobject-uevent "),
        *("kobject-uevent 0x1", "kobject-uevent +1", "kobject-uevent 010", *_BAD_NETLINK),
    ],
    "ListenSpecial": [*_GOOD_FILES, *_BAD_FILES],
    "ListenFIFO": [*_GOOD_FILES, *_BAD_FILES],
    "ListenUSBFunction": [*_GOOD_FILES, *_BAD_FILES],
    "ListenMessageQueue": [
        *("/x", "//x", "/./x", "/x/", "/\u00e9", "/" + "a" * 255, "/..a"),
        *("/", "/.", "/..", "/x/y", "x/y", "/" + "a" * 256, "/" + "\u00e9" * 128, " /x", "//"),
    ],
    "IPTTL": ["-1", "255", "256", "-2", "2147483648"],
    "MaxConnections": ["1", "4294967295", "4294967296", "0", "-1", " 5", "64"],
    "MessageQueueMessageSize": [
        *("-1", "0x10", "8E", "9223372036854775807", "9223372036854775808", "", " 5", "010", "+5"),
        *("-0", "0b11", "1M 1K", "0x"),
    ],
    "Timestamping": ["usecs", "US"],
}

MANAGER_REFUSES = "every manager refuses this value, or fails to open the socket"

STRICTER: dict[str, str] = {
    **{
        f"{name}={value}": MANAGER_REFUSES
        for name, values in {
            "ListenStream": [*_BAD_UNIX, *_BAD_ADDRESSES, "%h", "\u00e9", " ", "x"],
            "ListenDatagram": ["@", "0", "127.1:80", "%h", "\u00e9", " ", "x"],
            "ListenSequentialPacket": [
                *(*_BAD_UNIX, "%h", "\u00e9", " ", "x"),
                *("80", "127.0.0.1:80", "[::1]:80", "vsock::5"),
            ],
            "ListenNetlink": [*_BAD_NETLINK, "/run/x", "/a b", "%h", "\u00e9", " ", "x"],
            "ListenSpecial": [*_BAD_FILES, "%h", "\u00e9", " ", "x"],
            "ListenFIFO": [*_BAD_FILES, "%h", "\u00e9", " ", "x"],
            "ListenUSBFunction": [*_BAD_FILES, "%h", "\u00e9", " ", "x"],
            "ListenMessageQueue": [
                *(
                    "/",
                    "/.",
                    "/..",
                    "/x/y",
                    "x/y",
                    "/" + "a" * 256,
                    "/" + "\u00e9" * 128,
                    " /x",
                    "//",
                ),
                *("/run/x", "%h", "\u00e9", " ", "x"),
            ],
        }.items()
        for value in values
    },
    "ListenStream=127.0.0.1:80%lo": "the manager would drop the scope without a word",
    "ListenStream=vsock::4294967295": "any port at all for manager 252, which later ones refuse",
    **dict.fromkeys(
        (
            f"SocketProtocol={value}"
            for value in ("tcp", "udp", "icmp", "ipv6", "raw", "6", "17", "255")
        ),
        "every manager refuses other protocols than udplite, sctp and mptcp",
    ),
    **dict.fromkeys(
        (
            f"{name}={value}"
            for name in ("XAttrEntryPoint", "XAttrListen", "XAttrAccept")
            for value in ("foo.a=b", "=b", " user.a=b", "security.x=1")
        ),
        "systemd.socket(5): the name must be in the user. namespace",
    ),
    **dict.fromkeys(
        (
            f"XAttrEntryPoint={value}"
            for value in (*("trusted.x=1", "User.a=b", '"user.a=b c"', "a=b"),)
        ),
        "systemd.socket(5): the name must be in the user. namespace",
    ),
    **dict.fromkeys(
        (
            *(f"{name}=user.=c" for name in ("XAttrEntryPoint", "XAttrListen", "XAttrAccept")),
            f"XAttrEntryPoint={_XATTR}a=b",
        ),
        "the kernel has no such attribute, and the manager would go on without it",
    ),
    **dict.fromkeys(
        ("IPTTL=256", "IPTTL=-2"),
        "ip(7): from 1 to 255, and -1 for the default; the manager would go on without it",
    ),
    **dict.fromkeys(
        ("MaxConnections=0", "MaxConnections=-0"), "managers later than 252 refuse this value"
    ),
    **dict.fromkeys(
        (f"MessageQueueMessageSize={value}" for value in ("-1", "0x10", "-0", "0b11")),
        "systemd.socket(5): a size; systemd-run before 262 took any number",
    ),
    **dict.fromkeys(
        ("Timestamping=usecs", "Timestamping=US"), "systemd.socket(5) lists what is allowed"
    ),
}

MORE_GENEROUS: dict[str, str] = {
    **dict.fromkeys(
        (f"SmackLabelIPIn={value}" for value in ("", "x", "a b")),
        "managers refuse the name that systemd-run sends, and take SmackLabelIPin",
    ),
    **dict.fromkeys(
        (
            f"MessageQueueMessageSize={value}"
            for value in ("1K", "1M", "1.5G", "1T", "1P", "1E", "1B", "1M 1K", "010")
        ),
        "systemd.socket(5): a size with suffixes; systemd-run before 262 took a number only",
    ),
}
