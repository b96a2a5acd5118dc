"""Grammars of disk images: their mounts, options, policies and what protects them."""

from __future__ import annotations

from runwrap.properties.faults import InvalidValueError, closest, one_of, quote, wrong
from runwrap.properties.paths import decoded_fields, escaped, normalized
from runwrap.properties.words import WHITE_SPACE, split_words
from runwrap.units import Property

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from runwrap.properties.table import Directive

__all__: list[str] = []

_PARTITIONS: Final = (
    *("root", "usr", "home", "srv", "esp", "xbootldr", "swap", "root-verity", "usr-verity"),
    *("root-verity-sig", "usr-verity-sig", "tmp", "var"),
)
"""The partitions of an image that have a name (systemd.image-policy(7))."""

_POLICY_FLAGS: Final = (
    *("unprotected", "verity", "signed", "encrypted", "unused", "absent", "open"),
    *("read-only-off", "read-only-on", "growfs-off", "growfs-on"),
)
"""What an image policy may say of a partition (systemd.image-policy(7))."""

_NEWER_POLICY_FLAGS: Final = (
    *("encryptedwithintegrity", "btrfs", "erofs", "ext4", "f2fs", "squashfs", "vfat", "xfs"),
)
"""What it may say since a version after 257."""

_SHORTEST_HASH: Final = 16
"""How many bytes of a root hash there must be at least."""

REFRESHED: Final = ("extensions", "credentials")
"""What a service may have refreshed when it is reloaded (systemd.service(5))."""


def _words(text: str) -> list[str]:
    """Split *text* into words with quotes, in which backslashes are kept."""
    words = split_words(text.replace("\\", "\\\\"))
    if "" in words:
        raise InvalidValueError("has an empty word in it", expected="nothing at all to reset")
    return words


def _fields(word: str) -> list[str]:
    """Split *word* at colons; those that follow one another count as one."""
    return [field for field in decoded_fields(word, colon_escape=True) if field]


def _mount_options(fields: list[str], word: str) -> list[tuple[str, str]]:
    """Read mount options: those of the root partition alone, or pairs of partition and options."""
    for options in fields[len(fields) > 1 :: 2]:
        if any(char.isspace() for char in options):
            raise wrong(
                word, "has white space in its mount options", expected="options without any"
            )
    if len(fields) == 1 and fields[0] not in _PARTITIONS:
        return [("root", fields[0])]
    if len(fields) % 2:
        raise wrong(
            word,
            f"has no mount options for {quote(fields[-1])}",
            expected="mount options, or PARTITION:OPTIONS",
        )
    partitions = fields[::2]
    for partition in partitions:
        if partition not in _PARTITIONS:
            raise wrong(
                partition,
                "is not a partition",
                expected=one_of(_PARTITIONS),
                suggestion=closest(partition, _PARTITIONS),
            )
    return list(zip(partitions, fields[1::2], strict=True))


def root_image_options(directive: Directive, text: str) -> list[Property]:
    r"""Words ``OPTIONS`` or ``PARTITION:OPTIONS``; empty resets (systemd.exec(5)).

    A colon in the options is written ``\:``.
    """
    options: list[tuple[str, str]] = []
    for word in _words(text):
        fields = _fields(word)
        if not 1 <= len(fields) <= 2:
            raise wrong(word, "is not one partition's options", expected="PARTITION:OPTIONS")
        options += _mount_options(fields, word)
    return [Property(directive.name, "a(ss)", options)]


def mount_images(directive: Directive, text: str) -> list[Property]:
    r"""Words ``IMAGE:DESTINATION``, with mount options after that; empty resets.

    systemd.exec(5), MountImages=: ``-`` before the image ignores that it is missing, and a
    colon that separates nothing is written ``\:``.
    """
    mounts: list[tuple[str, str, bool, list[tuple[str, str]]]] = []
    for word in _words(text):
        fields = _fields(word)
        if len(fields) < 2:
            raise wrong(word, "has no destination", expected="IMAGE:DESTINATION")
        ignore, source = _source(fields[0], word)
        options = _mount_options(fields[2:], word)
        mounts.append((source, normalized(fields[1]), ignore, options))
    return [Property(directive.name, "a(ssba(ss))", mounts)]


