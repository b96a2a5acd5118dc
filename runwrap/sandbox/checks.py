"""Which directives restrict a unit, and what it takes to see that: one table.

A directive that is not here does not restrict (it gives, places, names or orders something), or
is carried out by the manager itself while the unit runs (time limits, for example). What the
evidence must be is in the modules of the families, of which a launch loads those that it needs.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from runwrap.namespaces import NAMESPACES

__all__ = ["CHECKS", "IMPLIED", "LIMITS", "SAME", "Check", "Family"]

Family = Literal["cgroup", "access", "process", "mounts", "filters", "several", "none"]
"""Where the evidence is: in the control group, the programs for packets on it, the process's
status and namespaces, its mount table, its system call filters, in several of these, or nowhere."""


class Check(NamedTuple):
    """How one directive is examined.

    Attributes:
        family: where the evidence is.
        sources: the D-Bus properties that may have its value; the first that is there counts.
        filters: how many system call filters it needs at least.
        neutral: values that restrict nothing, beside the empty ones.
        reads: the other D-Bus properties that the check looks at; None where it may be any.
        framework: whether systemd must be built with its BPF framework for it.
    """

    family: Family
    sources: tuple[str, ...] = ()
    filters: int = 0
    neutral: tuple[object, ...] = ()
    reads: tuple[str, ...] | None = None
    framework: bool = False


_UNSET = 2**64 - 1
_ALL_NAMESPACES = sum(NAMESPACES.values())

_CGROUP = Check("cgroup", reads=())
_WITH_FRAMEWORK = _CGROUP._replace(framework=True)
_PROCESS = Check("process")
_LABEL = Check("process", neutral=([False, ""],))
_MOUNTS = Check("mounts")
_FILTER = Check("filters", filters=1, reads=())
_WITH_FILTER = Check("several", filters=1)
_NONE = Check("none")

LIMITS = {
    "CPU": "Max cpu time",
    "FSIZE": "Max file size",
    "DATA": "Max data size",
    "STACK": "Max stack size",
    "CORE": "Max core file size",
    "RSS": "Max resident set",
    "NOFILE": "Max open files",
    "AS": "Max address space",
    "NPROC": "Max processes",
    "MEMLOCK": "Max locked memory",
    "LOCKS": "Max file locks",
    "SIGPENDING": "Max pending signals",
    "MSGQUEUE": "Max msgqueue size",
    "NICE": "Max nice priority",
    "RTPRIO": "Max realtime priority",
    "RTTIME": "Max realtime timeout",
}
"""What proc_pid_limits(5) calls the limits, by their names here."""

CHECKS: dict[str, Check] = {
    # Control groups: counters.
    "CPUAccounting": _CGROUP,
    "MemoryAccounting": _CGROUP,
    "TasksAccounting": _CGROUP,
    "IOAccounting": _CGROUP,
    "IPAccounting": _CGROUP._replace(reads=("IPIngressBytes",)),
    # Control groups: limits.
    "MemoryMin": _CGROUP._replace(neutral=(0,)),
    "MemoryLow": _CGROUP._replace(neutral=(0,)),
    "MemoryHigh": _CGROUP,
    "MemoryMax": _CGROUP,
    "MemorySwapMax": _CGROUP,
    "MemoryZSwapMax": _CGROUP,
    "TasksMax": _CGROUP,
    "CPUQuota": _CGROUP._replace(sources=("CPUQuotaPerSecUSec",)),
    "CPUWeight": _CGROUP,
    "IOWeight": _CGROUP,
    "AllowedCPUs": _CGROUP,
    "AllowedMemoryNodes": _CGROUP,
    "CPUSetPartition": _CGROUP._replace(neutral=("member",)),
    "IOReadBandwidthMax": _CGROUP,
    "IOWriteBandwidthMax": _CGROUP,
    "IOReadIOPSMax": _CGROUP,
    "IOWriteIOPSMax": _CGROUP,
    "IODeviceLatencyTargetSec": _CGROUP._replace(sources=("IODeviceLatencyTargetUSec",)),
    "IODeviceWeight": _CGROUP,
    # Control groups: BPF programs.
    "IPAddressDeny": Check("access", reads=("IPAddressAllow",)),
    "IPAddressAllow": Check("access", reads=()),
    "IPIngressFilterPath": _CGROUP,
    "IPEgressFilterPath": _CGROUP,
    "BPFProgram": _NONE,
    "SocketBindAllow": _WITH_FRAMEWORK,
    "SocketBindDeny": _WITH_FRAMEWORK,
    "RestrictNetworkInterfaces": _WITH_FRAMEWORK,
    "BindNetworkInterface": _WITH_FRAMEWORK,
    "RestrictFileSystems": _WITH_FRAMEWORK,
    "DevicePolicy": _CGROUP._replace(neutral=("auto",)),
    "DeviceAllow": _CGROUP,
    # Identity and privileges.
    "User": _PROCESS._replace(neutral=("root", "0")),
    "Group": _PROCESS,
    "SupplementaryGroups": _PROCESS,
    "DynamicUser": _PROCESS,
    "CapabilityBoundingSet": _PROCESS._replace(neutral=(_UNSET,), reads=()),
    "NoNewPrivileges": _PROCESS._replace(reads=()),
    "SecureBits": _PROCESS._replace(neutral=(0,)),
    "SELinuxContext": _LABEL,
    "AppArmorProfile": _LABEL,
    "SmackProcessLabel": _LABEL,
    "KeyringMode": _PROCESS._replace(neutral=("inherit",)),
    "UMask": _PROCESS,
    "CPUAffinity": _PROCESS,
    **{
        f"Limit{name}": _PROCESS._replace(sources=(f"Limit{name}Soft", f"Limit{name}"))
        for name in LIMITS
    },
    # Namespaces.
    "PrivateNetwork": _PROCESS._replace(reads=()),
    "PrivateIPC": _PROCESS._replace(reads=()),
    "PrivatePIDs": _PROCESS,
    "PrivateUsers": _PROCESS._replace(sources=("PrivateUsersEx", "PrivateUsers")),
    "PrivateMounts": _PROCESS,
    "ProtectHostname": Check("several", ("ProtectHostnameEx", "ProtectHostname")),
    "NetworkNamespacePath": _PROCESS,
    "IPCNamespacePath": _PROCESS,
    "UserNamespacePath": _PROCESS,
    # What is seen of the file system.
    "ProtectSystem": _MOUNTS,
    "ProtectHome": _MOUNTS,
    "PrivateTmp": _MOUNTS._replace(sources=("PrivateTmpEx", "PrivateTmp")),
    "PrivateDevices": _WITH_FILTER,
    "ProtectKernelTunables": _MOUNTS,
    "ProtectKernelModules": _WITH_FILTER,
    "ProtectKernelLogs": _WITH_FILTER,
    "ProtectControlGroups": Check("several", ("ProtectControlGroupsEx", "ProtectControlGroups")),
    "ProtectProc": _MOUNTS._replace(neutral=("default",)),
    "ProcSubset": _MOUNTS._replace(neutral=("all",)),
    "ReadOnlyPaths": _MOUNTS,
    "InaccessiblePaths": _MOUNTS,
    "NoExecPaths": _MOUNTS,
    "TemporaryFileSystem": _MOUNTS,
    "BindReadOnlyPaths": _MOUNTS,
    "RootDirectory": _MOUNTS._replace(neutral=("/",)),
    "RootImage": _MOUNTS,
    "RootMStack": _MOUNTS,
    "PrivateBPF": _MOUNTS,
    # System call filters.
    "SystemCallFilter": _FILTER,
    "SystemCallArchitectures": _FILTER,
    "RestrictAddressFamilies": _FILTER,
    "RestrictNamespaces": _FILTER._replace(neutral=(_ALL_NAMESPACES,)),
    "RestrictRealtime": _FILTER,
    "RestrictSUIDSGID": _FILTER,
    "LockPersonality": _FILTER,
    # Newer kernels have a flag of the process for it.
    "MemoryDenyWriteExecute": _FILTER._replace(filters=0),
    "ProtectClock": _WITH_FILTER,
    "StateDirectoryQuota": _NONE,
    "CacheDirectoryQuota": _NONE,
    "LogsDirectoryQuota": _NONE,
}

SAME = {
    "ReadOnlyDirectories": "ReadOnlyPaths",
    "InaccessibleDirectories": "InaccessiblePaths",
    "ProtectHostnameEx": "ProtectHostname",
    "PrivateTmpEx": "PrivateTmp",
    "PrivateUsersEx": "PrivateUsers",
    "ProtectControlGroupsEx": "ProtectControlGroups",
}
"""Other names of the same."""

for _other, _name in SAME.items():
    CHECKS[_other] = CHECKS[_name]._replace(sources=CHECKS[_name].sources or (_name,))

IMPLIED = {
    "DynamicUser": (
        *("NoNewPrivileges", "RestrictSUIDSGID", "ProtectSystem", "ProtectHome", "PrivateTmp"),
    ),
}
"""Directives that others turn on, and that who asked for those counts on."""
