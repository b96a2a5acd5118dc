"""Random texts for every directive, for as long as asked.

Each is refused with our own error in one printable line, or what it becomes is the same again
by way of a unit file. Anything else is printed with the seed, and ends the run.
Run: python -m tests.bench.fuzz [SECONDS [SEED]]
"""

from __future__ import annotations

import os
import random
import sys
import time

from tests.support.unit_text import problem
from tests.wire.cases import ROWS
from tests.wire.random_text import random_assignments

_VERSIONS = (252, 257, 262)
_PROGRESS_SEC = 10


def main() -> int:
    """Run for as many seconds as the first argument says, and print the counts."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 120
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else int.from_bytes(os.urandom(4))
    dice = random.Random(seed)
    begin = time.monotonic()
    told = begin
    counts = {"refused": 0, "the same again": 0}
    while (now := time.monotonic()) < begin + seconds:
        if now > told + _PROGRESS_SEC:
            told = now
            print(f"{now - begin:4.0f} s: {sum(counts.values())} inputs", file=sys.stderr)
        for unit_type, assignment in random_assignments(dice):
            version = dice.choice(_VERSIONS)
            try:
                found = problem(unit_type, assignment, version)
            except Exception as error:
                found = f"{type(error).__name__}: {error}"
            if found:
                print(f"seed {seed}: {unit_type} {version} {assignment!r}: {found}")
                return 1
            counts["refused" if found is None else "the same again"] += 1
    total = sum(counts.values())
    shown = ", ".join(f"{count} {name}" for name, count in counts.items())
    print(
        f"fuzzing, seed {seed}: {total} inputs in {seconds:.0f} s, {len(ROWS)} directives: {shown}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
