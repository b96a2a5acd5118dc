"""The examination of one unit: what of it is to be shown, how, and what came of that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runwrap.model import State
from runwrap.sandbox.checks import CHECKS
from runwrap.sandbox.enforcement import examine, filters_asked, restrictions, sees, unknown
from runwrap.sandbox.evidence import Evidence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runwrap.model import Verdict
    from runwrap.sandbox.evidence import Place
    from runwrap.sandbox.hold import Waiting
    from runwrap.units import Property, UnitType

__all__ = ["Examination"]

# To ask for so many, one by one, takes less time than to ask for all.
_FEW = 8


class Examination:
    """What is examined of one unit, and the verdicts.

    Attributes:
        names: the directives that restrict the unit.
        place: how the manager's part of the system is seen from here.
        early: what is known before anything is started.
        verdicts: what came of it; empty before that.
        is_settled: whether it has been carried out.
    """

    def __init__(
        self,
        unit_type: UnitType,
        assignments: tuple[str, ...],
        properties: tuple[Property, ...],
        place: Place,
    ) -> None:
        """Prepare to examine a unit.

        Args:
            unit_type: its type.
            assignments: what was assigned to it.
            properties: what it is started with.
            place: how the manager's part of the system is seen from here.
        """
        self.names = restrictions(unit_type, assignments, properties)
        self._switches = {given.name: True for given in properties if given.value is True}
        self.place = place
        self.early: tuple[Verdict, ...] = ()
        self.verdicts: tuple[Verdict, ...] = ()
        self.is_settled = False

    def get_ready(self) -> None:
        """Load what examining the unit takes, while there is time for it."""
        import runwrap.sandbox.tracing  # noqa: F401

        for name in self.names:
            sees(name)

    @property
    def reads(self) -> tuple[str, ...] | None:
        """The D-Bus properties of the service that it takes; None where it is not just a few."""
        names: list[str] = []
        for name in self.names:
            check = CHECKS[name]
            if check.reads is None:
                return None
            # What is only switched on is meant to be as it was sent.
            asked = () if name in self._switches else check.sources or (name,)
            names += (*asked, *check.reads)
        return tuple(dict.fromkeys(names)) if len(names) <= _FEW else None

    def settle(self, values: Mapping[str, object], waiting: Waiting | None = None) -> None:
        """Examine the unit.

        Args:
            values: its D-Bus properties.
            waiting: the process in it that waits, if there is one.
        """
        evidence = Evidence(
            {**self._switches, **values},
            self.place,
            pid=waiting.pid if waiting is not None else None,
            traced=waiting.traced if waiting is not None else None,
            filters_asked=filters_asked(self.names),
        )
        self.settle_as(examine(self.names, evidence))

    def settle_unknown(self, reason: str, advice: str = "") -> None:
        """Take note that nothing can be told, for that *reason*."""
        self.settle_as(unknown(self.names, reason, advice))

    def settle_as(self, verdicts: tuple[Verdict, ...]) -> None:
        """Take over *verdicts*; what is known not to be in force counts, whatever was seen."""
        known = {verdict.directive: verdict for verdict in self.early}
        self.verdicts = tuple(known.get(verdict.directive, verdict) for verdict in verdicts)
        self.is_settled = True

    @property
    def is_passed(self) -> bool:
        """Whether all restrictions are shown to be in force."""
        in_force = all(verdict.state is State.IN_FORCE for verdict in self.verdicts)
        return self.is_settled and in_force
