"""Profiles, attacked: what a hostile program gets at with each of them, and without."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.support import hostile
from tests.system.places import CHECKOUT, EmbeddedPlace, MachinePlace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.system.places import Place

_PYTHON = "/usr/bin/python3"
_NOBODY = 65534
_DAEMON = 1

_SERVER = """
import json, os, select, signal, socket, sys
tcp = socket.create_server(("", 0))
port = tcp.getsockname()[1]
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.bind(("", port))
listening = [tcp]
for address in (sys.argv[1], "\\0" + sys.argv[2]):
    unix = socket.socket(socket.AF_UNIX)
    unix.bind(address)
    unix.listen()
    listening.append(unix)
os.chmod(sys.argv[1], 0o777)
signals = []
signal.signal(signal.SIGUSR2, lambda number, frame: signals.append(number))
print(json.dumps({"port": port, "victim": os.getpid()}), flush=True)
while True:
    for ready in select.select([udp, sys.stdin, *listening], [], [])[0]:
        if ready is sys.stdin:
            if not sys.stdin.readline():
                os.unlink(sys.argv[1])
                sys.exit()
            print(len(signals), flush=True)
            signals.clear()
            continue
        if ready is udp:
            udp.sendto(b"hello", udp.recvfrom(100)[1])
        else:
            with ready.accept()[0] as peer:
                peer.send(b"hello")
"""

_FIND = """
import pathlib, sys
for entry in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
    try:
        if sys.argv[1].encode() in entry.read_bytes().split(b"\\0")[1:2]:
            print(entry.parent.name)
    except OSError:
        pass
