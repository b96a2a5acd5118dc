"""A real terminal with somebody at it: starts a command there, types, and looks at the screen.

    with Terminal(["bash", "--norc"], place=place) as terminal:
        terminal.send(f"{runwrap(place)} -t cat\\n")
        terminal.expect("Running as")

The terminal is a pseudo-terminal of this side. What is written to it is read all the time by a
thread, as a terminal emulator does, so that nobody ever waits for a test to look; it is kept as
bytes (`Terminal.output`) and drawn on a screen of pyte's when a test looks at it.
"""

from __future__ import annotations

import fcntl
import os
import re
import select
import shlex
import struct
import subprocess
import termios
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import pyte

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tests.system.places import Place

__all__ = ["Terminal", "TerminalTimeoutError", "runwrap", "runwrap_argv"]

CHECKOUT = Path(__file__).resolve().parents[2]
_WAIT_S = 15.0


def runwrap_argv(place: Place) -> list[str]:
    """Return how to start runwrap inside *place*, for `Terminal` and ``place.popen``."""
    if place.name == "embedded":
        return ["env", f"PYTHONPATH={CHECKOUT}", place.python, "-m", "runwrap"]
    return [place.python, "-m", "runwrap"]


def runwrap(place: Place) -> str:
    """Return the same as words for a shell."""
    return shlex.join(runwrap_argv(place))


class _Screen(pyte.Screen):
    """A screen that passes over what is no attribute, such as xterm's ``CSI > 4 ; 2 m``."""

    def select_graphic_rendition(self, *attrs: int, private: bool = False) -> None:
        if not private:
            super().select_graphic_rendition(*attrs)


class TerminalTimeoutError(AssertionError):
    """What was expected did not come in time; says what came instead."""


