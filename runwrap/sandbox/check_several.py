"""Is it in force? What takes evidence of more than one family (systemd.exec(5))."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runwrap.sandbox.check_filters import refused
from runwrap.sandbox.check_mounts import control_groups, kernel_logs, modules, own_mount
from runwrap.sandbox.check_process import capabilities_without, new_namespace
from runwrap.sandbox.finding import Finding, first_gap

if TYPE_CHECKING:
    from collections.abc import Callable

    from runwrap.sandbox.evidence import Evidence

__all__ = ["SEES"]

_CAP_SYS_MODULE = 16
_CAP_SYS_RAWIO = 17
_CAP_SYS_TIME = 25
_CAP_MKNOD = 27
_CAP_SYSLOG = 34
_CAP_WAKE_ALARM = 35


def _all(*sees: Callable[[Evidence, object], Finding]) -> Callable[[Evidence, object], Finding]:
    def check(evidence: Evidence, asked: object) -> Finding:
        return first_gap([each(evidence, asked) for each in sees])

    return check


_set_hostname = refused(("sethostname()", "sethostname", ()))


def _hostname(evidence: Evidence, asked: object) -> Finding:
    finding = new_namespace(evidence, "uts")
    if asked == "private" or not finding.in_force:
        return finding
    return first_gap([finding, _set_hostname(evidence, asked)])


def _control_groups(evidence: Evidence, asked: object) -> Finding:
    findings = []
    if asked in {"private", "strict"}:
        findings.append(new_namespace(evidence, "cgroup"))
    if asked != "private":
        findings.append(control_groups(evidence, asked))
    return first_gap(findings)


SEES: dict[str, Callable[[Evidence, object], Finding]] = {
    "ProtectHostname": _hostname,
    "PrivateDevices": _all(
        own_mount("/dev"),
        capabilities_without(_CAP_MKNOD, _CAP_SYS_RAWIO),
        refused(("ioperm()", "ioperm", ()), ("iopl()", "iopl", ())),
    ),
    "ProtectKernelModules": _all(
        modules,
        capabilities_without(_CAP_SYS_MODULE),
        refused(("init_module()", "init_module", ()), ("finit_module()", "finit_module", ())),
    ),
    "ProtectKernelLogs": _all(
        kernel_logs,
        capabilities_without(_CAP_SYSLOG),
        refused(("syslog()", "syslog", ())),
    ),
    "ProtectControlGroups": _control_groups,
    "ProtectClock": _all(
        capabilities_without(_CAP_SYS_TIME, _CAP_WAKE_ALARM),
        refused(("clock_settime()", "clock_settime", ()), ("adjtimex()", "adjtimex", ())),
    ),
}
"""What says whether a directive is in force, by its name."""
