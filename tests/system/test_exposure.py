"""The exposure that is told of a unit before it is started is what its system rates it with."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.system.places import CHECKOUT, EmbeddedPlace, until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.system.places import MachinePlace, Place

UNIT = "runwrap-exposure.service"

SETS: tuple[tuple[str, ...], ...] = (
    (),
    ("DynamicUser=yes",),
    ("PrivateTmp=yes",),
    ("ProtectSystem=strict", "ProtectHome=yes"),
    ("User=daemon", "PrivateMounts=no"),
    ("PrivateMounts=yes",),
    ("PrivateDevices=yes", "ProtectClock=yes"),
    ("ProtectKernelModules=yes",),
    ("ProtectKernelTunables=yes",),
    ("ProtectControlGroups=yes",),
    ("ProtectHome=read-only",),
    ("RootImage=/nosuch.img",),
    ("ProtectKernelLogs=yes", "ProtectHostname=yes", "PrivateNetwork=yes", "PrivateIPC=yes"),
    ("ReadOnlyPaths=/mnt", "BindPaths=/mnt", "InaccessiblePaths=/mnt"),
    ("RootDirectory=/", "TemporaryFileSystem=/mnt"),
    ("DefaultDependencies=no", "ProtectSystem=strict", "User=daemon", "RemoveIPC=yes"),
    ("CapabilityBoundingSet=", "SystemCallFilter=@system-service", "RestrictNamespaces=yes"),
    ("CapabilityBoundingSet=~CAP_SYS_ADMIN CAP_KILL", "SystemCallFilter=~@mount @reboot"),
    ("RestrictNamespaces=user mnt", "IPAddressDeny=any", "IPAddressAllow=localhost"),
    ("RestrictAddressFamilies=AF_UNIX", "ProtectProc=invisible", "ProcSubset=pid"),
    ("Delegate=yes", "SystemCallArchitectures=native", "LockPersonality=yes"),
    ("KeyringMode=shared", "UMask=0077", "NotifyAccess=all", "RestrictSUIDSGID=yes"),
    ("DeviceAllow=/dev/null", "DevicePolicy=strict", "AmbientCapabilities=CAP_KILL"),
)
"""Directives that are rated, alone and with others that they imply or that imply them."""

_RATER = """
import asyncio, dataclasses, json, sys
from runwrap import LaunchSpec, exposure_of

async def rate(properties):
    found = await exposure_of(LaunchSpec(command=("/bin/true",), properties=tuple(properties)))
    return found.level, [dataclasses.astuple(row) for row in found.findings]

async def main():
    print(json.dumps([await rate(properties) for properties in json.loads(sys.argv[1])]))

asyncio.run(main())
"""

USER_SETS: tuple[tuple[str, ...], ...] = (
    (),
    ("PrivateTmp=yes", "ProtectHome=yes"),
    ("NoNewPrivileges=yes", "SystemCallFilter=@system-service", "KeyringMode=private"),
)


@pytest.fixture(autouse=True)
def _ended(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    for name in ("place", "whole_system"):
        if name in request.fixturenames:
            place: Place = request.getfixturevalue(name)
            place.run("systemctl", "stop", UNIT)
            place.run("systemctl", "reset-failed", UNIT)


def _options(assignments: tuple[str, ...]) -> list[str]:
    return [f"--property={assignment}" for assignment in assignments]


def _analyzed(
    place: Place, *options: str, unit: str = UNIT, user: str | None = None
) -> tuple[float, Any]:
    """Return what the system's own systemd-analyze says of the unit: level and table."""
    text = place.run("systemd-analyze", *options, "security", "--no-pager", unit, user=user)
    assert text.returncode == 0, text.stderr
    found = re.search(r"Overall exposure level for .*: ([\d.]+)", text.stdout)
    assert found, text.stdout
    table = place.run("systemd-analyze", *options, "security", "--json=short", unit, user=user)
    rows = [
        (row["name"], row["description"], row["set"], row["exposure"] and float(row["exposure"]))
        for row in json.loads(table.stdout)
    ]
    return float(found[1]), rows


