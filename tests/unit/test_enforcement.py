"""What is examined, and how evidence is read; that it is so for real is shown in tests/system."""

from __future__ import annotations

import os
import socket
import struct
import subprocess
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from runwrap.errors import EnforcementError
from runwrap.model import Counters, RunResult, State, Timestamps, Verdict
from runwrap.properties import encode
from runwrap.properties.table import directives
from runwrap.sandbox import (
    check_access,
    check_cgroup,
    check_filters,
    check_mounts,
    check_nothing,
    check_process,
    check_several,
)
from runwrap.sandbox.access_lists import AccessList, name_servers, notes, slices_above
from runwrap.sandbox.checks import CHECKS, IMPLIED
from runwrap.sandbox.enforcement import examine, known_before, restrictions, sees
from runwrap.sandbox.evidence import CannotTellError, Evidence, Keyring, Place, _resolved
from runwrap.sandbox.filters import CALLS, Filters
from runwrap.sandbox.hold import held, is_simple, waiting_command
from runwrap.sandbox.mounts import below, covering, parse
from runwrap.units import Property

if TYPE_CHECKING:
    from collections.abc import Iterable

_NOT_RESTRICTING = """
Slice ManagedOOMSwap ManagedOOMMemoryPressure ManagedOOMPreference OOMRules MemoryPressureWatch
CPUPressureWatch IOPressureWatch DelegateSubgroup ManagedOOMMemoryPressureLimit
MemoryZSwapWriteback CoredumpReceive StartupCPUWeight StartupIOWeight StartupAllowedCPUs
StartupAllowedMemoryNodes DisableControllers Delegate CPUQuotaPeriodSec
MemoryPressureThresholdSec CPUPressureThresholdSec IOPressureThresholdSec NFTSet
ManagedOOMMemoryPressureDurationSec MemoryLimit CPUShares StartupCPUShares BlockIOAccounting
BlockIOWeight StartupBlockIOWeight BlockIODeviceWeight BlockIOReadBandwidth
BlockIOWriteBandwidth DefaultMemoryMin DefaultMemoryLow DefaultStartupMemoryLow
StartupMemoryLow StartupMemoryHigh StartupMemoryMax StartupMemorySwapMax StartupMemoryZSwapMax
UtmpIdentifier UtmpMode PAMName TTYPath WorkingDirectory SyslogIdentifier RootVerity
RuntimeDirectoryPreserve Personality LogNamespace RootImagePolicy MountImagePolicy
ExtensionImagePolicy BPFDelegateCommands BPFDelegateMaps BPFDelegatePrograms
BPFDelegateAttachments IgnoreSIGPIPE TTYVHangup TTYReset TTYVTDisallocate SyslogLevelPrefix
RemoveIPC MountAPIVFS BindLogSockets CPUSchedulingResetOnFork MemoryKSM MemoryTHP RootEphemeral
SetLoginEnvironment ReadWriteDirectories ReadWritePaths ExecPaths ExecSearchPath
ExtensionDirectories ConfigurationDirectory SyslogLevel LogLevelMax SyslogFacility
CPUSchedulingPolicy CPUSchedulingPriority OOMScoreAdjust CoredumpFilter Nice
SystemCallErrorNumber IOSchedulingClass IOSchedulingPriority RuntimeDirectoryMode
StateDirectoryMode CacheDirectoryMode LogsDirectoryMode ConfigurationDirectoryMode
TimerSlackNSec LogRateLimitIntervalSec LogRateLimitBurst TTYRows TTYColumns MountFlags
Environment UnsetEnvironment PassEnvironment EnvironmentFile SetCredential
SetCredentialEncrypted LoadCredential LoadCredentialEncrypted ImportCredential
ImportCredentialEx LogExtraFields LogFilterPatterns StandardInput StandardOutput StandardError
StandardInputText StandardInputData AmbientCapabilities NUMAPolicy NUMAMask SystemCallLog
DelegateNamespaces BindPaths RootHash RootHashSignature RootImageOptions MountImages
ExtensionImages StateDirectory RuntimeDirectory CacheDirectory LogsDirectory
StateDirectoryAccounting CacheDirectoryAccounting LogsDirectoryAccounting
"""
"""Directives that give, place, name or order something, or that no manager heeds any more."""


