"""What is shown and not done: dry runs, the list of directives, and options for both."""

from __future__ import annotations

import json

import pytest

from runwrap import __version__
from runwrap.cli.list_properties import Row, as_lines, as_table, rows
from runwrap.dry_run import as_document, as_unit_files
from runwrap.model import TransientUnit
from runwrap.properties import directives, encode
from runwrap.units import Property

SERVICE = TransientUnit(
    "a.service",
    (
        Property("Description", "s", 'say "\u00e9" 100%'),
        Property("AddRef", "b", True),
        *encode("service", ["MemoryMin=18446744073709551614", "IPAddressDeny=10.0.0.0/8 ::1"]),
        Property("StandardInputFileDescriptor", "h", 0),
        Property("ExecStart", "a(sasb)", [("/bin/true", ["/bin/true", "a b"], False)]),
    ),
)
TIMER = TransientUnit("a.timer", tuple(encode("timer", ["RemainAfterElapse=no"])))


def test_a_unit_file_under_its_name() -> None:
    text = as_unit_files([SERVICE])
    assert text.startswith('# a.service\n[Unit]\nDescription=say "\u00e9" 100%%\n')
    assert "\n[Service]\nMemoryMin=" in text
    assert "\nIPAddressDeny=10.0.0.0/8 ::1/128\n" in text
    assert "\nExecStart=" in text
    # What a unit file cannot say is said all the same.
    assert "\n# StandardInputFileDescriptor=0" in text
    assert "\n# AddRef=yes" in text
    assert text.endswith("\n")
    assert not text.endswith("\n\n")


def test_several_unit_files() -> None:
    text = as_unit_files([SERVICE, TIMER])
    assert text == f"{as_unit_files([SERVICE])}\n{as_unit_files([TIMER])}"
    assert "\n\n# a.timer\n[Timer]\nRemainAfterElapse=no\n" in text


def test_a_document() -> None:
    text = as_document([SERVICE, TIMER], systemd=257, manager_version="257.9-1")
    assert text.endswith("}\n")
    assert text.count("\n") == 1
    assert text.isascii()
    document = json.loads(text)
    units = document.pop("units")
    assert document == {
        "schema": 1,
        "systemd": 257,
        "manager_version": "257.9-1",
        "runwrap_version": __version__,
    }
    assert [(each["name"], each["type"], each["job_mode"]) for each in units] == [
        ("a.service", "service", "fail"),
        ("a.timer", "timer", "fail"),
    ]
    properties = [
        (item["name"], item["signature"], item["value"]) for item in units[0]["properties"]
    ]
    assert properties == [
        ("Description", "s", 'say "\u00e9" 100%'),
        ("AddRef", "b", True),
        ("MemoryMin", "t", 2**64 - 2),
        ("IPAddressDeny", "a(iayu)", [[2, [10, 0, 0, 0], 8], [10, [0] * 15 + [1], 128]]),
        ("StandardInputFileDescriptor", "h", 0),
        ("ExecStart", "a(sasb)", [["/bin/true", ["/bin/true", "a b"], False]]),
    ]


def test_a_document_for_no_manager() -> None:
    assert (
        json.loads(as_document([TIMER], systemd=262, manager_version=""))["manager_version"] is None
    )


def _names(pattern: str) -> list[str]:
    return [row.name for row in rows(pattern, None)]


def test_patterns() -> None:
    assert _names("IPAddressAllow") == ["IPAddressAllow"]
    assert _names("ipaddress") == ["IPAddressAllow", "IPAddressDeny"]
    assert _names("IPAddressAllow=") == ["IPAddressAllow"]
    assert _names("ipaddress*") == ["IPAddressAllow", "IPAddressDeny"]
    assert _names("IP?ddress[AD]*y") == ["IPAddressDeny"]
    assert _names("?PAddress") == []
    assert "MemoryZSwapMax" in _names("swap")
    assert _names("nosuch") == []
    assert _names("") == _names("*")


def test_all_that_can_be_transient_is_listed() -> None:
    names = _names("")
    assert set(names) == {row.name for row in directives() if row.unit_types}
    assert "AutomountExtraOptions" not in names
    assert "SloppyOptions" not in names
    assert names == sorted(names)
    assert all(all(row) for row in rows("", 252))


def test_rows() -> None:
    (row,) = rows("ProtectSystem", 252)
    assert row == Row("ProtectSystem", "service, socket", "a boolean, full or strict", "214", "yes")
    (row,) = rows("Description", 252)
    assert row[1:3] == ("all", "any text")
    # In two groups alike: one row. Otherwise two.
    assert [row.units for row in rows("RuntimeMaxSe[c]", 252)] == ["service, scope"]
    assert [row.units for row in rows("ExecStartPr[e]", 252)] == ["service", "socket"]


@pytest.mark.parametrize(
    ("name", "systemd", "known"),
    [
        ("MemoryZSwapWriteback", 256, "yes"),
        ("MemoryZSwapWriteback", 252, "no: needs 256"),
        ("CPUAccounting", 257, "yes"),
        ("CPUAccounting", 262, "no: dropped in 258"),
        ("CPUAccounting", None, "?"),
        ("WantedBy", 252, "no: never"),
        ("WantedBy", None, "no: never"),
    ],
)
def test_what_is_known(name: str, systemd: int | None, known: str) -> None:
    (row,) = rows(name, systemd)
    assert row.known == known


ROWS = [
    Row("Short", "service", "a boolean", "215", "yes"),
    Row("AMuchLongerName", "service, scope, socket", "one of very many words " * 3, "-", "yes"),
]


def test_lines_for_programs() -> None:
    assert as_lines(ROWS[:1]) == "Short\tservice\ta boolean\t215\tyes\n"


def test_a_table_that_fits() -> None:
    assert as_table(ROWS[:1], 80) == (
        "NAME   UNITS    VALUE      SINCE  KNOWN\nShort  service  a boolean  215    yes\n"
    )


@pytest.mark.parametrize("width", [56, 80, 100, 200])
def test_a_table_is_wrapped(width: int) -> None:
    text = as_table(ROWS, width)
    lines = text.splitlines()
    assert max(len(line) for line in lines) <= width
    assert all(line.strip() for line in lines)
    assert text.count("very") == 3
    columns = [lines[0].index(field.upper()) for field in Row._fields]
    for name in ("Short", "AMuchLongerName"):
        (line,) = [line for line in lines if line.startswith(name)]
        assert line[columns[2] :].startswith(("a boolean", "one of"))


def test_the_whole_table_fits_an_ordinary_terminal() -> None:
    assert max(len(line) for line in as_table(rows("", 252), 80).splitlines()) <= 80


def test_a_table_on_a_narrow_terminal_loses_nothing() -> None:
    text = as_table(ROWS, 10)
    assert text.count("words") == 3
    assert "AMuchLongerName" in text
