"""Cases of the grammars of paths, images, directories and command lines."""

from __future__ import annotations

__all__ = ["BY_DIRECTIVE", "BY_GRAMMAR", "MORE_GENEROUS", "STRICTER"]

_HASH = "0123456789abcdef"

BY_GRAMMAR: dict[str, list[str]] = {
    "bind-paths": [
        *("/a", "/a:/b", "/a:/b:rbind", "/a:/b:norbind", "-/a:/b", "/a /b:/c /d:/e:norbind", ""),
        *("/a:/b:", '"/a b":"/c d"', "a:b", "/a:/b:bogus", "/a/../b:/c/./d//", " ", "-/a", "/a:/"),
        *("/a:", "/a::", "/a::norbind", "/a:/b:noidmap", "/a:/b:idmap", "/a:/b:rbind,idmap"),
        *("/a:/b:rbind:norbind", "/a:/b:norbind:x", "/a:b", "a", ":/b", ":", "/a\\:b:/c"),
        *("/a\\x3ab:/c", '"/a b:/c d"', "'/a b'", "%h:/home", "/a\\ b", "/a\\x20b:/c\\040d"),
        *("/a\\q", '"/a', "/a\\", "/a:/b /a:/b", "+/a", "-+/a", "/a:-/b", "- /a", "--/a", "-"),
        *("/a,/b", "/a\\\\b", "/a: /b", "/a:/b: norbind", '"-/a:/b"', '-"/a":/b', '/a:"/b:c"'),
        *('/a:"/b c":norbind', '"/a:/b c:norbind"', "/a\\\\:b", "/a\\\\:b:/c", "/a;/b", "/\u00e9"),
        *("/a\t/b", "/a  /b", "/a ", " /a", '""', '/a:""', '/a:/b:"norbind"', "/a:/b: /c"),
        *("/a:/b:norbind  /c", "/a\\\tb", "/a:/b:no\\rbind", '"/a":', '/a"b c":/d', "'/a\\'b'"),
        *('"/a\\\\b"', '/a:"/b', "/a:/b\\"),
    ],
    "command-line": [
        *("/bin/echo hi", "-/bin/echo hi", "@/bin/echo foo hi", "+/bin/echo", "!/bin/echo"),
        *("!!/bin/echo", ":/bin/echo $A", "-@:+/bin/echo arg0 x", "", "echo hi", "./x", "-"),
        *(" ", "@/bin/echo", "@sh ", "@", "-@", "--/bin/echo", "@@/bin/echo a", "++/bin/echo"),
        *("+!/bin/echo", "!+/bin/echo", "!!!/bin/echo", "::/bin/echo", "!-!/bin/echo", "--x"),
        *("+!!/bin/echo", "!!+/bin/echo", "- /bin/echo", "- -/bin/echo", "- - /bin/echo", "+ :x"),
        *(" -/bin/echo", " - /bin/echo", "@ /bin/echo x", "+", ":", "!!", "nosuchprogram hi"),
        *("/nosuch hi", "a/b", "/bin/../bin/echo", "/bin//echo", "/bin/echo/", "/", "%h/x", "~/x"),
        *('"/bin/echo" \'a b\' "c\\n" \\x41 \\101 \\u00e9', '"/bin/ec ho" x', '/bin/echo "a'),
        *("/bin/echo a\\", "/bin/echo \\q", "/bin/echo a ; /bin/echo b", "/bin/echo a \\; b"),
        *("/bin/echo ;", "; /bin/echo", '"-/bin/echo" hi', "'@/bin/echo' hi", '"-x" y', '"@x"'),
        *('"" x', '/bin/echo ""', '-""', '@/bin/echo "" x', "   /bin/echo   a   b  "),
        *("\\x2fbin/echo", "/bin/echo \\xff", "/bin/echo a\"b c\"d 'x'y", "sh -c 'echo $$ $A %n'"),
        *("@echo foo", "@sh sh", "..", ".", "/bin/echo\ta\tb", "\u00e9", "/bin/e\\x01cho", "*echo"),
        *("^/bin/echo", "\\n", '":/bin/echo"', ":!!/bin/echo", ":!/bin/echo", "-!!/bin/echo"),
        *("!!-/bin/echo", '+-:@/bin/echo "a b"', "x" * 255, "x" * 256, '/bin/echo "\\" \\\\ \'"'),
        *('"|ls" x', "/bin/echo -a |b", '@"-x" y'),
    ],
    "directory": [
        *("a", "a b", "a/b", '"a b"', "a a", "a:b", "a:b c", "a:b c:d e", "a:", "a b:", " ", ""),
        *("/a", "../a", ":b", ":", "a::", "a:b:", '"a', "a:/b", "./foo", "foo/", "a//b"),
        *("a/./b", "././a//", "./a//b:c//./d/", "a:./b/c", "a..", "...", "a/private", "a/. ./a"),
        *(".", "./", "a:.", "private", "private/a", "./private", "a:private", "a:private/b"),
        *("a\\:b", "a\\\\:b", '"a:b c"', "a\\\\:b:c", '"a b:c d"', '"a b":"c d"', 'a:"b c"'),
        *("a:b\\ c", "a\\x20b", "a:b\\x20c", "a:../b", "a/../b", "%n", "a:b a:c", "a: b"),
        *("'a\\:b'", "a\\\\b", "a\\\\b:c", "'a:b\\\\c'", "a\\", "a:b\\", 'a:"b', "./a:./b"),
        *("private:a", 'a\\\\"b:c\\\\"d', 'a\\"b:c\\"d', "a\\'b", '"a\'b"', '"a\\\\\\\\b"'),
        *("'a\\\\\\\\b'", '"a\\\\ b"', '"a\\\\\\\\"', "\"a'b c'd\"", "\"a'b:c'd\"", "a\\\\\\\\"),
        *("a\\\\", "a:b\\\\", 'a:\\"b', "a:b::", "a:a", "a:./a", "\u00e9:\u00e8", "a\tb"),
    ],
    "extension-images": [
        *("/e", "-/e", "/e:ro", "/e:root:ro", "/e:root:ro:home:rw", "/e /f:dev", "", "e", "/e:"),
        *("/e:bogus:ro", '"/e a:ro"', "/e/../f", " ", "/e::", "/e:ro /f:root:dev", ":ro"),
        *("/e\\:x:ro", "/e\\\\:x:ro", "/e/.v", "/e.v", "/e.v/", "/e:root", "/e:root:", '"/e'),
        *("/e\\", "/e//f/", "/e/./f", "--/e", "/e:ro:x", "/e:bogus", "/e:root:ro:x", "/e\\x20f"),
        *('/e\\"x:ro', "\"/e'x:y'z\"", "/e\\q", "/e\\\\", "/e::ro", "/e:::ro", "/e:root:ro:", "-"),
        *("-:ro", '""', "/e\\ f", '/e "" /f', "/", "/e:swap:ro", "/e:Root:ro"),
    ],
    "image-policy": [
        *("root=verity", "", "*", "-", "~", "bogus=verity", "root=bogus", "root", "root="),
        *("=absent", "root=verity:root=absent", "root=verity+verity", "root=verity:"),
        *(":root=verity", "root=verity::usr=absent", " root=verity", "root = verity", "*:-", " * "),
        *("root=verity +signed", "root=open", "root=open+absent", "root=read-only-on+growfs-off"),
        *("root-verity-sig=absent", "usr-verity=unprotected", "Root=verity", "root=Verity", "="),
        *("tmp=absent:var=absent:esp=unused:xbootldr=unused:swap=unused:home=absent:srv=absent",),
        *("root=+", "root=verity+", "usr=verity+read-only-on:root=encrypted:swap=encrypted"),
        *("root=encrypted: swap=absent", "allow", "=absent:=unused", "rooot=verity", "root=signd"),
    ],
    "mount-images": [
        *("/i:/m", "/i:/m:ro", "-/i:/m:root:ro", "/i:/m:root:ro:home:rw", "/i:/m /j:/n:ro", ""),
        *("/i", "i:/m", "/i:m", "/i:/m:bogus:ro", '"/i a:/m b"', "/i\\:x:/m", " ", "/i:", ":/m"),
        *("/i:/m:root:ro", "/i:/m:root:ro home:rw", "/i:/m:bogus", "/i:/m:", "/i:/m::", "-:/m"),
        *("/i:/m:ro /j:/n:root:nosuid", "/i\\\\:x:/m", '"/i\\:x:/m"', "/i/../j:/m", "/i:/m/../n"),
        *("/i:/m:ro:x", "/i:/m:root:ro:home", "/i:/m:root:", "--/i:/m", "- /i:/m", '"-/i:/m"'),
        *('"/i', "/i:/m\\", "/i//j/:/m//n/", "/i/./j:/m/.", '/i:/m:"ro,noexec"', "%h/i:/m"),
        *('"/i:/m:root:ro,x y"', "/i:/m:root:ro,dev:usr:nodev", "/i:/m:root:a\\:b", "/i:/m:a\\:b"),
        *("/i:/m /i:/m", "/i:/m:root:ro:root:rw", "/i\\x20j:/m", "/i:/m:a=b\\x20c", "/i:/m: ro"),
        *('/i\\"x:/m', '"/i\\"x:/m"', "\"/i'x:/y'z:m\"", "/i\\q:/m", "/i\\\\:/m", "/i:/m:a\\,b"),
        *('"/i\\\\x20j:/m"', "/i:/m\\\\", "/i\\\\\\:x:/m", '"/i\\ j:/m"', "/i:/m:root:ro::rw"),
        *("/i:/m::ro", "/i:/m:::ro", "/i:/m:root:ro:", "/i:/m:root:ro::home:rw", "/i::/m", '""'),
        *("/i:/m:swap:ro:usr-verity-sig:rw", "/i:/", "/i:/m:\\xc3\\xa9", "/i:/m:\\xff", "/i:/m/"),
    ],
    "open-file": [
        *("/a", "/a:b", "/a:b:read-only", "/a:b:append", "/a:b:truncate", "/a:b:graceful"),
        *("/a:b:read-only,graceful", "/a::read-only", "", "a", "/a:b:bogus", "/a\\x3ab:c", " "),
        *("/a:b:", "/a:", "/a::", "/a:b:read-only,append", "/a:b:truncate,append", "/a:b:,"),
        *("/a:b:read-only,", "/a:b:read-only,read-only", "/a:b:graceful,graceful", "/a:::"),
        *("/a:b:read-only:x", "/a:b:read-only,,graceful", "/a:b: read-only", "/a::::", "/a:b::"),
        *('/a:b:"read-only, graceful"', "a/b:c", "/a/../b", "/a b", '"/a b"', '"/a b":c'),
        *("/a\\:b:c", "/a\\x20b", "/a:b c", '/a:"b c"', "/a:b\u00e9", "/a:b.c-d_e", "/", "//"),
        *("/a/", "/a//b", "/\u00e9", "/\u00e9:c", ":b", ":", "%h/a", "-/a", "/a:b:Read-Only"),
        *("/a:b:read_only", '"/a', "/a\\", "/a\\q", " /a", "/a ", "/a /b", "/a:b\\:c", "~/a"),
        *(f"/a:{'x' * 255}", f"/a:{'x' * 256}", "/a/.", "/a/..", "/a\\x00", "/a:b\\x20c"),
        *("/a:b\\n", "/a\\nb:c", "/a\\sb", "/a\\\\b", "'/a'", "/a'b", "/a\\u00e9:c", "/a\\xff:c"),
        *("/a:b~c!", "/a:b:read\\x2donly", "/a:b:graceful,append", "/a:b:append,graceful,"),
        *("/a:  ", "/a:b:graceful append", "/a\\xc3\\xa9:c"),
    ],
    "path-list": [
        *("/a", "", "a", " ", " /a", "/a b", '"/a"', "/a//b/", "/a/../b", "/a/./b", "%h/a"),
        *("/a:b", "/a\\x20b", "/", "/a*[b]?", "*", "/a ", "//", "/..", "/a*/../b", "./a", "~/a"),
        "/\u00e9",
    ],
    "plain-command-line": [
        *("/bin/echo hi", "-/bin/echo hi", "@/bin/echo foo hi", "", "-@/bin/echo a b", "echo hi"),
        *("/bin/echo 'a b' c\\n", "a/b", "@/bin/echo", '/bin/echo "a', " ", "-"),
    ],
    "plain-directory": [
        *("", " ", "a", "a b", "a/b", '"a b"', "  a   b  ", "a\tb\nc\rd", '"a', "'a", "a\\", "a a"),
        *("./a", "a//b", "a/", "a/./b c", "/a", "../a", "a/..", "a/../b", ".", "./", "private"),
        *("./private//a", "a/private", "privates", "a.b", "a:b", "a::ro", "a\\:b", "a\\\\b", "%n"),
        *("a\\x20b", "\u00e9", "'a' \"b\""),
    ],
    "quota-directory": [
        *("1G", "", "off", "50%", "no", "yes", "infinity", "0", "0%", "100%", "101%", "1.5%", "x"),
        *("1", "true", "1K 5", "false", " 1G", "1G ", "12\u2030", "-1", "16E", " ", "50 %", "Off"),
        *("18446744073709551615", "18446744073709551614", "7%", "0.01%", "33.33%", "99.99%"),
        *("25%", "12.5\u2030", "1.999%", "5M"),
    ],
    "refresh-on-reload": [
        *("extensions", "credentials", "~extensions", "~extensions credentials", ""),
        *("extensions credentials", "bogus", "~", "~ extensions", " ", "all"),
        *("extensions extensions", "~bogus", " extensions", '"extensions"', "~yes", "Extensions"),
        *('"ext', "ext\\", "none", "extensions ~credentials", "extensions,credentials", '""'),
        *("yes extensions", "~extensions ~credentials", "~~extensions", "extensions\tcredentials"),
        *("exten\\sions", "extension"),
    ],
    "root-hash": [
        *(_HASH * 2, _HASH * 4, "/a/b", "", "abcd", f"{_HASH}{_HASH[:-1]}", f"{_HASH}{_HASH[:-2]}"),
        *(f"{_HASH}{_HASH[:-1]}g", "a/b", _HASH.upper() * 2, "/a/../b", "/a//b/", " /a", '"/a"'),
        *("%h/a", f"0x{_HASH * 2}", f"01 {_HASH[2:]}{_HASH}", f" {_HASH * 2}", f"{_HASH * 2} "),
        *("/a b", f"{_HASH}\t{_HASH}", "~/a", f"{_HASH}{_HASH[:-1]}\u00e9", " "),
    ],
    "root-hash-signature": [
        *("/a", "base64:YWJj", "base64:YWJjZA==", "", "base64:YWJjZA", "YWJj", "a", "base64:!!"),
        *("/a/../b", "/a//b", "base64:", "base64: YWJj", "base64:YW Jj", "base64:YWJj=", " /a"),
        *("base64:YWJjZB==", "base64:-_-_", "base64:+_+_", "base64:+/+/", "Base64:YWJj"),
        *("base64:Y", "base64:YW", "base64:YW=", "base64:YW==YWJj", "base64:YWJj\\n", "base64:="),
        *("base64:YWJj YWJj=", "base64:YWJjZA= =", "base64:====", "base64:YWJjZGU=", "base64: "),
        *("base64:YWJjZGV=", "base64:YWJ\u00e9", " ", "/"),
    ],
    "root-image-options": [
        *(
            "ro",
            "root:ro",
            "root:ro home:rw,noexec",
            "",
            "ro,dev",
            "bogus:ro",
            "root:",
            "root:ro:x",
        ),
        *('"root:ro,x y"', "root:a\\:b", ":ro", "Root:ro", " ", "root:ro usr:dev", "ro dev"),
        *('root:"ro,x y"', "root:ro root:rw", "tmp:c var:d srv:e swap:f usr:g", "root-verity:x"),
        *("esp:a xbootldr:b", "usr-verity-sig:x", "linux-generic:x", '"ro', "ro\\", "root\\:ro"),
        *("a\\:b", "root:a\\\\b", "a b:c", "root:ro home", "bogus", "root:x=%h", "root:a\\x20b"),
        *("root:a\\q", "\"root:a'b:c'd\"", 'root:\\"x\\"', '\\"ro', "root:a\\\\", "root:a\\\\:b"),
        *('"root:a\\"b"', "root:a\\'b", '"root: a "', "root:a\\,b", '""', "root::ro", "root"),
    ],
    "strv-colon": [
        *(
            "/a:/b",
            "/a",
            "",
            ":",
            "/a::/b",
            "a:b",
            "/a b:/c",
            "/a /b",
            '"/a:/b"',
            "'/a'",
            "/a:",
            " ",
        ),
        *("/a\\:b:/c", "/a\\x41", "/a\\n:/b", "/a/../b", " /a", "/a ", "/a//b/", "/a/./b", "%h/b"),
        *("/a:/a", '/a"b c"d:/e', '"/a', "/a\\", "/a\\q", "/a\\\\b", "/", "/a:relative", ":/a"),
        *('/a:"":/b', "~/bin", "/a\t/b", " : ", "/a : /b", '""', "/\u00e9", "/a:/.."),
    ],
    "temporary-file-system": [
        *("/a", "/a:ro", "/a:ro,size=1M", "/a:ro /b:mode=0755", "", "a", ":ro", '"/a b:ro"', "/a:"),
        *("/a\\\\:b:ro", "/a:size=5%", "/a/../b", " ", "/a::", "/a:ro:x", ":", "/a\\:b:ro", "-/a"),
        *("%h", "/a\\x20b", "/a\\x20b:ro", "/a //b/:ro", "/", "/a:bogus", '"/a', "/a\\", "/a: ro"),
        *('/a:"size=1M,mode=x"', '/a:context="a:b"', '/a:context="a b"', "/a:size=1M\\,x"),
        *("/a:nosuid,nodev,mode=1777,size=10%,nr_inodes=5", "/a:a\\\\b", "/a:a\\:b", "/a\\q"),
        *('/a\\"b:c\\"d', "/a\\'b", "\"/a'b:c'd\"", "/a\\\\", '/a:\\"b', '"/a\\\\\\\\b:ro"'),
        *("\"/a:'x y'\"", '" /a: x "', '"/a b: x"', '""', "/a:\\\\", "/\u00e9"),
    ],
}

