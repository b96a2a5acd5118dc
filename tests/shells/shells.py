"""Bash, zsh and fish on a terminal, with somebody who types a part of a line and presses TAB.

A shell has no configuration but ours, finds the completions below a prefix as one installed
there would be found, and sees programs of ours first in its PATH: what systemctl and machinectl
print is always the same, and whoever starts Python leaves a trace.
"""

from __future__ import annotations

import re
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from tests.support.tty import CHECKOUT, Terminal

if TYPE_CHECKING:
    from collections.abc import Sequence


__all__ = ["PLACES", "SHELLS", "World", "copy_completions"]

SHELLS: Final = ("bash", "zsh", "fish")

PLACES: Final = {
    "bash": ("runwrap.bash", "share/bash-completion/completions/runwrap"),
    "zsh": ("_runwrap", "share/zsh/site-functions/_runwrap"),
    "fish": ("runwrap.fish", "share/fish/vendor_completions.d/runwrap.fish"),
}
"""For each shell the file in the checkout, and where a prefix has it."""

_PROMPT: Final = "READY> "
_END: Final = "Z"
"""A key that is typed after TAB; when it is on the screen, TAB has done its work."""

_RARE_END: Final = "§"
"""Such a key that no escape sequence has in it."""

_KILL_LINE: Final = "\x15"
_CLEAR: Final = "\x0c"

_CONFIGURATION: Final = {
    "bash": """
        PS1='READY> '
        bind 'set show-all-if-ambiguous on'
        bind 'set page-completions off'
        bind 'set completion-query-items 0'
        bind 'set bell-style none'
        . /usr/share/bash-completion/bash_completion
        complete -W 'own-word own-other' my-program
    """,
    "zsh": """
        PS1='READY> '
        unsetopt list_ambiguous beep prompt_sp
        LISTMAX=10000
        fpath=($PREFIX/share/zsh/site-functions $fpath)
        autoload -Uz compinit
        compinit -u -d $ZDOTDIR/dump
        _my_program() { compadd own-word own-other }
        compdef _my_program my-program
    """,
    "fish": """
        function fish_prompt; printf 'READY> '; end
        function fish_greeting; end
        set -g fish_autosuggestion_enabled 0
        complete -c my-program -f -a 'own-word own-other'
    """,
}

_SYSTEMCTL: Final = """#!/bin/sh
case "$*" in
*--type=slice*) echo 'background.slice loaded active active Background' ;;
*--user*list-units*) echo 'users-own.service loaded active running Of a user' ;;
*list-units*)
    echo 'alpha.service loaded active running First'
    echo 'beta.socket loaded active running Second'
    echo 'dev-disk-by\\x2duuid.device loaded active plugged A disk'
    ;;
*list-unit-files*)
    echo 'gamma.target static -'
    echo 'template@.service static -'
    ;;
esac
"""
_MACHINECTL: Final = """#!/bin/sh
echo 'webserver container systemd-nspawn debian 12 10.0.0.1'
"""


def copy_completions(prefix: Path) -> None:
    """Put the files of the checkout where an installation into *prefix* puts them."""
    for source, place in PLACES.values():
        target = prefix / place
        target.parent.mkdir(parents=True)
        shutil.copy(CHECKOUT / "completions" / source, target)


@dataclass(frozen=True, slots=True)
class World:
    """What the shells are started in.

    Attributes:
        directory: for the files of the tests.
        prefix: where the completions are installed.
    """

    directory: Path
    prefix: Path

    @property
    def programs(self) -> Path:
        """The directory of programs that is the first of PATH."""
        return self.directory / "bin"

    @property
    def trace(self) -> Path:
        """A file that exists if Python or runwrap was started."""
        return self.directory / "python-was-started"

    def __post_init__(self) -> None:
        """Make the programs and the configuration."""
        self.programs.mkdir()
        trace = f"#!/bin/sh\ntouch {self.trace}\n"
        programs = {"systemctl": _SYSTEMCTL, "machinectl": _MACHINECTL, "my-program": ""}
        for name in ("runwrap", "python", "python3"):
            programs[name] = trace
        for name, text in programs.items():
            path = self.programs / name
            path.write_text(text)
            path.chmod(0o755)
        lacking = self.directory / "lacking"
        lacking.mkdir()
        for path in Path("/usr/bin").iterdir():
            if path.name not in {"systemctl", "machinectl", *programs}:
                (lacking / path.name).symlink_to(path)
        for shell, text in _CONFIGURATION.items():
            (self.directory / f"{shell}.rc").write_text(text)
        (self.directory / ".zshrc").write_text(_CONFIGURATION["zsh"])
        # Where that is not, fish reads all manuals when it first starts, by a program in Python.
        for place in ("data", "cache"):
            (self.directory / place / "fish/generated_completions").mkdir(parents=True)
        (self.directory / ".ssh").mkdir()
        (self.directory / ".ssh/known_hosts").write_text("builder.example ssh-ed25519 AAAA\n")
        (self.directory / "a-directory").mkdir()
        (self.directory / "a-file with spaces").touch()

    def shell(self, shell: str, *, path: Sequence[str] = ()) -> Typing:
        """Start *shell*; *path* is what its PATH is in the place of the usual one."""
        return Typing(self, shell, path or (str(self.programs), "/usr/bin", "/bin"))


