"""systemd-run of this machine and of other releases, started many times over.

systemd-run refuses to work where ``/run/systemd/system`` is missing. A helper process in a
mount namespace of its own has an empty one on a tmpfs, and starts systemd-run there for each
line that it is sent, so that thousands of starts take minutes. For another release the helper
moves into that release's root tree, which it cannot write to.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType

    from runwrap.units import Property, UnitType
    from tests.support.recorder import Recorder, StartCall

__all__ = ["OWN", "Answer", "Oracle"]

_HELPER = """
import json, os, subprocess, sys
import encodings.idna
root, nobody = sys.argv[1], 65534
if root != "/":
    os.chroot(root)
    os.chdir("/")
for line in sys.stdin:
    order = json.loads(line)
    who = nobody if order["nobody"] else 0
    done = subprocess.run(order["argv"], env=order["env"], cwd=order["cwd"], user=who, group=who,
                          extra_groups=[], stdin=subprocess.DEVNULL, capture_output=True)
    print(json.dumps([done.returncode, done.stderr.decode(errors="replace")]), flush=True)
"""

# $1 is the root tree, $2 the directory of the bus, $3 the helper.
_SETUP = """
set -e
if [ "$1" != / ]; then
    mount --bind "$1" "$1"
    mount -o remount,bind,ro "$1"
    mount --rbind /dev "$1/dev"
    mount -t proc proc "$1/proc"
fi
mount -t tmpfs -o mode=755 tmpfs "$1/run"
mkdir -p "$1/run/systemd/system" "$1/run/recorder"
mount --bind "$2" "$1/run/recorder"
exec "$0" -I -c "$3" "$1"
"""

_MODES: Final[dict[UnitType, tuple[tuple[str, ...], str]]] = {
    "service": (("--wait",), "--property="),
    "scope": (("--scope",), "--property="),
    "timer": (("--on-active=7",), "--timer-property="),
    "path": (("--path-property=PathExists=/recorded",), "--path-property="),
    "socket": (("--socket-property=ListenFIFO=/recorded",), "--socket-property="),
}
"""How systemd-run is asked for a unit of a type, and for a property of that unit."""

OWN: Final = frozenset({"Description", "AddRef", "ExecStart", "PIDs", "PIDFDs"})
"""Properties that systemd-run sends of its own accord."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What one start of systemd-run came to.

    Attributes:
        status: its exit status.
        stderr: what it said on standard error.
        call: the ``StartTransientUnit`` call that it made, or None where it made none.
    """

    status: int
    stderr: str
    call: StartCall | None


class Oracle:
    """A helper that starts one release's systemd-run; an async context manager."""

    def __init__(self, recorder: Recorder, root: Path = Path("/")) -> None:
        """Start the systemd-run of *root* against *recorder*, which must be entered already."""
        self._recorder = recorder
        self._root = root
        self._program = shutil.which("systemd-run", path=str(root / "usr/bin"))
        self._baselines: dict[UnitType, list[Property]] = {}

    async def __aenter__(self) -> Self:
        """Start the helper."""
        if self._program is None:
            raise RuntimeError("systemd-run is not installed (Debian package: systemd)")
        self._process = await asyncio.create_subprocess_exec(
            *("unshare", "--mount", "--propagation", "private"),
            *("sh", "-c", _SETUP, sys.executable),
            *(str(self._root), str(self._recorder.directory), _HELPER),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the helper and wait for it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        await self._process.wait()

    async def run(
        self,
        arguments: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
        directory: str = "/",
    ) -> Answer:
        """Start systemd-run once.

        Args:
            arguments: its arguments; ``--wait`` is put before them, for without it
                systemd-run prefers the manager's private socket to the bus.
            environment: its whole environment but for the bus's address.
            directory: its working directory.

        Returns:
            What came of it.
        """
        return await self._run(["--wait", *arguments], environment, directory, nobody=False)

    async def run_unprivileged(
        self, arguments: Sequence[str], *, environment: Mapping[str, str], directory: str
    ) -> Answer:
        """Start systemd-run once as another user than root, who has no private socket to prefer.

        For arguments and what is returned see `run`; nothing is put before *arguments*.
        """
        return await self._run(arguments, environment, directory, nobody=True)

    async def ask(self, unit_type: UnitType, assignments: Sequence[str]) -> Answer:
        """Start systemd-run for a unit of *unit_type* with *assignments*.

        Where it does not wait, root's systemd-run would not use the bus, so another user's does.
        """
        options, prefix = _MODES[unit_type]
        properties = [prefix + assignment for assignment in assignments]
        arguments = [*options, "--no-ask-password", *properties, "/bin/true"]
        return await self._run(arguments, None, "/", nobody=unit_type != "service")

    async def properties(
        self, unit_type: UnitType, assignments: Sequence[str]
    ) -> tuple[list[Property] | None, str]:
        """Return what systemd-run makes of *assignments*, and what it says.

        The properties are None where it refuses them; those that it sends without being asked,
        for the same type of unit, are left out.
        """
        if unit_type not in self._baselines:
            baseline = await self.ask(unit_type, [])
            assert baseline.call is not None, baseline.stderr
            self._baselines[unit_type] = list(baseline.call.properties)
        answer = await self.ask(unit_type, assignments)
        if answer.call is None:
            return None, answer.stderr
        left = list(answer.call.properties)
        for own in self._baselines[unit_type]:
            if own in left:
                # What is asked for stands behind what is not, but for the command.
                left.remove(own)
            else:
                left = [given for given in left if given.name != own.name or own.name not in OWN]
        return left, answer.stderr

    async def properties_of_each(
        self, unit_type: UnitType, assignments: Sequence[str]
    ) -> list[list[Property] | None]:
        """Return what systemd-run makes of each of many *assignments*, in a few starts.

        Descriptions between them tell what is made of which; where one is refused, halves are
        tried, so this pays for those that are taken.
        """
        if len(assignments) == 1:
            return [(await self.properties(unit_type, assignments))[0]]
        marks = [f"Description=mark-{index}" for index in range(len(assignments))]
        words = [word for pair in zip(assignments, marks, strict=True) for word in pair]
        left, _ = await self.properties(unit_type, words)
        if left is None:
            middle = len(assignments) // 2
            return [
                *await self.properties_of_each(unit_type, assignments[:middle]),
                *await self.properties_of_each(unit_type, assignments[middle:]),
            ]
        result: list[list[Property] | None] = []
        own: list[Property] = []
        for given in left:
            if given.name == "Description":
                result.append(own)
                own = []
            else:
                own.append(given)
        assert len(result) == len(assignments)
        return result

    async def _run(
        self,
        arguments: Sequence[str],
        environment: Mapping[str, str] | None,
        directory: str,
        *,
        nobody: bool,
    ) -> Answer:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        variables = {"PATH": "/usr/bin:/bin"} if environment is None else dict(environment)
        variables["DBUS_SYSTEM_BUS_ADDRESS"] = "unix:path=/run/recorder/socket"
        order = {
            "argv": ["/usr/bin/systemd-run", *arguments],
            "env": variables,
            "cwd": directory,
            "nobody": nobody,
        }
        before = len(self._recorder.calls)
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        await self._process.stdin.drain()
        status, stderr = json.loads(await self._process.stdout.readline())
        new = self._recorder.calls[before:]
        assert len(new) <= 1
        return Answer(status, stderr, new[0] if new else None)
