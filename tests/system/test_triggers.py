"""Timers, paths and sockets that start a command, on real managers, beside systemd-run's."""

from __future__ import annotations

import re
import socket
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from tests.support.inside import both, inside, unit_files
from tests.system.places import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.system.places import EmbeddedPlace, MachinePlace, Place

USER = "tester"

# What does not depend on the version of the manager is tried where systemd-run is the newest;
# or also where it is the oldest, and the manager a private one.
_NEWEST = pytest.mark.parametrize("place", ["forky"], indirect=True)
_TWO = pytest.mark.parametrize("place", ["embedded", "forky"], indirect=True)

_OURS = "modes-ours"
_THEIRS = "modes-theirs"


@pytest.fixture(autouse=True)
def _tidy(request: pytest.FixtureRequest) -> Iterator[None]:
    """Stop what a test has started, and see that nothing is left."""
    yield
    for name in ("place", "whole_system"):
        if name in request.fixturenames:
            place: Place = request.getfixturevalue(name)
            place.run("sh", "-c", "systemctl stop 'modes-*' 'run-*.timer'; rm -f /run/modes-*")
            place.run("systemctl", "reset-failed", "modes-*")
            assert _left(place) == []


def _left(place: Place) -> list[str]:
    return [unit for unit in place.units("modes-*") if not unit.endswith(".slice")]


def _wait(condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + 15
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.02)
    raise AssertionError(what)


def _exists(place: Place, path: str) -> bool:
    return place.run("test", "-e", path).returncode == 0


@pytest.mark.parametrize(
    "options",
    [
        (
            *("--on-active=1h", "--on-boot=9000h", "--on-startup=9000h 2min"),
            *("--on-unit-active=1h", "--on-unit-inactive=2h", "--on-calendar=daily"),
            *("--on-calendar=2090-01-01", "-r", "--send-sighup", "-G"),
        ),
        (
            *("--on-clock-change", "--on-timezone-change", "--slice=modes-below", "--uid=nobody"),
            *("--timer-property=AccuracySec=1us", "-p", "OOMScoreAdjust=3"),
            *("--timer-property=WakeSystem=no", "--timer-property=RandomizedDelaySec=1ms"),
        ),
        (
            "--path-property=PathExists=/nonexistent",
            "--path-property=PathChanged=/run",
            "-E",
            "A=b",
        ),
        (
            *("--socket-property=ListenStream=/run/modes-UNIT", "--socket-property=Backlog=5"),
            *("--working-directory=/usr", "--service-type=oneshot", "--nice=4"),
        ),
    ],
    ids=lambda options: options[0].partition("=")[0],
)
def test_unit_files_are_systemd_runs(place: Place, options: tuple[str, ...]) -> None:
    ours, theirs = both(place, *options, "-u", "UNIT", "true", "$HOME")
    assert (ours.returncode, theirs.returncode) == (0, 0), (ours.stderr, theirs.stderr)
    files = unit_files(place, _OURS)
    assert files == unit_files(place, _THEIRS)
    (kind,) = files.keys() - {"service"}
    # What is said before that of systemd-run, and how it ends, are our own.
    assert ours.stderr.splitlines()[:2] == [
        f"Running {kind} as unit: {_OURS}.{kind}",
        f"Will run service as unit: {_OURS}.service",
    ]
    if place.systemd >= 257:
        assert theirs.stderr.replace(_THEIRS, _OURS).splitlines() == ours.stderr.splitlines()[:2]


@_TWO
@pytest.mark.parametrize(
    "option",
    ["--on-active=100ms", "--on-boot=1s", "--on-startup=1s", "--on-calendar=*:*:0/1"],
)
def test_timers_start_the_command(place: Place, option: str) -> None:
    done = inside(
        place,
        *(option, "--timer-property=AccuracySec=1ms", "-u", _OURS, "-E", "TO=/run/modes-made"),
        *("touch", "${TO}"),
    )
    assert done.returncode == 0, done.stderr
    assert "past" not in done.stderr
    _wait(lambda: _exists(place, "/run/modes-made"), "the command was not started")
    if not option.startswith("--on-calendar"):
        until(place, f"{_OURS}.timer", "LoadState", "not-found")


@_NEWEST
def test_timers_that_follow_the_service(place: Place) -> None:
    """Once it has run for another reason, it is run again and again."""
    done = inside(
        place,
        *("--on-active=1ms", "--on-unit-active=100ms", "--on-unit-inactive=100ms"),
        *("--timer-property=AccuracySec=1ms", "-u", _OURS, "sh", "-c", "echo >> /run/modes-count"),
    )
    assert done.returncode == 0, done.stderr

    def count() -> int:
        return place.run("cat", "/run/modes-count").stdout.count("\n")

    _wait(lambda: count() >= 3, "the command was not started three times")


