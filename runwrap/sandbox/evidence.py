"""What can be seen of a unit from outside, before its command runs.

Everything is read when it is first asked for: a launch pays for what it asked to be enforced.
What cannot be seen raises `CannotTellError`, with the reason.
"""

from __future__ import annotations

import errno
import os
from array import array
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from runwrap.sandbox.filters import Filters
    from runwrap.sandbox.mounts import Mount
    from runwrap.sandbox.tracing import Traced

__all__ = ["CannotTellError", "Evidence", "Keyring", "Place", "fields_of"]

_T = TypeVar("_T")

_MOST_STEPS = 256


class CannotTellError(Exception):
    """It cannot be established whether a restriction is in force; ``str()`` says why."""


class Place(NamedTuple):
    """How the manager's part of the system is seen from here.

    Attributes:
        cgroups: the directory that the manager's control groups are below, or None.
        reason: where they cannot be seen, why.
        shares_pids: whether processes have the same numbers here as for the manager.
        root: the manager's root directory, as seen from here.
        features: the features of the manager's build, such as ``"+SECCOMP -BPF_FRAMEWORK"``.
    """

    cgroups: Path | None
    reason: str = ""
    shares_pids: bool = False
    root: str = "/"
    features: str = ""

    @classmethod
    def of(cls, peer: int | None) -> Place:
        """Return the place of a manager.

        Args:
            peer: the process that listens on its bus, by its number here, or None.
        """
        if peer is None:
            return cls(None, "its processes cannot be seen from here: run runwrap over there")
        root = f"/proc/{peer}/root"
        # Who may not look into that process is in the same system, or sees nothing of it.
        if not os.access(f"{root}/", os.X_OK):
            root = ""
        for directory in (f"{root}/sys/fs/cgroup", f"{root}/sys/fs/cgroup/unified"):
            if Path(directory, "cgroup.controllers").exists():
                return cls(Path(directory), shares_pids=_shares_pids(peer), root=f"{root}/")
        return cls(None, "there is no cgroup v2 hierarchy to be seen")

    def directory(self, control_group: str) -> Path | None:
        """Return the directory of a control group, as the manager names it; None if hidden."""
        return None if self.cgroups is None else self.cgroups / control_group.lstrip("/")


class _Fields(dict[str, str]):
    """The fields of a status; that of a process that has ended has few of them."""

    def __missing__(self, name: str) -> str:
        raise CannotTellError(f"the status of the process has no {name}")


class Keyring(NamedTuple):
    """What is in a session keyring.

    Attributes:
        invocation: the invocation ID that systemd left there, 16 bytes, or None.
        has_users: whether the keyring of the user is linked to it (user-keyring(7)).
    """

    invocation: bytes | None
    has_users: bool


