"""What systemd-analyze(1) says of units that a manager has refused without a reason."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from runwrap.dry_run import as_unit_files

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runwrap.model import TransientUnit

__all__ = ["complaints"]

_WITHIN_S = 10.0
_MOST = 5


def complaints(units: Sequence[TransientUnit]) -> list[str]:
    """Return what is wrong with the *units*, a line each, as far as it can be told.

    Files with the same meaning are written for ``systemd-analyze verify``, to a directory that
    is gone afterwards.
    """
    with tempfile.TemporaryDirectory(prefix="runwrap-") as directory:
        paths = [Path(directory, unit.name) for unit in units]
        for path, unit in zip(paths, units, strict=True):
            path.write_text(as_unit_files([unit]), encoding="utf-8")
        try:
            done = subprocess.run(
                ["systemd-analyze", "--no-pager", "--man=no", "verify", *paths],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=_WITHIN_S,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return []
    # Of another unit than these, much may be said that has nothing to do with them.
    names = tuple(f"{unit.name}: " for unit in units)
    return [line for line in done.stderr.splitlines() if line.startswith(names)][:_MOST]
