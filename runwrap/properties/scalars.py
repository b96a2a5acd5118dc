"""Grammars of single values: booleans, numbers, modes, sizes, percentages, time spans.

The functions ``parse_...`` turn text into a number; the others are grammars of the table, and
turn the text of a directive into properties.
"""

from __future__ import annotations

from runwrap.properties.faults import InvalidValueError, closest, wrong
from runwrap.properties.words import WHITE_SPACE
from runwrap.properties.writing import yes_no
from runwrap.units import Property

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from runwrap.properties.table import Directive

__all__ = [
    "INFINITY",
    "meant_as_infinity",
    "parse_boolean",
    "parse_integer",
    "parse_permyriad",
    "parse_size",
    "parse_timespan",
]

INFINITY: Final = 2**64 - 1
"""What stands for "infinity", "no limit" and "not set" in an unsigned 64-bit property."""

BOOLEANS: Final = {
    **dict.fromkeys(("1", "yes", "y", "true", "t", "on"), True),
    **dict.fromkeys(("0", "no", "n", "false", "f", "off"), False),
}
"""The spellings of a boolean, in lower case (systemd.syntax(7))."""

_BOOLEAN_EXPECTED: Final = "yes or no (1, y, true, t, on; 0, n, false, f, off)"
_TIMESPAN_EXPECTED: Final = 'a time span such as 5, 20s, "5min 20s" or infinity'
_BASES: Final = {"0x": 16, "0b": 2, "0o": 8}

_SIZE_UNITS: Final = ("E", "P", "T", "G", "M", "K", "B", "")
"""The suffixes of sizes, from the sixth power down to bytes, which need none."""

_MANY_DIGITS: Final = 40
"""More decimal digits than any number in range has."""

_LONGEST_COUNT: Final = 2**63 - 1
"""The largest number that one term of a time span may have."""

USEC_PER_SEC: Final = 1_000_000
NSEC_PER_SEC: Final = 1_000_000_000

_TIME_UNITS_NSEC: Final = {
    "seconds second sec s": 1_000_000_000,
    "minutes minute min m": 60 * 1_000_000_000,
    "months month M": 2_629_800 * 1_000_000_000,
    "msec ms": 1_000_000,
    "hours hour hr h": 3_600 * 1_000_000_000,
    "days day d": 86_400 * 1_000_000_000,
    "weeks week w": 604_800 * 1_000_000_000,
    "years year y": 31_557_600 * 1_000_000_000,
    "usec us \u00b5s \u03bcs": 1_000,
}
"""The units of systemd.time(7), Parsing Time Spans, in nanoseconds; a month is 1/12 year."""


def meant_as_infinity(text: str) -> str:
    """Return ``infinity`` if *text* was most likely meant to say that there is no limit, or ""."""
    folded = text.strip(WHITE_SPACE).lower()
    if folded in {"max", "unlimited", "none", "-1"}:
        return "infinity"
    return closest(folded, ["infinity"]) if folded else ""


def parse_boolean(text: str) -> bool:
    """Read a boolean, in any of systemd's spellings, upper or lower case (systemd.syntax(7)).

    Raises:
        InvalidValueError: *text* is none of them.
    """
    value = BOOLEANS.get(text.lower())
    if value is None:
        raise wrong(
            text,
            "is not a boolean",
            expected=_BOOLEAN_EXPECTED,
            suggestion=closest(text, booleans_like(text)),
        )
    return value


def booleans_like(text: str) -> list[str]:
    """Return the booleans with the first letter of *text*: by "non", "on" is not meant."""
    first = text.strip()[:1].lower()
    return [word for word in BOOLEANS if word.startswith(first)]


def parse_integer(text: str, minimum: int, maximum: int, *, what: str = "a number") -> int:
    """Read an integer: decimal, or 0x..., 0b..., 0o... and 0... as in C.

    White space before it and a sign are taken, as systemd-run takes them.

    Args:
        text: the text to read.
        minimum: the smallest number that is right.
        maximum: the largest number that is right.
        what: what is expected, for the error.

    Raises:
        InvalidValueError: *text* is no integer, or out of range.
    """
    value = _read_integer(text)
    expected = f"{what} from {minimum} to {maximum}"
    if value is None:
        raise wrong(text, "is not a number", expected=expected)
    if not minimum <= value <= maximum:
        raise wrong(text, "is out of range", expected=expected)
    return value


