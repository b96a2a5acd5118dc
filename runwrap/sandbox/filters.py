"""System call filters, tried on system calls.

Filters are programs for the classic BPF machine (linux/filter.h), which are run here on made-up
calls: nothing is called.
"""

from __future__ import annotations

import errno
import os
import struct
from typing import NamedTuple

__all__ = ["CALLS", "FOREIGN_ARCHITECTURE", "Answer", "Filters"]

# seccomp(2), RET_*: the smaller as a signed number, the stronger.
_ALLOW = 0x7FFF0000
_NAMES = {
    0x80000000: "it would be killed",
    0x00000000: "its thread would be killed",
    0x00030000: "it would get SIGSYS",
}
_ERRNO = 0x00050000

_INSTRUCTION = struct.Struct("=HBBI")
_WORD = struct.Struct("=I")

# What struct seccomp_data begins with: number, architecture, instruction pointer.
_BEFORE_ARGUMENTS = 16

# A comparison of the accumulator with a constant.
_EQUAL = 0x15

# Audit architectures (linux/audit.h) of machines whose system calls are numbered here.
_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7, "riscv64": 0xC00000F3}

FOREIGN_ARCHITECTURE = {"x86_64": 0x40000003, "aarch64": 0x40000028}
"""By machine, the audit architecture of another instruction set that it can run."""

# Name, the number on x86-64, the number in asm-generic/unistd.h or None.
_TABLE = (
    ("socket", 41, 198),
    ("mmap", 9, 222),
    ("mprotect", 10, 226),
    ("sched_setscheduler", 144, 119),
    ("fchmodat", 268, 53),
    ("personality", 135, 92),
    ("unshare", 272, 97),
    ("setns", 308, 268),
    ("clone", 56, 220),
    ("clone3", 435, 435),
    ("clock_settime", 227, 112),
    ("clock_adjtime", 305, 266),
    ("settimeofday", 164, 170),
    ("adjtimex", 159, 171),
    ("syslog", 103, 116),
    ("init_module", 175, 105),
    ("finit_module", 313, 273),
    ("delete_module", 176, 106),
    ("sethostname", 170, 161),
    ("setdomainname", 171, 162),
    ("ioperm", 173, None),
    ("iopl", 172, None),
    ("mount", 165, 40),
    ("umount2", 166, 39),
    ("pivot_root", 155, 41),
    ("chroot", 161, 51),
    ("reboot", 169, 142),
    ("kexec_load", 246, 104),
    ("kexec_file_load", 320, 294),
    ("swapon", 167, 224),
    ("swapoff", 168, 225),
    ("ptrace", 101, 117),
    ("process_vm_readv", 310, 270),
    ("process_vm_writev", 311, 271),
    ("perf_event_open", 298, 241),
    ("bpf", 321, 280),
    ("keyctl", 250, 219),
    ("add_key", 248, 217),
    ("request_key", 249, 218),
    ("setuid", 105, 146),
    ("setgid", 106, 144),
    ("setresuid", 117, 147),
    ("setgroups", 116, 159),
    ("chown", 92, None),
    ("fchownat", 260, 54),
    ("capset", 126, 91),
    ("kill", 62, 129),
    ("fork", 57, None),
    ("vfork", 58, None),
    ("connect", 42, 203),
    ("bind", 49, 200),
    ("listen", 50, 201),
    ("accept", 43, 202),
    ("accept4", 288, 242),
    ("sendto", 44, 206),
    ("sendmsg", 46, 211),
    ("setpriority", 141, 140),
    ("sched_setaffinity", 203, 122),
    ("sched_setattr", 314, 274),
    ("setrlimit", 160, 164),
    ("prlimit64", 302, 261),
    ("ioprio_set", 251, 30),
    ("mbind", 237, 235),
    ("set_mempolicy", 238, 237),
    ("io_uring_setup", 425, 425),
    ("userfaultfd", 323, 282),
    ("open_by_handle_at", 304, 265),
    ("name_to_handle_at", 303, 264),
    ("quotactl", 179, 60),
    ("acct", 163, 89),
    ("fanotify_init", 300, 262),
    ("mlock", 149, 228),
    ("mlockall", 151, 230),
    ("open", 2, None),
    ("openat", 257, 56),
    ("read", 0, 63),
    ("write", 1, 64),
    ("unlink", 87, None),
    ("unlinkat", 263, 35),
    ("mkdirat", 258, 34),
    ("symlinkat", 266, 36),
    ("linkat", 265, 37),
    ("renameat2", 316, 276),
    ("truncate", 76, 45),
    ("inotify_init1", 294, 26),
    ("timerfd_create", 283, 85),
    ("eventfd2", 290, 19),
    ("shmget", 29, 194),
    ("msgget", 68, 186),
    ("semget", 64, 190),
    ("memfd_create", 319, 279),
    ("uname", 63, 160),
    ("nanosleep", 35, 101),
    ("getcpu", 309, 168),
    ("pidfd_open", 434, 434),
    ("landlock_create_ruleset", 444, 444),
    ("seccomp", 317, 277),
    ("prctl", 157, 167),
    ("vhangup", 153, 58),
    ("modify_ldt", 154, None),
    ("lookup_dcookie", 212, 18),
)

_COLUMN = {"x86_64": 1, "aarch64": 2, "riscv64": 2}.get(os.uname().machine)

CALLS: dict[str, int] = (
    {row[0]: row[_COLUMN] for row in _TABLE if row[_COLUMN] is not None}  # type: ignore[misc]
    if _COLUMN is not None
    else {}
)
"""Numbers of system calls of this machine by name: those that are tried; empty where unknown."""


