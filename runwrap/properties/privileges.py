"""Grammars of what processes may do: capabilities, secure bits, namespaces, errors of filters."""

from __future__ import annotations

import errno

from runwrap.namespaces import NAMESPACES
from runwrap.properties.faults import closest, one_of, quote, wrong
from runwrap.properties.processors import plain_words
from runwrap.properties.scalars import BOOLEANS, parse_boolean, parse_integer
from runwrap.properties.values import check_word, error_numbers
from runwrap.properties.words import WHITE_SPACE, split_words
from runwrap.properties.writing import yes_no
from runwrap.units import Property

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from runwrap.properties.table import Directive

__all__ = [
    "BPF_NAMES",
    "HIGHEST_CAPABILITY",
    "NAMESPACES",
    "PROPAGATIONS",
    "capability_names",
    "secure_bit_names",
    "suggest_capability",
]

_CAPABILITIES: Final = (
    "chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap linux_immutable "
    "net_bind_service net_broadcast net_admin net_raw ipc_lock ipc_owner sys_module sys_rawio "
    "sys_chroot sys_ptrace sys_pacct sys_admin sys_boot sys_nice sys_resource sys_time "
    "sys_tty_config mknod lease audit_write audit_control setfcap mac_override mac_admin syslog "
    "wake_alarm block_suspend audit_read perfmon bpf checkpoint_restore"
)
"""The capabilities of Linux, from bit 0 on, without their ``CAP_`` (capabilities(7))."""

_EVERY_CAPABILITY: Final = 2**64 - 1
HIGHEST_CAPABILITY: Final = 62
"""The largest number that can name a capability to every manager."""

_KILL: Final = 2**31 - 2
"""What stands for "kill" where a system call filter says an error."""

BPF_NAMES: Final = {
    "BPFDelegateCommands": (
        "BPF",
        """
        MapCreate MapLookupElem MapUpdateElem MapDeleteElem MapGetNextKey ProgLoad ObjPin ObjGet
        ProgAttach ProgDetach ProgTestRun ProgGetNextId MapGetNextId ProgGetFdById MapGetFdById
        ObjGetInfoByFd ProgQuery RawTracepointOpen BtfLoad BtfGetFdById TaskFdQuery
        MapLookupAndDeleteElem MapFreeze BtfGetNextId MapLookupBatch MapLookupAndDeleteBatch
        MapUpdateBatch MapDeleteBatch LinkCreate LinkUpdate LinkGetFdById LinkGetNextId
        EnableStats IterCreate LinkDetach ProgBindMap TokenCreate ProgStreamReadByFd
        ProgAssocStructOps
        """,
    ),
    "BPFDelegateMaps": (
        "BPFMapType",
        """
        Unspec Hash Array ProgArray PerfEventArray PercpuHash PercpuArray StackTrace CgroupArray
        LruHash LruPercpuHash LpmTrie ArrayOfMaps HashOfMaps Devmap Sockmap Cpumap Xskmap
        Sockhash CgroupStorageDeprecated ReuseportSockarray PercpuCgroupStorageDeprecated Queue
        Stack SkStorage DevmapHash StructOps Ringbuf InodeStorage TaskStorage BloomFilter
        UserRingbuf CgrpStorage Arena InsnArray Rhash
        """,
    ),
    "BPFDelegatePrograms": (
        "BPFProgType",
        """
        Unspec SocketFilter Kprobe SchedCls SchedAct Tracepoint Xdp PerfEvent CgroupSkb
        CgroupSock LwtIn LwtOut LwtXmit SockOps SkSkb CgroupDevice SkMsg RawTracepoint
        CgroupSockAddr LwtSeg6local LircMode2 SkReuseport FlowDissector CgroupSysctl
        RawTracepointWritable CgroupSockopt Tracing StructOps Ext Lsm SkLookup Netfilter
        """,
    ),
    "BPFDelegateAttachments": (
        "BPF",
        """
        CgroupInetIngress CgroupInetEgress CgroupInetSockCreate CgroupSockOps SkSkbStreamParser
        SkSkbStreamVerdict CgroupDevice SkMsgVerdict CgroupInet4Bind CgroupInet6Bind
        CgroupInet4Connect CgroupInet6Connect CgroupInet4PostBind CgroupInet6PostBind
        CgroupUdp4Sendmsg CgroupUdp6Sendmsg LircMode2 FlowDissector CgroupSysctl
        CgroupUdp4Recvmsg CgroupUdp6Recvmsg CgroupGetsockopt CgroupSetsockopt TraceRawTp
        TraceFentry TraceFexit ModifyReturn LsmMac TraceIter CgroupInet4Getpeername
        CgroupInet6Getpeername CgroupInet4Getsockname CgroupInet6Getsockname XdpDevmap
        CgroupInetSockRelease XdpCpumap SkLookup Xdp SkSkbVerdict SkReuseportSelect
        SkReuseportSelectOrMigrate PerfEvent TraceKprobeMulti LsmCgroup StructOps Netfilter
        TcxIngress TcxEgress TraceUprobeMulti CgroupUnixConnect CgroupUnixSendmsg
        CgroupUnixRecvmsg CgroupUnixGetpeername CgroupUnixGetsockname NetkitPrimary NetkitPeer
        TraceKprobeSession TraceUprobeSession TraceFsession TraceFentryMulti TraceFexitMulti
        TraceFsessionMulti
        """,
    ),
}
"""Names of what the BPF file system can delegate, with what they all begin with.

(systemd.exec(5), BPFDelegateCommands= and its like.)
"""


