"""Between the caller's terminal and a command's pseudo-terminal.

Both ways have a buffer of a fixed size and read only when there is room, so that whoever is
slow makes the other side wait, and nobody makes us wait: everything is non-blocking, in the one
event loop. The master is watched through an epoll instance of its own that tells changes only
(edge-triggered, epoll(7)): a master whose follower nobody has open is "hung up" all the time,
which would otherwise wake us without end.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import signal
import termios
import time
from typing import TYPE_CHECKING, Self

from runwrap.errors import RunwrapError
from runwrap.terminal._background import Tint
from runwrap.terminal._guard import Guard
from runwrap.terminal._look import Look, ends_in_mid_line
from runwrap.terminal._modes import Modes
from runwrap.terminal._size import window_size
from runwrap.terminal._streams import Stream
from runwrap.terminal._typed import Presses

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from runwrap.terminal._pty import Pty

__all__ = ["DISCONNECTED", "HANGUP", "Forwarder"]

DISCONNECTED = "disconnected"
HANGUP = "hangup"

_SHOWN_AT_ONCE = 128 * 1024
_TYPED_AT_ONCE = 64 * 1024
_TYPED_MOST = 256 * 1024
# Rounds before other work of the event loop gets its turn.
_ROUNDS = 16
# How long a terminal that takes nothing may keep us from ending.
_LAST_WORDS_S = 0.5
_FIRST_LOOK_S = 0.002
_LONGEST_LOOK_S = 0.5
_EDITING_FOR_S = 0.1
_TAIL = 256
# More than the kernel holds for us of what a command has written before its end.
_LEFT_MOST = 1024 * 1024


class Forwarder:
    """Carries what is typed and shown; an async context manager, for the main thread.

    On entry the caller's terminal becomes raw, and on exit it is what it was, also when the
    body fails or is cancelled, and even when this process is killed (`_guard`). The descriptors
    are not read, written or changed in any other way than through it meanwhile.

    What is typed is kept until the terminal is some session's controlling terminal, or until
    `begin_input`: a service manager throws away what comes earlier. Input that is no terminal
    and ends is made the end of the command's input too: each time the command has read all
    there was, the terminal's end-of-file character is typed once more, so that every program
    that reads sees the end; to a command that takes single keys it is typed only once. Input
    that is no terminal is typed, not copied: control characters in it do what they do.

    Attributes:
        ended: done with `DISCONNECTED` when the user has asked for that with ``^]``, or with
            `HANGUP` when our own terminal or output is gone; the command may go on running.
    """

    ended: asyncio.Future[str]

    def __init__(
        self,
        pty: Pty,
        *,
        stdin: int = 0,
        stdout: int = 1,
        background: str | None = None,
        title: str | None = None,
    ) -> None:
        """Prepare it; nothing is touched yet.

        Args:
            pty: the command's terminal; it stays the caller's to close.
            stdin: what is typed, a terminal or anything that can be read.
            stdout: where to show, a terminal or anything that can be written.
            background: a colour (`check_background`) to keep under what is shown, if *stdout*
                is a terminal that knows colours.
            title: a title for the window of such a terminal.
        """
        self._pty = pty
        self._originals = (stdin, stdout)
        self._wanted = (background or "", title or "")
        self._cleanup = contextlib.ExitStack()

        self._stdin: Stream | None = None
        self._stdout: Stream | None = None
        self._modes = Modes(None, None)
        self._tint: Tint | None = None
        self._undo = b""

        self._master_readable = False
        self._master_writable = False
        self._master_over = False
        self._again: asyncio.Handle | None = None

        self._buffer = memoryview(bytearray(_SHOWN_AT_ONCE))
        self._showing = memoryview(b"")
        self._tail = b""
        self._await_stdout = False
        self._drained: asyncio.Future[None] | None = None
        self._left = _LEFT_MOST

        self._presses = Presses()
        self._typed = bytearray()
        self._may_type = False
        self._input_over = False
        self._reading_stdin = False
        self._end_told = False
        self._end_typed_raw = False
        self._look_in_s = _FIRST_LOOK_S
        self._look_timer: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> Self:
        """Begin.

        Raises:
            RunwrapError: the caller's terminal cannot be used.
        """
        self._loop = asyncio.get_running_loop()
        self.ended = self._loop.create_future()
        try:
            self._open()
        except (OSError, termios.error) as error:
            self._cleanup.close()
            reason = error.args[-1] if error.args else error
            raise RunwrapError(f"cannot forward the terminal: {reason}") from error
        except BaseException:
            self._cleanup.close()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop, and put everything back; does not wait for anything that could be cancelled."""
        self._cleanup.close()

    async def disconnected(self) -> str:
        """Wait until forwarding cannot go on; return why (see `ended`)."""
        return await asyncio.shield(self.ended)

    def begin_input(self) -> None:
        """Give the command what was typed so far, although its terminal has no session."""
        self._may_type = True
        self._type()

    async def drain(self, quiet: float = 0.25) -> None:
        """Show all that the command, which has ended, has left in its terminal.

        Our follower is closed and no more input is taken. It is over when nobody has the
        terminal open any more, or our own output is gone, or if somebody still has the terminal
        open, when *quiet* seconds have been spent in waiting, or more has come than the command
        can have left. A reader of our output that takes its time is waited for.
        """
        self._stop_reading_stdin()
        self._stop_looking()
        self._input_over = self._end_told = True
        self._typed.clear()
        self._pty.close_follower()
        self._drained = self._loop.create_future()
        self._master_readable = True
        self._show()
        # What a process that was left behind writes now and then is not waited for again.
        patience = quiet
        while not self._over_with_showing():
            self._drained = self._loop.create_future()
            waiting = None if self._showing else patience
            began = self._loop.time()
            done, _ = await asyncio.wait({self._drained}, timeout=waiting)
            if waiting is not None:
                patience -= self._loop.time() - began
            if not self._showing and (not done or patience <= 0):
                break

    def _over_with_showing(self) -> bool:
        return self.ended.done() or (self._master_over and not self._showing)

    def _open(self) -> None:
        stdin, stdout = self._originals
        enter = self._cleanup.callback
        self._stdin = Stream.optional(stdin, writing=False)
        if self._stdin:
            enter(self._stdin.close)
        self._stdout = Stream.optional(stdout, writing=True)
        if self._stdout:
            enter(self._stdout.close)
        typed = self._stdin.descriptor if self._stdin and self._stdin.is_terminal else None
        shown = self._stdout.descriptor if self._stdout and self._stdout.is_terminal else None
        self._modes = Modes(typed, shown)
        begin = self._dress(shown is not None)
        self._resize()
        if self._modes.saved:
            self._start_guard(shown)
            enter(self._modes.restore)
        enter(self._last_words)
        if self._modes.saved:
            self._modes.make_raw()
            self._handle(signal.SIGCONT, self._continued)
            self._handle(signal.SIGTSTP, self._suspend)
            self._handle(signal.SIGWINCH, self._resize)
        if self._stdout and begin:
            self._stdout.write_all(begin, _LAST_WORDS_S)
        self._watch_master()
        if self._stdout is None:
            self._end(HANGUP)
        enter(self._stop_reading_stdin)
        enter(self._stop_looking)
        if self._stdin is None:
            self._input_ended()
        else:
            self._read_stdin_when_ready()

    def _dress(self, is_terminal: bool) -> bytes:
        """Decide what to show around the output; return what comes before it."""
        if not is_terminal:
            return b""
        background, title = self._wanted
        look = Look(background=background, title=title, environment=os.environ)
        self._undo = look.undo
        if not look.background:
            return look.begin
        self._tint = Tint(look.background)
        return self._tint.begin() + look.begin

    def _start_guard(self, shown: int | None) -> None:
        streams = [one for one in (self._stdin, self._stdout) if one and one.made_nonblocking]
        guard = Guard(
            self._modes.saved,
            shown=shown,
            undo=self._undo,
            blocking=[one.descriptor for one in streams],
        )
        self._cleanup.callback(guard.dismiss)

    def _last_words(self) -> None:
        """Take back what was set on the terminal, on a fresh line."""
        if not self._stdout or not self._stdout.is_terminal:
            return
        text = bytes(self._showing) + (self._tint.end() if self._tint else b"")
        self._tail = (self._tail + text)[-_TAIL:]
        if ends_in_mid_line(self._tail):
            text += b"\r\n"
        with contextlib.suppress(OSError):
            self._stdout.write_all(text + self._undo, _LAST_WORDS_S)

    def _handle(self, number: signal.Signals, handler: Callable[[], None]) -> None:
        earlier = signal.getsignal(number)
        try:
            self._loop.add_signal_handler(number, handler)
        except (ValueError, RuntimeError):
            # Not the main thread: a size that changes is not noticed then.
            return
        self._cleanup.callback(signal.signal, number, earlier or signal.SIG_DFL)
        self._cleanup.callback(self._loop.remove_signal_handler, number)

    def _resize(self) -> None:
        descriptors = [one.descriptor for one in (self._stdout, self._stdin) if one]
        with contextlib.suppress(OSError):
            window_size(descriptors).apply(self._pty.master)

    def _continued(self) -> None:
        if self._modes.foreground:
            with contextlib.suppress(termios.error):
                self._modes.make_raw()
            self._resize()

    def _suspend(self) -> None:
        self._modes.restore()
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTSTP)
        # Here it goes on later, or at once where nobody could let it go on (setpgid(2)).
        self._loop.add_signal_handler(signal.SIGTSTP, self._suspend)
        self._continued()

    def _end(self, why: str) -> None:
        self._stop_reading_stdin()
        if not self.ended.done():
            self.ended.set_result(why)
        self._tell_drained()

    def _tell_drained(self) -> None:
        if self._drained and not self._drained.done():
            self._drained.set_result(None)

    # The command's terminal

    def _watch_master(self) -> None:
        self._changes = select.epoll()
        self._cleanup.callback(self._changes.close)
        self._changes.register(self._pty.master, select.EPOLLIN | select.EPOLLOUT | select.EPOLLET)
        self._loop.add_reader(self._changes.fileno(), self._master_changed)
        self._cleanup.callback(self._stop_watching)

    def _stop_watching(self) -> None:
        self._loop.remove_reader(self._changes.fileno())
        if self._again:
            self._again.cancel()
        self._stop_awaiting_stdout()

    def _master_changed(self) -> None:
        for _, events in self._changes.poll(0):
            if events & ~select.EPOLLOUT:
                self._master_readable = True
            if events & select.EPOLLOUT:
                self._master_writable = True
        self._show()
        self._type()

    # From the command to the user

    def _show(self) -> None:
        if self._again:
            self._again.cancel()
            self._again = None
        for _ in range(_ROUNDS):
            if self._showing:
                if self._await_stdout or not self._write_shown():
                    return
            elif not self._master_readable or not self._take():
                return
        self._again = self._loop.call_soon(self._show)

    def _take(self) -> bool:
        """Read what the command has written; tell whether that was anything."""
        filled = 0
        descriptor = self._pty.master
        buffer = self._buffer
        try:
            # The kernel gives no more than a page at a time.
            while filled < _SHOWN_AT_ONCE:
                size = os.readv(descriptor, (buffer[filled:],))
                if not size:
                    break
                filled += size
        except BlockingIOError:
            self._master_readable = False
        except OSError:
            # Nobody has the follower open (EIO): the end when draining, and else for now only.
            self._master_readable = False
            self._master_over = self._drained is not None
        if self._drained is not None:
            self._left -= filled
            if self._left <= 0:
                # A process that was left behind, and goes on talking, is not the command.
                self._master_readable, self._master_over = False, True
        if filled:
            shown = buffer[:filled]
            self._showing = memoryview(self._tint.feed(bytes(shown))) if self._tint else shown
        self._tell_drained()
        return filled > 0

    def _write_shown(self) -> bool:
        """Write what is to be shown; tell whether one can go on."""
        if self._stdout is None or (self.ended.done() and self.ended.result() == HANGUP):
            # There is nobody to show it to; the command is not to be stopped by that.
            self._showing = memoryview(b"")
            return True
        try:
            size = self._stdout.write(self._showing)
        except BlockingIOError:
            self._await_stdout = True
            self._loop.add_writer(self._stdout.descriptor, self._stdout_ready)
            return False
        except OSError:
            self._showing = memoryview(b"")
            self._end(HANGUP)
            return True
        self._tail = bytes(self._showing[max(0, size - _TAIL) : size])
        self._showing = self._showing[size:]
        return True

    def _stdout_ready(self) -> None:
        self._stop_awaiting_stdout()
        self._show()

    def _stop_awaiting_stdout(self) -> None:
        if self._await_stdout and self._stdout:
            self._await_stdout = False
            self._loop.remove_writer(self._stdout.descriptor)

    # From the user to the command

    def _read_stdin_when_ready(self) -> None:
        if self._reading_stdin or self._stdin is None or self._input_over or self.ended.done():
            return
        self._reading_stdin = True
        if self._stdin.pollable:
            self._loop.add_reader(self._stdin.descriptor, self._stdin_ready)
        else:
            self._loop.call_soon(self._stdin_ready)

    def _stop_reading_stdin(self) -> None:
        if self._reading_stdin and self._stdin and self._stdin.pollable:
            self._loop.remove_reader(self._stdin.descriptor)
        self._reading_stdin = False

    def _stdin_ready(self) -> None:
        if not self._reading_stdin or self._stdin is None:
            return
        try:
            data = self._stdin.read(_TYPED_AT_ONCE)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._stop_reading_stdin()
            if self._stdin.is_terminal:
                self._end(HANGUP)
            else:
                self._input_ended()
            return
        if self._stdin.is_terminal:
            if self._presses.enough(data, time.monotonic()):
                self._end(DISCONNECTED)
                return
            # What is typed after a change of the size must not arrive before it.
            self._resize()
        self._typed += data
        self._type()
        if len(self._typed) >= _TYPED_MOST:
            self._stop_reading_stdin()
        elif not self._stdin.pollable:
            self._loop.call_soon(self._stdin_ready)

    def _type(self) -> None:
        """Give the command what was typed, as far as it takes it."""
        if not self._typed:
            return
        if not self._may_type:
            self._look_again()
            return
        while self._typed and self._master_writable:
            try:
                size = os.write(self._pty.master, self._typed)
            except OSError:
                size = 0
            if size:
                del self._typed[:size]
            else:
                self._master_writable = False
        if not self._typed and self._input_over and not self._end_told:
            self._look_again()
        if len(self._typed) < _TYPED_MOST:
            self._read_stdin_when_ready()

    def _input_ended(self) -> None:
        self._input_over = True
        self._look_again()

    # What the kernel has no event for

    def _look_again(self) -> None:
        if self._look_timer is None:
            self._look_timer = self._loop.call_later(self._look_in_s, self._look)
            self._look_in_s = min(self._look_in_s * 1.5, _LONGEST_LOOK_S)

    def _stop_looking(self) -> None:
        if self._look_timer:
            self._look_timer.cancel()
            self._look_timer = None

    def _look(self) -> None:
        self._look_timer = None
        if not self._may_type:
            if not self._pty.has_session():
                self._look_again()
                return
            self._may_type = True
            self._look_in_s = _FIRST_LOOK_S
        if self._typed:
            self._type()
        elif self._input_over:
            self._type_end()

    def _type_end(self) -> None:
        """Type the end-of-file character if the command has read all there was."""
        taken = self._pty.input_taken()
        canonical = self._pty.is_canonical()
        if canonical and taken is not False:
            self._typed += self._pty.end_of_file()
        elif taken is not False and not self._end_typed_raw and self._look_in_s > _EDITING_FOR_S:
            # A shell that edits its command line takes the character for the end as well.
            self._end_typed_raw = True
            self._typed += self._pty.end_of_file()
        if taken is None and canonical:
            # There is no telling whether it was read; more of them might fill the terminal.
            self._end_told = True
        self._type()
        if not self._end_told:
            self._look_again()
