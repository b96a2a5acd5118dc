"""What systemd-run sends for whole command lines is what runwrap sends."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from runwrap.errors import RunwrapError
from runwrap.model import LaunchSpec
from runwrap.transient import names_of, transient_units
from tests.support.descriptors import descriptors
from tests.support.recorder import RECORDED_ERROR, Recorder, StartCall
from tests.wire.oracle import Answer, Oracle

if TYPE_CHECKING:
    from collections.abc import Iterable

    from runwrap.model import TransientUnit
    from runwrap.units import Property

ENVIRONMENT = {"PATH": "/usr/bin:/bin", "KNOWN": "from the caller", "LANG": "C.UTF-8"}
DIRECTORY = "/usr/share"
TRUE = ("/bin/true",)


@dataclass(frozen=True)
class Case:
    """One command line for both, and what it is as a launch specification."""

    options: tuple[str, ...]
    spec: LaunchSpec = field(default_factory=lambda: LaunchSpec(command=TRUE))
    refused: str = ""
    """Why runwrap refuses what systemd-run passes on."""

    @property
    def arguments(self) -> list[str]:
        return [*self.options, "--", *self.spec.command]


def case(*options: str, refused: str = "", command: tuple[str, ...] = TRUE, **spec: object) -> Case:
    return Case(options, replace(LaunchSpec(command=command), **spec), refused)  # type: ignore[arg-type]


NOT_A_USER = "systemd.exec(5), User=: neither a name nor a number of a user"
NOT_NORMALIZED = "every manager refuses .. in WorkingDirectory="
OTHER_TYPE = "a service is started, so the name of another unit type is a mistake"

CASES = [
    case(),
    case(command=("/bin/echo", "a b", 'c"d', "$e %f;", "", "\u00e9\n")),
    case(command=("/usr/bin/../bin/true", "x")),
    case("--pipe", pipe=True),
    case("-P", "-G", pipe=True, collect=True),
    case("--collect", collect=True),
    case("--uid=root", uid="root"),
    case("--uid=0", "--gid=0", uid="0", gid="0"),
    case("--gid=nogroup", "--uid=nosuch", uid="nosuch", gid="nogroup"),
    case("--uid=", uid=""),
    case("--gid=", gid=""),
    case("--uid=-1", uid="-1", refused=NOT_A_USER),
    case("--uid=a:b", uid="a:b", refused=NOT_A_USER),
    case("--gid=65535", gid="65535", refused=NOT_A_USER),
    case("--nice=5", nice=5),
    case("--nice=0", nice=0),
    case("--nice=-20", nice=-20),
    case("--nice=20", nice=20),
    case("--nice=-21", nice=-21),
    case("-E", "A=b", setenv=("A=b",)),
    case("-E", "A=", setenv=("A=",)),
    case("-E", "A=b c\n\t\u00e9=", setenv=("A=b c\n\t\u00e9=",)),
    case("-E", "KNOWN", setenv=("KNOWN",)),
    case("-E", "UNKNOWN", setenv=("UNKNOWN",)),
    case("-E", "A=1", "-E", "B=2", "-E", "A=3", setenv=("A=1", "B=2", "A=3")),
    case("-E", "KNOWN=x", "-E", "KNOWN", setenv=("KNOWN=x", "KNOWN")),
    case("-E", "=x", setenv=("=x",)),
    case("-E", "", setenv=("",)),
    case("-E", "1A=x", setenv=("1A=x",)),
    case("-E", "A-B=x", setenv=("A-B=x",)),
    case("-E", "A B=x", setenv=("A B=x",)),
    case("-E", "\u00e9=x", setenv=("\u00e9=x",)),
    case("-d", working_directory=DIRECTORY),
    case("--working-directory=/tmp", working_directory="/tmp"),
    case("--working-directory=/", working_directory="/"),
    case("--working-directory=/a/b..//c/./", working_directory="/a/b..//c/./"),
    case("--working-directory=/a/../b", working_directory="/a/../b", refused=NOT_NORMALIZED),
    case("--working-directory=/a b/%h", working_directory="/a b/%h"),
    case("--service-type=oneshot", service_type="oneshot"),
    case("--service-type=exec", service_type="exec"),
    case("--service-type=notify-reload", service_type="notify-reload"),
    case("--service-type=bogus", service_type="bogus", refused="no such type"),
    case("--service-type=Exec", service_type="Exec", refused="no such type"),
    case("--description=", description=""),
    case("--description= a\nb \u00e9", description=" a\nb \u00e9"),
    case("--description=a", "-p", "Description=b", description="a", properties=("Description=b",)),
    case("--slice=foo", slice="foo"),
    case("--slice=foo.slice", slice="foo.slice"),
    case("--slice=a-b", slice="a-b"),
    case("--slice=a.b", slice="a.b"),
    case("--slice=-", slice="-"),
    case("--slice=", slice=""),
    case("--slice=a b/c", slice="a b/c"),
    case("--slice=\u00e9", slice="\u00e9"),
    case("--slice=" + "x" * 250, slice="x" * 250),
    case("--slice=foo.service", slice="foo.service", refused=OTHER_TYPE),
    case("--slice=/x/y", slice="/x/y", refused=OTHER_TYPE),
    case("--slice=a--b", slice="a--b", refused="systemd.slice(5): no empty part"),
    case("--slice=a@b", slice="a@b", refused="a slice has no instances"),
    case("--slice=a", "-p", "Slice=b.slice", slice="a", properties=("Slice=b.slice",)),
    *(
        case("-u", name, unit=name)
        for name in (
            *("foo", "foo.service", "foo.bar", "foo@bar", "foo@bar.service", "a-b", "a:b_c.d"),
            *("a b", "a/b", "foo@a/b", "foo@a b", "\u00e9", "a%b", "a\\x20b", "a\\b", "a*b", "a?b"),
            *("a'b", 'a"b', "a\tb", "~x", "a,b", "-", ".", "..", ".service", "foo.SERVICE"),
            *("foo..service", "foo@@bar", "foo.service.service", "x" * 247, "x" * 248, "", "@x"),
        )
    ),
    *(
        case("-u", name, unit=name, refused=OTHER_TYPE)
        for name in ("foo.scope", "foo.slice", "foo.mount", "/dev/sda", "/srv/x", "/", "a.target")
    ),
    case("-u", "foo@.service", unit="foo@.service", refused="a template cannot be started"),
    case(
        *("-p", "IPAccounting=yes", "-p", "Nice=3", "-p", "Environment=B=2", "-p", "User=x"),
        *("--pipe", "--uid=root", "--gid=root", "--nice=5", "-E", "A=b", "--slice=foo", "-G"),
        *("--working-directory=/tmp", "--service-type=oneshot", "--description=d d", "-u", "all"),
        properties=("IPAccounting=yes", "Nice=3", "Environment=B=2", "User=x"),
        pipe=True,
        uid="root",
        gid="root",
        nice=5,
        setenv=("A=b",),
        slice="foo",
        collect=True,
        working_directory="/tmp",
        service_type="oneshot",
        description="d d",
        unit="all",
    ),
]


@pytest.fixture(scope="module")
def answers() -> list[Answer]:
    """Ask systemd-run about every case, in one go."""

    async def ask() -> list[Answer]:
        async with Recorder() as recorder, Oracle(recorder) as oracle:
            return [
                await oracle.run(each.arguments, environment=ENVIRONMENT, directory=DIRECTORY)
                for each in CASES
            ]

    return asyncio.run(ask())


def _unit_of(spec: LaunchSpec) -> TransientUnit:
    (unit,) = transient_units(
        spec,
        names=names_of(spec),
        executable=spec.command[0],
        add_ref=True,
        environment=ENVIRONMENT,
    )
    return unit


def _without_descriptors(properties: Iterable[Property]) -> list[Property]:
    """Return the *properties* with all descriptors alike; their numbers are each sender's own."""
    return [given.replace(value=None) if given.signature == "h" else given for given in properties]


