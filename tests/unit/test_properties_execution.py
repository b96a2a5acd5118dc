"""The grammars of how processes run: streams, credentials, privileges, processors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runwrap.errors import PropertyError
from runwrap.properties import Property, encode, find, unit_file
from runwrap.properties.grammars import GRAMMARS

if TYPE_CHECKING:
    from pathlib import Path


_BPF = "BPFObjPin,BPFObjGet"


def sent(assignment: str, version: int = 262) -> tuple[str, str, object]:
    """Return the one property that *assignment* becomes."""
    (given,) = encode("service", [assignment], version=version)
    return given.name, given.signature, given.value


def refusal(assignment: str, version: int = 262) -> str:
    """Return the error line about *assignment*."""
    with pytest.raises(PropertyError) as caught:
        encode("service", [assignment], version=version)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def written(assignment: str, version: int = 262) -> list[str]:
    """Return what the properties of *assignment* are written as."""
    row = find(assignment.partition("=")[0])
    assert row is not None
    return [
        text
        for given in encode("service", [assignment], version=version)
        for text in GRAMMARS[row.grammar].write(row.at(version), given)
    ]


@pytest.mark.parametrize(
    ("assignment", "name", "signature", "value"),
    [
        ("StandardInput=null", "StandardInput", "s", "null"),
        ("StandardInput=fd:a", "StandardInputFileDescriptorName", "s", "a"),
        ("StandardInput=file:/a//b/", "StandardInputFile", "s", "/a/b"),
        ("StandardOutput=append:/a", "StandardOutputFileToAppend", "s", "/a"),
        ("StandardError=truncate:/a", "StandardErrorFileToTruncate", "s", "/a"),
        ("StandardInputText=a\\n\\x41", "StandardInputData", "ay", b"a\nA\n"),
        ("StandardInputText=", "StandardInputData", "ay", b""),
        ("StandardInputData=aGVs bG8=", "StandardInputData", "ay", b"hello"),
        ("SetCredential=a:b\\x00 c", "SetCredential", "a(say)", [("a", b"b\0 c")]),
        ("SetCredentialEncrypted=a:aGVs", "SetCredentialEncrypted", "a(say)", [("a", b"hel")]),
        ("LoadCredential=a", "LoadCredential", "a(ss)", [("a", "a")]),
        ("LoadCredential=a:/b c", "LoadCredential", "a(ss)", [("a", "/b c")]),
        ("ImportCredential=a.*", "ImportCredential", "as", ["a.*"]),
        ("ImportCredential=a.*:b.", "ImportCredentialEx", "a(ss)", [("a.*", "b.")]),
        ("LogExtraFields=A=b c", "LogExtraFields", "aay", [b"A=b c"]),
        ('LogExtraFields="A=b c" B=d', "LogExtraFields", "aay", [b"A=b c", b"B=d"]),
        ("LogExtraFields=", "LogExtraFields", "aay", []),
        ("LogFilterPatterns=~a b", "LogFilterPatterns", "a(bs)", [(False, "a b")]),
        ("EnvironmentFile=-/a/*", "EnvironmentFiles", "a(sb)", [("/a/*", True)]),
        ("CapabilityBoundingSet=cap_chown 12", "CapabilityBoundingSet", "t", 4097),
        ("CapabilityBoundingSet=~CAP_CHOWN", "CapabilityBoundingSet", "t", 2**64 - 2),
        ("AmbientCapabilities=", "AmbientCapabilities", "t", 0),
        ("SecureBits=noroot exec-restrict-file", "SecureBits", "i", 257),
        ("RestrictNamespaces=yes", "RestrictNamespaces", "t", 0),
        ("RestrictNamespaces=", "RestrictNamespaces", "t", 0x7E020080),
        ("RestrictNamespaces=~user", "RestrictNamespaces", "t", 0x6E020080),
        ("DelegateNamespaces=yes", "DelegateNamespaces", "t", 0x6E020080),
        ("DelegateNamespaces=", "DelegateNamespaces", "t", 0),
        ("SystemCallErrorNumber=eperm", "SystemCallErrorNumber", "i", 1),
        ("SystemCallErrorNumber=", "SystemCallErrorNumber", "i", 2**31 - 2),
        ("MountFlags=slave", "MountFlags", "t", 1 << 19),
        ("ProtectHostname=on", "ProtectHostname", "b", True),
        ("ProtectHostname=yes:a.b", "ProtectHostnameEx", "(ss)", ("yes", "a.b")),
        ("CPUAffinity=0-3,5", "CPUAffinity", "ay", b"\x2f" + bytes(7)),
        ("CPUAffinity=64", "CPUAffinity", "ay", bytes(8) + b"\1" + bytes(7)),
        ("CPUAffinity=numa", "CPUAffinityFromNUMA", "b", True),
        ("NUMAPolicy=weighted-interleave", "NUMAPolicy", "i", 6),
        ("CoredumpFilter=default 0x100", "CoredumpFilter", "t", 0x133),
        ("BPFDelegatePrograms=any", "BPFDelegatePrograms", "s", "any"),
        ("BPFDelegateCommands=BPFObjPin,BPFObjGet", "BPFDelegateCommands", "s", _BPF),
        ("PrivateTmp=disconnected", "PrivateTmpEx", "s", "disconnected"),
        ("PrivateTmpEx=yes", "PrivateTmp", "b", True),
    ],
)
def test_sent(assignment: str, name: str, signature: str, value: object) -> None:
    assert sent(assignment) == (name, signature, value)


@pytest.mark.parametrize(
    ("assignment", "version", "value"),
    [
        ("PrivateTmpEx=On", 257, ("PrivateTmpEx", "s", "On")),
        ("ImportCredentialEx=a", 257, ("ImportCredentialEx", "a(ss)", [("a", "")])),
        ("ImportCredentialEx=a", 262, ("ImportCredential", "as", ["a"])),
        ("RestrictNamespaces=no", 257, ("RestrictNamespaces", "t", 0x7E020000)),
        ("SecureBits=no-cap-ambient-raise", 252, ("SecureBits", "i", 64)),
    ],
)
def test_forms_of_the_manager_that_is_meant(
    assignment: str, version: int, value: tuple[str, str, object]
) -> None:
    assert sent(assignment, version) == value


@pytest.mark.parametrize(
    ("assignment", "version", "since"),
    [
        ("PrivateTmp=disconnected", 252, 257),
        ("PrivateUsers=full", 257, 258),
        ("PrivateUsersEx=managed", 258, 260),
        ("ProtectHostname=private", 257, 258),
        ("ImportCredential=a:b", 254, 257),
        ("SecureBits=exec-restrict-file", 257, 262),
        ("NUMAPolicy=preferred-many", 257, 262),
    ],
)
def test_too_new(assignment: str, version: int, since: int) -> None:
    said = refusal(assignment, version)
    assert f"came with systemd {since}" in said
    assert f"the service manager is systemd {version}" in said


@pytest.mark.parametrize(
    ("assignment", "suggestion"),
    [
        ("StandardOutput=jurnal", "journal"),
        ("StandardOutput=/a", "file:/a"),
        ("StandardOutput=syslog+console", "journal+console"),
        ("StandardInput=file", "file:/PATH"),
        ("LoadCredential=a:", "a"),
        ("LogExtraFields=a=b", "A=b"),
        ("LogExtraFields=A", "A=..."),
        ("CapabilityBoundingSet=net_admin", "CAP_NET_ADMIN"),
        ("CapabilityBoundingSet=CAP_NET_ADMN", "CAP_NET_ADMIN"),
        ("CapabilityBoundingSet=sys_adm", "CAP_SYS_ADMIN"),
        ("CapabilityBoundingSet=all", "~"),
        ("CapabilityBoundingSet=CAP_KILL,CAP_CHOWN", "CAP_KILL CAP_CHOWN"),
        ("SecureBits=no-root", "noroot"),
        ("RestrictNamespaces=network", "net"),
        ("RestrictNamespaces=user,net", "user net"),
        ("SystemCallErrorNumber=EPREM", "EPERM"),
        ("MountFlags=Shared", "shared"),
        ("ProtectHostname=privat:a", "private"),
        ("CPUAffinity=3-0", "0-3"),
        ("NUMAMask=All", "all"),
        ("NUMAPolicy=prefered", "preferred"),
        ("CoredumpFilter=", "default"),
        ("CoredumpFilter=shared_dax", "shared-dax"),
        ("BPFDelegateCommands=BPFObjGet, bpfmapcreate", "BPFMapCreate"),
        ("BPFDelegateCommands=BPFObjGet BPFMapCreate", "BPFObjGet,BPFMapCreate"),
        ("BPFDelegateCommands=BPFObjget", "BPFObjGet"),
        ("PrivateTmp=disconected", "disconnected"),
        ("MemoryTHP=madvice", "madvise"),
    ],
)
def test_suggestions(assignment: str, suggestion: str) -> None:
    assert refusal(assignment).endswith(f"(did you mean {suggestion}?)")


@pytest.mark.parametrize(
    ("assignment", "problem"),
    [
        ("StandardInput=append:/a", "not allowed"),
        ("StandardOutput=file:a", '"a" is not a normal absolute path'),
        ("StandardOutput=file:", "has no path after it"),
        ("StandardError=fd:a:b", "is not the name of a file descriptor"),
        ("StandardInputText=\\q", "is not an escape sequence"),
        ("StandardInputText=\\x00", "is not an escape sequence"),
        ("StandardInputText=\\ud800", "is not a character"),
        ("StandardInputText=a\\", "ends with a backslash"),
        ("StandardInputData=aGVsbG8", "is not Base64"),
        ("SetCredential=a", "has no value"),
        ("SetCredential=a/b:c", '"a/b" is not the name of a credential'),
        ("LoadCredential=a:b/c", "is not where a credential can come from"),
        ("LoadCredential=a:/b/../c", "is not a normal absolute path"),
        ("ImportCredential=a*b", "is not the name of a credential, or a pattern"),
        ("ImportCredential=a?", "has a wildcard"),
        ("LogExtraFields=A", "is not a journal field"),
        ("LogFilterPatterns=~", "has no pattern after it"),
        ("EnvironmentFile=-a", "is not allowed"),
        ("CapabilityBoundingSet=63", "is not a capability"),
        ("CapabilityBoundingSet=~CAP_KILL ~CAP_CHOWN", "is not a capability"),
        ("RestrictNamespaces=~yes", "is not a kind of namespace"),
        ("SystemCallErrorNumber=0", "is not an error"),
        ("ProtectHostname=no:a", "sets a host name that is not protected"),
        ("ProtectHostname=private:a_b", "is not a host name"),
        ("ProtectHostname=private:", "has no host name after the colon"),
        ("CPUAffinity=8192", '"8192" is out of range'),
        ("AllowedCPUs=0-99999", '"0-99999" is out of range'),
        ("AllowedCPUs=a-3", "is neither a number nor a range"),
        ("CPUSchedulingPolicy=4", "or a number: 0, 1, 2, 3 or 5"),
        ('SecureBits=""', "has an empty word"),
        ("ReadOnlyPaths=''", "has an empty word"),
        ("CoredumpFilter=100000000", "is out of range"),
        ("BPFDelegateMaps=,", "has a comma too many"),
    ],
)
def test_problems(assignment: str, problem: str) -> None:
    assert problem in refusal(assignment)


@pytest.mark.parametrize(
    "assignment", ["CapabilityBoundingSet=~all", "AmbientCapabilities=CAP_KILL any"]
)
def test_no_capability_is_guessed(assignment: str) -> None:
    assert "did you mean" not in refusal(assignment)


def test_words_that_are_newer_than_the_manager_are_not_offered() -> None:
    assert refusal("ProtectHostname=privat", 257).endswith("is not allowed; expected yes or no")
    assert '"yes:HOSTNAME" came with systemd 258' in refusal("ProtectHostname=yes:a", 257)


@pytest.mark.parametrize(
    ("assignment", "texts"),
    [
        ("StandardOutput=append:/a b", ["StandardOutput=append:/a b"]),
        ("StandardInput=fd:", ["StandardInput=fd:"]),
        ("StandardInputText= a\\nb\\xff ", ["StandardInputText=\\x20a\\nb\\xff\\x20"]),
        ("StandardInputText=\\n", ["StandardInputText=\\n"]),
        ("StandardInputText=", ["StandardInputText="]),
        ("StandardInputData=Cg==", ["StandardInputData=Cg=="]),
        ("SetCredential=a:\\x00\\\\ b", ["SetCredential=a:\\x00\\\\ b"]),
        ("SetCredential=", ["SetCredential="]),
        ("LoadCredential=a:a", ["LoadCredential=a"]),
        ("ImportCredential=a:a", ["ImportCredential=a:a"]),
        ("LogExtraFields=A=b c", ['LogExtraFields="A=b c"']),
        ("LogExtraFields='A=b' B=c", ['LogExtraFields="A=b" B=c']),
        ("LogFilterPatterns=~a\\d", ["LogFilterPatterns=~a\\d"]),
        ("EnvironmentFile=-/a", ["EnvironmentFile=-/a"]),
        ("CapabilityBoundingSet=~0 41", ["CapabilityBoundingSet=~CAP_CHOWN 41"]),
        ("CapabilityBoundingSet=~", ["CapabilityBoundingSet=~"]),
        ("SecureBits=noroot keep-caps", ["SecureBits=noroot keep-caps"]),
        ("RestrictNamespaces=", ["RestrictNamespaces=no"]),
        ("RestrictNamespaces=~user net", ["RestrictNamespaces=cgroup ipc mnt pid uts time"]),
        ("DelegateNamespaces=~", ["DelegateNamespaces=yes"]),
        ("SystemCallErrorNumber=1", ["SystemCallErrorNumber=EPERM"]),
        ("MountFlags=", ["MountFlags="]),
        ("ProtectHostname=private:a", ["ProtectHostname=private:a"]),
        ("CPUAffinity=1,0,5", ["CPUAffinity=0-1 5"]),
        ("CPUAffinity=numa", ["CPUAffinity=numa"]),
        ("CPUAffinity=", ["CPUAffinity="]),
        ("NUMAPolicy=bind", ["NUMAPolicy=bind"]),
        ("CoredumpFilter=33", ["CoredumpFilter=default"]),
        ("CoredumpFilter=3", ["CoredumpFilter=private-anonymous shared-anonymous"]),
        ("CoredumpFilter=1000", ["CoredumpFilter=0x1000"]),
    ],
)
def test_written_again(assignment: str, texts: list[str]) -> None:
    assert written(assignment) == texts


def test_several_log_fields_in_a_unit_file_are_read_again() -> None:
    several = Property("LogExtraFields", "aay", [b"A=b", b"B=c d"])
    (text,) = unit_file("service", [several]).splitlines()[1:]
    assert encode("service", [text]) == [several]


def test_all_memory_nodes_are_those_of_the_running_system(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from runwrap.properties import processors

    for name in ("node0", "node2", "online", "nodes"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(processors, "_NODES", str(tmp_path))
    assert sent("NUMAMask=all")[2] == b"\7" + bytes(7)
    monkeypatch.setattr(processors, "_NODES", str(tmp_path / "none"))
    assert sent("NUMAMask=all")[2] == b"\xff" * 128
