"""runwrap as a library: many runs through one client, cancellation, a manager that stays away."""

from __future__ import annotations

import asyncio
import os
import signal
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from runwrap import (
    ConnectionLostError,
    EmbeddedManager,
    Enforce,
    EnforcementError,
    Launch,
    LaunchSpec,
    Manager,
    ManagerError,
    State,
    UnitLostError,
    prepare,
    run,
)
from runwrap.sandbox import hold
from tests.support.descriptors import descriptors
from tests.system.places import EmbeddedPlace, are_gone, until

if TYPE_CHECKING:
    from tests.system.places import Place


def _spec(*command: str, **options: object) -> LaunchSpec:
    return LaunchSpec(command=command, **options)  # type: ignore[arg-type]


async def test_two_hundred_runs_leave_nothing(place: Place) -> None:
    async with Manager(place.bus_address) as manager:
        await run(manager, _spec("/bin/true"))
        before = descriptors()
        units = place.units("*.service")
        for number in range(200):
            result = await run(
                manager, _spec("/bin/true", properties=("IPAccounting=yes",), collect=True)
            )
            assert result.result == "success", number
            assert result.counters.ip_ingress_bytes == 0, number
            assert result.counters.cpu_usage_nsec, number
        assert descriptors() == before
    assert place.units("*.service") == units
    tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    assert tasks == []


async def test_a_sandbox(place: Place) -> None:
    spec = _spec("/bin/sh", "-c", "test ! -e /home/*", sandbox="untrusted", collect=True)
    absent = dict.fromkeys(("cpu", "io", "memory", "pids"), "absent")
    async with Manager(place.bus_address) as manager:
        result = await run(manager, spec, controllers=absent)
        assert result.exit_status == 0
        assert {verdict.state for verdict in result.verdicts} == {State.IN_FORCE}
        refused = replace(spec, properties=("BPFProgram=egress:/sys/fs/bpf/none",))
        with pytest.raises(EnforcementError) as caught:
            await run(manager, refused, controllers=absent)
        assert caught.value.result.result == "enforcement"
        result = await run(manager, refused, controllers=absent, enforce=Enforce.WARN)
        assert result.exit_status == 0
        endless = replace(spec, command=("/bin/sleep", "300"), unit="endless-sandbox.service")
        running = asyncio.create_task(run(manager, endless, controllers=absent))
        await asyncio.to_thread(until, place, "endless-sandbox.service", "SubState", "running")
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        await asyncio.to_thread(until, place, "endless-sandbox.service", "ActiveState", "inactive")


@pytest.mark.parametrize("may_trace", [True, False])
async def test_what_is_examined_in_place_of_a_unit_is_gone(
    place: Place, monkeypatch: pytest.MonkeyPatch, may_trace: bool
) -> None:
    if not may_trace:
        # A security module can forbid it at the last moment.
        monkeypatch.setattr(hold, "_attached", lambda pid: None)
    unit = f"examined-{may_trace}.service"
    properties = ("NoNewPrivileges=yes", "PrivateNetwork=yes")
    spec = _spec("/bin/sleep", "300", properties=properties, unit=unit, collect=True)
    before = place.units("*.service")
    async with Manager(place.bus_address) as manager:
        async with Launch(manager, prepare(spec, wait=False), attended=False) as launch:
            assert await launch.started() == "done"
        assert {verdict.state for verdict in launch.verdicts} == {State.IN_FORCE}
        are_gone(place, [*before, unit], "*.service")
        assert place.show(unit, "ActiveState") == "active"
        await manager.stop_unit(unit)


async def test_runs_share_one_client(place: Place) -> None:
    async with Manager(place.bus_address) as manager:
        results = await asyncio.gather(
            *(
                run(manager, _spec("/bin/sh", "-c", f"exit {status}", collect=True))
                for status in range(40)
            )
        )
    assert [result.exit_status for result in results] == list(range(40))
    assert len({result.invocation_id for result in results}) == 40


async def test_runs_share_one_embedded_manager() -> None:
    async with EmbeddedManager() as embedded, Manager(embedded.bus_address) as manager:
        first, second = await asyncio.gather(
            run(manager, _spec("/bin/true"), controllers=embedded.absent_controllers),
            run(manager, _spec("/bin/false"), controllers=embedded.absent_controllers),
        )
    assert (first.exit_status, second.exit_status) == (0, 1)


async def test_cancellation_lets_the_unit_go_on_and_go_away(place: Place) -> None:
    name = "runwrap-cancel.service"
    async with Manager(place.bus_address) as manager:
        task = asyncio.create_task(run(manager, _spec("/bin/sleep", "1", unit=name)))
        await asyncio.to_thread(until, place, name, "ActiveState", "active")
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert place.show(name, "ActiveState") == "active"
        await asyncio.to_thread(until, place, name, "LoadState", "not-found")


async def test_a_name_that_is_taken_is_refused(place: Place) -> None:
    spec = _spec("/bin/sleep", "30", unit="runwrap-taken")
    async with Manager(place.bus_address) as manager, Launch(manager, prepare(spec)) as launch:
        with pytest.raises(ManagerError, match=r"runwrap-taken\.service"):
            await run(manager, spec)
        async with Manager(place.bus_address) as other:
            with pytest.raises(ManagerError, match=r"runwrap-taken\.service"):
                await run(other, spec)
        await launch.stop()
        await launch.finished()


async def test_a_unit_that_ends_while_the_bus_is_away_is_told_as_lost(place: Place) -> None:
    name = "runwrap-lost.service"
    async with Manager(place.bus_address) as manager:
        spec = _spec("/bin/sleep", "0.5", unit=name)
        async with Launch(manager, prepare(spec)) as launch:
            await launch.started()
            assert place.run("systemctl", "stop", "dbus.socket", "dbus.service").returncode == 0
            await asyncio.to_thread(until, place, name, "LoadState", "not-found")
            assert place.run("systemctl", "start", "dbus.socket", "dbus.service").returncode == 0
            with pytest.raises(UnitLostError, match=name):
                await launch.finished()


async def test_a_manager_that_stays_away_is_given_up() -> None:
    with EmbeddedPlace() as doomed:
        async with Manager(doomed.bus_address, patience=0.5) as manager:
            async with Launch(manager, prepare(_spec("/bin/sleep", "60"))) as launch:
                await launch.started()
                os.kill(doomed.pid, signal.SIGKILL)
                with pytest.raises(ConnectionLostError, match=r"has been away for 0\.5 s"):
                    await asyncio.wait_for(launch.finished(), 10)
            with pytest.raises(ConnectionLostError):
                await run(manager, _spec("/bin/true"))


async def test_a_launch_that_is_left_early_does_not_touch_the_unit(place: Place) -> None:
    name = "runwrap-left.service"
    async with Manager(place.bus_address) as manager:
        async with Launch(manager, prepare(_spec("/bin/sleep", "30", unit=name))) as launch:
            assert await launch.started() == "done"
        assert place.show(name, "ActiveState") == "active"
        await manager.stop_unit(name)
