"""The unit tests on the Python of each whole system: 3.13 and 3.14 beside this one's."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from tests.support.closing import remember

if TYPE_CHECKING:
    from tests.system.places import MachinePlace

# What is checked on this side: the manual, the completions, the support of the tests themselves;
# and the longest search for inputs, which does not depend on the Python.
_HERE_ONLY = (
    *("test_man.py", "test_support.py", "test_completions.py"),
    "test_properties_any_text.py",
)


def test_unit_tests(whole_system: MachinePlace) -> None:
    done = whole_system.run(
        *("env", "-C", "/opt/runwrap", "python3", "-m", "pytest", "-q", "tests/unit"),
        *("-p", "no:cacheprovider", "-o", "asyncio_mode=auto", "-W", "error::SyntaxWarning"),
        *(f"--ignore=tests/unit/{name}" for name in _HERE_ONLY),
        timeout=300,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr
    version = whole_system.run("python3", "--version").stdout.strip()
    remember(f"{whole_system.name}: unit tests on {version}: {done.stdout.splitlines()[-1]}")


def test_versions_that_no_system_here_brings() -> None:
    covered = {(3, 13), (3, 14), sys.version_info[:2]}
    for minor in range(11, 15):
        if (3, minor) not in covered:
            remember(f"not run: Python 3.{minor}, which no system of the tests brings")
