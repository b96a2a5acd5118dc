"""The grammar of conditions and assertions (systemd.unit(5), Conditions and Asserts)."""

from __future__ import annotations

from runwrap.properties.faults import InvalidValueError, wrong
from runwrap.units import Property

TYPE_CHECKING = False
if TYPE_CHECKING:
    from runwrap.properties.table import Directive

__all__ = ["condition", "write_condition"]


def condition(directive: Directive, text: str) -> list[Property]:
    """Read a parameter with its marks; the empty text resets conditions of any kind.

    ``|`` before it makes the condition a triggering one, ``!``, which stands after that, negates
    it. White space after a mark belongs to the parameter. What the parameter may be is the
    row's argument.
    """
    wire = directive.wire[0]
    if not text:
        return [Property(wire.name, wire.signature, [])]
    trigger = text.startswith("|")
    parameter = text.removeprefix("|")
    negate = parameter.startswith("!")
    parameter = parameter.removeprefix("!")
    _check(directive, text, parameter)
    return [Property(wire.name, wire.signature, [(directive.name, trigger, negate, parameter)])]


def _check(directive: Directive, text: str, parameter: str) -> None:
    """Refuse a *parameter* of *text* that the manager refuses, or that cannot mean anything."""
    if not parameter:
        raise wrong(text, "has no parameter", expected="a parameter after the mark")
    # Few launches have conditions, so only those pay for the import.
    from runwrap.properties.condition_parameters import check_parameter

    try:
        check_parameter(directive, parameter)
    except InvalidValueError as fault:
        marks, meant = _loosely(text)
        if meant and marks + meant != text:
            try:
                check_parameter(directive, meant)
            except InvalidValueError:
                raise fault from None
            fault.suggestion = marks + meant
        raise


def _loosely(text: str) -> tuple[str, str]:
    """Split *text* into marks and parameter, with white space and the marks' order put right."""
    rest = text.strip()
    marks = set()
    while rest[:1] in {"|", "!"}:
        marks.add(rest[0])
        rest = rest[1:].lstrip()
    return "".join(mark for mark in "|!" if mark in marks), rest


def write_condition(directive: Directive, given: Property) -> list[str]:
    """Write conditions, each under its own name, or the reset."""
    assert isinstance(given.value, list)
    lines = [
        f"{name}={'|' if trigger else ''}{'!' if negate else ''}{parameter}"
        for name, trigger, negate, parameter in given.value
    ]
    return lines or [f"{directive.name}="]
