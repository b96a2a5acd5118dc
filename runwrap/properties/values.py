"""What a text may be: the words and the classes of text that the table's rows name.

A row narrows ``string`` and the lists by alternatives such as ``<boolean>|full|strict``: a word
stands for itself, a name in angle brackets for a class of this module.
"""

from __future__ import annotations

import errno

from runwrap.properties.faults import InvalidValueError, closest, one_of, wrong
from runwrap.properties.scalars import BOOLEANS, booleans_like
from runwrap.properties.table import NEWEST
from runwrap.properties.unit_names import UNIT_CHARACTERS, is_slice_name, is_unit_name, mangle

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from typing import Final

__all__ = [
    "FILE_SYSTEM_SETS",
    "SYSTEM_CALL_SETS",
    "WORDS",
    "allowed",
    "alternatives_of",
    "check",
    "check_word",
    "error_numbers",
    "is_descriptor_name",
    "is_environment_name",
    "is_filter_error",
    "is_system_call",
    "is_user",
    "simplified",
]

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
        if len(text) > 1 and text[0] == "0":
            return False
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
    if not text or len(text) > 127 or text in {".", "..", "all", "default"} or text.isdigit():
        return False
    return all("!" <= char <= "~" and char not in ":/%" for char in text)


def _is_bus_name(text: str) -> bool:
    parts = text.split(".")
    return (
        len(parts) > 1
        and len(text) <= 255
        and all(part and part[0] not in _DIGITS for part in parts)
        and (_LETTERS | _DIGITS | {"_", "-", "."}).issuperset(text)
    )


def _is_session(text: str) -> bool:
    """Tell whether *text* can name a session (systemd.service(5), LUOSession=)."""
    return text.isascii() and text.isprintable() and bool(text) and not set(text) & {" ", ":"}


def _is_file_name(text: str) -> bool:
    return text not in {"", ".", ".."} and "/" not in text and len(text.encode()) <= 255


def _is_cgroup(text: str) -> bool:
    """Tell whether *text* is for DelegateSubgroup= (systemd.resource-control(5)).

    It must not be taken for one of the files that the kernel has in a control group: those
    begin with the name of a controller and a dot.
    """
    start, dot, _ = text.partition(".")
    files = {"tasks", "notify_on_release", "release_agent"}
    controllers = {name.partition("@")[0] for name in WORDS["<controller>"]}
    return (
        _is_file_name(text)
        and text[0] not in "._"
        and text not in files
        and not (dot and start in {"cgroup", *controllers})
    )


def is_descriptor_name(text: str) -> bool:
    """Tell whether *text* can name a descriptor (systemd.socket(5), FileDescriptorName=)."""
    return 0 < len(text) <= 255 and text.isascii() and text.isprintable() and ":" not in text


def _is_namespace(text: str) -> bool:
    """Tell whether *text* can be a part of a unit's name, as the journal's own units have it."""
    allowed_characters = UNIT_CHARACTERS - {"\\"}
    return 0 < len(text) <= 200 and allowed_characters.issuperset(text) and text[0] != "."


def _is_documentation(text: str) -> bool:
    """Tell whether *text* is a URI of a kind that the manager takes (systemd.unit(5))."""
    for start in ("http://", "https://", "file:/", "info:", "man:"):
        if text.startswith(start):
            return len(text) > len(start)
    return False


def is_system_call(text: str) -> bool:
    """Tell whether *text* is a system call or a set of them (systemd.exec(5))."""
    return text in _system_calls_like(text)


def _is_system_call_with_error(text: str) -> bool:
    name, colon, action = text.partition(":")
    return is_system_call(name) and (not colon or is_filter_error(action))


def _system_calls_like(name: str) -> Collection[str]:
    """Return the names of sets of system calls if *name* is meant as one, else of all calls."""
    if name.startswith("@"):
        return SYSTEM_CALL_SETS
    # Only what filters system calls by name pays for the import.
    from runwrap.properties.system_calls import SYSTEM_CALLS

    return SYSTEM_CALLS


