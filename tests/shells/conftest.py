"""Shells that find the completions of the checkout, one of each for all tests of a module."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.shells.shells import SHELLS, Typing, World, copy_completions

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    directory = tmp_path_factory.mktemp("world")
    prefix = tmp_path_factory.mktemp("prefix")
    copy_completions(prefix)
    made = World(directory, prefix)
    yield made
    assert not made.trace.exists(), "Python, or runwrap, was started"


@pytest.fixture(scope="module", params=SHELLS)
def shell(request: pytest.FixtureRequest, world: World) -> Iterator[Typing]:
    with world.shell(request.param) as started:
        yield started
