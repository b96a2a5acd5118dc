"""A whole Debian of another release, booted in namespaces, as a context manager.

The machine has its own systemd as PID 1, journal, logind, and a user manager for the lingering
user ``tester``; a network namespace with nothing but a loopback interface; and a writable view
of its tree that is gone with it. Any number of machines run side by side.

    with Machine("trixie") as machine:
        machine.run(["systemctl", "is-system-running"])
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import tempfile
import time
from typing import IO, TYPE_CHECKING, Any, Self

from tests.support.roots import (
    CHECKOUT,
    UID,
    USER,
    RootError,
    cache_dir,
    dependencies,
    root,
    systemd_version,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path
    from types import TracebackType

__all__ = ["USER", "Machine", "MachineError"]

_BOOT_S = 60.0
_COMMAND_S = 60.0
_END_S = 20.0
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_PYTHONPATH = "/opt/runwrap:/opt/deps"


class MachineError(RuntimeError):
    """A machine did not boot, or a command in it failed although it was to succeed."""


class Machine:
    """One booted machine.

    Attributes:
        release: Debian's code name.
        systemd_version: the major version, such as 257.
        pid: the machine's PID 1 as this side sees it; 0 while it does not run.
    """

    def __init__(
        self,
        release: str,
        *,
        binds: Mapping[str, Path] | None = None,
        refused_calls: Sequence[str] = (),
    ) -> None:
        """Prepare a machine of *release*; entering the context boots it.

        Args:
            release: one of :data:`tests.support.roots.RELEASES`.
            binds: directories of this side to show there too, read-only, by their place there.
            refused_calls: system calls that the kernel refuses to its service manager, and to
                all that comes from it, as the runtimes of containers do
                (`tests.support.machine_kernel.refuse_calls`).

        Raises:
            RootError: its tree is not in the cache and cannot be made.
        """
        self.release = release
        self.pid = 0
        self._tree = root(release)
        self.systemd_version = systemd_version(self._tree)
        self._binds = {
            "/opt/runwrap/runwrap": CHECKOUT / "runwrap",
            "/opt/runwrap/tests": CHECKOUT / "tests",
            "/opt/deps": dependencies(self._tree),
            **(binds or {}),
        }
        self._refused_calls = list(refused_calls)
        self._keeper: subprocess.Popen[bytes] | None = None
        self._log: IO[bytes] | None = None

    def __enter__(self) -> Self:
        """Boot it; return when it has come up, user manager included.

        Raises:
            MachineError: it did not come up within a minute.
        """
        scratch = cache_dir() / "scratch"
        scratch.mkdir(exist_ok=True)
        settings = {
            "name": self.release,
            "tree": str(self._tree.path),
            "scratch": str(scratch),
            "refused_calls": self._refused_calls,
            "binds": {place: str(source) for place, source in self._binds.items()},
        }
        self._log = tempfile.TemporaryFile()
        self._keeper = subprocess.Popen(
            [*_stand_alone("machine_keeper"), json.dumps(settings)],
            cwd=CHECKOUT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            # Interrupting the test run from the terminal must not interrupt the cleaning up.
            start_new_session=True,
        )
        try:
            self._await_boot(self._keeper, time.monotonic() + _BOOT_S)
            self.run(["systemctl", "start", f"user@{UID}.service"], check=True)
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End it, with every process in it, and remove its cgroups.

        Raises:
            MachineError: something of it could not be removed.
        """
        self._end()

    def popen(
        self,
        argv: Sequence[str],
        *,
        user: str | None = None,
        env: Mapping[str, str] | None = None,
        terminal: int | None = None,
        **options: Any,
    ) -> subprocess.Popen[str]:
        """Start *argv* inside, from the working directory ``/``.

        The process that is returned stands for the command: it passes signals on to it, and
        ends as it ends.

        Args:
            argv: the command, looked up in the usual directories.
            user: None for root, or ``"tester"``.
            env: added to the plain environment of that user, which holds nothing of this side's.
            terminal: a descriptor of a pseudo-terminal's follower, to be the controlling
                terminal of the command and its standard input, output and error.
            options: for :class:`subprocess.Popen`; text mode is the default.
        """
        identity = [str(UID), str(UID)] if user == USER else ["0", "0"]
        enter = _stand_alone("machine_enter")
        if terminal is not None:
            enter.append("--terminal")
            options = {"stdin": terminal, "stdout": terminal, "stderr": terminal, **options}
        options.setdefault("text", True)
        return subprocess.Popen(
            [*enter, str(self.pid), *identity, *argv],
            cwd=CHECKOUT,
            env={**_environment(user), **(env or {})},
            **options,
        )

    def run(
        self,
        argv: Sequence[str],
        *,
        user: str | None = None,
        env: Mapping[str, str] | None = None,
        text: str | None = None,
        timeout: float = _COMMAND_S,
        check: bool = False,
    ) -> subprocess.CompletedProcess[str]:
        """Run *argv* inside to its end.

        Args:
            argv: the command.
            user: None for root, or ``"tester"``, whose session variables are set then.
            env: added to the plain environment.
            text: what it reads; nothing by default.
            timeout: seconds after which it is killed.
            check: whether a status other than 0 is an error.

        Returns:
            Its exit status and all that it wrote.

        Raises:
            MachineError: *check* is set and the status is not 0, or it ran into *timeout*.
        """
        process = self.popen(
            argv,
            user=user,
            env=env,
            stdin=subprocess.PIPE if text is not None else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        with process:
            try:
                out, err = process.communicate(text, timeout)
            except subprocess.TimeoutExpired as error:
                process.kill()
                out, err = process.communicate()
                problem = f"{self.release}: {argv} did not end within {timeout:g} s"
                raise MachineError(f"{problem}\n{out}{err}") from error
            except BaseException:
                process.kill()
                raise
        done = subprocess.CompletedProcess(list(argv), process.returncode, out, err)
        if check and done.returncode != 0:
            raise MachineError(f"{self.release}: {argv} ended with {done.returncode}\n{out}{err}")
        return done

    def runwrap(
        self,
        arguments: Sequence[str],
        *,
        user: str | None = None,
        env: Mapping[str, str] | None = None,
        text: str | None = None,
        timeout: float = _COMMAND_S,
        check: bool = False,
    ) -> subprocess.CompletedProcess[str]:
        """Run ``python3 -m runwrap`` with *arguments* inside; the rest is as for :meth:`run`."""
        command = ["python3", "-m", "runwrap", *arguments]
        return self.run(command, user=user, env=env, text=text, timeout=timeout, check=check)

    def _await_boot(self, keeper: subprocess.Popen[bytes], deadline: float) -> None:
        for line in _lines(keeper, deadline):
            word, _, rest = line.partition(" ")
            if word == "pid":
                self.pid = int(rest)
            elif word == "ready":
                return
            else:
                raise MachineError(f"{self.release}: {line}\n{self._log_text()}")
        raise MachineError(f"{self.release}: not up within {_BOOT_S:g} s\n{self._log_text()}")

    def _log_text(self) -> str:
        assert self._log is not None
        self._log.seek(0)
        return self._log.read().decode(errors="replace")[-4000:]

    def _end(self) -> None:
        keeper = self._keeper
        if keeper is None or self._log is None:
            return
        assert keeper.stdin is not None
        assert keeper.stdout is not None
        self._keeper = None
        self.pid = 0
        with self._log:
            keeper.stdin.close()
            with keeper.stdout:
                status = keeper.wait(_END_S)
            if status != 0:
                raise MachineError(f"{self.release}: did not end well\n{self._log_text()}")


def _stand_alone(module: str) -> list[str]:
    """Return how to run a sibling module without third-party packages, which is quicker."""
    return [sys.executable, "-S", "-m", f"tests.support.{module}"]


def _environment(user: str | None) -> dict[str, str]:
    """Return the plain environment of *user* inside.

    Raises:
        RootError: there is no such user.
    """
    if user not in (None, "root", USER):
        raise RootError(f"{user}: there are only root and {USER}")
    name = USER if user == USER else "root"
    plain = {
        "PATH": _PATH,
        "LANG": "C.UTF-8",
        "TERM": "dumb",
        "USER": name,
        "LOGNAME": name,
        "SHELL": "/bin/bash",
        "HOME": f"/home/{USER}" if user == USER else "/root",
        "PYTHONPATH": _PYTHONPATH,
        # The checkout is read-only there; without a place to keep it, each run would compile it.
        "PYTHONPYCACHEPREFIX": f"/var/tmp/pycache-{name}",
    }
    if user == USER:
        plain["XDG_RUNTIME_DIR"] = f"/run/user/{UID}"
        plain["DBUS_SESSION_BUS_ADDRESS"] = f"unix:path=/run/user/{UID}/bus"
    return plain


def _lines(process: subprocess.Popen[bytes], deadline: float) -> Iterator[str]:
    """Yield the lines that *process* writes, until it closes its output or the *deadline*."""
    assert process.stdout is not None
    descriptor = process.stdout.fileno()
    pending = b""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    while (left := deadline - time.monotonic()) > 0:
        if not poll.poll(left * 1000):
            return
        read = os.read(descriptor, 65536)
        if not read:
            return
        *whole, pending = (pending + read).split(b"\n")
        for line in whole:
            yield line.decode(errors="replace")
