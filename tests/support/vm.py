"""A virtual machine that boots another Debian, runs one Python script as root, and ends.

It is for what namespaces cannot give: a kernel with every cgroup controller, and a systemd that
is the real PID 1 of it. QEMU emulates the processor, so everything in it is some ten times
slower than outside; a boot takes about half a minute.

``python -m tests.support.vm [RELEASE...]`` makes the kernel and the images ahead of a test run.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.support.roots import (
    CHECKOUT,
    RELEASES,
    Root,
    RootError,
    cache_dir,
    compile_inside,
    dependencies,
    kept,
    recipe_hash,
    root,
    run_shown,
)
from tests.support.vm_kernel import kernel

if TYPE_CHECKING:
    from collections.abc import Sequence

DEBIAN_PACKAGES = ("qemu-system-x86", "e2fsprogs", "util-linux")
"""What running them needs on the machine itself, beside what the trees need."""

_MEMORY_MIB = 1024
_SIZE = "2G"
_MAKE_FS = ("mke2fs", "-q", "-t", "ext4", "-m", "0", "-E", "lazy_itable_init=1,root_owner=0:0")

_START = """\
#!/bin/sh
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export HOME=/root LANG=C.UTF-8 PYTHONPATH=/opt/vm:/opt/vm/deps
cd /
python3 /opt/vm/script.py >/run/vm-result 2>/dev/console </dev/null
echo "status $?" | cat - /run/vm-result >/dev/ttyS1
systemctl --force --force poweroff
"""
"""What systemd runs in the virtual machine once its basic system is up."""

_COMMAND_LINE = (
    "console=ttyS0",
    "quiet",
    "panic=-1",
    "mitigations=off",
    "audit=0",
    "apparmor=0",
    "random.trust_cpu=on",
    "systemd.unit=vm-script.service",
)


class VirtualMachineError(RuntimeError):
    """A virtual machine did not end in time, or its script failed."""


def image(tree: Root) -> Path:
    """Return a disk image of *tree*; make it where the cache does not have it.

    Raises:
        RootError: that failed.
    """

    def build(partial: Path) -> None:
        partial.mkdir()
        made = str(partial / "root.img")
        run_shown(f"image-{tree.release}", [*_MAKE_FS, "-d", str(tree.path), made, _SIZE])

    return kept(f"image-{tree.path.name}-{recipe_hash(_SIZE, *_MAKE_FS)}", build) / "root.img"


def _payload(tree: Root, script: str, directory: Path) -> Path:
    """Return a new disk image with runwrap, what it imports, and the *script*."""
    stage = directory / "payload"
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(CHECKOUT / "runwrap", stage / "runwrap", ignore=ignored)
    shutil.copytree(dependencies(tree), stage / "deps")
    (stage / "script.py").write_text(script)
    (stage / "start").write_text(_START)
    (stage / "start").chmod(0o755)
    compile_inside(tree, stage, "/opt/vm", only="runwrap")
    disk = directory / "payload.img"
    run_shown(f"payload-{tree.release}", [*_MAKE_FS, "-d", str(stage), str(disk), "128M"])
    return disk


def _drive(path: Path, name: str, *, writable: bool) -> list[str]:
    # What is written to a snapshot goes to a temporary file that is gone with the machine.
    access = "snapshot=on" if writable else "readonly=on"
    return [
        *("-drive", f"file={path},if=none,id={name},format=raw,{access},cache=unsafe"),
        *("-device", f"virtio-blk-pci,drive={name}"),
    ]


def run_in_vm(release: str, script: str | Path, *, timeout: float) -> dict[str, Any]:
    """Boot *release*, run *script* in it, and return the JSON object that it printed.

    The script is run as root by a service of the real systemd, with runwrap and what it imports
    on its path, so ``python3 -m runwrap`` works in it. What it writes to standard error is in
    the message of the error if it fails.

    Args:
        release: one of :data:`tests.support.roots.RELEASES`.
        script: Python source, or the path of a file of it.
        timeout: seconds for everything from power-on to power-off.

    Raises:
        VirtualMachineError: it did not power off in time, or the script exited with another
            status than 0, or printed something else; the end of the console is in the message.
        RootError: what it boots from cannot be made.
    """
    tree = root(release)
    system = image(tree)
    started = kernel()
    source = script.read_text() if isinstance(script, Path) else script
    with tempfile.TemporaryDirectory(prefix=f"vm-{release}-", dir=cache_dir()) as name:
        directory = Path(name)
        console = directory / "console"
        result = directory / "result"
        argv = ["setpriv", "--pdeathsig", "KILL", "qemu-system-x86_64", "-accel"]
        # QEMU 7.2 loses the flags after cmpxchg16b, which the kernel's allocator relies on.
        argv += ["tcg,thread=single", "-cpu", "max,cx16=off", "-smp", "1", "-m", str(_MEMORY_MIB)]
        argv += ["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"]
        argv += ["-serial", f"file:{console}", "-serial", f"file:{result}"]
        argv += ["-kernel", str(started.image), "-initrd", str(started.initial)]
        argv += ["-append", " ".join(_COMMAND_LINE)]
        argv += _drive(system, "system", writable=True)
        argv += _drive(_payload(tree, source, directory), "payload", writable=False)
        try:
            done = subprocess.run(
                argv,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=timeout,
                check=False,
            )
            problem = f"ended with {done.returncode}: {done.stderr}" if done.returncode else ""
        except subprocess.TimeoutExpired:
            problem = f"did not end within {timeout:g} s"
        text = result.read_text(errors="replace") if result.exists() else ""
        status, _, printed = text.partition("\n")
        if not problem and status.strip() != "status 0":
            problem = f"the script ended with {status.strip() or 'nothing'}:\n{printed}"
        if problem:
            shown = console.read_text(errors="replace")[-6000:] if console.exists() else ""
            raise VirtualMachineError(f"{release}: {problem}\nThe console's end:\n{shown}")
    try:
        answer = json.loads(printed)
    except ValueError as error:
        raise VirtualMachineError(f"{release}: the script printed {printed!r}") from error
    if not isinstance(answer, dict):
        raise VirtualMachineError(f"{release}: the script printed {printed!r}, not an object")
    return answer


def prepare(releases: Sequence[str]) -> None:
    """Make the kernel and the images of *releases*, side by side.

    Raises:
        RootError: one of them cannot be made.
    """
    tools = ("qemu-system-x86_64", "mke2fs", "setpriv")
    missing = [tool for tool in tools if shutil.which(tool) is None]
    if missing:
        raise RootError(f"{', '.join(missing)} not found; needed: {' '.join(DEBIAN_PACKAGES)}")

    def one(release: str) -> None:
        tree = root(release)
        dependencies(tree)
        image(tree)

    with ThreadPoolExecutor(max_workers=len(releases) + 1) as pool:
        fetched = pool.submit(kernel)
        for _ in pool.map(one, releases):
            continue
        fetched.result()


if __name__ == "__main__":
    prepare(sys.argv[1:] or RELEASES)
