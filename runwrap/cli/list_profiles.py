"""List the profiles that ``--sandbox`` takes: a table for people, or JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from runwrap.cli.say import print_error
from runwrap.errors import UsageError
from runwrap.sandbox.own_profiles import find_profile, names

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Row", "profiles_text", "rows"]


class Row(NamedTuple):
    """One profile.

    Attributes:
        name: what ``--sandbox`` calls it.
        description: one line on what it is for.
        origin: the file that it is from, or ``built-in``.
    """

    name: str
    description: str
    origin: str


def rows(environment: Mapping[str, str]) -> list[Row]:
    """Return all profiles; one whose file is faulty is told of, and left out."""
    found = []
    for name in names(environment):
        try:
            profile = find_profile(name, environment)
        except UsageError as error:
            print_error(error)
            continue
        found.append(Row(name, profile.description, profile.origin or "built-in"))
    return found


def profiles_text(environment: Mapping[str, str], json_mode: str | None) -> str:
    """Return the list.

    Args:
        environment: where the directory of one's own profiles is found.
        json_mode: ``pretty`` or ``short`` for JSON, else None or ``off``.
    """
    listed = rows(environment)
    if json_mode in {"pretty", "short"}:
        import json

        indent = 4 if json_mode == "pretty" else None
        return json.dumps([row._asdict() for row in listed], indent=indent) + "\n"
    widths = [max(len(row[column]) for row in listed) for column in (0, 2)]
    return "".join(
        f"{row.name:{widths[0]}}  {row.origin:{widths[1]}}  {row.description}\n" for row in listed
    )
