"""Scopes on real managers: the command is this process, or a child of it, in a unit.

systemd-run is asked to do the same, and what the commands find is compared.
"""

from __future__ import annotations

import json
import re
import signal
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.inside import both, inside, popen_inside, programs, unit_files, within
from tests.support.tty import Terminal, runwrap_argv
from tests.system.places import until

if TYPE_CHECKING:
    import subprocess

    from tests.system.places import EmbeddedPlace, MachinePlace, Place

USER = "tester"
_EXPAND = 254

# What does not depend on the version of the manager is tried where systemd-run is the newest;
# or also where it is the oldest, and the manager a private one.
_NEWEST = pytest.mark.parametrize("place", ["forky"], indirect=True)
_TWO = pytest.mark.parametrize("place", ["embedded", "forky"], indirect=True)


# What a process inherits, but for what is different in each.
_INHERITED = (
    "cat /proc/self/oom_score_adj; umask; nice; pwd; id; ls /proc/self/fd | wc -l;"
    " grep -E '^Sig(Blk|Ign)|NoNewPrivs|^Cap|Seccomp:' /proc/self/status;"
    " ulimit -a; tty; sed s,run-.*,RUN, /proc/self/cgroup;"
    " env | grep -Ev '^(INVOCATION_ID|_|PYTHONPATH|OLDPWD)=' | sort"
)


def _finish(process: subprocess.Popen[str]) -> tuple[str, str]:
    out, err = process.communicate(timeout=20)
    return out, err