def is_filter_error(text: str) -> bool:
    """Tell whether *text* is an error that a filter can return, by name or number, or kill."""
    if text.isascii() and text.isdigit():
        # The largest number, 4095, the manager takes, but cannot put into the filter.
        return int(text.lstrip("0")[:6] or "0") < 4095
    return text == "kill" or text in error_numbers()


def error_numbers() -> dict[str, int]:
    """Return the errors of errno(3) by name, second names included.

    Python has a name for EHWPOISON from 3.14 on only; its number is the usual one.
    """
    named = {name: number for name, number in vars(errno).items() if name.startswith("E")}
    return {"EHWPOISON": 133, **named}


def _is_file_system(text: str) -> bool:
    """Tell whether *text* is a set of file systems, or can be the name of one.

    The name of a set without its ``@`` names no file system, so the manager would drop it.
    """
    if text.startswith("@"):
        return text in FILE_SYSTEM_SETS
    if f"@{text}" in FILE_SYSTEM_SETS:
        return False
    return bool(text) and all(char in _LETTERS | _DIGITS | {"_", "-", "."} for char in text)


def _prefixed(prefix: str, names: str) -> tuple[str, ...]:
    """Return the *names*, which white space separates, with *prefix* before each."""
    return tuple(prefix + name for name in names.split())


SYSTEM_CALL_SETS: Final = _prefixed(
    "@",
    "aio basic-io chown clock cpu-emulation debug default file-system io-event ipc keyring known "
    "memlock module mount network-io obsolete pkey privileged process raw-io reboot resources "
    "sandbox setuid signal swap sync system-service timer",
)
"""The sets of system calls that have a name (systemd.exec(5), SystemCallFilter=)."""

FILE_SYSTEM_SETS: Final = _prefixed(
    "@",
    "auxiliary-api basic-api common-block historical-block known network privileged-api security "
    "temporary application",
)
"""The sets of file systems that have a name (systemd.exec(5), RestrictFileSystems=)."""

WORDS: Final[dict[str, tuple[str, ...]]] = {
    # systemd.unit(5), FailureAction=; the later ones since 254
    "<unit-action>": (
        *("none", "reboot", "reboot-force", "reboot-immediate"),
        *("poweroff", "poweroff-force", "poweroff-immediate", "exit", "exit-force"),
        *("soft-reboot@254", "soft-reboot-force@254", "kexec@254", "kexec-force@254"),
        *("halt@254", "halt-force@254", "halt-immediate@254"),
    ),
    # systemd.unit(5), OnFailureJobMode=
    "<job-mode>": (
        *("fail", "replace", "replace-irreversibly", "isolate", "flush"),
        *("ignore-dependencies", "ignore-requirements", "triggering"),
        *("restart-dependencies@254", "lenient@258"),
    ),
    # org.freedesktop.systemd1(5), Markers; with a sign they are added or taken away
    "<marker>": tuple(
        f"{sign}needs-{what}"
        for sign in ("", "+", "-")
        for what in ("restart", "reload", "start@260", "stop@260")
    ),
    # systemd.resource-control(5), Delegate= and DisableControllers=
    "<controller>": (
        *("cpu", "cpuacct", "cpuset", "io", "blkio", "memory", "devices", "pids"),
        *("bpf-firewall", "bpf-devices", "bpf-foreign", "bpf-socket-bind"),
        *("bpf-restrict-network-interfaces", "bpf-bind-network-interface@260"),
    ),
    # systemd.unit(5), ConditionArchitecture=
    "<architecture>": (
        *("x86", "x86-64", "ppc", "ppc-le", "ppc64", "ppc64-le", "ia64", "parisc", "parisc64"),
        *("s390", "s390x", "sparc", "sparc64", "mips", "mips-le", "mips64", "mips64-le"),
        *("alpha", "arm", "arm-be", "arm64", "arm64-be", "sh", "sh64", "m68k", "tilegx", "cris"),
        *("arc", "arc-be", "loongarch64", "riscv32", "riscv64"),
    ),
    # systemd.exec(5), SystemCallArchitectures=: of the architectures, those that have filters
    "<filtered-architecture>": (
        *("native", "x86", "x86-64", "x32", "arm", "arm64", "mips", "mips-le", "mips64"),
        *("mips64-le", "mips64-n32", "mips64-le-n32", "parisc", "parisc64", "ppc", "ppc64"),
        *("ppc64-le", "s390", "s390x", "loongarch64@253", "riscv64"),
    ),
    # address_families(7), and the constants of the C library's <sys/socket.h>
    "<address-family>": _prefixed(
        "AF_",
        "UNIX INET INET6 NETLINK PACKET LOCAL FILE ALG APPLETALK ASH ATMPVC ATMSVC AX25 BLUETOOTH "
        "BRIDGE CAIF CAN DECnet ECONET IB IEEE802154 IPX IRDA ISDN IUCV KCM KEY LLC MCTP MPLS "
        "NETBEUI NETROM NFC PHONET PPPOX QIPCRTR RDS ROSE ROUTE RXRPC SECURITY SMC SNA TIPC VSOCK "
        "WANPIPE X25 XDP",
    ),
}
"""Classes that are lists of words too long to stand in a row."""

