"""Connect to a manager and tell how that went, as one JSON object; to be run inside a place.

``python3 -m tests.support.reach ADDRESS [TIMES [TIMEOUT]]``
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import sys
import time
from pathlib import Path

from runwrap.bus import Connection
from runwrap.errors import ConnectionLostError


async def _once(address: str, timeout: float | None) -> dict[str, object]:
    started = time.monotonic()
    try:
        connection = await Connection.open(address, lambda _: None, timeout=timeout)
    except ConnectionLostError as error:
        return {"error": str(error), "seconds": time.monotonic() - started}
    seconds = time.monotonic() - started
    try:
        (group,) = await connection.call(
            "org.freedesktop.systemd1",
            "/org/freedesktop/systemd1",
            "org.freedesktop.DBus.Properties",
            "Get",
            "ss",
            "org.freedesktop.systemd1.Manager",
            "ControlGroup",
        )
        return {
            "group": group,
            "passes_descriptors": connection.passes_descriptors,
            "seconds": seconds,
        }
    finally:
        await connection.close()


def _open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def _main() -> None:
    address, times, timeout = (*sys.argv[1:], *("1", "")[len(sys.argv) - 2 :])
    before = _open_descriptors()
    told = [await _once(address, float(timeout) if timeout else None) for _ in range(int(times))]
    found = told[-1]
    found["seconds"] = statistics.median(float(str(each["seconds"])) for each in told)
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text()
    # What is still there although all is closed.
    found["left"] = [children, _open_descriptors() - before]
    print(json.dumps(found))


asyncio.run(_main())