class Answer(NamedTuple):
    """What filters answer to a system call.

    Attributes:
        denied: whether the call is not carried out.
        text: what would happen, to put behind "socket(AF_PACKET): ".
    """

    denied: bool
    text: str


class Filters:
    """The system call filters of one process."""

    def __init__(self, programs: list[bytes]) -> None:
        """Keep *programs*: each a sequence of struct sock_filter (linux/filter.h)."""
        self._programs = [_Program(program) for program in programs]
        self._architecture = _ARCHITECTURES.get(os.uname().machine, 0)

    def __len__(self) -> int:
        """Return how many filters there are."""
        return len(self._programs)

    def answer(self, number: int, *arguments: int, architecture: int | None = None) -> Answer:
        """Return what they answer to a system call.

        Args:
            number: of the call, see `CALLS`.
            arguments: of the call; those that are left out are 0.
            architecture: the audit architecture of the call, or None for this machine's.
        """
        data = struct.pack(
            "=IIQ6Q",
            number,
            self._architecture if architecture is None else architecture,
            0,
            *(*arguments, *(0,) * (6 - len(arguments))),
        )
        strongest = _ALLOW
        for program in self._programs:
            verdict = program.run(data)
            if _signed(verdict & 0xFFFF0000) < _signed(strongest & 0xFFFF0000):
                strongest = verdict
        action = strongest & 0xFFFF0000
        if action == _ERRNO:
            code = strongest & 0xFFFF
            return Answer(True, f"it would get {errno.errorcode.get(code, str(code))}")
        if action in _NAMES:
            return Answer(True, _NAMES[action])
        return Answer(False, "it would be carried out")


def _signed(word: int) -> int:
    return word - 0x100000000 if word & 0x80000000 else word


class _Program:
    """One filter."""

    def __init__(self, code: bytes) -> None:
        """Take it apart."""
        self._instructions = list(_INSTRUCTION.iter_unpack(code))
        self._chains: dict[int, tuple[dict[int, int], int]] = {}
        self._returned: dict[bytes, int] = {}

    def run(self, data: bytes) -> int:
        """Return what it returns for *data* (struct seccomp_data)."""
        # Most filters only care for the number of most calls.
        known = self._returned.get(data[:_BEFORE_ARGUMENTS])
        return self._run(data) if known is None else known

    def _run(self, data: bytes) -> int:
        """Run it; the instructions are those that seccomp(2) admits."""
        takes_arguments = False
        accumulator = index = position = 0
        memory = [0] * 16
        while True:
            code, if_true, if_false, constant = self._instructions[position]
            if code == _EQUAL:
                if if_false == 0:
                    targets, end = self._chains.get(position) or self._chain(position)
                    position = targets.get(accumulator, end)
                else:
                    position += 1 + (if_true if accumulator == constant else if_false)
                continue
            position += 1
            kind = code & 0x07
            if code == 0x20:  # LD W ABS
                (accumulator,) = _WORD.unpack_from(data, constant)
                takes_arguments = takes_arguments or constant >= _BEFORE_ARGUMENTS
            elif kind == 0x06:  # RET
                returned = accumulator if code & 0x18 == 0x10 else constant
                if not takes_arguments:
                    self._returned[data[:_BEFORE_ARGUMENTS]] = returned
                return returned
            elif kind == 0x05:  # JMP
                operand = index if code & 0x08 else constant
                operation = code & 0xF0
                if operation == 0x00:
                    position += constant
                else:
                    taken = {
                        0x10: accumulator == operand,
                        0x20: accumulator > operand,
                        0x30: accumulator >= operand,
                        0x40: bool(accumulator & operand),
                    }[operation]
                    position += if_true if taken else if_false
            elif kind == 0x04:  # ALU
                accumulator = _compute(code, accumulator, index if code & 0x08 else constant)
            elif kind == 0x00:  # LD
                mode = code & 0xE0
                accumulator = {0x00: constant, 0x60: memory[constant & 15], 0x80: len(data)}[mode]
            elif kind == 0x01:  # LDX
                mode = code & 0xE0
                index = {0x00: constant, 0x60: memory[constant & 15], 0x80: len(data)}[mode]
            elif kind == 0x02:  # ST
                memory[constant & 15] = accumulator
            elif kind == 0x03:  # STX
                memory[constant & 15] = index
            elif code == 0x07:  # TAX
                index = accumulator
            else:  # TXA
                accumulator = index

    def _chain(self, begin: int) -> tuple[dict[int, int], int]:
        """Return where a chain of comparisons that *begin* there leads, by value; and its end.

        Most of a filter are such chains, one comparison for each system call.
        """
        targets: dict[int, int] = {}
        position = begin
        while True:
            code, if_true, if_false, constant = self._instructions[position]
            if code != _EQUAL or if_false != 0:
                break
            position += 1
            targets.setdefault(constant, position + if_true)
        self._chains[begin] = targets, position
        return targets, position


def _compute(code: int, left: int, right: int) -> int:
    operation = code & 0xF0
    if operation in {0x30, 0x90} and right == 0:
        return 0
    value = {
        0x00: lambda: left + right,
        0x10: lambda: left - right,
        0x20: lambda: left * right,
        0x30: lambda: left // right,
        0x40: lambda: left | right,
        0x50: lambda: left & right,
        0x60: lambda: left << (right & 31),
        0x70: lambda: left >> (right & 31),
        0x80: lambda: -left,
        0x90: lambda: left % right,
        0xA0: lambda: left ^ right,
    }[operation]()
    return value & 0xFFFFFFFF
