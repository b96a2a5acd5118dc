"""What was asked for is in force before the command's first instruction, or nothing is run."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.machine import USER
from tests.system.places import CHECKOUT, MachinePlace, Place, are_gone, until

if TYPE_CHECKING:
    from collections.abc import Iterator

_RESTRICTIONS = (
    *("IPAccounting=yes", "IPAddressDeny=any", "DevicePolicy=closed", "DeviceAllow=/dev/null r"),
    *("NoNewPrivileges=yes", "CapabilityBoundingSet=", "CapabilityBoundingSet=CAP_CHOWN"),
    *("KeyringMode=private", "KeyringMode=shared"),
    *("SecureBits=noroot", "UMask=0027", "CPUAffinity=0", "LimitNOFILE=64", "LimitCPU=10:20"),
    *("User=nobody", "Group=nogroup", "SupplementaryGroups=adm", "DynamicUser=yes"),
    *("PrivateNetwork=yes", "PrivateIPC=yes", "PrivateUsers=yes", "PrivateMounts=yes"),
    *("ProtectHostname=yes", "ProtectSystem=yes", "ProtectSystem=full", "ProtectSystem=strict"),
    *("ProtectHome=yes", "ProtectHome=read-only", "ProtectHome=tmpfs", "PrivateTmp=yes"),
    *("PrivateDevices=yes", "ProtectKernelTunables=yes", "ProtectKernelModules=yes"),
    *("ProtectKernelLogs=yes", "ProtectControlGroups=yes", "ProtectClock=yes"),
    *("ProtectProc=invisible", "ProtectProc=noaccess", "ProcSubset=pid"),
    *("ReadOnlyPaths=/etc", "ReadOnlyPaths=-/nosuch", "InaccessiblePaths=/etc/hostname"),
    *("NoExecPaths=/srv", "TemporaryFileSystem=/opt", "BindReadOnlyPaths=/usr:/mnt"),
    *("SystemCallFilter=@system-service", "SystemCallFilter=~@clock", "SystemCallFilter=~kill"),
    *("SystemCallFilter=~reboot:EPERM", "SystemCallArchitectures=native"),
    *("RestrictAddressFamilies=none", "RestrictAddressFamilies=AF_INET"),
    *("RestrictAddressFamilies=~AF_PACKET", "RestrictNamespaces=yes", "RestrictNamespaces=~user"),
    *("RestrictRealtime=yes", "RestrictSUIDSGID=yes", "LockPersonality=yes"),
    "MemoryDenyWriteExecute=yes",
)
"""Restrictions that each of the places can enforce."""

_NEWER = {
    "PrivatePIDs=yes": 257,
    "ProtectControlGroups=strict": 257,
    "PrivateTmp=disconnected": 257,
    "PrivateUsers=identity": 257,
    "SocketBindDeny=any": 253,
    "RestrictNetworkInterfaces=lo": 253,
    "BindNetworkInterface=lo": 260,
}
"""Restrictions by the first systemd of these places that can enforce them."""

_NUMBERS = itertools.count()


def _verdicts(done: subprocess.CompletedProcess[str]) -> dict[str, dict[str, Any]]:
    report = json.loads(done.stdout)
    return {verdict["directive"]: verdict for verdict in report["verdicts"]}


def _launch(
    place: Place, *arguments: str, user: str | None = None
) -> subprocess.CompletedProcess[str]:
    # What fails would stay loaded otherwise.
    return place.runwrap("-q", "--collect", "--report=-", *arguments, user=user)


@pytest.mark.parametrize("assignment", [*_RESTRICTIONS, *_NEWER])
def test_a_restriction_is_seen_to_be_in_force(place: Place, assignment: str) -> None:
    if place.systemd < _NEWER.get(assignment, 0):
        done = _launch(place, "-p", assignment, "true")
        # Taken by systemd-run without a word, where it is not refused as unknown.
        assert done.returncode == 1
        assert "not in force" in done.stderr or "came with systemd" in done.stderr
        return
    done = _launch(place, "-p", assignment, "sh", "-c", "exit 7")
    assert done.returncode == 7, done.stderr
    verdicts = _verdicts(done)
    assert assignment.partition("=")[0] in verdicts
    assert {verdict["state"] for verdict in verdicts.values()} == {"in-force"}
    assert all(verdict["evidence"] for verdict in verdicts.values())


def test_many_at_once(place: Place) -> None:
    alone = {"User=nobody", "Group=nogroup", "SupplementaryGroups=adm", "DynamicUser=yes"}
    shell = {"SystemCallFilter=~kill", "CapabilityBoundingSet=", "NoExecPaths=/srv"}
    given = [each for each in _RESTRICTIONS if each not in alone | shell]
    given.append("ReadOnlyPaths=/run")
    options = list(itertools.chain.from_iterable(("-p", each) for each in given))
    done = _launch(place, *options, "sh", "-c", "exit 7")
    assert done.returncode == 7, done.stderr
    verdicts = _verdicts(done)
    assert {each.partition("=")[0] for each in given} <= set(verdicts)
    assert {verdict["state"] for verdict in verdicts.values()} == {"in-force"}


def test_the_gap_in_a_strict_system(place: Place) -> None:
    """Beside settings for /proc and /sys, systemd leaves /run writable."""
    options: tuple[str, ...] = ("-p", "ProtectSystem=strict", "-p", "ProtectKernelTunables=yes")
    mark = "/run/mark-strict"
    assert place.systemd_run("-q", "--wait", *options, "touch", mark).returncode == 0
    assert place.run("rm", mark).returncode == 0
    done = _launch(place, *options, "touch", mark)
    assert done.returncode == 1
    assert "ProtectSystem=  not in force: /run is a mount that is not read-only" in done.stderr
    assert "try: add ReadOnlyPaths=/run and ProtectHome=" in done.stderr
    options = (*options, "-p", "ReadOnlyPaths=/run", "-p", "ProtectHome=yes")
    done = _launch(place, *options, "touch", mark)
    assert done.returncode == 1
    assert {verdict["state"] for verdict in _verdicts(done).values()} == {"in-force"}
    assert place.run("test", "-e", mark).returncode == 1


def _own_file(place: Place, *options: str) -> str:
    """Return the unit file of a service that shows it."""
    unit = f"shows-{next(_NUMBERS)}.service"
    command = ("systemctl", "cat", "--no-pager", unit)
    done = place.runwrap("-q", "-P", "-G", "-u", unit, *options, *command)
    assert "[Service]" in done.stdout, done.stderr
    return done.stdout


def test_nothing_is_added_where_nothing_restricts(place: Place) -> None:
    for options in ((), ("-p", "PrivateNetwork=no"), ("--enforce=off", "-p", "PrivateTmp=yes")):
        assert "/bin/sh" not in _own_file(place, *options)
    assert "kill -s STOP" in _own_file(place, "-p", "PrivateTmp=yes")


@pytest.mark.parametrize(
    "assignment", ["IPAddressDeny=any", "IPAccounting=yes", "DevicePolicy=closed"]
)
def test_what_a_users_manager_cannot_do_is_refused_at_once(
    whole_system: MachinePlace, assignment: str
) -> None:
    plain = whole_system.run(
        *("systemd-run", "--user", "-q", "--wait", "-p", assignment, "true"), user=USER
    )
    assert plain.returncode == 0
    unit = "refused-at-once.service"
    done = _launch(whole_system, "--user", "-u", unit, "-p", assignment, "true", user=USER)
    assert done.returncode == 1
    directive = assignment.partition("=")[0]
    assert f"{directive}=  not in force: " in done.stderr
    assert "try: use the system's service manager" in done.stderr
    assert _verdicts(done)[directive]["state"] == "not-in-force"
    shown = whole_system.run("journalctl", "--user", "-q", "-u", unit, user=USER)
    assert shown.stdout == ""


_BY_USERS = (
    *("PrivateNetwork=yes", "PrivateUsers=yes", "PrivateTmp=yes", "ProtectSystem=strict"),
    *("ProtectHome=yes", "PrivateDevices=yes", "NoNewPrivileges=yes", "CapabilityBoundingSet="),
    *("SystemCallFilter=@system-service", "RestrictNamespaces=yes", "MemoryDenyWriteExecute=yes"),
    *("RestrictAddressFamilies=AF_UNIX", "LimitNOFILE=64", "UMask=0077", "PrivateIPC=yes"),
    "ReadOnlyPaths=/usr",
)


@pytest.mark.parametrize("assignment", _BY_USERS)
def test_what_a_users_manager_can_do(whole_system: MachinePlace, assignment: str) -> None:
    options = ("--user", "-p", "PrivateUsers=yes", "-p", assignment)
    done = _launch(whole_system, *options, "sh", "-c", "exit 7", user=USER)
    assert done.returncode == 7, done.stderr
    verdicts = _verdicts(done)
    assert verdicts[assignment.partition("=")[0]]["state"] == "in-force"


# What systemd-run starts nevertheless in these surroundings, and what of it is seen.
_WITHOUT_NAMESPACES = (
    *("PrivateNetwork=yes", "PrivateIPC=yes", "PrivateTmp=yes", "PrivateDevices=yes"),
    *("PrivateMounts=yes", "ProtectSystem=strict", "ProtectHome=yes", "ProtectHostname=yes"),
    *("ProtectControlGroups=yes", "ProtectProc=invisible", "ProcSubset=pid", "ReadOnlyPaths=/usr"),
    *("InaccessiblePaths=/etc", "InaccessiblePaths=/run/systemd", "NoExecPaths=/srv"),
    *("ProtectKernelLogs=yes", "KeyringMode=private"),
)
_WITHOUT_BPF = (
    *("IPAddressDeny=any", "IPAccounting=yes", "SocketBindDeny=any"),
    *("RestrictNetworkInterfaces=lo", "DevicePolicy=closed"),
)


@pytest.fixture(scope="module", params=["trixie", "forky"])
def without_namespaces(request: pytest.FixtureRequest) -> Iterator[MachinePlace]:
    """A system whose manager may not make namespaces, nor keyrings, as in many a container."""
    with MachinePlace(request.param, refused_calls=("unshare", "clone3", "keyctl")) as place:
        yield place


@pytest.fixture(scope="module", params=["trixie", "forky"])
def without_bpf(request: pytest.FixtureRequest) -> Iterator[MachinePlace]:
    """A system whose manager may not load BPF programs."""
    with MachinePlace(request.param, refused_calls=("bpf",)) as place:
        yield place


def _is_refused(place: Place, assignment: str, *, starts: bool) -> None:
    mark = f"/run/mark-{assignment.partition('=')[0]}"
    plain = place.systemd_run("-q", "--wait", "-p", assignment, "true")
    assert (plain.returncode == 0) == starts, plain.stderr
    before = place.units()
    done = _launch(place, "-p", assignment, "touch", mark)
    assert done.returncode != 0
    if starts:
        assert done.returncode == 1, done.stderr
        verdict = _verdicts(done)[assignment.partition("=")[0]]
        assert verdict["state"] in {"not-in-force", "unknown"}
        assert verdict["evidence"]
        assert json.loads(done.stdout)["result"] == "enforcement"
        assert "--enforce=warn" in done.stderr
    assert place.run("test", "-e", mark).returncode == 1
    are_gone(place, before)
    if starts:
        done = _launch(place, "--enforce=warn", "-p", assignment, "sh", "-c", "exit 7")
        assert done.returncode == 7
        words = {"not-in-force": "is not in force", "unknown": "cannot be told to be in force"}
        name = assignment.partition("=")[0]
        assert f"warning: {name}= {words[verdict['state']]}: " in done.stderr


@pytest.mark.parametrize("assignment", _WITHOUT_NAMESPACES)
def test_a_manager_that_may_not_make_namespaces(
    without_namespaces: MachinePlace, assignment: str
) -> None:
    _is_refused(without_namespaces, assignment, starts=True)


@pytest.mark.parametrize("assignment", _WITHOUT_BPF)
def test_a_manager_that_may_not_load_programs(without_bpf: MachinePlace, assignment: str) -> None:
    plain = without_bpf.systemd_run("-q", "--wait", "-p", assignment, "true")
    _is_refused(without_bpf, assignment, starts=plain.returncode == 0)


@pytest.mark.parametrize("assignment", ["MemoryMax=1G", "TasksMax=10", "CPUQuota=50%"])
def test_a_tree_without_controllers(place: Place, assignment: str) -> None:
    controllers = place.run("cat", "/sys/fs/cgroup/cgroup.controllers").stdout.split()
    if {"memory", "pids", "cpu"} <= set(controllers):
        done = _launch(place, "-p", assignment, "true")
        assert done.returncode == 0, done.stderr
    else:
        _is_refused(place, assignment, starts=True)


@pytest.mark.parametrize("assignment", ["SocketBindDeny=any", "RestrictNetworkInterfaces=lo"])
def test_a_systemd_without_its_bpf_framework(embedded_place: Place, assignment: str) -> None:
    version = embedded_place.run("systemctl", "--version").stdout
    if "-BPF_FRAMEWORK" in version:
        _is_refused(embedded_place, assignment, starts=True)
        done = _launch(embedded_place, "-p", assignment, "true")
        assert "built without its BPF framework" in done.stderr
    else:
        assert _launch(embedded_place, "-p", assignment, "true").returncode == 0


_DIES = """
import os, signal, sys
import runwrap.launch
from runwrap.sandbox.examination import Examination
from runwrap.sandbox import hold
from runwrap.__main__ import main
moment = sys.argv.pop(1)
def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)
if moment == "examined":
    Examination.settle = die
