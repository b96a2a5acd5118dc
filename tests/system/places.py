"""The places that the core tests run in: each has a real service manager and a network of its own.

``embedded`` is the private manager of this machine's systemd; the others are whole systems of
other Debian releases. A place runs commands, runwrap and systemd-run, all three against the
same manager.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from abc import ABC, abstractmethod
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Self

from tests.support.machine import Machine

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["EmbeddedPlace", "MachinePlace", "Place", "until"]

CHECKOUT = Path(__file__).resolve().parents[2]

_HOLDER = """
import asyncio, json, sys
from runwrap.embedded import EmbeddedManager

async def hold():
    async with EmbeddedManager() as manager:
        print(json.dumps({
            "pid": manager.pid,
            "address": manager.bus_address,
            "absent": dict(manager.absent_controllers),
        }), flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)

asyncio.run(hold())
"""


class Place(ABC):
    """A real service manager, and how to do things beside it.

    Attributes:
        name: what the tests call it.
        pid: the manager's process, as seen from here.
        bus_address: the D-Bus address of its bus, usable from here.
        systemd: the major version of its systemd.
        python: an interpreter that the manager's units can run.
    """

    name: str
    pid: int
    bus_address: str
    systemd: int
    python: str

    @abstractmethod
    def popen(
        self,
        argv: Sequence[str],
        *,
        user: str | None = None,
        env: Mapping[str, str] | None = None,
        **streams: Any,
    ) -> subprocess.Popen[str]:
        """Start a command that sees what the manager's units see, without being one of them."""

    @abstractmethod
    def popen_runwrap(
        self, *arguments: str, user: str | None = None, **streams: Any
    ) -> subprocess.Popen[str]:
        """Start runwrap, talking to this place's manager."""

    def run(
        self, *argv: str, user: str | None = None, timeout: float = 60, text: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end; for arguments see `popen`."""
        return _finish(self.popen(argv, user=user, stdin=_stdin(text), **_CAPTURE), text, timeout)

    def runwrap(
        self,
        *arguments: str,
        user: str | None = None,
        timeout: float = 60,
        text: str | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run runwrap to its end; for arguments see `popen_runwrap`."""
        return _finish(
            self.popen_runwrap(*arguments, user=user, stdin=_stdin(text), **_CAPTURE),
            text,
            timeout,
        )

    def report(
        self, *arguments: str, user: str | None = None, timeout: float = 60
    ) -> dict[str, Any]:
        """Run runwrap quietly and return its report."""
        done = self.runwrap("-q", "--report=-", *arguments, user=user, timeout=timeout)
        assert done.stdout, done.stderr
        document = json.loads(done.stdout)
        assert isinstance(document, dict)
        assert document["exit_status"] == done.returncode
        return document

    def systemd_run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run this place's own systemd-run."""
        return self.run("systemd-run", *arguments)

    def in_network(self, *argv: str, **streams: Any) -> subprocess.Popen[str]:
        """Start one of this machine's commands in the place's network."""
        return subprocess.Popen(
            ["nsenter", "--target", str(self.pid), "--net", "--", *argv], text=True, **streams
        )

    def units(self, pattern: str = "run-*.service") -> list[str]:
        """Return the names of the loaded units that match *pattern*."""
        done = self.run("systemctl", "list-units", "--all", "--plain", "--no-legend", pattern)
        assert done.returncode == 0, done.stderr
        return [line.split()[0] for line in done.stdout.splitlines()]

    def show(self, unit: str, name: str) -> str:
        """Return one property of a unit, as systemctl prints it."""
        return self.run("systemctl", "show", "--value", "-p", name, unit).stdout.strip()


_CAPTURE: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}


def _stdin(text: str | None) -> int:
    return subprocess.DEVNULL if text is None else subprocess.PIPE


def _finish(
    process: subprocess.Popen[str], text: str | None, timeout: float
) -> subprocess.CompletedProcess[str]:
    with process:
        try:
            out, err = process.communicate(text, timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            raise AssertionError(
                f"{process.args!r} took over {timeout} s: {out!s}{err!s}"
            ) from None
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)


