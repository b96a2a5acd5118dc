"""Cases of conditions and assertions, and of what no manager takes for a transient unit."""

from __future__ import annotations

__all__ = ["BY_CLASS", "BY_DIRECTIVE", "BY_GRAMMAR", "MORE_GENEROUS", "STRICTER"]

BY_GRAMMAR: dict[str, list[str]] = {"condition": [""], "refused": []}

_PATHS = (
    ["/a", "|/a", "!/a", "|!/a", "/a b", "/a ", "/a/..", "/%h", "/a|!b", '/"a"', "/a\\b", "/*"],
    [
        "a",
        "|a",
        "!a",
        "| /a",
        "! /a",
        "|! /a",
        "| !/a",
        "!|/a",
        "||/a",
        "!!/a",
        " /a",
        " |/a",
        " ",
        "|",
        "!",
        "|!",
        '"/a"',
        "./a",
        "~",
        "%h",
        "-/a",
    ],
)
_BOOLEANS = (["yes", "!no", "|1", "|!OFF"], ["maybe", " yes", "yes ", "2", "|", "| yes"])
_PRESSURES = (
    *(["10%", "|!10.5%", "10%/1min", "10%/10sec", "10% / 5min", "5\u2030", "user.slice:10%"],),
    *(["10", "101%", "10%/60s", "10%/7min", "user.service:10%", ":10%", "10.123%", "x", "!"],),
)
_VERSIONS = (
    [
        ">=5",
        ">= 5",
        ">=5 <7",
        '">=5" "<9"',
        "6.*",
        "!=6",
        "!$=6.*",
        "|!$=6.*",
        "=6.1",
        "==6 <>7",
        "*",
        "[56].*",
        "<=5 ",
    ],
    [">=", ">=5 <", ">= 5 < 7", "ge 5", "=>5", "a b c", '"', "|", ">=x", "linux >=5"],
)

