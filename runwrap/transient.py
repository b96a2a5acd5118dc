"""The transient unit that a launch specification asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runwrap.errors import UsageError
from runwrap.model import TransientUnit
from runwrap.properties import NEWEST, encode
from runwrap.properties.faults import InvalidValueError, is_sendable, quote
from runwrap.properties.table import find
from runwrap.properties.unit_names import slice_name
from runwrap.properties.values import check, is_environment_name, is_user, simplified
from runwrap.units import Property

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from runwrap.model import LaunchSpec

__all__ = ["transient_service"]

_STDIO = ("StandardInput", "StandardOutput", "StandardError")


def transient_service(
    spec: LaunchSpec,
    *,
    name: str,
    executable: str,
    add_ref: bool,
    environment: Mapping[str, str],
    version: int = NEWEST,
    warn: Callable[[str], object] | None = None,
) -> TransientUnit:
    """Build the service unit of *spec* with the properties, and in the order, of systemd-run.

    Args:
        spec: what to run.
        name: the unit's full name (`service_name`).
        executable: the absolute path of the program, which was found for ``spec.command[0]``;
            it is the command's first argument too, as systemd-run has it.
        add_ref: keep the unit loaded until the reference is released or the caller has left
            the bus (``AddRef``; org.freedesktop.systemd1(5), Transient Units).
        environment: the caller's variables, from which ``spec.setenv`` without a value takes
            one; a variable that is not set is passed on as empty.
        version: the systemd version of the manager that is to run it.
        warn: is called with one line for each directive that is deprecated.

    Returns:
        The unit. A property of signature ``h`` has the number of a descriptor of this process
        as its value.

    Raises:
        PropertyError: at least one assignment of ``spec.properties`` is faulty, or newer than
            the manager.
        UsageError: another part of *spec* is.
    """
    command = (executable, *spec.command[1:])
    for text in (*command, spec.description or ""):
        _require_text(text)
    description = " ".join(command) if spec.description is None else spec.description
    properties = [Property("Description", "s", description)]
    if spec.collect:
        properties.append(Property("CollectMode", "s", "inactive-or-failed"))
    if add_ref:
        properties.append(Property("AddRef", "b", True))
    properties += encode("service", spec.properties, version=version, warn=warn)
    if spec.slice:
        properties.append(Property("Slice", "s", slice_name(spec.slice)))
    properties += _service_options(spec, version)
    if spec.pipe:
        properties += [
            Property(f"{stream}FileDescriptor", "h", descriptor)
            for stream, descriptor in zip(_STDIO, spec.stdio, strict=True)
            if descriptor is not None
        ]
    variables = _variables(spec.setenv, environment)
    if variables:
        properties.append(Property("Environment", "as", variables))
    properties.append(Property("ExecStart", "a(sasb)", [(executable, list(command), False)]))
    return TransientUnit(name, tuple(properties))


def _service_options(spec: LaunchSpec, version: int) -> list[Property]:
    properties = []
    if spec.service_type is not None:
        properties.append(Property("Type", "s", _service_type(spec.service_type, version)))
    for option, dbus_name, user in (("--uid", "User", spec.uid), ("--gid", "Group", spec.gid)):
        if user is None:
            continue
        _require_text(user)
        if not is_user(user):
            kind = dbus_name.lower()
            raise UsageError(
                f"{option}: {quote(user)} is not a {kind}; expected the name or number of a {kind}"
            )
        properties.append(Property(dbus_name, "s", user))
    if spec.nice is not None:
        if not -20 <= spec.nice <= 19:
            raise UsageError(f"--nice: {spec.nice} is out of range; expected -20 to 19")
        properties.append(Property("Nice", "i", spec.nice))
    if spec.working_directory is not None:
        directory = _simplify(spec.working_directory)
        if directory != "/":
            properties.append(Property("WorkingDirectory", "s", directory))
    return properties


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


def _variables(setenv: Sequence[str], environment: Mapping[str, str]) -> list[str]:
    """Return the assignments of *setenv*; of several to one variable the last counts."""
    variables: dict[str, str] = {}
    for entry in setenv:
        name, equals, value = entry.partition("=")
        if not is_environment_name(name):
            raise UsageError(
                f"--setenv: {quote(entry)} does not name a variable; expected NAME or NAME=VALUE, "
                "with letters, digits and _ in NAME, not beginning with a digit"
            )
        variables[name] = value if equals else environment.get(name, "")
        _require_text(variables[name])
    return [f"{name}={value}" for name, value in variables.items()]


def _require_text(text: str) -> None:
    """Refuse what D-Bus cannot carry as a string."""
    if not is_sendable(text):
        raise UsageError(f"{quote(text)} cannot be sent: it is not UTF-8 text, or has a NUL")
