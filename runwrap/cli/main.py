"""The command ``runwrap``: its options, and how errors end it."""

from __future__ import annotations

import inspect
import os
import sys
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from typer.core import TyperCommand

from runwrap.cli.arguments import read_arguments
from runwrap.cli.options import (
    DRY_RUN_FORMS,
    JOB_MODES,
    JSON_MODES,
    OUTPUT_MODES,
    Given,
    Takes,
    options,
)
from runwrap.cli.request import Surroundings, choose_destination, choose_word, request_of
from runwrap.cli.say import print_error
from runwrap.errors import RunwrapError, UsageError

if TYPE_CHECKING:
    from runwrap.cli.request import Destination

__all__ = ["app", "main"]

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)

_TYPES = {
    Takes.NOTHING: bool,
    Takes.VALUE: str | None,
    Takes.MAY: str | None,
    Takes.VALUES: list[str] | None,
}


def _signature() -> inspect.Signature:
    """Return the signature that typer reads the options from: those of the table."""
    kind = inspect.Parameter.KEYWORD_ONLY
    command: Any = Annotated[list[str] | None, typer.Argument()]
    parameters = [inspect.Parameter("command", kind, default=None, annotation=command)]
    for option in options():
        if option.name:
            takes: Any = _TYPES[option.takes]
            parameters.append(
                inspect.Parameter(
                    option.name,
                    kind,
                    default=False if option.takes is Takes.NOTHING else None,
                    annotation=Annotated[takes, typer.Option(option.long)],
                )
            )
    return inspect.Signature(parameters)


class _Command(TyperCommand):
    """typer's command, given words that have been put into their one form."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse *args*."""
        arguments = read_arguments(args)
        return super().parse_args(ctx, [*arguments.options, "--", *arguments.command])


def _command(command: list[str] | None, **values: Any) -> None:
    """Run a command as a transient systemd unit and read back what it used."""
    named: dict[str, Any] = {
        name: tuple(value or ()) if option.takes is Takes.VALUES else value
        for option in options()
        if (name := option.name)
        for value in [values[name]]
    }
    _carry_out(Given(**named), command or [])


_command.__signature__ = _signature()  # type: ignore[attr-defined]
_command.__annotations__ = {}
app.command(cls=_Command, add_help_option=False, no_args_is_help=False)(_command)


def _carry_out(given: Given, command: list[str]) -> None:
    surroundings = Surroundings(
        environ=os.environ,
        booted=os.path.isdir("/run/systemd/system"),  # noqa: PTH112 - no pathlib for this
        on_terminals=all(os.isatty(descriptor) for descriptor in range(3)),
    )
    if given.help or given.version:
        _print(_help() if given.help else _version())
    for words, asked in (
        (JOB_MODES, given.job_mode),
        (JSON_MODES, given.json),
        (OUTPUT_MODES, given.output),
    ):
        if asked == "help":
            _print("".join(f"{word}\n" for word in words))
    if given.list_properties is not None:
        if given.dry_run is not None:
            raise UsageError("--dry-run and --list-properties cannot be combined: choose one")
        if given.exposure:
            raise UsageError("--exposure and --list-properties cannot be combined: choose one")
        destination, _ = choose_destination(given, surroundings)
        _list(given.list_properties, destination, command)
    if given.list_profiles:
        _list_profiles(given, command)
    form = choose_word("--dry-run", given.dry_run, DRY_RUN_FORMS)
    if form is not None and given.exposure:
        raise UsageError("--dry-run and --exposure cannot be combined: choose one")
    request = request_of(given, command, surroundings)
    if form is not None:
        from runwrap.cli.dry_run import show

        show(request, form)
        _leave(0)
    if request.exposure:
        from runwrap.cli.exposure import show_exposure

        _leave(show_exposure(request))
    from runwrap.cli.execute import execute

    _leave(*execute(request))


def _print(text: str) -> NoReturn:
    sys.stdout.write(text)
    _leave(0)


def _help() -> str:
    import shutil

    from runwrap.cli.help import help_text

    on_terminal = sys.stdout.isatty()
    bold = on_terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return help_text(shutil.get_terminal_size().columns if on_terminal else 80, bold=bold)


def _version() -> str:
    from runwrap import __version__

    return f"runwrap {__version__}\n"


def _list(pattern: str, destination: Destination, command: list[str]) -> NoReturn:
    if command:
        # Without quotes, the shell may have made several words out of a pattern.
        meant = f"did you mean --list-properties={command[0]}?"
        raise UsageError(
            "--list-properties runs no command", hints=() if pattern or command[1:] else (meant,)
        )
    from runwrap.cli.list_properties import list_properties

    interrupted = list_properties(pattern, destination)
    _leave(1 if interrupted else 0, interrupted)


def _list_profiles(given: Given, command: list[str]) -> NoReturn:
    if command:
        raise UsageError("--list-profiles runs no command")
    from runwrap.cli.list_profiles import profiles_text

    _print(profiles_text(os.environ, choose_word("--json", given.json, JSON_MODES)))


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
    # What is for standard error shall not end up on standard output, nor the other way round.
    if sys.stdout is None:
        sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115
    if sys.stderr is None:
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
    except OSError as error:
        # What has a file name of its own was not standard output.
        print_error(RunwrapError(f"{error.filename or 'standard output'}: {error.strerror}"))
        status = 1
    _leave(status or 0)
