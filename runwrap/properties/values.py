"""What a text may be: the words and the classes of text that the table's rows name.

A row narrows ``string`` and the lists by alternatives such as ``<boolean>|full|strict``: a word
stands for itself, a name in angle brackets for a class of this module.
"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, Final

from runwrap.properties.faults import InvalidValueError, closest, one_of, quote
from runwrap.properties.scalars import BOOLEANS
from runwrap.properties.unit_names import is_slice_name, is_unit_name, mangle

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

__all__ = ["check", "is_environment_name", "is_user", "simplified"]

_LETTERS: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
_DIGITS: Final = frozenset("0123456789")


def is_environment_name(text: str) -> bool:
    """Tell whether *text* can name an environment variable (systemd.exec(5), Environment=)."""
    return (
        bool(text) and text[0] not in _DIGITS and all(c in _LETTERS | _DIGITS | {"_"} for c in text)
    )


def is_user(text: str) -> bool:
    """Tell whether *text* can be a user or group (systemd.exec(5), User=, Group=).

    A name, by the relaxed rules, or a number other than the two that stand for "none", 65535
    and 4294967295.
    """
    if not text or text in {".", ".."} or text[0] == "-" or text != text.strip():
        return False
    if text.isascii() and text.isdigit():
        return int(text[:12]) < 2**32 - 1 and int(text[:12]) != 65535
    return text.isprintable() and not set(text) & {":", "/"}


def simplified(path: str) -> str:
    """Return the relative *path* without empty and ``.`` parts, as systemd-run sends it."""
    return "/".join(part for part in path.split("/") if part not in {"", "."})


def _is_path(text: str) -> bool:
    return text.startswith("/")


def _has_no_parents(text: str) -> bool:
    return ".." not in text.split("/")


def _is_normal_path(text: str) -> bool:
    return _is_path(text) and _has_no_parents(text)


def _is_optional_path(text: str) -> bool:
    return _is_path(text.removeprefix("-"))


def _is_marked_path(text: str) -> bool:
    return _is_path(text.removeprefix("-").removeprefix("+"))


def _is_relative_path(text: str) -> bool:
    """Tell whether *text* is for StateDirectory= and its like (systemd.exec(5)).

    The directory "private" is the manager's own, for units with DynamicUser=.
    """
    return (
        not _is_path(text)
        and _has_no_parents(text)
        and simplified(text).partition("/")[0] not in {"", "private"}
    )


def _is_home_or_path(text: str) -> bool:
    path = text.removeprefix("-")
    return path == "~" or _is_normal_path(path)


def _is_assignment(text: str) -> bool:
    name, equals, _ = text.partition("=")
    return bool(equals) and is_environment_name(name)


def _is_interface(text: str) -> bool:
    if not text or len(text) > 127 or text in {".", ".."} or text.isdigit():
        return False
    return all(char.isprintable() and char not in ' :/%"' for char in text)


def _is_bus_name(text: str) -> bool:
    parts = text.split(".")
    return (
        len(parts) > 1
        and len(text) <= 255
        and all(part and part[0] not in _DIGITS for part in parts)
        and (_LETTERS | _DIGITS | {"_", "-", "."}).issuperset(text)
    )


def _is_namespace(text: str) -> bool:
    return 0 < len(text) <= 200 and text.isprintable() and "/" not in text and text[0] != "."


def _is_documentation(text: str) -> bool:
    """Tell whether *text* is a URI of a kind that the manager takes (systemd.unit(5))."""
    for start in ("http://", "https://", "file:/", "info:", "man:"):
        if text.startswith(start):
            return len(text) > len(start)
    return False


def _is_system_call(text: str) -> bool:
    name, colon, action = text.partition(":")
    if name not in _system_calls_like(name):
        return False
    return not colon or action == "kill" or _is_error(action)


def _system_calls_like(name: str) -> Collection[str]:
    """Return the names of sets of system calls if *name* is meant as one, else of all calls."""
    if name.startswith("@"):
        return _SYSTEM_CALL_SETS
    # Only what filters system calls by name pays for the import.
    from runwrap.properties.system_calls import SYSTEM_CALLS

    return SYSTEM_CALLS


def _is_error(text: str) -> bool:
    """Tell whether *text* is an error's name or a number that a filter can return."""
    if text.isascii() and text.isdigit():
        # The largest number, 4095, the manager takes, but cannot put into the filter.
        return int(text.lstrip("0")[:6] or "0") < 4095
    return text in errno.errorcode.values() or text in _OTHER_ERRORS


