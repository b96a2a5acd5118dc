"""Holds a service before its command, until it has been examined.

The main process is a shell at first, under the very settings that the command will run under.
It is traced from when it is seen, stopped before its first instruction, looked at from outside,
and then made to execute the command: the process that was examined is the command's own. When
this process dies meanwhile, the kernel kills the shell (ptrace(2), PTRACE_O_EXITKILL); if that
happens before it was traced, the shell stops itself, or gives up: the command is never run.

Where processes may not be traced, or where the main process is not the only thing that matters,
a unit of the same settings is examined in its place, whose command is such a shell.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import signal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Self, cast

from runwrap.sandbox.evidence import fields_of
from runwrap.units import Property

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from types import TracebackType

    from runwrap.sandbox.evidence import Place
    from runwrap.sandbox.permit import Permit
    from runwrap.sandbox.tracing import Traced

__all__ = ["Waiting", "can_trace", "caught", "held", "is_simple", "listening", "waiting_command"]

_SHELL = "/bin/sh"
_NAME = "sh"
_STARTS = ("ExecStart", "ExecStartEx")

# It asks for a signal to show that it has begun, and stops itself so as not to use the processor.
# Where that is not carried out, as for the first process of a PID namespace, or nobody may be there
# to have it go on, it gives up after some seconds of processor time.
_BEGIN = "trap : USR1; "
_STOP = "kill -s STOP 0; "
_SPIN = "i=0; while [ $i -lt 5000000 ]; do i=$((i+1)); done; "
_END = "echo 'not run, as nobody has examined it: start it with runwrap' >&2; exit 1"

# Sets of system calls that have kill(2) (systemd.exec(5), SystemCallFilter=).
_WITH_KILL = frozenset(("kill", "@process", "@system-service", "@known"))

# How many arguments of the shell come before the command.
_BEFORE = 3

# EXIT_EXEC (systemd.exec(5), Process Exit Codes): the command cannot be executed.
_CANNOT_EXECUTE = 203

# What would be run, or done, after a refusal or before the main process.
_COMMANDS = ("ExecCondition", "ExecStartPre", "ExecStartPost", "ExecStop", "ExecStopPost")
_DEEDS = ("OnFailure", "OnSuccess", "FailureAction", "SuccessAction", "PropagatesStopTo")

# What a process gets, or loses, each time that it executes a program.
_AT_EXECUTION = ("SELinuxContext", "AppArmorProfile", "SmackProcessLabel", "MemoryKSM")

# What takes the main process out of the unit's control group, or is done by one that it forks.
_ELSEWHERE = ("PAMName", "PrivatePIDs")

_CAP_SYS_PTRACE = 19
_NOBODY_MAY = 3

_INTERVAL_S = 0.0005
_PATIENCE_S = 20.0

# How long it may take until the manager is asked whether there is something to wait for.
_ASK_S = 0.1


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
    with contextlib.suppress(OSError):
        # Its present value, and the one to be committed.
        if Path("/sys/fs/selinux/booleans/deny_ptrace").read_text().startswith("1"):
            return False
    if own.get("Seccomp") == "0":
        return True
    from runwrap.sandbox.tracing import is_refused

    return not is_refused()


def waiting_command(
    properties: Sequence[Property], *, expanded: bool, permit: Permit | None = None
) -> tuple[str, ...]:
    """Return the command that waits.

    Args:
        properties: those of its service.
        expanded: whether the manager expands variables in it (systemd.service(5), Command lines).
        permit: what lets it go on when it is started again.
    """
    may_stop = permit is None and _may_kill(properties)
    script = f"{permit.script if permit else ''}{_BEGIN}{_STOP if may_stop else ''}{_SPIN}{_END}"
    return (_SHELL, "-c", script.replace("$", "$$") if expanded else script)


def _may_kill(properties: Sequence[Property]) -> bool:
    """Tell whether no filter could be the end of who calls kill(2)."""
    filters = [given.value for given in properties if given.name == "SystemCallFilter"]
    allowed: list[bool] = []
    for is_allowed, entries in cast("list[tuple[bool, list[str]]]", filters):
        has_kill = not _WITH_KILL.isdisjoint(entry.partition(":")[0] for entry in entries)
        if has_kill and not is_allowed:
            return False
        if is_allowed:
            allowed.append(has_kill)
    return not allowed or any(allowed)


def is_simple(properties: Sequence[Property]) -> bool:
    """Tell whether nothing but the main process of a service with *properties* matters."""
    names = [given.name for given in properties if given.value not in (None, False, "", "none", [])]
    restart = [given.value for given in properties if given.name == "Restart"]
    if restart and restart[-1] != "no":
        return False
    commands = [command for given in properties if _is_start(given) for command in _of(given)]
    if len(commands) != 1 or ("ExecSearchPath" in names and "/" not in commands[0][0]):
        return False
    others = {name.removesuffix("Ex") for name in names}
    return others.isdisjoint((*_COMMANDS, *_DEEDS, *_AT_EXECUTION, *_ELSEWHERE))


def held(properties: Sequence[Property], permit: Permit | None = None) -> tuple[Property, ...]:
    """Return the *properties* of a service with the shell in the place of its command.

    Args:
        properties: those of the service.
        permit: what lets it be started again by anybody.
    """
    result = [
        _in_shell(given, properties, permit) if _is_start(given) else given for given in properties
    ]
    if permit is not None:
        result.append(permit.property)
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


def _in_shell(given: Property, properties: Sequence[Property], permit: Permit | None) -> Property:
    shell = waiting_command(properties, expanded=given.name == "ExecStart", permit=permit)
    commands = [(_SHELL, [*shell, *arguments], flags) for _, arguments, flags in _of(given)]
    return Property(given.name, given.signature, commands)


class Waiting:
    """The process of a unit that waits, if it can be seen: a context manager.

    In the end it is killed if it was caught, and was not told to go on.

    Attributes:
        pid: the process, by its number here, or None.
        traced: the same, traced and held; None where it may not be traced.
        is_killed: whether it is killed in the end.
    """

    def __init__(
        self, pid: int | None = None, traced: Traced | None = None, *, is_killed: bool = False
    ) -> None:
        """Keep what is known."""
        self.pid = pid
        self.traced = traced
        self.is_killed = is_killed

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
            (self.traced.kill if self.is_killed else self.traced.let_go)()

    def go_on(self) -> None:
        """Have it become the command; if it cannot, it ends as such a command would."""
        traced, self.traced = self.traced, None
        if traced is not None:
            try:
                traced.execute(_BEFORE)
            except OSError:
                traced.end(_CANNOT_EXECUTE)


async def caught(
    place: Place, control_group: str, process: int, *, is_over: Callable[[], Awaitable[bool]]
) -> Waiting:
    """Wait until the main process of a service is the shell, and hold it there.

    Args:
        place: how the manager's part of the system is seen from here.
        control_group: the unit's control group.
        process: the process, by its number for the manager.
        is_over: asks the manager whether the unit has ended, now and then.

    Raises:
        ProcessLookupError: it is no more.
    """
    interval = _Interval(is_over)
    while not (found := _find(place, control_group, process)):
        if found is None or not await interval.passes():
            return Waiting()
    traced = _attached(found[0])
    if traced is None or _find(place, control_group, process) != found:
        # The number may be that of another one by now.
        if traced is not None:
            traced.let_go()
        return Waiting()
    try:
        if _name(traced.pid) == _NAME:
            traced.hold()
        else:
            # The program that sets it up may come first.
            while not (traced.executes() and _name(traced.pid) == _NAME):
                if traced.is_held:
                    traced.resume()
                await interval.passes()
    except BaseException:
        traced.kill()
        raise
    return Waiting(traced.pid, traced, is_killed=True)


async def listening(
    place: Place, control_group: str, process: int, *, is_over: Callable[[], Awaitable[bool]]
) -> Waiting:
    """Wait until the shell in a control group has begun.

    Args:
        place: how the manager's part of the system is seen from here.
        control_group: the unit's control group.
        process: the main process, by its number for the manager: that one, or what it forked.
        is_over: asks the manager whether the unit has ended, now and then.

    Raises:
        ProcessLookupError: it is no more.
    """
    interval = _Interval(is_over)
    while (numbers := _processes(place, control_group)) is not None:
        if place.shares_pids:
            # A session of its own takes it out of the group.
            numbers.append(process)
        for number in numbers:
            if _listens(number):
                traced = _attached(number)
                if traced is not None:
                    traced.hold()
                return Waiting(number, traced)
        if not await interval.passes():
            break
    return Waiting()


class _Interval:
    """The time between two looks at a process, for as long as that makes sense."""

    def __init__(self, is_over: Callable[[], Awaitable[bool]]) -> None:
        self._is_over = is_over
        now = asyncio.get_running_loop().time()
        self._end = now + _PATIENCE_S
        self._asks = now + _ASK_S

    async def passes(self) -> bool:
        """Let it pass, and tell whether there is some patience left.

        Raises:
            ProcessLookupError: the unit has ended.
        """
        await asyncio.sleep(_INTERVAL_S)
        now = asyncio.get_running_loop().time()
        if now > self._asks:
            self._asks = now + _ASK_S
            if await self._is_over():
                raise ProcessLookupError(errno.ESRCH, os.strerror(errno.ESRCH))
        return now < self._end


def _attached(pid: int) -> Traced | None:
    """Trace the process *pid*; None where it may not be.

    Raises:
        ProcessLookupError: it is no more.
    """
    from runwrap.sandbox.tracing import Traced

    try:
        return Traced(pid)
    except PermissionError:
        return None


def _find(place: Place, control_group: str, process: int) -> list[int] | None:
    """Return a *process* of the manager's by its number here, if it is in a control group.

    Returns:
        None where that cannot be seen.
    """
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
