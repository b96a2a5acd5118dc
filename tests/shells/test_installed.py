"""What an installation of the wheel puts where the shells and man(1) look for it."""

from __future__ import annotations

import subprocess
import sys
import tomllib

import pytest

from tests.shells.shells import PLACES, SHELLS, World
from tests.support.tty import CHECKOUT

_PIP = (sys.executable, "-m", "pip", "-q", "--disable-pip-version-check")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Build the wheel, and install it into a prefix of its own."""
    directory = tmp_path_factory.mktemp("wheel")
    prefix = tmp_path_factory.mktemp("prefix")
    subprocess.run([*_PIP, "wheel", "--no-deps", "-w", directory, CHECKOUT], check=True)
    (wheel,) = directory.glob("*.whl")
    install = ("install", "--no-deps", "--no-index", "--prefix", prefix, wheel)
    subprocess.run([*_PIP, *install], check=True)
    return World(tmp_path_factory.mktemp("world"), prefix)


@pytest.mark.parametrize("name", SHELLS)
def test_shells_find_their_completion(installed: World, name: str) -> None:
    with installed.shell(name) as shell:
        line = "runwrap -p ProtectSystem="
        assert shell.completed("runwrap -p ProtectSys") == line
        assert {"full", "strict"} <= shell.offered(line, "full")


def test_man_finds_the_manual(installed: World) -> None:
    # It looks in the "share/man" beside each "bin" of PATH.
    path = f"{installed.prefix}/bin:/usr/bin:/bin"
    done = subprocess.run(
        ["man", "-w", "runwrap"],
        env={"PATH": path, "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == f"{installed.prefix}/share/man/man1/runwrap.1"


def test_zsh_looks_there_below_usr_local() -> None:
    done = subprocess.run(
        ["zsh", "-fc", "print -l $fpath"], capture_output=True, text=True, check=True
    )
    _, place = PLACES["zsh"]
    assert f"/usr/local/{place.rpartition('/')[0]}" in done.stdout.splitlines()


def test_the_source_distribution_has_what_makes_them() -> None:
    settings = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())
    build = settings["tool"]["hatch"]["build"]["targets"]
    assert "/completions" in build["sdist"]["include"]
    shared = build["wheel"]["shared-data"]
    for source, place in PLACES.values():
        assert shared[f"completions/{source}"] == place


@pytest.mark.parametrize("name", SHELLS)
def test_it_is_the_file_of_the_checkout(installed: World, name: str) -> None:
    source, place = PLACES[name]
    assert (installed.prefix / place).read_bytes() == (
        CHECKOUT / "completions" / source
    ).read_bytes()
