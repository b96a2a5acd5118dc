"""The pseudo-terminal of a command, joined to the one that runwrap is run on."""

from __future__ import annotations

import asyncio
import contextlib
import os
from dataclasses import replace
from typing import TYPE_CHECKING, Self

from runwrap.bus import machine_of, system_address
from runwrap.terminal import Forwarder, Pty, window_size

if TYPE_CHECKING:
    from types import TracebackType

    from runwrap.cli.request import Destination, Terminal
    from runwrap.model import LaunchSpec
    from runwrap.plan import Plan

__all__ = ["Session"]


class Session:
    """A pseudo-terminal for one command; a context manager.

    Attributes:
        late: this terminal is joined to it only when the unit has started.
        is_interactive: whether somebody types at a terminal.
    """

    def __init__(self, terminal: Terminal, destination: Destination) -> None:
        """Prepare the terminal; nothing is opened yet.

        Args:
            terminal: what is wanted of it.
            destination: the manager that the command is under.
        """
        self.late = terminal.late
        self.is_interactive = os.isatty(0) and os.isatty(1)
        self._background = terminal.background
        self._machine = None if destination.is_here else machine_of(destination.machine or "")
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Self:
        """Open the pseudo-terminal, in the container if the manager is in one.

        Raises:
            ManagerError: the container has none to give.
            ConnectionLostError: the system's bus cannot be reached.
            OSError: there is none to be had.
        """
        machine = self._machine
        pty = Pty.open() if machine is None else asyncio.run(self._open_in(machine))
        self._pty = self._stack.enter_context(pty)
        # What asks for it at once shall get the right one.
        window_size((1, 0)).apply(self._pty.master)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Close the pseudo-terminal; a command that is still there is hung up."""
        self._stack.close()

    async def _open_in(self, machine: str) -> Pty:
        from runwrap.machines import open_pty

        return Pty.from_master(*await open_pty(system_address(os.environ), machine))

    def plan_of(self, plan: Plan) -> Plan:
        """Return the *plan* with the terminal in it."""
        return plan.with_parts(spec=self._spec_of(plan.spec))

    def _spec_of(self, spec: LaunchSpec) -> LaunchSpec:
        on_terminal = any(os.isatty(descriptor) for descriptor in range(3))
        spec = replace(spec, terminal=self._pty.path, on_terminal=on_terminal)
        if self._machine is not None:
            return spec
        follower = self._pty.follower
        return replace(spec, pipe=True, stdio=(follower, follower, follower))

    def joined(self, spec: LaunchSpec) -> Forwarder:
        """Return what joins the terminals for as long as it is entered.

        Args:
            spec: what is run, which the title of the window says.
        """
        where = self._machine or os.uname().nodename
        # As systemd-run has it: red is for root, yellow for everybody else.
        mark = "\N{LARGE RED CIRCLE}" if os.geteuid() == 0 else "\N{LARGE YELLOW CIRCLE}"
        title = f"{mark} {spec.description or ' '.join(spec.command)} on {where}"
        return Forwarder(self._pty, background=self._background, title=title)
