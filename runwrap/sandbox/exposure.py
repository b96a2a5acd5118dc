"""How exposed a unit is, as ``systemd-analyze security`` rates it.

A unit that is to be started is rated without a manager: its directives are written to a unit
file in a private directory, which the installed systemd-analyze(1) rates with ``--offline=``.
One that is loaded is rated by what its manager tells.

The two ways differ in one row: offline, `PrivateMounts=` is not seen to be implied by other
directives (systemd 252), or taken to be set always (257, 262). The file says it, so that a unit
gets the level that it will have when it is loaded.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from runwrap.errors import ExposureError
from runwrap.properties import unit_file
from runwrap.properties.scalars import BOOLEANS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from runwrap.model import LaunchSpec, TransientUnit

__all__ = [
    "Exposure",
    "Finding",
    "Gain",
    "Level",
    "exposure_of",
    "level_of",
    "rate",
    "rate_loaded",
]

_PROGRAM: Final = "systemd-analyze"
_WITHIN_S: Final = 30.0

_OVERALL: Final = re.compile(r"Overall exposure level for .*: (\d+\.\d) ([A-Z]+)")
_ASSIGNMENT: Final = re.compile(r"([A-Za-z0-9]+)\s*=\s*(.*)")

_PUBLIC: Final = {"LC_ALL": "C", "SYSTEMD_COLORS": "0", "SYSTEMD_PAGER": "cat"}
_LOG: Final = {"SYSTEMD_LOG_LEVEL": "info", "SYSTEMD_LOG_TARGET": "console"}

# What no rating depends on, and may be secret or not fit into a unit file. A service has to
# have a command, though.
_UNRATED: Final = ("Exec", "Environment", "SetCredential", "StandardInput", "Description")
_RATED: Final = ("ExecPaths",)
_COMMAND: Final = "[Service]\nExecStart=/bin/true\n"

_MOUNTS: Final = "PrivateMounts"
_WITH_MOUNTS: Final = (
    *("PrivateDevices", "PrivateTmp", "ProtectControlGroups", "ProtectHome", "ProtectSystem"),
    *("ProtectKernelModules", "ProtectKernelTunables", "RootImage", "DynamicUser"),
)
"""The directives because of which a loaded unit is rated as one that has private mounts, as seen
with 252, 257 and 262."""

_OTHER_VALUES: Final[Mapping[str, tuple[str, ...]]] = {
    "User": ("DynamicUser=yes",),
    "RootDirectory": (),
    "SupplementaryGroups": ("SupplementaryGroups=",),
    "AmbientCapabilities": ("AmbientCapabilities=",),
    "CapabilityBoundingSet": ("CapabilityBoundingSet=",),
    "SystemCallFilter": (
        "SystemCallFilter=@system-service",
        "SystemCallFilter=~@privileged @resources",
    ),
    "SystemCallArchitectures": ("SystemCallArchitectures=native",),
    "RestrictAddressFamilies": ("RestrictAddressFamilies=none",),
    "IPAddressDeny": ("IPAddressDeny=any",),
    "DeviceAllow": ("DevicePolicy=closed",),
    "ProtectSystem": ("ProtectSystem=strict",),
    "ProtectProc": ("ProtectProc=invisible",),
    "ProcSubset": ("ProcSubset=pid",),
    "KeyringMode": ("KeyringMode=private",),
    "NotifyAccess": ("NotifyAccess=none",),
    "Delegate": ("Delegate=no",),
    "UMask": ("UMask=0077",),
}
"""By the directive in a row of the table, what would close it; ``yes`` for all others."""

_REFUSED_TO_USERS: Final = ("DynamicUser", "IPAddressDeny")


@dataclass(frozen=True, slots=True)
class Level:
    """An overall exposure level.

    Attributes:
        level: from 0.0, the least exposed, to 10.0 (systemd-analyze(1), security).
        rating: systemd's word for it, such as ``OK``, ``MEDIUM``, ``EXPOSED`` or ``UNSAFE``.
    """

    level: float
    rating: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One row of the table.

    Attributes:
        name: the directive, with a part of its value where the row is about that, such as
            ``"RestrictNamespaces=~user"``.
        description: what is open, or closed, in systemd's words.
        is_set: whether it is closed; None where it does not matter to this unit.
        cost: the exposure that it is rated with, or None where that is nothing. (The level is
            weighted: it is not the sum of them.)
    """

    name: str
    description: str
    is_set: bool | None
    cost: float | None


@dataclass(frozen=True, slots=True)
class Gain:
    """What one more directive would gain.

    Attributes:
        assignment: the directive, as for ``--property=``.
        level: what the level would be with it.
    """

    assignment: str
    level: float


