"""``--exposure`` and ``--max-exposure``: how exposed a service is, told or limited."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shlex
import signal
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, TypeVar

from runwrap.cli.managers import ask_version, plan_for
from runwrap.cli.request import Where
from runwrap.cli.say import say
from runwrap.errors import ExposureError, UsageError, printable
from runwrap.model import LaunchSpec
from runwrap.properties import NEWEST
from runwrap.properties.unit_names import unit_name
from runwrap.sandbox.exposure import level_of, rate, rate_loaded

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine

    from runwrap.cli.request import Request
    from runwrap.model import TransientUnit
    from runwrap.plan import Plan
    from runwrap.sandbox.exposure import Exposure

__all__ = ["check_level", "rating_meanwhile", "show_exposure"]

_T = TypeVar("_T")

_PLACEHOLDER: Final = ("/bin/sh",)
"""The command that is meant where there is none: no rating depends on it."""

_MOST: Final = 3
"""How many directives are told that would gain most."""

_DOCUMENT_VERSION: Final = 1


def show_exposure(request: Request) -> int:
    """Print how exposed the service of *request* is; nothing is started.

    Without a command or anything else, a unit of the name that is given is meant that is
    loaded already.

    Returns:
        The exit status.

    Raises:
        ExposureError: it cannot be rated, or is above the level that is allowed, after printing.
        RunwrapError: a start would be refused for the same reason.
        OSError: standard output cannot be written to.
    """
    spec = request.spec
    if spec.unit is not None and spec == LaunchSpec(unit=spec.unit):
        name = unit_name(spec.unit, "service")
        exposure = _completed(rate_loaded(name, _options(request)))
    else:
        plan = plan_for(
            request if spec.command else replace(request, spec=replace(spec, command=_PLACEHOLDER))
        )
        unit = _rated_unit(request, plan)
        name = unit.name
        exposure = _completed(rate(unit, user=_is_user(request)))
    for complaint in exposure.complaints:
        say(f"runwrap: warning: systemd-analyze: {printable(complaint)}")
    is_json = request.json is not None
    sys.stdout.write(_as_json(request, name, exposure) if is_json else _as_text(exposure))
    sys.stdout.flush()
    if request.max_exposure is not None and exposure.level > request.max_exposure:
        raise _excess(request.max_exposure, name, exposure)
    return 0


def check_level(request: Request, plan: Plan) -> float:
    """Return the exposure level of the service of *plan*.

    Raises:
        ExposureError: it is above the level that *request* allows, or cannot be rated.
    """
    assert request.max_exposure is not None
    unit = _rated_unit(request, plan)
    level = _completed(level_of(unit, user=_is_user(request))).level
    if level > request.max_exposure:
        exposure = _completed(rate(unit, user=_is_user(request)))
        raise _excess(request.max_exposure, f"{unit.name} was not started: it", exposure)
    return level


@contextlib.asynccontextmanager
async def rating_meanwhile(request: Request, plan: Plan) -> AsyncIterator[asyncio.Task[float]]:
    """Rate the service of *plan* in a task, which is ended with the context."""
    *_, unit = plan.units

    async def rated() -> float:
        return (await level_of(unit, user=_is_user(request))).level

    rating = asyncio.get_running_loop().create_task(rated())
    try:
        yield rating
    finally:
        rating.cancel()
        await asyncio.gather(rating, return_exceptions=True)


def _completed(rating: Coroutine[Any, Any, _T]) -> _T:
    """Return what *rating* comes to; a signal ends this process as ever, but leaves nothing."""
    interrupted: list[int] = []

    async def interruptible() -> _T:
        loop = asyncio.get_running_loop()
        task = loop.create_task(rating)

        def interrupt(number: int) -> None:
            interrupted.append(number)
            task.cancel()

        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            # A signal that the caller has ignored (nohup) stays so.
            if signal.getsignal(number) is not signal.SIG_IGN:
                loop.add_signal_handler(number, interrupt, number)
        return await task

    try:
        return asyncio.run(interruptible())
    finally:
        for number in interrupted:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)


def _rated_unit(request: Request, plan: Plan) -> TransientUnit:
    """Return the service of *plan* as its manager will have it."""
    if plan.spec.root_directory is not None:
        # Managers that take a descriptor of it have no RootDirectory= for it, which is rated.
        plan = plan.at(ask_version(request.destination).systemd or NEWEST)
    return plan.units[-1]


def _is_user(request: Request) -> bool:
    return request.where is Where.USER


def _options(request: Request) -> list[str]:
    """Return what leads systemd's tools to the manager of *request*."""
    destination = request.destination
    if destination.where is Where.EMBEDDED:
        raise UsageError(
            "there is no such unit yet: a private manager is started for a command;"
            " --exposure with a command, or with --property=, rates that"
        )
    if destination.capsule is not None:
        raise UsageError("--exposure cannot be had of a unit of a capsule: systemd-analyze cannot")
    return destination.options.split()


def _excess(limit: float, name: str, exposure: Exposure) -> ExposureError:
    return ExposureError(
        f"{name} is rated {exposure.level:.1f} {exposure.rating}, above --max-exposure={limit:g}",
        hints=[
            f"--property={shlex.quote(gain.assignment)} would make it {gain.level:.1f}"
            for gain in (exposure.gains or ())[:_MOST]
        ],
    )


def _as_text(exposure: Exposure) -> str:
    lines = [f"Exposure: {exposure.level:.1f} {exposure.rating} (from 0, the least, to 10)"]
    rows = exposure.open
    if rows:
        width = max(len(row.name) for row in rows)
        lines += ["", f"COST  {'OPEN':{width}}  MEANING"]
        lines += [f"{row.cost or 0:4.1f}  {row.name:{width}}  {row.description}" for row in rows]
    if exposure.gains is None:
        lines += ["", "Would gain most: not known; the file of the unit cannot be read from here"]
    elif exposure.gains:
        best, *others = (f"{gain.assignment} (then {gain.level:.1f})" for gain in exposure.gains)
        lines += ["", f"Would gain most: {best}"]
        lines += [f"Next, each by itself: {', '.join(others[: _MOST - 1])}"] if others else []
    return "".join(f"{line}\n" for line in lines)


def _as_json(request: Request, name: str, exposure: Exposure) -> str:
    """Return one JSON object, laid out as systemd's tools do."""
    document = {
        "schema": _DOCUMENT_VERSION,
        "unit": name,
        "exposure": exposure.level,
        "rating": exposure.rating,
        "findings": [
            {
                "name": finding.name,
                "description": finding.description,
                "set": finding.is_set,
                "cost": finding.cost,
            }
            for finding in exposure.findings
        ],
        "gains": None
        if exposure.gains is None
        else [{"assignment": gain.assignment, "exposure": gain.level} for gain in exposure.gains],
    }
    if request.json == "pretty":
        return json.dumps(document, indent="\t", separators=(",", " : ")) + "\n"
    return json.dumps(document, separators=(",", ":")) + "\n"
