"""A real sshd in a booted machine, on its loopback interface; a context manager.

Both ends are the same machine: root there is the client, with keys made for the occasion, and
``~/.ssh/config`` names a few other hosts that are all this one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from tests.system.places import Place

__all__ = ["SshServer"]

_DIRECTORY = "/run/far"
_PORT = 2222

_SERVER = f"""\
Port {_PORT}
ListenAddress 127.0.0.1
ListenAddress ::1
HostKey {_DIRECTORY}/host
AuthorizedKeysFile {_DIRECTORY}/authorized/%u
PasswordAuthentication no
KbdInteractiveAuthentication no
PidFile none
UsePAM yes
"""

_CLIENT = f"""\
Host far ::1
    IdentityFile {_DIRECTORY}/key
Host unsure
    IdentityFile {_DIRECTORY}/key
    StrictHostKeyChecking ask
Host stranger unsure
    UserKnownHostsFile /dev/null
Host far stranger unsure keyless
    HostName 127.0.0.1
    Port {_PORT}
Host *
    IdentityFile {_DIRECTORY}/key-of-nobody
    IdentitiesOnly yes
    UserKnownHostsFile {_DIRECTORY}/known
    GlobalKnownHostsFile none
    StrictHostKeyChecking yes
"""

# A route through the loopback interface to an address that is not there takes packets and gives
# nothing back.
_PREPARE = f"""\
set -e
mkdir -p {_DIRECTORY}/authorized /run/sshd /root/.ssh
cd {_DIRECTORY}
for name in host key key-of-nobody; do ssh-keygen -q -t ed25519 -N '' -f "$name"; done
cp key.pub authorized/root
printf 'command="systemd-stdio-bridgeless" %s\\n' "$(cat key.pub)" > authorized/tester
echo "[127.0.0.1]:{_PORT},[::1]:{_PORT} $(cut -d' ' -f1,2 host.pub)" > known
cat > sshd_config
printf '%s' "$1" > /root/.ssh/config
ip route add 192.0.2.0/24 dev lo
"""


class SshServer:
    """An sshd that lets root in by a key, and the test user, for whom the bridge is missing.

    Hosts that root's ssh there can be told to go to: ``far`` is this machine; so are
    ``stranger``, whose host key is not known, ``unsure``, where ssh asks whether it is right, and
    ``keyless``, which does not let in; nothing answers from `silent`.
    """

    far = "far"
    silent = "192.0.2.2"

    def __init__(self, place: Place) -> None:
        """Prepare the server; nothing is started yet."""
        self._place = place

    def __enter__(self) -> Self:
        """Start it."""
        done = self._place.run("sh", "-c", _PREPARE, "sh", _CLIENT, text=_SERVER)
        assert done.returncode == 0, done.stderr
        done = self._place.systemd_run(
            *("--quiet", "--unit=far", "--service-type=notify"),
            *("/usr/sbin/sshd", "-D", "-f", f"{_DIRECTORY}/sshd_config"),
        )
        assert done.returncode == 0, done.stderr
        return self

    def __exit__(self, *_: object) -> None:
        """Stop it, and remove what was made for it."""
        for command in (
            ["systemctl", "stop", "far"],
            ["rm", "-r", _DIRECTORY, "/root/.ssh"],
            ["ip", "route", "del", "192.0.2.0/24", "dev", "lo"],
        ):
            done = self._place.run(*command)
            assert done.returncode == 0, done.stderr
