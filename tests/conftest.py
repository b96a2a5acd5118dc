"""Hooks of the whole test suite."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support import closing

if TYPE_CHECKING:
    import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say at the end what the tests have measured."""
    closing.print_all(terminalreporter)
