"""Terminals of containers, against a stand-in for systemd-machined on a real bus."""

from __future__ import annotations

import asyncio
import contextlib
import os
from typing import TYPE_CHECKING

import pytest
from dbus_next import Message, MessageFlag, MessageType
from dbus_next.aio import MessageBus

from runwrap.errors import ConnectionLostError, ManagerError
from runwrap.machines import open_pty
from tests.support.descriptors import descriptors
from tests.support.recorder import PrivateBus

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class _Machined:
    def __init__(self) -> None:
        self.calls: list[tuple[str, list[object], MessageFlag]] = []
        self.answered = asyncio.Event()

    def handle(self, message: Message) -> Message | bool:
        if message.message_type is not MessageType.METHOD_CALL:
            return False
        self.calls.append((message.member, message.body, message.flags))
        name = message.body[0]
        if name != "box":
            refused = "NoSuchMachine" if name == "none" else "Odd"
            return Message.new_error(message, f"org.freedesktop.machine1.{refused}", "It is odd.")
        reading, writing = os.pipe()
        os.write(writing, b"a terminal")
        os.close(writing)
        self._sending = asyncio.get_running_loop().create_task(self._send(message, reading))
        return True

    async def _send(self, message: Message, descriptor: int) -> None:
        answer = Message.new_method_return(message, "hs", [0, "/dev/pts/7"], [descriptor])
        await self.bus.send(answer)
        os.close(descriptor)
        self.answered.set()

    async def serve(self, address: str) -> AsyncIterator[_Machined]:
        self.bus = await MessageBus(bus_address=address, negotiate_unix_fd=True).connect()
        self.bus.add_message_handler(self.handle)
        await self.bus.request_name("org.freedesktop.machine1")
        yield self
        self.bus.disconnect()
        await self.bus.wait_for_disconnect()
        self.bus._stream.close()
        self.bus._sock.close()


@pytest.fixture
async def bus() -> AsyncIterator[PrivateBus]:
    async with PrivateBus() as bus:
        yield bus


@pytest.fixture
async def machined(bus: PrivateBus) -> AsyncIterator[_Machined]:
    async for machined in _Machined().serve(bus.address):
        yield machined


async def test_a_terminal_is_opened(bus: PrivateBus, machined: _Machined) -> None:
    before = descriptors()
    descriptor, path = await open_pty(bus.address, "box")
    assert not os.get_inheritable(descriptor)
    with os.fdopen(descriptor, "rb") as terminal:
        assert (path, terminal.read()) == ("/dev/pts/7", b"a terminal")
    assert machined.calls == [("OpenMachinePTY", ["box"], MessageFlag.NONE)]
    assert descriptors() == before


@pytest.mark.usefixtures("machined")
@pytest.mark.parametrize(
    ("machine", "reason"),
    [
        ("none", "in the machine none: no machine none is known; machinectl list shows them$"),
        ("odd", r"in the machine odd: It is odd\.$"),
    ],
)
async def test_a_refusal_is_told(bus: PrivateBus, machine: str, reason: str) -> None:
    with pytest.raises(ManagerError, match=reason):
        await open_pty(bus.address, machine)


async def test_without_machined(bus: PrivateBus) -> None:
    with pytest.raises(ManagerError, match="systemd-machined does not run here"):
        await open_pty(bus.address, "box")
    with pytest.raises(ConnectionLostError):
        await open_pty("unix:path=/nowhere", "box")


async def test_cancelled_at_any_step_it_leaves_no_descriptor(
    bus: PrivateBus, machined: _Machined
) -> None:
    before = descriptors()
    steps = 0
    finished = False
    while not finished:
        steps += 1
        opening = asyncio.create_task(open_pty(bus.address, "box"))
        for _ in range(steps):
            await asyncio.wait((opening,), timeout=0)
        finished = opening.done()
        opening.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            os.close((await opening)[0])
    await machined._sending
    assert steps > 5
    assert descriptors() == before