_OTHER_NAMES: Final = {
    "amd64": "x86-64",
    "x86_64": "x86-64",
    "i386": "x86",
    "aarch64": "arm64",
    "ppc64el": "ppc64-le",
}
"""What others call an architecture."""

_SHOWN_WORDS: Final = 20
"""How many words of a long class an error names."""

_CLASSES: Final[dict[str, tuple[Callable[[str], bool], str]]] = {
    "<ascii>": (str.isascii, "ASCII text"),
    "<boolean>": (lambda text: text.lower() in BOOLEANS, "a boolean"),
    "<empty>": (lambda text: not text, "empty to reset"),
    "<path>": (_is_path, "an absolute path"),
    "<normal-path>": (_is_normal_path, 'an absolute path without ".."'),
    "<without-parents>": (_has_no_parents, 'a path without ".."'),
    "<documentation>": (
        _is_documentation,
        "a URI that begins with http://, https://, file:/, info: or man:",
    ),
    "<optional-path>": (_is_optional_path, 'an absolute path, with or without "-" before it'),
    "<marked-path>": (
        _is_marked_path,
        'an absolute path, with or without "-", "+" or "-+" before it',
    ),
    "<relative-path>": (
        _is_relative_path,
        'a relative path without "..", not "private"',
    ),
    "<home-or-path>": (
        _is_home_or_path,
        'an absolute path without ".." ("~" is the home directory), with or without "-" before it',
    ),
    "<user>": (is_user, "a user or group name, or a number"),
    "<slice>": (is_slice_name, "the name of a slice, such as background.slice"),
    "<unit>": (is_unit_name, "a full unit name, such as network.target"),
    "<assignment>": (
        _is_assignment,
        "NAME=VALUE, with letters, digits and _ in NAME, not beginning with a digit",
    ),
    "<variable>": (
        is_environment_name,
        "the name of a variable: letters, digits and _, not beginning with a digit",
    ),
    "<interface>": (_is_interface, "the name of a network interface"),
    "<short-interface>": (
        lambda text: _is_interface(text) and len(text) <= 15,
        "the name of a network interface, of at most 15 characters",
    ),
    "<bus-name>": (_is_bus_name, "a D-Bus name such as org.example.Service"),
    "<session>": (_is_session, 'printable ASCII without " " and ":"'),
    "<namespace>": (_is_namespace, "the name of a journal namespace"),
    "<oom-rule>": (
        lambda text: _is_file_name(text) and not set(text) & set("*?["),
        "the name of a ruleset of systemd-oomd",
    ),
    "<cgroup>": (_is_cgroup, "a name for a control group, such as main"),
    "<descriptor-name>": (
        is_descriptor_name,
        'a name of at most 255 ASCII characters, without ":"',
    ),
    "<plain-system-call>": (
        is_system_call,
        "a system call, or a set of them such as @system-service",
    ),
    "<system-call>": (
        _is_system_call_with_error,
        "a system call, or a set of them such as @system-service; with :EPERM or :kill after it",
    ),
    "<file-system>": (_is_file_system, "a file system type, or a set of them such as @basic-api"),
}
"""Classes by name: the test, and how an error describes what passes it."""


