"""Sandbox directives, in force for real."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.system.places import Place

_SOCKET = "import socket, sys; socket.socket(getattr(socket, sys.argv[1]), socket.SOCK_DGRAM)"


def _works(place: Place, properties: tuple[str, ...], *command: str) -> bool:
    arguments = [word for text in properties for word in ("-p", text)]
    done = place.runwrap("-q", "--wait", *arguments, *command)
    assert done.returncode in (0, 1), done.stderr
    return done.returncode == 0


@pytest.mark.parametrize(
    ("properties", "allowed", "refused"),
    [
        ((), ("AF_INET", "AF_INET6", "AF_UNIX", "AF_NETLINK"), ()),
        (("RestrictAddressFamilies=AF_UNIX",), ("AF_UNIX",), ("AF_INET", "AF_INET6")),
        (
            ("RestrictAddressFamilies=AF_UNIX AF_INET",),
            ("AF_UNIX", "AF_INET"),
            ("AF_INET6", "AF_NETLINK"),
        ),
        (("RestrictAddressFamilies=~AF_INET6",), ("AF_INET", "AF_UNIX"), ("AF_INET6",)),
        (("RestrictAddressFamilies=none",), (), ("AF_INET", "AF_INET6", "AF_UNIX")),
        (
            ("RestrictAddressFamilies=AF_UNIX", "RestrictAddressFamilies="),
            ("AF_INET", "AF_UNIX"),
            (),
        ),
    ],
)
def test_restrict_address_families(
    place: Place,
    properties: tuple[str, ...],
    allowed: tuple[str, ...],
    refused: tuple[str, ...],
) -> None:
    for family in allowed:
        assert _works(place, properties, place.python, "-c", _SOCKET, family), family
    for family in refused:
        assert not _works(place, properties, place.python, "-c", _SOCKET, family), family


def test_private_network_has_only_a_loopback_device(place: Place) -> None:
    command = ("sh", "-c", "tail -n +3 /proc/net/dev | cut -d: -f1; readlink /proc/self/ns/net")
    outside = place.runwrap("-q", "-P", *command).stdout.split()
    inside = place.runwrap("-q", "-P", "-p", "PrivateNetwork=yes", *command).stdout.split()
    assert inside[:-1] == ["lo"]
    assert inside[-1] != outside[-1]


def test_private_tmp_is_empty_and_gone_afterwards(place: Place) -> None:
    # Others run beside it, whose directories may be there at that moment.
    unit = f"private-tmp-{os.getpid()}"
    command = ("sh", "-c", f"ls -A /tmp; touch /tmp/{unit}; ls /tmp")
    done = place.runwrap("-q", "-P", f"--unit={unit}", "-p", "PrivateTmp=yes", *command)
    assert done.stdout == f"{unit}\n", done.stderr
    assert unit not in place.run("ls", "-A", "/tmp").stdout


def test_protect_system_makes_usr_read_only(place: Place) -> None:
    command = ("sh", "-c", "touch /usr/runwrap-mark && rm /usr/runwrap-mark")
    assert _works(place, (), *command)
    assert not _works(place, ("ProtectSystem=strict",), *command)
    assert not _works(place, ("ProtectSystem=yes",), *command)


def test_dynamic_user_is_nobody_that_exists(place: Place) -> None:
    done = place.runwrap("-q", "-P", "-p", "DynamicUser=yes", "id", "-u")
    assert 61184 <= int(done.stdout) <= 65519, done.stderr


def test_limits_and_modes_arrive(place: Place) -> None:
    done = place.runwrap(
        *("-q", "-P", "-p", "UMask=0027", "--nice=5", "-E", "COLOUR=blue green"),
        *("--working-directory=/usr", "sh", "-c", 'umask; nice; pwd; echo "$COLOUR"'),
    )
    assert done.stdout.split("\n")[:4] == ["0027", "5", "/usr", "blue green"], done.stderr


def test_runtime_limit_ends_the_unit(place: Place) -> None:
    report = place.report("-p", "RuntimeMaxSec=200ms", "sleep", "60")
    assert report["result"] == "timeout"
    assert report["exit_status"] == 1
    assert 200_000 <= report["runtime_usec"] < 10_000_000
