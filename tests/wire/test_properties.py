"""What systemd-run puts on the bus for an assignment is what runwrap would put there."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from runwrap.errors import PropertyError
from runwrap.properties import DIRECTIVES, Directive, parse_assignments
from runwrap.properties.grammars import GRAMMARS
from tests.support.recorder import Recorder
from tests.wire.cases import MORE_GENEROUS, STRICTER, Case, cases_of, implemented
from tests.wire.oracle import Answer, Oracle

if TYPE_CHECKING:
    from runwrap.model import Property

ROWS = implemented()
CASES = {row.name: cases_of(row) for row in ROWS}


@pytest.fixture(scope="module")
def answers() -> dict[str, Answer]:
    """Ask systemd-run about every case, in one go."""

    async def ask() -> dict[str, Answer]:
        async with Recorder() as recorder, Oracle(recorder) as oracle:
            return {
                case.assignment: await oracle.run(["-p", case.assignment, "/bin/true"])
                for cases in CASES.values()
                for case in cases
            }

    return asyncio.run(ask())


def _oracle_properties(answer: Answer) -> list[Property] | None:
    """Return what systemd-run made of the assignment, or None where it refused it."""
    if answer.call is None:
        return None
    properties = list(answer.call.properties)
    assert [given.name for given in properties[:2]] == ["Description", "AddRef"]
    assert properties[-1].name == "ExecStart"
    return properties[2:-1]


def _our_properties(assignment: str) -> list[Property] | None:
    try:
        return parse_assignments([assignment])
    except PropertyError:
        return None


def _problem(case: Case, answer: Answer) -> str:
    """Return how runwrap differs from systemd-run in another way than the case says, or ""."""
    theirs, ours = _oracle_properties(answer), _our_properties(case.assignment)
    shown = f"{case.assignment!r}: systemd-run {theirs}, runwrap {ours}"
    if case.newer:
        return "" if "Unknown assignment" in answer.stderr else f"known to systemd-run: {shown}"
    if case.stricter:
        return "" if theirs is not None and ours is None else f"not stricter: {shown}"
    if case.more_generous:
        return "" if ours is not None and ours != theirs else f"not more generous: {shown}"
    return "" if theirs == ours else shown


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_equal(row: Directive, answers: dict[str, Answer]) -> None:
    problems = [_problem(case, answers[case.assignment]) for case in CASES[row.name]]
    assert [problem for problem in problems if problem] == []


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_row_has_cases_that_are_sent(row: Directive) -> None:
    sent = [_our_properties(case.assignment) for case in CASES[row.name]]
    assert any(properties for properties in sent), "no case of it becomes a property"


@pytest.mark.parametrize("grammar", sorted(GRAMMARS))
def test_every_grammar_is_used(grammar: str) -> None:
    assert any(row.grammar == grammar for row in DIRECTIVES)


def test_listed_differences_are_cases() -> None:
    asked = {case.assignment for cases in CASES.values() for case in cases}
    assert {*STRICTER, *MORE_GENEROUS} - asked == set()


def test_names_and_signatures_are_those_of_the_table() -> None:
    """What is sent is named and typed as the table says."""
    scale = {"size-or-percent-or-infinity"}
    for row in ROWS:
        allowed = set(row.wire)
        if row.grammar in scale:
            allowed.add((f"{row.name}Scale", "u"))
        if row.grammar == "directory":
            allowed.add((f"{row.name}Symlink", "a(sst)"))
        if row.name.endswith("Ex"):
            continue
        for case in CASES[row.name]:
            for sent in _our_properties(case.assignment) or []:
                assert (sent.name, sent.signature) in allowed, case.assignment


async def test_order_and_resets_are_kept() -> None:
    assignments = [
        *("IPAddressDeny=any", "IPAddressAllow=10.0.0.0/8", "IPAddressDeny=", "IPAddressDeny=::/0"),
        *("MemoryMax=1G", "MemoryMax=", "Nice=5", "Nice=3", "LimitNOFILE=5:7", "TimeoutSec=4"),
        *("Environment=A=1", "Environment=", "RestrictAddressFamilies=~AF_INET", "User=x", "User="),
    ]
    arguments = [word for assignment in assignments for word in ("-p", assignment)]
    async with Recorder() as recorder, Oracle(recorder) as oracle:
        answer = await oracle.run([*arguments, "/bin/true"])
    assert _oracle_properties(answer) == parse_assignments(assignments)
