"""The report that a program reads: its format, and where it may be written to."""

from __future__ import annotations

import copy
import dataclasses
import importlib.resources
import json
import os
import pickle
import socket
import stat
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from runwrap._version import __version__
from runwrap.errors import RunwrapError, UsageError
from runwrap.model import Counters, RunResult, State, Timestamps, Verdict
from runwrap.report import SCHEMA_VERSION, as_json, check_destination, write_report

if TYPE_CHECKING:
    from collections.abc import Iterator

SCHEMA: dict[str, Any] = json.loads(
    importlib.resources.files("runwrap").joinpath("report_schema.json").read_text("utf-8")
)
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)

FULL = RunResult(
    unit="run-1.service",
    invocation_id="0123456789abcdef0123456789abcdef",
    command=("sh", "-c", "exit 4"),
    properties=("IPAccounting=yes", "MemoryMax=1G"),
    result="exit-code",
    code="exited",
    status=4,
    job_result="done",
    runtime_usec=19_000,
    timestamps=Timestamps(
        **{
            field.name: 1_700_000_000_000_000 + number
            for number, field in enumerate(dataclasses.fields(Timestamps))
        }
    ),
    counters=Counters(
        **{
            field.name: 2**64 - 2 - number
            for number, field in enumerate(dataclasses.fields(Counters))
        }
    ),
    manager_version="257.9-1~deb13u1",
    exposure=7.8,
    verdicts=(
        Verdict("IPAddressDeny", State.IN_FORCE, "programs are attached"),
        Verdict("MemoryMax", State.NOT_IN_FORCE, "there is no memory.max", "use another manager"),
    ),
)
BARE = dataclasses.replace(
    FULL,
    invocation_id=None,
    command=(),
    properties=(),
    result="resources",
    code=None,
    status=None,
    job_result="failed",
    runtime_usec=None,
    timestamps=Timestamps(),
    counters=Counters(),
    absent={"memory_peak": "no memory controller"},
    manager_version=None,
    exposure_absent="systemd-analyze is not installed",
)
RUNS = [
    FULL,
    BARE,
    dataclasses.replace(FULL, result="signal", code="killed", status=9),
    dataclasses.replace(FULL, result="core-dump", code="dumped", status=6),
    dataclasses.replace(FULL, command=("printf", "caf\u00e9 \udcff\udcfe")),
]


