"""Is it in force? Identity, privileges, limits and namespaces (systemd.exec(5))."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

from runwrap.sandbox.check_cgroup import bits, numbers
from runwrap.sandbox.checks import LIMITS
from runwrap.sandbox.evidence import CannotTellError
from runwrap.sandbox.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Callable

    from runwrap.sandbox.evidence import Evidence

__all__ = ["SEES", "capabilities_without", "new_namespace"]

# What the manager gives to dynamic users (systemd.exec(5), DynamicUser=).
_DYNAMIC = range(61184, 65520)

_PR_GET_SECUREBITS = 27

_NO_KEYRING = "the manager must be let use keyrings: run it outside of a container that forbids it"
_OTHER_KEYRING = "leave out PAMName=, with which pam_keyinit(8) may have made another keyring"
_KEY_CALLS = ("keyctl", "add_key", "request_key")

_USER_NAMESPACES = (
    "the manager must be let make namespaces: run it outside of a container that forbids it"
)


def no_new_privileges(evidence: Evidence, asked: object) -> Finding:
    """Check the flag of the process."""
    flag = evidence.status.get("NoNewPrivs")
    return Finding(flag == "1", f"NoNewPrivs is {flag}")


def dynamic_user(evidence: Evidence, asked: object) -> Finding:
    """Check that the process has a user of its own."""
    users = evidence.status["Uid"].split()
    in_force = all(int(user) in _DYNAMIC for user in users)
    return Finding(
        in_force, f"Uid is {users[0]}", "use the system's service manager: a user's has one user"
    )


def identity(kind: str) -> Callable[[Evidence, object], Finding]:
    """Return a check that the process is of the user, or group, that the manager tells.

    Args:
        kind: ``Uid`` or ``Gid``.
    """

    def check(evidence: Evidence, asked: object) -> Finding:
        users = evidence.status[kind].split()
        seen = f"{kind} is {users[0]}"
        text = str(asked)
        expected = int(text) if text.isdecimal() else _number(evidence, kind, text)
        if expected is None:
            raise CannotTellError(f"{seen}, and the number of {text} is not known here")
        return Finding(
            all(int(user) == expected for user in users),
            f"{seen}, and {text} is {expected}" if text != str(expected) else seen,
            "use the system's service manager, as root: others run all as their own user",
        )

    return check


def _number(evidence: Evidence, kind: str, name: str) -> int | None:
    """Return the number of the user or group *name* in the manager's system."""
    told = evidence.values.get("UID" if kind == "Uid" else "GID")
    if isinstance(told, int) and told != 2**32 - 1:
        return told
    return _number_in(evidence, "passwd" if kind == "Uid" else "group", name)


def _number_in(evidence: Evidence, file: str, name: str) -> int | None:
    try:
        lines = evidence.read(f"root/etc/{file}", pid=evidence.manager).splitlines()
    except CannotTellError:
        # Not readable for us: what our own system has is as good as anything.
        lines = Path(f"/etc/{file}").read_text(encoding="utf-8").splitlines()
    entries = (line.split(":") for line in lines)
    return next((int(entry[2]) for entry in entries if entry[0] == name), None)


def groups(evidence: Evidence, asked: object) -> Finding:
    """Check that the process has each supplementary group."""
    seen = set(evidence.status.get("Groups", "").split())
    for name in cast("list[str]", asked):
        number = name if name.isdecimal() else _number_in(evidence, "group", name)
        if str(number) not in seen:
            return Finding(False, f"Groups is {' '.join(sorted(seen)) or 'empty'}")
    return Finding(True, f"Groups is {' '.join(sorted(seen, key=int))}")


def bounding_set(evidence: Evidence, asked: object) -> Finding:
    """Check that no other capabilities can be had than those in the mask *asked*."""
    seen = int(evidence.status["CapBnd"], 16)
    return Finding(seen & ~int(str(asked)) == 0, f"CapBnd is {seen:#x}", _USER_NAMESPACES)


def capabilities_without(*capabilities: int) -> Callable[[Evidence, object], Finding]:
    """Return a check that the process cannot have the *capabilities* (capabilities(7))."""

    def check(evidence: Evidence, asked: object) -> Finding:
        seen = int(evidence.status["CapBnd"], 16)
        return Finding(
            not any(seen >> capability & 1 for capability in capabilities),
            f"CapBnd is {seen:#x}",
            _USER_NAMESPACES,
        )

    return check


def secure_bits(evidence: Evidence, asked: object) -> Finding:
    """Check the flags that the process is told."""
    told = evidence.prctl(_PR_GET_SECUREBITS, "what PR_GET_SECUREBITS tells the process")
    wanted = int(str(asked))
    return Finding(told & wanted == wanted, f"PR_GET_SECUREBITS is {told:#x}")


