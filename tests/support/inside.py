"""Running runwrap where the manager's units run, and systemd-run beside it.

`Place.runwrap` starts runwrap on this side where it can, which is no place for scopes: their
processes must be ones of the manager.
"""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.support.tty import runwrap_argv

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.system.places import Place

__all__ = ["Both", "both", "inside", "popen_inside", "programs", "run_both", "unit_files", "within"]


class Both(NamedTuple):
    """What came of the same command line for two programs."""

    ours: subprocess.CompletedProcess[str]
    theirs: subprocess.CompletedProcess[str]


def programs(place: Place) -> tuple[list[str], list[str]]:
    """Return how to start runwrap, as systemd-run where restrictions go, and systemd-run."""
    # Both see the same environment.
    environment = ["env", "RUNWRAP_ENFORCE=off"]
    return [*environment, *runwrap_argv(place)], [*environment, "systemd-run"]


def popen_inside(
    place: Place,
    *arguments: str,
    user: str | None = None,
    env: Mapping[str, str] | None = None,
    **streams: Any,
) -> subprocess.Popen[str]:
    """Start runwrap inside *place*; its streams are pipes, and standard input is empty."""
    streams = {
        "stdin": subprocess.DEVNULL,
        "stdout": subprocess.PIPE,
        "stderr": subprocess.PIPE,
        **streams,
    }
    return place.popen([*runwrap_argv(place), *arguments], user=user, env=env, **streams)


def inside(
    place: Place,
    *arguments: str,
    user: str | None = None,
    env: Mapping[str, str] | None = None,
    timeout: float = 30,
) -> subprocess.CompletedProcess[str]:
    """Run runwrap inside *place* to its end."""
    return _finished(popen_inside(place, *arguments, user=user, env=env), timeout)


def run_both(
    place: Place,
    ours: Sequence[str],
    theirs: Sequence[str],
    *,
    user: str | None = None,
    env: Mapping[str, str] | None = None,
    timeout: float = 30,
) -> Both:
    """Run two commands inside *place* at the same time."""
    started = [
        place.popen(
            argv,
            user=user,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for argv in (ours, theirs)
    ]
    return Both(*[_finished(process, timeout) for process in started])


def both(
    place: Place,
    *arguments: str,
    user: str | None = None,
    env: Mapping[str, str] | None = None,
    timeout: float = 30,
) -> Both:
    """Run runwrap and systemd-run with the same *arguments* at the same time.

    ``UNIT`` in the arguments is a name that is another one for each of them.
    """
    commands = [
        [*argv, *(argument.replace("UNIT", name) for argument in arguments)]
        for argv, name in zip(programs(place), ("modes-ours", "modes-theirs"), strict=True)
    ]
    return run_both(place, *commands, user=user, env=env, timeout=timeout)


def within(place: Place, script: str) -> Both:
    """Run the shell *script* inside *place* with ``"$@"`` standing for each of the programs."""
    return run_both(place, *(["sh", "-c", script, "sh", *argv] for argv in programs(place)))


def unit_files(place: Place, name: str, *, user: str | None = None) -> dict[str, str]:
    """Return the transient unit files of the units *name*, by suffix, without what must differ.

    That is the unit's own name, and ``Description=``.
    """
    directory = "/run/systemd/transient" if user is None else "$XDG_RUNTIME_DIR/systemd/transient"
    script = f'cd {directory} && for file in {name}.*; do echo "== $file"; cat "$file"; done'
    done = place.run("sh", "-c", script, user=user)
    assert done.returncode == 0, done.stderr
    found = {}
    for part in done.stdout.split("== ")[1:]:
        file, _, text = part.partition("\n")
        text = re.sub(r"^Description=.*\n", "", text, flags=re.MULTILINE)
        found[file.rpartition(".")[2]] = text.replace(name, "NAME")
    return found


def _finished(process: subprocess.Popen[str], timeout: float) -> subprocess.CompletedProcess[str]:
    with process:
        try:
            out, err = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            raise AssertionError(f"{process.args!r} took too long: {out!s}{err!s}") from None
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)
