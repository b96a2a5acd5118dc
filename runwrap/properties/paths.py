"""Grammars of paths: directories, bind mounts, temporary file systems, search and watched paths.

Many of them are words whose parts a colon separates. `split_fields` and `decoded_fields` take
such text apart.
"""

from __future__ import annotations

from runwrap.properties.faults import InvalidValueError, closest, one_of, wrong
from runwrap.properties.scalars import INFINITY, parse_permyriad, parse_size, scale_permyriad
from runwrap.properties.values import check, simplified
from runwrap.properties.words import WHITE_SPACE, split_words
from runwrap.properties.writing import UnwritableError, quoted
from runwrap.properties.writing import words as joined
from runwrap.units import Property

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from runwrap.properties.table import Directive

__all__ = ["decoded_fields", "escaped", "normalized", "split_fields"]

_RECURSIVE: Final = 0x4000
"""The flag of a bind mount that takes along what is mounted below (MS_REC)."""

_READ_ONLY: Final = 1
"""The flag of a directory that its service may only read."""

_OPEN_OPTIONS: Final = {"read-only": 1, "append": 2, "truncate": 4, "graceful": 8}
"""The options of OpenFile= and their flags (systemd.service(5))."""

_LONGEST_DESCRIPTOR_NAME: Final = 255

_NO_PERCENTAGE: Final = 2**32 - 1
"""What stands for 100%, and for no percentage, in a quota."""


def split_fields(text: str, *, white_space: bool = False, quotes: bool = True) -> list[list[str]]:
    """Split *text* at colons into fields, and at white space into words of such fields.

    A backslash takes the character after it literally.

    Args:
        text: the value, or a word of it.
        white_space: white space separates words; otherwise all is one word.
        quotes: quotes keep colons and white space, and are removed.

    Raises:
        InvalidValueError: a quote is not closed, or a backslash stands at the end.
    """
    words: list[list[str]] = []
    fields = [""]
    begun = not white_space
    open_quote = ""
    characters = iter(text)
    for char in characters:
        if char == "\\":
            following = next(characters, "")
            if not following:
                raise InvalidValueError("ends with a backslash", expected="a character after it")
            fields[-1] += following
        elif char == open_quote:
            open_quote = ""
        elif open_quote:
            fields[-1] += char
        elif white_space and char in WHITE_SPACE:
            if begun:
                words.append(fields)
            fields, begun = [""], False
            continue
        elif quotes and char in "\"'":
            open_quote = char
        elif char == ":":
            fields.append("")
        else:
            fields[-1] += char
        begun = True
    if open_quote:
        raise InvalidValueError(f"the quote {open_quote} is not closed", expected="a closing quote")
    return [*words, fields] if begun else words


def decoded_fields(text: str, *, colon_escape: bool) -> list[str]:
    r"""Split *text* at colons into fields with the escape sequences of systemd.syntax(7).

    Args:
        text: the value, or a word of it; quotes in it mean themselves.
        colon_escape: ``\:`` is a colon that separates nothing; otherwise it is refused.

    Raises:
        InvalidValueError: an escape sequence is not known, or makes a NUL or what is not UTF-8.
    """
    # Within quotes, with the quotes in it escaped, a field is one word with escape sequences.
    fields = [""]
    characters = iter(text)
    for char in characters:
        if char == "\\":
            following = next(characters, "")
            if not following:
                raise InvalidValueError("ends with a backslash", expected="a character after it")
            fields[-1] += ":" if colon_escape and following == ":" else char + following
        elif char == ":":
            fields.append("")
        else:
            fields[-1] += '\\"' if char == '"' else char
    return [split_words(f'"{field}"', unescape=True)[0] for field in fields]


def escaped(text: str) -> str:
    r"""Return *text* with escape sequences for what separates, quotes or cannot be printed."""
    return "".join(
        char
        if char.isprintable() and char not in " :\"'\\"
        else "".join(f"\\x{byte:02x}" for byte in char.encode())
        for char in text
    )


