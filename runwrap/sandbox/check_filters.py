"""Is it in force? What system call filters do (systemd.exec(5), System Call Filtering).

The filters of the waiting process are tried on the calls that they are to refuse. Where they
cannot be had, they are counted: the process must have more of them than its manager, by as many
as are asked for at least.
"""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

from runwrap.namespaces import NAMESPACES
from runwrap.sandbox.evidence import CannotTellError
from runwrap.sandbox.filters import CALLS, FOREIGN_ARCHITECTURE
from runwrap.sandbox.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from runwrap.sandbox.evidence import Evidence
    from runwrap.sandbox.filters import Answer

__all__ = ["SEES", "refused"]

Call = tuple[str, str, tuple[int, ...]]
"""What to say of a call, its name in `CALLS`, its arguments."""

_ADVICE = "the kernel, or what this manager runs in, must let it install system call filters"

_FAMILIES = ("UNIX", "INET", "INET6", "NETLINK", "PACKET", "VSOCK", "ALG", "BLUETOOTH")
_STREAM = 1
_PR_GET_MDWE = 66
_MOST_CALLS = 8


def is_refused(evidence: Evidence, calls: Iterable[Call], *, more: int = 0) -> Finding:
    """Check that each of the *calls* is refused; those that are not known here are left out.

    Args:
        evidence: what is seen of the unit.
        calls: the calls.
        more: how many filters, beyond those that are asked for anyway, there must be where
            they can only be counted.
    """
    known = [(text, CALLS[name], given) for text, name, given in calls if name in CALLS]
    if not known:
        return _by_number(evidence, "its calls are not known on this kind of machine", more)
    try:
        filters = evidence.filters
    except CannotTellError as error:
        return _by_number(evidence, str(error), more)
    answers = [(text, filters.answer(number, *given)) for text, number, given in known]
    return _finding(answers)


def _finding(answers: list[tuple[str, Answer]]) -> Finding:
    for text, answer in answers:
        if not answer.denied:
            return Finding(False, f"{text}: {answer.text}", _ADVICE)
    if len(answers) == 1:
        return Finding(True, f"{answers[0][0]}: {answers[0][1].text}")
    return Finding(True, f"{', '.join(text for text, _ in answers)}: {answers[0][1].text}")


def _by_number(evidence: Evidence, reason: str, more: int = 0) -> Finding:
    asked = evidence.filters_asked + more
    own = _count(evidence.status)
    outer = _count(evidence.status_of(evidence.manager))
    seen = f"the process has {own} system call filters, its manager {outer}"
    if own - outer < asked:
        return Finding(False, f"{seen}, and {asked} are asked for", _ADVICE)
    if evidence.status.get("Seccomp") != "2":
        raise CannotTellError(reason)
    return Finding(True, seen)


def _count(status: dict[str, str]) -> int:
    if "Seccomp_filters" not in status:
        raise CannotTellError("the kernel does not tell how many system call filters there are")
    return int(status["Seccomp_filters"])


def refused(*calls: Call) -> Callable[[Evidence, object], Finding]:
    """Return a check that the *calls* are refused."""

    def check(evidence: Evidence, asked: object) -> Finding:
        return is_refused(evidence, calls)

    return check


def system_calls(evidence: Evidence, asked: object) -> Finding:
    """Check some of the calls that the list of ``SystemCallFilter=`` refuses."""
    allowed, entries = asked if isinstance(asked, list) else (False, [])
    # An entry may have its own error number behind a colon.
    names = {entry.partition(":")[0] for entry in entries}
    denied = [name for name in CALLS if (name in names) is not allowed]
    return is_refused(evidence, [(f"{name}()", name, ()) for name in denied[:_MOST_CALLS]])


def architectures(evidence: Evidence, asked: object) -> Finding:
    """Check that a call of another instruction set is refused."""
    foreign = FOREIGN_ARCHITECTURE.get(os.uname().machine)
    others = set(asked if isinstance(asked, list) else []) - {"native", "x86-64", "arm64", "x32"}
    if foreign is None or others:
        return _by_number(evidence, "there is no other instruction set to try")
    try:
        filters = evidence.filters
    except CannotTellError as error:
        return _by_number(evidence, str(error))
    return _finding([("a 32-bit system call", filters.answer(20, architecture=foreign))])


def namespaces(evidence: Evidence, asked: object) -> Finding:
    """Check that namespaces of all kinds but those in the mask *asked* are refused."""
    kept = int(str(asked))
    denied = [(kind, flag) for kind, flag in NAMESPACES.items() if not kept & flag]
    return is_refused(
        evidence, [(f"a new {kind} namespace", "unshare", (flag,)) for kind, flag in denied]
    )


def address_families(evidence: Evidence, asked: object) -> Finding:
    """Check that sockets of families that are not allowed are refused."""
    allowed, entries = asked if isinstance(asked, list) else (False, [])
    listed = {entry.removeprefix("AF_") for entry in entries}
    names = [name for name in _FAMILIES if name not in listed] if allowed else sorted(listed)
    numbers = [(name, getattr(socket, f"AF_{name}", None)) for name in names]
    return is_refused(
        evidence,
        [
            (f"socket(AF_{name})", "socket", (int(number), _STREAM))
            for name, number in numbers
            if number is not None
        ],
    )


def write_and_execute(evidence: Evidence, asked: object) -> Finding:
    """Check that memory cannot be both written and executed: by a filter, or by the kernel."""
    try:
        # Newer managers leave it to the kernel (PR_SET_MDWE), where that can do it.
        told = evidence.prctl(_PR_GET_MDWE, "what PR_GET_MDWE tells the process")
    except CannotTellError:
        told = 0
    if told & 1:
        return Finding(True, f"PR_GET_MDWE is {told}")
    return is_refused(
        evidence,
        (
            ("mmap(PROT_WRITE|PROT_EXEC)", "mmap", (0, 4096, 6, 0x22)),
            ("mprotect(PROT_EXEC)", "mprotect", (0, 4096, 4)),
        ),
        more=1,
    )


SEES: dict[str, Callable[[Evidence, object], Finding]] = {
    "SystemCallFilter": system_calls,
    "SystemCallArchitectures": architectures,
    "RestrictAddressFamilies": address_families,
    "RestrictNamespaces": namespaces,
    "RestrictRealtime": refused(("sched_setscheduler(SCHED_FIFO)", "sched_setscheduler", (0, 1))),
    "RestrictSUIDSGID": refused(("fchmodat(S_ISUID)", "fchmodat", (0, 0, 0o4755))),
    "LockPersonality": refused(("personality(PER_SUNOS)", "personality", (6,))),
    "MemoryDenyWriteExecute": write_and_execute,
}
"""What says whether a directive is in force, by its name."""
