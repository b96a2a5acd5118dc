"""Services, scopes, triggers and logs when something goes wrong meanwhile, on real managers."""

from __future__ import annotations

import json
import signal
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.inside import inside, popen_inside, within
from tests.support.tty import Terminal, runwrap_argv
from tests.system.places import until

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator

    from tests.system.places import Place

# As in the tests of each mode: what does not depend on the version.
_NEWEST = pytest.mark.parametrize("place", ["forky"], indirect=True)

_UNIT = "modes-fault"

_MODES = {
    "wait": ("--wait",),
    "pipe": ("-P",),
    "log": ("-v", "--wait"),
    "report": ("--scope", "--report=/dev/null"),
    "scope": ("--scope",),
}
_WAITING = ("pipe", "log", "report")

# Ends when it is told to, so that things can happen before.
_HELD = ("sh", "-c", "while [ ! -e /run/modes-go ]; do sleep 0.02; done; exit 6")


@pytest.fixture(autouse=True)
def _tidy(place: Place) -> Iterator[None]:
    """See that no unit, no process and no file is left."""
    yield
    place.run("rm", "-f", "/run/modes-go", "/run/modes-made")
    left = [unit for unit in place.units("modes-*") if not unit.endswith(".slice")]
    if left:
        place.run("systemctl", "stop", *left)
        place.run("systemctl", "reset-failed", *left)
    assert left == []
    for pattern in ("-m runwrap", "^journalctl|/journalctl ", "ask-password-agent"):
        assert _processes(place, pattern) == [], pattern


def _processes(place: Place, pattern: str) -> list[str]:
    return place.run("pgrep", "-f", pattern).stdout.split()


def _wait(condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + 15
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.02)
    raise AssertionError(what)


def _unit(mode: str) -> str:
    return f"{_UNIT}.scope" if "--scope" in _MODES[mode] else f"{_UNIT}.service"


def _started(place: Place, mode: str, *command: str, **options: Any) -> subprocess.Popen[str]:
    """Start runwrap in that *mode*, and wait until the unit runs and that has been said."""
    process = popen_inside(place, *_MODES[mode], "-G", "-u", _UNIT, *command, **options)
    assert process.stderr is not None
    assert process.stderr.readline().startswith("Running as unit: ")
    until(place, _unit(mode), "ActiveState", "active")
    return process


@pytest.mark.parametrize("mode", _WAITING)
def test_a_reexecution_of_the_manager(place: Place, mode: str) -> None:
    with _started(place, mode, *_HELD) as process:
        assert place.run("systemctl", "daemon-reexec").returncode == 0
        place.run("touch", "/run/modes-go")
        _, err = process.communicate(timeout=20)
    assert process.returncode == 6, err


@_NEWEST
@pytest.mark.parametrize("mode", _WAITING)
def test_a_restart_of_the_bus(place: Place, mode: str) -> None:
    with _started(place, mode, *_HELD) as process:
        assert place.run("systemctl", "restart", "dbus.service").returncode == 0
        place.run("touch", "/run/modes-go")
        _, err = process.communicate(timeout=30)
    assert process.returncode == 6, err


@_NEWEST
def test_a_trigger_outlives_a_reexecution(place: Place) -> None:
    done = inside(
        place,
        *("--on-active=1500ms", "--timer-property=AccuracySec=1ms", "-u", _UNIT),
        *("touch", "/run/modes-made"),
    )
    assert done.returncode == 0, done.stderr
    assert place.run("systemctl", "daemon-reexec").returncode == 0
    made = ("test", "-e", "/run/modes-made")
    _wait(lambda: place.run(*made).returncode == 0, "the command was not started")
    until(place, f"{_UNIT}.timer", "LoadState", "not-found")


@_NEWEST
def test_streams_that_are_closed(place: Place) -> None:
    for mode in ("--wait", "--scope", "-v --wait", "--on-active=1ms", "--json=short"):
        # In a pipe that nobody reads, and without any.
        for streams in ("<&- >&- 2>&-", "2>/dev/null >/dev/full </dev/null"):
            command = "true" if mode == "--on-active=1ms" else "sh -c 'exit 5'"
            ours, theirs = within(place, f'"$@" {mode} -q -G {command} {streams}')
            assert ours.returncode == theirs.returncode, (mode, streams, ours.stderr)
            assert "Traceback" not in ours.stderr
    # There systemd-run fails; the command can do without.
    done = place.run(
        *("sh", "-c", "exec \"$@\" -P -q sh -c 'exit 5' <&- >&- 2>&-", "sh"), *runwrap_argv(place)
    )
    assert done.returncode == 5


@_NEWEST
@pytest.mark.parametrize("mode", [*_MODES, "json"])
def test_a_pipe_that_nobody_reads(place: Place, mode: str) -> None:
    options = " ".join(_MODES.get(mode, ("--json=pretty", "--wait")))
    # The command itself ends well whatever becomes of what it writes.
    script = "trap '' PIPE; echo text 2>/dev/null; sleep 0.2; exit 5"
    done = place.run(
        *("bash", "-c", f'"$@" {options} -G sh -c "{script}" 2>&1 | true; echo ${{PIPESTATUS[0]}}'),
        *("bash", *runwrap_argv(place)),
    )
    assert done.stdout == "5\n"
    assert "Traceback" not in done.stderr


