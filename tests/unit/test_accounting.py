"""Counters and timestamps out of D-Bus properties."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runwrap.accounting import absent_reasons, counters_from, timestamps_from
from runwrap.cgroups import absent_controllers, present_controllers, without_effect
from runwrap.model import Counters

if TYPE_CHECKING:
    from pathlib import Path

_UNSET = 2**64 - 1


def test_unset_and_unknown_are_none_and_zero_is_zero() -> None:
    counters = counters_from({"CPUUsageNSec": 5, "IPIngressBytes": 0, "IPEgressBytes": _UNSET})
    assert counters == Counters(cpu_usage_nsec=5, ip_ingress_bytes=0)


def test_tasks_are_the_most_that_were_seen() -> None:
    assert counters_from({"TasksCurrent": 3}, tasks=5).tasks == 5
    assert counters_from({"TasksCurrent": 7}, tasks=5).tasks == 7
    assert counters_from({"TasksCurrent": _UNSET}, tasks=5).tasks == 5
    assert counters_from({}).tasks is None


def test_every_counter_that_is_none_has_its_reason() -> None:
    properties: dict[str, object] = {
        "IPAccounting": False,
        "IOAccounting": True,
        "MemoryAccounting": True,
        "CPUAccounting": True,
        "TasksAccounting": True,
        "CPUUsageNSec": _UNSET,
        "IOReadBytes": _UNSET,
        "TasksCurrent": _UNSET,
    }
    reasons = absent_reasons(
        Counters(io_write_bytes=0),
        properties,
        controllers={"io": "asleep"},
        manager="252",
        user=False,
        kept=True,
    )
    assert set(reasons) == set(Counters().as_dict()) - {"io_write_bytes"}
    assert reasons["ip_egress_packets"] == "IPAccounting= is off"
    assert reasons["io_read_bytes"] == "the io controller is asleep"
    assert reasons["memory_peak"] == "systemd 252 does not tell MemoryPeak"
    assert reasons["cpu_usage_nsec"] == "the manager did not tell CPUUsageNSec"
    assert "before its tasks could be counted" in reasons["tasks"]


def test_a_users_manager_may_not_count_traffic() -> None:
    properties: dict[str, object] = {"IPAccounting": True, "IPIngressBytes": _UNSET}
    reasons = absent_reasons(
        Counters(), properties, controllers={}, manager="257", user=True, kept=True
    )
    assert "user's service manager" in reasons["ip_ingress_bytes"]


def test_a_timestamp_of_zero_is_never() -> None:
    stamps = timestamps_from({"ExecMainStartTimestamp": 17, "ActiveEnterTimestamp": 0})
    assert stamps.main_start_usec == 17
    assert stamps.active_enter_usec is None
    assert stamps.main_exit_usec is None


def test_present_controllers_are_those_that_are_known(tmp_path: Path) -> None:
    assert present_controllers(tmp_path) == set()
    (tmp_path / "cgroup.controllers").write_text("cpu memory pids\n")
    assert present_controllers(tmp_path) == {"cpu", "memory", "pids"}
    assert present_controllers(tmp_path, user=1000) == set()
    delegated = tmp_path / "user.slice/user-1000.slice/user@1000.service"
    delegated.mkdir(parents=True)
    (delegated / "cgroup.controllers").write_text("memory pids\n")
    assert present_controllers(tmp_path, user=1000) == {"memory", "pids"}


def test_absent_controllers_are_named(tmp_path: Path) -> None:
    assert absent_controllers(tmp_path) == {}
    (tmp_path / "cgroup.controllers").write_text("cpu memory hugetlb\n")
    assert set(absent_controllers(tmp_path)) == {"io", "pids"}


def test_limits_without_their_controller_have_no_effect() -> None:
    names = ["MemoryMax", "MemoryAccounting", "TasksMax", "CPUQuotaPerSecUSec", "IPAddressDeny"]
    absent = {"memory": "asleep", "cpu": "away"}
    assert without_effect(names, absent, unprivileged=False) == {
        "MemoryMax": "the memory controller is asleep",
        "CPUQuotaPerSecUSec": "the cpu controller is away",
    }
    assert set(without_effect(names, {}, unprivileged=True)) == {"IPAddressDeny"}
    assert without_effect(names, {}, unprivileged=False) == {}
