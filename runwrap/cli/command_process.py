"""The command of a scope as a process beside this one, which stays to report."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from functools import partial
from typing import TYPE_CHECKING, NoReturn, Self

from runwrap.cli.say import print_error, say
from runwrap.dependents import die_with
from runwrap.errors import RunwrapError
from runwrap.properties.faults import quote
from runwrap.transient import Process

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from runwrap.become import Becoming

__all__ = ["CommandProcess", "become"]

# What is passed on: this process was given it in place of the command. What the terminal sends
# goes to both of them anyway; but it may be somebody else who sends that.
_PASSED_ON = (signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2)
_OF_THE_TERMINAL = (signal.SIGINT, signal.SIGQUIT)


def become(
    becoming: Becoming, invocation_id: str | None, *, last: Callable[[], object] | None = None
) -> NoReturn:
    """Replace this process with the command.

    Args:
        becoming: how.
        invocation_id: of the scope, or None.
        last: is called when all else is done.

    Raises:
        RunwrapError: it cannot be executed.
    """
    arguments, environment, unset = becoming.expanded(invocation_id)
    if unset:
        names = ", ".join(quote(name) for name in unset)
        say(f"runwrap: warning: there is no such variable, so it is empty: {names}")
    becoming.execute(arguments, environment, last=last)


class CommandProcess:
    """A child that waits for its scope, and then becomes the command; a context manager.

    Attributes:
        process: the child, as a scope takes it.
    """

    def __init__(self, becoming: Becoming) -> None:
        """Prepare a child that is to do *becoming*."""
        self._becoming = becoming
        self._write_end = -1
        self._parent = os.getpid()

    def __enter__(self) -> Self:
        """Start the child; it waits.

        Raises:
            OSError: no process can be had.
        """
        with contextlib.ExitStack() as stack:
            read_end, self._write_end = os.pipe()
            # A child that is there already ends with that.
            stack.callback(os.close, self._write_end)
            try:
                pid = os.fork()
                if pid == 0:
                    os.close(self._write_end)
                    self._wait_and_become(read_end)
            finally:
                os.close(read_end)
            self.process = Process(pid, os.pidfd_open(pid))
            stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Let go of the child: one that has not been released ends without the command."""
        if self._write_end >= 0:
            os.close(self._write_end)
            os.waitpid(self.process.pid, 0)
        os.close(self.process.pidfd)

    def _wait_and_become(self, read_end: int) -> NoReturn:
        status = 1
        try:
            with os.fdopen(read_end) as told:
                line = told.readline()
            if line.endswith("\n"):
                # A process that is not beside another one would be killed with it, too.
                dependent = partial(die_with, self._parent, signal.SIGKILL)
                become(self._becoming, line.strip() or None, last=dependent)
            status = 0
        except RunwrapError as error:
            print_error(error)
        except BaseException:
            import traceback

            traceback.print_exc()
        finally:
            os._exit(status)

    def release(self, invocation_id: str | None) -> None:
        """Let the child become the command, in the scope with that *invocation_id*."""
        os.write(self._write_end, f"{invocation_id or ''}\n".encode())
        os.close(self._write_end)
        self._write_end = -1

    async def ended(self) -> tuple[str, int]:
        """Wait for the end of the command; signals to this process are passed on meanwhile.

        Returns:
            ``exited`` and the exit status, or ``killed`` or ``dumped`` and the signal's number.
        """
        loop = asyncio.get_running_loop()
        done = asyncio.Event()
        # These stay until the loop is closed: what comes later has nobody to go to.
        for number in (*_PASSED_ON, *_OF_THE_TERMINAL):
            loop.add_signal_handler(number, self._pass_on, number)
        loop.add_reader(self.process.pidfd, done.set)
        try:
            await done.wait()
        finally:
            loop.remove_reader(self.process.pidfd)
        return self._reap()

    def _pass_on(self, number: int) -> None:
        if number in _OF_THE_TERMINAL and _is_in_foreground():
            return
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.process.pidfd, number)

    def _reap(self) -> tuple[str, int]:
        _, status = os.waitpid(self.process.pid, 0)
        if os.WIFEXITED(status):
            return "exited", os.WEXITSTATUS(status)
        return "dumped" if os.WCOREDUMP(status) else "killed", os.WTERMSIG(status)


def _is_in_foreground() -> bool:
    """Tell whether the terminal sends its signals to this process, and so to its children."""
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)
