"""Is it in force? What a unit sees of the file system (systemd.exec(5), Sandboxing)."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from runwrap.sandbox.finding import Finding, first_gap
from runwrap.sandbox.mounts import below, covering, is_within

if TYPE_CHECKING:
    from collections.abc import Callable

    from runwrap.sandbox.evidence import Evidence
    from runwrap.sandbox.mounts import Mount

__all__ = ["SEES", "control_groups", "kernel_logs", "modules", "own_mount"]

_RUN = (
    "add ReadOnlyPaths=/run and ProtectHome=: beside ProtectProc=, ProtectKernelTunables= and"
    " their kind, ProtectSystem=strict leaves it writable"
)
_HOME = "add ProtectHome=: ProtectSystem=strict leaves it to that"
_ADVICE = "the manager must be let make mount namespaces: run it outside of a container"

# What is no part of the system or of anybody's files, and has protections of its own.
_INTERFACES = ("/proc", "/sys", "/dev")

_HOMES = ("/home", "/root", "/run/user")
_SYSTEM = {
    "yes": ("/usr", "/boot", "/efi"),
    "full": ("/usr", "/boot", "/efi", "/etc"),
    "strict": ("/",),
}
_MODULES = "/usr/lib/modules"

# Settings whose paths stay writable, or executable, below others that are not.
_OPENED = ("ReadWritePaths", "ExecPaths")
_DIRECTORIES = {
    "RuntimeDirectory": "/run",
    "StateDirectory": "/var/lib",
    "CacheDirectory": "/var/cache",
    "LogsDirectory": "/var/log",
    "ConfigurationDirectory": "/etc",
}


def _plain(path: str) -> str:
    """Return a path without the marks for what may be missing, and for the root directory."""
    return path.lstrip("-+").rstrip("/") or "/"


def _paths(asked: object) -> list[str]:
    return [_plain(str(path)) for path in cast("list[object]", asked)]


def _there(evidence: Evidence, paths: list[str]) -> list[str]:
    """Return those of the *paths* that are there, without symbolic links."""
    found = (evidence.resolved(path) for path in paths)
    return list(dict.fromkeys(path for path in found if path is not None))


def _opened(evidence: Evidence) -> list[str]:
    """Return the directories that other settings of the unit open, or cover."""
    values = evidence.values
    paths = [path for name in _OPENED for path in _paths(values.get(name) or [])]
    for name in ("BindPaths", "BindReadOnlyPaths"):
        paths += [_plain(entry[1]) for entry in cast("list[list[str]]", values.get(name) or [])]
    entries = cast("list[list[str]]", values.get("TemporaryFileSystem") or [])
    paths += [_plain(entry[0]) for entry in entries]
    for name, parent in _DIRECTORIES.items():
        for directory in cast("list[str]", values.get(name) or []):
            paths += [f"{parent}/{directory}", f"{parent}/private/{directory}"]
    if values.get("PrivateTmp") or values.get("PrivateTmpEx") not in (None, "no"):
        paths += ["/tmp", "/var/tmp"]
    if values.get("ProtectHome") == "tmpfs":
        paths += _HOMES
    return [*paths, "/run/credentials", "/run/systemd"]


def _all_of(
    evidence: Evidence, path: str, holds: Callable[[Mount], bool], word: str, *, but: list[str]
) -> Finding:
    """Check that *path* and all below it is on mounts for which *holds* holds."""
    mount = covering(evidence.mounts, path)
    if mount is None:
        return Finding(True, f"{path} is not there")
    if not holds(mount):
        return Finding(False, f"{path} is on a mount that is not {word}", _ADVICE)
    for other in below(evidence.mounts, path):
        if not holds(other) and not any(is_within(other.point, opened) for opened in but):
            return Finding(False, f"{other.point} is a mount that is not {word}", _ADVICE)
    return Finding(True, f"{path} is {word}")


def _is_protected(mount: Mount) -> bool:
    return mount.is_read_only or mount.is_inaccessible


def read_only(evidence: Evidence, asked: object) -> Finding:
    """Check that nothing can be written below the paths."""
    finding = _read_only(evidence, _there(evidence, _paths(asked)))
    if not finding.in_force and finding.evidence.split(" is ")[0] in _HOMES:
        return finding._replace(advice=_HOME)
    return finding


def _read_only(evidence: Evidence, paths: list[str], *, but: list[str] | None = None) -> Finding:
    opened = _opened(evidence) + (but or [])
    return first_gap(
        [
            _all_of(
                evidence,
                path,
                _is_protected,
                "read-only",
                but=[entry for entry in opened if entry != path] + _interfaces(path),
            )
            for path in paths
        ]
        or [Finding(True, "none of it is there")]
    )


def _interfaces(path: str) -> list[str]:
    return [entry for entry in _INTERFACES if not is_within(path, entry)]


def no_exec(evidence: Evidence, asked: object) -> Finding:
    """Check that nothing can be executed below the paths."""
    opened = _opened(evidence)
    paths = _there(evidence, _paths(asked))
    return first_gap(
        [
            _all_of(
                evidence,
                path,
                lambda mount: mount.is_no_exec or mount.is_inaccessible,
                "noexec",
                but=[entry for entry in opened if entry != path],
            )
            for path in paths
        ]
        or [Finding(True, "none of it is there")]
    )


def inaccessible(evidence: Evidence, asked: object) -> Finding:
    """Check that nothing is left of the paths."""
    return _hidden(evidence, _paths(asked))


def _hidden(evidence: Evidence, paths: list[str]) -> Finding:
    findings = []
    for path in _there(evidence, paths):
        mount = covering(evidence.mounts, path)
        if mount is not None and (mount.is_inaccessible or _is_emptied(evidence, mount, path)):
            findings.append(Finding(True, f"{path} is behind an inaccessible node"))
        else:
            findings.append(Finding(False, f"{path} is there as ever", _ADVICE))
    return first_gap(findings or [Finding(True, "none of it is there")])


def _is_emptied(evidence: Evidence, mount: Mount, path: str) -> bool:
    """Tell whether *path* is below an empty file system that hides what was there."""
    is_own = mount.is_same_as not in {other.is_same_as for other in evidence.manager_mounts}
    return is_own and mount.kind == "tmpfs" and mount.root == "/" and mount.point != path


def system(evidence: Evidence, asked: object) -> Finding:
    """Check ``ProtectSystem=``."""
    paths = _SYSTEM.get(str(asked), _SYSTEM["yes"])
    finding = _read_only(
        evidence, _there(evidence, list(paths)), but=_there(evidence, list(_HOMES))
    )
    if not finding.in_force and asked == "strict" and finding.evidence.startswith("/run "):
        # Settings for /proc and /sys imply MountAPIVFS=, which has an entry of its own for it.
        return finding._replace(advice=_RUN)
    opened = [path for path in _there(evidence, list(_HOMES)) if _is_writable(evidence, path)]
    if asked == "strict" and finding.in_force and opened:
        seen = f"{finding.evidence}, but for {', '.join(opened)} (see ProtectHome=)"
        return finding._replace(evidence=seen)
    return finding


def _is_writable(evidence: Evidence, path: str) -> bool:
    mount = covering(evidence.mounts, path)
    return mount is not None and not _is_protected(mount)


def home(evidence: Evidence, asked: object) -> Finding:
    """Check ``ProtectHome=``."""
    paths = _there(evidence, list(_HOMES))
    if asked == "read-only":
        return _read_only(evidence, paths)
    if asked == "tmpfs":
        return temporary(evidence, [[path, ""] for path in paths])
    return _hidden(evidence, paths)


def temporary(evidence: Evidence, asked: object) -> Finding:
    """Check that there are file systems of the unit's own."""
    findings = []
    for entry in cast("list[list[str]]", asked):
        path = evidence.resolved(_plain(entry[0])) or _plain(entry[0])
        mount = covering(evidence.mounts, path)
        in_force = (
            mount is not None
            and mount.kind == "tmpfs"
            # One that is mounted over, for a path below another one that is hidden, is so too.
            and mount.is_same_as not in {other.is_same_as for other in evidence.manager_mounts}
        )
        findings.append(
            Finding(True, f"{path} is on a tmpfs of its own")
            if in_force
            else Finding(False, f"{path} is not on a tmpfs of its own", _ADVICE)
        )
    return first_gap(findings or [Finding(True, "none of it is there")])


