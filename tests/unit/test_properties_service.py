from __future__ import annotations

from dataclasses import replace

import pytest

from runwrap.errors import PropertyError, RunwrapError, UsageError
from runwrap.model import LaunchSpec, TransientUnit
from runwrap.properties.unit_names import unit_name
from runwrap.transient import Names, transient_units
from runwrap.units import Property

SPEC = LaunchSpec(command=("true", "a b"))


def build(**changes: object) -> TransientUnit:
    (unit,) = transient_units(
        replace(SPEC, **changes),  # type: ignore[arg-type]
        names=Names("x.service"),
        executable="/usr/bin/true",
        add_ref=False,
        environment={"KNOWN": "value"},
    )
    return unit


def test_plain_service() -> None:
    assert build() == TransientUnit(
        "x.service",
        (
            Property("Description", "s", "/usr/bin/true a b"),
            Property("ExecStart", "a(sasb)", [("/usr/bin/true", ["/usr/bin/true", "a b"], False)]),
        ),
    )


def test_order() -> None:
    (unit,) = transient_units(
        LaunchSpec(
            command=("true",),
            properties=("Nice=1",),
            description="d",
            slice="s",
            service_type="exec",
            uid="u",
            gid="g",
            nice=2,
            setenv=("A=1", "KNOWN", "UNKNOWN", "A=2"),
            working_directory="/tmp/",
            pipe=True,
            stdio=(7, None, 9),
            collect=True,
        ),
        names=Names("x.service"),
        executable="/bin/true",
        add_ref=True,
        environment={"KNOWN": "value"},
    )
    assert [(each.name, each.signature, each.value) for each in unit.properties] == [
        ("Description", "s", "d"),
        ("CollectMode", "s", "inactive-or-failed"),
        ("AddRef", "b", True),
        ("Nice", "i", 1),
        ("Slice", "s", "s.slice"),
        ("Type", "s", "exec"),
        ("User", "s", "u"),
        ("Group", "s", "g"),
        ("Nice", "i", 2),
        ("WorkingDirectory", "s", "/tmp"),
        ("StandardInputFileDescriptor", "h", 7),
        ("StandardErrorFileDescriptor", "h", 9),
        ("Environment", "as", ["A=2", "KNOWN=value", "UNKNOWN="]),
        ("ExecStart", "a(sasb)", [("/bin/true", ["/bin/true"], False)]),
    ]


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"nice": 20}, "--nice: 20 is out of range; expected -20 to 19"),
        ({"uid": ":"}, '--uid: ":" is not a user; expected the name or number of a user'),
        ({"gid": "a:b"}, '--gid: "a:b" is not a group; expected the name or number of a group'),
        (
            {"slice": "foo.service"},
            '--slice: "foo.service" does not name a slice; '
            "expected a name such as background or app-tools.slice",
        ),
        (
            {"service_type": "onshot"},
            '--service-type: "onshot" is not allowed; expected simple, exec, forking, oneshot, '
            "dbus, notify, notify-reload or idle",
        ),
        (
            {"setenv": ("1A=x",)},
            '--setenv: "1A=x" does not name a variable; expected NAME or NAME=VALUE, with letters, '
            "digits and _ in NAME, not beginning with a digit",
        ),
        (
            {"working_directory": "/a/.."},
            '--working-directory: "/a/.." has a ".." in it, which managers refuse',
        ),
        ({"working_directory": "tmp"}, '--working-directory: "tmp" is not an absolute path'),
        ({"description": "a\0"}, '"a\\x00" cannot be sent: it is not UTF-8 text, or has a NUL'),
        (
            {"command": ("true", "\udcff")},
            '"\\xff" cannot be sent: it is not UTF-8 text, or has a NUL',
        ),
        (
            {"command": ("true", "a\0")},
            '"a\\x00" cannot be sent: it is not UTF-8 text, or has a NUL',
        ),
    ],
)
def test_refused(changes: dict[str, object], line: str) -> None:
    with pytest.raises(UsageError) as caught:
        build(**changes)
    assert str(caught.value) == line


def test_near_miss_of_a_type_is_a_hint() -> None:
    with pytest.raises(UsageError) as caught:
        build(service_type="onshot")
    assert caught.value.hints == ("did you mean oneshot?",)


def test_faulty_properties_are_refused() -> None:
    with pytest.raises(PropertyError):
        build(properties=("Nonsense=1",))


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("foo", "foo.service"),
        ("foo.service", "foo.service"),
        ("foo.bar", "foo.bar.service"),
        ("a b/c", "a\\x20b-c.service"),
        ("foo@x", "foo@x.service"),
        ("\u00e9", "\\xc3\\xa9.service"),
        ("\udcff", "\\xff.service"),
    ],
)
def test_service_name(given: str, name: str) -> None:
    assert unit_name(given, "service") == name


@pytest.mark.parametrize(
    "given", ["", "foo.scope", "foo.socket", "/dev/sda", "/srv", "foo@", "foo@.service", "@x"]
)
def test_refused_names(given: str) -> None:
    with pytest.raises(RunwrapError, match=r"^--unit: "):
        unit_name(given, "service")


def test_long_name() -> None:
    assert len(unit_name("x" * 247, "service")) == 255
    with pytest.raises(UsageError, match="too long: 256 characters"):
        unit_name("x" * 248, "service")


def test_made_up_names_differ() -> None:
    names = {unit_name(None, "service") for _ in range(100)}
    assert len(names) == 100
    for name in names:
        number = name.removeprefix("run-r").removesuffix(".service")
        assert len(number) == 32
        assert int(number, 16) >= 0
