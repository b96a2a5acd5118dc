"""The command ``runwrap``: its options, and how errors end it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, ClassVar, NoReturn

import typer

from runwrap.cli.optional_values import OptionalValuesCommand
from runwrap.cli.request import Request, Where, choose_where
from runwrap.cli.say import print_error
from runwrap.errors import RunwrapError, UsageError
from runwrap.model import LaunchSpec

__all__ = ["app", "main"]

_UNIT = "The unit"
_PROCESS = "The process"
_WAIT = "Waiting and results"
_MANAGER = "The service manager"
_SHOWING = "Showing, and running nothing"

_DRY_RUN_FORMS = ("unit", "json")

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None if os.environ.get("NO_COLOR") else "rich",
    pretty_exceptions_enable=False,
    context_settings={
        # Options end at the first word that is not one: the rest belongs to the command.
        "allow_interspersed_args": False,
        "help_option_names": ["-h", "--help"],
        "max_content_width": 100,
    },
)


def _show_version(value: bool) -> None:
    if value:
        from runwrap import __version__

        typer.echo(f"runwrap {__version__}")
        raise typer.Exit


class _Command(OptionalValuesCommand):
    left_out: ClassVar = {"--dry-run": _DRY_RUN_FORMS[0], "--list-properties": ""}


@app.command(cls=_Command, no_args_is_help=False)
def _command(
    command: Annotated[
        list[str] | None,
        typer.Argument(metavar="COMMAND [ARGS]...", help="The command to run.", show_default=False),
    ] = None,
    unit: Annotated[
        str | None,
        typer.Option(
            "-u", "--unit", metavar="NAME", help="Name of the unit.", rich_help_panel=_UNIT
        ),
    ] = None,
    properties: Annotated[
        list[str] | None,
        typer.Option(
            "-p",
            "--property",
            metavar="NAME=VALUE",
            help="Set a directive of the unit, as in a unit file. May be repeated.",
            rich_help_panel=_UNIT,
        ),
    ] = None,
    description: Annotated[
        str | None,
        typer.Option(
            "--description",
            metavar="TEXT",
            help="Description of the unit.",
            rich_help_panel=_UNIT,
        ),
    ] = None,
    slice_: Annotated[
        str | None,
        typer.Option(
            "--slice", metavar="SLICE", help="Put the unit in that slice.", rich_help_panel=_UNIT
        ),
    ] = None,
    service_type: Annotated[
        str | None,
        typer.Option(
            "--service-type",
            metavar="TYPE",
            help="Type of the service: simple, exec, oneshot, ...",
            rich_help_panel=_UNIT,
        ),
    ] = None,
    collect: Annotated[
        bool,
        typer.Option(
            "-G", "--collect", help="Unload the unit also after a failure.", rich_help_panel=_UNIT
        ),
    ] = False,
    uid: Annotated[
        str | None,
        typer.Option("--uid", metavar="USER", help="Run as that user.", rich_help_panel=_PROCESS),
    ] = None,
    gid: Annotated[
        str | None,
        typer.Option("--gid", metavar="GROUP", help="Run as that group.", rich_help_panel=_PROCESS),
    ] = None,
    nice: Annotated[
        str | None,
        typer.Option(
            "--nice", metavar="NICE", help="Nice level, -20 to 19.", rich_help_panel=_PROCESS
        ),
    ] = None,
    setenv: Annotated[
        list[str] | None,
        typer.Option(
            "-E",
            "--setenv",
            metavar="NAME[=VALUE]",
            help="Set an environment variable, or pass on one. May be repeated.",
            rich_help_panel=_PROCESS,
        ),
    ] = None,
    working_directory: Annotated[
        str | None,
        typer.Option(
            "--working-directory",
            metavar="PATH",
            help="Run in that directory.",
            rich_help_panel=_PROCESS,
        ),
    ] = None,
    same_dir: Annotated[
        bool,
        typer.Option(
            "-d", "--same-dir", help="Run in the current directory.", rich_help_panel=_PROCESS
        ),
    ] = False,
    pipe: Annotated[
        bool,
        typer.Option(
            "-P",
            "--pipe",
            help="Hand over standard input, output and error; wait.",
            rich_help_panel=_PROCESS,
        ),
    ] = False,
    wait: Annotated[
        bool,
        typer.Option(
            "--wait",
            help="Wait until the unit has ended; print its account.",
            rich_help_panel=_WAIT,
        ),
    ] = False,
    report: Annotated[
        str | None,
        typer.Option(
            "--report",
            metavar="FILE",
            help="Write the account as JSON ('-' is standard output); wait.",
            rich_help_panel=_WAIT,
        ),
    ] = None,
    stop_on_exit: Annotated[
        bool,
        typer.Option(
            "--stop-on-exit",
            help="Stop the unit when interrupted, rather than leave it running; wait.",
            rich_help_panel=_WAIT,
        ),
    ] = False,
    no_block: Annotated[
        bool,
        typer.Option(
            "--no-block", help="Do not wait until the unit is started.", rich_help_panel=_WAIT
        ),
    ] = False,
    quiet: Annotated[
        bool,
        typer.Option("-q", "--quiet", help="Print errors only.", rich_help_panel=_WAIT),
    ] = False,
    system: Annotated[
        bool,
        typer.Option("--system", help="Use the system's manager.", rich_help_panel=_MANAGER),
    ] = False,
    user: Annotated[
        bool,
        typer.Option("--user", help="Use the calling user's manager.", rich_help_panel=_MANAGER),
    ] = False,
    embedded: Annotated[
        bool,
        typer.Option(
            "--embedded",
            help="Use a private manager, started for this command; wait. The default where no"
            " systemd is running.",
            rich_help_panel=_MANAGER,
        ),
    ] = False,
    dry_run: Annotated[
        str | None,
        typer.Option(
            "--dry-run",
            metavar="[=FORMAT]",
            help="Start nothing; print what would be sent, as a unit file, or as JSON (json).",
            rich_help_panel=_SHOWING,
        ),
    ] = None,
    list_properties: Annotated[
        str | None,
        typer.Option(
            "--list-properties",
            metavar="[=PATTERN]",
            help="List the directives for --property, all or some, and exit.",
            rich_help_panel=_SHOWING,
        ),
    ] = None,
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Show the version and exit.", callback=_show_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Run a command as a transient systemd unit and read back what it used."""
    where, fallback = choose_where(
        system=system,
        user=user,
        embedded=embedded,
        booted=Path("/run/systemd/system").is_dir(),
        environ=os.environ,
    )
    if list_properties is not None:
        if dry_run is not None:
            raise UsageError("--dry-run and --list-properties cannot be combined: choose one")
        _list(list_properties, where, command)
    if dry_run is not None:
        _check_form(dry_run)
    if not command:
        raise UsageError("there is no command to run", hints=("usage: runwrap [OPTIONS] COMMAND",))
    if same_dir and working_directory is not None:
        raise UsageError("--same-dir and --working-directory= cannot be combined: choose one")
    waits = [
        name
        for name, given in (
            ("--wait", wait),
            ("--pipe", pipe),
            ("--report", report is not None),
            ("--stop-on-exit", stop_on_exit),
        )
        if given
    ]
    if no_block and waits:
        raise UsageError(f"--no-block and {waits[0]} cannot be combined: the latter waits")
    if no_block and where is Where.EMBEDDED:
        raise UsageError(
            "--no-block needs a service manager that stays: a private one ends with the command"
        )
    request = Request(
        spec=LaunchSpec(
            command=tuple(command),
            properties=tuple(properties or ()),
            unit=unit,
            description=description,
            slice=slice_,
            service_type=service_type,
            uid=uid,
            gid=gid,
            nice=_nice(nice),
            setenv=tuple(setenv or ()),
            working_directory=_current_directory() if same_dir else _absolute(working_directory),
            pipe=pipe,
            collect=collect,
        ),
        where=where,
        fallback=fallback,
        wait=bool(waits) or where is Where.EMBEDDED,
        account=wait,
        no_block=no_block,
        quiet=quiet,
        stop_on_exit=stop_on_exit,
        report=report,
    )
    if dry_run is not None:
        from runwrap.cli.dry_run import show

        show(request, dry_run)
        _leave(0)
    from runwrap.cli.execute import execute

    _leave(*execute(request))