"""

_KERNEL_LACKS = {
    "kernel_memory": "this kernel has no /dev/mem",
    "kernel_core": "this kernel has no /proc/kcore",
    "load_module": "this kernel has no modules",
}

_WHOLE_SYSTEM_LACKS = {
    "kernel_log": "its /dev has no kmsg",
    "write_kernel": "its /proc/sys is read-only",
}

_ROOT_ONLY = dict.fromkeys(
    (
        *("raw", "packet", "kernel_log", "kernel_log_call"),
        *("write_system", "write_run", "write_kernel"),
        *("change_user", "capabilities", "mount_namespace"),
        *("load_module", "set_clock", "set_hostname"),
    ),
    "a user may not do it anywhere",
)

# Whoever asks to be told of a file by a signal is trusted by the kernel, if that is root.
_OF_PROCESSES = ("see_process", "signal_by_file")

# What each profile leaves; all else has to fail.
_OF_READING = ("read_home", "read_elsewhere")
_OF_LIMITS = ("fork_without_end", "eat_memory", "fill_disk")
_LEFT: dict[str, tuple[str, ...]] = {
    "untrusted": (),
    "download": ("tcp", "udp"),
    "offline": (
        *(*_OF_READING, *_OF_LIMITS, *_OF_PROCESSES),
        *("write_home", "read_shared_memory"),
    ),
    "build": (*_OF_READING, *_OF_LIMITS, *_OF_PROCESSES),
}

_OPTIONS = {"download": ("--allow-net=127.0.0.1",)}

# A user's manager mounts no /proc of the unit's own, and filters no addresses.
_LEFT_WITH_A_USER: dict[str, tuple[str, ...]] = {
    "untrusted": _OF_PROCESSES,
    "download": (*_OF_PROCESSES, "tcp_elsewhere"),
    "offline": ("signal_process",),
    "build": ("signal_process",),
}
_OPTIONS_WITH_A_USER = {"download": ("--allow-net=any",)}


@dataclass(frozen=True)
class _Scene:
    """A place with something to attack.

    Attributes:
        place: where it is.
        user: whose manager runs the hostile program, or None for the system's.
        target: what the program is told.
    """

    place: Place
    user: str | None
    target: dict[str, Any]
    server: subprocess.Popen[str]

    def attack(self, *options: str) -> set[str]:
        """Run the program; return which attempts succeeded, as it says or as is seen."""
        behind = f"300.{uuid.uuid4().int % 10**12}"
        of_user = ("--user",) if self.user else ()
        # As a text: its file may be in a place that is hidden.
        program = (CHECKOUT / "tests/support/hostile.py").read_text(encoding="utf-8")
        target = json.dumps({**self.target, "behind": behind})
        done = self.place.runwrap(
            *(*of_user, "-q", "--wait", "-P", "--expand-environment=no", *options),
            *(_PYTHON, "-I", "-c", program, target),
            user=self.user,
        )
        assert done.returncode == 0, (done.stdout, done.stderr)
        found = self.place.run(_PYTHON, "-c", _FIND, behind).stdout.split()
        for pid in found:
            self.place.run("kill", "-KILL", pid)
        outcome = json.loads(done.stdout)
        assert self.server.stdin is not None
        assert self.server.stdout is not None
        self.server.stdin.write("?\n")
        self.server.stdin.flush()
        seen = {
            "stay_behind": bool(found),
            "signal_by_file": self.server.stdout.readline() != "0\n",
        }
        said = {name: result == "succeeded" for name, result in outcome.items()}
        return {name for name, succeeded in {**said, **seen}.items() if succeeded}


@contextlib.contextmanager
def _scene(place: Place, user: str | None) -> Iterator[_Scene]:
    home = f"/home/{user or 'hostile'}"
    name = uuid.uuid4().hex
    shared = f"/dev/shm/hostile-{name}"
    mounts, setuid, results = ["/srv"], "/srv/id", "/srv/results"
    if isinstance(place, EmbeddedPlace):
        # What it shows of the file system is this machine's.
        mounts.append("/home")
        # There, what is opened has to be on this side, too.
        setuid, results = f"/tmp/hostile-{name}-id", f"/tmp/hostile-{name}-results"
    script = [f"mount -t tmpfs -o mode=755 tmpfs {mount}" for mount in mounts]
    script += [
        f"mkdir -p {home} && chmod 755 {home} && echo secret >{home}/secret",
        "echo secret >/srv/secret",
        f"echo secret >{shared}",
        f"install -d -o {_NOBODY} {results}",
        f"cp /usr/bin/id {setuid} && chown {_DAEMON} {setuid} && chmod 4755 {setuid}",
    ]
    done = place.run("sh", "-ec", "\n".join(script))
    assert done.returncode == 0, done.stderr
    try:
        path = f"/tmp/hostile-{name}" if user else f"/run/hostile-{name}"
        as_nobody = () if user else ("setpriv", f"--reuid={_NOBODY}", "--clear-groups", "--")
        if as_nobody:
            place.run("install", "-d", "-o", str(_NOBODY), path)
            path += "/socket"
        server = place.popen(
            [*as_nobody, _PYTHON, "-c", _SERVER, path, name],
            user=user,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert server.stdout is not None
        told = json.loads(server.stdout.readline())
        uid = place.run("id", "-u", user).stdout.strip() if user else ""
        of_user = f"user.slice/user-{uid}.slice/user@{uid}.service/init.scope"
        yield _Scene(
            place,
            user,
            {
                **told,
                "address": "127.0.0.1",
                "elsewhere": "127.0.0.2",
                "socket": path,
                "bus": f"/run/user/{uid}/bus" if user else place.bus_address.partition("/root")[2],
                "abstract": name,
                "home": home,
                "home_file": f"{home}/secret",
                "other_file": "/srv/secret",
                "shared": shared,
                "results": results,
                "setuid": setuid,
                "setuid_uid": _DAEMON,
                "signal": signal.SIGUSR2,
                "cgroup": f"/sys/fs/cgroup/{of_user}" if user else "/sys/fs/cgroup",
            },
            server,
        )
        server.communicate("")
    finally:
        place.run("rm", "-rf", setuid, shared, results)
        for mount in mounts:
            place.run("umount", "--lazy", mount)


@pytest.fixture(scope="module")
def scene(place: Place) -> Iterator[_Scene]:
    """The system's manager of each place."""
    with _scene(place, None) as made:
        yield made


@pytest.fixture(scope="module")
def user_scene(whole_system: MachinePlace) -> Iterator[_Scene]:
    """A user's manager."""
    with _scene(whole_system, "tester") as made:
        yield made


def _assert_control(scene: _Scene, impossible: dict[str, str]) -> None:
    # The manager itself ends what is left in the control group, unless told otherwise.
    succeeded = scene.attack("-p", "KillMode=process")
    names = {attempt.__name__ for attempt in hostile.ATTEMPTS}
    assert names - succeeded == set(impossible)


def _assert_attack(scene: _Scene, options: tuple[str, ...], left: tuple[str, ...]) -> None:
    assert scene.attack(*options) == set(left)


def test_without_a_profile_the_attempts_succeed(scene: _Scene) -> None:
    lacks = _WHOLE_SYSTEM_LACKS if isinstance(scene.place, MachinePlace) else {}
    _assert_control(scene, {**_KERNEL_LACKS, **lacks})


@pytest.mark.parametrize("profile", _LEFT)
def test_attack(scene: _Scene, profile: str) -> None:
    options = (f"--sandbox={profile}", *_OPTIONS.get(profile, ()), *_readable(scene, profile))
    _assert_attack(scene, options, _LEFT[profile])


