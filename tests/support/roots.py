"""Root trees of other Debian releases, made once and kept in a cache.

A tree is built by mmdebstrap(1) from the mirror that the machine's own apt is configured with,
under a temporary name, and renamed into place when it is whole; a lock beside it lets two
processes ask for the same tree at once. Its directory name carries a hash of the recipe, so a
changed recipe makes a new tree. Nothing ever writes to a finished tree.

``python -m tests.support.roots [RELEASE...]`` builds them ahead of a test run, with progress on
standard error (pytest would swallow it).
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import threading
import time
import tomllib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.roots_sources import debian_archive

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

CHECKOUT = Path(__file__).resolve().parents[2]
"""The top of the source tree that is tested."""

DEBIAN_PACKAGES = ("mmdebstrap", "debian-archive-keyring", "util-linux")
"""What building the trees needs on the machine itself."""

RELEASES = ("bookworm", "trixie", "forky")
"""Debian 12 (systemd 252), 13 (systemd 257) and the one after it (systemd 262)."""

USER = "tester"
UID = 1000

_PACKAGES = (
    "systemd",
    "systemd-sysv",
    "dbus",
    "dbus-user-session",
    "libpam-systemd",
    "libseccomp2",
    "python3",
    "passwd",
    "procps",
    "util-linux",
    "iproute2",
    # Containers, and other machines over ssh.
    "systemd-container",
    "openssh-server",
    "openssh-client",
    # What asks for passwords, and programs that want a terminal.
    "polkitd",
    "vim-tiny",
    "less",
)

_NOT_INSIDE = ("mypy", "ruff", "types-", "pytest-xdist")
"""What of the test extra is for this side only."""

_MASKED = (
    "apt-daily.timer",
    "apt-daily-upgrade.timer",
    "console-getty.service",
    "dpkg-db-backup.timer",
    "e2scrub_all.timer",
    "e2scrub_reap.service",
    "fstrim.timer",
    "getty.target",
    "modprobe@.service",
    "ssh.service",
    "ssh.socket",
    "sys-kernel-debug.mount",
    "sys-kernel-tracing.mount",
    "systemd-modules-load.service",
    "systemd-networkd.service",
    "systemd-networkd.socket",
    "systemd-networkd-wait-online.service",
    "systemd-pstore.service",
    "systemd-timesyncd.service",
    "systemd-tmpfiles-clean.timer",
)
"""Units that only cost time, or wake up in the middle of a test."""

_FINISH = f"""\
set -eu
useradd --uid {UID} --user-group --create-home --shell /bin/bash {USER}
mkdir -p /var/lib/systemd/linger
: > /var/lib/systemd/linger/{USER}
printf '127.0.0.1 localhost\\n::1 localhost ip6-localhost ip6-loopback\\n' > /etc/hosts
: > /etc/resolv.conf
: > /etc/fstab
printf 'runwrap-test\\n' > /etc/hostname
: > /etc/machine-id
mkdir -p /opt/runwrap /opt/deps /opt/vm
ln -sf /lib/systemd/system/multi-user.target /etc/systemd/system/default.target
for unit in {" ".join(_MASKED)}; do
    ln -sf /dev/null "/etc/systemd/system/$unit"
