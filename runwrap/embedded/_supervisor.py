"""The process between runwrap and a private systemd: builds its world, and takes it down again.

Started by path, in a session of its own, with nothing but the standard library; it imports
nothing of runwrap. It is single-threaded and outlives a runwrap that is killed: descriptor 0 is
a socket whose end of file says that nobody needs the manager any more, and whose data, whatever
it is, asks for the last lines of the log.

What it does, in order: unshare the mount, UTS and IPC namespaces; make a cgroup below the
caller's own; lay a private /run over the host's; fork the init, which unshares the PID and
cgroup namespaces; wait until the init says that it is ready; undo what was read-only for the
boot only; wait for the end; kill the init, go back to the caller's mount namespace, remove the
cgroup and what is left in /tmp and /var/tmp.

All mounts are made in a mount namespace of its own, so the kernel drops them with the last
process in it. What the kernel does not drop are the cgroup directories and the directories that
``PrivateTmp=`` makes on the host's /tmp and /var/tmp: these are named after ``IDENT``.

Usage:
    _supervisor.py run IDENT PARENT_PID TIMEOUT SYSTEMD DBUS_DAEMON
    _supervisor.py sweep IDENT

IDENT is 32 hexadecimal digits; it is the boot ID of the new manager. ``sweep`` removes what a
supervisor that was killed has left behind. Lines written to descriptor 0: ``absent CONTROLLER
REASON``, ``ready PID``, ``log TEXT``, ``error TEXT``, ``gone``.
"""

# pathlib would double the start-up time, and cannot work relative to a directory's descriptor.
# ruff: noqa: PTH102, PTH110, PTH112, PTH115, PTH123, PTH208, PTH211

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import resource
import select
import signal
import socket
import stat
import struct
import sys
import time
from collections import deque
from contextlib import suppress

# mount(2), unshare(2), prctl(2): the numbers are part of the kernel's stable interface.
MS_RDONLY = 0x1
MS_NOSUID = 0x2
MS_NODEV = 0x4
MS_NOEXEC = 0x8
MS_REMOUNT = 0x20
MS_BIND = 0x1000
MS_REC = 0x4000
MS_SLAVE = 0x80000
MS_SHARED = 0x100000
MNT_DETACH = 2
CLONE_NEWNS = 0x00020000
CLONE_NEWCGROUP = 0x02000000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWPID = 0x20000000
PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
# netdevice(7) has these numbers' names; the one for IPv6 takes a struct in6_ifreq.
SIOCGIFFLAGS = 0x8913
SIOCSIFFLAGS = 0x8914
SIOCGIFADDR = 0x8915
SIOCSIFADDR = 0x8916
SIOCDIFADDR = 0x8936
IFF_UP = 0x1
# FS_IOC_SETFLAGS(2const): the numbers hold the size of a long; what is read and written is an int.
FS_IOC_GETFLAGS = 0x80006601 | struct.calcsize("l") << 16
FS_IOC_SETFLAGS = 0x40006602 | struct.calcsize("l") << 16
FS_IMMUTABLE_FL = 0x10
FS_APPEND_FL = 0x20

CONTROL = 0
LOG_LINES = 50
LOG_LINE_BYTES = 4096
READ_BYTES = 65536
# What every start of a manager says, whatever goes wrong later: that there is no keyboard to ask
# for its special keys, and that a container may not raise limits (the bus needs no more).
HARMLESS = ("/dev/tty0: Inappropriate ioctl", "Failed to set fd limit")
# systemd-system.conf(5), DefaultLimitNOFILE=: what a system's services start with.
NOFILE = (1024, 524288)
KILLED = "the process that starts the private manager was killed"
TEMPORARY = ("/tmp", "/var/tmp")
PRIVATE = "/run/systemd/embedded"
UNITS = f"{PRIVATE}/units"
EMPTY = f"{PRIVATE}/empty"
BUS_LOG = f"{PRIVATE}/dbus.log"
CGROUP_ROOT = "/sys/fs/cgroup"
CONTROLLERS = {"cpu": "cpu", "memory": "memory", "io": "blkio", "pids": "pids"}

# In /run, what PID 1 makes for its units: /run/private is for RuntimeDirectory= with DynamicUser=.
PRIVATE_OF_RUN = frozenset({"credentials", "private", "systemd"})
# What other daemons keep below /run/systemd; everything else there belongs to the host's PID 1.
KEPT_OF_RUN_SYSTEMD = frozenset(
    {"journal", "machines", "netif", "resolve", "resolve.hook", "seats", "sessions", "timesync"}
    | {"users"}
)
# In /run/systemd/userdb, PID 1 provides the first; the second would answer for the host's PID 1.
USERDB_OF_THE_HOST_MANAGER = frozenset({"io.systemd.DynamicUser", "io.systemd.Multiplexer"})

