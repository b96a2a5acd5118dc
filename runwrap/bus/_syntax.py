"""Addresses as text: the syntax of the D-Bus specification, Server Addresses."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runwrap.errors import ConnectionLostError, printable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["ServerAddress", "program_address", "read_addresses", "write_address"]

# What the specification lets stand for itself in a value.
_PLAIN = frozenset(b"-_/.\\*abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
_ESCAPED = re.compile(rb"%([0-9a-fA-F]{2})")


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """One way to reach a bus: a transport with its options, unescaped."""

    transport: str
    options: Mapping[str, str]

    def command(self) -> list[str]:
        """Return the program of a ``unixexec`` address with its arguments.

        Raises:
            ConnectionLostError: it names none.
        """
        path = self.options.get("path")
        if not path:
            raise ConnectionLostError("the address of a program to run lacks path=")
        command = [path]
        while (argument := self.options.get(f"argv{len(command)}")) is not None:
            command.append(argument)
        return command


def write_address(transport: str, **options: str) -> str:
    """Return an address in the specification's syntax, for values of any text."""
    return f"{transport}:" + ",".join(f"{key}={_escape(text)}" for key, text in options.items())


def program_address(command: Sequence[str]) -> str:
    """Return the address of a bus that *command* leads to by its standard input and output."""
    program, *arguments = command
    numbered = {f"argv{number}": text for number, text in enumerate(arguments, 1)}
    return write_address("unixexec", path=program, **numbered)


def read_addresses(text: str) -> list[ServerAddress]:
    """Return the ways to reach a bus that *text* lists, to be tried in turn.

    Raises:
        ConnectionLostError: it is not an address.
    """
    found = [_read(part, text) for part in text.split(";") if part]
    if not found:
        raise _not_an_address(text)
    return found


def _read(part: str, text: str) -> ServerAddress:
    transport, colon, rest = part.partition(":")
    if not transport or not colon:
        raise _not_an_address(text)
    options = {}
    for option in filter(None, rest.split(",")):
        key, equals, value = option.partition("=")
        if not key or not equals:
            raise _not_an_address(text)
        options[key] = _unescape(value)
    return ServerAddress(transport, options)


def _not_an_address(text: str) -> ConnectionLostError:
    return ConnectionLostError(
        f'cannot connect to the bus at "{printable(text)}": that is not a D-Bus address, such as'
        " unix:path=/run/dbus/system_bus_socket"
    )


def _escape(text: str) -> str:
    return "".join(
        chr(byte) if byte in _PLAIN else f"%{byte:02x}"
        for byte in text.encode(errors="surrogateescape")
    )


def _unescape(value: str) -> str:
    raw = value.encode(errors="surrogateescape")
    return _ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), raw).decode(
        errors="surrogateescape"
    )
