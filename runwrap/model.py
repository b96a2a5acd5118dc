"""What to launch and what came back: plain values, without any input or output.

Everything here is frozen. Quantities carry their unit in their name: ``_usec`` are
microseconds, ``_nsec`` nanoseconds; names of sizes are plain bytes.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runwrap.units import Property, UnitType

__all__ = [
    "Counters",
    "Enforce",
    "LaunchSpec",
    "RunResult",
    "State",
    "Timestamps",
    "TransientUnit",
    "Trigger",
    "Verdict",
]


class Enforce(StrEnum):
    """What becomes of a launch with a restriction that is not shown to be in force."""

    STRICT = "strict"
    """It is stopped before the command runs."""
    WARN = "warn"
    """It goes on, with a warning."""
    OFF = "off"
    """It goes on: nothing is examined."""


class State(StrEnum):
    """Whether a restriction is in force."""

    IN_FORCE = "in-force"
    NOT_IN_FORCE = "not-in-force"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was established of one restriction before the command ran.

    Attributes:
        directive: its name.
        state: whether it is in force.
        evidence: what was seen, or why nothing could be, in one line.
        advice: where it is not in force, what to do about it, or "".
    """

    directive: str
    state: State
    evidence: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class TransientUnit:
    """One unit to start: its full name and its properties in wire order."""

    name: str
    properties: tuple[Property, ...]


