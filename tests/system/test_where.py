"""Where the manager is: containers, other users, other hosts, capsules.

Each is reached in a real system, by runwrap and by the systemd-run of that system.
"""

from __future__ import annotations

import contextlib
import json
import os
import pty
import re
import select
import signal
import termios
from typing import TYPE_CHECKING, Any

import pytest

from runwrap.bus import capsule_address, host_address, machine_address
from tests.support.closing import remember
from tests.support.container import Container
from tests.support.ssh import SshServer
from tests.system.places import MachinePlace, until

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

_LOCAL = "unix:path=/run/dbus/system_bus_socket"


@pytest.fixture(scope="module")
def box(whole_system: MachinePlace) -> Iterator[Container]:
    with Container(whole_system, "box") as container:
        yield container


@pytest.fixture(scope="module")
def far(whole_system: MachinePlace) -> Iterator[SshServer]:
    with SshServer(whole_system) as server:
        yield server


@pytest.fixture(scope="module")
def capsule(whole_system: MachinePlace) -> Iterator[str]:
    # Its user is made up by nss-systemd(8) where that is installed; dbus-daemon wants to know it.
    for command in ("useradd --system c-pod", "systemctl start capsule@pod.service"):
        done = whole_system.run(*command.split())
        assert done.returncode == 0, done.stderr
    yield "pod"
    for command in ("systemctl stop capsule@pod.service", "userdel c-pod"):
        assert whole_system.run(*command.split()).returncode == 0


def _reach(
    place: MachinePlace, address: str, *, times: int = 1, timeout: str = "", user: str | None = None
) -> dict[str, Any]:
    """Connect to *address* in the place and return how that went; nothing may be left of it."""
    command = ["python3", "-m", "tests.support.reach", address, str(times), timeout]
    done = place.run(*command, user=user)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    assert found["left"] == ["", 0]
    return found


