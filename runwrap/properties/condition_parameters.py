"""What the parameters of conditions and assertions may be (systemd.unit(5)).

Only what has conditions needs this module, so only that imports it.
"""

from __future__ import annotations

from runwrap.properties.faults import InvalidValueError, closest, one_of, wrong
from runwrap.properties.scalars import parse_integer, parse_permyriad, parse_size
from runwrap.properties.unit_names import is_slice_name, mangle
from runwrap.properties.values import check, is_environment_name
from runwrap.properties.words import split_words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Final

    from runwrap.properties.table import Directive

__all__ = ["CHECKS", "VIRTUALIZATIONS", "X86_FEATURES", "check_parameter"]


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_NUMERIC_OPERATORS: Final = ("<=", "<>", ">=", "!=", "==", "<", ">", "=")
_OPERATORS: Final = ("!$=", "$=", *_NUMERIC_OPERATORS)
"""Comparison operators, longer ones before those that they begin with."""

_OPERATORS_EXPECTED: Final = "=, !=, <, <=, ==, <>, >=, >, $= or !$="

VIRTUALIZATIONS: Final = _words(
    "vm container private-users none kvm amazon qemu bochs xen uml vmware oracle microsoft zvm "
    "parallels bhyve qnx acrn powervm apple sre google vm-other systemd-nspawn lxc-libvirt lxc "
    "openvz docker podman rkt wsl proot pouch container-other"
)
"""What ``systemd-detect-virt --list`` names, and the words of the manual beside it."""

X86_FEATURES: Final = _words(
    "fpu vme de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat pse36 clflush mmx fxsr "
    "sse sse2 ht pni pclmul monitor ssse3 fma3 cx16 sse4_1 sse4_2 movbe popcnt aes xsave "
    "osxsave avx f16c rdrand bmi1 avx2 bmi2 rdseed adx sha_ni syscall rdtscp lm lahf_lm abm "
    "constant_tsc"
)
"""The features of ConditionCPUFeature= on x86 (systemd.unit(5))."""

_SOFTWARE: Final = ("kernel", "systemd", "glibc")


def check_parameter(directive: Directive, parameter: str) -> None:
    """Check the *parameter* of a condition, which is not empty and has no marks.

    The row's argument is the name of a check of this module, or alternatives as for a string.

    Raises:
        InvalidValueError: the manager refuses it, or it cannot mean anything to the manager.
    """
    own_check = CHECKS.get(directive.argument)
    if own_check is None:
        check(directive.argument, parameter, directive.version)
    else:
        own_check(directive, parameter)


def _comparison(text: str, operators: tuple[str, ...]) -> tuple[str, str]:
    """Split *text* into the operator that it begins with, or "", and what follows."""
    for operator in operators:
        if text.startswith(operator):
            return operator, text[len(operator) :]
    return "", text


def _memory(_directive: Directive, text: str) -> None:
    _, size = _comparison(text.lstrip(), _NUMERIC_OPERATORS)
    try:
        parse_size(size)
    except InvalidValueError as fault:
        raise wrong(
            size.strip() or text,
            "is not a size",
            expected="a size in bytes with K, M, G, T, P or E, with <, <=, =, !=, >= or > before "
            "it or not",
            suggestion=fault.suggestion,
        ) from None


def _cpus(_directive: Directive, text: str) -> None:
    _, number = _comparison(text.lstrip(), _NUMERIC_OPERATORS)
    try:
        parse_integer(number, 0, 2**32 - 1)
    except InvalidValueError:
        raise wrong(
            number.strip() or text,
            "is not a number of CPUs",
            expected="a number, with <, <=, =, !=, >= or > before it or not",
        ) from None


def _user(_directive: Directive, text: str) -> None:
    if text != "@system":
        _group(_directive, text)


def _group(directive: Directive, text: str) -> None:
    """Check the name of a user or group; none that exists begins with the mark of ``@system``."""
    check("<user>", text)
    if text.startswith("@"):
        takes_word = directive.name.endswith("User")
        raise wrong(
            text,
            "cannot name a user" if takes_word else "cannot name a group",
            expected="a name, a number or @system" if takes_word else "a name or a number",
            suggestion="@system" if takes_word and closest(text, ["@system"]) else "",
        )


