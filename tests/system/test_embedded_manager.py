"""The private manager: that it works, what it shows of the host, and that nothing of it remains."""

from __future__ import annotations

import asyncio
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from runwrap import EmbeddedError, EmbeddedManager, Manager
from tests.support.descriptors import descriptors

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

CHECKOUT = Path(__file__).resolve().parents[2]
PRIVATE_OF_RUN = {"credentials", "private", "systemd"}
INNER_BUS = "unix:path=/run/systemd/embedded/bus"

# Prints what it was asked to measure as JSON, then holds the manager until its input ends.
HOLDER = """
import asyncio, json, os, sys
from runwrap.embedded import EmbeddedManager
from runwrap.errors import EmbeddedError

async def hold():
    out = os.fdopen(int(sys.argv[1]), "w")
    if len(sys.argv) > 3:
        os.setresuid(*[int(sys.argv[3])] * 3)
    try:
        async with EmbeddedManager() as manager:
            told = {"pid": manager.pid, "absent": dict(manager.absent_controllers)}
            print(json.dumps(told), file=out, flush=True)
            await asyncio.get_running_loop().run_in_executor(None, os.read, int(sys.argv[2]), 1)
    except EmbeddedError as error:
        print(json.dumps({"error": str(error), "hints": error.hints}), file=out, flush=True)

asyncio.run(hold())
"""


# --- what is observed -------------------------------------------------------------------------


@dataclass(frozen=True)
class Traces:
    """What a running manager can be recognised by after its end."""

    ident: str
    cgroup: Path
    supervisor: int
    namespaces: frozenset[str]
    sockets: frozenset[str]


def proc_links(pid: int | str, directory: str) -> list[str]:
    """Return the targets of the links in a directory of a process; [] if it is gone."""
    found = []
    try:
        for entry in Path(f"/proc/{pid}/{directory}").iterdir():
            found.append(str(entry.readlink()))
    except OSError:
        return found
    return found


def namespaces(pid: int | str) -> set[str]:
    kinds = ("mnt:", "pid:", "cgroup:", "ipc:", "uts:")
    return {link for link in proc_links(pid, "ns") if link.startswith(kinds)}


def processes_in(wanted: frozenset[str]) -> list[int]:
    """Return the processes that are in any of the namespaces; a zombie has none, see children()."""
    pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal()]
    return [pid for pid in pids if namespaces(pid) & wanted]


def children(pid: int) -> list[int]:
    """Return the children of a process, zombies included."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                stat = (entry / "stat").read_text()
            except OSError:
                continue
            if int(stat.rpartition(")")[2].split()[1]) == pid:
                found.append(int(entry.name))
    return found


def runs(pid: int) -> bool:
    """Say whether a process is there; an orphan that waits to be reaped by init does not count."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def traces(pid: int) -> Traces:
    """Look at a running manager from outside."""
    ident = Path(f"/proc/{pid}/root/proc/sys/kernel/random/boot_id").read_text()
    own = namespaces(pid) - namespaces("self")
    inodes = {
        link.partition("[")[2].rstrip("]")
        for process in processes_in(frozenset(own))
        for link in proc_links(process, "fd")
        if link.startswith("socket:")
    }
    lines = Path(f"/proc/{pid}/cgroup").read_text().splitlines()
    path = next(line[3:] for line in lines if line.startswith("0::"))
    assert path.endswith("/init.scope")
    bound = {line.split()[6] for line in Path("/proc/net/unix").read_text().splitlines()[1:]}
    assert inodes & bound, "the manager has no socket, so their absence would say nothing"
    return Traces(
        ident=ident.strip().replace("-", ""),
        cgroup=cgroup_root() / path.removesuffix("/init.scope").lstrip("/"),
        supervisor=parent(pid),
        namespaces=frozenset(own),
        sockets=frozenset(inodes & bound),
    )


def cgroup_root() -> Path:
    """Return where the cgroup v2 hierarchy is mounted on this machine."""
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        fields = line.split()
        if fields[fields.index("-") + 1] == "cgroup2":
            return Path(fields[4])
    raise AssertionError("this machine has no cgroup2 mount to look at")


def own_cgroup() -> Path:
    """Return the directory of the cgroup that this process is in."""
    lines = Path("/proc/self/cgroup").read_text().splitlines()
    return cgroup_root() / next(line[4:] for line in lines if line.startswith("0::"))