def _objects(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if "items" in schema:
        yield from _objects(schema["items"])
    if "properties" in schema:
        yield schema
        for inner in schema["properties"].values():
            yield from _objects(inner)


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["properties"]["schema"]["const"] == SCHEMA_VERSION


@pytest.mark.parametrize("result", RUNS)
def test_reports_are_as_the_schema_says(result: RunResult) -> None:
    VALIDATOR.validate(json.loads(json.dumps(as_json(result))))


def test_the_schema_lets_no_key_come_or_go() -> None:
    report = json.loads(json.dumps(as_json(FULL)))
    for path in ([], ["timestamps"], ["counters"]):
        inner = report
        for key in path:
            inner = inner[key]
        for key in inner:
            changed = copy.deepcopy(report)
            place = changed
            for step in path:
                place = place[step]
            del place[key]
            assert not VALIDATOR.is_valid(changed), f"{key} may be missing"
        changed = copy.deepcopy(report)
        place = changed
        for step in path:
            place = place[step]
        place["new"] = None
        assert not VALIDATOR.is_valid(changed), f"{path} may have a new key"
    unknown = {**report, "absent": {"new": "why"}}
    assert not VALIDATOR.is_valid(unknown)


def test_the_schema_knows_each_key_of_the_model_in_order() -> None:
    properties = SCHEMA["properties"]
    assert list(properties) == list(as_json(FULL))
    counters = [field.name for field in dataclasses.fields(Counters)]
    assert list(properties["counters"]["properties"]) == counters
    assert properties["absent"]["propertyNames"]["enum"] == counters
    assert list(properties["timestamps"]["properties"]) == [
        field.name for field in dataclasses.fields(Timestamps)
    ]
    for schema in _objects(SCHEMA):
        assert schema["required"] == list(schema["properties"])
        assert schema["additionalProperties"] is False
        assert all("description" in inner for inner in schema["properties"].values())


def test_a_whole_report() -> None:
    assert as_json(FULL) == {
        "schema": 1,
        "unit": "run-1.service",
        "invocation_id": "0123456789abcdef0123456789abcdef",
        "command": ["sh", "-c", "exit 4"],
        "properties": ["IPAccounting=yes", "MemoryMax=1G"],
        "sandbox": None,
        "result": "exit-code",
        "code": "exited",
        "status": 4,
        "status_name": "NOPERMISSION",
        "job_result": "done",
        "conditions_met": True,
        "exit_status": 4,
        "interrupted": None,
        "restarts": 0,
        "runtime_usec": 19_000,
        "timestamps": dataclasses.asdict(FULL.timestamps),
        "counters": FULL.counters.as_dict(),
        "absent": {},
        "verdicts": [
            {
                "directive": "IPAddressDeny",
                "state": "in-force",
                "evidence": "programs are attached",
                "advice": None,
            },
            {
                "directive": "MemoryMax",
                "state": "not-in-force",
                "evidence": "there is no memory.max",
                "advice": "use another manager",
            },
        ],
        "exposure": 7.8,
        "exposure_absent": None,
        "manager_version": "257.9-1~deb13u1",
        "runwrap_version": __version__,
    }


def test_what_is_not_known_is_null() -> None:
    report = as_json(BARE)
    assert report["counters"] == dict.fromkeys(Counters().as_dict())
    assert report["absent"] == {"memory_peak": "no memory controller"}
    assert report["status_name"] is None
    assert report["exit_status"] == 1


def test_a_reason_is_told_only_for_what_is_missing() -> None:
    counted = dataclasses.replace(BARE, counters=Counters(memory_peak=0))
    assert as_json(counted)["absent"] == {}


def test_a_signal_has_its_name() -> None:
    assert as_json(dataclasses.replace(FULL, code="killed", status=9))["status_name"] == "KILL"


def test_integers_keep_all_their_digits(tmp_path: Path) -> None:
    write_report(FULL, str(tmp_path / "report"))
    counters = json.loads((tmp_path / "report").read_bytes())["counters"]
    assert counters["cpu_usage_nsec"] == 2**64 - 2


def test_bytes_that_are_no_text_still_give_json(tmp_path: Path) -> None:
    word = os.fsdecode(b"caf\xc3\xa9 \xff\xfe")
    result = dataclasses.replace(
        FULL, command=(word,), unit=word, properties=(word,), counters=Counters()
    )
    result = dataclasses.replace(result, absent={"tasks": word})
    write_report(result, str(tmp_path / "report"))
    data = (tmp_path / "report").read_bytes()
    assert data.isascii()
    # A strict reader: a lone surrogate would not survive being encoded again.
    report = json.loads(data)
    json.dumps(report, ensure_ascii=False).encode("utf-8")
    expected = "caf\u00e9 \ufffd\ufffd"
    assert report["command"] == [expected]
    assert report["unit"] == expected
    assert report["properties"] == [expected]
    assert report["absent"] == {"tasks": expected}


def test_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    check_destination("-")
    assert capsys.readouterr().out == ""
    write_report(FULL, "-")
    captured = capsys.readouterr().out
    assert captured.count("\n") == 1
    assert captured.endswith("}\n")
    assert json.loads(captured) == as_json(FULL)


@pytest.fixture
def umask() -> Iterator[int]:
    mask = 0o027
    before = os.umask(mask)
    yield mask
    os.umask(before)


def test_a_new_file_has_the_mode_of_the_umask(tmp_path: Path, umask: int) -> None:
    path = tmp_path / "report"
    check_destination(str(path))
    assert list(tmp_path.iterdir()) == []
    write_report(FULL, str(path))
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~umask
    assert path.read_text() == json.dumps(as_json(FULL)) + "\n"
    assert list(tmp_path.iterdir()) == [path]


def test_a_relative_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    check_destination("report")
    write_report(FULL, "report")
    assert json.loads((tmp_path / "report").read_bytes()) == as_json(FULL)


def test_a_name_as_long_as_can_be(tmp_path: Path) -> None:
    path = tmp_path / ("n" * 255)
    check_destination(str(path))
    write_report(FULL, str(path))
    assert path.is_file()


def test_a_file_is_replaced_at_once(tmp_path: Path) -> None:
    path = tmp_path / "report"
    path.write_text("old")
    with path.open() as reader:
        check_destination(str(path))
        assert path.read_text() == "old"
        write_report(FULL, str(path))
        assert reader.read() == "old"
    assert json.loads(path.read_bytes()) == as_json(FULL)


def test_a_link_stays_and_its_target_is_replaced(tmp_path: Path) -> None:
    target = tmp_path / "there" / "report"
    target.parent.mkdir()
    link = tmp_path / "link"
    link.symlink_to(target)
    for _ in range(2):  # the target is missing first, and there then
        check_destination(str(link))
        write_report(FULL, str(link))
        assert link.is_symlink()
        assert json.loads(target.read_bytes()) == as_json(FULL)


def test_a_fifo_is_written_to(tmp_path: Path) -> None:
    path = tmp_path / "fifo"
    os.mkfifo(path)
    check_destination(str(path))  # must not wait for a reader
    received: list[str] = []
    reader = threading.Thread(target=lambda: received.append(path.read_text()))
    reader.start()
    write_report(FULL, str(path))
    reader.join(timeout=10)
    assert json.loads(received[0]) == as_json(FULL)
    assert path.is_fifo()


def test_a_device_is_written_to() -> None:
    check_destination("/dev/null")
    write_report(FULL, "/dev/null")
    assert Path("/dev/null").is_char_device()
    check_destination("/dev/full")
    with pytest.raises(RunwrapError, match=r"/dev/full: No space left on device$"):
        write_report(FULL, "/dev/full")


@pytest.mark.parametrize("directory", ["/dev/fd", "/proc/self/fd", "/proc/thread-self/fd"])
def test_a_descriptor_that_is_a_pipe(directory: str) -> None:
    reading, writing = os.pipe()
    try:
        check_destination(f"{directory}/{writing}")
        write_report(FULL, f"{directory}/{writing}")
        assert json.loads(os.read(reading, 65536)) == as_json(FULL)
        with pytest.raises(UsageError, match=r"open for reading only$"):
            check_destination(f"{directory}/{reading}")
    finally:
        os.close(reading)
        os.close(writing)
    with pytest.raises(UsageError, match=r"Bad file descriptor$"):
        check_destination(f"{directory}/{writing}")


def test_a_descriptor_that_is_a_socket() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        write_report(FULL, f"/dev/fd/{ours.fileno()}")
        assert json.loads(theirs.recv(65536)) == as_json(FULL)


def test_a_descriptor_of_a_file_is_written_where_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "log"
    link = tmp_path / "link"
    link.symlink_to("/dev/stderr")
    script = (
        "import os, pickle, sys; from runwrap.report import *;"
        "result = pickle.load(sys.stdin.buffer); os.write(2, b'before\\n');"
        "[(check_destination(name), write_report(result, name)) for name in sys.argv[1:]];"
        "os.write(2, b'after\\n')"
    )
    with path.open("wb") as log:
        subprocess.run(
            [sys.executable, "-c", script, "/dev/stderr", str(link)],
            input=pickle.dumps(FULL),
            stderr=log,
            check=True,
        )
    line = json.dumps(as_json(FULL))
    assert path.read_text().splitlines() == ["before", line, line, "after"]


def test_a_mount_point_is_written_in_place(tmp_path: Path) -> None:
    outside, path = tmp_path / "outside", tmp_path / "report"
    outside.write_text("x" * 10_000)
    path.touch()
    script = (
        "import pickle, sys; from runwrap.report import *;"
        "result = pickle.load(sys.stdin.buffer);"
        "check_destination(sys.argv[1]); write_report(result, sys.argv[1])"
    )
    mount = 'mount --bind "$0" "$1"; path=$1; shift; exec "$@" "$path"'
    command = [sys.executable, "-c", script]
    subprocess.run(
        ["unshare", "--mount", "--map-root-user", "sh", "-ec", mount, outside, path, *command],
        input=pickle.dumps(FULL),
        check=True,
    )
    assert json.loads(outside.read_bytes()) == as_json(FULL)
    assert path.read_bytes() == b""
    assert {entry.name for entry in tmp_path.iterdir()} == {"outside", "report"}


def test_refused_destinations(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "loop").symlink_to("loop")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
        for destination, reason in {
            str(tmp_path): "it is a directory",
            f"{tmp_path}/new/": "it names a directory",
            f"{tmp_path}/file/": "Not a directory",
            f"{tmp_path}/file/x": "Not a directory",
            f"{tmp_path}/none/x": f"directory {tmp_path}/none does not exist",
            f"{tmp_path}/loop": "Too many levels of symbolic links",
            f"{tmp_path}/socket": "it is a socket",
            f"{tmp_path}/{'n' * 256}": "File name too long",
            "/proc/report": "No such file or directory",
            "/proc/self/fd/99999": "Bad file descriptor",
        }.items():
            with pytest.raises(UsageError) as caught:
                check_destination(destination)
            assert str(caught.value) == f"Cannot write the report to {destination}: {reason}"
    for destination in ("", "a\0b"):
        with pytest.raises(UsageError, match=r"it is no path$"):
            check_destination(destination)


@pytest.fixture
def open_directory() -> Iterator[Path]:
    """A directory that every user reaches, which pytest's own are not."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name)
        path.chmod(0o755)
        yield path


def test_permissions_are_looked_at(open_directory: Path) -> None:
    """As a user to whom modes apply, which root is not."""
    closed, held = open_directory / "closed", open_directory / "open" / "held"
    held.parent.mkdir()
    held.parent.chmod(0o777)
    held.touch(mode=0o444)
    closed.mkdir(mode=0o555)
    script = (
        "import os, sys; from runwrap.errors import UsageError; from runwrap.report import *\n"
        "if os.geteuid() == 0: os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "for name in sys.argv[1:]:\n"
        "    try: check_destination(name)\n"
        "    except UsageError as error: print(error)\n"
        "    else: print('fine')\n"
    )
    fine = held.parent / "new"
    output = subprocess.run(
        [sys.executable, "-c", script, closed / "x", held, fine, "/dev/null"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert output.splitlines() == [
        f"Cannot write the report to {closed}/x: Permission denied",
        f"Cannot write the report to {held}: Permission denied",
        "fine",
        "fine",  # /dev takes no new file, but the device is there to be written to
    ]


def test_nothing_is_left_where_writing_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "report"
    path.write_text("old")

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("pathlib.Path.replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_report(FULL, str(path))
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_directory_that_went_away_is_told(tmp_path: Path) -> None:
    path = tmp_path / "there" / "report"
    path.parent.mkdir()
    check_destination(str(path))
    path.parent.rmdir()
    with pytest.raises(RunwrapError, match=r"there does not exist$"):
        write_report(FULL, str(path))
