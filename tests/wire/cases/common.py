"""Cases of the grammars that many directives have, and of strings and lists by class of text."""

from __future__ import annotations

from runwrap.properties.execution import EXIT_STATUSES

__all__ = ["BY_CLASS", "BY_DIRECTIVE", "BY_GRAMMAR", "MORE_GENEROUS", "STRICTER"]


def _words(text: str) -> list[str]:
    return text.split()


SIZES = _words("""
0 1 4096 1K 1M 1.5G 1T 1P 1E 15E 16E 1B 1.5B 1. 1.M .5M +1 -1 010 0x10 1e3 1k 1KB 1Ki
1KiB 0.1K 1.234K 1.999999999999G 1.0000000000000000000001K 18446744073709551614
18446744073709551615 18446744073709551616 17179869183G 17179869184G 1M1K 1M5 1K1M 1.5.5 1,5K
lots max Infinity""")
SIZES += _words("""
1.5E 14.9E 15.9E 0.1E 7.7P 0.9999999999999999999G 1.18446744073709551615K 1.007K 0.5B
1.18446744073709551616K 1.99999999999999999999999999K 0.00000000000000000000000000001E""")
SIZES += ["1 K", "1K 5", "1K ", " 1K", "1 ", "1M 1K", "1K 1M", "5 5", "1K 1K", "8E 8E", "15E 1023P"]
SIZES += ["1" * 5000]

PERCENTAGES = _words("""
0% 1% 10% 33.33% 50% 100% 100.00% 100.01% 101% 0.1% 12.5% 1.55% 12.345% 12.% .5%
-1% +5% 010% 0x5% 5%% 50\u2030 12.5\u2030 12.55\u2030 500\u2031 5.0\u2031 % x%""")
PERCENTAGES += ["50 %", " 50%", "50% "]

TIME_SPANS = _words("""
0 5 00005 5s 1us 1\u00b5s 1\u03bcs 1usec 1ms 1msec 1sec 1second 1seconds 1m 1min
1minute 1minutes 1h 1hr 1hour 1hours 1d 1day 1days 1w 1week 1weeks 1M 1month 1months 1y 1year
1years infinity Infinity max -1 -0 +1 1.5 1.5s 1.5h 1.5y .5s +.5 . s 1. 1.s 1.5.5 0.0000001
3.14159265min 0.999999999s 1.9999999us 0.1us 1s1ms 1s.5s 1min1 1d1h1m 5S 5H 5Min 1Y 1mo 1mins
1secs 3hrs x 5x 5minx 0x5 1e3 1,5 1s,2s 1nsec 584541y 584542y 999999y 9223372036854775807us
9223372036854775808us 18446744073709551614us 18446744073709551615us
9999999999999999999999""")
TIME_SPANS += ["1y 2months 3w 4d 5h 6m 7s 8ms 9us", "5min 20s", "1.5 min", "5 5", "1 h 5", " 5"]
TIME_SPANS += ["5 ", " infinity ", "infinity 5", "5 m s", "1 .5", "1s -1s", "+1s +1", "\t5\n", " "]
TIME_SPANS += ["9223372036854775807us 9223372036854775807us", "1" * 5000]
TIME_SPANS += ["9223372036854775807us 9223372036854775807us 1us"]

NUMBERS = _words("""
0 1 5 +5 -5 -0 08 010 0x10 0X10 0x 0b11 0B1 0b 0b2 0o10 0O7 0o8 ++5 5.0 1_0 x 1K
4294967295 4294967296 2147483647 2147483648 -2147483648 -2147483649 \u0663""")
NUMBERS += ["", " 5", "5 ", "+ 5", "\t5", "9" * 5000]

SIGNALS = _words("""
TERM SIGTERM SIGKILL HUP SIGUSR1 SIGSYS IO STKFLT SIGPWR RTMIN SIGRTMIN RTMIN+0 RTMIN+3
SIGRTMIN+30 RTMIN+31 RTMAX SIGRTMAX RTMAX-1 RTMAX-30 RTMAX-31 15 64 65 0 -1 0x9 +5 34 33 term
sigterm SIGPOLL IOT CLD SIGBOGUS RTMIN+ RTMIN-1""")
SIGNALS += ["", " 9", "9 "]

