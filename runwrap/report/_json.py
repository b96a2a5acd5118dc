"""The account as a program reads it: one JSON object, described by ``report_schema.json``.

A report is ASCII: other characters are written as ``\\u`` escapes, so that it is the same
bytes in any locale. Bytes of the command line that are no UTF-8 (Python has them as lone
surrogates) stand as U+FFFD, one for each byte: JSON text is Unicode (RFC 8259, section 8),
and a D-Bus string, which a command has to be on its way to the manager, is too.
"""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import fcntl
import os
import re
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from runwrap._version import __version__
from runwrap.errors import RunwrapError, UsageError
from runwrap.report._names import status_name

if TYPE_CHECKING:
    from runwrap.model import RunResult

__all__ = ["SCHEMA_VERSION", "as_json", "check_destination", "write_report"]

SCHEMA_VERSION: Final = 1
"""The value of ``schema`` in a report; it changes when a key goes away or changes meaning."""

_LONE_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_MAX_LINKS: Final = 40  # path_resolution(7)


def as_json(result: RunResult) -> dict[str, object]:
    """Return the report as the object that is written, ready for ``json.dumps``.

    Args:
        result: how the run ended and what it used.

    Returns:
        Keys and values as in ``report_schema.json``. Sizes are bytes, names that end in
        ``_usec`` microseconds and in ``_nsec`` nanoseconds; points in time count from the
        epoch. What the manager did not tell is None.
    """
    counters = result.counters.as_dict()
    return {
        "schema": SCHEMA_VERSION,
        "unit": _unicode(result.unit),
        "invocation_id": result.invocation_id,
        "command": [_unicode(word) for word in result.command],
        "properties": [_unicode(assignment) for assignment in result.properties],
        "sandbox": None if result.sandbox is None else _unicode(result.sandbox),
        "result": result.result,
        "code": result.code,
        "status": result.status,
        "status_name": status_name(result.code, result.status),
        "job_result": result.job_result,
        "conditions_met": result.conditions_met,
        "exit_status": result.exit_status,
        "interrupted": result.interrupted,
        "restarts": result.restarts,
        "runtime_usec": result.runtime_usec,
        "timestamps": dataclasses.asdict(result.timestamps),
        "counters": counters,
        "absent": {
            counter: _unicode(result.absent[counter])
            for counter, value in counters.items()
            if value is None and counter in result.absent
        },
        "verdicts": [
            {
                "directive": verdict.directive,
                "state": str(verdict.state),
                "evidence": _unicode(verdict.evidence),
                "advice": _unicode(verdict.advice) or None,
            }
            for verdict in result.verdicts
        ],
        "exposure": result.exposure,
        "exposure_absent": _unicode(result.exposure_absent) if result.exposure_absent else None,
        "manager_version": result.manager_version,
        "runwrap_version": __version__,
    }


