"""Properties as the unit file that they amount to."""

from __future__ import annotations

from runwrap.errors import printable
from runwrap.properties.grammars import GRAMMARS
from runwrap.properties.table import directives
from runwrap.properties.writing import UnwritableError, yes_no

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Final

    from runwrap.properties.table import Directive
    from runwrap.units import Property, UnitType

__all__ = ["CANNOT_HOLD", "EXPANDED_BEFORE_COLON", "NOT_EXPANDED", "directive_of", "unit_file"]

_FORMS: Final[dict[UnitType, dict[tuple[str, str], Directive]]] = {}
"""By unit type, the directive that a D-Bus name and signature come from; filled when asked for."""

CANNOT_HOLD: Final = "a line of a unit file cannot hold"
"""What is said, in a comment, of a value that is not shown."""

_NORMALIZED: Final = frozenset(
    {"bind-paths", "condition", "environment-files", "temporary-file-system"}
)
"""Grammars with paths that may have ``..`` in them over D-Bus, and not in unit files."""

NOT_EXPANDED: Final = frozenset(
    (
        *("DelegateSubgroup", "LogFilterPatterns", "OpenFile", "RootHash", "RootHashSignature"),
        *("StateDirectoryQuota", "CacheDirectoryQuota", "LogsDirectoryQuota"),
    )
)
"""Directives with text in which managers were seen to expand no specifiers."""

EXPANDED_BEFORE_COLON: Final = frozenset({"SetCredential", "TemporaryFileSystem"})
"""Directives in whose text that is so from the first colon on."""


def directive_of(unit_type: UnitType, given: Property) -> Directive | None:
    """Return the directive that becomes the property *given*, or None where none does."""
    if unit_type not in _FORMS:
        forms: dict[tuple[str, str], Directive] = {}
        for row in directives():
            if unit_type in row.unit_types:
                for form in row.wire:
                    forms.setdefault((form.name, form.signature), row)
        _FORMS[unit_type] = forms
    return _FORMS[unit_type].get((given.name, given.signature))


def unit_file(unit_type: UnitType, properties: Iterable[Property]) -> str:
    """Return the unit file that would have the effect of *properties*.

    What a unit file has no words for is shown as a comment: descriptors that are handed over,
    references, and text that a line of a unit file cannot hold.

    Args:
        unit_type: the type of the unit.
        properties: its properties, in wire order.

    Returns:
        The text, section by section (systemd.syntax(7)); specifiers are escaped, since those in
        properties are not expanded.
    """
    sections: dict[str, list[str]] = {"Unit": [], unit_type.title(): []}
    own = sections[unit_type.title()]
    comments: list[str] = []
    for given in properties:
        directive = directive_of(unit_type, given)
        if directive is None:
            value = yes_no(given.value) if given.signature == "b" else str(given.value)
            comments.append(f"# {given.name}={printable(value)}")
            continue
        in_unit = directive.group in {"unit", "dependency", "condition"}
        lines = sections["Unit"] if in_unit else own
        if given.name == f"{directive.name}Soft":
            # A soft limit comes right after its hard limit, and before it in the text.
            name, _, hard = lines.pop().partition("=")
            soft = GRAMMARS[directive.grammar].write(directive, given)[0].partition("=")[2]
            lines.append(f"{name}={soft}:{hard}")
            continue
        try:
            assignments = GRAMMARS[directive.grammar].write(directive, given)
        except UnwritableError:
            lines.append(_comment(directive.name, str(given.value)))
            continue
        lines += [_line(assignment, directive, given) for assignment in assignments]
    parts = ["\n".join([f"[{name}]", *lines]) for name, lines in sections.items() if lines]
    if comments:
        parts.append("\n".join(["# Not to be said in a unit file:", *comments]))
    return "\n\n".join(parts) + "\n"


def _line(assignment: str, directive: Directive, given: Property) -> str:
    """Return the line for *assignment*, or a comment where a line cannot hold its value."""
    name, _, value = assignment.partition("=")
    if _names_a_parent(value, directive):
        return _comment(name, value)
    if value != value.strip() or "\n" in value or "\r" in value or value.endswith("\\"):
        return _comment(name, value)
    return f"{name}={_escape_specifiers(value, directive, given)}"


def _names_a_parent(value: str, directive: Directive) -> bool:
    """Tell whether *value* has a path with ``..`` in it, and a unit file would not take it."""
    separated = value.replace(":", "/").replace('"', "/").replace(" ", "/")
    if ".." not in separated.split("/"):
        return False
    by_grammar = directive.grammar in _NORMALIZED and "/" in value
    return by_grammar or "<path>" in directive.argument.split("|")


def _comment(name: str, value: str) -> str:
    return f"# {name}: {CANNOT_HOLD} {printable(repr(value))}"


def _escape_specifiers(value: str, directive: Directive, given: Property) -> str:
    """Return *value* with each ``%`` doubled where a manager would expand a specifier."""
    # What is no text, such as a size in percent, has no specifiers.
    is_text = "s" in given.signature or "y" in given.signature
    if not is_text or directive.name in NOT_EXPANDED:
        return value
    if directive.name in EXPANDED_BEFORE_COLON:
        before, colon, after = value.partition(":")
        return before.replace("%", "%%") + colon + after
    return value.replace("%", "%%")