elif moment == "seen":
    hold._find = die
elif moment == "running":
    runwrap.launch.Launch.finished = die
else:
    Examination.get_ready = die
main()
"""


def _dying(place: Place, moment: str, *options: str) -> int:
    command = (place.python, "-c", _DIES, moment, "-q", *options)
    if place.name != "embedded":
        return place.run(*command).returncode
    environment = {**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": place.bus_address}
    return subprocess.run(command, env=environment, cwd=CHECKOUT, check=False).returncode


@pytest.mark.parametrize("moment", ["sent", "seen", "examined"])
@pytest.mark.parametrize(
    "more", [(), ("--wait",), ("--wait", "-p", "SystemCallFilter=@system-service")]
)
def test_nothing_runs_when_the_examiner_dies(
    place: Place, moment: str, more: tuple[str, ...]
) -> None:
    """The shell is killed, stops where it was not seen yet, or ends by itself."""
    unit, mark = f"held-{next(_NUMBERS)}.service", "/run/mark-main"
    options = ("-u", unit, "-G", "-p", "NoNewPrivileges=yes", *more)
    assert _dying(place, moment, *options, "touch", mark) != 0
    until(place, unit, "LoadState", "not-found")
    assert place.run("test", "-e", mark).returncode == 1


@pytest.mark.parametrize(
    ("options", "state"),
    [
        (("-p", "NoNewPrivileges=yes"), "active"),
        (("-p", "NoNewPrivileges=yes", "--stop-on-exit"), "inactive"),
        (("--stop-on-exit",), "inactive"),
        (("--sandbox=untrusted",), "inactive"),
        (("--sandbox=none",), "active"),
    ],
)
def test_what_becomes_of_a_unit_whose_runwrap_is_killed(
    place: Place, options: tuple[str, ...], state: str
) -> None:
    unit = f"orphan-{next(_NUMBERS)}.service"
    if "--sandbox=untrusted" in options and place.name == "embedded":
        # Its limits need controllers.
        options = (*options, "--enforce=warn")
    command = ("--wait", "-u", unit, *options, "sleep", "300")
    assert _dying(place, "running", *command) == -signal.SIGKILL
    if state == "inactive":
        until(place, unit, "ActiveState", "inactive")
        assert place.show(unit, "Result") == "success"
    else:
        guards = place.run("pgrep", "-f", f"runwrap-guard.*{unit}")
        assert (guards.returncode, place.show(unit, "ActiveState")) == (1, "active")
        place.run("systemctl", "stop", unit)


def test_nothing_runs_when_the_examiner_of_another_dies(place: Place) -> None:
    unit = f"held-{next(_NUMBERS)}.service"
    marks = [f"/run/mark-{name}" for name in ("condition", "before", "main")]
    options = (
        *("--wait", "-u", unit, "-p", "NoNewPrivileges=yes"),
        *("-p", f"ExecCondition=/bin/touch {marks[0]}"),
        *("-p", f"ExecStartPre=/bin/touch {marks[1]}"),
    )
    before = place.units()
    assert _dying(place, "examined", *options, "touch", marks[2]) != 0
    assert place.show(unit, "LoadState") == "not-found"
    are_gone(place, before)
    assert [name for name in marks if place.run("test", "-e", name).returncode == 0] == []


def test_commands_of_the_unit_wait_too(place: Place) -> None:
    """Conditions and further commands come after what is examined."""
    options = (
        *("-p", "ExecCondition=/bin/false", "-p", "ExecCondition="),
        *("-p", "ExecCondition=/bin/true", "-p", "ExecStartPre=/bin/true"),
    )
    done = _launch(place, "-p", "NoNewPrivileges=yes", *options, "sh", "-c", "exit 7")
    assert done.returncode == 7, done.stderr
    assert _verdicts(done)["NoNewPrivileges"]["state"] == "in-force"


@pytest.mark.parametrize(
    ("options", "status"),
    [
        (("-p", "WorkingDirectory=/nosuch"), 200),
        (("-p", "User=nosuchuser"), 217),
        (("-p", "RootDirectory=/nosuch"), 226),
        (("-p", "ExecStartPre=/bin/false"), 1),
    ],
)
def test_a_failed_set_up_ends_as_ever(place: Place, options: tuple[str, ...], status: int) -> None:
    plain = place.runwrap("-q", "--wait", "--enforce=off", *options, "true")
    done = place.runwrap("-q", "--wait", "-p", "NoNewPrivileges=yes", *options, "true")
    assert done.returncode == plain.returncode == status, done.stderr


def test_a_condition_of_the_unit_that_is_not_met(place: Place) -> None:
    options = ("-p", "NoNewPrivileges=yes", "-p", "ConditionPathExists=/nosuch")
    report = place.report(*options, "true")
    assert (report["conditions_met"], report["exit_status"], report["verdicts"]) == (False, 0, [])


def test_a_root_directory_without_a_shell(place: Place) -> None:
    place.run("mkdir", "-p", "/run/bare")
    done = _launch(place, "-p", "RootDirectory=/run/bare", "true")
    assert done.returncode == 1
    assert _verdicts(done)["RootDirectory"]["state"] == "unknown"
    assert "have /bin/sh in the root directory" in done.stderr


def test_the_time_of_the_shell_is_not_counted(place: Place) -> None:
    used = {}
    for mode in ("off", "strict"):
        runs = [
            place.report(f"--enforce={mode}", "-p", "NoNewPrivileges=yes", "true") for _ in range(3)
        ]
        used[mode] = min(run["counters"]["cpu_usage_nsec"] for run in runs)
    # It takes more than this to execute a shell, and to set the sandbox up again for it.
    assert used["strict"] < used["off"] * 2 + 2_000_000


def _becomes(place: Place, unit: str, name: str) -> None:
    """Wait until the main process of *unit* has that *name*."""
    for _ in range(100):
        process = place.show(unit, "MainPID")
        if place.run("cat", f"/proc/{process}/comm").stdout.strip() == name:
            return
    raise AssertionError(process)


def test_what_was_not_examined_is_not_restarted(place: Place) -> None:
    """The permits are in a directory of the manager's, and go with the units."""
    permits = "/run/runwrap"
    unit, other = (f"permitted-{next(_NUMBERS)}.service" for _ in range(2))
    # The shell gives up after a second.
    options = ("-q", "-G", "-p", "NoNewPrivileges=yes", "-p", "LimitCPU=1")
    assert place.runwrap(*options, "-u", unit, "sleep", "300").returncode == 0
    (permit,) = place.run("grep", "-l", f"^# {unit}$", "-r", permits).stdout.split()
    environment = place.run("cat", f"/proc/{place.show(unit, 'MainPID')}/environ").stdout
    assert "RUNWRAP" not in environment
    place.run("systemctl", "restart", unit)
    _becomes(place, unit, "sleep")
    environment = place.run("cat", f"/proc/{place.show(unit, 'MainPID')}/environ").stdout
    assert "INVOCATION_ID" in environment
    assert "RUNWRAP" not in environment
    assert place.runwrap(*options, "-u", other, "true").returncode == 0
    assert place.run("test", "-e", permit).returncode == 0
    place.run("rm", permit)
    place.run("systemctl", "restart", unit)
    until(place, unit, "LoadState", "not-found")
    assert place.runwrap(*options, "-u", unit, "true").returncode == 0
    until(place, unit, "LoadState", "not-found")
    assert place.runwrap(*options, "-u", other, "sleep", "300").returncode == 0
    left = place.run("sh", "-c", f"cat {permits}/*").stdout
    assert f"# {unit}" not in left
    place.run("systemctl", "stop", other)


