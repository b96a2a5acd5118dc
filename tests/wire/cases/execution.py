"""Cases of the grammars of how processes run: streams, credentials, privileges, processors."""

from __future__ import annotations

__all__ = ["BY_CLASS", "BY_DIRECTIVE", "BY_GRAMMAR", "MORE_GENEROUS", "STRICTER"]

TEXTS_THAT_ARE_SENT = [
    *("hello", "", " hello ", "a\\nb", "a\\x41\\u00e9", '"a b"', "%h", "\\xff", "\u00e9"),
    *("a\\s\\\"\\'", "\\ufffe", "\\U0001F600", "\\101", "\\\\", "a\\tb"),
]

BPF_CASES = [
    *("any", "", "bogus", "any,bogus", ",", "0x5", "ANY", "any "),
]

BY_GRAMMAR: dict[str, list[str]] = {
    "bpf-delegate": BPF_CASES,
    "capabilities": [
        *("", "~", "CAP_NET_ADMIN", "~CAP_NET_ADMIN CAP_SYS_ADMIN", "cap_net_admin CAP_CHOWN"),
        *('"CAP_NET_ADMIN" CAP_CHOWN', "0", "12", "62", "CAP_CHOWN CAP_CHOWN", "~ CAP_CHOWN", " "),
        *("CAP_CHECKPOINT_RESTORE", " CAP_CHOWN", "CAP_BPF CAP_PERFMON", "0x5", "+5", "05"),
        *("0b101", "-0", "41", "Cap_Kill", "CAP_CHOWN\t\nCAP_KILL", "~0 40"),
    ],
    "coredump-filter-mask": [
        *("default", "all", "0x33", "33", "ff", "private-anonymous shared-anonymous"),
        *("default private-dax shared-dax", "default 0x100", "bogus", "0", "ffffffff", "-1"),
        *("private-file-backed", "shared-file-backed", "elf-headers", "private-huge"),
        *("shared-huge", '"default"', "all default", "default,all", "Default", " default"),
        *("private-anonymous bogus", "0x", "+5", "0X5", 'default "', "1 ff", "0b1", "0o1", "012"),
        *("\\all", "200", "x1", "1_0", "0x 1", "-0", "+0xff", "00x1", "0b", "' '"),
        *("1ffffffffffffffff",),
    ],
    "cpu-affinity": [
        *("0", "0 1", "0,1", "0-3,5", "numa", "", "8191", "8192", "x", "64", "0-1-2", "1,"),
        *("0-3, 5", " ", "numa 0", "NUMA", " numa", "-1", "1-", "-", "0x1", "010", '"0 1"'),
        *('"0" 1', "all", ",", "0-63", "1 1", "+1", "7", "8", '0 1"', "0\\", "0\\,1", "1-1"),
        *("0 - 1", "0- 1", "100-200 3", "0-8191", "0-8192", "4294967296", "1,,2", ",1", "'0'"),
        *("'0,1'", "0-+1", "0-0x3", "0--1", "1;2", '"" 1', '""', '1-"2"', "\\61", "\\x31"),
        *("1\\ 2", "9999999999999999999999"),
    ],
    "cpu-set": [
        *("0", "0 1", "0-3,5", "", "8191", "8192", "x", "numa", "all", "0-1-2", "%h", "1,,2"),
        *(" ", "64", '"0" 1', "0x1", "-1"),
    ],
    "environment-files": [
        *("/a", "-/a", "", "/a b", "/a/../b", "/a//b", "/a/*.conf", "/a\\x20b", "/", "/%h", "-/"),
    ],
    "import-credential": [
        *(
            "foo",
            "foo*",
            "",
            "foo.*",
            "*",
            "foo bar",
            '"foo"',
            "%h",
            "\\x41",
            '" ',
            " foo",
            "a" * 255,
        ),
    ],
    "load-credential": [
        *("foo:/a", "foo", "", "foo:rel", "foo:/a b", "foo:/run/a.sock", '"foo:/a b"', "foo:/a:b"),
        *("%h", "foo:%h", "foo :/a", "foo:/a\\x41", "foo:'a'", " foo:/a", 'foo:"'),
    ],
    "log-extra-fields": [
        *("A=b", "A=b C=d", "A=", "A=a\\nb", "A=%h", "A1_B=x", "A=b A=c", "A=x\\", "A=\u00e9"),
        *("A" * 64 + "=b", "A= b ", "A=b=c"),
    ],
    "log-filter-patterns": [
        *("foo", "~foo", "", "foo bar", "\\~foo", '"foo"', '"~foo"', "\\d+", "a\\x7eb"),
        *("\\x7efoo", " foo", "~ foo", "~~foo", "%h", ".*foo.*", "~\\~x", "(a|b)"),
    ],
    "mount-propagation-flag": [
        *("shared", "slave", "private", "", "bogus", "Shared", " shared", "unbindable", "0"),
        *("shared slave", " "),
    ],
    "mpol": [
        *("default", "preferred", "bind", "interleave", "local", "preferred-many"),
        *("weighted-interleave", "0", "5", "-1", "", "bogus", "Bind", " 1", "0x1"),
    ],
    "namespace-list": [
        *("yes", "no", "user", "~user net", "cgroup ipc net mnt pid uts", "~", "True", "bogus"),
        *("user bogus", "~yes", "user,net", "time", "1", "off", "t", "~user", "user net", "~time"),
        *("~time user", "user ~net", "~no", '"user"', '"user net"', " user", " ~user", "~ user"),
        *(" yes", "yes ", "USER", "user yes", "user user", "~~user", 'user "', "network"),
        *("user  net", "user\tnet", "us\\er"),
    ],
    "numa-mask": ["0", "0-1", "0,2", "", "All", "x", "1024", "8192", "0 all", " all", "1023", " "],
    "protect-hostname": [
        *("yes", "no", "True", "private", "yes:foo", "private:foo", "private:a.b-c.D", "yes:"),
        *("private:", "1:foo", "Yes:1", "private:" + "a" * 64),
    ],
    "seccomp-errno-or-action": [
        *("EPERM", "1", "kill", "eperm", "4094", "4096", "Kill", "EBOGUS", "-1", "0x5", " 5"),
        *("010", "008", "EWOULDBLOCK", "ENOTSUP", "EDEADLOCK", "EHWPOISON", "+5", "ERFKILL"),
        *(" EPERM", "log", "EDEADLK", "ERROR", "E2BIG", "4095 ", "0b1", "0o17", "2147483646"),
    ],
    "secure-bits": [
        *("", "noroot", "noroot noroot-locked", '"noroot" keep-caps', " noroot ", " "),
        *("no-setuid-fixup", "no-setuid-fixup-locked", "keep-caps-locked"),
    ],
    "set-credential": [
        *("foo:aGVs", "foo:aGVs bG8=", "foo:", "", "foo", "foo: aGVs", "%h:aGVs", '"foo:aGVs'),
        *("foo :aGVs", "f*:aGVs", " foo:aGVs", 'f"o"o:aGVs'),
        *("foo:bar baz", "foo:a\\nb", "foo:a\\x00b", "foo:a\\xff", "foo:\\q", 'foo:"a b"'),
        *('"foo:a b"', "foo:'a:b'", "foo: a ", "foo:a:b:c", "foo:a\\", "foo:%h\\u00e9", "foo:\\"),
        *('foo:"a', "foo:\\u0000", "foo:\\000", "foo:\\U00000000", "foo:\\e", "foo:\\400"),
        *("foo:\\0", "foo:\u00e9\\s", "foo:\\101\\\\"),
    ],
    "standard-input-data": [
        *("", "aGVsbG8=", "aGVs bG8=", "aGVsbG8", " aGVsbG8=", "a", "aG", "aGV", "aGVs", "aG=="),
        *("aGV=", "aG=", "aGVs====", "aGVsbG8==", "aGVsbG8=aGVs", "*", "a+/b", "aa==", '"aGVs"'),
        *("===", "\u00e9", " ", "aA==", "aGU=", "aG Vs", "\taGVs\n", "aGVs\vaGVs", "aA=\n="),
    ],
    "standard-input-text": [*TEXTS_THAT_ARE_SENT, "a\\q", "a\\", "\\x00", "\\U00110000", "\\e"],
    "standard-inputs": [
        *("null", "tty", "socket", "fd", "fd:", "fd:foo", "fd: foo", "fd:%h", "file:/a"),
        *("file:/a b", "file:/%h", "file:/a\\b"),
    ],
}