def private_tmp(ident: str) -> list[str]:
    return [
        str(path)
        for top in (Path("/tmp"), Path("/var/tmp"))
        for path in top.glob(f"systemd-private-{ident}-*")
    ]


def machine_id() -> tuple[str, int] | None:
    path = Path("/etc/machine-id")
    return (path.read_text(), path.stat().st_mtime_ns) if path.exists() else None


def entries_of_run() -> list[Path]:
    return sorted((*Path("/run").iterdir(), *Path("/run/systemd").glob("*")))


@dataclass
class Host:
    """What of the host must be the same before and after."""

    mounts: str = field(default_factory=Path("/proc/self/mountinfo").read_text)
    run: list[Path] = field(default_factory=entries_of_run)
    machine: tuple[str, int] | None = field(default_factory=machine_id)
    hostname: str = field(default_factory=socket.gethostname)
    core: bool = field(default_factory=lambda: os.path.lexists("/dev/core"))
    descriptors: dict[str, str] = field(default_factory=descriptors)
    sysctls: dict[str, str] = field(
        default_factory=lambda: {
            name: Path("/proc/sys", name).read_text()
            for name in (
                *("fs/file-max", "fs/nr_open", "net/unix/max_dgram_qlen", "kernel/hostname"),
                *("kernel/domainname", "kernel/pid_max", "kernel/random/boot_id"),
                *("kernel/printk", "kernel/core_pattern"),
            )
        }
    )


def check_nothing_left(seen: Traces) -> None:
    assert processes_in(seen.namespaces) == []
    assert not runs(seen.supervisor)
    assert not seen.cgroup.exists()
    assert private_tmp(seen.ident) == []
    alive = {line.split()[6] for line in Path("/proc/net/unix").read_text().splitlines()[1:]}
    assert not seen.sockets & alive
    assert seen.ident not in Path("/proc/self/mountinfo").read_text()


@pytest.fixture
def host() -> Iterator[Host]:
    """Compare the host before and after the test."""
    before = Host()
    mine = children(os.getpid())
    yield before
    assert Host() == before
    assert children(os.getpid()) == mine


# --- what is done -----------------------------------------------------------------------------