def _report(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    document = json.loads(done.stdout)
    assert isinstance(document, dict)
    assert document["exit_status"] == done.returncode
    return document


@pytest.mark.parametrize(
    "options",
    [
        (),
        (
            *("--uid=nobody", "--gid=daemon", "--nice=5", "--working-directory=/usr"),
            *("-E", "A=b c", "-E", "KNOWN", "-E", "UNKNOWN", "-E", "LOGNAME=other"),
        ),
    ],
    ids=["plain", "all"],
)
def test_the_command_inherits_what_it_is_to(place: Place, options: tuple[str, ...]) -> None:
    ours, theirs = both(
        place, "--scope", "-q", *options, "sh", "-c", _INHERITED, env={"KNOWN": "value"}
    )
    assert (ours.returncode, ours.stdout) == (theirs.returncode, theirs.stdout)
    assert ours.stderr == ""


@_NEWEST
def test_signals_are_as_they_were(place: Place) -> None:
    """What the caller ignores stays ignored; what Python ignores does not."""
    for setting in ("", "trap '' HUP USR1;"):
        ours, theirs = within(
            place, f"{setting} exec \"$@\" --scope -q grep -E '^Sig(Blk|Ign)' /proc/self/status"
        )
        assert ours.stdout == theirs.stdout
        assert ours.stdout.count("\n") == 2


def test_the_invocation_is_told(place: Place) -> None:
    unit = "modes-ours.scope"
    script = "echo $$INVOCATION_ID; systemctl show --value -p InvocationID modes-ours.scope"
    plain = inside(place, "--scope", "-q", "-u", unit, "-E", "INVOCATION_ID=x", "sh", "-c", script)
    first, second = plain.stdout.split()
    assert first == second
    done = inside(place, "--scope", "--report=/dev/stderr", "-q", "-u", unit, "sh", "-c", script)
    first, second = done.stdout.split()
    assert first == second == json.loads(done.stderr)["invocation_id"]


@_NEWEST
@pytest.mark.parametrize("report", [False, True], ids=["plain", "report"])
@pytest.mark.parametrize(
    ("script", "status"),
    [
        ("exit 7", 7),
        ("kill -TERM $$$$", -signal.SIGTERM),
        ("kill -KILL $$$$", -signal.SIGKILL),
    ],
)
def test_endings(place: Place, script: str, status: int, report: bool) -> None:
    if report:
        done = inside(place, "--scope", "-q", "--report=-", "sh", "-c", script)
        document = _report(done)
        assert done.returncode == (status if status > 0 else 255)
        assert document["unit"].endswith(".scope")
        assert document["status"] == abs(status)
        assert document["code"] == ("exited" if status > 0 else "killed")
        assert document["counters"]["cpu_usage_nsec"] > 0
        assert document["runtime_usec"] > 0
        assert document["job_result"] == "done"
        return
    expanding = place.systemd >= 257
    argument = script if expanding else script.replace("$$$$", "$$")
    ours = inside(place, "--scope", "-q", "sh", "-c", script)
    theirs = place.systemd_run("--scope", "-q", "sh", "-c", argument)
    assert ours.returncode == status
    # 257 does not expand variables in scopes by itself, and gives "$$$$" to the shell.
    assert theirs.returncode in {status, 1, 2}


@_TWO
def test_exit_status_is_systemd_runs(place: Place) -> None:
    text = "/run/modes-text"
    script = "/run/modes-bad-interpreter"
    place.run("sh", "-c", f"echo '#!/nonexistent' > {script}; chmod +x {script}; echo > {text}")
    for arguments in (
        ("no-such-command",),
        (text,),
        (script,),
        ("--uid=nosuch", "true"),
        ("--uid=4294967295", "true"),
        ("--uid=", "true"),
        ("--gid=12345", "true"),
        ("--working-directory=/nonexistent", "true"),
        ("--uid=nobody", "--working-directory=/root", "true"),
        ("-u", "UNIT.service", "true"),
    ):
        ours, theirs = both(place, "--scope", "-G", *arguments)
        assert ours.returncode == theirs.returncode, (arguments, ours.stderr, theirs.stderr)
        assert "Traceback" not in ours.stderr


@_NEWEST
def test_refusals_name_what_is_wrong(place: Place) -> None:
    directory = "--working-directory=/root"
    for report in ([], ["--report=/dev/null"]):
        done = inside(place, "--scope", "-q", *report, "--uid=nobody", directory, "true")
        assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
        assert directory in done.stderr


@_NEWEST
def test_a_user_without_a_login_shell(place: Place) -> None:
    """HOME and SHELL are those of the user only as far as they are of use."""
    script = "env | grep -E '^(HOME|SHELL|USER|LOGNAME)='; id -G"
    for user in ("nobody", "root"):
        ours, theirs = both(place, "--scope", "-q", f"--uid={user}", "sh", "-c", script)
        assert ours.stdout == theirs.stdout


def test_unit_files_are_systemd_runs(place: Place) -> None:
    started = [
        place.popen(
            [
                *(*argv, "--scope", "-q", "-u", name, "--send-sighup", "-G", "--slice=modes-below"),
                *("-p", "TimeoutStopSec=7", "-p", "CPUWeight=50", "-p", "RuntimeMaxSec=1h"),
                *("sleep", "60"),
            ]
        )
        for argv, name in zip(programs(place), ("modes-ours", "modes-theirs"), strict=True)
    ]
    files = []
    for name in ("modes-ours", "modes-theirs"):
        until(place, f"{name}.scope", "ActiveState", "active")
        files.append(unit_files(place, name))
        place.run("systemctl", "stop", f"{name}.scope")
    assert files[0] == files[1]
    assert list(files[0]) == ["scope"]
    # Stopped from outside, the command got SIGTERM.
    assert [process.wait(20) for process in started] == [-signal.SIGTERM, -signal.SIGTERM]


_WORDS = (
    *("$A", "x${A}y", "$$A", "$$", "$NONE", "${NONE}", "$", "$1", "${1}", "$A-", "${A:-d}", "${A"),
    *("$Q", "${Q}", "$S", "\\$A", "${}", "$B", "$A ", "$Ü", "a$$b${A}", "${A:+${A}}"),
)
_VALUES = {"A": "one two", "Q": "'q q' \"d d\" e\\ f", "S": "'open", "B": "a\u00a0b\tc"}


def test_expansion_is_that_of_systemd_run(place: Place) -> None:
    words = [part for word in _WORDS for part in (word, "@")]
    for option in ("yes", "no"):
        command = ("--scope", "-q", f"--expand-environment={option}", "printf", "<%s>", *words)
        if place.systemd < _EXPAND:
            ours = inside(place, *command, env=_VALUES)
            assert ours.stdout.startswith("<one><two><@>" if option == "yes" else "<$A><@>")
            continue
        ours, theirs = both(place, *command, env=_VALUES)
        assert ours.stdout == theirs.stdout
    default = inside(place, "--scope", "-q", "printf", "<%s>", "$A", env=_VALUES)
    assert default.stdout == "<one><two>"


@_NEWEST
def test_what_is_not_set_is_told(place: Place) -> None:
    done = inside(place, "--scope", "echo", "$NONE", "${NONE}", "${OTHER}")
    assert done.stderr.splitlines()[1].endswith(': "NONE", "OTHER"')


@_TWO
def test_no_descriptor_goes_to_the_command(place: Place) -> None:
    # The fourth is the directory itself.
    for report in ([], ["--report=/dev/null"]):
        listed = inside(place, "--scope", "-q", *report, "ls", "/proc/self/fd")
        assert listed.stdout.split() == ["0", "1", "2", "3"]
    # Those that the caller has left open stay so.
    ours, theirs = within(place, 'exec "$@" --scope -q sh -c "ls /proc/self/fd" 5</dev/null')
    assert ours.stdout == theirs.stdout
    assert "5" in ours.stdout.split()


_OBEYS = "trap 'exit 9' TERM HUP USR1; echo ready; while :; do sleep 0.02; done"


@_NEWEST
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1])
def test_signals_reach_the_command(place: Place, number: signal.Signals) -> None:
    for report in ([], ["--report=/dev/null"]):
        with popen_inside(place, "--scope", "-q", *report, "sh", "-c", _OBEYS) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            process.send_signal(number)
            _finish(process)
        assert process.returncode == 9


