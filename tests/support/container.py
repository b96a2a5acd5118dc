"""A container in a booted machine, registered with its systemd-machined; a context manager."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from tests.system.places import Place

__all__ = ["Container"]

# A writable view of the machine's own tree; what is mounted there is not part of it.
_PREPARE = """\
set -e
mkdir -p "$1"
mount -t tmpfs container "$1"
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/root"
echo "$2" > "$1/root/etc/hostname"
: > "$1/root/etc/machine-id"
"""


class Container:
    """A container made by systemd-nspawn, with the same system in it as around it.

    Attributes:
        name: the machine's name, and its host name.
    """

    def __init__(
        self, place: Place, name: str, *, own_users: bool = False, boots: bool = True
    ) -> None:
        """Prepare the container; nothing is started yet.

        Args:
            place: a whole system.
            name: what to call it.
            own_users: whether it has a user namespace, with numbers of its own.
            boots: whether systemd runs in it, or only a program that sleeps.
        """
        self.name = name
        self._place = place
        self._directory = f"/run/containers/{name}"
        self._options = ["--private-users=pick"] if own_users else ["--private-users=no"]
        self._options += (
            ["--boot", "--notify-ready=yes"] if boots else ["--as-pid2", "sleep", "infinity"]
        )

    def __enter__(self) -> Self:
        """Start it; return when it has come up."""
        self._run("sh", "-c", _PREPARE, "sh", self._directory, self.name)
        self._run(
            *("systemd-run", "--quiet", f"--unit=container-{self.name}", "--service-type=notify"),
            *("-pDelegate=yes", "-pNotifyAccess=all", "-pKillMode=mixed", "-pTimeoutStopSec=5"),
            *("systemd-nspawn", f"--machine={self.name}", f"--directory={self._directory}/root"),
            *self._options,
        )
        return self

    def __exit__(self, *_: object) -> None:
        """End it, with everything in it."""
        self._run("systemctl", "kill", "--signal=KILL", f"container-{self.name}")
        self._run("systemctl", "stop", f"container-{self.name}")
        self._run("umount", f"{self._directory}/root")
        self._run("umount", self._directory)

    def leader(self) -> str:
        """Return the number of its init, as the machine sees it."""
        return self._run("machinectl", "show", "--value", "-p", "Leader", self.name).strip()

    def _run(self, *command: str) -> str:
        done = self._place.run(*command)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout
