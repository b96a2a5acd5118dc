"""Lines that tests want to be read at the end of a run, such as the numbers they measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

_remembered: list[str] = []


def remember(line: str) -> None:
    """Have *line* printed when all tests have run, whether they passed or not."""
    _remembered.append(line)


def remembered() -> list[str]:
    """Return the lines that were remembered in this process."""
    return list(_remembered)


def print_all(reporter: pytest.TerminalReporter) -> None:
    """Print what was remembered; to be called by the hook ``pytest_terminal_summary``."""
    if _remembered:
        reporter.section("measured")
        for line in _remembered:
            reporter.write_line(line)
