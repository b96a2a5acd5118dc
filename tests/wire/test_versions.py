"""What runwrap sends depends on the manager's version, which it asks for just once."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.recorder import Recorder, StartCall

ENVIRONMENT = {"PATH": "/usr/bin:/bin", "KNOWN": "from the caller"}


@dataclass(frozen=True)
class Outcome:
    """What one start of runwrap came to."""

    status: int
    stdout: str
    stderr: str


async def _runwrap(recorder: Recorder, *arguments: str) -> Outcome:
    """Run runwrap against *recorder*."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "runwrap", *arguments),
        env={
            # What is added to examine a unit has tests of its own.
            "RUNWRAP_ENFORCE": "off",
            **ENVIRONMENT,
            "DBUS_SYSTEM_BUS_ADDRESS": recorder.address,
            "PYTHONPATH": str(Path(__file__).parents[2]),
        },
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    stdout, stderr = await process.communicate()
    assert process.returncode is not None
    assert b"Traceback" not in stderr
    return Outcome(process.returncode, stdout.decode(), stderr.decode())


def _values(call: StartCall) -> dict[str, object]:
    return {given.name: given.value for given in call.properties}


@pytest.mark.parametrize(
    ("version", "sent"),
    [("252.38-1~deb12u1", True), ("257.9-1~deb13u1", True), ("262", False), ("262~rc1-1", False)],
)
async def test_dropped_directives_are_not_sent(version: str, sent: bool) -> None:
    async with Recorder(version) as recorder:
        done = await _runwrap(recorder, "-p", "CPUAccounting=yes", "true")
    (call,) = recorder.calls
    assert _values(call).get("CPUAccounting") == (True if sent else None)
    assert "The call was recorded." in done.stderr


@pytest.mark.parametrize("option", [(), ("--dry-run",)], ids=["start", "dry-run"])
async def test_newer_directives_are_refused(option: tuple[str, ...]) -> None:
    arguments = (*option, "-p", "MemoryZSwapWriteback=no", "-p", "ManagedOOMSwap=auto", "true")
    async with Recorder("252.38-1~deb12u1") as recorder:
        done = await _runwrap(recorder, *arguments)
    assert done.status == 1
    assert done.stdout == ""
    assert done.stderr == (
        "runwrap: MemoryZSwapWriteback=no: MemoryZSwapWriteback= came with systemd 256, and the "
        "service manager is systemd 252\n"
    )
    assert recorder.calls == []
    async with Recorder("256") as recorder:
        done = await _runwrap(recorder, *arguments)
    assert "MemoryZSwapWriteback" not in done.stderr
    assert len(recorder.calls) == (0 if option else 1)


async def test_all_faults_are_told_at_once() -> None:
    options = ("-p", "MemoryZSwapWriteback=no", "-p", "Nice=x", "-p", "PrivateTmp=disconnectd")
    async with Recorder("252") as recorder:
        done = await _runwrap(recorder, *options, "true")
    newer, nice, word = done.stderr.splitlines()
    assert "came with systemd 256" in newer
    assert "Nice=x" in nice
    # What came later is no suggestion.
    assert word.endswith("expected a boolean")
    assert recorder.calls == []


async def test_newer_words_are_refused() -> None:
    async with Recorder("252") as recorder:
        done = await _runwrap(recorder, "--service-type=notify-reload", "true")
    assert done.stderr.startswith("runwrap: --service-type: ")
    assert "systemd 253" in done.stderr
    assert "systemd 252" in done.stderr
    assert recorder.calls == []


@pytest.mark.parametrize("option", [(), ("--dry-run=json",)], ids=["start", "dry-run"])
async def test_deprecated_directives_are_warned_of(option: tuple[str, ...]) -> None:
    async with Recorder("252") as recorder:
        done = await _runwrap(recorder, *option, "-p", "MemoryLimit=1G", "true")
    warnings = [line for line in done.stderr.splitlines() if line.startswith("runwrap: warning:")]
    assert "MemoryLimit= is deprecated; its successor is MemoryMax=" in warnings[0]
    async with Recorder("262") as recorder:
        done = await _runwrap(recorder, *option, "-p", "MemoryLimit=1G", "true")
    assert "MemoryLimit= is ignored by systemd 258 and later; its successor is MemoryMax=" in (
        done.stderr
    )


async def test_the_version_is_asked_for_once() -> None:
    async with Recorder("257") as recorder:
        await _runwrap(recorder, "-p", "CPUAccounting=yes", "true")
    assert sorted(recorder.methods) == ["Get", "StartTransientUnit", "Subscribe"]


COMMAND_LINES = [
    ("-u", "plain", "true"),
    ("-u", "a b/c", "--wait", "sh", "-c", "exit $1; %h", "sh", "\u00e9\n"),
    (
        *(
            "-u",
            "full.service",
            "--pipe",
            "-G",
            "--uid=root",
            "--nice=5",
            "-E",
            "A=b",
            "-E",
            "KNOWN",
        ),
        *("--slice=foo", "--working-directory=/tmp", "--service-type=oneshot"),
        *("-p", "IPAddressDeny=any", "-p", "IPAddressAllow=10.0.0.0/8 ::1", "-p", "MemoryMax=50%"),
        *("-p", "LimitNOFILE=1024:infinity", "-p", "CPUAccounting=yes", "-p", "MemoryMin=15E"),
        *("-p", "RestrictAddressFamilies=~AF_UNIX", "-p", "StateDirectory=a:b", "true"),
    ),
]


def _plain(value: object) -> Any:
    """Return *value* as JSON has it."""
    return json.loads(json.dumps(value, default=list))


@pytest.mark.parametrize("version", ["252 (recorder)", "262"])
@pytest.mark.parametrize("arguments", COMMAND_LINES, ids=lambda arguments: arguments[1])
async def test_a_dry_run_shows_what_is_then_sent(arguments: tuple[str, ...], version: str) -> None:
    async with Recorder(version) as recorder:
        dry = await _runwrap(recorder, "--dry-run=json", *arguments)
        assert (dry.status, dry.stderr) == (0, "")
        assert set(recorder.methods) <= {"Get", "Subscribe"}
        started = await _runwrap(recorder, *arguments)
    (call,) = recorder.calls
    assert "The call was recorded." in started.stderr
    document = json.loads(dry.stdout)
    assert document["manager_version"] == version
    assert document["systemd"] == int(version[:3])
    assert document["units"] == [
        {
            "name": call.name,
            "type": "service",
            "job_mode": call.mode,
            "properties": [
                # The descriptors 0, 1 and 2 have these places in the call too.
                {"name": each.name, "signature": each.signature, "value": _plain(each.value)}
                for each in call.properties
            ],
        }
    ]


async def test_a_listing_is_for_the_manager() -> None:
    async with Recorder("257.9-1~deb13u1") as recorder:
        done = await _runwrap(recorder, "--list-properties=MemoryZSwapWriteback")
        assert done.stdout.split("\t")[3:] == ["256", "yes\n"]
        older = await _runwrap(recorder, "--list-properties", "--system")
    assert set(recorder.methods) <= {"Get", "Subscribe"}
    known = [line.split("\t")[-1] for line in older.stdout.splitlines()]
    assert "no: needs 258" in known
    assert (done.stderr, older.stderr) == ("", "")
