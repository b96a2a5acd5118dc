"""Grammars of command lines (systemd.service(5), Command Lines)."""

from __future__ import annotations

from runwrap.properties.faults import quote, wrong
from runwrap.properties.words import WHITE_SPACE, split_words
from runwrap.properties.writing import UnwritableError, quoted
from runwrap.units import Property

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from runwrap.properties.table import Directive

__all__: list[str] = []

_FLAGS: Final = {
    "-": "ignore-failure",
    "+": "privileged",
    "!": "no-setuid",
    "!!": "ambient",
    ":": "no-env-expand",
    "|": "via-shell",
}
"""The flags that prefixes stand for, in the order that systemd-run sends them."""

_PREFIXES: Final = "@|-:+!"
_PREFIXES_EXPECTED: Final = '"@", "|", "-" and ":" once each, and one of "+", "!" and "!!"'

_SHELL: Final = "/bin/sh"
"""What systemd-run names as the program where the user's shell is meant."""

_LONGEST_NAME: Final = 255


def command_line(directive: Directive, text: str) -> list[Property]:
    """Prefixes, a program and its arguments with quotes and escape sequences; empty resets.

    The program is an absolute path, or a name that the manager looks for in its own search path
    or ExecSearchPath= when it runs it; whether there is one is not asked before. The prefixes,
    in any order, become flags; all but ``-`` and ``@`` need the property ``...Ex``.
    """
    name = directive.name.removesuffix("Ex")
    # What a directive "...Ex" says, systemd-run 257 gives to the property of that name always.
    extended = directive.name != name and directive.version < 258
    text = text.strip(WHITE_SPACE)
    if not text:
        return [_extended(name, []) if extended else Property(name, "a(sasb)", [])]
    prefixes, rest = _split_prefixes(directive, text)
    via_shell = "|" in prefixes
    if not rest and not via_shell:
        raise wrong(text, "has no command after it", expected="a command, or nothing to reset")
    words = split_words(rest, unescape=True)
    if via_shell:
        program, arguments = _SHELL, ["-sh" if "@" in prefixes else "sh", *words]
    else:
        program, arguments = _checked_program(words[0]), words
        if "@" in prefixes:
            arguments = words[1:]
            if not arguments:
                raise wrong(
                    text,
                    "has nothing after the program",
                    expected='the name to run it under, which "@" asks for',
                )
    flags = [flag for prefix, flag in _FLAGS.items() if prefix in prefixes]
    if extended or set(flags) - {"ignore-failure"}:
        return [_extended(name, [(program, arguments, flags)])]
    return [Property(name, "a(sasb)", [(program, arguments, bool(flags))])]


def _extended(name: str, commands: list[tuple[str, list[str], list[str]]]) -> Property:
    return Property(f"{name}Ex", "a(sasas)", commands)


def _split_prefixes(directive: Directive, text: str) -> tuple[set[str], str]:
    """Split *text* into its prefixes and the command after them."""
    prefixes: set[str] = set()
    end = 0
    while text[end : end + 1] and text[end] in _PREFIXES:
        prefix = text[end]
        end += 1
        if prefix == "!" and "!" in prefixes:
            # The two need not stand side by side.
            prefixes.remove("!")
            prefix = "!!"
        if prefix in prefixes or (prefix == "!" and "!!" in prefixes):
            raise wrong(
                text[:end], f"has the prefix {quote(prefix)} too often", expected=_PREFIXES_EXPECTED
            )
        prefixes.add(prefix)
        if "+" in prefixes and prefixes & {"!", "!!"}:
            raise wrong(text[:end], 'has both "+" and "!"', expected=_PREFIXES_EXPECTED)
        if prefix == "|":
            directive.require(258, 'the prefix "|"')
    if directive.version >= 258:
        # It did something only where the kernel lacked ambient capabilities.
        prefixes.discard("!!")
    rest = text[end:].lstrip(WHITE_SPACE)
    if rest[:1] and rest[0] in _PREFIXES:
        raise wrong(
            text[: text.index(rest, end) + 1],
            "has white space between prefixes",
            expected="the prefixes side by side, or a program in quotes",
        )
    return prefixes, rest


def _checked_program(program: str) -> str:
    """Return *program* if managers take it for one."""
    if program.endswith("/"):
        raise wrong(program, "is a directory", expected="the path of a program")
    if any(char < " " or char in "\x7f*?[" for char in program):
        raise wrong(program, "has special characters in it", expected="the path of a program")
    if program.startswith("/"):
        return program
    if program in {"", ".", ".."} or "/" in program or len(program.encode()) > _LONGEST_NAME:
        raise wrong(
            program,
            "is not a program",
            expected='an absolute path, or a file name without "/"',
        )
    return program


def plain_command_line(directive: Directive, text: str) -> list[Property]:
    """A command line for a socket, with the prefixes ``-`` and ``@`` alone; empty resets."""
    properties = command_line(directive, text)
    if properties[0].signature != "a(sasb)":
        raise wrong(
            text,
            "has a prefix that service managers take for the commands of services only",
            expected='"-" and "@" as prefixes',
        )
    return properties


def write_command_line(directive: Directive, given: Property) -> list[str]:
    """Write the commands, each as an assignment of its own."""
    assert isinstance(given.value, list)
    if not given.value:
        return [f"{directive.name}="]
    return [f"{directive.name}={_written(*command)}" for command in given.value]


def _written(program: str, arguments: list[str], flags: bool | list[str]) -> str:
    """Return one command line; *flags* may be whether a failure is ignored."""
    if isinstance(flags, bool):
        flags = ["ignore-failure"] if flags else []
    prefixes = "".join(prefix for prefix, flag in _FLAGS.items() if flag in flags)
    if "via-shell" in flags:
        prefixes += "@" if arguments[0].startswith("-") else ""
        words = arguments[1:]
    elif arguments[:1] == [program]:
        words = arguments
    else:
        prefixes += "@"
        words = [program, *arguments]
    if words and words[0][:1] in _PREFIXES:
        # In a unit file, quotes do not keep it from being taken for a prefix.
        raise UnwritableError
    return prefixes + " ".join(quoted(word, escape=True) for word in words)