def capability_names() -> dict[str, int]:
    """Return the bits of the capabilities, by name."""
    return {f"CAP_{name.upper()}": bit for bit, name in enumerate(_CAPABILITIES.split())}


def capabilities(directive: Directive, text: str) -> list[Property]:
    """Capabilities, by name or number; all but these after ``~``; empty is none, ``~`` is all.

    What systemd-run and unit files would drop with a warning, if any, is refused.
    """
    deny = text.startswith("~")
    names = capability_names()
    mask = 0
    for word in split_words(text.removeprefix("~")):
        bit = names.get(word.upper())
        if bit is None:
            try:
                bit = parse_integer(word, 0, HIGHEST_CAPABILITY)
            except ValueError:
                raise wrong(
                    word,
                    "is not a capability",
                    expected="names such as CAP_NET_ADMIN, separated by white space, with ~ "
                    "before the first to deny them",
                    suggestion=_suggest_capabilities(word, text, names),
                    is_word=True,
                ) from None
        mask |= 1 << bit
    return [Property(directive.name, "t", _EVERY_CAPABILITY & ~mask if deny else mask)]


def _suggest_capabilities(word: str, text: str, names: dict[str, int]) -> str:
    if text.lower() in {"all", "any"}:
        return "~"
    parts = word.replace(",", " ").split()
    if len(parts) > 1 and all(part.upper() in names for part in parts):
        return " ".join(parts)
    return suggest_capability(word.strip("~"))


def suggest_capability(word: str) -> str:
    """Return the capability that *word* was most likely meant to be, or ""."""
    names = capability_names()
    meant = closest(word, names)
    if meant:
        return meant
    # A guess at more than the end would be a wild one: CAP_ALL looks like CAP_KILL.
    start = f"CAP_{word.strip().upper()}"
    longer = [name for name in names if name.startswith(start) and len(word) > 1]
    return start if start in names else longer[0] if len(longer) == 1 else ""


def write_capabilities(directive: Directive, given: Property) -> list[str]:
    """Write capabilities by name, or after ``~`` those that are missing."""
    mask = given.value
    assert isinstance(mask, int)
    deny = bool(mask >> (HIGHEST_CAPABILITY + 1))
    listed = ~mask if deny else mask
    names = {bit: name for name, bit in capability_names().items()}
    bits = [bit for bit in range(HIGHEST_CAPABILITY + 1) if listed >> bit & 1]
    text = " ".join(names.get(bit, str(bit)) for bit in bits)
    return [f"{directive.name}={'~' if deny else ''}{text}"]


_SECURE_BITS: Final = (
    "noroot|noroot-locked|no-setuid-fixup|no-setuid-fixup-locked|keep-caps|keep-caps-locked|"
    "no-cap-ambient-raise|no-cap-ambient-raise-locked|exec-restrict-file@262|"
    "exec-restrict-file-locked@262|exec-deny-interactive@262|exec-deny-interactive-locked@262"
)
"""The secure bits from bit 0 on, with the version that brought them (systemd.exec(5)).

Those of ambient capabilities every manager takes; only the names are new in 262.
"""


