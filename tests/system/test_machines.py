"""The whole systems that other tests run in do boot, work, and vanish."""

from __future__ import annotations

import contextlib
import os
import pty
import select
import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.machine import USER, Machine, MachineError
from tests.support.roots import CHECKOUT

if TYPE_CHECKING:
    from collections.abc import Iterator

_VERSIONS = {"trixie": 257, "forky": 262}
_SEND = """\
import socket
receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
receiver.bind(("127.0.0.1", 0))
receiver.sendto(bytes(1000), receiver.getsockname())
receiver.recv(1000)
"""


@pytest.fixture(scope="module", params=list(_VERSIONS))
def machine(request: pytest.FixtureRequest) -> Iterator[Machine]:
    with Machine(request.param) as booted:
        yield booted


def _namespace(process: Path) -> str:
    return str((process / "ns/pid").readlink())


def _processes_in(namespace: str) -> list[str]:
    """Return the processes whose PID namespace is *namespace*."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if _namespace(process) == namespace:
                found.append(process.name)
    return found


def _cgroups() -> set[str]:
    return {str(path) for path in Path("/sys/fs/cgroup").glob("**/runwrap-test-*")}


def test_it_is_the_release_that_was_asked_for(machine: Machine) -> None:
    assert machine.systemd_version == _VERSIONS[machine.release]
    said = machine.run(["cat", "/etc/os-release"], check=True).stdout
    assert f"VERSION_CODENAME={machine.release}" in said
    assert machine.run(["readlink", "/proc/1/exe"]).stdout.strip() == "/usr/lib/systemd/systemd"


def test_its_system_manager_is_up(machine: Machine) -> None:
    said = machine.run(["systemctl", "is-system-running"]).stdout.strip()
    assert said == "running", machine.run(["systemctl", "--failed"]).stdout


def test_its_user_manager_is_up(machine: Machine) -> None:
    said = machine.run(["systemctl", "--user", "is-system-running"], user=USER)
    assert said.stdout.strip() == "running"
    assert machine.run(["id", "-un"], user=USER).stdout.strip() == USER
    run = machine.run(["systemd-run", "--user", "--wait", "-q", "sh", "-c", "exit 7"], user=USER)
    assert run.returncode == 7


def test_units_are_accounted(machine: Machine) -> None:
    asked = ["systemd-run", "--wait", "-p", "IPAccounting=yes", "python3", "-c", _SEND]
    done = machine.run(asked, check=True)
    # 1000 bytes of payload, 8 of UDP header, 20 of IPv4 header; shown in units of 1024.
    assert "1K" in done.stderr


def test_its_network_is_its_own(machine: Machine) -> None:
    interfaces = machine.run(["ls", "/sys/class/net"], check=True).stdout.split()
    assert interfaces == ["lo"]


def test_it_cannot_change_settings_of_the_kernel(machine: Machine) -> None:
    done = machine.run(["sh", "-c", "echo 1 > /proc/sys/fs/file-max"])
    assert "Read-only file system" in done.stderr


def test_runwrap_is_there_and_read_only(machine: Machine) -> None:
    done = machine.run(["python3", "-c", "import runwrap, typer; print(runwrap.__file__)"])
    assert done.stdout.strip() == "/opt/runwrap/runwrap/__init__.py"
    assert machine.run(["touch", "/opt/runwrap/runwrap/new"]).returncode == 1


def test_its_tree_stays_as_it_was() -> None:
    with Machine("trixie") as first, Machine("trixie") as second:
        first.run(["sh", "-c", "echo changed > /etc/changed"], check=True)
        assert second.run(["cat", "/etc/changed"]).returncode == 1
        assert first.run(["cat", "/etc/changed"]).stdout == "changed\n"
    with Machine("trixie") as third:
        assert third.run(["cat", "/etc/changed"]).returncode == 1


def test_commands_end_as_they_end_inside(machine: Machine) -> None:
    assert machine.run(["sh", "-c", "cat; exit 3"], text="text").stdout == "text"
    assert machine.run(["sh", "-c", "exit 3"]).returncode == 3
    assert machine.run(["sh", "-c", "kill -KILL $$"]).returncode == -signal.SIGKILL
    assert machine.run(["sh", "-c", "kill -TERM $$"]).returncode == -signal.SIGTERM
    assert machine.run(["no-such-command"]).returncode == 127
    with pytest.raises(MachineError, match=r"(?s)ended with 3.*reason"):
        machine.run(["sh", "-c", "echo reason; exit 3"], check=True)
    with pytest.raises(MachineError, match="did not end within"):
        machine.run(["sleep", "60"], timeout=0.5)
    assert machine.run(["pgrep", "--runstates", "D,R,S", "-x", "sleep"]).stdout == ""


def test_signals_reach_a_command_once(machine: Machine) -> None:
    script = (
        "n=0; trap 'n=$((n+1)); echo $n' INT; trap exit TERM; echo up; while :; do read x; done"
    )
    with machine.popen(
        ["bash", "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        process.send_signal(signal.SIGINT)
        assert process.stdout.readline() == "1\n"
        process.send_signal(signal.SIGINT)
        assert process.stdout.readline() == "2\n"
        process.terminate()
        assert process.wait(10) == 0


def test_the_terminal_interrupts_a_command_once(machine: Machine) -> None:
    leader, follower = pty.openpty()
    # Blocked before it can come: one that came just before a wait would be waited for in vain.
    script = "import signal, sys\n"
    script += "interrupt = {signal.SIGINT}\n"
    script += "signal.pthread_sigmask(signal.SIG_BLOCK, interrupt)\n"
    script += "print(sys.stdin.isatty(), flush=True)\n"
    script += "signal.sigwait(interrupt)\n"
    script += "print('interrupted', flush=True)\n"
    script += "if signal.sigtimedwait(interrupt, 0.3): print('again')\n"
    with machine.popen(["python3", "-c", script], terminal=follower) as process:
        os.close(follower)
        said = _read_until(leader, b"True\r\n")
        os.write(leader, b"\x03")
        said += _read_until(leader, b"interrupted\r\n")
        assert process.wait(10) == 0
    os.close(leader)
    assert b"again" not in said


def _read_until(descriptor: int, end: bytes) -> bytes:
    said = b""
    while not said.endswith(end):
        ready, _, _ = select.select([descriptor], [], [], 10)
        assert ready, said
        said += os.read(descriptor, 4096)
    return said


def test_nothing_is_left_of_it() -> None:
    before = _cgroups()
    mounts = Path("/proc/self/mountinfo").read_text()
    with Machine("trixie") as booted:
        namespace = _namespace(Path("/proc") / str(booted.pid))
        assert len(_processes_in(namespace)) > 5
        assert _cgroups() != before
        assert Path("/proc/self/mountinfo").read_text() == mounts
    assert not _processes_in(namespace)
    assert _cgroups() == before


def test_nothing_is_left_when_its_holder_is_killed() -> None:
    before = _cgroups()
    holder = textwrap.dedent("""\
        import signal
        from tests.support.machine import Machine
        with Machine("trixie") as machine:
            print(machine.pid, flush=True)
            signal.pause()
    """)
    with subprocess.Popen(
        [sys.executable, "-c", holder], cwd=CHECKOUT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        pid = int(process.stdout.readline())
        init = os.pidfd_open(pid)
        namespace = _namespace(Path("/proc") / str(pid))
        keeper = os.pidfd_open(_parent(pid))
        process.kill()
    for descriptor in (init, keeper):
        ready, _, _ = select.select([descriptor], [], [], 10)
        assert ready
        os.close(descriptor)
    assert not _processes_in(namespace)
    assert _cgroups() == before


def _parent(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("PPid:"):
            return int(line.split()[1])
    raise AssertionError(pid)
