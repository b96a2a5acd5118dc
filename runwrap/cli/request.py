"""What one command line asks for, free of the library that parsed it."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Final

from runwrap.cli.options import ENFORCE_MODES, JOB_MODES, JSON_MODES, OUTPUT_MODES
from runwrap.errors import UsageError
from runwrap.model import Enforce, LaunchSpec, Trigger
from runwrap.properties.faults import closest, one_of, quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from runwrap.cli.options import Given
    from runwrap.units import UnitType

__all__ = [
    "Destination",
    "Request",
    "Surroundings",
    "Terminal",
    "Where",
    "choose_destination",
    "choose_word",
    "request_of",
]


class Where(Enum):
    """Which service manager runs the command."""

    SYSTEM = "system"
    USER = "user"
    EMBEDDED = "embedded"


@dataclass(frozen=True, slots=True)
class Destination:
    """A service manager.

    Attributes:
        where: of what kind it is.
        machine: the container that it is in, with ``USER@`` before it where that is given.
        host: the host that it is on, as ssh is told, with a port or a container behind it.
        capsule: the capsule that it is the manager of.
    """

    where: Where
    machine: str | None = None
    host: str | None = None
    capsule: str | None = None

    @property
    def is_here(self) -> bool:
        """Whether it runs on this system, so that what is here is there too."""
        if self.machine is None:
            return self.host is None
        from runwrap.bus import machine_of

        return machine_of(self.machine) == ".host"

    @property
    def options(self) -> str:
        """What has to be said to systemctl and its like to reach the same manager."""
        if self.host is not None:
            return f"-H {self.host} "
        if self.capsule is not None:
            return f"-C {self.capsule} "
        user = "--user " if self.where is Where.USER else ""
        return user + (f"-M {self.machine} " if self.machine is not None else "")


@dataclass(frozen=True, slots=True)
class Terminal:
    """How the command gets a pseudo-terminal.

    Attributes:
        late: this terminal is joined to it only when the unit has started.
        background: the background colour of this terminal meanwhile, or None.
    """

    late: bool
    background: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One run, as the command line asks for it.

    Attributes:
        spec: what to launch.
        destination: the manager to launch it under.
        fallback: whether that is the embedded manager because no other was found.
        wait: stay until the unit has ended.
        account: print the account at the end.
        no_block: do not even wait for the start job.
        quiet: print nothing but errors.
        stop_on_exit: stop the unit when interrupted, rather than leaving it running.
        enforce: what becomes of restrictions that are not shown to be in force.
        max_exposure: the highest exposure level that is launched, from 0 to 10, or None.
        exposure: print the exposure, and start nothing.
        report: where to write the report, ``-`` for standard output, or None.
        terminal: how the command gets a pseudo-terminal, or None.
        log: how the unit's log is shown meanwhile (journalctl(1), ``--output=``), or None.
        json: ``pretty`` or ``short`` to print the unit's name, or its exposure, as JSON; or None.
        ask_password: whether the person may be asked for passwords.
    """

    spec: LaunchSpec
    destination: Destination
    fallback: bool
    wait: bool
    account: bool
    no_block: bool
    quiet: bool
    stop_on_exit: bool
    enforce: Enforce
    max_exposure: float | None
    exposure: bool
    report: str | None
    terminal: Terminal | None
    log: str | None
    json: str | None
    ask_password: bool

    @property
    def where(self) -> Where:
        """The kind of the manager."""
        return self.destination.where

    def effective_spec(self) -> LaunchSpec:
        """Return what is launched under the manager that was chosen.

        A private manager keeps no journal: standard output and error go to the command, unless
        its properties send them elsewhere.
        """
        if self.where is not Where.EMBEDDED or self.spec.pipe or self.terminal is not None:
            return self.spec
        named = {assignment.partition("=")[0].strip() for assignment in self.spec.properties}
        # A program that reads the report from standard output shall find nothing else there.
        output = 2 if self.report == "-" else 1
        stdio = (
            None,
            None if "StandardOutput" in named else output,
            None if "StandardError" in named else 2,
        )
        return replace(self.spec, pipe=True, stdio=stdio)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a command line is read in.

    Attributes:
        environ: the environment.
        booted: whether systemd is running on this machine (sd_booted(3)).
        on_terminals: whether standard input, output and error are all terminals.
    """

    environ: Mapping[str, str]
    booted: bool
    on_terminals: bool


def choose_destination(given: Given, surroundings: Surroundings) -> tuple[Destination, bool]:
    """Decide which manager to use, and whether it is the embedded one for want of another.

    Raises:
        UsageError: a private manager was asked for, and another one as well.
    """
    others = {
        "--system": given.system,
        "--user": given.user,
        "--machine": given.machine is not None,
        "--host": given.host is not None,
        "--capsule": given.capsule is not None,
    }
    asked = [name for name, is_given in others.items() if is_given]
    if given.embedded:
        if asked:
            raise UsageError(
                f"{asked[0]} and --embedded cannot be combined: choose one service manager"
            )
        return Destination(Where.EMBEDDED), False
    # DBUS_SYSTEM_BUS_ADDRESS asks for that bus.
    reachable = surroundings.booted or surroundings.environ.get("DBUS_SYSTEM_BUS_ADDRESS")
    if not asked and not reachable:
        return Destination(Where.EMBEDDED), True
    if given.user and given.host is not None:
        raise UsageError("--user and --host cannot be combined: ssh reaches the system's manager")
    of_user = given.user or given.capsule is not None
    where = Where.USER if of_user else Where.SYSTEM
    return Destination(where, given.machine, given.host, given.capsule), False


def request_of(given: Given, command: Sequence[str], surroundings: Surroundings) -> Request:
    """Return what the options and the command ask for.

    Raises:
        UsageError: they contradict each other, make no sense, or lack something.
    """
    destination, fallback = choose_destination(given, surroundings)
    trigger = _trigger(given)
    _check_command(given, command, trigger)
    streams = _streams(given, on_terminals=surroundings.on_terminals)
    waits = _waits(given, streams)
    log = choose_word("--output", given.output, OUTPUT_MODES)
    json = choose_word("--json", given.json, JSON_MODES)
    names_json = json not in {None, "off"} and not given.exposure
    _check_combinations(given, streams=streams, trigger=trigger, waits=waits, json=names_json)
    _check_destination(given, destination, fallback=fallback, streams=streams, trigger=trigger)
    if given.shell:
        command = (surroundings.environ.get("SHELL") or _login_shell(),)
    is_embedded = destination.where is Where.EMBEDDED
    spec = LaunchSpec(
        command=tuple(command),
        properties=given.properties,
        unit=given.unit,
        description=given.description,
        slice=given.slice,
        slice_inherit=given.slice_inherit,
        service_type=_service_type(given),
        remain_after_exit=given.remain_after_exit,
        send_sighup=given.send_sighup,
        uid=given.uid,
        gid=given.gid,
        nice=_nice(given.nice),
        setenv=given.setenv,
        working_directory=_absolute(
            "." if given.shell and given.working_directory is None else given.working_directory
        ),
        root_directory=_absolute(given.root_directory),
        expand_environment=_boolean("--expand-environment", given.expand_environment),
        ignore_failure=given.ignore_failure,
        pipe=streams == "pipe",
        collect=given.collect or given.shell,
        job_mode=choose_word("--job-mode", given.job_mode, JOB_MODES) or "fail",
        scope=given.scope,
        trigger=trigger,
        sandbox=_sandbox(given),
        read=given.read,
        write=given.write,
        allow_net=given.allow_net,
    )
    if given.background:
        from runwrap.terminal import check_background

        check_background(given.background)
    terminal = None
    if streams == "pty":
        terminal = Terminal(given.pty_late, given.background or None)
    return Request(
        spec=spec,
        destination=destination,
        fallback=fallback,
        wait=bool(waits) or is_embedded,
        account=given.wait or (given.shell and not given.scope),
        no_block=given.no_block,
        quiet=given.quiet,
        stop_on_exit=given.stop_on_exit or _is_confined(given),
        enforce=_enforce(given.enforce, surroundings.environ),
        max_exposure=_exposure_level(given.max_exposure),
        exposure=given.exposure,
        report=given.report,
        terminal=terminal,
        log=(log or "short") if given.verbose else None,
        json=None if json == "off" else json,
        ask_password=not given.no_ask_password,
    )


_TRIGGERING: Final = (
    *("OnActiveSec", "OnBootSec", "OnStartupSec", "OnUnitActiveSec", "OnUnitInactiveSec"),
    *("OnCalendar", "OnClockChange", "OnTimezoneChange"),
)
"""The directives that say when a timer elapses (systemd.timer(5))."""


def _trigger(given: Given) -> Trigger | None:
    kinds: dict[UnitType, tuple[str, ...]] = {
        "timer": given.timer_property,
        "path": given.path_property,
        "socket": given.socket_property,
    }
    triggers = [Trigger(kind, assignments) for kind, assignments in kinds.items() if assignments]
    if len(triggers) > 1:
        raise UsageError(
            f"{triggers[0].unit_type} and {triggers[1].unit_type} options cannot be combined:"
            " one unit is started, of one type"
        )
    says_when = (
        name.strip() in _TRIGGERING and value
        for name, _, value in (assignment.partition("=") for assignment in given.timer_property)
    )
    if given.timer_property and not any(says_when):
        raise UsageError(
            "the timer is not told when: give --on-active=, --on-calendar= or their kind a value"
        )
    return triggers[0] if triggers else None


def _accepts(assignment: str) -> bool:
    from runwrap.properties.scalars import BOOLEANS

    name, _, value = assignment.partition("=")
    return name.strip() == "Accept" and BOOLEANS.get(value.strip().lower(), False)


def _check_command(given: Given, command: Sequence[str], trigger: Trigger | None) -> None:
    usage = ("usage: runwrap [OPTIONS] COMMAND [ARGS]", "see: runwrap --help")
    if given.shell:
        if command:
            raise UsageError(f"--shell runs $SHELL, and no other command: {quote(command[0])}")
    elif command and any(_accepts(assignment) for assignment in given.socket_property):
        raise UsageError(
            "--socket-property=Accept=yes does not go with a command: it needs the template of a"
            " service, which no transient unit can be"
        )
    elif not command and not given.exposure:
        if trigger is None or given.unit is None:
            also = (
                "" if trigger is None else f", and no --unit= for the {trigger.unit_type} to start"
            )
            raise UsageError(f"there is no command to run{also}", hints=usage)
        if given.properties:
            raise UsageError(
                f"--property={given.properties[0]} is for a service that is made here, but there"
                f" is no command; for the {trigger.unit_type} there is"
                f" --{trigger.unit_type}-property="
            )


def _streams(given: Given, *, on_terminals: bool) -> str:
    """Return ``pty``, ``pipe``, or "" for what the manager does by default."""
    pty = given.pty or given.pty_late
    if given.shell and not given.scope:
        # A shell in a pipeline reads its commands from there.
        return "pty" if on_terminals or (pty and not given.pipe) else "pipe"
    if pty and given.pipe:
        return "pty" if on_terminals else "pipe"
    return "pty" if pty else "pipe" if given.pipe else ""


def _waits(given: Given, streams: str) -> list[str]:
    """Return the options because of which the end of the unit is waited for."""
    pty = "--pty-late" if given.pty_late and not given.pty else "--pty"
    options = {
        "--wait": given.wait,
        "--shell": given.shell and not given.scope,
        pty: streams == "pty" and not given.shell,
        "--pipe": given.pipe,
        "--report": given.report is not None,
        "--stop-on-exit": given.stop_on_exit,
        "--sandbox": _is_confined(given),
    }
    return [option for option, is_given in options.items() if is_given]


def _check_combinations(
    given: Given, *, streams: str, trigger: Trigger | None, waits: Sequence[str], json: bool
) -> None:
    """Refuse what cannot be had together."""

    def refuse(first: str, others: Iterable[tuple[str, bool]], reason: str) -> None:
        for other, is_given in others:
            if is_given and other != first:
                raise UsageError(f"{first} and {other} cannot be combined: {reason}")

    pipes = [option for option in waits if option in {"--pipe", "--pty", "--pty-late", "--shell"}]
    streaming = [(option, True) for option in pipes]
    if not streams:
        streaming = [("--pipe", given.pipe), ("--pty", given.pty), ("--pty-late", given.pty_late)]
    verbose = ("--verbose", given.verbose)
    if given.scope:
        refuse(
            "--scope",
            [
                ("--remain-after-exit", given.remain_after_exit),
                ("--service-type", given.service_type is not None),
                ("--ignore-failure", given.ignore_failure),
                ("--root-directory", bool(given.root_directory)),
                ("--json", json),
                ("--no-block", given.no_block),
                ("--wait", given.wait),
                ("--stop-on-exit", given.stop_on_exit),
                ("--sandbox", _is_confined(given)),
                *streaming,
            ],
            "the command of a scope is run here, not by the service manager",
        )
        refuse(
            "--scope",
            [
                ("--exposure", given.exposure),
                ("--max-exposure", given.max_exposure is not None),
            ],
            "systemd-analyze rates services only",
        )
    if trigger is not None:
        own = f"a {trigger.unit_type} unit"
        refuse(
            own,
            [
                ("--scope", given.scope),
                ("--json", json),
                *((option, True) for option in waits),
            ],
            "the command runs later",
        )
    waiting = [(option, True) for option in waits]
    if given.no_block:
        refuse("--no-block", waiting, "the latter waits")
    if given.remain_after_exit:
        refuse("--remain-after-exit", waiting, "such a unit does not end by itself")
    if json:
        refuse("--json", [*streaming, verbose], "standard output would carry both")
        refuse("--json", [("--report=-", given.report == "-")], "standard output would carry both")


def _check_destination(
    given: Given,
    destination: Destination,
    *,
    fallback: bool,
    streams: str,
    trigger: Trigger | None,
) -> None:
    """Refuse what cannot be had from that manager."""
    if destination.where is Where.EMBEDDED and (given.dry_run is not None or given.exposure):
        # Nothing ends before its time.
        return
    if destination.where is Where.EMBEDDED:
        private = "no service manager is running here, and " if fallback else ""
        needs = {
            "--no-block": given.no_block,
            "--remain-after-exit": given.remain_after_exit,
            "--scope": given.scope,
            "--slice-inherit": given.slice_inherit,
            f"a {trigger.unit_type} unit" if trigger is not None else "": trigger is not None,
        }
        for option, is_given in needs.items():
            if is_given:
                raise UsageError(
                    f"{option} needs a service manager that stays: {private}a private one ends"
                    " with the command"
                )
        return
    if not destination.is_here and given.scope:
        raise UsageError("--scope needs a service manager of this system: the command is run here")
    if destination.host is not None:
        if streams:
            raise UsageError(
                f"--{streams} cannot be had with --host: ssh carries no descriptors;"
                " run runwrap there, by ssh -t"
            )
        if given.root_directory:
            raise UsageError("--root-directory cannot be had with --host: it is a directory here")


def choose_word(option: str, text: str | None, words: Sequence[str]) -> str | None:
    """Return *text* if it is one of the *words* that *option* takes; None stays None.

    Raises:
        UsageError: it is not.
    """
    if text is None or text in words:
        return text
    near = closest(text, words)
    raise UsageError(
        f"{option}={quote(text)[1:-1]}: expected {one_of(words)}"
        + (f" (did you mean {near}?)" if near else "")
    )


def _enforce(text: str | None, environ: Mapping[str, str]) -> Enforce:
    """Return the mode of the option, or else of the environment."""
    default = choose_word("RUNWRAP_ENFORCE", environ.get("RUNWRAP_ENFORCE"), ENFORCE_MODES)
    return Enforce(choose_word("--enforce", text, ENFORCE_MODES) or default or "strict")


def _exposure_level(text: str | None) -> float | None:
    if text is None:
        return None
    whole, _, fraction = text.partition(".")
    is_number = all(part.isascii() and part.isdecimal() for part in (whole, fraction or "0"))
    # What has too many digits for a number is too high in any case.
    if not is_number or text.endswith(".") or float(text) > _HIGHEST_EXPOSURE:
        raise UsageError(
            f"--max-exposure={quote(text)[1:-1]}: expected a number from 0 to 10, such as 4.5"
        )
    return float(text)


def _sandbox(given: Given) -> str | None:
    """Return the name of the profile.

    Raises:
        UsageError: there is none, and paths or networks are to be opened.
    """
    if given.sandbox is not None:
        if not given.sandbox:
            raise UsageError("--sandbox: the name is empty; see --list-profiles")
        return given.sandbox
    options = {"--read": given.read, "--write": given.write, "--allow-net": given.allow_net}
    for option, values in options.items():
        if values:
            raise UsageError(
                f"{option}={quote(values[0])[1:-1]} opens what a sandbox closes, and there is"
                " none; expected --sandbox=PROFILE as well"
            )
    return None


def _is_confined(given: Given) -> bool:
    """Tell whether there is a sandbox, with which the unit does not outlive us."""
    return given.sandbox not in {None, "none"}


def _boolean(option: str, text: str | None) -> bool:
    if text is None:
        return True
    from runwrap.properties.scalars import BOOLEANS

    try:
        return BOOLEANS[text.lower()]
    except KeyError:
        raise UsageError(f"{option}={quote(text)[1:-1]}: expected yes or no") from None


def _service_type(given: Given) -> str | None:
    if given.service_type is None and given.shell and not given.scope:
        return "exec"
    return given.service_type


_MANY_DIGITS: Final = 100
_HIGHEST_EXPOSURE: Final = 10.0


def _nice(text: str | None) -> int | None:
    if text is None:
        return None
    digits = text.removeprefix("-" if text.startswith("-") else "+")
    # int() would take more than systemd-run does: spaces, underscores, digits of other scripts.
    if not (digits.isascii() and digits.isdecimal() and len(digits) < _MANY_DIGITS):
        raise UsageError(f"--nice={quote(text)[1:-1]}: not a number; expected -20 to 19")
    return int(text)


def _absolute(directory: str | None) -> str | None:
    """Return the directory as systemd-run takes it: from here on, and none if it is empty."""
    if not directory:
        return None
    if directory.startswith("/"):
        return directory
    try:
        here = os.getcwd()  # noqa: PTH109 - a plain string is what the bus takes
    except OSError as error:
        raise UsageError(f"the current directory is gone: {error.strerror}") from None
    return here if directory == "." else f"{here.rstrip('/')}/{directory}"


def _login_shell() -> str:
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_shell or "/bin/sh"
    except KeyError:
        return "/bin/sh"
