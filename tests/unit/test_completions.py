"""The completions: made from the tables, and nothing in them that runwrap would refuse."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from completions import vocabulary
from completions.generate import FILES, generated, main, option_value
from runwrap.cli.options import options
from runwrap.properties import UNIT_TYPES, Directive, directives, find
from runwrap.properties.grammars import GRAMMARS

_DIRECTORY = Path(__file__).parents[2] / "completions"
_SOURCES = {
    *("unit", "slice", "user", "group", "file", "directory", "variable", "interface"),
    *("system-call", "machine", "host", "capsule", "directive", "property:service"),
    *("property:timer", "property:path", "property:socket"),
}


@pytest.mark.parametrize("name", FILES)
def test_files_are_what_is_made_from_the_tables(name: str) -> None:
    written = (_DIRECTORY / name).read_text(encoding="ascii")
    assert written == generated(name), "run: python -m completions.generate"


def test_the_check_fails_for_another_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("completions.generate._HERE", tmp_path)
    assert main([]) == 0
    assert main(["--check"]) == 0
    (tmp_path / FILES[0]).write_text("another")
    assert main(["--check"]) == 1
    assert capsys.readouterr().err.startswith(f"{tmp_path / FILES[0]}: ")
    assert (tmp_path / FILES[0]).read_text() == "another"


@pytest.mark.parametrize("name", FILES)
def test_nothing_is_left_to_be_filled_in(name: str) -> None:
    for field in ("names", "values", "options", "letters", "taking", "sets", "calls"):
        assert f"@{field}@" not in generated(name)


@pytest.mark.parametrize("name", FILES)
def test_python_is_not_started(name: str) -> None:
    for line in generated(name).splitlines():
        assert line.lstrip().startswith("#") or "python" not in line.lower()


@pytest.mark.parametrize(
    "command",
    [
        ["bash", "-n", "runwrap.bash"],
        ["zsh", "-n", "_runwrap"],
        ["fish", "--no-execute", "runwrap.fish"],
    ],
    ids=FILES,
)
def test_shells_can_read_them(command: list[str]) -> None:
    done = subprocess.run(command, cwd=_DIRECTORY, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_every_word_that_is_offered_is_read() -> None:
    tried = 0
    for value, names in vocabulary.values_of_names().items():
        words = list(value.words)
        if value.source == "system-call":
            words += [*vocabulary.SYSTEM_CALL_SETS, *vocabulary.SYSTEM_CALL_NAMES]
        for name in names:
            for directive in _of(name):
                for word in words:
                    # More has to come behind a colon.
                    text = f"{word}/a" if word.endswith(":") else word
                    text = "fd:a" if word == "fd:" else text
                    GRAMMARS[directive.grammar].read(directive, text)
                    tried += 1
    assert tried > 3000


def test_the_marks_are_read_before_words() -> None:
    for value, names in vocabulary.values_of_names().items():
        for name in names:
            for directive in _of(name):
                for mark in value.marks if value.words and value.separator else ():
                    text = f"{mark}{value.words[-1]}"
                    if directive.name != "RestrictAddressFamilies":
                        GRAMMARS[directive.grammar].read(directive, text)


def test_lists_are_read() -> None:
    for value, names in vocabulary.values_of_names().items():
        if not value.separator or len(value.words) < 5:
            continue
        # Booleans and their like stand alone.
        pair = value.separator.join(value.words[-4:-2])
        for name in names:
            for directive in _of(name):
                GRAMMARS[directive.grammar].read(directive, pair)


def _of(name: str) -> list[Directive]:
    return [row for row in directives() if row.name == name and row.unit_types]


@pytest.mark.parametrize("unit_type", UNIT_TYPES)
def test_all_names_of_a_unit_type_are_offered(unit_type: str) -> None:
    offered = {
        name
        for types, names in vocabulary.names_by_unit_types().items()
        if unit_type in types
        for name in names
    }
    for directive in directives():
        if unit_type in directive.unit_types:
            left_out = (
                directive.grammar == "refused"
                or directive.successor
                or (directive.name.endswith("Ex") and find(directive.name[:-2]) is not None)
            )
            assert (directive.name in offered) != bool(left_out), directive.name
        elif directive.name in offered:
            assert any(unit_type in row.unit_types for row in _of(directive.name))


def test_what_can_be_enumerated_is() -> None:
    value_by_name = {
        name: value for value, names in vocabulary.values_of_names().items() for name in names
    }
    for directive in directives():
        if directive.grammar in {"boolean", "signal", "capabilities", "log-level"}:
            offered = directive.unit_types and not directive.successor
            assert not offered or value_by_name[directive.name].words, directive.name
    for name, word in (
        ("ProtectSystem", "strict"),
        ("RestrictAddressFamilies", "AF_VSOCK"),
        ("KillSignal", "SIGWINCH"),
        ("CapabilityBoundingSet", "CAP_CHECKPOINT_RESTORE"),
        ("RestrictFileSystems", "@basic-api"),
        ("Type", "notify-reload"),
    ):
        assert word in value_by_name[name].words
    assert value_by_name["SystemCallFilter"].source == "system-call"
    assert "@system-service" in vocabulary.SYSTEM_CALL_SETS


def test_what_options_are_completed_with_is_known() -> None:
    for option in options():
        value = option_value(option)
        assert value.source == "" or value.source in _SOURCES, option.long
        assert value == vocabulary.NOTHING or option.metavar
    for value in vocabulary.values_of_names():
        assert value.source == "" or value.source in _SOURCES
