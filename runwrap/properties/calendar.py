"""Calendar events, such as ``Mon..Fri 10:00`` (systemd.time(7), Calendar Events).

Only a timer with OnCalendar= needs this module, so only that imports it.
"""

from __future__ import annotations

from runwrap.properties.faults import InvalidValueError, closest, wrong

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final, TypeAlias

    Component: TypeAlias = tuple[str, int, int]
    Item: TypeAlias = tuple[int, int, int]

__all__ = ["SHORTHANDS", "check_calendar"]

_EXPECTED: Final = (
    'a calendar event such as daily, "Mon..Fri 10:00", "*-*-01 04:30 Europe/Paris" or @EPOCH'
)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_DIGITS: Final = frozenset("0123456789")
_ZONE_CHARACTERS: Final = frozenset(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-_"
)

SHORTHANDS: Final = (
    *("minutely", "hourly", "daily", "monthly", "weekly", "quarterly"),
    *("yearly", "annually", "semiannually"),
)
_OTHER_SPELLINGS: Final = ("anually", "semi-annually", "biannually", "bi-annually")
"""Spellings that every manager takes, though the manual does not list them."""

_WEEKDAYS: Final = (
    *("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
)

_ZONES: Final = _words(
    "CET CST6CDT Cuba EET EST EST5EDT Egypt Eire Factory GB GB-Eire GMT GMT+0 GMT-0 GMT0 "
    "Greenwich HST Hongkong Iceland Iran Israel Jamaica Japan Kwajalein Libya MET MST MST7MDT NZ "
    "NZ-CHAT Navajo PRC PST8PDT Poland Portugal ROC ROK Singapore Turkey UCT UTC Universal W-SU "
    "WET Zulu"
)
"""The names in the time zone database that are not AREA/CITY."""

_LAST_SECOND: Final = 7_258_118_399
"""The last second of the year 2199 (UTC), where calendar events end."""

_MICRO: Final = 1_000_000
_SECOND: Final = "a second"
_YEAR: Final[Component] = ("a year", 1970, 2199)
_MONTH: Final[Component] = ("a month", 1, 12)
_DAY: Final[Component] = ("a day", 1, 31)
_DAY_FROM_END: Final[Component] = ("a day before the month's end", 1, 28)
_TIME: Final[tuple[Component, ...]] = (
    ("an hour", 0, 23),
    ("a minute", 0, 59),
    (_SECOND, 0, 60 * _MICRO - 1),
)
"""Components: what they are called, their smallest and their largest value.

Seconds are counted in microseconds.
"""

_MOST_ITEMS: Final = 241
"""How many values one component may list."""

_LARGEST_STEP: Final = 2**31 - 1

_FEWER_BY: Final = 3
"""By how many days each further value of a list counted from the month's end is bounded lower.

Every manager does that; the manual does not say why.
"""


def check_calendar(text: str) -> None:
    """Check a calendar event, as ``systemd-analyze calendar`` would (systemd.time(7)).

    An AREA/CITY is taken by the looks of its name, since which there are depends on the system.

    Raises:
        InvalidValueError: *text* is no calendar event.
    """
    try:
        _check(text)
    except InvalidValueError as fault:
        rest, _, zone = text.rpartition(" ")
        meant = closest(zone, sorted(_ZONES)) if rest and zone else ""
        if meant and _is_event(rest):
            raise wrong(
                zone,
                "is not a time zone",
                expected="a name such as UTC or Europe/Paris",
                suggestion=meant,
            ) from None
        if not fault.suggestion:
            fault.suggestion = _suggest(text)
        raise


def _suggest(text: str) -> str:
    """Return what *text*, which is no calendar event, was most likely meant to be, or ""."""
    joined = ",".join(part.strip() for part in text.split(","))
    for candidate in (" ".join(text.split()), " ".join(joined.split()), text.replace("T", " ", 1)):
        if _is_event(candidate):
            return candidate
    return closest(text, SHORTHANDS)


def _is_event(text: str) -> bool:
    try:
        _check(text)
    except InvalidValueError:
        return False
    return True


def _check(text: str) -> None:
    rest, space, zone = text.rpartition(" ")
    if space and _is_zone(zone):
        text = rest
    if text.startswith("@"):
        _check_epoch(text)
    elif text.lower() not in SHORTHANDS and text.lower() not in _OTHER_SPELLINGS:
        if text[:1].isalpha():
            weekdays, _, text = text.partition(" ")
            _check_weekdays(weekdays)
            text = text.lstrip(" ")
            if not text:
                return
        _check_date_and_time(text)


def _is_zone(word: str) -> bool:
    """Tell whether *word* is or looks like the name of a time zone, or is the local zone's own."""
    if word in _ZONES or word.upper() == "UTC":
        return True
    parts = word.split("/")
    if len(parts) > 1:
        return word[0].isalpha() and all(
            part and _ZONE_CHARACTERS.issuperset(part) for part in parts
        )
    # What the local zone itself says, such as CEST, the manager of that system takes too.
    import time

    return word.lower() in {name.lower() for name in time.tzname}


def _check_epoch(text: str) -> None:
    digits = text[1:].lstrip(" \t\n\r\v\f")
    negative = digits.startswith("-")
    digits = digits[1:] if digits[:1] in {"+", "-"} else digits
    expected = f"@ and seconds from 0 to {_LAST_SECOND}"
    if not digits or not _DIGITS.issuperset(digits):
        raise wrong(text, "is not a number of seconds since 1970", expected=expected)
    seconds = _bounded(digits)
    if seconds > _LAST_SECOND or (negative and seconds):
        raise wrong(text, "is out of range", expected=expected)


def _bounded(digits: str) -> int:
    """Return the number, or one beyond every bound where there are very many *digits*."""
    return int(digits.lstrip("0")[:12] or "0")


def _check_weekdays(text: str) -> None:
    items = text.split(",")
    if len(items) > 1 and not items[-1]:
        items.pop()
    for item in items:
        first, dots, last = item.partition("..")
        if not dots:
            first, dots, last = item.partition("-")
        start = _weekday(first, text)
        if dots and _weekday(last, text) < start:
            raise wrong(item, "ends before it begins", expected="days in the order from Mon to Sun")


def _weekday(word: str, text: str) -> int:
    """Return the number of a weekday, 0 for Monday; *word* stands in *text*."""
    folded = word.lower()
    for number, name in enumerate(_WEEKDAYS):
        if folded in {name, name[:3]}:
            return number
    if word == text:
        # Alone it may have been meant to be anything.
        suggestion = closest(word, SHORTHANDS) or closest(word, _WEEKDAYS).title()
        raise wrong(text, "is not a calendar event", expected=_EXPECTED, suggestion=suggestion)
    raise wrong(
        word or text,
        "is not a weekday" if word else "lacks a weekday",
        expected="days such as Mon, Mon,Thu or Mon..Fri",
        suggestion=closest(word, _WEEKDAYS).title(),
    )


def _check_date_and_time(text: str) -> None:
    first, space, rest = text.partition(" ")
    if ":" in first:
        _check_time(first)
        if space:
            raise wrong(
                rest or text, "stands after the time", expected="nothing there, or a time zone"
            )
    elif "-" in first or "~" in first:
        _check_date(first)
        rest = rest.lstrip(" ")
        if rest:
            _check_time(rest)
    else:
        number = _bounded(first) if first and _DIGITS.issuperset(first) else -1
        suggestion = ""
        if first == "*" or 0 <= number <= _TIME[0][2]:
            suggestion = f"{first}:00"
        elif _YEAR[1] <= number <= _YEAR[2]:
            suggestion = f"{first}-*-*"
        raise wrong(text, "is not a calendar event", expected=_EXPECTED, suggestion=suggestion)


def _check_time(text: str) -> None:
    fields = text.split(":")
    if len(fields) not in {2, 3}:
        raise wrong(text, "is not a time", expected="HOUR:MINUTE or HOUR:MINUTE:SECOND")
    for field, component in zip(fields, _TIME, strict=False):
        _check_field(field, component, text)


def _check_date(text: str) -> None:
    date, tilde, from_end = text.partition("~")
    fields = date.split("-")
    fields += [from_end] if tilde else []
    last = _DAY_FROM_END if tilde else _DAY
    components = {2: (_MONTH, last), 3: (_YEAR, _MONTH, last)}.get(len(fields))
    if components is None:
        raise wrong(text, "is not a date", expected="YEAR-MONTH-DAY, MONTH-DAY or MONTH~DAY")
    for field, component in zip(fields, components, strict=True):
        _check_field(field, component, text)


def _check_field(field: str, component: Component, text: str) -> None:
    """Check the values of one component; *field* stands in *text*."""
    if field == "*":
        return
    if not field:
        raise wrong(text, f"lacks {component[0]}", expected='a number, or "*" for any')
    parts = field.split(",")
    if len(parts) > _MOST_ITEMS:
        raise wrong(field, "lists too much", expected=f"at most {_MOST_ITEMS} values")
    items = {_item(part, component, field) for part in parts}
    if component is _DAY_FROM_END:
        limit = component[2]
        for start, stop, _ in sorted(items):
            if max(start, stop) > limit:
                raise wrong(field, "lists days that are too far from the month's end")
            limit -= _FEWER_BY


def _item(part: str, component: Component, field: str) -> Item:
    """Read one value, with its range and repetition; return -1 for an end that is not there.

    Of a range, what its last step does not reach is cut off, and may be out of bounds.
    """
    what, low, high = component
    body, slash, step_text = part.partition("/")
    start_text, dots, stop_text = body.partition("..")
    if start_text in {"", "*"} and slash and not dots:
        smallest = 1970 if component is _YEAR else low
        raise wrong(
            part,
            "repeats from no value",
            expected="a value before the /",
            suggestion=f"{smallest}/{step_text}",
        )
    start = _value(start_text, component, part or field)
    if not low <= start <= high:
        raise wrong(start_text, f"is not {what}", expected=_range(component))
    stop = _value(stop_text, component, part) if dots else -1
    if dots and stop < start:
        raise wrong(part, "ends before it begins", expected="START..END")
    step = _number(step_text, component, part) if slash else 0
    if slash and not 0 < step <= _LARGEST_STEP:
        raise wrong(part, "has a step that is out of range", expected="a step above 0")
    if dots:
        if not slash and what == _SECOND:
            step = _MICRO
            if stop - start < step:
                raise wrong(part, "is shorter than a second", expected="START..END/STEP")
        reached = stop - (stop - start) % (step or 1)
        if reached > high:
            raise wrong(stop_text, f"is not {what}", expected=_range(component))
        return start, reached, step
    beyond = start - step < low if component is _DAY_FROM_END else start + step > high
    if slash and beyond:
        raise wrong(part, "has a step that leads beyond its range", expected=_range(component))
    return start, stop, step


def _value(text: str, component: Component, part: str) -> int:
    """Read a value of *component*, in bounds or not; *text* stands in *part*."""
    value = _number(text, component, part)
    if component is _YEAR and value < 100:
        value += 2000 if value < 70 else 1900
    return value


def _number(text: str, component: Component, part: str) -> int:
    """Read a number of *component*'s unit, seconds in microseconds; *text* stands in *part*."""
    whole, point, fraction = text.partition(".")
    is_second = component[0] == _SECOND
    digits = whole + fraction
    if not whole or not _DIGITS.issuperset(digits) or (point and not (fraction and is_second)):
        raise wrong(text or part, f"is not {component[0]}", expected=_range(component))
    if not is_second:
        return _bounded(whole)
    # Six decimals count, and the one after them rounds.
    rounded = int(fraction[:6].ljust(6, "0")) + (fraction[6:7] >= "5")
    return _bounded(whole) * _MICRO + rounded


def _range(component: Component) -> str:
    """Return what a component may be."""
    what, low, high = component
    if what == _SECOND:
        return "0 to 59.999999, START..END, START/STEP, a list of these, or *"
    return f"{low} to {high}, START..END, START/STEP, a list of these, or *"
