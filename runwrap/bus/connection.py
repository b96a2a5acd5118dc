"""One connection to a message bus, over dbus-next.

Some habits of dbus-next 0.2.3 are worked around here, so that nobody else has to know them.
It connects while the event loop waits, and to sockets only: sockets are given to it. Its
authentication never notices that the peer has hung up (and then spins), names the user by
number, which is another one in a container, and does not do without descriptors: that is
overridden. Its writer takes a full socket for a broken one as soon as more than one message is
queued, which cannot happen while messages are handed over one by one. And it leaves descriptors
that came with a message to whoever reads it: those that nobody takes are closed.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self, TypeVar, cast

from dbus_next import Message, MessageFlag, MessageType, Variant
from dbus_next.aio import MessageBus
from dbus_next.errors import AuthError, DBusError

from runwrap.bus._syntax import read_addresses
from runwrap.bus._transport import describe, open_transport
from runwrap.bus.address import system_address
from runwrap.errors import BusError, ConnectionLostError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from runwrap.bus._program import Program
    from runwrap.bus._syntax import ServerAddress
    from runwrap.bus._transport import Transport

__all__ = ["Connection", "Signal", "VariantValue"]

# struct ucred: process, user and group (unix(7)).
_CREDENTIALS = struct.Struct("iII")

_DAEMON = ("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus")
_MACHINED = ("org.freedesktop.machine1", "/org/freedesktop/machine1")
_AUTH_LINE_MAX = 16384
_ANSWERS_WITHIN_S = 25.0
# As long as sd-bus gives a person to type a password.
_ASKS_WITHIN_S = 90.0
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
    """dbus-next's bus, on a socket that is given to it, with an authentication of our own."""

    def __init__(self, stream: socket.socket) -> None:
        self._sock = stream
        # Which one it is would only matter for connecting.
        super().__init__(bus_address="unix:", negotiate_unix_fd=True)

    def _setup_socket(self) -> None:
        self._stream = self._sock.makefile("rwb")
        self._fd = self._sock.fileno()

    async def _authenticate(self) -> None:
        """Authenticate as whoever the socket is connected by, all in one go.

        Without an identity in it, the server takes the one that the kernel tells (D-Bus
        specification, EXTERNAL); a bridge to another host asks for none.
        """
        await self._loop.sock_sendall(
            self._sock, b"\0AUTH EXTERNAL\r\nDATA\r\nNEGOTIATE_UNIX_FD\r\nBEGIN\r\n"
        )
        answer = ""
        for expected in ("DATA", "OK"):
            answer = await self._auth_readline()
            if answer.split(" ")[0] != expected:
                raise AuthError(f"the bus refused this user: {answer}")
        answer = await self._auth_readline()
        self._negotiate_unix_fd = self._writer.negotiate_unix_fd = answer == "AGREE_UNIX_FD"

    async def _auth_readline(self) -> str:
        line = bytearray()
        while not line.endswith(b"\r\n"):
            # Byte by byte: what follows the line belongs to the message reader.
            byte = await self._loop.sock_recv(self._sock, 1)
            if not byte or len(line) > _AUTH_LINE_MAX:
                raise ConnectionResetError("the bus hung up during authentication")
            line += byte
        return line[:-2].decode(errors="replace")


