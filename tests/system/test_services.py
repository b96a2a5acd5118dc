"""What the options for services do, on real managers, beside what systemd-run does with them."""

from __future__ import annotations

import json
import re
import signal
import time
from typing import TYPE_CHECKING

import pytest

from tests.support.inside import both, inside, popen_inside, programs, run_both, unit_files, within
from tests.support.tty import Terminal, runwrap_argv
from tests.system.places import until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.system.places import MachinePlace, Place

USER = "tester"

# What does not depend on the version of the manager is tried where systemd-run is the newest;
# or also where it is the oldest, and the manager a private one.
_NEWEST = pytest.mark.parametrize("place", ["forky"], indirect=True)
_TWO = pytest.mark.parametrize("place", ["embedded", "forky"], indirect=True)


# Since when systemd-run has the options (systemd-run(1)).
_EXPAND = 254
_JSON = 256
_IGNORE = 256
_JOB_MODE = 258
_VERBOSE = 258
_ROOT = 259


def _stop(place: Place, *units: str) -> None:
    place.run("systemctl", "stop", *units)
    place.run("systemctl", "reset-failed", *units)


def test_unit_files_are_systemd_runs(place: Place) -> None:
    """Every option that becomes a directive, in two units that stay to be looked at."""
    for options in (
        (
            *("-r", "--send-sighup", "--service-type=exec", "--uid=nobody", "--gid=daemon"),
            *("--nice=3", "-E", "A=b c", "-E", "B=$x", "-G", "--slice=modes-below", "-q"),
            *("--working-directory=/usr", "-p", "OOMScoreAdjust=5"),
        ),
        (
            "-r",
            *(["--ignore-failure"] if place.systemd >= _IGNORE else []),
            *(["--expand-environment=no"] if place.systemd >= _EXPAND else []),
            *(["--job-mode=replace"] if place.systemd >= _JOB_MODE else []),
        ),
    ):
        ours, theirs = both(place, *options, "-u", "UNIT", "true", "$HOME")
        assert (ours.returncode, theirs.returncode) == (0, 0), (ours.stderr, theirs.stderr)
        assert (ours.stderr == "") == ("-q" in options)
        files = unit_files(place, "modes-ours")
        assert files == unit_files(place, "modes-theirs")
        assert list(files) == ["service"]
        _stop(place, "modes-ours", "modes-theirs")


def test_the_command_finds_what_was_asked_for(place: Place) -> None:
    script = 'id; nice; pwd; echo "$$A|$$B|$$C"; echo "$0"'
    ours, theirs = both(
        place,
        *(
            "-q",
            "-P",
            "--uid=nobody",
            "--gid=daemon",
            "--nice=7",
            "--working-directory=/usr//share",
        ),
        *("-E", "A=1", "-E", "A= 2 ", "-E", "B", "-E", "C", "sh", "-c", script),
        env={"B": "from the caller"},
    )
    assert (ours.returncode, ours.stdout) == (theirs.returncode, theirs.stdout)
    words = ours.stdout.split("\n")
    assert words[1:4] == ["7", "/usr/share", " 2 |from the caller|"]
    assert "gid=1(daemon)" in words[0]


@_NEWEST
@pytest.mark.parametrize("option", ["-d", "--working-directory=share"])
def test_directories_are_from_here(place: Place, option: str) -> None:
    ours, theirs = within(place, f'cd /usr && exec "$@" -q -P {option} pwd')
    assert (ours.returncode, ours.stdout) == (theirs.returncode, theirs.stdout), ours.stderr


@_TWO
@pytest.mark.parametrize("option", [None, "no"])
def test_expansion_by_the_manager(place: Place, option: str | None) -> None:
    words = ("$A", "x${A}y", "$$A", "$$", "$NONE", "${NONE}")
    options = (
        "-q",
        "-P",
        "-E",
        "A=b c",
        *([] if option is None else ["--expand-environment", option]),
    )
    ours = inside(place, *options, "printf", "<%s>", *words)
    if option is None or place.systemd >= _EXPAND:
        theirs = place.systemd_run(*options, "printf", "<%s>", *words)
        assert (ours.returncode, ours.stdout) == (theirs.returncode, theirs.stdout)
    expanded = "<b><c><xb cy><$A><$><>"
    assert ours.stdout == ("".join(f"<{word}>" for word in words) if option == "no" else expanded)


