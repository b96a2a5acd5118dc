"""The manual: complete, true to the options, the report and the directives, and well formed."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import runwrap
from runwrap import __version__, transient
from runwrap.cli.help import help_text, synopsis
from runwrap.cli.options import GROUPS, options
from runwrap.dry_run import DOCUMENT_VERSION, as_document
from runwrap.model import TransientUnit
from runwrap.properties import NEWEST, Property, directives, find
from runwrap.properties.grammars import GRAMMARS
from runwrap.sandbox.profiles import BUILT_IN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runwrap.cli.options import Option

_MANUAL = Path(__file__).parents[2] / "man" / "runwrap.1"
_ENUMERATED = [option for option in options() if option.values]


def _source() -> str:
    return _MANUAL.read_text(encoding="ascii")


def _section(title: str) -> str:
    """Return the source of a section, without its heading."""
    _, _, after = _source().partition(f"\n.SH {title}\n")
    assert after, f"there is no section {title}"
    return after.partition("\n.SH ")[0]


def _plain(line: str) -> str:
    """Return the text of a line with a font macro, or none (groff_man(7))."""
    macro, _, arguments = line.partition(" ")
    if macro in {".BR", ".RB", ".IR", ".BI"}:
        words = re.findall(r'"([^"]*)"|(\S+)', arguments)
        text = "".join(quoted or bare for quoted, bare in words)
    else:
        text = arguments if macro in {".B", ".I"} else line
    return re.sub(r"\\f[A-Z]", "", text).replace("\\-", "-").replace("\\&", "")


def _tags(section: str) -> list[str]:
    """Return the tags of the paragraphs of *section*, in order."""
    lines = section.split("\n")
    return [_plain(tag) for macro, tag in pairwise(lines) if macro in {".TP", ".TQ"}]


def _words(tag: str) -> set[str]:
    """Return the words that are set in bold on their own in the paragraph of an option."""
    lines = _section("OPTIONS").split("\n")
    for number, (macro, line) in enumerate(pairwise(lines)):
        if macro == ".TP" and _plain(line) == tag:
            rest = "\n".join(lines[number + 2 :])
            text = re.split(r"^\.(?:TP|SS)\b", rest, maxsplit=1, flags=re.MULTILINE)[0]
            bold = [_plain(each) for each in text.split("\n") if each.startswith((".B ", ".BR "))]
            return {
                each[0] for word in bold if (each := re.findall(r"^([a-z][a-z-]*)[.,;]?$", word))
            }
    raise AssertionError(f"there is no paragraph {tag}")


def test_options_are_in_the_groups_and_in_the_order_of_the_help() -> None:
    groups = re.split(r"^\.SS (.*)\n", _section("OPTIONS"), flags=re.MULTILINE)[1:]
    told = {title: _tags(text) for title, text in zip(groups[::2], groups[1::2], strict=True)}
    assert list(told) == list(GROUPS)
    for group in GROUPS:
        assert told[group] == [synopsis(each) for each in options() if each.group == group]


def test_every_option_and_no_other_is_in_the_help() -> None:
    lines = help_text(100, bold=False).split("\n")
    told = [line.strip().partition("  ")[0] for line in lines if re.match(r" {2,6}-", line)]
    assert told == [
        synopsis(option) for group in GROUPS for option in options() if option.group == group
    ]


def test_no_option_is_spoken_of_that_does_not_exist() -> None:
    spoken = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", _source().replace("\\-", "-")))
    assert spoken == {option.long for option in options()}


@pytest.mark.parametrize("option", _ENUMERATED, ids=lambda option: str(option.long))
def test_the_words_that_an_option_takes_and_no_others_are_named(option: Option) -> None:
    assert _words(synopsis(option)) == set(option.values)


def _variables_read() -> Iterator[str]:
    """Yield the names of the environment variables that the code reads by name."""
    for file in Path(runwrap.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            match node:
                case (
                    ast.Subscript(value=read, slice=ast.Constant(value=str(name)), ctx=ast.Load())
                    | ast.Call(
                        func=ast.Attribute(value=read, attr="get"),
                        args=[ast.Constant(value=str(name)), *_],
                    )
                ) if ast.unparse(read).endswith(("environ", "environment")):
                    yield name
    yield from transient._OF_THE_TERMINAL


def test_every_variable_that_is_read_and_no_other_has_a_paragraph() -> None:
    tags = _tags(_section("ENVIRONMENT"))
    assert len(tags) == len(set(tags))
    assert set(tags) == set(_variables_read())


def _keys(schema: dict[str, object]) -> list[str]:
    """Return the keys of the objects that *schema* describes, inner ones after their own."""
    keys: list[str] = []
    properties = schema.get("properties", {})
    assert isinstance(properties, dict)
    for key, inner in properties.items():
        keys += [key, *_keys(inner)]
    return keys


def test_every_key_of_the_report_and_no_other_has_a_paragraph() -> None:
    schema = json.loads((files("runwrap") / "report_schema.json").read_text(encoding="utf-8"))
    section = _section("THE REPORT")
    assert sorted(_tags(section)) == sorted(_keys(schema))
    assert f"has a version, which is {schema['properties']['schema']['const']}." in section


def test_the_directives_named_are_taken() -> None:
    names = re.findall(r"\b([A-Z][A-Za-z]+)=", _section("DIRECTIVES"))
    assert len(names) > 40
    for name in names:
        directive = find(name)
        assert directive is not None, name
        assert directive.grammar in GRAMMARS, name


def test_every_directive_of_the_profiles_has_a_paragraph() -> None:
    section = _section("PROFILES")
    for profile in BUILT_IN.values():
        assert f"\n{profile.name}\t" in section or not profile.directives
        for directive in profile.directives:
            text = directive.assignment.replace("-", "\\-").replace("~", "\\(ti")
            assert f"\n.TP\n.B {text}\n" in section, directive


def test_it_says_what_the_newest_directives_are_of() -> None:
    assert f"All directives that systemd {NEWEST} has for services are taken" in _source()
    assert f"the output is for systemd {NEWEST}," in _source()
    for row in directives():
        if "service" in row.unit_types:
            assert row.grammar in GRAMMARS, row.name


def test_every_key_of_a_dry_run_and_no_other_has_a_paragraph() -> None:
    unit = TransientUnit("a.service", (Property("AddRef", "b", True),))
    document = json.loads(as_document([unit], systemd=NEWEST, manager_version=""))
    section = _section("DRY RUNS")
    assert _tags(section) == [*document, *document["units"][0]]
    for key in document["units"][0]["properties"][0]:
        assert f" {key}" in section
    assert f"The version of the format, {DOCUMENT_VERSION}." in section


def test_it_is_of_this_version() -> None:
    assert f'"runwrap {__version__}"' in _source().split("\n", 1)[0]


@pytest.mark.parametrize(
    "command",
    [
        ("mandoc", "-T", "lint", "-W", "style"),
        ("man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z"),
    ],
    ids=["mandoc", "man"],
)
def test_formatters_have_nothing_to_say(command: tuple[str, ...]) -> None:
    done = subprocess.run(
        [*command, str(_MANUAL)],
        env={**os.environ, "LC_ALL": "C.UTF-8", "MANWIDTH": "80", "MANROFFSEQ": ""},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.stderr == ""
    assert done.returncode == 0
    # The linter's messages are its output; man's is the formatted manual.
    assert (done.stdout == "") == (command[0] == "mandoc")