@_NEWEST
@pytest.mark.parametrize("mode", ["pipe", "log", "scope", "report"])
def test_a_unit_that_is_stopped_by_somebody_else(place: Place, mode: str) -> None:
    with _started(place, mode, "sleep", "60") as process:
        assert place.run("systemctl", "stop", _unit(mode)).returncode == 0
        process.communicate(timeout=20)
    # To systemd, a service that SIGTERM ends when it is stopped has ended well.
    assert process.returncode == {"scope": -signal.SIGTERM, "report": 255}.get(mode, 0)


@pytest.mark.parametrize("mode", ["pipe", "log"])
@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
@_NEWEST
def test_signals_leave_a_service_running(place: Place, mode: str, number: signal.Signals) -> None:
    with _started(place, mode, "sleep", "60") as process:
        process.send_signal(number)
        assert process.wait(20) == -number
        assert place.show(_unit(mode), "ActiveState") == "active"
        # What shows the log ends by itself when nobody reads it.
        _wait(lambda: _processes(place, "/journalctl ") == [], "journalctl is left")
        assert place.run("systemctl", "stop", _unit(mode)).returncode == 0
        # Now the unit has let go of the streams, too.
        _, err = process.communicate(timeout=20)
    assert ("goes on" in err) == (number != signal.SIGKILL)


@pytest.mark.parametrize("mode", ["scope", "report"])
@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
@_NEWEST
def test_signals_end_a_scope(place: Place, mode: str, number: signal.Signals) -> None:
    """With or without a process beside the command, it is the command that gets them."""
    command = ("sh", "-c", "echo ready >&2; exec sleep 60")
    with _started(place, mode, *command) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "ready\n"
        process.send_signal(number)
        process.communicate(timeout=20)
    assert process.returncode == (255 if mode == "report" and number != signal.SIGKILL else -number)
    until(place, _unit(mode), "LoadState", "not-found")


@_NEWEST
def test_signals_before_the_command_runs(place: Place) -> None:
    """The scope's start job is held up by another unit; nothing may come of it in the end."""
    slow = "modes-slow.service"
    place.systemd_run("-q", "--no-block", "-G", "-u", slow, "--service-type=oneshot", "sleep", "60")
    until(place, slow, "ActiveState", "activating")
    for mode in ("scope", "report"):
        with popen_inside(
            place,
            *_MODES[mode],
            "-G",
            "-u",
            _UNIT,
            "-p",
            f"After={slow}",
            "touch",
            "/run/modes-made",
        ) as process:
            _wait(lambda: place.show(f"{_UNIT}.scope", "Job") not in {"", "0"}, "there is no job")
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=20)
        assert process.returncode == -signal.SIGTERM
        until(place, f"{_UNIT}.scope", "LoadState", "not-found")
    place.run("systemctl", "stop", slow)
    assert place.run("test", "-e", "/run/modes-made").returncode == 1


@_NEWEST
def test_a_killed_runwrap_takes_its_agents_along(place: Place) -> None:
    words = " ".join([*runwrap_argv(place), "-G", "-u", _UNIT, "--service-type=notify", "sleep 60"])
    # The shell stays, and with it the terminal.
    with Terminal(["sh", "-c", f"{words}; echo status $?; read line"], place=place) as terminal:
        until(place, f"{_UNIT}.service", "ActiveState", "activating")
        assert _processes(place, "ask-password-agent --watch") != []
        place.run("pkill", "-KILL", "-f", f"^{words}")
        terminal.expect("status 137")
        _wait(lambda: _processes(place, "ask-password-agent") == [], "the agent is left")
        terminal.send("\n")
        terminal.exit_status()
    place.run("systemctl", "stop", f"{_UNIT}.service")


@_NEWEST
def test_a_report_of_a_scope_that_was_lost(place: Place) -> None:
    """Reports are written also when the bus is away at the end of the command."""
    with popen_inside(place, "--scope", "--report=-", "-G", "-u", _UNIT, *_HELD) as process:
        assert process.stderr is not None
        assert process.stderr.readline().startswith("Running as unit: ")
        place.run("systemctl", "stop", "dbus.socket", "dbus.service")
        place.run("touch", "/run/modes-go")
        until(place, f"{_UNIT}.scope", "ActiveState", "inactive")
        place.run("systemctl", "start", "dbus.socket", "dbus.service")
        out, err = process.communicate(timeout=30)
    # Whether the unit is still there to be read is the manager's affair; the status is ours.
    assert process.returncode == 6, err
    report = json.loads(out)
    assert (report["status"], report["exit_status"], report["result"]) == (6, 6, "exit-code")


@_NEWEST
def test_units_that_never_start(place: Place) -> None:
    """What the unit needs fails: the command is not run, in no mode."""
    file = "/run/systemd/system/modes-bad.service"
    text = "[Service]\\nType=oneshot\\nExecStart=/bin/false\\n"
    place.run("sh", "-c", f"printf '{text}' > {file}; systemctl daemon-reload")
    needs = ("-p", "Requires=modes-bad.service", "-p", "After=modes-bad.service")
    for mode, options in _MODES.items():
        done = inside(place, *options, "-G", "-u", _UNIT, *needs, "touch", "/run/modes-made")
        assert (done.returncode, "a dependency of" in done.stderr) == (1, True), (mode, done.stderr)
    assert place.run("test", "-e", "/run/modes-made").returncode == 1
    place.run("sh", "-c", f"rm {file}; systemctl daemon-reload; systemctl reset-failed modes-bad")
