"""What systemd-run puts on the bus for an assignment is what runwrap would put there.

Three releases of systemd-run are asked about every case: the installed one (252), and those of
Debian 13 (257) and of forky (262) in their root trees. runwrap is asked what it would send to a
manager of the same version.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from runwrap.errors import PropertyError
from runwrap.properties import UNIT_TYPES, Directive, Property, directives, encode, find
from runwrap.properties.grammars import GRAMMARS
from tests.support.recorder import Recorder
from tests.support.roots import root
from tests.wire.cases import (
    CASES,
    MORE_GENEROUS,
    ROWS,
    STRICTER,
    STRICTER_WORDS,
    Case,
    unit_type_of,
)
from tests.wire.oracle import OWN, Oracle

if TYPE_CHECKING:
    from typing import TypeAlias

    from runwrap.units import UnitType

    Question: TypeAlias = tuple[int, UnitType, str]

VERSIONS = (252, 257, 262)

Sent = list[Property] | None
"""What is put on the bus; None where the assignment is refused."""


def _root(version: int) -> Path:
    """Return the tree whose systemd-run is of *version*."""
    return {
        252: lambda: Path("/"),
        257: lambda: root("trixie").path,
        262: lambda: root("forky").path,
    }[version]()


_AT_ONCE = 40


def ask(questions: list[Question]) -> dict[Question, Sent]:
    """Ask the systemd-run of each version about its *questions*, side by side.

    Where runwrap would send something, many are asked about at once; if anything else comes out
    of that, they are asked about one by one.
    """

    async def ask_one(version: int) -> dict[Question, Sent]:
        async with Recorder() as recorder, Oracle(recorder, _root(version)) as oracle:
            mine = [question for question in questions if question[0] == version]
            answers: dict[Question, Sent] = {}
            expected = {question: ours(*question) for question in mine}
            for unit_type in UNIT_TYPES:
                easy = [
                    question
                    for question, own in expected.items()
                    if question[1] == unit_type and own and OWN.isdisjoint(p.name for p in own)
                ]
                for begin in range(0, len(easy), _AT_ONCE):
                    some = easy[begin : begin + _AT_ONCE]
                    sent = await oracle.properties_of_each(unit_type, [text for *_, text in some])
                    answers |= dict(zip(some, sent, strict=True))
            for question, own in expected.items():
                if question not in answers or answers[question] != own:
                    answers[question] = (await oracle.properties(question[1], [question[2]]))[0]
            return answers

    async def ask_all() -> dict[Question, Sent]:
        answers = await asyncio.gather(*(ask_one(version) for version in VERSIONS))
        return {question: sent for each in answers for question, sent in each.items()}

    return asyncio.run(ask_all())


def ours(version: int, unit_type: UnitType, assignment: str) -> Sent:
    """Return what runwrap would send to a manager of *version*."""
    try:
        return encode(unit_type, [assignment], version=version)
    except PropertyError:
        return None


@pytest.fixture(scope="module")
def answers(request: pytest.FixtureRequest) -> dict[Question, Sent]:
    """Ask about every case of the tests that are to run, in one go."""
    rows = [
        cast("Directive", item.callspec.params["row"])
        for item in request.session.items
        if isinstance(item, pytest.Function) and item.originalname == "test_equal"
    ]
    cases = [case for row in rows for case in CASES[row.group, row.name]]
    return ask([(v, case.unit_type, case.assignment) for v in VERSIONS for case in cases])


def _explained(version: int, case: Case) -> bool:
    """Tell whether runwrap's refusal of a case says why systemd-run's being silent is no guide."""
    try:
        encode(case.unit_type, [case.assignment], version=version)
    except PropertyError as error:
        return any(words in str(error) for words in STRICTER_WORDS)
    return False


def _problems(row: Directive, case: Case, answers: dict[Question, Sent]) -> list[str]:
    """Return how runwrap differs from systemd-run in another way than the case says."""
    key = case.unit_type, case.assignment
    differing = {
        version: (theirs, own)
        for version in VERSIONS
        if (theirs := answers[version, *key]) != (own := ours(version, *key))
        # What a release has dropped its systemd-run takes whatever it is, and sends nothing.
        and not (row.until is not None and row.until < version and theirs == [] and own is None)
    }
    if case.stricter:
        if differing and all(own is None for _, own in differing.values()):
            return []
        return [f"{case.assignment!r}: not stricter: {differing}"]
    if case.more_generous:
        if differing and all(own is not None for _, own in differing.values()):
            return []
        return [f"{case.assignment!r}: not more generous: {differing}"]
    return [
        f"{case.assignment!r}: systemd-run {version} {theirs}, runwrap {own}"
        for version, (theirs, own) in differing.items()
        if not _explained(version, case)
    ]


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.group}-{row.name}")
def test_equal(row: Directive, answers: dict[Question, Sent]) -> None:
    problems = [
        problem for case in CASES[row.group, row.name] for problem in _problems(row, case, answers)
    ]
    assert problems == []


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.group}-{row.name}")
def test_every_row_has_cases_that_are_sent(row: Directive) -> None:
    newest = row.until or VERSIONS[-1]
    sent = [ours(newest, case.unit_type, case.assignment) for case in CASES[row.group, row.name]]
    assert sent
    assert any(sent) == (row.grammar != "refused"), "no case of it becomes a property"


def test_every_row_of_units_that_can_be_transient_has_a_grammar() -> None:
    assert [
        row.name for row in directives() if row.unit_types and row.grammar not in GRAMMARS
    ] == []


@pytest.mark.parametrize("grammar", sorted(GRAMMARS))
def test_every_grammar_is_used(grammar: str) -> None:
    assert any(row.grammar == grammar for row in directives())


def test_listed_differences_are_cases() -> None:
    asked = {
        f"{group}{case.assignment}"
        for row, cases in CASES.items()
        for case in cases
        for group in ("", f"{row[0]}:")
    }
    assert {*STRICTER, *MORE_GENEROUS} - asked == set()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.group}-{row.name}")
def test_names_and_signatures_are_those_of_the_table(row: Directive) -> None:
    allowed = {(form.name, form.signature) for form in row.wire}
    for case in CASES[row.group, row.name]:
        for version in VERSIONS:
            for sent in ours(version, case.unit_type, case.assignment) or []:
                assert (sent.name, sent.signature) in allowed, case.assignment


def _is_refused(assignment: str, unit_type: UnitType) -> bool:
    """Tell whether the directive is one that no manager takes for such units."""
    row = find(assignment.partition("=")[0], unit_type)
    return row is not None and row.grammar == "refused"


def test_other_unit_types() -> None:
    """A directive is sent alike for each type of unit that has it, and refused elsewhere."""
    # With the group that may stand before, or without.
    listed = {key[key.find(":", 0, key.index("=")) + 1 :] for key in (*STRICTER, *MORE_GENEROUS)}
    questions: list[Question] = []
    for row in ROWS:
        taken = [
            case
            for case in CASES[row.group, row.name]
            if case.assignment not in listed and ours(252, case.unit_type, case.assignment)
        ]
        for unit_type in UNIT_TYPES:
            # Where a row is narrowed to some types of its group, managers refuse it for the others.
            if taken and unit_type is not unit_type_of(row) and not row.units:
                questions.append((252, unit_type, taken[0].assignment))
    questions = list(dict.fromkeys(questions))
    problems = [
        f"{unit_type}: {assignment!r}: systemd-run {sent}, runwrap {own}"
        for (version, unit_type, assignment), sent in ask(questions).items()
        if (own := ours(version, unit_type, assignment)) != sent
        and not _is_refused(assignment, unit_type)
    ]
    assert problems == []


SEQUENCES = [
    (
        *("IPAddressDeny=any", "IPAddressAllow=10.0.0.0/8", "IPAddressDeny=", "IPAddressDeny=::/0"),
        *("MemoryMax=1G", "MemoryMax=", "Nice=5", "Nice=3", "LimitNOFILE=5:7", "TimeoutSec=4"),
        *("Environment=A=1", "Environment=", "RestrictAddressFamilies=~AF_INET", "User=x", "User="),
    ),
    ("IPAddressDeny=any", "IPAddressDeny="),
    ("LimitCORE=5", "LimitCORE=6:7"),
    ("SystemCallFilter=~@debug", "SystemCallFilter=ptrace"),
    ("ExecStartPre=/a", "ExecStartPre=-+/b c", "ExecStartPre=", "ExecStartPre=/d"),
    ("StateDirectory=a b:c", "StateDirectory=d", "CapabilityBoundingSet=~CAP_KILL"),
    ("ConditionPathExists=/a", "ConditionHost=|!b", "AssertHost=c", "ConditionHost="),
    ("StandardOutput=file:/a", "StandardInputData=YQ==", "StandardOutput=null"),
    ("SetCredential=a:b", "LoadCredential=c:/d", "SetCredential=", "DeviceAllow=/dev/null r"),
]


@pytest.mark.parametrize("assignments", SEQUENCES, ids=lambda assignments: assignments[0])
@pytest.mark.parametrize("version", VERSIONS)
async def test_order_and_resets_are_kept(version: int, assignments: tuple[str, ...]) -> None:
    async with Recorder() as recorder, Oracle(recorder, _root(version)) as oracle:
        sent, said = await oracle.properties("service", assignments)
    assert sent == encode("service", assignments, version=version), said