@_NEWEST
def test_remain_after_exit(place: Place) -> None:
    both(place, "-r", "-u", "UNIT", "true")
    for unit in ("modes-ours.service", "modes-theirs.service"):
        until(place, unit, "SubState", "exited")
    _stop(place, "modes-ours", "modes-theirs")
    until(place, "modes-ours.service", "LoadState", "not-found")


_HANGS_UP = "trap 'echo HUP; exit 0' HUP; trap '' TERM; echo ready; while :; do sleep 0.05; done"


@_TWO
@pytest.mark.parametrize("option", ["--send-sighup", "-q"])
def test_sighup_follows_sigterm(place: Place, option: str) -> None:
    unit = "modes-hup.service"
    with popen_inside(
        place, option, "-P", "-u", unit, "-G", "-p", "TimeoutStopSec=400ms", "sh", "-c", _HANGS_UP
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        place.run("systemctl", "stop", unit)
        out, err = process.communicate(timeout=20)
    expected = ("HUP\n", 0) if option == "--send-sighup" else ("", 1)
    assert (out, process.returncode) == expected, err


@_NEWEST
def test_service_types(place: Place) -> None:
    """An exec service has not started when the program cannot be executed; a simple one has."""
    script = "/run/modes-no-interpreter"
    place.run("sh", "-c", f"printf '#!/nonexistent\\n' > {script}; chmod +x {script}")
    for options in (("--service-type=exec",), ("--service-type=exec", "--wait"), ()):
        ours, theirs = both(place, "-G", *options, script)
        if place.systemd < 257 and "--wait" in options:
            # The older one leaves at once when the start job has failed.
            assert (ours.returncode, theirs.returncode) == (203, 1)
        else:
            assert ours.returncode == theirs.returncode, (options, ours.stderr, theirs.stderr)
    began = time.monotonic()
    assert inside(place, "-q", "--service-type=oneshot", "sleep", "0.7").returncode == 0
    assert time.monotonic() - began > 0.7


@_TWO
@pytest.mark.parametrize(
    ("options", "scope"),
    [
        (("--slice-inherit",), False),
        (("--slice-inherit", "--slice=bar-baz"), False),
        (("--slice-inherit", "--slice=bar-baz"), True),
        (("--slice=foo-bar.slice",), True),
    ],
)
def test_slices(place: Place, options: tuple[str, ...], scope: bool) -> None:
    mode = ["--scope"] if scope else ["-P"]
    command = ["-q", *mode, *options, "grep", "^0::", "/proc/self/cgroup"]
    passed = ["-E", "DBUS_SYSTEM_BUS_ADDRESS"] if place.name == "embedded" else []
    passed += ["-E", "PYTHONPATH"] if place.name != "embedded" else []
    outer = ["systemd-run", "-q", "-P", "--slice=out", *passed]
    ours, theirs = run_both(place, *([*outer, *argv, *command] for argv in programs(place)))
    assert theirs.returncode == 0, theirs.stderr
    paths = [done.stdout.rpartition("/")[0] for done in (ours, theirs)]
    assert paths[0] == paths[1], ours.stderr
    assert ("/out.slice" in paths[0]) == ("--slice-inherit" in options)


@_NEWEST
def test_no_slice_to_inherit_outside_of_units(place: Place) -> None:
    done = inside(place, "-q", "-P", "--slice-inherit", "true")
    assert done.returncode == 1
    assert "no slice to inherit" in done.stderr


# In mounts of its own: what is seen there is not what the manager sees.
_OTHER_ROOT = """
mkdir -p /run/modes-root/mnt
exec unshare -m --propagation private sh -c '
mount --rbind / /run/modes-root && mount -t tmpfs none /run/modes-root/mnt
echo here > /run/modes-root/mnt/modes-which
"$@" -q -P --root-directory=/run/modes-root cat /mnt/modes-which; echo $?
cd /run && "$@" -q -P --root-directory=modes-root cat /mnt/modes-which; echo $?
mount -t tmpfs none /mnt; echo its own > /mnt/modes-which
"$@" -q -P -R cat /mnt/modes-which; echo $?
"$@" -q -P --same-root-dir --working-directory=/mnt cat modes-which; echo $?
' sh "$@"
"""


def test_root_directories_are_those_of_the_caller(place: Place) -> None:
    if place.systemd >= _ROOT:
        ours, theirs = within(place, _OTHER_ROOT)
        assert ours.stdout == theirs.stdout, (ours.stderr, theirs.stderr)
        assert ours.stdout == "here\n0\nhere\n0\nits own\n0\nits own\n0\n"
        return
    ours = place.run("sh", "-c", _OTHER_ROOT, "sh", *runwrap_argv(place))
    # Such managers look it up themselves. What is elsewhere shall not be taken for it.
    assert "its own" not in ours.stdout
    assert "\n0\n" not in f"\n{ours.stdout}", ours.stdout


def test_root_directories_of_older_managers(place: Place) -> None:
    script = (
        "mkdir -p /var/tmp/modes-tree/usr && cd /var/tmp/modes-tree &&"
        " ln -sfn usr/bin bin && ln -sfn usr/lib lib && ln -sfn usr/lib64 lib64 &&"
        ' "$@" -q -P -p BindReadOnlyPaths=/usr --root-directory=. ls /'
    )
    done = place.run("sh", "-c", script, "sh", *runwrap_argv(place))
    assert done.returncode == 0, done.stderr
    listed = done.stdout.split()
    assert "usr" in listed
    assert "home" not in listed


def test_root_directories_that_are_none(place: Place) -> None:
    options = ("-q", "-P", "--root-directory=/nonexistent", "true")
    ours = inside(place, *options)
    assert (ours.returncode, "/nonexistent" in ours.stderr) == (1, True)
    if place.systemd >= _ROOT:
        assert place.systemd_run(*options).returncode == 1


@pytest.fixture
def slow_unit(place: Place) -> Iterator[str]:
    """A service whose start job takes long."""
    unit = "modes-slow.service"
    place.systemd_run("-q", "--no-block", "-G", "-u", unit, "--service-type=oneshot", "sleep", "60")
    until(place, unit, "ActiveState", "activating")
    yield unit
    _stop(place, unit)


def test_job_modes(place: Place, slow_unit: str) -> None:
    command = ("-G", "-p", f"Conflicts={slow_unit}", "true")
    for options in ((), ("--job-mode=fail",)):
        ours = inside(place, *options, *command)
        assert ours.returncode == 1
        assert "is destructive" in ours.stderr
        assert place.show(slow_unit, "ActiveState") == "activating"
        if not options or place.systemd >= _JOB_MODE:
            assert place.systemd_run(*options, *command).returncode == 1
    assert inside(place, "--job-mode=replace", *command).returncode == 0
    until(place, slow_unit, "ActiveState", "inactive")


@_NEWEST
def test_job_modes_of_the_manager(place: Place) -> None:
    listed = inside(place, "--job-mode=help")
    modes = listed.stdout.split()
    assert {"fail", "replace", "isolate"} < set(modes)
    if place.systemd >= _JOB_MODE:
        assert place.systemd_run("--job-mode=help").stdout == listed.stdout
        for mode in ("isolate", "triggering", "flush", "bogus"):
            ours, theirs = both(place, f"--job-mode={mode}", "true")
            assert ours.returncode == theirs.returncode, ours.stderr
    refused = inside(place, "--job-mode=isolate", "true")
    assert (refused.returncode, "may not be isolated" in refused.stderr) == (1, True)


@_TWO
@pytest.mark.parametrize("command", ["exit 3", "kill -KILL $$$$"])
def test_ignored_failures(place: Place, command: str) -> None:
    arguments = ("--ignore-failure", "--wait", "-q", "-u", "UNIT", "sh", "-c", command)
    if place.systemd >= _IGNORE:
        ours, theirs = both(place, *arguments)
        assert ours.returncode == theirs.returncode == 0, ours.stderr
    else:
        assert inside(place, *arguments).returncode == 0
    assert place.units("modes-*.service") == []


@_NEWEST
def test_collect(place: Place) -> None:
    both(place, "--wait", "-G", "-u", "UNIT", "false")
    assert place.units("modes-*.service") == []
    both(place, "--wait", "-u", "UNIT", "false")
    assert place.units("modes-*.service") == ["modes-ours.service", "modes-theirs.service"]
    _stop(place, "modes-ours", "modes-theirs")


@_NEWEST
def test_names_and_descriptions(place: Place) -> None:
    names = ("UNIT.service", "UNIT a/b")
    for name in names:
        ours, theirs = both(place, "-r", "--description=What it is", f"--unit={name}", "true")
        assert ours.returncode == theirs.returncode == 0, ours.stderr
        units = place.units("modes-*.service")
        assert len(units) == 2
        assert units[0].replace("ours", "theirs") == units[1]
        assert place.show(units[0], "Description") == "What it is"
        _stop(place, *units)
    for name in ("UNIT.timer", "a" * 300):
        ours, theirs = both(place, f"--unit={name}", "true")
        assert ours.returncode == 1
        # 252 passes such names on to the manager, which refuses them.
        assert theirs.returncode == 1
    both(place, "-r", "-u", "modes-twice", "true")
    again = inside(place, "-u", "modes-twice", "true")
    assert (again.returncode, "modes-twice.service" in again.stderr) == (1, True)
    _stop(place, "modes-twice")


@_NEWEST
def test_no_block(place: Place) -> None:
    unit = "modes-ours.service"
    began = time.monotonic()
    done = inside(place, "--no-block", "-G", "-u", unit, "--service-type=oneshot", "sleep", "30")
    assert (done.returncode, time.monotonic() - began < 10) == (0, True)
    assert done.stderr == f"Running as unit: {unit}\n"
    assert place.show(unit, "ActiveState") == "activating"
    _stop(place, unit)


@_TWO
@pytest.mark.parametrize("form", ["short", "pretty", "help", "bogus"])
def test_json(place: Place, form: str) -> None:
    arguments = (f"--json={form}", "-r", "-u", "UNIT", "true")
    ours = inside(place, *(word.replace("UNIT", "modes-ours") for word in arguments))
    assert ours.returncode == (1 if form == "bogus" else 0)
    if place.systemd >= _JSON:
        theirs = place.systemd_run(*(word.replace("UNIT", "modes-theirs") for word in arguments))
        assert ours.returncode == theirs.returncode
        alike = [
            re.sub("[0-9a-f]{32}", "ID", done.stdout).replace("ours", "theirs")
            for done in (ours, theirs)
        ]
        assert alike[0] == alike[1]
    if form in {"short", "pretty"}:
        told = json.loads(ours.stdout)
        assert told["unit"] == "modes-ours.service"
        assert told["invocation_id"] == place.show("modes-ours.service", "InvocationID")
    _stop(place, "modes-ours", "modes-theirs")


@_NEWEST
def test_json_while_waiting(place: Place) -> None:
    done = inside(place, "--json=short", "--wait", "-q", "false")
    assert (done.returncode, done.stdout) == (1, "")
    done = inside(place, "--json=short", "--wait", "false")
    assert done.returncode == 1
    assert json.loads(done.stdout)["unit"].startswith("run-")


_LINES = "i=0; while [ $$i -lt 200 ]; do i=$$((i+1)); echo line $$i; done; echo error >&2"


def _messages(text: str) -> list[str]:
    """Return the messages in what ``--output=cat`` shows, without names and numbers of units."""
    text = re.sub(r"run-\S+\.(service|scope)", "UNIT", text)
    # What is told of this machine's kernel depends on how fast the cgroup is gone.
    kept = [line for line in text.splitlines() if "ignoring:" not in line]
    return [line.strip() for line in kept]


@pytest.mark.parametrize("user", [None, USER], ids=["system", "user"])
def test_the_log_is_shown(whole_system: MachinePlace, user: str | None) -> None:
    manager = [] if user is None else ["--user"]
    # The journal looks up whose unit a process is in, which fails once that process is gone.
    script = f"{_LINES}; exit 3" if user is None else f"sleep 0.2; {_LINES}; sleep 0.2; exit 3"
    arguments = (
        *("-v", "-q", "--output=cat", "--wait", "-G", *manager),
        *("--description=It", "sh", "-c", script),
    )
    if whole_system.systemd >= _VERBOSE:
        ours, theirs = both(whole_system, *arguments, user=user)
        # Lines of the command and of the manager may come in either order.
        assert sorted(_messages(ours.stdout)) == sorted(_messages(theirs.stdout))
    else:
        ours = inside(whole_system, *arguments, user=user)
    assert ours.returncode == 3
    lines = ours.stdout.splitlines()
    assert [line for line in lines if line.startswith("line ")] == [
        f"line {number}" for number in range(1, 201)
    ]
    assert "error" in lines
    assert any("Started" in line for line in lines), lines[:3]
    assert any("Failed with result" in line for line in lines)
    assert whole_system.run("pgrep", "-x", "journalctl").stdout == ""


def test_forms_of_the_log(whole_system: MachinePlace) -> None:
    done = inside(whole_system, "-v", "-q", "--wait", "--output=json", "echo", "text")
    entries = [json.loads(line) for line in done.stdout.splitlines()]
    assert "text" in [entry["MESSAGE"] for entry in entries]
    plain = inside(whole_system, "--verbose", "-q", "--wait", "echo", "text")
    assert re.search(r"^\w{3} \d\d [\d:]{8} \w+ echo\[\d+\]: text$", plain.stdout, re.MULTILINE)
    # Only what belongs to the unit, and nothing of an earlier one of that name.
    for text in ("first", "second"):
        shown = inside(
            whole_system, "-v", "-q", "--wait", "--output=cat", "-u", "modes-log", "echo", text
        )
        assert [line for line in shown.stdout.splitlines() if line in {"first", "second"}] == [text]
    listed = inside(whole_system, "--output=help")
    assert listed.stdout.split()[0] == "short"
    if whole_system.systemd >= 261:
        assert listed.stdout == whole_system.systemd_run("--output=help").stdout
    assert inside(whole_system, "--output=bogus", "true").returncode == 1


@_TWO
def test_the_log_is_no_hindrance_where_there_is_none(place: Place) -> None:
    done = inside(place, "-v", "-q", "-P", "--output=cat", "sh", "-c", "echo out; exit 4")
    assert (done.returncode, "out" in done.stdout.splitlines()) == (4, True)


def _on_terminal(place: Place, command: str, *, within: float = 20) -> str:
    """Run a shell command on a terminal to its end; ``runwrap`` in it is ours."""
    words = " ".join(runwrap_argv(place))
    script = command.replace("runwrap", words)
    with Terminal(["sh", "-c", script], place=place) as terminal:
        terminal.exit_status(within=within)
        output = terminal.output.decode()
    # Without the title and the modes of the terminal.
    return re.sub(r"\x1b(\][^\x1b]*\x1b\\|\[[\d;?!]*[a-zA-Z])", "", output).replace("\r", "")


@_NEWEST
def test_streams_decide_between_pipe_and_terminal(place: Place) -> None:
    tests = "[ -t 0 ] && echo in; [ -t 1 ] && echo out; echo end"
    for options, stream, expected in (
        ("-P -t", "", "in\nout\nend"),
        ("-P -t", "</dev/null", "out\nend"),
        ("-P -t", "| cat", "in\nend"),
        ("-P", "", "in\nout\nend"),
        ("-t", "| cat", "in\nout\nend"),
    ):
        for program in ("runwrap", "systemd-run"):
            shown = _on_terminal(place, f"{program} -q {options} sh -c '{tests}' {stream}")
            assert shown.strip() == expected, (
                program,
                options,
                stream,
            )
    # The controlling terminal of a command in a pipe is not this one.
    for program in ("runwrap", "systemd-run"):
        shown = _on_terminal(place, f"{program} -q -P sh -c 'ps -o tty= -p $$$$ || true'")
        assert "pts" not in shown


_AGENT = "systemd-tty-ask-password-agent"


def test_a_password_agent_is_there_while_the_unit_starts(whole_system: MachinePlace) -> None:
    unit = "modes-asks.service"
    for options in ([], ["--no-ask-password"]):
        argv = [*runwrap_argv(whole_system), *options, "-G", "-u", unit, "--service-type=notify"]
        with Terminal([*argv, "sleep", "60"], place=whole_system) as terminal:
            until(whole_system, unit, "ActiveState", "activating")
            found = whole_system.run("pgrep", "-f", f"^/usr/bin/{_AGENT} --watch").stdout
            assert (found == "") == bool(options)
            whole_system.run("systemctl", "stop", unit)
            assert terminal.exit_status() == 1
        assert whole_system.run("pgrep", "-f", _AGENT).stdout == ""


def test_no_agent_without_a_terminal(whole_system: MachinePlace) -> None:
    unit = "modes-asks.service"
    with popen_inside(
        whole_system, "-G", "-u", unit, "--service-type=notify", "sleep", "60"
    ) as process:
        until(whole_system, unit, "ActiveState", "activating")
        assert whole_system.run("pgrep", "-f", _AGENT).stdout == ""
        whole_system.run("systemctl", "stop", unit)
        process.communicate(timeout=20)


def _registered(place: Place) -> int:
    """Return how many agents polkit has got to know so far."""
    place.run("journalctl", "--sync")
    log = place.run("journalctl", "-q", "-u", "polkit", "-o", "cat").stdout
    return sum("Registered Authentication Agent" in line for line in log.splitlines())


def test_polkit_gets_an_agent_from_who_may_be_asked(whole_system: MachinePlace) -> None:
    # polkit tells its log of agents at this level.
    script = (
        "mkdir -p /run/systemd/system/polkit.service.d && printf '[Service]\\nExecStart=\\n"
        "ExecStart=/usr/lib/polkit-1/polkitd --no-debug --log-level=info\\n'"
        " > /run/systemd/system/polkit.service.d/log.conf"
        " && systemctl daemon-reload && systemctl restart polkit"
    )
    assert whole_system.run("sh", "-c", script).returncode == 0
    for options, agents in ((), 1), (("-t",), 1), (("--no-ask-password",), 0):
        for argv in programs(whole_system):
            before = _registered(whole_system)
            # A terminal of the machine's own, as polkit's agent wants to open it by name.
            spawn = "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)"
            done = whole_system.run(
                *("timeout", "20", "python3", "-c", spawn, *argv, *options, "true"),
                user=USER,
                text="",
            )
            assert done.returncode == 1, done.stdout
            assert "nteractive" in done.stdout
            assert _registered(whole_system) - before == agents, argv
    assert whole_system.run("pgrep", "-x", "pkttyagent").stdout == ""


def test_services_of_a_user(whole_system: MachinePlace) -> None:
    """The options once more, where the manager is that of a user without privileges."""
    script = 'id -un; nice; pwd; echo "$$A"; grep ^0:: /proc/self/cgroup | sed s,/[^/]*$$,,'
    ours, theirs = both(
        whole_system,
        *("--user", "-q", "-P", "--nice=7", "--working-directory=/usr", "-E", "A=1"),
        *("--slice=modes", "sh", "-c", script),
        user=USER,
    )
    assert (ours.returncode, ours.stdout) == (theirs.returncode, theirs.stdout)
    assert ours.stdout.startswith("tester\n7\n/usr\n1\n0::/user.slice/user-1000.slice/")
    options = ("--user", "-r", "--send-sighup", "--service-type=exec", "-G", "-u", "UNIT")
    both(whole_system, *options, "true", user=USER)
    files = unit_files(whole_system, "modes-ours", user=USER)
    assert files == unit_files(whole_system, "modes-theirs", user=USER)
    whole_system.run("systemctl", "--user", "stop", "modes-ours", "modes-theirs", user=USER)


def test_services_started_from_a_slice_of_the_user(whole_system: MachinePlace) -> None:
    command = ["--user", "-q", "-P", "--slice-inherit", "--slice=in", "cat", "/proc/self/cgroup"]
    outer = ["systemd-run", "--user", "-q", "-P", "--slice=out", "-E", "PYTHONPATH"]
    ours, theirs = run_both(
        whole_system, *([*outer, *argv, *command] for argv in programs(whole_system)), user=USER
    )
    paths = [done.stdout.rpartition("/")[0] for done in (ours, theirs)]
    assert paths[0] == paths[1], ours.stderr
    assert paths[0].endswith("/out.slice/out-in.slice")


def test_interruption_while_the_log_is_shown(whole_system: MachinePlace) -> None:
    unit = "modes-interrupted.service"
    with popen_inside(
        whole_system, "-v", "--wait", "--output=cat", "-u", unit, "sh", "-c", "echo text; sleep 60"
    ) as process:
        assert process.stdout is not None
        while process.stdout.readline() != "text\n":
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)
    assert process.returncode == -signal.SIGINT
    assert "goes on" in err
    assert whole_system.show(unit, "ActiveState") == "active"
    assert whole_system.run("pgrep", "-x", "journalctl").stdout == ""
    _stop(whole_system, unit)