def test_each_directive_is_said_to_restrict_or_not() -> None:
    known = {row.name for row in directives() if row.group in {"cgroup", "execute", "rlimit"}}
    assert set(CHECKS) <= known
    assert known - set(CHECKS) == set(_NOT_RESTRICTING.split()) & known
    assert not set(CHECKS) & set(_NOT_RESTRICTING.split())
    assert {name for names in IMPLIED.values() for name in names} <= set(CHECKS)


def test_each_restriction_has_what_sees_it() -> None:
    families = (
        *(check_access, check_cgroup, check_filters, check_mounts, check_nothing),
        *(check_process, check_several),
    )
    seen = [name for family in families for name in family.SEES]
    assert len(seen) == len(set(seen)) <= len(CHECKS)
    for name in CHECKS:
        assert callable(sees(name))
    assert set(seen) <= set(CHECKS)


def _names(*assignments: str) -> tuple[str, ...]:
    return restrictions("service", assignments, encode("service", assignments))


@pytest.mark.parametrize(
    ("assignments", "names"),
    [
        ((), ()),
        (("PrivateTmp=yes",), ("PrivateTmp",)),
        (("PrivateTmp=no",), ()),
        (("PrivateTmp=yes", "PrivateTmp=no"), ()),
        (("IPAddressDeny=any", "IPAddressDeny="), ()),
        (("MemoryMax=infinity",), ()),
        (("MemoryMax=50%",), ("MemoryMax",)),
        (("MemorySwapMax=0",), ("MemorySwapMax",)),
        (("LimitNOFILE=10:20",), ("LimitNOFILE",)),
        (("LimitNOFILE=infinity",), ()),
        (("CapabilityBoundingSet=",), ("CapabilityBoundingSet",)),
        (("RestrictAddressFamilies=none",), ("RestrictAddressFamilies",)),
        (("RestrictNamespaces=yes",), ("RestrictNamespaces",)),
        (("RestrictNamespaces=no",), ()),
        (("RestrictNamespaces=~time",), ("RestrictNamespaces",)),
        (("ProtectProc=default", "ProcSubset=all", "DevicePolicy=auto"), ()),
        (("ProtectHostname=yes", "ProtectControlGroups=strict"), None),
        (("User=root",), ()),
        (("Nice=5", "Environment=A=b", "ReadWritePaths=/srv"), ()),
        (("DynamicUser=yes",), ("DynamicUser", *IMPLIED["DynamicUser"])),
    ],
)
def test_restrictions(assignments: tuple[str, ...], names: tuple[str, ...] | None) -> None:
    expected = tuple(each.partition("=")[0] for each in assignments) if names is None else names
    assert _names(*assignments) == expected


def test_users_of_options() -> None:
    given = [Property("User", "s", "nobody"), Property("Description", "s", "x")]
    assert restrictions("service", (), given) == ("User",)


def test_what_is_known_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    names = ("IPAddressDeny", "SocketBindDeny", "MemoryMax", "PrivateTmp")
    absent = {"memory": "held by somebody else"}
    assert known_before(names, (), {}, user=False) == ()
    told = known_before(names, (), absent, user=True)
    assert [verdict.directive for verdict in told] == list(names[:3])
    assert {verdict.state for verdict in told} == {State.NOT_IN_FORCE}
    assert all(verdict.advice for verdict in told)
    # Root's own manager may do what the system's does.
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert known_before(names, (), {}, user=True) == ()


def _command(name: str, path: str = "/bin/true") -> Property:
    return Property(name, "a(sasb)", [(path, [path], False)])