BY_CLASS: dict[str, tuple[list[str], list[str]]] = {
    "<filtered-architecture>": (
        ["native", "x86", "x86-64", "x32", "mips64-le-n32", "riscv64", "loongarch64"],
        ["x86_64", "alpha", "riscv32", "m68k", "Native"],
    ),
}

BY_DIRECTIVE: dict[str, list[str]] = {
    "StandardInput": ["tty-force", "tty-fail", "data"],
    "StandardOutput": [
        *("inherit", "journal", "kmsg", "journal+console", "kmsg+console"),
        *("append:/a", "truncate:/a"),
    ],
    "StandardError": ["inherit", "kmsg", "append:/a", "truncate:/a b"],
    "BPFDelegateCommands": ["BPFMapCreate", "BPFMapCreate,BPFObjGet", "BPFProgAssocStructOps"],
    "BPFDelegateMaps": ["BPFMapTypeHash,BPFMapTypeRhash"],
    "BPFDelegatePrograms": ["BPFProgTypeXdp,BPFProgTypeUnspec"],
    "BPFDelegateAttachments": ["BPFXdp,BPFTraceFsessionMulti"],
    "PrivateTmp": ["disconnected", "connected", "Yes"],
    "PrivateTmpEx": ["disconnected", "connected", "Yes"],
    "PrivateUsersEx": ["self", "identity"],
    "ProtectControlGroupsEx": ["private", "strict"],
    "ImportCredential": ["foo:bar", "foo.*:bar.", "foo:", "foo:foo", "foo:b*", 'foo:"bar"'],
    "ImportCredentialEx": ["foo:bar", "foo.*:bar.", "foo:", "foo:foo", "foo:b*", 'foo:"bar"'],
}