@dataclass(frozen=True, slots=True)
class Exposure:
    """How exposed a unit is.

    Attributes:
        level: from 0.0, the least exposed, to 10.0 (systemd-analyze(1), security).
        rating: systemd's word for it, such as ``OK``, ``MEDIUM``, ``EXPOSED`` or ``UNSAFE``.
        findings: the table, in systemd's order.
        gains: the directives that would lower the level, each rated on its own, that with the
            largest gain first; None where that cannot be told.
        complaints: what systemd-analyze said of the unit meanwhile, such as of a directive that
            it is too old to know, a line each.
    """

    level: float
    rating: str
    findings: tuple[Finding, ...]
    gains: tuple[Gain, ...] | None
    complaints: tuple[str, ...] = ()

    @property
    def open(self) -> tuple[Finding, ...]:
        """The rows that are open, that with the largest cost first."""
        found = (finding for finding in self.findings if finding.is_set is False)
        return tuple(sorted(found, key=lambda finding: -(finding.cost or 0)))

    @property
    def best_gain(self) -> Gain | None:
        """The one directive that would lower the level most, or None where none would."""
        return self.gains[0] if self.gains else None


async def exposure_of(spec: LaunchSpec, *, user: bool = False) -> Exposure:
    """Rate the service that *spec* would launch; nothing is started.

    Args:
        spec: what would be run.
        user: whether it would be run under a user's manager.

    Raises:
        ExposureError: it is no service, or cannot be rated.
        PropertyError: assignments that are not known or do not parse.
        UsageError: another part of *spec* makes no sense.
        CommandNotFoundError: the program is not there.
    """
    from runwrap.plan import prepare

    return await rate(prepare(spec, user=user).units[-1], user=user)


async def rate(unit: TransientUnit, *, user: bool = False) -> Exposure:
    """Rate a *unit* that is not started yet.

    Args:
        unit: a service.
        user: whether it is for a user's manager.

    Raises:
        ExposureError: it is no service; or systemd-analyze is missing, or fails.
    """
    text = _text_of(unit)
    with _Files(user=user) as files:
        path = files.write(unit.name, text)
        told, said = await files.analyze(path)
        table, _ = await files.analyze("--json=short", path)
        level, findings = _levels(told, 1)[0], _findings(table)
        gains = await _gains(files, text, level, findings)
    complaints = tuple(line for line in said.splitlines() if line.startswith(f"{unit.name}:"))
    return Exposure(level.level, level.rating, findings, gains, complaints)


async def level_of(unit: TransientUnit, *, user: bool = False) -> Level:
    """Rate a *unit* that is not started yet, without the table; as `rate` otherwise."""
    with _Files(user=user) as files:
        text, _ = await files.analyze(files.write(unit.name, _text_of(unit)))
    return _levels(text, 1)[0]


async def rate_loaded(name: str, options: Sequence[str] = ()) -> Exposure:
    """Rate a service that a manager has loaded: a running one, or one that has ended.

    Args:
        name: its full name.
        options: what to say to systemd-analyze and systemctl to reach the manager, such as
            ``["--user"]`` or ``["-M", "box"]``.

    Raises:
        ExposureError: it is no service, or not loaded; the manager cannot be reached; or
            systemd-analyze is missing, or fails.

    Returns:
        The exposure; its gains are None where the unit's file cannot be read, as that of another
        machine.
    """
    analysis = [_PROGRAM, *options, "--no-pager", "security"]
    text, _ = await _run([*analysis, "--", name])
    table, _ = await _run([*analysis, "--json=short", "--", name])
    level, findings = _levels(text, 1)[0], _findings(table)
    try:
        # What it was made of, which the manager keeps as a file.
        text, _ = await _run(["systemctl", *options, "--no-pager", "cat", "--", name])
    except ExposureError:
        return Exposure(level.level, level.rating, findings, None)
    with _Files(user="--user" in options) as files:
        gains = await _gains(files, text, level, findings)
    return Exposure(level.level, level.rating, findings, gains)


def _text_of(unit: TransientUnit) -> str:
    """Return a unit file with all of *unit* that a rating depends on."""
    if not unit.name.endswith(".service"):
        raise ExposureError(f"{unit.name} cannot be rated: systemd-analyze rates services only")
    rated = [
        given
        for given in unit.properties
        if given.name in _RATED or not given.name.startswith(_UNRATED)
    ]
    return _COMMAND + unit_file("service", rated)


def _with_mounts(text: str) -> str:
    """Return *text* with the `PrivateMounts=` that the unit will be taken to have."""
    values = _values(text)
    is_implied = any(
        value and BOOLEANS.get(value.lower(), True)
        for value in (values.get(name, "") for name in _WITH_MOUNTS)
    )
    if is_implied or _MOUNTS not in values:
        return f"{text}\n[Service]\n{_MOUNTS}={'yes' if is_implied else 'no'}\n"
    return text


def _values(text: str) -> dict[str, str]:
    """Return what a unit file assigns last, by the directive."""
    matches = (_ASSIGNMENT.fullmatch(line.strip()) for line in text.splitlines())
    return {match[1]: match[2] for match in matches if match}


