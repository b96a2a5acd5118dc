"""The addresses of the well-known message buses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runwrap.errors import ConnectionLostError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["system_address", "user_address"]

_SYSTEM_SOCKET = "unix:path=/run/dbus/system_bus_socket"


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
        return f"unix:path={_escape(directory)}/bus"
    raise ConnectionLostError(
        "the user's bus cannot be found: neither DBUS_SESSION_BUS_ADDRESS nor XDG_RUNTIME_DIR"
        " is set",
        hints=("log in as that user, or set XDG_RUNTIME_DIR=/run/user/UID",),
    )


def _escape(path: str) -> str:
    # The D-Bus specification lets only these stand for themselves in an address.
    plain = b"-_/.\\*abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    return "".join(
        chr(byte) if byte in plain else f"%{byte:02x}"
        for byte in path.encode(errors="surrogateescape")
    )
