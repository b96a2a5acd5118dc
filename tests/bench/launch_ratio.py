"""Wall time of ``runwrap --wait -q true`` as a ratio to ``systemd-run --wait -q true``.

Both run in turns under the same embedded manager, each turn a loop in one shell, so that
entering the manager's namespaces does not count. Run: python -m tests.bench.launch_ratio
"""

from __future__ import annotations

import os
import statistics
import sys
import time

from tests.system.places import CHECKOUT, EmbeddedPlace

_TURNS = 4
_RUNS = 10
_LOOP = f'for i in $(seq {_RUNS}); do "$@" --wait -q true || exit 1; done'


def _milliseconds(place: EmbeddedPlace, *program: str) -> float:
    begin = time.perf_counter()
    done = place.run("sh", "-c", _LOOP, "sh", *program)
    assert done.returncode == 0, done.stderr
    return (time.perf_counter() - begin) * 1e3 / _RUNS


def main() -> None:
    """Print the medians and their ratio."""
    # An installed package has been compiled.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPATH"] = str(CHECKOUT)
    programs = {
        "systemd-run": ("systemd-run",),
        "runwrap": (sys.executable, "-m", "runwrap"),
        "python -c pass": (sys.executable, "-c", "pass"),
    }
    turns: dict[str, list[float]] = {name: [] for name in programs}
    with EmbeddedPlace() as place:
        for _ in range(_TURNS):
            for name, program in programs.items():
                turns[name].append(_milliseconds(place, *program))
    median = {name: statistics.median(values) for name, values in turns.items()}
    for name, value in median.items():
        print(f"{name:<16}{value:8.1f} ms")
    print(f"runwrap --wait -q true / systemd-run: {median['runwrap'] / median['systemd-run']:.1f}")


if __name__ == "__main__":
    main()
