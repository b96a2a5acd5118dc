"""A pseudo-terminal: the master is ours, the follower is what the command sees.

While a process holds the follower open, a hangup of the terminal (vhangup(2), which a service
manager does before and after each process with TTYVHangup=yes, systemd.exec(5)) does not reach
the master, even though the descriptor that is held is itself dead from then on. Without one,
the master reads EIO whenever nobody has the follower open, which looks like the end although
the command may not even have begun. So the follower is held until `Pty.close_follower`.
"""

from __future__ import annotations

import fcntl
import os
import select
import termios
from typing import TYPE_CHECKING, Self

from runwrap.errors import RunwrapError

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["Pty"]

# Python names it from 3.13 on only.
_TIOCGSID: int = getattr(termios, "TIOCGSID", 0x5429)


class Pty:
    """A pseudo-terminal (pty(7)); a context manager that closes it.

    Attributes:
        master: our side's descriptor, non-blocking, closed on exec; -1 once closed.
        follower: the command's side, closed on exec, never our controlling terminal; -1 where
            another side opened the terminal, and once closed.
        path: the follower's name, such as ``/dev/pts/3``, as the command's side sees it.
    """

    def __init__(self, master: int, path: str, follower: int = -1) -> None:
        """Take over the descriptors; `open` and `from_master` are the ways to get here."""
        os.set_blocking(master, False)
        self.master = master
        self.follower = follower
        self.path = path

    @classmethod
    def open(cls) -> Self:
        """Allocate a pseudo-terminal of this machine.

        Raises:
            RunwrapError: there is none left, or no /dev/pts.
        """
        try:
            master, follower = os.openpty()
        except OSError as error:
            raise RunwrapError(f"cannot allocate a pseudo-terminal: {error.strerror}") from error
        try:
            return cls(master, os.ttyname(follower), follower)
        except OSError as error:
            os.close(master)
            os.close(follower)
            raise RunwrapError(f"cannot name a pseudo-terminal: {error.strerror}") from error

    @classmethod
    def from_master(cls, master: int, path: str) -> Self:
        """Take over a *master* whose follower cannot be opened here.

        Such is a container's (OpenMachinePTY() in org.freedesktop.machine1(5)); *path* means
        something there only.
        """
        os.set_inheritable(master, False)
        return cls(master, path)

    def has_session(self) -> bool:
        """Tell whether the terminal is the controlling terminal of a session.

        A service manager clears the terminal before it makes it one for the command
        (TTYReset=, TTYVHangup= in systemd.exec(5)); what is typed before is thrown away.
        """
        try:
            fcntl.ioctl(self.master, _TIOCGSID, b"\0\0\0\0")
        except OSError:
            return False
        return True

    def is_canonical(self) -> bool:
        """Tell whether the terminal passes its input on by lines (ICANON in termios(3))."""
        return bool(termios.tcgetattr(self.master)[3] & termios.ICANON)

    def end_of_file(self) -> bytes:
        """Return the character that ends the input when typed (VEOF in termios(3))."""
        character = termios.tcgetattr(self.master)[6][termios.VEOF]
        return b"\x04" if character in (0, b"\0") else bytes(character)

    def input_taken(self) -> bool | None:
        """Tell whether all input was read by the command; None where that cannot be known.

        An end of file that was not read yet counts as input.
        """
        if self.follower < 0:
            return None
        try:
            # The one that is held may be dead after a hangup.
            probe = os.open(self.path, os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            return None
        try:
            poll = select.poll()
            poll.register(probe, select.POLLIN)
            return not poll.poll(0)
        finally:
            os.close(probe)

    def close_follower(self) -> None:
        """Let go of the follower, so that the master sees the end; again does nothing."""
        if self.follower >= 0:
            follower, self.follower = self.follower, -1
            os.close(follower)

    def close(self) -> None:
        """Close both sides; the command's processes get SIGHUP. Again does nothing."""
        self.close_follower()
        if self.master >= 0:
            master, self.master = self.master, -1
            os.close(master)

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()
