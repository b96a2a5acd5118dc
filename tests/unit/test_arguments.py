"""Command lines are read as getopt_long(3) reads them."""

from __future__ import annotations

import pytest

from runwrap.cli.arguments import read_arguments
from runwrap.cli.options import Given, options
from runwrap.errors import UsageError


def _read(line: str) -> tuple[str, str]:
    read = read_arguments(line.split())
    return " ".join(read.options), " ".join(read.command)


@pytest.mark.parametrize(
    ("given", "expected", "command"),
    [
        ("", "", ""),
        ("true", "", "true"),
        ("true --wait", "", "true --wait"),
        ("- --wait", "", "- --wait"),
        ("--wait -- --wait", "--wait", "--wait"),
        ("--wait true -- x", "--wait", "true -- x"),
        ("-u a true", "--unit=a", "true"),
        ("-ua true", "--unit=a", "true"),
        ("--unit a true", "--unit=a", "true"),
        ("--unit=a=b true", "--unit=a=b", "true"),
        ("--unit= true", "--unit=", "true"),
        ("--unit --wait true", "--unit=--wait", "true"),
        ("-u -- true", "--unit=--", "true"),
        ("-qGua true", "--quiet --collect --unit=a", "true"),
        ("-qGu a true", "--quiet --collect --unit=a", "true"),
        ("--uni a true", "--unit=a", "true"),
        ("--uni=a true", "--unit=a", "true"),
        # "--re" is short for systemd-run's --remain-after-exit, although --report is there too.
        ("--re true", "--remain-after-exit", "true"),
        ("--rep x true", "--report=x", "true"),
        ("--dry-run true", "--dry-run=unit", "true"),
        ("--dry-run=json true", "--dry-run=json", "true"),
        ("--dry true", "--dry-run=unit", "true"),
        ("--list-properties x", "--list-properties=", "x"),
        ("-d true", "--working-directory=.", "true"),
        ("-R true", "--root-directory=/", "true"),
        ("--on-active=5 true", "--timer-property=OnActiveSec=5", "true"),
        ("--on-calendar a true", "--timer-property=OnCalendar=a", "true"),
        ("--on-clock-change true", "--timer-property=OnClockChange=yes", "true"),
        (
            "--timer-property=OnActiveSec=1 --on-active=2 true",
            "--timer-property=OnActiveSec=1 --timer-property=OnActiveSec=2",
            "true",
        ),
        ("--system --user true", "--user", "true"),
        ("--user -q --system true", "--quiet --system", "true"),
        ("-M a -H b -q -C c true", "--quiet --capsule=c", "true"),
        ("-H b -M a true", "--machine=a", "true"),
        ("-M a -M a true", "--machine=a", "true"),
    ],
)
def test_reading(given: str, expected: str, command: str) -> None:
    assert _read(given) == (expected, command)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("--nosuch", "there is no option --nosuch"),
        ("--wiat", r"there is no option --wiat \(did you mean --wait\?\)"),
        ("--on-unit=5", "--on-unit is not clear; it may be --on-unit-active, --on-unit-inactive"),
        ("--wait=yes", "--wait takes no value: --wait=yes"),
        ("--wa=yes", "--wait takes no value: --wa=yes"),
        ("--on-clock-change=yes", "--on-clock-change takes no value"),
        ("--unit", "--unit needs a value"),
        ("-u", "-u needs a value"),
        ("-qu", "-u needs a value"),
        ("-x", "there is no option -x"),
        ("-qx true", "there is no option -x, in -qx"),
    ],
)
def test_refusals(given: str, message: str) -> None:
    with pytest.raises(UsageError, match=f"^{message}"):
        _read(given)


def test_every_option_has_names_of_its_own() -> None:
    table = list(options())
    names = [name for option in table for name in (option.long, option.short) if name]
    assert len(names) == len(set(names))
    assert {option.name for option in table if option.name} == set(Given.__dataclass_fields__)
    for option in table:
        assert option.long.startswith("--")
        assert option.help.endswith("."), option.long
        assert bool(option.name) != bool(option.alias)
