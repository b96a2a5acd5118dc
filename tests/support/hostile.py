"""A program that tries to get out of a sandbox, one way after the other.

It stands alone: any Python 3 runs it, without this package. Its one argument is a JSON object of
what there is to attack; it prints a JSON object of what came of each attempt: ``"succeeded"``, or
why it failed. No attempt changes the machine, also where it succeeds: signals are those that
only ask, values are set to what they are, modules are no modules.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import json
import mmap
import os
import platform
import socket
import struct
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

Target = dict[str, Any]

_TIMEOUT_S = 3
_MANY = 400
_MUCH = 5 << 30

_CLONE_NEWNS = 0x20000
_CLONE_NEWUSER = 0x10000000
_PTRACE_SEIZE = 0x4206
_PTRACE_DETACH = 17
_ADJ_TICK = 0x4000
_F_SETSIG = 10
_SYSLOG_ACTION_READ_ALL = 3
_CAP_SYS_ADMIN = 21
_KEYCTL_GET_KEYRING_ID = 0
_KEY_SPEC_USER_KEYRING = -4

_NUMBERS = {
    "x86_64": {
        "init_module": 175,
        "io_uring_setup": 425,
        "syslog": 103,
        "capset": 126,
        "keyctl": 250,
    },
    "aarch64": {
        "init_module": 105,
        "io_uring_setup": 425,
        "syslog": 116,
        "capset": 91,
        "keyctl": 219,
    },
}[platform.machine()]

_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]


def _check(result: int) -> int:
    if result == -1:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def _syscall(name: str, *arguments: Any) -> int:
    return _check(int(_libc.syscall(_NUMBERS[name], *arguments)))


def _in_child(attempt: Callable[[], object]) -> None:
    """Make the attempt in a process of its own, which it may change."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            attempt()
            os.write(writer, b"0")
        except OSError as error:
            os.write(writer, str(error.errno).encode())
        finally:
            os._exit(0)
    os.close(writer)
    number = int(os.read(reader, 10) or b"-1")
    os.close(reader)
    os.waitpid(child, 0)
    if number:
        raise OSError(number, os.strerror(number))


def _hello(family: int, kind: int, address: Any) -> None:
    """Hear something from a server."""
    with socket.socket(family, kind) as peer:
        peer.settimeout(_TIMEOUT_S)
        peer.connect(address)
        if kind == socket.SOCK_DGRAM:
            peer.send(b"hello")
        if not peer.recv(100):
            raise OSError(errno.ENODATA, "it said nothing")


def tcp(target: Target) -> None:
    _hello(socket.AF_INET, socket.SOCK_STREAM, (target["address"], target["port"]))


def tcp_elsewhere(target: Target) -> None:
    _hello(socket.AF_INET, socket.SOCK_STREAM, (target["elsewhere"], target["port"]))


def udp(target: Target) -> None:
    _hello(socket.AF_INET, socket.SOCK_DGRAM, (target["address"], target["port"]))


def raw(target: Target) -> None:
    socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP).close()


def packet(target: Target) -> None:
    socket.socket(socket.AF_PACKET, socket.SOCK_RAW).close()


def netlink(target: Target) -> None:
    socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0).close()


def io_uring(target: Target) -> None:
    os.close(_syscall("io_uring_setup", 1, ctypes.create_string_buffer(120)))


def unix_path(target: Target) -> None:
    _hello(socket.AF_UNIX, socket.SOCK_STREAM, target["socket"])


def unix_bus(target: Target) -> None:
    with socket.socket(socket.AF_UNIX) as peer:
        peer.connect(target["bus"])


def unix_abstract(target: Target) -> None:
    _hello(socket.AF_UNIX, socket.SOCK_STREAM, "\0" + target["abstract"])


def read_home(target: Target) -> None:
    Path(target["home_file"]).read_bytes()


def read_elsewhere(target: Target) -> None:
    Path(target["other_file"]).read_bytes()


def read_shared_memory(target: Target) -> None:
    Path(target["shared"]).read_bytes()


def read_keys(target: Target) -> None:
    _syscall("keyctl", _KEYCTL_GET_KEYRING_ID, _KEY_SPEC_USER_KEYRING, 1)


def see_process(target: Target) -> None:
    Path(f"/proc/{target['victim']}").stat()


def read_environment(target: Target) -> None:
    Path(f"/proc/{target['victim']}/environ").read_bytes()


def signal_process(target: Target) -> None:
    os.kill(target["victim"], 0)


def signal_by_file(target: Target) -> None:
    # Whether it came, only the victim knows.
    own, other = socket.socketpair()
    fcntl.fcntl(own, fcntl.F_SETOWN, target["victim"])
    fcntl.fcntl(own, _F_SETSIG, target["signal"])
    fcntl.fcntl(own, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
    other.send(b"hello")


def trace_process(target: Target) -> None:
    _check(_libc.ptrace(_PTRACE_SEIZE, target["victim"], None, None))
    _libc.ptrace(_PTRACE_DETACH, target["victim"], None, None)


def kernel_memory(target: Target) -> None:
    Path("/dev/mem").open("rb").close()


def kernel_core(target: Target) -> None:
    with Path("/proc/kcore").open("rb") as file:
        file.read(10)


def kernel_log(target: Target) -> None:
    os.close(os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK))


