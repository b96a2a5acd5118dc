"""Command lines as getopt_long(3) reads them, which is how systemd-run does.

Options end at the first word that is not one. Short ones may share a word, long ones may be
abbreviated as long as it is clear which one is meant, and of those that exclude each other the
last one counts. What comes out is the one form that needs no further knowledge: ``--long`` or
``--long=value``, one word each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from runwrap.cli.options import Takes, options
from runwrap.errors import UsageError, printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from runwrap.cli.options import Option

__all__ = ["Arguments", "read_arguments"]

_EXCLUSIVE: Final = (
    frozenset({"--system", "--user"}),
    frozenset({"--machine", "--host", "--capsule"}),
)
"""Of the options of a set, the last one counts."""

_HELP: Final = ("see: runwrap --help",)


class Arguments(NamedTuple):
    """A command line in its one form.

    Attributes:
        options: the options, a word each, by their long names.
        command: the words after them.
    """

    options: list[str]
    command: list[str]


def read_arguments(words: Sequence[str]) -> Arguments:
    """Return the options and the command of a command line.

    Args:
        words: the command line without the program's name.

    Raises:
        UsageError: an option does not exist, is not clear, or lacks its value.
    """
    read = _Reader(words)
    found = list(read.options())
    for exclusive in _EXCLUSIVE:
        given = [word for word in found if word.partition("=")[0] in exclusive]
        for word in given[:-1]:
            found.remove(word)
    return Arguments(found, read.rest)


class _Reader:
    def __init__(self, words: Sequence[str]) -> None:
        self.rest = list(words)
        self._long = {option.long: option for option in options()}
        self._short = {option.short: option for option in self._long.values() if option.short}

    def options(self) -> Iterator[str]:
        """Take the options away from the rest, and yield them."""
        while self.rest:
            word = self.rest[0]
            if word == "-" or not word.startswith("-"):
                return
            self.rest.pop(0)
            if word == "--":
                return
            if word.startswith("--"):
                yield self._read_long(word)
            else:
                yield from self._read_short(word)

    def _read_long(self, word: str) -> str:
        name, equals, value = word.partition("=")
        option = self._find(name)
        if option.takes is Takes.NOTHING:
            if equals:
                raise UsageError(f"{option.long} takes no value: {printable(word)}", hints=_HELP)
            return _written(option, None)
        if equals:
            return _written(option, value)
        if option.takes is Takes.MAY:
            return _written(option, option.left_out)
        return _written(option, self._next(option.long))

    def _read_short(self, word: str) -> Iterator[str]:
        for index, letter in enumerate(word[1:], 2):
            option = self._short.get(f"-{letter}")
            if option is None:
                raise UsageError(
                    f"there is no option -{printable(letter)}"
                    + ("" if len(word) == 2 else f", in {printable(word)}"),
                    hints=_HELP,
                )
            if option.takes is Takes.NOTHING:
                yield _written(option, None)
                continue
            yield _written(option, word[index:] or self._next(option.short))
            return

    def _next(self, name: str) -> str:
        if not self.rest:
            raise UsageError(f"{name} needs a value", hints=_HELP)
        return self.rest.pop(0)

    def _find(self, name: str) -> Option:
        if name in self._long:
            return self._long[name]
        meant = [option for long, option in self._long.items() if long.startswith(name)]
        # What is clear to systemd-run is not to become unclear by an option of ours.
        theirs = [option for option in meant if not option.own]
        if len(theirs) == 1 or len(meant) == 1:
            return (theirs if len(theirs) == 1 else meant)[0]
        if meant:
            names = ", ".join(option.long for option in meant)
            raise UsageError(f"{printable(name)} is not clear; it may be {names}", hints=_HELP)
        from runwrap.properties.faults import closest

        near = closest(name, list(self._long))
        raise UsageError(
            f"there is no option {printable(name)}" + (f" (did you mean {near}?)" if near else ""),
            hints=_HELP,
        )


def _written(option: Option, value: str | None) -> str:
    if option.alias:
        if value is None:
            return option.alias + ("yes" if option.alias.endswith("=") else "")
        return option.alias + value
    return option.long if value is None else f"{option.long}={value}"
