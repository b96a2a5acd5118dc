"""The terminal room against real pseudo-terminals and real processes, without a manager."""

from __future__ import annotations

import hashlib
import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import termios
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from runwrap.terminal import Pty, WindowSize, window_size
from runwrap.terminal._streams import Stream
from tests.support.descriptors import descriptors
from tests.support.tty import CHECKOUT, Terminal

if TYPE_CHECKING:
    from collections.abc import Sequence

# Runs a command on a pseudo-terminal as a manager would, and forwards it.
_FORWARD = """
import asyncio, fcntl, json, os, sys, termios, time
from runwrap.terminal import Forwarder, Pty

options = json.loads(sys.argv[1])
argv = sys.argv[2:]

CLEARING = (
    "import fcntl, os, sys, termios, time;"
    "time.sleep(0.3);"
    "termios.tcflush(0, termios.TCIOFLUSH);"
    "fcntl.ioctl(0, termios.TIOCSCTTY, 0);"
    "os.execvp(sys.argv[1], sys.argv[1:])"
)

def control():
    if not options.get("clears"):
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

if options.get("clears"):
    argv = [sys.executable, "-S", "-c", CLEARING, *argv]

async def main():
    status = 0
    with Pty.open() as pty:
        async with Forwarder(
            pty, background=options.get("background"), title=options.get("title"),
            stdin=options.get("stdin", 0),
        ) as forwarder:
            follower = pty.follower
            child = await asyncio.create_subprocess_exec(
                *argv, stdin=follower, stdout=follower, stderr=follower,
                start_new_session=True, preexec_fn=control,
            )
            if options.get("fail"):
                await asyncio.sleep(float(options["fail"]))
                raise LookupError("on purpose")
            waiting = asyncio.create_task(child.wait())
            ended = asyncio.create_task(forwarder.disconnected())
            async with asyncio.timeout(options.get("cancel")):
                await asyncio.wait({waiting, ended}, return_when="FIRST_COMPLETED")
            if ended.done():
                print("ended:", ended.result(), file=sys.stderr)
                child.kill()
            ended.cancel()
            status = await waiting
            await forwarder.drain(options.get("quiet", 0.25))
    sys.exit(status if status >= 0 else 255)

asyncio.run(main())
"""


def _forward(*argv: str, **options: object) -> list[str]:
    return [sys.executable, "-c", _FORWARD, json.dumps(options), *argv]


def _python(script: str) -> list[str]:
    return [sys.executable, "-S", "-c", script]


def _children(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _guards(pid: int) -> list[int]:
    return [
        child
        for child in _children(pid)
        if Path(f"/proc/{child}/comm").read_text().strip() == "runwrap-guard"
    ]


def _guard(terminal: Terminal) -> int:
    # It has no name of its own at once.
    terminal.wait_until(lambda one: bool(_guards(one.process.pid)))
    (guard,) = _guards(terminal.process.pid)
    return guard


def _gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def _run(argv: Sequence[str], **options: Any) -> subprocess.CompletedProcess[bytes]:
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "cwd": CHECKOUT, **options}
    return subprocess.run(list(argv), timeout=30, check=False, **options)


# The modes of the caller's terminal


def test_the_terminal_is_raw_meanwhile_and_restored_at_the_end() -> None:
    with Terminal(_forward("sh", "-c", "echo ready; read line; echo got $line")) as terminal:
        terminal.expect("ready")
        assert terminal.is_raw
        assert not terminal.attributes()[1] & termios.OPOST
        terminal.send("abc\r")
        terminal.expect("got abc\r\n")
        assert terminal.exit_status() == 0
        assert terminal.attributes() == terminal.before


@pytest.mark.parametrize("how", ["fail", "cancel"])
def test_the_terminal_is_restored_after_a_failure(how: str) -> None:
    with Terminal(_forward("sleep", "60", **{how: 0.3})) as terminal:
        terminal.wait_until(lambda one: one.is_raw)
        assert terminal.exit_status() == 1
        terminal.expect("on purpose" if how == "fail" else "TimeoutError")
        assert terminal.attributes() == terminal.before


