"""What only the tracer of a process is told: its filters, and what it is told when it asks itself.

A process is held for a moment (ptrace(2)), and goes on as it was, stopped or not.
"""

from __future__ import annotations

import ctypes
import errno
import os
import signal
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Self

from runwrap.sandbox.filters import Filters

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["Traced"]

_SINGLE_STEP = 9
_GET_REGISTERS = 12
_SET_REGISTERS = 13
_DETACH = 17
_SEIZE = 0x4206
_INTERRUPT = 0x4207
_SECCOMP_GET_FILTER = 0x420C
_WALL = 0x40000000

_INSTRUCTION_SIZE = 8

# struct user_regs_struct of x86-64 (sys/user.h), by position.
_REGISTERS = struct.Struct("=27Q")
_ORIG_RAX, _RAX, _RIP = 15, 10, 16
_ARGUMENTS = (14, 13, 12, 7, 9, 8)
_SYSCALL = b"\x0f\x05"
_PRCTL = 157
_MAX_STEPS = 8


class Traced:
    """A process that is traced by this thread: a context manager."""

    def __init__(self, pid: int) -> None:
        """Prepare to trace the process *pid*."""
        self._pid = pid
        self._signal = 0

    def __enter__(self) -> Self:
        """Hold the process.

        Raises:
            OSError: it may not be traced by this process, or is no more.
        """
        _ptrace(_SEIZE, self._pid)
        try:
            _ptrace(_INTERRUPT, self._pid)
            self._wait()
        except OSError:
            self._detach()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Let it go on."""
        self._detach()

    def _wait(self) -> None:
        """Wait until it is held; a signal that was on its way to it is kept for later."""
        _, status = os.waitpid(self._pid, _WALL)
        # ptrace(2): the stop of an interrupt has an event in the upper half.
        if os.WIFSTOPPED(status) and status >> 16 == 0:
            number = os.WSTOPSIG(status)
            if number != signal.SIGTRAP:
                self._signal = number

    def _detach(self) -> None:
        try:
            _ptrace(_DETACH, self._pid, 0, self._signal)
        except ProcessLookupError:
            # It was killed meanwhile.
            os.waitpid(self._pid, _WALL | os.WNOHANG)

    def filters(self) -> Filters:
        """Return its system call filters.

        Raises:
            OSError: the kernel does not hand them out, for which it wants CAP_SYS_ADMIN.
        """
        programs: list[bytes] = []
        while True:
            try:
                length = _ptrace(_SECCOMP_GET_FILTER, self._pid, len(programs))
                room = ctypes.create_string_buffer(length * _INSTRUCTION_SIZE)
                address = ctypes.addressof(room)
                _ptrace(_SECCOMP_GET_FILTER, self._pid, len(programs), address)
            except OSError as error:
                # There are no more, or none at all.
                if error.errno in {errno.ENOENT, errno.EINVAL}:
                    return Filters(programs)
                raise
            programs.append(room.raw)

    def prctl(self, option: int) -> int:
        """Return what prctl(2) returns to the process for *option*, with arguments of 0.

        Raises:
            OSError: what the process would get; ENOSYS on machines where this is not known.
        """
        if os.uname().machine != "x86_64":
            raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
        room = ctypes.create_string_buffer(_REGISTERS.size)
        _ptrace(_GET_REGISTERS, self._pid, 0, ctypes.addressof(room))
        before = room.raw
        registers = list(_REGISTERS.unpack(before))
        registers[_RAX] = _PRCTL
        # There is no call under way that would be restarted.
        registers[_ORIG_RAX] = 2**64 - 1
        registers[_RIP] = behind = _instruction(self._pid)
        for place, value in zip(_ARGUMENTS, (option, 0, 0, 0, 0, 0), strict=True):
            registers[place] = value
        try:
            self._set(_REGISTERS.pack(*registers))
            for _ in range(_MAX_STEPS):
                _ptrace(_SINGLE_STEP, self._pid)
                self._wait()
                _ptrace(_GET_REGISTERS, self._pid, 0, ctypes.addressof(room))
                registers = list(_REGISTERS.unpack(room.raw))
                if registers[_RIP] == behind + len(_SYSCALL):
                    break
            else:
                raise OSError(errno.EIO, os.strerror(errno.EIO))
        finally:
            self._set(before)
        result: int = registers[_RAX]
        if result >= 2**64 - 4095:
            raise OSError(2**64 - result, os.strerror(2**64 - result))
        return result

    def _set(self, registers: bytes) -> None:
        room = ctypes.create_string_buffer(registers, _REGISTERS.size)
        _ptrace(_SET_REGISTERS, self._pid, 0, ctypes.addressof(room))


def _instruction(pid: int) -> int:
    """Return where a system call instruction is in the memory of the process: in its vDSO."""
    maps = Path(f"/proc/{pid}/maps").read_text(errors="replace").splitlines()
    ranges = [line.split()[0] for line in maps if line.endswith("[vdso]")]
    if ranges:
        begin, end = (int(address, 16) for address in ranges[0].split("-"))
        with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
            memory.seek(begin)
            found = memory.read(end - begin).find(_SYSCALL)
        if found >= 0:
            return begin + found
    raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))


def _ptrace(request: int, pid: int, address: int = 0, data: int = 0) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.ptrace.restype = ctypes.c_long
    value = int(
        libc.ptrace(
            *(ctypes.c_long(request), ctypes.c_long(pid)),
            *(ctypes.c_void_p(address), ctypes.c_void_p(data)),
        )
    )
    if value < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return value