class Connection:
    """A connection to a message bus: method calls, match rules and signals.

    Attributes:
        lost: a future that gets a ConnectionLostError as its result when the connection ends
            without `close` having been called, and None when it ends by `close`.
        passes_descriptors: whether descriptors can be sent and received, which the bus agreed
            to; they do not go over to another host.
    """

    def __init__(
        self, link: _Link, on_signal: Callable[[Signal], None], *, interactive: bool
    ) -> None:
        """Take over a *link* that has said hello; use `open` instead."""
        self._bus = bus = link.bus
        self._program = link.program
        self._place = link.place
        self._on_signal = on_signal
        self._flags = (
            MessageFlag.ALLOW_INTERACTIVE_AUTHORIZATION if interactive else MessageFlag.NONE
        )
        self.passes_descriptors: bool = bus._negotiate_unix_fd
        self._replies: dict[int, asyncio.Future[Message]] = {}
        self._writing = asyncio.Lock()
        self._slots = asyncio.Semaphore(_CALLS_AT_ONCE)
        loop = asyncio.get_running_loop()
        self.lost: asyncio.Future[ConnectionLostError | None] = loop.create_future()
        bus.add_message_handler(self._on_message)
        self._ending = loop.create_task(self._await_end())

    @property
    def peer(self) -> int | None:
        """The process at the other end, by its number here; None where that is not to be seen.

        It is the one that listened: the bus, or the manager that started it (unix(7)).
        """
        stream = self._bus._sock
        if stream.family != socket.AF_UNIX:
            return None
        credentials = stream.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
        pid: int = _CREDENTIALS.unpack(credentials)[0]
        # What leads to another host is the end of a pair that this process has made.
        return pid if pid not in {0, os.getpid()} else None

    @classmethod
    async def open(
        cls,
        address: str,
        on_signal: Callable[[Signal], None],
        *,
        timeout: float | None = None,
        interactive: bool = False,
    ) -> Self:
        """Connect, authenticate as the calling user and say hello.

        Args:
            address: a D-Bus address, such as ``unix:path=/run/dbus/system_bus_socket``, or
                several, to be tried in turn; see `runwrap.bus._transport` for what it can say.
            on_signal: called with each signal that a match rule lets through.
            timeout: seconds to wait for the bus; by default 25, and 90 where a program that
                leads to it, such as ssh, may be asking for a password at the terminal.
            interactive: whether calls may wait for someone to be asked for a password by polkit
                (D-Bus specification, Message Format: ALLOW_INTERACTIVE_AUTHORIZATION).

        Raises:
            ConnectionLostError: nothing answers at that address, or not in time.
        """
        *others, last = read_addresses(address)
        for other in others:
            with contextlib.suppress(ConnectionLostError):
                return cls(await _link(other, timeout), on_signal, interactive=interactive)
        return cls(await _link(last, timeout), on_signal, interactive=interactive)

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
            BusError: the peer answered with an error, or descriptors do not go over to it.
            ConnectionLostError: the connection ended before the reply came.
            TimeoutError: *timeout* passed.
        """
        reply = await self._call(
            destination, path, interface, member, signature, body, unix_fds, timeout
        )
        _close_all(reply)
        return tuple(_plain(value) for value in reply.body)

    async def call_for_descriptors(
        self,
        destination: str,
        path: str,
        interface: str,
        member: str,
        signature: str = "",
        *body: object,
        unix_fds: Sequence[int] = (),
        timeout: float | None = None,
    ) -> tuple[tuple[object, ...], tuple[int, ...]]:
        """Call a method whose reply has descriptors in it; see `call` for arguments and errors.

        Returns:
            The body of the reply, and the descriptors that values of type ``h`` in it are
            indexes of. They are the caller's to close, and not inherited by programs. A call
            that is cancelled leaves none.
        """
        reply = await self._call(
            destination, path, interface, member, signature, body, unix_fds, timeout
        )
        for descriptor in reply.unix_fds:
            os.set_inheritable(descriptor, False)
        return tuple(_plain(value) for value in reply.body), tuple(reply.unix_fds)

    async def _call(
        self,
        destination: str,
        path: str,
        interface: str,
        member: str,
        signature: str,
        body: tuple[object, ...],
        unix_fds: Sequence[int],
        timeout: float | None,
    ) -> Message:
        """Call a method and return the reply, with its descriptors still open."""
        if unix_fds and not self.passes_descriptors:
            raise BusError(
                "org.freedesktop.DBus.Error.NotSupported",
                f"descriptors cannot be passed to the bus {self._place}",
            )
        message = Message(
            destination=destination,
            path=path,
            interface=interface,
            member=member,
            signature=signature,
            body=[_wire(value) for value in body],
            unix_fds=list(unix_fds),
            serial=self._bus.next_serial(),
            flags=self._flags,
        )
        async with asyncio.timeout(timeout), self._slots:
            answer = await self._exchange(message)
        if answer.message_type is MessageType.ERROR:
            _close_all(answer)
            text = answer.body[0] if answer.signature.startswith("s") else ""
            raise BusError(answer.error_name, text)
        return answer

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
        except BaseException:
            # It may have come in the same moment as the cancellation.
            if reply.done() and not reply.cancelled():
                _close_all(reply.result())
            raise
        finally:
            del self._replies[message.serial]

    async def call_daemon(self, member: str, signature: str, *body: object) -> tuple[object, ...]:
        """Call a method of the bus itself, such as ``AddMatch``; see `call` for errors."""
        return await self.call(*_DAEMON, member, signature, *body)

    async def close(self) -> None:
        """Disconnect, and wait until the socket is closed; a second call does nothing.

        A program that the connection goes through has ended then, too.
        """
        if not self._ending.done():
            _shut(self._bus)
            self._finish(None)
            self._ending.cancel()
        await asyncio.gather(self._ending, return_exceptions=True)
        if self._program is not None:
            await self._program.end()

    async def _race(self, future: asyncio.Future[_T]) -> _T:
        """Wait for *future*, or fail as soon as the connection is lost."""
        await asyncio.wait((future, self.lost), return_when=asyncio.FIRST_COMPLETED)
        if not future.done():
            future.cancel()
            raise self._lost_error()
        return await future

    def _lost_error(self) -> ConnectionLostError:
        error = self.lost.result()
        return error or ConnectionLostError(
            f"the connection to the bus {self._place} has been closed"
        )

    async def _await_end(self) -> None:
        try:
            await self._bus.wait_for_disconnect()
            reason = ""
        except Exception as error:
            reason = str(error)
        _shut(self._bus)
        hints: tuple[str, ...] = ()
        if self._program is not None:
            reason, hints = await self._program.complaint()
        self._finish(
            ConnectionLostError(
                f"the connection to the bus {self._place} was lost"
                + (f": {reason}" if reason else ""),
                hints=hints,
            )
        )
        if self._program is not None:
            await self._program.end()

    def _finish(self, error: ConnectionLostError | None) -> None:
        if not self.lost.done():
            self.lost.set_result(error)

    def _on_message(self, message: Message) -> bool:
        if message.message_type is MessageType.SIGNAL:
            _close_all(message)
            body = tuple(_plain(value) for value in message.body)
            self._on_signal(
                Signal(message.sender or "", message.path, message.interface, message.member, body)
            )
            return False
        reply = self._replies.get(message.reply_serial)
        if reply is not None and not reply.done():
            reply.set_result(message)
            return True
        _close_all(message)
        return False


@dataclass(frozen=True, slots=True)
class _Link:
    """A bus that has been said hello to, what leads to it, and where it is, in words."""

    bus: _Bus
    program: Program | None
    place: str


async def _link(address: ServerAddress, timeout: float | None) -> _Link:
    """Connect to *address*; errors as `Connection.open`."""
    place = describe(address)
    if timeout is None:
        asks = address.transport == "unixexec" and _has_terminal()
        timeout = _ASKS_WITHIN_S if asks else _ANSWERS_WITHIN_S
    hints: tuple[str, ...] = ()
    try:
        async with asyncio.timeout(timeout):
            transport = await open_transport(address, _leader_of)
            return _Link(await _greet(transport), transport.program, place)
    except TimeoutError:
        reason = f"no answer within {timeout:g} s"
    except ConnectionLostError as error:
        reason, hints = str(error), error.hints
    except (OSError, EOFError, AuthError, DBusError) as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
    raise ConnectionLostError(f"cannot connect to the bus {place}: {reason}", hints=hints)


async def _greet(transport: Transport) -> _Bus:
    """Authenticate and say hello; what belongs to *transport* is gone if that fails."""
    bus = _Bus(transport.stream)
    try:
        await bus.connect()
    except BaseException as error:
        _shut(bus)
        if transport.program is not None:
            try:
                if isinstance(error, (OSError, EOFError)):
                    reason, hints = await transport.program.complaint()
                    raise ConnectionLostError(reason, hints=hints) from None
            finally:
                await transport.program.end(patience=0)
        if isinstance(error, BrokenPipeError):
            # Written to after the daemon has seen who is there and hung up.
            raise ConnectionResetError("the bus refused this user") from None
        raise
    return bus


async def _leader_of(machine: str) -> int:
    """Return the PID of the init of the container *machine* (org.freedesktop.machine1(5)).

    Raises:
        ConnectionLostError: it is not known.
    """
    local = system_address(os.environ)
    if "x-machine-unix:" in local:
        raise ConnectionLostError(
            f"{machine} is looked for on this system's bus, but DBUS_SYSTEM_BUS_ADDRESS names that"
            f" of a container: {local}"
        )
    connection = await Connection.open(local, lambda _: None)
    try:
        (path,) = await connection.call(
            *_MACHINED, "org.freedesktop.machine1.Manager", "GetMachine", "s", machine
        )
        (leader,) = await connection.call(
            _MACHINED[0],
            cast("str", path),
            "org.freedesktop.DBus.Properties",
            "Get",
            "ss",
            "org.freedesktop.machine1.Machine",
            "Leader",
        )
    except BusError as error:
        raise ConnectionLostError(machined_refusal(error, machine)) from None
    finally:
        await connection.close()
    return cast("int", leader)


def machined_refusal(error: BusError, machine: str) -> str:
    """Return why systemd-machined did not do something with *machine*, in one line."""
    if error.name == "org.freedesktop.machine1.NoSuchMachine":
        return f"no machine {machine} is known; machinectl list shows them"
    if error.name == "org.freedesktop.DBus.Error.ServiceUnknown":
        return "systemd-machined does not run here (Debian package: systemd-container)"
    return str(error)


def _has_terminal() -> bool:
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True


def _shut(bus: _Bus) -> None:
    """Close the socket of *bus*, which dbus-next leaves open after a disconnect."""
    if bus._sock.fileno() < 0:
        return
    bus._user_disconnect = True
    with contextlib.suppress(OSError):
        bus._sock.shutdown(socket.SHUT_RDWR)
    # What still waits for a reply hears of the end from `Connection.lost`.
    bus._method_return_handlers.clear()
    bus._finalize()
    for descriptor in bus._unmarshaller.unix_fds:
        os.close(descriptor)
    bus._unmarshaller = bus._create_unmarshaller()
    bus._stream.close()
    bus._sock.close()


def _close_all(message: Message) -> None:
    """Close the descriptors that came with a *message*."""
    for descriptor in message.unix_fds:
        os.close(descriptor)


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
