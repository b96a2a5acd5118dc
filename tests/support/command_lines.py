"""What a command line asks for, without a process of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runwrap.cli.arguments import read_arguments
from runwrap.cli.options import Given, Takes, options
from runwrap.cli.request import Request, request_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runwrap.cli.request import Surroundings

__all__ = ["request_from"]


def request_from(words: Sequence[str], surroundings: Surroundings) -> Request:
    """Return the request that the *words* of a command line make.

    Raises:
        UsageError: they are refused.
    """
    read = read_arguments(words)
    table = {option.long: option for option in options()}
    values: dict[str, object] = {}
    for word in read.options:
        long, equals, value = word.partition("=")
        option = table[long]
        if option.takes is Takes.VALUES:
            before = values.get(option.name, ())
            assert isinstance(before, tuple)
            values[option.name] = (*before, value)
        else:
            values[option.name] = value if equals else True
    return request_of(Given(**values), read.command, surroundings)  # type: ignore[arg-type]
