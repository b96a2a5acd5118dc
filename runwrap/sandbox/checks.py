"""Which directives restrict a unit, and how each is seen to be in force: one table.

A directive that is not here does not restrict (it gives, places, names or orders something), or
is carried out by the manager itself while the unit runs (time limits, for example).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from runwrap.namespaces import NAMESPACES
from runwrap.sandbox import check_cgroup as cgroup
from runwrap.sandbox import check_filters as filters
from runwrap.sandbox import check_mounts as mounts
from runwrap.sandbox import check_process as process
from runwrap.sandbox.evidence import CannotTellError
from runwrap.sandbox.finding import Finding, first_gap

if TYPE_CHECKING:
    from collections.abc import Callable

    from runwrap.sandbox.evidence import Evidence

__all__ = ["CHECKS", "IMPLIED", "Check"]


class Check(NamedTuple):
    """How one directive is examined.

    Attributes:
        sees: says whether the evidence shows that the value is in force.
        sources: the D-Bus properties that may have its value; the first that is there counts.
        filters: how many system call filters it needs at least.
        of_process: whether a process in the unit is needed for it.
        neutral: values that restrict nothing, beside the empty ones.
        reads: the other D-Bus properties that the check looks at; None where it may be any.
    """

    sees: Callable[[Evidence, object], Finding]
    sources: tuple[str, ...] = ()
    filters: int = 0
    of_process: bool = True
    neutral: tuple[object, ...] = ()
    reads: tuple[str, ...] | None = None


def _both(*sees: Callable[[Evidence, object], Finding]) -> Callable[[Evidence, object], Finding]:
    def check(evidence: Evidence, asked: object) -> Finding:
        return first_gap([each(evidence, asked) for each in sees])

    return check


def _cannot_tell(reason: str) -> Callable[[Evidence, object], Finding]:
    def check(evidence: Evidence, asked: object) -> Finding:
        raise CannotTellError(reason)

    return check


def _hostname(evidence: Evidence, asked: object) -> Finding:
    finding = process.new_namespace(evidence, "uts")
    if asked == "private" or not finding.in_force:
        return finding
    return first_gap([finding, _set_hostname(evidence, asked)])


def _control_groups(evidence: Evidence, asked: object) -> Finding:
    findings = []
    if asked in {"private", "strict"}:
        findings.append(process.new_namespace(evidence, "cgroup"))
    if asked != "private":
        findings.append(mounts.control_groups(evidence, asked))
    return first_gap(findings)


_UNSET = 2**64 - 1
_ALL_NAMESPACES = sum(NAMESPACES.values())

_set_hostname = filters.refused(("sethostname()", "sethostname", ()))

_CAP_SYS_MODULE = 16
_CAP_SYS_RAWIO = 17
_CAP_SYS_TIME = 25
_CAP_MKNOD = 27
_CAP_SYSLOG = 34
_CAP_WAKE_ALARM = 35


def _cgroup(
    sees: Callable[[Evidence, object], Finding],
    *sources: str,
    neutral: tuple[object, ...] = (),
    reads: tuple[str, ...] = (),
) -> Check:
    return Check(sees, sources, of_process=False, neutral=neutral, reads=reads)


def _filter(
    sees: Callable[[Evidence, object], Finding], *, neutral: tuple[object, ...] = ()
) -> Check:
    return Check(sees, filters=1, neutral=neutral, reads=())


CHECKS: dict[str, Check] = {
    # Control groups: counters.
    "CPUAccounting": _cgroup(cgroup.presence("cpu.stat")),
    "MemoryAccounting": _cgroup(cgroup.presence("memory.current")),
    "TasksAccounting": _cgroup(cgroup.presence("pids.current")),
    "IOAccounting": _cgroup(cgroup.presence("io.stat")),
    "IPAccounting": _cgroup(cgroup.ip_accounting, reads=("IPIngressBytes",)),
    # Control groups: limits.
    "MemoryMin": _cgroup(cgroup.weight("memory.min"), neutral=(0,)),
    "MemoryLow": _cgroup(cgroup.weight("memory.low"), neutral=(0,)),
    "MemoryHigh": _cgroup(cgroup.limit("memory.high")),
    "MemoryMax": _cgroup(cgroup.limit("memory.max")),
    "MemorySwapMax": _cgroup(cgroup.limit("memory.swap.max")),
    "MemoryZSwapMax": _cgroup(cgroup.limit("memory.zswap.max")),
    "TasksMax": _cgroup(cgroup.limit("pids.max")),
    "CPUQuota": _cgroup(cgroup.cpu_quota(), "CPUQuotaPerSecUSec"),
    "CPUWeight": _cgroup(cgroup.weight("cpu.weight")),
    "IOWeight": _cgroup(cgroup.weight("io.weight")),
    "AllowedCPUs": _cgroup(cgroup.cpus("cpuset.cpus")),
    "AllowedMemoryNodes": _cgroup(cgroup.cpus("cpuset.mems")),
    "CPUSetPartition": _cgroup(cgroup.partition(), neutral=("member",)),
    "IOReadBandwidthMax": _cgroup(cgroup.io_limit("rbps")),
    "IOWriteBandwidthMax": _cgroup(cgroup.io_limit("wbps")),
    "IOReadIOPSMax": _cgroup(cgroup.io_limit("riops")),
    "IOWriteIOPSMax": _cgroup(cgroup.io_limit("wiops")),
    "IODeviceLatencyTargetSec": _cgroup(cgroup.io_limit("target"), "IODeviceLatencyTargetUSec"),
    "IODeviceWeight": _cgroup(cgroup.device_weight()),
    # Control groups: BPF programs.
    "IPAddressDeny": _cgroup(cgroup.programs("sd_fw_", "ingress", "egress")),
    "IPAddressAllow": _cgroup(cgroup.programs("sd_fw_", "ingress", "egress")),
    "IPIngressFilterPath": _cgroup(cgroup.foreign_programs("ingress")),
    "IPEgressFilterPath": _cgroup(cgroup.foreign_programs("egress")),
    "BPFProgram": _cgroup(
        _cannot_tell("the programs of others are not told apart from systemd's own")
    ),
    "SocketBindAllow": _cgroup(cgroup.programs("sd_bind", "bind4", "bind6", framework=True)),
    "SocketBindDeny": _cgroup(cgroup.programs("sd_bind", "bind4", "bind6", framework=True)),
    "RestrictNetworkInterfaces": _cgroup(
        cgroup.programs("sd_restrictif", "ingress", "egress", framework=True)
    ),
    "BindNetworkInterface": _cgroup(
        cgroup.programs("sd_bind_interfa", "sock_create", framework=True)
    ),
    "RestrictFileSystems": _cgroup(cgroup.file_systems),
    "DevicePolicy": _cgroup(cgroup.programs("sd_devices", "device"), neutral=("auto",)),
    "DeviceAllow": _cgroup(cgroup.programs("sd_devices", "device")),
    # Identity and privileges.
    "User": Check(process.identity("Uid"), neutral=("root", "0")),
    "Group": Check(process.identity("Gid")),
    "SupplementaryGroups": Check(process.groups),
    "DynamicUser": Check(process.dynamic_user),
    "CapabilityBoundingSet": Check(process.bounding_set, neutral=(_UNSET,), reads=()),
    "NoNewPrivileges": Check(process.no_new_privileges, reads=()),
    "SecureBits": Check(process.secure_bits, neutral=(0,)),
    "SELinuxContext": Check(process.label("selinux"), neutral=([False, ""],)),
    "AppArmorProfile": Check(process.label("apparmor"), neutral=([False, ""],)),
    "SmackProcessLabel": Check(process.label("smack"), neutral=([False, ""],)),
    "KeyringMode": Check(
        _cannot_tell("the kernel does not tell the keyrings of another process"),
        neutral=("inherit",),
    ),
    "UMask": Check(process.mode_mask),
    "CPUAffinity": Check(process.affinity),
    **{
        f"Limit{name}": Check(process.resource_limit(name), (f"Limit{name}Soft", f"Limit{name}"))
        for name in process.LIMITS
    },
    # Namespaces.
    "PrivateNetwork": Check(process.namespace("net"), reads=()),
    "PrivateIPC": Check(process.namespace("ipc"), reads=()),
    "PrivatePIDs": Check(process.namespace("pid")),
    "PrivateUsers": Check(process.namespace("user"), ("PrivateUsersEx", "PrivateUsers")),
    "PrivateMounts": Check(process.namespace("mnt")),
    "ProtectHostname": Check(_hostname, ("ProtectHostnameEx", "ProtectHostname")),
    "NetworkNamespacePath": Check(process.namespace_at("net")),
    "IPCNamespacePath": Check(process.namespace_at("ipc")),
    "UserNamespacePath": Check(process.namespace_at("user")),
    # What is seen of the file system.
    "ProtectSystem": Check(mounts.system),
    "ProtectHome": Check(mounts.home),
    "PrivateTmp": Check(mounts.tmp, ("PrivateTmpEx", "PrivateTmp")),
    "PrivateDevices": Check(
        _both(
            mounts.own_mount("/dev"),
            process.capabilities_without(_CAP_MKNOD, _CAP_SYS_RAWIO),
            filters.refused(("ioperm()", "ioperm", ()), ("iopl()", "iopl", ())),
        ),
        filters=1,
    ),
    "ProtectKernelTunables": Check(mounts.tunables),
    "ProtectKernelModules": Check(
        _both(
            mounts.modules,
            process.capabilities_without(_CAP_SYS_MODULE),
            filters.refused(
                ("init_module()", "init_module", ()), ("finit_module()", "finit_module", ())
            ),
        ),
        filters=1,
    ),
    "ProtectKernelLogs": Check(
        _both(
            mounts.kernel_logs,
            process.capabilities_without(_CAP_SYSLOG),
            filters.refused(("syslog()", "syslog", ())),
        ),
        filters=1,
    ),
    "ProtectControlGroups": Check(
        _control_groups, ("ProtectControlGroupsEx", "ProtectControlGroups")
    ),
    "ProtectProc": Check(mounts.proc_option("hidepid"), neutral=("default",)),
    "ProcSubset": Check(mounts.proc_option("subset"), neutral=("all",)),
    "ReadOnlyPaths": Check(mounts.read_only),
    "InaccessiblePaths": Check(mounts.inaccessible),
    "NoExecPaths": Check(mounts.no_exec),
    "TemporaryFileSystem": Check(mounts.temporary),
    "BindReadOnlyPaths": Check(mounts.bound_read_only),
    "RootDirectory": Check(mounts.root, neutral=("/",)),
    "RootImage": Check(mounts.root),
    "RootMStack": Check(mounts.root),
    "PrivateBPF": Check(mounts.own_mount("/sys/fs/bpf")),
    # System call filters.
    "SystemCallFilter": _filter(filters.system_calls),
    "SystemCallArchitectures": _filter(filters.architectures),
    "RestrictAddressFamilies": _filter(filters.address_families),
    "RestrictNamespaces": _filter(filters.namespaces, neutral=(_ALL_NAMESPACES,)),
    "RestrictRealtime": _filter(
        filters.refused(("sched_setscheduler(SCHED_FIFO)", "sched_setscheduler", (0, 1)))
    ),
    "RestrictSUIDSGID": _filter(filters.refused(("fchmodat(S_ISUID)", "fchmodat", (0, 0, 0o4755)))),
    "LockPersonality": _filter(filters.refused(("personality(PER_SUNOS)", "personality", (6,)))),
    "MemoryDenyWriteExecute": Check(filters.write_and_execute, reads=()),
    "ProtectClock": Check(
        _both(
            process.capabilities_without(_CAP_SYS_TIME, _CAP_WAKE_ALARM),
            filters.refused(
                ("clock_settime()", "clock_settime", ()), ("adjtimex()", "adjtimex", ())
            ),
        ),
        filters=1,
    ),
    **{
        f"{name}Quota": Check(_cannot_tell("the manager does not tell whether a quota is set"))
        for name in ("StateDirectory", "CacheDirectory", "LogsDirectory")
    },
}

CHECKS["ReadOnlyDirectories"] = CHECKS["ReadOnlyPaths"]._replace(sources=("ReadOnlyPaths",))
CHECKS["InaccessibleDirectories"] = CHECKS["InaccessiblePaths"]._replace(
    sources=("InaccessiblePaths",)
)
for _old in ("ProtectHostname", "PrivateTmp", "PrivateUsers", "ProtectControlGroups"):
    CHECKS[f"{_old}Ex"] = CHECKS[_old]

IMPLIED = {
    "DynamicUser": (
        *("NoNewPrivileges", "RestrictSUIDSGID", "ProtectSystem", "ProtectHome", "PrivateTmp"),
    ),
}
"""Directives that others turn on, and that who asked for those counts on."""
