"""The command line: what it refuses before anything is started, and what starts nothing."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys

import pytest

from runwrap import __version__


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
        (("--wait", "--no-block", "true"), "--no-block and --wait cannot be combined"),
        (("--report=-", "--no-block", "true"), "--no-block and --report cannot be combined"),
        (("--user", "--embedded", "true"), "--user and --embedded cannot be combined"),
        (("--nosuch", "true"), "there is no option --nosuch"),
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
        (("-p",), "-p needs a value"),
        (("true",), "cannot connect to the bus at unix:path=/nonexistent/bus"),
        (
            ("-p", "IPAddressAllow=10.0.0.0/8 foo", "true"),
            'IPAddressAllow=10.0.0.0/8 >>foo<<: "foo" is not',
        ),
        (("--dry-run",), "there is no command to run"),
        (("--dry-run=bogus", "true"), "--dry-run=bogus: expected unit or json"),
        (("--dry-run=", "true"), "expected unit or json"),
        (("--dry-run=JSON", "true"), "did you mean json?"),
        (("--dry-run", "json", "true"), "json: command not found"),
        (("--dry-run", "-p", "MemoryMux=1G", "true"), "did you mean MemoryMax"),
        (("--list-properties=IPAdressAllow",), "did you mean IPAddressAllow?"),
        (("--list-properties=x*y",), 'no directive matches "x*y"'),
        (("--list-properties", "IPAddress"), "did you mean --list-properties=IPAddress?"),
        (("--list-properties=IP*", "true"), "--list-properties runs no command"),
        (("--list-properties", "--dry-run"), "cannot be combined"),
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
        for name in (
            "--property",
            "--wait",
            "--report",
            "--stop-on-exit",
            "--dry-run",
            "--embedded",
        ):
            assert name in done.stdout


def test_options_end_at_the_command() -> None:
    done = _run("-q", "runwrap-no-such-program", "--wait", "--wat")
    assert "runwrap-no-such-program: command not found" in done.stderr


def test_a_dry_run_without_a_manager() -> None:
    done = _run("--dry-run=json", "-u", "a", "true", "--wait")
    assert done.returncode == 0
    assert done.stderr.startswith(
        "runwrap: no manager tells its version, systemd 262 is meant: cannot connect"
    )
    assert done.stderr.count("\n") == 1
    document = json.loads(done.stdout)
    assert (document["systemd"], document["manager_version"]) == (262, None)
    assert [unit["name"] for unit in document["units"]] == ["a.service"]
    description = document["units"][0]["properties"][0]["value"]
    assert description.endswith("/true --wait")


def test_a_dry_run_makes_names_up() -> None:
    names = {_run("--dry-run", "true").stdout.partition("\n")[0] for _ in range(2)}
    assert len(names) == 2
    assert all(name.startswith("# run-r") and name.endswith(".service") for name in names)


def test_a_list_without_a_manager() -> None:
    done = _run("--list-properties=IPADDRESS*")
    assert done.returncode == 0
    assert "which ones are known cannot be told: cannot connect" in done.stderr
    lines = [line.split("\t") for line in done.stdout.splitlines()]
    assert [(line[0], line[1], line[3], line[4]) for line in lines] == [
        ("IPAddressAllow", "service, scope, socket", "235", "?"),
        ("IPAddressDeny", "service, scope, socket", "235", "?"),
    ]


def test_a_list_on_a_terminal_has_a_header() -> None:
    ours, theirs = pty.openpty()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "runwrap", "--embedded", "--list-properties=IPAddressAllow"],
            env={**os.environ, "COLUMNS": "70"},
            stdout=theirs,
            stderr=subprocess.PIPE,
            timeout=30,
            check=False,
        )
        text = os.read(ours, 65536).decode().replace("\r\n", "\n")
    finally:
        os.close(ours)
        os.close(theirs)
    assert done.returncode == 0, done.stderr
    assert text.startswith("NAME            UNITS ")
    assert "IP addresses and" in text
    assert max(len(line) for line in text.splitlines()) <= 70


def test_a_list_that_nobody_reads_ends_by_a_signal() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "runwrap", "--embedded", "--list-properties"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == -signal.SIGPIPE


@pytest.mark.parametrize("option", ["--on-calendar=daily", "--scope", "-r", "--no-block"])
def test_a_dry_run_is_for_any_manager(option: str) -> None:
    """A private manager could not do it, but nothing is started."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("DBUS")}
    done = subprocess.run(
        [sys.executable, "-m", "runwrap", "--embedded", "--dry-run", option, "true"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("# run-r")
