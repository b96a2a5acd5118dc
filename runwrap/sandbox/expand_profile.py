"""From a profile to assignments: what ``--sandbox`` stands for with one manager.

The assignments come before those of ``--property``, which so override them: a later value takes
the place of an earlier one, adds to a list, or, where it is empty, takes the list back.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from runwrap.errors import PropertyError, UsageError
from runwrap.properties import encode
from runwrap.properties.faults import quote
from runwrap.properties.table import find
from runwrap.sandbox.mounts import is_within
from runwrap.sandbox.opened_paths import (
    Opened,
    file_directives,
    hidden_roots,
    opened,
    top_directories,
)
from runwrap.sandbox.own_profiles import find_profile
from runwrap.sandbox.profiles import Directive, Files, Network, Only

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from runwrap.model import LaunchSpec
    from runwrap.sandbox.profiles import Profile

__all__ = ["Expansion", "Setting", "expand"]

_ANY = "any"

# What names are looked up with, and the certificates that names are sworn to by.
_FOR_NAMES = ("/etc/resolv.conf", "/etc/ssl/certs")
_ADDRESSES = "RestrictAddressFamilies=AF_INET AF_INET6"
_ROOTS = ("root", "0")

# Since when there are PID namespaces (systemd.exec(5), PrivatePIDs=).
_PRIVATE_PIDS = 257


class Setting(NamedTuple):
    """Where a profile is used.

    Attributes:
        version: the systemd version of the manager.
        user: whether the manager is that of a user.
        here: whether it runs on this system, so that paths can be looked at.
        controllers: the cgroup controllers that are known to be there.
        environment: where the directory of one's own profiles is found.
    """

    version: int
    user: bool
    here: bool
    controllers: frozenset[str]
    environment: Mapping[str, str]


class Expansion(NamedTuple):
    """What a profile became.

    Attributes:
        directives: what is assigned, in this order, each with the reason for it.
        warnings: what there is to say about it, a line each.
    """

    directives: tuple[Directive, ...]
    warnings: tuple[str, ...]

    @property
    def assignments(self) -> tuple[str, ...]:
        """The assignments alone."""
        return tuple(directive.assignment for directive in self.directives)


def expand(spec: LaunchSpec, executable: str, setting: Setting) -> Expansion:
    """Return what the profile ``spec.sandbox`` stands for.

    Args:
        spec: what is launched; ``sandbox``, ``read``, ``write`` and ``allow_net`` of it count,
            and by which user, in which directory it is to run.
        executable: the path of the program, which is opened where it is hidden, or "".
        setting: where it is launched.

    Raises:
        UsageError: there is no such profile, its file is faulty, what is to be opened is not
            there or cannot be, or the profile cannot be had with that manager.
    """
    assert spec.sandbox is not None
    profile = find_profile(spec.sandbox, setting.environment)
    if spec.scope:
        raise UsageError(
            f"--sandbox={profile.name} needs a service: the command of a scope is run here, by"
            " nobody who could confine it"
        )
    _check_opening(profile, spec)
    paths = [opened("--read", path, here=setting.here) for path in (*profile.read, *spec.read)]
    paths += [opened("--write", path, here=setting.here) for path in (*profile.write, *spec.write)]
    top = top_directories() if setting.here else None
    warnings: list[str] = []
    user = _user_of(spec, profile)
    owner = _owner(profile, user, paths, setting)
    allowed = (*profile.allow_net, *spec.allow_net)
    if setting.here:
        if profile.files is Files.HIDDEN:
            paths += _hidden(executable, profile, top, paths)
        for name in _FOR_NAMES if allowed else ():
            paths += _hidden(name, profile, top, paths)
    _check_directory(spec, profile, top, paths)
    directives = [
        directive
        for directive in profile.directives
        if _wanted(directive.only, setting, user=user, owner=owner)
    ]
    if owner is not None:
        directives.insert(0, Directive(f"User={owner}", "the owner of what is opened by --write"))
    if owner is None and profile.files is Files.HIDDEN and any(path.writable for path in paths):
        # What a user of its own leaves for others is no use if they cannot read it.
        directives.append(Directive("UMask=0022", "results can be read by others"))
    directives += _network(profile, allowed, setting)
    directives += file_directives(profile.files, top, paths)
    if spec.service_type == "oneshot":
        directives = [
            directive._replace(
                assignment=directive.assignment.replace("RuntimeMaxSec=", "TimeoutStartSec=")
            )
            if directive.name == "RuntimeMaxSec"
            else directive
            for directive in directives
        ]
    directives += profile.added
    _check_versions(profile, directives, setting)
    if profile.files is Files.HIDDEN:
        if not setting.user and setting.here and user is None and owner is None:
            warnings += _unreadable(profile, paths)
        if setting.user:
            warnings.append(
                f"--sandbox={profile.name} with a user's service manager: your other processes can"
                " be seen in /proc, and sent signals by way of F_SETOWN; as root, without --user,"
                " they cannot"
            )
    return Expansion(tuple(directives), tuple(warnings))


def _check_opening(profile: Profile, spec: LaunchSpec) -> None:
    """Refuse to open what is not closed, or what the profile is to keep closed."""
    opening = {"--read": (*profile.read, *spec.read), "--write": (*profile.write, *spec.write)}
    for option, given in opening.items():
        if given and profile.files is Files.HOST:
            raise UsageError(
                f"{option}={quote(given[0])[1:-1]}: the profile {profile.name} closes no paths"
            )
    allowed = (*profile.allow_net, *spec.allow_net)
    if allowed and profile.network in {Network.HOST, Network.NONE, Network.LOOPBACK}:
        what = "closes no network" if profile.network is Network.HOST else "has no network"
        raise UsageError(
            f"--allow-net={quote(allowed[0])[1:-1]}: the profile {profile.name} {what}",
            hints=("--sandbox=download and --sandbox=build take it",),
        )
    if profile.network is Network.LISTED and not allowed:
        raise UsageError(
            f"--sandbox={profile.name} is not told what may be reached",
            hints=(
                "say --allow-net=PREFIX, such as 192.0.2.0/24, once for each",
                "or --allow-net=localhost, or --allow-net=any",
                "(the name server has to be allowed, too, where names are looked up)",
            ),
        )


def _user_of(spec: LaunchSpec, profile: Profile) -> str | None:
    """Return the user that the command is told to run as, or None where that is left open."""
    assignments = (*(directive.assignment for directive in profile.added), *spec.properties)
    users = [
        value.strip()
        for name, _, value in (assignment.partition("=") for assignment in assignments)
        if name.strip() == "User"
    ]
    return spec.uid or (users[-1] if users else None) or None


def _owner(
    profile: Profile, user: str | None, paths: Sequence[Opened], setting: Setting
) -> int | None:
    """Return the user that has to own the process so that it can write, or None for any.

    A user of its own can write only where everybody can.

    Raises:
        UsageError: there is no such user, other than root.
    """
    is_dynamic = any(directive.only is Only.DYNAMIC for directive in profile.directives)
    if not setting.here:
        return None
    if not (is_dynamic and not setting.user and user is None):
        for entry in paths:
            if entry.writable and setting.user and not os.access(entry.real, os.W_OK):
                raise UsageError(f"--write={quote(entry.path)[1:-1]}: you may not write there")
        return None
    owners = {}
    for entry in paths:
        if entry.writable:
            status = os.stat(entry.real)  # noqa: PTH116 - the path is a string
            if not status.st_mode & 0o002:
                owners[status.st_uid] = entry.path
    if 0 in owners:
        path = quote(owners[0])[1:-1]
        raise UsageError(
            f"--write={path}: it is root's, and --sandbox={profile.name} does not run as root",
            hints=(
                f"give it to the user that shall own the results, and be run as: chown USER {path}",
                f"or let everybody write there: chmod 1777 {path}",
            ),
        )
    if len(owners) > 1:
        first, second, *_ = owners.values()
        raise UsageError(
            f"--write={quote(second)[1:-1]}: it is of another user than {quote(first)[1:-1]};"
            " expected directories of one user"
        )
    return next(iter(owners), None)


def _hidden(
    path: str, profile: Profile, top: Sequence[str] | None, paths: Sequence[Opened]
) -> list[Opened]:
    """Return *path*, where it is hidden, or what it leads to is, and nothing opened has it."""
    if not path:
        return []
    entry = Opened(os.path.abspath(path), os.path.realpath(path), writable=False)  # noqa: PTH100
    roots = hidden_roots(profile.files, top)
    is_hidden = any(is_within(each, root) for root in roots for each in (entry.path, entry.real))
    is_opened = any(
        is_within(entry.real, other.real) and is_within(entry.path, other.path) for other in paths
    )
    return [entry] if is_hidden and not is_opened and os.path.exists(entry.real) else []  # noqa: PTH110


def _check_directory(
    spec: LaunchSpec, profile: Profile, top: Sequence[str] | None, paths: Sequence[Opened]
) -> None:
    """Refuse to run in a directory that is hidden."""
    directory = spec.working_directory
    if directory is None:
        return
    real = os.path.realpath(directory)
    if any(is_within(real, path.real) or is_within(path.real, real) for path in paths):
        return
    roots = [root for root in hidden_roots(profile.files, top) if root not in {"/tmp", "/var/tmp"}]
    if any(is_within(real, root) and root != real for root in roots):
        shown = quote(directory)[1:-1]
        raise UsageError(
            f"--working-directory={shown}: the profile {profile.name} hides it",
            hints=(f"open it: --read={shown}",),
        )


def _wanted(only: Only, setting: Setting, *, user: str | None, owner: int | None) -> bool:
    is_dynamic = not setting.user and user is None and owner is None
    match only:
        case Only.EVERYWHERE:
            return True
        case Only.SYSTEM:
            return not setting.user
        case Only.DYNAMIC:
            return is_dynamic
        case Only.SHARED:
            return not is_dynamic
        case Only.SHARED_APART:
            # Without, the filter of signals is what there is.
            return not is_dynamic and not setting.user and setting.version >= _PRIVATE_PIDS
        case Only.ROOT | Only.NOT_ROOT:
            is_root = not setting.user and (user is None or user in _ROOTS)
            return is_root is (only is Only.ROOT)
        case Only.MEMORY | Only.NO_MEMORY:
            return ("memory" in setting.controllers) is (only is Only.MEMORY)
        case Only.PIDS | Only.NO_PIDS:
            return ("pids" in setting.controllers) is (only is Only.PIDS)


def _network(profile: Profile, allowed: Sequence[str], setting: Setting) -> list[Directive]:
    """Return the directives that leave of the network what is allowed.

    Raises:
        UsageError: an entry is no prefix, or that manager cannot filter.
    """
    if profile.network is Network.HOST:
        return []
    if not allowed:
        directives = [Directive("PrivateNetwork=yes", "no interfaces but a loopback of its own")]
        if profile.network is Network.NONE:
            directives.append(Directive("RestrictAddressFamilies=none", "no sockets at all"))
            if not setting.user:
                directives.append(
                    Directive("IPAddressDeny=any", "nothing passes, whatever socket it has")
                )
        else:
            directives.append(
                Directive(
                    _ADDRESSES,
                    "none of the kinds of sockets by which services of the host are reached",
                )
            )
        return directives
    directives = [
        Directive(_ADDRESSES, "no sockets but those of IP, so that the list holds for all")
    ]
    for text in allowed:
        _check_prefix(text)
    if _ANY in allowed:
        return directives
    if setting.user:
        raise UsageError(
            f"--sandbox={profile.name} cannot be had with a user's service manager: it may not"
            f" filter IP traffic, which --allow-net={allowed[0]} needs",
            hints=(
                "use the system's service manager: as root, without --user",
                "or allow all of the network: --allow-net=any",
            ),
        )
    reason = "--allow-net"
    return [
        *directives,
        Directive("IPAddressDeny=any", "nothing passes but what is allowed"),
        Directive(f"IPAddressAllow={' '.join(dict.fromkeys(allowed))}", reason),
    ]


def _check_prefix(text: str) -> None:
    try:
        if len(text.split()) == 1:
            encode("service", [f"IPAddressAllow={text}"])
            return
    except PropertyError:
        pass
    raise UsageError(
        f"--allow-net={quote(text)[1:-1]}: expected an address or a prefix, such as 192.0.2.1 or"
        " 2001:db8::/32, or localhost, or any"
    )


def _check_versions(profile: Profile, directives: Sequence[Directive], setting: Setting) -> None:
    """Refuse a manager that is too old for a part of the profile."""
    for directive in directives:
        known = find(directive.name)
        if known is not None and known.since is not None and known.since > setting.version:
            raise UsageError(
                f"--sandbox={profile.name} cannot be had with systemd {setting.version}:"
                f" {directive.name}= ({directive.reason}) came with systemd {known.since}"
            )


def _unreadable(profile: Profile, paths: Sequence[Opened]) -> list[str]:
    """Say what a user of its own cannot read, although it is opened."""
    warnings = []
    for entry in paths:
        status = os.stat(entry.real)  # noqa: PTH116 - the path is a string
        needed = 0o005 if status.st_mode & 0o170000 == 0o040000 else 0o004
        if status.st_mode & needed != needed:
            warnings.append(
                f"{quote(entry.path)[1:-1]} is opened, but not readable for everybody, and so not"
                f" for the command, which --sandbox={profile.name} gives a user of its own"
            )
    return warnings