def normalized(path: str) -> str:
    """Return the absolute *path* without empty and ``.`` parts, which some managers refuse.

    Raises:
        InvalidValueError: *path* is not absolute, or has ``..`` in it.
    """
    check("<normal-path>", path)
    if "//" not in path and "." not in path.split("/"):
        return path
    bare = simplified(path)
    return f"/{bare}/" if bare and path.endswith("/") else f"/{bare}"


def _absolute(path: str, what: str, word: str) -> str:
    """Return *path* if it is absolute; *word* is where it stands, *what* is what it is for."""
    if path.startswith("/"):
        return path
    if path:
        raise wrong(path, "is not an absolute path", expected=f"an absolute path for the {what}")
    raise wrong(word, f"has no {what}", expected=f"an absolute path for the {what}")


def directory(directive: Directive, text: str) -> list[Property]:
    """Relative paths, each with a symbolic link to it, or ``ro``, after colons; empty resets.

    systemd.exec(5), StateDirectory=. A colon within a path has two backslashes before it.
    """
    plain: list[str] = []
    links: list[tuple[str, str, int]] = []
    for word in split_words(text):
        path, link, flags = _directory_fields(word)
        check("<relative-path>", path)
        path = simplified(path)
        if link:
            check("<relative-path>", link)
            link = simplified(link)
            if link == path:
                raise wrong(word, "is a link to itself", expected="another name for the link")
        if flags:
            if flags != "ro":
                raise wrong(
                    flags,
                    "is not a flag of a directory",
                    expected="ro, or nothing",
                    suggestion=closest(flags, ["ro"]),
                )
            directive.require(257, 'the flag "ro"')
        if link or flags:
            links.append((path, link, _READ_ONLY if flags else 0))
        else:
            plain.append(path)
    properties = []
    if plain or not links:
        properties.append(Property(directive.name, "as", plain))
    if links:
        properties.append(Property(f"{directive.name}Symlink", "a(sst)", links))
    return properties


def _directory_fields(word: str) -> tuple[str, str, str]:
    path, *rest = split_fields(word)[0]
    if any(rest[2:]):
        raise wrong(
            word,
            "has too many parts",
            expected="DIRECTORY, DIRECTORY:SYMLINK, DIRECTORY:SYMLINK:ro or DIRECTORY::ro",
        )
    link, flags = [*rest, "", ""][:2]
    return path, link, flags


def write_directory(directive: Directive, given: Property) -> list[str]:
    """Write the directories, with their symbolic links and flags where they have some."""
    assert isinstance(given.value, list)
    entries = [(path, "", 0) for path in given.value] if given.signature == "as" else given.value
    texts = []
    for path, link, flags in entries:
        if ":" in path + link:
            # A unit file has no way to write it.
            raise UnwritableError
        fields = [path, link, "ro" if flags else ""]
        while not fields[-1]:
            fields.pop()
        texts.append(":".join(map(_with_backslashes, fields)))
    return [f"{directive.name}={joined(texts)}"]


def _with_backslashes(field: str) -> str:
    """Return *field* with a backslash before what would separate or quote in it."""
    return "".join(f"\\{char}" if char in "\\:\"'" else char for char in field)


def plain_directory(directive: Directive, text: str) -> list[Property]:
    """Relative paths that have neither links nor flags; empty resets.

    In a unit file a flag may stand after colons (systemd.exec(5), ConfigurationDirectory=), but
    there is no property that would take it.
    """
    paths = []
    for word in split_words(text):
        if ":" in word:
            raise wrong(
                word,
                "has a colon, and there is no property for what is after it",
                expected="a relative path alone",
            )
        check("<relative-path>", word)
        paths.append(simplified(word))
    return [Property(directive.name, "as", paths)]


