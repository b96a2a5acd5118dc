"""What the directive language accepts, real managers accept.

A unit that is made beside another one (an auxiliary unit of StartTransientUnit) is created and
loaded but not started: the manager checks all of its properties, and nothing runs.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import random
import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from runwrap.bus import Connection
from runwrap.errors import RunwrapError, UnitLostError
from runwrap.manager import Manager, unit_path
from runwrap.model import TransientUnit
from runwrap.properties import Property, unit_file
from tests.wire.cases import CASES, ROWS
from tests.wire.random_text import random_assignments
from tests.wire.test_properties import ours

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from runwrap.units import UnitType
    from tests.system.places import Place

_TRUE = [("/bin/true", ["/bin/true"], False)]
_MAIN = (
    Property("Conditions", "a(sbbs)", [("ConditionPathExists", False, True, "/")]),
    Property("ExecStart", "a(sasb)", _TRUE),
)
_NUMBERS = itertools.count()

_TIMES = 3
"""How often a case is tried whose unit is gone before it is looked at.

Now and then managers (257 and 262) drop units that were just made, several at a time and whatever
their properties are; what is wrong with a property is so every time, and has another error.
"""

_AT_ONCE = 16
"""How many calls are under way at a time."""

_SEED = 252
_PER_TYPE = 4
"""How many cases of a directive each further unit type gets."""

_ROUNDS = 12
"""How many random assignments each directive gets; about one in three is accepted."""


def _has_reason(given: Property) -> bool:
    """Tell whether a manager refuses the property for a reason beyond the language."""
    match given.name, given.value:
        case "Accept", True:
            # The service would have to be a template.
            return True
        case "Type", "dbus":
            # It wants BusName= too.
            return True
        case "BusName", _:
            # Only one unit at a time may have that name.
            return True
        case "Personality", str(value):
            # Another processor family has it.
            return value not in {"x86", "x86-64"}
        case "LogFilterPatterns", [(_, str(pattern))]:
            # A regular expression that may not be one.
            return any(char in r"\+*?()[]{}|" for char in pattern)
        case "Listen", [(_, str(address))]:
            # An interface that is not there.
            return "%" in address
        case "TimersCalendar", [(_, str(value))]:
            # A time zone that the system may not have the data of.
            return "/" in value.rpartition(" ")[2] or value[-1:].isupper() or value[-3:-2] in "+-"
        case _:
            return False


def _needed(unit_type: UnitType, given: list[Property], pid: int) -> list[Property]:
    """Return what a unit of that type cannot be without; it comes after what is *given*."""
    # Only such a service may have several commands.
    commands = any(each.name in {"ExecStart", "ExecStartEx"} for each in given)
    oneshot = [Property("Type", "s", "oneshot")] if commands else []
    return {
        "service": [
            *oneshot,
            Property("ExecStart", "a(sasb)", _TRUE),
        ],
        "scope": [Property("PIDs", "au", [pid])],
        "timer": [Property("TimersMonotonic", "a(st)", [("OnActiveSec", 3600000000)])],
        "path": [Property("Paths", "a(ss)", [("PathExists", "/nosuch")])],
        "socket": [Property("Listen", "a(ss)", [("FIFO", "/run/nosuch")])],
    }[unit_type]


async def _unit_property(connection: Connection, unit: str, name: str) -> object:
    """Read one property: all of them would take much longer, thousands of times."""
    (value,) = await connection.call(
        "org.freedesktop.systemd1",
        unit_path(unit),
        "org.freedesktop.DBus.Properties",
        "Get",
        "ss",
        "org.freedesktop.systemd1.Unit",
        name,
    )
    return value


async def _refusals(
    place: Place, pid: int, cases: Iterable[tuple[UnitType, str]]
) -> tuple[int, list[str]]:
    """Try those of the *cases* that the language accepts; count them, and tell the refusals."""
    refusals: list[str] = []
    tried = itertools.count()
    slots = asyncio.Semaphore(_AT_ONCE)

    async def attempt(unit_type: UnitType, assignment: str) -> None:
        given = ours(place.systemd, unit_type, assignment)
        if not given or any(map(_has_reason, given)):
            return
        next(tried)
        async with slots:
            for _ in range(_TIMES):
                refusal = await refusal_of(unit_type, given)
                if not refusal or "NoSuchUnit" not in refusal:
                    break
            if refusal:
                refusals.append(f"{unit_type} {assignment!r}: {refusal}")

    async def refusal_of(unit_type: UnitType, given: list[Property]) -> str:
        name = f"language-{next(_NUMBERS)}"
        properties = (Property("AddRef", "b", True), *given, *_needed(unit_type, given, pid))
        tested = TransientUnit(f"{name}.{unit_type}", properties)
        # A timer, a path and a socket want the service of their name.
        main = TransientUnit(f"{name}.service", _MAIN)
        if unit_type in {"service", "scope"}:
            main = TransientUnit(f"{name}-main.service", _MAIN)
        try:
            await manager.start_transient_unit(main, aux=(tested,))
            state = await _unit_property(connection, tested.name, "LoadState")
            error = await _unit_property(connection, tested.name, "LoadError")
            with contextlib.suppress(UnitLostError):
                await manager.unref_unit(tested.name)
        except RunwrapError as refusal:
            return str(refusal)
        return "" if state == "loaded" else str(error)

    connection = await Connection.open(place.bus_address, lambda signal: None)
    try:
        async with Manager(place.bus_address) as manager, asyncio.TaskGroup() as group:
            for unit_type, assignment in cases:
                group.create_task(attempt(unit_type, assignment))
    finally:
        await connection.close()
    return next(tried), refusals


def _every_case() -> list[tuple[UnitType, str]]:
    cases = [case for row in ROWS for case in CASES[row.group, row.name]]
    return [(case.unit_type, case.assignment) for case in cases]


def _other_unit_types() -> list[tuple[UnitType, str]]:
    return [
        (unit_type, case.assignment)
        for row in ROWS
        for unit_type in sorted(row.unit_types)
        for case in CASES[row.group, row.name][:_PER_TYPE]
        if unit_type is not case.unit_type
    ]


def _random_cases() -> list[tuple[UnitType, str]]:
    # The same ones every time, so that a failure can be looked into.
    dice = random.Random(_SEED)
    return [case for _ in range(_ROUNDS) for case in random_assignments(dice)]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("cases", [_every_case, _other_unit_types, _random_cases])
def test_what_the_language_accepts_the_manager_accepts(
    place: Place, cases: Callable[[], list[tuple[UnitType, str]]]
) -> None:
    # A scope wants a process to begin with, by the number that the manager knows it by.
    sleeper = place.popen(["sh", "-c", "echo $$; exec sleep 600"], stdout=subprocess.PIPE)
    with sleeper:
        try:
            assert sleeper.stdout is not None
            pid = int(sleeper.stdout.readline())
            tried, refusals = asyncio.run(_refusals(place, pid, cases()))
        finally:
            sleeper.terminate()
    assert refusals == [], "\n".join(refusals)
    assert tried > (400 if cases is _other_unit_types else 1000)


_VERIFY = """
import json, subprocess, sys, tempfile
with tempfile.TemporaryDirectory(prefix="runwrap-verify-", dir="/run") as directory:
    for name, text in json.load(sys.stdin).items():
        with open(f"{directory}/{name}", "w", encoding="utf-8") as file:
            file.write(text)
    names = sorted({name.rpartition(".")[0] for name in __import__("os").listdir(directory)})
    for start in range(0, len(names), 300):
        files = [path for name in names[start:start + 300]
                 for path in __import__("glob").glob(f"{directory}/{name}.*")]
        done = subprocess.run(["systemd-analyze", "verify", "--man=no", *files],
                              capture_output=True, text=True)
        print(done.stderr)
