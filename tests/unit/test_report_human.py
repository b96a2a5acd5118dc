"""The account that a person reads: quantities, plain lines, the table on a terminal."""

from __future__ import annotations

import dataclasses
import fcntl
import io
import os
import pty
import random
import re
import struct
import subprocess
import sys
import termios
from typing import TYPE_CHECKING

import pytest

from runwrap.model import Counters, RunResult, Timestamps
from runwrap.report import format_bytes, format_timespan, print_account, render, render_plain

if TYPE_CHECKING:
    from collections.abc import Iterator

HUGE = 2**64 - 2
ESCAPE = re.compile(r"\x1b\[([0-9;]*)m")

DONE = RunResult(
    unit="run-1.service",
    invocation_id="0123456789abcdef0123456789abcdef",
    command=("wget", "http://localhost/"),
    properties=("IPAccounting=yes",),
    result="success",
    code="exited",
    status=0,
    job_result="done",
    runtime_usec=62_345_678,
    timestamps=Timestamps(),
    counters=Counters(
        cpu_usage_nsec=19_000_000,
        memory_peak=1_258_292,
        memory_swap_peak=0,
        ip_ingress_bytes=84,
        ip_ingress_packets=1,
        ip_egress_bytes=20 << 20,
        ip_egress_packets=15_000,
        io_read_bytes=4096,
        io_read_operations=1,
        io_write_bytes=0,
        io_write_operations=0,
        tasks=3,
    ),
)
FAILED = dataclasses.replace(DONE, result="exit-code", status=4)
WIDE = dataclasses.replace(
    FAILED,
    unit="u" * 247 + ".service",
    runtime_usec=HUGE,
    counters=Counters(**dict.fromkeys(Counters().as_dict(), HUGE)),
)


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0B"),
        (1, "1B"),
        (1023, "1023B"),
        (1024, "1.0K"),
        (1228 << 10, "1.1M"),  # cut, not rounded
        (1_258_292, "1.2M"),
        (20 << 20, "20.0M"),
        ((1 << 20) - 1, "1023.9K"),
        (1500 << 20, "1.4G"),
        (5 << 30, "5.0G"),
        (1 << 40, "1.0T"),
        (1 << 50, "1.0P"),
        (1 << 60, "1.0E"),
        (2**64 - 1, "15.9E"),
        (1 << 70, "1024.0E"),
    ],
)
def test_bytes(size: int, text: str) -> None:
    assert format_bytes(size) == text


def _oracle(spans: list[int]) -> list[str]:
    """Return what the installed systemd-analyze makes of spans in microseconds."""
    output = subprocess.run(
        ["systemd-analyze", "timespan", *(f"{usec}us" for usec in spans)],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "SYSTEMD_COLORS": "0"},
    ).stdout
    return re.findall(r"^ +Human: (.*)$", output, re.MULTILINE)


def _spans() -> list[int]:
    units = (1, 1_000, 10**6, 60 * 10**6, 3600 * 10**6, 86_400 * 10**6, 604_800 * 10**6)
    spans = {0, 2_629_800 * 10**6, 31_557_600 * 10**6, 60_000_345, 62_000_500}
    spans |= {max(0, factor * unit + off) for unit in units for factor in (1, 7) for off in (-1, 1)}
    spans |= {factor * unit for unit in units for factor in (1, 2, 59, 999)}
    draw = random.Random(1)
    spans |= {int(10 ** draw.uniform(0, 17)) for _ in range(300)}
    return sorted(spans)


def test_time_spans_are_what_systemd_prints() -> None:
    spans = _spans()
    assert [format_timespan(usec, accuracy_usec=1) for usec in spans] == _oracle(spans)


def test_milliseconds_are_what_systemd_prints_without_the_digits_below() -> None:
    spans = [usec for usec in _spans() if usec >= 1_000]
    expected = []
    for text in _oracle(spans):
        cut = re.sub(r"(\.\d{3})\d{3}s$", r"\1s", text)  # 2.345678s
        cut = re.sub(r"\.\d{3}ms$", "ms", cut)  # 1.500ms
        expected.append(re.sub(r" \d+us$", "", cut))  # 1min 345us
    assert [format_timespan(usec) for usec in spans] == expected


@pytest.mark.parametrize(
    ("usec", "text"),
    [
        (0, "0"),
        (1, "1us"),
        (999, "999us"),
        (19_000, "19ms"),
        (1_500, "1ms"),
        (62_345_678, "1min 2.345s"),
        (-1_000, "-1ms"),
    ],
)
def test_time_spans(usec: int, text: str) -> None:
    assert format_timespan(usec) == text