def _expose(
    place: Place, *arguments: str, user: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Run ``runwrap --exposure`` where systemd's tools reach the same manager."""
    if not isinstance(place, EmbeddedPlace):
        return place.runwrap("--exposure", *arguments, user=user)
    path = f"PYTHONPATH={CHECKOUT}"
    return place.run("env", path, place.python, "-m", "runwrap", "--exposure", *arguments)


def _told(place: Place, *arguments: str, user: str | None = None) -> tuple[float, Any]:
    """Return what runwrap says: level and table."""
    done = _expose(place, "--json=short", *arguments, user=user)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    document = json.loads(done.stdout)
    assert document["unit"] == UNIT
    keys = ("name", "description", "set", "cost")
    return document["exposure"], [tuple(row[key] for key in keys) for row in document["findings"]]


def test_the_levels_are_those_of_the_started_units(place: Place) -> None:
    names = [f"runwrap-exposed-{number}.service" for number in range(len(SETS))]
    path = f"PYTHONPATH={CHECKOUT}" if isinstance(place, EmbeddedPlace) else "_="
    done = place.run("env", path, place.python, "-c", _RATER, json.dumps(SETS), timeout=120)
    assert done.returncode == 0, done.stderr
    try:
        for name, assignments in zip(names, SETS, strict=True):
            options = ("--no-block", "-q", "-r", f"--unit={name}", *_options(assignments))
            started = place.systemd_run(*options, "/bin/true")
            assert started.returncode == 0, started.stderr
        for name, assignments, told in zip(names, SETS, json.loads(done.stdout), strict=True):
            level, rows = _analyzed(place, unit=name)
            assert (told[0], [tuple(row) for row in told[1]]) == (level, rows), assignments
    finally:
        place.run("systemctl", "stop", *names)
        place.run("systemctl", "reset-failed", *names)


def test_units_that_run_and_that_have_ended(place: Place) -> None:
    options = [f"--unit={UNIT}", *_options(("PrivateTmp=yes", "CapabilityBoundingSet=CAP_KILL"))]
    told = _told(place, *options, "/bin/true")
    assert place.show(UNIT, "LoadState") == "not-found"
    for command in (("/bin/sleep", "60"), ("/bin/false",)):
        assert place.systemd_run("-q", *options, *command).returncode == 0
        if command[0] == "/bin/false":
            until(place, UNIT, "ActiveState", "failed")
        assert _told(place, f"--unit={UNIT}") == told == _analyzed(place)
        place.run("systemctl", "stop", UNIT)


def test_root_directories(whole_system: MachinePlace) -> None:
    """Managers take them as a directive, or as a descriptor, which is rated otherwise."""
    whole_system.run("sh", "-c", "mkdir -p /run/rated && mount --bind / /run/rated")
    try:
        options = [f"--unit={UNIT}", "-r", "--root-directory=/run/rated"]
        told = _told(whole_system, *options, "/bin/true")
        # The bind mount of the root is the same directory, which passes for no other one.
        done = whole_system.runwrap("-q", "--no-block", "--enforce=off", *options, "/bin/true")
        assert done.returncode == 0, done.stderr
        assert told == _analyzed(whole_system)
        limit = f"--max-exposure={told[0]}"
        assert whole_system.runwrap("--dry-run", limit, *options, "/bin/true").returncode == 0
    finally:
        whole_system.run("umount", "-l", "/run/rated")


@pytest.mark.parametrize("assignments", USER_SETS, ids=" ".join)
def test_users_managers(whole_system: MachinePlace, assignments: tuple[str, ...]) -> None:
    options = ["--user", f"--unit={UNIT}", *_options(assignments)]
    told = _told(whole_system, *options, "/bin/true", user="tester")
    try:
        started = whole_system.run(
            "systemd-run", "--no-block", "-q", "-r", *options, "/bin/true", user="tester"
        )
        assert started.returncode == 0, started.stderr
        assert told == _analyzed(whole_system, "--user", user="tester")
        assert _told(whole_system, "--user", f"--unit={UNIT}", user="tester") == told
    finally:
        whole_system.run("systemctl", "--user", "stop", UNIT, user="tester")
        whole_system.run("systemctl", "--user", "reset-failed", UNIT, user="tester")


def test_without_privileges(whole_system: MachinePlace) -> None:
    """Nothing is needed for it but the program."""
    told = _told(whole_system, "--system", f"--unit={UNIT}", "/bin/true", user="tester")
    assert told == _told(whole_system, f"--unit={UNIT}", "/bin/true")


def test_gains_are_true(whole_system: MachinePlace) -> None:
    """A unit with the directive that is told gets the level that is told, in one loaded too."""
    done = _expose(whole_system, "--json=short", "-p", "ProtectHome=yes", "/bin/true")
    document = json.loads(done.stdout)
    best = document["gains"][0]
    started = whole_system.systemd_run(
        *("--no-block", "-q", "-r", f"--unit={UNIT}"),
        *("-p", "ProtectHome=yes", "-p", best["assignment"], "/bin/true"),
    )
    assert started.returncode == 0, started.stderr
    level, _ = _analyzed(whole_system)
    assert level == best["exposure"] < document["exposure"]
    done = _expose(whole_system, "--json=short", f"--unit={UNIT}")
    loaded = json.loads(done.stdout)
    assert loaded["exposure"] == level
    assert loaded["gains"][0]["exposure"] < level
    assert best["assignment"] not in {gain["assignment"] for gain in loaded["gains"]}


def test_units_of_machines(whole_system: MachinePlace) -> None:
    done = _expose(whole_system, "--machine=.host", "--json=short", "--unit=dbus.service")
    document = json.loads(done.stdout)
    done = _expose(whole_system, "--json=short", "--unit=dbus.service")
    assert document == {**json.loads(done.stdout), "gains": None}


def test_a_limit_refuses_before_anything_is_started(place: Place) -> None:
    options = ["--wait", f"--unit={UNIT}", "-p", "PrivateNetwork=yes"]
    command = ["/bin/touch", "/dev/shm/runwrap-exposure"]
    level, _ = _told(place, *options[1:], *command)
    done = place.runwrap(*options, f"--max-exposure={level - 0.1:.1f}", *command)
    assert done.returncode == 1
    assert f"{UNIT} was not started: it is rated {level} " in done.stderr
    assert "--property=CapabilityBoundingSet= would make it" in done.stderr
    assert place.show(UNIT, "LoadState") == "not-found"
    assert place.run("test", "-e", command[1]).returncode == 1
    # The same, and it is let pass.
    done = place.runwrap(*options, f"--max-exposure={level}", *command)
    assert done.returncode == 0, done.stderr
    assert place.run("rm", command[1]).returncode == 0


def test_the_report_has_the_level(place: Place) -> None:
    assignments = ("PrivateTmp=yes", "NoNewPrivileges=yes")
    options = [f"--unit={UNIT}", *_options(assignments)]
    level, _ = _told(place, *options, "/bin/true")
    report = place.report(*options, "/bin/true")
    assert (report["exposure"], report["exposure_absent"]) == (level, None)
    report = place.report("--max-exposure=9.9", *options, "/bin/true")
    assert (report["exposure"], report["exposure_absent"]) == (level, None)


def test_the_report_tells_why_there_is_no_level(whole_system: MachinePlace) -> None:
    report = whole_system.report(
        "--scope", f"--unit={UNIT.replace('service', 'scope')}", "/bin/true"
    )
    assert report["exposure"] is None
    assert "rates services only" in report["exposure_absent"]


def test_interrupted_runs_report_the_level(place: Place) -> None:
    options = ["--stop-on-exit", f"--unit={UNIT}", "--report=-", "--pipe"]
    with place.popen_runwrap(
        *options, "/bin/cat", stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("ready\n")
        process.stdin.flush()
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert json.loads(out)["interrupted"] == "INT", err
    assert json.loads(out)["exposure"] == _told(place, f"--unit={UNIT}", "/bin/cat")[0]


@pytest.mark.parametrize(
    ("unit", "said"),
    [("runwrap-nosuch", "not found"), ("system.slice", "names a slice unit")],
)
def test_units_that_are_not_there(place: Place, unit: str, said: str) -> None:
    done = _expose(place, f"--unit={unit}")
    assert done.returncode == 1
    assert done.stdout == ""
    assert said in done.stderr
