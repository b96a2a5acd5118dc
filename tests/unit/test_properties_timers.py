"""Timers: time spans and calendar events."""

from __future__ import annotations

import pytest

from runwrap.errors import PropertyError
from runwrap.properties import Property, encode, find
from runwrap.properties.grammars import GRAMMARS
from tests.wire.cases.timers import CALENDAR, NO_CALENDAR

MONOTONIC = ["OnActiveSec", "OnBootSec", "OnStartupSec", "OnUnitActiveSec", "OnUnitInactiveSec"]


def _only(assignment: str) -> Property:
    (given,) = encode("timer", [assignment])
    return given


def _refusal(assignment: str) -> str:
    with pytest.raises(PropertyError) as caught:
        encode("timer", [assignment])
    line = str(caught.value)
    assert "\n" not in line
    return line


@pytest.mark.parametrize("name", MONOTONIC)
def test_time_spans(name: str) -> None:
    given = _only(f"{name}=1min 5")
    assert given == Property("TimersMonotonic", "a(st)", [(name, 65_000_000)])
    assert _only(f"{name}=") == Property("TimersMonotonic", "a(st)", [])


@pytest.mark.parametrize("text", ["0", "5", "1.5us", "2h", "584541y", "infinity", ""])
@pytest.mark.parametrize("name", MONOTONIC)
def test_writing_time_spans_again(name: str, text: str) -> None:
    given = _only(f"{name}={text}")
    directive = find(name, "timer")
    assert directive is not None
    written = GRAMMARS[directive.grammar].write(directive, given)
    assert encode("timer", written) == [given]


@pytest.mark.parametrize("text", CALENDAR)
def test_calendar_events(text: str) -> None:
    given = _only(f"OnCalendar={text}")
    assert given == Property("TimersCalendar", "a(ss)", [("OnCalendar", text)])
    directive = find("OnCalendar", "timer")
    assert directive is not None
    assert GRAMMARS[directive.grammar].write(directive, given) == [f"OnCalendar={text}"]


def test_resetting_calendar_events() -> None:
    given = _only("OnCalendar=")
    assert given == Property("TimersCalendar", "a(ss)", [])
    directive = find("OnCalendar", "timer")
    assert directive is not None
    assert GRAMMARS[directive.grammar].write(directive, given) == ["OnCalendar="]


@pytest.mark.parametrize("text", NO_CALENDAR)
def test_no_calendar_events(text: str) -> None:
    assert _refusal(f"OnCalendar={text}").startswith("OnCalendar=")


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [
        ("dayly", "daily"),
        ("dail", "daily"),
        (" weekly ", "weekly"),
        ("Mnoday 10:00", "Monday"),
        ("Mon,Frday", "Friday"),
        ("Mon, Tue", "Mon,Tue"),
        ("Mon\t12:00", "Mon 12:00"),
        ("*:/5", "0/5"),
        ("*:*/5", "0/5"),
        ("*-*-*/2", "1/2"),
        ("2030-01-01T12:00", "2030-01-01 12:00"),
        ("*-*-* 12:00  UTC", "*-*-* 12:00 UTC"),
        ("12", "12:00"),
        ("2020", "2020-*-*"),
        ("12:00 cet", "CET"),
        ("daily Polnad", "Poland"),
    ],
)
def test_near_misses(text: str, suggestion: str) -> None:
    assert _refusal(f"OnCalendar={text}").endswith(f"(did you mean {suggestion}?)")


def test_no_year_of_two_digits_is_guessed() -> None:
    assert "did you mean" not in _refusal("OnCalendar=99")


def test_abbreviations_of_the_local_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.tzname", ("CET", "CEST"))
    assert _only("OnCalendar=12:00 CEST")
    assert _only("OnCalendar=12:00 cet")
    monkeypatch.setattr("time.tzname", ("UTC", "UTC"))
    assert _refusal("OnCalendar=12:00 CEST")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            "*-*-1 25:00",
            'OnCalendar=*-*-1 >>25<<:00: "25" is not an hour; '
            "expected 0 to 23, START..END, START/STEP, a list of these, or *",
        ),
        (
            "Fri..Mon",
            'OnCalendar=Fri..Mon: "Fri..Mon" ends before it begins; '
            "expected days in the order from Mon to Sun",
        ),
        (
            "12:00 noon?",
            'OnCalendar=12:00 >>noon?<<: "noon?" stands after the time; '
            "expected nothing there, or a time zone",
        ),
        (
            "*:0/60",
            'OnCalendar=*:>>0/60<<: "0/60" has a step that leads beyond its range; '
            "expected 0 to 59, START..END, START/STEP, a list of these, or *",
        ),
        (
            "1-2-3-4",
            'OnCalendar=1-2-3-4: "1-2-3-4" is not a date; '
            "expected YEAR-MONTH-DAY, MONTH-DAY or MONTH~DAY",
        ),
    ],
)
def test_error_lines(text: str, line: str) -> None:
    assert _refusal(f"OnCalendar={text}") == line
