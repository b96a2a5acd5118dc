"""Holds a service before its command, until it has been examined.

The main process is a shell at first, under the very settings that the command will run under.
It is traced from when it is seen, stopped before its first instruction, looked at from outside,
and then made to execute the command: the process that was examined is the command's own. When
this process dies meanwhile, the kernel kills the shell (ptrace(2), PTRACE_O_EXITKILL); if that
happens before it was traced, the shell gives up by itself: the command is never run.

Where processes may not be traced, or where the main process is not the only thing that matters,
a unit of the same settings is examined in its place, whose command is such a shell.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Self, cast

from runwrap.sandbox.evidence import fields_of
from runwrap.units import Property

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from runwrap.sandbox.evidence import Place
    from runwrap.sandbox.tracing import Traced

__all__ = ["Waiting", "can_trace", "caught", "held", "is_simple", "listening", "waiting_command"]

_SHELL = "/bin/sh"
_NAME = "sh"
_STARTS = ("ExecStart", "ExecStartEx")

# It asks for a signal to show that it has begun, and stops itself so as not to use the processor.
_WAIT = "trap : USR1; kill -s STOP 0; exit 1"

# A filter may kill who calls kill(2). This gives up after some seconds of processor time, as it
# does where it is the first process of a PID namespace, which cannot be stopped from within.
_SPIN = "trap : USR1; i=0; while [ $i -lt 5000000 ]; do i=$((i+1)); done; exit 1"
_NO_STOP = ("SystemCallFilter", "PrivatePIDs")

# How many arguments of the shell come before the command.
_BEFORE = 3

# EXIT_EXEC (systemd.exec(5), Process Exit Codes): the command cannot be executed.
_CANNOT_EXECUTE = 203

# What would be run, or done, after a refusal or before the main process.
_COMMANDS = ("ExecCondition", "ExecStartPre", "ExecStartPost", "ExecStop", "ExecStopPost")
_DEEDS = (
    *("OnFailure", "OnSuccess", "FailureAction", "SuccessAction", "StartLimitAction"),
    *("PropagatesStopTo", "JobTimeoutAction", "RebootArgument"),
)

# What a process gets, or loses, each time that it executes a program.
_AT_EXECUTION = (*("SELinuxContext", "AppArmorProfile", "SmackProcessLabel", "MemoryKSM"),)

# What takes the main process out of the unit's control group, or is done by one that it forks.
_ELSEWHERE = ("PAMName", "PrivatePIDs")

_CAP_SYS_PTRACE = 19
_NOBODY_MAY = 3

_INTERVAL_S = 0.0005
_PATIENCE_S = 20.0


@cache
def can_trace() -> bool:
    """Tell whether this process may trace any other, and can make it execute a program."""
    if os.uname().machine != "x86_64":
        return False
    own = _status(os.getpid())
    if not int(own["CapEff"], 16) >> _CAP_SYS_PTRACE & 1:
        return False
    with contextlib.suppress(OSError):
        if int(Path("/proc/sys/kernel/yama/ptrace_scope").read_text()) >= _NOBODY_MAY:
            return False
    if own.get("Seccomp") == "0":
        return True
    from runwrap.sandbox.tracing import is_refused

    return not is_refused()


def waiting_command(properties: Sequence[Property], *, expanded: bool) -> tuple[str, ...]:
    """Return the command that waits.

    Args:
        properties: those of its service.
        expanded: whether the manager expands variables in it (systemd.service(5), Command lines).
    """
    script = _SPIN if any(given.name in _NO_STOP for given in properties) else _WAIT
    return (_SHELL, "-c", script.replace("$", "$$") if expanded else script)


def is_simple(properties: Sequence[Property]) -> bool:
    """Tell whether nothing but the main process of a service with *properties* matters."""
    names = [given.name for given in properties if given.value not in (None, False, "", "none", [])]
    restart = [given.value for given in properties if given.name == "Restart"]
    if restart and restart[-1] != "no":
        return False
    if sum(map(_is_start, properties)) != 1:
        return False
    others = {name.removesuffix("Ex") for name in names}
    return others.isdisjoint((*_COMMANDS, *_DEEDS, *_AT_EXECUTION, *_ELSEWHERE))


def held(properties: Sequence[Property]) -> tuple[Property, ...]:
    """Return the *properties* of a service with the shell in the place of its command."""
    result = [_in_shell(given, properties) if _is_start(given) else given for given in properties]
    if not any(given.name == "SyslogIdentifier" and given.value for given in properties):
        # It would be the shell's name.
        paths = [command[0] for given in properties if _is_start(given) for command in _of(given)]
        result.append(Property("SyslogIdentifier", "s", paths[-1].rpartition("/")[2]))
    return tuple(result)


def _is_start(given: Property) -> bool:
    return given.name in _STARTS and bool(given.value)


def _of(given: Property) -> list[tuple[str, list[str], object]]:
    """Return the commands of a property: path, arguments, flags."""
    return cast("list[tuple[str, list[str], object]]", given.value)


def _in_shell(given: Property, properties: Sequence[Property]) -> Property:
    shell = waiting_command(properties, expanded=given.name == "ExecStart")
    commands = [(_SHELL, [*shell, *arguments], flags) for _, arguments, flags in _of(given)]
    return Property(given.name, given.signature, commands)


class Waiting:
    """The process of a unit that waits, if it can be seen: a context manager.

    In the end it is killed if it was to become the command, and was not told to go on.

    Attributes:
        pid: the process, by its number here, or None.
        traced: the same, traced and held; None where it may not be traced.
    """

    def __init__(self, pid: int | None, traced: Traced | None, *, is_command: bool) -> None:
        """Keep what is known; *is_command* where it is to become the command."""
        self.pid = pid
        self.traced = traced
        self._is_command = is_command

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Kill the process, or let it go."""
        if self.traced is not None:
            (self.traced.kill if self._is_command else self.traced.let_go)()

    def go_on(self) -> None:
        """Have it become the command; if it cannot, it ends as such a command would."""
        traced, self.traced = self.traced, None
        if traced is not None:
            try:
                traced.execute(_BEFORE)
            except OSError:
                traced.end(_CANNOT_EXECUTE)