def _read_integer(text: str) -> int | None:
    digits = text.lstrip(WHITE_SPACE)
    sign = 1
    if digits[:1] in {"+", "-"}:
        sign = -1 if digits[0] == "-" else 1
        digits = digits[1:]
    base = _BASES.get(digits[:2].lower(), 10)
    if base != 10:
        digits = digits[2:]
    elif digits[:1] == "0":
        base = 8
    if not digits.isascii() or not digits.isalnum():
        return None
    try:
        return sign * int(digits, base)
    except ValueError:
        return None


def _leading_digits(text: str, start: int) -> str:
    end = start
    while end < len(text) and text[end] in "0123456789":
        end += 1
    return text[start:end]


def _bounded(digits: str) -> int:
    """Return the number, or one beyond every bound where there are very many *digits*."""
    digits = digits.lstrip("0") or "0"
    return int(digits) if len(digits) <= _MANY_DIGITS else 2**64


def _skip_white_space(text: str, position: int) -> int:
    while position < len(text) and text[position] in WHITE_SPACE:
        position += 1
    return position


def parse_size(text: str, *, base: int = 1024) -> int:
    """Read a size in bytes: ``512``, ``1.5G``, ``1M 512K`` (systemd.resource-control(5)).

    Several terms add up if their suffixes go down. Decimals are taken as systemd-run takes them,
    which loses a unit now and then.

    Args:
        text: the text to read.
        base: what the suffixes K, M, G, T, P and E are powers of.

    Raises:
        InvalidValueError: *text* is no size, or does not fit into 64 bits.
    """

    what = "bytes" if base == 1024 else "a number"

    def fault(problem: str) -> InvalidValueError:
        suggestion = ""
        candidate = text.strip().upper().removesuffix("B").removesuffix("I")
        if candidate != text and candidate[:-1].isdigit() and candidate[-1:] in _SIZE_UNITS:
            suggestion = candidate
        return wrong(
            text,
            problem,
            expected=f"{what}, with K, M, G, T, P or E for powers of {base}",
            suggestion=suggestion,
        )

    total = 0
    position = 0
    place = -1
    while True:
        position = _skip_white_space(text, position)
        if text[position : position + 1] == "-":
            raise fault("is negative")
        position += text[position : position + 1] == "+"
        whole = _leading_digits(text, position)
        if not whole:
            raise fault("is not a size")
        position += len(whole)
        decimals = ""
        if text[position : position + 1] == ".":
            decimals = _leading_digits(text, position + 1)
            position += 1 + len(decimals)
        position = _skip_white_space(text, position)
        unit = text[position : position + 1]
        unit = unit if unit in _SIZE_UNITS else ""
        if _SIZE_UNITS.index(unit) <= place:
            raise fault("is not a size")
        place = _SIZE_UNITS.index(unit)
        position += len(unit)
        total += _size_term(whole, decimals, base ** max(0, 6 - place))
        if total > INFINITY:
            raise fault("is too large")
        if position == len(text):
            return total


def _size_term(whole: str, decimals: str, factor: int) -> int:
    """Return the number that the digits and the *factor* make, or one beyond every bound."""
    number, fraction = _bounded(whole), _bounded(decimals or "0")
    if fraction > INFINITY or number + bool(fraction and factor > 1) > INFINITY // factor:
        return INFINITY + 1
    share = float(fraction)
    for _ in decimals:
        share /= 10
    return number * factor + int(share * factor)


def parse_timespan(text: str, *, default_nsec: int, unit_nsec: int) -> int:
    """Read a time span such as ``1min 20s`` (systemd.time(7), Parsing Time Spans).

    Args:
        text: the text to read.
        default_nsec: what a number without a unit counts, in nanoseconds.
        unit_nsec: what the result counts in, in nanoseconds; the smallest unit that the text
            may use is never below it.

    Returns:
        The length in units of *unit_nsec*; `INFINITY` for ``infinity``.

    Raises:
        InvalidValueError: *text* is no time span, or too long.
    """
    if text.strip(WHITE_SPACE) == "infinity":
        return INFINITY

    def fault(problem: str) -> InvalidValueError:
        return wrong(text, problem, expected=_TIMESPAN_EXPECTED, suggestion=meant_as_infinity(text))

    total = 0
    position = _skip_white_space(text, 0)
    if position == len(text):
        raise fault("is not a time span")
    while position < len(text):
        if text[position] == "-":
            raise fault("is negative")
        signed = text[position] == "+"
        position += signed
        whole = _leading_digits(text, position)
        position += len(whole)
        fraction = ""
        if text[position : position + 1] == "." and not (signed and not whole):
            fraction = _leading_digits(text, position + 1)
            position += 1 + len(fraction)
            if not fraction or text[position : position + 1] == ".":
                raise fault("is not a time span")
        if not whole and not fraction:
            letters = _letters_around(text, position)
            if not letters or letters == text.strip(WHITE_SPACE):
                raise fault("is not a time span")
            raise wrong(
                letters,
                "is not a unit of time",
                expected="a unit such as ms, s, min, h, d or w",
                suggestion=closest(letters, _time_units(unit_nsec)),
            )
        position = _skip_white_space(text, position)
        unit, nsec = _time_unit(text, position, unit_nsec)
        if not unit:
            nsec = default_nsec
        position = _skip_white_space(text, position + len(unit))
        factor = nsec // unit_nsec
        count = _bounded(whole or "0")
        if count > _LONGEST_COUNT or count >= (INFINITY - total) // factor:
            raise fault("is too long")
        total += count * factor
        for digit in fraction:
            # Each decimal place is cut off on its own, as systemd does it.
            factor //= 10
            total += int(digit) * factor
    if total >= INFINITY:
        raise fault("is too long")
    return total