def test_attack_by_the_owner_of_the_results(scene: _Scene) -> None:
    """Run as the user who owns other processes, too, it gets at none of them."""
    options = ("--sandbox=untrusted", f"--write={scene.target['results']}")
    # Before 257 there are no PID namespaces.
    left = ("signal_by_file",) if scene.place.systemd < 257 else ()
    _assert_attack(scene, (*options, *_readable(scene, "untrusted")), left)


def test_without_a_profile_the_attempts_of_a_user_succeed(user_scene: _Scene) -> None:
    _assert_control(user_scene, {**_KERNEL_LACKS, **_ROOT_ONLY})


@pytest.mark.parametrize("profile", _LEFT)
def test_attack_of_a_user(user_scene: _Scene, profile: str) -> None:
    options = (f"--sandbox={profile}", *_OPTIONS_WITH_A_USER.get(profile, ()))
    left = {*_LEFT[profile], *_LEFT_WITH_A_USER[profile]} - set(_ROOT_ONLY)
    _assert_attack(user_scene, (*options, *_readable(user_scene, profile)), tuple(left))


def _readable(scene: _Scene, profile: str) -> tuple[str, ...]:
    """Return the options that open the hostile program itself, and the set-user-ID program."""
    if profile not in {"untrusted", "download"}:
        return ()
    own = (
        ()
        if isinstance(scene.place, MachinePlace)
        else (f"--read={CHECKOUT / 'tests/support/hostile.py'}",)
    )
    return (*own, f"--read={scene.target['setuid']}")


