"""What can be offered: the names of directives by unit type, and what their values may be.

All is drawn from the tables of the package, also from those that the grammars keep for
themselves, so that nothing is offered that they do not read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from signal import Signals
from typing import TYPE_CHECKING, Final

from runwrap.properties import (
    UNIT_TYPES,
    calendar,
    condition_parameters,
    directives,
    execution,
    images,
    network,
    privileges,
    processors,
    sockets,
    streams,
    values,
)
from runwrap.properties.system_calls import SYSTEM_CALLS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from runwrap.properties import Directive
    from runwrap.units import UnitType

__all__ = [
    "CALENDAR",
    "NICE",
    "NOTHING",
    "SYSTEM_CALL_NAMES",
    "SYSTEM_CALL_SETS",
    "Value",
    "names_by_unit_types",
    "value_of",
    "values_of_names",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """What a value is completed with.

    Attributes:
        words: the words that it may be.
        source: what else it may be, by the name of a function of the completions, or "".
        separator: what stands between several of them, or "" where there is one only.
        marks: characters that may stand before one, in an order that is right in a bracket
            expression too.
    """

    words: tuple[str, ...] = ()
    source: str = ""
    separator: str = ""
    marks: str = ""


NOTHING: Final = Value()
"""What is said of a value that nobody can guess."""

CALENDAR: Final = tuple(calendar.SHORTHANDS)
NICE: Final = tuple(str(level) for level in range(-20, 20))
SYSTEM_CALL_SETS: Final = values.SYSTEM_CALL_SETS
SYSTEM_CALL_NAMES: Final = tuple(sorted(SYSTEM_CALLS))

_BOOLEAN: Final = ("yes", "no")
_CAPABILITIES: Final = tuple(privileges.capability_names())
_SIGNALS: Final = tuple(signal.name for signal in Signals)
_ERRORS: Final = tuple(sorted(values.error_numbers()))
_CONTROLLERS: Final = tuple(word.partition("@")[0] for word in values.WORDS["<controller>"])

_CLASSES: Final = {
    "<bus-name>": "",
    "<interface>": "interface",
    "<short-interface>": "interface",
    "<path>": "file",
    "<normal-path>": "file",
    "<optional-path>": "file",
    "<marked-path>": "file",
    "<home-or-path>": "directory",
    "<without-parents>": "file",
    "<user>": "user",
    "<slice>": "slice",
    "<unit>": "unit",
    "<variable>": "variable",
    "<system-call>": "system-call",
    "<plain-system-call>": "system-call",
}
"""What the classes of text of `runwrap.properties.values` are completed with."""

_MARKS: Final = {"<optional-path>": "-", "<marked-path>": "+-", "<home-or-path>": "-"}
_CLASS_WORDS: Final = {"<boolean>": _BOOLEAN, "<file-system>": values.FILE_SYSTEM_SETS}

_CONDITIONS: Final = {
    "capability": Value(words=_CAPABILITIES),
    "control-group-controller": Value(words=(*_CONTROLLERS, "v1", "v2")),
    "cpu-feature": Value(words=condition_parameters.X86_FEATURES),
    "environment": Value(source="variable"),
    "firmware": Value(words=("device-tree", "uefi")),
    "group": Value(source="group"),
    "user": Value(source="user", words=("@system",)),
    "virtualization": Value(words=(*_BOOLEAN, *condition_parameters.VIRTUALIZATIONS)),
}
"""What the parameters of conditions are completed with, by the name of their check."""

_PATH: Final = Value(source="file")
# Commands of sockets take fewer marks; nothing is lost where the others are passed over.
_COMMAND: Final = Value(source="file", marks="@|:+!-")
_PATHS: Final = Value(source="file", separator=" ")
_INFINITY: Final = Value(words=("infinity",))

_GRAMMARS: Final = {
    "bind-paths": Value(source="file", separator=" ", marks="-"),
    "boolean": Value(words=_BOOLEAN),
    "capabilities": Value(words=_CAPABILITIES, separator=" ", marks="~"),
    "cg-cpu-weight-parse": Value(words=("idle",)),
    "command-line": _COMMAND,
    "coredump-filter-mask": Value(words=(*processors.MAPPINGS, "all", "default"), separator=" "),
    "cpu-affinity": Value(words=("numa",)),
    "delegate": Value(words=(*_BOOLEAN, *_CONTROLLERS), separator=" "),
    "device-allow": _PATH,
    "device-and-size": _PATH,
    "environment-files": Value(source="file", marks="-"),
    "exit-status": Value(words=(*execution.EXIT_STATUSES, *_SIGNALS), separator=" "),
    "extension-images": Value(source="file", separator=" ", marks="-"),
    "io-device-latency": _PATH,
    "io-device-weight": _PATH,
    "ioprio-class": Value(words=tuple(execution.IO_CLASSES)),
    "ioprio-priority": Value(words=tuple("01234567")),
    "ip-filter-path": _PATH,
    "ip-prefix-list": Value(words=tuple(network.KEYWORDS), separator=" "),
    "ip-protocol": Value(words=tuple(filter(None, sockets.PROTOCOLS))),
    "ip-tos": Value(words=tuple(sockets.IP_TOS)),
    "listen-address": _PATH,
    "log-facility-unshifted": Value(words=tuple(execution.LOG_FACILITIES)),
    "log-level": Value(words=tuple(execution.LOG_LEVELS)),
    "mount-images": Value(source="file", separator=" ", marks="-"),
    "mount-propagation-flag": Value(words=tuple(filter(None, privileges.PROPAGATIONS))),
    "mpol": Value(words=tuple(processors.policy_names())),
    "namespace-list": Value(words=(*_BOOLEAN, *privileges.NAMESPACES), separator=" ", marks="~"),
    "nice": Value(words=NICE),
    "numa-mask": Value(words=("all",)),
    "open-file": _PATH,
    "plain-command-line": _COMMAND,
    "protect-hostname": Value(words=(*_BOOLEAN, "private")),
    "quota-directory": Value(words=("off",)),
    "refresh-on-reload": Value(words=(*_BOOLEAN, *images.REFRESHED), separator=" ", marks="~"),
    "root-hash": _PATH,
    "root-hash-signature": _PATH,
    "sched-policy": Value(words=tuple(execution.SCHEDULING_POLICIES)),
    "seccomp-errno-or-action": Value(words=(*_ERRORS, "kill")),
    "secure-bits": Value(words=tuple(privileges.secure_bit_names()), separator=" "),
    "signal": Value(words=_SIGNALS),
    "size-or-percent-or-infinity": _INFINITY,
    "socket-filter": Value(words=("any",)),
    "strv-colon": Value(source="file", separator=":"),
    "temporary-file-system": _PATHS,
    "timer-calendar": Value(words=CALENDAR),
    "timespan-or-infinity": _INFINITY,
}
"""What the grammars read that have no alternatives of the row's own."""