def _versions(directive: Directive, text: str) -> None:
    """Check what versions are compared with; a later manager also takes a name before them."""
    rest = text.lstrip()
    for name in _SOFTWARE:
        if rest.startswith(name):
            directive.require(258, f'"{name}" before the version')
            rest = rest[len(name) :]
            break
    words = split_words(rest)
    if not words:
        raise wrong(text, "compares with no version", expected='versions such as ">=6.1 <7"')
    for number, word in enumerate(words):
        operator, version = _comparison(word, _OPERATORS)
        if operator and not version and number == 0 and len(words) > 1:
            # White space may follow the first operator.
            continue
        # Without an operator it is a pattern, and what it is held against begins with a digit.
        if not version or not (version[0].isdigit() or version[0] in "*?["):
            is_name = directive.version >= 258 and number == 0 and word not in _SOFTWARE
            raise wrong(
                word,
                "is not a comparison with a version",
                expected=f"a version, with {_OPERATORS_EXPECTED} before it or not",
                suggestion=closest(word, _SOFTWARE) if is_name else "",
            )


def _os_release(_directive: Directive, text: str) -> None:
    words = split_words(text)
    for word in words or [text]:
        length = 0
        while length < len(word) and is_environment_name(word[: length + 1]):
            length += 1
        operator, value = _comparison(word[length:], _OPERATORS)
        if not length or not operator or not value:
            raise wrong(
                word,
                "is not a comparison",
                expected=f"FIELD and VALUE with {_OPERATORS_EXPECTED} and no space between them, "
                "such as VERSION_ID>=12",
            )


def _firmware(_directive: Directive, text: str) -> None:
    expected = (
        "uefi, device-tree, device-tree-compatible(VALUE) or smbios-field(FIELD OPERATOR VALUE)"
    )
    if text in {"uefi", "device-tree"}:
        return
    kind, opened, inner = text.partition("(")
    if not opened or not inner.endswith(")") or kind not in _FIRMWARE_KINDS:
        known = ("uefi", "device-tree", *_FIRMWARE_KINDS)
        # The right word lacks what is to stand in parentheses.
        suggestion = "" if kind in _FIRMWARE_KINDS else closest(kind, known)
        raise wrong(text, "is not allowed", expected=expected, suggestion=suggestion)
    inner = inner[:-1]
    if kind == "device-tree-compatible":
        if not inner:
            raise wrong(text, "has no value", expected=expected)
        return
    field = inner
    for position, char in enumerate(inner):
        if char in "<>=!$":
            field = inner[:position]
            break
    operator, value = _comparison(inner[len(field) :], _OPERATORS)
    name = field.strip()
    if not operator or not name or "/" in name or len(split_words(value)) != 1:
        raise wrong(
            inner or text,
            "is not a comparison",
            expected=f"FIELD and VALUE with {_OPERATORS_EXPECTED} between them, such as "
            '(board_name = "Some Board")',
        )


_FIRMWARE_KINDS: Final = ("device-tree-compatible", "smbios-field")


def _control_group_controller(_directive: Directive, text: str) -> None:
    words = text.split()
    if words in (["v1"], ["v2"]):
        return
    for word in words or [text]:
        if word in {"v1", "v2"}:
            raise wrong(word, "stands with something else", expected=f"{word} alone")
        check("<controller>|v1|v2", word)


def _capability(_directive: Directive, text: str) -> None:
    # Only this condition pays for the import.
    from runwrap.properties.privileges import (
        HIGHEST_CAPABILITY,
        capability_names,
        suggest_capability,
    )

    if text.isascii() and text.isdigit() and int(text[:9]) <= HIGHEST_CAPABILITY:
        return
    if text.upper() not in capability_names():
        raise wrong(
            text,
            "is not a capability",
            expected="one of capabilities(7), such as CAP_SYS_ADMIN",
            suggestion=suggest_capability(text),
        )


