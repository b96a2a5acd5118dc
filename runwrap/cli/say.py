"""Lines for people, on standard error."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from runwrap.errors import printable

if TYPE_CHECKING:
    from runwrap.errors import RunwrapError

__all__ = ["print_error", "say"]


def say(*lines: str) -> None:
    """Print *lines* on standard error; that nobody can read them changes nothing else."""
    if not lines:
        return
    try:
        print(*lines, sep="\n", file=sys.stderr, flush=True)
    except OSError:
        # What is still buffered would fail once more, loudly, when the process ends.
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 2)
        os.close(null)


def print_error(error: RunwrapError) -> None:
    """Say *error* in one line, and what helps with it in lines below."""
    say(f"runwrap: {printable(str(error))}", *(f"  {printable(hint)}" for hint in error.hints))
