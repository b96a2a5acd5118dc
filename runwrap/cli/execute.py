"""Carry out a request: reach the manager, run the unit, say what came of it."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from runwrap.cgroups import absent_controllers
from runwrap.cli.managers import address_of, plan_for, warnings_of
from runwrap.cli.request import Where
from runwrap.cli.say import print_error, say
from runwrap.errors import ConnectionLostError, ManagerError
from runwrap.jobs import job_error
from runwrap.launch import Launch
from runwrap.manager import Manager

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runwrap.cli.request import Request
    from runwrap.embedded import EmbeddedManager
    from runwrap.errors import EmbeddedError
    from runwrap.launch import Plan
    from runwrap.model import RunResult

__all__ = ["execute"]

# What systemd itself ends a process with before it becomes the command (systemd.exec(5),
# Process Exit Codes).
_SETUP_FAILED = range(200, 247)

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

Ending = tuple[int, int | None]
"""An exit status, and the number of the signal that interrupted, or None."""


def execute(request: Request) -> Ending:
    """Carry out *request* and return the exit status and the signal that interrupted, if any.

    Raises:
        RunwrapError: it could not be carried out.
    """
    if request.report is not None:
        from runwrap.report import check_destination

        check_destination(request.report)
    plan = plan_for(request)
    execution = _Execution(request, plan)
    ignored = signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    status, number = asyncio.run(execution.run())
    # Out here, a signal ends the process as ever: a FIFO may find no reader. (The event loop
    # has put Python's own handler for Ctrl-C into place.)
    if not ignored:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    if execution.result is not None:
        _tell(request, execution.result)
    return status, number


def _tell(request: Request, result: RunResult) -> None:
    if request.account and not request.quiet:
        from runwrap.report import print_account

        # Nobody reads it: that does not change how the command ended.
        with contextlib.suppress(OSError):
            print_account(result, sys.stderr)
    elif not request.quiet and result.code == "exited" and result.status in _SETUP_FAILED:
        from runwrap.report import status_name

        name = status_name(result.code, result.status)
        say(f"The command was not run, its set-up failed: status={result.status}/{name}")
    if request.report is not None:
        from runwrap.report import write_report

        write_report(result, request.report)


class _Execution:
    def __init__(self, request: Request, plan: Plan) -> None:
        self._request = request
        self._plan = plan
        self._signal: int | None = None
        self._lost: EmbeddedError | None = None
        self.result: RunResult | None = None

    async def run(self) -> Ending:
        task = cast("asyncio.Task[Ending]", asyncio.current_task())

        def interrupt(number: int) -> None:
            self._signal = number
            task.cancel()

        loop = asyncio.get_running_loop()
        for number in _SIGNALS:
            # A signal that the caller has ignored (nohup) stays so.
            if signal.getsignal(number) is not signal.SIG_IGN:
                loop.add_signal_handler(number, interrupt, number)
        try:
            async with contextlib.AsyncExitStack() as stack:
                return await self._run(stack)
        except asyncio.CancelledError:
            if self._lost is not None:
                raise self._lost from None
            if self._signal is None:
                raise
            return 1, self._signal

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
        if request.where is Where.EMBEDDED:
            if request.fallback:
                self._say("No service manager is running here: starting a private one.")
            embedded = await self._enter_embedded(stack)
            address = embedded.bus_address
            controllers = embedded.absent_controllers
        else:
            address = address_of(request.where)
            controllers = absent_controllers()
        try:
            manager = await stack.enter_async_context(Manager(address))
        except ConnectionLostError as error:
            raise _unreachable(error, request.where) from None
        if manager.systemd is not None:
            self._plan = self._plan.at(manager.systemd)
        for warning in warnings_of(self._plan, request.where, controllers):
            say(f"runwrap: warning: {warning}")
        launch = await stack.enter_async_context(
            Launch(
                manager,
                self._plan,
                controllers=controllers,
                user=request.where is Where.USER,
            )
        )
        try:
            return await self._attend(launch)
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

    async def _attend(self, launch: Launch) -> Ending:
        request = self._request
        if request.no_block:
            self._say(f"Running as unit: {launch.unit}")
            return 0, None
        job_result = await launch.started()
        if job_result != "done":
            service_result = ""
            with contextlib.suppress(ManagerError):
                service_result = await launch.result_property()
            error = job_error(launch.unit, job_result, service_result)
            if request.where is not Where.EMBEDDED:
                error.hints = (self._diagnosis(launch),)
            if not request.wait:
                raise error
            print_error(error)
        else:
            invocation = f"; invocation ID: {launch.invocation_id}" if launch.invocation_id else ""
            self._say(f"Running as unit: {launch.unit}{invocation}")
        if not request.wait:
            return 0, None
        return await self._finish(launch), None

    async def _finish(self, launch: Launch) -> int:
        self.result = await launch.finished()
        return self.result.exit_status

    async def _interrupted(self, launch: Launch) -> Ending:
        """Let the unit go on, or stop it and wait for that; a second signal ends the waiting."""
        name = signal.Signals(cast("int", self._signal)).name
        if not self._request.stop_on_exit and self._request.where is not Where.EMBEDDED:
            say(f"runwrap: {name}: {launch.unit} goes on; {self._commands(launch)}")
            return 1, self._signal
        say(f"runwrap: {name}: stopping {launch.unit}")
        try:
            await launch.stop()
            await self._finish(launch)
            if self.result is not None:
                self.result = replace(self.result, interrupted=name.removeprefix("SIG"))
        except asyncio.CancelledError:
            if self._request.where is not Where.EMBEDDED:
                say(f"runwrap: {launch.unit} is still stopping; {self._commands(launch)}")
            raise
        return 1, self._signal

    def _commands(self, launch: Launch) -> str:
        """Say how to follow and how to stop the unit; a private manager has neither."""
        return (
            f"follow it: journalctl {self._scope}-fu {launch.unit},"
            f" stop it: systemctl {self._scope}stop {launch.unit}"
        )

    def _diagnosis(self, launch: Launch) -> str:
        return (
            f"see: systemctl {self._scope}status {launch.unit};"
            f" journalctl {self._scope}-xeu {launch.unit}"
        )

    @property
    def _scope(self) -> str:
        return "--user " if self._request.where is Where.USER else ""

    def _say(self, text: str) -> None:
        if not self._request.quiet:
            say(text)


def _unreachable(error: ConnectionLostError, where: Where) -> ConnectionLostError:
    hints = {
        Where.SYSTEM: "no service manager runs here? --embedded starts a private one",
        Where.USER: "the user's service manager runs only while that user is logged in or lingers"
        " (loginctl enable-linger)",
        Where.EMBEDDED: "",
    }
    return ConnectionLostError(str(error), hints=tuple(filter(None, (hints[where],))))