done
cat > /etc/systemd/system/vm-script.service <<END
[Unit]
Requires=dbus.socket
After=dbus.socket
[Service]
Type=oneshot
ExecStart=/opt/vm/start
END
touch /etc/.updated /var/.updated
"""
"""Run by a shell inside the new tree, as the last step."""

_OPTIONS = (
    "--variant=minbase",
    '--aptopt=APT::Sandbox::User "root"',
    "--dpkgopt=force-unsafe-io",
    "--dpkgopt=path-exclude=/usr/share/doc/*",
    "--dpkgopt=path-exclude=/usr/share/man/*",
    "--dpkgopt=path-exclude=/usr/share/locale/*",
)


class RootError(RuntimeError):
    """A tree, or something kept beside the trees, could not be made."""


@dataclass(frozen=True, slots=True)
class Root:
    """One finished tree.

    Attributes:
        release: Debian's code name of it.
        path: the directory, never to be written to.
        python_version: ``"3.13"`` and the like, of its ``/usr/bin/python3``.
    """

    release: str
    path: Path
    python_version: str


def cache_dir() -> Path:
    """Return the directory that keeps everything, from RUNWRAP_TEST_CACHE or XDG_CACHE_HOME."""
    chosen = os.environ.get("RUNWRAP_TEST_CACHE")
    if chosen:
        path = Path(chosen)
    else:
        base = os.environ.get("XDG_CACHE_HOME")
        path = (Path(base) if base else Path.home() / ".cache") / "runwrap-tests"
    path.mkdir(parents=True, exist_ok=True)
    return path.resolve()


_START = time.monotonic()
_SAY = threading.Lock()


def progress(what: str, line: str) -> None:
    """Say on standard error that the making of *what* has come to *line*."""
    with _SAY:
        print(f"[{time.monotonic() - _START:5.0f} s] {what}: {line}", file=sys.stderr, flush=True)


def recipe_hash(*parts: str) -> str:
    """Return ten hexadecimal digits that change when any of *parts* does."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:10]


def kept(name: str, build: Callable[[Path], None]) -> Path:
    """Return the directory *name* in the cache; make it with *build* where it is missing.

    Args:
        name: the name below the cache directory.
        build: is given a path, not there yet, and makes the directory at it.

    Returns:
        The finished directory.

    Raises:
        Exception: what *build* raised; nothing is kept then.
    """
    place = cache_dir() / name
    if place.is_dir():
        return place
    with _locked(place):
        if place.is_dir():
            return place
        partial = place.with_name(f".{name}.partial")
        remove_tree(partial)
        began = time.monotonic()
        try:
            build(partial)
            partial.rename(place)
        except BaseException:
            remove_tree(partial)
            raise
        progress(name, f"made in {time.monotonic() - began:.0f} s")
    return place


@contextlib.contextmanager
def _locked(place: Path) -> Iterator[None]:
    """Hold the lock of *place* against every other process and thread."""
    with place.with_name(f".{place.name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress(place.name, "waiting for another process that makes it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def remove_tree(path: Path) -> None:
    """Remove *path* and what is below it, without crossing into other file systems."""
    if path.exists():
        subprocess.run(["rm", "-rf", "--one-file-system", "--", str(path)], check=True)


def run_shown(
    what: str, argv: Sequence[str], *, env: Mapping[str, str] | None = None, cwd: Path | None = None
) -> None:
    """Run *argv* and pass each line that it prints on to :func:`progress`.

    Raises:
        RootError: it did not exit with 0; the message ends with the last lines it printed.
    """
    tail: list[str] = []
    with subprocess.Popen(
        list(argv),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env=None if env is None else dict(env),
        cwd=cwd,
    ) as process:
        assert process.stdout is not None
        for raw in process.stdout:
            line = raw.rstrip()
            if line:
                tail = [*tail[-40:], line]
                progress(what, line)
    if process.returncode != 0:
        said = "\n".join(tail)
        raise RootError(f"{what}: {argv[0]} ended with {process.returncode}:\n{said}")


def bootstrap(
    what: str,
    release: str,
    target: str,
    *,
    packages: Sequence[str],
    options: Sequence[str] = (),
    env: Mapping[str, str] | None = None,
) -> None:
    """Run mmdebstrap(1) for *release* into *target*, in a mount namespace of its own.

    The release after the stable one may be served with a release file that is past its date,
    and signed with a key that this machine does not have; only if the key is really unknown is
    the tree made without checking it.

    Raises:
        RootError: it failed.
    """
    archive = debian_archive()
    lenient = ["--aptopt=Acquire::Check-Valid-Until false"] if release == RELEASES[-1] else []

    sources = [
        archive.line(release),
        replace(archive, signed_by=None).line(release),
        archive.line(release, trusted=True),
    ]
    steps = ("trying every key that this machine has", "not known here; going on without a check")
    for source, next_step in zip(sources, (*steps, None), strict=True):
        argv = ["unshare", "--mount", "--propagation", "private", "mmdebstrap", *_OPTIONS]
        argv += [f"--include={','.join(packages)}", *lenient, *options]
        try:
            run_shown(what, [*argv, release, target, source], env=env)
        except RootError as error:
            if next_step is None or "NO_PUBKEY" not in str(error):
                raise
            progress(what, f"the key of this release: {next_step}")
            remove_tree(Path(target))
        else:
            return


def root(release: str) -> Root:
    """Return the tree of *release*; build it where the cache does not have it.

    Raises:
        RootError: it cannot be built.
    """
    key = recipe_hash(release, *_PACKAGES, *_OPTIONS, _FINISH)

    def build(partial: Path) -> None:
        # By way of the environment, since mmdebstrap shows each hook in its progress.
        hook = '--customize-hook=chroot "$1" sh -c "$FINISH"'
        env = {**os.environ, "FINISH": _FINISH}
        bootstrap(release, release, str(partial), packages=_PACKAGES, options=[hook], env=env)

    path = kept(f"{release}-{key}", build)
    python = (path / "usr/bin/python3").readlink().name
    return Root(release, path, python.removeprefix("python"))


def dependencies(tree: Root) -> Path:
    """Return a directory of what runwrap and its unit tests import, for the Python of *tree*.

    The names come from pyproject.toml; pip(1) of the running Python fetches wheels for the
    other version, and the tree's own Python compiles them.

    Raises:
        RootError: pip or the compilation failed.
    """
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]
    extras: list[str] = project["optional-dependencies"]["test"]
    tools = tuple(name for name in extras if not name.startswith(_NOT_INSIDE))
    wanted: list[str] = [*project["dependencies"], *tools]
    version = tree.python_version

    def build(partial: Path) -> None:
        argv = [sys.executable, "-m", "pip", "install", "-qq", "--no-input", "--no-compile"]
        argv += ["--root-user-action=ignore", "--target", str(partial), "--implementation", "cp"]
        argv += ["--python-version", version, "--only-binary", ":all:", *wanted]
        run_shown(f"deps-{version}", argv, cwd=CHECKOUT)
        compile_inside(tree, partial, "/opt/deps")

    return kept(f"deps-{version}-{recipe_hash(*wanted)}", build)