def _both(
    place: MachinePlace, *arguments: str, user: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Run runwrap and systemd-run, which must do the same; return what runwrap did."""
    ours = place.runwrap("--quiet", *arguments, user=user)
    theirs = place.run("systemd-run", "--quiet", *arguments, user=user)
    assert (ours.returncode, ours.stdout) == (theirs.returncode, theirs.stdout), (
        ours.stderr + theirs.stderr
    )
    return ours


@contextlib.contextmanager
def _terminal(place: MachinePlace, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Run runwrap with a terminal of its own; yield it and the other end of the terminal."""
    leader, follower = pty.openpty()
    try:
        command = ["python3", "-m", "runwrap", *arguments]
        with place._machine.popen(command, terminal=follower) as process:
            os.close(follower)
            try:
                yield process, leader
            finally:
                process.kill()
    finally:
        os.close(leader)


def _read_until(leader: int, text: bytes | None = None) -> bytes:
    """Return what a terminal shows until *text* is in it, or until nobody has it any more."""
    shown = b""
    with contextlib.suppress(OSError):
        while text is None or text not in shown:
            assert select.select([leader], [], [], 20)[0], shown
            shown += os.read(leader, 4096)
    assert text is None or text in shown, shown
    return shown


_WHERE = ("sh", "-c", "hostname; id -un; sed -n 's/run-.*//; s/^0:://p' /proc/self/cgroup; exit 7")


@pytest.mark.parametrize(
    ("where", "user", "group"),
    [
        (["--machine=box"], "root", "/system.slice/"),
        (["--machine=root@box"], "root", "/system.slice/"),
        (["--user", "--machine=tester@box"], "tester", "app.slice/"),
    ],
)
def test_in_a_container(
    whole_system: MachinePlace, box: Container, where: list[str], user: str, group: str
) -> None:
    done = _both(whole_system, *where, "--pipe", "--wait", *_WHERE)
    host, name, place = done.stdout.split()
    assert (done.returncode, host, name) == (7, box.name, user)
    assert place.endswith(group)


def test_the_system_manager_of_a_container_for_one_of_its_users(
    whole_system: MachinePlace, box: Container
) -> None:
    # It is the container's own polkit that refuses, there being nobody to ask.
    done = _both(whole_system, f"--machine=tester@{box.name}", "true")
    assert done.returncode == 1
    assert "interactive authentication" in done.stderr.lower()


def test_in_a_container_with_users_of_its_own(whole_system: MachinePlace) -> None:
    with Container(whole_system, "own", own_users=True) as own:
        numbers = whole_system.run("cat", f"/proc/{own.leader()}/uid_map").stdout.split()
        assert numbers[0] == "0"
        assert numbers[1] != "0"
        done = _both(whole_system, "--machine=own", "--pipe", "--wait", *_WHERE)
        assert (done.returncode, done.stdout.split()[:2]) == (7, ["own", "root"])
        found = _reach(whole_system, machine_address("own", user=False))
        assert found["passes_descriptors"] is True


def test_a_container_cannot_lead_elsewhere(whole_system: MachinePlace) -> None:
    # A link that a container makes is followed within it, where it leads to nothing.
    with Container(whole_system, "sly", boots=False) as sly:
        root = f"/proc/{sly.leader()}/root"
        made = whole_system.run(
            *("sh", "-c", 'mkdir "$1/run/dbus" && ln -s /run/real "$1/run/dbus/system_bus_socket"'),
            *("sh", root),
        )
        assert made.returncode == 0, made.stderr
        link = whole_system.run("ln", "-s", "/run/dbus/system_bus_socket", "/run/real")
        assert link.returncode == 0, link.stderr
        found = _reach(whole_system, machine_address("sly", user=False))
        whole_system.run("rm", "/run/real")
    assert "no message bus runs in it" in found["error"]


@pytest.mark.parametrize("where", ["tester@.host", "tester@", "1000@.host"])
def test_the_manager_of_another_user(whole_system: MachinePlace, where: str) -> None:
    arguments = ["--user", f"--machine={where}", "--pipe", "--wait", *_WHERE]
    done = _both(whole_system, *arguments)
    host, name, place = done.stdout.split()
    assert (done.returncode, host, name) == (7, whole_system.name, "tester")
    assert place.startswith("/user.slice/user-1000.slice/user@1000.service/")
    # Its session ends with the connection.
    until(whole_system, "user@1000.service", "ActiveState", "active")
    for _ in range(100):
        if not whole_system.units("run-*.service"):
            return
    raise AssertionError(whole_system.units("run-*.service"))


@pytest.mark.parametrize("where", ["@.host", "tester@"])
def test_the_callers_own_manager(whole_system: MachinePlace, where: str) -> None:
    arguments = ["--user", f"--machine={where}", "--pipe", "--wait", *_WHERE]
    done = _both(whole_system, *arguments, user="tester")
    assert (done.returncode, done.stdout.split()[1]) == (7, "tester")


def test_this_system_by_its_name(whole_system: MachinePlace) -> None:
    done = _both(whole_system, "--machine=.host", "--pipe", "--wait", *_WHERE)
    assert (done.returncode, done.stdout.split()[0]) == (7, whole_system.name)


def test_on_another_host(whole_system: MachinePlace, far: SshServer) -> None:
    for host in (far.far, f"root@{far.far}", "root@[::1]:2222", f"{far.far}/.host"):
        done = whole_system.runwrap(
            f"--host={host}", "--unit=over-ssh", "--remain-after-exit", "true"
        )
        assert done.returncode == 0, done.stderr
        until(whole_system, "over-ssh.service", "SubState", "exited")
        assert whole_system.run("systemctl", "stop", "over-ssh.service").returncode == 0
    done = _both(whole_system, f"--host={far.far}", "--wait", "sh", "-c", "exit 7")
    assert done.returncode == 7
    assert _reach(whole_system, _host(far.far))["passes_descriptors"] is False


def test_in_a_container_on_another_host(
    whole_system: MachinePlace, far: SshServer, box: Container
) -> None:
    for tool in (whole_system.runwrap, whole_system.systemd_run):
        done = tool(f"--host={far.far}/{box.name}", "--unit=in-it", "--remain-after-exit", "true")
        assert done.returncode == 0, done.stderr
        assert whole_system.show("in-it.service", "LoadState") == "not-found"
        done = whole_system.run("systemctl", "--machine=box", "stop", "in-it.service")
        assert done.returncode == 0, done.stderr


def test_pipes_do_not_go_over_ssh(whole_system: MachinePlace, far: SshServer) -> None:
    for option in ("--pipe", "--pty"):
        done = whole_system.runwrap(f"--host={far.far}", option, "true")
        assert (done.returncode, done.stdout) == (1, "")
        assert "--host" in done.stderr


def test_an_interrupt_leaves_the_unit_on_the_other_host(
    whole_system: MachinePlace, far: SshServer
) -> None:
    # From a terminal, so that ssh is in the process group that the key interrupts.
    arguments = [f"--host={far.far}", "--unit=long", "--wait", "sleep", "600"]
    with _terminal(whole_system, *arguments) as (process, leader):
        until(whole_system, "long.service", "SubState", "running")
        os.write(leader, b"\x03")
        shown = _read_until(leader)
        assert process.wait(20) == -signal.SIGINT
    assert b"long.service goes on" in shown
    assert b"lost" not in shown
    assert whole_system.show("long.service", "SubState") == "running"
    assert whole_system.run("systemctl", "stop", "long.service").returncode == 0
    assert whole_system.run("pgrep", "-x", "ssh").stdout == ""


@pytest.mark.usefixtures("far")
def test_ssh_asks_at_the_terminal(whole_system: MachinePlace) -> None:
    with _terminal(whole_system, "--host=unsure", "--wait", "sh", "-c", "exit 7") as (
        process,
        leader,
    ):
        _read_until(leader, b"Are you sure you want to continue connecting")
        os.write(leader, b"yes\n")
        _read_until(leader)
        assert process.wait(20) == 7


@pytest.mark.usefixtures("far")
def test_an_interrupt_while_ssh_asks(whole_system: MachinePlace) -> None:
    with _terminal(whole_system, "--host=unsure", "--unit=never", "--wait", "true") as (
        process,
        leader,
    ):
        _read_until(leader, b"Are you sure you want to continue connecting")
        os.write(leader, b"\x03")
        _read_until(leader)
        assert process.wait(20) == -signal.SIGINT
        assert termios.tcgetattr(leader)[3] & termios.ECHO
    assert whole_system.run("pgrep", "-x", "ssh").stdout == ""
    assert whole_system.show("never.service", "LoadState") == "not-found"


@pytest.mark.parametrize("user", [None, "tester"])
def test_in_a_capsule(whole_system: MachinePlace, capsule: str, user: str | None) -> None:
    if user is not None:
        found = _reach(whole_system, capsule_address(capsule), user=user)
        assert "of the capsule pod: only root reaches it" in found["error"]
        return
    arguments = ["--quiet", f"--capsule={capsule}", "--pipe", "--wait", *_WHERE]
    done = whole_system.runwrap(*arguments)
    # That of 257 does not become the capsule's user, and is refused as root.
    if whole_system.systemd > 257:
        assert done.stdout == whole_system.systemd_run(*arguments).stdout
    host, name, place = done.stdout.split()
    assert (done.returncode, host, name) == (7, whole_system.name, "c-pod")
    assert place.startswith("/capsule.slice/capsule@pod.service/")


def test_a_terminal_in_a_container(whole_system: MachinePlace, box: Container) -> None:
    script = (
        "import asyncio, os, sys\n"
        "from runwrap.machines import open_pty\n"
        "descriptor, path = asyncio.run(open_pty(sys.argv[1], sys.argv[2]))\n"
        "print(os.isatty(descriptor), os.get_inheritable(descriptor), path)\n"
    )
    done = whole_system.run("python3", "-c", script, _LOCAL, box.name)
    assert done.stdout.startswith("True False /dev/pts/"), done.stderr
    done = whole_system.run("python3", "-c", script, _LOCAL, "none")
    assert "no machine none is known; machinectl list shows them" in done.stderr


def _host(host: str) -> str:
    return host_address(host, user=False)


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        (_host("far:1"), "Connection refused"),
        (_host("stranger"), "Host key verification failed"),
        (_host("keyless"), r"Permission denied \(publickey\)"),
        (_host("tester@far"), "systemd-stdio-bridgeless: command not found"),
        (_host("no-such-host.example"), "Could not resolve hostname"),
        (_host("far/none"), "via machine transport: Host is down"),
    ],
)
@pytest.mark.usefixtures("far")
def test_a_host_that_cannot_be_reached(
    whole_system: MachinePlace, address: str, reason: str
) -> None:
    found = _reach(whole_system, address)
    assert found["seconds"] < 5
    assert re.search(reason, found["error"]), found["error"]


