"""Names of units, and what systemd-run makes of a name that a person gave."""

from __future__ import annotations

import os

from runwrap.errors import UsageError
from runwrap.properties.faults import quote

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from runwrap.units import UnitType

__all__ = [
    "UNIT_CHARACTERS",
    "is_slice_name",
    "is_unit_name",
    "mangle",
    "slice_name",
    "trigger_names",
    "unit_name",
]

_SUFFIXES: Final = frozenset(
    {"service", "socket", "target", "device", "mount", "automount"}
    | {"swap", "timer", "path", "slice", "scope"}
)
_WITHOUT_INSTANCES: Final = frozenset({"device", "mount", "automount", "swap", "slice", "scope"})
"""The unit types of which every manager refuses a name with an ``@`` in it."""
_MAXIMUM_LENGTH: Final = 255
UNIT_CHARACTERS: Final = frozenset(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789:-_.\\@"
)
"""What a unit name may contain (systemd.unit(5), Description)."""


def is_unit_name(text: str) -> bool:
    """Tell whether *text* is a whole unit name, of any type; a template alone is not."""
    name, _, suffix = text.rpartition(".")
    return (
        suffix in _SUFFIXES
        and not ("@" in name and suffix in _WITHOUT_INSTANCES)
        and bool(name)
        and len(text) <= _MAXIMUM_LENGTH
        and UNIT_CHARACTERS.issuperset(text)
        and not name.startswith("@")
        and not name.endswith("@")
    )


def is_slice_name(text: str) -> bool:
    """Tell whether *text* is a whole slice name (systemd.slice(5))."""
    name = text.removesuffix(".slice")
    if name == text or not is_unit_name(text) or "@" in name:
        return False
    return name == "-" or not (name.startswith("-") or name.endswith("-") or "--" in name)


def mangle(text: str, suffix: str) -> str:
    r"""Make a unit name of *text* as systemd-run does.

    A slash becomes a dash; other characters that a unit name cannot have become ``\xHH``, byte
    by byte; *suffix* is added where no suffix of a unit type is there. An absolute path becomes
    the name of a device or mount unit (systemd.unit(5), String Escaping for Inclusion in Unit
    Names).

    Args:
        text: what a person gave; not empty.
        suffix: the unit type to add, without its dot.

    Returns:
        The name, which may still be too long or otherwise wrong.
    """
    if text.startswith("/"):
        device = text.startswith(("/dev/", "/sys/"))
        suffix = "device" if device else "mount"
        text = "/".join(part for part in text.split("/") if part) or "-"
        return f"{_escape(text)}.{suffix}"
    escaped = _escape(text)
    name, _, own_suffix = escaped.rpartition(".")
    return escaped if name and own_suffix in _SUFFIXES else f"{escaped}.{suffix}"


def _escape(text: str) -> str:
    if UNIT_CHARACTERS.issuperset(text):
        return text
    return "".join(
        chr(byte) if chr(byte) in UNIT_CHARACTERS else "-" if byte == ord("/") else f"\\x{byte:02x}"
        for byte in text.encode(errors="surrogateescape")
    )


def unit_name(unit: str | None, unit_type: UnitType) -> str:
    """Return the full name of the unit to start.

    Args:
        unit: the name that was asked for, with or without the suffix; None for a name that
            cannot collide, ``run-r`` and 128 random bits in hexadecimal.
        unit_type: which type of unit it is.

    Returns:
        The name, with ``.service`` (or the other type) at its end.

    Raises:
        UsageError: the name has the suffix of another unit type, is a template without an
            instance, is empty, or too long.
    """
    if unit is None:
        return f"run-r{os.urandom(16).hex()}.{unit_type}"
    name = mangle(unit, unit_type) if unit else ""
    if len(name) > _MAXIMUM_LENGTH:
        raise UsageError(
            f"--unit: the name is too long: {len(name)} characters with its suffix, "
            f"at most {_MAXIMUM_LENGTH} are allowed"
        )
    if name.endswith(f"@.{unit_type}") and len(name) > len(f"@.{unit_type}"):
        raise UsageError(
            f"--unit: {quote(unit)} is a template; give an instance, "
            f"such as {name.removesuffix(f'.{unit_type}')}1.{unit_type}"
        )
    if not is_unit_name(name):
        raise UsageError(f"--unit: {quote(unit)} is not a unit name")
    if not name.endswith(f".{unit_type}"):
        raise UsageError(
            f"--unit: {quote(unit)} names a {name.rpartition('.')[2]} unit; "
            f"expected the name of a {unit_type}"
        )
    return name


def trigger_names(unit: str | None, unit_type: UnitType) -> tuple[str, str]:
    """Return the full names of a unit that triggers a service, and of that service.

    Args:
        unit: the name that was asked for: of the one or of the other, or without a suffix;
            None for a name that cannot collide.
        unit_type: which type of unit triggers the service.

    Raises:
        UsageError: as `unit_name`.
    """
    if unit is not None and unit.endswith(f".{unit_type}"):
        name = unit_name(unit, unit_type)
        service = unit_name(f"{name.removesuffix(f'.{unit_type}')}.service", "service")
        return name, service
    service = unit_name(unit, "service")
    return unit_name(f"{service.removesuffix('.service')}.{unit_type}", unit_type), service


def slice_name(text: str) -> str:
    """Return the full name of the slice that *text*, with or without ``.slice``, asks for.

    Raises:
        UsageError: it makes no valid name of a slice (systemd.slice(5)).
    """
    name = mangle(text, "slice") if text else ""
    if not is_slice_name(name):
        raise UsageError(
            f"--slice: {quote(text)} does not name a slice; "
            "expected a name such as background or app-tools.slice"
        )
    return name