BY_DIRECTIVE: dict[str, list[str]] = {"ExecReloadPost": ["|x 'y z'", "!!x", "@|x"]}

_COMMANDS = (
    *("ExecCondition", "ExecConditionEx", "ExecStartPre", "ExecStartPreEx", "ExecStart"),
    *("ExecStartEx", "ExecStartPost", "ExecStartPostEx", "ExecReload", "ExecReloadEx"),
    *("ExecReloadPost", "ExecReloadPostEx", "ExecStop", "ExecStopEx", "ExecStopPost"),
    "ExecStopPostEx",
)
_WATCHED = ("PathExists", "PathExistsGlob", "PathChanged", "PathModified", "DirectoryNotEmpty")
_POLICIES = ("RootImagePolicy", "MountImagePolicy", "ExtensionImagePolicy")


def _all(names: tuple[str, ...] | str, values: list[str], reason: str) -> dict[str, str]:
    """Give each value of each directive the *reason*."""
    names = (names,) if isinstance(names, str) else names
    return {f"{name}={value}": reason for name in names for value in values}


_ABSOLUTE = "every manager refuses a path that is not absolute"
_PARENTS = "every manager refuses a path that has .. in it"
_PARTITION = "every manager refuses a partition that does not exist"
_NO_OPTIONS = "systemd-run makes the name of a partition, or what is left over, a mount option"
_NO_RESET = "systemd-run takes a quoted nothing for the end, and drops what is after it"