def extension_images(directive: Directive, text: str) -> list[Property]:
    r"""Words ``IMAGE``, with mount options after a colon where it has some; empty resets.

    systemd.exec(5), ExtensionImages=; see `mount_images`.
    """
    images: list[tuple[str, bool, list[tuple[str, str]]]] = []
    for word in _words(text):
        image, *options = _fields(word) or [""]
        ignore, source = _source(image, word)
        images.append((source, ignore, _mount_options(options, word)))
    return [Property(directive.name, "a(sba(ss))", images)]


def _source(field: str, word: str) -> tuple[bool, str]:
    """Read the path of an image, and whether it may be missing."""
    ignore = field.startswith("-")
    path = field[1:] if ignore else field
    if not path:
        raise wrong(word, "has no image", expected="an absolute path")
    return ignore, normalized(path)


def write_root_image_options(directive: Directive, given: Property) -> list[str]:
    """Write the options, each with its partition."""
    assert isinstance(given.value, list)
    words = [f"{partition}:{escaped(options)}" for partition, options in given.value]
    return [f"{directive.name}={' '.join(words)}"]


def write_mount_images(directive: Directive, given: Property) -> list[str]:
    """Write the images, with where and how they are mounted."""
    assert isinstance(given.value, list)
    words = [
        _written(ignore, [source, destination], options)
        for source, destination, ignore, options in given.value
    ]
    return [f"{directive.name}={' '.join(words)}"]


def write_extension_images(directive: Directive, given: Property) -> list[str]:
    """Write the images, with their mount options."""
    assert isinstance(given.value, list)
    words = [_written(ignore, [source], options) for source, ignore, options in given.value]
    return [f"{directive.name}={' '.join(words)}"]


def _written(ignore: object, paths: list[str], options: list[tuple[str, str]]) -> str:
    fields = [*paths, *(field for pair in options for field in pair)]
    return ("-" if ignore else "") + ":".join(map(escaped, fields))


def root_hash(directive: Directive, text: str) -> list[Property]:
    """A hash in hexadecimal, or the absolute path of a file that has it; empty resets.

    systemd.exec(5), RootHash=.
    """
    if text.startswith("/"):
        return [Property(f"{directive.name}Path", "s", text)]
    digits = "".join(char for char in text if char not in WHITE_SPACE)
    if any(char not in "0123456789abcdefABCDEF" for char in digits) or len(digits) % 2:
        raise wrong(
            text,
            "is neither hexadecimal nor an absolute path",
            expected="an even number of hexadecimal digits, or an absolute path",
        )
    if text and len(digits) < 2 * _SHORTEST_HASH:
        raise wrong(
            text, "is too short", expected=f"at least {2 * _SHORTEST_HASH} hexadecimal digits"
        )
    return [Property(directive.name, "ay", bytes.fromhex(digits))]


def write_root_hash(directive: Directive, given: Property) -> list[str]:
    """Write the hash in hexadecimal, or the path."""
    text = given.value.hex() if isinstance(given.value, bytes) else given.value
    return [f"{directive.name}={text}"]


def root_hash_signature(directive: Directive, text: str) -> list[Property]:
    """A signature as ``base64:DATA``, or the absolute path of a file that has it; empty resets.

    systemd.exec(5), RootHashSignature=. Both alphabets of Base64 are taken.
    """
    if text.startswith("/"):
        return [Property(f"{directive.name}Path", "s", text)]
    if text and not text.startswith("base64:"):
        raise wrong(
            text,
            "is neither Base64 nor an absolute path",
            expected='"base64:" and Base64, or an absolute path',
        )
    # Only a signature pays for the import.
    from binascii import a2b_base64, b2a_base64

    coded = "".join(char for char in text.removeprefix("base64:") if char not in WHITE_SPACE)
    coded = coded.replace("-", "+").replace("_", "/")
    try:
        data = a2b_base64(coded)
    except ValueError:
        data = b""
    if b2a_base64(data, newline=False).decode() != coded:
        raise wrong(text, "is not Base64", expected='Base64, with "=" at its end where it needs it')
    return [Property(directive.name, "ay", data)]


