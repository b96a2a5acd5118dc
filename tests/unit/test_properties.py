from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from runwrap.errors import Fault, PropertyError, UsageError
from runwrap.properties import directives, encode, find
from runwrap.properties.faults import closest
from runwrap.properties.grammars import GRAMMARS
from runwrap.properties.scalars import INFINITY
from runwrap.properties.system_calls import SYSTEM_CALLS
from runwrap.units import Property

if TYPE_CHECKING:
    from runwrap.units import UnitType

ANY = [(2, bytes(4), 0), (10, bytes(16), 0)]
LOCALHOST = [(2, b"\x7f\0\0\0", 8), (10, bytes(15) + b"\x01", 128)]


@pytest.mark.parametrize(
    ("assignment", "expected"),
    [
        ("IPAccounting=yes", [("IPAccounting", "b", True)]),
        ("CPUAccounting=off", []),
        ("TasksAccounting=off", [("TasksAccounting", "b", False)]),
        ("ProtectSystem=strict", [("ProtectSystem", "s", "strict")]),
        ("ProtectSystem=TRUE", [("ProtectSystem", "s", "TRUE")]),
        ("UMask=0027", [("UMask", "u", 0o27)]),
        ("MemoryMax=1.5G", [("MemoryMax", "t", 3 << 29)]),
        ("MemoryMax=50%", [("MemoryMaxScale", "u", 2**31)]),
        ("MemoryMax=infinity", [("MemoryMax", "t", INFINITY)]),
        ("MemoryMax=", [("MemoryMax", "t", INFINITY)]),
        ("MemoryMin=", [("MemoryMin", "t", 0)]),
        ("TasksMax=12", [("TasksMax", "t", 12)]),
        ("CPUQuota=20%", [("CPUQuotaPerSecUSec", "t", 200_000)]),
        ("CPUWeight=idle", [("CPUWeight", "t", 0)]),
        ("RuntimeMaxSec=1min 5ms", [("RuntimeMaxUSec", "t", 60_005_000)]),
        (
            "TimeoutSec=2",
            [("TimeoutStartUSec", "t", 2_000_000), ("TimeoutStopUSec", "t", 2_000_000)],
        ),
        ("TimerSlackNSec=5us 3ns", [("TimerSlackNSec", "t", 5_003)]),
        ("LimitNOFILE=4:8", [("LimitNOFILE", "t", 8), ("LimitNOFILESoft", "t", 4)]),
        ("LimitNICE=-5", [("LimitNICE", "t", 25), ("LimitNICESoft", "t", 25)]),
        ("KillSignal=SIGUSR1", [("KillSignal", "i", 10)]),
        ("SuccessExitStatus=3 TEMPFAIL TERM", [("SuccessExitStatus", "(aiai)", ([3, 75], [15]))]),
        ("ReadOnlyPaths='/a b' -/c", [("ReadOnlyPaths", "as", ["/a b", "-/c"])]),
        ("ReadOnlyPaths=", [("ReadOnlyPaths", "as", [])]),
        (r"Environment=A=\x41 'B=1 2'", [("Environment", "as", ["A=A", "B=1 2"])]),
        ("Environment=A=1 B=2 A=3", [("Environment", "as", ["A=3", "B=2"])]),
        ("After=a.service b.target", [("After", "as", ["a.service", "b.target"])]),
        ("IPAddressDeny=any", [("IPAddressDeny", "a(iayu)", ANY)]),
        ("IPAddressDeny=", [("IPAddressDeny", "a(iayu)", [])]),
        (
            "IPAddressAllow=localhost  10.1.2.3/8 ::1",
            [
                (
                    "IPAddressAllow",
                    "a(iayu)",
                    [*LOCALHOST, (2, b"\x0a\x01\x02\x03", 8), (10, bytes(15) + b"\x01", 128)],
                )
            ],
        ),
        (
            "RestrictAddressFamilies=AF_UNIX AF_INET",
            [("RestrictAddressFamilies", "(bas)", (True, ["AF_UNIX", "AF_INET"]))],
        ),
        (
            "RestrictAddressFamilies=~AF_PACKET",
            [("RestrictAddressFamilies", "(bas)", (False, ["AF_PACKET"]))],
        ),
        ("RestrictAddressFamilies=none", [("RestrictAddressFamilies", "(bas)", (True, []))]),
        ("RestrictAddressFamilies=", [("RestrictAddressFamilies", "(bas)", (False, []))]),
        ("PrivateTmp=yes", [("PrivateTmp", "b", True)]),
        ("PrivateTmp=disconnected", [("PrivateTmpEx", "s", "disconnected")]),
        ("AppArmorProfile=-x", [("AppArmorProfile", "(bs)", (True, "x"))]),
        (
            "StateDirectory=./a b//c/ ./d:e//f/.",
            [
                ("StateDirectory", "as", ["a", "b/c"]),
                ("StateDirectorySymlink", "a(sst)", [("d", "e/f", 0)]),
            ],
        ),
        ("RuntimeDirectory=a/./b", [("RuntimeDirectory", "as", ["a/b"])]),
        ("ConfigurationDirectory=./a//b/", [("ConfigurationDirectory", "as", ["a/b"])]),
        (
            "SuccessExitStatus=EXCEPTION KSM MEMORY_THP",
            [("SuccessExitStatus", "(aiai)", ([255, 245, 246], []))],
        ),
        ("MemorySwapMax=0", [("MemorySwapMax", "t", 0)]),
        ("MemoryMin=0", [("MemoryMin", "t", 0)]),
        ("TasksMax=99.99%", [("TasksMaxScale", "u", 4294537798)]),
        ("TimeoutStartSec=1us", [("TimeoutStartUSec", "t", 1)]),
        ("TimeoutAbortSec=0", [("TimeoutAbortUSec", "t", 0)]),
        ("WorkingDirectory=/a/./b..c", [("WorkingDirectory", "s", "/a/./b..c")]),
        ("ReadOnlyPaths=/a/../b", [("ReadOnlyPaths", "as", ["/a/../b"])]),
        ("Documentation=man:a(1)", [("Documentation", "as", ["man:a(1)"])]),
        (
            "SystemCallFilter=~read:5 write:EWOULDBLOCK mkdir:kill",
            [("SystemCallFilter", "(bas)", (False, ["read:5", "write:EWOULDBLOCK", "mkdir:kill"]))],
        ),
        (
            "StateDirectory=a b:c",
            [("StateDirectory", "as", ["a"]), ("StateDirectorySymlink", "a(sst)", [("b", "c", 0)])],
        ),
    ],
)
def test_value(assignment: str, expected: list[tuple[str, str, object]]) -> None:
    assert encode("service", [assignment]) == [Property(*each) for each in expected]