def tmp(evidence: Evidence, asked: object) -> Finding:
    """Check ``PrivateTmp=``."""
    return first_gap([_own(evidence, path) for path in ("/tmp", "/var/tmp")])


def own_mount(path: str) -> Callable[[Evidence, object], Finding]:
    """Return a check that *path* is another mount than the manager's."""

    def check(evidence: Evidence, asked: object) -> Finding:
        return _own(evidence, path)

    return check


def _own(evidence: Evidence, path: str) -> Finding:
    found = evidence.resolved(path)
    if found is None:
        return Finding(True, f"{path} is not there")
    path = found
    mount = covering(evidence.mounts, path)
    outer = {other.is_same_as for other in evidence.manager_mounts if other.point == path}
    outer |= {other.is_same_as for other in [covering(evidence.manager_mounts, path)] if other}
    if mount is None or mount.is_same_as in outer:
        return Finding(False, f"{path} is the manager's", _ADVICE)
    if mount.point != path and mount.kind != "tmpfs":
        return Finding(False, f"{path} is not a mount of its own", _ADVICE)
    return Finding(True, f"{path} is a mount of its own")


def tunables(evidence: Evidence, asked: object) -> Finding:
    """Check that the kernel's variables cannot be written."""
    findings = []
    for path in ("/proc/sys", "/sys"):
        mount = covering(evidence.mounts, path)
        if mount is not None and mount.point == "/proc" and "subset=pid" in mount.super_options:
            findings.append(Finding(True, f"{path} is not there"))
            continue
        findings.append(
            Finding(True, f"{path} is read-only")
            if mount is not None and _is_protected(mount)
            else Finding(False, f"{path} is on a mount that is not read-only", _ADVICE)
        )
    return first_gap(findings)


