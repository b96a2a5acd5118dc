"""The slice that a process is in, and those below it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runwrap.errors import UsageError
from runwrap.slices import below, own_slice, slice_of

if TYPE_CHECKING:
    from pathlib import Path

_SESSION = "/user.slice/user-1000.slice/user@1000.service"


@pytest.mark.parametrize(
    ("path", "user", "name"),
    [
        ("/system.slice/cron.service", False, "system.slice"),
        ("/a.slice/a-b.slice/x.scope", False, "a-b.slice"),
        ("/a.slice/a-b.slice/x.service/inner", False, "a-b.slice"),
        ("/init.scope", False, "-.slice"),
        ("/x.service", False, "-.slice"),
        ("/", False, None),
        ("/foo/bar", False, None),
        ("/system.slice", False, None),
        (f"{_SESSION}/app.slice/x.service", False, "user-1000.slice"),
        (f"{_SESSION}/app.slice/x.service", True, "app.slice"),
        (f"{_SESSION}/init.scope", True, "-.slice"),
        ("/system.slice/cron.service", True, None),
    ],
)
def test_slice_of(path: str, user: bool, name: str | None) -> None:
    assert slice_of(path, user=user) == name


def test_own_slice(tmp_path: Path) -> None:
    (tmp_path / "cgroup").write_text("4:cpu:/\n0::/a.slice/x.service\n")
    assert own_slice(user=False, process=tmp_path) == "a.slice"
    (tmp_path / "cgroup").write_text("0::/elsewhere\n")
    with pytest.raises(UsageError, match=r"no slice to inherit \(its cgroup is /elsewhere\)"):
        own_slice(user=False, process=tmp_path)
    (tmp_path / "cgroup").write_text("4:cpu:/\n")
    with pytest.raises(UsageError, match="its cgroup is unknown"):
        own_slice(user=False, process=tmp_path)
    with pytest.raises(UsageError, match="No such file"):
        own_slice(user=False, process=tmp_path / "gone")


def test_below() -> None:
    assert below("foo.slice", "bar") == "foo-bar.slice"
    assert below("foo.slice", "bar.slice") == "foo-bar.slice"
    assert below("foo.slice", "") == "foo.slice"
    assert below("-.slice", "bar") == "bar.slice"
    with pytest.raises(UsageError, match="--slice"):
        below("foo.slice", "a--b")
