"""Counters agree with what a command moved, and limits hold, where every controller exists.

Each release is booted once in a virtual machine and makes all of its runs in that boot.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.closing import remember
from tests.support.roots import RELEASES
from tests.support.vm import run_in_vm

if TYPE_CHECKING:
    from collections.abc import Iterator

_SCRIPT = Path(__file__).with_name("counters_script.py")
_BOOT_S = 360
_MIB = 1 << 20
_SLACK = _MIB // 2
"""For what the file system moves beside the command's own bytes."""
_SINCE_MEMORY_PEAK = 257


@pytest.fixture(scope="module")
def boots() -> Iterator[dict[str, Future[dict[str, Any]]]]:
    """All machines at work, two at a time; each test waits for the one that it is about."""
    with ThreadPoolExecutor(2) as pool:
        yield {
            release: pool.submit(run_in_vm, release, _SCRIPT, timeout=_BOOT_S)
            for release in RELEASES
        }


@pytest.fixture(scope="module", params=RELEASES)
def measured(
    request: pytest.FixtureRequest, boots: dict[str, Future[dict[str, Any]]]
) -> dict[str, Any]:
    """What one release's machine printed."""
    told = boots[request.param].result()
    version = told["reports"]["true"]["manager_version"]
    remember(f"in a virtual machine, systemd {version}, bytes unless said otherwise:")
    names = ("io_write_bytes", "io_write_operations", "io_read_bytes", "io_read_operations")
    for run, report in told["reports"].items():
        counters = report["counters"]
        line = ", ".join(f"{name[3:]} {counters[name]}" for name in names)
        cpu = f"cpu {counters['cpu_usage_nsec']} ns"
        remember(f"  {run:>10}: {line}, memory_peak {counters['memory_peak']}, {cpu}")
    remember(f"  the busy loop measured of itself {told['busy_nsec']} ns")
    return told


def _counters(measured: dict[str, Any], run: str) -> dict[str, int | None]:
    report = measured["reports"][run]
    assert report["result"] == "success"
    assert report["runwrap_exit_status"] == 0
    counters: dict[str, int | None] = report["counters"]
    return counters


def _known(value: int | None) -> int:
    assert value is not None
    return value


@pytest.mark.parametrize(("run", "moved"), [("write", 20 * _MIB), ("fast write", _MIB)])
def test_bytes_written(measured: dict[str, Any], run: str, moved: int) -> None:
    counters = _counters(measured, run)
    assert moved <= _known(counters["io_write_bytes"]) <= moved + _SLACK
    assert _known(counters["io_write_operations"]) > 0


@pytest.mark.parametrize(("run", "moved"), [("read", 20 * _MIB), ("fast read", _MIB)])
def test_bytes_read(measured: dict[str, Any], run: str, moved: int) -> None:
    counters = _counters(measured, run)
    assert moved <= _known(counters["io_read_bytes"]) <= moved + _SLACK
    assert _known(counters["io_read_operations"]) > 0


def test_a_command_that_moves_nothing(measured: dict[str, Any]) -> None:
    assert _counters(measured, "true")["io_write_bytes"] == 0


def test_memory_peak(measured: dict[str, Any]) -> None:
    counters = _counters(measured, "memory")
    version = int(measured["reports"]["memory"]["manager_version"].split(".")[0].split("-")[0])
    if version < _SINCE_MEMORY_PEAK and counters["memory_peak"] is None:
        assert "memory_peak" in measured["reports"]["memory"]["absent"]
        return
    assert 100 * _MIB <= _known(counters["memory_peak"]) <= 130 * _MIB
    assert counters["memory_swap_peak"] == 0


def test_cpu_time(measured: dict[str, Any]) -> None:
    counted = _known(_counters(measured, "busy")["cpu_usage_nsec"])
    assert counted == pytest.approx(measured["busy_nsec"], rel=0.2)


def test_limits_are_seen_to_be_in_force(measured: dict[str, Any]) -> None:
    report = measured["limited"]["limits"]
    assert report["runwrap_exit_status"] == 7
    verdicts = {each["directive"]: each for each in report["verdicts"]}
    assert {each["state"] for each in verdicts.values()} == {"in-force"}
    assert verdicts["MemoryMax"]["evidence"] == f"memory.max is {96 * _MIB}"
    assert verdicts["TasksMax"]["evidence"] == "pids.max is 20"
    assert set(verdicts) >= {"CPUQuota", "AllowedCPUs", "IOWriteBandwidthMax", "MemoryLow"}


def test_a_sandbox_limits_tasks(measured: dict[str, Any]) -> None:
    report = measured["limited"]["forks"]
    assert report["runwrap_exit_status"] == 7
    assert "TasksMax" in {each["directive"] for each in report["verdicts"]}


def test_a_sandbox_limits_memory(measured: dict[str, Any]) -> None:
    report = measured["limited"]["memory"]
    assert report["result"] == "oom-kill"
    assert "MemoryMax" in {each["directive"] for each in report["verdicts"]}


def test_tasks(measured: dict[str, Any]) -> None:
    counters = _counters(measured, "memory")
    assert _known(counters["tasks"]) >= 1