REFUSED = "every manager refuses this value"
LATER_FORM = "the manager 257 takes it, in a form that only a later systemd-run sends"
MANUAL = "the manual says what is allowed; the manager would refuse, drop or mangle this"

WRONG_STREAMS = [
    *("bogus", "", "NULL", " null", "file", "append", "file:", "file:a", "file:~/x"),
    *("file:/a/../b", "file: /a", "file:%h/x", "fd:a:b", "fd:\u00e9", "fd:" + "a" * 256),
    *("fdx", "syslog", "console"),
]

WRONG_CAPABILITIES = [
    *("net_admin", "CAP_BOGUS", "CAP_NET_ADMN CAP_SYS_ADMIN", "~CAP_BOGUS", "64", "63", "-1"),
    *("CAP_NET_ADMIN ~CAP_SYS_ADMIN", "CAP_NET_ADMIN,CAP_SYS_ADMIN", "cap_41", "CAP_0"),
    *(" ~CAP_CHOWN", "~~CAP_CHOWN", '"CAP_CHOWN CAP_KILL"', 'CAP_CHOWN "', "CAP_CHOWN\\"),
    *("CAP_\\x43HOWN", "all", "none", "9999999999999"),
]

STRICTER: dict[str, str] = {
    **{
        f"{name}={value}": REFUSED
        for name in ("StandardInput", "StandardOutput", "StandardError")
        for value in WRONG_STREAMS
    },
    **{
        f"StandardInput={value}": REFUSED
        for value in ("append:/a", "truncate:/a", "inherit", "journal")
    },
    **{f"StandardOutput={value}": REFUSED for value in ("append:a", "data", "tty-force")},
    **{
        f"{name}={value}": "systemd-run would leave it out with a warning, or silently"
        for name in ("CapabilityBoundingSet", "AmbientCapabilities")
        for value in WRONG_CAPABILITIES
    },
    **{
        f"SecureBits={value}": "systemd-run would leave it out without a word"
        for value in (
            *("5", "bogus", "noroot bogus", '"noroot keep-caps"', "noroot,keep-caps", "NOROOT"),
            *('noroot "', "noroot\\", "exec-restrict-file", "exec-restrict-file-locked"),
            *("exec-deny-interactive", "exec-deny-interactive-locked"),
        )
    },
    **{
        f"SystemCallErrorNumber={value}": "no manager can put this into a filter"
        for value in ("0", "4095")
    },
    **{
        f"{name}={value}": "systemd-run up to 257 would leave the range out"
        for name in ("CPUAffinity", "NUMAMask", "AllowedCPUs", "AllowedMemoryNodes")
        for value in ("3-0", "5 3-0")
    },
    **dict.fromkeys(
        ("CoredumpFilter=", "CoredumpFilter= "),
        "over D-Bus it means that nothing is dumped, in a unit file that nothing changes",
    ),
    **{
        f"CoredumpFilter={value}": "Linux refuses the mask when the process starts"
        for value in ("ffffffffffffffff", "100000000", "default 200000000")
    },
    **{
        f"{name}={value}": REFUSED
        for name in ("SetCredential", "SetCredentialEncrypted")
        for value in (":aGVs", "a/b:aGVs", "..:aGVs", ".:aGVs", "\u00e9:aGVs", "a" * 256 + ":aGVs")
    },
    **{
        f"{name}={value}": REFUSED
        for name in ("LoadCredential", "LoadCredentialEncrypted")
        for value in (
            *("foo:", ":x", "foo:a/b", "foo:/a/../b", "foo:%h/x", "a/b:/x", "foo: /a", "foo:.."),
            *("a/b", "\u00e9", "foo:a:b"),
        )
    },
    **{
        f"{name}={value}": REFUSED
        for name in ("ImportCredential", "ImportCredentialEx")
        for value in (
            *("fo*o", "*foo", "foo?", "fo[o]", "a/b", "..", "\u00e9", ":bar", "foo:a/b"),
            *("foo:bar:baz", "foo:..", "foo**"),
        )
    },
    **dict.fromkeys(
        ("SetCredential=foo:\\ud800", "StandardInputText=\\ud800"),
        "half of a surrogate pair is no character; systemd-run 262 refuses it",
    ),
    **{
        f"LogExtraFields={value}": REFUSED
        for value in ("a=b", "_A=b", "A", "=b", "1A=x", "\u00c9=x", " A=b", "A" * 65 + "=b")
    },
    "LogFilterPatterns=~": "managers take it for a reset, of denied and allowed patterns alike",
    **{
        f"EnvironmentFile={value}": REFUSED
        for value in ("a", "-a", "-", '"/a"', "--/a", "%h/x", " /a", "~/a", "- /a")
    },
    **{
        f"{name}={value}": REFUSED
        for name in ("ProtectHostname", "ProtectHostnameEx")
        for value in (
            *("", "foo", "no:foo", ":foo", "private:a_b", "private:%h", "private: foo", "Private"),
            *("private:a:b", '"private:x"', "private:-a", "private:a-", "private:a..b"),
            *("private:.a", "private:a-.b", "private:" + "a" * 65),
        )
    },
    **{
        f"{name}{ex}={value}": REFUSED
        for name in ("PrivateTmp", "ProtectControlGroups", "PrivateUsers")
        for ex in ("", "Ex")
        for value in ("", "bogus", " yes", "Yes ")
    },
    **dict.fromkeys(
        ("PrivateUsersEx=full", "PrivateUsersEx=managed"),
        "the word came with a later version, and the manager 257 refuses it",
    ),
    **{
        f"BPFDelegate{name}={value}": "the manager drops the names that it does not know"
        for name in ("Commands", "Maps", "Programs", "Attachments")
        for value in [case for case in BPF_CASES if case not in {"any", ""}]
    },
    **{
        f"BPFDelegateCommands={value}": "the manager drops the names that it does not know"
        for value in (
            *("BPFMapCreate BPFObjGet", "BPFMapCreate, BPFObjGet", "bpfmapcreate"),
            *("any,BPFMapCreate", "BPFMapCreate,,BPFObjGet", "BPFMapCreate,bogus"),
        )
    },
    **{f"MemoryTHP={value}": MANUAL for value in ("", "always", "yes")},
}

