"""The addresses of service managers' buses: of this system, of containers, of other hosts.

They are strings in the syntax of the D-Bus specification, Server Addresses, with two transports
of ours beside those that it knows (see `runwrap.bus._transport`).
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from runwrap.bus._syntax import program_address, write_address
from runwrap.errors import ConnectionLostError, UsageError, printable

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "capsule_address",
    "host_address",
    "machine_address",
    "machine_of",
    "system_address",
    "user_address",
]

_SYSTEM_SOCKET = "unix:path=/run/dbus/system_bus_socket"
_HERE = ".host"
_SSH_CONNECTS_WITHIN_S = 20

_LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_MACHINE = re.compile(rf"(?=.{{1,64}}\Z){_LABEL}(?:\.{_LABEL})*")
_CAPSULE = re.compile(r"[A-Za-z0-9_-]{1,29}")
# What ssh(1) would not take, or a shell on the way would take for more than a name.
_NOT_IN_HOSTS = re.compile(r"[\s\x00-\x20\x7f'\"`$\\;&<>|(){}\[\]*?!#,@:/]")
_NOT_IN_REMOTE_USERS = re.compile(r"[\s\x00-\x20\x7f'\"`$;&<>|(){}@:/]")
_NOT_IN_USERS = re.compile(r"[\x00-\x1f\x7f:/@]")
_UID_INVALID = (0xFFFF, 0xFFFFFFFF)


def system_address(environ: Mapping[str, str]) -> str:
    """Return the D-Bus address of the system bus.

    Args:
        environ: the environment; ``DBUS_SYSTEM_BUS_ADDRESS`` there comes first (D-Bus
            specification, Well-known Message Bus Instances).

    Returns:
        An address in the syntax of the D-Bus specification, Server Addresses.
    """
    return environ.get("DBUS_SYSTEM_BUS_ADDRESS") or _SYSTEM_SOCKET


def user_address(environ: Mapping[str, str]) -> str:
    """Return the D-Bus address of the calling user's bus, where the user manager is reached.

    Args:
        environ: the environment; ``DBUS_SESSION_BUS_ADDRESS`` comes first, then the socket
            ``bus`` in ``XDG_RUNTIME_DIR`` (sd_bus_default(3), Description).

    Returns:
        An address in the syntax of the D-Bus specification, Server Addresses.

    Raises:
        ConnectionLostError: neither variable is set.
    """
    address = environ.get("DBUS_SESSION_BUS_ADDRESS")
    if address:
        return address
    directory = environ.get("XDG_RUNTIME_DIR")
    if directory:
        return write_address("unix", path=f"{directory}/bus")
    raise ConnectionLostError(
        "the user's bus cannot be found: neither DBUS_SESSION_BUS_ADDRESS nor XDG_RUNTIME_DIR"
        " is set",
        hints=("log in as that user, or set XDG_RUNTIME_DIR=/run/user/UID",),
    )


def machine_address(machine: str, *, user: bool) -> str:
    """Return the address of a manager in a local container, or of another user (``-M``).

    The system manager of a container is entered directly, as root. Any other user, and any user
    manager that is not the caller's, is reached as sd-bus does it: by systemd-stdio-bridge(1),
    which systemd-run starts in a login session of that user, so that the user's manager runs.

    Args:
        machine: ``NAME``, ``USER@NAME``, ``USER@`` or ``@NAME``, where NAME may be ``.host``
            for this system (systemd-run(1), ``--machine=``).
        user: whether the user manager is meant, not the system's.

    Raises:
        UsageError: *machine* is none of these.
        ConnectionLostError: it is the caller's own user manager, and where that is is not known.
    """
    name, place = _user_and_machine(machine)
    if place == _HERE and not _exists(name):
        raise UsageError(f'there is no user "{printable(name)}" here')
    own = _is_caller(name)
    if place == _HERE and own and not user:
        return system_address(os.environ)
    # Root has no session as a rule, and XDG_RUNTIME_DIR may be of who became root.
    if place == _HERE and own and os.geteuid() != 0:
        return user_address(os.environ)
    if place != _HERE and not user and name in ("root", "0"):
        return write_address("x-machine-unix", machine=place)
    # By its socket: older bridges take --user and stay with the system's manager (up to 257).
    return _bridge(name, place, ["-punix:path=${XDG_RUNTIME_DIR}/bus"] if user else [])


def machine_of(machine: str) -> str:
    """Return the machine's name in the text of ``-M``, ``.host`` for this system.

    Raises:
        UsageError: as `machine_address`.
    """
    return _user_and_machine(machine)[1]


def host_address(host: str, *, user: bool) -> str:
    """Return the address of the system manager of another host, reached by ssh (``-H``).

    Args:
        host: ``[USER@]HOST[:PORT][/CONTAINER]``, an IPv6 address in brackets (systemd-run(1),
            ``--host=``). ``$SYSTEMD_SSH`` in the environment is run in place of ssh.
        user: must be False: as systemd-run has it, user managers of other hosts are not reached.

    Raises:
        UsageError: *host* is not such a text, or *user* is set.
    """
    if user:
        raise UsageError(
            "--user does not go with --host: only the system manager of another host is reached"
        )
    rest, slash, container = host.partition("/")
    name, at, rest = rest.rpartition("@")
    if at and (not name or name.startswith("-") or _NOT_IN_REMOTE_USERS.search(name)):
        raise _bad_host(host, f'"{printable(name)}" is not a user\'s name')
    place, port = _place_and_port(rest, host)
    if not slash and port and not (port.isdecimal() and port.isascii()):
        # HOST:CONTAINER, as it was before there were ports in it.
        port, slash, container = "", "/", port
    if slash and container != _HERE and not _MACHINE.fullmatch(container):
        raise _bad_host(host, f'"{printable(container)}" is not a container\'s name')
    if port and not 0 < int(port) < 0x10000:
        raise _bad_host(host, f"the port {port} is not one of 1 to 65535")
    command = [os.environ.get("SYSTEMD_SSH") or "ssh", "-xT"]
    command += ["-o", f"ConnectTimeout={_SSH_CONNECTS_WITHIN_S}"]
    command += ["-p", port] if port else []
    command += ["--", f"{name}@{place}" if at else place, "systemd-stdio-bridge"]
    command += [f"--machine={container}"] if slash and container != _HERE else []
    return program_address(command)


def capsule_address(name: str) -> str:
    """Return the address of a capsule's manager (``-C``; capsule@.service(5)).

    Raises:
        UsageError: *name* cannot be a capsule's.
    """
    if not _CAPSULE.fullmatch(name):
        raise UsageError(
            f'"{printable(name)}" is not a capsule\'s name: letters of ASCII, digits, "-" and "_",'
            " 29 at most"
        )
    return write_address("x-capsule-unix", capsule=name)


def _user_and_machine(text: str) -> tuple[str, str]:
    """Return whom to connect as, and where, in the text of ``-M``."""
    name, at, place = text.rpartition("@")
    if at:
        name, place = name or _caller(), place or _HERE
    else:
        name = "root"
    if place != _HERE and not _MACHINE.fullmatch(place):
        raise _bad_machine(text, f'"{printable(place)}" is not a container\'s name')
    if not _is_user(name):
        raise _bad_machine(text, f'"{printable(name)}" is not a user\'s name')
    return name, place


def _is_user(name: str) -> bool:
    """Return whether *name* is a number or a name that a user can have."""
    if name.isdecimal() and name.isascii():
        number = int(name)
        return str(number) == name and number < 0xFFFFFFFF and number not in _UID_INVALID
    return not (
        _NOT_IN_USERS.search(name)
        or name in (".", "..")
        or name != name.strip()
        or re.fullmatch(r"-\d+", name)
    )


def _place_and_port(text: str, whole: str) -> tuple[str, str]:
    if text.startswith("["):
        place, bracket, rest = text[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            raise _bad_host(whole, "an IPv6 address stands as in [fe80::1%eth0]:22")
        colon, port = rest[:1], rest[1:]
        # By the part before the zone, which names a network interface.
        address, _, zone = place.partition("%")
        if not _is_ipv6(address) or _NOT_IN_HOSTS.search(zone):
            raise _bad_host(whole, f'"{printable(place)}" is not an IPv6 address')
    else:
        place, colon, port = text.partition(":")
        if ":" in port:
            raise _bad_host(whole, "put IPv6 addresses in brackets, as in [::1]:22")
        if not place or place.startswith("-") or _NOT_IN_HOSTS.search(place):
            raise _bad_host(whole, f'"{printable(place)}" is not a host\'s name')
    if colon and not port:
        raise _bad_host(whole, "a port is missing")
    return place, port


def _is_ipv6(text: str) -> bool:
    import socket

    try:
        socket.inet_pton(socket.AF_INET6, text)
    except (OSError, UnicodeError):
        return False
    return True


def _bad_machine(text: str, problem: str) -> UsageError:
    return UsageError(
        f'"{printable(text)}" does not say which machine: {problem};'
        " it is NAME, USER@NAME or USER@.host"
    )


def _bad_host(text: str, problem: str) -> UsageError:
    return UsageError(
        f'"{printable(text)}" does not say which host: {problem};'
        " it is [USER@]HOST[:PORT][/CONTAINER]"
    )


def _caller() -> str:
    import pwd

    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())


def _exists(name: str) -> bool:
    import pwd

    try:
        pwd.getpwuid(int(name)) if name.isdecimal() and name.isascii() else pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def _is_caller(name: str) -> bool:
    return name in (str(os.geteuid()), _caller())


def _bridge(name: str, place: str, options: list[str]) -> str:
    # Here, systemd-run needs no -M, which would want root.
    where = [] if place == _HERE else [f"-M{place}"]
    start = ["systemd-run", *where, "-PGq", "--wait", f"-pUser={name}", "-pPAMName=login"]
    return program_address([*start, "systemd-stdio-bridge", *options])