@pytest.mark.parametrize(
    ("options", "status"),
    [
        (("-p", "ConditionPathExists=/nosuch"), 0),
        (("-p", "AssertPathExists=/nosuch"), 1),
        (("-p", "WorkingDirectory=/nosuch"), 1),
        (("-p", "WorkingDirectory=/nosuch", "-p", "Type=oneshot"), 1),
        (("-p", "Type=oneshot"), 0),
        (("-p", "Type=exec"), 0),
    ],
)
def test_how_a_start_that_nobody_follows_ends(
    place: Place, options: tuple[str, ...], status: int
) -> None:
    unit = f"not-followed-{next(_NUMBERS)}.service"
    done = place.runwrap("-q", "-G", "-u", unit, "-p", "NoNewPrivileges=yes", *options, "true")
    assert done.returncode == status, done.stderr
    until(place, unit, "LoadState", "not-found")


@pytest.mark.parametrize("options", [(), ("--no-block",), ("-p", "Restart=on-failure")])
def test_a_unit_that_nobody_waits_for(place: Place, options: tuple[str, ...]) -> None:
    unit = f"not-waited-for-{next(_NUMBERS)}.service"
    asked = ("-q", *options, "-u", unit, "-p", "ProtectHome=yes")
    before = place.units()
    done = place.runwrap(*asked, "sleep", "300")
    assert done.returncode == 0, done.stderr
    are_gone(place, before)
    process = place.show(unit, "MainPID")
    # It can be started anew by anybody.
    assert place.run("systemctl", "restart", unit).returncode == 0
    until(place, unit, "SubState", "running")
    assert place.show(unit, "MainPID") != process
    _becomes(place, unit, "sleep")
    place.run("systemctl", "stop", unit)
    unit = f"not-waited-for-{next(_NUMBERS)}.service"
    asked = ("-q", *options, "-u", unit, "-p", "BPFProgram=egress:/sys/fs/bpf/none")
    done = place.runwrap(*asked, "sleep", "300")
    assert done.returncode == 1
    assert "BPFProgram=  cannot be told:" in done.stderr
    assert place.show(unit, "ActiveState") == "inactive"


