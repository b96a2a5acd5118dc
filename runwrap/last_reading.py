"""The last reading of a unit's I/O counters, for managers that do not keep them.

Older managers read a cgroup's I/O counters only when somebody asks, and remove the cgroup in the
same breath in which they notice that its last process is gone: what they tell afterwards is
whatever was read last, often next to nothing. Asking in time is not possible from outside, as
nothing happens in between that could be waited for.

So the unit is held at its end. A last ``ExecStopPost=`` sends a message to a socket of ours and
waits until we have read the counters (``systemd-notify`` does that, with its barrier: it hands
over one end of a pipe, and waits until that is closed). When this process dies, the kernel
closes it, so that the unit is never held for longer than we live; after five seconds
``systemd-notify`` goes on in any case. A second one removes the socket, should nobody else.

The messenger runs in the unit's cgroup, so what it used itself is taken off again.
"""

from __future__ import annotations

import array
import asyncio
import contextlib
import os
import select
import shutil
import socket
import struct
import tempfile
from asyncio.subprocess import DEVNULL
from pathlib import Path
from typing import TYPE_CHECKING, Self, cast

from runwrap.accounting import told
from runwrap.errors import ConnectionLostError, ManagerError
from runwrap.units import Property

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from types import TracebackType

__all__ = ["LastReading", "keeps_io_counters"]

# The first version that was seen to keep the counters of a unit that has ended.
_KEPT_SINCE = 257

_MESSAGE_MAX = 4096
# struct ucred: process, user and group (unix(7)).
_CREDENTIALS = struct.Struct("iII")


def keeps_io_counters(systemd: int | None) -> bool:
    """Return whether a manager of that version still tells I/O counters after the end."""
    return systemd is None or systemd >= _KEPT_SINCE


class LastReading:
    """Holds one unit at its end until its counters have been read: an async context manager.

    Attributes:
        properties: what to add to the unit; empty where it cannot be held.
        values: the D-Bus properties as they were read, of the unit's last end, with what the
            messenger used taken off; None before that.
    """

    def __init__(
        self,
        read: Callable[[], Awaitable[dict[str, object]]],
        back: Callable[[], Awaitable[None]],
    ) -> None:
        """Prepare it; nothing is opened yet.

        Args:
            read: returns all D-Bus properties of the unit.
            back: waits until a manager that has gone away is back.
        """
        self.properties: tuple[Property, ...] = ()
        self.values: dict[str, object] | None = None
        self._read = read
        self._back = back
        self._socket: socket.socket | None = None
        self._directory: str | None = None
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Open the socket and listen."""
        env, notify, remove = (shutil.which(name) for name in ("env", "systemd-notify", "rm"))
        if env is None or notify is None or remove is None:
            return self
        # Brings the messenger into memory, so that its own run does not read from a disk.
        rehearsal = await asyncio.create_subprocess_exec(
            env, notify, "--version", stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL
        )
        await rehearsal.wait()
        try:
            path = self._open()
        except OSError:
            self._close()
            return self
        commands = (
            (env, f"NOTIFY_SOCKET={path}", notify, "--ready"),
            (remove, "-rf", self._directory),
        )
        self.properties = (
            Property(
                "ExecStopPostEx",
                "a(sasas)",
                # Privileged ones escape the unit's users and mounts (systemd.service(5), "+").
                [(argv[0], list(argv), ["ignore-failure", "privileged"]) for argv in commands],
            ),
        )
        listener = cast("socket.socket", self._socket)
        self._task = asyncio.get_running_loop().create_task(self._listen(listener))
        return self

    def _open(self) -> str:
        """Open the socket and return its path."""
        # A place that the manager sees too, whatever TMPDIR says here.
        self._directory = tempfile.mkdtemp(prefix="runwrap-", dir="/tmp")
        path = f"{self._directory}/last-reading"
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        self._socket.setblocking(False)
        # Says who the messenger is, by its number in our PID namespace (unix(7)).
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self._socket.bind(path)
        return path

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the socket; a unit that is being held goes on."""
        try:
            if self._task is not None:
                self._task.cancel()
                await asyncio.gather(self._task, return_exceptions=True)
        finally:
            self._close()

    def _close(self) -> None:
        if self._socket is not None:
            self._socket.close()
        if self._directory is not None:
            shutil.rmtree(self._directory, ignore_errors=True)

    async def _listen(self, listener: socket.socket) -> None:
        """Read the counters at each end of the unit: it may be restarted."""
        while True:
            await _readable(listener)
            messenger, descriptors = _receive(listener)
            try:
                if descriptors:
                    await self._take(messenger, descriptors[0])
            finally:
                # This lets the unit go on.
                for descriptor in descriptors:
                    os.close(descriptor)

    async def _take(self, messenger: int, held: int) -> None:
        """Read while the unit is held, which may outlast a restart of the bus."""
        with contextlib.suppress(ConnectionLostError, ManagerError):
            try:
                values = await self._read()
            except ConnectionLostError:
                await self._back()
                values = await self._read()
            # What was read after the messenger has given up would be too late.
            if _is_held(held):
                self.values = _without_messenger(values, messenger)


def _is_held(pipe: int) -> bool:
    """Return whether somebody still waits at the other end of *pipe*."""
    poll = select.poll()
    poll.register(pipe, 0)
    return not poll.poll(0)


async def _readable(listener: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    readable = asyncio.Event()
    loop.add_reader(listener, readable.set)
    try:
        await readable.wait()
    finally:
        loop.remove_reader(listener)


def _receive(listener: socket.socket) -> tuple[int, list[int]]:
    """Return who sent the next message, and the descriptors of it: a barrier's pipe."""
    held = array.array("i")
    sender = 0
    room = socket.CMSG_SPACE(held.itemsize) + socket.CMSG_SPACE(_CREDENTIALS.size)
    _, ancillary, *_ = listener.recvmsg(_MESSAGE_MAX, room)
    for level, kind, data in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            held.frombytes(data[: len(data) - len(data) % held.itemsize])
        elif (level, kind) == (socket.SOL_SOCKET, socket.SCM_CREDENTIALS):
            sender, _, _ = _CREDENTIALS.unpack(data)
    return sender, list(held)


def _without_messenger(values: dict[str, object], messenger: int) -> dict[str, object]:
    """Take off what the process that holds the unit used itself."""
    process = Path("/proc", str(messenger))
    used = {"CPUUsageNSec": 0, "IOReadBytes": 0, "IOWriteBytes": 0}
    try:
        # proc(5): the first number is the time spent on the CPU, in nanoseconds.
        used["CPUUsageNSec"] = int((process / "schedstat").read_text().split()[0])
        fields = dict(line.split(": ") for line in (process / "io").read_text().splitlines())
        used["IOReadBytes"] = int(fields["read_bytes"])
        used["IOWriteBytes"] = int(fields["write_bytes"])
    except (OSError, ValueError, KeyError):
        # It is gone already, or hidden: the reading is right up to those few milliseconds.
        pass
    counted = {name: told(values.get(name)) for name in used}
    return values | {
        name: max(0, count - used[name]) for name, count in counted.items() if count is not None
    }