def _time_unit(text: str, position: int, smallest_nsec: int) -> tuple[str, int]:
    """Return the longest unit that *text* has at *position*, or "", and its nanoseconds."""
    best, best_nsec = "", 0
    for name, nsec in _time_units(smallest_nsec).items():
        if len(name) > len(best) and text.startswith(name, position):
            best, best_nsec = name, nsec
    return best, best_nsec


def _time_units(smallest_nsec: int) -> dict[str, int]:
    """Return the units of time, none below *smallest_nsec*, in nanoseconds by name."""
    units = {name: nsec for names, nsec in _TIME_UNITS_NSEC.items() for name in names.split()}
    return {**units, "nsec": 1, "ns": 1} if smallest_nsec == 1 else units


def _letters_around(text: str, position: int) -> str:
    """Return the letters of *text* before and behind *position*."""
    start = end = position
    while start and text[start - 1].isalpha():
        start -= 1
    while end < len(text) and text[end].isalpha():
        end += 1
    return text[start:end]


def parse_permyriad(text: str, *, maximum: int = 10_000) -> int:
    """Read a share in percent, per mille or per myriad: ``12.5%``, ``125\u2030``, ``1250\u2031``.

    Args:
        text: the text to read.
        maximum: the largest share that is right, in parts of ten thousand.

    Returns:
        The share in parts of ten thousand.

    Raises:
        InvalidValueError: *text* is no such share, has too many decimals, or is out of range.
    """
    expected = "a percentage with at most two decimals"
    if maximum == 10_000:
        expected += ", from 0% to 100%"
    for sign, decimals, factor in (("%", 2, 100), ("\u2030", 1, 10), ("\u2031", 0, 1)):
        if not text.endswith(sign):
            continue
        whole, point, fraction = text[:-1].partition(".")
        value = _read_integer(whole)
        if value is None or (point and not (1 <= len(fraction) <= decimals)):
            break
        if point and _leading_digits(fraction, 0) != fraction:
            break
        share = value * factor + int(fraction.ljust(decimals, "0") or "0")
        if not 0 <= share <= maximum:
            raise wrong(text, "is out of range", expected=expected)
        return share
    raise wrong(text, "is not a percentage", expected=expected)


def scale_permyriad(share: int) -> int:
    """Return *share*, in parts of ten thousand, as a part of 2^32 - 1, rounded to nearest."""
    return (share * (2**32 - 1) + 5_000) // 10_000


def boolean(directive: Directive, text: str) -> list[Property]:
    """Yes or no."""
    return [Property(directive.name, "b", parse_boolean(text))]


def boolean_or_ex_string(directive: Directive, text: str) -> list[Property]:
    """Yes or no, or one of the row's words, which go into the property ``...Ex``."""
    from runwrap.properties.values import check

    check(directive.argument, text, directive.version)
    name = directive.name.removesuffix("Ex")
    # What a directive "...Ex" says, systemd-run 257 gives to the property of that name always.
    extended = directive.name != name and directive.version < 258
    if text.lower() in BOOLEANS and not extended:
        return [Property(name, "b", parse_boolean(text))]
    return [Property(f"{name}Ex", "s", text)]


def unsigned(directive: Directive, text: str) -> list[Property]:
    """A number that fits into 32 bits, without a sign."""
    return [Property(directive.dbus_name, "u", parse_integer(text, 0, 2**32 - 1))]