def secure_bit_names() -> list[str]:
    """Return the words of ``SecureBits=`` (systemd.exec(5))."""
    return [word.partition("@")[0] for word in _SECURE_BITS.split("|")]


def secure_bits(directive: Directive, text: str) -> list[Property]:
    """Secure bits, by name; empty resets."""
    names = secure_bit_names()
    mask = 0
    for word in split_words(text):
        check_word(_SECURE_BITS, word, directive.version)
        mask |= 1 << names.index(word)
    return [Property(directive.name, "i", mask)]


def write_secure_bits(directive: Directive, given: Property) -> list[str]:
    """Write secure bits by name."""
    mask = given.value
    assert isinstance(mask, int)
    names = [name for bit, name in enumerate(secure_bit_names()) if mask >> bit & 1]
    return [f"{directive.name}={' '.join(names)}"]


def namespaces(directive: Directive, text: str) -> list[Property]:
    """Kinds of namespaces, all but these after ``~``, or a boolean; sent are those meant.

    Of RestrictNamespaces= these are the ones that are left accessible, so ``yes`` is none and
    ``no`` all of them. An empty value is ``no`` (systemd.exec(5)), not the ``yes`` that
    systemd-run makes of it.
    """
    restrict = directive.name == "RestrictNamespaces"
    every = _every_namespace(directive)
    if not text.strip(WHITE_SPACE):
        return [Property(directive.name, "t", every if restrict else 0)]
    if text.lower() in BOOLEANS:
        return [Property(directive.name, "t", every if parse_boolean(text) != restrict else 0)]
    deny = text.startswith("~")
    mask = 0
    for word in plain_words(text.removeprefix("~")):
        if word not in NAMESPACES:
            raise wrong(
                word,
                "is not a kind of namespace",
                expected=f"yes, no, or {one_of(list(NAMESPACES))}, with ~ before the first to "
                "mean all but these",
                suggestion=_suggest_namespaces(word),
                is_word=True,
            )
        mask |= NAMESPACES[word]
    return [Property(directive.name, "t", every & ~mask if deny else mask)]


def _suggest_namespaces(word: str) -> str:
    parts = word.replace(",", " ").split()
    if len(parts) > 1 and all(part in NAMESPACES for part in parts):
        return " ".join(parts)
    others = {"network": "net", "mount": "mnt", "hostname": "uts"}
    return others.get(word.lower(), "") or closest(word, NAMESPACES)


def _every_namespace(directive: Directive) -> int:
    """Return the flags of all namespaces that the manager knows of."""
    every = sum(NAMESPACES.values())
    if directive.name == "DelegateNamespaces":
        # A user namespace cannot own itself.
        every -= NAMESPACES["user"]
    # Later managers restrict time namespaces too; earlier ones let them pass always.
    return every - NAMESPACES["time"] if directive.version < 258 else every


def write_namespaces(directive: Directive, given: Property) -> list[str]:
    """Write kinds of namespaces by name, and none or all of them as a boolean."""
    mask = given.value
    assert isinstance(mask, int)
    if mask in {0, _every_namespace(directive)}:
        text = yes_no(bool(mask) != (directive.name == "RestrictNamespaces"))
    else:
        text = " ".join(name for name, flag in NAMESPACES.items() if mask & flag)
    return [f"{directive.name}={text}"]


def filter_error(directive: Directive, text: str) -> list[Property]:
    """An error by name or number, or ``kill``; empty is ``kill`` too.

    Managers refuse 0; and 4095 they take, but cannot put into the filter.
    """
    if text in {"", "kill"}:
        return [Property(directive.name, "i", _KILL)]
    errors = error_numbers()
    number = errors.get(text.upper())
    if number is None:
        try:
            number = parse_integer(text, 1, 4094)
        except ValueError:
            raise wrong(
                text,
                "is not an error",
                expected="a name such as EPERM, a number from 1 to 4094, or kill",
                suggestion=closest(text, [*errors, "kill"]),
            ) from None
    return [Property(directive.name, "i", number)]


