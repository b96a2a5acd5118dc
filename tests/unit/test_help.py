"""The help: its groups, its width, and that it is bold only where that is of use."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pexpect
import pytest

from runwrap.cli.help import help_text, synopsis
from runwrap.cli.options import GROUPS, options

if TYPE_CHECKING:
    from collections.abc import Mapping

_WIDTHS = (40, 80, 100)
_COMMAND = (sys.executable, "-m", "runwrap", "--help")
_ESCAPE = "\x1b"


def _environment(changed: Mapping[str, str]) -> dict[str, str]:
    """Return the environment without what is said about terminals, but for what is *changed*."""
    ours = {"TERM", "COLORTERM", "NO_COLOR", "COLUMNS", "LINES"}
    return {**{name: os.environ[name] for name in os.environ if name not in ours}, **changed}


def _on_terminal(columns: int, changed: Mapping[str, str]) -> str:
    """Return what is shown on a terminal of so many columns."""
    child = pexpect.spawn(
        _COMMAND[0],
        list(_COMMAND[1:]),
        env=_environment({"TERM": "xterm-256color", **changed}),
        dimensions=(24, columns),
        encoding="utf-8",
        timeout=30,
    )
    try:
        child.expect(pexpect.EOF)
        assert isinstance(child.before, str)
        return child.before.replace("\r\n", "\n")
    finally:
        child.close()
        assert child.exitstatus == 0


@pytest.mark.parametrize("width", _WIDTHS)
@pytest.mark.parametrize("bold", [False, True], ids=["plain", "bold"])
def test_no_line_is_longer_than_the_terminal_is_wide(width: int, bold: bool) -> None:
    shown = re.sub(r"\x1b\[[0-9;]*m", "", help_text(width, bold=bold))
    assert max(len(line) for line in shown.split("\n")) <= width
    assert shown == help_text(width, bold=False)


@pytest.mark.parametrize("width", _WIDTHS)
def test_nothing_is_lost_when_it_is_narrow(width: int) -> None:
    # White space apart: what has no place on a line is broken where it must be.
    narrow, wide = (help_text(columns, bold=False) for columns in (width, 1000))
    assert "".join(narrow.split()) == "".join(wide.split())


def test_it_makes_use_of_no_more_than_100_columns() -> None:
    assert help_text(1000, bold=False) == help_text(100, bold=False)
    assert help_text(100, bold=False) != help_text(80, bold=False)


def test_it_is_grouped() -> None:
    lines = help_text(100, bold=False).split("\n")
    titles = [line for line in lines if line.endswith(":") and not line.startswith(" ")]
    assert titles == [f"{group}:" for group in GROUPS]
    for place, group in enumerate(GROUPS):
        begin = lines.index(f"{group}:")
        end = lines.index(titles[place + 1]) if place + 1 < len(titles) else len(lines)
        told = [line for line in lines[begin:end] if line.startswith(("  -", "      --"))]
        names = [re.split(r" {2,}", line.strip())[0] for line in told]
        assert names == [synopsis(option) for option in options() if option.group == group]


def test_short_options_stand_in_a_column_of_their_own() -> None:
    for line in help_text(100, bold=False).split("\n"):
        if re.match(r" +-", line) and not line.startswith(" " * 7):
            assert re.match(r"  -[A-Za-z], --|      --", line), line


def test_only_titles_are_bold() -> None:
    found = re.findall(r"\x1b\[1m(.*?)\x1b\[0m", help_text(100, bold=True))
    assert found == [f"{group}:" for group in GROUPS]


def test_it_is_plain_without_a_terminal() -> None:
    done = subprocess.run(
        _COMMAND,
        env=_environment({"TERM": "xterm-256color", "COLUMNS": "60"}),
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    assert done.stdout == help_text(80, bold=False)
    assert done.stderr == ""


@pytest.mark.parametrize("width", _WIDTHS)
def test_it_is_bold_and_as_wide_as_the_terminal_on_one(width: int) -> None:
    assert _on_terminal(width, {}) == help_text(width, bold=True)


@pytest.mark.parametrize("changed", [{"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=["NO_COLOR", "dumb"])
def test_it_is_plain_on_a_terminal_that_is_to_be(changed: dict[str, str]) -> None:
    shown = _on_terminal(80, changed)
    assert _ESCAPE not in shown
    assert shown == help_text(80, bold=False)


def test_an_empty_no_color_means_nothing() -> None:
    assert _ESCAPE in _on_terminal(80, {"NO_COLOR": ""})