_LISTS: Final = {"allow-or-deny-list": "~", "markers": "", "string-list": "", "strv-cunescape": ""}
"""The grammars of lists whose words the row gives, with the marks that these may have."""

_ALTERNATIVES: Final = {"boolean-or-ex-string", "path-list", "string"}
"""The grammars of one text that the row gives."""

_OFFERED: Final = re.compile(r"[0-9A-Za-z@_.+:/-]+")
"""What no shell needs to quote in a list of words."""


def value_of(directive: Directive) -> Value:
    """Return what the value of *directive* is completed with."""
    name = directive.name
    match directive.grammar:
        case "condition":
            checked = directive.argument in condition_parameters.CHECKS
            alternatives = NOTHING if checked else _alternatives(name, directive.argument)
            value = replace(_CONDITIONS.get(directive.argument, alternatives), marks="|!")
        case "bpf-delegate":
            value = Value(words=("any", *_bpf_names(name)), separator=",")
        case "resource-limit":
            value = NOTHING if directive.argument == "nice" else _INFINITY
        case "standard-inputs":
            words = streams.INPUTS if name == "StandardInput" else streams.OUTPUTS
            files = ("file",) if name == "StandardInput" else tuple(streams.FILES)
            value = Value(words=(*words, *(f"{word}:" for word in (*files, "fd"))))
        case grammar if grammar in _LISTS:
            value = _alternatives(name, directive.argument)
            value = replace(value, separator=" ", marks=_LISTS[grammar] or value.marks)
            if directive.argument == "<address-family>":
                value = replace(value, words=(*value.words, "none"))
        case grammar if grammar in _ALTERNATIVES:
            value = _alternatives(name, directive.argument)
        case grammar:
            value = _GRAMMARS.get(grammar, NOTHING)
    return value if value.words or value.source else NOTHING


def _alternatives(name: str, argument: str) -> Value:
    """Return what the alternatives of a row stand for (`runwrap.properties.values`)."""
    words: list[str] = []
    source = marks = ""
    for word, _ in values.alternatives_of(argument):
        if word.startswith("<"):
            words += _CLASS_WORDS.get(word, ())
            source = source or _CLASSES.get(word, "")
            marks = marks or _MARKS.get(word, "")
        else:
            words.append(word)
    if source == "user" and "Group" in name:
        source = "group"
    if source == "file" and name.endswith("Directory"):
        source = "directory"
    return Value(words=tuple(filter(_OFFERED.fullmatch, words)), source=source, marks=marks)


def _bpf_names(name: str) -> tuple[str, ...]:
    prefix, words = privileges.BPF_NAMES[name]
    return tuple(prefix + word for word in words.split())


def _offered() -> Iterator[Directive]:
    """Yield the directives that are offered.

    Those are not that no manager takes, that have been superseded, or that are written only by
    programs: ``PrivateTmpEx=`` is what ``PrivateTmp=`` becomes.
    """
    known = {directive.name for directive in directives()}
    for directive in directives():
        name = directive.name
        made_of = name.removesuffix("Ex")
        if (
            directive.unit_types
            and directive.grammar != "refused"
            and not directive.successor
            and not (made_of != name and made_of in known)
        ):
            yield directive


def names_by_unit_types() -> dict[tuple[UnitType, ...], list[str]]:
    """Return the names of directives, by the unit types that have them."""
    types_of: dict[str, set[UnitType]] = {}
    for directive in _offered():
        types_of.setdefault(directive.name, set()).update(directive.unit_types)
    found: dict[tuple[UnitType, ...], list[str]] = {}
    for name in sorted(types_of):
        types = tuple(unit_type for unit_type in UNIT_TYPES if unit_type in types_of[name])
        found.setdefault(types, []).append(name)
    return dict(sorted(found.items(), key=lambda item: (-len(item[0]), item[0])))


def values_of_names() -> dict[Value, list[str]]:
    """Return the names of directives by what their values are completed with.

    Raises:
        ValueError: values of one name are completed in two ways.
    """
    value_by_name: dict[str, Value] = {}
    for directive in _offered():
        value = value_of(directive)
        if value_by_name.setdefault(directive.name, value) != value:
            raise ValueError(f"{directive.name}= is completed in two ways")
    return _inverted(value_by_name.items())


def _inverted(pairs: Iterable[tuple[str, Value]]) -> dict[Value, list[str]]:
    found: dict[Value, list[str]] = {}
    for name, value in sorted(pairs):
        if value != NOTHING:
            found.setdefault(value, []).append(name)
    return found
