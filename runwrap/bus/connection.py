"""One connection to a message bus, over dbus-next.

Two habits of dbus-next 0.2.3 are worked around here, so that nobody else has to know them:
its authentication never notices that the peer has hung up (and then spins), and its writer
takes a full socket for a broken one as soon as more than one message is queued. The first is
overridden; the second cannot happen while messages are handed over one by one.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self, TypeVar

from dbus_next import Message, MessageType, Variant
from dbus_next.aio import MessageBus
from dbus_next.errors import AuthError, DBusError, InvalidAddressError

from runwrap.errors import BusError, ConnectionLostError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["Connection", "Signal", "VariantValue"]

_DAEMON = ("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus")
_AUTH_LINE_MAX = 16384
# A system bus lets a connection wait for 50 replies at a time by default (dbus-daemon(1),
# max_replies_per_connection); the 51st call would be refused.
_CALLS_AT_ONCE = 32
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class VariantValue:
    """A value to send as a variant, with the signature it has inside."""

    signature: str
    value: object


@dataclass(frozen=True, slots=True)
class Signal:
    """One signal: where it comes from and what it carries, variants already unwrapped."""

    sender: str
    path: str
    interface: str
    member: str
    body: tuple[object, ...]


class _Bus(MessageBus):  # type: ignore[misc]
    """dbus-next's bus, with an authentication that notices the end of the stream."""

    async def _auth_readline(self) -> str:
        line = bytearray()
        while not line.endswith(b"\r\n"):
            # Byte by byte: what follows the line belongs to the message reader.
            byte = await self._loop.sock_recv(self._sock, 1)
            if not byte or len(line) > _AUTH_LINE_MAX:
                raise ConnectionResetError("the bus hung up during authentication")
            line += byte
        return line[:-2].decode()


