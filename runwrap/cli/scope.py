"""``--scope``: the command is run here, in a scope that the service manager keeps account of."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from runwrap.become import prepare_becoming
from runwrap.cli.command_process import CommandProcess, become
from runwrap.cli.execute import Ending, Execution, run_to_the_end, tell
from runwrap.transient import Process

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runwrap.cli.request import Request
    from runwrap.plan import Plan

__all__ = ["run_scope"]


def run_scope(request: Request, plan: Plan) -> Ending:
    """Put the command into a scope and run it.

    Without a report this process becomes the command, and the function does not return but for
    a signal that came before. With one, the command is a child of this process.

    Returns:
        The exit status, and the number of the signal that interrupted, or None.

    Raises:
        RunwrapError: it could not be carried out.
    """
    becoming = prepare_becoming(request.spec, plan.executable, _inherited(plan.environment))
    if request.report is not None:
        with CommandProcess(becoming) as process:
            execution = Execution(
                request, plan.with_parts(process=process.process), process=process
            )
            ending = run_to_the_end(execution)
        if execution.result is not None:
            tell(request, execution.result)
        return ending
    pidfd = os.pidfd_open(os.getpid())
    try:
        execution = Execution(request, plan.with_parts(process=Process(os.getpid(), pidfd)))
        ending = run_to_the_end(execution)
    finally:
        os.close(pidfd)
    if ending == (0, None):
        become(becoming, execution.invocation_id)
    return ending


def _inherited(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the *environment* without what Python has put there at its start (PEP 538)."""
    inherited = dict(environment)
    with contextlib.suppress(OSError):
        begun_with = Path("/proc/self/environ").read_bytes()
        if not any(entry.startswith(b"LC_CTYPE=") for entry in begun_with.split(b"\0")):
            inherited.pop("LC_CTYPE", None)
    return inherited
