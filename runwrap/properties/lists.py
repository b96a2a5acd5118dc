"""Grammars of strings and of lists of words."""

from __future__ import annotations

from runwrap.properties.faults import closest, quote, wrong
from runwrap.properties.values import (
    check,
    check_word,
    error_numbers,
    is_filter_error,
    is_system_call,
)
from runwrap.properties.words import split_words
from runwrap.properties.writing import UnwritableError
from runwrap.properties.writing import words as joined
from runwrap.units import Property

TYPE_CHECKING = False
if TYPE_CHECKING:
    from runwrap.properties.table import Directive

__all__ = [
    "allow_or_deny_list",
    "markers",
    "string",
    "string_list",
    "string_with_ignore",
    "strv_cunescape",
    "write_allow_or_deny_list",
    "write_escaped_words",
    "write_markers",
    "write_string_with_ignore",
    "write_words",
]


def string(directive: Directive, text: str) -> list[Property]:
    """The text as it is, if the row allows it."""
    check(directive.argument, text, directive.version)
    return [Property(directive.name, "s", text)]


def string_with_ignore(directive: Directive, text: str) -> list[Property]:
    """A text, with ``-`` before it where a failure is to be ignored; or empty."""
    ignore = text.startswith("-")
    return [Property(directive.name, "(bs)", (ignore, text[1:] if ignore else text))]


def _checked_words(directive: Directive, text: str, *, unescape: bool = False) -> list[str]:
    words = split_words(text, unescape=unescape)
    for number, word in enumerate(words):
        if number and directive.argument == "<assignment>" and "=" not in word:
            raise wrong(
                word,
                'has no "="',
                expected="NAME=VALUE, in quotes where white space is part of the value",
                suggestion=quote(f"{words[number - 1]} {word}"),
            )
        check_word(directive.argument, word, directive.version)
    return words


def string_list(directive: Directive, text: str) -> list[Property]:
    """Words with quotes and backslashes; empty resets the list."""
    return [Property(directive.name, "as", _checked_words(directive, text))]


def markers(directive: Directive, text: str) -> list[Property]:
    """Markers, to be set alone, or to be set and cleared with ``+`` and ``-`` before each."""
    words = _checked_words(directive, text)
    signed = [word for word in words if word[0] in "+-"]
    if signed and len(signed) != len(words):
        raise wrong(
            next(word for word in words if word not in signed),
            "has no sign, and others have one",
            expected="+ or - before each marker, or before none",
        )
    return [Property(directive.name, "as", words)]


def strv_cunescape(directive: Directive, text: str) -> list[Property]:
    """Words with quotes and C escape sequences; empty resets the list.

    Of several words for one variable the last counts (systemd.exec(5), Environment=); the
    manager refuses a list that has one twice.
    """
    last = {}
    for word in _checked_words(directive, text, unescape=True):
        last[word.partition("=")[0] if directive.name == "Environment" else word] = word
    return [Property(directive.name, "as", list(last.values()))]


def allow_or_deny_list(directive: Directive, text: str) -> list[Property]:
    """Words that are allowed, or denied where ``~`` stands before the first; empty resets."""
    deny = text.startswith("~")
    words = split_words(text[1:] if deny else text)
    if directive.argument == "<address-family>":
        return _address_families(directive, words, deny=deny)
    if directive.argument in {"<system-call>", "<plain-system-call>"}:
        _check_system_calls(directive, words, deny=deny)
    else:
        _check_listed(directive, words, directive.argument)
    return [Property(directive.name, "(bas)", (not deny, words))]


def _check_system_calls(directive: Directive, words: list[str], *, deny: bool) -> None:
    """Check system calls, with the error that each returns where calls are denied.

    Where they are only logged, or allowed, managers ignore a word that has an error.
    """
    logs = directive.argument == "<plain-system-call>"
    for word in words:
        name, colon, error = word.partition(":")
        if not colon:
            continue
        if logs:
            raise wrong(
                word,
                "says what happens to a call that is denied, and these are only logged",
                expected="names alone",
                suggestion=name,
            )
        if not deny:
            raise wrong(
                word,
                "says what happens to a call that is denied, in a list of those that are allowed",
                expected='"~" before the first word, or names alone',
            )
        if is_system_call(name) and not is_filter_error(error):
            raise wrong(
                error or word,
                "is not an error" if error else "has no error after the colon",
                expected="an errno name, a number from 0 to 4094, or kill",
                suggestion=closest(error, [*error_numbers(), "kill"]) if error else "",
            )
    argument = directive.argument if deny and not logs else "<plain-system-call>"
    _check_listed(directive, words, argument)


def _address_families(directive: Directive, words: list[str], *, deny: bool) -> list[Property]:
    """Make the property of RestrictAddressFamilies= (systemd.exec(5)).

    The manager takes an empty list of allowed families for ``none``, and an empty list of
    denied ones for the reset; the word ``none`` itself it takes in unit files only.
    """
    if words == ["none"] and not deny:
        return [Property(directive.name, "(bas)", (True, []))]
    if words == ["none"]:
        raise wrong("none", "cannot be denied", expected='none without "~", or address families')
    if "none" in words:
        raise wrong(
            "none", "stands with something else", expected="none alone, or address families"
        )
    _check_listed(directive, words, directive.argument)
    return [Property(directive.name, "(bas)", (bool(words) and not deny, words))]


def _check_listed(directive: Directive, words: list[str], argument: str) -> None:
    for word in words:
        if word.startswith("~"):
            raise wrong(
                word,
                'has a "~" of its own',
                expected='"~" once, before the first word, to deny all that are listed',
            )
        check_word(argument, word, directive.version)


def write_words(directive: Directive, given: Property) -> list[str]:
    """Write a list of words."""
    if directive.argument == "<unit>":
        # Names need no quotes, and a unit file has no escapes there.
        return [f"{directive.name}={' '.join(_strings(given.value))}"]
    return [f"{directive.name}={joined(_strings(given.value))}"]


def write_markers(_directive: Directive, _given: Property) -> list[str]:
    """Write nothing: markers are set over D-Bus only."""
    raise UnwritableError


def write_escaped_words(directive: Directive, given: Property) -> list[str]:
    """Write a list of words for a grammar that reads escape sequences."""
    return [f"{directive.name}={joined(_strings(given.value), escape=True)}"]


def write_string_with_ignore(directive: Directive, given: Property) -> list[str]:
    """Write a text with its mark."""
    assert isinstance(given.value, tuple)
    ignore, text = given.value
    return [f"{directive.name}={'-' if ignore else ''}{text}"]


def write_allow_or_deny_list(directive: Directive, given: Property) -> list[str]:
    """Write the listed words, with ``~`` where they are denied."""
    assert isinstance(given.value, tuple)
    allow, listed = given.value
    text = joined(listed)
    if directive.argument == "<address-family>":
        # See _address_families.
        text = text if listed or not allow else "none"
        return [f"{directive.name}={'' if allow or not listed else '~'}{text}"]
    return [f"{directive.name}={'' if allow else '~'}{text}"]


def _strings(value: object) -> list[str]:
    assert isinstance(value, list)
    return value
