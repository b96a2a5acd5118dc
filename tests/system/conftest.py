"""Fixtures of the tests against real service managers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.system.places import EmbeddedPlace, MachinePlace, Place

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session", params=["embedded", "trixie", "forky"])
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    """Each place in turn: this machine's systemd, then whole systems of other releases."""
    with EmbeddedPlace() if request.param == "embedded" else MachinePlace(request.param) as place:
        yield place


@pytest.fixture(scope="session")
def embedded_place() -> Iterator[EmbeddedPlace]:
    """This machine's systemd only, for what does not depend on its version."""
    with EmbeddedPlace() as place:
        yield place


@pytest.fixture(scope="session", params=["trixie", "forky"])
def whole_system(request: pytest.FixtureRequest) -> Iterator[MachinePlace]:
    """Whole systems only, for what needs users and their managers."""
    with MachinePlace(request.param) as place:
        yield place


@pytest.fixture(autouse=True)
def _fresh_names(request: pytest.FixtureRequest) -> Iterator[None]:
    """Unload what systemd-run has left behind as failed.

    That of 252 counts its units by its number on the bus, which begins anew with each bus.
    """
    places = [
        request.getfixturevalue(name)
        for name in ("place", "embedded_place")
        if name in request.fixturenames
    ]
    yield
    for place in places:
        if isinstance(place, EmbeddedPlace):
            place.run("systemctl", "reset-failed", "run-u*")
