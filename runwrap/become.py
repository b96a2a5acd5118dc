"""This process becomes the command of a scope: identity, environment, and then the program.

What systemd-run does before it executes the command of ``--scope``, in that order. It is
prepared as far as it can be before the scope is there, so that a mistake starts nothing.
"""

from __future__ import annotations

import errno
import grp
import os
import pwd
import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from runwrap.errors import CommandNotFoundError, RunwrapError, UsageError
from runwrap.expansion import expand
from runwrap.properties.faults import quote
from runwrap.transient import variables_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from runwrap.model import LaunchSpec

__all__ = ["Becoming", "prepare_becoming"]

# The shells of users that are not to log in (nologin(8)); systemd-run does not pass them on.
_NO_SHELLS = frozenset(
    {"/bin/false", "/usr/bin/false", "/bin/true", "/usr/bin/true"}
    | {f"{directory}/nologin" for directory in ("/bin", "/sbin", "/usr/bin", "/usr/sbin")}
)

_SHELL = "/bin/sh"


@dataclass(frozen=True, slots=True)
class Becoming:
    """What a process needs in order to become the command.

    Attributes:
        executable: the path of the program.
        arguments: the command, not expanded yet.
        environment: the environment, without the invocation ID.
        spec: what else is to be set.
        uid: the user to become, or None to stay.
        gid: the group to become, or None to stay.
        name: the name of the user whose further groups are taken over, or None.
    """

    executable: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    spec: LaunchSpec
    uid: int | None
    gid: int | None
    name: str | None

    def expanded(self, invocation_id: str | None) -> tuple[list[str], dict[str, str], list[str]]:
        """Return arguments and environment as the command gets them, and what is not set.

        Args:
            invocation_id: of the scope (systemd.exec(5), $INVOCATION_ID), or None.
        """
        environment = dict(self.environment)
        if invocation_id is not None:
            environment["INVOCATION_ID"] = invocation_id
        if not self.spec.expand_environment:
            return list(self.arguments), environment, []
        arguments, unset = expand(self.arguments, environment)
        return arguments, environment, unset

    def execute(
        self,
        arguments: list[str],
        environment: Mapping[str, str],
        *,
        last: Callable[[], object] | None = None,
    ) -> NoReturn:
        """Replace this process with the command.

        Args:
            arguments: the words of the command.
            environment: its variables.
            last: is called when this process is that user's already.

        Raises:
            RunwrapError: one of the steps failed.
        """
        spec = self.spec
        step = ""
        try:
            if spec.nice is not None:
                step = f"--nice={spec.nice}"
                os.setpriority(os.PRIO_PROCESS, 0, spec.nice)
            step = f"--uid={spec.uid}" if spec.gid is None else f"--gid={spec.gid}"
            # Who has no privileges may stay who they are, but not even say so.
            if os.geteuid() == 0 or not self._stays():
                self._change_identity()
            if spec.working_directory is not None:
                step = f"--working-directory={spec.working_directory}"
                os.chdir(spec.working_directory)
            # Python has these ignored, which a program would inherit.
            for number in (signal.SIGPIPE, signal.SIGXFSZ):
                signal.signal(number, signal.SIG_DFL)
            if last is not None:
                last()
            step = self.executable
            self._execute(arguments, environment)
        except OSError as error:
            raise RunwrapError(f"{step}: {error.strerror}") from None

    def _stays(self) -> bool:
        """Tell whether this process is that user, in that group, already."""
        return self.uid in {None, os.getuid()} and self.gid in {None, os.getgid()}

    def _change_identity(self) -> None:
        if self.gid is not None:
            os.setresgid(self.gid, self.gid, self.gid)
            if self.name is None:
                os.setgroups([self.gid])
        if self.uid is not None and self.name is not None:
            os.initgroups(self.name, os.getgid())
            os.setresuid(self.uid, self.uid, self.uid)

    def _execute(self, arguments: list[str], environment: Mapping[str, str]) -> NoReturn:
        try:
            os.execve(self.executable, arguments, environment)
        except OSError as error:
            if error.errno != errno.ENOEXEC:
                raise
        # A script that does not say what runs it is the shell's (execvp(3)).
        os.execve(_SHELL, [_SHELL, self.executable, *arguments[1:]], environment)


def prepare_becoming(spec: LaunchSpec, executable: str, environment: Mapping[str, str]) -> Becoming:
    """Check what *spec* asks for, and return how to become its command.

    Args:
        spec: what to run; its identity, directory, nice level and variables are used.
        executable: the path of the program.
        environment: the caller's environment.

    Raises:
        UsageError: there is no such user or group.
        CommandNotFoundError: there is no such directory.
    """
    variables = dict(environment)
    uid, gid, name = None, None, None
    if spec.uid is not None:
        user = _user(spec.uid)
        uid, gid, name = user.pw_uid, user.pw_gid, user.pw_name
        variables |= {"USER": name, "LOGNAME": name}
        if user.pw_dir.startswith("/") and user.pw_dir.strip("/"):
            variables["HOME"] = user.pw_dir
        if user.pw_shell.startswith("/") and user.pw_shell not in _NO_SHELLS:
            variables["SHELL"] = user.pw_shell
    if spec.gid is not None:
        gid = _group(spec.gid)
    if spec.working_directory and not os.path.isdir(spec.working_directory):  # noqa: PTH112
        raise CommandNotFoundError(
            f"--working-directory: {spec.working_directory}: no such directory"
        )
    variables |= variables_of(spec.setenv, environment)
    return Becoming(executable, (executable, *spec.command[1:]), variables, spec, uid, gid, name)


def _user(text: str) -> pwd.struct_passwd:
    """Return the user of that name or number; unlike services, scopes take known ones only."""
    try:
        return pwd.getpwuid(int(text)) if text.isdecimal() else pwd.getpwnam(text)
    except (KeyError, OverflowError):
        raise UsageError(f"--uid: there is no user {quote(text)}") from None


def _group(text: str) -> int:
    try:
        return (grp.getgrgid(int(text)) if text.isdecimal() else grp.getgrnam(text)).gr_gid
    except (KeyError, OverflowError):
        raise UsageError(f"--gid: there is no group {quote(text)}") from None