def write_root_hash_signature(directive: Directive, given: Property) -> list[str]:
    """Write the signature in Base64, or the path."""
    if not isinstance(given.value, bytes):
        return [f"{directive.name}={given.value}"]
    from binascii import b2a_base64

    coded = b2a_base64(given.value, newline=False).decode()
    return [f"{directive.name}={f'base64:{coded}' if coded else ''}"]


def image_policy(directive: Directive, text: str) -> list[Property]:
    """An image policy: rules that colons separate, or ``*``, ``-`` or ``~``; empty resets.

    systemd.image-policy(7). Later managers take words that they do not know, and ignore them.
    """
    seen: set[str] = set()
    for rule in text.split(":") if text not in {"", "*", "-", "~"} else ():
        partition, equals, flags = (part.strip(WHITE_SPACE) for part in rule.partition("="))
        if not equals:
            raise wrong(
                rule or text,
                "is not a rule" if rule else "has an empty rule in it",
                expected='PARTITION=FLAG+FLAG, or "*", "-" or "~"',
            )
        if partition and partition not in _PARTITIONS:
            raise wrong(
                partition,
                "is not a partition",
                expected=one_of(_PARTITIONS),
                suggestion=closest(partition, _PARTITIONS),
            )
        if partition in seen:
            raise wrong(rule, "is a second rule for its partition", expected="one rule for each")
        seen.add(partition)
        for flag in flags.split("+") if flags else ():
            _check_policy_flag(directive, flag.strip(WHITE_SPACE), rule)
    return [Property(directive.name, "s", text)]


def _check_policy_flag(directive: Directive, flag: str, rule: str) -> None:
    if flag in _NEWER_POLICY_FLAGS:
        directive.require(258, f"the flag {quote(flag)}")
    elif flag not in _POLICY_FLAGS:
        known = [*_POLICY_FLAGS, *_NEWER_POLICY_FLAGS]
        raise wrong(
            flag or rule,
            "is not a flag" if flag else "has an empty flag in it",
            expected=f"{', '.join(_POLICY_FLAGS)}, or a file system",
            suggestion=closest(flag, known) if flag else "",
        )


def refresh_on_reload(directive: Directive, text: str) -> list[Property]:
    """Yes, no, or what is refreshed on a reload; ``~`` before it takes it away; empty resets.

    systemd.service(5), RefreshOnReload=. Managers take yes and no in unit files only, so these
    become what they mean.
    """
    from runwrap.properties.scalars import BOOLEANS

    text = text.strip(WHITE_SPACE)
    value = BOOLEANS.get(text.lower())
    if value is not None:
        return [Property(directive.name, "a(bs)", [(not value, word) for word in REFRESHED])]
    inverted = text.startswith("~")
    words = (text[1:] if inverted else text).split()
    if inverted and not words:
        raise wrong(text, "has nothing after it", expected=one_of(REFRESHED))
    for word in words:
        if word not in REFRESHED:
            raise wrong(
                word,
                "cannot be refreshed",
                expected=f'yes, no, or {one_of(REFRESHED)}, with "~" before the first or not',
                suggestion=closest(word, REFRESHED),
            )
    return [Property(directive.name, "a(bs)", [(inverted, word) for word in words])]


def write_refresh_on_reload(directive: Directive, given: Property) -> list[str]:
    """Write what is refreshed, or what is not."""
    assert isinstance(given.value, list)
    mark = "~" if any(inverted for inverted, _ in given.value) else ""
    return [f"{directive.name}={mark}{' '.join(word for _, word in given.value)}"]