def test_the_guard_restores_the_terminal_after_a_kill() -> None:
    command = _forward("sh", "-c", "printf 'ready\\033[31m'; sleep 60", background="44")
    with Terminal(command) as terminal:
        terminal.expect("ready")
        assert terminal.is_raw
        guard = _guard(terminal)
        terminal.process.kill()
        terminal.wait_until(lambda one: one.attributes() == one.before)
        terminal.wait_until(lambda one: b"\x1b[0m" in one.output)
        terminal.wait_until(lambda _: _gone(guard))


def test_the_guard_leaves_a_terminal_alone_that_another_has_set() -> None:
    with Terminal(_forward("sh", "-c", "echo ready; sleep 60")) as terminal:
        terminal.expect("ready")
        guard = _guard(terminal)
        taken = terminal.attributes()
        taken[1] |= termios.OPOST
        terminal.process.send_signal(signal.SIGSTOP)
        termios.tcsetattr(terminal.follower, termios.TCSANOW, taken)
        terminal.process.kill()
        terminal.wait_until(lambda _: _gone(guard))
        assert terminal.attributes() == taken


def test_the_guard_holds_only_what_it_needs_and_ignores_signals() -> None:
    with Terminal(_forward("sh", "-c", "echo ready; read line")) as terminal:
        terminal.expect("ready")
        guard = _guard(terminal)
        targets = [str(one.readlink()) for one in Path(f"/proc/{guard}/fd").iterdir()]
        assert len(targets) == 3, targets
        assert sum(target.startswith("pipe:") for target in targets) == 1
        assert os.getsid(guard) == guard
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGTSTP):
            os.kill(guard, number)
        terminal.process.kill()
        terminal.wait_until(lambda one: one.attributes() == one.before)
        terminal.wait_until(lambda _: _gone(guard))


def test_going_on_after_a_stop_makes_the_terminal_raw_again() -> None:
    with Terminal(_forward("sh", "-c", "echo ready; read line; stty size")) as terminal:
        terminal.expect("ready")
        os.kill(terminal.process.pid, signal.SIGSTOP)
        termios.tcsetattr(terminal.follower, termios.TCSANOW, terminal.before)
        terminal.resize(33, 99)
        os.kill(terminal.process.pid, signal.SIGCONT)
        terminal.wait_until(lambda one: one.is_raw)
        terminal.send("\r")
        terminal.expect("33 99")
        assert terminal.exit_status() == 0
        assert terminal.attributes() == terminal.before


def test_a_stop_by_job_control_restores_the_terminal_until_it_goes_on() -> None:
    # Unlike others, this shell leaves the modes of the terminal to its jobs.
    with Terminal(["dash", "-i"], env={"PS1": "prompt> "}) as terminal:
        command = shlex.join(_forward("sh", "-c", "echo rea''dy; read line; echo go''t $line"))
        terminal.send(f"{command}\r")
        terminal.expect("ready")
        terminal.wait_until(lambda one: one.is_raw)
        pid = os.tcgetpgrp(terminal.master)
        os.kill(pid, signal.SIGTSTP)
        terminal.expect("Stopped")
        assert terminal.attributes() == terminal.before
        terminal.send("fg\r")
        terminal.wait_until(lambda one: os.tcgetpgrp(one.master) == pid and one.is_raw)
        terminal.send("line\r")
        terminal.expect("got line")
        terminal.expect("prompt> ")
        terminal.send("exit\r")
        assert terminal.exit_status() == 0


# Bytes


def test_a_megabyte_goes_both_ways_whole() -> None:
    data = os.urandom(1 << 20).replace(b"\x1d", b"]")
    script = (
        "import os, tty, sys\n"
        "tty.setraw(0)\n"
        "os.write(1, b'ready')\n"
        "import time\n"
        "time.sleep(0.5)\n"
        "left = 1 << 20\n"
        "while left:\n"
        "    data = os.read(0, 65536)\n"
        "    left -= len(data)\n"
        "    while data:\n"
        "        data = data[os.write(1, data):]\n"
        "os.write(1, b'done')\n"
    )
    with Terminal(_forward(*_python(script)), env={"TERM": "dumb"}) as terminal:
        terminal.expect("ready")
        terminal.send(data)
        assert terminal.exit_status() == 0
        shown = terminal.output.partition(b"ready")[2].removesuffix(b"done\r\n")
        assert hashlib.sha256(shown).digest() == hashlib.sha256(data).digest()


