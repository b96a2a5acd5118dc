"""The life of a launch on real managers: results, exit statuses, signals, what is left behind."""

from __future__ import annotations

import re
import signal
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.system.places import until

if TYPE_CHECKING:
    from tests.system.places import Place

# When a start job fails, older systemd-runs leave with 1 at once; newer ones, like runwrap with
# every manager, wait for the unit and leave with the command's own status.
_FAILED_STARTS = {
    ("--wait", "--service-type=oneshot", "sh", "-c", "exit 3"): 3,
    ("--wait", "--service-type=exec", "--working-directory=/nonexistent", "true"): 200,
}

_PIPES: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}


@pytest.mark.parametrize(
    "arguments",
    [
        ("--wait", "true"),
        ("--wait", "false"),
        ("--wait", "sh", "-c", "exit 7"),
        ("--wait", "sh", "-c", "exit 255"),
        ("--wait", "sh", "-c", "kill -KILL $$$$"),
        ("--wait", "sh", "-c", "kill -ABRT $$$$"),
        ("--wait", "sh", "-c", "kill -TERM $$$$"),
        ("--wait", "-p", "SuccessExitStatus=7", "sh", "-c", "exit 7"),
        ("--wait", "-p", "RuntimeMaxSec=100ms", "sleep", "30"),
        ("--wait", "--service-type=oneshot", "sh", "-c", "exit 3"),
        ("--wait", "--service-type=oneshot", "true"),
        ("--wait", "--service-type=exec", "true"),
        ("--wait", "--service-type=exec", "--working-directory=/nonexistent", "true"),
        ("--wait", "--working-directory=/nonexistent", "true"),
        ("-P", "sh", "-c", "exit 9"),
        ("--no-block", "false"),
        ("false",),
        ("--wait", "no-such-command-anywhere"),
        ("--wait", "/no/such/command"),
        ("--wait", "--no-block", "true"),
        ("--wait", "--nosuchoption", "true"),
        ("--wait", "-p", "NoSuchDirective=1", "true"),
        ("--wait", "-p", "MemoryMax=lots", "true"),
        ("--wait", "--", "sh", "-c", "exit 4"),
        ("--wait", "--uid=nobody", "sh", "-c", "exit $(id -u | cut -c1-2)"),
        (),
    ],
    ids=" ".join,
)
def test_exit_status_is_systemd_runs(place: Place, arguments: tuple[str, ...]) -> None:
    theirs = place.systemd_run(*arguments)
    ours = place.runwrap(*arguments)
    assert "Traceback" not in ours.stderr
    if place.systemd < 257 and arguments in _FAILED_STARTS:
        assert theirs.returncode == 1
        assert ours.returncode == _FAILED_STARTS[arguments]
    else:
        assert ours.returncode == theirs.returncode, (ours.stderr, theirs.stderr)


def test_pipe_hands_over_the_streams(place: Place) -> None:
    done = place.runwrap("-q", "-P", "sh", "-c", "cat; echo error >&2; exit 5", text="text\n")
    assert (done.returncode, done.stdout, done.stderr) == (5, "text\n", "error\n")


def test_a_short_unit_is_accounted_in_full(place: Place) -> None:
    report = place.report("-p", "IPAccounting=yes", "-p", "CPUAccounting=yes", "true")
    assert report["result"] == "success"
    assert (report["code"], report["status"]) == ("exited", 0)
    assert re.fullmatch("[0-9a-f]{32}", report["invocation_id"])
    counters = report["counters"]
    assert 0 < counters["cpu_usage_nsec"] < 1_000_000_000
    for name in ("ip_ingress_bytes", "ip_egress_bytes", "ip_ingress_packets", "ip_egress_packets"):
        assert counters[name] == 0, name
    stamps = report["timestamps"]
    assert stamps["main_start_usec"] <= stamps["main_exit_usec"] <= stamps["inactive_enter_usec"]
    assert stamps["inactive_exit_usec"] <= stamps["inactive_enter_usec"]
    assert 0 < report["runtime_usec"] < 10_000_000


def test_cpu_time_agrees_with_the_processs_own(place: Place) -> None:
    program = (
        "import resource, time\n"
        "while time.process_time() < 0.5: pass\n"
        "usage = resource.getrusage(resource.RUSAGE_SELF)\n"
        "print(usage.ru_utime + usage.ru_stime)"
    )
    done = place.runwrap(
        *("-q", "-P", "--report=/dev/stderr", "-p", "CPUAccounting=yes"),
        *(place.python, "-c", program),
    )
    own = float(done.stdout)
    counted = int(re.findall(r'"cpu_usage_nsec": (\d+)', done.stderr)[0]) / 1e9
    assert own <= counted + 0.01
    assert counted < own + 0.2


def test_absent_controllers_are_null_with_a_reason(place: Place) -> None:
    report = place.report("-p", "IOAccounting=yes", "-p", "MemoryAccounting=yes", "true")
    for name in ("memory_peak", "io_read_bytes", "io_write_operations"):
        assert report["counters"][name] is None
        assert report["absent"][name]


def test_the_account_is_printed_on_stderr(place: Place) -> None:
    done = place.runwrap("--wait", "-p", "IPAccounting=yes", "sh", "-c", "exit 4")
    assert done.returncode == 4
    assert done.stdout == ""
    assert re.search(r"^Running as unit: run-r[0-9a-f]{32}\.service; ", done.stderr)
    assert "code=exited, status=4/NOPERMISSION" in done.stderr
    assert re.search(r"IP received: +0B in 0 packets", done.stderr), done.stderr
    assert "emory peak: 0" not in done.stderr