@pytest.mark.parametrize(
    ("assignment", "line"),
    [
        ("Nonsense", 'Nonsense: has no "="; expected NAME=VALUE'),
        ("=1", "=1: has no name; expected NAME=VALUE"),
        ("Nonsense=1", "Nonsense=1: unknown directive"),
        ("ProtectSytem=1", "ProtectSytem=1: unknown directive (did you mean ProtectSystem=?)"),
        ("ipaccounting=1", "ipaccounting=1: unknown directive (did you mean IPAccounting=?)"),
        (
            "OnCalendar=daily",
            "OnCalendar=daily: OnCalendar= is a setting of timer units, not of service units",
        ),
        (
            "Where=/a",
            "Where=/a: Where= is a setting of mount and automount units, not of service units",
        ),
        (
            "ProtectSystem=stict",
            'ProtectSystem=stict: "stict" is not allowed; expected a boolean, full or strict '
            "(did you mean strict?)",
        ),
        (
            "KillMode=",
            "KillMode=: the value is empty; expected control-group, mixed, process or none",
        ),
        (
            "IPAccounting=maybe",
            'IPAccounting=maybe: "maybe" is not a boolean; '
            "expected yes or no (1, y, true, t, on; 0, n, false, f, off)",
        ),
        (
            "MemoryMax=1k",
            'MemoryMax=1k: "1k" is not a size; expected bytes, with K, M, G, T, P or E for powers '
            "of 1024; or a percentage, or infinity (did you mean 1K?)",
        ),
        (
            "CPUQuota=20",
            'CPUQuota=20: "20" is not a percentage; '
            "expected a percentage of one CPU, such as 20% or 150% (did you mean 20%?)",
        ),
        (
            "IPAddressDeny=10.0.0.0/33",
            'IPAddressDeny=10.0.0.0/33: "10.0.0.0/33" has a wrong prefix length; '
            "expected a length from 0 to 32",
        ),
        (
            "IPAddressDeny=any loclhost",
            'IPAddressDeny=any >>loclhost<<: "loclhost" is not an IP address or prefix; expected '
            "addresses such as 10.0.0.0/8 or ::1, any, localhost, link-local or multicast "
            "(did you mean localhost?)",
        ),
        (
            "RestrictAddressFamilies=AF_UNIX none",
            'RestrictAddressFamilies=AF_UNIX >>none<<: "none" stands with something else; '
            "expected none alone, or address families",
        ),
        (
            "RestrictAddressFamilies=~none",
            'RestrictAddressFamilies=~>>none<<: "none" cannot be denied; '
            'expected none without "~", or address families',
        ),
        (
            'After="" a.service',
            'After="" a.service: has an empty word; '
            "expected a full unit name, such as network.target",
        ),
        (
            "User=a:b",
            'User=a:b: "a:b" is not allowed; '
            "expected a user or group name, or a number; or empty to reset",
        ),
        (
            "SystemCallLog=~read:5",
            'SystemCallLog=~>>read:5<<: "read:5" says what happens to a call that is denied, and '
            "these are only logged; expected names alone (did you mean read?)",
        ),
        (
            "SystemCallLog=mkdri",
            'SystemCallLog=mkdri: "mkdri" is not allowed; expected a system call, or a set of '
            "them such as @system-service (did you mean mkdir?)",
        ),
        (
            "SystemCallFilter=~@debug:EPREM",
            'SystemCallFilter=~@debug:>>EPREM<<: "EPREM" is not an error; expected an errno name, '
            "a number from 0 to 4094, or kill (did you mean EPERM?)",
        ),
        (
            "SystemCallFilter=~read:",
            'SystemCallFilter=~>>read:<<: "read:" has no error after the colon; expected an errno '
            "name, a number from 0 to 4094, or kill",
        ),
        (
            "SystemCallFilter=read,write",
            'SystemCallFilter=read,write: "read,write" has a comma; '
            "expected words separated by white space (did you mean read write?)",
        ),
        (
            "RuntimeMaxSec=5 minuts",
            'RuntimeMaxSec=5 >>minuts<<: "minuts" is not a unit of time; '
            "expected a unit such as ms, s, min, h, d or w (did you mean minutes?)",
        ),
        (
            "LimitNICE=unlimited",
            'LimitNICE=unlimited: "unlimited" is not a number; expected a signed nice level from '
            "-20 to +19, or a number from 0 to 40",
        ),
        (
            "ReadOnlyPaths=a",
            'ReadOnlyPaths=a: "a" is not allowed; '
            'expected an absolute path, with or without "-", "+" or "-+" before it',
        ),
        (
            'ReadOnlyPaths="/a',
            'ReadOnlyPaths="/a: the quote " is not closed; expected a closing quote',
        ),
        ("Nice=", "Nice=: the value is empty; expected a nice level from -20 to 19"),
        (
            "LimitNOFILE=",
            "LimitNOFILE=: the value is empty; expected a number from 0 to 18446744073709551614; "
            "or infinity",
        ),
        (
            "LimitCPU=x",
            'LimitCPU=x: "x" is not a time span; expected a time span such as 5, 20s, "5min 20s" '
            "or infinity",
        ),
        (
            "LimitNOFILE=10:20:30",
            'LimitNOFILE=10:20:30: "10:20:30" is not a limit, or two of them; '
            "expected one limit, or SOFT:HARD",
        ),
        (
            "IPAddressAllow=10.0.0.0/8,::1",
            'IPAddressAllow=10.0.0.0/8,::1: "10.0.0.0/8,::1" has a comma; expected addresses and '
            "prefixes separated by white space (did you mean 10.0.0.0/8 ::1?)",
        ),
        (
            "Environment=1A=b",
            'Environment=1A=b: "1A=b" is not allowed; expected NAME=VALUE, with letters, digits '
            "and _ in NAME, not beginning with a digit",
        ),
        (
            "Environment=A=b C",
            'Environment=A=b >>C<<: "C" has no "="; expected NAME=VALUE, in quotes where white '
            'space is part of the value (did you mean "A=b C"?)',
        ),
        (
            "RestrictAddressFamilies=AF_MAX",
            'RestrictAddressFamilies=AF_MAX: "AF_MAX" is not allowed; expected AF_UNIX, AF_INET, '
            "AF_INET6, AF_NETLINK, AF_PACKET, AF_LOCAL, AF_FILE, AF_ALG, AF_APPLETALK, AF_ASH, "
            "AF_ATMPVC, AF_ATMSVC, AF_AX25, AF_BLUETOOTH, AF_BRIDGE, AF_CAIF, AF_CAN, AF_DECnet, "
            "AF_ECONET, AF_IB or another of its kind",
        ),
        ("Capabilities=x", "Capabilities=x: unknown directive"),
        (
            "BindPath=/a",
            "BindPath=/a: unknown directive (did you mean BindPaths=?)",
        ),
        ("MemoryMax=0", 'MemoryMax=0: "0" is too small; expected a limit above 0'),
        ("MemoryHigh=0%", 'MemoryHigh=0%: "0%" is too small; expected a limit above 0'),
        ("TasksMax=0", 'TasksMax=0: "0" is too small; expected a limit above 0'),
        (
            "TasksMax=100%",
            'TasksMax=100%: "100%" is too large; expected below 100% (did you mean infinity?)',
        ),
        *(
            (f"{name}=0", f'{name}=0: 0 would mean "at once" here (did you mean infinity?)')
            for name in ("TimeoutStartSec", "TimeoutStopSec", "TimeoutSec", "RuntimeMaxSec")
        ),
        *(
            (
                f"{name}=/a/../b",
                f'{name}=/a/../b: "/a/../b" is not allowed; expected an absolute path without ".." '
                "or empty to reset",
            )
            for name in ("RootDirectory", "RootImage")
        ),
        (
            "WorkingDirectory=-/a/..",
            'WorkingDirectory=-/a/..: "-/a/.." is not allowed; expected an absolute path without '
            '".." ("~" is the home directory), with or without "-" before it; or empty to reset',
        ),
        *(
            (
                f"{name}=/a/../b",
                f'{name}=/a/../b: "/a/../b" is not allowed; expected an absolute path without ".."',
            )
            for name in ("RequiresMountsFor", "WantsMountsFor")
        ),
        ("PIDFile=../a", 'PIDFile=../a: "../a" is not allowed; expected a path without ".."'),
        (
            "Documentation=foo",
            'Documentation=foo: "foo" is not allowed; expected a URI that begins with http://, '
            "https://, file:/, info: or man:",
        ),
        (
            "StateDirectory=private/a",
            'StateDirectory=private/a: "private/a" is not allowed; expected a relative path '
            'without "..", not "private"',
        ),
        (
            "SystemCallFilter=read:5",
            'SystemCallFilter=read:5: "read:5" says what happens to a call that is denied, in a '
            'list of those that are allowed; expected "~" before the first word, or names alone',
        ),
        (
            "SystemCallFilter=~mkdri:EPERM",
            'SystemCallFilter=~>>mkdri:EPERM<<: "mkdri:EPERM" is not allowed; expected a system '
            "call, or a set of them such as @system-service; with :EPERM or :kill after it "
            "(did you mean mkdir:EPERM?)",
        ),
        ("Nice=20", 'Nice=20: "20" is out of range; expected a nice level from -20 to 19'),
        (
            "LimitNOFILE=8:4",
            'LimitNOFILE=8:4: the soft limit "8" is above the hard limit "4"; expected SOFT:HARD',
        ),
        (
            "After=foo",
            'After=foo: "foo" is not allowed; expected a full unit name, such as network.target '
            "(did you mean foo.service?)",
        ),
        (
            "Slice=foo",
            'Slice=foo: "foo" is not allowed; expected the name of a slice, '
            "such as background.slice (did you mean foo.slice?)",
        ),
        (
            "Environment=A=\\q",
            'Environment=A=\\q: "\\q" is not an escape sequence; '
            "expected one such as \\n, \\x41, \\s or \\\\",
        ),
    ],
)
def test_error_line(assignment: str, line: str) -> None:
    with pytest.raises(PropertyError) as caught:
        encode("service", [assignment])
    assert str(caught.value) == line


