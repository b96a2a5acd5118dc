"""Is it in force? Limits and counters of control groups (systemd.resource-control(5)).

The kernel's files are those of Documentation/admin-guide/cgroup-v2.rst.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from runwrap.accounting import told
from runwrap.sandbox.evidence import CannotTellError
from runwrap.sandbox.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from runwrap.sandbox.evidence import Evidence

__all__ = ["SEES", "bits", "numbers"]

_PAGE = os.sysconf("SC_PAGE_SIZE")

_INSTEAD = {
    "memory": "LimitAS= limits the address space of each process without that controller",
    "pids": "LimitNPROC= with DynamicUser=yes limits tasks without that controller",
    "cpu": "LimitCPU= limits the CPU time of each process without that controller",
}

_PRIVILEGED = (
    "use the system's service manager, as root: a user's may not attach programs to control groups"
)


def _missing(name: str) -> Finding:
    controller = name.partition(".")[0]
    advice = f"have the {controller} controller enabled in the cgroup v2 hierarchy, and delegated"
    instead = _INSTEAD.get(controller)
    return Finding(
        False,
        f"the control group has no {name}: the {controller} controller is not there",
        f"{advice}; {instead}" if instead else advice,
    )


def _of_file(
    name: str, sees: Callable[[str, object], Finding]
) -> Callable[[Evidence, object], Finding]:
    """Return a check of what is in the file *name* of the control group, beside what is asked."""

    def check(evidence: Evidence, asked: object) -> Finding:
        content = evidence.cgroup_file(name)
        return _missing(name) if content is None else sees(content, asked)

    return check


def limit(name: str) -> Callable[[Evidence, object], Finding]:
    """Return a check that the file *name* holds at most the asked number."""

    def sees(content: str, asked: object) -> Finding:
        in_force = content != "max" and int(content) <= int(str(asked))
        return Finding(in_force, f"{name} is {content}")

    return _of_file(name, sees)


def weight(name: str) -> Callable[[Evidence, object], Finding]:
    """Return a check that the file *name* holds the asked number."""

    def check(evidence: Evidence, asked: object) -> Finding:
        if asked == 0 and name == "cpu.weight":
            # That is what "idle" is on the bus.
            idle = evidence.cgroup_file("cpu.idle")
            return _missing(name) if idle is None else Finding(idle == "1", f"cpu.idle is {idle}")
        content = evidence.cgroup_file(name)
        if content is None:
            return _missing(name)
        seen, wanted = content.removeprefix("default ").split("\n")[0], str(asked)
        if name.startswith("memory.") and wanted.isdecimal():
            # The kernel counts in pages.
            wanted = str(int(wanted) // _PAGE * _PAGE)
        return Finding(
            seen == wanted,
            f"{name} is {content.splitlines()[0] if content else 'empty'}",
        )

    return check


def presence(name: str) -> Callable[[Evidence, object], Finding]:
    """Return a check that the kernel keeps the counter in the file *name*."""
    return _of_file(name, lambda content, asked: Finding(True, f"the control group has {name}"))


def cpu_quota() -> Callable[[Evidence, object], Finding]:
    """Return a check of the quota, which is asked for in microseconds for each second."""

    def sees(content: str, asked: object) -> Finding:
        quota, period = content.split()
        # The manager rounds to whole microseconds of a period.
        most = (int(str(asked)) + 100) * int(period)
        in_force = quota != "max" and int(quota) * 1_000_000 <= most
        return Finding(in_force, f"cpu.max is {content}")

    return _of_file("cpu.max", sees)


def cpus(name: str) -> Callable[[Evidence, object], Finding]:
    """Return a check that the file *name* has no other processors, or nodes, than asked for."""

    def check(evidence: Evidence, asked: object) -> Finding:
        content = evidence.cgroup_file(name)
        if content is None:
            return _missing(name)
        wanted = bits(asked)
        # What is asked for may not be there; then it has those of the group above.
        effective = evidence.cgroup_file(f"{name}.effective") or ""
        actual = {*numbers(content), *numbers(effective)}
        return Finding(bool(actual) and actual <= wanted, f"{name} is {content or 'empty'}")

    return check


def bits(mask: object) -> set[int]:
    """Return the numbers of the bits that are set in the bytes *mask*, the lowest first."""
    if not isinstance(mask, bytes | bytearray | list):
        return set()
    return {
        8 * index + bit for index, byte in enumerate(mask) for bit in range(8) if byte >> bit & 1
    }


def numbers(text: str) -> Iterable[int]:
    """Yield the numbers of a list such as ``0-3,8`` (cpuset(7), List format)."""
    for part in filter(None, text.split(",")):
        first, _, last = part.partition("-")
        yield from range(int(first), int(last or first) + 1)


def partition() -> Callable[[Evidence, object], Finding]:
    """Return a check of the kind of the partition of processors."""
    name = "cpuset.cpus.partition"
    return _of_file(name, lambda content, asked: Finding(content == asked, f"{name} is {content}"))


def io_limit(key: str) -> Callable[[Evidence, object], Finding]:
    """Return a check that ``io.max``, or ``io.latency``, has the asked numbers at *key*."""
    name = "io.latency" if key == "target" else "io.max"

    def sees(content: str, asked: object) -> Finding:
        wanted = asked if isinstance(asked, list) else []
        lines = content.splitlines()
        lost = []
        for path, number in wanted:
            found = next((line for line in lines if f"{key}={number}" in line.split()), None)
            if found is None:
                lost.append(path)
            else:
                # Each device has a line of its own.
                lines.remove(found)
        if lost:
            return Finding(
                False,
                f"{name} says nothing of {lost[0]}",
                "name a block device, or a path on a file system that is on one",
            )
        return Finding(True, f"{name} is {', '.join(content.splitlines())}")

    return _of_file(name, sees)


def device_weight() -> Callable[[Evidence, object], Finding]:
    """Return a check that each device has a weight of its own."""

    def sees(content: str, asked: object) -> Finding:
        lines = [line for line in content.splitlines() if not line.startswith("default")]
        wanted = len(asked) if isinstance(asked, list) else 1
        return Finding(len(lines) >= wanted, f"io.weight is {', '.join(content.splitlines())}")

    return _of_file("io.weight", sees)


def ip_accounting(evidence: Evidence, asked: object) -> Finding:
    """Check that the manager counts: that its counter has a number."""
    count = told(evidence.values.get("IPIngressBytes"))
    if count is None:
        return Finding(False, "the manager's IPIngressBytes has no number", _privileges(evidence))
    return Finding(True, f"the manager's IPIngressBytes is {count}")


def programs(beginning: str, *attachments: str) -> Callable[[Evidence, object], Finding]:
    """Return a check that programs are attached to the unit's control group.

    Args:
        beginning: how their names begin.
        attachments: where each of them is, of `runwrap.sandbox.bpf.ATTACH_TYPES`.
    """

    def check(evidence: Evidence, asked: object) -> Finding:
        seen = []
        for attachment in attachments:
            names = [name for name in evidence.attached(attachment) if name.startswith(beginning)]
            if not names:
                return Finding(
                    False,
                    f"no program {beginning}* is attached to the control group ({attachment})",
                    _privileges(evidence),
                )
            seen.append(f"{names[0]} ({attachment})")
        return Finding(True, f"attached to the control group: {', '.join(seen)}")

    return check


def foreign_programs(attachment: str) -> Callable[[Evidence, object], Finding]:
    """Return a check that programs are attached that are not of systemd's own making."""

    def check(evidence: Evidence, asked: object) -> Finding:
        names = [name for name in evidence.attached(attachment) if not name.startswith("sd_")]
        wanted = len(asked) if isinstance(asked, list) else 1
        return Finding(
            len(names) >= wanted,
            f"attached to the control group besides systemd's own: {', '.join(names) or 'nothing'}",
            _privileges(evidence),
        )

    return check