@pytest.mark.parametrize(
    "options",
    [
        # Few descriptors, which some shells want more of.
        ("-p", "LimitNOFILE=10:20"),
        ("-p", "LimitCPU=10:infinity"),
        # The unit's own condition takes its time.
        ("-p", "NoNewPrivileges=yes", "-p", "ExecCondition=/bin/sleep 1"),
        # What would run also after a refusal, or would make one a success.
        ("-p", "NoNewPrivileges=yes", "-p", "ExecStopPost=/bin/true"),
        ("-p", "NoNewPrivileges=yes", "-p", "SuccessExitStatus=9"),
        # A start without a limit to its time.
        ("-p", "NoNewPrivileges=yes", "--service-type=oneshot"),
        ("-p", "NoNewPrivileges=yes", "-p", "TimeoutStartSec=infinity"),
        ("-p", "NoNewPrivileges=yes", "-p", "Delegate=yes"),
    ],
)
def test_odd_units(place: Place, options: tuple[str, ...]) -> None:
    done = _launch(place, *options, "sh", "-c", "exit 7")
    assert done.returncode == 7, done.stderr
    verdicts = _verdicts(done)
    assert {verdict["state"] for verdict in verdicts.values()} == {"in-force"}


def test_an_examination_that_fails_is_no_success(place: Place) -> None:
    mark = "/run/mark-success"
    options = (
        "-p",
        "SuccessExitStatus=203",
        "-p",
        "NoExecPaths=/",
        "-p",
        "ExecPaths=/usr/bin/touch",
    )
    done = _launch(place, *options, "-p", "ExecPaths=/usr/lib", "touch", mark)
    assert done.returncode == 1
    assert _verdicts(done)["NoExecPaths"]["state"] == "unknown"
    assert place.run("test", "-e", mark).returncode == 1


