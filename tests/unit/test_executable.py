"""Looking up the program of a command."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runwrap.errors import CommandNotFoundError
from runwrap.executable import find_executable

if TYPE_CHECKING:
    from pathlib import Path


def _program(path: Path, mode: int = 0o755) -> str:
    path.parent.mkdir(exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(mode)
    return str(path)


def test_the_first_directory_with_an_executable_file_wins(tmp_path: Path) -> None:
    _program(tmp_path / "a" / "tool", 0o644)
    (tmp_path / "b" / "tool").mkdir(parents=True)
    wanted = _program(tmp_path / "c" / "tool")
    _program(tmp_path / "d" / "tool")
    path = ":".join(str(tmp_path / name) for name in "abcd")
    assert find_executable("tool", search_path=path, directory="/") == wanted


def test_relative_entries_of_path_are_passed_over(tmp_path: Path) -> None:
    _program(tmp_path / "tool")
    with pytest.raises(CommandNotFoundError):
        find_executable("tool", search_path=".:", directory=str(tmp_path))


def test_a_path_is_made_absolute(tmp_path: Path) -> None:
    wanted = _program(tmp_path / "bin" / "tool")
    assert find_executable("bin/tool", search_path="", directory=str(tmp_path)) == wanted
    assert find_executable("bin/../bin/tool", search_path="", directory=str(tmp_path)) == (
        f"{tmp_path}/bin/../bin/tool"
    )
    assert find_executable("bin/sh", search_path="", directory="/") == "/bin/sh"
    assert find_executable(wanted, search_path="", directory="/") == wanted


def test_without_a_path_the_usual_directories_are_searched() -> None:
    assert find_executable("sh", search_path=None, directory="/").endswith("/sh")


def test_what_is_wrong_is_said(tmp_path: Path) -> None:
    _program(tmp_path / "plain", 0o644)
    _program(tmp_path / "frobnicate")
    for name, text in {
        "": "empty word",
        "./none": "no such file",
        "./": "is a directory",
        "./plain": "is not executable",
        "frobnicat": r"frobnicat: command not found in PATH \(did you mean frobnicate\?\)",
        "zzz": "zzz: command not found in PATH$",
    }.items():
        with pytest.raises(CommandNotFoundError, match=text):
            find_executable(name, search_path=str(tmp_path), directory=str(tmp_path))
