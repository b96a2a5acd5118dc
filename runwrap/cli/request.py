"""What one command line asks for, free of the library that parsed it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

from runwrap.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runwrap.model import LaunchSpec

__all__ = ["Request", "Where", "choose_where"]


class Where(Enum):
    """Which service manager runs the command."""

    SYSTEM = "system"
    USER = "user"
    EMBEDDED = "embedded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One run, as the command line asks for it.

    Attributes:
        spec: what to launch.
        where: the manager to launch it under.
        fallback: whether *where* is the embedded manager because no other was found.
        wait: stay until the unit has ended.
        account: print the account at the end.
        no_block: do not even wait for the start job.
        quiet: print nothing but errors.
        stop_on_exit: stop the unit when interrupted, rather than leaving it running.
        report: where to write the report, ``-`` for standard output, or None.
    """

    spec: LaunchSpec
    where: Where
    fallback: bool
    wait: bool
    account: bool
    no_block: bool
    quiet: bool
    stop_on_exit: bool
    report: str | None

    def effective_spec(self) -> LaunchSpec:
        """Return what is launched under the manager that was chosen.

        A private manager keeps no journal: standard output and error go to the command, unless
        its properties send them elsewhere.
        """
        if self.where is not Where.EMBEDDED or self.spec.pipe:
            return self.spec
        named = {assignment.partition("=")[0].strip() for assignment in self.spec.properties}
        # A program that reads the report from standard output shall find nothing else there.
        output = 2 if self.report == "-" else 1
        stdio = (
            None,
            None if "StandardOutput" in named else output,
            None if "StandardError" in named else 2,
        )
        return replace(self.spec, pipe=True, stdio=stdio)


def choose_where(
    *,
    system: bool,
    user: bool,
    embedded: bool,
    booted: bool,
    environ: Mapping[str, str],
) -> tuple[Where, bool]:
    """Decide which manager to use, and whether it is the embedded one for want of another.

    Args:
        system: whether ``--system`` was given.
        user: whether ``--user`` was given.
        embedded: whether ``--embedded`` was given.
        booted: whether systemd is running on this machine (sd_booted(3)).
        environ: the environment; DBUS_SYSTEM_BUS_ADDRESS in it asks for that bus.

    Raises:
        UsageError: more than one was asked for.
    """
    asked = [
        where
        for where, given in (
            (Where.SYSTEM, system),
            (Where.USER, user),
            (Where.EMBEDDED, embedded),
        )
        if given
    ]
    if len(asked) > 1:
        names = " and ".join(f"--{where.value}" for where in asked)
        raise UsageError(f"{names} cannot be combined: choose one service manager")
    if asked:
        return asked[0], False
    if booted or environ.get("DBUS_SYSTEM_BUS_ADDRESS"):
        return Where.SYSTEM, False
    return Where.EMBEDDED, True
