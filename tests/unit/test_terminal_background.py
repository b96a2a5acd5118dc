"""The background under a command's output: a pure function of the bytes, wherever they are cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runwrap.errors import UsageError
from runwrap.terminal import check_background
from runwrap.terminal._background import Tint
from runwrap.terminal._look import ends_in_mid_line

_PIECES = st.sampled_from(
    [
        *(b"text", b"\n", b"\r", b"\x1b", b"[", b"]", b"\x07", b"\\", b";", b"m", b"J", b"0"),
        *(b"\x1b[m", b"\x1b[0m", b"\x1b[41m", b"\x1b[0;41m", b"\x1b[49m", b"\x1b[48;5;0m"),
        *(b"\x1b[K", b"\x1b[2J", b"\x1bc", b"\x1b[!p", b"\x1b]2;title\x1b\\", b"\x1bPq#0\n\x1b\\"),
    ]
)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (b"plain", b"plain"),
        (b"\x1b[m", b"\x1b[;44m"),
        (b"\x1b[0m", b"\x1b[0;44m"),
        (b"\x1b[0;1m", b"\x1b[0;1;44m"),
        (b"\x1b[49m", b"\x1b[49;44m"),
        (b"\x1b[1;31m", b"\x1b[1;31m"),
        (b"\x1b[0;41m", b"\x1b[0;41m"),
        (b"\x1b[41;0m", b"\x1b[41;0;44m"),
        (b"\x1b[38;5;0m", b"\x1b[38;5;0m"),
        (b"\x1b[48;2;0;0;0m", b"\x1b[48;2;0;0;0m"),
        (b"\x1b[38:5:0m", b"\x1b[38:5:0m"),
        (b"\n", b"\x1b[44m\n"),
        (b"\x1b[41m\n\x1b[K", b"\x1b[41m\n\x1b[K"),
        (b"\x1b[K", b"\x1b[44m\x1b[K"),
        (b"\x1b[2J", b"\x1b[44m\x1b[2J"),
        (b"\x1bc", b"\x1bc\x1b[44m"),
        (b"\x1b[!p", b"\x1b[!p\x1b[44m"),
        (b"\x1b[?25l\x1b[3;4H", b"\x1b[?25l\x1b[3;4H"),
        (b"\x1bPq\n\x1b[m\x1b\\\x1b[m", b"\x1bPq\n\x1b[m\x1b\\\x1b[;44m"),
        (b"\x1b]2;a\x07\x1b[m", b"\x1b]2;a\x07\x1b[;44m"),
    ],
)
def test_the_background_comes_back(written: bytes, shown: bytes) -> None:
    tint = Tint("44")
    assert tint.feed(written) + tint.end() == shown


@given(st.lists(_PIECES | st.binary(max_size=3), max_size=30), st.data())
def test_where_the_output_is_cut_makes_no_difference(
    pieces: list[bytes], data: st.DataObject
) -> None:
    written = b"".join(pieces)
    whole = Tint("48;5;17")
    expected = whole.feed(written) + whole.end()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(written)), max_size=8)))
    tint = Tint("48;5;17")
    shown = b""
    for begin, end in zip([0, *cuts], [*cuts, len(written)], strict=True):
        shown += tint.feed(written[begin:end])
    assert shown + tint.end() == expected


@given(st.binary())
def test_nothing_of_the_output_is_lost(written: bytes) -> None:
    tint = Tint("44")
    shown = iter(tint.feed(written) + tint.end())
    assert all(byte in shown for byte in written)


@pytest.mark.parametrize("text", ["", "44", "48;5;17", "48;2;16;24;32", "0", "999"])
def test_colours_that_systemd_run_takes_are_taken(text: str) -> None:
    check_background(text)


@pytest.mark.parametrize(
    "text", ["zz", "44m", "4 4", "44;", ";44", "-1", " 44", "44:44", "44\n", "4٤", "\x1b[44m"]
)
def test_colours_that_systemd_run_refuses_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="not a colour") as caught:
        check_background(text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("tail", "expected"),
    [
        (b"", False),
        (b"text", True),
        (b"text\r\n", False),
        (b"text\r\n\x1b[0m", False),
        (b"text\x1b[0m", True),
        (b"text\r\x1b[K\x1b[?1049l", False),
        (b"\x1b]2;title\x07", False),
    ],
)
def test_whether_a_line_was_left_open(tail: bytes, expected: bool) -> None:
    assert ends_in_mid_line(tail) is expected
