"""From an address to a connected socket.

Transports: ``unix:path=`` and ``unix:abstract=``, ``tcp:`` and ``unixexec:`` (D-Bus
specification, Transports); ``x-machine-unix:machine=`` (sd_bus_set_address(3), Description), the
system bus of a container; and ``x-capsule-unix:capsule=``, ours, the bus of a capsule.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import socket
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from runwrap.bus._program import Program
from runwrap.errors import ConnectionLostError, printable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from runwrap.bus._syntax import ServerAddress

__all__ = ["Transport", "describe", "open_transport"]

_ENTER = str(Path(__file__).with_name("_enter.py"))
_SYSTEM_SOCKET = "/run/dbus/system_bus_socket"


@dataclass(frozen=True, slots=True)
class Transport:
    """A connected socket, not blocking, and the program at its other end, if there is one."""

    stream: socket.socket
    program: Program | None = None


def describe(address: ServerAddress) -> str:
    """Return which bus *address* leads to, for an error message."""
    import shlex

    options = address.options
    match address.transport:
        case "unixexec":
            return f"by running {printable(shlex.join(address.command()))}"
        case "x-machine-unix":
            return f"of the machine {printable(options.get('machine', ''))}"
        case "x-capsule-unix":
            return f"of the capsule {printable(options.get('capsule', ''))}"
    values = ",".join(f"{key}={value}" for key, value in options.items())
    return f"at {printable(f'{address.transport}:{values}')}"


async def open_transport(
    address: ServerAddress, leader_of: Callable[[str], Awaitable[int]]
) -> Transport:
    """Connect to *address*; nothing is left behind if that fails or is cancelled.

    Args:
        address: where to.
        leader_of: tells the PID of a container's init, as seen from here.

    Raises:
        OSError: nothing answers there.
        ConnectionLostError: the address makes no sense, or what is in the way is told.
    """
    options = address.options
    match address.transport:
        case "unix":
            return Transport(await _unix(options.get("path"), options.get("abstract")))
        case "tcp":
            return Transport(await _tcp(options.get("host", ""), options.get("port", "")))
        case "unixexec":
            return _run(address.command())
        case "x-machine-unix":
            leader = str(await leader_of(options.get("machine", "")))
            return Transport(await _enter("machine", leader, _SYSTEM_SOCKET))
        case "x-capsule-unix":
            path = f"/run/capsules/{options.get('capsule', '')}/bus"
            return Transport(await _enter("owner", "-", path))
    raise ConnectionLostError(f'the transport "{printable(address.transport)}" is not known')


async def _unix(path: str | None, abstract: str | None) -> socket.socket:
    if not path and not abstract:
        raise ConnectionLostError("the address of a socket lacks path= or abstract=")
    return await _connected(socket.AF_UNIX, path or f"\0{abstract}")


async def _tcp(host: str, port: str) -> socket.socket:
    loop = asyncio.get_running_loop()
    *others, last = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    for family, _, _, _, place in others:
        with contextlib.suppress(OSError):
            return await _connected(family, place)
    return await _connected(last[0], last[4])


async def _connected(family: int, place: str | tuple[object, ...]) -> socket.socket:
    stream = socket.socket(family, socket.SOCK_STREAM)
    try:
        stream.setblocking(False)
        await asyncio.get_running_loop().sock_connect(stream, place)
    except BaseException:
        stream.close()
        raise
    return stream


def _run(command: list[str]) -> Transport:
    import shutil

    if shutil.which(command[0]) is None:
        raise ConnectionLostError(f"{printable(command[0])} is not to be found")
    ours, theirs = socket.socketpair()
    try:
        ours.setblocking(False)
        return Transport(ours, Program(command, theirs))
    except BaseException:
        ours.close()
        raise
    finally:
        theirs.close()


async def _enter(how: str, leader: str, path: str) -> socket.socket:
    """Have a socket connected by ``_enter.py``, see there."""
    # What is in the caller's environment shall not matter to what root runs.
    env = {"PATH": os.defpath, "LANG": "C.UTF-8"}
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    with ours:
        with theirs:
            program = Program(
                [sys.executable, "-I", "-S", _ENTER, how, leader, path], theirs, env=env
            )
        stream = None
        try:
            try:
                answer, stream = await _receive(ours)
                complaint = "" if answer else (await program.complaint())[0]
            finally:
                await program.end()
        except BaseException:
            if stream is not None:
                stream.close()
            raise
    if stream is not None:
        return stream
    if complaint:
        raise ConnectionLostError(complaint)
    _, number, step = answer.split(" ", 2)
    raise ConnectionLostError(_refusal(how, step, int(number)))


async def _receive(stream: socket.socket) -> tuple[str, socket.socket | None]:
    """Return one message, "" at the end of *stream*, and the socket that came with it."""
    loop = asyncio.get_running_loop()
    readable: asyncio.Future[None] = loop.create_future()
    loop.add_reader(stream, _wake, readable)
    try:
        await readable
    finally:
        loop.remove_reader(stream)
    answer, descriptors, _, _ = socket.recv_fds(stream, 4096, 1)
    if not descriptors:
        return answer.decode(), None
    received = socket.socket(fileno=descriptors[0])
    received.set_inheritable(False)
    received.setblocking(False)
    return answer.decode(), received


def _wake(waiting: asyncio.Future[None]) -> None:
    if not waiting.done():
        waiting.set_result(None)


def _refusal(how: str, step: str, number: int) -> str:
    """Return why `_enter.py` failed at *step*, in one line."""
    if number in (errno.EPERM, errno.EACCES) and step in ("enter", "become"):
        return "only root reaches it: " + os.strerror(number)
    if step == "enter" and number == errno.ESRCH:
        return "it has just ended"
    if step == "socket":
        return "what should be its bus is not a socket"
    if number in (errno.ENOENT, errno.ENOTDIR, errno.ECONNREFUSED):
        if how == "machine":
            return f"no message bus runs in it ({_SYSTEM_SOCKET}: {os.strerror(number)})"
        if number == errno.ECONNREFUSED:
            return "its message bus does not run; systemctl -C NAME status dbus says why"
        return "it does not run; systemctl start capsule@NAME.service starts one"
    return os.strerror(number)
