"""The life of one run: start, wait for the job, follow the unit, read what it used, let go.

Nothing here asks twice for what a signal tells: the unit is watched before it exists, and read
when its job has ended and when it has itself. Only after the manager was away, when signals
may have been missed, is the unit looked at again.

On cancellation the unit goes on; the reference to it is given back.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self, TypeVar, cast

from runwrap.accounting import (
    absent_reasons,
    counters_from,
    timestamps_from,
    with_last_reading,
)
from runwrap.errors import ConnectionLostError, ManagerError, UnitLostError
from runwrap.executable import find_executable
from runwrap.last_reading import LastReading, keeps_io_counters
from runwrap.manager import JobRemoved, ManagerBack, UnitChanged
from runwrap.model import RunResult
from runwrap.properties import service_name, transient_service

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from types import TracebackType

    from runwrap.manager import Event, Manager, UnitWatch
    from runwrap.model import LaunchSpec, TransientUnit

__all__ = ["Launch", "Plan", "prepare", "run"]

_ENDED = ("inactive", "failed")
_NO_JOB = 0
_T = TypeVar("_T")

_STATE = (
    ("Unit", "ActiveState"),
    ("Unit", "Job"),
    ("Unit", "InvocationID"),
    ("Unit", "LoadState"),
    ("Service", "TasksCurrent"),
)
# waitid(2), si_code.
_CODES = {1: "exited", 2: "killed", 3: "dumped"}


@dataclass(frozen=True, slots=True)
class Plan:
    """A launch whose every part has been checked.

    Attributes:
        spec: what was asked for.
        unit: the unit to start.
        wait: whether a reference to the unit is kept, which waiting for its end needs.
    """

    spec: LaunchSpec
    unit: TransientUnit
    wait: bool


def prepare(
    spec: LaunchSpec, *, wait: bool = True, environment: Mapping[str, str] | None = None
) -> Plan:
    """Check *spec* and build the unit from it; no manager is needed for that.

    Args:
        spec: what to run.
        wait: keep a reference to the unit, which `Launch.finished` needs.
        environment: where PATH and the values for ``setenv`` names come from; None for that
            of this process.

    Raises:
        PropertyError: assignments that are not known or do not parse.
        UsageError: another part of *spec* makes no sense.
        CommandNotFoundError: the program is not there.
    """
    environment = os.environ if environment is None else environment
    executable = find_executable(
        spec.command[0] if spec.command else "",
        search_path=environment.get("PATH"),
    )
    unit = transient_service(
        spec,
        name=service_name(spec.unit),
        executable=executable,
        add_ref=wait,
        environment=environment,
    )
    return Plan(spec, unit, wait)


class Launch:
    """One command as a transient service: an async context manager.

    Entering it starts the unit; leaving it gives the unit back to the manager, which then
    unloads it once it has ended (a failed one stays, unless it was to be collected).

    Attributes:
        unit: the unit's full name.
        invocation_id: 32 hexadecimal digits, or None before the start job has ended.
    """

    def __init__(
        self,
        manager: Manager,
        plan: Plan,
        *,
        controllers: Mapping[str, str] | None = None,
        user: bool = False,
    ) -> None:
        """Prepare to run *plan* under *manager*; nothing is sent yet.

        Args:
            manager: the entered client of the manager to run under.
            plan: what to run, from `prepare`.
            controllers: cgroup controllers that are known to be absent, with the reason.
            user: whether *manager* is a user's service manager.
        """
        self.unit = plan.unit.name
        self.invocation_id: str | None = None
        self._manager = manager
        self._plan = plan
        self._controllers = controllers or {}
        self._user = user
        self._stack = contextlib.AsyncExitStack()
        self._watch: UnitWatch | None = None
        self._job = ""
        self._job_result = ""
        self._tasks: int | None = None
        self._last_reading: LastReading | None = None

    async def __aenter__(self) -> Self:
        """Start the unit; its start job is queued when this returns.

        Raises:
            ManagerError: the manager refused the unit.
            ConnectionLostError: the manager went away meanwhile.
        """
        async with contextlib.AsyncExitStack() as stack:
            self._watch = await stack.enter_async_context(self._manager.watch(self.unit))
            unit = self._plan.unit
            if self._plan.wait and await self._loses_io_counters():
                path = self._watch.path
                self._last_reading = LastReading(lambda: self._manager.get_all_properties(path))
                await stack.enter_async_context(self._last_reading)
                unit = replace(unit, properties=unit.properties + self._last_reading.properties)
            self._job = await self._manager.start_transient_unit(unit)
            if self._plan.wait:
                stack.push_async_callback(self._release)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Give the unit back; it goes on if it has not ended."""
        await self._stack.aclose()

    async def started(self) -> str:
        """Wait for the start job and return its result (``done``, ``failed``, ``timeout``, ...).

        Raises:
            ConnectionLostError: the manager stayed away.
            UnitLostError: the unit vanished while the manager was away.
        """
        while not self._job_result:
            event = await self._next()
            if isinstance(event, JobRemoved) and event.job == self._job:
                self._job_result = event.result
                await self._state()
            elif isinstance(event, ManagerBack):
                state = await self._state()
                if _job_id(state) == _NO_JOB:
                    self._job_result = "failed" if state["ActiveState"] == "failed" else "done"
        return self._job_result

    async def finished(self) -> RunResult:
        """Follow the unit until it is inactive or failed, and return what came of it.

        Raises:
            ConnectionLostError: the manager stayed away.
            UnitLostError: the unit vanished while the manager was away.
        """
        await self.started()
        while not _has_ended(values := await self._all()):
            await self._changed()
        return self._result(values)

    async def stop(self) -> None:
        """Ask the manager to stop the unit; `finished` then waits until it is gone.

        Raises:
            ManagerError: the manager refused.
            ConnectionLostError: the manager is away.
        """
        with contextlib.suppress(UnitLostError):
            await self._manager.stop_unit(self.unit)

    async def result_property(self) -> str:
        """Return the unit's ``Result`` as it is now; errors as `finished`."""
        return str((await self._read((("Service", "Result"),)))["Result"])

    async def _loses_io_counters(self) -> bool:
        """Return whether I/O is counted but this manager forgets the counters at the end."""
        if keeps_io_counters(self._manager.version):
            return False
        asked = [item.value for item in self._plan.unit.properties if item.name == "IOAccounting"]
        return bool(asked[-1] if asked else await self._manager.default_io_accounting())

    async def _changed(self) -> None:
        """Wait for an event after which the unit may have ended."""
        while True:
            event = await self._next()
            if isinstance(event, ManagerBack):
                return
            if isinstance(event, UnitChanged) and (
                event.properties.get("ActiveState") in _ENDED or "Job" in event.properties
            ):
                return

    async def _next(self) -> Event:
        """Wait for the next event; when the manager is back, take hold of the unit again."""
        event = await cast("UnitWatch", self._watch).next()
        if isinstance(event, ManagerBack):
            if event.reconnected and self._plan.wait:
                await self._retake()
            await self._verify()
        return event

    async def _retake(self) -> None:
        try:
            await self._manager.ref_unit(self.unit)
        except UnitLostError:
            raise self._lost() from None

    async def _verify(self) -> None:
        """Make sure that what bears the unit's name is still our invocation."""
        state = await self._read(_STATE)
        if state["LoadState"] == "not-found" or (
            self.invocation_id and _invocation(state) != self.invocation_id
        ):
            raise self._lost()

    def _lost(self) -> UnitLostError:
        return UnitLostError(
            f"{self.unit} ended while the manager was away: how, and what it used, is not known",
            hints=(f"see: journalctl {'--user ' if self._user else ''}-u {self.unit}",),
        )

    async def _state(self) -> dict[str, object]:
        state = await self._read(_STATE)
        self.invocation_id = _invocation(state) or self.invocation_id
        self._tasks = counters_from(state, tasks=self._tasks).tasks
        return state

    async def _all(self) -> dict[str, object]:
        return await self._persist(self._manager.get_all_properties)

    async def _read(self, names: tuple[tuple[str, str], ...]) -> dict[str, object]:
        values = await self._persist(lambda path: self._manager.get_properties(path, names))
        return {name: value for (_, name), value in zip(names, values, strict=True)}

    async def _persist(self, read: Callable[[str], Awaitable[_T]]) -> _T:
        """Read from the unit's object, again if the manager goes away meanwhile."""
        watch = cast("UnitWatch", self._watch)
        while True:
            try:
                return await read(watch.path)
            except ConnectionLostError:
                while not isinstance(event := await watch.next(), ManagerBack):
                    pass
                if event.reconnected and self._plan.wait:
                    await self._retake()

    def _result(self, values: dict[str, object]) -> RunResult:
        kept = True
        if self._last_reading is not None:
            kept = self._last_reading.values is not None
            values = with_last_reading(values, self._last_reading.values or {})
        counters = counters_from(values, tasks=self._tasks)
        code = _CODES.get(cast("int", values["ExecMainCode"]))
        begin = cast("int", values["InactiveExitTimestampMonotonic"])
        end = cast("int", values["InactiveEnterTimestampMonotonic"])
        return RunResult(
            unit=self.unit,
            invocation_id=self.invocation_id,
            command=self._plan.spec.command,
            properties=self._plan.spec.properties,
            result=str(values["Result"]),
            code=code,
            status=cast("int", values["ExecMainStatus"]) if code else None,
            job_result=self._job_result,
            runtime_usec=end - begin if begin and end >= begin else None,
            timestamps=timestamps_from(values),
            counters=counters,
            absent=absent_reasons(
                counters,
                values,
                controllers=self._controllers,
                manager=self._manager.version,
                user=self._user,
                kept=kept,
            ),
            manager_version=self._manager.version or None,
        )

    async def _release(self) -> None:
        # A reference ends with the connection at the latest.
        with contextlib.suppress(ConnectionLostError, ManagerError):
            await self._manager.unref_unit(self.unit)


async def run(
    manager: Manager,
    spec: LaunchSpec,
    *,
    environment: Mapping[str, str] | None = None,
    controllers: Mapping[str, str] | None = None,
    user: bool = False,
) -> RunResult:
    """Run *spec* to its end and return the result; for arguments and errors see
    `prepare` and `Launch`.

    When cancelled, the unit goes on.
    """
    plan = prepare(spec, environment=environment)
    async with Launch(manager, plan, controllers=controllers, user=user) as launch:
        return await launch.finished()


def _has_ended(state: Mapping[str, object]) -> bool:
    return state["ActiveState"] in _ENDED and _job_id(state) == _NO_JOB


def _job_id(state: Mapping[str, object]) -> int:
    job, _path = cast("list[object]", state["Job"])
    return cast("int", job)


def _invocation(state: Mapping[str, object]) -> str | None:
    raw = cast("bytes", state["InvocationID"])
    return bytes(raw).hex() or None
