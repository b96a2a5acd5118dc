"""The command line: what it refuses before anything is started."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from runwrap import __version__
from runwrap.cli.request import Where, choose_where
from runwrap.errors import UsageError


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    # An address where nobody listens: what gets that far fails in another way.
    return subprocess.run(
        [sys.executable, "-m", "runwrap", *arguments],
        env={**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/nonexistent/bus"},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "there is no command to run"),
        (("--wait",), "there is no command to run"),
        (("--wat", "true"), "No such option"),
        (("--wait", "--no-block", "true"), "--no-block and --wait cannot be combined"),
        (("--report=-", "--no-block", "true"), "--no-block and --report cannot be combined"),
        (("--user", "--embedded", "true"), "--user and --embedded cannot be combined"),
        (("-d", "--working-directory=/", "true"), "--same-dir and --working-directory="),
        (("--nice=high", "true"), "--nice=high: not a number"),
        (("--nice=20", "true"), "20"),
        (("-p", "MemoryMax", "true"), "MemoryMax"),
        (("-p", "MemoryMux=1G", "true"), "did you mean MemoryMax"),
        (("-p", "MemoryMax=lots", "true"), "MemoryMax=lots"),
        (("-p", "ProtectSystem=stict", "true"), "did you mean strict"),
        (("--report=/nonexistent/file", "true"), "/nonexistent"),
        (("--report=/", "true"), "directory"),
        (("-u", "a.timer", "true"), "a.timer"),
        (("runwrap-no-such-program",), "command not found in PATH"),
        (("/nonexistent/program",), "no such file"),
        (("-p",), "requires an argument"),
        (("true",), "cannot connect to the bus at unix:path=/nonexistent/bus"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_refusals(arguments: tuple[str, ...], message: str) -> None:
    done = _run(*arguments)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("runwrap: ")
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_all_faults_are_told_at_once() -> None:
    done = _run("-p", "MemoryMux=1G", "-p", "PrivateTmp=yes", "-p", "CPUWeight=no-number", "true")
    assert "MemoryMux=1G" in done.stderr
    assert "CPUWeight=no-number" in done.stderr
    assert "PrivateTmp" not in done.stderr


def test_version_and_help() -> None:
    assert _run("--version").stdout == f"runwrap {__version__}\n"
    for option in ("--help", "-h"):
        done = _run(option)
        assert done.returncode == 0
        for name in ("--property", "--wait", "--report", "--stop-on-exit", "--embedded"):
            assert name in done.stdout


def test_options_end_at_the_command() -> None:
    done = _run("-q", "runwrap-no-such-program", "--wait", "--wat")
    assert "runwrap-no-such-program: command not found" in done.stderr


@pytest.mark.parametrize(
    ("options", "booted", "environ", "expected"),
    [
        ({}, True, {}, (Where.SYSTEM, False)),
        ({}, False, {}, (Where.EMBEDDED, True)),
        ({}, False, {"DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/x"}, (Where.SYSTEM, False)),
        ({"system": True}, False, {}, (Where.SYSTEM, False)),
        ({"user": True}, False, {}, (Where.USER, False)),
        ({"embedded": True}, True, {}, (Where.EMBEDDED, False)),
    ],
)
def test_choosing_a_manager(
    options: dict[str, bool], booted: bool, environ: dict[str, str], expected: tuple[Where, bool]
) -> None:
    asked = {"system": False, "user": False, "embedded": False, **options}
    assert choose_where(**asked, booted=booted, environ=environ) == expected


def test_two_managers_are_one_too_many() -> None:
    with pytest.raises(UsageError, match="--system and --user"):
        choose_where(system=True, user=True, embedded=False, booted=True, environ={})