def test_namespaces_that_only_the_first_process_gets() -> None:
    names = ("PrivateNetwork", "PrivateTmp")
    alone = [_command("ExecStart")]
    assert known_before(names, alone, {}, user=True) == ()
    (verdict,) = known_before(names, [_command("ExecStartPre"), *alone], {}, user=True)
    assert verdict.directive == "PrivateNetwork"
    assert known_before(names, [_command("ExecStartPre"), *alone], {}, user=False) == ()


def test_what_holds_a_unit_is_its_main_process() -> None:
    first, own = Property("Description", "s", "x"), _command("ExecStart")
    description, start, identifier = held((first, own))
    assert description == first
    [(path, argv, ignores)] = cast("list[tuple[str, list[str], bool]]", start.value)
    assert (path, argv[0], argv[1], argv[3:], ignores) == (
        "/bin/sh",
        path,
        "-c",
        ["/bin/true"],
        False,
    )
    # It is named as the command would be, in the journal.
    assert identifier == Property("SyslogIdentifier", "s", "true")
    assert len(held((own, identifier))) == 2
    # The manager expands variables in the one, and not in the other.
    literal = Property("ExecStartEx", "a(sasas)", [("/bin/true", ["/bin/true"], ["no-env-expand"])])
    [(_, other, flags)] = cast("list[tuple[str, list[str], list[str]]]", held((literal,))[0].value)
    assert (argv[2].replace("$$", "$"), flags) == (other[2], ["no-env-expand"])
    assert argv[2] != other[2]


@pytest.mark.parametrize(
    ("filters", "stops"),
    [
        ([], True),
        ([(True, ["@system-service"])], True),
        ([(True, ["read"]), (True, ["kill:EPERM"])], True),
        ([(False, ["mount"])], True),
        ([(True, ["read"])], False),
        ([(False, ["kill:EPERM"])], False),
        ([(True, ["@system-service"]), (False, ["@process"])], False),
    ],
)
def test_the_shell_stops_itself_where_no_filter_kills_it(
    filters: list[tuple[bool, list[str]]], stops: bool
) -> None:
    properties = [Property("SystemCallFilter", "(bas)", value) for value in filters]
    assert ("kill" in waiting_command(properties, expanded=False)[2]) is stops


@pytest.mark.parametrize(
    ("more", "simple"),
    [
        ((), True),
        ((Property("Restart", "s", "no"), Property("OnFailure", "as", [])), True),
        ((Property("FailureAction", "s", "none"), Property("ExecReload", "a(sasb)", [()])), True),
        ((Property("Restart", "s", "always"),), False),
        ((Property("OnFailure", "as", ["other.service"]),), False),
        ((Property("FailureAction", "s", "reboot"),), False),
        ((_command("ExecStart"),), False),
        ((_command("ExecStartPre"),), False),
        ((_command("ExecStopPostEx"),), False),
        ((Property("PrivatePIDs", "s", "yes"),), False),
        ((Property("AppArmorProfile", "(bs)", (False, "x")),), False),
    ],
)
def test_when_the_main_process_alone_matters(more: tuple[Property, ...], simple: bool) -> None:
    assert is_simple((_command("ExecStart"), *more)) is simple
    assert is_simple((_command("ExecStart", "true"), *more)) is simple
    search = Property("ExecSearchPath", "as", ["/opt/bin"])
    assert not is_simple((_command("ExecStart", "true"), search, *more))


_LOAD, _EQUAL, _SET, _RETURN = 0x20, 0x15, 0x45, 0x06
_ALLOW, _EPERM, _KILL, _TRAP = 0x7FFF0000, 0x00050001, 0x80000000, 0x00030000


def _filter(*instructions: tuple[int, int, int, int]) -> bytes:
    return b"".join(struct.pack("=HBBI", *each) for each in instructions)


