"""Making text of values again: the parts that several grammars need."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from runwrap.properties.table import Directive
    from runwrap.units import Property

__all__ = ["UnwritableError", "minus_one_is_empty", "plain", "quoted", "words", "yes_no"]

_PLAIN_CHARACTERS = frozenset(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_./:=@+,~*?%&^()|<>[]{}!"
)
"""What needs no quotes within a word."""


class UnwritableError(ValueError):
    """A value that systemd takes over D-Bus, and that no line of a unit file stands for."""


def yes_no(value: object) -> str:
    """Return a boolean as systemd prints it."""
    return "yes" if value else "no"


def quoted(word: str, *, escape: bool = False) -> str:
    r"""Return *word* as one word of a value, in quotes where it needs them.

    Args:
        word: the word.
        escape: write what cannot be printed as an escape sequence (``\n``), which only some
            grammars read; otherwise a backslash before a character means that character.
    """
    if word and _PLAIN_CHARACTERS.issuperset(word):
        return word
    text = word.replace("\\", "\\\\").replace('"', '\\"')
    if escape:
        text = "".join(
            char if char.isprintable() else "".join(f"\\x{byte:02x}" for byte in char.encode())
            for char in text
        )
    return f'"{text}"'


def words(texts: Iterable[str], *, escape: bool = False) -> str:
    """Return the *texts* as the words of one value; for *escape* see `quoted`."""
    return " ".join(quoted(text, escape=escape) for text in texts)


def plain(directive: Directive, given: Property) -> list[str]:
    """Write a string, a number or a boolean as it is."""
    value = yes_no(given.value) if given.signature == "b" else str(given.value)
    return [f"{directive.name}={value}"]


def minus_one_is_empty(directive: Directive, given: Property) -> list[str]:
    """Write a number, and -1 as the empty text."""
    return [f"{directive.name}={'' if given.value == -1 else given.value}"]
