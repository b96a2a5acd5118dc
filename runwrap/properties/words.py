"""Splitting a value into words, with quotes and backslashes as systemd-run takes them."""

from __future__ import annotations

from runwrap.properties.faults import InvalidValueError, is_sendable, quote

__all__ = ["WHITE_SPACE", "decode_escape", "split_words"]

WHITE_SPACE = " \t\n\r"
"""The characters that separate words."""

_SIMPLE_ESCAPES = {
    "a": b"\a",
    "b": b"\b",
    "f": b"\f",
    "n": b"\n",
    "r": b"\r",
    "t": b"\t",
    "v": b"\v",
    "s": b" ",
    "\\": b"\\",
    '"': b'"',
    "'": b"'",
}
"""Escape sequences of one character (systemd.syntax(7), Quoting)."""

_HEXADECIMAL_ESCAPES = {"x": 2, "u": 4, "U": 8}
"""Escape sequences that are followed by this many hexadecimal digits."""


def split_words(text: str, *, unescape: bool = False) -> list[str]:
    r"""Split *text* at white space into words.

    Single and double quotes keep white space, anywhere in a word, and are removed. A backslash
    takes the character after it literally, within quotes too.

    Args:
        text: the value.
        unescape: read backslashes as the escape sequences of systemd.syntax(7), Quoting
            (``\n``, ``\x41``, ``\101``, ``\u00e9``, ...), and refuse any other.

    Returns:
        The words, in order; none for an empty text.

    Raises:
        InvalidValueError: a quote is not closed, a backslash stands at the end, or an escape
            sequence is not known, or makes a NUL or what is not UTF-8.
    """
    words: list[str] = []
    word: bytearray | None = None
    open_quote = ""
    position = 0
    while position < len(text):
        char = text[position]
        position += 1
        if char == "\\":
            word = bytearray() if word is None else word
            if position == len(text):
                raise InvalidValueError("ends with a backslash", expected="a character after it")
            if unescape:
                decoded, position = decode_escape(text, position)
            else:
                decoded, position = text[position].encode(), position + 1
            word += decoded
        elif open_quote:
            assert word is not None
            if char == open_quote:
                open_quote = ""
            else:
                word += char.encode()
        elif char in WHITE_SPACE:
            if word is not None:
                words.append(_decode(word))
                word = None
        else:
            word = bytearray() if word is None else word
            if char in "\"'":
                open_quote = char
            else:
                word += char.encode()
    if open_quote:
        raise InvalidValueError(f"the quote {open_quote} is not closed", expected="a closing quote")
    if word is not None:
        words.append(_decode(word))
    return words


def _decode(word: bytearray) -> str:
    text = word.decode(errors="surrogateescape")
    if not is_sendable(text):
        raise InvalidValueError(f"{quote(text)} cannot be sent: it is not UTF-8 text")
    return text


def decode_escape(text: str, position: int) -> tuple[bytes, int]:
    """Read the escape sequence whose backslash is before *position*.

    Returns:
        The bytes that it stands for, and the position behind it.

    Raises:
        InvalidValueError: it is none, or stands for no character.
    """
    letter = text[position]
    if letter in _SIMPLE_ESCAPES:
        return _SIMPLE_ESCAPES[letter], position + 1
    if letter in _HEXADECIMAL_ESCAPES:
        start, base, length = position + 1, 16, _HEXADECIMAL_ESCAPES[letter]
        digits = "0123456789abcdefABCDEF"
    else:
        start, base, length = position, 8, 3
        digits = "01234567"
    number = text[start : start + length]
    if len(number) == length and all(char in digits for char in number):
        value = int(number, base)
        if letter in "uU":
            if 0 < value <= 0x10FFFF and (letter == "u" or is_sendable(chr(value))):
                return chr(value).encode(errors="surrogatepass"), start + length
        elif 0 < value <= 0xFF:
            return bytes([value]), start + length
    sequence = quote("\\" + text[position : start + length])
    raise InvalidValueError(
        f"{sequence} is not an escape sequence", expected="one such as \\n, \\x41, \\s or \\\\"
    )