def _virtualization(_directive: Directive, text: str) -> None:
    try:
        check("<boolean>", text)
    except InvalidValueError as fault:
        if text not in VIRTUALIZATIONS:
            raise wrong(
                text,
                "is not a kind of virtualization",
                expected="a boolean, vm, container, private-users or one of systemd-detect-virt(1)",
                suggestion=fault.suggestion or closest(text, VIRTUALIZATIONS),
            ) from None


def _cpu_feature(directive: Directive, text: str) -> None:
    """Check a feature; a later manager takes an architecture before it, and those of arm64.

    Which features arm64 has is for the kernel to say.
    """
    folded = text.lower()
    if folded in X86_FEATURES:
        return
    architecture, point, feature = folded.rpartition(".")
    suggestion = closest(folded, X86_FEATURES)
    if point:
        directive.require(262, "an architecture before the feature")
        check("<architecture>", architecture)
        if architecture in {"x86", "x86-64"} and feature not in X86_FEATURES:
            meant = closest(feature, X86_FEATURES)
            suggestion = f"{architecture}.{meant}" if meant else ""
            raise wrong(text, "is not a CPU feature of x86", suggestion=suggestion)
    if directive.version < 262 and not suggestion:
        directive.require(262, "a CPU feature of another architecture than x86")
    if directive.version < 262 or not is_environment_name(feature):
        raise wrong(
            text,
            "is not a CPU feature",
            expected="one of systemd.unit(5), such as sse4_2, avx2 or rdrand",
            suggestion=suggestion,
        )


def _environment(_directive: Directive, text: str) -> None:
    if not is_environment_name(text.partition("=")[0]):
        raise wrong(
            text, "does not name a variable", expected="NAME or NAME=VALUE, with letters, digits, _"
        )


def _credential(_directive: Directive, text: str) -> None:
    printable = text.isascii() and text.isprintable()
    if not printable or set(text) & {"/", ":"} or text in {".", ".."} or len(text) > 255:
        raise wrong(
            text, "cannot name a credential", expected='printable ASCII without "/" and ":"'
        )


def _kernel_module(_directive: Directive, text: str) -> None:
    if "/" in text or text.split() != [text]:
        raise wrong(text, "cannot name a kernel module", expected="a name such as dm_crypt")


def _pressure(_directive: Directive, text: str) -> None:
    slice_name, colon, rest = text.rpartition(":")
    if colon and not is_slice_name(mangle(slice_name, "slice") if slice_name else ""):
        raise wrong(
            slice_name or text, "is not a slice", expected="the name of one, such as user.slice"
        )
    share, slash, span = rest.partition("/")
    parse_permyriad(share.strip())
    if slash and span.strip() not in {"", *_PRESSURE_SPANS}:
        meant = {"10s": "10sec", "1m": "1min", "60s": "1min", "5m": "5min", "300s": "5min"}
        raise wrong(
            span,
            "is not a time that pressure is measured over",
            expected=one_of(_PRESSURE_SPANS),
            suggestion=meant.get(span.strip(), ""),
        )


_PRESSURE_SPANS: Final = ("10sec", "1min", "5min")


def _fraction(_directive: Directive, text: str) -> None:
    words = text.split()
    if not 1 <= len(words) <= 2:
        raise wrong(text, "is not a fraction", expected="PERCENTAGE or TAG PERCENTAGE")
    parse_permyriad(words[-1])


def _machine_tag(_directive: Directive, text: str) -> None:
    if "[" not in text and (":" in text or text.split() != [text]):
        raise wrong(text, "cannot match a machine tag", expected="a tag, or a pattern for one")


CHECKS: Final[dict[str, Callable[[Directive, str], None]]] = {
    "capability": _capability,
    "control-group-controller": _control_group_controller,
    "cpu-feature": _cpu_feature,
    "cpus": _cpus,
    "credential": _credential,
    "environment": _environment,
    "firmware": _firmware,
    "fraction": _fraction,
    "group": _group,
    "kernel-module": _kernel_module,
    "machine-tag": _machine_tag,
    "memory": _memory,
    "os-release": _os_release,
    "pressure": _pressure,
    "user": _user,
    "versions": _versions,
    "virtualization": _virtualization,
}
"""The checks by the name that rows have in their argument."""
