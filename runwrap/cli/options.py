"""The options of the command line: one table, from which all that speaks of them is drawn.

Parsing, the help, the completions, and the tests of the manual read it. Names, meanings and
groups of systemd-run's options are those of systemd-run(1) of systemd 262.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["GROUPS", "Given", "Option", "Takes", "options"]

_UNIT: Final = "The unit"
_PROCESS: Final = "The process"
_STREAMS: Final = "Input and output"
_WAIT: Final = "Starting, waiting and results"
_SANDBOX: Final = "The sandbox"
_TRIGGERS: Final = "Triggers: a timer, path or socket that starts the command"
_MANAGER: Final = "The service manager"
_SHOWING: Final = "Showing, and running nothing"

GROUPS: Final = (_UNIT, _PROCESS, _STREAMS, _SANDBOX, _WAIT, _TRIGGERS, _MANAGER, _SHOWING)
"""The groups of options, in the order of the help."""


class Takes(Enum):
    """What follows an option."""

    NOTHING = "nothing"
    VALUE = "a value"
    MAY = "a value, or nothing"
    VALUES = "a value, as often as wanted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One option.

    Attributes:
        name: the name of the field of `Given` that it sets, or "" where it sets none.
        long: its long form, such as ``--unit``.
        short: its short form, such as ``-u``, or "".
        takes: whether a value follows.
        metavar: what stands for the value in the help, or "".
        left_out: where a value may follow, the one that counts where none does.
        alias: what it stands for, such as ``--working-directory=.``, or "". Its own value
            comes behind that; where it takes none and the alias ends with ``=``, that is ``yes``.
        help: one line on what it does.
        group: the group that it belongs to.
        completes: what its value is completed with, such as ``user`` or ``property:service``; ""
            where nothing is known.
        values: the words that its value may be, where they are few.
        own: whether systemd-run does not have it.
    """

    name: str
    long: str
    short: str
    takes: Takes
    metavar: str
    left_out: str
    alias: str
    help: str
    group: str
    completes: str
    values: tuple[str, ...]
    own: bool


def _option(
    help: str,  # noqa: A002 - the table reads well so
    *names: str,
    group: str,
    metavar: str = "",
    takes: Takes | None = None,
    left_out: str = "",
    completes: str = "",
    values: tuple[str, ...] = (),
    own: bool = False,
) -> Any:
    """Return a field of `Given` with its description; see `Option`."""
    takes = takes or (Takes.VALUE if metavar else Takes.NOTHING)
    defaults = {Takes.NOTHING: False, Takes.VALUES: ()}
    about = {
        "help": help,
        "names": names,
        "group": group,
        "metavar": metavar,
        "takes": takes,
        "left_out": left_out,
        "completes": completes,
        "values": values,
        "own": own,
    }
    return dataclasses.field(default=defaults.get(takes), metadata=about)


ENFORCE_MODES: Final = ("strict", "warn", "off")

JOB_MODES: Final = (
    "fail",
    "lenient",
    "replace",
    "replace-irreversibly",
    "isolate",
    "flush",
    "ignore-dependencies",
    "ignore-requirements",
    "triggering",
    "restart-dependencies",
)
"""systemctl(1), ``--job-mode=``; in the order of ``systemd-run --job-mode=help``."""

OUTPUT_MODES: Final = (
    "short",
    "short-full",
    "short-iso",
    "short-iso-precise",
    "short-precise",
    "short-monotonic",
    "short-delta",
    "short-unix",
    "verbose",
    "export",
    "json",
    "json-pretty",
    "json-sse",
    "json-seq",
    "cat",
    "with-unit",
)
"""journalctl(1), ``--output=``."""

PROFILES: Final = ("untrusted", "offline", "download", "build", "none")
"""The profiles that are always there (`runwrap.sandbox.profiles`)."""

