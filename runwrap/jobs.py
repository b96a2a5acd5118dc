"""What the end of a start job means, in words."""

from __future__ import annotations

from runwrap.errors import JobError

__all__ = ["job_error"]

# Why a service could not be started, by its Result property (systemd.exec(5), $SERVICE_RESULT).
_CAUSES = {
    "resources": "of unavailable resources or another system error",
    "protocol": "the service did not take the steps that its type asks for",
    "timeout": "a time limit was exceeded",
    "exit-code": "the control process exited with an error code",
    "signal": "a fatal signal was delivered to the control process",
    "core-dump": "a fatal signal made the control process dump core",
    "watchdog": "the service failed to send its watchdog ping",
    "start-limit-hit": "it was started too often in too short a time",
    "oom-kill": "it ran out of memory and was killed",
    "exec-condition": "its exec condition was not met",
}

# By the job's own result (org.freedesktop.systemd1(5), Signals, JobRemoved).
_RESULTS = {
    "canceled": "the start of {unit} was cancelled",
    "timeout": "the start of {unit} timed out",
    "dependency": "a dependency of {unit} failed",
    "skipped": "the start of {unit} was skipped, it does not apply in the unit's present state",
    "invalid": "{unit} is not in a state that it could be started from",
    "assert": "an assertion of {unit} failed",
    "unsupported": "units such as {unit} are not supported on this system",
    "collected": "the start job of {unit} was dropped before it ran",
    "once": "{unit} was started once already and cannot be started again",
}


def job_error(unit: str, result: str, service_result: str) -> JobError:
    """Return the error that says why the start job of *unit* did not end as ``done``.

    Args:
        unit: the unit's full name.
        result: the job's result.
        service_result: the unit's ``Result`` property, which tells more about ``failed``.
    """
    if result in _RESULTS:
        message = _RESULTS[result].format(unit=unit)
    else:
        message = f"the start of {unit} failed"
        cause = _CAUSES.get(service_result)
        if cause:
            message += f" because {cause}"
    return JobError(unit, result, message)
