"""What command lines ask for, and which are refused."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from runwrap.cli.options import Given
from runwrap.cli.request import Destination, Request, Surroundings, Where
from runwrap.errors import UsageError
from runwrap.model import LaunchSpec, Trigger
from tests.support.command_lines import request_from

HERE = Surroundings(environ={"SHELL": "/bin/bash"}, booted=True, on_terminals=False)
ON_TERMINALS = replace(HERE, on_terminals=True)


def request(line: str, surroundings: Surroundings = HERE) -> Request:
    return request_from(line.split(), surroundings)


@pytest.mark.parametrize(
    ("line", "spec"),
    [
        ("true", {}),
        ("-r --send-sighup true", {"remain_after_exit": True, "send_sighup": True}),
        ("--slice-inherit --slice=a true", {"slice_inherit": True, "slice": "a"}),
        ("--expand-environment=No true", {"expand_environment": False}),
        ("--expand-environment=1 true", {}),
        ("--ignore-failure true", {"ignore_failure": True}),
        ("--job-mode=isolate true", {"job_mode": "isolate"}),
        ("--root-directory=/a true", {"root_directory": "/a"}),
        ("--root-directory= true", {}),
        ("-R true", {"root_directory": "/"}),
        ("-P true", {"pipe": True}),
        ("-tP true", {"pipe": True}),
        ("--scope --uid=a true", {"scope": True, "uid": "a"}),
        ("--on-active=5 true", {"trigger": Trigger("timer", ("OnActiveSec=5",))}),
        ("--path-property=a=b true", {"trigger": Trigger("path", ("a=b",))}),
        ("--socket-property=a=b -p c=d true", None),
    ],
)
def test_specifications(line: str, spec: dict[str, object] | None) -> None:
    if spec is None:
        spec = {"trigger": Trigger("socket", ("a=b",)), "properties": ("c=d",)}
    expected = replace(LaunchSpec(command=("true",)), **spec)  # type: ignore[arg-type]
    assert request(line).spec == expected


def test_a_shell() -> None:
    made = request("-S", ON_TERMINALS)
    assert made.spec.command == ("/bin/bash",)
    assert (made.spec.service_type, made.spec.collect, made.spec.pipe) == ("exec", True, False)
    assert made.spec.working_directory is not None
    assert made.terminal is not None
    assert (made.wait, made.account) == (True, True)
    assert request("-S").spec.pipe
    changed = request("-S --working-directory=/usr --service-type=simple", ON_TERMINALS).spec
    assert (changed.working_directory, changed.service_type) == ("/usr", "simple")
    scope = request("-S --scope", ON_TERMINALS)
    assert (scope.spec.scope, scope.spec.service_type, scope.wait) == (True, None, False)
    assert scope.terminal is None


@pytest.mark.parametrize(
    ("line", "on_terminals", "streams"),
    [
        ("-t true", False, "pty"),
        ("-t true", True, "pty"),
        ("-T true", False, "late"),
        ("-P true", True, "pipe"),
        ("-t -P true", True, "pty"),
        ("-t -P true", False, "pipe"),
        ("-T -P true", True, "late"),
        ("true", True, ""),
    ],
)
def test_the_streams_that_the_descriptors_suggest(
    line: str, on_terminals: bool, streams: str
) -> None:
    made = request(line, replace(HERE, on_terminals=on_terminals))
    found = "pipe" if made.spec.pipe else ""
    if made.terminal is not None:
        found = "late" if made.terminal.late else "pty"
    assert found == streams
    assert made.wait == bool(streams)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("", "there is no command to run"),
        ("--on-active=5", "there is no command to run, and no --unit= for the timer to start"),
        ("--on-active=5 --unit=a -p Nice=1", "--property=Nice=1 is for a service that is made"),
        ("-S true", '--shell runs $SHELL, and no other command: "true"'),
        ("--timer-property=AccuracySec=1 true", "the timer is not told when"),
        ("--on-active=5 --path-property=a=b true", "timer and path options cannot be combined"),
        ("--path-property=a=b --socket-property=a=b true", "path and socket options cannot"),
        ("--scope --wait true", "--scope and --wait cannot be combined"),
        ("--scope -t true", "--scope and --pty cannot be combined"),
        ("--scope --no-block true", "--scope and --no-block cannot be combined"),
        ("--on-active=5 --wait true", "a timer unit and --wait cannot be combined"),
        ("--on-active=5 --scope true", "a timer unit and --scope cannot be combined"),
        ("--no-block --wait true", "--no-block and --wait cannot be combined"),
        ("-r --report=x true", "--remain-after-exit and --report cannot be combined"),
        ("--json=short -P true", "--json and --pipe cannot be combined"),
        ("--json=short -v true", "--json and --verbose cannot be combined"),
        ("--json=short --report=- true", "--json and --report=- cannot be combined"),
        ("--json=shrt true", r"--json=shrt: expected pretty, short or off \(did you mean short"),
        ("--job-mode=foo true", "--job-mode=foo: expected fail, lenient"),
        ("--output=foo true", "--output=foo: expected short"),
        ("--expand-environment=foo true", "--expand-environment=foo: expected yes or no"),
        ("--nice=a true", "--nice=a: not a number"),
        ("--user -H a true", "--user and --host cannot be combined"),
        ("-H a -P true", "--pipe cannot be had with --host"),
        ("-H a -R true", "--root-directory cannot be had with --host"),
        ("-M a --scope true", "--scope needs a service manager of this system"),
        ("--embedded --system true", "--system and --embedded cannot be combined"),
        ("--embedded -M a true", "--machine and --embedded cannot be combined"),
        ("--embedded --scope true", "--scope needs a service manager that stays"),
        ("--embedded -r true", "--remain-after-exit needs a service manager that stays"),
        ("--embedded --on-active=5 true", "a timer unit needs a service manager that stays"),
        ("--embedded --no-block true", "--no-block needs a service manager that stays"),
        ("--embedded --slice-inherit true", "--slice-inherit needs a service manager that stays"),
    ],
)
def test_refusals(line: str, message: str) -> None:
    with pytest.raises(UsageError, match=f"^{message.replace('$', '[$]')}"):
        request(line)


@pytest.mark.parametrize(
    ("line", "booted", "environ", "expected"),
    [
        ("", True, {}, Destination(Where.SYSTEM)),
        ("", False, {}, Destination(Where.EMBEDDED)),
        ("", False, {"DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/x"}, Destination(Where.SYSTEM)),
        ("--system", False, {}, Destination(Where.SYSTEM)),
        ("--user", False, {}, Destination(Where.USER)),
        ("--embedded", True, {}, Destination(Where.EMBEDDED)),
        ("-M a", False, {}, Destination(Where.SYSTEM, machine="a")),
        ("--user -M a@.host", False, {}, Destination(Where.USER, machine="a@.host")),
        ("-H a", False, {}, Destination(Where.SYSTEM, host="a")),
        ("-C a", False, {}, Destination(Where.USER, capsule="a")),
    ],
)
def test_choosing_a_manager(
    line: str, booted: bool, environ: dict[str, str], expected: Destination
) -> None:
    made = request(f"{line} true", Surroundings(environ=environ, booted=booted, on_terminals=False))
    assert made.destination == expected
    assert made.fallback == (not line and expected.where is Where.EMBEDDED)
    assert made.wait == (expected.where is Where.EMBEDDED)


def test_what_is_said_to_other_tools() -> None:
    assert Destination(Where.SYSTEM).options == ""
    assert Destination(Where.USER).options == "--user "
    assert Destination(Where.USER, machine="a@.host").options == "--user -M a@.host "
    assert Destination(Where.SYSTEM, host="b").options == "-H b "
    assert Destination(Where.USER, capsule="c").options == "-C c "


def test_nothing_is_given_by_default() -> None:
    assert not any(getattr(Given(), field.name) for field in fields(Given))
