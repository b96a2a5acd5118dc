"""The life of one run: start, wait for the job, follow the unit, read what it used, let go.

Nothing here asks twice for what a signal tells: the unit is watched before it exists, and read
when its job has ended and when it has itself. Only after the manager was away, when signals
may have been missed, is the unit looked at again.

On cancellation the unit goes on; the reference to it is given back.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from dataclasses import replace
from typing import TYPE_CHECKING, NoReturn, Self, TypeVar, cast

from runwrap.accounting import (
    absent_reasons,
    counters_from,
    timestamps_from,
    with_last_reading,
)
from runwrap.cgroups import CONTROLLERS, is_populated, present_controllers
from runwrap.errors import (
    ConnectionLostError,
    EnforcementError,
    ManagerError,
    RunwrapError,
    UnitLostError,
)
from runwrap.exit_statuses import SETUP_FAILED
from runwrap.last_reading import LastReading, keeps_io_counters
from runwrap.manager import JobRemoved, ManagerBack, UnitChanged
from runwrap.model import Counters, Enforce, RunResult, Timestamps
from runwrap.plan import prepare
from runwrap.transient import takes_root_descriptor
from runwrap.units import Property

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from types import TracebackType

    from runwrap.manager import Event, Manager, UnitWatch
    from runwrap.model import LaunchSpec, TransientUnit, Verdict
    from runwrap.plan import Plan
    from runwrap.sandbox.evidence import Place
    from runwrap.sandbox.examination import Examination
    from runwrap.sandbox.hold import Waiting
    from runwrap.sandbox.permit import Permit
    from runwrap.unit_guard import UnitGuard

__all__ = ["Launch", "run"]

_ENDED = ("inactive", "failed")
_NO_JOB = 0
_RELEASE_S = 1.0

# The sub-states of a service that has a main process, or whose start is one that goes away.
_HOLDABLE = ("start", "running")

# EXIT_EXEC, one of `SETUP_FAILED`: there is no such command.
_NO_SHELL = 203

_T = TypeVar("_T")

# waitid(2), si_code.
_CODES = {1: "exited", 2: "killed", 3: "dumped"}


class Launch:
    """One command as a transient unit: an async context manager.

    Entering it starts the unit; leaving it gives the unit back to the manager, which then
    unloads it once it has ended (a failed one stays, unless it was to be collected).

    Attributes:
        unit: the full name of the unit that is started.
        service: the full name of the service that is made for it to trigger, or None.
        invocation_id: 32 hexadecimal digits, or None before the start job has ended.
    """

    def __init__(
        self,
        manager: Manager,
        plan: Plan,
        *,
        controllers: Mapping[str, str] | None = None,
        user: bool = False,
        process: int | None = None,
        enforce: Enforce = Enforce.STRICT,
        stop_on_exit: bool = False,
        attended: bool = True,
    ) -> None:
        """Prepare to run *plan* under *manager*; nothing is sent yet.

        Args:
            manager: the entered client of the manager to run under.
            plan: what to run, from `prepare`.
            controllers: cgroup controllers that are known to be absent, with the reason.
            user: whether *manager* is a user's service manager.
            process: the number of the manager's process, where the bus has it in another PID
                namespace; None to ask the bus.
            enforce: what becomes of restrictions that are not shown to be in force.
            stop_on_exit: have the unit stopped if this process is killed before the launch is
                left, as is done in any case for one in a sandbox (``LaunchSpec.sandbox``).
            attended: whether `started` or `finished` will be awaited, without which a unit that
                is held never runs; otherwise another one is examined in its place.
        """
        self.unit = plan.unit.name
        self.service = plan.names.service if plan.executable else None
        self.invocation_id: str | None = None
        self._manager = manager
        self._plan = plan
        self._controllers = controllers or {}
        self._user = user
        self._process = process
        self._stack = contextlib.AsyncExitStack()
        self._watch: UnitWatch | None = None
        self._job = ""
        self._job_result = ""
        self._missed_signals = False
        self._latest: dict[str, object] = {}
        self._must_look = True
        self._tasks: int | None = None
        self._last_reading: LastReading | None = None
        self._enforce = enforce
        self._examination: Examination | None = None
        self._is_held = False
        self._is_attended = attended
        self._permit: Permit | None = None
        self._is_rehearsal = False
        self._is_killed = False
        self._awaits_start = True
        self._stops = stop_on_exit or plan.spec.is_confined
        self._guard: UnitGuard | None = None

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """What was established of the restrictions, once the unit has been examined."""
        return self._examination.verdicts if self._examination is not None else ()

    @property
    def is_held(self) -> bool:
        """Whether the unit waits to be examined, so that it will not go on by itself."""
        has_ended = bool(self._latest) and _has_ended(self._latest)
        return self._is_held and not self._is_settled() and not has_ended

    async def __aenter__(self) -> Self:
        """Start the unit; its start job is queued when this returns.

        A unit that has restrictions waits to be examined before its command runs, for as long
        as nobody awaits `started` or `finished`. One that nobody attends to, or that the manager
        may start again by itself, is preceded by one of the same settings, which is examined in
        its place.

        Raises:
            EnforcementError: a restriction is known not to be in force, or was seen not to be.
            ManagerError: the manager refused the unit.
            PropertyError: the manager is too old for some of the properties.
            ConnectionLostError: the manager went away meanwhile.
        """
        if self._manager.systemd is not None:
            self._plan = self._plan.at(self._manager.systemd)
        if self._enforce is not Enforce.OFF:
            await self._prepare_examination()
        async with contextlib.AsyncExitStack() as stack:
            self._watch = await stack.enter_async_context(self._manager.watch(self.unit))
            if self._plan.spec.root_directory is not None:
                await self._open_root(stack)
            unit, *others = self._plan.units
            if self._plan.wait and await self._loses_io_counters():
                self._last_reading = LastReading(self._values, self._manager.back)
                await stack.enter_async_context(self._last_reading)
                unit = replace(unit, properties=unit.properties + self._last_reading.properties)
            if self._is_held and not self._is_rehearsal:
                from runwrap.sandbox.hold import held

                unit = replace(unit, properties=held(unit.properties, self._permit))
            if self._permit is not None:
                # It is not to be unloaded while it is examined.
                unit = replace(unit, properties=(*unit.properties, Property("AddRef", "b", True)))
            if self._is_referenced:
                # Pushed first: a start that is cancelled may have been carried out.
                stack.push_async_callback(self._release)
            starting = asyncio.ensure_future(self._start(unit, others))
            try:
                # It is on its way; the answer takes longer than this.
                await asyncio.sleep(0)
                if self._stops or self._is_held:
                    self._post_guard(stack)
                if self._is_held:
                    cast("Examination", self._examination).get_ready()
                if self._permit is not None:
                    self._permit.take_away_others()
                await starting
            except BaseException:
                starting.cancel()
                if self._is_held or self._stops:
                    await self._abandon()
                raise
            self._stack = stack.pop_all()
        return self

    def _post_guard(self, stack: contextlib.AsyncExitStack) -> None:
        """Have the unit stopped when this process is killed, which nobody would hear of."""
        from runwrap.unit_guard import UnitGuard

        is_ours = self._plan.spec.unit is None
        try:
            self._guard = UnitGuard(self._manager.address, self.unit, is_ours=is_ours)
        except OSError as error:
            raise RunwrapError(
                f"cannot have {self.unit} stopped should this process be killed: {error.strerror}"
            ) from None
        stack.callback(self._guard.close)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Give the unit back; it goes on if it has not ended, and does not wait for us."""
        try:
            if self.is_held:
                await self._abandon()
        finally:
            await self._stack.aclose()

    async def _abandon(self) -> None:
        """Stop a unit that nobody will let go on, if it was started."""
        with contextlib.suppress(ConnectionLostError, ManagerError, TimeoutError):
            async with asyncio.timeout(_RELEASE_S):
                await self._manager.stop_unit(self.unit)

    async def _prepare_examination(self) -> None:
        """See to it that the unit is examined, if there is anything to examine."""
        spec, properties = self._plan.spec, self._plan.unit_properties
        restricts = self._plan.properties or spec.uid or spec.gid
        if not restricts or not (self._plan.executable or spec.scope):
            return
        from runwrap.sandbox.enforcement import known_before
        from runwrap.sandbox.evidence import Place
        from runwrap.sandbox.examination import Examination

        place = Place.of(self._manager.peer)
        examination = Examination(
            "scope" if spec.scope else "service", self._plan.properties, properties, place
        )
        if not examination.names:
            return
        self._examination = examination
        is_strict = self._enforce is Enforce.STRICT
        examination.early = known_before(
            examination.names, properties, self._controllers, user=self._user
        )
        if examination.early and is_strict:
            examination.settle_as(examination.early)
            raise self._refusal()
        if spec.scope:
            return
        if place.cgroups is None:
            examination.settle_unknown(place.reason)
            if is_strict:
                raise self._refusal()
        elif self._is_rehearsal or (is_strict and self._can_be_held(place)):
            self._is_held = True
        else:
            await self._rehearse(examination)

    def _can_be_held(self, place: Place) -> bool:
        """Tell whether the command's own process can be examined, and see to it that it is."""
        if self._plan.spec.trigger is not None or not self._can_be_caught():
            return False
        return self._plan.wait or (self._is_attended and self._can_be_permitted(place))

    def _can_be_caught(self) -> bool:
        """Tell whether the unit's main process is what matters, and may be traced."""
        from runwrap.sandbox.hold import can_trace, is_simple

        return is_simple(self._plan.unit_properties) and can_trace()

    def _can_be_permitted(self, place: Place) -> bool:
        """Have a permit for a unit that may be started again when nobody is there to examine it."""
        from runwrap.sandbox.permit import Permit

        if not self._user:
            with contextlib.suppress(OSError):
                self._permit = Permit(place.root, self.unit)
        return self._permit is not None

    @property
    def _is_referenced(self) -> bool:
        """Whether the unit stays loaded until it is given back."""
        return self._plan.wait or self._permit is not None

    async def _rehearse(self, examination: Examination) -> None:
        """Examine a unit of the same settings, and have it killed."""
        twin = Launch(
            self._manager,
            self._plan.rehearsal(),
            controllers=self._controllers,
            user=self._user,
            process=self._process,
            enforce=Enforce.WARN,
        )
        twin._is_rehearsal = True
        async with twin:
            try:
                await twin.started()
                # What it has for itself alone is to be free for the other one.
                while not twin._is_killed and not (twin._latest and _has_ended(twin._latest)):
                    await twin._changed()
            except BaseException:
                await twin._abandon()
                raise
        seen = twin._examination
        if seen is not None and seen.is_settled:
            examination.settle_as(seen.verdicts)
        else:
            how = twin._how_it_ended()
            examination.settle_unknown(f"the unit that was to be examined ended at once: {how}")
        if self._enforce is Enforce.STRICT and not examination.is_passed:
            raise self._refusal()

    async def _examine(self) -> None:
        """Examine the unit, which is being held, and let it go on, or stop it."""
        from runwrap.sandbox.enforcement import wants_features

        examination = cast("Examination", self._examination)
        values = await self._look_for(examination)
        process = cast("int", values[self._process_name])
        if not process or values.get("SubState", _HOLDABLE[0]) not in _HOLDABLE:
            return
        try:
            waiting = await self._seek(examination.place, str(values["ControlGroup"]), process)
        except ProcessLookupError:
            # It could not be held, or somebody stopped it: the manager will say.
            return
        with waiting:
            self._is_killed = waiting.is_killed
            if wants_features(examination.names):
                features = await self._persist(self._manager.features)
                examination.place = examination.place._replace(features=features)
            examination.settle(values, waiting)
            self._awaits_start = False
            # It has just been seen to run.
            self._must_look = False
            if examination.is_passed and not self._is_rehearsal:
                if self._permit is not None:
                    # Without it, the unit cannot be started again, which it says.
                    with contextlib.suppress(OSError):
                        self._permit.grant()
                waiting.go_on()
                if self._guard is not None and not self._stops:
                    self._guard.dismiss()
                return
        if not self._is_rehearsal:
            await self._stop_and_refuse()
        elif not self._is_killed:
            with contextlib.suppress(ManagerError):
                await self._persist(
                    lambda: self._manager.kill_unit(self.unit, "main", signal.SIGKILL)
                )

    async def _seek(self, place: Place, control_group: str, process: int) -> Waiting:
        """Wait for the process that is to be examined; arguments and errors as there."""
        from runwrap.sandbox.hold import caught, listening

        where = (place, control_group, process)
        if not self._is_rehearsal:
            return await caught(*where, is_over=self._is_over)
        if self._can_be_caught():
            waiting = await caught(*where, is_over=self._is_over)
            if waiting.traced is not None:
                return waiting
        return await listening(*where, is_over=self._is_over)

    @property
    def _process_name(self) -> str:
        """The D-Bus property of the process that is held; a daemon is forked by another one."""
        types = [given.value for given in self._plan.unit_properties if given.name == "Type"]
        return "ControlPID" if types and types[-1] == "forking" else "MainPID"

    async def _is_over(self) -> bool:
        return (await self._look())["SubState"] not in _HOLDABLE

    async def _open_root(self, stack: contextlib.AsyncExitStack) -> None:
        """Have the root directory ready in the form that this manager takes."""
        from runwrap.root_directory import check_same_directory, open_root

        path = cast("str", self._plan.spec.root_directory)
        if takes_root_descriptor(self._plan.version):
            root = open_root(path)
            stack.callback(os.close, root)
            self._plan = self._plan.with_parts(root=root)
        else:
            check_same_directory(path, self._process or await self._manager.process())

    async def _start(self, unit: TransientUnit, others: Sequence[TransientUnit]) -> None:
        """Start *unit*; where the manager went away meanwhile, find out whether it did."""
        mode = self._plan.spec.job_mode
        try:
            self._job = await self._manager.start_transient_unit(unit, mode=mode, aux=others)
        except ConnectionLostError:
            back = await self._await_back()
            if (await self._values())["LoadState"] == "not-found":
                self._job = await self._manager.start_transient_unit(unit, mode=mode, aux=others)
            elif self._plan.spec.unit is None:
                await self._look(retake=back.reconnected and self._is_referenced)
            else:
                # It may as well be somebody else's unit of that name.
                raise

    async def started(self) -> str:
        """Wait for the start job and return its result (``done``, ``failed``, ``timeout``, ...).

        Raises:
            EnforcementError: a restriction is not shown to be in force; the unit is stopped, and
                its command was not run. (A scope is not stopped: its process is the caller's.)
            ConnectionLostError: the manager stayed away.
            UnitLostError: the unit vanished while the manager was away.
        """
        if self._is_held and not self._is_settled() and self._latest.get("SubState") in _HOLDABLE:
            # It was looked at on the way here, when the manager was back.
            await self._examine()
        while not self._job_result:
            event = await self._next()
            if isinstance(event, JobRemoved) and event.job == self._job:
                self._job_result = event.result
                self._must_look = self._must_look or not (self._is_held and self._is_settled())
        if self._must_look:
            await self._look()
        await self._check_examined()
        return self._job_result

    async def _check_examined(self) -> None:
        """Examine a scope, whose process waits; make sure that a service was examined."""
        examination = self._examination
        if examination is None or examination.is_settled or self._is_rehearsal:
            return
        if self._plan.spec.scope:
            examination.settle(self._latest or await self._look())
            if self._enforce is Enforce.STRICT and not examination.is_passed:
                raise self._refusal()
            return
        if not self._is_held:
            return
        while not self._is_settled() and not _has_ended(self._latest):
            await self._changed()
        if not self._is_settled() and self._hold_failed():
            examination.settle_unknown(
                "/bin/sh, the shell that is to be examined, did not last",
                "have /bin/sh in the root directory of the unit, and let it be executed",
            )
            await self._stop_and_refuse()
        is_started = self._job_result == "done" and self._latest.get("ConditionResult") is True
        if not self._is_settled() and self._permit is not None and is_started:
            # Nobody will hear how it ended.
            examination.settle_unknown(f"the unit ended at once: {self._how_it_ended()}")
            raise self._refusal()

    async def _stop_and_refuse(self) -> NoReturn:
        """Stop the unit, wait until it has ended, and raise the refusal."""
        # One that nobody holds a reference to may vanish.
        with contextlib.suppress(UnitLostError):
            await self.stop()
            await self._look()
            while not _has_ended(self._latest):
                await self._changed()
            # It was killed, which is no failure of the command.
            await self._persist(lambda: self._manager.reset_failed_unit(self.unit))
        raise self._refusal()

    def _how_it_ended(self) -> str:
        code, status = _ending(self._latest)
        return f"status={status}" if code else f"result {self._latest['Result']}"

    def _hold_failed(self) -> bool:
        """Tell whether it is the examination that failed, and not what the command needs too."""
        code, status = _ending(self._latest)
        if code == "exited":
            return status == _NO_SHELL or (bool(status) and status not in SETUP_FAILED)
        return code is not None

    async def finished(self, ending: tuple[str, int] | None = None) -> RunResult:
        """Follow the unit until it is inactive or failed, and return what came of it.

        Args:
            ending: how the process of a scope ended, as ``RunResult.code`` and ``status`` have
                it: it is not the manager's, which therefore cannot tell. If others are left in
                the scope, it goes on, and what it has used so far is returned.

        Raises:
            ConnectionLostError: the manager stayed away.
            UnitLostError: the unit vanished while the manager was away.
        """
        await self.started()
        if ending is not None:
            await self._look()
        while not self._latest or not _has_ended(self._latest):
            if ending is not None and is_populated(str(self._latest["ControlGroup"])):
                break
            await self._changed()
        return self._result(self._latest, ending)

    def _refusal(self) -> EnforcementError:
        """Return the error that says that the command was not run, and why."""
        result = self._unaccounted(
            "enforcement", (None, None), self._job_result or "canceled", "the command was not run"
        )
        return EnforcementError(result)

    def result_without_manager(self, ending: tuple[str, int]) -> RunResult:
        """Return what is known of a scope when its manager cannot be asked any more.

        Args:
            ending: as for `finished`.
        """
        away = "the service manager was away at the end"
        return self._unaccounted(_result_of(ending), ending, self._job_result, away)

    def _unaccounted(
        self, result: str, ending: tuple[str | None, int | None], job_result: str, reason: str
    ) -> RunResult:
        """Return a result without any counters, for that *reason*."""
        code, status = ending
        counters = Counters()
        return RunResult(
            unit=self.unit,
            invocation_id=self.invocation_id,
            command=self._plan.spec.command,
            properties=self._plan.spec.properties,
            sandbox=self._plan.spec.sandbox,
            result=result,
            code=code,
            status=status,
            job_result=job_result,
            runtime_usec=None,
            timestamps=Timestamps(),
            counters=counters,
            absent=dict.fromkeys(counters.as_dict(), reason),
            manager_version=self._manager.version or None,
            verdicts=self.verdicts,
        )

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
        # Only a service has commands that can hold it at its end.
        if keeps_io_counters(self._manager.systemd) or self._plan.spec.scope:
            return False
        asked = [item.value for item in self._plan.unit.properties if item.name == "IOAccounting"]
        return bool(asked[-1] if asked else await self._manager.default_io_accounting())

    async def _changed(self) -> None:
        """Wait for an event after which the unit may have ended, and look at it."""
        # One that was cancelled may have heard of it, and not looked.
        while not self._must_look:
            if isinstance(await self._next(), ManagerBack):
                return
        await self._look()

    async def _next(self) -> Event:
        """Wait for the next event; when the manager is back, look at the unit again."""
        event = await cast("UnitWatch", self._watch).next()
        if isinstance(event, ManagerBack):
            self._missed_signals = self._must_look = True
            await self._look(retake=event.reconnected and self._is_referenced)
        elif isinstance(event, UnitChanged) and (
            event.properties.get("ActiveState") in _ENDED
            # It had ended, but was to do something else.
            or ("Job" in event.properties and self._latest.get("ActiveState") in _ENDED)
        ):
            self._must_look = True
        if self._may_wait(event):
            if isinstance(event, UnitChanged):
                self._note_invocation(event.properties)
            await self._examine()
        return event

    async def _look(self, *, retake: bool = False) -> dict[str, object]:
        """Read the unit's properties and take note of what may be gone later.

        Args:
            retake: a new connection holds no reference: take one, and make sure that what
                bears the unit's name is still our unit.
        """
        values = await self._persist(self._values, retake=retake)
        self._note(values)
        self._latest = values
        self._must_look = False
        if self._missed_signals and not self._job_result:
            number, self._job = cast("tuple[int, str]", values["Job"])
            if number == _NO_JOB:
                self._job_result = "failed" if values["ActiveState"] == "failed" else "done"
        return values

    async def _look_for(self, examination: Examination) -> dict[str, object]:
        """Read what an examination takes, and which process there is to examine."""
        few = examination.reads
        if few is None:
            return await self._look()
        path = cast("UnitWatch", self._watch).path
        own = ("ControlGroup", self._process_name)
        # How many tasks there are is told by who waits.
        tasks = ("TasksCurrent",) if self._plan.wait else ()
        names = {"Service": (*own, *tasks, *few)}
        values = await self._persist(lambda: self._manager.get_properties(path, names))
        self._note(values)
        return values

    def _note(self, values: dict[str, object]) -> None:
        """Take note of what may be gone later."""
        self._tasks = counters_from(values, tasks=self._tasks).tasks
        self._note_invocation(values)

    def _note_invocation(self, values: Mapping[str, object]) -> None:
        invocation = _invocation(values)
        if invocation is not None and invocation != self.invocation_id:
            self.invocation_id = invocation
            if self._guard is not None:
                self._guard.tell(invocation)

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
                retake = retake or (back.reconnected and self._is_referenced)

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
        if not ours and not values.get("NRestarts"):
            raise self._lost()

    def _lost(self) -> UnitLostError:
        return UnitLostError(
            f"{self.unit} ended while the manager was away: how, and what it used, is not known",
            hints=(f"see: journalctl {'--user ' if self._user else ''}-u {self.unit}",),
        )

    def _result(self, values: dict[str, object], ending: tuple[str, int] | None) -> RunResult:
        kept = True
        if self._last_reading is not None:
            kept = self._last_reading.values is not None
            values = with_last_reading(values, self._last_reading.values or {})
        counters = counters_from(values, tasks=self._tasks)
        code, status = ending or _ending(values)
        result = str(values["Result"])
        if ending and result == "success":
            result = _result_of(ending)
        begin = cast("int", values["InactiveExitTimestampMonotonic"])
        end = cast("int", values["InactiveEnterTimestampMonotonic"])
        return RunResult(
            unit=self.unit,
            invocation_id=self.invocation_id,
            command=self._plan.spec.command,
            properties=self._plan.spec.properties,
            sandbox=self._plan.spec.sandbox,
            result=result,
            code=code,
            status=status,
            job_result=self._job_result,
            runtime_usec=end - begin if begin and end >= begin else None,
            timestamps=timestamps_from(values),
            counters=counters,
            restarts=cast("int", values.get("NRestarts", 0)),
            absent=absent_reasons(
                counters,
                values,
                controllers=self._controllers,
                manager=self._manager.version,
                user=self._user,
                kept=kept,
            ),
            conditions_met=bool(code) or values.get("ConditionResult") is not False,
            manager_version=self._manager.version or None,
            verdicts=self.verdicts,
        )

    def _may_wait(self, event: Event) -> bool:
        """Tell whether the unit may wait now to be examined."""
        state: object = None
        if isinstance(event, ManagerBack):
            state = self._latest.get("SubState")
        elif isinstance(event, UnitChanged):
            state = event.properties.get("SubState")
        if state is not None and state not in _HOLDABLE:
            # Somebody may start it once more.
            self._awaits_start = True
        return self._is_held and self._awaits_start and state in _HOLDABLE

    def _is_settled(self) -> bool:
        return self._examination is not None and self._examination.is_settled

    async def _release(self) -> None:
        # A reference ends with the connection at the latest: a manager that hangs is not
        # waited for.
        with contextlib.suppress(ConnectionLostError, ManagerError, TimeoutError):
            async with asyncio.timeout(_RELEASE_S):
                await self._manager.unref_unit(self.unit)


