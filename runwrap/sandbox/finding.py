"""What a check finds."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Finding", "first_gap"]


class Finding(NamedTuple):
    """What the evidence says of one restriction.

    Attributes:
        in_force: whether it is in force.
        evidence: what was seen, in one line.
        advice: where it is not in force, what to do about it, or "".
    """

    in_force: bool
    evidence: str
    advice: str = ""


def first_gap(findings: list[Finding]) -> Finding:
    """Return the first finding that is not in force; all of them in one where there is none."""
    for finding in findings:
        if not finding.in_force:
            return finding
    return Finding(True, "; ".join(dict.fromkeys(finding.evidence for finding in findings)))
