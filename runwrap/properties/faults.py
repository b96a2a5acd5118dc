"""How a grammar says that a value is wrong, and the words it says it with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runwrap.errors import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["InvalidValueError", "closest", "is_not", "one_of", "quote"]


class InvalidValueError(ValueError):
    """A value that its directive's grammar refuses.

    Attributes:
        problem: what is wrong, one line that quotes the faulty text.
        expected: what would be right, or "".
        suggestion: a near miss that would be right, or "".
    """

    def __init__(self, problem: str, *, expected: str = "", suggestion: str = "") -> None:
        """Keep the *problem*, what was *expected*, and the *suggestion*."""
        super().__init__(problem)
        self.problem = problem
        self.expected = expected
        self.suggestion = suggestion


def quote(text: str) -> str:
    """Return *text* on one line, in double quotes."""
    return f'"{printable(text)}"'


def is_not(text: str, what: str) -> str:
    """Return the problem that *text* is not *what*, or that it is empty."""
    return f"{quote(text)} is not {what}" if text else "the value is empty"


def one_of(alternatives: Sequence[str]) -> str:
    """Return the *alternatives* as in ``a, b or c``."""
    if len(alternatives) < 2:
        return "".join(alternatives)
    return f"{', '.join(alternatives[:-1])} or {alternatives[-1]}"


def closest(word: str, candidates: Iterable[str]) -> str:
    """Return the candidate that *word* was most likely meant to be, or "".

    Upper and lower case, and white space around the word, make no difference. The beginning of
    just one candidate is meant to be that one.
    """
    by_folded = {candidate.casefold(): candidate for candidate in reversed(list(candidates))}
    folded = word.strip().casefold()
    if folded in by_folded:
        return by_folded[folded]
    longer = [known for known in by_folded if len(folded) > 2 and known.startswith(folded)]
    if len(longer) == 1:
        return by_folded[longer[0]]
    # Only a refusal comes here, so only a refusal pays for the import.
    from difflib import get_close_matches

    matches = get_close_matches(folded, by_folded, n=1, cutoff=0.8)
    return by_folded[matches[0]] if matches else ""
