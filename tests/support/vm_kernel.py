"""A kernel for the virtual machines, and the smallest initial file system that starts them.

The kernel is Debian's for cloud machines. It has ext4 and virtio's PCI transport built in; the
block driver is a module. So the initial file system is one static busybox(1), that module, and
a shell script of a few lines.
"""

from __future__ import annotations

import lzma
import re
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.support.roots import RootError, bootstrap, kept, progress, recipe_hash, remove_tree

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_RELEASE = "trixie"
_PACKAGES = ("linux-image-cloud-amd64", "busybox-static")
_DRIVER = "virtio_blk"

_INIT = """\
#!/bin/busybox sh
/bin/busybox mount -t devtmpfs dev /dev
for module in /modules/*; do /bin/busybox insmod $module; done
/bin/busybox mount -t ext4 /dev/vda /root
/bin/busybox mount -t ext4 -o ro /dev/vdb /root/opt/vm
/bin/busybox mount -o move /dev /root/dev
exec /bin/busybox switch_root /root /lib/systemd/systemd
"""

_REGULAR = 0o100000
_DIRECTORY = 0o040000


@dataclass(frozen=True, slots=True)
class Kernel:
    """The two files that QEMU starts from."""

    image: Path
    initial: Path


def newc(entries: Sequence[tuple[str, int, bytes]]) -> bytes:
    """Return an archive in the new ASCII format of cpio(5) from names, modes and contents."""
    archive = bytearray()
    for number, (name, mode, content) in enumerate((*entries, ("TRAILER!!!", 0, b"")), start=1):
        fields = (number, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name) + 1, 0)
        archive += b"070701" + b"".join(b"%08X" % field for field in fields)
        archive += name.encode() + b"\0"
        archive += bytes(-len(archive) % 4)
        archive += content
        archive += bytes(-len(archive) % 4)
    return bytes(archive)


def _modules(tree: Path, wanted: str) -> list[tuple[str, bytes]]:
    """Return the module *wanted* after all that it depends on, by name, uncompressed.

    Raises:
        RootError: there is no such module.
    """
    file_name = re.compile(rf"{wanted.replace('_', '[-_]')}\.ko\.xz")
    found = [
        path
        for path in (tree / "usr/lib/modules").rglob("*.ko.xz")
        if file_name.fullmatch(path.name)
    ]
    if not found:
        raise RootError(f"the kernel has no module {wanted}")
    content = lzma.decompress(found[0].read_bytes())
    match = re.search(rb"\0depends=([^\0]*)\0", content)
    needed = match[1].decode().split(",") if match is not None and match[1] else []
    return [module for name in needed for module in _modules(tree, name)] + [(wanted, content)]


def _initial(tree: Path) -> bytes:
    """Return the initial file system for the kernel in *tree*."""
    busybox = (tree / "usr/bin/busybox").read_bytes()
    entries = [(name, _DIRECTORY | 0o755, b"") for name in ("bin", "dev", "modules", "root")]
    entries += [("bin/busybox", _REGULAR | 0o755, busybox)]
    entries += [("init", _REGULAR | 0o755, _INIT.encode())]
    for number, (_, content) in enumerate(_modules(tree, _DRIVER)):
        entries.append((f"modules/{number:02}", _REGULAR | 0o644, content))
    return newc(entries)


def kernel() -> Kernel:
    """Return the kernel; fetch it and pack its initial file system where the cache has neither.

    Raises:
        RootError: that failed.
    """

    def build(partial: Path) -> None:
        partial.mkdir()
        tree = partial / "tree"
        # Unpacked only: the packages' scripts would spend half a minute on an initrd of their own.
        bootstrap("kernel", _RELEASE, str(tree), packages=_PACKAGES, options=["--variant=extract"])
        (image,) = (tree / "boot").glob("vmlinuz-*")
        progress("kernel", image.name)
        shutil.copyfile(image, partial / "vmlinuz")
        (partial / "initrd").write_bytes(_initial(tree))
        remove_tree(tree)

    place = kept(f"kernel-{recipe_hash(_RELEASE, *_PACKAGES, _DRIVER, _INIT)}", build)
    return Kernel(place / "vmlinuz", place / "initrd")
