"""Grammars of how processes run: signals, log levels, scheduling, limits."""

from __future__ import annotations

from runwrap.exit_statuses import EXIT_STATUS_NAMES
from runwrap.properties.faults import InvalidValueError, closest, one_of, quote, wrong
from runwrap.properties.scalars import (
    INFINITY,
    USEC_PER_SEC,
    meant_as_infinity,
    parse_integer,
    parse_size,
    parse_timespan,
    parse_usec,
    timespan_text,
)
from runwrap.properties.words import split_words
from runwrap.units import Property

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Final

    from runwrap.properties.table import Directive

__all__ = ["parse_signal"]


def _numbered(start: int, names: str) -> dict[str, int]:
    """Number the *names*, which white space separates, from *start* on."""
    return {name: number for number, name in enumerate(names.split(), start)}


LOG_LEVELS: Final = _numbered(0, "emerg alert crit err warning notice info debug")
"""Log levels by name (systemd.exec(5), SyslogLevel=)."""

LOG_FACILITIES: Final = {
    **_numbered(0, "kern user mail daemon auth syslog lpr news uucp cron authpriv ftp"),
    **_numbered(16, "local0 local1 local2 local3 local4 local5 local6 local7"),
}
"""Log facilities by name (systemd.exec(5), SyslogFacility=)."""

SCHEDULING_POLICIES: Final = {"other": 0, "batch": 3, "idle": 5, "fifo": 1, "rr": 2}
"""CPU scheduling policies by name (systemd.exec(5), CPUSchedulingPolicy=)."""

IO_CLASSES: Final = {"none": 0, "realtime": 1, "best-effort": 2, "idle": 3}
"""I/O scheduling classes by name (systemd.exec(5), IOSchedulingClass=)."""

EXIT_STATUSES: Final = {name: status for status, name in EXIT_STATUS_NAMES.items()}
"""Exit statuses by name, without the EXIT_ or EX_ (systemd.exec(5), Process Exit Codes).

What the manual calls EXIT_APPARMOR_PROFILE, systemd takes as APPARMOR.
"""


def _number_or_name(
    text: str, names: Mapping[str, int], minimum: int, maximum: int, what: str
) -> int:
    if text in names:
        return names[text]
    try:
        return parse_integer(text, minimum, maximum)
    except InvalidValueError:
        raise wrong(
            text,
            f"is not {what}",
            expected=f"{one_of(list(names))}, or a number from {minimum} to {maximum}",
            suggestion=closest(text, names),
        ) from None


def log_level(directive: Directive, text: str) -> list[Property]:
    """A log level, by name or number."""
    return [Property(directive.name, "i", _number_or_name(text, LOG_LEVELS, 0, 7, "a log level"))]


def log_facility(directive: Directive, text: str) -> list[Property]:
    """A log facility, by name or number."""
    number = _number_or_name(text, LOG_FACILITIES, 0, 127, "a log facility")
    return [Property(directive.name, "i", number)]


def sched_policy(directive: Directive, text: str) -> list[Property]:
    """A CPU scheduling policy, by name or number."""
    number = SCHEDULING_POLICIES.get(text, -1)
    if number < 0:
        try:
            number = parse_integer(text, 0, 5)
        except InvalidValueError:
            number = -1
    if number not in SCHEDULING_POLICIES.values():
        numbers = one_of([str(number) for number in sorted(SCHEDULING_POLICIES.values())])
        raise wrong(
            text,
            "is not a CPU scheduling policy",
            expected=f"{one_of(list(SCHEDULING_POLICIES))}, or a number: {numbers}",
            suggestion=closest(text, SCHEDULING_POLICIES),
        )
    return [Property(directive.name, "i", number)]


def ioprio_class(directive: Directive, text: str) -> list[Property]:
    """An I/O scheduling class, by name or number."""
    number = _number_or_name(text, IO_CLASSES, 0, 3, "an I/O scheduling class")
    return [Property(directive.name, "i", number)]


def ioprio_priority(directive: Directive, text: str) -> list[Property]:
    """An I/O priority, from 0 (highest) to 7."""
    return [Property(directive.name, "i", parse_integer(text, 0, 7))]


def nice(directive: Directive, text: str) -> list[Property]:
    """A nice level, from -20 (highest priority) to 19."""
    return [Property(directive.name, "i", parse_integer(text, -20, 19, what="a nice level"))]


def action_exit_status(directive: Directive, text: str) -> list[Property]:
    """An exit status from 0 to 255, or empty for the one of the main process (-1)."""
    return [Property(directive.name, "i", parse_integer(text, 0, 255) if text else -1)]


def parse_signal(text: str) -> int:
    """Read a signal: ``SIGTERM``, ``TERM``, ``RTMIN+3``, ``15`` (systemd.kill(5)).

    Raises:
        InvalidValueError: *text* is no signal.
    """
    # The numbers differ between processor families, so they are the running system's.
    from signal import Signals

    first, last = Signals.SIGRTMIN.value, Signals.SIGRTMAX.value
    name = text.removeprefix("SIG")
    for base, sign, origin in (("RTMIN", "+", first), ("RTMAX", "-", last)):
        if name == base:
            return origin
        offset = name.removeprefix(base + sign)
        if offset != name and offset.isascii() and offset.isdigit():
            number = origin + int(sign + offset[:4])
            if first <= number <= last:
                return number
    names = {signal.name.removeprefix("SIG"): signal.value for signal in Signals}
    if name in names:
        return names[name]
    try:
        return parse_integer(text, 1, last)
    except InvalidValueError:
        raise wrong(
            text,
            "is not a signal",
            expected=f"a name such as SIGTERM or RTMIN+1, or a number from 1 to {last}",
            suggestion=closest(text, [*(f"SIG{signal}" for signal in names), *names]),
        ) from None


