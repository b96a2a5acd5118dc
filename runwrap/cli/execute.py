"""Carry out a request: reach the manager, run the unit, say what came of it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from runwrap.cgroups import CONTROLLERS, absent_controllers
from runwrap.cli.managers import address_of, plan_for
from runwrap.cli.request import Where
from runwrap.cli.say import print_error, say
from runwrap.errors import (
    ConnectionLostError,
    EnforcementError,
    ExposureError,
    ManagerError,
    UsageError,
)
from runwrap.exit_statuses import SETUP_FAILED
from runwrap.jobs import job_error
from runwrap.launch import Launch
from runwrap.manager import Manager
from runwrap.model import Enforce
from runwrap.transient import takes_root_descriptor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runwrap.cli.command_process import CommandProcess
    from runwrap.cli.request import Request
    from runwrap.cli.session import Session
    from runwrap.embedded import EmbeddedManager
    from runwrap.errors import EmbeddedError, JobError
    from runwrap.model import RunResult
    from runwrap.plan import Plan

__all__ = ["execute"]

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

# How long the start of a unit may take so that its invocation ID is told before the terminals
# are joined.
_AT_ONCE_S = 0.25

Ending = tuple[int, int | None]
"""An exit status, and the number of the signal that interrupted, or None."""


def execute(request: Request) -> Ending:
    """Carry out *request* and return the exit status and the signal that interrupted, if any.

    A scope without a report does not return: this process becomes the command.

    Raises:
        RunwrapError: it could not be carried out.
    """
    if request.report is not None:
        from runwrap.report import check_destination

        check_destination(request.report)
    plan = plan_for(request)
    level = None
    if request.max_exposure is not None:
        from runwrap.cli.exposure import check_level

        level = check_level(request, plan)
    if request.spec.scope:
        from runwrap.cli.scope import run_scope

        return run_scope(request, plan)
    with contextlib.ExitStack() as stack:
        session = None
        if request.terminal is not None:
            from runwrap.cli.session import Session

            session = stack.enter_context(Session(request.terminal, request.destination))
            plan = session.plan_of(plan)
        execution = Execution(request, plan, session=session, exposure=level)
        try:
            ending = run_to_the_end(execution)
        except EnforcementError as error:
            # A program wants to know what was found, too.
            if request.report is not None:
                from runwrap.report import write_report

                absent = "the command was not run" if level is None else None
                result = replace(error.result, exposure=level, exposure_absent=absent)
                write_report(result, request.report)
            raise
    if execution.result is not None:
        tell(request, execution.result)
    return ending


def run_to_the_end(execution: Execution) -> Ending:
    """Run *execution* in an event loop of its own; for what is returned and raised see there."""
    ignored = signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    ending = asyncio.run(execution.run())
    # Out here, a signal ends the process as ever: a FIFO may find no reader. (The event loop
    # has put Python's own handler for Ctrl-C into place.)
    if not ignored:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    return ending


def tell(request: Request, result: RunResult) -> None:
    """Print and write the account of *result* as *request* wants it.

    Raises:
        OSError: the report cannot be written.
    """
    if request.account and not request.quiet:
        from runwrap.report import print_account

        # Nobody reads it: that does not change how the command ended.
        with contextlib.suppress(OSError):
            print_account(result, sys.stderr)
    elif not request.quiet:
        say(*_ending_in_words(request, result))
    if request.report is not None:
        from runwrap.report import write_report

        write_report(result, request.report)


def _ending_in_words(request: Request, result: RunResult) -> list[str]:
    """Return what there is to say of an end that the exit status alone does not tell."""
    from runwrap.report import status_name

    name = status_name(result.code, result.status)
    if result.code == "exited" and result.status in SETUP_FAILED:
        lines = [
            f"runwrap: the command was not run, its set-up failed: status={result.status}/{name}"
        ]
        if request.where is not Where.EMBEDDED:
            options = request.destination.options
            lines.append(f"  see: journalctl {options}-xeu {result.unit}")
        return lines
    if not result.conditions_met:
        return ["runwrap: the command was not run: a condition of the unit is not met"]
    if result.result in {"success", "exit-code"} or request.spec.scope:
        return []
    how = f": code={result.code}, status={name}" if result.code else ""
    return [f"runwrap: {result.unit} ended with the result {result.result}{how}"]


class Execution:
    """The part of a run that has to do with a manager.

    Attributes:
        result: what came of the unit, or None while that is not known.
        invocation_id: 32 hexadecimal digits, or None before the start job has ended.
    """

    def __init__(
        self,
        request: Request,
        plan: Plan,
        *,
        session: Session | None = None,
        process: CommandProcess | None = None,
        exposure: float | None = None,
    ) -> None:
        """Prepare to carry out *plan* as *request* wants it.

        Args:
            request: what is asked for.
            plan: what is to be started.
            session: the pseudo-terminal that the command gets, or None.
            process: the process of a scope that runs beside this one, or None.
            exposure: the exposure level of the service, or None where it is not known yet.
        """
        self._request = request
        self._plan = plan
        self._session = session
        self._process = process
        self._exposure = exposure
        self._rating: asyncio.Task[float] | None = None
        self._signal: int | None = None
        self._lost: EmbeddedError | None = None
        self.result: RunResult | None = None
        self.invocation_id: str | None = None

    async def run(self) -> Ending:
        """Start the unit and attend to it for as long as is asked for.

        Returns:
            The exit status, and the number of the signal that interrupted, or None.

        Raises:
            RunwrapError: it could not be carried out.
        """
        self._hear_signals()
        try:
            async with contextlib.AsyncExitStack() as stack:
                ending = await self._run(stack)
                await self._take_exposure()
                return ending
        except asyncio.CancelledError:
            if self._lost is not None:
                raise self._lost from None
            if self._signal is None:
                raise
            return 1, self._signal

    def _hear_signals(self) -> None:
        """Have signals cancel this task."""
        task = cast("asyncio.Task[Ending]", asyncio.current_task())

        def interrupt(number: int) -> None:
            self._signal = number
            task.cancel()

        loop = asyncio.get_running_loop()
        for number in _SIGNALS:
            # A signal that the caller has ignored (nohup) stays so.
            if signal.getsignal(number) is not signal.SIG_IGN:
                loop.add_signal_handler(number, interrupt, number)

    async def _enter_embedded(self, stack: contextlib.AsyncExitStack) -> EmbeddedManager:
        """Start a private manager; when it is lost, what is going on is cancelled."""
        from runwrap.embedded import EmbeddedManager

        embedded = await stack.enter_async_context(EmbeddedManager())
        running = cast("asyncio.Task[Ending]", asyncio.current_task())

        async def guard() -> None:
            self._lost = await embedded.lost()
            running.cancel()

        guarding = asyncio.get_running_loop().create_task(guard())
        stack.callback(guarding.cancel)
        return embedded

    async def _run(self, stack: contextlib.AsyncExitStack) -> Ending:
        request = self._request
        controllers: Mapping[str, str]
        known: list[str] | None = None
        process: int | None = None
        if request.where is Where.EMBEDDED:
            if request.fallback:
                self._say("No service manager is running here: starting a private one.")
            embedded = await self._enter_embedded(stack)
            address = embedded.bus_address
            controllers = embedded.absent_controllers
            known = [name for name in CONTROLLERS if name not in controllers]
            process = embedded.pid
        else:
            address = address_of(request.destination)
            controllers = absent_controllers() if request.destination.is_here else {}
        agents = await stack.enter_async_context(self._agents())
        try:
            manager = await stack.enter_async_context(
                Manager(address, interactive=request.ask_password)
            )
        except ConnectionLostError as error:
            raise _unreachable(error, request) from None
        self._check_descriptors(manager)
        if manager.systemd is not None:
            self._plan = self._plan.at(manager.systemd, controllers=known)
        for warning in self._plan.warnings:
            say(f"runwrap: warning: {warning}")
        if request.enforce is not Enforce.OFF and not request.quiet:
            await self._tell_of_access_lists(manager)
        launch = Launch(
            manager,
            self._plan,
            controllers=controllers,
            user=request.where is Where.USER,
            process=process,
            enforce=request.enforce,
            stop_on_exit=request.stop_on_exit,
            attended=not request.no_block,
        )
        try:
            await stack.enter_async_context(launch)
        except ManagerError as error:
            if "bad unit file setting" in str(error):
                from runwrap.cli.verification import complaints

                error.hints += tuple(await asyncio.to_thread(complaints, self._plan.units))
            raise
        self._warn_of(launch)
        if request.report is not None and self._exposure is None:
            from runwrap.cli.exposure import rating_meanwhile

            self._rating = await stack.enter_async_context(rating_meanwhile(request, self._plan))
        try:
            return await self._attend(launch, manager, agents)
        except asyncio.CancelledError:
            if self._signal is None:
                raise
            cast("asyncio.Task[Ending]", asyncio.current_task()).uncancel()
            return await self._interrupted(launch)
        except ConnectionLostError as error:
            if request.where is Where.EMBEDDED:
                raise
            hint = f"{launch.unit} may still be running; {self._commands(launch)}"
            raise ConnectionLostError(str(error), hints=(*error.hints, hint)) from None

    async def _take_exposure(self) -> None:
        """Put the exposure into the result."""
        if self.result is None:
            return
        try:
            if self._rating is not None:
                self._exposure = await self._rating
        except ExposureError as error:
            self.result = replace(self.result, exposure_absent=str(error))
        else:
            self.result = replace(self.result, exposure=self._exposure)

    async def _tell_of_access_lists(self, manager: Manager) -> None:
        """Say what the access list of the unit leaves open, if it has one."""
        properties = self._plan.unit_properties
        if not any(given.name in {"IPAddressAllow", "IPAddressDeny"} for given in properties):
            return
        from runwrap.sandbox.access_lists import AccessList, name_servers, notes, slices_above

        slices = [str(given.value) for given in properties if given.name == "Slice"]
        default = "app.slice" if self._request.where is Where.USER else "system.slice"
        above = {}
        for name in slices_above(slices[-1] if slices else default):
            lists = await asyncio.gather(
                manager.unit_property(name, "Slice", "IPAddressAllow"),
                manager.unit_property(name, "Slice", "IPAddressDeny"),
            )
            above[name] = AccessList(*(tuple(each or ()) for each in cast("list[Any]", lists)))
        servers = name_servers() if self._request.destination.is_here else []
        for note in notes(properties, above, servers):
            say(f"runwrap: note: {note}")

    def _warn_of(self, launch: Launch) -> None:
        """Say which restrictions are not shown to be in force, where that is no reason to stop."""
        for verdict in launch.verdicts:
            if verdict.state != "in-force":
                words = "cannot be told to be" if verdict.state == "unknown" else "is not"
                say(f"runwrap: warning: {verdict.directive}= {words} in force: {verdict.evidence}")

    def _agents(self) -> contextlib.AbstractAsyncContextManager[contextlib.AsyncExitStack]:
        """Return what asks the person for passwords until the unit is started, if anything."""
        destination = self._request.destination
        is_local = destination.is_here and destination.where is Where.SYSTEM
        terminal = self._request.terminal
        # Passwords that the start itself asks for would be typed to the command.
        is_joined = terminal is not None and not terminal.late and os.geteuid() == 0
        # Without a terminal at standard input there is nobody to ask.
        if not (self._request.ask_password and is_local and os.isatty(0)) or is_joined:
            return contextlib.AsyncExitStack()
        from runwrap.cli.agents import Agents

        return Agents()

    def _check_descriptors(self, manager: Manager) -> None:
        """Refuse what has to be handed over where that is not possible."""
        spec = self._plan.spec
        if (spec.pipe or spec.root_directory) and not manager.passes_descriptors:
            option = "--root-directory" if spec.root_directory else "--pipe"
            raise UsageError(f"{option} cannot be had: no descriptors pass to that manager")
        is_old = manager.systemd is not None and not takes_root_descriptor(manager.systemd)
        if spec.root_directory and is_old and not self._request.destination.is_here:
            raise UsageError(
                f"--root-directory cannot be had: a manager of systemd {manager.systemd} looks it"
                " up itself, in its own container (259 takes a descriptor)"
            )

    async def _attend(
        self, launch: Launch, manager: Manager, agents: contextlib.AsyncExitStack
    ) -> Ending:
        request = self._request
        if request.no_block:
            self._announce(launch)
            return 0, None
        async with contextlib.AsyncExitStack() as stack:
            # Of what runs here, or later, there is no log to wait for.
            is_plain = not request.spec.scope and request.spec.trigger is None
            if request.log is not None and is_plain and request.where is not Where.EMBEDDED:
                from runwrap.cli.journal import Follower

                follower = Follower(launch.unit, request.destination, request.log)
                await stack.enter_async_context(follower)
            if self._session is not None:
                return await self._attend_session(launch, agents)
            error = await self._started(launch)
            await agents.aclose()
            if error is None:
                self._announce(launch)
                if launch.unit.endswith(".timer") and not request.quiet:
                    from runwrap.cli.elapse import next_elapse

                    say(
                        *await next_elapse(
                            manager, launch.unit, request.destination, request.spec.trigger
                        )
                    )
            elif not request.wait or self._process is not None:
                # Outside its scope, a command is not to run at all.
                raise error
            else:
                print_error(error)
            if self._process is not None:
                return await self._attend_process(launch, self._process)
            if not request.wait:
                return 0, None
            return await self._finish(launch), None

    async def _attend_session(self, launch: Launch, agents: contextlib.AsyncExitStack) -> Ending:
        from runwrap.terminal import HANGUP

        session = cast("Session", self._session)
        status = 0
        loop = asyncio.get_running_loop()
        started = loop.create_task(self._started(launch))
        ended = loop.create_task(self._end_of_session(launch, started))
        try:
            # Most are started at once, and their invocation ID can be told. What takes its time
            # may want to talk to the person.
            await asyncio.wait({started}, timeout=None if session.late else _AT_ONCE_S)
            # From here on, what is typed goes to the command.
            await agents.aclose()
            if not (session.late and started.result()):
                self._announce(launch)
                if session.is_interactive:
                    self._say("Press ^] three times within a second to disconnect.")
            async with session.joined(self._plan.spec) as forwarder:
                await asyncio.wait((ended, forwarder.ended), return_when=asyncio.FIRST_COMPLETED)
                if ended.done():
                    await forwarder.drain()
            if not ended.done():
                # Whoever is on it is told that its terminal is gone.
                session.close()
                if forwarder.ended.result() == HANGUP:
                    say("runwrap: the terminal, or what reads the output, is gone")
                    status = 1
                if await self._leaves(launch):
                    return status, None
            error = await ended
        finally:
            for task in (started, ended):
                task.cancel()
            await asyncio.gather(started, ended, return_exceptions=True)
        if error is not None:
            print_error(error)
        return cast("RunResult", self.result).exit_status or status, None

    async def _leaves(self, launch: Launch) -> bool:
        """Say what becomes of the unit when the terminals are parted; tell whether to go."""
        request = self._request
        if request.stop_on_exit or request.where is Where.EMBEDDED:
            self._say(f"Disconnected: stopping {launch.unit}")
            await launch.stop()
            return False
        if request.account or request.report is not None:
            self._say(f"Disconnected: waiting until {launch.unit} has ended")
            return False
        self._say(f"Disconnected: {launch.unit} may go on; {self._commands(launch)}")
        return True

    async def _end_of_session(
        self, launch: Launch, started: asyncio.Task[JobError | None]
    ) -> JobError | None:
        error = await asyncio.shield(started)
        await self._finish(launch)
        return error

    async def _started(self, launch: Launch) -> JobError | None:
        """Wait for the start job, and return what is wrong if the unit was not started."""
        job_result = await launch.started()
        self.invocation_id = launch.invocation_id
        if job_result == "done":
            return None
        service_result = ""
        with contextlib.suppress(ManagerError):
            service_result = await launch.result_property()
        error = job_error(launch.unit, job_result, service_result)
        if self._request.where is not Where.EMBEDDED:
            error.hints = (self._diagnosis(launch),)
        return error

    async def _attend_process(self, launch: Launch, process: CommandProcess) -> Ending:
        """Let the process of a scope begin, and stay until it has ended."""
        process.release(self.invocation_id)
        ending = await process.ended()
        # From here on a signal is not for the command.
        self._hear_signals()
        try:
            self.result = await launch.finished(ending)
        except (ConnectionLostError, ManagerError) as error:
            print_error(error)
            self.result = launch.result_without_manager(ending)
        return self.result.exit_status, None

    def _announce(self, launch: Launch) -> None:
        """Say the names of what has been started."""
        request = self._request
        if request.quiet:
            return
        if request.json is not None:
            told = {"unit": launch.unit}
            if launch.invocation_id is not None:
                told["invocation_id"] = launch.invocation_id
            # As systemd's tools lay it out.
            pretty = request.json == "pretty"
            separators = (",", " : ") if pretty else (",", ":")
            # Where it cannot be written, that is told at the end: the unit is there meanwhile.
            with contextlib.suppress(OSError):
                print(json.dumps(told, indent="\t" if pretty else None, separators=separators))
                sys.stdout.flush()
            return
        trigger = request.spec.trigger
        if trigger is not None:
            say(f"Running {trigger.unit_type} as unit: {launch.unit}")
            if launch.service is not None:
                say(f"Will run service as unit: {launch.service}")
            return
        invocation = f"; invocation ID: {launch.invocation_id}" if launch.invocation_id else ""
        say(f"Running as unit: {launch.unit}{invocation}")

    async def _finish(self, launch: Launch) -> int:
        self.result = await launch.finished()
        return self.result.exit_status

    async def _interrupted(self, launch: Launch) -> Ending:
        """Let the unit go on, or stop it and wait for that; a second signal ends the waiting."""
        name = signal.Signals(cast("int", self._signal)).name
        if self._request.spec.scope:
            # Its command has not begun, and will not; or it has ended.
            say(f"runwrap: {name}: stopping {launch.unit}")
            with contextlib.suppress(ManagerError, ConnectionLostError):
                await launch.stop()
            return 1, self._signal
        stops = self._request.stop_on_exit or self._request.where is Where.EMBEDDED
        # One that is held waits for us, and would wait for ever.
        if not stops and not launch.is_held:
            say(f"runwrap: {name}: {launch.unit} goes on; {self._commands(launch)}")
            return 1, self._signal
        say(f"runwrap: {name}: stopping {launch.unit}")
        if self._session is not None:
            # Interactive shells pass over SIGTERM, but not over the loss of their terminal.
            self._session.close()
        try:
            await launch.stop()
            await self._finish(launch)
            if self.result is not None:
                self.result = replace(self.result, interrupted=name.removeprefix("SIG"))
        except asyncio.CancelledError:
            if self._request.where is not Where.EMBEDDED:
                options = self._request.destination.options
                say(
                    f"runwrap: {launch.unit} is still stopping;"
                    f" end it now: systemctl {options}kill -s KILL {launch.unit}"
                )
            raise
        return 1, self._signal

    def _commands(self, launch: Launch) -> str:
        """Say how to follow and how to stop the unit; a private manager has neither."""
        options = self._request.destination.options
        return (
            f"follow it: journalctl {options}-fu {launch.unit},"
            f" stop it: systemctl {options}stop {launch.unit}"
        )

    def _diagnosis(self, launch: Launch) -> str:
        options = self._request.destination.options
        return (
            f"see: systemctl {options}status {launch.unit}; journalctl {options}-xeu {launch.unit}"
        )

    def _say(self, text: str) -> None:
        if not self._request.quiet:
            say(text)


def _unreachable(error: ConnectionLostError, request: Request) -> ConnectionLostError:
    hints = {
        Where.SYSTEM: "no service manager runs here? --embedded starts a private one",
        Where.USER: "the user's service manager runs only while that user is logged in or lingers"
        " (loginctl enable-linger)",
        Where.EMBEDDED: "",
    }
    destination = request.destination
    is_named = destination.machine or destination.host or destination.capsule
    hint = "" if is_named else hints[request.where]
    return ConnectionLostError(str(error), hints=(*error.hints, *filter(None, (hint,))))
