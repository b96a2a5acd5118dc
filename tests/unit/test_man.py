"""The manual: complete, true to the options, the report and the directives, and well formed."""

from __future__ import annotations

import json
import os
import re
import subprocess
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

import pytest
import typer

from runwrap import __version__
from runwrap.cli.main import app
from runwrap.dry_run import DOCUMENT_VERSION, as_document
from runwrap.model import TransientUnit
from runwrap.properties import NEWEST, Property, directives, find
from runwrap.properties.grammars import GRAMMARS

_MANUAL = Path(__file__).parents[2] / "man" / "runwrap.1"


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


def _options() -> list[typer.core.TyperOption]:
    """Return the options of the command line, the one for help included."""
    command = typer.main.get_command(app)
    context = typer.Context(command, **command.context_settings)
    return [
        item for item in command.get_params(context) if isinstance(item, typer.core.TyperOption)
    ]


def _synopsis(option: typer.core.TyperOption) -> str:
    value = "" if option.is_flag else f"={option.metavar}".replace("=[=", "[=")
    return ", ".join(sorted(option.opts, key=len)) + value


def test_every_option_and_no_other_has_a_paragraph() -> None:
    tags = _tags(_section("OPTIONS"))
    assert sorted(tags) == sorted(_synopsis(option) for option in _options())


def test_no_option_is_spoken_of_that_does_not_exist() -> None:
    spoken = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", _source().replace("\\-", "-")))
    assert spoken == {name for option in _options() for name in option.opts if name[1] == "-"}


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