class _Files:
    """A private directory with unit files to be rated; a context manager."""

    def __init__(self, *, user: bool) -> None:
        """Prepare for units of a user's manager, or the system's."""
        from tempfile import TemporaryDirectory

        self.user = user
        self._directory = TemporaryDirectory(prefix="runwrap-", ignore_cleanup_errors=True)

    def __enter__(self) -> _Files:
        return self

    def __exit__(self, *_: object) -> None:
        self._directory.cleanup()

    def write(self, name: str, text: str) -> str:
        """Write the unit file *text*, and return its path."""
        path = Path(self._directory.name, name)
        path.write_text(_with_mounts(text), encoding="utf-8", errors="replace")
        return str(path)

    async def analyze(self, *arguments: str) -> tuple[str, str]:
        """Have systemd-analyze rate files; return what it prints, and says on standard error."""
        environment = {}
        scope = "--user" if self.user else "--system"
        if self.user:
            # It is not looked into, but has to be known.
            environment["XDG_RUNTIME_DIR"] = self._directory.name
        argv = [_PROGRAM, scope, "--no-pager", "security", "--offline=true", *arguments]
        out, err = await _run(argv, environment)
        return out, err.replace(f"{self._directory.name}/", "")


async def _gains(
    files: _Files, text: str, level: Level, findings: Iterable[Finding]
) -> tuple[Gain, ...]:
    """Rate the unit file *text* with each of the directives that would close a row.

    *level* is that of the unit, which the same text may not have under another name, or where it
    is loaded: what counts is the difference.
    """
    candidates = ["", *dict.fromkeys(_candidates(findings, user=files.user))]
    paths = [
        files.write(f"runwrap-candidate-{number}.service", f"{text}\n[Service]\n{candidate}\n")
        for number, candidate in enumerate(candidates)
    ]
    # All at once: the program has to be started once only.
    told, _ = await files.analyze(*paths)
    base, *levels = (found.level for found in _levels(told, len(paths)))
    gains: dict[str, Gain] = {}
    for candidate, found in sorted(zip(candidates[1:], levels, strict=True), key=lambda it: it[1]):
        if found < base:
            gain = Gain(candidate, round(level.level - base + found, 1))
            gains.setdefault(candidate.partition("=")[0], gain)
    return tuple(gains.values())


def _candidates(findings: Iterable[Finding], *, user: bool) -> Iterable[str]:
    """Yield the assignments that may close what is open, those of the largest cost first."""
    costs: dict[str, float] = {}
    for finding in findings:
        if finding.is_set is False:
            name = finding.name.partition("=")[0]
            costs[name] = costs.get(name, 0) + (finding.cost or 0)
    for name in sorted(costs, key=lambda name: -costs[name]):
        for assignment in _OTHER_VALUES.get(name, (f"{name}=yes",)):
            if not (user and assignment.startswith(_REFUSED_TO_USERS)):
                yield assignment


async def _run(
    argv: Sequence[str], environment: Mapping[str, str] | None = None
) -> tuple[str, str]:
    """Run one of systemd's tools; return its output and what it says on standard error.

    On cancellation it is ended.
    """
    import asyncio
    import os

    try:
        process = await asyncio.create_subprocess_exec(
            *argv,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, **_PUBLIC, **_LOG, **(environment or {})},
        )
    except FileNotFoundError:
        raise ExposureError(
            f"the exposure cannot be rated: {argv[0]} is not installed",
            hints=["it comes with systemd, in the package systemd of most distributions"],
        ) from None
    except OSError as error:
        raise ExposureError(f"the exposure cannot be rated: {argv[0]}: {error.strerror}") from None
    try:
        async with asyncio.timeout(_WITHIN_S):
            out, err = (text.decode(errors="replace") for text in await process.communicate())
    except TimeoutError:
        raise ExposureError(
            f"the exposure cannot be rated: {argv[0]} does not answer within {_WITHIN_S:.0f} s"
        ) from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        lines = err.strip().splitlines() or [f"exit status {process.returncode}"]
        raise ExposureError(f"the exposure cannot be rated: {argv[0]}: {lines[-1]}")
    return out, err


def _levels(text: str, count: int) -> list[Level]:
    """Return the *count* levels that the tables in *text* end with.

    Raises:
        ExposureError: there are others.
    """
    levels = [Level(float(match[1]), match[2]) for match in _OVERALL.finditer(text)]
    if len(levels) != count:
        raise ExposureError(
            f"the exposure cannot be rated: {_PROGRAM} tells {len(levels)} levels of {count} units"
        )
    return levels


def _findings(text: str) -> tuple[Finding, ...]:
    """Return the rows of the JSON table *text*.

    Raises:
        ExposureError: it is no such table.
    """
    import json

    try:
        return tuple(
            Finding(
                row["name"],
                row["description"],
                row["set"],
                None if row["exposure"] is None else float(row["exposure"]),
            )
            for row in json.loads(text)
        )
    except (ValueError, KeyError, TypeError) as error:
        raise ExposureError(
            f"the exposure cannot be rated: the table of {_PROGRAM} cannot be read: {error!r}"
        ) from None
