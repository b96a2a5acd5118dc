"""The account of a run, for people and for programs.

Everything that decides is a function of a :class:`runwrap.model.RunResult`; only
:func:`print_account`, :func:`check_destination` and :func:`write_report` touch the outside.
rich and json are imported where they are needed and not before, since every start of the
command line loads this package.
"""

from __future__ import annotations

from runwrap.report._human import (
    format_bytes,
    format_timespan,
    print_account,
    render,
    render_plain,
)
from runwrap.report._json import SCHEMA_VERSION, as_json, check_destination, write_report
from runwrap.report._names import exit_status_name, signal_name, status_name

__all__ = [
    "SCHEMA_VERSION",
    "as_json",
    "check_destination",
    "exit_status_name",
    "format_bytes",
    "format_timespan",
    "print_account",
    "render",
    "render_plain",
    "signal_name",
    "status_name",
    "write_report",
]
