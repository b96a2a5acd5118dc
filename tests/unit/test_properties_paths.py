"""The grammars of paths, images, directories and command lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runwrap.errors import PropertyError
from runwrap.properties import Property, encode, unit_file

if TYPE_CHECKING:
    from runwrap.units import UnitType

SYMLINK = "a(sst)"
PLAIN = "a(sasb)"
EXTENDED = "a(sasas)"


def one(assignment: str, version: int = 262, unit_type: str = "service") -> Property:
    """Return the only property that *assignment* becomes."""
    (given,) = encode(unit_type, [assignment], version=version)
    return given


def fault(assignment: str, version: int = 262, unit_type: str = "service") -> str:
    """Return the line that refuses *assignment*."""
    with pytest.raises(PropertyError) as caught:
        encode(unit_type, [assignment], version=version)
    return str(caught.value.faults[0])


def written(assignment: str, version: int = 262, unit_type: UnitType = "service") -> str:
    """Return the lines of the unit file that *assignment* amounts to, without the section."""
    text = unit_file(unit_type, encode(unit_type, [assignment], version=version))
    return text.partition("\n")[2].rstrip("\n")


@pytest.mark.parametrize(
    ("assignment", "version", "given"),
    [
        ("StateDirectory=a:b:ro", 257, ("StateDirectorySymlink", SYMLINK, [("a", "b", 1)])),
        ("StateDirectory=a::ro", 262, ("StateDirectorySymlink", SYMLINK, [("a", "", 1)])),
        ('StateDirectory="a b":c:ro', 262, ("StateDirectorySymlink", SYMLINK, [("a b", "c", 1)])),
        ("ExecStart=|echo hi", 262, ("ExecStartEx", EXTENDED, [("/bin/sh", ["sh", "echo", "hi"])])),
        ("ExecStart=|@ echo", 262, ("ExecStartEx", EXTENDED, [("/bin/sh", ["-sh", "echo"])])),
        ("ExecStart=@|echo", 262, ("ExecStartEx", EXTENDED, [("/bin/sh", ["-sh", "echo"])])),
        ("ExecStart=|", 262, ("ExecStartEx", EXTENDED, [("/bin/sh", ["sh"])])),
    ],
)
def test_what_old_managers_lack(
    assignment: str, version: int, given: tuple[str, str, list[tuple[object, ...]]]
) -> None:
    name, signature, value = given
    if signature == EXTENDED:
        value = [(*entry, ["via-shell"]) for entry in value]
    assert one(assignment, version) == Property(name, signature, value)
    assert "came with systemd" in fault(assignment, 252)


@pytest.mark.parametrize(
    ("text", "flags"),
    [
        ("-|:+x", ["ignore-failure", "privileged", "no-env-expand", "via-shell"]),
        ("|!x", ["no-setuid", "via-shell"]),
        ("|!!x", ["via-shell"]),
    ],
)
def test_shell_with_other_prefixes(text: str, flags: list[str]) -> None:
    value = [("/bin/sh", ["sh", "x"], flags)]
    assert one(f"ExecStart={text}") == Property("ExecStartEx", EXTENDED, value)


def test_ambient_prefix_is_for_old_managers() -> None:
    old, new = one("ExecStart=!!x", 257), one("ExecStart=!!x", 258)
    assert old == Property("ExecStartEx", EXTENDED, [("x", ["x"], ["ambient"])])
    assert new == Property("ExecStart", PLAIN, [("x", ["x"], False)])


def test_names_with_ex_differ_by_version() -> None:
    old, new = one("ExecStartEx=-x", 257), one("ExecStartEx=-x", 262)
    assert old == Property("ExecStartEx", EXTENDED, [("x", ["x"], ["ignore-failure"])])
    assert new == Property("ExecStart", PLAIN, [("x", ["x"], True)])


@pytest.mark.parametrize("prefix", [":", "+", "!", "|"])
def test_sockets_have_few_prefixes(prefix: str) -> None:
    assert '"-" and "@"' in fault(f"ExecStartPre={prefix}x", unit_type="socket")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", [(False, "extensions"), (False, "credentials")]),
        ("OFF", [(True, "extensions"), (True, "credentials")]),
        (" ~extensions", [(True, "extensions")]),
    ],
)
def test_refresh_on_reload(text: str, value: list[tuple[bool, str]]) -> None:
    assert one(f"RefreshOnReload={text}") == Property("RefreshOnReload", "a(bs)", value)


def test_image_policies_of_old_managers_have_no_file_systems() -> None:
    assert one("RootImagePolicy=root=ext4+signed").value == "root=ext4+signed"
    assert 'the flag "ext4" came with systemd 258' in fault("RootImagePolicy=root=ext4", 257)


@pytest.mark.parametrize(
    ("assignment", "line"),
    [
        (
            "BindPaths=/a:b",
            'BindPaths=/a:>>b<<: "b" is not an absolute path; expected an absolute path for the '
            "destination",
        ),
        (
            "BindPaths=/a:/b:norbnd",
            'BindPaths=/a:/b:>>norbnd<<: "norbnd" is not an option of a bind mount; expected '
            "rbind or norbind (did you mean norbind?)",
        ),
        (
            "BindPaths=/a /b:",
            'BindPaths=/a >>/b:<<: "/b:" has no destination; expected an absolute path for the '
            "destination",
        ),
        (
            "StateDirectory=a:b:r",
            'StateDirectory=a:b:>>r<<: "r" is not a flag of a directory; expected ro, or nothing',
        ),
        (
            "ConfigurationDirectory=a::ro",
            'ConfigurationDirectory=a::ro: "a::ro" has a colon, and there is no property for what '
            "is after it; expected a relative path alone",
        ),
        (
            "MountImages=/i:/m:rot:ro",
            'MountImages=/i:/m:>>rot<<:ro: "rot" is not a partition; expected root, usr, home, '
            "srv, esp, xbootldr, swap, root-verity, usr-verity, root-verity-sig, usr-verity-sig, "
            "tmp or var (did you mean root?)",
        ),
        (
            "ExtensionImages=/e:root",
            'ExtensionImages=/e:root: "/e:root" has no mount options for "root"; expected mount '
            "options, or PARTITION:OPTIONS",
        ),
        (
            "OpenFile=/a:b:apend",
            'OpenFile=/a:b:>>apend<<: "apend" is not an option of a file to open; expected '
            "read-only, append, truncate or graceful (did you mean append?)",
        ),
        (
            "RootHash=abcd",
            'RootHash=abcd: "abcd" is too short; expected at least 32 hexadecimal digits',
        ),
        (
            "StateDirectoryQuota=no",
            'StateDirectoryQuota=no: "no" is not a quota; expected bytes, with K, M, G, T, P or E '
            "for powers of 1024; a percentage; or off (did you mean off?)",
        ),
        (
            "RefreshOnReload=extension",
            'RefreshOnReload=extension: "extension" cannot be refreshed; expected yes, no, or '
            'extensions or credentials, with "~" before the first or not (did you mean '
            "extensions?)",
        ),
        (
            "RootImagePolicy=root=verty",
            'RootImagePolicy=root=>>verty<<: "verty" is not a flag; expected unprotected, verity, '
            "signed, encrypted, unused, absent, open, read-only-off, read-only-on, growfs-off, "
            "growfs-on, or a file system (did you mean verity?)",
        ),
        (
            "ExecStart=--x",
            'ExecStart=>>--<<x: "--" has the prefix "-" too often; expected "@", "|", "-" and ":" '
            'once each, and one of "+", "!" and "!!"',
        ),
        (
            "ExecStart=a/b c",
            'ExecStart=>>a/b<< c: "a/b" is not a program; expected an absolute path, or a file '
            'name without "/"',
        ),
        (
            "ExecSearchPath=/a:b",
            'ExecSearchPath=/a:>>b<<: "b" is not allowed; expected an absolute path without ".."',
        ),
    ],
)
def test_error_lines(assignment: str, line: str) -> None:
    assert fault(assignment) == line


@pytest.mark.parametrize(
    "assignment",
    [
        'BindPaths="/a:b c":/d',
        "StateDirectory=a\\\\:b",
        'ExecStart="-x"',
        'ExecStart=|"-x" y',
        'ExecSearchPath="/a b"',
        "BindPaths=/a/../b",
    ],
)
def test_what_no_line_of_a_unit_file_stands_for_is_a_comment(assignment: str) -> None:
    name = assignment.partition("=")[0]
    assert written(assignment).startswith(f"# {name}: a line of a unit file cannot hold ")


def test_watched_paths_are_absolute() -> None:
    assert "an absolute path" in fault("PathExists=a", unit_type="path")


@pytest.mark.parametrize(
    ("assignment", "line"),
    [
        ('BindPaths="/a b c":/d:norbind', 'BindPaths="/a b c":/d:norbind'),
        ("BindPaths=/a -/b:/b", "BindPaths=/a -/b"),
        ("BindPaths=", "BindPaths="),
        ('StateDirectory=a:b:ro "c d"::ro', 'StateDirectory=a:b:ro "c d::ro"'),
        ("TemporaryFileSystem=/a:ro /b", "TemporaryFileSystem=/a:ro /b"),
        ("MountImages=-/i\\:x:/m:ro", "MountImages=-/i\\x3ax:/m:root:ro"),
        ('ExtensionImages="/e f:home:rw"', "ExtensionImages=/e\\x20f:home:rw"),
        ("RootImageOptions=ro", "RootImageOptions=root:ro"),
        ("RootHash=/a", "RootHash=/a"),
        (f"RootHash={'0A' * 16}", f"RootHash={'0a' * 16}"),
        ("RootHashSignature=base64:YW Jj", "RootHashSignature=base64:YWJj"),
        ("OpenFile=/a b::append", "OpenFile=/a\\x20b:a\\x20b:append"),
        ("ExecSearchPath=/a:/b", "ExecSearchPath=/a:/b"),
        ("StateDirectoryQuota=5M", "StateDirectoryQuota=5242880"),
        ("StateDirectoryQuota=", "StateDirectoryQuota=off"),
        ("RefreshOnReload=no", "RefreshOnReload=~extensions credentials"),
        ("ExecStart=-+@/bin/sh sh -c 'a; b' 50%", 'ExecStart=-+@/bin/sh sh -c "a; b" 50%%'),
        ("ExecStart=x ; \\n", 'ExecStart=x ";" "\\x0a"'),
        ("ExecStart=|@ echo $A", 'ExecStart=|@echo "$A"'),
        ("ExecStart=", "ExecStart="),
    ],
)
def test_written_again(assignment: str, line: str) -> None:
    assert written(assignment) == line


def test_watched_paths_are_written_by_kind() -> None:
    assert written("PathChanged=/a", unit_type="path") == "PathChanged=/a"


@pytest.mark.parametrize(
    "assignment",
    ["ExecStart=|", "ExecStart=|-x", "ExecStart=-|@:!x", "ExecStart=@x ''"],
)
def test_read_and_written_alike(assignment: str) -> None:
    given = one(assignment)
    assert one(written(assignment)) == given
