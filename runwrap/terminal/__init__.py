"""Pseudo-terminals for commands, and what stands between them and the caller's terminal.

`Pty` is the pair that the command's side and our side talk through; `Forwarder` carries what is
typed and what is shown between it and our own standard input and output, and leaves the
caller's terminal as it was, whatever happens. Nothing here knows of units or managers.
"""

from runwrap.terminal._background import check_background
from runwrap.terminal._forwarder import DISCONNECTED, HANGUP, Forwarder
from runwrap.terminal._pty import Pty
from runwrap.terminal._size import WindowSize, window_size

__all__ = [
    "DISCONNECTED",
    "HANGUP",
    "Forwarder",
    "Pty",
    "WindowSize",
    "check_background",
    "window_size",
]