@pytest.mark.parametrize(
    ("assignment", "suggestion"),
    [
        ("IPAccounting", "IPAccounting=..."),
        ("KillSignal=sigterm", "SIGTERM"),
        ("RestrictAddressFamilies=AF_INTE", "AF_INET"),
        ("RestrictAddressFamilies=af_unix", "AF_UNIX"),
        ("RestrictAddressFamilies=inet", "AF_INET"),
        ("RestrictAddressFamilies=AF_INET,AF_INET6", "AF_INET AF_INET6"),
        ("SystemCallFilter=@system_service", "@system-service"),
        ("SystemCallFilter=system-service", "@system-service"),
        ("RestrictFileSystems=basic-api", "@basic-api"),
        ("SystemCallArchitectures=amd64", "x86-64"),
        ("DisableControllers=cpu,io", "cpu io"),
        ("PassEnvironment=A,B", "A B"),
        ("RuntimeMaxSec=5 mins", "min"),
        ("RuntimeMaxSec=5 Sec", "sec"),
        ("RuntimeMaxSec=infinty", "infinity"),
        ("RuntimeMaxSec=-1", "infinity"),
        ("LimitNOFILE=4:none", "infinity"),
        ("TasksMax=none", "infinity"),
        ("SuccessExitStatus=EX_TEMPFAIL", "TEMPFAIL"),
        ("LimitNOFILE=unlimited", "infinity"),
        ("MemoryMax=max", "infinity"),
        ("MemoryMax=4GiB", "4G"),
        ("Restart=on-falure", "on-failure"),
        ("KeyringMode=Private", "private"),
        ("SyslogLevel=warn", "warning"),
    ],
)
def test_suggestion(assignment: str, suggestion: str) -> None:
    with pytest.raises(PropertyError) as caught:
        encode("service", [assignment])
    assert caught.value.faults[0].suggestion == suggestion