def test_every_byte_arrives_as_it_is() -> None:
    data = bytes(range(256)) * 2
    script = (
        "import os, tty\n"
        "tty.setraw(0)\n"
        "os.write(1, b'ready')\n"
        "data = b''\n"
        "while len(data) < 512:\n"
        "    data += os.read(0, 512)\n"
        "os.write(1, data.hex().encode() + b' end ' + data)\n"
    )
    with Terminal(_forward(*_python(script)), env={"TERM": "dumb"}) as terminal:
        terminal.expect("ready")
        terminal.send(data)
        terminal.expect(f"{data.hex()} end ")
        assert terminal.exit_status() == 0
        assert data in terminal.output


def test_a_reader_that_stalls_makes_the_command_wait_and_grows_nothing() -> None:
    reading, writing = os.pipe()
    command = _forward("sh", "-c", "yes | head -c 20000000")
    process = subprocess.Popen(command, cwd=CHECKOUT, stdin=subprocess.DEVNULL, stdout=writing)
    os.close(writing)
    with open(reading, "rb") as stream:  # noqa: PTH123
        assert stream.read(2)
        # The command's side is full when it sleeps in a write.
        before = -1
        while (now := _shown_so_far(process.pid)) != before:
            before = now
            time.sleep(0.2)
        assert _resident(process.pid) < 60 << 20
        assert len(stream.read()) + 2 == 30_000_000
    assert process.wait() == 0


def _shown_so_far(pid: int) -> int:
    for line in Path(f"/proc/{pid}/io").read_text().splitlines():
        if line.startswith("wchar:"):
            return int(line.split()[1])
    raise AssertionError("no wchar")


def _resident(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_what_is_left_in_the_terminal_is_shown_after_the_end() -> None:
    begin = time.monotonic()
    done = _run(_forward("seq", "20000", quiet=20), stdin=subprocess.DEVNULL)
    assert time.monotonic() - begin < 15
    assert done.stdout == b"".join(b"%d\r\n" % number for number in range(1, 20001))


def test_output_to_a_file_is_appended_at_the_shared_position(tmp_path: Path) -> None:
    path = tmp_path / "shown"
    with path.open("wb") as stream:
        stream.write(b"before\n")
        stream.flush()
        assert _run(_forward("echo", "hi"), stdin=subprocess.DEVNULL, stdout=stream).stderr == b""
        stream.seek(0, os.SEEK_CUR)
        os.write(stream.fileno(), b"after\n")
    assert path.read_bytes() == b"before\nhi\r\nafter\n"


# The end of the input


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        (b"hello\n", b"hello\r\nhello\r\n"),
        (b"hello", b"hellohello"),
        (b"", b""),
    ],
)
def test_the_end_of_the_input_ends_the_commands_input(data: bytes, shown: bytes) -> None:
    done = _run(_forward("cat"), input=data)
    assert (done.returncode, done.stdout, done.stderr) == (0, shown, b"")


def test_what_is_typed_before_the_command_is_there_is_not_lost() -> None:
    done = _run(_forward("sh", "-c", "sleep 0.1; cat", clears=True), input=b"hello\n")
    assert (done.returncode, done.stdout) == (0, b"hello\r\nhello\r\n")


def test_every_reader_sees_the_end_of_the_input() -> None:
    done = _run(_forward("sh", "-c", "cat; cat; cat"), stdin=subprocess.DEVNULL)
    assert (done.returncode, done.stderr) == (0, b"")


def test_the_end_of_the_input_ends_a_shell_that_edits_lines() -> None:
    command = _forward("bash", "--norc", "-i")
    done = _run(command, input=b"echo a$((1+1))\n", env={**os.environ, "TERM": "dumb"})
    assert b"a2\r\n" in done.stdout
    assert done.returncode == 0


def test_input_from_a_file(tmp_path: Path) -> None:
    lines = b"".join(b"line %d\n" % number for number in range(50_000))
    path = tmp_path / "typed"
    path.write_bytes(lines)
    with path.open("rb") as stream:
        done = _run(_forward("sh", "-c", "stty -echo; echo ready; cat"), stdin=stream)
    assert done.returncode == 0
    assert done.stdout.endswith(lines.replace(b"\n", b"\r\n")[-100_000:])


def test_standard_input_that_is_not_open_is_at_its_end() -> None:
    done = _run(_forward("cat", stdin=99), stdin=subprocess.DEVNULL)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