def kernel_log_call(target: Target) -> None:
    _syscall("syslog", _SYSLOG_ACTION_READ_ALL, ctypes.create_string_buffer(100), 100)


def write_home(target: Target) -> None:
    _write(target["home"])


def write_system(target: Target) -> None:
    _write("/usr")


def write_run(target: Target) -> None:
    _write("/run")


def _write(directory: str) -> None:
    path = Path(directory) / f"hostile-{os.getpid()}"
    path.write_bytes(b"")
    path.unlink()


def write_kernel(target: Target) -> None:
    with Path("/proc/sys/vm/swappiness").open("r+") as file:
        value = file.read()
        file.seek(0)
        file.write(value)


def setuid_program(target: Target) -> None:
    done = subprocess.run([target["setuid"], "-u"], capture_output=True, text=True, check=False)
    if done.returncode or int(done.stdout) != target["setuid_uid"]:
        raise OSError(errno.EPERM, done.stderr.strip() or f"it runs as {done.stdout.strip()}")


def change_user(target: Target) -> None:
    _in_child(lambda: os.setresuid(target["setuid_uid"], -1, -1))


def capabilities(target: Target) -> None:
    def attempt() -> None:
        header = struct.pack("Ii", 0x20080522, 0)
        mask = 1 << _CAP_SYS_ADMIN
        data = struct.pack("6I", mask, mask, 0, 0, 0, 0)
        _syscall("capset", header, data)

    _in_child(attempt)


def user_namespace(target: Target) -> None:
    _in_child(lambda: _check(_libc.unshare(_CLONE_NEWUSER)))


def mount_namespace(target: Target) -> None:
    _in_child(lambda: _check(_libc.unshare(_CLONE_NEWNS)))


def load_module(target: Target) -> None:
    try:
        _syscall("init_module", b"\0" * 64, 64, b"")
    except OSError as error:
        # So far only those come who may.
        if error.errno != errno.ENOEXEC:
            raise


def set_clock(target: Target) -> None:
    # A tick that no clock has is found out after the permission.
    timex = ctypes.create_string_buffer(512)
    struct.pack_into("I", timex, 0, _ADJ_TICK)
    try:
        _check(_libc.adjtimex(timex))
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise


def set_hostname(target: Target) -> None:
    name = socket.gethostname().encode()
    _check(_libc.sethostname(name, len(name)))


def leave_control_group(target: Target) -> None:
    def attempt() -> None:
        Path(target["cgroup"], "cgroup.procs").write_text("0")

    _in_child(attempt)


def fork_without_end(target: Target) -> None:
    reader, writer = os.pipe()
    children = []
    try:
        for _ in range(_MANY):
            child = os.fork()
            if child == 0:
                os.close(writer)
                os.read(reader, 1)
                os._exit(0)
            children.append(child)
    finally:
        os.close(writer)
        for child in children:
            os.waitpid(child, 0)


def eat_memory(target: Target) -> None:
    # Asked for, not used: who may have that much may use it.
    mmap.mmap(-1, _MUCH, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x4000).close()


def fill_disk(target: Target) -> None:
    path = Path(f"/tmp/hostile-{os.getpid()}")
    with path.open("wb") as file:
        try:
            # A hole: nothing is written but its end.
            file.truncate(_MUCH)
        finally:
            path.unlink()


def stay_behind(target: Target) -> None:
    child = os.fork()
    if child == 0:
        os.setsid()
        if os.fork() == 0:
            null = os.open("/dev/null", os.O_RDWR)
            for descriptor in range(3):
                os.dup2(null, descriptor)
            os.execv("/bin/sleep", ["sleep", target["behind"]])
        os._exit(0)
    os.waitpid(child, 0)


ATTEMPTS = (
    *(tcp, tcp_elsewhere, udp, raw, packet, netlink, io_uring),
    *(unix_path, unix_bus, unix_abstract),
    *(read_home, read_elsewhere, read_shared_memory, read_keys),
    *(see_process, read_environment, signal_process, signal_by_file, trace_process),
    *(kernel_memory, kernel_core, kernel_log, kernel_log_call),
    *(write_home, write_system, write_run, write_kernel),
    *(setuid_program, change_user, capabilities, user_namespace, mount_namespace),
    *(load_module, set_clock, set_hostname, leave_control_group),
    *(fork_without_end, eat_memory, fill_disk, stay_behind),
)


def main() -> None:
    """Make all attempts and print what came of them."""
    import signal

    # Files that grow too large shall be an error.
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    target = json.loads(sys.argv[1])
    outcome = {}
    for attempt in ATTEMPTS:
        try:
            attempt(target)
        except (OSError, ValueError) as error:
            outcome[attempt.__name__] = f"failed: {error}"
        else:
            outcome[attempt.__name__] = "succeeded"
    print(json.dumps(outcome))


if __name__ == "__main__":
    main()
