"""Profiles of one's own: TOML files, and how all profiles are found by name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from runwrap.errors import PropertyError, UsageError
from runwrap.properties import encode
from runwrap.properties.faults import closest, one_of, quote
from runwrap.sandbox.profiles import BUILT_IN, Directive

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from runwrap.sandbox.profiles import Profile

__all__ = ["directories", "find_profile", "names", "read_profile"]

_SUFFIX = ".toml"
_SYSTEM = Path("/etc/runwrap/profiles")
_LISTS = ("properties", "read", "write", "allow-net")
_KEYS = ("description", "extends", *_LISTS)


def directories(environment: Mapping[str, str]) -> tuple[Path, ...]:
    """Return where profiles of one's own are looked for, the first that has a name counts.

    ``$XDG_CONFIG_HOME`` is ``~/.config`` where it is not set, or not absolute (XDG Base
    Directory Specification).
    """
    home = environment.get("XDG_CONFIG_HOME", "")
    if not home.startswith("/"):
        own = environment.get("HOME", "")
        if not own.startswith("/"):
            return (_SYSTEM,)
        home = f"{own}/.config"
    return (Path(home) / "runwrap" / "profiles", _SYSTEM)


def names(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the names of all profiles: those that are always there, then others, sorted."""
    found = {path.name.removesuffix(_SUFFIX) for path in _files(environment)}
    return (*BUILT_IN, *sorted(found - set(BUILT_IN)))


def _files(environment: Mapping[str, str]) -> Iterator[Path]:
    for directory in directories(environment):
        try:
            yield from (path for path in directory.iterdir() if path.name.endswith(_SUFFIX))
        except OSError:
            # It need not be there, nor be for us to read.
            continue


def find_profile(name: str, environment: Mapping[str, str]) -> Profile:
    """Return the profile *name*.

    Args:
        name: what ``--sandbox`` is given.
        environment: see `directories`.

    Raises:
        UsageError: there is none of that name, or its file is faulty.
    """
    return _find(name, environment, ())


def _find(name: str, environment: Mapping[str, str], above: Sequence[Path]) -> Profile:
    # The names that are always there mean the same everywhere.
    if name in BUILT_IN:
        return BUILT_IN[name]
    if name and "/" not in name and not name.startswith("."):
        for directory in directories(environment):
            path = directory / f"{name}{_SUFFIX}"
            try:
                content = path.read_bytes()
            except FileNotFoundError:
                continue
            except OSError as error:
                raise UsageError(f"{path}: {error.strerror}") from None
            return _parse(path, content, environment, above)
    near = closest(name, names(environment))
    raise UsageError(
        f"there is no profile {quote(name)}" + (f" (did you mean {near}?)" if near else ""),
        hints=(f"there are: {', '.join(names(environment))}",),
    )


def read_profile(path: Path, environment: Mapping[str, str]) -> Profile:
    """Return the profile in the file *path*.

    Raises:
        UsageError: it cannot be read, or is faulty.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from None
    return _parse(path, content, environment, ())


def _parse(
    path: Path, content: bytes, environment: Mapping[str, str], above: Sequence[Path]
) -> Profile:
    if path in above:
        chain = " -> ".join(str(each) for each in (*above[above.index(path) :], path))
        raise UsageError(f"{path}: extends: it extends itself: {chain}")
    values = _load(path, content)
    base_name = values.get("extends", "none")
    try:
        base = _find(base_name, environment, (*above, path))
    except UsageError as error:
        if str(error).startswith("there is no profile"):
            raise UsageError(f"{path}: extends: {error}", hints=error.hints) from None
        raise
    for assignment in values.get("properties", ()):
        try:
            encode("service", [assignment])
        except PropertyError as error:
            raise UsageError(f"{path}: properties: {error}") from None
    for key in ("read", "write"):
        for entry in values.get(key, ()):
            if not entry.startswith("/"):
                raise UsageError(f"{path}: {key}: {quote(entry)} is not an absolute path")
    added = (Directive(text, str(path)) for text in values.get("properties", ()))
    return base._replace(
        name=path.name.removesuffix(_SUFFIX),
        description=values.get("description", base.description),
        added=(*base.added, *added),
        read=(*base.read, *values.get("read", ())),
        write=(*base.write, *values.get("write", ())),
        allow_net=(*base.allow_net, *values.get("allow-net", ())),
        origin=str(path),
    )


def _load(path: Path, content: bytes) -> dict[str, Any]:
    """Return the values in a file, each of the type that its key takes."""
    import tomllib

    try:
        values = tomllib.loads(content.decode())
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UsageError(f"{path}: line {line} is not UTF-8 text") from None
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path}: no TOML: {error}") from None
    for key, value in values.items():
        if key not in _KEYS:
            near = closest(key, _KEYS)
            raise UsageError(
                f"{path}: there is no key {quote(key)}; expected {one_of(_KEYS)}"
                + (f" (did you mean {near}?)" if near else "")
            )
        if key in _LISTS:
            if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
                raise UsageError(f"{path}: {key}: expected a list of texts")
        elif not isinstance(value, str):
            raise UsageError(f"{path}: {key}: expected a text")
    return values
