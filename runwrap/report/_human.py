"""The account as a person reads it: a table on a terminal, plain lines elsewhere."""

from __future__ import annotations

import io
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TextIO

from runwrap.errors import printable
from runwrap.report._names import status_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from runwrap.model import RunResult

__all__ = ["format_bytes", "format_timespan", "print_account", "render", "render_plain"]

_SECOND: Final = 1_000_000
_MINUTE: Final = 60 * _SECOND
_DAY: Final = 24 * 60 * _MINUTE

# A year has 365.25 days and a month a twelfth of that: systemd.time(7), Parsing time spans.
_LONG_UNITS: Final = (
    (365 * _DAY + _DAY // 4, "y"),
    ((365 * _DAY + _DAY // 4) // 12, "month"),
    (7 * _DAY, "w"),
    (_DAY, "d"),
    (60 * _MINUTE, "h"),
    (_MINUTE, "min"),
)
_SHORT_UNITS: Final = ((_SECOND, "s"), (1_000, "ms"), (1, "us"))

_BYTE_SUFFIXES: Final = "KMGTPE"

# What a list of counters is called in a sentence; a name for several stands for all of them.
_COUNTER_NAMES: Final[Sequence[tuple[frozenset[str], str]]] = (
    (frozenset({"cpu_usage_nsec"}), "CPU time"),
    (frozenset({"memory_peak"}), "memory peak"),
    (frozenset({"memory_swap_peak"}), "swap peak"),
    (
        frozenset(
            {"ip_ingress_bytes", "ip_egress_bytes", "ip_ingress_packets", "ip_egress_packets"}
        ),
        "IP",
    ),
    (frozenset({"ip_ingress_bytes"}), "IP bytes received"),
    (frozenset({"ip_ingress_packets"}), "IP packets received"),
    (frozenset({"ip_egress_bytes"}), "IP bytes sent"),
    (frozenset({"ip_egress_packets"}), "IP packets sent"),
    (
        frozenset({"io_read_bytes", "io_write_bytes", "io_read_operations", "io_write_operations"}),
        "I/O",
    ),
    (frozenset({"io_read_bytes"}), "I/O bytes read"),
    (frozenset({"io_read_operations"}), "I/O operations read"),
    (frozenset({"io_write_bytes"}), "I/O bytes written"),
    (frozenset({"io_write_operations"}), "I/O operations written"),
    (frozenset({"tasks"}), "tasks"),
)


@dataclass(frozen=True, slots=True)
class _Row:
    """One line of the account; *outcome* marks what a failure shows in."""

    label: str
    value: str
    outcome: bool = False


def format_bytes(size: int) -> str:
    """Return a size as systemd's tools write it, such as ``"1.2M"``.

    Args:
        size: a number of bytes, 0 or more.

    Returns:
        The size to base 1024 with one decimal, cut and not rounded, and ``K`` to ``E``;
        below 1024 the number itself and ``B``.
    """
    if size < 1024:
        return f"{size}B"
    power = min((size.bit_length() - 1) // 10, len(_BYTE_SUFFIXES))
    tenths = size * 10 >> 10 * power
    return f"{tenths // 10}.{tenths % 10}{_BYTE_SUFFIXES[power - 1]}"


def format_timespan(usec: int, *, accuracy_usec: int = 1_000) -> str:
    """Return a time span as systemd's tools write it, such as ``"1min 2.345s"``.

    Args:
        usec: the span in microseconds; a minus sign is put before a negative one.
        accuracy_usec: the smallest part to show, in microseconds, a power of ten up to one
            second. Only a span that is shorter than this is shown in full.

    Returns:
        Years to seconds, from the largest that is not zero; below a minute a fraction in
        place of further units; ``"0"`` for nothing. With an accuracy of 1 this is what
        systemd-analyze(1), timespan, prints.
    """
    if usec < 0:
        return "-" + format_timespan(-usec, accuracy_usec=accuracy_usec)
    parts: list[str] = []
    rest = usec
    for unit, suffix in _LONG_UNITS:
        whole, rest = divmod(rest, unit)
        if whole:
            parts.append(f"{whole}{suffix}")
    if rest and (rest >= accuracy_usec or not parts):
        unit, suffix = next(short for short in _SHORT_UNITS if rest >= short[0])
        whole, fraction = divmod(rest, unit)
        digits = len(str(unit)) - len(str(accuracy_usec))
        if fraction and digits > 0:
            parts.append(f"{whole}.{fraction // accuracy_usec:0{digits}}{suffix}")
        else:
            parts.append(f"{whole}{suffix}")
    return " ".join(parts) or "0"


def render_plain(result: RunResult) -> str:
    """Return the account as aligned ``Label: value`` lines, without any escape sequence.

    Args:
        result: how the run ended and what it used.

    Returns:
        The lines, each with its line feed. A counter that is None has no line; the reasons
        for missing ones come last, a line for each distinct reason.
    """
    rows = [*_rows(result), *(_Row("Not counted", note) for note in _notes(result))]
    width = max(len(row.label) for row in rows) + 1
    return "".join(f"{row.label + ':':<{width}} {row.value}\n" for row in rows)


def render(result: RunResult, *, color: bool, width: int, unicode: bool = True) -> str:
    """Return the account as a table for a terminal.

    Args:
        result: how the run ended and what it used.
        color: whether to use colours and other attributes; without them there is no escape
            sequence in the text.
        width: the number of columns that no line may exceed.
        unicode: whether the table's lines may be drawn with characters beyond ASCII.

    Returns:
        The table and below it, for missing counters, a paragraph for each distinct reason.
    """
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    buffer = io.StringIO()
    # Size and colours are decided here; left out, rich looks for them in the environment.
    console = Console(
        file=buffer,
        width=width,
        height=25,
        force_terminal=color,
        color_system="standard" if color else None,
        no_color=not color,
        legacy_windows=False,
    )
    good = result.exit_status == 0 and result.interrupted is None
    outcome_style = "bold green" if good else "bold red"
    table = Table(box=box.ROUNDED if unicode else box.ASCII, show_header=False)
    table.add_column(overflow="fold")
    table.add_column(overflow="fold")
    for row in _rows(result):
        table.add_row(Text(row.label), Text(row.value, outcome_style if row.outcome else ""))
    console.print(table)
    for note in _notes(result):
        console.print(Text(f"Not counted: {note}", "dim", overflow="fold"))
    return buffer.getvalue()


def print_account(result: RunResult, stream: TextIO) -> None:
    """Write the account to a stream, as a table where that is a terminal.

    Colours are left out where NO_COLOR is set to anything but the empty string, or where TERM
    is ``dumb``. The width is the terminal's, or 80 columns where it does not tell.

    Args:
        result: how the run ended and what it used.
        stream: where to write, usually ``sys.stderr``.

    Raises:
        OSError: the stream cannot be written to.
    """
    if stream.isatty():
        text = render(
            result,
            color=not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb",
            width=os.get_terminal_size(stream.fileno()).columns or 80,
            unicode=stream.encoding.lower().startswith("utf"),
        )
    else:
        text = render_plain(result)
    stream.write(text)
    stream.flush()


def _rows(result: RunResult) -> Iterator[_Row]:
    """Yield what there is to tell, in the order of reading."""
    counters = result.counters
    yield _Row("Unit", printable(result.unit))
    yield _Row("Result", printable(result.result), outcome=True)
    if not result.conditions_met:
        yield _Row("Not run", "a condition of the unit is not met", outcome=True)
    if result.job_result != "done":
        yield _Row("Start job", printable(result.job_result), outcome=True)
    if result.interrupted is not None:
        yield _Row("Interrupted", f"by SIG{result.interrupted}", outcome=True)
    if result.restarts:
        yield _Row("Restarts", f"{result.restarts}; all below is of the last run")
    if result.code is not None:
        yield _Row("Main process", printable(_main_process(result)), outcome=True)
    if result.runtime_usec is not None:
        yield _Row("Runtime", format_timespan(result.runtime_usec))
    if counters.cpu_usage_nsec is not None:
        yield _Row("CPU time", format_timespan(counters.cpu_usage_nsec // 1_000))
    for label, size in (
        ("Memory peak", counters.memory_peak),
        ("Swap peak", counters.memory_swap_peak),
    ):
        if size is not None:
            yield _Row(label, format_bytes(size))
    for label, size, count, noun in (
        ("IP received", counters.ip_ingress_bytes, counters.ip_ingress_packets, "packet"),
        ("IP sent", counters.ip_egress_bytes, counters.ip_egress_packets, "packet"),
        ("I/O read", counters.io_read_bytes, counters.io_read_operations, "operation"),
        ("I/O written", counters.io_write_bytes, counters.io_write_operations, "operation"),
    ):
        if amount := _amount(size, count, noun):
            yield _Row(label, amount)
    if counters.tasks is not None:
        yield _Row("Tasks", str(counters.tasks))


def _main_process(result: RunResult) -> str:
    """Return code and status in the words of systemctl(1), status."""
    name = status_name(result.code, result.status)
    if result.status is None:
        return f"code={result.code}"
    if result.code == "exited":
        return f"code=exited, status={result.status}" + (f"/{name}" if name else "")
    return f"code={result.code}, signal={name or result.status}"


def _amount(size: int | None, count: int | None, noun: str) -> str:
    """Return a size in bytes and the *count* of what it came in, or "" if neither is known."""
    parts = []
    if size is not None:
        parts.append(format_bytes(size))
    if count is not None:
        parts.append(f"{count} {noun}" + ("" if count == 1 else "s"))
    return " in ".join(parts)


def _notes(result: RunResult) -> Iterator[str]:
    """Yield for each distinct reason which counters are missing for it."""
    missing: dict[str, set[str]] = {}
    for counter, value in result.counters.as_dict().items():
        if value is None and counter in result.absent:
            missing.setdefault(result.absent[counter], set()).add(counter)
    for reason, counters in missing.items():
        names = []
        for group, name in _COUNTER_NAMES:
            if group <= counters:
                names.append(name)
                counters.difference_update(group)
        yield f"{', '.join(names)}: {printable(reason)}"