@pytest.mark.parametrize(
    ("assignment", "version", "line"),
    [
        (
            "MemoryZSwapMax=1G",
            252,
            "MemoryZSwapMax=1G: MemoryZSwapMax= came with systemd 253, and the service manager is "
            "systemd 252",
        ),
        (
            "PrivateTmp=disconnected",
            256,
            'PrivateTmp=disconnected: "disconnected" came with systemd 257, and the service '
            "manager is systemd 256",
        ),
        (
            "RestartMode=debug",
            254,
            'RestartMode=debug: "debug" came with systemd 257, and the service manager is '
            "systemd 254",
        ),
    ],
)
def test_what_the_manager_is_too_old_for(assignment: str, version: int, line: str) -> None:
    assert encode("service", [assignment])
    with pytest.raises(PropertyError) as caught:
        encode("service", [assignment], version=version)
    assert str(caught.value) == line


def test_what_later_managers_have_dropped() -> None:
    said: list[str] = []
    assert encode("service", ["CPUAccounting=yes"], version=257, warn=said.append) == [
        Property("CPUAccounting", "b", True)
    ]
    assert encode("service", ["CPUAccounting=yes"], version=258, warn=said.append) == []
    # It is always on since, so that there is nothing to be said.
    assert said == []
    assert encode("service", ["MemoryLimit=1M"], version=257, warn=said.append) == [
        Property("MemoryLimit", "t", 1 << 20)
    ]
    assert encode("service", ["MemoryLimit=1M"], version=258, warn=said.append) == []
    assert said == [
        "MemoryLimit= is deprecated; its successor is MemoryMax=",
        "MemoryLimit= is ignored by systemd 258 and later; its successor is MemoryMax=",
    ]