@pytest.mark.parametrize("index", range(len(CASES)), ids=lambda i: " ".join(CASES[i].options)[:60])
def test_pure_core(index: int, answers: list[Answer]) -> None:
    """The pure functions make the unit that systemd-run makes."""
    each, answer = CASES[index], answers[index]
    assert not (each.refused and answer.call is None), "systemd-run refuses it too"
    if each.refused or answer.call is None:
        with pytest.raises(RunwrapError):
            _unit_of(each.spec)
        return
    unit = _unit_of(each.spec)
    assert _without_descriptors(unit.properties) == _without_descriptors(answer.call.properties)
    assert answer.call.aux == ()
    assert answer.call.descriptors == (3 if each.spec.pipe else 0)
    if each.spec.unit is not None:
        assert unit.name == answer.call.name


@dataclass(frozen=True)
class Outcome:
    """What one start of runwrap came to."""

    status: int
    stderr: str
    calls: tuple[StartCall, ...]


async def _run_runwrap(arguments: list[str], directory: str) -> Outcome:
    """Start runwrap against a recorder of its own."""
    async with Recorder() as recorder:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "runwrap", "--wait", *arguments),
            cwd=directory,
            env={
                **ENVIRONMENT,
                "DBUS_SYSTEM_BUS_ADDRESS": recorder.address,
                # As systemd-run has it; what is added to examine a unit has tests of its own.
                "RUNWRAP_ENFORCE": "off",
                "PYTHONPATH": str(Path(__file__).parents[2]),
            },
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        _, stderr = await process.communicate()
        assert process.returncode is not None
        return Outcome(process.returncode, stderr.decode(), tuple(recorder.calls))


