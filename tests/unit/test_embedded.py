"""The parts of the embedded manager that decide without the kernel."""

from __future__ import annotations

import array
import asyncio
import errno
import fcntl
import io
import os
import socket
import struct
import subprocess
import sys
import termios
from typing import TYPE_CHECKING

import pytest
from dbus_next import Message as DBusMessage
from dbus_next import MessageType
from dbus_next._private.unmarshaller import Unmarshaller

from runwrap.embedded import EmbeddedManager, _manager, _requirements, _supervisor, requirements
from runwrap.embedded._probe import encode_call, read_message, wait_for_name
from runwrap.errors import EmbeddedError
from tests.support.descriptors import descriptors

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

NAME = "org.freedesktop.systemd1"


def test_encoded_call_is_what_a_dbus_library_reads() -> None:
    for arguments in ((), ("a",), ("org.example.Name", "second, longer")):
        message = Unmarshaller(io.BytesIO(encode_call(7, "GetNameOwner", *arguments))).unmarshall()
        assert message.serial == 7
        assert message.destination == "org.freedesktop.DBus"
        assert message.interface == "org.freedesktop.DBus"
        assert message.path == "/org/freedesktop/DBus"
        assert message.member == "GetNameOwner"
        assert tuple(message.body) == arguments


class FakeBus:
    """A bus driver that says what it is told to say; it records the members that are called."""

    def __init__(self, path: Path, *, owned: bool, greeting: bytes = b"OK 0123\r\n") -> None:
        self.path = path
        self.owned = owned
        self.greeting = greeting
        self.called: list[str] = []
        self.asked = asyncio.Event()
        self.writer: asyncio.StreamWriter | None = None

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writer = writer
        assert await reader.readline() == (
            b"\0AUTH EXTERNAL " + str(os.geteuid()).encode().hex().encode() + b"\r\n"
        )
        writer.write(self.greeting)
        if not self.greeting.startswith(b"OK"):
            return
        assert await reader.readline() == b"BEGIN\r\n"
        for serial in (1, 2, 3):
            start = await reader.readexactly(16)
            body, number, fields = struct.unpack("<III", start[4:])
            assert number == serial
            rest = await reader.readexactly(fields + (-fields % 8) + body)
            member = ("Hello", "AddMatch", "GetNameOwner")[serial - 1]
            assert member.encode() in rest
            self.called.append(member)
            if serial == 3 and not self.owned:
                answer = DBusMessage(
                    message_type=MessageType.ERROR,
                    reply_serial=serial,
                    error_name="org.freedesktop.DBus.Error.NameHasNoOwner",
                    signature="s",
                    body=["no owner"],
                    serial=serial,
                )
            elif serial == 2:
                answer = DBusMessage(
                    message_type=MessageType.METHOD_RETURN, reply_serial=serial, serial=serial
                )
            else:
                answer = DBusMessage(
                    message_type=MessageType.METHOD_RETURN,
                    reply_serial=serial,
                    signature="s",
                    body=[":1.0"],
                    serial=serial,
                )
            writer.write(answer._marshall())
        self.asked.set()

    def announce(self) -> None:
        assert self.writer is not None
        signal = DBusMessage(
            message_type=MessageType.SIGNAL,
            path="/org/freedesktop/DBus",
            interface="org.freedesktop.DBus",
            member="NameOwnerChanged",
            signature="sss",
            body=[NAME, "", ":1.1"],
            serial=9,
        )
        self.writer.write(signal._marshall())


async def serving(bus: FakeBus) -> AsyncIterator[FakeBus]:
    server = await asyncio.start_unix_server(bus.serve, bus.path)
    async with server:
        yield bus
        if bus.writer is not None:
            bus.writer.close()


async def test_a_name_with_an_owner_is_found(tmp_path: Path) -> None:
    async for bus in serving(FakeBus(tmp_path / "bus", owned=True)):
        await asyncio.wait_for(wait_for_name(str(bus.path), NAME), 5)
        assert bus.called == ["Hello", "AddMatch", "GetNameOwner"]


async def test_a_name_without_an_owner_is_waited_for(tmp_path: Path) -> None:
    async for bus in serving(FakeBus(tmp_path / "bus", owned=False)):
        waiting = asyncio.create_task(wait_for_name(str(bus.path), NAME))
        await asyncio.wait_for(bus.asked.wait(), 5)
        assert not waiting.done()
        bus.announce()
        await asyncio.wait_for(waiting, 5)


async def test_a_bus_that_refuses_is_an_error(tmp_path: Path) -> None:
    async for bus in serving(FakeBus(tmp_path / "bus", owned=True, greeting=b"REJECTED\r\n")):
        with pytest.raises(ConnectionRefusedError, match="refuses"):
            await asyncio.wait_for(wait_for_name(str(bus.path), NAME), 5)


