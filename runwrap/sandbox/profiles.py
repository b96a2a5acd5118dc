"""The profiles that are always there: lists of directives, with a reason for each.

What a profile does to the network and to files is told in two words, and becomes directives in
`runwrap.sandbox.expand_profile`, which knows what is to be opened. Meanings of directives are
those of systemd.exec(5) and systemd.resource-control(5).
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

__all__ = ["BUILT_IN", "Directive", "Files", "Network", "Only", "Profile"]


class Only(Enum):
    """Where a directive of a profile is wanted."""

    EVERYWHERE = "everywhere"
    SYSTEM = "system"
    """With the system's manager, or a private one: it does nothing with a user's."""
    ROOT = "root"
    """For a command that runs as root."""
    NOT_ROOT = "not-root"
    """For a command that runs as another user."""
    DYNAMIC = "dynamic"
    """With the system's manager, for a command that gets a user of its own."""
    SHARED = "shared"
    """For a command whose user has other processes, too."""
    SHARED_APART = "shared-apart"
    """The same, with a system's manager that can give it a PID namespace."""
    MEMORY = "memory"
    """Where the memory controller is there."""
    NO_MEMORY = "no-memory"
    PIDS = "pids"
    """Where the pids controller is there."""
    NO_PIDS = "no-pids"


class Network(Enum):
    """What of the network a profile leaves."""

    HOST = "host"
    """All of it."""
    NONE = "none"
    """Nothing."""
    LOOPBACK = "loopback"
    """A loopback interface of the unit's own."""
    ALLOWED = "allowed"
    """What ``--allow-net`` names, and where that is nothing, a loopback of the unit's own."""
    LISTED = "listed"
    """What ``--allow-net`` names, which is needed."""


class Files(Enum):
    """What of the file system a profile leaves."""

    HOST = "host"
    """All of it."""
    OFFLINE = "offline"
    """All but the system and ``/run``, where services listen."""
    READ_ONLY = "read-only"
    """It can be read, but for ``/run``; there is a ``/tmp`` of the unit's own."""
    HIDDEN = "hidden"
    """``/usr``, ``/etc`` and ``/opt`` can be read; there is a ``/tmp`` of the unit's own."""


class Directive(NamedTuple):
    """One directive of a profile.

    Attributes:
        assignment: as in a unit file.
        reason: what it is for, one line.
        only: where it is wanted.
    """

    assignment: str
    reason: str
    only: Only = Only.EVERYWHERE

    @property
    def name(self) -> str:
        """The name that is assigned to."""
        return self.assignment.partition("=")[0]


class Profile(NamedTuple):
    """A profile, free of where it is used.

    Attributes:
        name: what ``--sandbox`` calls it.
        description: one line on what it is for.
        network: what it leaves of the network.
        files: what it leaves of the file system.
        directives: the rest, in the order in which they are applied.
        added: what is applied after all else, and so overrides it.
        read: paths that it opens for reading.
        write: paths that it opens for writing.
        allow_net: what it allows of the network, as for ``--allow-net``.
        origin: the file that it is from, or "" for one that is always there.
    """

    name: str
    description: str
    network: Network
    files: Files
    directives: tuple[Directive, ...] = ()
    added: tuple[Directive, ...] = ()
    read: tuple[str, ...] = ()
    write: tuple[str, ...] = ()
    allow_net: tuple[str, ...] = ()
    origin: str = ""


_KERNEL = (
    Directive("NoNewPrivileges=yes", "set-user-ID programs give no privileges"),
    Directive("RestrictSUIDSGID=yes", "leaves no set-user-ID file for others to fall for"),
    Directive("PrivateMounts=yes", "mounts stay within"),
    Directive("PrivateDevices=yes", "no disks, no kernel memory, no input devices"),
    Directive("ProtectKernelTunables=yes", "/proc/sys and /sys are read-only"),
    Directive("ProtectKernelModules=yes", "no modules are loaded"),
    Directive("ProtectKernelLogs=yes", "the kernel's log is neither read nor written"),
    Directive("ProtectClock=yes", "the clock is not set"),
    Directive("ProtectHostname=yes", "the host's name is not set"),
    Directive("ProtectControlGroups=yes", "limits are not lifted by writing to control groups"),
    Directive("RestrictNamespaces=yes", "no namespaces, where one has all capabilities"),
    Directive("RestrictRealtime=yes", "takes no processor for itself alone"),
    Directive("LockPersonality=yes", "no other kind of system calls"),
    Directive("SystemCallArchitectures=native", "other kinds of system calls evade filters"),
    Directive("SystemCallErrorNumber=EPERM", "a call that is refused fails, and does not kill"),
)

