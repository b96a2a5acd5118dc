"""Holds a service before the first of its commands, until it has been examined.

The first ``ExecCondition=`` is a shell that waits to be told by SIGUSR1, and nothing else lets it
end well: it runs under the very settings that the command will run under, and is looked at from
outside. When this process dies, nobody tells it: the command is never run, and the unit fails
when its start takes too long (systemd.service(5), TimeoutStartSec=).
"""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path
from typing import TYPE_CHECKING

from runwrap.sandbox.evidence import fields_of
from runwrap.units import Property

if TYPE_CHECKING:
    from runwrap.sandbox.evidence import Place

__all__ = ["cpu_used", "held", "waiting_command", "waiting_process"]

_SHELL = "/bin/sh"
_NAME = "sh"
_CONDITIONS = ("ExecCondition", "ExecConditionEx")

# It stops itself so as not to use the processor. As the first process of a PID namespace it
# cannot, and goes on asking. ("$$$$" is "$$" to the shell, systemd.service(5), Command lines.)
_WAIT = 'trap "exit 0" USR1; while :; do kill -s STOP $$$$; done'

# A filter may kill who calls kill(2).
_SPIN = 'trap "exit 0" USR1; while :; do :; done'

_INTERVAL_S = 0.0005
_PATIENCE_S = 20.0


def waiting_command(properties: tuple[Property, ...]) -> tuple[str, ...]:
    """Return the command that waits under the *properties* of a service."""
    filtered = any(given.name == "SystemCallFilter" for given in properties)
    return (_SHELL, "-c", _SPIN if filtered else _WAIT)


def held(properties: tuple[Property, ...]) -> tuple[Property, ...]:
    """Return the *properties* of a service with the condition that holds it, before any other."""
    argv = list(waiting_command(properties))
    command = Property("ExecCondition", "a(sasb)", [(_SHELL, argv, False)])
    # Empty, it takes back all that came before.
    resets = [
        index
        for index, given in enumerate(properties)
        if given.name in _CONDITIONS and not given.value
    ]
    place = resets[-1] + 1 if resets else 0
    return (*properties[:place], command, *properties[place:])


async def waiting_process(place: Place, control_group: str, process: int | None) -> int | None:
    """Wait until the shell of a service that is being held listens, and return its number here.

    Args:
        place: how the manager's part of the system is seen from here.
        control_group: the unit's control group.
        process: the process, by its number for the manager; None where it may be any in the
            group, which is then the unit's first.

    Returns:
        None where it cannot be seen from here.
    """
    directory = place.directory(control_group)
    if directory is None or not directory.exists():
        return None
    end = asyncio.get_running_loop().time() + _PATIENCE_S
    while asyncio.get_running_loop().time() < end:
        try:
            # With Delegate=, it may be in a group below.
            groups = [directory, *(path for path in directory.iterdir() if path.is_dir())]
            texts = [(group / "cgroup.procs").read_text() for group in groups]
        except FileNotFoundError:
            # It is gone, which the manager will say.
            texts = []
        except OSError:
            return None
        numbers = [int(line) for text in texts for line in text.split()]
        if place.shares_pids and process is not None:
            # A session of its own takes it out of the group.
            numbers.append(process)
        for number in numbers:
            if number == 0:
                return None
            if _listens(number, process):
                return number
        await asyncio.sleep(_INTERVAL_S)
    return None


def _listens(pid: int, number: int | None) -> bool:
    """Tell whether the process is the shell, and SIGUSR1 no more its end (proc_pid_status(5)).

    Args:
        pid: the process, by its number here.
        number: the number that the manager knows the shell by, as others may be left in its
            group; None where there are no others.
    """
    try:
        fields = fields_of(Path(f"/proc/{pid}/status").read_text(errors="replace"))
    except OSError:
        return False
    if number is not None and str(number) not in fields["NSpid"].split():
        return False
    return fields["Name"] == _NAME and bool(int(fields["SigCgt"], 16) >> (signal.SIGUSR1 - 1) & 1)


def cpu_used(place: Place, control_group: str) -> int:
    """Return the CPU time that a control group has used, in nanoseconds; 0 where not known."""
    directory = place.directory(control_group)
    if directory is None:
        return 0
    try:
        text = (directory / "cpu.stat").read_text()
    except OSError:
        return 0
    fields = dict(line.split() for line in text.splitlines())
    return int(fields.get("usage_usec", 0)) * 1000
