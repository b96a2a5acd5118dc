"""What the directive language costs: to load, and to look a directive up.

The load is the wall time of an interpreter that imports ``runwrap.properties``, beside that of
one that does nothing, in turns; then of one that imports every module of it too, which otherwise
come when the first directive of their family is met. A lookup is compared to one in a plain
dictionary, and an assignment is encoded. Run: python -m tests.bench.language_load
"""

from __future__ import annotations

import os
import pkgutil
import statistics
import subprocess
import sys
import time
import timeit

import runwrap.properties
from runwrap.properties import directives, encode, find
from tests.support.roots import CHECKOUT

_TURNS = 60


def _milliseconds(code: str) -> float:
    begin = time.perf_counter()
    # Without the site module, whose cost depends on what else is installed; but with os, which
    # that module imports in any interpreter.
    code = f"import os; {code}"
    subprocess.run([sys.executable, "-S", "-c", code], check=True, cwd=CHECKOUT)
    return (time.perf_counter() - begin) * 1e3


def _microseconds(statement: str, **names: object) -> float:
    timer = timeit.Timer(statement, globals=names)
    number, _ = timer.autorange()
    return min(timer.repeat(5, number)) / number * 1e6


def main() -> None:
    """Print the medians and their differences."""
    # An installed package has been compiled.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    every = [module.name for module in pkgutil.iter_modules(runwrap.properties.__path__)]
    programs = {
        "python -c pass": "pass",
        "the language": "import runwrap.properties",
        "every module of it": f"from runwrap.properties import {', '.join(every)}",
    }
    turns: dict[str, list[float]] = {name: [] for name in programs}
    for _ in range(_TURNS):
        for name, code in programs.items():
            turns[name].append(_milliseconds(code))
    medians = {name: statistics.median(values) for name, values in turns.items()}
    nothing = medians["python -c pass"]
    for name, value in medians.items():
        more, ratio = value - nothing, value / nothing
        print(f"{name:<20}{value:6.2f} ms, {more:5.2f} ms more, ratio {ratio:.2f}")
    names = {row.name: row for row in directives()}
    lookup = _microseconds("find('MemoryMax', service)", find=find, service="service")
    plain = _microseconds("names.get('MemoryMax')", names=names)
    encoding = _microseconds("encode('service', ['MemoryMax=1G'])", encode=encode)
    print(f"find()              {lookup:6.2f} us, a dictionary's get {plain:.2f} us", end="")
    print(f", ratio {lookup / plain:.1f}")
    print(f"encode()            {encoding:6.2f} us")


if __name__ == "__main__":
    main()
