"""The transient units that a launch specification asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from runwrap.errors import UsageError, printable
from runwrap.model import TransientUnit
from runwrap.properties import NEWEST, encode
from runwrap.properties.faults import InvalidValueError, is_sendable, quote
from runwrap.properties.table import find
from runwrap.properties.unit_names import slice_name, trigger_names, unit_name
from runwrap.properties.values import check, is_environment_name, is_user, simplified
from runwrap.slices import below
from runwrap.units import Property

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from runwrap.model import LaunchSpec
    from runwrap.units import UnitType

__all__ = [
    "Names",
    "Process",
    "names_of",
    "takes_root_descriptor",
    "transient_units",
    "variables_of",
]

_STDIO = ("StandardInput", "StandardOutput", "StandardError")

# What programs ask the environment about the terminal that they run on.
_OF_THE_TERMINAL = ("TERM", "COLORTERM", "NO_COLOR")

# systemctl(1), --job-mode=; the second was seen in 257, not in 252.
_NEW_JOB_MODES = {"lenient": 258, "restart-dependencies": 253}

# Since when managers take descriptors of processes, and of root directories (systemd-run(1),
# --root-directory=; the former was seen in 257, not in 252).
_PROCESS_DESCRIPTORS = 257
_ROOT_DESCRIPTORS = 259


class Names(NamedTuple):
    """The full names of the units of a launch.

    Attributes:
        started: the unit that is started.
        service: where that one is a trigger, the service that it starts; None otherwise.
    """

    started: str
    service: str | None = None


class Process(NamedTuple):
    """A process that is put into a scope.

    Attributes:
        pid: its number, as the manager has it.
        pidfd: a descriptor of it (pidfd_open(2)).
    """

    pid: int
    pidfd: int


def names_of(spec: LaunchSpec) -> Names:
    """Return the names of the units that *spec* asks for; those that are made up are new.

    Raises:
        UsageError: ``spec.unit`` is not a name for such units.
    """
    if spec.trigger is not None:
        return Names(*trigger_names(spec.unit, spec.trigger.unit_type))
    return Names(unit_name(spec.unit, "scope" if spec.scope else "service"))


def transient_units(
    spec: LaunchSpec,
    *,
    names: Names,
    executable: str,
    add_ref: bool,
    environment: Mapping[str, str],
    version: int = NEWEST,
    warn: Callable[[str], object] | None = None,
    own_slice: str | None = None,
    process: Process | None = None,
    root: int | None = None,
) -> tuple[TransientUnit, ...]:
    """Build the units of *spec* with the properties, and in the order, of systemd-run.

    Args:
        spec: what to run.
        names: the units' names (`names_of`).
        executable: the path of the program, which was found for ``spec.command[0]``; it is
            the command's first argument too, as systemd-run has it.
        add_ref: keep the unit loaded until the reference is released or the caller has left
            the bus (``AddRef``; org.freedesktop.systemd1(5), Transient Units).
        environment: the caller's variables, from which ``spec.setenv`` without a value takes
            one; a variable that is not set is passed on as empty.
        version: the systemd version of the manager that is to run it.
        warn: is called with one line for each directive that is deprecated.
        own_slice: the slice that ``spec.slice_inherit`` inherits; None where it does not.
        process: what to put into the scope; None leaves that out.
        root: a descriptor of the directory ``spec.root_directory``; None leaves that out.

    Returns:
        The unit to start, and behind it the service that it triggers. A property of signature
        ``h`` has the number of a descriptor of this process as its value, and one of ``ah`` a
        list of such.

    Raises:
        PropertyError: at least one assignment is faulty, or newer than the manager.
        UsageError: another part of *spec* is.
    """
    command = (executable, *spec.command[1:]) if spec.command else ()
    _check_nice(spec.nice)
    _check_job_mode(spec.job_mode, version)
    if spec.scope:
        # The command itself is not sent anywhere.
        command = tuple(printable(word) for word in command)
    for text in (*command, spec.description or ""):
        _require_text(text)
    description = spec.description
    if description is None:
        description = " ".join(command) or spec.unit or ""
    common = [Property("Description", "s", description)]
    if spec.collect:
        common.append(Property("CollectMode", "s", "inactive-or-failed"))
    if add_ref:
        common.append(Property("AddRef", "b", True))

    def encoded(unit_type: UnitType, assignments: Sequence[str]) -> list[Property]:
        return encode(unit_type, assignments, version=version, warn=warn)

    if spec.trigger is not None:
        unit_type = spec.trigger.unit_type
        properties = [*common, *encoded(unit_type, spec.trigger.properties)]
        if unit_type == "timer":
            # A timer that will never elapse again is of no use to anybody (systemd.timer(5)).
            properties.append(Property("RemainAfterElapse", "b", False))
        trigger = TransientUnit(names.started, tuple(properties))
        if not command:
            return (trigger,)
        assert names.service is not None
        name = names.service
    else:
        trigger, name = None, names.started
    if spec.scope:
        properties = [*common, *encoded("scope", spec.properties)]
        properties += _placing(spec, own_slice)
        if process is not None:
            properties.append(_members(process, version))
        return (TransientUnit(name, tuple(properties)),)
    properties = [*common, *encoded("service", spec.properties)]
    properties += _placing(spec, own_slice)
    properties += _service_options(spec, version)
    properties += _root(spec, root, version)
    properties += _streams(spec, environment)
    variables = variables_of(spec.setenv, environment)
    for value in variables.values():
        _require_text(value)
    if variables:
        assignments = [f"{name}={value}" for name, value in variables.items()]
        properties.append(Property("Environment", "as", assignments))
    properties.append(_exec_start(spec, command))
    service = TransientUnit(name, tuple(properties))
    return (service,) if trigger is None else (trigger, service)


def _placing(spec: LaunchSpec, own_slice: str | None) -> list[Property]:
    properties = []
    if spec.send_sighup:
        properties.append(Property("SendSIGHUP", "b", True))
    if own_slice is not None:
        properties.append(Property("Slice", "s", below(own_slice, spec.slice or "")))
    elif spec.slice:
        properties.append(Property("Slice", "s", slice_name(spec.slice)))
    return properties


def _members(process: Process, version: int) -> Property:
    if version < _PROCESS_DESCRIPTORS:
        return Property("PIDs", "au", [process.pid])
    return Property("PIDFDs", "ah", [process.pidfd])


def _root(spec: LaunchSpec, root: int | None, version: int) -> list[Property]:
    if spec.root_directory is None:
        return []
    if takes_root_descriptor(version):
        return [] if root is None else [Property("RootDirectoryFileDescriptor", "h", root)]
    return [Property("RootDirectory", "s", spec.root_directory)]


def takes_root_descriptor(version: int) -> bool:
    """Tell whether a manager of systemd *version* takes a descriptor of a root directory."""
    return version >= _ROOT_DESCRIPTORS


def _streams(spec: LaunchSpec, environment: Mapping[str, str]) -> list[Property]:
    properties = []
    if spec.terminal is not None:
        if not spec.pipe:
            properties += [Property(stream, "s", "tty") for stream in _STDIO]
        properties.append(Property("TTYPath", "s", spec.terminal))
    if spec.pipe:
        properties += [
            Property(f"{stream}FileDescriptor", "h", descriptor)
            for stream, descriptor in zip(_STDIO, spec.stdio, strict=True)
            if descriptor is not None
        ]
    if spec.terminal is not None:
        known = {"TERM": "dumb", **(environment if spec.on_terminal else {})}
        properties += [
            Property("Environment", "as", [f"{name}={known[name]}"])
            for name in _OF_THE_TERMINAL
            if name in known and is_sendable(known[name])
        ]
    return properties


def _exec_start(spec: LaunchSpec, command: tuple[str, ...]) -> Property:
    executable, arguments = command[0], list(command)
    if spec.expand_environment:
        value = (executable, arguments, spec.ignore_failure)
        return Property("ExecStart", "a(sasb)", [value])
    flags = [*(["ignore-failure"] if spec.ignore_failure else []), "no-env-expand"]
    return Property("ExecStartEx", "a(sasas)", [(executable, arguments, flags)])


def _service_options(spec: LaunchSpec, version: int) -> list[Property]:
    properties = []
    if spec.remain_after_exit:
        properties.append(Property("RemainAfterExit", "b", True))
    if spec.service_type is not None:
        properties.append(Property("Type", "s", _service_type(spec.service_type, version)))
    for option, dbus_name, user in (("--uid", "User", spec.uid), ("--gid", "Group", spec.gid)):
        if user is None:
            continue
        _require_text(user)
        # None at all is as good as the default.
        if user and not is_user(user):
            kind = dbus_name.lower()
            raise UsageError(
                f"{option}: {quote(user)} is not a {kind}; expected the name or number of a {kind}"
            )
        properties.append(Property(dbus_name, "s", user))
    if spec.nice is not None:
        properties.append(Property("Nice", "i", spec.nice))
    if spec.working_directory is not None:
        directory = _simplify(spec.working_directory)
        if directory != "/":
            properties.append(Property("WorkingDirectory", "s", directory))
    return properties


def _check_job_mode(mode: str, version: int) -> None:
    since = _NEW_JOB_MODES.get(mode, 0)
    if version < since:
        raise UsageError(
            f"--job-mode={mode} needs systemd {since}; the service manager is {version}"
        )


def _check_nice(nice: int | None) -> None:
    if nice is not None and not -20 <= nice <= 19:
        raise UsageError(f"--nice: {nice} is out of range; expected -20 to 19")


def _service_type(text: str, version: int) -> str:
    directive = find("Type")
    assert directive is not None
    try:
        check(directive.argument, text, version)
    except InvalidValueError as fault:
        hints = [f"did you mean {fault.suggestion}?"] if fault.suggestion else []
        raise UsageError(
            f"--service-type: {fault.problem}; expected {fault.expected}", hints=hints
        ) from None
    return text


def _simplify(path: str) -> str:
    """Return the absolute *path* without doubled slashes, ``.`` parts and a slash at its end."""
    _require_text(path)
    if not path.startswith("/"):
        raise UsageError(f"--working-directory: {quote(path)} is not an absolute path")
    if ".." in path.split("/"):
        raise UsageError(
            f'--working-directory: {quote(path)} has a ".." in it, which managers refuse'
        )
    return f"/{simplified(path)}"


def variables_of(setenv: Sequence[str], environment: Mapping[str, str]) -> dict[str, str]:
    """Return the values by name; of several to one variable the last counts.

    Args:
        setenv: ``NAME=VALUE`` or ``NAME``, for the value that *environment* has.
        environment: the caller's variables.

    Raises:
        UsageError: one is no such assignment.
    """
    variables: dict[str, str] = {}
    for entry in setenv:
        name, equals, value = entry.partition("=")
        if not is_environment_name(name):
            raise UsageError(
                f"--setenv: {quote(entry)} does not name a variable; expected NAME or NAME=VALUE, "
                "with letters, digits and _ in NAME, not beginning with a digit"
            )
        variables[name] = value if equals else environment.get(name, "")
    return variables


def _require_text(text: str) -> None:
    """Refuse what D-Bus cannot carry as a string."""
    if not is_sendable(text):
        raise UsageError(f"{quote(text)} cannot be sent: it is not UTF-8 text, or has a NUL")
