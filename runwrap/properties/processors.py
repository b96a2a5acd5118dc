"""Grammars of sets of processors and memory nodes, and of what a core dump holds."""

from __future__ import annotations

from runwrap.properties.faults import InvalidValueError, closest, one_of, wrong
from runwrap.properties.scalars import parse_integer
from runwrap.properties.values import check
from runwrap.properties.words import WHITE_SPACE, split_words
from runwrap.units import Property

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from runwrap.properties.table import Directive

__all__ = ["MAPPINGS", "plain_words", "policy_names"]

_HIGHEST: Final = 8191
"""The highest number that systemd takes for a processor or a memory node."""

_NODES: Final = "/sys/devices/system/node"
_MOST_NODES: Final = 1024
"""How many memory nodes Linux can have at most."""

MAPPINGS: Final = (
    *("private-anonymous", "shared-anonymous", "private-file-backed", "shared-file-backed"),
    *("elf-headers", "private-huge", "shared-huge", "private-dax", "shared-dax"),
)
"""The kinds of memory mappings, from bit 0 on (core(5))."""

_ALL_MAPPINGS: Final = 2**32 - 1
_DEFAULT_MAPPINGS: Final = 0x33
"""The kernel's own choice (systemd.exec(5), CoredumpFilter=)."""


def cpu_set(directive: Directive, text: str) -> list[Property]:
    """Numbers and ranges, separated by white space or commas; empty resets.

    On the wire it is a bit mask, in whole 64-bit words.
    """
    return [Property(directive.name, "ay", _parse_set(text))]


def cpu_affinity(directive: Directive, text: str) -> list[Property]:
    """Processors, or ``numa`` for those of the nodes that NUMAMask= lists; empty resets."""
    if text == "numa":
        return [Property("CPUAffinityFromNUMA", "b", True)]
    return [Property(directive.name, "ay", _parse_set(text, "numa"))]


def numa_mask(directive: Directive, text: str) -> list[Property]:
    """Memory nodes, or ``all``; empty resets."""
    if text == "all":
        return [Property(directive.name, "ay", _mask(range(_count_nodes())))]
    return [Property(directive.name, "ay", _parse_set(text, "all"))]


def _parse_set(text: str, word: str = "") -> bytes:
    """Read numbers and ranges; *word* is what the directive takes instead of them, or ""."""
    expected = f"numbers from 0 to {_HIGHEST} and ranges such as 0-3"
    numbers: set[int] = set()
    for part in split_words(text.replace(",", " ")):
        low, dash, high = part.partition("-")
        try:
            first = parse_integer(low, 0, _HIGHEST)
            last = parse_integer(high, 0, _HIGHEST) if dash else first
        except InvalidValueError:
            ends = [low, high] if dash else [low]
            are_numbers = part.isascii() and all(end.isdigit() for end in ends)
            is_beyond = are_numbers and any(int(end[:9]) > _HIGHEST for end in ends)
            raise wrong(
                part,
                "is out of range" if is_beyond else "is neither a number nor a range",
                expected=f"{expected}; or {word} alone" if word else expected,
                suggestion=closest(part, [word]) if word else "",
                is_word=True,
            ) from None
        if first > last:
            raise wrong(part, "goes down", expected=expected, suggestion=f"{high}-{low}")
        numbers.update(range(first, last + 1))
    return _mask(numbers)