def _refusing(number: int, action: int) -> bytes:
    return _filter(
        (_LOAD, 0, 0, 0),
        (_EQUAL, 0, 1, number),
        (_RETURN, 0, 0, action),
        (_RETURN, 0, 0, _ALLOW),
    )


def test_filters_are_run() -> None:
    assert not Filters([]).answer(1).denied
    filters = Filters([_refusing(1, _EPERM), _refusing(2, _KILL), _refusing(2, _EPERM)])
    assert len(filters) == 3
    assert filters.answer(1) == (True, "it would get EPERM")
    # The strongest counts.
    assert filters.answer(2) == (True, "it would be killed")
    assert not filters.answer(3).denied
    assert Filters([_refusing(1, _TRAP)]).answer(1).text == "it would get SIGSYS"


def test_filters_see_arguments_and_architectures() -> None:
    # The low word of the second argument; then the architecture.
    flags = Filters(
        [
            _filter(
                (_LOAD, 0, 0, 16 + 8),
                (_SET, 0, 1, 0o4000),
                (_RETURN, 0, 0, _EPERM),
                (_RETURN, 0, 0, _ALLOW),
            )
        ]
    )
    assert flags.answer(9, 0, 0o4755).denied
    assert not flags.answer(9, 0o4755, 0o755).denied
    foreign = Filters(
        [
            _filter(
                (_LOAD, 0, 0, 4),
                (_EQUAL, 0, 1, 0x40000003),
                (_RETURN, 0, 0, 0),
                (_RETURN, 0, 0, _ALLOW),
            )
        ]
    )
    assert foreign.answer(1, architecture=0x40000003).denied
    assert not foreign.answer(1).denied


@pytest.mark.parametrize(
    ("operation", "left", "right", "result"),
    [
        *((0x04, 7, 8, 15), (0x14, 7, 8, 0xFFFFFFFF), (0x24, 7, 8, 56), (0x34, 9, 2, 4)),
        *((0x44, 8, 1, 9), (0x54, 9, 1, 1), (0x64, 1, 4, 16), (0x74, 16, 4, 1)),
        *((0x84, 1, 0, 0xFFFFFFFF), (0x94, 9, 4, 1), (0xA4, 9, 1, 8), (0x34, 9, 0, 0)),
    ],
)
def test_filters_compute(operation: int, left: int, right: int, result: int) -> None:
    program = _filter(
        (0x00, 0, 0, left),
        (operation, 0, 0, right),
        (_EQUAL, 0, 1, result),
        (_RETURN, 0, 0, _EPERM),
        (_RETURN, 0, 0, _ALLOW),
    )
    assert Filters([program]).answer(0).denied


def test_system_calls_have_their_numbers() -> None:
    if os.uname().machine == "x86_64":
        header = Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h")
        assert (CALLS["socket"], CALLS["bpf"], CALLS["clone3"]) == (41, 321, 435)
        if header.exists():
            lines = [line.split() for line in header.read_text().splitlines()]
            told = {line[1][5:]: int(line[2]) for line in lines if line[1:2] and len(line) == 3}
            assert {name: told[name] for name in CALLS} == CALLS


_TABLE = r"""
21 1 0:20 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
22 21 0:21 / /proc rw,nosuid - proc proc rw,hidepid=invisible
23 21 0:22 / /home rw - tmpfs tmpfs rw
24 21 0:23 /systemd/inaccessible/dir /home ro,nosuid,noexec - tmpfs tmpfs rw
25 21 0:24 / /with\040space ro shared:2 master:1 - ext4 /dev/sdb1 ro
26 25 0:25 / /with\040space/below rw - ext4 /dev/sdc1 rw
"""