def write_filter_error(directive: Directive, given: Property) -> list[str]:
    """Write an error by name where it has one."""
    number = given.value
    assert isinstance(number, int)
    text = "kill" if number == _KILL else errno.errorcode.get(number, str(number))
    return [f"{directive.name}={text}"]


PROPAGATIONS: Final = {"": 0, "shared": 1 << 20, "slave": 1 << 19, "private": 1 << 18}
"""How mounts are propagated, with the flags of mount(2)."""


def mount_propagation(directive: Directive, text: str) -> list[Property]:
    """How mounts are propagated: ``shared``, ``slave``, ``private``, or empty to reset."""
    if text not in PROPAGATIONS:
        raise wrong(
            text,
            "is not allowed",
            expected="shared, slave or private",
            suggestion=closest(text, PROPAGATIONS),
        )
    return [Property(directive.name, "t", PROPAGATIONS[text])]


def write_mount_propagation(directive: Directive, given: Property) -> list[str]:
    """Write how mounts are propagated."""
    words = {flag: word for word, flag in PROPAGATIONS.items()}
    assert isinstance(given.value, int)
    return [f"{directive.name}={words[given.value]}"]


_PROTECTED_HOSTNAMES_SINCE: Final = 258
"""The version that took more than a boolean (systemd.exec(5), ProtectHostname=)."""


def protect_hostname(directive: Directive, text: str) -> list[Property]:
    """Yes, no or ``private``, with the host name to set after a colon unless it is no."""
    if text.lower() in BOOLEANS:
        return [Property("ProtectHostname", "b", parse_boolean(text))]
    mode, colon, hostname = text.partition(":")
    is_newer = directive.version >= _PROTECTED_HOSTNAMES_SINCE
    expected = "yes, no, yes:HOSTNAME, private or private:HOSTNAME" if is_newer else "yes or no"
    words = [*BOOLEANS, *(["private"] if is_newer else [])]
    if mode != "private" and mode.lower() not in BOOLEANS:
        raise wrong(
            mode or text,
            "is not allowed",
            expected=expected,
            suggestion=closest(mode, words) if mode else "",
        )
    directive.require(_PROTECTED_HOSTNAMES_SINCE, quote(f"{mode}:HOSTNAME" if colon else mode))
    if colon and (mode != "private" and not parse_boolean(mode)):
        raise wrong(text, "sets a host name that is not protected", expected=expected)
    if colon and not _is_hostname(hostname):
        raise wrong(
            hostname or text,
            "is not a host name" if hostname else "has no host name after the colon",
            expected="letters, digits and -, in parts separated by dots, up to 64 in all",
        )
    return [Property("ProtectHostnameEx", "(ss)", (mode, hostname))]


def _is_hostname(text: str) -> bool:
    allowed = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-")
    return len(text) <= 64 and all(
        part and part.strip("-") == part and allowed.issuperset(part) for part in text.split(".")
    )


def write_protect_hostname(directive: Directive, given: Property) -> list[str]:
    """Write yes or no, or the word with the host name."""
    if given.signature == "b":
        return [f"{directive.name}={yes_no(given.value)}"]
    assert isinstance(given.value, tuple)
    mode, hostname = given.value
    return [f"{directive.name}={mode}:{hostname}" if hostname else f"{directive.name}={mode}"]


def bpf_delegate(directive: Directive, text: str) -> list[Property]:
    """Names of what the BPF file system delegates, separated by commas; or ``any``, or empty.

    The manager drops the names that it does not know, so they are refused here.
    """
    if text not in {"", "any"}:
        beginning, names = BPF_NAMES[directive.name]
        known = {f"{beginning}{name}" for name in names.split()}
        for name in text.split(","):
            if name not in known:
                listed = name.replace(",", " ").split()
                spaced = len(listed) > 1 and known.issuperset(listed)
                raise wrong(
                    name or text,
                    "is not a name that can stand here" if name else "has a comma too many",
                    expected=f"names such as {beginning}{names.split()[0]}, separated by commas "
                    "alone; or any alone",
                    suggestion=",".join(listed) if spaced else closest(name, sorted(known)),
                )
    return [Property(directive.name, "s", text)]
