"""The process that boots a machine, watches it, and cleans up after it.

It is started by :class:`tests.support.machine.Machine` with one JSON argument and a pipe as its
standard input, which nobody writes to. While the other end is open the machine runs; when it is
closed, by the holder or by the kernel because the holder was killed, the machine is killed and
its cgroups are removed. So nothing is left however the holder ends. Should this process be
killed itself, the kernel kills the machine's PID 1, and with it all of its processes.

On standard output it writes lines for the holder: ``pid NUMBER`` when systemd has been
executed, ``ready`` when it has booted, ``error TEXT`` when that failed.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import sys
import time
import traceback
import uuid
from pathlib import Path

from tests.support import machine_kernel as kernel

_DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
_LINKS = {
    "fd": "/proc/self/fd",
    "stdin": "/proc/self/fd/0",
    "stdout": "/proc/self/fd/1",
    "stderr": "/proc/self/fd/2",
    "ptmx": "pts/ptmx",
}
_NOTIFY = "/run/host/notify"
_EMPTIED_WITHIN_S = 10.0


def _cgroup_hierarchy() -> Path:
    """Return where the version 2 hierarchy is mounted here (cgroups(7))."""
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        before, _, after = line.partition(" - ")
        if after.split()[0] == "cgroup2":
            return Path(before.split()[4])
    raise RuntimeError("no cgroup v2 hierarchy is mounted")


def _make_tree(scratch: str, tree: str, binds: dict[str, str]) -> str:
    """Mount a writable view of *tree* and all that a booting system expects in it."""
    kernel.mount("tmpfs", scratch, "tmpfs", 0, "mode=755")
    new = f"{scratch}/root"
    for name in ("upper", "work", "root"):
        Path(scratch, name).mkdir()
    layers = f"lowerdir={tree},upperdir={scratch}/upper,workdir={scratch}/work"
    kernel.mount("overlay", new, "overlay", 0, layers)

    kernel.mount("proc", f"{new}/proc", "proc", kernel.MS_NOSUID | kernel.MS_NODEV)
    # PID 1 raises fs.file-max when it starts, which is the same one for every namespace.
    kernel.bind(f"{new}/proc/sys", f"{new}/proc/sys", read_only=True)
    kernel.mount("sysfs", f"{new}/sys", "sysfs", kernel.MS_RDONLY | kernel.MS_NOSUID)
    kernel.mount("cgroup2", f"{new}/sys/fs/cgroup", "cgroup2", kernel.MS_NOSUID)

    kernel.mount("tmpfs", f"{new}/dev", "tmpfs", kernel.MS_NOSUID, "mode=755")
    for name in _DEVICES:
        Path(new, "dev", name).touch()
        kernel.bind(f"/dev/{name}", f"{new}/dev/{name}")
    for name, target in _LINKS.items():
        Path(new, "dev", name).symlink_to(target)
    Path(new, "dev/pts").mkdir()
    kernel.mount("devpts", f"{new}/dev/pts", "devpts", 0, "newinstance,ptmxmode=666,mode=620,gid=5")
    Path(new, "dev/shm").mkdir()
    kernel.mount("tmpfs", f"{new}/dev/shm", "tmpfs", kernel.MS_NOSUID, "mode=1777")
    kernel.mount("tmpfs", f"{new}/run", "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV, "mode=755")
    kernel.mount("tmpfs", f"{new}/tmp", "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV, "mode=1777")

    Path(new, "etc/machine-id").write_text(uuid.uuid4().hex + "\n")
    for target, source in binds.items():
        Path(new + target).mkdir(parents=True, exist_ok=True)
        kernel.bind(source, new + target, read_only=True)
    return new


def _boot(settings: dict[str, object], notify: socket.socket) -> None:
    """Turn this process, PID 1 of a new namespace already, into the machine's systemd."""
    kernel.die_with_parent(signal.SIGKILL)
    os.setsid()
    kernel.unshare(
        kernel.CLONE_NEWNS
        | kernel.CLONE_NEWCGROUP
        | kernel.CLONE_NEWUTS
        | kernel.CLONE_NEWIPC
        | kernel.CLONE_NEWNET
    )
    kernel.mount("", "/", "", kernel.MS_REC | kernel.MS_PRIVATE)
    kernel.interface_up("lo")
    binds = settings["binds"]
    assert isinstance(binds, dict)
    new = _make_tree(str(settings["scratch"]), str(settings["tree"]), binds)
    kernel.become_root(new)
    name = str(settings["name"])
    socket.sethostname(name)
    Path("/etc/hostname").write_text(name + "\n")
    Path(_NOTIFY).parent.mkdir()
    notify.bind(_NOTIFY)
    null = os.open("/dev/null", os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(2, 1)
    environment = {
        "container": "runwrap-test",
        "NOTIFY_SOCKET": _NOTIFY,
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "LANG": "C.UTF-8",
    }
    os.umask(0o022)
    refused = settings["refused_calls"]
    assert isinstance(refused, list)
    if refused:
        kernel.refuse_calls(refused)
    for blocked in signal.pthread_sigmask(signal.SIG_BLOCK, ()):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {blocked})
    os.execve("/lib/systemd/systemd", ["/lib/systemd/systemd", "--system"], environment)