TARGETS = (
    *("cryptsetup", "default", "final", "getty", "graphical", "local-fs", "local-fs-pre"),
    *("multi-user", "network", "network-online", "network-pre", "nss-lookup", "nss-user-lookup"),
    *("paths", "remote-fs", "remote-fs-pre", "rpcbind", "shutdown", "slices", "sockets", "swap"),
    *("sysinit", "time-set", "time-sync", "timers", "umount"),
)

BASIC_TARGET = """\
[Unit]
DefaultDependencies=no
Requires=sysinit.target
Wants=sockets.target timers.target paths.target slices.target
After=sysinit.target sockets.target timers.target paths.target slices.target
"""

BOOT_TARGET = """\
[Unit]
DefaultDependencies=no
Requires=basic.target dbus.socket dbus.service
After=basic.target dbus.socket dbus.service
"""

# PID 1 connects to its API bus when units of exactly these two names run.
DBUS_SOCKET = f"""\
[Unit]
DefaultDependencies=no
[Socket]
ListenStream={PRIVATE}/bus
SocketMode=0600
"""

DBUS_SERVICE = """\
[Unit]
DefaultDependencies=no
Requires=dbus.socket
After=dbus.socket
[Service]
Type=notify
ExecStart="{daemon}" --config-file={private}/bus.conf --address=systemd: --nofork --nopidfile \\
    --systemd-activation --nosyslog
StandardOutput=null
StandardError=append:{log}
"""

# The directory that holds the socket is root's alone, so the policy need not tell users apart.
# The limits are far above those of a system bus, since all runs share one user's quota.
BUS_LIMITS = {
    "max_incoming_bytes": 1000000000,
    "max_outgoing_bytes": 1000000000,
    "max_message_size": 1000000000,
    "max_completed_connections": 100000,
    "max_incomplete_connections": 10000,
    "max_connections_per_user": 100000,
    "max_names_per_connection": 50000,
    "max_match_rules_per_connection": 50000,
    "max_replies_per_connection": 50000,
    "max_message_unix_fds": 1024,
}
BUS_CONF = """\
<busconfig>
<type>system</type>
<listen>unix:path={private}/bus</listen>
<auth>EXTERNAL</auth>
<apparmor mode="disabled"/>
<policy context="default">
<allow user="*"/><allow own="*"/><allow send_type="method_call"/>
<allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/>
</policy>
{limits}
</busconfig>
"""

# The host's configuration may ask for things that are one PID 1's alone: a manager that is killed
# after it opened the hardware watchdog would have the machine reset.
SYSTEM_CONF = """\
[Manager]
CrashChangeVT=no
CrashReboot=no
CrashShell=no
CtrlAltDelBurstAction=none
DumpCore=no
KExecWatchdogSec=0
LogColor=no
RebootWatchdogSec=0
RuntimeWatchdogSec=0
ShowStatus=no
"""

libc = ctypes.CDLL(None, use_errno=True)


class SetupError(Exception):
    """The manager cannot be started; the text is one line for a person."""


# --- system calls ---------------------------------------------------------------------------


def check(result: int, doing: str) -> None:
    """Raise for a C call that failed."""
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{doing}: {os.strerror(number)}")


def mount(
    source: str | None, target: str, kind: str | None, flags: int, data: str | None = None
) -> None:
    """mount(2)."""
    encoded = [None if text is None else os.fsencode(text) for text in (source, target, kind)]
    payload = None if data is None else data.encode()
    check(libc.mount(*encoded, ctypes.c_ulong(flags), payload), f"mount on {target}")


def detach(target: str) -> None:
    """Take the topmost mount off *target*; files that are open in it stay usable."""
    check(libc.umount2(os.fsencode(target), MNT_DETACH), f"umount of {target}")


def unshare(flags: int, names: str) -> None:
    """unshare(2)."""
    check(libc.unshare(flags), f"new {names} namespaces")


def prctl(option: int, value: int) -> None:
    """prctl(2) with one argument."""
    check(libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0), f"prctl {option}")


def bind(source: str, target: str) -> None:
    """Show *source*, with all that is mounted below it, at *target* too."""
    mount(source, target, None, MS_BIND | MS_REC)


def leave_the_mounts_of_the_host() -> None:
    """Enter a mount namespace that follows what the host mounts later, and gives nothing back."""
    unshare(CLONE_NEWNS, "mount")
    try:
        mount(None, "/", None, MS_REC | MS_SLAVE)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        raise SetupError(
            "the root directory is not a mount point (is this a chroot?); "
            "bind it over itself before chroot"
        ) from None


