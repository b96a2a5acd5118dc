"""The exit status of a result."""

from __future__ import annotations

import pytest

from runwrap.model import Counters, RunResult, Timestamps


@pytest.mark.parametrize(
    ("result", "code", "status", "job_result", "expected"),
    [
        ("success", "exited", 0, "done", 0),
        ("success", "exited", 7, "done", 0),
        ("success", None, None, "canceled", 1),
        ("exit-code", "exited", 7, "done", 7),
        ("exit-code", "exited", 3, "failed", 3),
        ("exit-code", "exited", 0, "done", 1),
        ("signal", "killed", 9, "done", 255),
        ("core-dump", "dumped", 6, "done", 1),
        ("oom-kill", "killed", 9, "done", 1),
        ("timeout", "killed", 15, "done", 1),
        ("resources", None, None, "failed", 1),
    ],
)
def test_exit_status(
    result: str, code: str | None, status: int | None, job_result: str, expected: int
) -> None:
    assert (
        RunResult(
            unit="u.service",
            invocation_id=None,
            command=("true",),
            properties=(),
            result=result,
            code=code,
            status=status,
            job_result=job_result,
            runtime_usec=None,
            timestamps=Timestamps(),
            counters=Counters(),
        ).exit_status
        == expected
    )
