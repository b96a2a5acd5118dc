"""Grammars of what processes read and write: standard streams, their data, the log."""

from __future__ import annotations

from runwrap.properties.faults import InvalidValueError, closest, one_of, wrong
from runwrap.properties.values import check, is_descriptor_name
from runwrap.properties.words import WHITE_SPACE, decode_escape, split_words
from runwrap.properties.writing import quoted
from runwrap.units import Property

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from runwrap.properties.table import Directive

__all__ = [
    "FILES",
    "INPUTS",
    "OUTPUTS",
    "decode_base64",
    "encode_base64",
    "escaped",
    "normal_path",
    "unescape",
]

INPUTS: Final = ("null", "tty", "tty-force", "tty-fail", "data", "socket", "fd")
OUTPUTS: Final = (
    *("inherit", "null", "tty", "journal", "journal+console", "kmsg", "kmsg+console"),
    *("socket", "fd"),
)
"""What standard streams can be, beside files and named descriptors (systemd.exec(5))."""

FILES: Final = {"file": "File", "append": "FileToAppend", "truncate": "FileToTruncate"}
"""What may stand before a path, and how the property that takes the path ends."""

_NUL_ESCAPES: Final = ("x00", "000", "u0000", "U00000000")

_FIELD_NAME: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")


def standard_stream(directive: Directive, text: str) -> list[Property]:
    """Where a standard stream leads to: a word, a file, or a descriptor.

    Files are ``file:PATH``, for output ``append:PATH`` and ``truncate:PATH`` too, descriptors
    ``fd:NAME`` (systemd.exec(5), StandardInput=, StandardOutput=, StandardError=).
    """
    kind, colon, rest = text.partition(":")
    is_input = directive.name == "StandardInput"
    files = ["file"] if is_input else list(FILES)
    words = INPUTS if is_input else OUTPUTS
    if colon and kind == "fd":
        if rest and not is_descriptor_name(rest):
            raise wrong(
                rest,
                "is not the name of a file descriptor",
                expected='up to 255 printable ASCII characters other than ":"',
            )
        return [Property(f"{directive.name}FileDescriptorName", "s", rest)]
    if colon and kind in files:
        path = normal_path(rest, f"{kind}:")
        return [Property(f"{directive.name}{FILES[kind]}", "s", path)]
    if text in words:
        return [Property(directive.name, "s", text)]
    problem, suggestion = "is not allowed", ""
    if text in files:
        problem, suggestion = "has no path", f"{text}:/PATH"
    elif text.startswith("/"):
        suggestion = f"file:{text}"
    elif text in {"syslog", "syslog+console"} and not is_input:
        # What unit files still have from before the journal took it all.
        suggestion = text.replace("syslog", "journal")
    elif text:
        suggestion = closest(text, words)
    forms = [*(f"{file}:PATH" for file in files), "fd:NAME"]
    raise wrong(text, problem, expected=one_of([*words, *forms]), suggestion=suggestion)


def normal_path(path: str, prefix: str = "") -> str:
    """Return an absolute path as every manager takes it: without empty and ``.`` parts.

    Args:
        path: the path.
        prefix: what stands before it in the value, for the error.

    Raises:
        InvalidValueError: it is not absolute, or has a ``..`` part.
    """
    parts = path.split("/")
    if not path.startswith("/") or ".." in parts:
        raise wrong(
            path or prefix,
            "is not a normal absolute path" if path else "has no path after it",
            expected='an absolute path without ".."',
        )
    return "/" + "/".join(part for part in parts if part not in {"", "."})


def write_standard_stream(directive: Directive, given: Property) -> list[str]:
    """Write the word, or the file or the name of the descriptor with what says so."""
    ending = given.name.removeprefix(directive.name)
    kinds = {"": "", "FileDescriptorName": "fd:"}
    kinds |= {end: f"{kind}:" for kind, end in FILES.items()}
    return [f"{directive.name}={kinds[ending]}{given.value}"]


def unescape(text: str, *, nul: bool = False) -> bytes:
    r"""Return *text* with its C escape sequences resolved; quotes and white space are text.

    Args:
        text: the text, with escape sequences as in systemd.syntax(7), Quoting.
        nul: take a NUL too (``\x00``).

    Raises:
        InvalidValueError: an escape sequence is not known, or is no character.
    """
    found = bytearray()
    position = 0
    while (backslash := text.find("\\", position)) >= 0:
        found += text[position:backslash].encode()
        position = backslash + 1
        if position == len(text):
            raise InvalidValueError("ends with a backslash", expected="a character after it")
        zero = next((form for form in _NUL_ESCAPES if text.startswith(form, position)), "")
        if nul and zero:
            decoded, position = b"\0", position + len(zero)
        else:
            start = position
            decoded, position = decode_escape(text, position)
            if text[start] in "uU" and decoded[:1] == b"\xed" and decoded[1] >= 0xA0:
                raise wrong(text[start - 1 : position], "is not a character")
        found += decoded
    return bytes(found + text[position:].encode())


def escaped(data: bytes) -> str:
    r"""Return text that `unescape` reads as *data*, on one line and without outer white space."""
    shown = []
    for char in data.decode(errors="surrogateescape"):
        if char == "\\":
            shown.append("\\\\")
        elif char == "\n":
            shown.append("\\n")
        elif char.isprintable():
            shown.append(char)
        else:
            shown += [f"\\x{byte:02x}" for byte in char.encode(errors="surrogateescape")]
    text = "".join(shown)
    for end in (0, -1):
        if text and text[end] == " ":
            text = f"\\x20{text[1:]}" if end == 0 else f"{text[:-1]}\\x20"
    return text