def _is_file_system(text: str) -> bool:
    if text.startswith("@"):
        return text in _FILE_SYSTEM_SETS
    return bool(text) and all(char in _LETTERS | _DIGITS | {"_", "-", "."} for char in text)


def _prefixed(prefix: str, names: str) -> tuple[str, ...]:
    """Return the *names*, which white space separates, with *prefix* before each."""
    return tuple(prefix + name for name in names.split())


_SYSTEM_CALL_SETS: Final = _prefixed(
    "@",
    "aio basic-io chown clock cpu-emulation debug default file-system io-event ipc keyring known "
    "memlock module mount network-io obsolete pkey privileged process raw-io reboot resources "
    "sandbox setuid signal swap sync system-service timer",
)
"""The sets of system calls that have a name (systemd.exec(5), SystemCallFilter=)."""

_OTHER_ERRORS: Final = frozenset({"EDEADLOCK", "EHWPOISON", "ENOTSUP", "EWOULDBLOCK"})
"""Names of errors beside those of ``errno.errorcode``: second names, and what Python lacks.

Python has a name for EHWPOISON from 3.14 on only.
"""

_FILE_SYSTEM_SETS: Final = _prefixed(
    "@",
    "auxiliary-api basic-api common-block historical-block known network privileged-api security "
    "temporary application",
)
"""The sets of file systems that have a name (systemd.exec(5), RestrictFileSystems=)."""

_WORDS: Final[dict[str, tuple[str, ...]]] = {
    # systemd.unit(5), FailureAction=; the later ones since 254
    "unit-action": (
        *("none", "reboot", "reboot-force", "reboot-immediate"),
        *("poweroff", "poweroff-force", "poweroff-immediate", "exit", "exit-force"),
        *("soft-reboot", "soft-reboot-force", "kexec", "kexec-force"),
        *("halt", "halt-force", "halt-immediate"),
    ),
    # systemd.unit(5), OnFailureJobMode=
    "job-mode": (
        *("fail", "replace", "replace-irreversibly", "isolate", "flush"),
        *("ignore-dependencies", "ignore-requirements"),
    ),
    # systemd.resource-control(5), DisableControllers=
    "controller": (
        *("cpu", "cpuacct", "cpuset", "io", "blkio", "memory", "devices", "pids"),
        *("bpf-firewall", "bpf-devices", "bpf-foreign", "bpf-socket-bind"),
        *("bpf-restrict-network-interfaces", "bpf-bind-network-interface"),
    ),
    # systemd.unit(5), ConditionArchitecture=
    "architecture": (
        *("x86", "x86-64", "ppc", "ppc-le", "ppc64", "ppc64-le", "ia64", "parisc", "parisc64"),
        *("s390", "s390x", "sparc", "sparc64", "mips", "mips-le", "mips64", "mips64-le"),
        *("alpha", "arm", "arm-be", "arm64", "arm64-be", "sh", "sh64", "m68k", "tilegx", "cris"),
        *("arc", "arc-be", "loongarch64", "riscv32", "riscv64"),
    ),
    # address_families(7), and the constants of the C library's <sys/socket.h>
    "address-family": _prefixed(
        "AF_",
        "UNIX INET INET6 NETLINK PACKET LOCAL FILE ALG APPLETALK ASH ATMPVC ATMSVC AX25 BLUETOOTH "
        "BRIDGE CAIF CAN DECnet ECONET IB IEEE802154 IPX IRDA ISDN IUCV KCM KEY LLC MCTP MPLS "
        "NETBEUI NETROM NFC PHONET PPPOX QIPCRTR RDS ROSE ROUTE RXRPC SECURITY SMC SNA TIPC VSOCK "
        "WANPIPE X25 XDP",
    ),
}
"""Classes that are lists of words too long to stand in a row."""