async def caught(place: Place, control_group: str, process: int) -> Waiting:
    """Wait until the main process of a service is the shell, and hold it there.

    Args:
        place: how the manager's part of the system is seen from here.
        control_group: the unit's control group.
        process: the process, by its number for the manager.

    Raises:
        ProcessLookupError: it is no more.
    """
    traced = await _attached(place, control_group, process)
    if traced is None:
        return Waiting(None, None, is_command=True)
    try:
        if _name(traced.pid) == _NAME:
            traced.hold()
        else:
            # The program that sets it up may come first.
            while not (traced.executes() and _name(traced.pid) == _NAME):
                if traced.is_held:
                    traced.resume()
                await asyncio.sleep(_INTERVAL_S)
    except BaseException:
        traced.kill()
        raise
    return Waiting(traced.pid, traced, is_command=True)


async def _attached(place: Place, control_group: str, process: int) -> Traced | None:
    """Trace the *process* of a control group, as soon as it is there; None where it may not be.

    Raises:
        ProcessLookupError: it is no more.
    """
    from runwrap.sandbox.tracing import Traced

    end = asyncio.get_running_loop().time() + _PATIENCE_S
    while not (found := _find(place, control_group, process)):
        if found is None or asyncio.get_running_loop().time() > end:
            return None
        await asyncio.sleep(_INTERVAL_S)
    try:
        traced = Traced(found[0])
    except PermissionError:
        return None
    if _find(place, control_group, process) == found:
        return traced
    # The number was that of another one by now.
    traced.let_go()
    return None


async def listening(place: Place, control_group: str, process: int) -> Waiting:
    """Wait until the shell in a control group has begun.

    Args:
        place: how the manager's part of the system is seen from here.
        control_group: the unit's control group.
        process: the main process, by its number for the manager: that one, or what it forked.
    """
    end = asyncio.get_running_loop().time() + _PATIENCE_S
    while asyncio.get_running_loop().time() < end:
        numbers = _processes(place, control_group)
        if numbers is None:
            break
        if place.shares_pids:
            # A session of its own takes it out of the group.
            numbers.append(process)
        for number in numbers:
            if _listens(number):
                return Waiting(number, _held(number), is_command=False)
        await asyncio.sleep(_INTERVAL_S)
    return Waiting(None, None, is_command=False)


def _held(pid: int) -> Traced | None:
    """Trace and hold the process *pid*; None where it may not be."""
    from runwrap.sandbox.tracing import Traced

    try:
        traced = Traced(pid)
        traced.hold()
    except OSError:
        return None
    return traced


def _find(place: Place, control_group: str, process: int) -> list[int] | None:
    """Return the *process* of the manager's in a control group, if it is there, by its number
    here; None where that cannot be seen."""
    numbers = _processes(place, control_group)
    if numbers is None:
        return None
    return [number for number in numbers if _is_number(number, process)]


def _processes(place: Place, control_group: str) -> list[int] | None:
    """Return the processes of a control group by their numbers here; None where not to be seen."""
    directory = place.directory(control_group)
    if directory is None:
        return None
    try:
        # With Delegate=, it may be in a group below.
        groups = [directory, *(path for path in directory.iterdir() if path.is_dir())]
        texts = [(group / "cgroup.procs").read_text() for group in groups]
    except FileNotFoundError:
        # It is gone, which the manager will say.
        return []
    except OSError:
        return None
    numbers = [int(line) for text in texts for line in text.split()]
    return None if 0 in numbers else numbers


def _is_number(pid: int, number: int) -> bool:
    """Tell whether the process *pid* has the *number* in some PID namespace."""
    return str(number) in _status(pid).get("NSpid", "").split()


def _name(pid: int) -> str | None:
    return _status(pid).get("Name")


def _listens(pid: int) -> bool:
    """Tell whether the process is the shell, and has begun (proc_pid_status(5), SigCgt)."""
    fields = _status(pid)
    caught = int(fields.get("SigCgt", "0"), 16)
    return fields.get("Name") == _NAME and bool(caught >> (signal.SIGUSR1 - 1) & 1)


def _status(pid: int) -> dict[str, str]:
    try:
        return fields_of(Path(f"/proc/{pid}/status").read_text(errors="replace"))
    except OSError:
        return {}