def control_groups(evidence: Evidence, asked: object) -> Finding:
    """Check that the control groups cannot be written."""
    # Of its own control group, a unit may ask to be told of pressure.
    pressure = [mount.point for mount in evidence.mounts if mount.point.endswith(".pressure")]
    return _all_of(evidence, "/sys/fs/cgroup", _is_protected, "read-only", but=pressure)


def modules(evidence: Evidence, asked: object) -> Finding:
    """Check that the kernel's modules are hidden."""
    return _hidden(evidence, [_MODULES])


def kernel_logs(evidence: Evidence, asked: object) -> Finding:
    """Check that the kernel's log is hidden."""
    paths = _there(evidence, ["/dev/kmsg", "/proc/kmsg"])
    shown = [path for path in paths if not _is_out_of_reach(evidence, path)]
    return _hidden(evidence, shown) if shown else Finding(True, f"{' and '.join(paths)} is hidden")


def _is_out_of_reach(evidence: Evidence, path: str) -> bool:
    """Tell whether the device, or the file, is not in the unit's own ``/dev`` or ``/proc``."""
    mount = covering(evidence.mounts, path)
    if mount is None:
        return True
    if mount.point == "/proc":
        return "subset=pid" in mount.super_options
    return mount.point == "/dev" and bool(evidence.values.get("PrivateDevices"))


def proc_option(option: str) -> Callable[[Evidence, object], Finding]:
    """Return a check that ``/proc`` is mounted with *option* as is asked for."""

    def check(evidence: Evidence, asked: object) -> Finding:
        mount = covering(evidence.mounts, "/proc")
        seen = sorted(
            entry for entry in (mount.super_options if mount else ()) if entry.startswith(option)
        )
        return Finding(
            f"{option}={asked}" in seen,
            f"/proc is mounted with {seen[0]}" if seen else f"/proc is mounted without {option}=",
            "the manager must be let mount /proc, with a kernel of 5.8 or newer",
        )

    return check


def root(evidence: Evidence, asked: object) -> Finding:
    """Check that the root directory is another one than the manager's."""
    own, outer = covering(evidence.mounts, "/"), covering(evidence.manager_mounts, "/")
    in_force = own is not None and (outer is None or own.is_same_as != outer.is_same_as)
    return Finding(
        in_force,
        "the root directory is another one" if in_force else "the root directory is the manager's",
        _ADVICE,
    )


def bound_read_only(evidence: Evidence, asked: object) -> Finding:
    """Check that what is bound is there, and cannot be written."""
    findings = []
    for source, destination, optional, _ in cast("list[tuple[str, str, bool, int]]", asked):
        path = evidence.resolved(_plain(destination)) or _plain(destination)
        mount = covering(evidence.mounts, path)
        if mount is None or mount.point != path:
            is_missing = bool(optional) and evidence.resolved(_plain(source)) is None
            findings.append(Finding(is_missing, f"{path} is not a mount", _ADVICE))
        else:
            findings.append(Finding(_is_protected(mount), f"{path} is read-only", _ADVICE))
    return first_gap(findings)


SEES: dict[str, Callable[[Evidence, object], Finding]] = {
    "ProtectSystem": system,
    "ProtectHome": home,
    "PrivateTmp": tmp,
    "ProtectKernelTunables": tunables,
    "ProtectProc": proc_option("hidepid"),
    "ProcSubset": proc_option("subset"),
    "ReadOnlyPaths": read_only,
    "InaccessiblePaths": inaccessible,
    "NoExecPaths": no_exec,
    "TemporaryFileSystem": temporary,
    "BindReadOnlyPaths": bound_read_only,
    "RootDirectory": root,
    "RootImage": root,
    "RootMStack": root,
    "PrivateBPF": own_mount("/sys/fs/bpf"),
}
"""What says whether a directive is in force, by its name."""