def file_systems(evidence: Evidence, asked: object) -> Finding:
    """Check that the kernel's security modules take BPF programs, and that systemd has one.

    There is one program for all units; which of them it acts on is kept in a map, by the
    numbers of their control groups.
    """
    from runwrap.sandbox.bpf import restricts_file_systems

    try:
        modules = Path("/sys/kernel/security/lsm").read_text(encoding="utf-8").strip()
    except OSError:
        modules = ""
    if "bpf" not in modules.split(","):
        seen = f"the kernel's security modules are {modules}: BPF is not among them"
        if not modules:
            seen = "/sys/kernel/security/lsm does not name BPF as a security module"
        return Finding(False, seen, "boot with lsm=...,bpf")
    number = evidence.cgroup.stat().st_ino
    try:
        in_force = restricts_file_systems(number)
    except OSError as error:
        raise CannotTellError(f"BPF maps cannot be seen: {error.strerror}") from None
    return Finding(
        in_force,
        f"the control group {number} is {'' if in_force else 'not '}in systemd's map cgroup_hash",
        _privileges(evidence),
    )


def _privileges(evidence: Evidence) -> str:
    return f"{_PRIVILEGED}; PrivateNetwork=yes cuts off the network without them"


SEES: dict[str, Callable[[Evidence, object], Finding]] = {
    "CPUAccounting": presence("cpu.stat"),
    "MemoryAccounting": presence("memory.current"),
    "TasksAccounting": presence("pids.current"),
    "IOAccounting": presence("io.stat"),
    "IPAccounting": ip_accounting,
    "MemoryMin": weight("memory.min"),
    "MemoryLow": weight("memory.low"),
    "MemoryHigh": limit("memory.high"),
    "MemoryMax": limit("memory.max"),
    "MemorySwapMax": limit("memory.swap.max"),
    "MemoryZSwapMax": limit("memory.zswap.max"),
    "TasksMax": limit("pids.max"),
    "CPUQuota": cpu_quota(),
    "CPUWeight": weight("cpu.weight"),
    "IOWeight": weight("io.weight"),
    "AllowedCPUs": cpus("cpuset.cpus"),
    "AllowedMemoryNodes": cpus("cpuset.mems"),
    "CPUSetPartition": partition(),
    "IOReadBandwidthMax": io_limit("rbps"),
    "IOWriteBandwidthMax": io_limit("wbps"),
    "IOReadIOPSMax": io_limit("riops"),
    "IOWriteIOPSMax": io_limit("wiops"),
    "IODeviceLatencyTargetSec": io_limit("target"),
    "IODeviceWeight": device_weight(),
    "IPIngressFilterPath": foreign_programs("ingress"),
    "IPEgressFilterPath": foreign_programs("egress"),
    "SocketBindAllow": programs("sd_bind", "bind4", "bind6"),
    "SocketBindDeny": programs("sd_bind", "bind4", "bind6"),
    "RestrictNetworkInterfaces": programs("sd_restrictif", "ingress", "egress"),
    "BindNetworkInterface": programs("sd_bind_interfa", "sock_create"),
    "RestrictFileSystems": file_systems,
    "DevicePolicy": programs("sd_devices", "device"),
    "DeviceAllow": programs("sd_devices", "device"),
}
"""What says whether a directive is in force, by its name."""