STRICTER: dict[str, str] = {
    **_all(_POLICIES, ["bogus=verity", "root=bogus"], "later managers ignore unknown words"),
    **_all(
        _POLICIES,
        ["root", "root=verity:root=absent"],
        "every manager refuses what is not one rule for each partition",
    ),
    **_all(
        "RootImagePolicy",
        ["Root=verity", "root=Verity", "root=+", "root=verity+", "rooot=verity", "root=signd"],
        "later managers ignore unknown words",
    ),
    **_all(
        "RootImagePolicy",
        [
            *("root=verity:", ":root=verity", "root=verity::usr=absent", "*:-", " * ", "allow"),
            "=absent:=unused",
        ],
        "every manager refuses what is not one rule for each partition",
    ),
    **_all(
        "ExecSearchPath",
        ["a:b", "/a b:/c", "%h/b", "/a:relative", "~/bin", '""'],
        _ABSOLUTE,
    ),
    **_all("ExecSearchPath", ["/a/../b", "/a:/.."], _PARENTS),
    **_all(
        "ExecSearchPath", ['"/a:/b"', "/a\\:b:/c"], "every manager refuses a colon within a path"
    ),
    **_all("ExecSearchPath", [":", " : "], "systemd-run 262 makes a reset of it"),
    **_all(
        "ConfigurationDirectory",
        ["/a", "../a", "a/..", "a/../b", ".", "./", "private", "./private//a"],
        "systemd.exec(5): the names must be relative and may not include '..'",
    ),
    **_all(
        "ConfigurationDirectory",
        ["a:b", "a::ro", "a\\:b"],
        "in a unit file flags are after colons, over D-Bus they become part of the name",
    ),
    **_all(
        "BindPaths",
        [
            *("/a:b", "a", "%h:/home", "+/a", "-+/a", "/a:-/b", "--/a", "/a\\\\:b"),
            *("/a:", "/a::", "/a::norbind", ":/b", ":", "- /a", "-", "/a: /b"),
            *('""', '/a:""', '"/a":'),
        ],
        _ABSOLUTE,
    ),
    **_all(("BindPaths", "BindReadOnlyPaths"), ["a:b"], _ABSOLUTE),
    "BindPaths=/a:/b: norbind": "in a unit file the options end at white space",
    **_all(
        "TemporaryFileSystem",
        ["a", ":ro", ":", "-/a", "%h", "/a: ro", '" /a: x "', '""'],
        _ABSOLUTE,
    ),
    **_all("RootImageOptions", ["bogus:ro", "Root:ro", "linux-generic:x", "a b:c"], _PARTITION),
    **_all("RootImageOptions", ["root:", "root:ro home", "root"], _NO_OPTIONS),
    **_all(
        "MountImages",
        ["i:/m", "/i:m", "/i:/m:root:ro home:rw", "-:/m", "/i\\\\:x:/m", "--/i:/m", "%h/i:/m"],
        _ABSOLUTE,
    ),
    **_all("MountImages", ["/i/../j:/m", "/i:/m/../n"], _PARENTS),
    **_all("MountImages", ["/i:/m:bogus:ro", "/i:/m:ro:x"], _PARTITION),
    **_all("MountImages", ["/i:/m:root:ro:home", "/i:/m:root:", "/i:/m:root:ro::rw"], _NO_OPTIONS),
    **_all("ExtensionImages", ["e", ":ro", "--/e", "-", "-:ro"], _ABSOLUTE),
    "ExtensionImages=/e/../f": _PARENTS,
    **_all(
        "ExtensionImages",
        ["/e:bogus:ro", "/e\\\\:x:ro", "/e:ro:x", "/e:Root:ro"],
        _PARTITION,
    ),
    **_all("ExtensionImages", ["/e:root", "/e:root:", "/e:root:ro:x"], _NO_OPTIONS),
    **_all(("RootImageOptions", "MountImages", "ExtensionImages"), ['""'], _NO_RESET),
    'ExtensionImages=/e "" /f': _NO_RESET,
    **_all(
        "StateDirectory",
        ["/a", "../a", ":b", ":", "a:/b", ".", "./", "a:.", "a:../b", "a/../b"],
        "systemd.exec(5): the names must be relative and may not include '..'",
    ),
    **_all(
        "StateDirectory",
        ["private", "private/a", "./private", "a:private", "a:private/b", "private:a"],
        "the directory is the manager's own, for units with DynamicUser=",
    ),
    **_all("StateDirectory", ["a:a", "a:./a"], "every manager fails to make the link"),
    **_all(_COMMANDS, ["./x"], "every manager refuses a program that is neither name nor path"),
    **_all(_COMMANDS, ["-"], "systemd-run makes a reset of prefixes without a command"),
    **_all(
        "ExecCondition",
        [
            *("a/b", "%h/x", "~/x", '"-/bin/echo" hi', "'@/bin/echo' hi", '"" x', '-""', "..", "."),
            *("^/bin/echo", '":/bin/echo"', "x" * 256),
        ],
        "every manager refuses a program that is neither name nor path",
    ),
    **_all(
        "ExecCondition",
        [
            *("--/bin/echo", "@@/bin/echo a", "++/bin/echo", "+!/bin/echo", "!+/bin/echo"),
            *("!!!/bin/echo", "::/bin/echo", "--x", "+!!/bin/echo", "!!+/bin/echo"),
            *("- -/bin/echo", "- - /bin/echo", "+ :x"),
        ],
        "systemd.service(5) has each prefix once; systemd-run makes it part of the program",
    ),
    **_all(
        "ExecCondition",
        ["+", ":", "!!"],
        "systemd-run makes a reset of prefixes without a command",
    ),
    **_all(
        ("ExecStartPre", "ExecStartPost", "ExecReload", "ExecStopPost"),
        ["a/b"],
        "every manager refuses a program that is neither name nor path",
    ),
    **_all(
        "RefreshOnReload",
        [
            *("bogus", "all", "~bogus", '"extensions"', "~yes", "Extensions", '"ext', "none", '""'),
            *("extensions ~credentials", "extensions,credentials", "yes extensions", "extension"),
            *("~extensions ~credentials", "~~extensions"),
        ],
        "every manager refuses a word that is not in the manual",
    ),
    **_all(
        ("StateDirectory", "RuntimeDirectory", "CacheDirectory", "LogsDirectory"),
        ["a:b:ro", "a::ro", "a::ro b"],
        "systemd-run 252 drops the flag without a word, and the directory would be writable",
    ),
    **_all(
        "StateDirectory",
        ["a:b:rw", "a::bogus", "a:b:RO", "a:b:ro,x", "a\\:b:c", "a:b:ro:x", 'a:b:\\"'],
        "systemd.exec(5) has one flag, ro, after which nothing comes",
    ),
    **_all(
        "ExecCondition",
        [
            *("|/bin/echo", "|@/bin/echo x", "@|/bin/echo x", '|/bin/echo "a b" c', "|", "| echo"),
            *("|echo hi; ls", "-|:+/bin/echo", "+|/bin/echo", "|+/bin/echo", "|!x", "|!!x", "|@"),
            *('|""', "||x", "|-"),
        ],
        "systemd-run 257 makes the prefix, which came later, part of the program",
    ),
    **_all(
        tuple(name for name in _COMMANDS if not name.startswith("ExecReloadPost")),
        ["|x 'y z'"],
        "systemd-run 257 makes the prefix, which came later, part of the program",
    ),
    **_all(
        "RootImagePolicy",
        ["root=ext4", "root=ext4+unprotected+btrfs", "root=encryptedwithintegrity"],
        "managers before 258 refuse these flags",
    ),
    "RefreshOnReload=~": "systemd-run makes a reset of it",
    "RefreshOnReload=exten\\sions": "the manual has no escapes here",
    **_all(_WATCHED, ["a", " ", " /a", '"/a"', "%h/a"], _ABSOLUTE),
    **_all(_WATCHED, ["/a/../b"], _PARENTS),
    **_all("PathExists", ["*", "./a", "~/a"], _ABSOLUTE),
    **_all("PathExists", ["/..", "/a*/../b"], _PARENTS),
}

