"""Children that do not outlive the process that has started them."""

from __future__ import annotations

import ctypes
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import signal

__all__ = ["die_with"]

_PR_SET_PDEATHSIG = 1

# Looked up here, so that a child need not do more than call it.
_prctl = ctypes.CDLL(None).prctl


def die_with(parent: int, number: signal.Signals) -> None:
    """Have this process get the signal *number* when its *parent* ends.

    It holds across exec, but not for programs that run as another user by themselves, and not
    when this process changes its user later (prctl(2), PR_SET_PDEATHSIG).

    Args:
        parent: the number of the process that has started this one; if it has ended already,
            this one ends too.
        number: the signal.
    """
    _prctl(_PR_SET_PDEATHSIG, ctypes.c_ulong(number), 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)