BY_GRAMMAR: dict[str, list[str]] = {
    "action-exit-status": ["", "0", "5", "255", "256", "-1", "0x5", " 5", "x"],
    "boolean": [
        *("1", "yes", "y", "true", "t", "on", "YES", "True"),
        *("0", "no", "n", "false", "f", "off", "Off"),
        *("", " yes", "yes ", "2", "maybe"),
    ],
    "boolean-or-ex-string": ["yes", "no", "1", "OFF", "", "bogus", " yes"],
    "cg-cpu-weight-parse": ["", "1", "100", "10000", "0", "10001", "idle", "Idle", "x", "0x10"],
    "cg-weight-parse": ["", "1", "100", "10000", "0", "10001", "idle", "-1", "x", "010"],
    "cpu-quota": [
        *(
            "",
            " ",
            "20",
            "infinity",
            "0.01%",
            "100%",
            "150%",
            "1000000%",
            "0.00%",
            "-0%",
            "1\u2031",
        ),
        *("21474836%", "21474836.47%", "21474836.48%", "99999999999%", "0\u2031"),
        *(value for value in PERCENTAGES),
    ],
    "exit-status": [
        *(
            "",
            " ",
            "0",
            "5 6",
            "255",
            "256",
            "-1",
            "08",
            "0x5",
            '"5" 6',
            '"5 6"',
            "5,6",
            "5:6",
            "x",
        ),
        *("SIGTERM", "TERM", "5 SIGKILL", "SIGRTMIN+1", "1 TERM x", "9", "64", "SIGBOGUS", "\\5"),
        *("TEMPFAIL", "tempfail", "EX_TEMPFAIL", "EXIT_FAILURE", "DATAERR 250 SIGKILL"),
    ],
    "integer": ["0", "1", "+1", "-0", "", " 1", "1 ", "0x1", "01", "1.0", "x"],
    "ioprio-class": [
        "none",
        "realtime",
        "best-effort",
        "idle",
        "0",
        "3",
        "0x1",
        " 1",
        "-1",
        "",
        "x",
    ],
    "ioprio-priority": ["0", "7", "8", "-1", "0x1", " 1", "", "x"],
    "ip-prefix-list": [
        *("", " ", "any", "localhost", "link-local", "multicast", "ANY", "10.0.0.1", "10.0.0.1/8"),
        *("10.1.2.3/12", "::1", "fe80::1/10", "::ffff:1.2.3.4", "::1.2.3.4", "2001:db8::/32 ::1"),
        *("0.0.0.0/0", "::/0", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::", "10.0.0.0/33", "::/129"),
        *(
            "10.0.0.0/-1",
            "10.0.0.0/+8",
            "10.0.0.0/ 8",
            "10.0.0.0/08",
            "10.0.0.0/010",
            "10.0.0.0/0x8",
        ),
        *("10.0.0.0/", "/8", "10.0.0.0/8/8", "10.0.0", "10", "127.1", "10.0.0.256", "010.0.0.1"),
        *("0x7f.0.0.1", "1.2.3.4/255.0.0.0", "fe80::1%lo", "fe80::1/64%1", "12345::", "::g", "foo"),
        *('"10.0.0.1"', "10.0.0.1 10.0.0.2", "10.0.0.0/8 192.168.0.0/16", "10.0.0.1  ::1"),
        *(" 10.0.0.1 ", "10.0.0.1\t10.0.0.2", "10.0.0.1\n10.0.0.2", "10.0.0.1,10.0.0.2"),
        *(
            "10.0.0.1 foo",
            "any localhost",
            "localhost 10.0.0.0/8",
            "10.0.0.0/8 any",
            " any",
            "any ",
        ),
        *("10.0.0.0/8 loclhost",),
    ],
    "log-facility-unshifted": [
        *("kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron"),
        *("authpriv", "ftp", "local0", "local7", "0", "23", "127", "128", "-1", "0x3", "", "bogus"),
    ],
    "log-level": [
        *("emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"),
        *("0", "7", "8", "-1", "0x7", " 7", "", "error", "warn", "Debug", "kern.debug"),
    ],
    "nice": ["0", "5", "-20", "19", "20", "-21", "+3", "-0x5", "010", " 5", "--5", "", "x"],
    "nsec": ["5ns", "5 us3ns", "1.5us", "0.5ns", "584y", "1min 5ns", "", *TIME_SPANS],
    "octal-mode": [
        *("0", "22", "022", "777", "07777", "7777", "00000000022", "10000", "8", "99", "0o22"),
        *("+22", "-1", " 22", "\t22", "22 ", "", "rwx"),
    ],
    "permyriad": ["", "5", *PERCENTAGES],
    "refused": ["a.service", "5", "/bin/true x", ""],
    "resource-limit": [
        *("", "0", "5", "5:10", "10:5", "5:5", "infinity", "5:infinity", "infinity:5", "5:", ":5"),
        *(
            "1:2:3",
            "5 : 10",
            "5: 10",
            " 5",
            "5 ",
            "x",
            "-1",
            "-0",
            "0x10",
            "010",
            "+5",
            "unlimited",
        ),
        *(
            "18446744073709551614",
            "18446744073709551615",
            "1K",
            "1.5K",
            "1M 1K",
            "1 K:2 K",
            "1M:1K",
        ),
        *("5%", "1k", "5s", "1min:2min", "500ms", "1us", "1ns", "1.5", "+19", "+20", "-20", "-21"),
        *("40", "41", "+5:-5", "+0x5", "-010", "584541y"),
    ],
    "sched-policy": ["other", "batch", "idle", "fifo", "rr", "0", "5", "-1", " 1", "", "x"],
    "signal": SIGNALS,
    "size": SIZES,
    "size-or-percent-or-infinity": ["", " ", "infinity", *SIZES, *PERCENTAGES, *NUMBERS],
    "string-with-ignore": ["", "foo", "-foo", "-", " -x", "--x"],
    "timeout-sec": ["", "5", "10min", "infinity", "x"],
    "timespan": ["", *TIME_SPANS],
    "timespan-or-infinity": ["", *TIME_SPANS],
    "unsigned": NUMBERS,
}
"""Values by grammar. Strings and word lists have theirs by class and by directive."""

BY_CLASS: dict[str, tuple[list[str], list[str]]] = {
    "<ascii>": (["", "a b", "a%\t"], ["\u00e9"]),
    "<boolean>": (["yes", "NO", "1", "off"], ["", "maybe", " yes"]),
    "<empty>": ([""], []),
    "<path>": (["/", "/a", "/a b", "/a/../b", "/a//b/"], ["a", "./a", "-/a", "~", " /a", "%h"]),
    "<normal-path>": (["/", "/a//b/./"], ["a", "/a/..", "/a/../b", " /a"]),
    "<without-parents>": (["", "/a", "a", "./a//b", "a.."], ["..", "/a/../b", "a/.."]),
    "<documentation>": (
        ["man:a(1)", "info:a", "http://a", "https://a/b", "file:/a"],
        ["a", "man:", "http://", "file:a", "HTTP://a", "ftp://a"],
    ),
    "<optional-path>": (["/a", "-/a"], ["a", "-a", "+/a", "%h"]),
    "<marked-path>": (["/a", "-/a", "+/a", "-+/a"], ["a", "-a", "%h", "~/a"]),
    "<relative-path>": (
        ["a", "a/b", "a.b", "privates", "a/private"],
        ["/a", "../a", "a/..", "a/../b", ".", "private", "./private//a"],
    ),
    "<home-or-path>": (
        ["/a", "-/a", "~", "-~", "/a b", "/a/./b//"],
        ["a", "~/a", "-", " /a", "/a/..", "-/a/../b"],
    ),
    "<user>": (
        ["root", "0", "1000", "_x-y.z", "a$", "65534"],
        [
            "-1",
            "65535",
            "4294967295",
            "4294967296",
            "a:b",
            "a/b",
            "..",
            " root",
            "9" * 5000,
            "00",
            "010",
        ],
    ),
    "<slice>": (["a.slice", "a-b.slice", "-.slice"], ["a", "a.service", "a--b.slice", "-a.slice"]),
    "<unit>": (
        ["a.service", "b.target", "foo@bar.service", "-.mount", "a:b_c.d.socket"],
        [
            "foo",
            "/srv",
            "a/b.service",
            "foo.bogus",
            "\u00e9.service",
            "foo@.service",
            ",",
            "a@b.slice",
        ],
    ),
    "<assignment>": (["A=1", "_a1=b=c", "B="], ["=1", "1=2", "A-B=1"]),
    "<variable>": (["A", "_a1"], ["1", "A-B"]),
    "<address-family>": (
        ["AF_UNIX", "AF_INET", "AF_INET6", "AF_NETLINK", "AF_PACKET", "AF_DECnet", "AF_VSOCK"],
        ["AF_BOGUS", "af_unix", "1", "AF_UNIX,AF_INET"],
    ),
    "<file-system>": (["ext4", "tmpfs", "@basic-api", "@known"], ["@bogus", "a b", "a/b"]),
    "<system-call>": (
        ["@system-service", "@mount", "read", "clone3", "mseal", "usr26", "arm_sync_file_range"],
        [
            *("@bogus", "read write", "read:", "read:4096", "re-ad", "read:x", "raed", "mkdri"),
            *("Read", "83", "read:EBOGUS", "read:4095", "read:eperm", "mkdri:EPERM"),
        ],
    ),
    "<plain-system-call>": (["@system-service", "read", "clone3"], ["@bogus", "raed", "83"]),
    "<interface>": (["lo", "eth0", "br-1.2"], ["a/b", "a:b", "..", "12"]),
    "<bus-name>": (["a.b", "org.example.A_b-c1"], ["a", "a..b", "a.1b", "a.b/c", ".a"]),
    "<namespace>": (["foo", "foo-bar"], ["a/b", "x" * 201, "a%b", "a\\x20b"]),
    "<unit-action>": (["none", "reboot", "exit-force", "poweroff"], ["", "rebot", "Reboot"]),
    "<job-mode>": (["fail", "replace", "isolate", "flush"], ["", "bogus"]),
    "<controller>": (["cpu", "memory", "pids", "bpf-firewall"], ["bogus", "CPU"]),
    "<architecture>": (["x86-64", "arm64", "s390x"], ["x86_64", "bogus"]),
}
"""Words of each class of text: such as are in it, and such as are not."""

BY_DIRECTIVE: dict[str, list[str]] = {
    "Environment": [
        *("A=1 B=2", '"A=1 2" B=3', "A='x y'", "A=\\x41", "A=\\101", "A=\\u00e9", "A=\\U0001F600"),
        *("A=\\s", "A=\\a\\b\\f\\n\\r\\t\\v\\\\", "A=\\'", 'A=\\"', "A=\\q", "A=\\x00", "A=\\000"),
        *("A=\\ufdd0", "A=\\uffff", "A=\\U0010fffe"),
        *("A=\\1", "A=\\400", "A=\\x4", "A=\\xff", "A=\\xe9", "A=\\xc3\\xa9", "A=\\ud800", "A=\\e"),
        *("A=\\U00110000", "A=\\u0000", "A=\\ b", "A=\\", '"A=$B %h;#"', "A=\u00e9", "'A=\\tb'"),
    ],
    "ReadOnlyPaths": [
        *("/a\\ b", "/a\\x20b", "/a\\n", "/a'b'c", '/a"b c"d', "'/a\\'b'", "/a\\\\b", "/a;/b,/c#"),
        *("/a\v/b", '/a"b', "/a\\\n/b", "/\\u00e9", "/\u00e9\U0001f600", "/a%h"),
    ],
    "RestrictAddressFamilies": [
        *("none", "~AF_INET AF_INET6", "~", "~ ", "~ AF_INET", "AF_UNIX AF_UNIX", '~"AF_UNIX"'),
        *("~none", "AF_UNIX none", "none AF_UNIX", "~~AF_UNIX", "AF_UNIX ~AF_INET"),
        *('"AF_UNIX AF_INET"', "AF_\\UNIX"),
    ],
    "SystemCallFilter": [
        *("~@mount @swap", "~read:EPERM", "~read:5 write:kill", "~", "read write", "~mkdir:0"),
        *(
            "~@mount:ENOTSUP",
            "~a_b",
            "~mkdri",
            "~mkdir:EBOGUS",
            "~mkdir:4094",
            "~mkdir:4095",
            "~mkdir:005",
        ),
        *("~mkdir:EHWPOISON", "~mkdir:EWOULDBLOCK", "~mkdir:EDEADLOCK"),
    ],
    "SystemCallLog": ["read:EPERM", "~read:5"],
    "CPUSchedulingPriority": ["99", "100", "-1", "0x5"],
    "OOMScoreAdjust": ["-1000", "1000", "1001", "-1001", "2147483648"],
    "CPUSchedulingPolicy": ["4", "99999"],
    "IOSchedulingClass": ["4", "8"],
    "After": ["a\\\\x20b.service"],
    "Description": ["", "a b", "a\nb", "\u00e9 \U0001f600", "  x  ", '"x" \\'],
    "SELinuxContext": ["", "a:b:c", "-a:b:c"],
    "PrivateTmp": ["disconnected"],
    "ProtectControlGroups": ["private", "strict"],
    "PrivateUsers": ["self", "identity"],
    "SuccessExitStatus": list(EXIT_STATUSES),
}
"""Further values of single directives."""

NOTHING = ("0", "0%")
NO_TASKS = (*NOTHING, "-0")
AT_ONCE = ("0", "0s", "0.0000001", "0.1us")
"""Values of limits and timeouts that leave nothing."""

MANUAL_LISTS = "the manual lists what is allowed; the manager would refuse or ignore this"

STRICTER: dict[str, str] = {
    **dict.fromkeys(
        (
            f"SystemCallFilter={value}"
            for value in ("read:5", "read:EPERM", "read:kill", "@system-service mkdir:EPERM")
        ),
        "every manager refuses an action in a list of allowed calls",
    ),
    **dict.fromkeys(
        (f"SystemCallFilter={value}" for value in ("~a_b", "~mkdri")),
        "the manager would log the unknown name and filter nothing",
    ),
    "SystemCallFilter=~mkdir:EBOGUS": "every manager refuses an error that does not exist",
    "SystemCallFilter=~mkdir:4095": "the manager takes the number, and fails to set the filter up",
    **dict.fromkeys(
        (
            *(f"Memory{kind}={value}" for kind in ("High", "Max", "Limit") for value in NOTHING),
            *(f"TasksMax={value}" for value in (*NO_TASKS, "100%", "100.00%")),
        ),
        "every manager refuses this value",
    ),
    **dict.fromkeys(
        (
            f"{name}={value}"
            for name in ("TimeoutStartSec", "TimeoutStopSec", "service:TimeoutSec")
            for value in AT_ONCE
        ),
        "over D-Bus 0 means at once, in a unit file infinity",
    ),
    **dict.fromkeys(
        (f"RuntimeMaxSec={value}" for value in AT_ONCE),
        "every manager ends the service as soon as it has started; infinity is for no limit",
    ),
    **dict.fromkeys(
        (
            f"RestrictAddressFamilies={value}"
            for value in (
                *("~none", "AF_UNIX none", "none AF_UNIX", "~~AF_UNIX", "AF_UNIX ~AF_INET"),
                '"AF_UNIX AF_INET"',
            )
        ),
        MANUAL_LISTS,
    ),
    **dict.fromkeys(("CPUSchedulingPriority=100", "CPUSchedulingPriority=-1"), MANUAL_LISTS),
    **dict.fromkeys(("OOMScoreAdjust=1001", "OOMScoreAdjust=-1001"), MANUAL_LISTS),
    **dict.fromkeys(("CPUSchedulingPolicy=99999", "CPUSchedulingPolicy=4"), MANUAL_LISTS),
    **dict.fromkeys(("IOSchedulingClass=4", "IOSchedulingClass=8"), MANUAL_LISTS),
    "ReadOnlyPaths=''": MANUAL_LISTS,
}
"""Assignments that systemd-run 252 passes on and runwrap refuses, with the reason."""

_UNIT_FILE_SYNTAX = (
    "systemd.resource-control(5): a list separated by spaces, in which keywords may stand; "
    "systemd-run takes a keyword only alone"
)
MORE_GENEROUS: dict[str, str] = {
    **{
        f"{name}={value}": _UNIT_FILE_SYNTAX
        for name in ("IPAddressAllow", "IPAddressDeny")
        for value in (*("any localhost", "localhost 10.0.0.0/8", "10.0.0.0/8 any", " any", "any "),)
    },
    **dict.fromkeys(
        ("RestrictAddressFamilies=", "RestrictAddressFamilies= "),
        "systemd-run sends what the manager takes for none; systemd.exec(5) says a reset",
    ),
    "RestrictAddressFamilies=none": "the manager refuses the word that systemd-run sends",
    **dict.fromkeys(
        ("Environment=A=1 B=2 A=3", "PassEnvironment=A B A", "UnsetEnvironment=A B=c A"),
        "the manager refuses a list that has a variable twice",
    ),
    **dict.fromkeys(
        ("SuccessExitStatus=KSM", "SuccessExitStatus=MEMORY_THP"),
        "a name that came after systemd-run 252; the number is for every manager",
    ),
    **dict.fromkeys(
        (
            *("PrivateTmp=disconnected", "ProtectControlGroups=private"),
            *("ProtectControlGroups=strict", "PrivateUsers=self", "PrivateUsers=identity"),
        ),
        "a form that came after systemd-run 252",
    ),
}
"""Assignments for which runwrap sends what systemd-run 252 does not, with the reason."""
