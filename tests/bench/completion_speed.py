"""How long a TAB takes, as a ratio to the completion that the same shell has for ls(1).

Both are loaded before anything is measured, and take turns. Units are asked of a systemctl that
answers at once, so that the number is that of the completion. Run: python -m
tests.bench.completion_speed
"""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path

from tests.shells.shells import SHELLS, World, copy_completions

_TURNS = 15
_OTHER = "ls --almost-a"
_LINES = (
    "runwrap --remain",
    "runwrap -p ProtectSys",
    "runwrap -p ProtectSystem=f",
    "runwrap -p SystemCallFilter=io_uring_en",
    "runwrap -u alp",
    "runwrap my-pro",
)


def main() -> None:
    """Print the medians and the ratios."""
    with tempfile.TemporaryDirectory() as name:
        prefix = Path(name) / "prefix"
        copy_completions(prefix)
        directory = Path(name) / "world"
        directory.mkdir()
        world = World(directory, prefix)
        for shell in SHELLS:
            _measure(world, shell)


def _measure(world: World, name: str) -> None:
    lines = (_OTHER, *_LINES)
    times: dict[str, list[float]] = {line: [] for line in lines}
    with world.shell(name) as shell:
        for line in lines:
            shell.seconds(line)
        for _ in range(_TURNS):
            for line in lines:
                times[line].append(shell.seconds(line))
    medians = {line: statistics.median(times[line]) for line in lines}
    for line in lines:
        ratio = medians[line] / medians[_OTHER]
        print(f"{name:<5}{line:<42}{medians[line] * 1000:7.1f} ms{ratio:7.2f}")


if __name__ == "__main__":
    main()
