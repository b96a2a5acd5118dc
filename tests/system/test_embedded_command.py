"""The command line on a machine without a running systemd: the private manager is used."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.system.places import MachinePlace

_ARGV = [sys.executable, "-m", "runwrap"]


def _environment() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if key != "DBUS_SYSTEM_BUS_ADDRESS"}


def _run(*arguments: str, text: str | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*_ARGV, *arguments],
        env=_environment(),
        input=text,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@contextlib.contextmanager
def _waiting() -> Iterator[subprocess.Popen[str]]:
    """Start runwrap, and go on when it waits for a command that has a minute to go."""
    with subprocess.Popen(
        [*_ARGV, "--embedded", "--wait", "sleep", "60"],
        env=_environment(),
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        assert process.stderr.readline().startswith("Running as unit")
        yield process


def test_output_comes_through_and_the_end_is_waited_for() -> None:
    done = _run("--embedded", "sh", "-c", "sleep 0.3; echo out; echo err >&2; exit 3")
    assert (done.returncode, done.stdout) == (3, "out\n")
    assert "err\n" in done.stderr


@pytest.mark.parametrize("option", ["--embedded", None])
def test_it_is_told_when_it_was_not_asked_for(option: str | None) -> None:
    options = [option] if option else []
    done = _run(*options, "--wait", "true")
    assert done.returncode == 0
    lines = [line for line in done.stderr.splitlines() if "private one" in line]
    assert len(lines) == (0 if option else 1)
    assert _run("-q", *options, "--wait", "true").stderr == ""


def test_not_waiting_is_refused() -> None:
    for options in ((), ("--embedded",)):
        done = _run(*options, "--no-block", "true")
        assert done.returncode == 1
        assert done.stderr.startswith("runwrap: --no-block ")


def test_standard_input_is_handed_over_with_pipe_only() -> None:
    assert _run("-q", "-P", "--embedded", "cat", text="text").stdout == "text"
    assert _run("-q", "--embedded", "cat", text="text").stdout == ""


def test_report_says_why_counters_are_absent() -> None:
    report = json.loads(_run("--embedded", "-q", "--report=-", "true").stdout)
    absent = [name for name, value in report["counters"].items() if value is None]
    assert sorted(absent) == sorted(report["absent"])
    assert report["counters"]["cpu_usage_nsec"] > 0


def test_an_interrupted_command_is_stopped() -> None:
    with _waiting() as process:
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)
    assert process.returncode == -signal.SIGINT
    assert "SIGINT: stopping run-r" in err


def test_closed_descriptors_do_no_harm() -> None:
    done = subprocess.run(
        ["sh", "-c", '"$@" <&- >&- 2>&-', "sh", *_ARGV, "--embedded", "sh", "-c", "exit 5"],
        env=_environment(),
        timeout=60,
        check=False,
    )
    assert done.returncode == 5


def test_limits_without_a_controller_are_refused() -> None:
    report = json.loads(_run("--embedded", "-q", "--report=-", "true").stdout)
    held = "controller is" in report["absent"]["memory_peak"]
    done = _run("--embedded", "-q", "-p", "MemoryMax=1G", "true")
    assert ("MemoryMax=  not in force: the memory controller is" in done.stderr) == held
    assert (done.returncode == 1) == held
    done = _run("--embedded", "-q", "--enforce=warn", "-p", "MemoryMax=1G", "true")
    assert ("warning: MemoryMax= is not in force: the memory controller is" in done.stderr) == held
    assert done.returncode == 0


def test_credentials_reach_the_command() -> None:
    script = 'cat "$CREDENTIALS_DIRECTORY/token"'
    done = _run("--embedded", "-q", "-p", "SetCredential=token:secret", "sh", "-c", script)
    assert (done.returncode, done.stdout) == (0, "secret"), done.stderr


def test_output_goes_where_the_properties_send_it(tmp_path: Path) -> None:
    file = tmp_path / "out"
    options = ("-p", f"StandardOutput=file:{file}", "-p", "StandardError=null")
    done = _run("--embedded", "-q", *options, "sh", "-c", "echo out; echo err >&2")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert file.read_text() == "out\n"


def test_the_report_has_standard_output_for_itself() -> None:
    done = _run("--embedded", "-q", "--report=-", "sh", "-c", "echo out")
    assert json.loads(done.stdout)["result"] == "success"
    assert done.stderr == "out\n"


def test_a_failed_set_up_is_told() -> None:
    done = _run("--embedded", "--uid=nosuchuser", "true")
    assert done.returncode == 217
    assert "set-up failed: status=217/USER" in done.stderr


def test_the_end_of_the_private_manager_is_told_at_once() -> None:
    with _waiting() as process:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        (supervisor,) = children
        os.kill(int(supervisor), signal.SIGKILL)
        begin = time.monotonic()
        _, err = process.communicate(timeout=20)
    assert process.returncode == 1
    assert "private service manager" in err
    assert time.monotonic() - begin < 3


def test_a_private_manager_beside_a_running_one(whole_system: MachinePlace) -> None:
    """With the systemd of that release, 257 or 262, and its Python."""
    report = whole_system.report(
        "--embedded", "-p", "IPAccounting=yes", "-p", "PrivateTmp=yes", "sh", "-c", "exit 7"
    )
    assert (report["exit_status"], report["counters"]["ip_egress_bytes"]) == (7, 0)
    assert report["manager_version"].startswith(str(whole_system.systemd))
    assert "systemd-private" not in whole_system.run("ls", "/tmp").stdout.replace(
        f"systemd-private-{_boot_id(whole_system)}", ""
    )


def _boot_id(place: MachinePlace) -> str:
    text = place.run("cat", "/proc/sys/kernel/random/boot_id").stdout
    return text.strip().replace("-", "")
