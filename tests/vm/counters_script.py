"""Run in the virtual machine: launch commands that move known amounts, print the reports.

Standard output gets one JSON object: the report of each run by name, and what the command
measured of itself where it can; and the reports of runs with limits that need controllers, which
only such a machine has.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

_ACCOUNTING = (
    "IOAccounting=yes",
    "MemoryAccounting=yes",
    "CPUAccounting=yes",
    "TasksAccounting=yes",
)
_BLOB = "/var/tmp/blob"
_SMALL = "/var/tmp/small"
_TOLD = "/run/told"

_TOUCH = "block = bytearray(100 << 20); block[::4096] = bytes(len(block) // 4096)"
_BUSY = f"""
import resource
for _ in range(5_000_000):
    pass
used = resource.getrusage(resource.RUSAGE_SELF)
open({_TOLD!r}, "w").write(str(round((used.ru_utime + used.ru_stime) * 1e9)))
"""

_COMMANDS = {
    "write": ["dd", "if=/dev/zero", f"of={_BLOB}", "bs=1M", "count=20", "oflag=direct"],
    "read": ["dd", f"if={_BLOB}", "of=/dev/null", "bs=1M", "count=20", "iflag=direct"],
    "fast write": ["dd", "if=/dev/zero", f"of={_SMALL}", "bs=1M", "count=1", "oflag=direct"],
    "fast read": ["dd", f"if={_SMALL}", "of=/dev/null", "bs=1M", "count=1", "iflag=direct"],
    "true": ["true"],
    "memory": ["python3", "-c", _TOUCH],
    "busy": ["python3", "-c", _BUSY],
}


_LIMITS = (
    *("MemoryMax=96M", "MemoryHigh=90M", "MemoryLow=1000000", "MemorySwapMax=0", "TasksMax=20"),
    *("CPUQuota=50%", "CPUWeight=50", "AllowedCPUs=0", "IOWriteBandwidthMax=/ 10M"),
)
_FORKS = """
import os, signal, sys
children = []
try:
    for _ in range(300):
        child = os.fork()
        if child == 0:
            signal.pause()
        children.append(child)
except OSError:
    pass
for child in children:
    os.kill(child, signal.SIGKILL)
sys.exit(7 if len(children) < 128 else 0)
"""


def _run(command: list[str], assignments: tuple[str, ...], *more: str) -> dict[str, Any]:
    report = Path("/run/report.json")
    report.unlink(missing_ok=True)
    options = [word for assignment in assignments for word in ("-p", assignment)]
    done = subprocess.run(
        ["python3", "-m", "runwrap", *more, "-q", f"--report={report}", *options, *command],
        stdout=sys.stderr,
        check=False,
    )
    told: dict[str, Any] = json.loads(report.read_text())
    told["runwrap_exit_status"] = done.returncode
    return told


def _main() -> None:
    # The programs are read from the disk the first time; that is not to be counted.
    for command in (["dd", "--version"], ["true"], ["python3", "-c", _TOUCH]):
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    reports = {name: _run(command, _ACCOUNTING) for name, command in _COMMANDS.items()}
    told = int(Path(_TOLD).read_text())
    limited = {
        "limits": _run(["sh", "-c", "exit 7"], _LIMITS),
        "forks": _run(["python3", "-c", _FORKS], (), "--sandbox=untrusted"),
        "memory": _run(["python3", "-c", _TOUCH], ("MemoryMax=48M",), "--sandbox=untrusted"),
    }
    print(json.dumps({"reports": reports, "busy_nsec": told, "limited": limited}))


_main()