def test_mounts() -> None:
    mounts = parse(_TABLE.strip())
    home = covering(mounts, "/home/somebody")
    assert home is not None
    assert home.is_inaccessible
    assert home.is_read_only
    assert home.is_no_exec
    assert covering(mounts, "/homes") == mounts[0]
    assert [mount.point for mount in below(mounts, "/with space")] == ["/with space/below"]
    assert [mount.point for mount in below(mounts, "/")][:2] == ["/home", "/proc"]
    assert "hidepid=invisible" in mounts[1].super_options


def test_paths_are_resolved_below_a_root(tmp_path: Path) -> None:
    (tmp_path / "usr/lib").mkdir(parents=True)
    (tmp_path / "lib").symlink_to("usr/lib")
    (tmp_path / "abs").symlink_to("/usr/lib/../lib")
    (tmp_path / "loop").symlink_to("loop")
    root = str(tmp_path)
    assert _resolved(root, "/") == "/"
    assert _resolved(root, "/usr/./lib/") == "/usr/lib"
    assert _resolved(root, "/lib") == "/usr/lib"
    assert _resolved(root, "/abs") == "/usr/lib"
    assert _resolved(root, "/../lib") == "/usr/lib"
    assert _resolved(root, "/nosuch") is None
    assert _resolved(root, "/loop") is None


def test_what_cannot_be_seen_is_unknown() -> None:
    evidence = Evidence({"PrivateTmp": True, "MemoryMax": 5}, Place(None, "over there"), pid=None)
    verdicts = examine(("PrivateTmp", "MemoryMax", "NoNewPrivileges", "IPAddressDeny"), evidence)
    assert {verdict.state for verdict in verdicts} == {State.UNKNOWN}
    assert verdicts[0].evidence == "over there"
    assert verdicts[3].evidence == "the manager does not tell its IPAddressDeny="


@pytest.mark.parametrize(
    ("asked", "keyring", "state", "evidence"),
    [
        ("private", Keyring(b"invocation", False), State.IN_FORCE, "has the ID"),
        ("private", Keyring(b"invocation", True), State.NOT_IN_FORCE, "is linked"),
        ("shared", Keyring(b"invocation", True), State.IN_FORCE, "has the ID"),
        ("private", Keyring(None, False), State.NOT_IN_FORCE, "does not have the ID"),
        ("shared", Keyring(b"of another", True), State.NOT_IN_FORCE, "does not have the ID"),
    ],
)
def test_keyrings(
    monkeypatch: pytest.MonkeyPatch, asked: str, keyring: Keyring, state: State, evidence: str
) -> None:
    monkeypatch.setattr(Evidence, "session_keyring", lambda _: keyring)
    values = {"KeyringMode": asked, "InvocationID": b"invocation"}
    (verdict,) = examine(("KeyringMode",), Evidence(values, Place(None), pid=None))
    assert verdict.state is state
    assert evidence in verdict.evidence


def _prefixes(*texts: str) -> list[tuple[int, bytes, int]]:
    networks = [ip_network(text) for text in texts]
    families = {4: socket.AF_INET, 6: socket.AF_INET6}
    return [
        (families[each.version], each.network_address.packed, each.prefixlen) for each in networks
    ]