def test_a_unit_that_is_restarted(place: Place) -> None:
    options = ("-p", "NoNewPrivileges=yes", "-p", "Restart=on-failure", "-p", "StartLimitBurst=2")
    report = place.report(*options, "false")
    assert report["restarts"] >= 1
    assert [verdict["state"] for verdict in report["verdicts"]] == ["in-force"]


def test_triggers(place: Place) -> None:
    options = ("-q", "--on-active=1h", "-p", "PrivateNetwork=yes")
    assert place.runwrap(*options, "-u", "later", "true").returncode == 0
    assert "/bin/sh" not in place.run("systemctl", "cat", "later.service").stdout
    place.run("systemctl", "stop", "later.timer")
    done = place.runwrap(
        *options, "-u", "never", "-p", "BPFProgram=egress:/sys/fs/bpf/none", "true"
    )
    assert done.returncode == 1
    assert "never.timer was not run" in done.stderr
    assert place.show("never.timer", "ActiveState") == "inactive"


@pytest.mark.parametrize("report", [(), ("--report=/dev/stderr",)])
def test_scopes(whole_system: MachinePlace, report: tuple[str, ...]) -> None:
    options = ("-q", "--scope", *report, "-p", "IPAddressDeny=any")
    done = whole_system.runwrap(*options, "sh", "-c", "exit 7")
    assert done.returncode == 7, done.stderr
    mark = "/run/mark-scope"
    done = whole_system.runwrap(*options, "-p", "AllowedCPUs=0", "touch", mark)
    controllers = whole_system.run("cat", "/sys/fs/cgroup/cgroup.controllers").stdout.split()
    assert done.returncode == (0 if "cpuset" in controllers else 1), done.stderr
    if "cpuset" not in controllers:
        assert "AllowedCPUs=  not in force: the control group has no cpuset.cpus" in done.stderr
        assert whole_system.run("test", "-e", mark).returncode == 1
        assert whole_system.units("run-*.scope") == []