_BY_KIND: dict[str, tuple[list[str], list[str]]] = {
    **dict.fromkeys(
        (
            *("PathExists", "PathExistsGlob", "PathIsDirectory", "PathIsSymbolicLink"),
            *("PathIsMountPoint", "PathIsReadWrite", "PathIsEncrypted", "PathIsSocket"),
            *("DirectoryNotEmpty", "FileNotEmpty", "FileIsExecutable"),
        ),
        _PATHS,
    ),
    "ACPower": _BOOLEANS,
    "Architecture": (
        ["x86-64", "!arm64", "|riscv64", "native", "nios2", "loongarch64"],
        ["x86_64", "X86-64", "amd64", " x86-64", "|", "x86-64 arm64"],
    ),
    "CPUFeature": (
        ["sse2", "!avx2", "|SSE4_1", "constant_tsc"],
        ["sse 2", "sse-2", "!"],
    ),
    "CPUPressure": _PRESSURES,
    "CPUs": (
        ["1", ">1", ">=2", "|!<= 4", "!=3", "<>3", "=0x2", "==2", " > 1"],
        [">=", "x", "2 ", "-1", "5000000000", "ge 2", "=>2", "$=2", "2.5", "|"],
    ),
    "Capability": (
        ["CAP_CHOWN", "!cap_sys_admin", "|CAP_BPF", "5", "62"],
        ["CHOWN", "CAP_BOGUS", "63", "-1", "CAP_CHOWN CAP_KILL", " CAP_KILL", "!"],
    ),
    "ControlGroupController": (
        ["cpu", "!cpu memory", "v1", "|v2", " cpu  io "],
        ["bogus", "cpu bogus", "cpu,memory", '"cpu"', "v2 cpu", "CPU", " ", "|"],
    ),
    "Credential": (["a", "!a.b-c", "|a b"], ["a/b", "a:b", "..", "\u00e9", "!", "x" * 256]),
    "Environment": (["A", "!A", "A=1", "|_a1=b=c d", "A="], ["=1", "A-B", "1A=x", "A B", "!"]),
    "Firmware": (
        [
            "uefi",
            "!device-tree",
            "|device-tree-compatible(a,b)",
            "smbios-field(a_b >= 5)",
            'smbios-field(board_name = "Custom Board")',
            "smbios-field(bios_version$=1*)",
            "!smbios-field( a !$= 5* )",
        ],
        [
            "bios",
            "UEFI",
            "device-tree-compatible",
            "device-tree-compatible()",
            "smbios-field()",
            "device-tree-compatible(a",
            "smbios-field(a)",
            "smbios-field(a >=)",
            "|",
            "smbios-field(= 5)",
            "smbios-field(a/b = 5)",
            "smbios-field(a = b c)",
            "x(a = 5)",
        ],
    ),
    "FirstBoot": _BOOLEANS,
    "Fraction": (
        ["30%", "!a 30%", "|0.55%", "a  100%", " 30% ", "5\u2030"],
        ["30", "a", "a b 30%", '"a b" 30%', "101%", "0.555%", "30% a", " ", "!"],
    ),
    "Group": (["root", "!0", "|a-b"], ["@system", "-1", "a:b", "a/b", " root", "!"]),
    "Host": (["a", "!a*", "|0123456789abcdef0123456789abcdef", "a b", " a"], ["|", "!", "|!"]),
    "IOPressure": _PRESSURES,
    "KernelCommandLine": (["quiet", "!a=b", "|a=b c", "a.b"], ["|", "!"]),
    "KernelModuleLoaded": (["ext4", "!dm_crypt", "|a-b"], ["a/b", "a b", "ext4 ", "!"]),
    "KernelVersion": _VERSIONS,
    "MachineTag": (["a", "!role=web*", "|[a b]"], ["a b", "a:b", " a", "!"]),
    "Memory": (
        ["1G", ">=1G", ">= 1G", "|!<1.5G", "!=1", "<>1", "==1M", " = 5", "1M 1K", "4096"],
        ["x", ">=", "50%", "ge 1G", "$=1", "1g", "-1", "=>1G", "infinity", "!"],
    ),
    "MemoryPressure": _PRESSURES,
    "NeedsUpdate": (
        ["/etc", "!/var", "|/etc/", "|!/var/"],
        ["etc", "/foo", "/ect", "/etc /var", " /etc", "| /etc", "yes", "!"],
    ),
    "OSRelease": (
        ["ID=debian", "!VERSION_ID>=12", "|ID$=deb*", "ID!$=deb*", "A=b C!=d", '"A=b c" D=e'],
        ["ID", "ID debian", "ID = debian", "=debian", "ID=", "A-B=c", "1=x", "ID>= 5", '"', "!"],
    ),
    "Security": (
        [
            "selinux",
            "!apparmor",
            "|tomoyo",
            "smack",
            "ima",
            "audit",
            "uefi-secureboot",
            "tpm2",
            "cvm",
            "!measured-uki",
            "|!measured-os",
        ],
        ["SELinux", "bogus", " tpm2", "tpm2 ima", "|"],
    ),
    "User": (["root", "!0", "|@system", "a-b"], ["@sytem", "-1", "a:b", "a/b", " root", "!"]),
    "Version": (
        [*_VERSIONS[0], "kernel >=5", "!systemd >= 257 <300", "|systemd>=257", " glibc >=2"],
        [*_VERSIONS[1], "systemd", "kernel ", "foo >=2", '"systemd" >=2', "systemdx >=2"],
    ),
    "Virtualization": (
        ["yes", "!no", "|vm", "container", "kvm", "!private-users", "systemd-nspawn", "none"],
        ["VM", "bogus", " vm", "vm kvm", "|"],
    ),
}
"""By condition: parameters that are sent as they are, and such as are refused."""

_BY_KIND["CPUFeature"][0].extend(["x86-64.sse2", "!arm64.bti", "bti"])
_BY_KIND["KernelVersion"][0].extend(["kernel >=5", "systemd >=257"])

BY_DIRECTIVE: dict[str, list[str]] = {
    f"{start}{kind}": [*good, *bad]
    for kind, (good, bad) in _BY_KIND.items()
    for start in ("Condition", "Assert")
}

STRICTER: dict[str, str] = {
    **{
        f"{start}{kind}={value}": "systemd.unit(5): no manager can make anything of the parameter"
        for kind, (_, bad) in _BY_KIND.items()
        for start in ("Condition", "Assert")
        for value in bad
    },
    "FailureAction=kexec-immediate": "systemd.unit(5) has no such action",
    "OnFailureJobMode=restart": "no manager has such a job mode",
    "OnFailureJobMode=Replace": "every manager takes the words in lower case only",
}

BY_DIRECTIVE |= {
    "FailureAction": ["soft-reboot", "soft-reboot-force", "kexec", "halt", "halt-immediate"],
    "OnFailureJobMode": ["restart-dependencies", "lenient", "triggering"],
    "JobTimeoutSec": ["x"],
    "Markers": ["+needs-restart -needs-reload", "+needs-restart", "+needs-restart needs-reload"],
}

BY_CLASS: dict[str, tuple[list[str], list[str]]] = {
    "<marker>": (
        ["needs-restart", "needs-reload", "needs-start", "needs-stop"],
        ["restart", "needs-bogus", "+ needs-stop", "NEEDS-STOP"],
    ),
    "<session>": (["a", "a/b", "a-b.c"], ["a:b", "\u00e9", "a b"]),
}

MORE_GENEROUS: dict[str, str] = {}
