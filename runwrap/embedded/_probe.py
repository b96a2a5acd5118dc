"""The few bytes of D-Bus that tell whether the manager answers on its bus.

A supervisor that says "ready" speaks for the manager's boot; the manager takes its name on the
bus a moment later. This asks who owns that name, and where nobody does yet, waits for the bus to
announce an owner: no polling. It is no client, it knows just the messages that it sends itself
(D-Bus Specification, "Message Protocol" and "Message Bus Messages").
"""

from __future__ import annotations

import asyncio
import os
import struct
from typing import NamedTuple

__all__ = ["Message", "encode_call", "read_message", "wait_for_name"]

_BUS = "org.freedesktop.DBus"
_METHOD_RETURN = 2
_ERROR = 3
_SIGNAL = 4
_FIELD_PATH = 1
_FIELD_INTERFACE = 2
_FIELD_MEMBER = 3
_FIELD_REPLY_SERIAL = 5
_FIELD_DESTINATION = 6
_FIELD_SIGNATURE = 8
_NAME_HAS_NO_OWNER = b"org.freedesktop.DBus.Error.NameHasNoOwner"


class Message(NamedTuple):
    """What is looked at in a message from the bus.

    Attributes:
        kind: the message type: 1 call, 2 return, 3 error, 4 signal.
        header: the raw header fields.
        body: the raw body.
    """

    kind: int
    header: bytes
    body: bytes


def _string(text: str) -> bytes:
    data = text.encode()
    return struct.pack("<I", len(data)) + data + b"\0"


def _padded(data: bytes, to: int) -> bytes:
    return data + b"\0" * (-len(data) % to)


def encode_call(serial: int, member: str, *arguments: str) -> bytes:
    """Return a call of the bus driver's method *member* with string *arguments*.

    Args:
        serial: the message's serial, not 0.
        member: the method of ``org.freedesktop.DBus``.
        arguments: its arguments, all strings.
    """
    body = b""
    for argument in arguments:
        body = _padded(body, 4) + _string(argument)
    fields = b""
    for code, signature, text in (
        (_FIELD_PATH, b"o", "/org/freedesktop/DBus"),
        (_FIELD_INTERFACE, b"s", _BUS),
        (_FIELD_MEMBER, b"s", member),
        (_FIELD_DESTINATION, b"s", _BUS),
    ):
        fields = _padded(fields, 8) + struct.pack("<BB", code, 1) + signature + b"\0"
        fields += _string(text)
    if arguments:
        fields = _padded(fields, 8) + struct.pack("<BB", _FIELD_SIGNATURE, 1) + b"g\0"
        fields += struct.pack("<B", len(arguments)) + b"s" * len(arguments) + b"\0"
    start = struct.pack("<cBBBIII", b"l", 1, 0, 1, len(body), serial, len(fields))
    return _padded(start + fields, 8) + body


async def read_message(reader: asyncio.StreamReader) -> Message:
    """Read one message.

    Raises:
        asyncio.IncompleteReadError: the bus closed the connection.
    """
    start = await reader.readexactly(16)
    order = "<" if start[:1] == b"l" else ">"
    body_length, _, fields_length = struct.unpack(f"{order}III", start[4:])
    fields = await reader.readexactly(fields_length + (-fields_length % 8))
    return Message(start[1], fields, await reader.readexactly(body_length))


async def wait_for_name(path: str, name: str) -> None:
    """Return as soon as *name* has an owner on the bus whose socket is *path*.

    Args:
        path: the path of the bus socket.
        name: a well-known bus name.

    Raises:
        OSError: the socket cannot be connected to.
        asyncio.IncompleteReadError: the bus closed the connection.
        ConnectionError: the bus refuses us.
    """
    reader, writer = await asyncio.open_unix_connection(path)
    try:
        rule = f"type='signal',sender='{_BUS}',member='NameOwnerChanged',arg0='{name}'"
        uid = str(os.geteuid()).encode().hex()
        writer.write(f"\0AUTH EXTERNAL {uid}\r\n".encode())
        if not (await reader.readline()).startswith(b"OK "):
            raise ConnectionRefusedError("the private bus refuses us")
        writer.write(
            b"BEGIN\r\n"
            + encode_call(1, "Hello")
            + encode_call(2, "AddMatch", rule)
            + encode_call(3, "GetNameOwner", name)
        )
        while True:
            message = await read_message(reader)
            if message.kind == _SIGNAL and b"NameOwnerChanged" in message.header:
                return
            # The serial of the call that is answered: field code, signature "u", value.
            answered = bytes((_FIELD_REPLY_SERIAL, 1)) + b"u\0"
            if answered + struct.pack("<I", 3) not in message.header:
                if message.kind == _ERROR:
                    raise ConnectionRefusedError("the private bus refuses us")
            elif message.kind == _METHOD_RETURN:
                return
            elif _NAME_HAS_NO_OWNER not in message.header:
                raise ConnectionRefusedError("the private bus refuses us")
    finally:
        writer.close()
