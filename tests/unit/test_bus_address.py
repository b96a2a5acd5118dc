"""The addresses that ``-M``, ``-H`` and ``-C`` stand for, and their syntax.

What is taken and what is refused, and the programs that are run, are as systemd-run 262 was
seen to have them, unless a comment says why not.
"""

from __future__ import annotations

import os
import pwd

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runwrap.bus import capsule_address, host_address, machine_address, machine_of
from runwrap.bus._syntax import program_address, read_addresses, write_address
from runwrap.errors import ConnectionLostError, UsageError

_CALLER = pwd.getpwuid(os.geteuid()).pw_name
_OTHER = "daemon" if _CALLER != "daemon" else "bin"
_HERE_SYSTEM = "unix:path=/run/dbus/system_bus_socket"
_SSH = ["ssh", "-xT", "-o", "ConnectTimeout=20"]
_SESSION = ["-PGq", "--wait"]


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SYSTEMD_SSH", "DBUS_SYSTEM_BUS_ADDRESS", "DBUS_SESSION_BUS_ADDRESS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/run/user/7")


def _command(address: str) -> list[str]:
    (read,) = read_addresses(address)
    assert read.transport == "unixexec"
    return read.command()


@pytest.mark.parametrize(
    ("host", "arguments"),
    [
        ("far", ["--", "far", "systemd-stdio-bridge"]),
        ("lennart@far.example", ["--", "lennart@far.example", "systemd-stdio-bridge"]),
        ("far:22", ["-p", "22", "--", "far", "systemd-stdio-bridge"]),
        ("[::1]", ["--", "::1", "systemd-stdio-bridge"]),
        ("a@[fe80::1%eth0]:22", ["-p", "22", "--", "a@fe80::1%eth0", "systemd-stdio-bridge"]),
        ("far/box", ["--", "far", "systemd-stdio-bridge", "--machine=box"]),
        ("far/.host", ["--", "far", "systemd-stdio-bridge"]),
        ("far:box", ["--", "far", "systemd-stdio-bridge", "--machine=box"]),
        (
            "lennart@far:22/box",
            ["-p", "22", "--", "lennart@far", "systemd-stdio-bridge", "--machine=box"],
        ),
        ("EXAMPLE\\lennart@far", ["--", "EXAMPLE\\lennart@far", "systemd-stdio-bridge"]),
    ],
)
def test_a_host_is_reached_by_ssh(host: str, arguments: list[str]) -> None:
    assert _command(host_address(host, user=False)) == [*_SSH, *arguments]


def test_another_program_stands_for_ssh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYSTEMD_SSH", "/opt/my ssh")
    assert _command(host_address("far", user=False))[0] == "/opt/my ssh"
    monkeypatch.setenv("SYSTEMD_SSH", "")
    assert _command(host_address("far", user=False))[0] == "ssh"


@pytest.mark.parametrize(
    "host",
    [
        # Refused by systemd-run too.
        *("user@", "::1", "far:", "far:22:", "a@b@c", "[::1", "::1]", "far/a@b@c", "u@far/v@box"),
        # Taken by it, and left for ssh to refuse, or for a shell to make something of.
        *("", "@far", "far:0", "far:99999", "-far", "a b", "f;o", "$x", "[]:22", "[::1]x", "[far]"),
        *("-oProxyCommand=x@far", "far\n", "u'@far", "[::1%a b]"),
        # Taken by it, with the container ignored: then the unit would run on the host.
        *("far/", "far/user@box", "far/user@.host", "far/a b", "far:22/box/x"),
    ],
)
def test_what_is_no_host(host: str) -> None:
    with pytest.raises(UsageError, match="does not say which host"):
        host_address(host, user=False)


def test_user_managers_of_other_hosts_are_not_reached() -> None:
    with pytest.raises(UsageError, match="--user does not go with --host"):
        host_address("far", user=True)


@pytest.mark.parametrize("machine", ["box", "root@box", "0@box", "BOX-1.example", "a" * 64])
def test_the_system_manager_of_a_container_is_entered(machine: str) -> None:
    place = machine.rpartition("@")[2]
    assert machine_address(machine, user=False) == f"x-machine-unix:machine={place}"
    assert machine_of(machine) == place


