"""Wall time of ``runwrap --wait -q true`` as a ratio to ``systemd-run --wait -q true``.

Both run alternately under the same embedded manager. Run: python -m tests.bench.launch_ratio
"""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING

from tests.system.places import EmbeddedPlace

if TYPE_CHECKING:
    from collections.abc import Callable

_ROUNDS = 20
_COMMAND = ("--wait", "-q", "true")


def _seconds(action: Callable[[], object]) -> float:
    begin = time.perf_counter()
    action()
    return time.perf_counter() - begin


def main() -> None:
    """Print the medians and their ratio."""
    with EmbeddedPlace() as place:
        enter = [_seconds(lambda: place.run("true")) for _ in range(_ROUNDS)]
        theirs, ours = [], []
        for _ in range(_ROUNDS):
            theirs.append(_seconds(lambda: place.systemd_run(*_COMMAND)))
            ours.append(_seconds(lambda: place.runwrap(*_COMMAND)))
    # systemd-run is started through a helper that enters the manager's namespaces.
    base = statistics.median(theirs) - statistics.median(enter)
    wrapped = statistics.median(ours)
    print(f"systemd-run --wait -q true   {base * 1e3:7.1f} ms")
    print(f"runwrap --wait -q true       {wrapped * 1e3:7.1f} ms")
    print(f"ratio                        {wrapped / base:7.1f}")


if __name__ == "__main__":
    main()
