"""The rating of exposure: what systemd-analyze prints is read, and what it is given is true."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest

from runwrap.cli.exposure import check_level, show_exposure
from runwrap.cli.request import Surroundings
from runwrap.errors import ExposureError, UsageError
from runwrap.model import LaunchSpec, TransientUnit
from runwrap.plan import prepare
from runwrap.sandbox import exposure as module
from runwrap.sandbox.exposure import (
    Exposure,
    Finding,
    Gain,
    Level,
    exposure_of,
    level_of,
    rate,
)
from tests.support.command_lines import request_from

if TYPE_CHECKING:
    from pathlib import Path

    from runwrap.cli.request import Request

NAMES = (
    '{"set":false,"name":"RestrictNamespaces=~user","json_field":"RestrictNamespaces_user",'
    '"description":"Service may create user namespaces","exposure":"0.3"}',
    '{"set":false,"name":"RestrictAddressFamilies=~\u2026","json_field":'
    '"RestrictAddressFamilies_OTHER","description":"Service may allocate exotic sockets",'
    '"exposure":"0.3"}',
    '{"set":true,"name":"PrivateNetwork=","json_field":"PrivateNetwork","description":'
    '"Service has no access to the host\'s network","exposure":null}',
    '{"set":null,"name":"RemoveIPC=","json_field":"RemoveIPC","description":'
    '"Service runs as root, option does not apply","exposure":null}',
)
TABLE = f"[{','.join(NAMES)}]\n"
"""Rows of systemd-analyze; 252, 257 and 262 print the same ones for these."""

LINES = {
    "252": ("-> Overall exposure level for a.service: 8.1 EXPOSED :-(", Level(8.1, "EXPOSED")),
    "257": ("\u2192 Overall exposure level for a.service: 9.6 UNSAFE :-{", Level(9.6, "UNSAFE")),
    "262": ("\u2192 Overall exposure level for a.service: 4.0 OK :-)", Level(4.0, "OK")),
    "emoji": (
        "\u2192 Overall exposure level for a.service: 5.0 MEDIUM \U0001f610",
        Level(5.0, "MEDIUM"),
    ),
}


@pytest.mark.parametrize("release", LINES)
def test_levels_are_read(release: str) -> None:
    line, level = LINES[release]
    text = f"  NAME  DESCRIPTION  EXPOSURE\n- UMask=  Files are readable  0.1\n\n{line}\n"
    assert module._levels(text, 1) == [level]
    assert module._levels(text * 3, 3) == [level] * 3
    with pytest.raises(ExposureError, match="tells 1 levels of 2 units"):
        module._levels(text, 2)


def test_tables_are_read() -> None:
    assert module._findings(TABLE) == (
        Finding("RestrictNamespaces=~user", "Service may create user namespaces", False, 0.3),
        Finding(
            "RestrictAddressFamilies=~\u2026", "Service may allocate exotic sockets", False, 0.3
        ),
        Finding("PrivateNetwork=", "Service has no access to the host's network", True, None),
        Finding("RemoveIPC=", "Service runs as root, option does not apply", None, None),
    )
    for text in (
        "",
        "{}x",
        '[{"name":"x"}]',
        '[{"name":"x","description":"","set":1,"exposure":"y"}]',
    ):
        with pytest.raises(ExposureError, match="cannot be read"):
            module._findings(text)


def test_what_is_open_comes_with_the_largest_cost_first() -> None:
    rows = (
        Finding("UMask=", "", False, 0.1),
        Finding("PrivateNetwork=", "", False, 0.5),
        Finding("PrivateTmp=", "", True, None),
        Finding("RemoveIPC=", "", None, None),
    )
    exposure = Exposure(9.0, "UNSAFE", rows, (Gain("PrivateNetwork=yes", 8.5),))
    assert [row.name for row in exposure.open] == ["PrivateNetwork=", "UMask="]
    assert exposure.best_gain == Gain("PrivateNetwork=yes", 8.5)
    assert Exposure(0.2, "SAFE", rows, ()).best_gain is None
    assert Exposure(0.2, "SAFE", rows, None).best_gain is None


def test_candidates_come_by_directive() -> None:
    rows = [
        Finding("PrivateNetwork=", "", False, 0.5),
        Finding("CapabilityBoundingSet=~CAP_KILL", "", False, 0.3),
        Finding("CapabilityBoundingSet=~CAP_BPF", "", False, 0.3),
        Finding("User=/DynamicUser=", "", False, 0.4),
        Finding("IPAddressDeny=", "", False, 0.2),
        Finding("RootDirectory=/RootImage=", "", False, 0.1),
        Finding("PrivateTmp=", "", True, None),
    ]
    assert list(module._candidates(rows, user=False)) == [
        "CapabilityBoundingSet=",
        "PrivateNetwork=yes",
        "DynamicUser=yes",
        "IPAddressDeny=any",
    ]
    # What users' managers refuse is of no use with them.
    assert list(module._candidates(rows, user=True)) == [
        "CapabilityBoundingSet=",
        "PrivateNetwork=yes",
    ]


@pytest.mark.parametrize(
    ("given", "added"),
    [
        ((), "no"),
        (("PrivateTmp=yes",), "yes"),
        (("PrivateTmp=no", "ProtectHome=off", "ProtectSystem=0"), "no"),
        (("ProtectSystem=full",), "yes"),
        (("RootImage=/x.img",), "yes"),
        (("PrivateMounts=yes",), None),
        (("PrivateMounts=no",), None),
        (("PrivateMounts=no", "DynamicUser=yes"), "yes"),
    ],
)
def test_private_mounts_are_said(given: tuple[str, ...], added: str | None) -> None:
    text = module._with_mounts("\n".join(["[Service]", *given]))
    named = [line for line in text.splitlines() if line.startswith("PrivateMounts=")]
    before = [line for line in given if line.startswith("PrivateMounts=")]
    assert named == before + ([] if added is None else [f"PrivateMounts={added}"])


def test_what_may_be_secret_is_not_written() -> None:
    spec = LaunchSpec(
        command=("sh", "-c", "secret"),
        description="secret",
        setenv=("A=secret",),
        properties=(
            *("Environment=B=secret", "SetCredential=c:secret", "ExecStartPre=/bin/echo secret"),
            *("StandardInputText=secret", "ExecPaths=/bin", "PrivateNetwork=yes", "Type=exec"),
        ),
    )
    text = module._text_of(prepare(spec).unit)
    assert "secret" not in text
    assert {"ExecPaths=/bin", "PrivateNetwork=yes", "Type=exec"} <= set(text.splitlines())


def test_ratings() -> None:
    """A rating of this machine's systemd-analyze; tests/system compares it with real units."""
    bare = LaunchSpec(command=("true",))
    exposure = asyncio.run(exposure_of(bare))
    assert asyncio.run(level_of(prepare(bare).unit)) == Level(exposure.level, exposure.rating)
    best = exposure.best_gain
    assert best is not None
    assert best.level < exposure.level
    assert exposure.gains
    assert list(exposure.gains) == sorted(exposure.gains, key=lambda gain: gain.level)
    names = [gain.assignment.partition("=")[0] for gain in exposure.gains]
    assert len(names) == len(set(names))
    # What is said of a gain is what comes of it.
    for gain in exposure.gains[:3]:
        better = LaunchSpec(command=("true",), properties=(gain.assignment,))
        assert asyncio.run(level_of(prepare(better).unit)).level == gain.level


