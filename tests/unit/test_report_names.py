"""Names of statuses and signals, against the tools of the systemd that is installed."""

from __future__ import annotations

import signal
import subprocess

import pytest

from runwrap.report import exit_status_name, signal_name, status_name


def _output(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_every_status_that_systemd_names_has_that_name() -> None:
    lines = _output("systemd-analyze", "--no-pager", "exit-status").splitlines()[1:]
    theirs = {int(status): name for name, status, _ in map(str.split, lines)}
    assert len(theirs) > 60
    assert {status: exit_status_name(status) for status in theirs} == theirs


@pytest.mark.parametrize("status", [8, 42, 63, 79, 199, 223, 234, 254])
def test_a_status_without_a_name_has_none(status: int) -> None:
    assert exit_status_name(status) is None


def test_every_signal_has_the_name_that_systemctl_lists() -> None:
    theirs = _output("systemctl", "--signal=help", "kill").split()
    # systemctl lists 0 too, and by their numbers those that the C library keeps to itself.
    ours = ["0", *(signal_name(n) or str(n) for n in range(1, signal.SIGRTMAX + 1))]
    assert ours == theirs


@pytest.mark.parametrize("number", [-1, 0, 32, 65, 255])
def test_a_number_that_is_no_signal_has_no_name(number: int) -> None:
    assert signal_name(number) is None


@pytest.mark.parametrize(
    ("code", "status", "name"),
    [
        ("exited", 0, "SUCCESS"),
        ("exited", 4, "NOPERMISSION"),
        ("exited", 9, None),
        ("killed", 9, "KILL"),
        ("dumped", 6, "ABRT"),
        ("killed", signal.SIGRTMIN + 3, "RTMIN+3"),
        (None, None, None),
    ],
)
def test_the_code_says_whether_a_status_is_a_signal(
    code: str | None, status: int | None, name: str | None
) -> None:
    assert status_name(code, status) == name
