"""How long a private manager takes from its start to its first answer over D-Bus.

Prints milliseconds, and the ratio to the run time of ``systemd --version`` measured in the same
run, which says how fast the machine is just now. To be run as root.
"""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import time

from runwrap import EmbeddedManager, Manager
from runwrap.embedded._requirements import find_systemd

RUNS = 10


async def one_run() -> tuple[float, float]:
    """Return the milliseconds from the start to the first answer, and those of the removal."""
    start = time.perf_counter()
    async with EmbeddedManager() as embedded, Manager(embedded.bus_address) as manager:
        assert manager.version
        answered = time.perf_counter()
    return (answered - start) * 1e3, (time.perf_counter() - answered) * 1e3


def version_run() -> float:
    """Return the milliseconds that ``systemd --version`` takes."""
    systemd = find_systemd()
    assert systemd is not None
    start = time.perf_counter()
    subprocess.run([systemd, "--version"], stdout=subprocess.DEVNULL, check=True)
    return (time.perf_counter() - start) * 1e3


def summary(name: str, values: list[float]) -> str:
    """Return one line: median, least and most."""
    return (
        f"{name:<28} median {statistics.median(values):7.1f} ms"
        f"   min {min(values):7.1f} ms   max {max(values):7.1f} ms"
    )


def main() -> None:
    """Measure and print."""
    boots, removals, versions = [], [], []
    for _ in range(RUNS):
        boot, removal = asyncio.run(one_run())
        boots.append(boot)
        removals.append(removal)
        versions.append(version_run())
    print(summary("start to first answer", boots))
    print(summary("removal", removals))
    print(summary("systemd --version", versions))
    ratio = statistics.median(boots) / statistics.median(versions)
    print(f"first answer / systemd --version: {ratio:.1f}")


if __name__ == "__main__":
    main()
