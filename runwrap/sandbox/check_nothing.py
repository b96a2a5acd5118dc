"""Is it in force? What nothing shows from outside, which therefore cannot be told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runwrap.sandbox.evidence import CannotTellError

if TYPE_CHECKING:
    from collections.abc import Callable

    from runwrap.sandbox.evidence import Evidence
    from runwrap.sandbox.finding import Finding

__all__ = ["SEES"]


def _cannot_tell(reason: str) -> Callable[[Evidence, object], Finding]:
    def check(evidence: Evidence, asked: object) -> Finding:
        raise CannotTellError(reason)

    return check


_quota = _cannot_tell("the manager does not tell whether a quota is set")

SEES: dict[str, Callable[[Evidence, object], Finding]] = {
    "BPFProgram": _cannot_tell("the programs of others are not told apart from systemd's own"),
    "StateDirectoryQuota": _quota,
    "CacheDirectoryQuota": _quota,
    "LogsDirectoryQuota": _quota,
}
"""What says whether a directive is in force, by its name."""