# Leaving


def test_the_key_three_times_disconnects() -> None:
    with Terminal(_forward("sh", "-c", "echo ready; exec sleep 60")) as terminal:
        terminal.expect("ready")
        terminal.send("\x1d\x1d\x1d")
        terminal.expect("ended: disconnected")
        terminal.exit_status()
        assert terminal.attributes() == terminal.before


def test_the_key_pressed_slowly_or_between_others_is_the_commands() -> None:
    script = "stty raw -echo; echo ready; head -c 9 | od -An -tx1"
    with Terminal(_forward("sh", "-c", script)) as terminal:
        terminal.expect("ready")
        terminal.send("a\x1d\x1d\x1db")
        terminal.send("\x1d\x1d")
        time.sleep(1.1)
        terminal.send("\x1d")
        time.sleep(0.05)
        terminal.send("c")
        terminal.expect("61 1d 1d 1d 62 1d 1d 1d 63")
        assert terminal.exit_status() == 0
        assert b"ended" not in terminal.output


def test_the_end_of_our_output_is_told() -> None:
    command = ["sh", "-c", '"$@" </dev/null | head -n 1', "sh", *_forward("yes")]
    done = _run(command)
    assert done.stdout == b"y\r\n"
    assert done.stderr == b"ended: hangup\n"


def test_the_end_of_our_terminal_is_told(tmp_path: Path) -> None:
    told = tmp_path / "told"
    with told.open("wb") as stream:
        script = 'trap "" HUP; "$@"'
        command = ["sh", "-c", script, "sh", *_forward("sh", "-c", "echo ready; exec sleep 60")]
        with Terminal(command, stderr=stream) as terminal:
            terminal.expect("ready")
            terminal.hang_up()
            terminal.process.wait(15)
    assert told.read_bytes() == b"ended: hangup\n"


# Sizes


def test_a_new_size_reaches_the_command_in_the_middle_of_output() -> None:
    script = "trap 'stty size; exit' WINCH; while :; do echo line; done"
    with Terminal(_forward("sh", "-c", script), rows=20, columns=70) as terminal:
        terminal.expect("line\r\n")
        terminal.resize(31, 101)
        terminal.expect("31 101\r\n")
        assert terminal.exit_status() == 0


def test_the_size_comes_from_the_terminal_or_the_environment() -> None:
    with Pty.open() as pty:
        assert window_size([pty.follower], {}) == WindowSize(24, 80)
        WindowSize(33, 99, 700, 500).apply(pty.master)
        assert window_size([-1, pty.follower], {"LINES": "1"}) == WindowSize(33, 99, 700, 500)
    said = {"LINES": "11", "COLUMNS": "70000"}
    assert window_size([], said) == WindowSize(11, 80)


# The pseudo-terminal


def test_closing_again_does_nothing_and_leaves_nothing_open() -> None:
    before = descriptors()
    with Pty.open() as pty:
        assert not os.get_inheritable(pty.master)
        assert not os.get_inheritable(pty.follower)
        assert not os.get_blocking(pty.master)
        assert os.ttyname(pty.follower) == pty.path
        assert not pty.has_session()
        assert pty.is_canonical()
        pty.close_follower()
        pty.close()
    assert descriptors() == before


def test_nothing_is_left_open_and_the_shared_flags_are_kept() -> None:
    script = (
        "import asyncio, os, json\n"
        "from runwrap.terminal import Forwarder, Pty\n"
        "def state():\n"
        "    return sorted(os.listdir('/proc/self/fd')), os.get_blocking(0), os.get_blocking(1)\n"
        "async def main():\n"
        "    before = state()\n"
        "    for _ in range(3):\n"
        "        with Pty.open() as pty:\n"
        "            async with Forwarder(pty):\n"
        "                assert os.get_blocking(0) and os.get_blocking(1)\n"
        "    assert state() == before, (before, state())\n"
        "    try: os.waitpid(-1, os.WNOHANG)\n"
        "    except ChildProcessError: print('clean')\n"
        "asyncio.run(main())\n"
    )
    with Terminal([sys.executable, "-c", script]) as terminal:
        assert terminal.exit_status() == 0, terminal.output
        assert b"clean" in terminal.output