def test_a_session_in_a_container() -> None:
    start = ["systemd-run", "-Mbox", *_SESSION, "-pUser=eve", "-pPAMName=login"]
    bridge = [*start, "systemd-stdio-bridge"]
    assert _command(machine_address("eve@box", user=False)) == bridge
    assert _command(machine_address("eve@box", user=True)) == [
        *bridge,
        "-punix:path=${XDG_RUNTIME_DIR}/bus",
    ]
    assert "-pUser=root" in _command(machine_address("box", user=True))
    assert f"-pUser={_CALLER}" in _command(machine_address("@box", user=True))


def test_another_user_of_this_system() -> None:
    command = _command(machine_address(f"{_OTHER}@.host", user=True))
    assert command == [
        *("systemd-run", *_SESSION, f"-pUser={_OTHER}", "-pPAMName=login"),
        *("systemd-stdio-bridge", "-punix:path=${XDG_RUNTIME_DIR}/bus"),
    ]
    assert _command(machine_address(f"{_OTHER}@", user=True)) == command


def test_the_caller_of_this_system_as_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    for machine in (".host", "root@.host", "root@", "@.host", "@", "0@"):
        assert machine_address(machine, user=False) == _HERE_SYSTEM
        assert "-pUser=root" in " ".join(_command(machine_address(machine, user=True))) or (
            "-pUser=0" in _command(machine_address(machine, user=True))
        )


def test_the_caller_of_this_system_as_somebody(monkeypatch: pytest.MonkeyPatch) -> None:
    somebody = pwd.getpwnam(_OTHER)
    monkeypatch.setattr(os, "geteuid", lambda: somebody.pw_uid)
    for machine in ("@.host", "@", f"{_OTHER}@", f"{somebody.pw_uid}@.host"):
        assert machine_address(machine, user=False) == _HERE_SYSTEM
        assert machine_address(machine, user=True) == "unix:path=/run/user/7/bus"
    # Without "@" it is root who is meant.
    assert "-pUser=root" in _command(machine_address(".host", user=False))


@pytest.mark.parametrize(
    "machine",
    [
        *("", "a b", "-x", "foo/bar", ".foo", "foo.", "foo..bar", "foo_x", "foo-", "foo.-bar", "%"),
        *("a@b@c", "root@.host2", " x@.host", "x @.host", "a:b@.host", ".@.host", "..@.host", "é"),
        *("-1@.host", "a/b@.host", "a\tb@.host", "01@.host", "65535@.host", "4294967295@.host"),
        *("99999999999999@.host", "a" * 65, "foo\n", "root\n@foo"),
    ],
)
def test_what_is_no_machine(machine: str) -> None:
    with pytest.raises(UsageError, match="does not say which machine"):
        machine_address(machine, user=False)


def test_a_user_who_is_not_there() -> None:
    with pytest.raises(UsageError, match='there is no user "nobody-of-that-name" here'):
        machine_address("nobody-of-that-name@", user=True)
    assert "-pUser=nobody-of-that-name" in _command(
        machine_address("nobody-of-that-name@box", user=True)
    )


def test_capsules() -> None:
    assert capsule_address("a-B_9") == "x-capsule-unix:capsule=a-B_9"
    assert capsule_address("-x" + "a" * 27)
    for bad in ("", "a/b", "a b", "foo@x", "a.b", "é", "@", "foo:x", "a" * 30, "x\n"):
        with pytest.raises(UsageError, match="is not a capsule's name"):
            capsule_address(bad)


@given(st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))))
def test_any_command_is_read_back(arguments: list[str]) -> None:
    address = program_address(["program", *arguments])
    assert address.isascii()
    (read,) = read_addresses(address)
    assert read.command() == ["program", *arguments]


def test_bytes_that_are_not_text_are_read_back() -> None:
    path = os.fsdecode(b"/run/\xff,;=%41")
    (read,) = read_addresses(write_address("unix", path=path))
    assert read.options == {"path": path}


def test_several_addresses() -> None:
    first, second = read_addresses("unix:path=/a,guid=1;tcp:host=b,port=2;")
    assert (first.transport, first.options) == ("unix", {"path": "/a", "guid": "1"})
    assert (second.transport, second.options) == ("tcp", {"host": "b", "port": "2"})


@pytest.mark.parametrize("text", ["", ";", "nonsense", ":path=/a", "unix:path", "unix:=x"])
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(ConnectionLostError, match="not a D-Bus address"):
        read_addresses(text)
