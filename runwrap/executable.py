"""Finding the program that a command names."""

from __future__ import annotations

import difflib
import os
from pathlib import Path

from runwrap.errors import CommandNotFoundError

__all__ = ["find_executable"]

_DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def find_executable(name: str, *, search_path: str | None, directory: str | None = None) -> str:
    """Return the absolute path of the program *name*.

    Args:
        name: a bare name, looked up in *search_path*, or a path, made absolute.
        search_path: directories with colons between them, as in ``$PATH``; None for a default.
            Relative ones are passed over, as they say nothing about where the unit will run.
        directory: the absolute directory that a relative path starts from; None for the
            working directory of this process.

    Raises:
        CommandNotFoundError: there is no such file, or it may not be executed.
    """
    if not name:
        raise CommandNotFoundError("the command is an empty word")
    if "/" in name:
        # As it is: "a/../b" need not be "b" where "a" is a symbolic link.
        path = name if name.startswith("/") else f"{(directory or _here()).rstrip('/')}/{name}"
        _check(name, path)
        return path
    wanted = _DEFAULT_PATH if search_path is None else search_path
    directories = [entry for entry in wanted.split(":") if entry.startswith("/")]
    for entry in directories:
        path = f"{entry.rstrip('/')}/{name}"
        if _is_program(path):
            return path
    near = _near_miss(name, directories)
    raise CommandNotFoundError(
        f"{name}: command not found in PATH" + (f" (did you mean {near}?)" if near else "")
    )


def _here() -> str:
    try:
        return os.getcwd()  # noqa: PTH109 - a plain string is what is wanted
    except OSError as error:
        message = f"the working directory is gone: {error.strerror}"
        raise CommandNotFoundError(message) from None


def _check(name: str, path: str) -> None:
    if not os.path.lexists(path):
        raise CommandNotFoundError(f"{name}: no such file")
    if os.path.isdir(path):  # noqa: PTH112 - never raises, unlike pathlib's
        raise CommandNotFoundError(f"{name}: is a directory, not a program")
    if not _is_program(path):
        raise CommandNotFoundError(f"{name}: is not executable (chmod +x?)")


def _is_program(path: str) -> bool:
    # Never raises, unlike pathlib's: a directory of PATH may be closed to us.
    return os.path.isfile(path) and os.access(path, os.X_OK)  # noqa: PTH113


def _near_miss(name: str, directories: list[str]) -> str:
    names: set[str] = set()
    for entry in directories:
        try:
            names.update(path.name for path in Path(entry).iterdir())
        except OSError:
            continue
    return next(iter(difflib.get_close_matches(name, names, n=1, cutoff=0.8)), "")