@pytest.mark.parametrize(
    ("denied", "allowed", "passes", "in_force", "evidence"),
    [
        ("0.0.0.0/0 ::/0", "", "", True, "192.0.2.1, 2001:db8::1"),
        # Slices often let that pass.
        (
            "0.0.0.0/0 ::/0",
            "",
            "127.0.0.0/8 ::1/128",
            True,
            "2001:db8::1",
        ),
        (
            "10.1.0.0/16",
            "10.1.0.0/31",
            "10.1.0.0/31",
            True,
            "to 10.1.128.0",
        ),
        ("10.1.2.3/32 fe80::/10", "", "", True, "10.1.2.3, fe80::"),
        ("127.0.0.0/8", "", "", True, "sd_fw_egress (egress)"),
        # Nothing of it is left.
        ("203.0.113.0/24", "203.0.0.0/16", "203.0.0.0/16", True, "sd_fw_egress (egress)"),
        # More than the unit asked for is let pass.
        ("0.0.0.0/0", "", "128.0.0.0/1", False, "to 192.0.2.1"),
        ("10.0.0.0/8", "", "10.128.0.0/9", False, "to 10.128.0.0"),
        (
            "10.0.0.0/8",
            "10.0.0.0/24",
            "10.0.0.0/9 10.255.255.0/24",
            False,
            "to 10.255.255.255",
        ),
        (
            "10.0.0.0/8 203.0.113.7/32",
            "",
            "203.0.113.7/32",
            False,
            "to 203.0.113.7",
        ),
        ("::/0", "", "2001:db8::/32", False, "to 2001:db8::1"),
    ],
)
def test_access_lists(
    monkeypatch: pytest.MonkeyPatch,
    denied: str,
    allowed: str,
    passes: str,
    in_force: bool,
    evidence: str,
) -> None:
    def is_dropped(attachment: str, packet: bytes) -> bool:
        # Where the addresses are (RFC 791, RFC 8200), behind the head of Ethernet.
        begin, size = {b"\x08\x00": (26, 4), b"\x86\xdd": (22, 16)}[packet[12:14]]
        begin += size if attachment == "egress" else 0
        address = ip_address(packet[begin : begin + size])
        return not any(address in ip_network(each) for each in passes.split())

    def dropped(_: Evidence, attachment: str, packets: list[bytes]) -> list[bool]:
        return [is_dropped(attachment, packet) for packet in packets]

    monkeypatch.setattr(Evidence, "attached", lambda _, attachment: [f"sd_fw_{attachment}"])
    monkeypatch.setattr(Evidence, "dropped", dropped)
    values = {
        "IPAddressDeny": _prefixes(*denied.split()),
        "IPAddressAllow": _prefixes(*allowed.split()),
    }
    (verdict,) = examine(("IPAddressDeny",), Evidence(values, Place(None), pid=None))
    assert verdict.state is (State.IN_FORCE if in_force else State.NOT_IN_FORCE)
    seen = verdict.evidence.removesuffix(" would be dropped" if in_force else " would pass")
    assert seen.endswith(evidence)


def test_programs_that_cannot_be_run_show_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def dropped(*_: object) -> list[bool]:
        raise CannotTellError("it is not said")

    monkeypatch.setattr(Evidence, "attached", lambda _, attachment: [f"sd_fw_{attachment}"])
    monkeypatch.setattr(Evidence, "dropped", dropped)
    values = {"IPAddressDeny": _prefixes("0.0.0.0/0"), "IPAddressAllow": []}
    (verdict,) = examine(("IPAddressDeny",), Evidence(values, Place(None), pid=None))
    assert (verdict.state, verdict.evidence) == (State.UNKNOWN, "it is not said")


def test_what_has_ended_has_no_status_to_be_seen() -> None:
    with subprocess.Popen(["/bin/true"]) as process:
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        evidence = Evidence({"UMask": 0o22}, Place(None), pid=process.pid)
        (verdict,) = examine(("UMask",), evidence)
    assert verdict.state is State.UNKNOWN
    assert "no Umask" in verdict.evidence


def test_filters_are_no_keyrings_where_the_manager_has_some(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Evidence, "refuses", lambda _, call: True)
    monkeypatch.setattr(Evidence, "manager", 1)
    values = {"KeyringMode": "private", "InvocationID": b"invocation"}
    for seccomp, state in (("0", State.IN_FORCE), ("2", State.UNKNOWN)):
        monkeypatch.setattr(Evidence, "status_of", lambda _, pid, told=seccomp: {"Seccomp": told})
        (verdict,) = examine(("KeyringMode",), Evidence(values, Place(None), pid=None))
        assert verdict.state is state
        assert "a filter refuses keyctl()" in verdict.evidence