async def test_a_message_that_is_cut_short_is_an_error() -> None:
    reader = asyncio.StreamReader()
    reader.feed_data(encode_call(1, "Hello")[:-1])
    reader.feed_eof()
    with pytest.raises(asyncio.IncompleteReadError):
        await read_message(reader)


def test_nothing_is_known_before_the_start() -> None:
    manager = EmbeddedManager()
    assert manager.failure is None
    with pytest.raises(EmbeddedError, match="not been started"):
        _ = manager.pid
    with pytest.raises(EmbeddedError, match="not been started"):
        _ = manager.bus_address
    with pytest.raises(EmbeddedError, match="not been started"):
        _ = manager.absent_controllers


async def test_what_was_not_started_cannot_be_lost() -> None:
    with pytest.raises(EmbeddedError, match="not been started"):
        await EmbeddedManager().lost()


def test_no_dbus_daemon_names_its_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    problems = [line for line in requirements() if "dbus-daemon" in line]
    assert len(problems) == 1
    assert "Debian package dbus-daemon" in problems[0]


def test_no_systemd_names_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_requirements, "_SYSTEMD", ("/nonexistent/systemd",))
    assert "systemd is not installed (Debian package systemd)" in requirements()


def test_not_root_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert "needs root" in requirements()[0]


@pytest.fixture
def temporary(tmp_path: Path) -> Iterator[int]:
    """Give a descriptor of the test's directory, and let go of it."""
    fd = os.open(tmp_path, os.O_RDONLY | os.O_DIRECTORY)
    yield fd
    os.close(fd)


def test_a_tree_is_removed_without_following_links(tmp_path: Path, temporary: int) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "file").touch()
    tree = tmp_path / "tree"
    (tree / "a/b").mkdir(parents=True)
    (tree / "a/file").touch()
    (tree / "a/link").symlink_to(kept)
    (tree / "c/d/e").mkdir(parents=True)
    (tree / "c/f/g").mkdir(parents=True)
    (tree / "dangling").symlink_to("nowhere")
    os.mkfifo(tree / "a/b/fifo")
    _supervisor.empty_directory("tree", temporary, files=True)
    assert list(tree.iterdir()) == []
    assert (kept / "file").exists()
    (tmp_path / "link").symlink_to(kept)
    with pytest.raises(NotADirectoryError):
        _supervisor.empty_directory("link", temporary, files=True)
    assert (kept / "file").exists()


def test_files_may_be_none_of_its_business(tmp_path: Path, temporary: int) -> None:
    (tmp_path / "tree/a").mkdir(parents=True)
    (tmp_path / "tree/file").touch()
    _supervisor.empty_directory("tree", temporary, files=False)
    assert [path.name for path in (tmp_path / "tree").iterdir()] == ["file"]


def make_deep(top: int, depth: int) -> None:
    """Make that many directories, each in the one before; no path is as long as that."""
    fd = os.dup(top)
    for _ in range(depth):
        os.mkdir("d", dir_fd=fd)
        below = os.open("d", os.O_RDONLY | os.O_DIRECTORY, dir_fd=fd)
        os.close(fd)
        fd = below
    os.close(fd)


def test_no_tree_is_too_deep(tmp_path: Path, temporary: int) -> None:
    make_deep(temporary, 5000)
    used = descriptors()
    _supervisor.empty_directory(".", temporary, files=True)
    assert list(tmp_path.iterdir()) == []
    assert descriptors() == used