"""

_COMPLAINT = re.compile(r"/(v\d+)\.\w+:\d+: (.*)")

_TOLERATED = (
    # It is read, and discouraged.
    "Unit uses ",
    # What only the machine can tell: it has calls, or a systemd, that are older than the language.
    "Failed to parse system call, ignoring: ",
    "Unknown key 'AssertFirmware'",
    # It says what it is: that it has no effect.
    "PressureWatch=, ignoring: Invalid argument",
    "The user namespace cannot be delegated",
    "Duplicate LUO session name",
    "so this timer will never elapse",
)
"""Complaints about lines that are right."""


_SHARES = ("embedded", "trixie", "forky")


def test_unit_files_of_what_the_language_accepts(place: Place) -> None:
    """systemd-analyze reads each line of the unit files without ignoring one.

    Each release reads its share of them: they are the lines that the managers were given above.
    """
    files: dict[str, str] = {}
    assignments: dict[str, str] = {}
    for unit_type, assignment in _every_case()[_SHARES.index(place.name) :: len(_SHARES)]:
        given = ours(place.systemd, unit_type, assignment)
        if not given or unit_type == "scope" or any(map(_has_reason, given)):
            continue
        name = f"v{len(assignments)}"
        assignments[name] = assignment
        files[f"{name}.{unit_type}"] = unit_file(unit_type, [*given, *_needed(unit_type, given, 1)])
        if unit_type != "service":
            files[f"{name}.service"] = unit_file("service", _MAIN)
    done = place.run(place.python, "-c", _VERIFY, text=json.dumps(files), timeout=300)
    assert done.returncode == 0, done.stderr
    complaints = [
        f"{assignments[match[1]]!r}: {match[2]}"
        for match in map(_COMPLAINT.search, done.stdout.splitlines())
        if match is not None and not any(words in match[2] for words in _TOLERATED)
    ]
    assert complaints == [], "\n".join(complaints)
    assert len(assignments) > 1000
