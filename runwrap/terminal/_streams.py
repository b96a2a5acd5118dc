"""Our standard input and output as streams that never make us wait.

Whether a descriptor blocks is a property of the open file description, which is shared with the
shell that started us and with whatever else it gave it to. So the file is opened anew where
that can be done, and otherwise asked not to wait call by call; only where neither works is the
flag set, and taken back at the end.
"""

from __future__ import annotations

import errno
import os
import select
import socket
import stat
from typing import Self

__all__ = ["Stream"]


class Stream:
    """One end of our own input or output, non-blocking.

    Attributes:
        descriptor: what is read or written; ours to close.
        is_terminal: whether it is a terminal.
        pollable: whether one can wait for it; what cannot be waited for is always ready.
        made_nonblocking: whether the shared open file description had to be changed.
    """

    def __init__(self, original: int, *, writing: bool) -> None:
        """Open what *original* leads to, which stays open itself.

        Raises:
            OSError: *original* is not open.
        """
        self._socket: socket.socket | None = None
        self.made_nonblocking = False
        mode = os.fstat(original).st_mode
        if stat.S_ISSOCK(mode):
            self._socket = socket.socket(fileno=os.dup(original))
            self.descriptor = self._socket.fileno()
        elif stat.S_ISREG(mode) or stat.S_ISBLK(mode):
            # The position in the file is shared too, and has to be.
            self.descriptor = os.dup(original)
        else:
            self.descriptor = self._reopened(original, writing)
        self.is_terminal = os.isatty(self.descriptor)
        self.pollable = _pollable(self.descriptor)

    @classmethod
    def optional(cls, original: int, *, writing: bool) -> Self | None:
        """Return the stream, or None if *original* is not open."""
        try:
            return cls(original, writing=writing)
        except OSError as error:
            if error.errno != errno.EBADF:
                raise
            return None

    def read(self, size: int) -> bytes:
        """Return up to *size* bytes, none at the end.

        Raises:
            BlockingIOError: nothing is there now.
            OSError: it cannot be read.
        """
        if self._socket:
            return self._socket.recv(size, socket.MSG_DONTWAIT)
        return os.read(self.descriptor, size)

    def write(self, data: bytes | memoryview) -> int:
        """Write what fits of *data*; return how many bytes that were.

        Raises:
            BlockingIOError: nothing fits now.
            OSError: it cannot be written.
        """
        if self._socket:
            return self._socket.send(data, socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL)
        return os.write(self.descriptor, data)

    def write_all(self, data: bytes, within: float) -> None:
        """Write all of *data*, unless the other side takes none of it for *within* seconds.

        Raises:
            OSError: it cannot be written.
        """
        while data:
            try:
                data = data[self.write(data) :]
            except BlockingIOError:
                poll = select.poll()
                poll.register(self.descriptor, select.POLLOUT)
                if not poll.poll(within * 1000):
                    return

    def close(self) -> None:
        """Close it, and take back what was changed."""
        if self.made_nonblocking:
            self.made_nonblocking = False
            os.set_blocking(self.descriptor, True)
        if self._socket:
            self._socket.close()
        elif self.descriptor >= 0:
            os.close(self.descriptor)
        self.descriptor = -1

    def _reopened(self, original: int, writing: bool) -> int:
        access = os.O_WRONLY if writing else os.O_RDONLY
        try:
            return os.open(
                f"/proc/self/fd/{original}", access | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
            )
        except OSError:
            # Another user's, no /proc, or a pipe that nobody reads any more.
            descriptor = os.dup(original)
        if os.get_blocking(descriptor):
            os.set_blocking(descriptor, False)
            self.made_nonblocking = True
        return descriptor


def _pollable(descriptor: int) -> bool:
    with select.epoll() as probe:
        try:
            probe.register(descriptor, select.EPOLLIN)
        except PermissionError:
            return False
    return True