def _say(line: str) -> None:
    # The holder may be gone already; then there is nobody to tell.
    try:
        os.write(1, f"{line}\n".encode())
    except BrokenPipeError:
        return


def _watch(init: int, failed: int, notify: socket.socket) -> None:
    """Return when the machine is to be ended: the holder is gone, or PID 1 is."""
    pidfd = os.pidfd_open(init)
    poll = select.poll()
    for descriptor in (0, failed, pidfd, notify.fileno()):
        poll.register(descriptor, select.POLLIN)
    while True:
        for descriptor, _ in poll.poll():
            if descriptor == 0:
                return
            if descriptor == pidfd:
                _say("error systemd ended by itself")
                return
            if descriptor == failed:
                text = os.read(failed, 65536).decode(errors="replace")
                if text:
                    _say("error " + " | ".join(text.splitlines()))
                    return
                poll.unregister(failed)
                _say(f"pid {init}")
            elif descriptor == notify.fileno() and "READY=1" in notify.recv(65536).decode().split(
                "\n"
            ):
                _say("ready")


def _remove_cgroup(group: Path) -> None:
    """Remove *group* and all below it as soon as no process is in any of them."""
    with (group / "cgroup.events").open() as events:
        changed = select.poll()
        changed.register(events, select.POLLPRI)
        deadline = time.monotonic() + _EMPTIED_WITHIN_S
        while "populated 1" in events.read() and time.monotonic() < deadline:
            changed.poll(1000)
            events.seek(0)
    for directory, _, _ in os.walk(group, topdown=False):
        Path(directory).rmdir()


def _main() -> None:
    settings: dict[str, object] = json.loads(sys.argv[1])
    for ignored in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(ignored, signal.SIG_IGN)
    group = _cgroup_hierarchy() / f"runwrap-test-{settings['name']}-{os.getpid()}"
    notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    failed, failing = os.pipe()
    group.mkdir()
    init = 0
    try:
        kernel.unshare(kernel.CLONE_NEWPID)
        init = os.fork()
        if init == 0:
            for ignored in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
                signal.signal(ignored, signal.SIG_DFL)
            try:
                (group / "cgroup.procs").write_text("0")
                _boot(settings, notify)
            except BaseException:
                os.write(failing, traceback.format_exc().encode())
                os._exit(1)
        os.close(failing)
        _watch(init, failed, notify)
    finally:
        if init:
            os.kill(init, signal.SIGKILL)
            os.waitpid(init, 0)
        _remove_cgroup(group)


if __name__ == "__main__":
    _main()