def enter(pid: int, *argv: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run a command in the manager's namespaces, with its bus as the system bus."""
    return subprocess.run(
        ["nsenter", f"--target={pid}", "--mount", "--pid", "--cgroup", "--ipc", "--uts", *argv],
        env={**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": INNER_BUS},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        **options,
    )


def service(pid: int, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a service to its end with systemd-run, its output captured."""
    return enter(pid, "systemd-run", "--quiet", "--wait", "--pipe", *arguments)


def start_service(pid: int, *arguments: str) -> None:
    """Start a service that has a private /tmp and a child."""
    done = enter(
        pid,
        *("systemd-run", "--quiet", "--property=Type=exec", "--property=PrivateTmp=yes"),
        *("--property=DynamicUser=yes", *arguments),
        *("sh", "-c", "touch /tmp/file /var/tmp/file; sleep 1000 & exec sleep 1000"),
    )
    assert done.returncode == 0, done.stderr


async def version(address: str) -> str:
    """Ask the manager for its version over D-Bus."""
    async with Manager(address) as manager:
        return manager.version


def wait_for_end(pidfd: int, seconds: float = 10) -> None:
    """Wait until the process behind the descriptor has ended, and close it."""
    try:
        poll = select.poll()
        poll.register(pidfd, select.POLLIN)
        assert poll.poll(seconds * 1000), "the process is still there"
    finally:
        os.close(pidfd)


@dataclass
class Held:
    """A process that holds a manager, and what it told."""

    process: subprocess.Popen[str]
    told: dict[str, Any]

    @property
    def pid(self) -> int:
        """The manager's process, or a failed assertion with the reason."""
        assert "pid" in self.told, self.told
        pid = self.told["pid"]
        assert isinstance(pid, int)
        return pid


@contextmanager
def held(
    *prefix: str,
    suffix: tuple[str, ...] = (),
    env: Mapping[str, str] | None = None,
    cwd: Path = Path("/"),
    **options: Any,
) -> Iterator[Held]:
    """Hold a manager in another process, started through *prefix*, until the block is left.

    The *suffix* may name a user ID that the process takes on before it enters the context.
    """
    told_in, told_out = os.pipe()
    stay_in, stay_out = os.pipe()
    # The holder must not keep its own end open, so only these two are handed on.
    with subprocess.Popen(
        [*prefix, sys.executable, "-c", HOLDER, str(told_out), str(stay_in), *suffix],
        env={**os.environ, "PYTHONPATH": str(CHECKOUT), **(env or {})},
        cwd=cwd,
        pass_fds=(told_out, stay_in),
        text=True,
        **options,
    ) as process:
        os.close(told_out)
        os.close(stay_in)
        try:
            with os.fdopen(told_in) as told:
                line = told.readline()
                assert line, "the holder told nothing"
                yield Held(process, json.loads(line))
        finally:
            os.close(stay_out)


# --- it works ---------------------------------------------------------------------------------


async def test_it_answers_and_is_shared(host: Host) -> None:
    async with EmbeddedManager() as manager:
        seen = traces(manager.pid)
        answers = await asyncio.gather(*(version(manager.bus_address) for _ in range(20)))
        assert len(set(answers)) == 1
        assert answers[0].split(".")[0].split("-")[0].isdecimal()
        assert manager.failure is None
        state = enter(manager.pid, "systemctl", "is-system-running")
        assert state.stdout.strip() == "running"
        with pytest.raises(EmbeddedError, match="already in use"):
            await manager.__aenter__()
    assert manager.failure is None
    check_nothing_left(seen)


async def test_it_can_be_entered_again() -> None:
    manager = EmbeddedManager()
    for _ in range(2):
        async with manager:
            assert await version(manager.bus_address)


async def test_two_at_the_same_time() -> None:
    async with EmbeddedManager() as one, EmbeddedManager() as other:
        assert one.pid != other.pid
        seen = traces(one.pid)
        assert seen.ident != traces(other.pid).ident
        start_service(one.pid, "--unit=same")
        start_service(other.pid, "--unit=same")
    check_nothing_left(seen)


async def test_the_sandbox_works() -> None:
    async with EmbeddedManager() as manager:
        done = service(
            manager.pid,
            *(f"--property={name}=yes" for name in ("DynamicUser", "PrivateTmp")),
            *(f"--property={name}=yes" for name in ("PrivateNetwork", "PrivateDevices")),
            "--property=ProtectSystem=strict",
            "--property=RestrictAddressFamilies=AF_UNIX",
            *("sh", "-c", "id -u; ls /sys/class/net /tmp; touch /etc/x"),
        )
        uid, *rest = done.stdout.split()
        assert 61184 <= int(uid) <= 65519
        assert {"/sys/class/net:", "/tmp:"} <= set(rest)
        assert "Read-only file system" in done.stderr
        denied = service(
            manager.pid,
            *("--property=IPAccounting=yes", "--property=IPAddressDeny=any", sys.executable, "-c"),
            "import socket; socket.socket(socket.AF_INET, 2).sendto(b'x', ('127.0.0.1', 9))",
        )
        assert "Operation not permitted" in denied.stderr
        families = service(
            manager.pid,
            *("--property=RestrictAddressFamilies=AF_UNIX", sys.executable, "-c"),
            "import socket; socket.socket(socket.AF_INET, 2)",
        )
        assert "Address family not supported" in families.stderr
        user = service(manager.pid, "--property=User=nobody", "id", "-un")
        assert user.stdout == "nobody\n"


async def test_a_service_is_stopped_within_a_second() -> None:
    async with EmbeddedManager() as manager:
        start_service(manager.pid, "--unit=stopped")
        start = time.monotonic()
        assert enter(manager.pid, "systemctl", "stop", "stopped").returncode == 0
        assert time.monotonic() - start < 1


async def test_units_survive_a_reload_and_a_reexec() -> None:
    async with EmbeddedManager() as manager:
        start_service(manager.pid, "--unit=staying")
        before = Host().sysctls
        for verb in ("daemon-reload", "daemon-reexec"):
            assert enter(manager.pid, "systemctl", verb).returncode == 0
            active = enter(manager.pid, "systemctl", "is-active", "staying")
            assert active.stdout == "active\n"
        assert Host().sysctls == before
        assert not enter(manager.pid, "test", "-c", "/dev/null").returncode
        assert await version(manager.bus_address)


async def test_the_environment_of_the_manager_does_not_reach_services() -> None:
    async with EmbeddedManager() as manager:
        names = {line.partition("=")[0] for line in service(manager.pid, "env").stdout.splitlines()}
    assert "PATH" in names
    hidden = ("DBUS_", "NOTIFY_", "SYSTEMD_LOG", "SYSTEMD_UNIT")
    assert not {name for name in names if name.startswith(hidden)}
    assert "container" not in names


async def test_absent_controllers_are_explained() -> None:
    async with EmbeddedManager() as manager:
        root = traces(manager.pid).cgroup
        present = set((root / "cgroup.controllers").read_text().split())
        absent = manager.absent_controllers
        assert set(absent) == {"cpu", "memory", "io", "pids"} - present
        assert all(reason and "\n" not in reason for reason in absent.values())


async def test_a_manager_inside_a_manager() -> None:
    script = (
        "import asyncio\n"
        "from runwrap.embedded import EmbeddedManager\n"
        "async def main():\n"
        "    async with EmbeddedManager() as manager:\n"
        "        print('inner', manager.pid)\n"
        "asyncio.run(main())\n"
    )
    async with EmbeddedManager() as manager:
        done = service(manager.pid, f"--setenv=PYTHONPATH={CHECKOUT}", sys.executable, "-c", script)
        assert done.stdout.startswith("inner "), done.stderr
        seen = traces(manager.pid)
    check_nothing_left(seen)


# --- what a command sees ------------------------------------------------------------------------


async def test_files_names_and_network_are_the_hosts(tmp_path: Path) -> None:
    (tmp_path / "host").write_text("from the host")
    async with EmbeddedManager() as manager:
        done = service(
            manager.pid,
            *("sh", "-c", 'cat "$0/host"; echo from the service >"$0/service"', str(tmp_path)),
        )
        assert done.stdout == "from the host"
        assert (tmp_path / "service").read_text() == "from the service\n"
        assert service(manager.pid, "cat", "/etc/resolv.conf").stdout == (
            Path("/etc/resolv.conf").read_text()
        )
        assert service(manager.pid, "uname", "-n").stdout.strip() == socket.gethostname()
        network = service(manager.pid, "readlink", "/proc/self/ns/net").stdout.strip()
        assert network == str(Path("/proc/self/ns/net").readlink())
        names = set(service(manager.pid, "ls", "-A", "/run").stdout.split())
        assert {path.name for path in Path("/run").iterdir()} - PRIVATE_OF_RUN <= names
        for path in Path("/run").iterdir():
            inside = Path(f"/proc/{manager.pid}/root{path}")
            if path.name not in PRIVATE_OF_RUN and not path.is_symlink():
                assert os.path.samestat(inside.stat(), path.stat())


async def test_what_was_read_only_for_the_boot_is_writable_again(host: Host) -> None:
    async with EmbeddedManager() as manager:
        # The domain name is the UTS namespace's own, so writing it leaves the host alone.
        script = "echo example >/proc/sys/kernel/domainname && cat /proc/sys/kernel/domainname"
        assert service(manager.pid, "sh", "-c", script).stdout == "example\n"
        mounts = service(manager.pid, "cat", "/proc/self/mountinfo").stdout.splitlines()
        read_only = {line.split()[4] for line in mounts if line.split()[5].startswith("ro")}
        assert not read_only & {"/etc", "/dev", "/proc/sys"}
        inside = Path(f"/proc/{manager.pid}/root/lib/modules").resolve()
        assert not [line for line in mounts if line.split()[4] == str(inside)]
    assert host.sysctls == Host().sysctls


ODD_HOST = r"""
set -e
mount -t tmpfs tmpfs "$1"
mkdir "$1/etc" "$1/run"
cp -a /etc/. "$1/etc"
rm -f "$1/etc/machine-id" "$1/etc/resolv.conf"
ln -s ../run/systemd/resolve/stub-resolv.conf "$1/etc/resolv.conf"
mkdir -p "$1/run/systemd/resolve" "$1/run/systemd/system" "$1/run/systemd/userdb" "$1/run/dir"
echo nameserver 192.0.2.1 >"$1/run/systemd/resolve/stub-resolv.conf"
echo content >"$1/run/file"
ln -s file "$1/run/link"
mkfifo "$1/run/fifo"
mount --bind "$1/etc" /etc
mount --rbind "$1/run" /run
if [ "$2" = empty ]; then : >/etc/machine-id; fi
hostname odd-host.example
shift 2
"$@"
"""


@pytest.mark.parametrize("kind", ["missing", "empty"])
def test_an_odd_host(tmp_path: Path, kind: str) -> None:
    prefix = ("unshare", "--mount", "--uts", "sh", "-c", ODD_HOST, "sh", str(tmp_path), kind)
    with held(*prefix) as holder:
        pid = holder.pid
        seen = traces(pid)
        outside = Path(f"/proc/{holder.process.pid}/root")
        assert service(pid, "cat", "/etc/resolv.conf").stdout == "nameserver 192.0.2.1\n"
        assert service(pid, "cat", "/run/link").stdout == "content\n"
        assert service(pid, "test", "-p", "/run/fifo").returncode == 0
        assert service(pid, "uname", "-n").stdout == "odd-host.example\n"
        machine = outside / "etc/machine-id"
        assert (machine.read_text() == "") if kind == "empty" else not machine.exists()
        inside = Path(f"/proc/{pid}/root/etc/machine-id")
        assert inside.exists() is machine.exists()
        entries = {path.name for path in (outside / "run").iterdir()}
        assert entries == {"dir", "fifo", "file", "link", "systemd"}
        systemd = {path.name for path in (outside / "run/systemd").iterdir()}
        assert systemd == {"resolve", "system", "userdb"}
        assert not list((outside / "run/systemd/system").iterdir())
        assert not list((outside / "run/systemd/userdb").iterdir())
    check_nothing_left(seen)


@pytest.mark.parametrize(
    "script",
    [
        'umount --lazy "$0" && exec "$@"',
        'mount -o remount,bind,ro "$0" && exec "$@"',
    ],
    ids=["not-mounted", "read-only"],
)
def test_without_a_writable_cgroup_mount(script: str) -> None:
    with held("unshare", "--mount", "sh", "-c", script, str(cgroup_root())) as holder:
        seen = traces(holder.pid)
        assert seen.cgroup.exists()
        assert service(holder.pid, "true").returncode == 0
    check_nothing_left(seen)


@pytest.mark.parametrize(
    "script",
    [
        'exec "$@"',
        'ip link set lo up; ip addr flush dev lo; exec "$@"',
        'ip link set lo up; exec "$@"',
    ],
    ids=["down", "without-addresses", "up"],
)
def test_the_loopback_interface_stays_as_it_is(tmp_path: Path, script: str) -> None:
    shown = ("ip", "-o", "addr", "show", "lo")
    state = ("ip", "-o", "link", "show", "lo")
    before = tmp_path / "before"
    look = f'{{ {" ".join(shown)}; {" ".join(state)}; }} >"$0"; '
    script = script.replace("exec", f"{look} exec")
    with held("unshare", "--net", "sh", "-c", script, str(before)) as holder:
        after = ""
        for command in (shown, state):
            after += subprocess.run(
                ["nsenter", f"--target={holder.pid}", "--net", *command],
                capture_output=True,
                text=True,
                check=True,
            ).stdout
        # An interface gets a queueing discipline when it is brought up for the first time.
        assert after == before.read_text().replace("qdisc noop ", "qdisc noqueue ")


def test_the_limits_and_priorities_of_the_caller_do_not_reach_services() -> None:
    script = (
        'echo 500 >/proc/self/oom_score_adj; ulimit -Sn 300; ulimit -Hn 4096; exec nice -n 5 "$@"'
    )
    with held("sh", "-c", script, "sh") as holder:
        shown = "nice; cat /proc/self/oom_score_adj; ulimit -Sn; ulimit -Hn"
        done = service(holder.pid, "sh", "-c", shown)
        *rest, hard = done.stdout.split()
        assert rest == ["0", "0", "1024"]
        # The hard limit can only be raised with CAP_SYS_RESOURCE.
        assert hard in {"4096", "524288"}


def test_closed_streams_odd_directories_and_ignored_signals(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    script = 'rmdir "$0"; trap "" INT HUP; exec "$@" <&- >&- 2>&-'
    # A shell does not hand on that SIGCHLD is ignored.
    ignore = (
        "import os, signal, sys\n"
        "signal.signal(signal.SIGCHLD, signal.SIG_IGN)\n"
        "os.execv(sys.argv[1], sys.argv[1:])"
    )
    prefix = ("sh", "-c", script, str(gone), sys.executable, "-c", ignore)
    with held(*prefix, env={"TMPDIR": "/nonexistent"}, cwd=gone) as holder:
        seen = traces(holder.pid)
        assert service(holder.pid, "true").returncode == 0
        status = Path(f"/proc/{holder.pid}/status").read_text()
        ignored = next(line for line in status.splitlines() if line.startswith("SigIgn"))
        assert not int(ignored.split()[1], 16) & 1 << (signal.SIGINT - 1)
        streams = {Path(f"/proc/{holder.pid}/fd/{fd}").stat().st_rdev for fd in (0, 1, 2)}
        assert streams == {Path("/dev/null").stat().st_rdev}
    check_nothing_left(seen)


# --- nothing is left ------------------------------------------------------------------------------


async def test_nothing_is_left_after_a_normal_end(host: Host) -> None:
    async with EmbeddedManager() as manager:
        start_service(manager.pid, "--property=RuntimeDirectory=left")
        seen = traces(manager.pid)
        assert len(private_tmp(seen.ident)) == 2
        assert seen.cgroup.exists()
        assert processes_in(seen.namespaces)
        start = time.monotonic()
    took = time.monotonic() - start
    check_nothing_left(seen)
    assert took < 1


async def test_nothing_is_left_after_an_exception(host: Host) -> None:
    class OddError(Exception):
        pass

    seen: list[Traces] = []

    async def fail() -> None:
        async with EmbeddedManager() as manager:
            start_service(manager.pid)
            seen.append(traces(manager.pid))
            raise OddError

    with pytest.raises(OddError):
        await fail()
    check_nothing_left(seen[0])


def test_nothing_is_left_after_sigkill_of_its_user(host: Host) -> None:
    with held() as holder:
        start_service(holder.pid)
        seen = traces(holder.pid)
        assert len(private_tmp(seen.ident)) == 2
        supervisor = os.pidfd_open(seen.supervisor)
        holder.process.kill()
        wait_for_end(supervisor)
    check_nothing_left(seen)


def test_ctrl_c_does_not_reach_it() -> None:
    with held(start_new_session=True) as holder:
        seen = traces(holder.pid)
        assert os.getsid(seen.supervisor) != os.getsid(holder.process.pid)
        assert os.getsid(holder.pid) != os.getsid(holder.process.pid)
        supervisor = os.pidfd_open(seen.supervisor)
        os.killpg(holder.process.pid, signal.SIGKILL)
        wait_for_end(supervisor)
    check_nothing_left(seen)


async def test_nothing_is_left_after_sigkill_of_the_supervisor(host: Host) -> None:
    async with EmbeddedManager() as manager:
        start_service(manager.pid)
        seen = traces(manager.pid)
        init = os.pidfd_open(manager.pid)
        os.kill(seen.supervisor, signal.SIGKILL)
        await asyncio.to_thread(wait_for_end, init)
        assert private_tmp(seen.ident)
    check_nothing_left(seen)


async def test_nothing_is_left_after_sigkill_of_the_manager(host: Host) -> None:
    async with EmbeddedManager() as manager:
        start_service(manager.pid)
        seen = traces(manager.pid)
        supervisor = os.pidfd_open(seen.supervisor)
        os.kill(manager.pid, signal.SIGKILL)
        await asyncio.to_thread(wait_for_end, supervisor)
        # What the supervisor said last is read by the event loop before this runs on.
        await asyncio.sleep(0)
        assert manager.failure is not None
        assert "signal 9" in str(manager.failure)
    check_nothing_left(seen)


@pytest.mark.parametrize("milliseconds", [0, 1, 5, 10, 15, 20, 25, 30, 35, 40, 50, 60])
async def test_nothing_is_left_after_a_cancelled_start(
    host: Host, monkeypatch: pytest.MonkeyPatch, milliseconds: int
) -> None:
    given = os.urandom(16).hex()
    monkeypatch.setattr("runwrap.embedded._manager._new_ident", lambda: given)
    starting = asyncio.create_task(EmbeddedManager().__aenter__())
    await asyncio.sleep(milliseconds / 1000)
    if not starting.cancel():
        await starting.result().__aexit__(None, None, None)
    else:
        with pytest.raises(asyncio.CancelledError):
            await starting
    assert not (own_cgroup() / f"runwrap-{given}").exists()
    found = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True)
    assert given not in found.stdout


async def test_a_cancellation_during_the_end_waits_for_it(host: Host) -> None:
    manager = EmbeddedManager()
    await manager.__aenter__()
    start_service(manager.pid)
    seen = traces(manager.pid)
    ending = asyncio.create_task(manager.__aexit__(None, None, None))
    await asyncio.sleep(0)
    ending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await ending
    check_nothing_left(seen)


def check_the_end(holder: Held, seen: Traces, seconds: float = 10) -> None:
    """Kill the process that holds the manager, and check what is left then."""
    supervisor = os.pidfd_open(seen.supervisor)
    holder.process.kill()
    wait_for_end(supervisor, seconds)
    check_nothing_left(seen)


def test_a_flood_on_the_console_does_not_keep_it() -> None:
    with held() as holder:
        seen = traces(holder.pid)
        done = enter(
            holder.pid,
            *("systemd-run", "--quiet", "--property=Type=exec"),
            *("sh", "-c", "exec tr '\\0' x </dev/zero >/dev/console"),
        )
        assert done.returncode == 0, done.stderr
        check_the_end(holder, seen)


NEST = """
import os, sys
for _ in range(int(sys.argv[1])):
    os.mkdir("d")
    os.chdir("d")
"""


def test_no_tree_is_too_deep_to_be_removed(host: Host) -> None:
    with held() as holder:
        seen = traces(holder.pid)
        start_service(holder.pid)
        tops = [Path(path) for path in private_tmp(seen.ident)]
        assert tops
        for top, depth in ((tops[0] / "tmp", 2500), (seen.cgroup, 1500)):
            command = [sys.executable, "-c", NEST, str(depth)]
            subprocess.run(command, cwd=top, check=True)
        check_the_end(holder, seen)


def test_services_cannot_hide_what_is_to_be_removed(host: Host, tmp_path: Path) -> None:
    with held() as holder:
        seen = traces(holder.pid)
        start_service(holder.pid)
        assert len(private_tmp(seen.ident)) == 2
        for place in ("/tmp", "/var/tmp"):
            done = enter(holder.pid, "mount", "-t", "tmpfs", "tmpfs", place)
            assert done.returncode == 0, done.stderr
        check_the_end(holder, seen)


def test_services_cannot_have_other_files_removed(host: Host, tmp_path: Path) -> None:
    (tmp_path / "kept").touch()
    with held() as holder:
        seen = traces(holder.pid)
        start_service(holder.pid)
        inside = Path(private_tmp(seen.ident)[0]) / "tmp/bound"
        inside.mkdir()
        done = enter(holder.pid, "mount", "--bind", str(tmp_path), str(inside))
        assert done.returncode == 0, done.stderr
        check_the_end(holder, seen)
    assert (tmp_path / "kept").exists()


def test_files_that_must_not_be_changed_are_removed(host: Host) -> None:
    with held() as holder:
        seen = traces(holder.pid)
        start_service(holder.pid)
        for top in private_tmp(seen.ident):
            inside = Path(top, "tmp")
            (inside / "append-only").touch()
            (inside / "fixed").mkdir()
            (inside / "fixed/file").touch()
            (inside / "fixed/empty").mkdir()
            subprocess.run(["chattr", "+a", str(inside / "append-only")], check=True)
            fixed = (inside / "fixed/file", inside / "fixed/empty", inside / "fixed")
            subprocess.run(["chattr", "+i", *map(str, fixed)], check=True)
        check_the_end(holder, seen)


async def test_the_loss_of_the_manager_is_noticed_at_once(host: Host) -> None:
    async with EmbeddedManager() as manager:
        seen = traces(manager.pid)
        waiting = [asyncio.create_task(manager.lost()) for _ in range(2)]
        await asyncio.sleep(0)
        waiting[0].cancel()
        os.kill(manager.pid, signal.SIGKILL)
        error = await asyncio.wait_for(waiting[1], 2)
        assert "signal 9" in str(error)
        assert "signal 9" in str(await manager.lost())
    check_nothing_left(seen)


async def test_the_loss_of_the_supervisor_is_noticed_at_once(host: Host) -> None:
    async with EmbeddedManager() as manager:
        os.kill(traces(manager.pid).supervisor, signal.SIGKILL)
        error = await asyncio.wait_for(manager.lost(), 2)
        assert str(error) == "the private service manager was killed"


async def test_nobody_waits_for_a_loss_when_the_context_is_left() -> None:
    async with EmbeddedManager() as manager:
        waiting = asyncio.create_task(manager.lost())
        await asyncio.sleep(0)
    assert "has been ended" in str(await asyncio.wait_for(waiting, 2))


# The second fork is the one of the process between the supervisor and the init.
KILLED_STARTER = """
import os, signal, sys
from runwrap.embedded import _supervisor
fork = os.fork
forks = []
def fork_and_die():
    child = fork()
    forks.append(child)
    if child and len(forks) == 2:
        os.kill(child if sys.argv[2] == "init" else os.getpid(), signal.SIGKILL)
        os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    return child
os.fork = fork_and_die
directory = os.open(sys.argv[1], os.O_RDONLY)
try:
    _supervisor.start_init(directory, "/bin/true")
except _supervisor.SetupError as error:
    print(error)
pid, status = os.wait()
print(pid > 0, status)
"""


@pytest.mark.parametrize(("killed", "status"), [("starter", 256), ("init", 9)])
def test_a_starter_that_is_killed_is_noticed(tmp_path: Path, killed: str, status: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", KILLED_STARTER, str(tmp_path), killed],
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    first, second = done.stdout.splitlines()
    assert first == "the process that starts the private manager was killed"
    assert second == f"True {status}"


# --- what it says -----------------------------------------------------------------------------


async def test_it_says_that_dbus_daemon_is_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, host: Host
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EmbeddedError, match="Debian package dbus-daemon"):
        await EmbeddedManager().__aenter__()


def test_it_says_that_it_needs_root() -> None:
    with held(suffix=("65534",)) as holder:
        assert holder.told["error"] == "a private service manager needs root, and this is not root"


@pytest.mark.parametrize("name", ["sys_admin", "setuid"])
def test_it_says_which_capability_is_missing(name: str) -> None:
    with held("setpriv", "--inh-caps=-all", f"--bounding-set=-{name}") as holder:
        expected = f"a private service manager needs the capability CAP_{name.upper()}"
        assert holder.told["error"] == expected


async def test_a_broken_bus_daemon_is_explained(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, host: Host
) -> None:
    fake = tmp_path / "dbus-daemon"
    fake.write_text("#!/bin/sh\necho it is broken >&2\nexit 3\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(EmbeddedError, match="dbus-daemon does not answer") as caught:
        await EmbeddedManager().__aenter__()
    assert any("it is broken" in line for line in caught.value.hints)
    assert any("status=3" in line for line in caught.value.hints)
    assert not any("\x1b" in line or "/dev/tty0" in line for line in caught.value.hints)


async def test_the_log_that_is_shown_is_the_bus_daemons(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, host: Host
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("it is secret\n")
    log = "/run/systemd/embedded/dbus.log"
    fake = tmp_path / "dbus-daemon"
    fake.write_text(f"#!/bin/sh\necho it is broken >&2\nln -sf {secret} {log}\nexit 3\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(EmbeddedError, match="dbus-daemon does not answer") as caught:
        await EmbeddedManager().__aenter__()
    assert "it is broken" in caught.value.hints
    assert "it is secret" not in caught.value.hints


CHANGED_ROOT = """
mount -t tmpfs tmpfs "$1"
mkdir "$1/root"
for entry in /*; do
    if [ -L "$entry" ]; then cp -a "$entry" "$1/root$entry"
    elif [ -d "$entry" ]; then mkdir "$1/root$entry" && mount --rbind "$entry" "$1/root$entry"
    fi
done
top=$1
shift
exec chroot "$top/root" "$@"
"""


def test_it_says_that_the_root_is_no_mount_point(tmp_path: Path) -> None:
    with held("unshare", "--mount", "sh", "-c", CHANGED_ROOT, "sh", str(tmp_path)) as holder:
        assert "the root directory is not a mount point" in holder.told["error"]


async def test_a_manager_that_does_not_come_up_in_time_is_given_up(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, host: Host
) -> None:
    fake = tmp_path / "dbus-daemon"
    fake.write_text("#!/bin/sh\nexec sleep 1000\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(EmbeddedError, match=r"not up after 0\.5 s"):
        await EmbeddedManager(timeout=0.5).__aenter__()