JSON_MODES: Final = ("pretty", "short", "off")
DRY_RUN_FORMS: Final = ("unit", "json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a command line gives, option by option, in the order of the help."""

    scope: bool = _option(
        "Run the command here, in a scope of its own, and not as a service.",
        "--scope",
        group=_UNIT,
    )
    unit: str | None = _option(
        "Name of the unit.", "-u", "--unit", group=_UNIT, metavar="UNIT", completes="unit"
    )
    properties: tuple[str, ...] = _option(
        "Set a directive of the service or scope, as in a unit file. May be repeated.",
        *("-p", "--property"),
        group=_UNIT,
        metavar="NAME=VALUE",
        takes=Takes.VALUES,
        completes="property:service",
    )
    description: str | None = _option(
        "Description of the unit.", "--description", group=_UNIT, metavar="TEXT"
    )
    slice: str | None = _option(
        "Put the unit in that slice.", "--slice", group=_UNIT, metavar="SLICE", completes="slice"
    )
    slice_inherit: bool = _option(
        "Put the unit in the slice of the caller, or --slice= below it.",
        "--slice-inherit",
        group=_UNIT,
    )
    service_type: str | None = _option(
        "Type of the service: simple, exec, oneshot, ...",
        "--service-type",
        group=_UNIT,
        metavar="TYPE",
        completes="value:Type",
    )
    remain_after_exit: bool = _option(
        "Keep the service until it is stopped, also when the command has ended.",
        *("-r", "--remain-after-exit"),
        group=_UNIT,
    )
    send_sighup: bool = _option(
        "Send SIGHUP after SIGTERM when the unit is stopped.", "--send-sighup", group=_UNIT
    )
    collect: bool = _option("Unload the unit also after a failure.", "-G", "--collect", group=_UNIT)
    job_mode: str | None = _option(
        "What becomes of jobs that are queued already; 'help' lists the modes.",
        "--job-mode",
        group=_UNIT,
        metavar="MODE",
        values=(*JOB_MODES, "help"),
    )
    uid: str | None = _option(
        "Run as that user.", "--uid", group=_PROCESS, metavar="USER", completes="user"
    )
    gid: str | None = _option(
        "Run as that group.", "--gid", group=_PROCESS, metavar="GROUP", completes="group"
    )
    nice: str | None = _option(
        "Nice level, -20 to 19.", "--nice", group=_PROCESS, metavar="NICE", completes="nice"
    )
    working_directory: str | None = _option(
        "Run in that directory.",
        "--working-directory",
        group=_PROCESS,
        metavar="PATH",
        completes="directory",
    )
    root_directory: str | None = _option(
        "Run with that directory, as seen from here, as the root directory.",
        "--root-directory",
        group=_PROCESS,
        metavar="PATH",
        completes="directory",
    )
    setenv: tuple[str, ...] = _option(
        "Set an environment variable, or pass on one. May be repeated.",
        *("-E", "--setenv"),
        group=_PROCESS,
        metavar="NAME[=VALUE]",
        takes=Takes.VALUES,
        completes="variable",
    )
    expand_environment: str | None = _option(
        "Whether $VARIABLE in the command is expanded; yes by default.",
        "--expand-environment",
        group=_PROCESS,
        metavar="BOOL",
        completes="boolean",
    )
    ignore_failure: bool = _option(
        "Count the end of the command as success, whatever its exit status.",
        "--ignore-failure",
        group=_PROCESS,
    )
    pty: bool = _option(
        "Run on a pseudo-terminal, joined to this one; wait.", "-t", "--pty", group=_STREAMS
    )
    pty_late: bool = _option(
        "As --pty, but join the terminals only when the unit has started.",
        *("-T", "--pty-late"),
        group=_STREAMS,
    )
    pipe: bool = _option(
        "Hand over standard input, output and error; wait.", "-P", "--pipe", group=_STREAMS
    )
    shell: bool = _option(
        "Run $SHELL here, interactively: --pty --same-dir --wait --collect --service-type=exec.",
        *("-S", "--shell"),
        group=_STREAMS,
    )
    background: str | None = _option(
        "Background colour of the terminal meanwhile, such as 44 or 48;5;17.",
        "--background",
        group=_STREAMS,
        metavar="COLOR",
    )
    verbose: bool = _option("Show the unit's log while waiting.", "-v", "--verbose", group=_STREAMS)
    output: str | None = _option(
        "How the log is shown; see journalctl(1).",
        "--output",
        group=_STREAMS,
        metavar="MODE",
        values=(*OUTPUT_MODES, "help"),
    )
    quiet: bool = _option("Print errors only.", "-q", "--quiet", group=_STREAMS)
    json: str | None = _option(
        "Print unit and invocation ID, or the exposure, as JSON: pretty, short, or off.",
        "--json",
        group=_STREAMS,
        metavar="FORMAT",
        values=(*JSON_MODES, "help"),
    )
    sandbox: str | None = _option(
        "Run in the sandbox of that profile; see --list-profiles. Implies --stop-on-exit.",
        "--sandbox",
        group=_SANDBOX,
        metavar="PROFILE",
        values=PROFILES,
        own=True,
    )
    read: tuple[str, ...] = _option(
        "Leave that path readable in the sandbox. May be repeated.",
        "--read",
        group=_SANDBOX,
        metavar="PATH",
        takes=Takes.VALUES,
        completes="file",
        own=True,
    )
    write: tuple[str, ...] = _option(
        "Leave that path writable in the sandbox. May be repeated.",
        "--write",
        group=_SANDBOX,
        metavar="PATH",
        takes=Takes.VALUES,
        completes="file",
        own=True,
    )
    allow_net: tuple[str, ...] = _option(
        "Leave that of the network: a prefix, localhost, or any. May be repeated.",
        "--allow-net",
        group=_SANDBOX,
        metavar="PREFIX",
        takes=Takes.VALUES,
        values=("localhost", "any"),
        own=True,
    )
    wait: bool = _option("Wait until the unit has ended; print its account.", "--wait", group=_WAIT)
    report: str | None = _option(
        "Write the account as JSON ('-' is standard output); wait.",
        "--report",
        group=_WAIT,
        metavar="FILE",
        completes="file",
        own=True,
    )
    stop_on_exit: bool = _option(
        "Stop the unit when interrupted, rather than leave it running; wait.",
        "--stop-on-exit",
        group=_WAIT,
        own=True,
    )
    enforce: str | None = _option(
        "If a restriction is not shown to be in force: strict (refuse), warn, or off.",
        "--enforce",
        group=_WAIT,
        metavar="MODE",
        values=ENFORCE_MODES,
        own=True,
    )
    max_exposure: str | None = _option(
        "Refuse what is more exposed than that, from 0 to 10; see --exposure.",
        "--max-exposure",
        group=_WAIT,
        metavar="LEVEL",
        own=True,
    )
    no_block: bool = _option("Do not wait until the unit is started.", "--no-block", group=_WAIT)
    no_ask_password: bool = _option("Do not ask for passwords.", "--no-ask-password", group=_WAIT)
    timer_property: tuple[str, ...] = _option(
        "Set a directive of the timer. May be repeated.",
        "--timer-property",
        group=_TRIGGERS,
        metavar="NAME=VALUE",
        takes=Takes.VALUES,
        completes="property:timer",
    )
    path_property: tuple[str, ...] = _option(
        "Set a directive of the path. May be repeated.",
        "--path-property",
        group=_TRIGGERS,
        metavar="NAME=VALUE",
        takes=Takes.VALUES,
        completes="property:path",
    )
    socket_property: tuple[str, ...] = _option(
        "Set a directive of the socket. May be repeated.",
        "--socket-property",
        group=_TRIGGERS,
        metavar="NAME=VALUE",
        takes=Takes.VALUES,
        completes="property:socket",
    )
    system: bool = _option("Use the system's manager.", "--system", group=_MANAGER)
    user: bool = _option("Use the calling user's manager.", "--user", group=_MANAGER)
    machine: str | None = _option(
        "Use the manager of a container, or of a user: [USER@]CONTAINER, USER@.host.",
        *("-M", "--machine"),
        group=_MANAGER,
        metavar="CONTAINER",
        completes="machine",
    )
    host: str | None = _option(
        "Use the manager of another host, over ssh.",
        *("-H", "--host"),
        group=_MANAGER,
        metavar="[USER@]HOST",
        completes="host",
    )
    capsule: str | None = _option(
        "Use the manager of a capsule.",
        *("-C", "--capsule"),
        group=_MANAGER,
        metavar="NAME",
        completes="capsule",
    )
    embedded: bool = _option(
        "Use a private manager, started for this command; wait. The default where no systemd is"
        " running.",
        "--embedded",
        group=_MANAGER,
        own=True,
    )
    dry_run: str | None = _option(
        "Start nothing; print what would be sent, as a unit file, or as JSON (json).",
        "--dry-run",
        group=_SHOWING,
        metavar="FORMAT",
        takes=Takes.MAY,
        left_out=DRY_RUN_FORMS[0],
        values=DRY_RUN_FORMS,
        own=True,
    )
    exposure: bool = _option(
        "Start nothing; print how exposed the service, or with --unit= one that is there, is.",
        "--exposure",
        group=_SHOWING,
        own=True,
    )
    list_properties: str | None = _option(
        "List the directives for --property, all or some, and exit.",
        "--list-properties",
        group=_SHOWING,
        metavar="PATTERN",
        takes=Takes.MAY,
        completes="directive",
        own=True,
    )
    list_profiles: bool = _option(
        "List the profiles for --sandbox, and exit.", "--list-profiles", group=_SHOWING, own=True
    )
    help: bool = _option("Show this help and exit.", "-h", "--help", group=_SHOWING)
    version: bool = _option("Show the version and exit.", "--version", group=_SHOWING)
    no_pager: bool = _option(
        "Accepted for systemd-run's sake: no pager is ever started.", "--no-pager", group=_SHOWING
    )


def _alias(
    help: str,  # noqa: A002 - as in _option
    long: str,
    short: str = "",
    *,
    alias: str,
    group: str,
    metavar: str = "",
    completes: str = "",
) -> Option:
    return Option(
        name="",
        long=long,
        short=short,
        takes=Takes.VALUE if metavar else Takes.NOTHING,
        metavar=metavar,
        left_out="",
        alias=alias,
        help=help,
        group=group,
        completes=completes,
        values=(),
        own=False,
    )


def _trigger(help: str, long: str, directive: str, **about: str) -> Option:  # noqa: A002
    return _alias(help, long, alias=f"--timer-property={directive}=", group=_TRIGGERS, **about)


def _aliases() -> Mapping[str, tuple[Option, ...]]:
    """Return the options that stand for another, by the field before which the help has them.

    Written as that other, they count in the order in which they are given.
    """
    seconds = {"metavar": "SECONDS"}
    return {
        "root_directory": (
            _alias(
                "Run in the current directory.",
                *("--same-dir", "-d"),
                alias="--working-directory=.",
                group=_PROCESS,
            ),
        ),
        "setenv": (
            _alias(
                "Run with the caller's root directory.",
                *("--same-root-dir", "-R"),
                alias="--root-directory=/",
                group=_PROCESS,
            ),
        ),
        "timer_property": (
            _trigger("Run it that long from now.", "--on-active", "OnActiveSec", **seconds),
            _trigger("Run it that long after the boot.", "--on-boot", "OnBootSec", **seconds),
            _trigger(
                "Run it that long after the start of the service manager.",
                *("--on-startup", "OnStartupSec"),
                **seconds,
            ),
            _trigger(
                "Run it that long after its last start.",
                *("--on-unit-active", "OnUnitActiveSec"),
                **seconds,
            ),
            _trigger(
                "Run it that long after its last end.",
                *("--on-unit-inactive", "OnUnitInactiveSec"),
                **seconds,
            ),
            _trigger(
                "Run it at these times, such as daily or 'Mon..Fri 8:00'; see systemd.time(7).",
                *("--on-calendar", "OnCalendar"),
                metavar="SPEC",
                completes="calendar",
            ),
            _trigger("Run it when the clock is set.", "--on-clock-change", "OnClockChange"),
            _trigger(
                "Run it when the time zone changes.", "--on-timezone-change", "OnTimezoneChange"
            ),
        ),
    }


def options() -> Iterator[Option]:
    """Yield the options in the order of the help."""
    aliases = _aliases()
    for field in dataclasses.fields(Given):
        yield from aliases.get(field.name, ())
        about: Mapping[str, Any] = field.metadata
        *short, long = about["names"]
        rest = {key: about[key] for key in about if key != "names"}
        yield Option(name=field.name, long=long, short="".join(short), alias="", **rest)