def test_a_change_of_the_time_zone(whole_system: MachinePlace) -> None:
    """The machine's own zone: a link in its own tree."""
    done = inside(whole_system, "--on-timezone-change", "-u", _OURS, "touch", "/run/modes-made")
    assert done.returncode == 0, done.stderr
    assert not _exists(whole_system, "/run/modes-made")
    whole_system.run("ln", "-sfn", "/usr/share/zoneinfo/Etc/GMT+3", "/etc/localtime.new")
    try:
        whole_system.run("mv", "-T", "/etc/localtime.new", "/etc/localtime")
        _wait(lambda: _exists(whole_system, "/run/modes-made"), "the command was not started")
    finally:
        whole_system.run("ln", "-sfn", "/usr/share/zoneinfo/Etc/UTC", "/etc/localtime")


@_TWO
def test_paths_start_the_command(place: Place) -> None:
    done = inside(
        place,
        *("--path-property=PathExists=/run/modes-there", "-u", _OURS),
        *("sh", "-c", "rm /run/modes-there; touch /run/modes-made"),
    )
    assert done.returncode == 0, done.stderr
    assert place.show(f"{_OURS}.path", "SubState") == "waiting"
    place.run("touch", "/run/modes-there")
    _wait(lambda: _exists(place, "/run/modes-made"), "the command was not started")


@_TWO
@pytest.mark.parametrize("accept", [False, True], ids=["one", "each"])
def test_sockets_start_the_command(place: Place, accept: bool) -> None:
    path = "/run/modes-socket"
    script = "echo hello; cat" if accept else "echo served > /run/modes-made; sleep 30"
    streams = ["-p", "StandardInput=socket", "-p", "StandardOutput=socket"] if accept else []
    unit = f"{_OURS}@.service" if accept else _OURS
    options = ["--socket-property=Accept=yes"] if accept else []
    done = inside(
        place,
        *(f"--socket-property=ListenStream={path}", *options, "-u", unit, *streams),
        *("sh", "-c", script),
    )
    if accept:
        theirs = place.systemd_run(
            f"--socket-property=ListenStream={path}-2", *options, "-u", unit, "true"
        )
        assert done.returncode == theirs.returncode, (done.stderr, theirs.stderr)
        return
    assert done.returncode == 0, done.stderr
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(f"/proc/{place.pid}/root{path}")
        _wait(lambda: _exists(place, "/run/modes-made"), "the command was not started")
    place.run("systemctl", "stop", f"{_OURS}.socket", _OURS)


@_NEWEST
def test_a_service_that_exists(place: Place) -> None:
    """Without a command, only the trigger is made; the service is somebody else's."""
    file = f"/run/systemd/system/{_OURS}.service"
    text = "[Service]\\nType=oneshot\\nExecStart=/usr/bin/touch /run/modes-made\\n"
    place.run("sh", "-c", f"printf '{text}' > {file}; systemctl daemon-reload")
    try:
        done = inside(
            place, "--on-active=50ms", "--timer-property=AccuracySec=1ms", "-u", f"{_OURS}.service"
        )
        assert done.returncode == 0, done.stderr
        assert done.stderr.startswith(f"Running timer as unit: {_OURS}.timer\n")
        assert "Will run" not in done.stderr
        _wait(lambda: _exists(place, "/run/modes-made"), "the service was not started")
    finally:
        place.run("sh", "-c", f"systemctl stop {_OURS}.timer; rm {file}; systemctl daemon-reload")


@_NEWEST
def test_a_service_that_does_not_exist(place: Place) -> None:
    ours, theirs = both(place, "--on-active=1h", "-u", "UNIT")
    assert ours.returncode == theirs.returncode == 1
    assert f"{_OURS}.timer" in ours.stderr


@_NEWEST
@pytest.mark.parametrize(
    "name", ["UNIT", "UNIT.service", "UNIT.timer", "UNIT.socket", "UNIT a", "UNIT.target"]
)
def test_names(place: Place, name: str) -> None:
    ours, theirs = both(place, "--on-active=1h", "-q", "-u", name, "true")
    assert ours.returncode == theirs.returncode, (ours.stderr, theirs.stderr)
    names = [[unit for unit in _left(place) if who in unit] for who in (_OURS, _THEIRS)]
    assert [unit.replace(_OURS, _THEIRS) for unit in names[0]] == names[1]


def _told(text: str) -> tuple[datetime, str]:
    found = re.search(r"^Next elapse: \w{3} (\S+ \S+) UTC; in (.*)$", text, re.MULTILINE)
    assert found, text
    return datetime.strptime(found[1], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC), found[2]