MORE_GENEROUS: dict[str, str] = {
    **{
        f"StandardInputText={value}": "systemd-run up to 257 sends a property that no manager has"
        for value in TEXTS_THAT_ARE_SENT
    },
    "StandardInputText=": (
        "the reset of systemd.exec(5); systemd-run sends an empty line, and up to 257 as a "
        "property that no manager has"
    ),
    **dict.fromkeys(
        (
            *("StandardInputData=a-_b", "StandardInputData=-_-_", "StandardInputData=+_+-"),
            "SetCredentialEncrypted=foo:a-_b",
        ),
        "the other alphabet of Base64, which systemd-run 252 does not read yet",
    ),
    **dict.fromkeys(
        (
            *("StandardInput=file:/a//./b/", "StandardOutput=append:/a/", "StandardError=file://a"),
            *("LoadCredential=foo:/a//b", "LoadCredentialEncrypted=foo:/a/./b/"),
        ),
        "the manager refuses the path as systemd-run sends it, and takes it simplified",
    ),
    **dict.fromkeys(
        ("SecureBits=no-cap-ambient-raise", "SecureBits=keep-caps no-cap-ambient-raise-locked"),
        "names that came with systemd-run 262 for bits that every manager takes",
    ),
    "SystemCallErrorNumber=": "systemd.exec(5): empty means kill; systemd-run refuses it",
    **dict.fromkeys(
        ("RestrictNamespaces=", "RestrictNamespaces= "),
        "systemd-run sends what the manager takes for yes; systemd.exec(5) says false",
    ),
    "NUMAMask=all": "systemd-run looks at /sys, which a bare root tree does not have",
    **dict.fromkeys(
        ("LogExtraFields=", "LogExtraFields= "),
        "the reset of systemd.exec(5); systemd-run sends a field that every manager refuses",
    ),
    **dict.fromkeys(
        ('LogExtraFields="A=b c"', "LogExtraFields='A=x' B=y\\x41", 'LogExtraFields= "A=b" C=d'),
        "quotes as in a unit file; every manager refuses what systemd-run makes of them",
    ),
    "LogFilterPatterns=": "the reset as systemd-run 262 sends it; 257 adds an empty pattern",
    "ImportCredentialEx=\\x41": "systemd-run 257 drops the backslash, here alone",
    **{
        f"ImportCredential={value}": LATER_FORM
        for value in ("foo:bar", "foo.*:bar.", "foo:", "foo:foo", "foo:b*", 'foo:"bar"')
    },
    **dict.fromkeys(
        (
            *("PrivateTmp=disconnected", "PrivateTmp=connected", "PrivateUsers=self"),
            *("PrivateUsers=identity", "ProtectControlGroups=private"),
            "ProtectControlGroups=strict",
        ),
        LATER_FORM,
    ),
}