def keyring(evidence: Evidence, asked: object) -> Finding:
    """Check that the process has a session keyring that was made for this invocation.

    The manager leaves the invocation ID in it, and links the user's keyring only if it is shared.
    """
    if all(evidence.refuses(call) for call in _KEY_CALLS) and not _is_filtered(evidence):
        return Finding(True, f"a filter refuses {', '.join(f'{call}()' for call in _KEY_CALLS)}")
    seen = evidence.session_keyring()
    if seen.invocation is None or seen.invocation != evidence.values.get("InvocationID"):
        return Finding(
            False,
            "the session keyring of the process does not have the ID of this invocation",
            _OTHER_KEYRING if evidence.values.get("PAMName") else _NO_KEYRING,
        )
    if seen.has_users and asked == "private":
        return Finding(False, "the user's keyring is linked to the session keyring")
    return Finding(True, "the session keyring of the process has the ID of this invocation")


def _is_filtered(evidence: Evidence) -> bool:
    """Tell whether the manager, too, may be refused calls, and so may have made no keyring."""
    return evidence.status_of(evidence.manager)["Seccomp"] != "0"


def mode_mask(evidence: Evidence, asked: object) -> Finding:
    """Check the mask of file modes."""
    seen = evidence.status["Umask"]
    return Finding(int(seen, 8) == asked, f"Umask is {seen}")


def affinity(evidence: Evidence, asked: object) -> Finding:
    """Check the processors."""
    seen = evidence.status["Cpus_allowed_list"]
    return Finding(set(numbers(seen)) <= bits(asked), f"Cpus_allowed_list is {seen}")


def resource_limit(name: str) -> Callable[[Evidence, object], Finding]:
    """Return a check of the limit *name* of `LIMITS`: that it is not above the asked one."""
    beginning = LIMITS[name]

    def check(evidence: Evidence, asked: object) -> Finding:
        for line in evidence.read("limits").splitlines():
            if line.startswith(beginning):
                soft, hard = line[len(beginning) :].split()[:2]
                wanted = evidence.values.get(f"Limit{name}")
                return Finding(
                    _is_within(soft, asked) and _is_within(hard, wanted),
                    f"{beginning} is {soft}" + (f" (hard: {hard})" if hard != soft else ""),
                )
        raise CannotTellError(f"the kernel tells no {beginning}")

    return check


def _is_within(seen: str, asked: object) -> bool:
    if not isinstance(asked, int) or asked == 2**64 - 1:
        return True
    return seen != "unlimited" and int(seen) <= asked


def new_namespace(evidence: Evidence, kind: str) -> Finding:
    """Check that the process has another namespace of a *kind* than its manager."""
    own, outer = evidence.namespace(kind), evidence.outer_namespace(kind)
    if own == outer:
        return Finding(False, f"the process shares {own} with its manager", _USER_NAMESPACES)
    return Finding(True, f"the process has {own}, its manager {outer}")


def namespace(kind: str) -> Callable[[Evidence, object], Finding]:
    """Return a check that the process has a namespace of that *kind* of its own."""

    def check(evidence: Evidence, asked: object) -> Finding:
        return new_namespace(evidence, kind)

    return check


def namespace_at(kind: str) -> Callable[[Evidence, object], Finding]:
    """Return a check that the process is in the namespace that the path *asked* stands for."""

    def check(evidence: Evidence, asked: object) -> Finding:
        own = evidence.namespace(kind)
        try:
            number = Path(f"/proc/{evidence.manager}/root{asked}").stat().st_ino
        except OSError as error:
            raise CannotTellError(f"{asked} cannot be seen: {error.strerror}") from None
        return Finding(own == f"{kind}:[{number}]", f"the process has {own}, {asked} is {number}")

    return check


def label(kind: str) -> Callable[[Evidence, object], Finding]:
    """Return a check that the process has the security label *asked*.

    Args:
        kind: the security module, such as ``"apparmor"``.
    """

    def check(evidence: Evidence, asked: object) -> Finding:
        _optional, wanted = cast("tuple[bool, str]", asked)
        try:
            seen = evidence.read(f"attr/{kind}/current").strip("\0\n")
        except CannotTellError:
            try:
                seen = evidence.read("attr/current").strip("\0\n")
            except CannotTellError:
                return Finding(
                    False,
                    "the kernel tells no security label of the process",
                    f"boot with the security module {kind}",
                )
        return Finding(
            seen.split(" (")[0] == wanted, f"the label of the process is {seen or 'empty'}"
        )

    return check


SEES: dict[str, Callable[[Evidence, object], Finding]] = {
    "User": identity("Uid"),
    "Group": identity("Gid"),
    "SupplementaryGroups": groups,
    "DynamicUser": dynamic_user,
    "CapabilityBoundingSet": bounding_set,
    "NoNewPrivileges": no_new_privileges,
    "SecureBits": secure_bits,
    "SELinuxContext": label("selinux"),
    "AppArmorProfile": label("apparmor"),
    "SmackProcessLabel": label("smack"),
    "KeyringMode": keyring,
    "UMask": mode_mask,
    "CPUAffinity": affinity,
    **{f"Limit{name}": resource_limit(name) for name in LIMITS},
    "PrivateNetwork": namespace("net"),
    "PrivateIPC": namespace("ipc"),
    "PrivatePIDs": namespace("pid"),
    "PrivateUsers": namespace("user"),
    "PrivateMounts": namespace("mnt"),
    "NetworkNamespacePath": namespace_at("net"),
    "IPCNamespacePath": namespace_at("ipc"),
    "UserNamespacePath": namespace_at("user"),
}
"""What says whether a directive is in force, by its name."""