class EmbeddedPlace(Place):
    """An embedded manager in a network namespace of its own; a context manager."""

    name = "embedded"
    python = sys.executable

    def __init__(self) -> None:
        """Prepare the place; nothing is started yet."""
        self._holder: subprocess.Popen[str] | None = None
        self.absent: dict[str, str] = {}

    def __enter__(self) -> Self:
        """Start the manager."""
        self._holder = subprocess.Popen(
            [
                *("unshare", "--net", "--kill-child", "--"),
                *("sh", "-c", 'ip link set lo up && exec "$@"', "sh"),
                *(sys.executable, "-c", _HOLDER),
            ],
            cwd=CHECKOUT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        line = _stream(self._holder.stdout).readline()
        assert line, "the embedded manager did not start"
        told = json.loads(line)
        self.pid = told["pid"]
        self.bus_address = told["address"]
        self.absent = told["absent"]
        self.systemd = systemd_version(self.run("systemctl", "--version").stdout)
        return self

    def __exit__(self, *_: object) -> None:
        """End the manager and everything under it."""
        assert self._holder is not None
        self._holder.communicate(timeout=20)

    def popen(
        self,
        argv: Sequence[str],
        *,
        user: str | None = None,
        env: Mapping[str, str] | None = None,
        **streams: Any,
    ) -> subprocess.Popen[str]:
        """Enter the manager's namespaces; users other than root have no manager here."""
        assert user is None
        path = self.bus_address.partition(f"/proc/{self.pid}/root")[2]
        return subprocess.Popen(
            [sys.executable, "-m", "tests.support.machine_enter", str(self.pid), "0", "0", *argv],
            cwd=CHECKOUT,
            env={**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={path}", **(env or {})},
            text=True,
            **streams,
        )

    def popen_runwrap(
        self, *arguments: str, user: str | None = None, **streams: Any
    ) -> subprocess.Popen[str]:
        """Start runwrap on this machine, with the manager's bus in the environment."""
        assert user is None
        return subprocess.Popen(
            [sys.executable, "-m", "runwrap", *arguments],
            cwd=CHECKOUT,
            env={**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": self.bus_address},
            text=True,
            **streams,
        )


class MachinePlace(Place):
    """A whole Debian system of another release; a context manager."""

    python = "/usr/bin/python3"

    def __init__(self, release: str, *, refused_calls: Sequence[str] = ()) -> None:
        """Prepare the system of *release*; nothing is started yet.

        Args:
            release: Debian's code name.
            refused_calls: see `Machine`.
        """
        self.name = release
        self._machine = Machine(release, refused_calls=refused_calls)

    def __enter__(self) -> Self:
        """Boot it."""
        self._machine.__enter__()
        self.pid = self._machine.pid
        self.bus_address = f"unix:path=/proc/{self.pid}/root/run/dbus/system_bus_socket"
        self.systemd = systemd_version(self.run("systemctl", "--version").stdout)
        return self

    def __exit__(self, *_: object) -> None:
        """Power it off."""
        self._machine.__exit__(None, None, None)

    def popen(
        self,
        argv: Sequence[str],
        *,
        user: str | None = None,
        env: Mapping[str, str] | None = None,
        **streams: Any,
    ) -> subprocess.Popen[str]:
        """Start a command in the system, as root or as *user*."""
        return self._machine.popen(list(argv), user=user, env=env, **streams)

    def popen_runwrap(
        self, *arguments: str, user: str | None = None, **streams: Any
    ) -> subprocess.Popen[str]:
        """Start runwrap with the system's own Python."""
        command = ["python3", "-m", "runwrap", *arguments]
        return self._machine.popen(command, user=user, **streams)


def systemd_version(text: str) -> int:
    """Return the major version out of what ``systemctl --version`` prints."""
    return int(text.split()[1])


def are_gone(place: Place, before: list[str], pattern: str = "run-*.service") -> None:
    """Wait until new units are unloaded, which the manager does when it has nothing else to do.

    Args:
        place: where.
        before: the units that may stay.
        pattern: of the names that count.
    """
    for _ in range(100):
        if set(place.units(pattern)) <= set(before):
            return
    raise AssertionError(place.units(pattern))


def until(place: Place, unit: str, name: str, value: str) -> None:
    """Wait until a property of a unit has a value; the manager has no other way to be asked."""
    for _ in range(100):
        if place.show(unit, name) == value:
            return
    raise AssertionError(f"{unit}: {name} is {place.show(unit, name)}, not {value}")


def _stream(stream: IO[str] | None) -> IO[str]:
    assert stream is not None
    return stream
