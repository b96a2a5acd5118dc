"""Grammars of credentials (systemd.exec(5), Credentials)."""

from __future__ import annotations

from runwrap.properties.faults import wrong
from runwrap.properties.streams import (
    decode_base64,
    encode_base64,
    escaped,
    normal_path,
    unescape,
)
from runwrap.properties.values import is_descriptor_name
from runwrap.properties.writing import UnwritableError
from runwrap.units import Property

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from runwrap.properties.table import Directive

__all__: list[str] = []

_NAME_EXPECTED: Final = 'a name of printable ASCII characters without "/" and ":"'


def _is_name(text: str) -> bool:
    return is_descriptor_name(text) and "/" not in text and text not in {".", ".."}


def _check_name(name: str, text: str) -> None:
    """Check the *name* of a credential, which *text* begins with."""
    if not _is_name(name):
        raise wrong(name or text, "is not the name of a credential", expected=_NAME_EXPECTED)


def set_credential(directive: Directive, text: str) -> list[Property]:
    """A credential, ``NAME:VALUE``; empty resets.

    The value has C escape sequences (NUL is allowed); that of SetCredentialEncrypted= is Base64.
    """
    if not text:
        return [Property(directive.name, "a(say)", [])]
    name, colon, value = text.partition(":")
    if not colon:
        raise wrong(text, "has no value", expected="NAME:VALUE", suggestion=f"{text}:...")
    _check_name(name, text)
    if directive.name == "SetCredentialEncrypted":
        data = decode_base64(value)
    else:
        data = unescape(value, nul=True)
    return [Property(directive.name, "a(say)", [(name, data)])]


def write_set_credential(directive: Directive, given: Property) -> list[str]:
    """Write each credential on its own; a unit file has no empty ones."""
    assert isinstance(given.value, list)
    if not all(data for _, data in given.value):
        raise UnwritableError
    encode = encode_base64 if directive.name == "SetCredentialEncrypted" else escaped
    texts = [f"{name}:{encode(data)}" for name, data in given.value]
    return [f"{directive.name}={text}" for text in texts or [""]]


def load_credential(directive: Directive, text: str) -> list[Property]:
    """A credential and where it comes from, ``NAME:SOURCE`` or ``NAME`` for both; empty resets.

    The source is a file or socket by its absolute path, or a credential that the manager has.
    """
    if not text:
        return [Property(directive.name, "a(ss)", [])]
    name, colon, source = text.partition(":")
    _check_name(name, text)
    if not colon:
        source = name
    elif source.startswith("/"):
        source = normal_path(source)
    elif not _is_name(source):
        raise wrong(
            source or text,
            "is not where a credential can come from" if source else "has no source",
            expected="an absolute path, or the name of a credential",
            suggestion="" if source else name,
        )
    return [Property(directive.name, "a(ss)", [(name, source)])]


def import_credential(directive: Directive, text: str) -> list[Property]:
    """Credentials of the manager by name or pattern, with another name after a colon; empty resets.

    The pattern is a name with ``*`` at its end (systemd.exec(5), ImportCredential=).
    """
    # To the property "...Ex" systemd-run 257 gives what its own directive says, later ones only
    # what has another name.
    extended = directive.name == "ImportCredentialEx" and directive.version < 258
    name = "ImportCredentialEx" if extended else "ImportCredential"
    if not text:
        return [Property(name, "a(ss)" if extended else "as", [])]
    pattern, colon, other = text.partition(":")
    if (pattern != "*" and not _is_name(pattern.removesuffix("*"))) or "*" in pattern[:-1]:
        raise wrong(
            pattern or text,
            "is not the name of a credential, or a pattern",
            expected=f'{_NAME_EXPECTED}, or the beginning of one with "*" after it',
        )
    if any(char in pattern for char in "?[]"):
        raise wrong(pattern, 'has a wildcard other than "*"', expected='"*" at the end')
    if other:
        _check_name(other, text)
    if colon or extended:
        return [Property("ImportCredentialEx", "a(ss)", [(pattern, other)])]
    return [Property(name, "as", [pattern])]


def write_pairs(directive: Directive, given: Property) -> list[str]:
    """Write each credential, with its source or its other name, on its own."""
    assert isinstance(given.value, list)
    load = given.name.startswith("Load")
    texts = []
    for item in given.value:
        name, other = item if isinstance(item, tuple) else (item, None)
        plain = other is None or (load and other == name)
        texts.append(name if plain else f"{name}:{other}")
    return [f"{directive.name}={text}" for text in texts or [""]]
