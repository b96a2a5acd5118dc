"""What is to be launched, checked in every part before a manager is asked for anything."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from runwrap.errors import UsageError
from runwrap.executable import find_executable
from runwrap.properties import NEWEST
from runwrap.slices import own_slice
from runwrap.transient import names_of, transient_units

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from runwrap.model import LaunchSpec, TransientUnit
    from runwrap.transient import Names, Process
    from runwrap.units import Property

__all__ = ["Plan", "prepare"]

_ROOTS = ("RootDirectory", "RootImage")

# What is not taken over into a unit that is only made to be examined: all that acts beyond it.
_KEPT_OF_UNIT = ("JoinsNamespaceOf", "RequiresMountsFor", "WantsMountsFor")
_LONGEST_REHEARSAL_S = 30
_NOT_REHEARSED_KINDS = (
    *("Exec", "Restart", "Timeout", "RuntimeMax", "RuntimeRandomized", "RuntimeDirectory"),
    *("StateDirectory", "CacheDirectory", "LogsDirectory", "ConfigurationDirectory"),
    *("SuccessExitStatus", "OOMPolicy", "KillMode", "KillSignal"),
)
_NOT_REHEARSED = (
    *("ExitType", "BusName", "PIDFile", "Type", "NotifyAccess", "GuessMainPID", "RemainAfterExit"),
    *("Sockets", "OpenFile", "FileDescriptorStoreMax", "FileDescriptorStorePreserve"),
    *("USBFunctionDescriptors", "USBFunctionStrings", "LUOSession", "WatchdogSec"),
    *("StandardInput", "StandardOutput", "StandardError", "StandardInputText"),
    *("StandardInputData", "TTYPath", "UtmpIdentifier", "UtmpMode"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A launch whose every part has been checked.

    Attributes:
        spec: what was asked for.
        names: the names of the units.
        units: the unit to start, and behind it the service that it triggers, if that is made
            as well, as a manager of systemd *version* takes them.
        wait: whether a reference to the unit is kept, which waiting for its end needs.
        version: the systemd version of the manager that is meant.
        warnings: what there is to say about *spec*, a line each.
        environment: where the values for ``setenv`` names come from.
        executable: the path of the program, or "" where no command is given.
        own_slice: the slice that the unit inherits, or None.
        process: the process that a scope is for, or None.
        root: a descriptor of the root directory, or None.
        user: whether the manager is that of a user.
        here: whether it runs on this system.
        controllers: the cgroup controllers that are known to be there.
        properties: the assignments of the command's unit: those of the profile that
            ``spec.sandbox`` names, then those of *spec*.
    """

    spec: LaunchSpec
    names: Names
    units: tuple[TransientUnit, ...]
    wait: bool
    version: int
    warnings: tuple[str, ...]
    environment: Mapping[str, str]
    executable: str
    own_slice: str | None
    process: Process | None = None
    root: int | None = None
    user: bool = False
    here: bool = True
    controllers: frozenset[str] = frozenset()
    properties: tuple[str, ...] = ()

    @property
    def unit(self) -> TransientUnit:
        """The unit that is started."""
        return self.units[0]

    @property
    def unit_properties(self) -> tuple[Property, ...]:
        """The properties of the unit that the command runs in."""
        return self.units[-1].properties

    def at(self, version: int, *, controllers: Iterable[str] | None = None) -> Plan:
        """Return the plan for a manager of another systemd *version*.

        Args:
            version: the version.
            controllers: the cgroup controllers that it is known to have; None for those that
                were known.

        Raises:
            PropertyError: that manager is too old for some of the properties.
            UsageError: it is too old for another part of the specification.
        """
        known = self.controllers if controllers is None else frozenset(controllers)
        if version == self.version and (known == self.controllers or self.spec.sandbox is None):
            return self
        return self._again(version=version, controllers=known)

    def with_parts(
        self,
        *,
        process: Process | None = None,
        root: int | None = None,
        spec: LaunchSpec | None = None,
    ) -> Plan:
        """Return the plan with what is there only when the launch begins.

        Args:
            process: what to put into the scope.
            root: a descriptor of the root directory.
            spec: the specification with descriptors, or a terminal, in it.
        """
        return self._again(
            spec=spec or self.spec,
            process=process or self.process,
            root=self.root if root is None else root,
        )

    def rehearsal(self) -> Plan:
        """Return a plan for a service under the same settings, which is only to be examined."""
        from runwrap.properties.table import find

        kept = []
        for assignment in self.spec.properties:
            name = assignment.partition("=")[0].strip()
            directive = find(name)
            is_apart = directive is not None and directive.group == "unit"
            if name in _NOT_REHEARSED or (is_apart and name not in _KEPT_OF_UNIT):
                continue
            if name.startswith(_NOT_REHEARSED_KINDS) and name != "ExecPaths":
                continue
            kept.append(assignment)
        # Whatever becomes of us, it does not stay.
        kept.append(f"RuntimeMaxSec={_LONGEST_REHEARSAL_S}")
        from runwrap.sandbox.hold import waiting_command

        command = waiting_command(self.unit_properties, expanded=True)
        spec = replace(
            self.spec,
            command=command,
            expand_environment=True,
            ignore_failure=False,
            properties=tuple(kept),
            unit=None,
            trigger=None,
            service_type=None,
            pipe=False,
            terminal=None,
            collect=True,
            remain_after_exit=False,
            job_mode="fail",
        )
        return self._again(spec=spec, names=names_of(spec), wait=True, executable=command[0])

    def _again(self, **changed: Any) -> Plan:
        """Return the plan with some of its parts *changed*, and the units made anew."""
        plan = replace(self, **changed)
        warnings: list[str] = []
        spec = plan.spec
        if spec.sandbox is not None:
            spec = plan._in_its_sandbox(warnings.append)
        units = transient_units(
            spec,
            names=plan.names,
            executable=plan.executable,
            add_ref=plan.wait,
            environment=plan.environment,
            version=plan.version,
            warn=warnings.append,
            own_slice=plan.own_slice,
            process=plan.process,
            root=plan.root,
        )
        return replace(plan, units=units, warnings=tuple(warnings), properties=spec.properties)

    def _in_its_sandbox(self, warn: Callable[[str], object]) -> LaunchSpec:
        """Return the specification with the directives of its profile before its own."""
        from runwrap.sandbox.expand_profile import Setting, expand

        setting = Setting(self.version, self.user, self.here, self.controllers, self.environment)
        expansion = expand(self.spec, self.executable, setting)
        for warning in expansion.warnings:
            warn(warning)
        return replace(self.spec, properties=(*expansion.assignments, *self.spec.properties))