@_NEWEST
def test_what_the_terminal_sends_reaches_the_command(place: Place) -> None:
    script = "trap 'exit 9' INT; echo ready; while :; do sleep 0.02; done"
    for report in ([], ["--report=/dev/null"]):
        argv = [*runwrap_argv(place), "--scope", "-q", *report, "sh", "-c", script]
        with Terminal(argv, place=place) as terminal:
            terminal.expect("ready")
            terminal.send("\x03")
            assert terminal.exit_status() == 9


def test_processes_that_stay_behind(place: Place) -> None:
    unit = "modes-ours.scope"
    script = "sleep 60 >/dev/null 2>&1 & exit 4"
    for report in ([], ["--report=/dev/null"]):
        done = inside(place, "--scope", "-q", *report, "-u", unit, "sh", "-c", script)
        assert done.returncode == 4
        assert place.show(unit, "ActiveState") == "active"
        place.run("systemctl", "stop", unit)
        until(place, unit, "LoadState", "not-found")


@_TWO
def test_a_scope_that_is_stopped(place: Place) -> None:
    unit = "modes-ours.scope"
    with popen_inside(
        place, "--scope", "--report=-", "-u", unit, "sh", "-c", "echo ready >&2; sleep 60"
    ) as process:
        assert process.stderr is not None
        while process.stderr.readline() != "ready\n":
            assert process.poll() is None
        place.run("systemctl", "stop", unit)
        out, _ = _finish(process)
    assert process.returncode == 255
    assert (json.loads(out)["code"], json.loads(out)["status"]) == ("killed", signal.SIGTERM)


def test_a_limit_in_time(place: Place) -> None:
    done = inside(
        place, "--scope", "-q", "-G", "--report=-", "-p", "RuntimeMaxSec=100ms", "sleep", "30"
    )
    document = _report(done)
    assert (document["result"], document["code"], done.returncode) == ("timeout", "killed", 1)


@_NEWEST
def test_a_report_that_cannot_be_written_starts_nothing(place: Place) -> None:
    made = "/run/modes-made"
    done = inside(place, "--scope", "--report=/nonexistent/report", "touch", made)
    assert done.returncode == 1
    assert place.run("test", "-e", made).returncode == 1


@_NEWEST
def test_a_name_that_is_taken(place: Place) -> None:
    unit = "modes-ours.scope"
    with popen_inside(place, "--scope", "-u", unit, "sleep", "60") as process:
        until(place, unit, "ActiveState", "active")
        for report in ([], ["--report=/dev/null"]):
            done = inside(place, "--scope", *report, "-u", unit, "true")
            assert (done.returncode, unit in done.stderr) == (1, True)
        place.run("systemctl", "stop", unit)
        _finish(process)


def test_a_scope_of_another_pid_namespace_is_not_made_of_others(
    embedded_place: EmbeddedPlace,
) -> None:
    """The manager shall not take some process of its own for the one that is meant."""
    processes = ("ps", "-eo", "pid,cgroup")
    before = embedded_place.run(*processes).stdout.count(".scope")
    done = embedded_place.runwrap("--scope", "-u", "modes-strange", "true")
    assert done.returncode == 1
    assert embedded_place.run(*processes).stdout.count(".scope") == before
    assert embedded_place.units("modes-strange.scope") == []


def test_scopes_of_a_user(whole_system: MachinePlace) -> None:
    script = "id; pwd; sed s,run-.*,RUN, /proc/self/cgroup; grep -E '^Sig|^Cap' /proc/self/status"
    ours, theirs = both(
        whole_system,
        *("--user", "--scope", "-q", "--nice=5", "--slice=modes", "--working-directory=/usr"),
        *("sh", "-c", script),
        user=USER,
    )
    assert (ours.returncode, ours.stdout) == (theirs.returncode, theirs.stdout)
    assert re.search(r"user@1000\.service/modes\.slice/RUN", ours.stdout)
    # To stay who one is takes no privileges.
    stay = ("--user", "--scope", "-q", f"--uid={USER}", f"--gid={USER}", "id")
    ours, theirs = both(whole_system, *stay, user=USER)
    assert (ours.returncode, ours.stdout) == (theirs.returncode, theirs.stdout) == (0, ours.stdout)
    done = inside(
        whole_system, "--user", "--scope", "-q", "--report=-", "sh", "-c", "exit 3", user=USER
    )
    assert _report(done)["status"] == 3


def test_what_a_user_may_not_do(whole_system: MachinePlace) -> None:
    for options in (
        ("--user", "--nice=-5"),
        ("--user", "--uid=nobody"),
        ("--user", "--gid=daemon"),
    ):
        ours, theirs = both(whole_system, "--scope", *options, "true", user=USER)
        assert ours.returncode == theirs.returncode == 1, (options, theirs.stderr)
        assert options[1] in ours.stderr
    refused = inside(whole_system, "--scope", "--no-ask-password", "true", user=USER)
    assert (refused.returncode, "permit" in refused.stderr) == (1, True)


def test_nothing_is_left(place: Place) -> None:
    """Must be the last of this file."""
    left = place.units("*.scope")
    assert [unit for unit in left if unit.startswith(("run-", "modes-"))] == []
    assert place.run("pgrep", "-f", "-m runwrap").stdout == ""
