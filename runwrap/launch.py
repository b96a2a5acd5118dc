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
from runwrap.errors import ConnectionLostError, ManagerError, UnitLostError, UsageError
from runwrap.executable import find_executable
from runwrap.last_reading import LastReading, keeps_io_counters
from runwrap.manager import JobRemoved, ManagerBack, UnitChanged
from runwrap.model import RunResult
from runwrap.properties import NEWEST
from runwrap.properties.unit_names import service_name
from runwrap.transient import transient_service

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from types import TracebackType

    from runwrap.manager import Event, Manager, UnitWatch
    from runwrap.model import LaunchSpec, TransientUnit

__all__ = ["Launch", "Plan", "prepare", "run"]

_ENDED = ("inactive", "failed")
_NO_JOB = 0
_T = TypeVar("_T")

# waitid(2), si_code.
_CODES = {1: "exited", 2: "killed", 3: "dumped"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A launch whose every part has been checked.

    Attributes:
        spec: what was asked for.
        unit: the unit to start, as a manager of systemd *version* takes it.
        wait: whether a reference to the unit is kept, which waiting for its end needs.
        version: the systemd version of the manager that is meant.
        warnings: what there is to say about *spec*, a line each.
        environment: where the values for ``setenv`` names come from.
    """

    spec: LaunchSpec
    unit: TransientUnit
    wait: bool
    version: int
    warnings: tuple[str, ...]
    environment: Mapping[str, str]

    def at(self, version: int) -> Plan:
        """Return the plan for a manager of another systemd *version*.

        Raises:
            PropertyError: that manager is too old for some of the properties.
            UsageError: it is too old for another part of the specification.
        """
        if version == self.version:
            return self
        executable = cast("list[tuple[str, list[str], bool]]", self.unit.properties[-1].value)[0][0]
        return _plan(
            self.spec,
            name=self.unit.name,
            executable=executable,
            wait=self.wait,
            environment=self.environment,
            version=version,
        )


def prepare(
    spec: LaunchSpec,
    *,
    wait: bool = True,
    environment: Mapping[str, str] | None = None,
    version: int = NEWEST,
) -> Plan:
    """Check *spec* and build the unit from it; no manager is needed for that.

    Args:
        spec: what to run.
        wait: keep a reference to the unit, which `Launch.finished` needs.
        environment: where PATH and the values for ``setenv`` names come from; None for that
            of this process.
        version: the systemd version of the manager that is meant; `Launch` asks the manager
            that it is given, and adapts the plan to it.

    Raises:
        PropertyError: assignments that are not known or do not parse.
        UsageError: another part of *spec* makes no sense.
        CommandNotFoundError: the program is not there.
    """
    for name in ("command", "properties", "setenv"):
        if isinstance(getattr(spec, name), str):
            raise UsageError(f"{name} is one text; expected a tuple of texts")
    environment = os.environ if environment is None else environment
    executable = find_executable(
        spec.command[0] if spec.command else "",
        search_path=environment.get("PATH"),
    )
    return _plan(
        spec,
        name=service_name(spec.unit),
        executable=executable,
        wait=wait,
        environment=environment,
        version=version,
    )


def _plan(
    spec: LaunchSpec,
    *,
    name: str,
    executable: str,
    wait: bool,
    environment: Mapping[str, str],
    version: int,
) -> Plan:
    warnings: list[str] = []
    unit = transient_service(
        spec,
        name=name,
        executable=executable,
        add_ref=wait,
        environment=environment,
        version=version,
        warn=warnings.append,
    )
    return Plan(
        spec=spec,
        unit=unit,
        wait=wait,
        version=version,
        warnings=tuple(warnings),
        environment=environment,
    )


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
        self._missed_signals = False
        self._latest: dict[str, object] = {}
        self._tasks: int | None = None
        self._last_reading: LastReading | None = None

    async def __aenter__(self) -> Self:
        """Start the unit; its start job is queued when this returns.

        Raises:
            ManagerError: the manager refused the unit.
            PropertyError: the manager is too old for some of the properties.
            ConnectionLostError: the manager went away meanwhile.
        """
        if self._manager.systemd is not None:
            self._plan = self._plan.at(self._manager.systemd)
        async with contextlib.AsyncExitStack() as stack:
            self._watch = await stack.enter_async_context(self._manager.watch(self.unit))
            unit = self._plan.unit
            if self._plan.wait and await self._loses_io_counters():
                self._last_reading = LastReading(self._values, self._manager.back)
                await stack.enter_async_context(self._last_reading)
                unit = replace(unit, properties=unit.properties + self._last_reading.properties)
            if self._plan.wait:
                # Pushed first: a start that is cancelled may have been carried out.
                stack.push_async_callback(self._release)
            await self._start(unit)
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

    async def _start(self, unit: TransientUnit) -> None:
        """Start *unit*; where the manager went away meanwhile, find out whether it did."""
        try:
            self._job = await self._manager.start_transient_unit(unit)
        except ConnectionLostError:
            back = await self._await_back()
            if (await self._values())["LoadState"] == "not-found":
                self._job = await self._manager.start_transient_unit(unit)
            elif self._plan.spec.unit is None:
                await self._look(retake=back.reconnected and self._plan.wait)
            else:
                # It may as well be somebody else's unit of that name.
                raise

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
                await self._look()
        return self._job_result

    async def finished(self) -> RunResult:
        """Follow the unit until it is inactive or failed, and return what came of it.

        Raises:
            ConnectionLostError: the manager stayed away.
            UnitLostError: the unit vanished while the manager was away.
        """
        await self.started()
        while not _has_ended(self._latest):
            await self._changed()
        return self._result(self._latest)

    async def stop(self) -> None:
        """Ask the manager to stop the unit; `finished` then waits until it is gone.

        Raises:
            ManagerError: the manager refused.
            ConnectionLostError: the manager is away.
        """
        with contextlib.suppress(UnitLostError):
            await self._persist(lambda: self._manager.stop_unit(self.unit))

    async def result_property(self) -> str:
        """Return the unit's ``Result`` as it is now; errors as `finished`."""
        return str((await self._look())["Result"])

    async def _loses_io_counters(self) -> bool:
        """Return whether I/O is counted but this manager forgets the counters at the end."""
        if keeps_io_counters(self._manager.systemd):
            return False
        asked = [item.value for item in self._plan.unit.properties if item.name == "IOAccounting"]
        return bool(asked[-1] if asked else await self._manager.default_io_accounting())

    async def _changed(self) -> None:
        """Wait for an event after which the unit may have ended, and look at it."""
        while True:
            event = await self._next()
            if isinstance(event, ManagerBack):
                return
            if isinstance(event, UnitChanged) and (
                event.properties.get("ActiveState") in _ENDED or "Job" in event.properties
            ):
                await self._look()
                return

    async def _next(self) -> Event:
        """Wait for the next event; when the manager is back, look at the unit again."""
        event = await cast("UnitWatch", self._watch).next()
        if isinstance(event, ManagerBack):
            self._missed_signals = True
            await self._look(retake=event.reconnected and self._plan.wait)
        return event

    async def _look(self, *, retake: bool = False) -> dict[str, object]:
        """Read the unit's properties and take note of what may be gone later.

        Args:
            retake: a new connection holds no reference: take one, and make sure that what
                bears the unit's name is still our unit.
        """
        values = await self._persist(self._values, retake=retake)
        self._tasks = counters_from(values, tasks=self._tasks).tasks
        self.invocation_id = _invocation(values) or self.invocation_id
        self._latest = values
        if self._missed_signals and not self._job_result:
            number, self._job = cast("tuple[int, str]", values["Job"])
            if number == _NO_JOB:
                self._job_result = "failed" if values["ActiveState"] == "failed" else "done"
        return values

    async def _values(self) -> dict[str, object]:
        return await self._manager.get_all_properties(cast("UnitWatch", self._watch).path)

    async def _persist(self, act: Callable[[], Awaitable[_T]], *, retake: bool = False) -> _T:
        """Do something with the unit, again if the manager goes away meanwhile."""
        while True:
            try:
                if retake:
                    await self._retake()
                    retake = False
                return await act()
            except ConnectionLostError:
                back = await self._await_back()
                retake = retake or (back.reconnected and self._plan.wait)

    async def _await_back(self) -> ManagerBack:
        """Wait until the manager is back; signals that came meanwhile are lost."""
        self._missed_signals = True
        watch = cast("UnitWatch", self._watch)
        while True:
            event = await watch.next()
            if isinstance(event, ManagerBack):
                return event

    async def _retake(self) -> None:
        """Take a new reference, and make sure that it is to our unit."""
        try:
            await self._manager.ref_unit(self.unit)
        except UnitLostError:
            raise self._lost() from None
        values = await self._values()
        ours = self.invocation_id in (None, _invocation(values))
        # An automatic restart is a new invocation of the same unit.
        if not ours and not values["NRestarts"]:
            raise self._lost()

    def _lost(self) -> UnitLostError:
        return UnitLostError(
            f"{self.unit} ended while the manager was away: how, and what it used, is not known",
            hints=(f"see: journalctl {'--user ' if self._user else ''}-u {self.unit}",),
        )

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
            restarts=cast("int", values["NRestarts"]),
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
    """Run *spec* to its end and return the result; when cancelled, the unit goes on.

    For arguments and errors see `prepare` and `Launch`.
    """
    plan = prepare(spec, environment=environment)
    async with Launch(manager, plan, controllers=controllers, user=user) as launch:
        return await launch.finished()


def _has_ended(state: Mapping[str, object]) -> bool:
    number, _path = cast("tuple[int, str]", state["Job"])
    return state["ActiveState"] in _ENDED and number == _NO_JOB


def _invocation(state: Mapping[str, object]) -> str | None:
    raw = cast("bytes", state["InvocationID"])
    return bytes(raw).hex() or None
