"""Which function reads the text of which grammar."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from runwrap.properties import execution, lists, network, scalars

if TYPE_CHECKING:
    from collections.abc import Callable

    from runwrap.model import Property
    from runwrap.properties.table import Directive

__all__ = ["GRAMMARS"]

GRAMMARS: Final[dict[str, Callable[[Directive, str], list[Property]]]] = {
    "action-exit-status": execution.action_exit_status,
    "allow-or-deny-list": lists.allow_or_deny_list,
    "boolean": scalars.boolean,
    "boolean-or-ex-string": scalars.boolean_or_ex_string,
    "cg-cpu-weight-parse": scalars.weight,
    "cg-weight-parse": scalars.weight,
    "cpu-quota": scalars.cpu_quota,
    "directory": execution.directory,
    "exit-status": execution.exit_status,
    "integer": scalars.integer,
    "ioprio-class": execution.ioprio_class,
    "ioprio-priority": execution.ioprio_priority,
    "ip-prefix-list": network.ip_prefix_list,
    "log-facility-unshifted": execution.log_facility,
    "log-level": execution.log_level,
    "nice": execution.nice,
    "nsec": scalars.nsec,
    "octal-mode": scalars.octal_mode,
    "permyriad": scalars.permyriad,
    "resource-limit": execution.resource_limit,
    "sched-policy": execution.sched_policy,
    "signal": execution.signal,
    "size": scalars.size,
    "size-or-percent-or-infinity": scalars.size_or_percent_or_infinity,
    "string": lists.string,
    "string-list": lists.string_list,
    "string-with-ignore": lists.string_with_ignore,
    "strv-cunescape": lists.strv_cunescape,
    "timeout-sec": scalars.timeout_sec,
    "timespan": scalars.timespan,
    "timespan-or-infinity": scalars.timespan_or_infinity,
    "unsigned": scalars.unsigned,
}
"""The grammars that exist, by the name that the table calls them."""