def _mask(numbers: range | set[int]) -> bytes:
    if not numbers:
        return b""
    mask = sum(1 << number for number in numbers)
    return mask.to_bytes((max(numbers) // 64 + 1) * 8, "little")


def _count_nodes() -> int:
    """Return how many memory nodes the running system has, or the most that there can be."""
    # Only this word looks at the system; the property has no other way to say "all".
    from pathlib import Path

    try:
        names = [entry.name for entry in Path(_NODES).iterdir()]
    except OSError:
        names = []
    found = [int(name[4:]) for name in names if name[:4] == "node" and name[4:].isdecimal()]
    return max(found) + 1 if found else _MOST_NODES


def write_cpu_set(directive: Directive, given: Property) -> list[str]:
    """Write numbers and ranges."""
    if given.value is True:
        return [f"{directive.name}=numa"]
    assert isinstance(given.value, bytes)
    mask = int.from_bytes(given.value, "little")
    ranges: list[list[int]] = []
    for number in range(mask.bit_length()):
        if not mask >> number & 1:
            continue
        if ranges and ranges[-1][1] == number - 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    texts = [f"{low}-{high}" if low < high else f"{low}" for low, high in ranges]
    return [f"{directive.name}={' '.join(texts)}"]


_POLICIES: Final = (
    "default|preferred|bind|interleave|local|preferred-many@262|weighted-interleave@262"
)
"""The memory policies by their numbers, with the version that brought them (systemd.exec(5))."""


def policy_names() -> list[str]:
    """Return the words of ``NUMAPolicy=`` (systemd.exec(5))."""
    return [word.partition("@")[0] for word in _POLICIES.split("|")]


def memory_policy(directive: Directive, text: str) -> list[Property]:
    """A NUMA memory policy, by name (set_mempolicy(2))."""
    check(_POLICIES, text, directive.version)
    return [Property(directive.name, "i", policy_names().index(text))]


def write_memory_policy(directive: Directive, given: Property) -> list[str]:
    """Write a policy by name."""
    assert isinstance(given.value, int)
    return [f"{directive.name}={policy_names()[given.value]}"]


def plain_words(text: str) -> list[str]:
    """Split *text* at white space where quotes are no syntax; a backslash takes what follows."""
    for quote in "\"'":
        text = text.replace(quote, f"\\{quote}")
    return split_words(text)


def coredump_filter(directive: Directive, text: str) -> list[Property]:
    """Kinds of memory mappings, by name or as hexadecimal masks that are joined.

    Over D-Bus an empty value would be a mask of nothing, where a unit file's leaves the mask as
    it was inherited; so it is refused.
    """
    if not text.strip(WHITE_SPACE):
        raise wrong(
            "",
            "",
            expected="kinds of memory mappings; 0 dumps none, default is the kernel's choice",
            suggestion="default",
        )
    mask = 0
    for word in plain_words(text):
        mask |= _parse_mapping(word)
    return [Property(directive.name, "t", mask)]


def _parse_mapping(word: str) -> int:
    named = {
        **{name: 1 << bit for bit, name in enumerate(MAPPINGS)},
        "all": _ALL_MAPPINGS,
        "default": _DEFAULT_MAPPINGS,
    }
    if word in named:
        return named[word]
    digits = word[1:] if word[:1] in {"+", "-"} else word
    digits = digits.lower().removeprefix("0x")
    expected = f"{one_of(list(named))}, or a hexadecimal mask"
    if not digits or any(char not in "0123456789abcdef" for char in digits):
        raise wrong(
            word,
            "is not a kind of memory mapping",
            expected=expected,
            suggestion=closest(word.replace("_", "-"), named),
            is_word=True,
        )
    mask = int(digits, 16)
    if mask > _ALL_MAPPINGS or (mask and word[0] == "-"):
        raise wrong(word, "is out of range", expected="a mask from 0 to ffffffff")
    return mask


def write_coredump_filter(directive: Directive, given: Property) -> list[str]:
    """Write a mask by the names of what it has, or as a number."""
    mask = given.value
    assert isinstance(mask, int)
    if mask == _ALL_MAPPINGS:
        text = "all"
    elif mask == _DEFAULT_MAPPINGS:
        text = "default"
    elif 0 < mask < 1 << len(MAPPINGS):
        text = " ".join(name for bit, name in enumerate(MAPPINGS) if mask >> bit & 1)
    else:
        text = f"{mask:#x}"
    return [f"{directive.name}={text}"]
