"""What profiles become: with which manager, with which paths opened, from which file."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from runwrap.cli.list_profiles import profiles_text
from runwrap.cli.options import PROFILES
from runwrap.cli.request import Surroundings
from runwrap.errors import UsageError
from runwrap.model import LaunchSpec
from runwrap.plan import prepare
from runwrap.properties import encode
from runwrap.sandbox.expand_profile import Setting, expand
from runwrap.sandbox.own_profiles import find_profile, names
from runwrap.sandbox.profiles import BUILT_IN
from tests.support.command_lines import request_from

if TYPE_CHECKING:
    from pathlib import Path

_SYSTEM = Setting(262, user=False, here=True, controllers=frozenset(), environment={})
_USER = _SYSTEM._replace(user=True)
_ELSEWHERE = _SYSTEM._replace(here=False)
_TRUE = "/usr/bin/true"


def _spec(profile: str, **parts: tuple[str, ...] | str | bool) -> LaunchSpec:
    return replace(LaunchSpec(command=("true",), sandbox=profile), **parts)  # type: ignore[arg-type]


def _assignments(spec: LaunchSpec, setting: Setting = _SYSTEM) -> tuple[str, ...]:
    return expand(spec, _TRUE, setting).assignments


def _refusal(spec: LaunchSpec, setting: Setting = _SYSTEM, program: str = _TRUE) -> str:
    with pytest.raises(UsageError) as caught:
        expand(spec, program, setting)
    return str(caught.value)


def test_the_table_of_options_names_the_profiles() -> None:
    assert tuple(BUILT_IN) == PROFILES
    assert all(name == profile.name for name, profile in BUILT_IN.items())


@pytest.mark.parametrize("setting", [_SYSTEM, _USER, _ELSEWHERE, _SYSTEM._replace(version=252)])
@pytest.mark.parametrize("profile", PROFILES)
def test_every_profile_is_made_of_directives_with_reasons(profile: str, setting: Setting) -> None:
    spec = _spec(profile, allow_net=("any",) if profile == "download" else ())
    expansion = expand(spec, _TRUE, setting)
    encode("service", expansion.assignments, version=setting.version)
    assert all(directive.reason for directive in expansion.directives)
    assert bool(expansion.directives) is (profile != "none")


def test_directives_of_the_profile_come_first() -> None:
    plan = prepare(_spec("offline", properties=("UMask=0007",)))
    assert plan.properties[0] == "NoNewPrivileges=yes"
    assert plan.properties[-1] == "UMask=0007"
    assert plan.spec.properties == ("UMask=0007",)


@pytest.mark.parametrize(
    ("controllers", "wanted"),
    [
        ((), {"LimitAS=4G", "LimitNPROC=128"}),
        (("memory",), {"MemoryMax=2G", "MemorySwapMax=0", "LimitNPROC=128"}),
        (("memory", "pids"), {"MemoryMax=2G", "MemorySwapMax=0", "TasksMax=128"}),
    ],
)
def test_limits_are_those_that_can_be_in_force(
    controllers: tuple[str, ...], wanted: set[str]
) -> None:
    setting = _SYSTEM._replace(controllers=frozenset(controllers))
    limits = {"LimitAS", "LimitNPROC", "MemoryMax", "MemorySwapMax", "TasksMax"}
    found = _assignments(_spec("untrusted"), setting)
    assert {each for each in found if each.partition("=")[0] in limits} == wanted


def test_a_users_manager_is_not_asked_for_what_it_does_not_do() -> None:
    only_system = {
        *("DynamicUser=yes", "IPAddressDeny=any", "DevicePolicy=closed", "RemoveIPC=yes"),
        *("ProtectProc=invisible", "ProcSubset=pid"),
    }
    assert only_system <= set(_assignments(_spec("untrusted")))
    of_user = set(_assignments(_spec("untrusted"), _USER))
    assert not only_system & of_user
    assert any(each.startswith("SystemCallFilter=~kill ") for each in of_user)


@pytest.mark.parametrize("user", ["tester", "1000"])
def test_a_user_who_is_given_takes_the_place_of_a_dynamic_one(user: str) -> None:
    for spec in (_spec("untrusted", uid=user), _spec("untrusted", properties=(f"User={user}",))):
        found = _assignments(spec)
        assert "DynamicUser=yes" not in found
        assert any(each.startswith("SystemCallFilter=~kill ") for each in found)
        assert "PrivatePIDs=yes" in found
        assert "PrivatePIDs=yes" not in _assignments(spec, _SYSTEM._replace(version=256))
        assert "PrivatePIDs=yes" not in _assignments(spec, _USER)


@pytest.mark.parametrize(
    ("spec", "setting", "has_users", "capabilities"),
    [
        (_spec("build"), _SYSTEM, False, "CAP_CHOWN CAP_DAC_OVERRIDE CAP_FOWNER CAP_FSETID"),
        (_spec("build", uid="root"), _SYSTEM, False, "CAP_CHOWN CAP_DAC_OVERRIDE"),
        (_spec("build", uid="tester"), _SYSTEM, True, ""),
        (_spec("build"), _USER, True, ""),
    ],
)
def test_only_root_keeps_capabilities(
    spec: LaunchSpec, setting: Setting, has_users: bool, capabilities: str
) -> None:
    found = _assignments(spec, setting)
    assert ("PrivateUsers=yes" in found) is has_users
    (bounding,) = [each for each in found if each.startswith("CapabilityBoundingSet=")]
    assert bounding.startswith(f"CapabilityBoundingSet={capabilities}")
    assert bool(bounding.partition("=")[2]) is bool(capabilities)


def test_oneshot_services_are_limited_by_their_start() -> None:
    found = _assignments(_spec("untrusted", service_type="oneshot"))
    assert "TimeoutStartSec=1h" in found
    assert "RuntimeMaxSec=1h" not in found


def test_a_manager_that_is_too_old_is_refused() -> None:
    assert _refusal(_spec("untrusted"), _SYSTEM._replace(version=246)) == (
        "--sandbox=untrusted cannot be had with systemd 246: PrivateIPC= (no shared memory or"
        " message queues of others) came with systemd 248"
    )


@pytest.mark.parametrize(
    ("spec", "setting", "message"),
    [
        (_spec("download"), _SYSTEM, "--sandbox=download is not told what may be reached"),
        (
            _spec("download", allow_net=("10.0.0.0/8",)),
            _USER,
            "--sandbox=download cannot be had with a user's service manager: it may not filter IP"
            " traffic, which --allow-net=10.0.0.0/8 needs",
        ),
        (
            _spec("build", allow_net=("localhost",)),
            _USER,
            "--sandbox=build cannot be had with a user's service manager: it may not filter IP"
            " traffic, which --allow-net=localhost needs",
        ),
        (
            _spec("untrusted", allow_net=("any",)),
            _SYSTEM,
            "--allow-net=any: the profile untrusted has no network",
        ),
        (
            _spec("offline", allow_net=("any",)),
            _SYSTEM,
            "--allow-net=any: the profile offline has no network",
        ),
        (_spec("none", read=("/",)), _SYSTEM, "--read=/: the profile none closes no paths"),
        (
            _spec("build", allow_net=("example.com",)),
            _SYSTEM,
            "--allow-net=example.com: expected an address or a prefix, such as 192.0.2.1 or"
            " 2001:db8::/32, or localhost, or any",
        ),
        (
            _spec("build", allow_net=("",)),
            _SYSTEM,
            "--allow-net=: expected an address or a prefix, such as 192.0.2.1 or"
            " 2001:db8::/32, or localhost, or any",
        ),
        (
            _spec("untrusted", scope=True),
            _SYSTEM,
            "--sandbox=untrusted needs a service: the command of a scope is run here, by nobody"
            " who could confine it",
        ),
        (
            _spec("untrustd"),
            _SYSTEM,
            'there is no profile "untrustd" (did you mean untrusted?)',
        ),
        (_spec("../x"), _SYSTEM, 'there is no profile "../x"'),
        (
            _spec("untrusted", read=("/no/such",)),
            _SYSTEM,
            "--read=/no/such: No such file or directory; expected a path that is there",
        ),
        (_spec("untrusted", write=("",)), _SYSTEM, "--write: the path is empty"),
        (
            _spec("build", write=("/proc/sys",)),
            _SYSTEM,
            "--write=/proc/sys: /proc has protections of its own, which no path in it opens;"
            " override them with -p",
        ),
        (
            _spec("untrusted", read=("/tmp",)),
            _SYSTEM,
            "--read=/tmp: the command has a /tmp of its own; expected a path below it, or"
            " -p PrivateTmp=no as well",
        ),
        (
            _spec("untrusted", read=("a",)),
            _ELSEWHERE,
            '--read=a: expected an absolute path without "..": it is not of here',
        ),
        (
            _spec("untrusted", working_directory="/var/lib"),
            _SYSTEM,
            "--working-directory=/var/lib: the profile untrusted hides it",
        ),
    ],
)
def test_refusals(spec: LaunchSpec, setting: Setting, message: str) -> None:
    assert _refusal(spec, setting) == message


def test_network_that_is_allowed() -> None:
    found = _assignments(_spec("download", allow_net=("192.0.2.0/24", "localhost")))
    assert "IPAddressDeny=any" in found
    assert "IPAddressAllow=192.0.2.0/24 localhost" in found
    assert "RestrictAddressFamilies=AF_INET AF_INET6" in found
    assert "PrivateNetwork=yes" not in found
    everything = _assignments(_spec("download", allow_net=("192.0.2.0/24", "any")), _USER)
    assert not any(each.startswith("IPAddress") for each in everything)


def test_what_is_hidden_is_bound(tmp_path: Path) -> None:
    real = str(tmp_path.resolve())
    found = _assignments(_spec("untrusted", read=(real,)))
    assert f"BindReadOnlyPaths={real}" in found
    # Below an inaccessible directory nothing can be opened.
    inside = _assignments(_spec("untrusted", read=(real, "/usr/lib")))
    assert not any("/usr/lib" in each for each in inside)


def test_homes_are_emptied_where_something_in_them_is_opened() -> None:
    setting = _ELSEWHERE
    assert "ProtectHome=yes" in _assignments(_spec("untrusted"), setting)
    found = _assignments(_spec("untrusted", read=("/home/a/in",)), setting)
    assert "ProtectHome=tmpfs" in found
    assert "BindReadOnlyPaths=/home/a/in" in found
    found = _assignments(_spec("untrusted", read=("/home",)), setting)
    assert not any(each.startswith("ProtectHome=") for each in found)
    assert {"InaccessiblePaths=-/root", "InaccessiblePaths=-/run/user"} <= set(found)
    found = _assignments(_spec("untrusted", read=("/srv/in",)), setting)
    assert "TemporaryFileSystem=/srv:ro" in found
    assert "InaccessiblePaths=-/srv" not in found
    found = _assignments(_spec("untrusted", read=("/",)), setting)
    assert not any(each.startswith(("Inaccessible", "Temporary")) for each in found)


def test_what_is_only_protected_is_made_writable() -> None:
    found = _assignments(_spec("build", write=("/srv/out", "/tmp/out")), _ELSEWHERE)
    assert "ReadWritePaths=/srv/out" in found
    assert "BindPaths=/srv/out" not in found
    assert "BindPaths=/tmp/out" in found


@pytest.mark.parametrize("name", ["a b", 'a"b', "a\\b", "a:b", "a'b", "é", "%h", "$x"])
def test_any_path_can_be_opened(tmp_path: Path, name: str) -> None:
    directory = tmp_path.resolve() / name
    directory.mkdir(mode=0o777)
    directory.chmod(0o777)
    found = encode("service", _assignments(_spec("untrusted", write=(str(directory),))))
    values = {given.name: given.value for given in found}
    assert values["BindPaths"] == [(str(directory), str(directory), False, 16384)]
    assert values["ReadWritePaths"] == [str(directory)]


def test_links_are_opened_by_both_their_names(tmp_path: Path) -> None:
    real = tmp_path.resolve() / "real"
    real.mkdir()
    link = tmp_path.resolve() / "link"
    link.symlink_to(real)
    found = _assignments(_spec("untrusted", read=(str(link),)))
    assert [each for each in found if each.startswith("Bind")] == [
        f"BindReadOnlyPaths={real}",
        f"BindReadOnlyPaths={real}:{link}",
    ]


def test_a_link_to_what_is_not_hidden_is_opened(tmp_path: Path) -> None:
    link = tmp_path.resolve() / "link"
    link.symlink_to("/usr/bin/env")
    real = os.path.realpath("/usr/bin/env")
    found = expand(_spec("untrusted"), str(link), _SYSTEM).assignments
    assert [each for each in found if each.startswith("Bind")] == [
        f"BindReadOnlyPaths={real}:{link}"
    ]


def test_the_program_is_opened(tmp_path: Path) -> None:
    program = tmp_path.resolve() / "program"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o700)
    expansion = expand(_spec("untrusted"), str(program), _SYSTEM)
    assert f"BindReadOnlyPaths={program}" in expansion.assignments
    (warning,) = expansion.warnings
    assert warning.startswith(f"{program} is opened, but not readable for everybody")
    # What is opened already is not opened twice.
    spec = _spec("untrusted", read=(str(tmp_path.resolve()),))
    assert f"BindReadOnlyPaths={program}" not in expand(spec, str(program), _SYSTEM).assignments


def test_the_owner_of_the_results_is_the_user(tmp_path: Path) -> None:
    first, second, of_root = (tmp_path.resolve() / name for name in ("a", "b", "c"))
    for number, directory in ((1, first), (2, second), (0, of_root)):
        directory.mkdir()
        os.chown(directory, number, number)
    found = _assignments(_spec("untrusted", write=(str(first),)))
    assert found[0] == "User=1"
    assert "DynamicUser=yes" not in found
    assert "UMask=0022" not in found
    assert _refusal(_spec("untrusted", write=(str(first), str(second)))) == (
        f"--write={second}: it is of another user than {first}; expected directories of one user"
    )
    assert _refusal(_spec("untrusted", write=(str(of_root),))) == (
        f"--write={of_root}: it is root's, and --sandbox=untrusted does not run as root"
    )
    of_root.chmod(0o1777)
    assert "UMask=0022" in _assignments(_spec("untrusted", write=(str(of_root),)))
    # Who says which user wants that one.
    assert "User=1" not in _assignments(_spec("untrusted", uid="2", write=(str(first),)))


@pytest.fixture
def setting(tmp_path: Path) -> Setting:
    (tmp_path / "runwrap/profiles").mkdir(parents=True)
    return _SYSTEM._replace(environment={"XDG_CONFIG_HOME": str(tmp_path)})


def _write(setting: Setting, name: str, text: str | bytes) -> str:
    path = f"{setting.environment['XDG_CONFIG_HOME']}/runwrap/profiles/{name}.toml"
    with open(path, "wb") as file:  # noqa: PTH123 - the path is a string
        file.write(text.encode() if isinstance(text, str) else text)
    return path


def test_profiles_of_ones_own(setting: Setting) -> None:
    _write(
        setting,
        "base",
        'extends = "build"\nproperties = ["UMask=0007"]\nallow-net = ["localhost"]\n',
    )
    path = _write(
        setting,
        "mine",
        'description = "of mine"\nextends = "base"\n'
        'properties = ["UMask=0027"]\nread = ["/usr"]\nwrite = ["/usr/local"]\n',
    )
    profile = find_profile("mine", setting.environment)
    assert (profile.name, profile.description, profile.origin) == ("mine", "of mine", path)
    found = _assignments(_spec("mine"), setting)
    assert "IPAddressAllow=localhost" in found
    assert "ReadWritePaths=/usr/local" in found
    assert found[-2:] == ("UMask=0007", "UMask=0027")
    assert names(setting.environment) == (*PROFILES, "base", "mine")


def test_the_names_that_are_always_there_cannot_be_taken(setting: Setting) -> None:
    _write(setting, "untrusted", "properties = []")
    assert find_profile("untrusted", setting.environment).origin == ""


def test_a_home_without_a_configuration_directory(tmp_path: Path) -> None:
    directory = tmp_path / ".config/runwrap/profiles"
    directory.mkdir(parents=True)
    (directory / "mine.toml").write_text('extends = "offline"')
    for environment in ({"HOME": str(tmp_path)}, {"HOME": str(tmp_path), "XDG_CONFIG_HOME": "x"}):
        assert find_profile("mine", environment).description == BUILT_IN["offline"].description
    assert "mine" not in names({})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("extends = \nread = []", "no TOML: Invalid value (at line 1, column 11)"),
        (b"# ok\n# \xff\n", "line 2 is not UTF-8 text"),
        (
            "extend = 'none'",
            'there is no key "extend"; expected description, extends, properties, read, write or'
            " allow-net (did you mean extends?)",
        ),
        ("description = 1", "description: expected a text"),
        ("read = '/usr'", "read: expected a list of texts"),
        ("write = [1]", "write: expected a list of texts"),
        ("read = ['usr']", 'read: "usr" is not an absolute path'),
        (
            "properties = ['UMsk=1']",
            "properties: UMsk=1: unknown directive (did you mean UMask=?)",
        ),
        (
            "extends = 'ofline'",
            'extends: there is no profile "ofline" (did you mean offline?)',
        ),
    ],
)
def test_faults_of_files(setting: Setting, text: str | bytes, message: str) -> None:
    path = _write(setting, "faulty", text)
    assert _refusal(_spec("faulty"), setting) == f"{path}: {message}"


def test_loops_are_found(setting: Setting) -> None:
    first = _write(setting, "first", 'extends = "second"')
    second = _write(setting, "second", 'extends = "first"')
    assert _refusal(_spec("first"), setting) == (
        f"{first}: extends: it extends itself: {first} -> {second} -> {first}"
    )


def test_the_list(setting: Setting, capsys: pytest.CaptureFixture[str]) -> None:
    path = _write(setting, "mine", 'description = "of mine"')
    faulty = _write(setting, "faulty", "x = 1")
    lines = profiles_text(setting.environment, None).splitlines()
    assert [line.split()[:2] for line in lines] == [
        *([name, "built-in"] for name in PROFILES),
        ["mine", path],
    ]
    assert f"runwrap: {faulty}: there is no key" in capsys.readouterr().err
    listed = json.loads(profiles_text(setting.environment, "short"))
    assert listed[-1] == {"name": "mine", "description": "of mine", "origin": path}


_HERE = Surroundings(environ={}, booted=True, on_terminals=False)


def test_a_sandbox_implies_that_the_unit_is_stopped() -> None:
    request = request_from(["--sandbox=untrusted", "true"], _HERE)
    assert request.stop_on_exit
    assert request.wait
    assert not request_from(["--sandbox=none", "true"], _HERE).stop_on_exit


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            "--read=/a true",
            "--read=/a opens what a sandbox closes, and there is none; expected --sandbox=PROFILE"
            " as well",
        ),
        ("--sandbox= true", "--sandbox: the name is empty; see --list-profiles"),
        ("--sandbox=build --no-block true", "--no-block and --sandbox cannot be combined"),
        ("--sandbox=build --scope true", "--scope and --sandbox cannot be combined"),
        ("--sandbox=build --on-active=5 true", "a timer unit and --sandbox cannot be combined"),
        ("--sandbox=build -r true", "--remain-after-exit and --sandbox cannot be combined"),
    ],
)
def test_command_lines_that_are_refused(line: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        request_from(line.split(), _HERE)
    assert str(caught.value).startswith(message)