def test_the_flags_are_put_back_where_the_file_cannot_be_opened_anew() -> None:
    counter = os.eventfd(0)
    stream = Stream(counter, writing=True)
    assert stream.made_nonblocking
    assert not os.get_blocking(counter)
    with pytest.raises(BlockingIOError):
        stream.read(8)
    stream.close()
    assert os.get_blocking(counter)
    os.close(counter)


def test_sockets_do_not_wait_and_keep_their_flags() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        stream = Stream(theirs.fileno(), writing=True)
        assert not stream.made_nonblocking
        with pytest.raises(BlockingIOError):
            stream.read(1)
        ours.send(b"x")
        assert stream.read(10) == b"x"
        assert stream.write(b"y") == 1
        assert ours.recv(10) == b"y"
        assert os.get_blocking(theirs.fileno())
        stream.close()


# What is shown around


def test_title_and_background_are_set_and_undone() -> None:
    script = "printf 'a\\033[0mb\\n'; printf mid; read line"
    command = _forward("sh", "-c", script, background="44", title="a \x1b title")
    with Terminal(command) as terminal:
        terminal.expect("mid")
        terminal.wait_until(lambda one: one.cell(1, 2).bg == "blue")
        assert terminal.cell(0, 1).bg == "blue"
        assert terminal.title == "a \\x1b title"
        terminal.send("\r")
        assert terminal.exit_status() == 0
        assert terminal.output.endswith(b"\x1b[23;2t\x1b[!p\x1b[0m\x1b[?7h\x1b[?25h\x1b[J")


@pytest.mark.parametrize(
    "env", [{"TERM": "dumb"}, {"NO_COLOR": "1", "SYSTEMD_ADJUST_TERMINAL_TITLE": "0"}]
)
def test_nothing_is_set_where_it_is_not_wanted(env: dict[str, str]) -> None:
    with Terminal(_forward("echo", "hi", background="44", title="title"), env=env) as terminal:
        assert terminal.exit_status() == 0
        assert terminal.output.startswith(b"hi\r\n")
        assert b"44" not in terminal.output
        assert b"title" not in terminal.output


def test_output_that_is_no_terminal_is_not_touched() -> None:
    done = _run(
        _forward("printf", "a\\033[0mb\\nc", background="44", title="title"),
        stdin=subprocess.DEVNULL,
    )
    assert done.stdout == b"a\x1b[0mb\r\nc"


def test_a_line_without_an_end_is_ended() -> None:
    with Terminal(_forward("printf", "hi\\033[0m")) as terminal:
        assert terminal.exit_status() == 0
        assert terminal.output.startswith(b"hi\x1b[0m\r\n")


# Hangups of the command's side


def test_hangups_by_a_manager_neither_end_it_nor_spin() -> None:
    script = (
        "import asyncio, os, resource, signal, sys, time\n"
        "from runwrap.terminal import Forwarder, Pty\n"
        "signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
        "hang = 'import ctypes, fcntl, os, signal, sys, termios;' "
        "'signal.signal(signal.SIGHUP, signal.SIG_IGN);'"
        "'t = os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY);'"
        "'fcntl.ioctl(t, 0x5437)'\n"
        "async def main():\n"
        "    with Pty.open() as pty:\n"
        "        if sys.argv[1] == 'theirs': pty.close_follower()\n"
        "        async with Forwarder(pty) as forwarder:\n"
        "            for _ in range(3):\n"
        "                child = await asyncio.create_subprocess_exec(\n"
        "                    sys.executable, '-S', '-c', hang, pty.path)\n"
        "                assert await child.wait() == 0\n"
        "            before = time.process_time()\n"
        "            await asyncio.sleep(0.5)\n"
        "            spent = time.process_time() - before\n"
        "            assert not forwarder.ended.done()\n"
        "            follower = os.open(pty.path, os.O_RDWR | os.O_NOCTTY)\n"
        "            os.write(follower, b'late')\n"
        "            os.close(follower)\n"
        "            await forwarder.drain()\n"
        "    assert spent < 0.05, spent\n"
        "asyncio.run(main())\n"
    )
    for whose in ("ours", "theirs"):
        done = _run([sys.executable, "-c", script, whose], stdin=subprocess.DEVNULL)
        assert (done.stdout, done.stderr, done.returncode) == (b"late", b"", 0)