def test_the_environment_sets_the_default(
    embedded_place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = ("-q", "--wait", "-p", "BPFProgram=egress:/sys/fs/bpf/none", "sh", "-c", "exit 7")

    def status(mode: str, *more: str) -> int:
        monkeypatch.setenv("RUNWRAP_ENFORCE", mode)
        return embedded_place.runwrap(*more, *options).returncode

    assert [status("strict"), status("warn"), status("off"), status("loose")] == [1, 7, 7, 1]
    assert [status("off", "--enforce=strict"), status("strict", "--enforce=off")] == [1, 7]


def test_a_denial_that_a_slice_above_undoes(whole_system: MachinePlace) -> None:
    denied = ("-p", "IPAddressDeny=any", "-p", "IPAddressAllow=192.0.2.0/24")
    verdict = _verdicts(_launch(whole_system, *denied, "true"))["IPAddressDeny"]
    assert verdict["state"] == "in-force"
    # The network for documentation is what is tried first, where it is not allowed.
    assert "2001:db8::1" in verdict["evidence"]
    assert "192.0.2" not in verdict["evidence"]
    setting = ("systemctl", "set-property", "--runtime", "system.slice")
    whole_system.run(*setting, "IPAddressAllow=any")
    try:
        done = _launch(whole_system, *denied, "touch", "/run/mark-denied")
    finally:
        whole_system.run(*setting, "IPAddressAllow=")
    assert done.returncode == 1
    verdict = _verdicts(done)["IPAddressDeny"]
    assert verdict["state"] == "not-in-force"
    assert "would pass" in verdict["evidence"]
    assert "IPAddressAllow= of a slice" in verdict["advice"]
    assert whole_system.run("test", "-e", "/run/mark-denied").returncode == 1


def test_notes_on_access_lists(whole_system: MachinePlace) -> None:
    def notes(*assignments: str) -> str:
        options = itertools.chain.from_iterable(("-p", each) for each in assignments)
        return whole_system.runwrap("--wait", *options, "true").stderr

    families = "RestrictAddressFamilies=AF_INET AF_INET6"
    assert "note: access lists are for IP" in notes("IPAddressDeny=any")
    assert "note:" not in notes("IPAddressDeny=any", families)
    assert "note:" not in notes("IPAddressDeny=any", "PrivateNetwork=yes")
    assert "allows everything" in notes("IPAddressAllow=10.0.0.0/8", families)
    server = "/etc/resolv.conf"
    whole_system.run("sh", "-c", f"rm -f {server}; echo nameserver 192.0.2.1 > {server}")
    assert "the name server 192.0.2.1 is not allowed" in notes(
        "IPAddressDeny=any", "IPAddressAllow=10.0.0.0/8", families
    )
    assert "note:" not in notes("IPAddressDeny=any", "IPAddressAllow=192.0.2.0/24", families)
    assert "note:" not in notes("IPAddressDeny=any", "IPAddressAllow=localhost", families)
    setting = ("systemctl", "set-property", "--runtime", "system.slice")
    whole_system.run(*setting, "IPAddressDeny=10.9.0.0/16")
    try:
        told = notes("IPAddressDeny=any", "IPAddressAllow=192.0.2.1", families)
        assert "allow 192.0.2.1 (the unit), deny any (the unit), deny 10.9.0.0/16" in told
    finally:
        whole_system.run(*setting, "IPAddressDeny=")