PROGRAM_CASES = [
    *(
        each
        for each in CASES
        if not each.refused and len(each.options) != 2 and "notify-reload" not in str(each.options)
    ),
    case("--service-type=notify-reload", refused="it came with systemd 253, the recorder is 252"),
    *(each for each in CASES if each.options[:1] == ("-E",)),
    case("-u", "a b/c", unit="a b/c"),
    case("-u", "foo.scope", unit="foo.scope", refused=OTHER_TYPE),
    case("--same-dir"),
    case("--working-directory=doc"),
    case(command=("true",)),
    # Another tree: the program is not looked for here.
    case("-p", "RootDirectory=/other", command=("only", "a")),
    case("-p", "RootImage=/other.raw", command=("/only",)),
    case("-p", "RootDirectory=", command=("nosuchcommand",), refused="there is no other tree"),
    case(command=("sh", "-c", "exit $1", "sh", "3")),
    case(command=("nosuchcommand",)),
    case(command=("./nosuchcommand",)),
    case(command=("../bin/true",)),
    case(command=("/usr",)),
    case("-p", "IPAddressDeny=any", "-p", "IPAddressAllow=localhost"),
    case("-p", "ProtectSystem=strict", "-p", "MemoryMax=1.5G", "-p", "RuntimeMaxSec=5min 2s"),
    case("-p", "MemoryMax=lots"),
    case("-p", "NoSuchDirective=1"),
]
"""Command lines for the program itself; a start takes long, so they are fewer."""


@pytest.mark.parametrize("each", PROGRAM_CASES, ids=lambda each: " ".join(each.arguments)[:60])
async def test_program(each: Case) -> None:
    """``python -m runwrap`` makes the call that systemd-run makes, or refuses what it refuses."""
    async with Recorder() as recorder, Oracle(recorder) as oracle:
        answer = await oracle.run(each.arguments, environment=ENVIRONMENT, directory=DIRECTORY)
    ours = await _run_runwrap(each.arguments, DIRECTORY)
    assert ours.status == 1, ours.stderr
    assert "Traceback" not in ours.stderr
    if each.refused or answer.call is None:
        assert ours.calls == (), ours.stderr
        assert answer.status == 1
        return
    (call,) = ours.calls
    assert _without_descriptors(call.properties) == _without_descriptors(answer.call.properties)
    assert (call.mode, call.aux) == (answer.call.mode, answer.call.aux)
    assert call.descriptors == answer.call.descriptors
    if "-u" in each.options:
        assert call.name == answer.call.name
    else:
        assert call.name.startswith("run-")
        assert call.name.endswith(".service")


def _children() -> set[str]:
    tasks = Path("/proc/self/task").iterdir()
    return {pid for task in tasks for pid in (task / "children").read_text().split()}


async def test_recorder_leaves_nothing() -> None:
    """The bus's process and directory are gone after use, and its descriptors are closed."""
    before = descriptors()
    others = _children()
    async with Recorder() as recorder, Oracle(recorder) as oracle:
        children = _children() - others
        assert len(children) == 2
        socket = Path(recorder.address.split("path=")[1].split(",", maxsplit=1)[0])
        assert socket.is_socket()
        answer = await oracle.run(["--pipe", "/bin/true"])
        assert answer.call is not None
        assert answer.call.descriptors == 3
        assert "The call was recorded." in answer.stderr
    assert RECORDED_ERROR.startswith("org.freedesktop.systemd1.")
    assert not socket.parent.exists()
    assert descriptors() == before
    assert not children & _children()
