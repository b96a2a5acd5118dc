"""The managers of a request: where they are, of what version they are, what they cannot do."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from runwrap.bus import (
    capsule_address,
    host_address,
    machine_address,
    system_address,
    user_address,
)
from runwrap.cgroups import present_controllers
from runwrap.cli.request import Where
from runwrap.errors import EmbeddedError, PropertyError, RunwrapError

if TYPE_CHECKING:
    from runwrap.cli.request import Destination, Request
    from runwrap.plan import Plan

__all__ = ["Version", "address_of", "ask_version", "plan_for"]


class Version(NamedTuple):
    """The version of a manager.

    Attributes:
        text: its version string, such as ``"252.38-1~deb12u1"``, or "" where none was told.
        systemd: the systemd version in it, or None.
        reason: where none was told, why, in one line.
    """

    text: str
    systemd: int | None
    reason: str = ""


def plan_for(request: Request) -> Plan:
    """Return the plan of *request*, checked as far as it can be before a start.

    Where there are faults, the manager is asked for its version, so that all of them can be
    told: also what that manager is too old for. Otherwise it is told when it is reached.

    Raises:
        RunwrapError: the request cannot be carried out.
    """
    from functools import partial

    from runwrap.plan import prepare

    destination = request.destination
    controllers: set[str] = set()
    if request.spec.sandbox is not None and destination.is_here:
        controllers = _controllers(destination)
    plan = partial(
        prepare,
        request.effective_spec(),
        wait=request.wait,
        user=request.where is Where.USER,
        here=destination.is_here,
        controllers=controllers,
    )
    try:
        return plan()
    except PropertyError:
        systemd = ask_version(destination).systemd
        if systemd is not None:
            plan(version=systemd)
        raise


def _controllers(destination: Destination) -> set[str]:
    """Return the cgroup controllers that a manager of this system is known to have."""
    if destination.where is Where.EMBEDDED:
        # It tells when it is there.
        return set()
    is_own = destination.machine is None and destination.capsule is None
    if destination.where is Where.USER:
        return present_controllers(user=os.getuid()) if is_own else set()
    return present_controllers()


def address_of(destination: Destination) -> str:
    """Return the address of the bus of a manager that is running.

    Raises:
        ConnectionLostError: it is not known.
        UsageError: what names the manager is no such name.
    """
    user = destination.where is Where.USER
    if destination.host is not None:
        return host_address(destination.host, user=user)
    if destination.machine is not None:
        return machine_address(destination.machine, user=user)
    if destination.capsule is not None:
        return capsule_address(destination.capsule)
    return (user_address if user else system_address)(os.environ)


def ask_version(destination: Destination) -> Version:
    """Return the version of the manager that would be used; nothing is started for that.

    A private manager would be the systemd that is installed, so that one is asked.
    """
    try:
        if destination.where is Where.EMBEDDED:
            return _installed()
        import asyncio

        return asyncio.run(_running(address_of(destination)))
    except RunwrapError as error:
        return Version("", None, str(error))


async def _running(address: str) -> Version:
    from runwrap.manager import Manager

    async with Manager(address) as manager:
        reason = "" if manager.systemd else f'its version is "{manager.version}"'
        return Version(manager.version, manager.systemd, reason)


def _installed() -> Version:
    import subprocess

    from runwrap.embedded._requirements import find_systemd

    program = find_systemd()
    if program is None:
        raise EmbeddedError("systemd is not installed")
    try:
        done = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
        # Such as: systemd 252 (252.38-1~deb12u1)
        _, number, full = done.stdout.partition("\n")[0].split(" ", 2)
        return Version(full.strip("()"), int(number))
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise EmbeddedError(f"{program} does not tell its version: {error}") from None