def integer(directive: Directive, text: str) -> list[Property]:
    """A number within the row's bounds, or that fits into its property."""
    signature = directive.wire[0].signature
    if directive.argument:
        low, _, high = directive.argument.partition("..")
        minimum, maximum = int(low), int(high)
    elif signature == "x":
        minimum, maximum = -(2**63), 2**63 - 1
    else:
        minimum, maximum = -(2**31), 2**31 - 1
    return [Property(directive.dbus_name, signature, parse_integer(text, minimum, maximum))]


def octal_mode(directive: Directive, text: str) -> list[Property]:
    """An access mode in octal digits, from 0 to 7777."""
    digits = text.lstrip(WHITE_SPACE)
    if not digits or any(char not in "01234567" for char in digits):
        raise wrong(text, "is not an access mode", expected="octal digits such as 0755")
    mode = int(digits, 8)
    if mode > 0o7777:
        raise wrong(text, "is out of range", expected="a mode from 0 to 7777")
    return [Property(directive.dbus_name, "u", mode)]


def size(directive: Directive, text: str) -> list[Property]:
    """A size in bytes."""
    signature = directive.wire[0].signature
    value = parse_size(text)
    if signature == "x" and value > 2**63 - 1:
        raise wrong(text, "is too large", expected="less than 8E")
    return [Property(directive.dbus_name, signature, value)]


def size_or_percent_or_infinity(directive: Directive, text: str) -> list[Property]:
    """A size in bytes, a percentage (into the property ``...Scale``), infinity; or empty.

    The row's argument says what it counts (``count`` for plain numbers), what the empty text
    stands for (``0``; otherwise infinity), or that nothing at all is refused (``above-0``).
    Managers refuse 0 for what counts and for ``above-0``, and 100% for what counts.
    """
    value = _limit(directive, text)
    everything = scale_permyriad(10_000)
    if directive.argument in {"above-0", "count"} and value.value == 0:
        raise wrong(text, "is too small", expected="a limit above 0")
    if directive.argument == "count" and value.signature == "u" and value.value == everything:
        raise wrong(text, "is too large", expected="below 100%", suggestion="infinity")
    return [value]


def _limit(directive: Directive, text: str) -> Property:
    if not text:
        return Property(directive.name, "t", 0 if directive.argument == "0" else INFINITY)
    if text == "infinity":
        return Property(directive.name, "t", INFINITY)
    if text.endswith(("%", "\u2030", "\u2031")):
        share = scale_permyriad(parse_permyriad(text))
        return Property(f"{directive.name}Scale", "u", share)
    try:
        if directive.argument == "count":
            value = parse_integer(text, 0, INFINITY)
        else:
            value = parse_size(text)
    except InvalidValueError as fault:
        kind = "a number" if directive.argument == "count" else fault.expected
        raise InvalidValueError(
            fault.problem,
            expected=f"{kind}; or a percentage, or infinity",
            suggestion=fault.suggestion or meant_as_infinity(text),
            part=fault.part,
        ) from None
    return Property(directive.name, "t", value)


def timespan(directive: Directive, text: str) -> list[Property]:
    """A time span; a number alone counts seconds. The row may refuse 0 (``above-0``)."""
    return [Property(directive.dbus_name, "t", _parse_timeout(directive, text))]


def _parse_timeout(directive: Directive, text: str) -> int:
    """Read a time span.

    Where the row says ``above-0``, the manager takes 0 for "at once". A unit file's 0 is
    infinity for most of these (systemd.service(5), TimeoutStartSec=), and is meant so.
    """
    usec = parse_usec(text)
    if directive.argument == "above-0" and usec == 0:
        raise InvalidValueError('0 would mean "at once" here', suggestion="infinity")
    return usec


def parse_usec(text: str) -> int:
    """Read a time span, in seconds where no unit is given; return microseconds."""
    return parse_timespan(text, default_nsec=1_000_000_000, unit_nsec=1_000)


def timespan_or_infinity(directive: Directive, text: str) -> list[Property]:
    """A time span; empty is infinity."""
    usec = parse_usec(text) if text.strip(WHITE_SPACE) else INFINITY
    return [Property(directive.dbus_name, "t", usec)]


def timeout_sec(directive: Directive, text: str) -> list[Property]:
    """A time span for both the start and the stop of a service."""
    usec = _parse_timeout(directive, text)
    return [Property("TimeoutStartUSec", "t", usec), Property("TimeoutStopUSec", "t", usec)]


def nsec(directive: Directive, text: str) -> list[Property]:
    """A time span; a number alone counts nanoseconds."""
    value = parse_timespan(text, default_nsec=1, unit_nsec=1)
    return [Property(directive.dbus_name, "t", value)]


