"""Variables in arguments: systemd.service(5), Command lines."""

from __future__ import annotations

import pytest

from runwrap.expansion import expand

VALUES = {"X": "a b", "EMPTY": "", "_y1": " q  r ", "Q": "'q q' e\\ f \"open x"}


@pytest.mark.parametrize(
    ("argument", "words", "unset"),
    [
        ("plain", ["plain"], []),
        ("", [""], []),
        ("$X", ["a", "b"], []),
        ("$_y1", ["q", "r"], []),
        ("p${X}q", ["pa bq"], []),
        ("${X}${X}", ["a ba b"], []),
        ("$$X", ["$X"], []),
        ("a$$b", ["a$b"], []),
        ("$$$$", ["$$"], []),
        ("x$X", ["x$X"], []),
        ("$X.", [], ["X."]),
        ("$EMPTY", [], []),
        ("${EMPTY}", [""], []),
        ("$NO", [], ["NO"]),
        ("${NO}-${NO}", ["-"], ["NO"]),
        ("$", [], [""]),
        ("${X", ["${X"], []),
        ("${X:-foo}", ["${X:-foo}"], []),
        ("$1", [], ["1"]),
        ("${A-}", [""], ["A-"]),
    ],
)
def test_expand(argument: str, words: list[str], unset: list[str]) -> None:
    assert expand([argument], VALUES) == (words, unset)


def test_several() -> None:
    assert expand(["a", "$X", "$NO", "${NO2}"], VALUES) == (["a", "a", "b", ""], ["NO", "NO2"])
