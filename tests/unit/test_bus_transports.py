"""Connections through programs, and what goes over them: descriptors, flags, errors, endings.

The bus is a real dbus-daemon, the bridge the real systemd-stdio-bridge.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import pty
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from dbus_next import Message, MessageFlag, MessageType
from dbus_next.aio import MessageBus

from runwrap.bus import Connection
from runwrap.bus import connection as connection_module
from runwrap.bus._program import Program
from runwrap.bus._syntax import program_address, write_address
from runwrap.bus.connection import _Bus, _shut
from runwrap.errors import BusError, ConnectionLostError
from tests.support.descriptors import descriptors
from tests.support.recorder import PrivateBus

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

_NAME = "org.example.Peer"
_PEER = (_NAME, "/peer", "org.example.Peer")


class _Peer:
    """A service on a private bus that answers with descriptors, after `release` if it is held."""

    def __init__(self, bus: PrivateBus) -> None:
        self.bus = bus
        self.flags: list[MessageFlag] = []
        self.asked = asyncio.Event()
        self.release = asyncio.Event()
        self.release.set()
        self._tasks: set[asyncio.Task[None]] = set()

    def handle(self, message: Message) -> Message | bool:
        if message.message_type is not MessageType.METHOD_CALL:
            return False
        self.flags.append(message.flags)
        self.asked.set()
        match message.member:
            case "Fail":
                return Message.new_error(
                    message, "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired", "Ask."
                )
            case "Give":
                self._tasks.add(asyncio.get_running_loop().create_task(self._give(message)))
                return True
            case "Take":
                (descriptor,) = message.unix_fds
                os.write(descriptor, b"taken")
                os.close(descriptor)
        return Message.new_method_return(message)

    async def _give(self, message: Message) -> None:
        await self.release.wait()
        reading, writing = os.pipe()
        os.write(writing, b"given")
        os.close(writing)
        answer = Message.new_method_return(message, "sh", ["here", 0], [reading])
        await self.connection.send(answer)
        os.close(reading)

    async def __aenter__(self) -> _Peer:
        bus = MessageBus(bus_address=self.bus.address, negotiate_unix_fd=True)
        self.connection = await bus.connect()
        self.connection.add_message_handler(self.handle)
        await self.connection.request_name(_NAME)
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.gather(*self._tasks)
        self.connection.disconnect()
        await self.connection.wait_for_disconnect()
        self.connection._stream.close()
        self.connection._sock.close()


@pytest.fixture
async def peer() -> AsyncIterator[_Peer]:
    async with PrivateBus() as bus, _Peer(bus) as peer:
        yield peer


@contextlib.asynccontextmanager
async def _open(address: str, *, interactive: bool = False) -> AsyncIterator[Connection]:
    connection = await Connection.open(address, lambda _: None, timeout=5, interactive=interactive)
    try:
        yield connection
    finally:
        await connection.close()


def _bridge(peer: _Peer) -> str:
    return program_address(["systemd-stdio-bridge", f"--bus-path={peer.bus.address}"])


def _piped_bridge(peer: _Peer) -> str:
    """Return the address of a bridge behind pipes, as it is behind ssh."""
    command = f"cat | systemd-stdio-bridge --bus-path='{peer.bus.address}' | cat"
    return program_address(["sh", "-c", command])


def _children() -> set[str]:
    return set(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split())


async def _until(condition: Callable[[], bool]) -> None:
    for _ in range(100_000):
        if condition():
            return
        await asyncio.sleep(0)
    raise AssertionError("it did not come to that")


async def test_a_program_leads_to_the_bus_and_is_gone_with_the_connection(peer: _Peer) -> None:
    before, others = descriptors(), _children()
    async with _open(_bridge(peer)) as connection:
        assert len(_children() - others) == 1
        assert await connection.call(*_PEER, "Echo") == ()
        assert connection.passes_descriptors
    assert _children() == others
    assert descriptors() == before


async def test_descriptors_go_through_a_program(peer: _Peer) -> None:
    async with _open(_bridge(peer)) as connection:
        body, (given,) = await connection.call_for_descriptors(*_PEER, "Give")
        with os.fdopen(given, "rb") as stream:
            assert not os.get_inheritable(given)
            assert (body, stream.read()) == (("here", 0), b"given")
        reading, writing = os.pipe()
        await connection.call(*_PEER, "Take", "h", 0, unix_fds=(writing,))
        os.close(writing)
        with os.fdopen(reading, "rb") as stream:
            assert stream.read() == b"taken"


async def test_descriptors_do_not_go_through_pipes(peer: _Peer) -> None:
    async with _open(_piped_bridge(peer)) as connection:
        assert not connection.passes_descriptors
        assert await connection.call(*_PEER, "Echo") == ()
        with pytest.raises(BusError, match="descriptors cannot be passed") as caught:
            await connection.call(*_PEER, "Take", "h", 0, unix_fds=(0,))
        assert caught.value.name == "org.freedesktop.DBus.Error.NotSupported"
        assert peer.flags == [MessageFlag.NONE]


async def test_calls_may_ask_for_a_password_where_that_is_wanted(peer: _Peer) -> None:
    for interactive in (False, True):
        async with _open(peer.bus.address, interactive=interactive) as connection:
            await connection.call(*_PEER, "Echo")
    assert peer.flags == [MessageFlag.NONE, MessageFlag.ALLOW_INTERACTIVE_AUTHORIZATION]


async def test_errors_keep_their_names(peer: _Peer) -> None:
    async with _open(peer.bus.address) as connection:
        with pytest.raises(BusError, match=r"Ask\.") as caught:
            await connection.call(*_PEER, "Fail")
    assert caught.value.name == "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired"


async def test_descriptors_that_nobody_takes_are_closed(peer: _Peer) -> None:
    async with _open(peer.bus.address) as connection:
        await connection.call(*_PEER, "Echo")
        before = descriptors()
        assert await connection.call(*_PEER, "Give") == ("here", 0)
        assert descriptors() == before


async def test_a_cancelled_call_leaves_no_descriptor(peer: _Peer) -> None:
    async with _open(peer.bus.address) as connection:
        await connection.call(*_PEER, "Echo")
        before = descriptors()
        peer.release.clear()
        peer.asked.clear()
        call = asyncio.create_task(connection.call_for_descriptors(*_PEER, "Give"))
        await peer.asked.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        peer.release.set()
        # Its answer comes before the answer to this one.
        await connection.call(*_PEER, "Echo")
        assert descriptors() == before


async def test_a_call_cancelled_as_its_answer_comes_leaves_no_descriptor(peer: _Peer) -> None:
    async with _open(peer.bus.address) as connection:
        await connection.call(*_PEER, "Echo")
        before = descriptors()
        call = asyncio.create_task(connection.call_for_descriptors(*_PEER, "Give"))
        handler = connection._bus._user_message_handlers.pop()

        def cancel_with(message: Message) -> bool:
            taken: bool = handler(message)
            if message.unix_fds:
                call.cancel()
            return taken

        connection._bus.add_message_handler(cancel_with)
        with pytest.raises(asyncio.CancelledError):
            await call
        assert descriptors() == before


async def test_a_connection_that_ends_in_the_middle_of_a_message_leaves_no_descriptor() -> None:
    ours, theirs = socket.socketpair()
    before = descriptors()
    ours.setblocking(False)
    stream = ours.dup()
    stream.setblocking(False)
    with theirs, ours:
        bus = _Bus(stream)
        bus._loop.add_reader(bus._fd, bus._message_reader)
        socket.send_fds(theirs, [b"l"], [theirs.fileno()])
        await _until(lambda: bool(bus._unmarshaller.unix_fds))
        _shut(bus)
        _shut(bus)
        assert descriptors() == before


@pytest.mark.parametrize(
    ("script", "reason", "hints"),
    [
        ("echo first >&2; echo 'it is shut.' >&2; exit 255", r"it is shut\.$", ("first",)),
        ("exit 3", "it ended with exit status 3$", ()),
        ("exit 217", "the user is not known there$", ()),
        ("kill -TERM $$", "it was ended by SIGTERM$", ()),
        ("printf 'a\\tb\\033' >&2", r"a\\tb\\x1b$", ()),
        ("exec 0>&- 1>&-; sleep 60", "it closed the connection$", ()),
        ("echo nonsense; cat >/dev/null", "no answer within 2 s$", ()),
        ("printf 'NO\\r\\n'; cat >/dev/null", "the bus refused this user: NO$", ()),
    ],
)
async def test_a_program_says_why(script: str, reason: str, hints: tuple[str, ...]) -> None:
    before, others = descriptors(), _children()
    with pytest.raises(ConnectionLostError, match=reason) as caught:
        await Connection.open(program_address(["sh", "-c", script]), lambda _: None, timeout=2)
    assert str(caught.value).startswith("cannot connect to the bus by running sh -c '")
    assert caught.value.hints == hints
    assert _children() == others
    assert descriptors() == before


@pytest.mark.parametrize(("terminal", "seconds"), [(False, "0.1"), (True, "0.2")])
async def test_a_person_gets_more_time(
    monkeypatch: pytest.MonkeyPatch, terminal: bool, seconds: str
) -> None:
    monkeypatch.setattr(connection_module, "_ANSWERS_WITHIN_S", 0.1)
    monkeypatch.setattr(connection_module, "_ASKS_WITHIN_S", 0.2)
    # In a session of its own a process has no terminal, until it takes one.
    program = "import os, sys, runwrap.bus.connection as c; print(c._has_terminal())"
    leader, follower = pty.openpty()
    script = "import fcntl, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); " if terminal else ""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", script + program),
        stdin=follower,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    told, _ = await process.communicate()
    os.close(leader)
    os.close(follower)
    assert told == f"{terminal}\n".encode()
    monkeypatch.setattr(connection_module, "_has_terminal", lambda: terminal)
    with pytest.raises(ConnectionLostError, match=f"no answer within {seconds} s"):
        await Connection.open(program_address(["sh", "-c", "cat >&2"]), lambda _: None)


async def test_a_program_that_is_not_there() -> None:
    with pytest.raises(ConnectionLostError, match="by running no-such-ssh far: no-such-ssh is not"):
        await Connection.open(program_address(["no-such-ssh", "far"]), lambda _: None)
    with pytest.raises(ConnectionLostError, match="lacks path="):
        await Connection.open("unixexec:argv1=x", lambda _: None)


async def test_a_transport_that_is_not_known() -> None:
    with pytest.raises(ConnectionLostError, match='"launchd" is not known'):
        await Connection.open("launchd:env=X", lambda _: None)


async def test_addresses_are_tried_in_turn(peer: _Peer, tmp_path: Path) -> None:
    address = f"{write_address('unix', path=str(tmp_path / 'none'))};{peer.bus.address}"
    async with _open(address) as connection:
        assert await connection.call(*_PEER, "Echo") == ()


async def test_the_end_of_the_program_is_the_end_of_the_connection(peer: _Peer) -> None:
    others = _children()
    bridge = f"systemd-stdio-bridge --bus-path='{peer.bus.address}'"
    script = f"{bridge}; echo the line is down >&2"
    async with _open(program_address(["sh", "-c", script])) as connection, asyncio.timeout(10):
        (child,) = _children() - others
        for started in Path(f"/proc/{child}/task/{child}/children").read_text().split():
            os.kill(int(started), signal.SIGKILL)
        error = await asyncio.shield(connection.lost)
        assert "was lost: the line is down" in str(error)
        with pytest.raises(ConnectionLostError):
            await connection.call(*_PEER, "Echo")
    assert _children() == others


async def test_a_program_that_stays_is_ended_when_the_connection_is_lost(peer: _Peer) -> None:
    others = _children()
    bridge = f"systemd-stdio-bridge --bus-path='{peer.bus.address}'"
    script = f"{bridge} 2>/dev/null; exec 0>&- 1>&- 2>&-; exec sleep 60"
    async with _open(program_address(["sh", "-c", script])) as connection, asyncio.timeout(10):
        (child,) = _children() - others
        (started,) = Path(f"/proc/{child}/task/{child}/children").read_text().split()
        os.kill(int(started), signal.SIGKILL)
        await asyncio.shield(connection.lost)
        await asyncio.shield(connection._ending)
        assert _children() == others


async def test_an_opening_that_is_cancelled_leaves_no_program() -> None:
    before, others = descriptors(), _children()
    address = program_address(["sh", "-c", "trap '' TERM; read never; sleep 60"])
    opening = asyncio.create_task(Connection.open(address, lambda _: None))
    await _until(lambda: _children() != others)
    opening.cancel()
    async with asyncio.timeout(5):
        with pytest.raises(asyncio.CancelledError):
            await opening
    assert _children() == others
    assert descriptors() == before


async def test_an_ending_that_is_cancelled_ends_the_program_at_once() -> None:
    before, others = descriptors(), _children()
    ours, theirs = socket.socketpair()
    with ours, theirs:
        program = Program(["sh", "-c", "trap '' TERM; echo; exec sleep 60"], theirs)
        assert ours.recv(1)
        ending = asyncio.create_task(program.end())
        await asyncio.sleep(0)
        ending.cancel()
        async with asyncio.timeout(1):
            with pytest.raises(asyncio.CancelledError):
                await ending
    assert _children() == others
    assert descriptors() == before


async def test_an_interrupt_at_the_terminal_does_not_reach_the_program(peer: _Peer) -> None:
    # In a process group of its own, as a shell would start it.
    script = (
        "import asyncio, os, signal, sys\n"
        "from runwrap.bus import Connection\n"
        "async def main():\n"
        "    connection = await Connection.open(sys.argv[1], lambda _: None)\n"
        "    signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "    os.killpg(0, signal.SIGINT)\n"
        f"    await connection.call(*{_PEER!r}, 'Echo')\n"
        "    await connection.close()\n"
        "asyncio.run(main())\n"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, _bridge(peer), start_new_session=True
    )
    assert await process.wait() == 0
