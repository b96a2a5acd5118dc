"""Which Debian mirror this machine uses, from its own apt configuration (sources.list(5))."""

from __future__ import annotations

import platform
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_ONE_LINE = re.compile(r"deb\s+(?:\[(?P<options>[^]]*)\]\s+)?(?P<uri>\S+)\s+(?P<rest>.+)")


class SourcesError(RuntimeError):
    """The machine's apt configuration has no entry for Debian's main archive."""


@dataclass(frozen=True, slots=True)
class Archive:
    """A mirror of Debian's main archive.

    Attributes:
        uri: where it is.
        signed_by: the key file that the machine checks it with, or None for apt's default.
    """

    uri: str
    signed_by: str | None

    def line(self, release: str, *, trusted: bool = False) -> str:
        """Return the one-line source for the main component of *release*."""
        if trusted:
            options = "[trusted=yes] "
        else:
            options = f"[signed-by={self.signed_by}] " if self.signed_by else ""
        return f"deb {options}{self.uri} {release} main"


@dataclass(frozen=True, slots=True)
class Entry:
    """One source of binary packages as it is configured."""

    uri: str
    suites: tuple[str, ...]
    components: tuple[str, ...]
    signed_by: str | None


def parse_one_line(text: str) -> list[Entry]:
    """Return the entries of a file in the one-line style."""
    found: list[Entry] = []
    for raw in text.splitlines():
        match = _ONE_LINE.fullmatch(raw.partition("#")[0].strip())
        if match is None:
            continue
        options = dict(
            option.split("=", 1) for option in (match["options"] or "").split() if "=" in option
        )
        suite, *components = match["rest"].split()
        found.append(Entry(match["uri"], (suite,), tuple(components), options.get("signed-by")))
    return found


def parse_deb822(text: str) -> list[Entry]:
    """Return the entries of a file in the deb822 style; keys that are embedded are left out."""
    found: list[Entry] = []
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    for stanza in re.split(r"\n\s*\n", "\n".join(lines)):
        fields: dict[str, str] = {}
        name = ""
        for line in stanza.splitlines():
            if line[:1].isspace():
                fields[name] = f"{fields.get(name, '')} {line.strip()}"
            else:
                name, _, value = line.partition(":")
                name = name.strip().lower()
                fields[name] = value.strip()
        if "deb" not in fields.get("types", "").split():
            continue
        if fields.get("enabled", "yes").lower() in {"no", "false", "0", "off"}:
            continue
        signed_by = fields.get("signed-by", "").strip()
        for uri in fields.get("uris", "").split():
            found.append(
                Entry(
                    uri,
                    tuple(fields.get("suites", "").split()),
                    tuple(fields.get("components", "").split()),
                    signed_by if signed_by.startswith("/") else None,
                )
            )
    return found


def choose(entries: Iterable[Entry], codename: str) -> Archive:
    """Return the archive that serves the plain suite *codename* with its main component.

    Raises:
        SourcesError: none of the *entries* does.
    """
    for entry in entries:
        served = {codename, "stable", "testing", "unstable", "sid"}.intersection(entry.suites)
        fetched = entry.uri.startswith(("http:", "https:", "file:", "copy:"))
        if served and fetched and "main" in entry.components:
            return Archive(entry.uri, entry.signed_by)
    raise SourcesError(f"no source of Debian's suite {codename} with main below /etc/apt")


def debian_archive(etc: Path = Path("/etc/apt")) -> Archive:
    """Return the mirror that this machine's apt takes Debian's main archive from.

    Raises:
        SourcesError: there is none.
    """
    entries: list[Entry] = []
    parts = sorted((etc / "sources.list.d").glob("*"))
    for path in (etc / "sources.list", *parts):
        if path.suffix == ".list" and path.is_file():
            entries += parse_one_line(path.read_text())
        elif path.suffix == ".sources" and path.is_file():
            entries += parse_deb822(path.read_text())
    return choose(entries, platform.freedesktop_os_release().get("VERSION_CODENAME", ""))