def test_white_space_around_the_equals_sign_is_that_of_unit_files() -> None:
    assert encode("service", ["MemoryMax = 1K", "Description= x"]) == [
        Property("MemoryMax", "t", 1024),
        Property("Description", "s", " x"),
    ]


def test_unit_types_that_cannot_be_transient() -> None:
    with pytest.raises(UsageError, match='"mount" units cannot be transient; expected service'):
        encode("mount", [])


@pytest.mark.parametrize(
    ("value", "part", "marked"),
    [
        ("a b c", "b", "a >>b<< c"),
        ("b", "b", "b"),
        ("b a b", "b", "b a b"),
        ("a", "", "a"),
        ("a", "x", "a"),
    ],
)
def test_faulty_part_is_marked(value: str, part: str, marked: str) -> None:
    assert str(Fault(f"X={value}", "bad", part=part)) == f"X={marked}: bad"


def test_all_faults_are_told_in_order() -> None:
    with pytest.raises(PropertyError) as caught:
        encode("service", ["Nonsense=1", "IPAccounting=yes", "Nice=x", "UMask=9"])
    assert [fault.assignment for fault in caught.value.faults] == [
        "Nonsense=1",
        "Nice=x",
        "UMask=9",
    ]
    assert len(caught.value.hints) == 2