class Connection:
    """A connection to a message bus: method calls, match rules and signals.

    Attributes:
        lost: a future that gets a ConnectionLostError as its result when the connection ends
            without `close` having been called, and None when it ends by `close`.
    """

    def __init__(self, bus: _Bus, address: str, on_signal: Callable[[Signal], None]) -> None:
        """Take over a connected *bus*; use `open` instead."""
        self._bus = bus
        self._address = address
        self._on_signal = on_signal
        self._replies: dict[int, asyncio.Future[Message]] = {}
        self._writing = asyncio.Lock()
        self._slots = asyncio.Semaphore(_CALLS_AT_ONCE)
        loop = asyncio.get_running_loop()
        self.lost: asyncio.Future[ConnectionLostError | None] = loop.create_future()
        bus.add_message_handler(self._on_message)
        self._ending = loop.create_task(self._await_end())

    @classmethod
    async def open(
        cls, address: str, on_signal: Callable[[Signal], None], *, timeout: float = 25.0
    ) -> Self:
        """Connect, authenticate as the calling user and say hello.

        Args:
            address: a D-Bus address, such as ``unix:path=/run/dbus/system_bus_socket``.
            on_signal: called with each signal that a match rule lets through.
            timeout: seconds to wait for the bus.

        Raises:
            ConnectionLostError: nothing answers at that address, or not in time.
        """
        try:
            return cls(await _connect(address, timeout), address, on_signal)
        except (OSError, EOFError, TimeoutError, AuthError, InvalidAddressError) as error:
            reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        except DBusError as error:
            reason = str(error)
        raise ConnectionLostError(f"cannot connect to the bus at {address}: {reason}")

    async def call(
        self,
        destination: str,
        path: str,
        interface: str,
        member: str,
        signature: str = "",
        *body: object,
        unix_fds: Sequence[int] = (),
        timeout: float | None = None,
    ) -> tuple[object, ...]:
        """Call a method and return the body of the reply, with variants unwrapped.

        Args:
            destination: the bus name to call.
            path: the object's path.
            interface: the method's interface.
            member: the method's name.
            signature: the D-Bus signature of *body*; variants in it are
                `VariantValue` objects, structs are tuples.
            body: the arguments.
            unix_fds: descriptors that indexes of type ``h`` refer to; they stay the caller's.
            timeout: seconds to wait for the reply, or None for as long as it takes.

        Raises:
            BusError: the peer answered with an error.
            ConnectionLostError: the connection ended before the reply came.
            TimeoutError: *timeout* passed.
        """
        message = Message(
            destination=destination,
            path=path,
            interface=interface,
            member=member,
            signature=signature,
            body=[_wire(value) for value in body],
            unix_fds=list(unix_fds),
            serial=self._bus.next_serial(),
        )
        async with asyncio.timeout(timeout), self._slots:
            answer = await self._exchange(message)
        if answer.message_type is MessageType.ERROR:
            text = answer.body[0] if answer.signature.startswith("s") else ""
            raise BusError(answer.error_name, text)
        return tuple(_plain(value) for value in answer.body)

    async def _exchange(self, message: Message) -> Message:
        """Send *message* and return the reply to it."""
        if self.lost.done():
            raise self._lost_error()
        reply: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._replies[message.serial] = reply
        try:
            async with self._writing:
                await self._race(self._bus.send(message))
            return await self._race(reply)
        finally:
            del self._replies[message.serial]

    async def call_daemon(self, member: str, signature: str, *body: object) -> tuple[object, ...]:
        """Call a method of the bus itself, such as ``AddMatch``; see `call` for errors."""
        return await self.call(*_DAEMON, member, signature, *body)

    async def close(self) -> None:
        """Disconnect, and wait until the socket is closed; a second call does nothing."""
        if not self._ending.done():
            _shut(self._bus)
            self._finish(None)
            self._ending.cancel()
        await asyncio.gather(self._ending, return_exceptions=True)

    async def _race(self, future: asyncio.Future[_T]) -> _T:
        """Wait for *future*, or fail as soon as the connection is lost."""
        await asyncio.wait((future, self.lost), return_when=asyncio.FIRST_COMPLETED)
        if not future.done():
            future.cancel()
            raise self._lost_error()
        return await future

    def _lost_error(self) -> ConnectionLostError:
        error = self.lost.result()
        return error or ConnectionLostError(f"the connection to {self._address} has been closed")

    async def _await_end(self) -> None:
        try:
            await self._bus.wait_for_disconnect()
            reason = ""
        except Exception as error:
            reason = str(error)
        _shut(self._bus)
        self._finish(
            ConnectionLostError(
                f"the connection to the bus at {self._address} was lost"
                + (f": {reason}" if reason else "")
            )
        )

    def _finish(self, error: ConnectionLostError | None) -> None:
        if not self.lost.done():
            self.lost.set_result(error)

    def _on_message(self, message: Message) -> bool:
        if message.message_type is MessageType.SIGNAL:
            body = tuple(_plain(value) for value in message.body)
            self._on_signal(
                Signal(message.sender or "", message.path, message.interface, message.member, body)
            )
            return False
        reply = self._replies.get(message.reply_serial)
        if reply is not None and not reply.done():
            reply.set_result(message)
            return True
        return False


async def _connect(address: str, timeout: float) -> _Bus:
    bus = _Bus(bus_address=address, negotiate_unix_fd=True)
    try:
        async with asyncio.timeout(timeout):
            await bus.connect()
    except BaseException as error:
        _shut(bus)
        if isinstance(error, BrokenPipeError):
            # Written to after the daemon has seen who is there and hung up.
            raise ConnectionResetError("the bus refused this user") from None
        raise
    return bus


def _shut(bus: _Bus) -> None:
    """Close the socket of *bus*, which dbus-next leaves open after a disconnect."""
    bus._user_disconnect = True
    with contextlib.suppress(OSError):
        bus._sock.shutdown(socket.SHUT_RDWR)
    # What still waits for a reply hears of the end from `Connection.lost`.
    bus._method_return_handlers.clear()
    bus._finalize()
    bus._stream.close()
    bus._sock.close()


def _wire(value: object) -> object:
    """Turn what our callers write into what dbus-next takes: structs are lists there."""
    if isinstance(value, VariantValue):
        return Variant(value.signature, _wire(value.value))
    if isinstance(value, (list, tuple)):
        return [_wire(item) for item in value]
    return value


def _plain(value: object) -> object:
    """Unwrap the variants in what dbus-next returns."""
    if isinstance(value, Variant):
        return _plain(value.value)
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value