def test_what_the_manager_takes_as_nothing_is_not_in_force() -> None:
    neutral = Evidence({"PrivateTmp": False, "DynamicUser": True}, Place(None), pid=None)
    (verdict,) = examine(("PrivateTmp",), neutral)
    assert verdict.state is State.NOT_IN_FORCE
    # Where it was not asked for by its name, somebody has turned it off.
    assert [each.directive for each in examine(("DynamicUser", "PrivateTmp"), neutral)] == [
        "DynamicUser"
    ]


def test_a_manager_elsewhere_has_no_place_here() -> None:
    assert Place.of(None).cgroups is None
    assert "run runwrap over there" in Place.of(None).reason


def test_the_error_is_a_table() -> None:
    result = RunResult(
        unit="x.service",
        invocation_id=None,
        command=("true",),
        properties=(),
        result="enforcement",
        code=None,
        status=None,
        job_result="canceled",
        runtime_usec=None,
        timestamps=Timestamps(),
        counters=Counters(),
        verdicts=(
            Verdict("PrivateTmp", State.IN_FORCE, "it is"),
            Verdict("MemoryMax", State.NOT_IN_FORCE, "no file", "mount it"),
            Verdict("UMask", State.UNKNOWN, "hidden"),
        ),
    )
    error = EnforcementError(result)
    assert str(error) == "x.service was not run: not shown to be in force: MemoryMax=, UMask="
    assert error.hints == (
        "MemoryMax=  not in force: no file",
        "            try: mount it",
        "UMask=      cannot be told: hidden",
        "or start it in spite of that: --enforce=warn",
    )
    assert (error.exit_status, result.exit_status) == (1, 1)


def _notes(
    assignments: Iterable[str],
    above: dict[str, AccessList] | None = None,
    servers: tuple[str, ...] = (),
) -> list[str]:
    return notes(encode("service", list(assignments)), above or {}, servers)


def test_notes_on_access_lists() -> None:
    families = "RestrictAddressFamilies=AF_INET"
    assert _notes(["PrivateTmp=yes"]) == []
    assert _notes(["IPAddressDeny=any", families]) == []
    assert "access lists are for IP" in _notes(["IPAddressDeny=any"])[0]
    assert "allows everything" in _notes(["IPAddressAllow=10.0.0.0/8", families])[0]
    # A reset takes back what came before.
    assert _notes(["IPAddressAllow=10.0.0.1", "IPAddressAllow=", families]) == []
    listed = ["IPAddressDeny=any", "IPAddressAllow=10.0.0.0/8 fd00::/8", families]
    assert _notes(listed, servers=("10.1.2.3", "fd00::1")) == []
    (note,) = _notes(listed, servers=("192.0.2.1", "nonsense"))
    assert "IPAddressAllow=192.0.2.1" in note
    assert (
        _notes(["IPAddressDeny=any", "IPAddressAllow=localhost", families], servers=("::2",)) == []
    )
    above = {
        "-.slice": AccessList(),
        "a.slice": AccessList(deny=((socket.AF_INET, bytes([10, 9, 0, 0]), 16),)),
    }
    (note,) = _notes(["IPAddressAllow=10.0.0.0/8", families], above)
    assert note.endswith("allow 10.0.0.0/8 (the unit), deny 10.9.0.0/16 (a.slice)")


def test_slices_above() -> None:
    assert slices_above("-.slice") == ["-.slice"]
    assert slices_above("system.slice") == ["-.slice", "system.slice"]
    assert slices_above("a-b-c.slice") == ["-.slice", "a.slice", "a-b.slice", "a-b-c.slice"]


def test_name_servers(tmp_path: Path) -> None:
    file = tmp_path / "resolv.conf"
    file.write_text("# x\nnameserver 192.0.2.1\nsearch a\nnameserver fe80::1%eth0\nnameserver\n")
    assert name_servers(file) == ["192.0.2.1", "fe80::1"]
    assert name_servers(tmp_path / "nosuch") == []