def decode_base64(text: str) -> bytes:
    """Return what Base64 *text* encodes; white space in it counts for nothing.

    The alphabet is that of RFC 4648, in either variant, with all of the padding.

    Raises:
        InvalidValueError: it is not Base64.
    """
    # Only data pays for the import.
    from base64 import b64decode, b64encode

    plain = "".join(char for char in text if char not in WHITE_SPACE)
    plain = plain.replace("-", "+").replace("_", "/")
    try:
        data = b64decode(plain, validate=True)
    except ValueError:
        data = b""
    if b64encode(data).decode() != plain:
        raise wrong(text, "is not Base64", expected="Base64, padded with = to groups of four")
    return data


def encode_base64(data: bytes) -> str:
    """Return *data* in Base64, on one line."""
    from base64 import b64encode

    return b64encode(data).decode()


def standard_input_text(directive: Directive, text: str) -> list[Property]:
    """A line for standard input, with C escape sequences; empty resets what is there so far.

    Managers have the property of StandardInputData= only, and join what both directives give
    (systemd.exec(5), StandardInputText=).
    """
    data = unescape(text) + b"\n" if text else b""
    return [Property(directive.dbus_name, "ay", data)]


def standard_input_data(directive: Directive, text: str) -> list[Property]:
    """Data for standard input, in Base64; empty resets what is there so far."""
    return [Property(directive.dbus_name, "ay", decode_base64(text))]


def write_standard_input_text(directive: Directive, given: Property) -> list[str]:
    """Write data as a line where it is one, else in Base64."""
    data = given.value
    assert isinstance(data, bytes)
    line = data.removesuffix(b"\n")
    if data and (not line or line == data):
        return [f"StandardInputData={encode_base64(data)}"]
    return [f"{directive.name}={escaped(line)}"]


def write_standard_input_data(directive: Directive, given: Property) -> list[str]:
    """Write data in Base64."""
    assert isinstance(given.value, bytes)
    return [f"{directive.name}={encode_base64(given.value)}"]


def _is_field_name(text: str) -> bool:
    """Tell whether *text* can name a journal field that is not a trusted one.

    See systemd.journal-fields(7): trusted fields begin with an underscore.
    """
    return 0 < len(text) <= 64 and _FIELD_NAME.issuperset(text) and "A" <= text[0] <= "Z"


def log_extra_fields(directive: Directive, text: str) -> list[Property]:
    """A journal field, ``FIELD=VALUE``; or several, the first of them in quotes; empty resets.

    The value goes up to the end of the text, as systemd-run takes it. Where the text begins with
    a quote, it is a list of words as in a unit file (systemd.exec(5), LogExtraFields=); managers
    refuse what systemd-run makes of that.
    """
    if not text.strip(WHITE_SPACE):
        fields = []
    elif text.lstrip(WHITE_SPACE)[0] in "\"'":
        fields = split_words(text, unescape=True)
    else:
        fields = [text]
    for field in fields:
        name, equals, value = field.partition("=")
        if not equals or not _is_field_name(name):
            candidate = name.strip(WHITE_SPACE + "_").upper()
            raise wrong(
                field,
                "is not a journal field",
                expected="FIELD=VALUE, with A to Z, 0 to 9 and _ in FIELD, beginning with a letter",
                suggestion=f"{candidate}={value if equals else '...'}"
                if _is_field_name(candidate) and candidate != (name if equals else "")
                else "",
            )
    return [Property(directive.name, "aay", [field.encode() for field in fields])]


def write_log_extra_fields(directive: Directive, given: Property) -> list[str]:
    """Write the fields, each in quotes where a unit file needs them."""
    assert isinstance(given.value, list)
    words = [quoted(field.decode(), escape=True) for field in given.value]
    if len(words) > 1 and words[0][0] != '"':
        words[0] = f'"{words[0]}"'
    return [f"{directive.name}={' '.join(words)}"]


def log_filter_patterns(directive: Directive, text: str) -> list[Property]:
    """A regular expression of messages to keep, or after ``~`` to drop; empty resets."""
    if not text:
        return [Property(directive.name, "a(bs)", [])]
    deny = text.startswith("~")
    pattern = text.removeprefix("~")
    if not pattern:
        raise wrong(text, "has no pattern after it", expected='a regular expression after "~"')
    return [Property(directive.name, "a(bs)", [(not deny, pattern)])]


def write_log_filter_patterns(directive: Directive, given: Property) -> list[str]:
    """Write each pattern on its own."""
    assert isinstance(given.value, list)
    texts = [f"{'' if keep else '~'}{pattern}" for keep, pattern in given.value]
    return [f"{directive.name}={text}" for text in texts or [""]]


def environment_files(directive: Directive, text: str) -> list[Property]:
    """A file with variables, or several by a pattern; ``-`` before it makes it optional."""
    if not text:
        return [Property(directive.dbus_name, "a(sb)", [])]
    check("<optional-path>", text)
    return [Property(directive.dbus_name, "a(sb)", [(text.removeprefix("-"), text[0] == "-")])]


def write_environment_files(directive: Directive, given: Property) -> list[str]:
    """Write each file on its own."""
    assert isinstance(given.value, list)
    texts = [f"{'-' if optional else ''}{path}" for path, optional in given.value]
    return [f"{directive.name}={text}" for text in texts or [""]]
