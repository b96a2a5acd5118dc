"""Processes that are held, asked and made to execute a program."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self

import pytest

from runwrap.sandbox.hold import can_trace
from runwrap.sandbox.tracing import Traced, is_refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

pytestmark = pytest.mark.usefixtures("_allowed")

_STOPS = "kill -s STOP 0; exit 1"
_SPINS = "while :; do :; done"
_GET_NO_NEW_PRIVS = 39
_PARENT = (
    'setsid env -i A=1 "odd.name%%=two words" /bin/sh -c "$@" & echo $!; wait $!; echo "status $?"'
)


@pytest.fixture
def _allowed() -> None:
    """See to it that nothing here passes because nothing is traced."""
    assert can_trace()
    assert not is_refused()


class _Shell:
    """A shell that is the child of another process, as those that are traced are."""

    def __init__(self, script: str, *arguments: str) -> None:
        """Start it, and wait until it has begun or, if it is to, stopped."""
        self._parent = subprocess.Popen(
            ["/bin/sh", "-c", _PARENT, "sh", script, *arguments], stdout=subprocess.PIPE, text=True
        )
        assert self._parent.stdout is not None
        self.pid = int(self._parent.stdout.readline())
        wanted = "T" if script == _STOPS else "RS"
        begin = f"/bin/sh\0-c\0{script}\0".encode()
        self.until(
            lambda: (
                Path(f"/proc/{self.pid}/cmdline").read_bytes().startswith(begin)
                and self._field("State")[0] in wanted
            )
        )

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End it, if it has not."""
        if self._parent.poll() is None:
            os.kill(self.pid, signal.SIGKILL)
        self._parent.communicate()

    def _field(self, name: str) -> str:
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return next(line.split()[1] for line in lines if line.startswith(f"{name}:"))

    def until(self, condition: Callable[[], bool]) -> None:
        """Wait until *condition* holds."""
        end = time.monotonic() + 10
        while not condition():
            assert time.monotonic() < end

    def ended(self) -> tuple[str, int]:
        """Wait for its end, and return what it wrote and its status, as shells have it."""
        out, _ = self._parent.communicate(timeout=10)
        text, _, status = out.rpartition("status ")
        return text, int(status)


@pytest.fixture(params=[_STOPS, _SPINS], ids=["stops", "spins"])
def held(request: pytest.FixtureRequest) -> Iterator[tuple[_Shell, Traced]]:
    """A shell that is held where it runs, or has stopped itself."""
    with _Shell(request.param, "/usr/bin/env", "-u", "A") as shell:
        traced = _held(shell)
        yield shell, traced
        traced.kill()


def _held(shell: _Shell) -> Traced:
    traced = Traced(shell.pid)
    traced.hold()
    return traced


def test_it_executes_the_rest_of_its_arguments(held: tuple[_Shell, Traced]) -> None:
    shell, traced = held
    traced.execute(3)
    assert shell.ended() == ("odd.name%%=two words\n", 0)


def test_a_program_is_looked_up_by_its_name() -> None:
    with _Shell(_STOPS, "echo", "found") as shell:
        _held(shell).execute(3)
        assert shell.ended() == ("found\n", 0)


@pytest.mark.parametrize("program", ["/nosuch", "nosuch"])
def test_what_cannot_be_executed_leaves_it_held(program: str) -> None:
    with _Shell(_STOPS, program) as shell:
        traced = _held(shell)
        with pytest.raises(FileNotFoundError):
            traced.execute(3)
        traced.end(203)
        assert shell.ended() == ("", 203)


def test_it_is_asked_again_and_again(held: tuple[_Shell, Traced]) -> None:
    shell, traced = held
    assert {traced.prctl(_GET_NO_NEW_PRIVS) for _ in range(3)} == {0}
    with pytest.raises(OSError, match="Invalid") as caught:
        traced.prctl(10**6)
    assert caught.value.errno == errno.EINVAL
    assert len(traced.filters()) == 0
    traced.kill()
    traced.kill()
    assert shell.ended() == ("", 128 + signal.SIGKILL)


def test_it_is_asked_for_its_keys(held: tuple[_Shell, Traced]) -> None:
    shell, traced = held
    # KEYCTL_JOIN_SESSION_KEYRING, by name; KEYCTL_DESCRIBE; KEYCTL_SEARCH.
    keyring, nothing = traced.keyctl(1, b"of-the-test")
    assert (keyring > 0, nothing) == (True, b"")
    size, described = traced.keyctl(6, -3, room=200)
    assert len(described) == size
    assert described.startswith(b"keyring;")
    assert described.endswith(b";of-the-test\0")
    with pytest.raises(OSError, match="key") as caught:
        traced.keyctl(10, -3, b"user", b"no-such-key", 0)
    assert caught.value.errno == errno.ENOKEY
    traced.execute(3)
    assert shell.ended() == ("odd.name%%=two words\n", 0)


def test_it_goes_on_as_it_was(tmp_path: Path) -> None:
    flag = tmp_path / "flag"
    with _Shell(f"while ! [ -e {flag} ]; do :; done; echo on") as shell:
        traced = _held(shell)
        assert traced.prctl(_GET_NO_NEW_PRIVS) == 0
        traced.let_go()
        flag.touch()
        assert shell.ended() == ("on\n", 0)


def test_it_is_seen_to_execute_a_program(tmp_path: Path) -> None:
    flag = tmp_path / "flag"
    with _Shell(f"while ! [ -e {flag} ]; do :; done; exec /bin/echo done") as shell:
        traced = Traced(shell.pid)
        assert not traced.executes()
        flag.touch()
        shell.until(traced.executes)
        # Its first instruction is still to come, and it may become another program.
        assert Path(f"/proc/{shell.pid}/exe").readlink().name == "echo"
        assert traced.is_held
        traced.execute(0)
        assert shell.ended() == ("done\n", 0)


def test_a_signal_ends_it_where_it_stands() -> None:
    with _Shell(_STOPS, "/bin/echo", "done") as shell:
        traced = _held(shell)
        os.kill(shell.pid, signal.SIGTERM)
        with pytest.raises(ProcessLookupError):
            traced.execute(3)
        traced.kill()
        assert shell.ended() == ("", 128 + signal.SIGTERM)


def test_it_does_not_outlive_its_tracer() -> None:
    with _Shell(_SPINS) as shell:
        tracer = os.fork()
        if tracer == 0:
            _held(shell)
            os._exit(0)
        os.waitpid(tracer, 0)
        assert shell.ended() == ("", 128 + signal.SIGKILL)