class Evidence:
    """What is seen of one unit whose first process waits.

    Attributes:
        values: the unit's D-Bus properties: what the manager means to enforce.
        place: how the manager's part of the system is seen from here.
        filters_asked: how many of the directives that are examined need system call filters.
    """

    def __init__(
        self,
        values: Mapping[str, object],
        place: Place,
        *,
        pid: int | None,
        traced: Traced | None = None,
        filters_asked: int = 0,
    ) -> None:
        """Prepare to look.

        Args:
            values: the unit's D-Bus properties.
            place: how the manager's part of the system is seen from here.
            pid: the process that waits, by its number here; None where there is none, or it
                cannot be seen.
            traced: that process, where it is traced and held.
            filters_asked: how many of the directives need system call filters.
        """
        self.values = values
        self.place = place
        self.filters_asked = filters_asked
        self._pid = pid
        self._traced = traced

    @property
    def pid(self) -> int:
        """The process that waits in the unit, by its number here."""
        if self._pid is None:
            raise CannotTellError(self.place.reason or "no process of the unit can be seen")
        return self._pid

    @cached_property
    def cgroup(self) -> Path:
        """The directory of the unit's control group."""
        path = str(self.values.get("ControlGroup") or "")
        directory = self.place.directory(path)
        if directory is None or not path:
            raise CannotTellError(self.place.reason or "the unit has no control group")
        return directory

    def cgroup_file(self, name: str) -> str | None:
        """Return the content of a file of the control group, None where there is none."""
        try:
            return (self.cgroup / name).read_text().strip()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise CannotTellError(f"{name} of the control group: {error.strerror}") from None

    def read(self, name: str, *, pid: int | None = None) -> str:
        """Return the content of a file of the process, as /proc/PID has it."""
        return _attempt(
            f"/proc/PID/{name}",
            lambda: Path(f"/proc/{pid or self.pid}/{name}").read_text(errors="surrogateescape"),
        )

    @cached_property
    def status(self) -> dict[str, str]:
        """The fields of the process's status (proc_pid_status(5))."""
        return self.status_of(self.pid)

    def status_of(self, pid: int) -> dict[str, str]:
        """Return the fields of the status of another process."""
        return _Fields(fields_of(self.read("status", pid=pid)))

    @cached_property
    def manager(self) -> int:
        """The process that the waiting one comes from: the manager, by its number here."""
        pid = int(self.status["PPid"])
        # Where there is a PID namespace, or a session of PAM, another one is in between.
        while pid > 1 and not self.read("comm", pid=pid).startswith("systemd"):
            pid = int(self.status_of(pid)["PPid"])
        if pid < 1:
            raise CannotTellError("the manager's process cannot be seen")
        return pid

    @cached_property
    def mounts(self) -> list[Mount]:
        """The mount table of the process."""
        from runwrap.sandbox.mounts import parse

        return parse(self.read("mountinfo"))

    @cached_property
    def manager_mounts(self) -> list[Mount]:
        """The mount table of the manager."""
        from runwrap.sandbox.mounts import parse

        return parse(self.read("mountinfo", pid=self.manager))

    def namespace(self, kind: str) -> str:
        """Return the process's namespace of a *kind*, such as ``"net:[4026531840]"``."""
        return _attempt(
            f"/proc/PID/ns/{kind}", lambda: str(Path(f"/proc/{self.pid}/ns/{kind}").readlink())
        )

    def outer_namespace(self, kind: str) -> str:
        """Return the manager's namespace of a *kind*.

        A user's manager may hide it from its user. It is that of this process then, where both
        have the same mounts; of networks, which one can enter alone, nothing but a loopback
        device must be seen in the unit besides.
        """
        try:
            return str(Path(f"/proc/{self.manager}/ns/{kind}").readlink())
        except PermissionError:
            own = Path("/proc/self/mountinfo").read_text().partition(" ")[0]
            if own == self.read("mountinfo", pid=self.manager).partition(" ")[0] and (
                kind != "net" or self.devices == {"lo"}
            ):
                return str(Path(f"/proc/self/ns/{kind}").readlink())
            raise CannotTellError(f"the manager's {kind} namespace cannot be seen") from None
        except OSError as error:
            raise CannotTellError(f"the manager's {kind} namespace: {error.strerror}") from None

    @property
    def devices(self) -> set[str]:
        """The names of the network devices that the process sees."""
        lines = self.read("net/dev").splitlines()[2:]
        return {line.partition(":")[0].strip() for line in lines}

    def resolved(self, path: str) -> str | None:
        """Return *path* without symbolic links, or None where there is no such path.

        It is looked for as the unit sees it, and then, as it may be hidden there, as the manager
        does; who may look into neither sees what is here. In a root directory of its own, only
        the unit knows.
        """
        outer = f"/proc/{self.manager}/root"
        roots = [f"/proc/{self.pid}/root", outer if os.access(f"{outer}/", os.X_OK) else ""]
        own = str(self.values.get("RootDirectory") or "").rstrip("/")
        if own or self.values.get("RootImage"):
            roots = roots[:1]
            if own and (path == own or path.startswith(f"{own}/")):
                path = path.removeprefix(own) or "/"
        for root in roots:
            found = _resolved(root, path)
            if found is not None:
                return found
        return None

    @property
    def traced(self) -> Traced:
        """The process that waits, held by its tracer."""
        if self._traced is None:
            raise CannotTellError("the process may not be traced by this one")
        return self._traced

    @cached_property
    def filters(self) -> Filters:
        """The system call filters of the process."""
        return _attempt("the system call filters", self.traced.filters)

    def refuses(self, call: str, *arguments: int) -> bool:
        """Tell whether a filter of the process is seen to refuse a system call, by its name."""
        from runwrap.sandbox.filters import CALLS

        try:
            return self.filters.answer(CALLS[call], *arguments).denied
        except (CannotTellError, KeyError):
            return False

    def prctl(self, option: int, name: str) -> int:
        """Return what the process is told by prctl(2) for *option*, called *name*."""
        if self.refuses("prctl", option):
            # It might be killed for it.
            raise CannotTellError(f"{name} cannot be seen: a filter refuses prctl()")
        return _attempt(name, lambda: self.traced.prctl(option))

    def session_keyring(self) -> Keyring:
        """Return what the process finds in its session keyring (session-keyring(7))."""
        if self.refuses("keyctl"):
            raise CannotTellError("the session keyring cannot be seen: a filter refuses keyctl()")
        return _attempt("the session keyring", lambda: _keyring(self.traced))

    def attached(self, attachment: str) -> list[str]:
        """Return the names of the BPF programs on the control group.

        Args:
            attachment: one of `runwrap.sandbox.bpf.ATTACH_TYPES`.
        """
        from runwrap.sandbox.bpf import ATTACH_TYPES, attached

        kind, directory = ATTACH_TYPES[attachment], str(self.cgroup)
        return _attempt("the BPF programs on the control group", lambda: attached(directory, kind))

    def dropped(self, attachment: str, packets: Sequence[bytes]) -> list[bool]:
        """Return of each of the *packets* whether systemd's program on the control group drops it.

        Args:
            attachment: ``"ingress"`` or ``"egress"``.
            packets: frames of Ethernet.
        """
        from runwrap.sandbox.bpf import ATTACH_TYPES, dropped

        kind, directory = ATTACH_TYPES[attachment], str(self.cgroup)
        return _attempt(
            "what the BPF programs do with packets",
            lambda: dropped(directory, kind, "sd_fw_", packets),
        )


