"""What comes from our standard input: kept for the command, and watched for ``^]``."""

from __future__ import annotations

__all__ = ["KEY", "Presses"]

KEY = b"\x1d"
_TIMES = 3
_WITHIN_S = 1.0


class Presses:
    """Counts how often the key that disconnects was pressed.

    Only reads that hold nothing else count: a key that is pressed arrives alone, whereas pasted
    text may well contain the character.
    """

    def __init__(self) -> None:
        """Start with none."""
        self._times: list[float] = []

    def enough(self, data: bytes, now: float) -> bool:
        """Tell whether *data*, read at the time *now* in seconds, makes it three in a second."""
        if data.strip(KEY):
            self._times = []
            return False
        self._times = [*self._times, *[now] * len(data)][-_TIMES:]
        return len(self._times) == _TIMES and now - self._times[0] <= _WITHIN_S