def signal(directive: Directive, text: str) -> list[Property]:
    """A signal, by name or number."""
    return [Property(directive.name, "i", parse_signal(text))]


def exit_status(directive: Directive, text: str) -> list[Property]:
    """Exit statuses and signals, by name or number; a number is a status. Empty resets."""
    statuses: list[int] = []
    signals: list[int] = []
    for word in split_words(text):
        try:
            statuses.append(_number_or_name(word, EXIT_STATUSES, 0, 255, "an exit status"))
        except InvalidValueError:
            try:
                signals.append(_named_signal(word))
            except InvalidValueError as fault:
                bare = word.removeprefix("EXIT_").removeprefix("EX_")
                raise wrong(
                    word,
                    "is neither an exit status nor a signal",
                    expected="a number from 0 to 255, or a name such as TEMPFAIL or SIGHUP",
                    suggestion=closest(bare, EXIT_STATUSES) or fault.suggestion,
                    is_word=True,
                ) from None
    return [Property(directive.name, "(aiai)", (statuses, signals))]


def _named_signal(word: str) -> int:
    """Read a signal by name; its number would be an exit status."""
    if word[:1] in "+-0123456789":
        raise wrong(word, "is out of range")
    return parse_signal(word)


def resource_limit(directive: Directive, text: str) -> list[Property]:
    """A limit, or a soft and a hard one as in ``4:8``; infinity where there is to be none.

    The row's argument says what it counts: ``count``, ``size`` (bytes), ``seconds``,
    ``microseconds``, or ``nice`` (systemd.exec(5), Process Properties).
    """
    kind = directive.argument
    if text.count(":") > 1 or text.strip(":") != text:
        raise wrong(text, "is not a limit, or two of them", expected="one limit, or SOFT:HARD")
    soft_text, colon, hard_text = text.partition(":")
    soft = _parse_limit(soft_text, kind)
    hard = _parse_limit(hard_text, kind) if colon else soft
    if soft > hard:
        raise InvalidValueError(
            f"the soft limit {quote(soft_text)} is above the hard limit {quote(hard_text)}",
            expected="SOFT:HARD",
        )
    return [Property(directive.name, "t", hard), Property(f"{directive.name}Soft", "t", soft)]


def _parse_limit(text: str, kind: str) -> int:
    if text == "infinity" and kind != "nice":
        return INFINITY
    try:
        match kind:
            case "size":
                value = parse_size(text)
            case "seconds":
                # A part of a second counts as a whole one, as systemd does it.
                usec = parse_usec(text)
                value = usec if usec == INFINITY else -(-usec // USEC_PER_SEC)
            case "microseconds":
                value = parse_timespan(text, default_nsec=1_000, unit_nsec=1_000)
            case "nice":
                value = _parse_nice_limit(text)
            case _:
                value = parse_integer(text, 0, INFINITY - 1)
    except InvalidValueError as fault:
        suggestion, expected = fault.suggestion, fault.expected
        if kind != "nice":
            suggestion = meant_as_infinity(text) or suggestion
            if "infinity" not in expected:
                expected += "; or infinity"
        raise InvalidValueError(
            fault.problem, expected=expected, suggestion=suggestion, part=fault.part
        ) from None
    if value >= INFINITY:
        raise wrong(text, "is too large", expected="infinity for no limit")
    return value


def _parse_nice_limit(text: str) -> int:
    """Read a nice level that has a sign, or the kernel's own number, from 0 to 40."""
    if text[:1] in {"+", "-"}:
        return 20 - parse_integer(text, -20, 19, what="a nice level")
    return parse_integer(text, 0, 40, what="a signed nice level from -20 to +19, or a number")


def write_exit_status(directive: Directive, given: Property) -> list[str]:
    """Write exit statuses by number and signals by name."""
    assert isinstance(given.value, tuple)
    statuses, signals = given.value
    texts = [*map(str, statuses), *map(signal_name, signals)]
    return [f"{directive.name}={' '.join(texts)}"]


def signal_name(number: int) -> str:
    """Return the name of a signal, such as ``SIGTERM`` or ``SIGRTMIN+3``."""
    from signal import Signals

    first = Signals.SIGRTMIN.value
    if first < number < Signals.SIGRTMAX.value:
        return f"SIGRTMIN+{number - first}"
    return Signals(number).name


def write_limit(directive: Directive, given: Property) -> list[str]:
    """Write one limit; the pair of a hard and a soft one is put together by its caller."""
    value = given.value
    assert isinstance(value, int)
    text = "infinity" if value == INFINITY else str(value)
    if directive.argument == "microseconds":
        text = timespan_text(value)
    elif directive.argument == "seconds" and INFINITY > value > INFINITY // USEC_PER_SEC:
        # In microseconds it would be more than there are; a part of a second is rounded up.
        text = f"{value - 1}s 1us"
    return [f"{directive.name}={text}"]