_SHOWN_WORDS: Final = 8
"""How many words of a long class an error names."""

_CLASSES: Final[dict[str, tuple[Callable[[str], bool], str]]] = {
    "boolean": (lambda text: text.lower() in BOOLEANS, "a boolean"),
    "empty": (lambda text: not text, "empty to reset"),
    "path": (_is_path, "an absolute path"),
    "normal-path": (_is_normal_path, 'an absolute path without ".."'),
    "without-parents": (_has_no_parents, 'a path without ".."'),
    "documentation": (
        _is_documentation,
        "a URI that begins with http://, https://, file:/, info: or man:",
    ),
    "optional-path": (_is_optional_path, 'an absolute path, with or without "-" before it'),
    "marked-path": (
        _is_marked_path,
        'an absolute path, with or without "-", "+" or "-+" before it',
    ),
    "relative-path": (
        _is_relative_path,
        'a relative path without "..", not "private"',
    ),
    "home-or-path": (
        _is_home_or_path,
        'an absolute path without ".." ("~" is the home directory), with or without "-" before it',
    ),
    "user": (is_user, "a user or group name, or a number"),
    "slice": (is_slice_name, "the name of a slice, such as background.slice"),
    "unit": (is_unit_name, "a full unit name, such as network.target"),
    "assignment": (
        _is_assignment,
        "NAME=VALUE, with letters, digits and _ in NAME, not beginning with a digit",
    ),
    "variable": (
        is_environment_name,
        "the name of a variable: letters, digits and _, not beginning with a digit",
    ),
    "interface": (_is_interface, "the name of a network interface"),
    "bus-name": (_is_bus_name, "a D-Bus name such as org.example.Service"),
    "namespace": (_is_namespace, "the name of a journal namespace"),
    "system-call": (
        _is_system_call,
        "a system call, or a set of them such as @system-service; with :EPERM or :kill after it",
    ),
    "file-system": (_is_file_system, "a file system type, or a set of them such as @basic-api"),
}
"""Classes by name: the test, and how an error describes what passes it."""


def check(argument: str, text: str) -> None:
    """Check *text* against the alternatives of a row.

    Args:
        argument: the alternatives, separated by ``|``; "" allows every text.
        text: the text, or one word of a list.

    Raises:
        InvalidValueError: *text* is none of the alternatives.
    """
    if not argument:
        return
    words: list[str] = []
    described: list[str] = []
    suggestion = ""
    for alternative in argument.split("|"):
        name = alternative[1:-1] if alternative.startswith("<") else ""
        if not name:
            words.append(alternative)
            described.append(alternative)
        elif name in _WORDS:
            words += _WORDS[name]
            described += _WORDS[name]
        else:
            passes, description = _CLASSES[name]
            if passes(text):
                return
            described.append(description)
            suggestion = suggestion or _suggest(name, text, passes)
    if text in words:
        return
    if "a boolean" in described:
        words += BOOLEANS
    if len(described) > _SHOWN_WORDS and not suggestion:
        described = [*described[:_SHOWN_WORDS], "another of its kind"]
    raise InvalidValueError(
        f"{quote(text)} is not allowed" if text else "the value is empty",
        expected=one_of(described),
        suggestion=suggestion or (closest(text, words) if text else ""),
    )


def _suggest(name: str, text: str, passes: Callable[[str], bool]) -> str:
    """Return what *text*, refused by the class *name*, was most likely meant to be, or ""."""
    match name:
        case "slice":
            candidate = mangle(text, "slice") if text else ""
        case "unit":
            candidate = mangle(text, "service") if text else ""
        case "system-call":
            name, colon, action = text.partition(":")
            meant = closest(name, sorted(_system_calls_like(name)))
            candidate = f"{meant}{colon}{action}" if meant else ""
        case "file-system":
            return closest(text, _FILE_SYSTEM_SETS) if text.startswith("@") else ""
        case _:
            candidate = text.strip()
    return candidate if candidate != text and passes(candidate) else ""