def test_plain_account() -> None:
    assert render_plain(DONE) == (
        "Unit:         run-1.service\n"
        "Result:       success\n"
        "Main process: code=exited, status=0/SUCCESS\n"
        "Runtime:      1min 2.345s\n"
        "CPU time:     19ms\n"
        "Memory peak:  1.2M\n"
        "Swap peak:    0B\n"
        "IP received:  84B in 1 packet\n"
        "IP sent:      20.0M in 15000 packets\n"
        "I/O read:     4.0K in 1 operation\n"
        "I/O written:  0B in 0 operations\n"
        "Tasks:        3\n"
    )


def _value(text: str, label: str) -> str | None:
    found = re.search(rf"^{re.escape(label)}: +(.*)$", text, re.MULTILINE)
    return found and found[1]


@pytest.mark.parametrize(
    ("code", "status", "text"),
    [
        ("exited", 4, "code=exited, status=4/NOPERMISSION"),
        ("exited", 203, "code=exited, status=203/EXEC"),
        ("exited", 42, "code=exited, status=42"),
        ("killed", 9, "code=killed, signal=KILL"),
        ("dumped", 6, "code=dumped, signal=ABRT"),
        ("killed", 99, "code=killed, signal=99"),
        ("exited", None, "code=exited"),
        (None, None, None),
    ],
)
def test_main_process(code: str | None, status: int | None, text: str | None) -> None:
    account = render_plain(dataclasses.replace(FAILED, code=code, status=status))
    assert _value(account, "Main process") == text


def test_only_a_start_job_that_failed_is_told() -> None:
    assert _value(render_plain(DONE), "Start job") is None
    failed = dataclasses.replace(DONE, job_result="timeout")
    assert _value(render_plain(failed), "Start job") == "timeout"


def test_what_is_not_known_is_left_out() -> None:
    bare = dataclasses.replace(DONE, counters=Counters(), runtime_usec=None)
    assert render_plain(bare).splitlines() == [
        "Unit:         run-1.service",
        "Result:       success",
        "Main process: code=exited, status=0/SUCCESS",
    ]


@pytest.mark.parametrize("counter", list(Counters().as_dict()))
def test_a_counter_of_zero_is_told_and_an_unknown_one_is_not(counter: str) -> None:
    unknown = render_plain(dataclasses.replace(DONE, counters=Counters()))
    zero = render_plain(dataclasses.replace(DONE, counters=Counters(**{counter: 0})))
    assert len(zero.splitlines()) == len(unknown.splitlines()) + 1
    assert re.search(r": +0(B| packets| operations|)$", zero, re.MULTILINE)


def test_half_a_pair_is_told_alone() -> None:
    counters = Counters(ip_ingress_bytes=84, ip_egress_packets=1)
    account = render_plain(dataclasses.replace(DONE, counters=counters))
    assert _value(account, "IP received") == "84B"
    assert _value(account, "IP sent") == "1 packet"


def test_missing_counters_are_named_by_reason() -> None:
    no_memory, no_io, off = "no memory controller", "no io controller", "IPAccounting= is off"
    account = render_plain(
        dataclasses.replace(
            DONE,
            counters=dataclasses.replace(
                DONE.counters,
                memory_peak=None,
                memory_swap_peak=None,
                ip_egress_bytes=None,
                io_read_bytes=None,
                io_read_operations=None,
                io_write_bytes=None,
                io_write_operations=None,
            ),
            absent={
                "memory_peak": no_memory,
                "memory_swap_peak": no_memory,
                "ip_egress_bytes": off,
                "io_read_bytes": no_io,
                "io_read_operations": no_io,
                "io_write_bytes": no_io,
                "io_write_operations": no_io,
                "tasks": "not said, since tasks were counted",
            },
        )
    )
    assert account.splitlines()[-3:] == [
        f"Not counted:  memory peak, swap peak: {no_memory}",
        f"Not counted:  IP bytes sent: {off}",
        f"Not counted:  I/O: {no_io}",
    ]


@pytest.mark.parametrize("counter", list(Counters().as_dict()))
def test_every_counter_has_a_name_for_when_it_is_missing(counter: str) -> None:
    counters = dataclasses.replace(DONE.counters, **{counter: None})
    missing = dataclasses.replace(DONE, counters=counters, absent={counter: "why"})
    assert re.search(r"^Not counted: +\w.*: why$", render_plain(missing), re.MULTILINE)


def test_nothing_in_the_account_acts_on_a_terminal() -> None:
    hostile = dataclasses.replace(
        FAILED,
        unit="\x1b[2Jx[red]\udcff\n",
        counters=Counters(),
        absent={"tasks": "\x1b]0;title\a"},
    )
    for text in (render_plain(hostile), render(hostile, color=False, width=80)):
        assert "\x1b" not in text
        assert "\a" not in text
        assert r"\x1b[2Jx[red]\xff\n" in text


