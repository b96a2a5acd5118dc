"""The exceptions of runwrap.

Each error knows the exit status that a command line should end with and says itself in one
line; what runs above it only prints and exits.
"""

from __future__ import annotations

from runwrap.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from runwrap.model import RunResult, Verdict

__all__ = [
    "BusError",
    "CommandNotFoundError",
    "ConnectionLostError",
    "EmbeddedError",
    "EnforcementError",
    "ExposureError",
    "Fault",
    "JobError",
    "ManagerError",
    "PropertyError",
    "RunwrapError",
    "UnitLostError",
    "UsageError",
    "printable",
]


class RunwrapError(Exception):
    """Anything that runwrap itself refuses or fails at; ``str()`` is one line for a person.

    Attributes:
        exit_status: what a process that ends because of this error exits with (1 for all of
            runwrap's own failures, as systemd-run does).
        hints: further lines that help, without a line break in any of them.
    """

    exit_status: int = 1

    def __init__(self, message: str, *, hints: Iterable[str] = ()) -> None:
        """Keep the one-line *message* and the *hints* to show below it."""
        super().__init__(message)
        self.hints: tuple[str, ...] = tuple(hints)


class UsageError(RunwrapError):
    """The options or the launch specification contradict each other or make no sense."""


class CommandNotFoundError(RunwrapError):
    """The command to run is not to be found, or is not executable."""


class Fault(Record):
    """One faulty assignment among those that were given.

    Attributes:
        assignment: the text as it was given, such as ``"MemoryMax=lots"``.
        problem: what is wrong with it, one line, without the assignment itself.
        expected: what would be right, or "" where nothing useful can be said.
        suggestion: a near miss that exists, or "".
        part: the part of the value that is wrong, or "" where that is all of it or not known.
    """

    __slots__ = ("assignment", "expected", "part", "problem", "suggestion")

    def __init__(
        self,
        assignment: str,
        problem: str,
        expected: str = "",
        suggestion: str = "",
        part: str = "",
    ) -> None:
        """Keep what is told."""
        self.assignment = assignment
        self.problem = problem
        self.expected = expected
        self.suggestion = suggestion
        self.part = part

    def __str__(self) -> str:
        """Return the one line that a person reads; it marks the part as in ``a >>b<< c``."""
        line = f"{self._marked()}: {self.problem}"
        if self.expected:
            line += f"; expected {self.expected}"
        if self.suggestion:
            line += f" (did you mean {printable(self.suggestion)}?)"
        return line

    def _marked(self) -> str:
        name, equals, value = self.assignment.partition("=")
        # Where it stands more than once, a mark might be at the wrong one.
        if not self.part or self.part == value or value.count(self.part) != 1:
            return printable(self.assignment) or '""'
        before, _, after = value.partition(self.part)
        return printable(f"{name}{equals}{before}>>{self.part}<<{after}")


class PropertyError(RunwrapError):
    """One or more property assignments are not known or do not parse.

    Attributes:
        faults: every faulty assignment, in the order given; never empty.
    """

    def __init__(self, faults: Iterable[Fault]) -> None:
        """Collect the *faults*; the message is the first, the hints are the others."""
        self.faults: tuple[Fault, ...] = tuple(faults)
        lines = [str(fault) for fault in self.faults]
        super().__init__(lines[0], hints=lines[1:])


class BusError(RunwrapError):
    """A D-Bus peer answered a call with an error.

    Attributes:
        name: the D-Bus error name, such as ``"org.freedesktop.systemd1.NoSuchUnit"``.
    """

    def __init__(self, name: str, message: str, *, hints: Iterable[str] = ()) -> None:
        """Keep the error *name* beside its *message*."""
        super().__init__(message or name, hints=hints)
        self.name = name


class ConnectionLostError(RunwrapError):
    """The bus could not be reached, or went away and did not come back in time."""


class ManagerError(RunwrapError):
    """The service manager refused or failed a request."""


class UnitLostError(ManagerError):
    """The unit is no longer known to the manager, so its outcome cannot be told."""


class JobError(ManagerError):
    """The start job of a unit did not end as ``done``.

    Attributes:
        unit: the unit's full name.
        result: the job's result as the manager names it (``failed``, ``timeout``,
            ``canceled``, ``dependency``, ``skipped``, ...; org.freedesktop.systemd1(5), Signals).
    """

    def __init__(self, unit: str, result: str, message: str, *, hints: Iterable[str] = ()) -> None:
        """Keep the *unit* and the job's *result* beside the *message*."""
        super().__init__(message, hints=hints)
        self.unit = unit
        self.result = result


class EnforcementError(RunwrapError):
    """A restriction that was asked for is not in force, or cannot be told to be.

    Attributes:
        result: what came of the launch, for a report; it has all verdicts. The hints tell
            those that failed.
    """

    def __init__(self, result: RunResult) -> None:
        """Say what the verdicts of *result* are."""
        verdicts = result.verdicts
        failed = [verdict for verdict in verdicts if verdict.state != "in-force"]
        names = ", ".join(f"{verdict.directive}=" for verdict in failed)
        super().__init__(
            f"{result.unit} was not run: not shown to be in force: {names}",
            hints=_table(failed),
        )
        self.result = result


def _table(verdicts: Sequence[Verdict]) -> list[str]:
    width = max((len(verdict.directive) for verdict in verdicts), default=0) + 1
    lines = []
    for verdict in verdicts:
        words = {"not-in-force": "not in force", "unknown": "cannot be told"}
        state = words.get(verdict.state, "in force")
        lines.append(f"{verdict.directive + '=':{width}}  {state}: {verdict.evidence}")
        if verdict.advice:
            lines.append(f"{'':{width}}  try: {verdict.advice}")
    lines.append("or start it in spite of that: --enforce=warn")
    return lines


class ExposureError(RunwrapError):
    """The exposure of a unit cannot be rated, or is above what was allowed."""


class EmbeddedError(RunwrapError):
    """A private service manager cannot be started on this machine, or has died."""


def printable(text: str) -> str:
    """Return *text* on one line: what cannot be printed becomes a Python escape sequence.

    A byte that was not UTF-8, which Python keeps as half of a surrogate pair
    (``os.fsdecode``), is shown as the byte it was.
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _escape(char) for char in text)


def _escape(char: str) -> str:
    if "\udc80" <= char <= "\udcff":
        return f"\\x{ord(char) - 0xDC00:02x}"
    return char.encode("unicode_escape").decode()
