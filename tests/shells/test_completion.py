"""What TAB does in bash, zsh and fish; see tests/shells/shells.py for what they know of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runwrap.cli.options import options
from tests.shells.shells import SHELLS

if TYPE_CHECKING:
    from tests.shells.shells import Typing, World

_ENDS = {
    "an option": [("--remain", "--remain-after-exit ")],
    "a property's name": [
        ("-p ProtectSys", "-p ProtectSystem="),
        ("-pProtectSys", "-pProtectSystem="),
        ("--property ProtectSys", "--property ProtectSystem="),
        ("--property=ProtectSys", "--property=ProtectSystem="),
        ("--wait -u name -p IOWei", "--wait -u name -p IOWeight="),
    ],
    "a name of the unit's type": [
        ("--scope -p OOMPo", "--scope -p OOMPolicy="),
        ("--scope -p ProtectSys", "--scope -p ProtectSys"),
        ("--timer-property=OnCal", "--timer-property=OnCalendar="),
        ("--path-property PathCh", "--path-property PathChanged="),
        ("--socket-property=ListenSt", "--socket-property=ListenStream="),
        ("--timer-property=ListenSt", "--timer-property=ListenSt"),
        ("--list-properties=ProtectSys", "--list-properties=ProtectSystem "),
    ],
    "a word": [
        ("-p ProtectSystem=f", "-p ProtectSystem=full "),
        ("-pProtectSystem=f", "-pProtectSystem=full "),
        ("--property ProtectSystem=f", "--property ProtectSystem=full "),
        ("--property=ProtectSystem=f", "--property=ProtectSystem=full "),
        ('-p "ProtectSystem=f', '-p "ProtectSystem=full" '),
        ("-p PrivateNetwork=y", "-p PrivateNetwork=yes "),
        ("-p KillSignal=SIGTE", "-p KillSignal=SIGTERM "),
        ("-p SystemCallErrorNumber=EPER", "-p SystemCallErrorNumber=EPERM "),
        ("-p StandardOutput=app", "-p StandardOutput=append:"),
        ("-p ConditionVirtualization=\\!docke", "-p ConditionVirtualization=\\!docker "),
        ("--timer-property=OnCalendar=dai", "--timer-property=OnCalendar=daily "),
        ("-p User=f -p Grou=f", "-p User=f -p Grou=f"),
    ],
    "one of several words": [
        ("-p RestrictAddressFamilies=AF_INET6", "-p RestrictAddressFamilies=AF_INET6 "),
        ("-p RestrictAddressFamilies=~AF_UNI", "-p RestrictAddressFamilies=~AF_UNIX "),
        (
            "-p RestrictAddressFamilies=AF_INET\\ AF_UNI",
            "-p RestrictAddressFamilies=AF_INET\\ AF_UNIX ",
        ),
        (
            '-p "RestrictAddressFamilies=AF_INET AF_UNI',
            '-p "RestrictAddressFamilies=AF_INET AF_UNIX" ',
        ),
        ("-p SystemCallFilter=@cloc", "-p SystemCallFilter=@clock "),
        ("-p SystemCallFilter=~@cloc", "-p SystemCallFilter=~@clock "),
        ("-p 'SystemCallFilter=~@clock @swa", "-p 'SystemCallFilter=~@clock @swap' "),
        ("-p SystemCallFilter=io_uring_en", "-p SystemCallFilter=io_uring_enter "),
        ("-p CapabilityBoundingSet=CAP_NET_A", "-p CapabilityBoundingSet=CAP_NET_ADMIN "),
        ("-p CapabilityBoundingSet=~CAP_SYS_PT", "-p CapabilityBoundingSet=~CAP_SYS_PTRACE "),
        ("-p RestrictNamespaces=user\\ uts\\ cgr", "-p RestrictNamespaces=user\\ uts\\ cgroup "),
        ("-p BPFDelegateMaps=any,BPFMapTypeAre", "-p BPFDelegateMaps=any,BPFMapTypeArena "),
    ],
    "a value of an option": [
        ("--job-mode=iso", "--job-mode=isolate "),
        ("--job-mode iso", "--job-mode isolate "),
        ("--service-type=fork", "--service-type=forking "),
        ("--expand-environment=n", "--expand-environment=no "),
        ("--dry-run=js", "--dry-run=json "),
        ("--nice=-20", "--nice=-20 "),
        ("--on-calendar=dai", "--on-calendar=daily "),
    ],
    "a user, group or variable": [
        ("--uid roo", "--uid root "),
        ("--gid=roo", "--gid=root "),
        ("-p User=roo", "-p User=root "),
        ("-p SupplementaryGroups=roo", "-p SupplementaryGroups=root "),
        ("-E RUNWRAP_TEST_V", "-E RUNWRAP_TEST_VARIABLE "),
        ("-p PassEnvironment=RUNWRAP_TEST_V", "-p PassEnvironment=RUNWRAP_TEST_VARIABLE "),
    ],
    "a unit": [
        ("-u alp", "-u alpha.service "),
        ("-ualp", "-ualpha.service "),
        ("-tu alp", "-tu alpha.service "),
        ("--unit=bet", "--unit=beta.socket "),
        ("-p After=alpha.service\\ gam", "-p After=alpha.service\\ gamma.target "),
        ("--user -u user", "--user -u users-own.service "),
        ("-u dev-", "-u dev-disk-by\\\\x2duuid.device "),
        ("-u template", "-u template"),
        ("--slice bac", "--slice background.slice "),
        ("-p Slice=bac", "-p Slice=background.slice "),
    ],
    "a place": [
        ("-M webs", "-M webserver "),
        ("--machine=.h", "--machine=.host "),
        ("-H build", "-H builder.example "),
        ("--host=me@build", "--host=me@builder.example "),
    ],
    "a file": [
        ("--report a-f", "--report a-file\\ with\\ spaces "),
        ("--working-directory=a-", "--working-directory=a-directory/"),
        ("-p WorkingDirectory=/us", "-p WorkingDirectory=/usr/"),
        ("-p ReadOnlyPaths=-/us", "-p ReadOnlyPaths=-/usr/"),
        ("-p ExecStartPre=+-/us", "-p ExecStartPre=+-/usr/"),
        ("-p ExecSearchPath=/a:/us", "-p ExecSearchPath=/a:/usr/"),
    ],
    "a command": [
        ("my-pro", "my-program "),
        ("--wait -u name my-pro", "--wait -u name my-program "),
        ("-Gqp User=root my-pro", "-Gqp User=root my-program "),
        ("-- my-pro", "-- my-program "),
        ('--uid "" my-pro', '--uid "" my-program '),
        ('-p "User=x y" --unit=a\\ b my-pro', '-p "User=x y" --unit=a\\ b my-program '),
        ("-u my-pro", "-u my-pro"),
        ("./a-d", "./a-directory/"),
    ],
    "a command's own": [
        ("my-program own-w", "my-program own-word "),
        ("my-program first own-w", "my-program first own-word "),
        ("-- my-program own-w", "-- my-program own-word "),
        ("-p A=b --unit x -E C my-program own-w", "-p A=b --unit x -E C my-program own-word "),
        ("-uname --dry-run my-program own-w", "-uname --dry-run my-program own-word "),
        ("my-program --remain", "my-program --remain"),
        ("my-program -p ProtectSys", "my-program -p ProtectSys"),
    ],
}


@pytest.mark.parametrize("kind", _ENDS)
def test_it_completes(shell: Typing, kind: str) -> None:
    for line, expected in _ENDS[kind]:
        assert shell.completed(f"runwrap {line}") == f"runwrap {expected}"


def test_it_offers_all_options(shell: Typing) -> None:
    longs = [option.long for option in options()]
    assert len(longs) > 50
    # Bash says by "=" that a value follows.
    shell.offered("runwrap --", *longs)


@pytest.mark.parametrize(
    ("line", "expected", "others"),
    [
        ("--property ProtectSystem=", "yes no full strict", "tmpfs AF_UNIX"),
        ("--property=ProtectHome=", "yes no read-only tmpfs", "full"),
        ("-p PrivateNetwork=", "yes no", "maybe strict"),
        ("-p SystemCallFilter=", "@clock @system-service", "read io_uring_enter"),
        ("-p SystemCallFilter=io_ur", "io_uring_enter io_uring_setup", "@io-event read"),
        ("-p KillSignal=SIGT", "SIGTERM SIGTRAP SIGTSTP", "SIGKILL"),
        ("-p OnSuccess=", "alpha.service beta.socket gamma.target", "template@.service"),
        ("--scope -p User=", "root daemon", "CAP_CHOWN"),
        ("--output=", "short json-pretty cat", "fail"),
        ("my-program ", "own-word own-other", "--unit --scope"),
    ],
)
def test_it_offers(shell: Typing, line: str, expected: str, others: str) -> None:
    offered = shell.offered(f"runwrap {line}", *expected.split())
    assert not offered & set(others.split())


def test_nothing_is_said_where_a_tool_is_missing(world: World) -> None:
    for name in SHELLS:
        with world.shell(name, path=[str(world.directory / "lacking")]) as shell:
            for line in ("runwrap -u xyz", "runwrap --slice=xyz", "runwrap -M xyz"):
                assert shell.completed(line) == line
                assert shell.shown().count("\n") == 0, shell.shown()