def _list(pattern: str, where: Where, command: list[str] | None) -> NoReturn:
    if command:
        # Without quotes, the shell may have made several words out of a pattern.
        meant = f"did you mean --list-properties={command[0]}?"
        raise UsageError(
            "--list-properties runs no command", hints=() if pattern or command[1:] else (meant,)
        )
    from runwrap.cli.list_properties import list_properties

    interrupted = list_properties(pattern, where)
    _leave(1 if interrupted else 0, interrupted)


def _check_form(form: str) -> None:
    if form not in _DRY_RUN_FORMS:
        from runwrap.properties.faults import closest, one_of

        meant = closest(form, _DRY_RUN_FORMS)
        raise UsageError(
            f"--dry-run={form}: no such format; expected {one_of(_DRY_RUN_FORMS)}"
            + (f" (did you mean {meant}?)" if meant else "")
        )


def _nice(text: str | None) -> int | None:
    if text is None:
        return None
    try:
        return int(text)
    except ValueError:
        raise UsageError(f"--nice={text}: not a number; expected -20 to 19") from None


def _absolute(directory: str | None) -> str | None:
    """Return the directory as systemd-run takes it: from here on, and none if it is empty."""
    if not directory:
        return None
    if directory.startswith("/"):
        return directory
    return f"{_current_directory().rstrip('/')}/{directory}"