@_TWO
@pytest.mark.parametrize(
    "options",
    [
        ("--on-active=2h",),
        ("--on-calendar=2090-02-03 04:05:06 UTC",),
        ("--on-calendar=2090-02-03 04:05:06 UTC", "--on-active=30min"),
        ("--on-boot=9000h",),
    ],
    ids=" ".join,
)
def test_the_next_elapse_is_the_managers(place: Place, options: tuple[str, ...]) -> None:
    done = inside(
        place, *options, "--timer-property=AccuracySec=1us", "-u", _OURS, "true", env={"TZ": "UTC"}
    )
    when, span = _told(done.stderr)
    shown = place.run(
        *("env", "TZ=UTC", "LANG=C.UTF-8", "systemctl", "list-timers", "--all", "--no-legend"),
        f"{_OURS}.timer",
    ).stdout
    theirs = re.search(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) UTC", shown)
    assert theirs, shown
    expected = datetime.strptime(theirs[1], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    assert abs((when - expected).total_seconds()) <= 1
    if options == ("--on-active=2h",):
        assert span == "2h"


@_NEWEST
def test_nothing_is_said_where_nobody_knows(place: Place) -> None:
    for option in ("--on-clock-change", "--path-property=PathExists=/nonexistent"):
        done = inside(place, option, "true")
        assert done.stderr.count("\n") == 2, done.stderr
        unit = done.stderr.split()[4]
        place.run("systemctl", "stop", unit)
    assert inside(place, "--on-active=1h", "-q", "-u", _OURS, "true").stderr == ""


def test_times_that_are_past_are_warned_of(place: Place) -> None:
    for options, past in (
        (("--on-calendar=2019-01-01",), True),
        (("--on-calendar=2019-01-01", "--on-calendar=2090-01-01"), True),
        (("--on-active=0s",), False),
    ):
        ours, theirs = both(place, *options, "-u", "UNIT", "true")
        assert ours.returncode == theirs.returncode == 0, ours.stderr
        assert ("past" in theirs.stderr) == past
        assert ("past" in ours.stderr) == past, ours.stderr
        place.run("systemctl", "stop", f"{_OURS}.timer", f"{_THEIRS}.timer")


@_NEWEST
@pytest.mark.parametrize(
    "arguments",
    [
        ("--on-active=bogus", "true"),
        ("--on-calendar=bogus", "true"),
        ("--timer-property=AccuracySec=1s", "true"),
        ("--timer-property=MemoryMax=1G", "--on-active=1h", "true"),
        ("--on-active=1h",),
        ("--path-property=PathExists=relative", "true"),
        ("--on-active=1h", "--no-block", "true"),
        ("--on-active=1h", "no-such-command"),
    ],
    ids=" ".join,
)
def test_exit_status_is_systemd_runs(place: Place, arguments: tuple[str, ...]) -> None:
    ours, theirs = (
        both(place, "-u", "UNIT", *arguments) if len(arguments) > 1 else both(place, *arguments)
    )
    assert ours.returncode == theirs.returncode, (ours.stderr, theirs.stderr)
    assert "Traceback" not in ours.stderr


def test_triggers_of_a_user(whole_system: MachinePlace) -> None:
    options = ("--user", "-q", "--on-active=1h", "--on-calendar=daily", "-u", "UNIT", "true")
    ours, theirs = both(whole_system, *options, user=USER)
    assert (ours.returncode, theirs.returncode) == (0, 0), (ours.stderr, theirs.stderr)
    files = unit_files(whole_system, _OURS, user=USER)
    assert files == unit_files(whole_system, _THEIRS, user=USER)
    timers = (f"{_OURS}.timer", f"{_THEIRS}.timer")
    whole_system.run("systemctl", "--user", "stop", *timers, user=USER)
    made = "/home/tester/modes-made"
    done = inside(
        whole_system,
        *("--user", f"--path-property=PathExists={made}-1", "-u", _OURS),
        *("sh", "-c", f"rm {made}-1; touch {made}"),
        user=USER,
    )
    assert done.returncode == 0, done.stderr
    whole_system.run("touch", f"{made}-1", user=USER)
    _wait(lambda: _exists(whole_system, made), "the command was not started")
    whole_system.run("systemctl", "--user", "stop", f"{_OURS}.path", user=USER)
    whole_system.run("rm", made)


def test_triggers_that_cannot_work(embedded_place: EmbeddedPlace) -> None:
    """They are refused, or warned of."""
    done = inside(
        *(embedded_place, "--socket-property=ListenStream=/run/accepted.socket"),
        *("--socket-property=Accept=yes", "cat"),
    )
    assert done.returncode == 1
    assert "Accept=yes does not go with a command" in done.stderr
    done = inside(embedded_place, "--on-unit-active=5m", "-u", "never-first", "true")
    assert done.returncode == 0
    assert "nothing starts it for the first time" in done.stderr
    embedded_place.run("systemctl", "stop", "never-first.timer")
