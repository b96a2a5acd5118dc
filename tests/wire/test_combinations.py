"""Options together: what systemd-run 262 refuses is refused, and what it sends is sent."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pytest

from runwrap.cli.arguments import read_arguments
from runwrap.cli.managers import address_of
from runwrap.cli.options import options as options_of_the_table
from runwrap.cli.request import Surroundings
from runwrap.errors import ConnectionLostError, RunwrapError, UsageError
from runwrap.plan import prepare
from tests.support.command_lines import request_from
from tests.support.recorder import Recorder
from tests.support.roots import root
from tests.wire.oracle import Answer, Oracle

if TYPE_CHECKING:
    from collections.abc import Iterable

    from runwrap.plan import Plan
    from runwrap.units import Property

ENVIRONMENT: Final = {"PATH": "/usr/bin:/bin", "SHELL": "/bin/bash"}
DIRECTORY: Final = "/usr"

OPTIONS: Final = (
    *("--scope", "--unit=foo", "--property=MemoryMax=1G", "--description=x", "--slice=x"),
    *("--expand-environment=no", "--no-block", "--remain-after-exit", "--wait", "--send-sighup"),
    *("--service-type=exec", "--uid=0", "--gid=0", "--nice=1", "--working-directory=/usr/lib"),
    *("--same-dir", "--root-directory=", "--same-root-dir", "--setenv=A=b", "--pty"),
    *("--pty-late", "--pipe", "--quiet", "--verbose", "--output=cat", "--json=short"),
    *("--json=off", "--collect", "--shell", "--job-mode=replace", "--ignore-failure"),
    *("--background=44", "--path-property=PathExists=/x", "--socket-property=ListenFIFO=/x"),
    *("--on-active=5", "--on-calendar=daily", "--on-clock-change", "--on-timezone-change"),
    *("--timer-property=OnActiveSec=1", "--timer-property=AccuracySec=1", "--user", "--system"),
    *("--host=nowhere", "--machine=.host", "--capsule=foo", "--no-ask-password", "--no-pager"),
)

_NOTHING_TO_RUN: Final = "an empty word is no command, on no system"
STRICTER: Final[dict[tuple[tuple[str, ...], tuple[str, ...]], str]] = {
    (("--host=nowhere",), ("",)): _NOTHING_TO_RUN,
    (("--machine=.host",), ("",)): _NOTHING_TO_RUN,
    (("--capsule=foo",), ("",)): _NOTHING_TO_RUN,
    (("--service-type=",), ("/bin/true",)): "every manager refuses an empty type",
    **{
        ((f"--on-{event}=",), ("/bin/true",)): "every manager refuses a timer without a time"
        for event in ("active", "boot", "startup", "unit-active", "unit-inactive")
    },
    (("--host=",), ("/bin/true",)): "there is no host without a name",
    (("--same-root-dir", "--host=nowhere"), ("/bin/true",)): "a directory here is not one there",
}
"""Combinations that systemd-run lets pass, with the reason why they are refused here."""

# What systemd-run says when a combination was fine, and something else then was not.
_LATER: Final = re.compile(
    "Failed to connect|Could not resolve|Transport endpoint|clone mount tree|getaddrinfo|ssh: "
)


def _combinations() -> Iterable[tuple[tuple[str, ...], tuple[str, ...]]]:
    for count in (1, 2):
        for options in itertools.combinations(OPTIONS, count):
            yield options, () if "--shell" in options else ("/bin/true",)
    for option in OPTIONS:
        yield (option,), ()
        yield ("--unit=foo", option), ()
        yield (option,), ("",)
    yield ("--shell",), ("/bin/true",)
    for described in options_of_the_table():
        if described.metavar and not described.own:
            # Without a value, and with an empty one.
            yield (described.long,), ()
            yield (f"{described.long}=",), ("/bin/true",)
    for trigger in ("--on-active=5", "--path-property=PathExists=/x"):
        for option in ("--uid=0", "--quiet", "--collect", "--slice=x", "--description=d"):
            yield ("--unit=foo", trigger, option), ()


COMBINATIONS: Final = tuple(dict.fromkeys(_combinations()))


def _prefixes() -> Iterable[str]:
    for option in options_of_the_table():
        if not option.own:
            for length in range(len("--") + 1, len(option.long) + 1):
                yield option.long[:length]


PREFIXES: Final = tuple(dict.fromkeys(_prefixes()))


async def test_abbreviations() -> None:
    """What is clear to getopt_long(3), and what is not, is so here."""
    wrong = []
    async with Recorder() as recorder, Oracle(recorder, root("forky").path) as oracle:
        for prefix in PREFIXES:
            # A value is too much for some: they were understood all the same.
            answer = await oracle.run_unprivileged(
                [f"{prefix}=-", "/bin/true"], environment=ENVIRONMENT, directory=DIRECTORY
            )
            try:
                read_arguments([f"{prefix}=-", "/bin/true"])
            except UsageError as error:
                is_clear = "is not clear" not in str(error)
            else:
                is_clear = True
            if is_clear == ("is ambiguous" in answer.stderr):
                wrong.append((prefix, answer.stderr))
    # These have options that their manual does not tell of, --introspect-cli and --tty.
    assert [prefix for prefix, _ in wrong] == ["--i", "--t"], wrong


@pytest.fixture(scope="module")
def answers() -> list[Answer]:
    """Ask systemd-run about every combination, in one go."""

    async def ask() -> list[Answer]:
        async with Recorder() as recorder, Oracle(recorder, root("forky").path) as oracle:
            return [
                await oracle.run_unprivileged(
                    [*options, "--", *command] if command else options,
                    environment=ENVIRONMENT,
                    directory=DIRECTORY,
                )
                for options, command in COMBINATIONS
            ]

    return asyncio.run(ask())


@pytest.fixture(autouse=True)
def _there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(DIRECTORY)


def _plan(options: tuple[str, ...], command: tuple[str, ...]) -> Plan:
    surroundings = Surroundings(environ=ENVIRONMENT, booted=True, on_terminals=False)
    request = request_from([*options, "--", *command], surroundings)
    destination = request.destination
    with contextlib.suppress(ConnectionLostError):
        address_of(destination)
    here = destination.is_here
    spec = request.spec
    if request.terminal is not None:
        spec = replace(spec, terminal="/dev/pts/0", pipe=True)
    return prepare(spec, wait=request.wait, environment=ENVIRONMENT, here=here)


def _comparable(properties: Iterable[Property]) -> list[tuple[str, str, object]]:
    """Return what is to be the same: not the reference, nor what only the program adds."""
    found = []
    for given in properties:
        if given.name in {"AddRef", "PIDFDs", "TTYPath"} or given.signature == "h":
            continue
        value = given.value
        if given.name == "Description":
            value = str(value).removeprefix("[systemd-run] ")
        found.append((given.name, given.signature, value))
    return found


@pytest.mark.parametrize(
    "index", range(len(COMBINATIONS)), ids=lambda i: " ".join(itertools.chain(*COMBINATIONS[i]))
)
def test_combination(index: int, answers: list[Answer]) -> None:
    (options, command), answer = COMBINATIONS[index], answers[index]
    accepted = answer.call is not None or _LATER.search(answer.stderr)
    reason = STRICTER.get((options, command))
    if reason or not accepted:
        assert accepted or not reason, f"systemd-run refuses it too: {answer.stderr}"
        with pytest.raises(RunwrapError):
            _plan(options, command)
        return
    plan = _plan(options, command)
    if answer.call is None:
        return
    assert plan.spec.job_mode == answer.call.mode
    assert _comparable(plan.unit.properties) == _comparable(answer.call.properties)
    assert [_comparable(unit.properties) for unit in plan.units[1:]] == [
        _comparable(properties) for _, properties in answer.call.aux
    ]
    assert plan.unit.name.rpartition(".")[2] == answer.call.name.rpartition(".")[2]
    if "--unit=foo" in options:
        assert plan.unit.name == answer.call.name
        assert [unit.name for unit in plan.units[1:]] == [name for name, _ in answer.call.aux]


def test_the_directory_is_there() -> None:
    assert os.getcwd() == DIRECTORY  # noqa: PTH109 - the text counts
