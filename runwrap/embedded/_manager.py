"""The private manager as an async context manager.

All that needs privileges and system calls is done by a supervisor process (``_supervisor.py``),
so that it is also undone when this process is killed. This side starts the supervisor, listens
to what it says, and asks for the end by closing its end of a socket.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from runwrap.embedded._probe import wait_for_name
from runwrap.embedded._requirements import find_dbus_daemon, find_systemd, requirements
from runwrap.errors import EmbeddedError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType
    from typing import Self

__all__ = ["EmbeddedManager"]

_SUPERVISOR = str(Path(__file__).with_name("_supervisor.py"))
_SOCKET = "run/systemd/embedded/bus"
_NAME = "org.freedesktop.systemd1"
_GRACE = 1.0


def _new_ident() -> str:
    """Return 32 random hexadecimal digits, as a boot ID is."""
    return os.urandom(16).hex()


class _Supervisor:
    """One supervisor process and what it has said so far."""

    def __init__(self, *arguments: str) -> None:
        """Start it with *arguments*; it must be on a running event loop."""
        loop = asyncio.get_running_loop()
        self.absent: dict[str, str] = {}
        self.log: list[str] = []
        self.error: str | None = None
        self.gone = False
        self.ready: asyncio.Future[int | None] = loop.create_future()
        self.lost: asyncio.Future[None] = loop.create_future()
        self.ended: asyncio.Future[None] = loop.create_future()
        self._buffer = b""
        self._socket, theirs = socket.socketpair()
        try:
            self._socket.setblocking(False)
            # Isolated (-I) and without site packages (-S): the start takes a few milliseconds,
            # and nothing in the caller's environment changes what root runs here.
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", _SUPERVISOR, *arguments],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=theirs.fileno(),
                env={"PATH": os.defpath, "LANG": "C.UTF-8"},
                cwd="/",
                start_new_session=True,
            )
        except BaseException:
            self._socket.close()
            raise
        finally:
            theirs.close()
        self._pidfd = os.pidfd_open(self._process.pid)
        loop.add_reader(self._socket, self._on_lines)

    def _on_lines(self) -> None:
        try:
            data = self._socket.recv(65536)
        except BlockingIOError:
            return
        except ConnectionResetError:
            data = b""
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        for line in lines:
            self._on_line(line.decode("utf-8", "replace"))
        if not data:
            self._lose()
            loop = asyncio.get_running_loop()
            loop.remove_reader(self._socket)
            self._socket.close()
            if not self.ready.done():
                self.ready.set_result(None)
            loop.add_reader(self._pidfd, self._on_exit)

    def _on_line(self, line: str) -> None:
        keyword, _, text = line.partition(" ")
        if keyword == "ready":
            if not self.ready.done():
                self.ready.set_result(int(text))
        elif keyword == "absent":
            name, _, reason = text.partition(" ")
            self.absent[name] = reason
        elif keyword == "error":
            self.error = text
            # After the manager was ready, this comes when it has ended, before what it leaves is
            # removed, which may take a while.
            if self.ready.done():
                self._lose()
        elif keyword == "gone":
            self.gone = True
        else:
            self.log.append(text if keyword == "log" else line)

    def _lose(self) -> None:
        if not self.lost.done():
            self.lost.set_result(None)

    def _on_exit(self) -> None:
        asyncio.get_running_loop().remove_reader(self._pidfd)
        os.close(self._pidfd)
        self._process.wait()
        if not self.ended.done():
            self.ended.set_result(None)

    def stop(self, *, explain: bool) -> None:
        """Ask for the end, with or without its log; ``ended`` tells when it has come."""
        with contextlib.suppress(OSError):
            if explain:
                self._socket.send(b"?")
            self._socket.shutdown(socket.SHUT_WR)


class EmbeddedManager:
    """The machine's own systemd as a private service manager, as long as the context lasts.

    A real systemd is started as PID 1 of new mount, PID, cgroup, IPC and UTS namespaces, with a
    real dbus-daemon beside it. Its services use the host's network and see the host's files,
    but for these: /run is private, and what the host has there when the manager starts is shown
    in it; /proc and /sys/fs/cgroup are those of the new namespaces; /dev/console leads nowhere,
    and /dev/tty0 is /dev/null (a PID 1 takes both for its own). System V IPC is private too.
    There is no journal of its own: what a service writes to an output that it was not given a
    descriptor for goes to the host's journal if there is one, otherwise nowhere. Host units are
    not known to it; the directives of systemd's system.conf apply as on the host.

    One manager may serve any number of runs. When the context is left, by whatever way, or when
    this process dies, all its services are killed and nothing of it remains.

    Example:
        async with EmbeddedManager() as manager:
            print(manager.bus_address)
    """

    def __init__(self, *, timeout: float = 10.0) -> None:
        """Prepare a manager; nothing is started before the context is entered.

        Args:
            timeout: seconds to wait for the manager's first answer.
        """
        self._timeout = timeout
        self._supervisor: _Supervisor | None = None
        self._ident = ""
        self._pid: int | None = None

    @property
    def pid(self) -> int:
        """The manager's process ID as seen from outside of its namespaces.

        Raises:
            EmbeddedError: the context has not been entered.
        """
        if self._pid is None:
            raise EmbeddedError("the private service manager has not been started")
        return self._pid

    @property
    def bus_address(self) -> str:
        """The D-Bus address of the manager's bus, usable by root from outside.

        Raises:
            EmbeddedError: the context has not been entered.
        """
        return f"unix:path=/proc/{self.pid}/root/{_SOCKET}"

    @property
    def absent_controllers(self) -> Mapping[str, str]:
        """The cgroup controllers among cpu, memory, io and pids that are absent, with the reason.

        Raises:
            EmbeddedError: the context has not been entered.
        """
        if self._supervisor is None:
            raise EmbeddedError("the private service manager has not been started")
        return MappingProxyType(self._supervisor.absent)

    @property
    def failure(self) -> EmbeddedError | None:
        """Why the manager is gone although the context has not been left; None while it runs."""
        supervisor = self._supervisor
        if supervisor is None or not supervisor.lost.done():
            return None
        message = supervisor.error or "the private service manager was killed"
        return EmbeddedError(message, hints=supervisor.log)

    async def lost(self) -> EmbeddedError:
        """Wait until the manager is gone although the context has not been left; return why.

        When the context is left meanwhile, the error says just that.

        Raises:
            EmbeddedError: the context has not been entered.
        """
        if self._supervisor is None:
            raise EmbeddedError("the private service manager has not been started")
        # Shielded, for others may wait too.
        await asyncio.shield(self._supervisor.lost)
        return self.failure or EmbeddedError("the private service manager has been ended")

    async def __aenter__(self) -> Self:
        """Start the manager and wait until it answers on its bus.

        On failure and on cancellation, everything that was started is gone before this returns.

        Raises:
            EmbeddedError: the machine or this process lacks something, or the manager did not
                come up in time; the hints are further problems, or the last lines of its log.
        """
        if self._supervisor is not None:
            raise EmbeddedError("the private service manager is already in use")
        if problems := requirements():
            raise EmbeddedError(problems[0], hints=problems[1:])
        systemd, daemon = find_systemd(), find_dbus_daemon()
        assert systemd is not None
        assert daemon is not None
        self._ident = _new_ident()
        try:
            supervisor = _Supervisor(
                "run", self._ident, str(os.getpid()), str(self._timeout), systemd, daemon
            )
        except OSError as error:
            message = f"cannot start a private service manager: {error}"
            raise EmbeddedError(message) from error
        self._supervisor = supervisor
        try:
            # The supervisor's own limit comes first, since it can tell more.
            async with asyncio.timeout(self._timeout + _GRACE):
                self._pid = await supervisor.ready
                if self._pid is not None:
                    await wait_for_name(f"/proc/{self._pid}/root/{_SOCKET}", _NAME)
                    return self
            failure = "it was killed"
        except TimeoutError:
            failure = f"no answer after {self._timeout:g} s"
        except (OSError, asyncio.IncompleteReadError):
            failure = "its dbus-daemon does not answer"
        except BaseException:
            await self._remove()
            raise
        await self._remove(explain=True)
        log = supervisor.log
        reason = _known_reason(log) or supervisor.error or failure
        hints = log or ["the private manager's log is empty"]
        raise EmbeddedError(f"cannot start a private service manager: {reason}", hints=hints)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End the manager and all its services, and wait until nothing of it is left.

        A cancellation that comes meanwhile is raised when that is done.

        Raises:
            EmbeddedError: something could not be removed (not where the body raised already).
        """
        problem = await self._remove()
        if problem is not None and error is None:
            raise problem

    async def _remove(self, *, explain: bool = False) -> EmbeddedError | None:
        """Remove everything, even if this task is cancelled; return what went wrong."""
        task = asyncio.ensure_future(self._stop_and_sweep(explain=explain))
        cancelled: asyncio.CancelledError | None = None
        while not task.done():
            try:
                await asyncio.shield(task)
            except asyncio.CancelledError as error:
                cancelled = error
        if cancelled is not None:
            raise cancelled
        return task.result()

    async def _stop_and_sweep(self, *, explain: bool) -> EmbeddedError | None:
        supervisor = self._supervisor
        assert supervisor is not None
        self._pid = None
        self._supervisor = None
        supervisor.stop(explain=explain)
        await supervisor.ended
        if supervisor.gone:
            return None
        # It was killed before it could clean up.
        sweeper = _Supervisor("sweep", self._ident)
        await sweeper.ended
        if sweeper.gone:
            return None
        reason = sweeper.error or supervisor.error or "killed"
        message = f"the private service manager could not be removed: {reason}"
        return EmbeddedError(message, hints=[*supervisor.log, *sweeper.log])


def _known_reason(log: list[str]) -> str | None:
    """Return what the last words of a manager that did not come up mean, where that is known."""
    if any("inotify" in line and "Too many open files" in line for line in log):
        limit = "the kernel's limit fs.inotify.max_user_instances is reached"
        return f"{limit}; let runs share one manager, or raise it"
    return None