def test_a_host_that_does_not_answer(whole_system: MachinePlace, far: SshServer) -> None:
    found = _reach(whole_system, _host(far.silent), timeout="1")
    assert found["error"].endswith("systemd-stdio-bridge: no answer within 1 s")
    assert found["seconds"] < 2


def test_a_container_that_cannot_be_reached(whole_system: MachinePlace, box: Container) -> None:
    none = _reach(whole_system, machine_address("none", user=False))
    assert "machine none: no machine none is known; machinectl list shows them" in none["error"]
    barred = _reach(whole_system, machine_address(box.name, user=False), user="tester")
    assert "only root reaches it" in barred["error"]
    with Container(whole_system, "bare", boots=False):
        bare = _reach(whole_system, machine_address("bare", user=False))
    assert "of the machine bare: no message bus runs in it" in bare["error"]
    gone = _reach(whole_system, machine_address("bare", user=False))
    assert "no machine bare is known" in gone["error"]
    none = _reach(whole_system, capsule_address("none"))
    assert "of the capsule none: it does not run" in none["error"]


@pytest.mark.usefixtures("far", "box")
def test_how_long_it_takes(whole_system: MachinePlace, capsule: str) -> None:
    local = _reach(whole_system, _LOCAL, times=9)["seconds"]
    ways = {
        "container": machine_address("box", user=False),
        "user of a container": machine_address("tester@box", user=True),
        "capsule": capsule_address(capsule),
        "ssh": _host("far"),
    }
    for way, address in ways.items():
        seconds = _reach(whole_system, address, times=5)["seconds"]
        remember(
            f"{whole_system.name}: to connect to a {way} takes {seconds / local:.0f} times"
            f" as long as to the local bus ({1000 * seconds:.0f} ms)"
        )
        assert seconds < 5


def test_a_root_directory_for_a_container(whole_system: MachinePlace, box: Container) -> None:
    """It is the caller's, handed over; a manager that would look for it itself is not asked."""
    done = whole_system.runwrap(f"--machine={box.name}", "-R", "-qP", "cat", "/etc/hostname")
    if whole_system.systemd >= 259:
        hostname = whole_system.run("cat", "/etc/hostname").stdout
        assert (done.returncode, done.stdout) == (0, hostname), done.stderr
    else:
        assert done.returncode == 1
        assert "--root-directory cannot be had: a manager of systemd 257" in done.stderr
