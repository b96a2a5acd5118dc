"""Connect to the socket of a bus as another user, or in a container, and hand it back.

Run as a program of its own, isolated (``python -I -S``), for three reasons: who a connection
belongs to is settled by who calls connect(2) (unix(7), SO_PEERCRED); namespaces are entered by
whole processes, a user namespace by such of one thread only (setns(2)); and a copy of a process
that has threads, as fork(2) makes it, must not do so much.

    python -I -S _enter.py machine PID PATH     as root of the container that PID is in
    python -I -S _enter.py owner - PATH         as the owner of the socket

Standard output is a socket. One message goes over it: ``ok`` with the connected socket
(SCM_RIGHTS), or ``failed NUMBER STEP``, the error number and what was being done.

Paths are followed inside the container, after its root has become this process's: going through
/proc/PID/root instead, a symbolic link made in there could lead to a socket of this system.
"""

import ctypes
import os
import socket
import stat
import sys

_CLONE_NEWNS = 0x00020000
_CLONE_NEWUSER = 0x10000000


class _StepError(Exception):
    """What was being done when the system refused; the number is that of errno(3)."""

    def __init__(self, number: int, step: str) -> None:
        super().__init__(step)
        self.number = number


def _enter(leader: int) -> None:
    """Become root of the container that the process *leader* is in, as far as files go."""
    libc = ctypes.CDLL(None, use_errno=True)
    # By descriptor, so that all of it is of one process even if the number is used anew.
    pidfd = os.pidfd_open(leader)
    root = os.open(f"/proc/{leader}/root", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    other_users = _user_namespace(str(leader)) != _user_namespace("self")
    # What is entered already is refused (setns(2), EINVAL).
    kinds = _CLONE_NEWNS | (_CLONE_NEWUSER if other_users else 0)
    # Nothing may be imported from here on: it would come out of the container.
    if libc.setns(pidfd, kinds) != 0:
        raise _StepError(ctypes.get_errno(), "enter")
    os.fchdir(root)
    os.chroot(".")
    os.chdir("/")
    if other_users:
        _become(0, 0)


def _user_namespace(process: str) -> int:
    return os.fstat(os.open(f"/proc/{process}/ns/user", os.O_RDONLY | os.O_CLOEXEC)).st_ino


def _become(uid: int, gid: int) -> None:
    if os.geteuid() == 0:
        os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)


def _connect(path: str, *, as_owner: bool) -> socket.socket:
    # What is looked at is what is connected to, even if the path leads elsewhere meanwhile.
    found = os.open(path, os.O_PATH | os.O_CLOEXEC | (os.O_NOFOLLOW if as_owner else 0))
    status = os.fstat(found)
    if not stat.S_ISSOCK(status.st_mode):
        raise _StepError(0, "socket")
    if as_owner and status.st_uid != os.geteuid():
        try:
            _become(status.st_uid, status.st_gid)
        except OSError as error:
            raise _StepError(error.errno or 0, "become") from None
    connected = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    # As this user /proc may be out of reach, in a container it may not be mounted.
    connected.connect(f"/proc/self/fd/{found}" if as_owner else path)
    return connected


def _main() -> None:
    how, leader, path = sys.argv[1:]
    answers = socket.socket(fileno=1)
    try:
        try:
            if how == "machine":
                _enter(int(leader))
        except OSError as error:
            raise _StepError(error.errno or 0, "enter") from None
        connected = _connect(path, as_owner=how == "owner")
    except OSError as error:
        answers.sendall(f"failed {error.errno} connect".encode())
    except _StepError as error:
        answers.sendall(f"failed {error.number} {error}".encode())
    else:
        socket.send_fds(answers, [b"ok"], [connected.fileno()])


if __name__ == "__main__":
    _main()
