"""Show what a request would send to its manager, and start nothing."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from runwrap.cgroups import absent_controllers
from runwrap.cli.managers import ask_version, plan_for
from runwrap.cli.request import Where
from runwrap.cli.say import say
from runwrap.dry_run import as_document, as_unit_files
from runwrap.last_reading import keeps_io_counters
from runwrap.model import Enforce
from runwrap.properties import NEWEST

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runwrap.cli.request import Request
    from runwrap.plan import Plan
    from runwrap.units import UnitType

__all__ = ["show"]


def _tell_of_examination(request: Request, plan: Plan, controllers: Mapping[str, str]) -> None:
    """Say what is known not to be in force, and what a start does to find out."""
    if request.enforce is Enforce.OFF or not (plan.executable or plan.spec.scope):
        return
    from runwrap.sandbox.enforcement import known_before, restrictions

    unit_type: UnitType = "scope" if plan.spec.scope else "service"
    names = restrictions(unit_type, plan.properties, plan.unit_properties)
    properties = plan.unit_properties
    for verdict in known_before(names, properties, controllers, user=request.where is Where.USER):
        say(f"runwrap: warning: {verdict.directive}= will not be in force: {verdict.evidence}")
    if names and not plan.spec.scope:
        say(
            "runwrap: a start has a shell in the place of the command, or makes another unit with"
            f" one, until it has been seen that these are in force: {', '.join(names)}"
        )


def show(request: Request, form: str) -> None:
    """Print what *request* would send.

    Args:
        request: what is asked for.
        form: ``unit`` for a unit file, ``json`` for a JSON document.

    Raises:
        RunwrapError: a start would be refused for the same reason.
        OSError: standard output cannot be written to.
    """
    # What is wrong for every manager needs no manager to be found.
    plan = plan_for(request)
    if request.max_exposure is not None:
        from runwrap.cli.exposure import check_level

        check_level(request, plan)
    version = ask_version(request.destination)
    if version.systemd is None:
        say(f"runwrap: no manager tells its version, systemd {NEWEST} is meant: {version.reason}")
    systemd = version.systemd or NEWEST
    plan = plan.at(systemd)
    # Those of a private manager are not known before it is there, those of others never.
    here = request.destination.is_here and request.where is not Where.EMBEDDED
    controllers = absent_controllers() if here else {}
    for warning in plan.warnings:
        say(f"runwrap: warning: {warning}")
    _tell_of_examination(request, plan, controllers)
    asked = [given.value for given in plan.unit.properties if given.name == "IOAccounting"]
    if plan.wait and asked[-1:] == [True] and not keeps_io_counters(version.systemd):
        say(
            "runwrap: a start adds two ExecStopPost= commands, which hold the unit at its end"
            " until its I/O counters have been read"
        )
    units = list(plan.units)
    if form == "json":
        text = as_document(
            units, systemd=systemd, manager_version=version.text, mode=plan.spec.job_mode
        )
    else:
        text = as_unit_files(units)
    sys.stdout.write(text)
    sys.stdout.flush()