@dataclass(frozen=True, slots=True)
class Trigger:
    """A unit that starts a service when something happens.

    Attributes:
        unit_type: ``timer``, ``path`` or ``socket``.
        properties: assignments ``NAME=VALUE`` of that unit, applied in order.
    """

    unit_type: UnitType
    properties: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchSpec:
    """What one run should be, in the terms of systemd-run(1).

    Attributes:
        command: the program and its arguments; the program is looked up in PATH unless it
            contains a slash. Empty only where a trigger is to start a unit that exists.
        properties: assignments ``NAME=VALUE`` as in a unit file, applied in order.
        unit: the unit's name, with or without ``.service``; None for one that is made up.
        description: the unit's description; None for the command line itself.
        slice: the slice to put the unit in, with or without ``.slice``; None for the default.
        service_type: ``Type=`` of the service (``simple``, ``exec``, ``oneshot``, ...), or None.
        uid: user name or numeric id to run as, or None.
        gid: group name or numeric id to run as, or None.
        nice: the nice level, from -20 to 19, or None.
        setenv: ``NAME=VALUE`` pairs, or ``NAME`` to pass on the value of the caller.
        working_directory: the absolute directory to run in, or None for the manager's default.
        pipe: hand the caller's standard input, output and error to the command.
        collect: unload the unit also after a failure (``CollectMode=inactive-or-failed``).
        stdio: descriptors to hand over in place of 0, 1 and 2 where ``pipe`` is set;
            None at a place leaves that stream to the manager.
        terminal: the path of the terminal that becomes the command's, or None. With ``pipe``,
            ``stdio`` is of that terminal; without, the manager opens it.
        on_terminal: whether ``terminal`` leads to a real one, whose kind the command is told
            (``$TERM`` and its like); otherwise it is told that nothing is known of it.
        remain_after_exit: the unit stays active when the command has ended
            (``RemainAfterExit=``).
        send_sighup: SIGHUP follows SIGTERM when the unit is stopped (``SendSIGHUP=``).
        slice_inherit: the unit goes into the slice of this process; ``slice`` is then the rest
            of a name, below that.
        root_directory: the absolute directory, as this process sees it, that the command has as
            its root directory, or None.
        expand_environment: whether ``$NAME`` in the arguments is replaced (systemd.service(5),
            Command lines).
        ignore_failure: count the end of the command as a success, however it ended.
        job_mode: what becomes of jobs that are queued already (systemctl(1), ``--job-mode=``).
        scope: put this process, or one that it has started, into a scope; nothing is started.
        trigger: the unit that will start the command, or None to start it at once.
        sandbox: the name of the profile whose directives come before ``properties``, or None.
        read: paths that the profile is to leave readable.
        write: paths that the profile is to leave writable.
        allow_net: what the profile is to leave of the network: addresses, prefixes,
            ``localhost`` or ``any``.
    """

    command: tuple[str, ...] = ()
    properties: tuple[str, ...] = ()
    unit: str | None = None
    description: str | None = None
    slice: str | None = None
    service_type: str | None = None
    uid: str | None = None
    gid: str | None = None
    nice: int | None = None
    setenv: tuple[str, ...] = ()
    working_directory: str | None = None
    pipe: bool = False
    collect: bool = False
    stdio: tuple[int | None, int | None, int | None] = (0, 1, 2)
    terminal: str | None = None
    on_terminal: bool = True
    remain_after_exit: bool = False
    send_sighup: bool = False
    slice_inherit: bool = False
    root_directory: str | None = None
    expand_environment: bool = True
    ignore_failure: bool = False
    job_mode: str = "fail"
    scope: bool = False
    trigger: Trigger | None = None
    sandbox: str | None = None
    read: tuple[str, ...] = ()
    write: tuple[str, ...] = ()
    allow_net: tuple[str, ...] = ()

    @property
    def is_confined(self) -> bool:
        """Whether a profile restricts the command: its unit does not outlive who started it."""
        return self.sandbox not in {None, "none"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Counters:
    """One reading of a unit's resource counters; None is "not told", never zero.

    All count from the start of the unit (org.freedesktop.systemd1(5), systemd.resource-control(5)).

    Attributes:
        cpu_usage_nsec: CPU time consumed, in nanoseconds.
        memory_peak: highest memory use, in bytes (told by systemd 255 and later).
        memory_swap_peak: highest swap use, in bytes (told by systemd 255 and later).
        ip_ingress_bytes: bytes received in IP packets, headers included.
        ip_egress_bytes: bytes sent in IP packets, headers included.
        ip_ingress_packets: IP packets received.
        ip_egress_packets: IP packets sent.
        io_read_bytes: bytes read from block devices.
        io_write_bytes: bytes written to block devices.
        io_read_operations: read operations on block devices.
        io_write_operations: write operations on block devices.
        tasks: the largest number of tasks that any reading found.
    """

    cpu_usage_nsec: int | None = None
    memory_peak: int | None = None
    memory_swap_peak: int | None = None
    ip_ingress_bytes: int | None = None
    ip_egress_bytes: int | None = None
    ip_ingress_packets: int | None = None
    ip_egress_packets: int | None = None
    io_read_bytes: int | None = None
    io_write_bytes: int | None = None
    io_read_operations: int | None = None
    io_write_operations: int | None = None
    tasks: int | None = None

    def as_dict(self) -> dict[str, int | None]:
        """Return the counters by name, in the order of their declaration."""
        return dataclasses.asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timestamps:
    """Points in the life of a unit, in microseconds since the epoch; None where not reached.

    Attributes:
        inactive_exit_usec: when the unit left the inactive state, that is, began to start.
        active_enter_usec: when it became active.
        active_exit_usec: when it ceased to be active.
        inactive_enter_usec: when it became inactive or failed.
        main_start_usec: when the main process was started.
        main_exit_usec: when the main process ended.
    """

    inactive_exit_usec: int | None = None
    active_enter_usec: int | None = None
    active_exit_usec: int | None = None
    inactive_enter_usec: int | None = None
    main_start_usec: int | None = None
    main_exit_usec: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """How one run ended and what it used.

    Attributes:
        unit: the unit's full name.
        invocation_id: 32 hexadecimal digits, or None where the manager did not tell.
        command: the command as it was asked for.
        properties: the assignments as they were asked for.
        result: the unit's result (``success``, ``exit-code``, ``signal``, ``core-dump``,
            ``timeout``, ``oom-kill``, ...; systemd.exec(5), $SERVICE_RESULT).
        code: how the main process ended: ``exited``, ``killed``, ``dumped``, or None where
            none was started.
        status: its exit status for ``exited``, the signal's number for ``killed`` and
            ``dumped``, None where none was started.
        job_result: how the start job ended (``done``, ``failed``, ``timeout``, ...).
        runtime_usec: microseconds between leaving and entering the inactive state.
        timestamps: when what happened.
        restarts: how often the manager restarted the unit by itself (``Restart=``); what is
            told otherwise is of the last of these runs.
        counters: what the run used.
        absent: for counters that are None, the reason by counter name.
        conditions_met: whether the unit's conditions were met (``Condition...=``); if not,
            nothing was run, and that counts as a success (systemd.unit(5)).
        manager_version: the service manager's version string, such as ``"257.9-1~deb13u1"``.
        interrupted: the name of the signal, such as ``"INT"``, that made the launcher stop the
            unit, or None.
        verdicts: what was established of the restrictions that were asked for; empty where
            there are none, or nothing was examined.
        sandbox: the name of the profile that was asked for, or None.
        exposure: the exposure level of the unit, from 0.0 to 10.0 (systemd-analyze(1),
            security), or None where it was not rated.
        exposure_absent: where it could not be rated, why, in one line.
    """

    unit: str
    invocation_id: str | None
    command: tuple[str, ...]
    properties: tuple[str, ...]
    result: str
    code: str | None
    status: int | None
    job_result: str
    runtime_usec: int | None
    timestamps: Timestamps
    counters: Counters
    restarts: int = 0
    absent: Mapping[str, str] = field(default_factory=dict)
    conditions_met: bool = True
    manager_version: str | None = None
    interrupted: str | None = None
    verdicts: tuple[Verdict, ...] = ()
    sandbox: str | None = None
    exposure: float | None = None
    exposure_absent: str | None = None

    @property
    def exit_status(self) -> int:
        """The status a launcher exits with (systemd-run(1), Exit status).

        0 on ``success``, the command's own on ``exit-code``, 255 when a signal ended it, 1
        otherwise. A start job that did not end as ``done`` is never 0.
        """
        if self.result == "success":
            return 0 if self.job_result == "done" else 1
        if self.result == "exit-code" and self.status:
            return self.status
        if self.result == "signal":
            return 255
        return 1
