"""A virtual machine says why it failed, and does not run on."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.support.roots import cache_dir
from tests.support.vm import VirtualMachineError, run_in_vm

if TYPE_CHECKING:
    from pathlib import Path


def _left() -> list[Path]:
    return list(cache_dir().glob("vm-*"))


def test_a_script_that_fails() -> None:
    with pytest.raises(VirtualMachineError, match=r"(?s)bookworm: .*status 3.*what went wrong"):
        run_in_vm(
            "bookworm",
            "import sys\nprint('what went wrong', file=sys.stderr)\nsys.exit(3)",
            timeout=120,
        )


def test_a_machine_that_takes_too_long() -> None:
    before = _left()
    began = time.monotonic()
    with pytest.raises(VirtualMachineError, match="did not end within 2 s"):
        run_in_vm("bookworm", "{}", timeout=2)
    assert time.monotonic() - began < 30
    assert _left() == before