def _current_directory() -> str:
    try:
        return os.getcwd()  # noqa: PTH109 - a plain string is what the bus takes
    except OSError as error:
        raise UsageError(f"the current directory is gone: {error.strerror}") from None


def _leave(status: int, signal_number: int | None = None) -> NoReturn:
    """End the process with *status*, or by the signal that interrupted it."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError as error:
        if status == 0:
            print_error(RunwrapError(f"standard output: {error.strerror}"))
            status = 1
    if signal_number is not None:
        import signal

        # Whoever started us shall see that it was the signal (signal(7)).
        signal.signal(signal_number, signal.SIG_DFL)
        os.kill(os.getpid(), signal_number)
    # All is closed and written. Taking the interpreter apart would take a sixth of the time of
    # a short run, and would fail once more on what could not be written.
    os._exit(status)


def _fill_standard_descriptors() -> None:
    """Open what the caller has closed of the descriptors 0, 1 and 2.

    Otherwise a socket of ours would take such a number, and be handed to the command.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    if sys.stderr is None:
        # What is for standard error shall not end up on standard output.
        sys.stderr = open(2, "w", closefd=False)  # noqa: SIM115


def main() -> NoReturn:
    """Run the command line in ``sys.argv`` and exit.

    The exit status is systemd-run's: 0 on success, the command's own, 255 after a signal, and
    1 for everything else, wrong usage included (systemd-run(1), Exit status).
    """
    _fill_standard_descriptors()
    try:
        status = app(standalone_mode=False)
    except RunwrapError as error:
        print_error(error)
        status = error.exit_status
    except _usage_error() as error:
        print_error(UsageError(error.format_message(), hints=("see: runwrap --help",)))
        status = 1
    except OSError as error:
        # What has a file name of its own was not standard output.
        print_error(RunwrapError(f"{error.filename or 'standard output'}: {error.strerror}"))
        status = 1
    _leave(status or 0)


def _usage_error() -> type[typer.BadParameter]:
    """Return the class of all errors that typer's parser raises.

    It has no public name in typer, but typer's own BadParameter is derived from it.
    """
    return typer.BadParameter.__mro__[2]