def cover_read_only(path: str) -> None:
    """Lay a read-only view of *path* over itself, until it is detached."""
    bind(path, path)
    # A bind mount takes its flags from its source; only a remount can change them.
    mount(None, path, None, MS_REMOUNT | MS_BIND | MS_RDONLY)


# --- small helpers ----------------------------------------------------------------------------


def describe(error: Exception) -> str:
    """Say an error in one line, without its number."""
    if not isinstance(error, OSError) or error.strerror is None:
        return str(error)
    return f"{error.filename}: {error.strerror}" if error.filename else error.strerror


def tell(line: str) -> None:
    """Write one line to runwrap, which may be gone."""
    with suppress(OSError):
        os.write(CONTROL, line.replace("\n", " ").encode("utf-8", "replace") + b"\n")


def read_text(path: str, dir_fd: int | None = None) -> str:
    """Return a small file's content; *path* may be relative to *dir_fd*."""
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC, dir_fd=dir_fd)
    with open(fd, encoding="utf-8", errors="replace") as file:
        return file.read()


def write_text(path: str, text: str, dir_fd: int | None = None) -> None:
    """Write a small file."""
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o644, dir_fd=dir_fd)
    try:
        os.write(fd, text.encode())
    finally:
        os.close(fd)


def mirror(source_fd: int, target: str, names: list[str]) -> None:
    """Make *names* of the directory *source_fd* appear in the directory *target*.

    Symbolic links are made anew, so that a link into the directory leads into the new one;
    everything else is bound. What vanishes meanwhile is left out, as it is on the host.
    """
    for name in names:
        # The directory may be covered by now: its descriptor still leads to it.
        source, place = f"/proc/self/fd/{source_fd}/{name}", f"{target}/{name}"
        with suppress(FileNotFoundError):
            mode = os.lstat(source).st_mode
            if stat.S_ISLNK(mode):
                os.symlink(os.readlink(source), place)
                continue
            if stat.S_ISDIR(mode):
                os.mkdir(place)
            else:
                os.mknod(place, stat.S_IFREG | 0o600)
            bind(source, place)


def open_directory(path: str, dir_fd: int | None = None) -> int:
    """Open a directory for use as a starting point."""
    return os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=dir_fd)


# --- the cgroup -------------------------------------------------------------------------------


def open_own_cgroup() -> tuple[int, str]:
    """Return a descriptor of the v2 cgroup that we are in, and its path for people to read.

    The host may have no cgroup2 mount, or a read-only one: a mount of our own is made, opened
    and detached again; the descriptor keeps it alive. This is done in a new cgroup namespace:
    there, the mount's root is our own cgroup, and the mount leaves alone the options that all
    mounts of cgroup2 share (cgroup-v2.rst, "Mounting": nsdelegate and others are ignored on
    mounts from other than the initial namespace).
    """
    lines = read_text("/proc/self/cgroup").splitlines()
    path = next((line[3:] for line in lines if line.startswith("0::")), None)
    if path is None:
        raise SetupError("this process is in no cgroup v2")
    unshare(CLONE_NEWCGROUP, "cgroup")
    mount("cgroup2", "/run", "cgroup2", MS_NOSUID | MS_NODEV | MS_NOEXEC)
    try:
        return open_directory("/run"), path
    finally:
        detach("/run")


def absent_controllers(own: int, path: str, below: int) -> dict[str, str]:
    """Say for each controller that a cgroup *below* the cgroup *own* lacks, why it does."""
    present = read_text("cgroup.controllers", below).split()
    offered = read_text("cgroup.controllers", own).split()
    kernel = {
        fields[0]: fields
        for fields in map(str.split, read_text("/proc/cgroups").splitlines()[1:])
        if len(fields) == 4
    }
    reasons = {}
    for name, old_name in CONTROLLERS.items():
        if name in present:
            continue
        fields = kernel.get(old_name)
        if name in offered:
            reason = f"not enabled in cgroup.subtree_control of cgroup {path}"
        elif fields is not None and fields[1] != "0":
            reason = f"held by a cgroup v1 hierarchy ({old_name})"
        elif fields is not None and fields[3] == "0":
            reason = "disabled on the kernel command line"
        elif fields is None:
            reason = "not in this kernel"
        else:
            reason = f"not available in cgroup {path}"
        reasons[name] = reason
    return reasons


def wait_until_empty(cgroup: int, deadline: float) -> None:
    """Wait until no process is left in the cgroup; the kernel signals changes with POLLPRI."""
    events = os.open("cgroup.events", os.O_RDONLY | os.O_CLOEXEC, dir_fd=cgroup)
    try:
        poll = select.poll()
        poll.register(events, select.POLLPRI)
        while "populated 1" in os.pread(events, 4096, 0).decode():
            if time.monotonic() > deadline:
                return
            poll.poll(1000)
    finally:
        os.close(events)