def test_what_cannot_be_removed_does_not_keep_the_rest(
    tmp_path: Path, temporary: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b", "c"):
        (tmp_path / name / "below").mkdir(parents=True)
        for file in ("one", "stubborn", "two"):
            (tmp_path / name / "below" / file).touch()
    real = os.unlink

    def unlink(path: str, *, dir_fd: int) -> None:
        if path == "stubborn":
            raise OSError(errno.EIO, "no way")
        real(path, dir_fd=dir_fd)

    monkeypatch.setattr(os, "unlink", unlink)
    with pytest.raises(OSError, match="no way"):
        _supervisor.empty_directory(".", temporary, files=True)
    left = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert left == {f"{name}/below/stubborn" for name in ("a", "b", "c")}


def test_a_flooded_console_is_read_piecewise() -> None:
    ends = os.pipe()
    try:
        fcntl.fcntl(ends[1], fcntl.F_SETPIPE_SZ, 1 << 20)
        for end in ends:
            os.set_blocking(end, False)
        manager = _supervisor.Manager("0" * 32, os.getpid(), 1)
        manager.console = ends[0]
        written = os.write(ends[1], b"x" * (1 << 20))
        assert manager.read_console()
        buffer = array.array("i", [0])
        fcntl.ioctl(ends[0], termios.FIONREAD, buffer)
        assert buffer[0] == written - 65536
        assert len(manager.partial) == 4096
        while manager.read_console():
            assert len(manager.partial) == 4096
        os.write(ends[1], b"\n" * 60000 + b"last\npartial")
        assert manager.read_console()
        assert len(manager.log) <= 50
        assert manager.log[-1] == "last"
        assert manager.partial == b"partial"
    finally:
        for fd in (*ends, manager.parent, manager.home, *manager.temporary):
            os.close(fd)


def test_what_is_no_error_of_the_system_is_told_with_its_traceback() -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(_supervisor.__file__), "run", "no number"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("Traceback")
    assert "TypeError: run() missing" in done.stderr


def test_an_error_of_the_system_is_told_in_one_line() -> None:
    script = (
        "import sys; from runwrap.embedded import _supervisor\n"
        "def fail(*_): raise OSError(5, 'no way')\n"
        "_supervisor.sweep = fail\n"
        "_supervisor.main(['sweep', ''])"
    )
    ours, theirs = socket.socketpair()
    with ours, theirs:
        done = subprocess.run(
            [sys.executable, "-c", script],
            stdin=theirs.fileno(),
            stderr=subprocess.PIPE,
            check=False,
        )
        assert done.returncode == 1
        assert ours.recv(4096) == b"error no way\n"
        assert done.stderr == b""


async def failed_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *lines: str
) -> EmbeddedError:
    """Return the error of a start whose supervisor says just these lines."""
    supervisor = tmp_path / "supervisor.py"
    text = "".join(f"{line}\n" for line in lines)
    supervisor.write_text(f"import os\nos.write(0, {text.encode()!r})\n")
    monkeypatch.setattr(_manager, "_SUPERVISOR", str(supervisor))
    monkeypatch.setattr(_manager, "requirements", list)
    for finder in ("find_systemd", "find_dbus_daemon"):
        monkeypatch.setattr(_manager, finder, lambda: "/bin/true")
    with pytest.raises(EmbeddedError) as caught:
        await EmbeddedManager().__aenter__()
    return caught.value


async def test_the_limit_of_inotify_instances_is_named_first(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    log = "Failed to create inotify: Too many open files"
    error = await failed_start(monkeypatch, tmp_path, f"log {log}", "error ended", "gone")
    assert str(error).startswith("cannot start a private service manager: ")
    assert "fs.inotify.max_user_instances" in str(error)
    assert list(error.hints) == [log]


async def test_an_empty_log_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    error = await failed_start(monkeypatch, tmp_path, "error it has ended", "gone")
    assert str(error) == "cannot start a private service manager: it has ended"
    assert list(error.hints) == ["the private manager's log is empty"]


def test_no_shared_memory_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_requirements, "_PLACES", ("/nonexistent/shm", "/"))
    assert "/nonexistent/shm is missing" in requirements()
    assert "/ is missing" not in requirements()


@pytest.mark.parametrize(
    ("offered", "present", "kernel", "expected"),
    [
        ("memory", "memory", "memory 0 1 1", None),
        ("memory", "", "memory 0 1 1", "not enabled in cgroup.subtree_control of cgroup /a"),
        ("", "", "memory 4 1 1", "held by a cgroup v1 hierarchy (memory)"),
        ("", "", "memory 0 1 0", "disabled on the kernel command line"),
        ("", "", "memory 0 1 1", "not available in cgroup /a"),
        ("", "", "cpu 0 1 1", "not in this kernel"),
    ],
)
def test_the_reason_for_an_absent_controller(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    offered: str,
    present: str,
    kernel: str,
    expected: str | None,
) -> None:
    own, below = tmp_path / "own", tmp_path / "below"
    for directory, content in ((own, offered), (below, present)):
        directory.mkdir()
        (directory / "cgroup.controllers").write_text(content + "\n")
    real = _supervisor.read_text

    def read_text(path: str, dir_fd: int | None = None) -> str:
        if path == "/proc/cgroups":
            return "#subsys_name hierarchy num_cgroups enabled\n" + kernel + "\n"
        return real(path, dir_fd)

    monkeypatch.setattr(_supervisor, "read_text", read_text)
    own_fd, below_fd = (os.open(path, os.O_RDONLY) for path in (own, below))
    try:
        reasons = _supervisor.absent_controllers(own_fd, "/a", below_fd)
    finally:
        os.close(own_fd)
        os.close(below_fd)
    assert reasons.get("memory") == expected
