"""Permits to be started again, and how they are taken away."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, cast

import pytest

from runwrap.sandbox.permit import Permit

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A root directory of a manager that has started two units."""
    units = tmp_path / "run/systemd/units"
    units.mkdir(parents=True)
    for unit in ("a.service", "b.service"):
        (units / f"invocation:{unit}").symlink_to("0123")
    return tmp_path


def _files(root: Path) -> list[Path]:
    return list((root / "run/runwrap").iterdir())


def _runs(permit: Permit, environment: dict[str, str]) -> str:
    command = [
        "/bin/sh",
        "-c",
        f"{permit.script}echo waits",
        "/usr/bin/printf",
        "%s ",
        "it",
        "runs",
    ]
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, check=True
    ).stdout


def test_a_permit_is_what_lets_the_shell_go_on(root: Path) -> None:
    permit = Permit(str(root), "a.service")
    assert _files(root) == []
    permit.grant()
    (file,) = _files(root)
    assert file.stat().st_mode & 0o777 == 0o600
    [(path, is_optional)] = cast("list[tuple[str, bool]]", permit.property.value)
    assert (path, is_optional) == (f"/run/runwrap/{file.name}", True)
    comment, assignment = file.read_text().splitlines()
    assert comment == "# a.service"
    name, _, word = assignment.partition("=")
    assert _runs(permit, {name: word}) == "it runs "
    assert _runs(permit, {}) == "waits\n"
    assert _runs(permit, {name: ""}) == "waits\n"
    assert _runs(Permit(str(root), "a.service"), {name: word}) == "waits\n"


def test_permits_go_with_their_units(root: Path) -> None:
    for unit in ("a.service", "b.service"):
        Permit(str(root), unit).grant()
    (root / "run/systemd/units/invocation:b.service").unlink()
    Permit(str(root), "c.service").take_away_others()
    assert [file.read_text().splitlines()[0] for file in _files(root)] == ["# a.service"]


def test_without_a_place_there_is_none(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Permit(str(tmp_path), "a.service")