_ORDINARY = (
    *_KERNEL,
    Directive("PrivateUsers=yes", "no way into the user's other processes", Only.NOT_ROOT),
    Directive("CapabilityBoundingSet=", "no capabilities", Only.NOT_ROOT),
    Directive(
        "CapabilityBoundingSet=CAP_CHOWN CAP_DAC_OVERRIDE CAP_FOWNER CAP_FSETID",
        "root's way with files, and none into other processes or the network",
        Only.ROOT,
    ),
    Directive(
        "SystemCallFilter=~io_uring_setup io_uring_enter io_uring_register",
        "io_uring makes sockets past the filter of address families",
    ),
    Directive("PrivateIPC=yes", "no shared memory or message queues of others"),
    Directive("SystemCallFilter=~@debug @keyring", "no way into other processes and their keys"),
)

_CONFINED = (
    Directive("DynamicUser=yes", "a user that owns nothing and is nobody else", Only.DYNAMIC),
    *_KERNEL,
    Directive("PrivateUsers=yes", "no other users, and no way into their processes"),
    Directive("CapabilityBoundingSet=", "no capabilities"),
    Directive("PrivateIPC=yes", "no shared memory or message queues of others"),
    Directive("RemoveIPC=yes", "leaves no shared memory behind", Only.SYSTEM),
    Directive("ProtectProc=invisible", "other users' processes are not seen", Only.SYSTEM),
    Directive("ProcSubset=pid", "nothing of the system's state is seen in /proc", Only.SYSTEM),
    Directive("DevicePolicy=closed", "the kernel refuses other devices, too", Only.SYSTEM),
    Directive("MemoryDenyWriteExecute=yes", "injected code cannot be executed"),
    Directive("SystemCallFilter=@system-service", "what ordinary programs need"),
    Directive(
        "SystemCallFilter=~@privileged @resources @keyring",
        "nothing that needs privileges, changes priorities, or reads keys",
    ),
    Directive(
        "SystemCallFilter=~io_uring_setup io_uring_enter io_uring_register userfaultfd",
        "io_uring makes sockets past the filter of address families; both help to exploit kernels",
    ),
    Directive(
        "SystemCallFilter=~kill tkill tgkill pidfd_send_signal rt_sigqueueinfo rt_tgsigqueueinfo",
        "no signals to the user's other processes",
        Only.SHARED,
    ),
    Directive("PrivatePIDs=yes", "nor by fcntl(2), F_SETOWN", Only.SHARED_APART),
    Directive("UMask=0077", "what it makes is for itself alone"),
    Directive("MemoryMax=2G", "cannot eat the memory", Only.MEMORY),
    Directive("MemorySwapMax=0", "nor the swap space", Only.MEMORY),
    Directive("LimitAS=4G", "no process can eat the memory", Only.NO_MEMORY),
    Directive("TasksMax=128", "cannot fork without end", Only.PIDS),
    Directive("LimitNPROC=128", "cannot fork without end", Only.NO_PIDS),
    Directive("LimitFSIZE=1G", "cannot fill the disk with one file"),
    Directive("LimitCORE=0", "leaves no core dump"),
    Directive("LimitNOFILE=1024", "cannot use up the kernel's files"),
    Directive("LimitCPU=1h", "no process can use a processor for ever"),
    Directive("RuntimeMaxSec=1h", "ends, whatever it does"),
)

BUILT_IN = {
    profile.name: profile
    for profile in (
        Profile(
            "untrusted",
            "a program that nobody trusts: no network, no files, no privileges, limits",
            Network.NONE,
            Files.HIDDEN,
            _CONFINED,
        ),
        Profile(
            "offline",
            "an ordinary tool without network",
            Network.LOOPBACK,
            Files.OFFLINE,
            _ORDINARY,
        ),
        Profile(
            "download",
            "network out to what --allow-net names, and nothing else",
            Network.LISTED,
            Files.HIDDEN,
            _CONFINED,
        ),
        Profile(
            "build",
            "reads what its user may read, writes below --write only; no network"
            " but what --allow-net names",
            Network.ALLOWED,
            Files.READ_ONLY,
            _ORDINARY,
        ),
        Profile("none", "no sandbox", Network.HOST, Files.HOST),
    )
}
"""The profiles that are always there, by name."""
