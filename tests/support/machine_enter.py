"""Run one command inside a booted machine, and stand for it outside.

``python -S -m tests.support.machine_enter [--terminal] PID UID GID COMMAND [ARGS...]`` enters every
namespace of the process PID, forks, since a PID namespace is entered by children only, and
executes COMMAND as that user, with the environment, the working directory ``/`` and the open
descriptors 0, 1 and 2 that it was given. It ends as the command ended: with its exit status, or
by the same signal. Signals that are sent to this process go on to the command, except those
that the terminal's driver made: the command has got those itself, being in the same process
group. If this process is killed, the command is killed too. With ``--terminal`` standard input
is made the controlling terminal of both.
"""

from __future__ import annotations

import fcntl
import os
import resource
import signal
import sys
import termios

from tests.support import machine_kernel as kernel

_NAMESPACES = (
    kernel.CLONE_NEWNS
    | kernel.CLONE_NEWCGROUP
    | kernel.CLONE_NEWUTS
    | kernel.CLONE_NEWIPC
    | kernel.CLONE_NEWPID
    | kernel.CLONE_NEWNET
)
_SI_KERNEL = 0x80
_UNCATCHABLE = {signal.SIGKILL, signal.SIGSTOP}
_OWN = {signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGFPE, signal.SIGABRT}


def _become(uid: int, gid: int, argv: list[str]) -> None:
    """Turn this process into the command."""
    kernel.die_with_parent(signal.SIGKILL)
    if uid:
        os.setgroups([gid])
        os.setresgid(gid, gid, gid)
        os.setresuid(uid, uid, uid)
        # A change of credentials clears it.
        kernel.die_with_parent(signal.SIGKILL)
    # Python ignores these from its start, and an ignored signal stays so across exec.
    for ignored in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(ignored, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, set())
    os.chdir("/")
    try:
        os.execvp(argv[0], argv)
    except OSError as error:
        os.write(2, f"{argv[0]}: {error.strerror}\n".encode())
        os._exit(127)


def _stand_for(child: int, waited: set[signal.Signals]) -> int:
    """Pass signals on to *child* until it ends; return its wait status."""
    while True:
        information = signal.sigwaitinfo(waited)
        if information.si_signo == signal.SIGCHLD:
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                return status
        elif information.si_code != _SI_KERNEL:
            os.kill(child, information.si_signo)


def _main() -> None:
    arguments = sys.argv[1:]
    if arguments[0] == "--terminal":
        arguments.pop(0)
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    target, uid, gid = (int(word) for word in arguments[:3])
    kernel.setns(os.pidfd_open(target), _NAMESPACES)
    waited = set(signal.Signals) - _UNCATCHABLE - _OWN
    signal.pthread_sigmask(signal.SIG_BLOCK, waited)
    child = os.fork()
    if child == 0:
        _become(uid, gid, arguments[3:])
    status = _stand_for(child, waited)
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if number not in _UNCATCHABLE:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, set())
        os.kill(os.getpid(), number)
    os._exit(os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    _main()