def test_what_systemd_analyze_does_not_know_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = LaunchSpec(command=("true",), properties=("PrivateTmp=yes", "Type=exec"))
    unit = prepare(spec).unit
    assert asyncio.run(rate(unit)).complaints == ()
    monkeypatch.setattr(module, "_COMMAND", f"{module._COMMAND}NoSuchThing=yes\n")
    complaints = asyncio.run(rate(unit)).complaints
    assert len(complaints) == 1
    assert "NoSuchThing" in complaints[0]


def test_other_units_are_refused() -> None:
    with pytest.raises(ExposureError, match="rates services only"):
        asyncio.run(rate(TransientUnit("a.scope", ())))


@pytest.mark.parametrize(
    ("program", "said"),
    [
        (None, "systemd-analyze is not installed"),
        ("#!/bin/sh\necho no >&2\necho why >&2\nexit 3\n", "systemd-analyze: why"),
        ("#!/bin/sh\nexit 3\n", "systemd-analyze: exit status 3"),
        ("#!/bin/sh\necho 1.0\n", "tells 0 levels of 1 units"),
        ("no program", "systemd-analyze: Exec format error"),
    ],
)
def test_failures_are_told(
    program: str | None, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unit = prepare(LaunchSpec(command=("/bin/true",))).unit
    if program is not None:
        path = tmp_path / "systemd-analyze"
        path.write_text(program)
        path.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ExposureError, match=said):
        asyncio.run(level_of(unit))


