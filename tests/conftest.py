"""Hooks of the whole test suite."""

from __future__ import annotations

import signal
from typing import Any

import pytest
from hypothesis import Phase, settings

from tests.support import closing

# Started in the background, these are ignored, and would be so in the programs that are tested.
for _number in (signal.SIGINT, signal.SIGQUIT):
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, signal.SIG_DFL)

# Nothing is kept between runs, and no time is measured. Explaining a failure would trace every
# line, and take many minutes.
settings.register_profile(
    "runwrap",
    database=None,
    deadline=None,
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
)
settings.load_profile("runwrap")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Send what a worker has measured to the process that prints it."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["remembered"] = closing.remembered()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over what a worker has measured."""
    for line in getattr(node, "workeroutput", {}).get("remembered", ()):
        closing.remember(line)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say at the end what the tests have measured."""
    closing.print_all(terminalreporter)