def permyriad(directive: Directive, text: str) -> list[Property]:
    """A percentage from 0% to 100%, sent as a part of 2^32 - 1."""
    return [Property(directive.dbus_name, "u", scale_permyriad(parse_permyriad(text)))]


def cpu_quota(directive: Directive, text: str) -> list[Property]:
    """A percentage of one processor's time, sent as microseconds per second; or empty."""
    if not text:
        return [Property(directive.dbus_name, "t", INFINITY)]
    expected = "a percentage of one CPU, such as 20% or 150%"
    try:
        share = parse_permyriad(text, maximum=2**31 - 1)
    except InvalidValueError as fault:
        digits = text.strip()
        suggestion = f"{digits}%" if digits.isdigit() and digits.isascii() else ""
        raise InvalidValueError(fault.problem, expected=expected, suggestion=suggestion) from None
    if share == 0:
        raise wrong(text, "is too small", expected=expected)
    return [Property(directive.dbus_name, "t", share * (USEC_PER_SEC // 10_000))]


def weight(directive: Directive, text: str) -> list[Property]:
    """A weight from 1 to 10000, ``idle`` where the row allows it (0 on the wire), or empty."""
    if not text:
        return [Property(directive.name, "t", INFINITY)]
    if directive.argument == "idle" and text == "idle":
        return [Property(directive.name, "t", 0)]
    what = "idle, or a weight" if directive.argument == "idle" else "a weight"
    return [Property(directive.name, "t", parse_integer(text, 1, 10_000, what=what))]


def _number(given: Property) -> int:
    assert isinstance(given.value, int)
    return given.value


def write_boolean_or_ex_string(directive: Directive, given: Property) -> list[str]:
    """Write yes or no, or the word."""
    text = yes_no(given.value) if given.signature == "b" else given.value
    return [f"{directive.name}={text}"]


def write_weight(directive: Directive, given: Property) -> list[str]:
    """Write a weight; 0 is ``idle``, and none is empty."""
    value = _number(given)
    return [f"{directive.name}={'' if value == INFINITY else value or 'idle'}"]


def write_cpu_quota(directive: Directive, given: Property) -> list[str]:
    """Write microseconds per second as a percentage."""
    value = _number(given)
    text = "" if value == INFINITY else f"{_hundredths(value * 10_000 // USEC_PER_SEC)}%"
    return [f"{directive.name}={text}"]


def _hundredths(share: int) -> str:
    """Return parts of ten thousand as a percentage, without the sign."""
    whole, rest = divmod(share, 100)
    return f"{whole}.{rest:02}" if rest else str(whole)


def write_timespan(directive: Directive, given: Property) -> list[str]:
    """Write microseconds."""
    return [f"{directive.name}={timespan_text(_number(given))}"]


def timespan_text(count: int, *, per_second: int = USEC_PER_SEC, unit: str = "us") -> str:
    """Return a time span in seconds and the rest, or ``infinity``.

    In the smaller unit alone, a long one would be more than one term of a time span may have.

    Args:
        count: the length, in microseconds unless told otherwise.
        per_second: how many of what is counted are one second.
        unit: what is counted.
    """
    if count == INFINITY:
        return "infinity"
    seconds, rest = divmod(count, per_second)
    if seconds == INFINITY // per_second:
        # The first term may not be the longest that there is.
        seconds, rest = seconds - 1, rest + per_second
    terms = [f"{seconds}s"] if seconds or not rest else []
    return " ".join([*terms, f"{rest}{unit}"] if rest else terms)


def write_nsec(directive: Directive, given: Property) -> list[str]:
    """Write nanoseconds."""
    text = timespan_text(_number(given), per_second=NSEC_PER_SEC, unit="ns")
    return [f"{directive.name}={text}"]


def write_octal_mode(directive: Directive, given: Property) -> list[str]:
    """Write an access mode."""
    return [f"{directive.name}={_number(given):04o}"]


def write_scale(directive: Directive, given: Property) -> list[str]:
    """Write a part of 2^32 - 1 as a percentage."""
    share = (_number(given) * 10_000 + 2**31) // (2**32 - 1)
    return [f"{directive.name}={_hundredths(share)}%"]


def write_size_or_percent_or_infinity(directive: Directive, given: Property) -> list[str]:
    """Write bytes or a number, a percentage, or infinity."""
    if given.signature == "u":
        return write_scale(directive, given)
    value = _number(given)
    return [f"{directive.name}={'infinity' if value == INFINITY else value}"]
