"""The parts of the tests' own support that decide something."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support import roots
from tests.support.roots_sources import (
    Archive,
    Entry,
    SourcesError,
    choose,
    debian_archive,
    parse_deb822,
    parse_one_line,
)
from tests.support.vm_kernel import newc

_DEB822 = """\
Types: deb deb-src
# where it was taken from
URIs: http://mirror.example/debian
Suites: bookworm
 bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/some.gpg

Types: deb
URIs: http://other.example/
Suites: any
Components: main
Enabled: no

Types: deb
URIs: http://embedded.example/
Suites: any
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 -----END PGP PUBLIC KEY BLOCK-----
"""
_ONE_LINE = """\
# deb http://commented.example/ bookworm main
deb-src http://source.example/ bookworm main
deb [arch=amd64 signed-by=/keys/one.gpg] http://one.example/debian bookworm main contrib # why
deb http://two.example/debian bookworm-security main
"""


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RUNWRAP_TEST_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_sources_in_deb822_style() -> None:
    key = "/usr/share/keyrings/some.gpg"
    assert parse_deb822(_DEB822) == [
        Entry(
            "http://mirror.example/debian",
            ("bookworm", "bookworm-updates"),
            ("main", "contrib"),
            key,
        ),
        Entry("http://embedded.example/", ("any",), ("main",), None),
    ]


def test_sources_in_one_line_style() -> None:
    assert parse_one_line(_ONE_LINE) == [
        Entry("http://one.example/debian", ("bookworm",), ("main", "contrib"), "/keys/one.gpg"),
        Entry("http://two.example/debian", ("bookworm-security",), ("main",), None),
    ]


def test_the_archive_is_the_one_with_the_plain_suite() -> None:
    security, *_ = reversed(parse_one_line(_ONE_LINE))
    plain = Entry("http://plain.example/", ("bookworm", "bookworm-updates"), ("main",), "/k.gpg")
    assert choose([security, plain], "bookworm") == Archive("http://plain.example/", "/k.gpg")
    with pytest.raises(SourcesError, match="bookworm"):
        choose([security], "bookworm")


def test_the_archive_as_a_source() -> None:
    archive = Archive("http://plain.example/", "/k.gpg")
    assert archive.line("forky") == "deb [signed-by=/k.gpg] http://plain.example/ forky main"
    assert (
        archive.line("forky", trusted=True) == "deb [trusted=yes] http://plain.example/ forky main"
    )
    assert Archive("http://a/", None).line("forky") == "deb http://a/ forky main"


def test_both_styles_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.freedesktop_os_release", lambda: {"VERSION_CODENAME": "bookworm"})
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / "sources.list.d/a.sources").write_text(_DEB822)
    assert debian_archive(tmp_path).uri == "http://mirror.example/debian"
    (tmp_path / "sources.list").write_text(_ONE_LINE)
    assert debian_archive(tmp_path).uri == "http://one.example/debian"


def test_the_cache_builds_once_for_all_who_ask(cache: Path) -> None:
    built: list[Path] = []
    together = threading.Barrier(4)

    def build(partial: Path) -> None:
        built.append(partial)
        partial.mkdir()
        (partial / "file").touch()

    def ask(_: int) -> Path:
        together.wait(10)
        return roots.kept("thing", build)

    with ThreadPoolExecutor(4) as pool:
        places = set(pool.map(ask, range(4)))
    assert places == {cache / "thing"}
    assert len(built) == 1
    assert (cache / "thing/file").exists()


def test_the_cache_keeps_nothing_that_failed(cache: Path) -> None:
    def fail(partial: Path) -> None:
        partial.mkdir()
        (partial / "half").touch()
        raise roots.RootError("broken")

    with pytest.raises(roots.RootError, match="broken"):
        roots.kept("thing", fail)
    assert [path.name for path in cache.iterdir()] == [".thing.lock"]
    assert roots.kept("thing", Path.mkdir).is_dir()


def test_what_a_step_says_is_shown(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(roots.RootError, match=r"(?s)step: sh ended with 4:.*second"):
        roots.run_shown("step", ["sh", "-c", "echo first; echo second >&2; exit 4"])
    shown = capfd.readouterr().err
    assert "step: first\n" in shown
    assert "step: second\n" in shown


def test_a_change_of_the_recipe_changes_its_hash() -> None:
    assert roots.recipe_hash("a", "b") == roots.recipe_hash("a", "b")
    assert len({roots.recipe_hash(*parts) for parts in (("a", "b"), ("ab",), ("b", "a"))}) == 3


def test_the_initial_file_system_has_fields_and_padding_as_in_cpio() -> None:
    archive = newc([("dir", 0o040755, b""), ("dir/file", 0o100644, b"odd")])
    found: list[tuple[str, int, bytes]] = []
    at = 0
    while at < len(archive):
        assert archive[at : at + 6] == b"070701"
        fields = [int(archive[at + 6 + 8 * n : at + 14 + 8 * n], 16) for n in range(13)]
        size, name_size = fields[6], fields[11]
        name = archive[at + 110 : at + 110 + name_size]
        content_at = -(-(at + 110 + name_size) // 4) * 4
        found.append((name.decode(), fields[1], archive[content_at : content_at + size]))
        at = -(-(content_at + size) // 4) * 4
    assert found == [
        ("dir\0", 0o040755, b""),
        ("dir/file\0", 0o100644, b"odd"),
        ("TRAILER!!!\0", 0, b""),
    ]