class Typing:
    """A shell and its terminal; a context manager."""

    def __init__(self, world: World, shell: str, path: Sequence[str]) -> None:
        """Start the shell."""
        configuration = world.directory / f"{shell}.rc"
        arguments = {
            "bash": ["--noprofile", "--rcfile", str(configuration)],
            "zsh": ["-d", "-i"],
            "fish": ["-C", f"source {configuration}"],
        }
        program = shutil.which(shell)
        assert program is not None, f"{shell} is not installed"
        data = f"{world.prefix}/share:/usr/share"
        environment = {
            "HOME": str(world.directory),
            "ZDOTDIR": str(world.directory),
            "PREFIX": str(world.prefix),
            "PATH": ":".join(path),
            "LC_ALL": "C.UTF-8",
            "XDG_DATA_DIRS": data,
            "XDG_CONFIG_HOME": str(world.directory / "config"),
            "XDG_CACHE_HOME": str(world.directory / "cache"),
            "XDG_DATA_HOME": str(world.directory / "data"),
        }
        # Later versions of fish ask the terminal for what this one does not know.
        environment["fish_features"] = "no-keyboard-protocols,no-query-term"
        kept = {"TERM": "xterm-256color", "RUNWRAP_TEST_VARIABLE": "set"}
        settings = [f"{name}={value}" for name, value in {**environment, **kept}.items()]
        self.terminal = Terminal(
            ["env", "-i", "-C", str(world.directory), *settings, program, *arguments[shell]],
            # Fish lists on a half of the screen.
            rows=160 if shell == "fish" else 70,
            columns=132,
        )

    def __enter__(self) -> Self:
        """Wait for the prompt."""
        try:
            self.terminal.wait_until(lambda terminal: terminal.screen()[0] == _PROMPT.rstrip())
        except BaseException:
            self.terminal.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """End the shell."""
        self.terminal.__exit__()

    def completed(self, line: str) -> str:
        """Return what TAB makes of *line*; what it lists is not looked at."""
        self._type(f"{line}\t")
        self.terminal.send(_END)
        self.terminal.wait_until(lambda _: any(text.endswith(_END) for text in self._lines()))
        ended = [text for text in self._lines() if text.endswith(_END)]
        return ended[-1].removesuffix(_END)

    def offered(self, line: str, *expected: str) -> set[str]:
        """Return the words on the screen after TAB, as soon as *expected* ones are there."""
        self._type(f"{line}\t")
        self.terminal.wait_until(lambda _: self._words().issuperset(expected))
        return self._words()

    def seconds(self, line: str) -> float:
        """Return how long it is from TAB behind *line* to the sight of the next key."""
        self._type(line)
        self.terminal.wait_until(lambda _: self._lines()[-1:] == [line])
        begin = time.perf_counter()
        self.terminal.send(f"\t{_RARE_END}")
        self.terminal.expect(_RARE_END)
        return time.perf_counter() - begin

    def shown(self) -> str:
        """Return the text on the screen."""
        return "\n".join(filter(None, self.terminal.screen()))

    def _type(self, keys: str) -> None:
        """Type *keys* on an empty line, at the top of an empty screen."""
        self.terminal.send(_KILL_LINE + _CLEAR)
        self.terminal.wait_until(lambda _: self.shown() == _PROMPT.rstrip())
        self.terminal.send(keys)

    def _lines(self) -> list[str]:
        """Return the lines with a prompt, without it."""
        screen = self.terminal.screen()
        return [text.removeprefix(_PROMPT) for text in screen if text.startswith(_PROMPT)]

    def _words(self) -> set[str]:
        lines = [text for text in self.terminal.screen() if not text.startswith(_PROMPT.rstrip())]
        found = {word for text in lines for word in text.split()}
        # Fish shows what stands before too, or dots for it.
        return {re.sub(r"^.*[=…](?=.)|=$", "", word) for word in found}
