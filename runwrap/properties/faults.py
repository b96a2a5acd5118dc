"""How a grammar says that a value is wrong, and the words it says it with."""

from __future__ import annotations

from runwrap.errors import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["InvalidValueError", "closest", "is_sendable", "one_of", "quote", "wrong"]


class InvalidValueError(ValueError):
    """A value that its directive's grammar refuses.

    Attributes:
        problem: what is wrong, one line that quotes the faulty text.
        expected: what would be right, or "".
        suggestion: a near miss that would be right, or "".
        part: the faulty text as it stands in the value, or "" where it is not known.
    """

    def __init__(
        self, problem: str, *, expected: str = "", suggestion: str = "", part: str = ""
    ) -> None:
        """Keep the *problem*, what was *expected*, the *suggestion* and the faulty *part*."""
        super().__init__(problem)
        self.problem = problem
        self.expected = expected
        self.suggestion = suggestion
        self.part = part


def quote(text: str) -> str:
    """Return *text* on one line, in double quotes."""
    return f'"{printable(text)}"'


def is_sendable(text: str) -> bool:
    """Tell whether systemd's D-Bus library carries *text* as a string.

    That is UTF-8 without NUL, surrogates, and what Unicode has set apart as noncharacters; every
    systemd-run was seen to refuse these.
    """
    if text.isascii():
        return "\0" not in text
    return not any(
        char == "\0"
        or "\ud800" <= char <= "\udfff"
        or "\ufdd0" <= char <= "\ufdef"
        or ord(char) & 0xFFFE == 0xFFFE
        for char in text
    )


def wrong(
    text: str, problem: str, *, expected: str = "", suggestion: str = "", is_word: bool = False
) -> InvalidValueError:
    """Return the error that *text*, which stands in the value, has a *problem*.

    Args:
        text: the faulty text.
        problem: what is wrong with it, to be read after it, such as ``"is out of range"``.
        expected: what would be right, or "".
        suggestion: a near miss that would be right, or "".
        is_word: the text is one word of several that the value may have.
    """
    empty = "has an empty word" if is_word else "the value is empty"
    said = f"{quote(text)} {problem}" if text else empty
    return InvalidValueError(said, expected=expected, suggestion=suggestion, part=text)


def one_of(alternatives: Sequence[str]) -> str:
    """Return the *alternatives* as in ``a, b or c``, or ``a; b; or c`` if that could be misread."""
    if len(alternatives) < 2:
        return "".join(alternatives)
    if any("," in text or " or " in text for text in alternatives):
        return f"{'; '.join(alternatives[:-1])}; or {alternatives[-1]}"
    return f"{', '.join(alternatives[:-1])} or {alternatives[-1]}"


_SHORT_LENGTHS = (3, 4)


def closest(word: str, candidates: Iterable[str]) -> str:
    """Return the candidate that *word* was most likely meant to be, or "".

    Upper and lower case, and white space around the word, make no difference. The beginning of
    just one candidate is meant to be that one, and so is a short word with two letters swapped.
    """
    by_folded = {candidate.casefold(): candidate for candidate in reversed(list(candidates))}
    folded = word.strip().casefold()
    if folded in by_folded:
        return by_folded[folded]
    longer = [known for known in by_folded if len(folded) > 2 and known.startswith(folded)]
    if len(longer) == 1:
        return by_folded[longer[0]]
    if len(folded) in _SHORT_LENGTHS:
        # These differ too much by the measure below.
        for place in range(len(folded) - 1):
            swapped = folded[:place] + folded[place + 1] + folded[place] + folded[place + 2 :]
            if swapped in by_folded:
                return by_folded[swapped]
    # Only a refusal comes here, so only a refusal pays for the import.
    from difflib import get_close_matches

    matches = get_close_matches(folded, by_folded, n=1, cutoff=0.8)
    return by_folded[matches[0]] if matches else ""
