"""Variables in the arguments of a command, replaced as the service manager does it.

systemd.service(5), Command lines: ``${NAME}`` is replaced anywhere in an argument, as one word;
``$NAME`` counts only where it is the whole argument, and becomes as many arguments as there are
words in it, which may be quoted; ``$$`` is a dollar sign. What is not set is empty, and so is what
is no name of a variable at all: ``$1``, ``${A-B}``. Only ``${A:`` stays as it is. All this was seen
with systemd-run 262 and ``--scope``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from runwrap.properties.words import WHITE_SPACE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = ["expand"]

_WHOLE = re.compile(r"\$(?![${])(.*)", re.DOTALL)
# What is not closed stays as it is.
_PART = re.compile(r"\$\$|\$\{([^}:]*)\}|\$\{[^}:]*\Z")


def expand(arguments: Iterable[str], environment: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """Return the *arguments* with variables replaced, and the names of those that are not set.

    Args:
        arguments: the words of a command.
        environment: the values.
    """
    unset: dict[str, None] = {}

    def value(name: str) -> str:
        if name not in environment:
            unset[name] = None
        return environment.get(name, "")

    def part(found: re.Match[str]) -> str:
        if found[0] == "$$":
            return "$"
        return found[0] if found[1] is None else value(found[1])

    words: list[str] = []
    for argument in arguments:
        whole = _WHOLE.fullmatch(argument)
        if whole:
            words += _split(value(whole[1]))
        else:
            words.append(_PART.sub(part, argument))
    return words, list(unset)


def _split(text: str) -> Iterator[str]:
    """Yield the words of a value: quotes and backslashes count, and nothing is a mistake."""
    word: str | None = None
    quote = ""
    characters = iter(text)
    for char in characters:
        if char == "\\":
            word = (word or "") + next(characters, "")
        elif quote:
            if char == quote:
                quote = ""
            else:
                word = (word or "") + char
        elif char in WHITE_SPACE:
            if word is not None:
                yield word
            word = None
        else:
            word = word or ""
            if char in "\"'":
                quote = char
            else:
                word += char
    if word is not None:
        yield word
