"""The names of exit statuses: one table, for what is read and for what is reported.

Nothing here imports anything of runwrap.
"""

from __future__ import annotations

from types import MappingProxyType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Final

__all__ = ["EXIT_STATUS_NAMES", "SETUP_FAILED"]

SETUP_FAILED = range(200, 247)
"""What systemd itself ends a process with before it becomes the command (systemd.exec(5), Process
Exit Codes)."""

EXIT_STATUS_NAMES: Final[Mapping[int, str]] = MappingProxyType(
    {
        # The C library.
        0: "SUCCESS",
        1: "FAILURE",
        # Init scripts of the Linux Standard Base.
        2: "INVALIDARGUMENT",
        3: "NOTIMPLEMENTED",
        4: "NOPERMISSION",
        5: "NOTINSTALLED",
        6: "NOTCONFIGURED",
        7: "NOTRUNNING",
        # BSD, sysexits.h.
        64: "USAGE",
        65: "DATAERR",
        66: "NOINPUT",
        67: "NOUSER",
        68: "NOHOST",
        69: "UNAVAILABLE",
        70: "SOFTWARE",
        71: "OSERR",
        72: "OSFILE",
        73: "CANTCREAT",
        74: "IOERR",
        75: "TEMPFAIL",
        76: "PROTOCOL",
        77: "NOPERM",
        78: "CONFIG",
        # The service manager, where it could not set a process up.
        200: "CHDIR",
        201: "NICE",
        202: "FDS",
        203: "EXEC",
        204: "MEMORY",
        205: "LIMITS",
        206: "OOM_ADJUST",
        207: "SIGNAL_MASK",
        208: "STDIN",
        209: "STDOUT",
        210: "CHROOT",
        211: "IOPRIO",
        212: "TIMERSLACK",
        213: "SECUREBITS",
        214: "SETSCHEDULER",
        215: "CPUAFFINITY",
        216: "GROUP",
        217: "USER",
        218: "CAPABILITIES",
        219: "CGROUP",
        220: "SETSID",
        221: "CONFIRM",
        222: "STDERR",
        224: "PAM",
        225: "NETWORK",
        226: "NAMESPACE",
        227: "NO_NEW_PRIVILEGES",
        228: "SECCOMP",
        229: "SELINUX_CONTEXT",
        230: "PERSONALITY",
        231: "APPARMOR",
        232: "ADDRESS_FAMILIES",
        233: "RUNTIME_DIRECTORY",
        235: "CHOWN",
        236: "SMACK_PROCESS_LABEL",
        237: "KEYRING",
        238: "STATE_DIRECTORY",
        239: "CACHE_DIRECTORY",
        240: "LOGS_DIRECTORY",
        241: "CONFIGURATION_DIRECTORY",
        242: "NUMA_POLICY",
        243: "CREDENTIALS",
        244: "BPF",
        245: "KSM",
        246: "MEMORY_THP",
        255: "EXCEPTION",
    }
)
"""Exit statuses that have a name: what ``systemd-analyze exit-status`` of systemd 262 lists.

257 does not know 246 yet, and 252 neither 245 nor 246. systemd.exec(5), Process Exit Codes,
has most of them; where the manual and the tool differ (BPF is 245 in the one, 244 in the
other), the tool is right.
"""
