"""Lets a service that was examined be started again by anybody.

A service that is held starts with a shell, which waits to be examined. One that nobody follows
may be restarted when nobody is there to do that: its shell goes on by itself when it finds a word
in its environment. The word is in a file that the manager reads at each start (systemd.exec(5),
EnvironmentFile=), and that is written when the service has been examined. Where there is none, at
the first start or when it has been taken away, the shell waits, and gives up.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from runwrap.units import Property

__all__ = ["Permit"]

_DIRECTORY = "run/runwrap"
_VARIABLE = "RUNWRAP_EXAMINED"
_WORD_SIZE = 16

# The manager has a link for each unit that it has started and not unloaded.
_STARTED = "run/systemd/units/invocation:"


class Permit:
    """The permit of one service of the system's manager.

    Attributes:
        property: what the service is to be started with.
        script: what its shell is to begin with.
    """

    def __init__(self, root: str, unit: str) -> None:
        """Have a place for it; nothing is written yet.

        Args:
            root: the manager's root directory, as seen from here.
            unit: the full name of the service.

        Raises:
            OSError: there is no place.
        """
        word = os.urandom(_WORD_SIZE).hex()
        self._root = Path(root)
        self._path = self._root / _DIRECTORY / word
        self._content = f"# {unit}\n{_VARIABLE}={word}\n"
        self.property = Property("EnvironmentFiles", "a(sb)", [(f"/{_DIRECTORY}/{word}", True)])
        self.script = f'[ "${_VARIABLE}" = {word} ] && unset {_VARIABLE} && exec "$0" "$@"; '
        self._path.parent.mkdir(mode=0o755, exist_ok=True)

    def grant(self) -> None:
        """Permit it.

        Raises:
            OSError: the file cannot be written.
        """
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(self._content)

    def take_away_others(self) -> None:
        """Remove the permits of services that are no more."""
        for path in self._path.parent.glob("*"):
            # Somebody else may be doing the same.
            with contextlib.suppress(OSError):
                unit = path.read_text(errors="replace").partition("\n")[0].removeprefix("# ")
                if not (self._root / f"{_STARTED}{unit}").is_symlink():
                    path.unlink()
