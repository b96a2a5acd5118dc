"""What it costs to see that restrictions are in force, as a ratio to the launch without that.

The same command lines run in turns with ``--enforce=off`` and ``strict`` under the same embedded
manager, each turn a loop in one shell. Run: python -m tests.bench.enforcement_cost
"""

from __future__ import annotations

import os
import statistics
import sys
import time

from tests.system.places import CHECKOUT, EmbeddedPlace

_TURNS = 4
_RUNS = 5
_LOOP = f'for i in $(seq {_RUNS}); do "$@" || exit 1; done'

_SETS = {
    "accounting": ("IPAccounting=yes",),
    "access list": ("IPAddressDeny=any", "RestrictAddressFamilies=AF_UNIX"),
    "files": ("ProtectSystem=full", "ProtectHome=yes", "PrivateTmp=yes"),
    "a dozen": (
        *("IPAddressDeny=any", "PrivateNetwork=yes", "PrivateDevices=yes", "ProtectHome=yes"),
        *("ProtectSystem=full", "ProtectKernelModules=yes", "NoNewPrivileges=yes"),
        *("RestrictAddressFamilies=AF_UNIX", "RestrictNamespaces=yes", "LockPersonality=yes"),
        *("MemoryDenyWriteExecute=yes", "SystemCallFilter=@system-service"),
    ),
}


def _milliseconds(place: EmbeddedPlace, mode: str, assignments: tuple[str, ...]) -> float:
    options = [word for each in assignments for word in ("-p", each)]
    program = (sys.executable, "-m", "runwrap", "--wait", "-q", f"--enforce={mode}")
    begin = time.perf_counter()
    done = place.run("sh", "-c", _LOOP, "sh", *program, *options, "true")
    assert done.returncode == 0, done.stderr
    return (time.perf_counter() - begin) * 1e3 / _RUNS


def main() -> None:
    """Print the medians of both modes, their difference and their ratio."""
    # An installed package has been compiled.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPATH"] = str(CHECKOUT)
    with EmbeddedPlace() as place:
        for name, assignments in _SETS.items():
            turns: dict[str, list[float]] = {"off": [], "strict": []}
            for _ in range(_TURNS):
                for mode, values in turns.items():
                    values.append(_milliseconds(place, mode, assignments))
            off, strict = (statistics.median(turns[mode]) for mode in ("off", "strict"))
            print(
                f"{name:<12} off {off:6.1f} ms, strict {strict:6.1f} ms:"
                f" {strict - off:+5.1f} ms, ratio {strict / off:.2f}"
            )


if __name__ == "__main__":
    main()