@pytest.mark.parametrize("unicode", [True, False])
@pytest.mark.parametrize("width", [40, 80, 200])
def test_no_line_is_wider_than_the_terminal(width: int, unicode: bool) -> None:
    missing = dataclasses.replace(
        WIDE,
        counters=Counters(io_read_bytes=HUGE, io_read_operations=HUGE),
        absent=dict.fromkeys(Counters().as_dict(), "a reason that " + "goes on and on " * 9),
    )
    for result in (DONE, WIDE, missing):
        text = render(result, color=False, width=width, unicode=unicode)
        assert max(map(len, text.splitlines())) <= width
        assert text.isascii() is not unicode
        # Nothing is cut off: what was folded is all there.
        assert re.sub(r"[\s│|]", "", text).count("u" * 247) == (result.unit != DONE.unit)
    assert "15.9E in 18446744073709551614 operations" in re.sub(
        r"\s+", " ", re.sub(r"[│|]", "", render(WIDE, color=False, width=80))
    )


def test_a_failure_is_red_and_a_success_is_not() -> None:
    assert "\x1b[1;31mexit-code" in render(FAILED, color=True, width=80)
    assert "\x1b[1;31mcode=exited, status=4/NOPERMISSION" in render(FAILED, color=True, width=80)
    success = render(DONE, color=True, width=80)
    assert "\x1b[1;32msuccess" in success
    assert "31m" not in success


def test_colours_change_nothing_but_colours() -> None:
    colored = render(FAILED, color=True, width=80)
    assert ESCAPE.sub("", colored) == render(FAILED, color=False, width=80)


class Terminal:
    """A pseudo-terminal of 80 columns with a stream to write to it."""

    def __init__(self, columns: int = 80, encoding: str = "utf-8") -> None:
        self._controller, terminal = pty.openpty()
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        self.stream = os.fdopen(terminal, "w", encoding=encoding)

    def shown(self) -> str:
        """Return what has been written, after closing the writing side."""
        os.set_blocking(self._controller, False)
        data = b""
        try:
            while chunk := os.read(self._controller, 65536):
                data += chunk
        except BlockingIOError:
            pass
        return data.decode().replace("\r\n", "\n")

    def close(self) -> None:
        """Close both sides."""
        self.stream.close()
        os.close(self._controller)


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    terminal = Terminal()
    yield terminal
    terminal.close()


def test_a_terminal_gets_the_table(terminal: Terminal) -> None:
    print_account(WIDE, terminal.stream)
    shown = terminal.shown()
    assert shown == render(WIDE, color=True, width=80)
    assert ESCAPE.search(shown)
    assert max(len(line) for line in ESCAPE.sub("", shown).splitlines()) <= 80


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_no_colour_where_none_is_wanted(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    print_account(FAILED, terminal.stream)
    assert terminal.shown() == render(FAILED, color=False, width=80)


def test_an_empty_no_color_is_none(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "")
    print_account(FAILED, terminal.stream)
    assert ESCAPE.search(terminal.shown())


@pytest.mark.parametrize(("columns", "width"), [(0, 80), (60, 60), (132, 132)])
def test_the_width_is_the_terminals(columns: int, width: int) -> None:
    terminal = Terminal(columns)
    try:
        print_account(WIDE, terminal.stream)
        lines = ESCAPE.sub("", terminal.shown()).splitlines()
    finally:
        terminal.close()
    assert max(map(len, lines)) == width


def test_a_terminal_without_unicode_gets_ascii() -> None:
    terminal = Terminal(encoding="ascii")
    try:
        print_account(FAILED, terminal.stream)
        assert terminal.shown().isascii()
    finally:
        terminal.close()


def test_what_is_no_terminal_gets_plain_lines() -> None:
    stream = io.StringIO()
    print_account(FAILED, stream)
    assert stream.getvalue() == render_plain(FAILED)


def test_plain_lines_import_neither_rich_nor_json() -> None:
    script = (
        "import io, sys; from runwrap.model import *; from runwrap.report import print_account;"
        "result = RunResult(unit='a.service', invocation_id=None, command=(), properties=(),"
        " result='success', code=None, status=None, job_result='done', runtime_usec=1,"
        " timestamps=Timestamps(), counters=Counters(tasks=1));"
        "print_account(result, sys.stdout);"
        "print([name for name in ('rich', 'json') if name in sys.modules])"
    )
    output = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    ).stdout
    assert output == "Unit:    a.service\nResult:  success\nRuntime: 1us\nTasks:   1\n[]\n"
