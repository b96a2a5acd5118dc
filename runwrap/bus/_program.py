"""A program that runs beside a connection: ended and reaped with it, its complaints kept."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
from typing import TYPE_CHECKING

from runwrap.errors import ConnectionLostError, printable

if TYPE_CHECKING:
    import socket
    from collections.abc import Mapping, Sequence

__all__ = ["Program"]

# systemd.exec(5), Process Exit Codes: how a session that systemd-run starts may end, silently.
_EXIT_USER = 217
_KEPT_BYTES = 8192
_KEPT_LINES = 4
_LEAVES_WITHIN_S = 2.0
_ENDS_WITHIN_S = 1.0


class Program:
    """A child process, whose standard input and output are one socket.

    It stays in this process group, so that it can ask at the terminal, as ssh does for a
    password. Ctrl-C there is for the caller, who may have things to undo through it: the
    program does not get to see it.
    """

    def __init__(
        self, command: Sequence[str], stream: socket.socket, *, env: Mapping[str, str] | None = None
    ) -> None:
        """Start *command*; its first word is looked up in ``PATH``.

        Args:
            command: the program and its arguments.
            stream: becomes its standard input and output; it stays the caller's here.
            env: its environment, or None for this process's.

        Raises:
            ConnectionLostError: it cannot be started.
        """
        self._loop = asyncio.get_running_loop()
        reading, writing = os.pipe()
        try:
            self._process = subprocess.Popen(
                # Ignored signals stay so across exec; ssh(1) and systemd-run leave them alone.
                ["/bin/sh", "-c", 'trap "" INT QUIT; exec "$@"', "sh", *command],
                stdin=stream.fileno(),
                stdout=stream.fileno(),
                stderr=writing,
                env=env,
            )
        except OSError as error:
            os.close(reading)
            raise ConnectionLostError(f"cannot run {command[0]}: {error.strerror}") from None
        finally:
            os.close(writing)
        os.set_blocking(reading, False)
        self._complaints = b""
        self._errors = reading
        self._pidfd = os.pidfd_open(self._process.pid)
        self._ended = self._loop.create_future()
        self._loop.add_reader(self._errors, self._on_complaint)
        self._loop.add_reader(self._pidfd, self._on_end)

    def _on_complaint(self) -> None:
        try:
            data = os.read(self._errors, 65536)
        except BlockingIOError:
            return
        if not data:
            self._close_errors()
        self._complaints = (self._complaints + data)[-_KEPT_BYTES:]

    def _on_end(self) -> None:
        self._loop.remove_reader(self._pidfd)
        os.close(self._pidfd)
        self._process.wait()
        # The last words may still be in the pipe; more may never come, from what it has started.
        while self._errors >= 0:
            before = self._complaints
            self._on_complaint()
            if self._complaints == before:
                self._close_errors()
        self._ended.set_result(None)

    def _close_errors(self) -> None:
        if self._errors >= 0:
            self._loop.remove_reader(self._errors)
            os.close(self._errors)
            self._errors = -1

    async def complaint(self) -> tuple[str, tuple[str, ...]]:
        """Return why it has ended, in its last line, and the lines before that one.

        The caller has seen the end of the stream; a moment later the program itself ends.
        """
        await asyncio.wait((self._ended,), timeout=_ENDS_WITHIN_S)
        text = self._complaints.decode(errors="replace")
        lines = [printable(line.strip()) for line in text.splitlines() if line.strip()]
        if lines:
            return lines[-1], tuple(lines[-_KEPT_LINES:-1])
        status = self._process.returncode
        if status is None:
            return "it closed the connection", ()
        if status < 0:
            return f"it was ended by {signal.Signals(-status).name}", ()
        if status == _EXIT_USER:
            return "the user is not known there", ()
        return f"it ended with exit status {status}", ()

    async def end(self, *, patience: float = _LEAVES_WITHIN_S) -> None:
        """Wait until it has ended, which the end of the stream tells it to; make it, if need be.

        Args:
            patience: seconds that it has to end by itself.

        Cancelled, it is killed at once, and what is left to do is to wait for the kernel.
        """
        try:
            if not await self._ends(patience):
                self._send(signal.SIGTERM)
                await self._ends(_ENDS_WITHIN_S)
        finally:
            self._send(signal.SIGKILL)
            if not self._ended.done():
                # Killed, it is gone in a moment; no descriptor is left for an event loop to watch.
                self._loop.remove_reader(self._pidfd)
                self._on_end()

    async def _ends(self, seconds: float) -> bool:
        await asyncio.wait((self._ended,), timeout=seconds)
        return self._ended.done()

    def _send(self, number: signal.Signals) -> None:
        if not self._ended.done():
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(number)