def test_order_is_kept() -> None:
    sent = encode("service", ["IPAddressDeny=any", "Nice=1", "IPAddressDeny=", "Nice=2"])
    assert [(each.name, each.value) for each in sent] == [
        ("IPAddressDeny", ANY),
        ("Nice", 1),
        ("IPAddressDeny", []),
        ("Nice", 2),
    ]


@pytest.mark.parametrize(
    ("text", "shown"), [("caf\udce9", r"caf\xe9"), ("\udc80", r"\x80"), ("\0", r"\x00")]
)
def test_bytes_are_shown_as_bytes(text: str, shown: str) -> None:
    with pytest.raises(PropertyError) as caught:
        encode("service", [f"Description={text}"])
    assert str(caught.value).startswith(f"Description={shown}: cannot be sent")


def test_every_system_call_of_the_installed_systemd_is_known() -> None:
    done = subprocess.run(
        ["systemd-analyze", "--no-pager", "syscall-filter", "@known"],
        capture_output=True,
        text=True,
        check=True,
    )
    names = {line.strip() for line in done.stdout.splitlines() if line.startswith("    ")}
    names = {name for name in names if not name.startswith(("#", "@"))}
    assert len(names) > 500
    assert names - SYSTEM_CALLS == set()


@pytest.mark.parametrize("unit_type", ["service", "scope"])
@pytest.mark.parametrize("name", ["RuntimeMaxSec", "TimeoutStopSec"])
def test_zero_is_refused_for_scopes_too(name: str, unit_type: UnitType) -> None:
    with pytest.raises(PropertyError, match="at once"):
        encode(unit_type, [f"{name}=0ms"])


@pytest.mark.parametrize("text", ["Description=a\0b", "Description=\udcff", "\0=1"])
def test_what_dbus_cannot_carry_is_refused_on_one_printable_line(text: str) -> None:
    with pytest.raises(PropertyError) as caught:
        encode("service", [text])
    assert str(caught.value).isprintable()


def test_line_breaks_do_not_break_the_line() -> None:
    with pytest.raises(PropertyError) as caught:
        encode("service", ["IPAccounting=a\nb"])
    assert str(caught.value).startswith('IPAccounting=a\\nb: "a\\nb" is not a boolean')


@pytest.mark.parametrize(
    ("name", "unit_type", "group"),
    [
        ("User", "service", "execute"),
        ("User", "scope", "scope"),
        ("MemoryMax", "scope", "cgroup"),
        ("ProtectSystem", "scope", None),
        ("OnCalendar", "timer", "timer"),
        ("MemoryMax", "timer", None),
        ("Description", "path", "unit"),
        ("TimeoutSec", "socket", "socket"),
    ],
)
def test_find(name: str, unit_type: UnitType, group: str | None) -> None:
    row = find(name, unit_type)
    assert (row.group if row else None) == group


def test_other_unit_types() -> None:
    assert encode("timer", ["AccuracySec=1ms"]) == [Property("AccuracyUSec", "t", 1_000)]
    with pytest.raises(
        PropertyError, match="is a setting of service, socket, mount and swap units"
    ):
        encode("scope", ["ProtectSystem=yes"])


def test_a_unit_type_has_a_name_only_once() -> None:
    names = [(row.name, unit_type) for row in directives() for unit_type in row.unit_types]
    assert len(names) == len(set(names))


