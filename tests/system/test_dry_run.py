"""Dry runs beside real managers: nothing is started, and what is shown is true."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from runwrap.properties import directives

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.system.places import EmbeddedPlace, Place

PROPERTIES = {
    "IPAddressDeny": "any",
    "IPAddressAllow": "10.0.0.0/8 ::1",
    "MemoryMax": "512M",
    "MemoryHigh": "50%",
    "TasksMax": "64",
    "CPUQuota": "150%",
    "LimitNOFILE": "1024:4096",
    "ProtectSystem": "strict",
    "ReadWritePaths": '-/var/tmp "-/a path/100%"',
    "RestrictAddressFamilies": "~AF_PACKET",
    "SystemCallFilter": "@system-service",
    "CapabilityBoundingSet": "~CAP_SYS_ADMIN",
    "UMask": "0027",
    "SuccessExitStatus": "3 SIGKILL",
    "RuntimeMaxSec": "5min 2s",
    "KillSignal": "SIGINT",
    "After": "sysinit.target",
    "ConditionPathExists": "!/nosuchfile",
    "ExecStartPre": '-/bin/sh -c "exit $${NONE}3" "a b"',
    "StandardOutput": "null",
    "LogExtraFields": "FIELD=100%%",
    "Documentation": "man:true(1)",
}
"""One of each kind, by directive."""

OPTIONS = (
    "--nice=5",
    "-E",
    'A=b "c" %h $d',
    "--working-directory=/tmp",
    "--service-type=exec",
    "-G",
)
COMMAND = ("sh", "-c", 'exec sleep "$1" # %n $$', "sh", "60")

SHOWN = (
    *("Description", "Type", "Nice", "Environment", "WorkingDirectory", "CollectMode"),
    *("MemoryMax", "TasksMax", "CPUQuotaPerSecUSec", "LimitNOFILE", "LimitNOFILESoft"),
    *("IPAddressAllow", "IPAddressDeny", "ProtectSystem", "ReadWritePaths", "UMask"),
    *("RestrictAddressFamilies", "SystemCallFilter", "CapabilityBoundingSet", "KillSignal"),
    *("SuccessExitStatus", "RuntimeMaxUSec", "Documentation", "StandardOutput", "LogExtraFields"),
    # These two hold the time and the process of a run too.
    *("ExecStartPre", "ExecStart"),
)
UNITS = ("runwrap-dry-run.service", "runwrap-dry-file.service")
DIRECTORY = "/run/systemd/system.control"
"""One that all managers take unit files from, the embedded one too."""


@pytest.fixture
def arguments(place: Place) -> Iterator[list[str]]:
    """A command line with something of each kind; what comes of it is removed again."""
    assignments = [f"--property={name}={value}" for name, value in PROPERTIES.items()]
    yield [f"--unit={UNITS[0]}", *OPTIONS, *assignments, *COMMAND]
    place.run("systemctl", "stop", *UNITS)
    place.run("rm", "-rf", f"{DIRECTORY}/{UNITS[1]}", "/run/runwrap-dry")
    place.run("systemctl", "daemon-reload")


def _write(place: Place, path: str, text: str) -> None:
    done = place.run("sh", "-c", 'mkdir -p "${1%/*}" && cat > "$1"', "sh", path, text=text)
    assert done.returncode == 0, done.stderr


def _shown(place: Place, unit: str) -> dict[str, str]:
    """Return properties of *unit* as systemctl shows them, without what differs by run."""
    done = place.run("systemctl", "show", unit, *(f"--property={name}" for name in SHOWN))
    values = dict(line.split("=", 1) for line in done.stdout.splitlines())
    for name in ("IPAddressAllow", "IPAddressDeny"):
        # They have no order.
        values[name] = " ".join(sorted(values[name].split()))
    return {name: value.split(" ; start_time=")[0] for name, value in values.items()}


def test_the_unit_file_is_one(place: Place, arguments: list[str]) -> None:
    done = place.runwrap("--dry-run", *arguments)
    assert done.returncode == 0, done.stderr
    # Not every place has all cgroup controllers.
    *warnings, last = done.stderr.splitlines()
    assert all(" will not be in force: " in line for line in warnings)
    assert last.startswith("runwrap: a start has a shell in the place of the command")
    assert done.stdout.startswith(f"# {UNITS[0]}\n[Unit]\n")
    assert place.show(UNITS[0], "LoadState") == "not-found"
    path = f"/run/runwrap-dry/{UNITS[0]}"
    _write(place, path, done.stdout)
    verified = place.run("systemd-analyze", "verify", "--man=no", path)
    assert verified.returncode == 0, verified.stderr
    assert UNITS[0] not in verified.stderr


def test_the_unit_file_gives_the_same_unit(place: Place, arguments: list[str]) -> None:
    text = place.runwrap("--dry-run", *arguments).stdout
    _write(place, f"{DIRECTORY}/{UNITS[1]}", text)
    assert place.run("systemctl", "daemon-reload").returncode == 0
    from_file = place.run("systemctl", "start", UNITS[1])
    assert from_file.returncode == 0, from_file.stderr
    # Not every place has all cgroup controllers.
    started = place.runwrap("--enforce=off", *arguments)
    assert started.returncode == 0, started.stderr
    expected = _shown(place, UNITS[0])
    assert expected["ReadWritePaths"] == '-/var/tmp "-/a path/100%"'
    assert expected["Nice"] == "5"
    assert _shown(place, UNITS[1]) == expected


def test_a_document_is_for_the_manager(place: Place) -> None:
    before = place.units()
    options = ("--dry-run=json", "--wait", "--enforce=off", "-p", "CPUAccounting=yes")
    done = place.runwrap(*options, "true")
    assert (done.returncode, done.stderr) == (0, "")
    document = json.loads(done.stdout)
    assert document["systemd"] == place.systemd
    version = place.run("systemctl", "show", "--value", "-p", "Version").stdout.strip()
    assert document["manager_version"] == version
    (unit,) = document["units"]
    names = [item["name"] for item in unit["properties"]]
    assert ("CPUAccounting" in names) == (place.systemd < 258)
    assert place.units() == before


def test_an_embedded_manager_is_not_started_for_it(embedded_place: EmbeddedPlace) -> None:
    done = embedded_place.runwrap("--embedded", "--dry-run=json", "true")
    assert (done.returncode, done.stderr) == (0, "")
    document = json.loads(done.stdout)
    # It would be of the systemd that is installed, as this place's own manager is.
    assert document["systemd"] == embedded_place.systemd
    version = embedded_place.run("systemctl", "show", "--value", "-p", "Version").stdout.strip()
    assert document["manager_version"] == version
    handed = [
        (item["name"], item["value"])
        for item in document["units"][0]["properties"]
        if item["signature"] == "h"
    ]
    assert handed == [("StandardOutputFileDescriptor", 1), ("StandardErrorFileDescriptor", 2)]


def test_the_list_is_for_the_manager(place: Place) -> None:
    done = place.runwrap("--list-properties")
    assert (done.returncode, done.stderr) == (0, "")
    lines = [line.split("\t") for line in done.stdout.splitlines()]
    assert {line[0] for line in lines} == {row.name for row in directives() if row.unit_types}
    unknown = [line[0] for line in lines if line[4].startswith("no: needs")]
    assert bool(unknown) == (place.systemd < 262)