def bind_paths(directive: Directive, text: str) -> list[Property]:
    """Words ``SOURCE``, ``SOURCE:DESTINATION`` or ``SOURCE:DESTINATION:rbind``; empty resets.

    systemd.exec(5), BindPaths=: ``-`` before the source ignores that it is missing, and
    ``norbind`` leaves out what is mounted below it.
    """
    mounts: list[tuple[str, str, bool, int]] = []
    for fields in split_fields(text, white_space=True):
        word = ":".join(fields)
        source = fields[0]
        ignore = source.startswith("-")
        source = _absolute(source[1:] if ignore else source, "source", word)
        destination = _absolute(fields[1], "destination", word) if fields[1:] else source
        options = ":".join(fields[2:])
        if options not in {"", "rbind", "norbind"}:
            raise wrong(
                options,
                "is not an option of a bind mount",
                expected="rbind or norbind",
                suggestion=closest(options, ["rbind", "norbind"]),
            )
        flags = 0 if options == "norbind" else _RECURSIVE
        mounts.append((source, destination, ignore, flags))
    return [Property(directive.name, "a(ssbt)", mounts)]


def write_bind_paths(directive: Directive, given: Property) -> list[str]:
    """Write the bind mounts; a unit file has no way to write a colon that is part of a path."""
    assert isinstance(given.value, list)
    words = []
    for source, destination, ignore, flags in given.value:
        if ":" in source + destination:
            raise UnwritableError
        fields = [quoted(source)]
        if destination != source or not flags:
            fields.append(quoted(destination))
        if not flags:
            fields.append("norbind")
        words.append(("-" if ignore else "") + ":".join(fields))
    return [f"{directive.name}={' '.join(words)}"]


def temporary_file_system(directive: Directive, text: str) -> list[Property]:
    """Absolute paths, each with the mount options after a colon where it has some; empty resets.

    systemd.exec(5), TemporaryFileSystem=; tmpfs(5) has the options.
    """
    mounts: list[tuple[str, str]] = []
    for word in split_words(text):
        end = 0
        while end < len(word) and word[end] != ":":
            end += 2 if word[end] == "\\" else 1
        path = split_fields(word[:end], quotes=False)[0][0]
        mounts.append((_absolute(path, "mount point", word), word[end + 1 :]))
    return [Property(directive.name, "a(ss)", mounts)]


def write_temporary_file_system(directive: Directive, given: Property) -> list[str]:
    """Write the mount points, with their options."""
    assert isinstance(given.value, list)
    texts = []
    for path, options in given.value:
        text = path.replace("\\", "\\\\").replace(":", "\\:")
        texts.append(f"{text}:{options}" if options else text)
    return [f"{directive.name}={joined(texts)}"]


def search_path(directive: Directive, text: str) -> list[Property]:
    """Absolute paths, which colons or white space separate; empty resets.

    systemd.exec(5), ExecSearchPath=.
    """
    fields = [field for word in split_fields(text, white_space=True) for field in word if field]
    if text.strip(WHITE_SPACE) and not fields:
        raise wrong(text, "has no path", expected="absolute paths, or nothing to reset")
    for field in fields:
        if ":" in field:
            raise wrong(field, "has a colon in it", expected="paths that colons separate")
    return [Property(directive.name, "as", [normalized(field) for field in fields])]


def write_search_path(directive: Directive, given: Property) -> list[str]:
    """Write the paths; a unit file has no quotes for them."""
    assert isinstance(given.value, list)
    text = ":".join(given.value)
    if any(char.isspace() or char in "\"'\\" for char in text):
        raise UnwritableError
    return [f"{directive.name}={text}"]


def path_list(directive: Directive, text: str) -> list[Property]:
    """One path to watch, absolute and without ``..``; empty resets all (systemd.path(5))."""
    if not text:
        return [Property("Paths", "a(ss)", [])]
    check(directive.argument, text, directive.version)
    return [Property("Paths", "a(ss)", [(directive.name, text)])]


def write_path_list(directive: Directive, given: Property) -> list[str]:
    """Write the paths, each under the name of its kind."""
    assert isinstance(given.value, list)
    if not given.value:
        return [f"{directive.name}="]
    return [f"{kind}={path}" for kind, path in given.value]