_LATER_SPLIT = "systemd-run 257 leaves several paths in one, which every manager refuses"
_UNSIMPLIFIED = "every manager refuses the path as systemd-run sends it, and takes it simplified"

MORE_GENEROUS: dict[str, str] = {
    **_all(
        "ExecSearchPath",
        ["/a:/b", "/a::/b", "/a:", "/a\\n:/b", "/a:/a", '/a"b c"d:/e', ":/a", '/a:"":/b'],
        _LATER_SPLIT,
    ),
    "ExecSearchPath=/a : /b": _LATER_SPLIT,
    **_all("ExecSearchPath", ["/a//b/", "/a/./b"], _UNSIMPLIFIED),
    **_all("ConfigurationDirectory", ["./a", "a//b", "a/", "a/./b c"], _UNSIMPLIFIED),
    **_all("MountImages", ["/i//j/:/m//n/", "/i/./j:/m/."], _UNSIMPLIFIED),
    **_all("ExtensionImages", ["/e//f/", "/e/./f"], _UNSIMPLIFIED),
    **_all(
        ("BindPaths", "BindReadOnlyPaths"),
        [""],
        "the reset of systemd.exec(5); systemd-run sends a path that every manager refuses",
    ),
    **_all(
        "BindPaths",
        [" ", "/a  /b", "/a ", " /a", "/a:/b: /c"],
        "systemd-run makes an empty path of the white space, which every manager refuses",
    ),
    **_all(
        ("RootHash", "RootHashSignature"),
        [""],
        "a reset, which managers take; systemd-run knows none",
    ),
    **_all(
        "RootHashSignature",
        ["base64:-_-_", "base64:+_+_"],
        "systemd-run 252 does not know the second alphabet; what is sent is the same",
    ),
    **_all(
        ("StateDirectory", "RuntimeDirectory", "CacheDirectory", "LogsDirectory"),
        ["", " "],
        "the reset of systemd.exec(5); systemd-run sends nothing at all",
    ),
    **_all(
        "RefreshOnReload",
        ["yes", "no", "1", "YES", "off"],
        "every manager refuses the word that systemd-run sends, and takes what it means",
    ),
    "RefreshOnReload= ~extensions": "as in a unit file; systemd-run takes no mark there",
    **_all(
        "ExecCondition",
        [" -/bin/echo", " - /bin/echo"],
        "as in a unit file; systemd-run takes no prefix after white space",
    ),
    **_all(
        "ExecStopPre",
        [
            *("/bin/echo hi", "-/bin/echo hi", "@/bin/echo foo hi", "", "-@/bin/echo a b"),
            *("echo hi", "/bin/echo 'a b' c\\n", " "),
        ],
        "a setting of systemd.socket(5) that every manager takes; systemd-run does not know it",
    ),
}
