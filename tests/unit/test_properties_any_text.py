"""What holds for the whole language, whatever is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from runwrap.properties import NEWEST, UNIT_TYPES, Directive
from tests.support.unit_text import problem
from tests.wire.cases import CASES, ROWS, unit_type_of

if TYPE_CHECKING:
    from runwrap.units import UnitType

VERSIONS = st.sampled_from([252, 254, 257, 258, 262, 263])

_VALUES = {
    (row.group, row.name): [
        case.assignment.partition("=")[2] for case in CASES[row.group, row.name]
    ]
    for row in ROWS
}
_EVERY_VALUE = sorted({value for values in _VALUES.values() for value in values if len(value) < 99})

_SNIPPETS = st.sampled_from(
    [
        *" :,=-+@!|~/.*%$;#[]\"'\\\t\n\0\ud800\u00e9\x7f019aK",
        *("::", "!!", "..", "%h", "%%", "${X}", "\\x41", "\\n", "-1", "256", "/a"),
        *("infinity", "any", "yes", "no"),
    ]
)


@st.composite
def assignments(draw: st.DrawFn) -> tuple[UnitType, str]:
    """Any directive with a value of its own, of another's, changed here and there, or any text."""
    row = draw(st.sampled_from(ROWS))
    unit_type = draw(st.sampled_from(sorted(row.unit_types)))
    values = _VALUES[row.group, row.name]
    text = draw(
        st.sampled_from(values)
        | st.sampled_from(_EVERY_VALUE)
        | st.text(max_size=30)
        | st.lists(_SNIPPETS, max_size=12).map("".join)
    )
    for _ in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(len(text), start + 3)))
        text = text[:start] + draw(_SNIPPETS | st.just("")) + text[end:]
    return unit_type, f"{row.name}={text}"


@settings(max_examples=1000)
@given(what=assignments(), version=VERSIONS)
@example(what=("service", "IPAddressDeny=\ud800"), version=252)
def test_nothing_but_our_own_error_and_the_same_again(
    what: tuple[UnitType, str], version: int
) -> None:
    unit_type, assignment = what
    assert not problem(unit_type, assignment, version)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.group}-{row.name}")
def test_same_again(row: Directive) -> None:
    for case in CASES[row.group, row.name]:
        for version in (252, 257, 262):
            assert not problem(case.unit_type, case.assignment, version)


@given(st.text())
def test_any_text_is_an_assignment_or_refused(text: str) -> None:
    for unit_type in UNIT_TYPES:
        assert not problem(unit_type, text, NEWEST)


def test_rows_are_told_apart() -> None:
    assert len({(row.name, unit_type_of(row)) for row in ROWS}) == len(ROWS)