def open_file(directive: Directive, text: str) -> list[Property]:
    """A file to open, as ``PATH``, ``PATH:NAME`` or ``PATH:NAME:OPTIONS`` (systemd.service(5)).

    The options are read-only, append and truncate, of which one may be there, and graceful. A
    colon in the path is written as an escape sequence; there is no reset.
    """
    fields = decoded_fields(text, colon_escape=False)
    path, name, options = [*fields, "", ""][:3]
    if any(fields[3:]) or len(fields) > 4:
        raise wrong(text, "has too many parts", expected="PATH:NAME:OPTION,OPTION")
    if not path.startswith("/"):
        raise wrong(path or text, "is not an absolute path", expected="PATH:NAME:OPTION,OPTION")
    if not name:
        name = (simplified(path) or "/").rpartition("/")[2]
        if name in {"", ".."}:
            raise wrong(path, "is not a file", expected="the path of a file or a socket")
    if len(name) > _LONGEST_DESCRIPTOR_NAME or not all(" " <= char <= "~" for char in name):
        raise wrong(
            name,
            "cannot be the name of a descriptor",
            expected=f"at most {_LONGEST_DESCRIPTOR_NAME} ASCII characters that can be printed",
        )
    return [Property(directive.name, "a(sst)", [(path, name, _open_flags(options))])]


def _open_flags(options: str) -> int:
    flags = 0
    for option in options.split(","):
        if not option:
            continue
        if option not in _OPEN_OPTIONS:
            raise wrong(
                option,
                "is not an option of a file to open",
                expected=one_of(list(_OPEN_OPTIONS)),
                suggestion=closest(option, _OPEN_OPTIONS),
            )
        flag = _OPEN_OPTIONS[option]
        if flags & flag:
            raise wrong(option, "is there twice", expected="each option once")
        flags |= flag
    # Of the three low bits at most one may be set.
    if flags & 7 not in {0, 1, 2, 4}:
        raise wrong(options, "is a contradiction", expected="one of read-only, append and truncate")
    return flags


def write_open_file(directive: Directive, given: Property) -> list[str]:
    """Write the files, each as an assignment of its own."""
    assert isinstance(given.value, list)
    assignments = []
    for path, name, flags in given.value:
        fields = [escaped(path), escaped(name)]
        if flags:
            fields.append(",".join(o for o, flag in _OPEN_OPTIONS.items() if flags & flag))
        assignments.append(f"{directive.name}={':'.join(fields)}")
    return assignments


def quota_directory(directive: Directive, text: str) -> list[Property]:
    """A limit of what is stored: a size, a percentage, or off (systemd.exec(5)); empty is off."""
    size, share, enforced = INFINITY, _NO_PERCENTAGE, "yes"
    if text in {"", "off"}:
        enforced = "no"
    elif text.endswith(("%", "\u2030", "\u2031")):
        share = scale_permyriad(parse_permyriad(text))
    else:
        try:
            size = parse_size(text)
        except InvalidValueError as fault:
            suggestion = fault.suggestion or closest(text, ["off"])
            raise wrong(
                text,
                "is not a quota",
                expected="bytes, with K, M, G, T, P or E for powers of 1024; a percentage; or off",
                suggestion="off" if text in {"no", "infinity"} else suggestion,
            ) from None
    return [Property(directive.name, "(tus)", (size, share, enforced))]


def write_quota_directory(directive: Directive, given: Property) -> list[str]:
    """Write the size, the percentage, or off."""
    assert isinstance(given.value, tuple)
    size, share, enforced = given.value
    if enforced == "no":
        text = "off"
    elif size != INFINITY:
        text = str(size)
    else:
        # To the nearest, as it was scaled.
        permyriad = (share * 10_000 + _NO_PERCENTAGE // 2) // _NO_PERCENTAGE
        whole, rest = divmod(permyriad, 100)
        text = f"{whole}.{rest:02}%" if rest else f"{whole}%"
    return [f"{directive.name}={text}"]
