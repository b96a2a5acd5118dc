"""A user's own service manager, on whole systems."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.system.places import MachinePlace

USER = "tester"


@pytest.mark.parametrize(
    "arguments",
    [
        ("--wait", "true"),
        ("--wait", "sh", "-c", "exit 7"),
        ("--wait", "sh", "-c", "kill -KILL $$$$"),
        ("--wait", "-p", "RuntimeMaxSec=100ms", "sleep", "30"),
        ("--wait", "no-such-command-anywhere"),
        ("-P", "sh", "-c", "exit 9"),
        ("true",),
    ],
    ids=" ".join,
)
def test_exit_status_is_systemd_runs(
    whole_system: MachinePlace, arguments: tuple[str, ...]
) -> None:
    theirs = whole_system.run("systemd-run", "--user", *arguments, user=USER)
    ours = whole_system.runwrap("--user", *arguments, user=USER)
    assert ours.returncode == theirs.returncode, (ours.stderr, theirs.stderr)
    assert "Traceback" not in ours.stderr


def test_the_unit_belongs_to_the_user(whole_system: MachinePlace) -> None:
    done = whole_system.runwrap(
        *("--user", "-q", "-P", "sh", "-c", "id -un; grep ^0:: /proc/self/cgroup; cat"),
        user=USER,
        text="from outside\n",
    )
    name, cgroup, text = done.stdout.splitlines()
    assert name == USER
    assert re.search(r"/user@1000\.service/app\.slice/run-r[0-9a-f]{32}\.service$", cgroup)
    assert text == "from outside"


def test_what_a_user_may_not_count_is_null(whole_system: MachinePlace) -> None:
    options = ("--user", "--enforce=off", "-p", "IPAccounting=yes")
    report = whole_system.report(*options, "true", user=USER)
    assert report["result"] == "success"
    assert report["counters"]["cpu_usage_nsec"] > 0
    assert report["counters"]["ip_egress_bytes"] is None
    assert "user's service manager" in report["absent"]["ip_egress_bytes"]


def test_an_access_list_that_does_nothing_is_warned_of(whole_system: MachinePlace) -> None:
    done = whole_system.runwrap(
        *("--user", "-q", "--wait", "--enforce=warn", "-p", "IPAddressDeny=any", "true"), user=USER
    )
    assert done.stderr == (
        "runwrap: warning: IPAddressDeny= is not in force:"
        " a user's service manager may not filter IP traffic, or count it\n"
    )
    assert whole_system.runwrap("-q", "--wait", "-p", "IPAddressDeny=any", "true").stderr == ""


def test_reexecution_of_the_users_manager_is_survived(whole_system: MachinePlace) -> None:
    unit = "runwrap-user-reexec.service"
    with whole_system.popen_runwrap(
        *("--user", "-G", "-q", "--wait", "-u", unit, "sh", "-c", "sleep 2; exit 6"), user=USER
    ) as process:
        for _ in range(100):
            shown = whole_system.run("systemctl", "--user", "is-active", unit, user=USER)
            if shown.stdout.strip() == "active":
                break
        assert whole_system.run("systemctl", "--user", "daemon-reexec", user=USER).returncode == 0
        assert process.wait(timeout=30) == 6


def test_the_systems_manager_refuses_a_user_clearly(whole_system: MachinePlace) -> None:
    done = whole_system.runwrap("--wait", "true", user=USER)
    assert done.returncode == 1
    assert done.stderr.startswith("runwrap: the service manager does not permit it: ")
    assert "--user" in done.stderr


def test_a_user_without_a_bus_is_told(whole_system: MachinePlace) -> None:
    done = whole_system.run(
        *("env", "-u", "XDG_RUNTIME_DIR", "-u", "DBUS_SESSION_BUS_ADDRESS"),
        *("python3", "-m", "runwrap", "--user", "true"),
        user=USER,
    )
    assert done.returncode == 1
    assert "neither DBUS_SESSION_BUS_ADDRESS nor XDG_RUNTIME_DIR is set" in done.stderr