def check_destination(destination: str) -> None:
    """See that a report can be written, before anything is started.

    For a file this makes a temporary one beside it and removes it again, the one test that
    also finds a file system that is read-only. Nothing that is there is opened or changed.

    Args:
        destination: as for :func:`write_report`.

    Raises:
        UsageError: the directory is missing or takes no files, the destination is a
            directory, a socket or a block device, or it may not be written to.
    """
    try:
        target = _find(destination)
        if isinstance(target, int):
            if fcntl.fcntl(target, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY:
                raise UsageError(_failure(destination, "it is open for reading only"))
        elif target is not None:
            if target.exists() and not os.access(target, os.W_OK, effective_ids=True):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
            if not _is_special(target):
                descriptor, temporary = _create_beside(target)
                os.close(descriptor)
                temporary.unlink()
    except OSError as error:
        raise UsageError(_failure(destination, error.strerror or str(error))) from error


def write_report(result: RunResult, destination: str) -> None:
    """Write the report as one line that holds one JSON object.

    A file appears complete or not at all: the report is written beside it and then renamed
    over it, with the mode that the umask leaves; a symbolic link stays, its target is
    replaced. What is no regular file (a terminal, a FIFO, ``/dev/null``) is written to as it
    is, and so is a descriptor of this process (``/dev/stderr``, ``/dev/fd/3``), whatever it
    is open for, and a file that is a mount point and so cannot be replaced. Opening a FIFO
    waits for its reader.

    Args:
        result: how the run ended and what it used.
        destination: the path to write to, or ``-`` for standard output.

    Raises:
        UsageError: as for :func:`check_destination`.
        RunwrapError: writing failed.
    """
    import json

    line = json.dumps(as_json(result)) + "\n"
    try:
        target = _find(destination)
        if target is None:
            sys.stdout.write(line)
            sys.stdout.flush()
        elif isinstance(target, int):
            _write(target, line, close=False)
        elif _is_special(target):
            _write(os.open(target, os.O_WRONLY | os.O_NOCTTY), line)
        else:
            _replace(target, line)
    except OSError as error:
        raise RunwrapError(_failure(destination, error.strerror or str(error))) from error


def _find(destination: str) -> int | Path | None:
    """Return what a destination names.

    Returns:
        None for standard output, a descriptor of this process, or a path: for a regular file,
        there or not yet, one without symbolic links.

    Raises:
        UsageError: nothing that a report is written to can be there.
        OSError: the path cannot be followed.
    """
    if destination == "-":
        if sys.stdout is None:
            raise UsageError(_failure(destination, "standard output is closed"))
        return None
    if not destination or "\0" in destination:
        raise UsageError(_failure(repr(destination), "it is no path"))
    descriptor = _own_descriptor(Path(destination))
    if descriptor is not None:
        return descriptor
    try:
        # Not Path.stat, for which "name/" would be "name".
        mode = os.stat(destination).st_mode  # noqa: PTH116
    except FileNotFoundError:
        path = Path(os.path.realpath(destination))
        if destination.endswith("/"):
            raise UsageError(_failure(destination, "it names a directory")) from None
        if not path.parent.is_dir():
            reason = f"directory {path.parent} does not exist"
            raise UsageError(_failure(destination, reason)) from None
        return path
    for is_kind, kind in (
        (stat.S_ISDIR, "directory"),
        (stat.S_ISSOCK, "socket"),
        (stat.S_ISBLK, "block device"),
    ):
        if is_kind(mode):
            raise UsageError(_failure(destination, f"it is a {kind}"))
    return Path(os.path.realpath(destination) if stat.S_ISREG(mode) else destination)


def _own_descriptor(path: Path) -> int | None:
    """Return the descriptor of this process that *path* names through links, or None.

    The last link, from ``/proc/PID/fd/N`` on, is not followed: it would lead to the name of a
    file that was opened, while the place to write at is known to the descriptor only.
    """
    own = re.compile(re.escape(os.path.realpath("/proc/self")) + r"(?:/task/\d+)?/fd/(\d+)")
    for _ in range(_MAX_LINKS):
        path = Path(os.path.realpath(path.parent), path.name)
        if match := own.fullmatch(str(path)):
            return int(match[1])
        if not path.is_symlink():
            break
        path = path.parent / path.readlink()
    return None


def _is_special(path: Path) -> bool:
    """Tell whether *path* is there and is no regular file, so that it is written in place."""
    return path.exists() and not path.is_file()


def _create_beside(path: Path) -> tuple[int, Path]:
    """Create a new file in the directory of *path* and return its descriptor and path."""
    # A name that does not grow with the file's own, which may be as long as one can be.
    temporary = path.with_name(f".runwrap-{os.urandom(8).hex()}.tmp")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    # Not tempfile, whose files are for their owner alone whatever the umask says.
    return os.open(temporary, flags, 0o666), temporary


def _replace(path: Path, text: str) -> None:
    """Put a file with *text* in the place of *path* in one step."""
    descriptor, temporary = _create_beside(path)
    try:
        with contextlib.suppress(OSError):
            # Who could read the old file can read the new one, and nobody else.
            old = path.stat()
            os.fchmod(descriptor, stat.S_IMODE(old.st_mode))
            os.fchown(descriptor, old.st_uid, old.st_gid)
        _write(descriptor, text)
        temporary.replace(path)
    except BaseException as error:
        temporary.unlink()
        if not isinstance(error, OSError) or error.errno != errno.EBUSY:
            raise
        # A mount point, such as a single file that a container was given.
        _write(os.open(path, os.O_WRONLY | os.O_TRUNC), text)


def _write(descriptor: int, text: str, *, close: bool = True) -> None:
    """Write all of *text* to a descriptor."""
    with open(descriptor, "wb", closefd=close) as stream:
        stream.write(text.encode("ascii"))


def _failure(destination: str, reason: str) -> str:
    """Return the one line that says why there is no report."""
    return f"Cannot write the report to {destination}: {reason}"


def _unicode(text: str) -> str:
    """Return *text* with U+FFFD for each lone surrogate, which UTF-8 cannot express."""
    return _LONE_SURROGATE.sub("\ufffd", text)