async def run(
    manager: Manager,
    spec: LaunchSpec,
    *,
    environment: Mapping[str, str] | None = None,
    controllers: Mapping[str, str] | None = None,
    user: bool = False,
    enforce: Enforce = Enforce.STRICT,
) -> RunResult:
    """Run *spec* to its end and return the result.

    When this is cancelled, the unit goes on; one in a sandbox (``spec.sandbox``) is stopped.
    For arguments and errors see `prepare` and `Launch`.
    """
    if controllers is None:
        present = present_controllers(user=os.getuid() if user else None)
    else:
        present = set(CONTROLLERS).difference(controllers)
    plan = prepare(spec, environment=environment, user=user, controllers=present)
    launch = Launch(manager, plan, controllers=controllers, user=user, enforce=enforce)
    async with launch:
        try:
            return await launch.finished()
        except asyncio.CancelledError:
            if spec.is_confined:
                await launch._abandon()
            raise


def _has_ended(state: Mapping[str, object]) -> bool:
    number, _path = cast("tuple[int, str]", state["Job"])
    return state["ActiveState"] in _ENDED and number == _NO_JOB


def _result_of(ending: tuple[str, int]) -> str:
    """Return the result of a scope by how its process ended, in the words for services."""
    code, status = ending
    if code != "exited":
        return "signal"
    return "exit-code" if status else "success"


def _ending(state: Mapping[str, object]) -> tuple[str | None, int | None]:
    """Return how the main process of a service ended, if it has one that did."""
    code = _CODES.get(cast("int", state.get("ExecMainCode", 0)))
    return code, cast("int", state["ExecMainStatus"]) if code else None


def _invocation(state: Mapping[str, object]) -> str | None:
    raw = cast("bytes", state.get("InvocationID", b""))
    return bytes(raw).hex() or None
