"""Run commands as transient systemd units, confined, and read back what they used.

The public face; everything is imported when it is first asked for, so that a program that
needs one thing does not wait for the others.

    async with runwrap.Manager(runwrap.system_address(os.environ)) as manager:
        result = await runwrap.run(manager, runwrap.LaunchSpec(command=("true",)))
"""

from __future__ import annotations

from runwrap._version import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from runwrap.bus import (
        capsule_address,
        host_address,
        machine_address,
        system_address,
        user_address,
    )
    from runwrap.embedded import EmbeddedManager
    from runwrap.errors import (
        CommandNotFoundError,
        ConnectionLostError,
        EmbeddedError,
        EnforcementError,
        ExposureError,
        JobError,
        ManagerError,
        PropertyError,
        RunwrapError,
        UnitLostError,
        UsageError,
    )
    from runwrap.launch import Launch, run
    from runwrap.manager import Manager
    from runwrap.model import (
        Counters,
        Enforce,
        LaunchSpec,
        RunResult,
        State,
        Timestamps,
        Trigger,
        Verdict,
    )
    from runwrap.plan import Plan, prepare
    from runwrap.report import as_json, write_report
    from runwrap.sandbox.exposure import Exposure, Finding, Gain, exposure_of
    from runwrap.transient import Process

__all__ = [
    "CommandNotFoundError",
    "ConnectionLostError",
    "Counters",
    "EmbeddedError",
    "EmbeddedManager",
    "Enforce",
    "EnforcementError",
    "Exposure",
    "ExposureError",
    "Finding",
    "Gain",
    "JobError",
    "Launch",
    "LaunchSpec",
    "Manager",
    "ManagerError",
    "Plan",
    "Process",
    "PropertyError",
    "RunResult",
    "RunwrapError",
    "State",
    "Timestamps",
    "Trigger",
    "UnitLostError",
    "UsageError",
    "Verdict",
    "__version__",
    "as_json",
    "capsule_address",
    "exposure_of",
    "host_address",
    "machine_address",
    "prepare",
    "run",
    "system_address",
    "user_address",
    "write_report",
]

_ROOMS = {
    "runwrap.bus": (
        "capsule_address",
        "host_address",
        "machine_address",
        "system_address",
        "user_address",
    ),
    "runwrap.embedded": ("EmbeddedManager",),
    "runwrap.errors": (
        "CommandNotFoundError",
        "ConnectionLostError",
        "EmbeddedError",
        "EnforcementError",
        "ExposureError",
        "JobError",
        "ManagerError",
        "PropertyError",
        "RunwrapError",
        "UnitLostError",
        "UsageError",
    ),
    "runwrap.launch": ("Launch", "run"),
    "runwrap.manager": ("Manager",),
    "runwrap.model": (
        "Counters",
        "Enforce",
        "LaunchSpec",
        "RunResult",
        "State",
        "Timestamps",
        "Trigger",
        "Verdict",
    ),
    "runwrap.plan": ("Plan", "prepare"),
    "runwrap.report": ("as_json", "write_report"),
    "runwrap.sandbox.exposure": ("Exposure", "Finding", "Gain", "exposure_of"),
    "runwrap.transient": ("Process",),
}


def __getattr__(name: str) -> object:
    """Import the public name *name* from the module that it lives in."""
    from importlib import import_module

    for room, names in _ROOMS.items():
        if name in names:
            return getattr(import_module(room), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted(__all__)