def remove_cgroup(own: int, name: str) -> None:
    """Remove the cgroup *name* below *own*, with all below it, once its processes are gone."""
    try:
        cgroup = open_directory(name, own)
    except FileNotFoundError:
        return
    deadline = time.monotonic() + 10
    try:
        # All should be dying by now; this file (since Linux 5.14) makes sure.
        with suppress(OSError):
            write_text("cgroup.kill", "1", cgroup)
        wait_until_empty(cgroup, deadline)
    finally:
        os.close(cgroup)
    while True:
        try:
            empty_directory(name, own, files=False)
            os.rmdir(name, dir_fd=own)
        except FileNotFoundError:
            return
        except OSError:
            # A process that has exited is counted until it is reaped, which nothing announces.
            if time.monotonic() > deadline:
                raise
            time.sleep(0.002)
        else:
            return


# --- the file system ----------------------------------------------------------------------------


def open_real_directory(name: str, dir_fd: int) -> int:
    """Open a directory that is not a symbolic link."""
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    return os.open(name, flags, dir_fd=dir_fd)


def make_changeable(fd: int) -> None:
    """Take off an open file the attributes that forbid its removal (ioctl_iflags(2))."""
    (flags,) = struct.unpack_from("i", fcntl.ioctl(fd, FS_IOC_GETFLAGS, bytes(8)))
    wanted = flags & ~(FS_IMMUTABLE_FL | FS_APPEND_FL)
    if wanted != flags:
        fcntl.ioctl(fd, FS_IOC_SETFLAGS, struct.pack("ii", wanted, 0))


def remove_entry(name: str, directory: int, *, is_directory: bool) -> None:
    """Remove a file or an empty directory, even if an attribute forbids it."""
    remove = os.rmdir if is_directory else os.unlink
    try:
        remove(name, dir_fd=directory)
    except PermissionError:
        with suppress(OSError):
            make_changeable(directory)
        # Only regular files and directories have attributes; to open others may do something.
        with suppress(OSError):
            mode = os.stat(name, dir_fd=directory, follow_symlinks=False).st_mode
            if stat.S_ISREG(mode) or stat.S_ISDIR(mode):
                flags = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC
                fd = os.open(name, flags, dir_fd=directory)
                try:
                    make_changeable(fd)
                finally:
                    os.close(fd)
        remove(name, dir_fd=directory)


def remove_entries(directory: int, *, files: bool) -> tuple[list[str], OSError | None]:
    """Remove the entries of a directory but for directories that are not empty.

    Returns:
        the names of these, and the first of what went wrong, if anything did.
    """
    problem: OSError | None = None
    full = []
    # The rmdir(2) of a cgroup says EBUSY; elsewhere this is what a mount point says.
    not_empty = {errno.ENOTEMPTY, errno.EEXIST} if files else {errno.EBUSY}
    with os.scandir(directory) as entries:
        found = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
    for name, is_directory in found:
        if not is_directory and not files:
            continue
        try:
            with suppress(FileNotFoundError):
                remove_entry(name, directory, is_directory=is_directory)
        except OSError as error:
            if is_directory and error.errno in not_empty:
                full.append(name)
            else:
                problem = problem or error
    return full, problem


def empty_directory(path: str, dir_fd: int, *, files: bool) -> None:
    """Remove all below a directory, at any depth; symbolic links are removed, not followed.

    Only one directory is open at a time, and the way up is "..": neither the depth of the
    interpreter's stack nor the number of open files limits that of the tree. What cannot be
    removed does not keep the rest.

    Args:
        path: the directory, relative to *dir_fd*; not a symbolic link.
        dir_fd: where *path* starts.
        files: whether to remove files too; those of a cgroup go with it.

    Raises:
        OSError: the first of what went wrong.
    """
    fd = open_real_directory(path, dir_fd)
    try:
        full, problem = remove_entries(fd, files=files)
        # The subdirectories left to do, of each directory from the top to the open one; where
        # another list follows, the last name leads to it.
        way = [full]
        while True:
            if way[-1]:
                try:
                    below = open_real_directory(way[-1][-1], fd)
                except OSError as error:
                    way[-1].pop()
                    if not isinstance(error, FileNotFoundError):
                        problem = problem or error
                    continue
                os.close(fd)
                fd = below
                full, error_below = remove_entries(fd, files=files)
                way.append(full)
                problem = problem or error_below
                continue
            way.pop()
            if not way:
                break
            above = open_directory("..", fd)
            os.close(fd)
            fd = above
            try:
                with suppress(FileNotFoundError):
                    remove_entry(way[-1].pop(), fd, is_directory=True)
            except OSError as error:
                problem = problem or error
    finally:
        os.close(fd)
    if problem is not None:
        raise problem