def prepare(
    spec: LaunchSpec,
    *,
    wait: bool = True,
    environment: Mapping[str, str] | None = None,
    version: int = NEWEST,
    user: bool = False,
    here: bool = True,
    controllers: Iterable[str] = (),
) -> Plan:
    """Check *spec* and build the units from it; no manager is needed for that.

    Args:
        spec: what to run.
        wait: keep a reference to the unit, which `Launch.finished` needs.
        environment: where PATH and the values for ``setenv`` names come from; None for that
            of this process.
        version: the systemd version of the manager that is meant; `Launch` asks the manager
            that it is given, and adapts the plan to it.
        user: whether the manager is that of a user, which ``slice_inherit`` and ``sandbox``
            must know.
        here: whether the manager runs on this system, so that the program can be looked for.
        controllers: the cgroup controllers that are known to be there, which ``sandbox`` must
            know: it limits without the others.

    Raises:
        PropertyError: assignments that are not known or do not parse.
        UsageError: another part of *spec* makes no sense.
        CommandNotFoundError: the program is not there.
    """
    for name in ("command", "properties", "setenv", "read", "write", "allow_net"):
        if isinstance(getattr(spec, name), str):
            raise UsageError(f"{name} is one text; expected a tuple of texts")
    environment = os.environ if environment is None else environment
    executable = ""
    if spec.command or spec.trigger is None:
        executable = spec.command[0] if spec.command else ""
        if (here and not _has_another_root(spec)) or not executable:
            executable = find_executable(executable, search_path=environment.get("PATH"))
    plan = Plan(
        spec=spec,
        names=names_of(spec),
        units=(),
        wait=wait,
        version=version,
        warnings=(),
        environment=environment,
        executable=executable,
        own_slice=own_slice(user=user) if spec.slice_inherit else None,
        user=user,
        here=here,
        controllers=frozenset(controllers),
    )
    return plan._again()


def _has_another_root(spec: LaunchSpec) -> bool:
    """Tell whether the program is to be found in another directory tree than that of here."""
    if spec.root_directory is not None and spec.root_directory.strip("/"):
        return True
    assignments = (assignment.partition("=") for assignment in spec.properties)
    return any(name.strip() in _ROOTS and value.strip() for name, _, value in assignments)