async def test_a_cancelled_rating_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import os

    fifo, program = tmp_path / "fifo", tmp_path / "systemd-analyze"
    os.mkfifo(fifo)
    # The process says its number, and then waits for ever.
    program.write_text(f"#!/bin/sh\necho $$ > {fifo}\nread line < {fifo}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    (tmp_path / "files").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "files"))
    rating = asyncio.create_task(level_of(prepare(LaunchSpec(command=("true",))).unit))
    pid = int(await asyncio.to_thread(fifo.read_text))
    assert list((tmp_path / "files").iterdir())
    rating.cancel()
    with pytest.raises(asyncio.CancelledError):
        await rating
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert not list((tmp_path / "files").iterdir())


SURROUNDINGS = Surroundings(environ={"PATH": "/usr/bin:/bin"}, booted=True, on_terminals=False)


def _request(*words: str) -> Request:
    return request_from(words, SURROUNDINGS)


@pytest.mark.parametrize("text", ["0", "10", "4.5", "0.0", "10.00", "08"])
def test_limits_are_numbers(text: str) -> None:
    assert _request(f"--max-exposure={text}", "true").max_exposure == float(text)


@pytest.mark.parametrize(
    "text", ["", "x", "-1", "10.1", "1e1", "1.", ".", "inf", "nan", "9" * 999, "1_0"]
)
def test_other_limits_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="expected a number from 0 to 10"):
        _request(f"--max-exposure={text}", "true")


@pytest.mark.parametrize("option", ["--exposure", "--max-exposure=5"])
def test_scopes_are_refused(option: str) -> None:
    with pytest.raises(UsageError, match="rates services only"):
        _request("--scope", option, "true")


def test_the_level_is_checked() -> None:
    request = _request("--max-exposure=5", "true")
    plan = prepare(request.spec)
    with pytest.raises(ExposureError, match=r"was not started: it is rated 9\.\d UNSAFE") as caught:
        check_level(request, plan)
    assert "--property=CapabilityBoundingSet= would make it" in caught.value.hints[0]
    request = _request("--max-exposure=9.9", "true")
    assert check_level(request, plan) == asyncio.run(level_of(plan.unit)).level


def test_exposure_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert show_exposure(_request("--exposure", "-p", "PrivateNetwork=yes")) == 0
    text = capsys.readouterr().out
    first, *rows = text.splitlines()
    level = float(first.split()[1])
    assert any("  User=/DynamicUser=  " in row for row in rows)
    assert not any("PrivateNetwork=" in row for row in rows)
    costs = [float(row.split()[0]) for row in rows if row.startswith(" 0.")]
    assert costs == sorted(costs, reverse=True)
    assert "Would gain most: CapabilityBoundingSet= (then " in text
    assert show_exposure(_request("--exposure", "--json=short", "-p", "PrivateNetwork=yes")) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["exposure"] == level
    assert document["gains"][0]["assignment"] == "CapabilityBoundingSet="
    assert len(document["findings"]) > len(costs)


def test_exposure_is_shown_before_it_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ExposureError, match="above --max-exposure=3"):
        show_exposure(_request("--exposure", "--max-exposure=3", "true"))
    assert capsys.readouterr().out.startswith("Exposure: ")


def test_units_that_are_not_there_are_refused() -> None:
    with pytest.raises(UsageError, match="private manager"):
        show_exposure(_request("--embedded", "--exposure", "--unit=x"))
    with pytest.raises(UsageError, match="capsule"):
        show_exposure(_request("--capsule=x", "--exposure", "--unit=x"))