CHECKOUT = Path(__file__).parents[2]
OBSERVED = Path(__file__).parents[1] / "wire/directives.tsv"
"""What the systemd-run of systemd 262 takes, and the properties that were seen for it."""

SINCE_EARLIER = {
    # The manuals of services name the version of another unit type, or of a new value.
    *(("scope", "OOMPolicy"), ("service", "OOMPolicy"), ("service", "Type")),
    # They had been there before, under no heading of their own.
    *(("socket", "TriggerLimitBurst"), ("socket", "TriggerLimitIntervalSec")),
    *(("socket", "Broadcast"), ("socket", "Priority")),
}
"""Directives that are older than the manual pages say, or than systemd-run 252 was seen to be."""

NOT_TAKEN = {
    # Sent beside other settings of a timer, since a timer needs them.
    *("timer RemainAfterElapse:b", "timer TimersMonotonic:a(st)"),
    # What every manager has is SmackLabelIPin.
    "socket SmackLabelIPIn:s",
}
"""Properties that were seen, and that runwrap has a reason not to send."""


def test_table() -> None:
    rows = {(row.group, row.name): row for row in directives()}
    assert len(rows) == len(directives())
    for row in rows.values():
        assert row.name.isalnum()
        assert all(form.name.isalnum() and form.signature for form in row.wire)
        assert row.grammar in GRAMMARS or not row.unit_types
        assert row.wire or not row.unit_types or row.grammar == "refused"


def test_table_has_all_that_was_observed() -> None:
    rows = {(row.group, row.name): row for row in directives()}
    lines = [line for line in OBSERVED.read_text().splitlines() if not line.startswith("#")]
    assert len(lines) == 1 + 541
    for line in lines[1:]:
        group, name, _, wire, since = line.split("\t")
        row = rows[group, name]
        if since and (group, name) not in SINCE_EARLIER:
            assert row.since == int(since), line
        forms = {(form.name, form.signature) for form in row.wire}
        for seen in filter(None, wire.split("; ")):
            dbus_name, _, signature = seen.partition(":")
            refused = row.grammar == "refused" or f"{group} {seen}" in NOT_TAKEN
            assert refused or (dbus_name, signature) in forms, line


@pytest.mark.parametrize("name", sorted(GRAMMARS))
def test_grammars_are_functions_of_their_kind(name: str) -> None:
    """They are named by texts, which no type checker reads."""
    for named, second in (
        (GRAMMARS[name].reader, {"text": "str"}),
        (GRAMMARS[name].writer, {"given": "Property"}),
    ):
        module, _, function = named.partition(".")
        found = getattr(import_module(f"runwrap.properties.{module}"), function)
        hints = {key.lstrip("_"): value for key, value in found.__annotations__.items()}
        result = "list[Property]" if "text" in second else "list[str]"
        assert hints == {"directive": "Directive", **second, "return": result}, named


def test_import_is_lean() -> None:
    """Modules that only some values or a refusal need are not imported beforehand."""
    code = (
        "import sys; before = set(sys.modules); import runwrap.properties as language; "
        "language.encode('service', ['MemoryMax=1G']); "
        "print(' '.join(set(sys.modules) - before))"
    )
    argv = [sys.executable, "-S", "-c", code]
    done = subprocess.run(argv, capture_output=True, text=True, check=True, cwd=CHECKOUT)
    loaded = set(done.stdout.split())
    assert {"runwrap.properties.table", "runwrap.properties.scalars"} <= loaded
    assert not loaded & {f"runwrap.properties.{name}" for name in ("system_calls", "sockets")}
    # Anything else would take longer than what is needed of it.
    others = {name for name in loaded if name.partition(".")[0] != "runwrap"}
    assert others == {"__future__"}


@pytest.mark.parametrize(
    ("word", "candidates", "meant"),
    [
        ("opne", ["open", "openat"], "open"),
        ("tpc", ["tcp", "udp"], "tcp"),
        ("pct", ["tcp"], ""),
        ("on", ["no"], ""),
    ],
)
def test_two_letters_swapped(word: str, candidates: list[str], meant: str) -> None:
    assert closest(word, candidates) == meant