def open_temporary() -> list[int]:
    """Open the host's directories for temporary files.

    To be called before the mount namespace is left: nothing that a service mounts in the
    manager's namespace, on these directories or below them, is seen by way of the descriptors.
    A directory that something is mounted on cannot be removed from within that namespace,
    though.
    """
    opened = []
    for path in TEMPORARY:
        with suppress(FileNotFoundError):
            opened.append(open_directory(path))
    return opened


def remove_private_tmp(ident: str, temporary: list[int]) -> None:
    """Remove what PrivateTmp= made for this boot ID (systemd.exec(5): in /tmp and /var/tmp)."""
    problem: OSError | None = None
    for parent in temporary:
        for name in os.listdir(parent):
            if name.startswith(f"systemd-private-{ident}-"):
                try:
                    with suppress(FileNotFoundError):
                        empty_directory(name, parent, files=True)
                        remove_entry(name, parent, is_directory=True)
                except OSError as error:
                    problem = problem or error
    if problem is not None:
        raise problem


def build_run() -> None:
    """Cover /run with a private one that shows everything of the host but its manager's files."""
    host = open_directory("/run")
    mount("tmpfs", "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755,size=20%")
    mirror(host, "/run", [name for name in os.listdir(host) if name not in PRIVATE_OF_RUN])
    os.mkdir("/run/systemd")
    with suppress(FileNotFoundError, NotADirectoryError):
        systemd = open_directory("systemd", host)
        names = [name for name in os.listdir(systemd) if name in KEPT_OF_RUN_SYSTEMD]
        mirror(systemd, "/run/systemd", names)
        with suppress(FileNotFoundError):
            userdb = open_directory("userdb", systemd)
            os.mkdir("/run/systemd/userdb")
            kept = [name for name in os.listdir(userdb) if name not in USERDB_OF_THE_HOST_MANAGER]
            mirror(userdb, "/run/systemd/userdb", kept)
            os.close(userdb)
        os.close(systemd)
    os.close(host)


def write_private_files(ident: str, daemon: str) -> None:
    """Write the units, the bus configuration and the boot ID."""
    os.mkdir(PRIVATE, 0o700)
    os.mkdir(UNITS)
    os.mkdir(EMPTY)
    os.mkdir("/run/systemd/system.conf.d")
    for name in TARGETS:
        write_text(f"{UNITS}/{name}.target", "[Unit]\nDefaultDependencies=no\n")
    write_text(f"{UNITS}/basic.target", BASIC_TARGET)
    write_text(f"{UNITS}/boot.target", BOOT_TARGET)
    write_text(f"{UNITS}/dbus.socket", DBUS_SOCKET)
    escaped = daemon.replace("%", "%%").replace("\\", "\\\\").replace('"', '\\"')
    unit = DBUS_SERVICE.format(daemon=escaped, private=PRIVATE, log=BUS_LOG)
    write_text(f"{UNITS}/dbus.service", unit)
    limits = "\n".join(
        f'<limit name="{name}">{value}</limit>' for name, value in BUS_LIMITS.items()
    )
    write_text(f"{PRIVATE}/bus.conf", BUS_CONF.format(private=PRIVATE, limits=limits))
    write_text("/run/systemd/system.conf.d/zzzz-embedded.conf", SYSTEM_CONF)
    parts = (ident[:8], ident[8:12], ident[12:16], ident[16:20], ident[20:])
    write_text(f"{PRIVATE}/boot_id", "-".join(parts) + "\n")


def cover_etc() -> None:
    """Keep the booting PID 1 from writing /etc/machine-id, which it does where it has no ID."""
    content = ""
    with suppress(OSError):
        content = read_text("/etc/machine-id").strip()
    if len(content) == 32:
        cover_read_only("/etc")
        return
    host = open_directory("/etc")
    names = [name for name in os.listdir(host) if name != "machine-id"]
    mount("tmpfs", "/etc", "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755,size=20%")
    mirror(host, "/etc", names)
    write_text("/etc/machine-id", os.urandom(16).hex() + "\n")
    os.close(host)
    mount(None, "/etc", None, MS_REMOUNT | MS_BIND | MS_RDONLY)


def cover_for_boot() -> list[str]:
    """Hide from the booting PID 1 what it would change on the host; return what to detach then.

    It would make links such as /dev/core, write /etc/machine-id, load kernel modules that it
    finds useful, and raise fs.file-max and net.unix.max_dgram_qlen (in /proc/sys, which the init
    covers itself, for its /proc is not there yet).
    """
    cover_read_only("/dev")
    cover_etc()
    covered = ["/proc/sys", "/dev", "/etc"]
    modules = os.path.realpath("/lib/modules")
    if os.path.isdir(modules):
        bind(EMPTY, modules)
        covered.append(modules)
    return covered