def compile_inside(tree: Root, directory: Path, place: str, *, only: str = "") -> None:
    """Byte-compile what is in *directory* with the Python of *tree*.

    Args:
        tree: whose Python does it.
        directory: is written to.
        place: an empty directory of the tree, where *directory* will be when it is used.
        only: the directory below it to compile; all by default.

    Raises:
        RootError: the compilation failed.
    """
    script = 'mount --bind "$1" "$2$3" && exec chroot "$2" "$4" -m compileall -q "$3/$5"'
    script += " --invalidation-mode unchecked-hash"
    argv = ["unshare", "--mount", "--propagation", "private", "sh", "-c", script, "sh"]
    argv += [str(directory), str(tree.path), place, f"/usr/bin/python{tree.python_version}", only]
    run_shown(f"compile-{tree.python_version}", argv, env={"PATH": os.environ["PATH"]})


@cache
def systemd_version(tree: Root) -> int:
    """Return the major version of the systemd in *tree*, such as 257."""
    said = subprocess.run(
        ["chroot", str(tree.path), "/usr/bin/systemctl", "--version"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    match = re.match(r"systemd (\d+)", said)
    if match is None:
        raise RootError(f"{tree.release}: systemctl --version says {said!r}")
    return int(match[1])


def prepare(releases: Sequence[str]) -> list[Root]:
    """Build the trees of *releases* and their dependencies, side by side."""
    missing = [tool for tool in ("mmdebstrap", "unshare", "chroot") if shutil.which(tool) is None]
    if missing:
        raise RootError(f"{', '.join(missing)} not found; needed: {' '.join(DEBIAN_PACKAGES)}")

    def one(release: str) -> Root:
        tree = root(release)
        dependencies(tree)
        return tree

    with ThreadPoolExecutor(max_workers=len(releases)) as pool:
        return list(pool.map(one, releases))


if __name__ == "__main__":
    for made in prepare(sys.argv[1:] or RELEASES):
        print(made.release, made.path, made.python_version, systemd_version(made))