class Terminal:
    """A terminal and the command that was started on it; a context manager.

    Attributes:
        master: the terminal's own side; what is written there is typed.
        follower: the side of the command, kept open so that its modes can be read after it.
        process: the command.
        before: the modes that the terminal had when the command was started.
    """

    def __init__(
        self,
        argv: Sequence[str],
        *,
        place: Place | None = None,
        user: str | None = None,
        env: Mapping[str, str] | None = None,
        rows: int = 24,
        columns: int = 80,
        **options: Any,
    ) -> None:
        """Make the terminal and start the command, as the leader of a session on it.

        Args:
            argv: the command; its standard input, output and error are the terminal.
            place: where it runs; None for this side.
            user: of *place*; None for root.
            env: added to the environment there; the terminal is an ``xterm-256color``.
            rows: of the window.
            columns: of the window.
            options: for subprocess.Popen, such as another ``stdout``.
        """
        self.master, self.follower = os.openpty()
        self._screen = _Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._output = bytearray()
        self._changed = threading.Condition()
        self._seen = 0
        self._drawn = 0
        self._stopping = os.pipe()
        self._reading = threading.Event()
        self._reading.set()
        self._set_size(rows, columns)
        self.before = self.attributes()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        options = {
            "stdin": self.follower,
            "stdout": self.follower,
            "stderr": self.follower,
            "start_new_session": True,
            "preexec_fn": self._control,
            **options,
        }
        described = {"TERM": "xterm-256color", **(env or {})}
        self.process: subprocess.Popen[Any]
        if place is None:
            self.process = subprocess.Popen(
                list(argv), cwd=CHECKOUT, env={**os.environ, **described}, **options
            )
        else:
            self.process = place.popen(list(argv), user=user, env=described, **options)

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the command, if need be by force, and close the terminal."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.hang_up()

    @property
    def output(self) -> bytes:
        """All that was written to the terminal so far."""
        with self._changed:
            return bytes(self._output)

    def send(self, text: str | bytes) -> None:
        """Type *text*; it waits while the terminal takes no more."""
        data = text.encode() if isinstance(text, str) else text
        while data:
            data = data[os.write(self.master, data) :]

    def expect(self, pattern: str | bytes, *, within: float = _WAIT_S) -> re.Match[bytes]:
        """Wait until *pattern* matches what was written since the last match.

        Raises:
            TerminalTimeoutError: it did not within that many seconds, or the command ended.
        """
        compiled = re.compile(pattern.encode() if isinstance(pattern, str) else pattern)
        deadline = time.monotonic() + within
        ended = False
        while True:
            with self._changed:
                found = compiled.search(bytes(self._output), self._seen)
                if found:
                    self._seen = found.end()
                    return found
                left = deadline - time.monotonic()
                if left <= 0 or ended:
                    rest = bytes(self._output[self._seen :][-2000:])
                    raise TerminalTimeoutError(f"no {pattern!r} in {rest!r}")
                self._changed.wait(min(left, 0.1))
            # Once more after the end: what it has written last may not have been read yet.
            ended = self.process.poll() is not None and not self._unread()

    def wait_until(self, condition: Callable[[Self], bool], *, within: float = _WAIT_S) -> None:
        """Wait until *condition* holds; it is asked again whenever something was written.

        Raises:
            TerminalTimeoutError: it did not within that many seconds.
        """
        deadline = time.monotonic() + within
        while not condition(self):
            if time.monotonic() > deadline:
                raise TerminalTimeoutError(f"not so in time; on the screen: {self.screen()}")
            with self._changed:
                self._changed.wait(0.02)

    def screen(self) -> list[str]:
        """Return the lines on the screen, without the spaces at their ends."""
        with self._changed:
            return [line.rstrip() for line in self._draw().display]

    def cell(self, row: int, column: int) -> pyte.screens.Char:
        """Return one character on the screen with its colours, counted from 0."""
        with self._changed:
            return self._draw().buffer[row][column]

    @property
    def title(self) -> str:
        """The title of the window."""
        with self._changed:
            return self._draw().title

    def resize(self, rows: int, columns: int) -> None:
        """Change the size of the window; the foreground processes get SIGWINCH."""
        with self._changed:
            self._draw().resize(rows, columns)
        self._set_size(rows, columns)

    def attributes(self) -> list[Any]:
        """Return the modes of the terminal, as termios.tcgetattr() does."""
        return termios.tcgetattr(self.follower)

    @property
    def is_raw(self) -> bool:
        """Whether keys are passed on one by one and unseen."""
        return not self.attributes()[3] & (termios.ICANON | termios.ECHO | termios.ISIG)

    def exit_status(self, *, within: float = _WAIT_S) -> int:
        """Wait for the end of the command; return its status, negative after a signal.

        All that it has written was read then.
        """
        status = self.process.wait(within)
        while self._unread():
            with self._changed:
                self._changed.wait(0.01)
        return status

    def hang_up(self) -> None:
        """Close the terminal, as when its window is closed; again does nothing."""
        if self.master < 0:
            return
        os.write(self._stopping[1], b".")
        self._reading.set()
        self._reader.join(_WAIT_S)
        for descriptor in (self.master, self.follower, *self._stopping):
            os.close(descriptor)
        self.master = self.follower = -1

    def pause(self) -> None:
        """Stop reading what is written, as a terminal does after ^S."""
        self._reading.clear()

    def resume(self) -> None:
        """Read again."""
        self._reading.set()

    def _control(self) -> None:
        fcntl.ioctl(self.follower, termios.TIOCSCTTY, 0)

    def _set_size(self, rows: int, columns: int) -> None:
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def _read(self) -> None:
        poll = select.poll()
        poll.register(self.master, select.POLLIN)
        poll.register(self._stopping[0], select.POLLIN)
        while True:
            ready = {descriptor for descriptor, _ in poll.poll()}
            if self._stopping[0] in ready:
                return
            self._reading.wait()
            with self._changed:
                data = os.read(self.master, 65536)
                self._output += data
                self._changed.notify_all()

    def _draw(self) -> pyte.Screen:
        """Return the screen with all that was written; drawing takes longer than reading."""
        self._stream.feed(bytes(self._output[self._drawn :]))
        self._drawn = len(self._output)
        return self._screen

    def _unread(self) -> bool:
        with self._changed:
            poll = select.poll()
            poll.register(self.master, select.POLLIN)
            return bool(poll.poll(0))