def test_what_an_exit_status_does_not_tell(place: Place) -> None:
    """It is said in words, though nobody has asked for an account."""
    done = inside(place, "-GP", "-p", "RuntimeMaxSec=200ms", "sleep", "60")
    assert done.returncode == 1
    assert "ended with the result timeout: code=killed, status=TERM\n" in done.stderr
    done = inside(place, "-GP", "sh", "-c", "kill -9 $$$$")
    assert done.returncode == 255
    assert "ended with the result signal: code=killed, status=KILL\n" in done.stderr
    done = inside(place, "-P", "-p", "ConditionPathExists=/nowhere", "echo", "ran")
    assert (done.returncode, done.stdout) == (0, "")
    assert "the command was not run: a condition of the unit is not met\n" in done.stderr
    report = place.report("-p", "ConditionPathExists=/nowhere", "true")
    assert (report["conditions_met"], report["code"], report["job_result"]) == (False, None, "done")
    done = inside(place, "-GP", "-p", "User=nobody-there", "true")
    assert done.returncode == 217
    assert "set-up failed: status=217/USER\n  see: journalctl -xeu run-" in done.stderr


def test_settings_that_no_unit_can_have_together(place: Place) -> None:
    """The manager does not say which are meant; systemd-analyze(1) does."""
    done = inside(place, "-p", "Type=oneshot", "-p", "Restart=always", "true")
    assert done.returncode == 1
    assert "has a bad unit file setting" in done.stderr
    assert re.search(r"\n  run-\S+: Service has Restart= .*oneshot", done.stderr)


def test_a_mode_that_is_newer_than_the_manager(place: Place) -> None:
    done = inside(place, "--job-mode=lenient", "true")
    if place.systemd >= 258:
        assert done.returncode == 0, done.stderr
    else:
        assert done.returncode == 1
        assert "--job-mode=lenient needs systemd 258; the service manager is" in done.stderr


def test_nothing_is_left(place: Place) -> None:
    """Must be the last of this file."""
    assert [unit for unit in place.units("modes-*") if not unit.endswith(".slice")] == []
    assert place.run("pgrep", "-f", "-m runwrap").stdout == ""
