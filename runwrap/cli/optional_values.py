"""Options whose value may be left out: ``--name`` or ``--name=VALUE``, as with getopt_long(3).

The parser underneath knows options that take a value and options that take none. One that may
take one would get the next word, which is the command's. So what was left out is filled in
before the parser sees the arguments.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar

from typer.core import TyperCommand

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

__all__ = ["OptionalValuesCommand", "fill_in"]


def fill_in(
    arguments: Sequence[str], left_out: Mapping[str, str], with_value: Collection[str]
) -> list[str]:
    """Return the *arguments* with a value for each option that has been given without one.

    Args:
        arguments: the words of a command line; options end at the first word that is not one,
            or at ``--``.
        left_out: by long option whose value may be left out, the value that it then has.
        with_value: the other options that take a value, short ones too: the next word is theirs.
    """
    filled: list[str] = []
    rest = iter(arguments)
    for argument in rest:
        if argument in {"-", "--"} or not argument.startswith("-"):
            return [*filled, argument, *rest]
        filled.append(f"{argument}={left_out[argument]}" if argument in left_out else argument)
        if _takes_next_word(argument, with_value):
            filled += islice(rest, 1)
    return filled


def _takes_next_word(argument: str, with_value: Collection[str]) -> bool:
    if argument.startswith("--"):
        return argument in with_value
    # Of short options in one word, what follows the first that takes a value is that value.
    for index, letter in enumerate(argument[1:], 2):
        if f"-{letter}" in with_value:
            return index == len(argument)
    return False


class OptionalValuesCommand(TyperCommand):
    """A command of typer; a subclass says which of its options may go without their value."""

    left_out: ClassVar[Mapping[str, str]] = {}
    """By long option, the value that it has where none was given."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse *args*, after the values that were left out have been filled in."""
        with_value = {
            name
            for option in self.get_params(ctx)
            if option.param_type_name == "option" and not getattr(option, "is_flag", False)
            for name in option.opts
            if name not in self.left_out
        }
        return super().parse_args(ctx, fill_in(args, self.left_out, with_value))