def open_console() -> int | None:
    """Put a terminal of our own at /dev/console, where a PID 1 writes its log; return its end.

    PID 1 also asks the kernel, through /dev/tty0, for the signal of the keyboard's special keys,
    which belongs to the machine's init.
    """
    if os.path.exists("/dev/tty0"):
        bind("/dev/null", "/dev/tty0")
    if not os.path.exists("/dev/console"):
        return None
    try:
        ours, theirs = os.openpty()
        source = os.ttyname(theirs)
    except OSError:
        bind("/dev/null", "/dev/console")
        return None
    bind(source, "/dev/console")
    # "theirs" stays open: a terminal that nobody else has open would be hung up all the time,
    # which poll(2) cannot be told to leave out.
    os.set_blocking(ours, False)
    return ours


# --- the network ---------------------------------------------------------------------------------


class Loopback:
    """The state of the loopback interface before a PID 1 gives it addresses and brings it up."""

    def __init__(self) -> None:
        """Look at it."""
        self.flags = struct.unpack("16sH22x", self.control(SIOCGIFFLAGS, bytes(24)))[1]
        self.has_ipv4 = self.look_for_ipv4()
        self.has_ipv6 = self.look_for_ipv6()

    @staticmethod
    def control(request: int, argument: bytes) -> bytes:
        """netdevice(7): do *request*; *argument* is what follows the name in its struct ifreq."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
            return fcntl.ioctl(any_socket, request, struct.pack("16s24s", b"lo", argument))

    def look_for_ipv4(self) -> bool:
        """Say whether it has any IPv4 address."""
        try:
            self.control(SIOCGIFADDR, bytes(24))
        except OSError:
            return False
        return True

    @staticmethod
    def look_for_ipv6() -> bool:
        """Say whether it has the address ::1."""
        with suppress(FileNotFoundError):
            lines = read_text("/proc/net/if_inet6").splitlines()
            return any(f"{1:032x}" == line[:32] and line.split()[-1] == "lo" for line in lines)
        return False

    def restore(self) -> None:
        """Take back what a PID 1 has changed; an address beside another IPv4 address stays."""
        # It may not be there; and whoever shares the network may take it back at the same time.
        with suppress(OSError):
            if not self.has_ipv4:
                self.control(SIOCSIFADDR, struct.pack("H22x", socket.AF_INET))
        with suppress(OSError):
            if not self.has_ipv6:
                address = struct.pack("15xBIi", 1, 128, socket.if_nametoindex("lo"))
                with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as any_socket:
                    fcntl.ioctl(any_socket, SIOCDIFADDR, address)
        if not self.flags & IFF_UP:
            self.control(SIOCSIFFLAGS, struct.pack("H22x", self.flags))


# --- the processes --------------------------------------------------------------------------------


def forget_the_caller() -> None:
    """Give up the limits and priorities of the caller, which services would inherit.

    What takes privileges that we lack is left as it is; the number of open files is then limited
    to what can be had.
    """
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, 0)
    with suppress(OSError):
        write_text("/proc/self/oom_score_adj", "0")
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, NOFILE)
    except (OSError, ValueError):
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (min(NOFILE[0], hard), hard))


def exec_init(systemd: str) -> None:
    """Finish the world of the init, whose PID and cgroup namespaces are new, and become it."""
    os.setsid()
    flags = MS_NOSUID | MS_NODEV | MS_NOEXEC
    mount("proc", "/proc", "proc", flags)
    bind(f"{PRIVATE}/boot_id", "/proc/sys/kernel/random/boot_id")
    cover_read_only("/proc/sys")
    with suppress(OSError):
        detach(CGROUP_ROOT)
    mount("cgroup2", CGROUP_ROOT, "cgroup2", flags)
    forget_the_caller()
    null = os.open("/dev/null", os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)
    environment = {
        "container": "runwrap",
        "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={PRIVATE}/bus",
        "LANG": "C.UTF-8",
        "NOTIFY_SOCKET": f"{PRIVATE}/notify",
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "SYSTEMD_ENVIRONMENT_GENERATOR_PATH": EMPTY,
        "SYSTEMD_FIRST_BOOT": "0",
        "SYSTEMD_GENERATOR_PATH": EMPTY,
        # LogColor= counts only once the configuration has been read.
        "SYSTEMD_LOG_COLOR": "0",
        # The second and third hold what is set at run time, needed again after a reload.
        "SYSTEMD_UNIT_PATH": f"/run/systemd/system.control:/run/systemd/transient:{UNITS}",
    }
    arguments = (systemd, "--system", "--unit=boot.target", "--show-status=no")
    os.execve(systemd, (*arguments, "--log-target=console", "--log-level=notice"), environment)


def start_init(cgroup: int, systemd: str) -> int:
    """Start the init in the cgroup *cgroup* and return its PID as seen from here.

    A process between us and the init joins the cgroup and unshares, since a new cgroup namespace
    is rooted where its maker stands and a new PID namespace is for its maker's children. It ends
    at once, for the init must be alone in its cgroup (a cgroup with processes of its own cannot
    pass controllers on), and the init becomes our child.
    """
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    report_in, report_out = os.pipe()
    go_in, go_out = os.pipe()
    middle = os.fork()
    if middle == 0:
        os.close(go_out)
        os.close(report_in)
        status = 1
        try:
            write_text("cgroup.procs", "0", cgroup)
            unshare(CLONE_NEWCGROUP | CLONE_NEWPID, "cgroup and PID")
            child = os.fork()
            if child == 0:
                # Once told to go on, the parent is the one whose death must end us. It may die
                # before prctl() took effect: then there is no second answer.
                if os.read(go_in, 1):
                    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
                    os.write(report_out, b"+")
                    if os.read(go_in, 1):
                        exec_init(systemd)
            else:
                os.write(report_out, f"{child}\n".encode())
                status = 0
        except OSError as error:
            os.write(report_out, f"!{describe(error)}".encode())
        finally:
            os._exit(status)
    os.close(report_out)
    os.close(go_in)
    try:
        _, status = os.waitpid(middle, 0)
        # The child, if there is one, then waits for a word that does not come, and holds the pipe.
        if os.WIFSIGNALED(status):
            raise SetupError(KILLED)
        report = os.read(report_in, 4096).decode()
        if not report.startswith("!"):
            os.write(go_out, b"1")
            failure = os.read(report_in, 4096).decode()
            if failure == "+":
                os.write(go_out, b"2")
                # The end of file comes with the exec, which closes the pipe.
                failure = os.read(report_in, 4096).decode()
            if not failure:
                return int(report)
            os.waitpid(int(report), 0)
            report = failure
        raise SetupError(report[1:])
    except BrokenPipeError:
        raise SetupError(KILLED) from None
    finally:
        os.close(report_in)
        os.close(go_out)


class Manager:
    """One private manager, from its start to its removal."""

    def __init__(self, ident: str, parent: int, timeout: float) -> None:
        """Remember what to call it, whom it serves, and how long it may take to boot (seconds)."""
        self.ident = ident
        self.timeout = timeout
        self.deadline = time.monotonic() + timeout
        self.name = f"runwrap-{ident}"
        self.hostname = os.fsencode(socket.gethostname())
        self.log: deque[str] = deque(maxlen=LOG_LINES)
        self.partial = b""
        self.poll = select.poll()
        self.poll.register(CONTROL, select.POLLIN)
        # Children of runwrap may hold copies of its end of the socket; its own end is what counts.
        self.parent = os.pidfd_open(parent)
        self.poll.register(self.parent, select.POLLIN)
        self.own: int | None = None
        self.console: int | None = None
        self.bus_log: int | None = None
        self.temporary = open_temporary()
        self.home = os.open("/proc/self/ns/mnt", os.O_RDONLY | os.O_CLOEXEC)
        self.notify: socket.socket | None = None
        self.init: int | None = None
        self.init_fd: int | None = None
        self.covered: list[str] = []
        self.loopback = Loopback()

    def start(self, systemd: str, daemon: str) -> None:
        """Build the namespaces and start the init."""
        leave_the_mounts_of_the_host()
        unshare(CLONE_NEWUTS | CLONE_NEWIPC, "UTS and IPC")
        self.own, path = open_own_cgroup()
        os.mkdir(self.name, dir_fd=self.own)
        cgroup = open_directory(self.name, self.own)
        for controller, reason in absent_controllers(self.own, path, cgroup).items():
            tell(f"absent {controller} {reason}")
        build_run()
        write_private_files(self.ident, daemon)
        # Kept open, since services may put something else at its path.
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        self.bus_log = os.open(BUS_LOG, flags, 0o600)
        self.console = open_console()
        if self.console is not None:
            self.poll.register(self.console, select.POLLIN)
        self.covered = cover_for_boot()
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind(f"{PRIVATE}/notify")
        self.notify.setblocking(False)
        self.poll.register(self.notify, select.POLLIN)
        # Credentials are mounted there by a helper in a mount namespace of its own, for all to see.
        mount(None, "/run", None, MS_SHARED)
        self.init = start_init(cgroup, systemd)
        self.init_fd = os.pidfd_open(self.init)
        self.poll.register(self.init_fd, select.POLLIN)
        os.close(cgroup)

    def wait(self) -> None:
        """Follow the init until it or runwrap is gone; SetupError if it does not come up."""
        ready = False
        while True:
            left = None if ready else max(0, int((self.deadline - time.monotonic()) * 1000))
            events = dict(self.poll.poll(left))
            if self.parent in events:
                return
            if CONTROL in events:
                if not os.read(CONTROL, 4096):
                    return
                self.explain()
            if self.console in events:
                self.read_console()
            if self.init_fd in events:
                raise SetupError(f"the private manager has ended: {self.reap()}")
            if self.notify is not None and self.notify.fileno() in events:
                message = self.notify.recv(65536)
                if not ready and b"READY=1" in message.split(b"\n"):
                    self.open_up()
                    ready = True
                    tell(f"ready {self.init}")
            if not ready and time.monotonic() > self.deadline:
                raise SetupError(f"the private manager was not up after {self.timeout:g} s")

    def open_up(self) -> None:
        """Undo what had to be different for the boot only."""
        for path in self.covered:
            detach(path)
        self.loopback.restore()
        # PID 1 has set the name that /etc/hostname says; the host may go by another.
        check(libc.sethostname(self.hostname, len(self.hostname)), "sethostname")

    def read_console(self) -> bool:
        """Keep the last lines of what came out of the private console; say if there was anything.

        One read at a time: services may write there too, and faster than it can be read.
        """
        assert self.console is not None
        try:
            data = os.read(self.console, READ_BYTES)
        except OSError:
            return False
        *lines, self.partial = (self.partial + data).split(b"\n")
        self.partial = self.partial[:LOG_LINE_BYTES]
        for line in lines[-LOG_LINES:]:
            self.log.append(line[:LOG_LINE_BYTES].decode("utf-8", "replace").strip())
        return bool(data)

    def reap(self) -> str:
        """Wait for the init, which is ending, and say how it ended."""
        assert self.init is not None
        status = os.waitstatus_to_exitcode(os.waitpid(self.init, 0)[1])
        self.init = None
        return f"exit status {status}" if status >= 0 else f"signal {-status}"

    def explain(self) -> None:
        """Tell runwrap the last lines of the manager's and the bus daemon's logs."""
        if self.console is not None:
            # The kernel hands out what a terminal holds piece by piece.
            for _ in range(LOG_LINES):
                if not self.read_console():
                    break
        daemon = b""
        if self.bus_log is not None:
            start = max(0, os.fstat(self.bus_log).st_size - READ_BYTES)
            daemon = os.pread(self.bus_log, READ_BYTES, start)
        lines = [line[:LOG_LINE_BYTES] for line in daemon.decode("utf-8", "replace").splitlines()]
        for line in (*self.log, *lines[-LOG_LINES:]):
            if line and not any(text in line for text in HARMLESS):
                tell(f"log {line}")

    def remove(self) -> None:
        """End the init, which ends all in its PID namespace, and remove what the kernel keeps."""
        if self.init is not None:
            os.kill(self.init, signal.SIGKILL)
            self.reap()
        # A start that failed half-way may have left an init that has not become one.
        with suppress(ChildProcessError):
            while True:
                os.wait()
        # What services have mounted must neither be gone into nor be in the way.
        with suppress(OSError):
            check(libc.setns(self.home, CLONE_NEWNS), "setns")
        try:
            if self.own is not None:
                remove_cgroup(self.own, self.name)
        finally:
            remove_private_tmp(self.ident, self.temporary)


def run(ident: str, parent: str, timeout: str, systemd: str, daemon: str) -> None:
    """Run one manager until nobody needs it."""
    manager = Manager(ident, int(parent), float(timeout))
    try:
        manager.start(systemd, daemon)
        manager.wait()
    except (SetupError, OSError) as error:
        manager.explain()
        tell(f"error {describe(error)}")
    finally:
        manager.remove()


def sweep(ident: str) -> None:
    """Remove what the supervisor of *ident*, which was killed, has left behind."""
    temporary = open_temporary()
    leave_the_mounts_of_the_host()
    own, _ = open_own_cgroup()
    try:
        remove_cgroup(own, f"runwrap-{ident}")
    finally:
        remove_private_tmp(ident, temporary)


def main(arguments: list[str]) -> None:
    """Do what the command line says, and leave without the interpreter's long way out."""
    os.chdir("/")
    os.umask(0o022)
    # Whoever ignores SIGCHLD hands that on, and the kernel then reaps our children for us.
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    status = 1
    try:
        action, *rest = arguments
        run(*rest) if action == "run" else sweep(*rest)
        tell("gone")
        status = 0
    except (SetupError, OSError) as error:
        tell(f"error {describe(error)}")
    except BaseException as error:
        sys.excepthook(type(error), error, error.__traceback__)
    finally:
        os._exit(status)


if __name__ == "__main__":
    main(sys.argv[1:])