def test_signal_names(place: Place) -> None:
    done = place.runwrap("--wait", "sh", "-c", "kill -KILL $$$$")
    assert done.returncode == 255
    assert "code=killed, signal=KILL" in done.stderr


def test_job_failures_say_what_systemctl_would_say(place: Place) -> None:
    done = place.runwrap("--service-type=oneshot", "-u", "runwrap-bad", "sh", "-c", "exit 3")
    assert done.returncode == 1
    assert "the start of runwrap-bad.service failed because the control process exited" in (
        done.stderr
    )
    assert "systemctl status runwrap-bad.service" in done.stderr
    again = place.runwrap("-u", "runwrap-bad", "true")
    assert again.returncode == 1
    assert "runwrap-bad.service" in again.stderr
    assert place.run("systemctl", "reset-failed", "runwrap-bad").returncode == 0
    timed_out = place.runwrap(
        *("-u", "runwrap-late", "--service-type=notify"),
        *("-p", "TimeoutStartSec=100ms", "sleep", "30"),
    )
    assert timed_out.returncode == 1
    assert "a time limit was exceeded" in timed_out.stderr
    assert place.run("systemctl", "reset-failed", "runwrap-late").returncode == 0


def test_a_cancelled_start_job_is_told(place: Place) -> None:
    unit = "runwrap-cancelled.service"
    with place.popen_runwrap(
        "-G", "-u", unit, "--service-type=notify", "sleep", "60", **_PIPES
    ) as (process):
        until(place, unit, "ActiveState", "activating")
        place.run("systemctl", "stop", unit)
        _, err = process.communicate(timeout=20)
    assert process.returncode == 1
    assert f"the start of {unit} was cancelled" in err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_leaves_the_unit_running(place: Place, number: signal.Signals) -> None:
    unit = f"runwrap-goes-on-{number.name}.service"
    with place.popen_runwrap("--wait", "-u", unit, "sleep", "60", **_PIPES) as process:
        until(place, unit, "ActiveState", "active")
        _await_line(process, "Running as unit")
        process.send_signal(number)
        _, err = process.communicate(timeout=20)
    assert process.returncode == -number
    (line,) = err.splitlines()
    for part in (unit, "goes on", f"journalctl -fu {unit}", f"systemctl stop {unit}"):
        assert part in line
    assert place.show(unit, "ActiveState") == "active"
    assert place.run("systemctl", "stop", unit).returncode == 0
    assert place.units(unit) == []


def test_stop_on_exit_waits_until_the_unit_is_gone(place: Place) -> None:
    unit = "runwrap-stopped.service"
    program = "trap 'sleep 0.3; exit 0' TERM; while :; do sleep 0.05; done"
    with place.popen_runwrap(
        "--wait", "--stop-on-exit", "-u", unit, "sh", "-c", program, **_PIPES
    ) as process:
        _await_line(process, "Running as unit")
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)
    assert process.returncode == -signal.SIGINT
    assert f"stopping {unit}" in err
    assert "success" in err
    assert place.units(unit) == []


def test_a_dead_waiter_leaves_no_reference(place: Place) -> None:
    unit = "runwrap-orphan.service"
    with place.popen_runwrap("--wait", "-u", unit, "sleep", "1", **_PIPES) as process:
        _await_line(process, "Running as unit")
        process.kill()
        process.communicate(timeout=20)
    until(place, unit, "LoadState", "not-found")


def test_reexecution_of_the_manager_is_survived(place: Place) -> None:
    with place.popen_runwrap(
        *("--report=-", "-p", "IPAccounting=yes", "sh", "-c", "sleep 2; exit 6"), **_PIPES
    ) as process:
        _await_line(process, "Running as unit")
        assert place.run("systemctl", "daemon-reexec").returncode == 0
        out, err = process.communicate(timeout=30)
    assert process.returncode == 6, err
    assert '"result": "exit-code"' in out


def test_reexecution_while_the_unit_ends_is_survived(place: Place) -> None:
    with place.popen_runwrap(
        *("--report=-", "-p", "IPAccounting=yes", "sh", "-c", "sleep 0.5; exit 6"), **_PIPES
    ) as process:
        _await_line(process, "Running as unit")
        for _ in range(8):
            assert place.run("systemctl", "daemon-reexec").returncode == 0
        out, err = process.communicate(timeout=30)
    assert process.returncode == 6, err
    assert '"result": "exit-code"' in out


def test_restart_of_the_bus_is_survived(place: Place) -> None:
    unit = "runwrap-bus-restart.service"
    with place.popen_runwrap(
        *("-G", "-u", unit, "--report=-", "-p", "IPAccounting=yes"),
        *("sh", "-c", "sleep 3; exit 6"),
        **_PIPES,
    ) as process:
        _await_line(process, "Running as unit")
        assert place.run("systemctl", "restart", "dbus.service").returncode == 0
        out, err = process.communicate(timeout=30)
    assert process.returncode == 6, err
    assert '"result": "exit-code"' in out
    assert place.units(unit) == []


def _await_line(process: subprocess.Popen[str], start: str) -> None:
    assert process.stderr is not None
    line = process.stderr.readline()
    assert line.startswith(start), line