def _confined(place: Place, profile: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return place.runwrap("-q", "-P", f"--sandbox={profile}", *arguments)


def test_results_are_of_the_owner_of_their_directory(scene: _Scene) -> None:
    results = scene.target["results"]
    script = f"umask; echo result >{results}/file; id -u"
    done = _confined(scene.place, "untrusted", f"--write={results}", "sh", "-c", script)
    assert done.stdout.split() == ["0077", str(_NOBODY)], done.stderr
    read = scene.place.run(
        *("setpriv", f"--reuid={_NOBODY}", "--clear-groups", "cat", f"{results}/file")
    )
    assert read.stdout == "result\n", read.stderr


def test_results_in_a_directory_of_all_can_be_read_by_all(scene: _Scene) -> None:
    directory = f"{scene.target['results']}-of-all"
    scene.place.run("install", "-d", "-m", "1777", directory)
    script = f"echo result >{directory}/file; stat -c %a {directory}/file; id -u"
    done = _confined(scene.place, "untrusted", f"--write={directory}", "sh", "-c", script)
    scene.place.run("rm", "-rf", directory)
    mode, uid = done.stdout.split()
    assert mode == "644", done.stderr
    assert 61184 <= int(uid) <= 65519


def test_results_in_a_directory_of_root_are_refused(scene: _Scene) -> None:
    directory = f"{scene.target['results']}-of-root"
    scene.place.run("install", "-d", directory)
    done = _confined(scene.place, "untrusted", f"--write={directory}", "true")
    scene.place.run("rm", "-rf", directory)
    assert done.returncode == 1
    assert f"runwrap: --write={directory}: it is root's" in done.stderr
    assert f"chown USER {directory}" in done.stderr


@pytest.mark.parametrize("profile", ["untrusted", "build"])
def test_what_is_opened_for_reading_cannot_be_written(scene: _Scene, profile: str) -> None:
    results = scene.target["results"]
    scene.place.run("sh", "-c", f"echo input >{results}/input; chmod 777 {results}")
    script = f"cat {results}/input; echo >{results}/new"
    done = _confined(scene.place, profile, f"--read={results}", "sh", "-c", script)
    scene.place.run("chmod", "755", results)
    assert done.stdout == "input\n", done.stderr
    assert "Read-only file system" in done.stderr


def test_build_writes_where_it_may(scene: _Scene) -> None:
    results = scene.target["results"]
    script = f"echo built >{results}/built && cat {results}/built; echo >/tmp/built && echo tmp"
    done = _confined(scene.place, "build", f"--write={results}", "sh", "-c", script)
    assert done.stdout == "built\ntmp\n", done.stderr
    assert scene.place.run("test", "-e", "/tmp/built").returncode == 1


def test_the_program_is_opened(scene: _Scene) -> None:
    program = f"{scene.target['results']}/program"
    scene.place.run("sh", "-c", f"cp /bin/true {program}; chmod 755 {program}")
    done = _confined(scene.place, "untrusted", program)
    assert done.returncode == 0, done.stderr


def test_a_hidden_working_directory_is_refused(place: Place) -> None:
    done = _confined(place, "untrusted", "--working-directory=/var/lib", "true")
    assert done.returncode == 1
    assert "--working-directory=/var/lib: the profile untrusted hides it" in done.stderr
    done = _confined(place, "untrusted", "--working-directory=/var/lib", "--read=/var/lib", "pwd")
    assert done.stdout == "/var/lib\n", done.stderr


def test_properties_override_the_profile(place: Place) -> None:
    done = _confined(place, "untrusted", "-p", "UMask=0027", "sh", "-c", "umask")
    assert done.stdout == "0027\n", done.stderr
    kill = ("sh", "-c", "setpriv --nnp true; exec unshare --uts true")
    assert _confined(place, "none", *kill).returncode == 0
    assert _confined(place, "offline", *kill).returncode == 1


def test_profile_of_ones_own(whole_system: MachinePlace) -> None:
    # (For the embedded manager, those of this machine would be read.)
    directory = "/etc/runwrap/profiles"
    text = 'extends = "offline"\nproperties = ["UMask=0007"]\n'
    whole_system.run("sh", "-c", f"mkdir -p {directory}; cat >{directory}/mine.toml", text=text)
    done = _confined(whole_system, "mine", "sh", "-c", "umask; tail -n +3 /proc/net/dev | wc -l")
    assert done.stdout.split() == ["0007", "1"], done.stderr
    listed = whole_system.runwrap("--list-profiles").stdout.splitlines()
    assert listed[-1].split()[:2] == ["mine", f"{directory}/mine.toml"]


@pytest.mark.parametrize("profile", ["download", "build"])
def test_names_can_be_looked_up(whole_system: MachinePlace, profile: str) -> None:
    """What resolv.conf(5) leads to is opened: with systemd-resolved, that is in /run."""
    script = (
        "mkdir -p /run/names && echo nameserver 192.0.2.53 >/run/names/resolv.conf;"
        " mv /etc/resolv.conf /etc/resolv.conf.before;"
        " ln -s ../run/names/resolv.conf /etc/resolv.conf"
    )
    whole_system.run("sh", "-c", script)
    command = ("cat", "/etc/resolv.conf")
    with_names = _confined(whole_system, profile, "--allow-net=192.0.2.53", *command)
    without = _confined(whole_system, "untrusted", *command)
    whole_system.run("sh", "-c", "rm /etc/resolv.conf; mv /etc/resolv.conf.before /etc/resolv.conf")
    assert with_names.stdout == "nameserver 192.0.2.53\n", with_names.stderr
    assert without.returncode == 1


def test_the_unit_does_not_outlive_runwrap(place: Place) -> None:
    name = f"outlived-{uuid.uuid4().hex}.service"
    with place.popen_runwrap(
        *("-P", f"--unit={name}", "--sandbox=untrusted", "sh", "-c", "echo up; exec sleep 300"),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        process.send_signal(signal.SIGINT)
        process.wait(30)
    assert place.show(name, "ActiveState") in {"inactive", "failed"}


_EXPOSURE = {"untrusted": 0.2, "download": 1.1, "build": 3.2, "offline": 3.5}


@pytest.mark.parametrize("profile", _EXPOSURE)
def test_exposure(place: Place, profile: str) -> None:
    options = ("--allow-net=any",) if profile == "download" else ()
    done = place.runwrap("--dry-run", f"--sandbox={profile}", *options, "true")
    name = f"exposed-{uuid.uuid4().hex}.service"
    unit = done.stdout.replace("\n# ", "\n#")
    script = (
        f"cat >/run/{name}; systemd-analyze --no-pager security --offline=true /run/{name}"
        f" | tail -n 1; rm /run/{name}"
    )
    rated = place.run("sh", "-c", script, text=unit)
    assert float(rated.stdout.partition(f"{name}: ")[2].split()[0]) <= _EXPOSURE[profile]


@pytest.mark.parametrize("directive", ["PrivateNetwork", "PrivateIPC"])
def test_with_a_users_manager_the_command_itself_has_the_namespace(
    whole_system: MachinePlace, directive: str
) -> None:
    """Only the first process of a unit gets it: that has to be the command."""
    kind = directive.removeprefix("Private").lower()[:3]
    command = ("--user", "-q", "-P", "-p", f"{directive}=yes", "readlink", f"/proc/self/ns/{kind}")
    outside = whole_system.run("readlink", f"/proc/self/ns/{kind}").stdout
    done = whole_system.runwrap(*command, user="tester")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{kind}:[")
    assert done.stdout != outside
    for before in ("ExecStartPre=true", "ExecCondition=true"):
        done = whole_system.runwrap("-p", before, *command, user="tester")
        assert done.returncode == 1
        assert f"{directive}=  not in force: with a user's service manager" in done.stderr
