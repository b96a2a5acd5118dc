"""Things that go wrong at the worst moment, on real managers.

Where the worst moment is too short to be met by chance, one step of the client is held there
until the manager has done its part.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from runwrap import Enforce, Launch, LaunchSpec, Manager, RunResult, prepare, run
from tests.support.descriptors import descriptors
from tests.system.places import until

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.system.places import EmbeddedPlace, Place

_PIPES: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
_DBUS = ("dbus.socket", "dbus.service")


async def _systemctl(place: Place, *arguments: str) -> None:
    done = await asyncio.to_thread(place.run, "systemctl", *arguments)
    assert done.returncode == 0, done.stderr


def _once_before(
    action: Callable[[], Awaitable[object]], method: Callable[..., Awaitable[Any]]
) -> Callable[..., Awaitable[Any]]:
    """Return *method*, which the first time does *action* before it goes on."""
    todo = [action]

    async def held(*arguments: object, **named: object) -> Any:
        while todo:
            await todo.pop()()
        return await method(*arguments, **named)

    return held


async def test_a_reexecution_while_the_client_attaches(
    embedded_place: EmbeddedPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager = Manager(embedded_place.bus_address, patience=10)
    reexecuted = _once_before(
        lambda: _systemctl(embedded_place, "daemon-reexec"), manager._subscribe
    )
    monkeypatch.setattr(manager, "_subscribe", reexecuted)
    async with manager, asyncio.timeout(20):
        assert (await run(manager, LaunchSpec(command=("true",)))).result == "success"


async def _lose(manager: Manager) -> None:
    """Cut the connection, and wait until the client has noticed."""
    connection = manager._connection
    assert connection is not None
    if not connection.lost.done():
        connection._bus._sock.shutdown(2)
        await connection.lost


async def _wait_through(
    place: EmbeddedPlace,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    *command: str,
) -> RunResult:
    """Lose the connection while a unit is waited for, and again before *step* of coming back."""

    async def lose() -> None:
        await _lose(manager)

    async with (
        asyncio.timeout(30),
        Manager(place.bus_address, patience=10) as manager,
        Launch(manager, prepare(LaunchSpec(command=command))) as launch,
    ):
        await launch.started()
        monkeypatch.setattr(manager, step, _once_before(lose, getattr(manager, step)))
        await lose()
        return await launch.finished()


@pytest.mark.parametrize("step", ["_attach", "_has_owner", "ref_unit", "get_all_properties"])
async def test_two_losses_in_a_row(
    embedded_place: EmbeddedPlace, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    result = await _wait_through(embedded_place, monkeypatch, step, "sh", "-c", "sleep 1; exit 6")
    assert (result.result, result.status) == ("exit-code", 6)


async def test_a_loss_while_the_unit_is_being_started(
    embedded_place: EmbeddedPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Manager(embedded_place.bus_address, patience=10) as manager:

        async def lose() -> None:
            await _lose(manager)

        monkeypatch.setattr(
            manager, "start_transient_unit", _once_before(lose, manager.start_transient_unit)
        )
        async with asyncio.timeout(20):
            result = await run(manager, LaunchSpec(command=("sh", "-c", "exit 6")))
    assert result.exit_status == 6


def test_reexecutions_while_the_unit_restarts(place: Place) -> None:
    # No ";" in the command: systemd 252 does not read back what it wrote itself.
    unit = "runwrap-restarts.service"
    with place.popen_runwrap(
        *("-G", "-u", unit, "--report=-", "-p", "Restart=on-failure", "-p", "RestartSec=200ms"),
        *("-p", "StartLimitBurst=4", "-p", "StartLimitIntervalSec=100"),
        *("sh", "-c", "sleep .3 && exit 6"),
        **_PIPES,
    ) as process:
        assert process.stderr is not None
        assert process.stderr.readline().startswith("Running as unit")
        for _ in range(4):
            place.run("systemctl", "daemon-reexec")
        out, err = process.communicate(timeout=40)
    status = json.loads(out)["status"]
    # The newest call it start-limit-hit in the end, which is 1 for systemd-run too.
    assert (process.returncode, status) in ((6, 6), (1, 6)), err


def test_the_report_tells_the_last_invocation(place: Place) -> None:
    unit = "runwrap-last.service"
    report = place.report(
        *("-u", unit, "-p", "Restart=on-failure", "-p", "RestartSec=50ms"),
        *("-p", "StartLimitBurst=3", "-p", "StartLimitIntervalSec=100", "sh", "-c", "exit 5"),
    )
    assert report["status"] == 5
    assert report["invocation_id"] == place.show(unit, "InvocationID")
    place.run("systemctl", "reset-failed", unit)


def test_stop_on_exit_reaches_a_manager_that_was_away(embedded_place: EmbeddedPlace) -> None:
    unit = "runwrap-away.service"
    with embedded_place.popen_runwrap(
        "--stop-on-exit", "-u", unit, "sleep", "60", **_PIPES
    ) as process:
        assert process.stderr is not None
        assert process.stderr.readline().startswith("Running as unit")
        assert embedded_place.run("systemctl", "stop", *_DBUS).returncode == 0
        process.send_signal(signal.SIGINT)
        assert "stopping" in process.stderr.readline()
        assert embedded_place.run("systemctl", "start", *_DBUS).returncode == 0
        process.communicate(timeout=20)
    assert process.returncode == -signal.SIGINT
    until(embedded_place, unit, "ActiveState", "inactive")


async def test_a_held_unit_is_read_after_a_restart_of_the_bus(
    embedded_place: EmbeddedPlace,
) -> None:
    """Systemd 252 forgets I/O counters: the unit is held at its end until they are read."""
    spec = LaunchSpec(command=("sleep", "1"), properties=("IOAccounting=yes",))
    async with (
        Manager(embedded_place.bus_address) as manager,
        Launch(manager, prepare(spec), enforce=Enforce.OFF) as launch,
    ):
        await launch.started()
        await _systemctl(embedded_place, "stop", *_DBUS)
        until(embedded_place, launch.unit, "SubState", "stop-post")
        await _systemctl(embedded_place, "start", *_DBUS)
        async with asyncio.timeout(20):
            result = await launch.finished()
    assert result.result == "success"
    # No io controller here; but the unit was held, or the reason would be another.
    assert result.absent["io_read_bytes"] == "the manager did not tell IOReadBytes"


async def test_cancellation_anywhere_leaves_nothing(embedded_place: EmbeddedPlace) -> None:
    async with Manager(embedded_place.bus_address) as manager:
        await run(manager, LaunchSpec(command=("true",)))
        before = descriptors()
        for turns in range(100):
            properties = ("IOAccounting=yes",) if turns % 2 else ()
            spec = LaunchSpec(
                command=("true",), properties=properties, unit=f"cancelled-{turns}", collect=True
            )
            task = asyncio.create_task(run(manager, spec))
            for _ in range(turns):
                await asyncio.sleep(0)
            if turns > 50:
                await asyncio.sleep((turns - 50) * 0.001)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        for _ in range(100):
            left = await asyncio.to_thread(embedded_place.units, "cancelled-*")
            if not left:
                break
        assert left == []
        assert descriptors() == before
        assert manager._watches == {}


async def test_cancelled_connections_are_closed(embedded_place: EmbeddedPlace) -> None:
    async def connect() -> None:
        async with Manager(embedded_place.bus_address):
            await asyncio.sleep(0.02)

    await connect()
    before = descriptors()
    for turns in range(120):
        task = asyncio.create_task(connect())
        for _ in range(turns):
            await asyncio.sleep(0)
        if turns > 60:
            await asyncio.sleep((turns - 60) * 0.0005)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert descriptors() == before


def test_a_signal_while_the_start_job_runs_names_the_unit(place: Place) -> None:
    unit = "runwrap-starting.service"
    with place.popen_runwrap(
        "-G", "-u", unit, "--service-type=notify", "sleep", "60", **_PIPES
    ) as process:
        until(place, unit, "ActiveState", "activating")
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=20)
    assert process.returncode == -signal.SIGTERM
    assert err.startswith(f"runwrap: SIGTERM: {unit} goes on; ")
    place.run("systemctl", "stop", unit)


_PYTHON = [sys.executable, "-m", "runwrap"]
_HERE = {key: value for key, value in os.environ.items() if key != "DBUS_SYSTEM_BUS_ADDRESS"}


def _shell(script: str) -> subprocess.CompletedProcess[str]:
    """Run a shell script in which ``"$@"`` is runwrap."""
    return subprocess.run(
        ["sh", "-c", script, "sh", *_PYTHON],
        env=_HERE,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("script", "status"),
    [
        # Nobody reads what is said on standard error.
        ('"$@" --wait sh -c "sleep 0.3; exit 3" 2>/dev/full; echo $? >&4', "3"),
        ('("$@" --wait sh -c "sleep 0.3; exit 3" 2>&1 >/dev/null; echo $? >&4) | true', "3"),
        ('"$@" -q --report=- sh -c "exit 4" >/dev/full; echo $? >&4', "1"),
        ('"$@" --help >/dev/full; echo $? >&4', "1"),
        ('"$@" --version >/dev/full; echo $? >&4', "1"),
    ],
)
def test_streams_that_cannot_be_written_to(script: str, status: str) -> None:
    done = _shell(f"told=$(mktemp); {{ {script}; }} 4>$told; cat $told; rm $told")
    assert done.stdout.strip() == status, done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception" not in done.stderr


def test_what_is_told_stays_on_its_line() -> None:
    done = _shell('"$@" "$(printf \'no\\033[31m\\nsuch\')"')
    assert done.stderr == "runwrap: no\\x1b[31m\\nsuch: command not found in PATH\n"


@pytest.mark.parametrize("delay", [0, 0.01, 0.02, 0.04, 0.06, 0.08, 0.12, 0.2])
def test_interruption_at_any_time_is_quiet(delay: float) -> None:
    with subprocess.Popen(
        [*_PYTHON, "--embedded", "--wait", "sleep", "60"], env=_HERE, text=True, **_PIPES
    ) as process:
        _await_our_main(process.pid)
        try:
            process.wait(delay)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)
    assert "Traceback" not in err
    assert process.returncode == -signal.SIGINT


def _await_our_main(pid: int) -> None:
    """Wait until Python's own handler of SIGINT has been set, and taken away by runwrap.

    Before that, Python answers in its own words, or not at all.
    """
    caught = False
    end = time.monotonic() + 5
    while time.monotonic() < end:
        status = Path(f"/proc/{pid}/status").read_text()
        mask = int(status.partition("SigCgt:")[2].split()[0], 16)
        now = bool(mask & 1 << (signal.SIGINT - 1))
        if caught and not now:
            return
        caught = caught or now