def _resolved(root: str, path: str) -> str | None:
    """Return *path* without symbolic links, which lead from *root*; None where it is not there."""
    left, done = path.split("/")[::-1], ""
    for _ in range(_MOST_STEPS):
        if not left:
            return done or "/"
        part = left.pop()
        if part in {"", "."}:
            continue
        if part == "..":
            done = done.rpartition("/")[0]
            continue
        try:
            target = os.readlink(f"{root}{done}/{part}")  # noqa: PTH115 - as text, unchanged
        except FileNotFoundError:
            return None
        except OSError as error:
            if error.errno != errno.EINVAL:
                return None
            # It is no link.
            done += f"/{part}"
            continue
        left += target.split("/")[::-1]
        if target.startswith("/"):
            done = ""
    return None


# keyctl(2): operations, and numbers that stand for keyrings.
_GET_KEYRING_ID, _SEARCH, _READ = 0, 10, 11
_SESSION, _USER = -3, -4
_INVOCATION_SIZE = 16
_MOST_LINKS = 256


def _keyring(traced: Traced) -> Keyring:
    invocation = None
    with suppress(OSError):
        key, _ = traced.keyctl(_SEARCH, _SESSION, b"user", b"invocation_id", 0)
        invocation = traced.keyctl(_READ, key, room=_INVOCATION_SIZE)[1]
    size, links = traced.keyctl(_READ, _SESSION, room=4 * _MOST_LINKS)
    users, _ = traced.keyctl(_GET_KEYRING_ID, _USER, 0)
    return Keyring(invocation, size > len(links) or users in array("i", links))


def _shares_pids(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/ns/pid").readlink() == Path("/proc/self/ns/pid").readlink()
    except OSError:
        # Another user's: one that is found by its number here is of this system.
        return True


def _attempt(what: str, act: Callable[[], _T]) -> _T:
    try:
        return act()
    except OSError as error:
        raise CannotTellError(f"{what} cannot be seen: {error.strerror}") from None


def fields_of(text: str) -> dict[str, str]:
    """Return the fields of a process's status, by their names (proc_pid_status(5))."""
    lines = (line.partition(":") for line in text.splitlines())
    return {name: value.strip() for name, _, value in lines}
