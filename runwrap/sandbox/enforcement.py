"""What a unit is asked to be restricted by, and whether that is in force."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from runwrap.cgroups import without_effect
from runwrap.model import State, Verdict
from runwrap.properties.scalars import BOOLEANS
from runwrap.properties.table import find
from runwrap.sandbox.checks import CHECKS, IMPLIED, SAME
from runwrap.sandbox.evidence import CannotTellError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from runwrap.sandbox.checks import Check, Family
    from runwrap.sandbox.evidence import Evidence
    from runwrap.sandbox.finding import Finding
    from runwrap.units import Property, UnitType

    Sees = Callable[[Evidence, object], Finding]

__all__ = [
    "examine",
    "filters_asked",
    "known_before",
    "restrictions",
    "sees",
    "unknown",
    "wants_features",
]

_BY_OPTIONS = ("User", "Group")
"""What is set without an assignment, by ``--uid=`` and ``--gid=``."""

_FRAMEWORK = "this systemd is built without its BPF framework (-BPF_FRAMEWORK): use one that has it"

_NOTHING: tuple[object, ...] = (None, False, "", "no", b"", [], [False, []])
"""Values of properties that restrict nothing, for any directive but where 0 is a number."""


def restrictions(
    unit_type: UnitType, assignments: Iterable[str], properties: Iterable[Property]
) -> tuple[str, ...]:
    """Return the directives that restrict a unit, in the order given.

    Those that others imply come behind all of them.

    Args:
        unit_type: the type of the unit.
        assignments: what was assigned to it.
        properties: its properties, those of the assignments included.
    """
    texts = {
        name.strip(): text.strip()
        for name, _, text in (each.partition("=") for each in assignments)
    }
    # What this is on the bus depends on which kinds of namespaces the manager knows.
    if BOOLEANS.get(texts.get("RestrictNamespaces", "").lower()) is False:
        del texts["RestrictNamespaces"]
    values = {each.name: each.value for each in properties}
    last: dict[str, object] = {}
    for name in (*texts, *_BY_OPTIONS):
        directive = find(name, unit_type) if name in CHECKS else None
        for form in directive.wire if directive is not None else ():
            if form.name in values:
                last[name] = values[form.name]
    asked = [name for name, value in last.items() if not _restricts_nothing(CHECKS[name], value)]
    implied = [other for name in asked for other in IMPLIED.get(name, ())]
    return tuple(dict.fromkeys((*asked, *implied)))


def wants_features(names: Iterable[str]) -> bool:
    """Tell whether it matters for *names* what the manager is built with."""
    return any(CHECKS[name].framework for name in names)


def filters_asked(names: Iterable[str]) -> int:
    """Return how many system call filters the directives *names* need at least."""
    return sum(CHECKS[name].filters for name in names)


def _restricts_nothing(check: Check, value: object) -> bool:
    if value in check.neutral:
        return True
    if isinstance(value, int) and not isinstance(value, bool):
        return value == 2**64 - 1
    return list(value) == [False, []] if isinstance(value, tuple) else value in _NOTHING


def _told(check: Check, name: str, values: Mapping[str, object]) -> object:
    """Return what the manager means to enforce."""
    for source in check.sources or (name,):
        if source in values:
            return values[source]
    raise CannotTellError(f"the manager does not tell its {name}=")


def sees(name: str) -> Sees:
    """Return what says whether the evidence shows that a directive's value is in force.

    Args:
        name: of the directive, one of `CHECKS`.

    Returns:
        A function of the evidence and the value that the manager tells. It raises
        `runwrap.sandbox.evidence.CannotTellError`.
    """
    return _family(CHECKS[name].family)[SAME.get(name, name)]


def _family(family: Family) -> Mapping[str, Sees]:
    if family == "cgroup":
        from runwrap.sandbox.check_cgroup import SEES
    elif family == "access":
        from runwrap.sandbox.check_access import SEES
    elif family == "process":
        from runwrap.sandbox.check_process import SEES
    elif family == "mounts":
        from runwrap.sandbox.check_mounts import SEES
    elif family == "filters":
        from runwrap.sandbox.check_filters import SEES
    elif family == "several":
        from runwrap.sandbox.check_several import SEES
    else:
        from runwrap.sandbox.check_nothing import SEES
    return SEES


def examine(names: Iterable[str], evidence: Evidence) -> tuple[Verdict, ...]:
    """Say of each of the directives *names* whether it is in force.

    Those that others imply are left out where the manager takes them as restricting nothing.
    """
    names = tuple(names)
    implied = {other for name in names for other in IMPLIED.get(name, ())}
    verdicts = []
    for name in names:
        check = CHECKS[name]
        try:
            asked = _told(check, name, evidence.values)
            if _restricts_nothing(check, asked):
                if name not in implied:
                    seen = "the manager has taken it as nothing"
                    verdicts.append(Verdict(name, State.NOT_IN_FORCE, seen))
                continue
            finding = sees(name)(evidence, asked)
        except CannotTellError as error:
            verdicts.append(Verdict(name, State.UNKNOWN, str(error)))
            continue
        state = State.IN_FORCE if finding.in_force else State.NOT_IN_FORCE
        advice = "" if finding.in_force else finding.advice
        if advice and check.framework and "-BPF_FRAMEWORK" in evidence.place.features:
            advice = _FRAMEWORK
        verdicts.append(Verdict(name, state, finding.evidence, advice))
    return tuple(verdicts)


def unknown(names: Iterable[str], reason: str, advice: str = "") -> tuple[Verdict, ...]:
    """Return verdicts that it cannot be told of any of *names*, for that *reason*."""
    return tuple(Verdict(name, State.UNKNOWN, reason, advice) for name in names)


_ALTERNATIVES = {
    "IPAddressDeny": "or, with --user, PrivateNetwork=yes cuts off the network altogether",
    "IPAddressAllow": "or, with --user, PrivateNetwork=yes cuts off the network altogether",
    "RestrictNetworkInterfaces": "or, with --user, PrivateNetwork=yes leaves only a loopback",
    "DevicePolicy": "or, with --user, PrivateDevices=yes hides devices",
    "DeviceAllow": "or, with --user, PrivateDevices=yes hides devices",
    "SocketBindDeny": "or, with --user, RestrictAddressFamilies= refuses sockets of IP",
}


def known_before(
    names: Iterable[str], properties: Iterable[Property], absent: Mapping[str, str], *, user: bool
) -> tuple[Verdict, ...]:
    """Return what is known not to be in force before anything is started.

    Args:
        names: the directives that restrict the unit.
        properties: the properties of the unit.
        absent: reasons by cgroup controller, see `runwrap.cgroups.absent_controllers`.
        user: whether the manager is that of a user.
    """
    names = tuple(names)
    verdicts = list(_lost_namespaces(names, properties)) if user else []
    unprivileged = user and os.geteuid() != 0
    for name, reason in without_effect(names, absent, unprivileged=unprivileged).items():
        advice = "use a manager whose cgroup v2 hierarchy has that controller"
        if unprivileged and "controller" not in reason:
            advice = "use the system's service manager: as root, without --user, with --uid="
            if name in _ALTERNATIVES:
                advice += f"; {_ALTERNATIVES[name]}"
        elif name.startswith("Memory"):
            advice += "; LimitAS= limits the address space of each process without it"
        elif name == "TasksMax":
            advice += "; LimitNPROC= with DynamicUser=yes limits tasks without it"
        verdicts.append(Verdict(name, State.NOT_IN_FORCE, reason, advice))
    return tuple(verdicts)


_JOINED = frozenset(("PrivateNetwork", "PrivateIPC"))
"""Namespaces that the processes of a unit share: the first makes them, the others join them."""

_BEFORE = ("ExecCondition", "ExecStartPre", "ExecStart")


def _lost_namespaces(names: Iterable[str], properties: Iterable[Property]) -> tuple[Verdict, ...]:
    """Return what a command does not get that a user's manager runs after another one.

    The namespaces are in the user namespace of the first process; others may not join them, and
    systemd goes on without.

    Args:
        names: the directives that restrict the unit.
        properties: the properties of the unit; its command comes last.
    """
    commands = [given for given in properties if given.name.removesuffix("Ex") in _BEFORE]
    before = [given.name.removesuffix("Ex") for given in commands[:-1] if given.value]
    if not before:
        return ()
    reason = (
        "with a user's service manager, only the first process of a unit gets this namespace, and"
        f" {before[0]}= comes before the command"
    )
    advice = f"leave out {before[0]}=, or use the system's service manager: as root, without --user"
    return tuple(
        Verdict(name, State.NOT_IN_FORCE, reason, advice) for name in names if name in _JOINED
    )
