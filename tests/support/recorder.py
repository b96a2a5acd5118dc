"""A recording stand-in for the service manager, on a bus of its own.

A private ``dbus-daemon`` and a connection that owns ``org.freedesktop.systemd1`` on it. Each
``StartTransientUnit`` call is recorded whole and answered with an error, so that a launcher
ends at once. ``Get`` is answered with a string, every other call with an empty reply.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from dbus_next.aio import MessageBus
from dbus_next.constants import MessageType
from dbus_next.message import Message
from dbus_next.signature import Variant

from runwrap.units import Property

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["RECORDED_ERROR", "RECORDED_VERSION", "PrivateBus", "Recorder", "StartCall"]

RECORDED_ERROR = "org.freedesktop.systemd1.Recorded"
"""The D-Bus error name that every recorded ``StartTransientUnit`` call is answered with."""

RECORDED_VERSION = "252 (recorder)"
"""The manager version that is told unless it is to be another."""

_CONFIG = """<busconfig>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <allow own="*"/>
    <allow send_destination="*"/>
    <allow receive_sender="*"/>
  </policy>
</busconfig>
"""


@dataclass(frozen=True, slots=True)
class StartCall:
    """One recorded ``StartTransientUnit`` call.

    Attributes:
        name: the unit's name.
        mode: the job mode, such as ``"fail"``.
        properties: the unit's properties in wire order. Values are plain Python: lists for
            arrays, bytes for ``ay``, tuples for structs; a descriptor (``h``) is recorded as
            its place among the call's descriptors.
        aux: names and properties of the auxiliary units.
        descriptors: how many descriptors came with the call.
    """

    name: str
    mode: str
    properties: tuple[Property, ...]
    aux: tuple[tuple[str, tuple[Property, ...]], ...]
    descriptors: int


def _plain(signature: Any, value: Any) -> object:
    """Return *value*, as dbus-next gives it, with tuples where *signature* says struct."""
    match signature.token:
        case "a":
            if isinstance(value, bytes):
                return value
            return [_plain(signature.children[0], item) for item in value]
        case "(":
            return tuple(
                _plain(child, item) for child, item in zip(signature.children, value, strict=True)
            )
        case "v":
            return value.signature, _plain(value.type, value.value)
        case _:
            return value


def _properties(pairs: Any) -> tuple[Property, ...]:
    return tuple(
        Property(name, variant.signature, _plain(variant.type, variant.value))
        for name, variant in pairs
    )


class PrivateBus:
    """A ``dbus-daemon`` on a socket in a directory of its own; an async context manager.

    Attributes:
        address: its D-Bus address, once entered.
        directory: where its socket is, under the name ``socket``.
    """

    address: str
    directory: Path

    async def __aenter__(self) -> Self:
        """Start the daemon and wait until it listens."""
        program = shutil.which("dbus-daemon")
        if program is None:
            raise RuntimeError("dbus-daemon is not installed (Debian package: dbus-daemon)")
        self.directory = Path(tempfile.mkdtemp(prefix="runwrap-bus-"))
        self.directory.chmod(0o755)
        config = self.directory / "bus.conf"
        config.write_text(_CONFIG.format(socket=self.directory / "socket"), encoding="ascii")
        log = self.directory / "log"
        read_end, write_end = os.pipe()
        try:
            with log.open("wb") as errors:
                self._process = await asyncio.create_subprocess_exec(
                    program,
                    f"--config-file={config}",
                    "--nofork",
                    "--nopidfile",
                    f"--print-address={write_end}",
                    pass_fds=(write_end,),
                    stderr=errors,
                )
        finally:
            os.close(write_end)
        loop = asyncio.get_running_loop()
        with os.fdopen(read_end, encoding="ascii") as told:
            line = await loop.run_in_executor(None, told.readline)
        self.address = line.strip()
        if not self.address:
            said = log.read_text(errors="replace").strip()
            await self._stop()
            raise RuntimeError(f"the private dbus-daemon did not start: {said}")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop the daemon and remove its directory."""
        await self._stop()

    async def _stop(self) -> None:
        if self._process.returncode is None:
            self._process.terminate()
        await self._process.wait()
        shutil.rmtree(self.directory)


class Recorder:
    """The stand-in for the manager; an async context manager.

    Attributes:
        address: the address of its private bus, for ``DBUS_SYSTEM_BUS_ADDRESS``.
        directory: where the socket of that bus is, under the name ``socket``.
        version: the manager version that is told.
        calls: the ``StartTransientUnit`` calls so far, in order of arrival.
        methods: the names of all methods that were called, in order of arrival.
    """

    address: str
    directory: Path

    def __init__(self, version: str = RECORDED_VERSION) -> None:
        """Prepare an empty record; nothing runs before the context is entered.

        Args:
            version: the manager version to tell.
        """
        self.version = version
        self.calls: list[StartCall] = []
        self.methods: list[str] = []
        self._private_bus = PrivateBus()

    async def __aenter__(self) -> Self:
        """Start the private bus and take the manager's name on it."""
        await self._private_bus.__aenter__()
        try:
            self.address = self._private_bus.address
            self.directory = self._private_bus.directory
            bus = MessageBus(bus_address=self.address, negotiate_unix_fd=True)
            self._connection = await bus.connect()
            self._connection.add_message_handler(self._handle)
            await self._connection.request_name("org.freedesktop.systemd1")
        except BaseException:
            await self._private_bus.__aexit__(None, None, None)
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave the bus and stop it."""
        self._connection.disconnect()
        await self._connection.wait_for_disconnect()
        # dbus-next leaves these to the garbage collector.
        self._connection._stream.close()
        self._connection._sock.close()
        await self._private_bus.__aexit__(kind, error, trace)

    def _handle(self, message: Message) -> Message | bool:
        """Answer one incoming *message*; False leaves it to dbus-next."""
        if message.message_type is not MessageType.METHOD_CALL:
            return False
        self.methods.append(message.member)
        if message.member == "Get":
            value = self.version if message.body[1] == "Version" else ""
            return Message.new_method_return(message, "v", [Variant("s", value)])
        if message.member != "StartTransientUnit":
            return Message.new_method_return(message)
        for descriptor in message.unix_fds:
            os.close(descriptor)
        name, mode, properties, aux = message.body
        self.calls.append(
            StartCall(
                name=name,
                mode=mode,
                properties=_properties(properties),
                aux=tuple((unit, _properties(pairs)) for unit, pairs in aux),
                descriptors=len(message.unix_fds),
            )
        )
        return Message.new_error(message, RECORDED_ERROR, "The call was recorded.")