def check(argument: str, text: str, version: int = NEWEST, *, is_word: bool = False) -> None:
    """Check *text* against the alternatives of a row.

    Args:
        argument: the alternatives, separated by ``|``, each with ``@SINCE`` after it where it
            is newer than the directive; "" allows every text.
        text: the text, or one word of a list.
        version: the systemd version of the manager that is meant.
        is_word: the text is one word of several that the value may have.

    Raises:
        InvalidValueError: *text* is none of the alternatives, or came with a later version.
    """
    if not argument:
        return
    words: list[str] = []
    described: list[str] = []
    suggestion = ""
    for name, since in alternatives_of(argument):
        if name in _CLASSES:
            passes, description = _CLASSES[name]
            if passes(text):
                return
            described.append(description)
            suggestion = suggestion or _suggest(name, text, passes)
        elif since <= version:
            words.append(name)
            described.append(name)
        elif name == text:
            raise wrong(
                text,
                f"came with systemd {since}, and the service manager is systemd {version}",
            )
    if text in words:
        return
    if "a boolean" in described:
        words += BOOLEANS
    if len(described) > _SHOWN_WORDS:
        described = [*described[:_SHOWN_WORDS], "another of its kind"]
    raise wrong(
        text,
        "is not allowed",
        expected=one_of(described),
        suggestion=suggestion or _suggest_word(text, words),
        is_word=is_word,
    )


def check_word(argument: str, word: str, version: int = NEWEST) -> None:
    """Check a *word* of a list, as :func:`check` does, and look out for commas between words."""
    try:
        check(argument, word, version, is_word=True)
    except InvalidValueError:
        parts = [part for part in word.split(",") if part]
        if len(parts) > 1 and all(_passes(argument, part, version) for part in parts):
            raise wrong(
                word,
                "has a comma",
                expected="words separated by white space",
                suggestion=" ".join(parts),
            ) from None
        raise


def _passes(argument: str, word: str, version: int) -> bool:
    try:
        check(argument, word, version)
    except InvalidValueError:
        return False
    return True


def _suggest_word(text: str, words: list[str]) -> str:
    """Return which of the *words* was most likely meant by *text*, or ""."""
    if not text:
        return ""
    other = _OTHER_NAMES.get(text.lower(), "")
    family = f"AF_{text.upper()}"
    likely = [word for word in words if word not in BOOLEANS or word in booleans_like(text)]
    return next((word for word in (other, family) if word in words), "") or closest(text, likely)


def allowed(argument: str) -> str:
    """Return what :func:`check` lets pass, in words; "" where that is any text."""
    described = [
        _CLASSES[name][1] if name in _CLASSES else name for name, _ in alternatives_of(argument)
    ]
    return one_of(described)


def alternatives_of(argument: str) -> Iterator[tuple[str, int]]:
    """Read a row's alternatives: each word or ``<class>``, and the version that brought it."""
    for alternative in argument.split("|") if argument else ():
        text, _, since = alternative.partition("@")
        if text in WORDS:
            yield from alternatives_of("|".join(WORDS[text]))
        else:
            yield text, int(since or 0)


def _suggest(name: str, text: str, passes: Callable[[str], bool]) -> str:
    """Return what *text*, refused by the class *name*, was most likely meant to be, or ""."""
    match name:
        case "<slice>":
            candidate = mangle(text, "slice") if text else ""
        case "<unit>":
            candidate = mangle(text, "service") if text else ""
        case "<system-call>" | "<plain-system-call>":
            name, colon, action = text.partition(":")
            meant = f"@{name.lower()}"
            if meant not in SYSTEM_CALL_SETS:
                meant = closest(name, sorted(_system_calls_like(name)))
            candidate = f"{meant}{colon}{action}" if meant else ""
        case "<file-system>":
            meant = text if text.startswith("@") else f"@{text}"
            return closest(meant, FILE_SYSTEM_SETS)
        case _:
            candidate = text.strip()
    return candidate if candidate != text and passes(candidate) else ""
