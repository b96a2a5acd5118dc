"""Write the completions of bash, zsh and fish, from templates and the tables of the package.

Run: python -m completions.generate [--check]
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from textwrap import indent, wrap
from typing import TYPE_CHECKING, Final

if __package__:
    from completions import vocabulary
else:
    # As a script it stands in the package that it imports.
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    from completions import vocabulary

from runwrap.cli.options import Takes, options
from runwrap.properties import UNIT_TYPES, find

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from completions.vocabulary import Value
    from runwrap.cli.options import Option

__all__ = ["FILES", "generated", "option_value"]

_HERE: Final = Path(__file__).resolve().parent
_TEMPLATES: Final = _HERE / "templates"
_WIDTH: Final = 96

FILES: Final = ("runwrap.bash", "_runwrap", "runwrap.fish")
"""The names of the files, for bash, zsh and fish."""


def option_value(option: Option) -> Value:
    """Return what the value of *option* is completed with."""
    kind, _, argument = option.completes.partition(":")
    match kind:
        case "value":
            directive = find(argument)
            assert directive is not None, argument
            return vocabulary.value_of(directive)
        case "boolean":
            return vocabulary.Value(words=("yes", "no"))
        case "nice":
            return vocabulary.Value(words=vocabulary.NICE)
        case "calendar":
            return vocabulary.Value(words=vocabulary.CALENDAR)
    return vocabulary.Value(words=option.values, source=option.completes)


def generated(name: str) -> str:
    """Return the text of the file *name*, one of `FILES`."""
    shell = {"runwrap.bash": _bash, "_runwrap": _zsh, "runwrap.fish": _fish}[name]
    text = (_TEMPLATES / name).read_text(encoding="ascii")
    for field, value in {**_common(), **shell()}.items():
        assert f"@{field}@" in text or field in _common(), field
        text = text.replace(f"@{field}@", value)
    return text


def _common() -> Mapping[str, str]:
    letters = (option.short[1:] for option in options() if option.short and _takes_next(option))
    return {"unit_types": " ".join(UNIT_TYPES), "letters": "".join(sorted(letters))}


def _takes_next(option: Option) -> bool:
    return option.takes in {Takes.VALUE, Takes.VALUES}


def _names(option: Option) -> list[str]:
    return [name for name in (option.short, option.long) if name]


def _described(option: Option) -> str:
    return option.help if option.help.endswith("...") else option.help.removesuffix(".")


def _lines(words: Iterable[str], spaces: int, end: str = "") -> str:
    """Return *words* in lines, indented; *end* comes behind all but the last one."""
    width = _WIDTH - spaces - len(end)
    lines = wrap(" ".join(words), width, break_on_hyphens=False, break_long_words=False)
    return indent(f"{end}\n".join(lines), " " * spaces)


def _continued(words: Iterable[str], spaces: int) -> str:
    """Return *words* in lines that are continued; the first one is not indented."""
    return _lines(words, spaces, " \\").strip()


def _cases(values: Mapping[Value, list[str]], lines_of: _Syntax) -> str:
    return "\n".join(lines_of.case(names, value) for value, names in values.items())


def _option_values() -> dict[Value, list[str]]:
    found: dict[Value, list[str]] = {}
    for option in options():
        value = option_value(option)
        if value != vocabulary.NOTHING:
            found.setdefault(value, []).extend(_names(option))
    return found


@dataclass(frozen=True, slots=True)
class _Syntax:
    """How bash and zsh write cases of a switch.

    Attributes:
        words: the name of the variable of the words.
        opening: what a list of words begins with.
        closing: what it ends with.
        before: what stands before the patterns of a case.
    """

    words: str
    opening: str
    closing: str
    before: str

    def patterns(self, names: list[str]) -> str:
        """Return the patterns of a case."""
        # No line begins with a bar.
        listed = "\0| ".join(names)
        lines = wrap(f"{self.before}{listed})", _WIDTH - 8, break_on_hyphens=False)
        return indent(" \\\n".join(lines).replace("\0", " "), " " * 8)

    def case(self, names: list[str], value: Value) -> str:
        """Return a case that says *value* of *names*."""
        parts = []
        if value.words:
            text = f"{self.words}={self.opening}{' '.join(value.words)}{self.closing}"
            if len(text) > _WIDTH - 12:
                text = f"{self.words}={self.opening}\n{_lines(value.words, 16)}\n            "
                text += self.closing
            parts.append(text)
        parts += [
            f"{field}='{text}'"
            for field, text in (
                ("source", value.source),
                ("separator", value.separator),
                ("marks", value.marks),
            )
            if text
        ]
        body = "\n".join(" " * 12 + part for part in parts)
        return f"{self.patterns(names)}\n{body}\n            ;;"


_BASH: Final = _Syntax("words", "'", "'", "")
_ZSH: Final = _Syntax("choices", "(", ")", "(")


def _bash() -> Mapping[str, str]:
    names = (
        f"        {' | '.join(types)})\n            names+='\n{_lines(found, 16)}\n            '\n"
        "            ;;&"
        for types, found in vocabulary.names_by_unit_types().items()
    )
    words = []
    for option in options():
        words += [option.short] if option.short else []
        words += [option.long] if option.takes in {Takes.NOTHING, Takes.MAY} else []
        words += [] if option.takes is Takes.NOTHING else [f"{option.long}="]
    taking = [name for option in options() if _takes_next(option) for name in _names(option)]
    return {
        "names": "\n".join(names),
        "values": _cases(vocabulary.values_of_names(), _BASH),
        "option_values": _cases(_option_values(), _BASH),
        "taking": _BASH.patterns(taking),
        "options": _lines(words, 12),
        "sets": _lines(vocabulary.SYSTEM_CALL_SETS, 8),
        "calls": _lines(vocabulary.SYSTEM_CALL_NAMES, 8),
    }


def _zsh() -> Mapping[str, str]:
    names = (
        f"        ({' | '.join(types)})\n            names+=(\n{_lines(found, 16)}\n            )\n"
        "            ;|"
        for types, found in vocabulary.names_by_unit_types().items()
    )
    return {
        "names": "\n".join(names),
        "values": _cases(vocabulary.values_of_names(), _ZSH),
        "options": "\n".join(f"        {_zsh_option(option)} \\" for option in options()),
        "sets": _lines(vocabulary.SYSTEM_CALL_SETS, 8),
        "calls": _lines(vocabulary.SYSTEM_CALL_NAMES, 8),
    }


def _zsh_option(option: Option) -> str:
    """Return the argument of _arguments that describes *option* (zshcompsys(1))."""
    about = _described(option).translate({ord(char): f"\\{char}" for char in "[]:"})
    about = f"[{about}]".replace("'", "'\\''")
    value = option_value(option)
    action = f"({' '.join(value.words)})" if value.words else " "
    if value.source:
        action = f" _runwrap_source {value.source}".replace("source property:", "property ")
    metavar = option.metavar.replace("[", "").replace("]", "")
    match option.takes:
        case Takes.NOTHING:
            long, after = option.long, ""
        case Takes.MAY:
            long, after = f"{option.long}=-", f"::{metavar}:{action}"
        case _:
            long, after = f"{option.long}=", f":{metavar}:{action}"
    repeated = option.takes is Takes.VALUES or option.alias.startswith("--timer-property")
    if not option.short:
        return f"'{'*' if repeated else ''}{long}{about}{after}'"
    short = option.short + ("+" if _takes_next(option) else "")
    exclusive = "'*'" if repeated else f"'({option.short} {option.long})'"
    return f"{exclusive}{{{short},{long}}}'{about}{after}'"


def _fish() -> Mapping[str, str]:
    taking = [option.long for option in options() if _takes_next(option)]
    return {
        "names": "\n".join(_fish_names()),
        "values": "\n".join(_fish_values()),
        "taking": _continued(taking, 16),
        "options": "\n".join(_fish_option(option) for option in options()),
        "sets": _continued(vocabulary.SYSTEM_CALL_SETS, 8),
        "calls": _continued(vocabulary.SYSTEM_CALL_NAMES, 8),
    }


def _fish_names() -> Iterator[str]:
    for types, names in vocabulary.names_by_unit_types().items():
        yield f"    if contains $argv[1] {' '.join(types)}"
        yield f"        set -a names \\\n            {_continued(names, 12)}\n    end"


def _fish_values() -> Iterator[str]:
    for value, names in vocabulary.values_of_names().items():
        yield f"        case {_continued(names, 12)}"
        if value.words:
            yield f"            set words {_continued(value.words, 16)}"
        if value.source:
            yield f"            set source {value.source}"
        if value.separator:
            yield f"            set separator '{value.separator}'"
        if value.marks:
            yield f"            set marks '{value.marks}'"


def _fish_option(option: Option) -> str:
    """Return the command that describes *option* (fish's complete(1))."""
    about = _described(option).replace("'", "\\'")
    value = option_value(option)
    words = ["complete -c runwrap -n __runwrap_reads_options"]
    words += [f"-s {option.short[1:]}"] if option.short else []
    words.append(f"-l {option.long[2:]}")
    words += ["-x"] if _takes_next(option) else []
    words.append(f"-d '{about}'")
    if value.source.startswith("property:"):
        words.append(f"-a '(__runwrap_property {value.source.partition(':')[2]})'")
    elif value.source:
        words.append(f"-a '(__runwrap_offer {value.source})'")
    elif value.words:
        words.append(f"-a '{' '.join(value.words)}'")
    return " ".join(words)


def main(arguments: list[str]) -> int:
    """Write the files, or with ``--check`` tell which are not what would be written."""
    changed = 0
    for name in FILES:
        path = _HERE / name
        text = generated(name)
        if path.exists() and path.read_text(encoding="ascii") == text:
            continue
        changed += 1
        if arguments == ["--check"]:
            print(f"{path}: not what is made from the tables", file=sys.stderr)
        else:
            path.write_text(text, encoding="ascii")
    return 1 if changed and arguments == ["--check"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
