"""A process that is held by ptrace(2): what only its tracer is told, and what it is made to call.

System calls are made on x86-64 only.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import signal
import struct
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from io import FileIO

    from runwrap.sandbox.filters import Filters

__all__ = ["Traced", "is_refused"]

_GET_REGISTERS = 12
_SET_REGISTERS = 13
_DETACH = 17
_SYSCALL = 24
_CONT = 7
_SEIZE = 0x4206
_INTERRUPT = 0x4207
_SECCOMP_GET_FILTER = 0x420C
_WALL = 0x40000000

# Options: mark the stops of system calls, stop when another program is executed, kill when the
# tracer is gone.
_OPTIONS = 0x01 | 0x10 | 0x100000
_EVENT_EXEC = 4
_EVENT_STOP = 128
_CALL_STOP = signal.SIGTRAP | 0x80

_INSTRUCTION_SIZE = 8
# BPF_MAXINSNS (linux/bpf_common.h).
_MOST_INSTRUCTIONS = 4096

# struct user_regs_struct of x86-64 (sys/user.h), by position.
_REGISTERS = struct.Struct("=27Q")
_RAX, _ORIG_RAX, _RIP, _CS, _RSP = 10, 15, 16, 17, 19
_ARGUMENTS = (14, 13, 12, 7, 9, 8)
_CS_64 = 0x33
_SYSCALL_INSTRUCTION = b"\x0f\x05"
_EXECVE, _PRCTL, _EXIT_GROUP, _KEYCTL = 59, 157, 231, 250
_WORD = 8

# It is used below what is on its stack, where more than that is mapped.
_ROOM_SIZE = 4096
_SEARCHED = (
    *(b"/usr/local/sbin", b"/usr/local/bin", b"/usr/sbin", b"/usr/bin"),
    *(b"/sbin", b"/bin"),
)

# The field of /proc/PID/stat that says where the stack begins, behind the name (proc_pid_stat(5)).
_START_STACK = 28 - 3


def is_refused() -> bool:
    """Tell whether this process is refused to trace others, whoever they are."""
    try:
        # Nobody has that number: who may trace is told so.
        _ptrace(_SEIZE, 2**31 - 1)
    except OSError as error:
        return error.errno != errno.ESRCH
    return False


class Traced:
    """A process that is traced by this thread; it is killed when the thread ends before.

    Attributes:
        pid: the process.
        is_held: whether it is stopped, and goes on only when it is told to.
    """

    def __init__(self, pid: int) -> None:
        """Trace the process *pid*, which runs on.

        Raises:
            OSError: it may not be traced by this process, or is no more.
        """
        _ptrace(_SEIZE, pid, 0, _OPTIONS)
        self.pid = pid
        self.is_held = False
        self._is_gone = False
        self._room = ctypes.create_string_buffer(_REGISTERS.size)
        self._address = 0

    def hold(self) -> None:
        """Stop it where it is.

        Raises:
            OSError: it is no more.
        """
        try:
            _ptrace(_INTERRUPT, self.pid)
        except ProcessLookupError:
            # Its parent is told of its end when we have waited for it.
            self.kill()
            raise
        if self._wait(lambda status: status >> 16 != 0) >> 16 == _EVENT_EXEC:
            self._leave_call()

    def executes(self) -> bool:
        """Tell whether it has been stopped since at the first instruction of a program.

        Does not wait. Signals that it gets are passed on to it.

        Raises:
            OSError: it is no more.
        """
        while True:
            pid, status = os.waitpid(self.pid, _WALL | os.WNOHANG)
            if pid == 0:
                return False
            self._check_alive(status)
            if status >> 16 == _EVENT_EXEC:
                self._leave_call()
                return True
            self.resume(status)

    def resume(self, status: int = 0) -> None:
        """Let it run on, traced; with a signal, if *status* of waitpid(2) is that of one."""
        self.is_held = False
        _ptrace(_CONT, self.pid, 0, _signal_of(status))

    def filters(self) -> Filters:
        """Return its system call filters.

        Raises:
            OSError: the kernel does not hand them out, for which it wants CAP_SYS_ADMIN.
        """
        from runwrap.sandbox.filters import Filters

        programs: list[bytes] = []
        room = ctypes.create_string_buffer(_MOST_INSTRUCTIONS * _INSTRUCTION_SIZE)
        address = ctypes.addressof(room)
        while True:
            try:
                length = _ptrace(_SECCOMP_GET_FILTER, self.pid, len(programs), address)
            except OSError as error:
                # There are no more, or none at all.
                if error.errno in {errno.ENOENT, errno.EINVAL}:
                    return Filters(programs)
                raise
            programs.append(ctypes.string_at(address, length * _INSTRUCTION_SIZE))

    def prctl(self, option: int) -> int:
        """Return what prctl(2) returns to the process for *option*, with arguments of 0.

        Raises:
            OSError: what the process would get.
        """
        return self._call(_PRCTL, option, 0, 0, 0, 0)

    def keyctl(self, operation: int, *arguments: int | bytes, room: int = 0) -> tuple[int, bytes]:
        """Return what keyctl(2) returns to the process, and what it writes.

        Args:
            operation: of the call.
            arguments: of the operation: numbers, and the texts that pointers lead to.
            room: the bytes of a buffer that is the last argument, with its length; 0 for none.

        Raises:
            OSError: what the process would get.
        """
        address = self._registers()[_RSP] - _ROOM_SIZE
        values = [operation]
        with Path(f"/proc/{self.pid}/mem").open("r+b", buffering=0) as memory:
            for argument in arguments:
                if isinstance(argument, int):
                    values.append(argument % 2**64)
                    continue
                memory.seek(address)
                memory.write(argument + b"\0")
                values.append(address)
                address += len(argument) + 1
            if room:
                values += (address, room)
            result = self._call(_KEYCTL, *values)
            memory.seek(address)
            return result, memory.read(min(result, room)) if room else b""

    def execute(self, skip: int) -> None:
        """Have it execute what its own arguments say but for the first *skip*, and let it go.

        The program is what the first of the others names, looked up where managers look if it is
        no path (systemd.service(5), Command lines); its environment is that of the process.

        Raises:
            OSError: what execve(2) failed with; the process is still held.
        """
        # Where it had stopped itself, the command would be.
        os.kill(self.pid, signal.SIGCONT)
        stack = self._stack()
        with Path(f"/proc/{self.pid}/mem").open("r+b", buffering=0) as memory:
            count = _word(memory, stack)
            arguments = stack + _WORD * (1 + skip)
            variables = stack + _WORD * (count + 2)
            path = _word(memory, arguments)
            memory.seek(path)
            name = memory.read(_ROOM_SIZE).partition(b"\0")[0]
            if b"/" in name:
                self._call(_EXECVE, path, arguments, variables)
            else:
                self._execute_found(name, arguments, variables, memory)
        self.let_go()

    def _execute_found(self, name: bytes, arguments: int, variables: int, memory: FileIO) -> None:
        path = self._registers()[_RSP] - _ROOM_SIZE
        for directory in _SEARCHED:
            memory.seek(path)
            memory.write(directory + b"/" + name + b"\0")
            with contextlib.suppress(FileNotFoundError, PermissionError, NotADirectoryError):
                self._call(_EXECVE, path, arguments, variables)
                return
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))

    def end(self, status: int) -> None:
        """Have it exit with *status*."""
        with contextlib.suppress(OSError):
            self._call(_EXIT_GROUP, status)
        self.kill()

    def kill(self) -> None:
        """Kill it, if it is still there; its parent is told now."""
        if self._is_gone:
            return
        # It is there until its tracer, which we are, has waited for its end.
        os.kill(self.pid, signal.SIGKILL)
        with contextlib.suppress(ProcessLookupError):
            self._wait(lambda status: False)

    def let_go(self) -> None:
        """Trace it no more: if it was held, it goes on."""
        if not self.is_held:
            self.hold()
        try:
            _ptrace(_DETACH, self.pid)
        except ProcessLookupError:
            # It is being killed.
            self.kill()
        self._is_gone = True

    def _stack(self) -> int:
        """Return where its stack began: at the number of arguments, then they, then variables."""
        text = Path(f"/proc/{self.pid}/stat").read_text(errors="replace")
        return int(text.rpartition(")")[2].split()[_START_STACK])

    def _call(self, number: int, *arguments: int) -> int:
        """Make it call the system, and return the result; it then stands where it stood.

        Raises:
            OSError: what the call failed with, or the process is no more.
        """
        if os.uname().machine != "x86_64":
            raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
        before = self._registers()
        if before[_CS] != _CS_64:
            raise OSError(errno.ENOEXEC, "it is not a 64-bit program")
        registers = list(before)
        registers[_RAX] = number
        # There is no call under way that would be restarted.
        registers[_ORIG_RAX] = 2**64 - 1
        self._address = registers[_RIP] = self._address or self._instruction()
        for place, value in zip(_ARGUMENTS, arguments, strict=False):
            registers[place] = value
        self._set_registers(registers)
        for _ in ("entered", "left"):
            _ptrace(_SYSCALL, self.pid)
            status = self._wait(
                lambda status: os.WSTOPSIG(status) == _CALL_STOP or status >> 16 == _EVENT_EXEC,
                _SYSCALL,
            )
            if status >> 16 == _EVENT_EXEC:
                return 0
        result = self._registers()[_RAX]
        self._set_registers(before)
        if result >= 2**64 - 4095:
            raise OSError(2**64 - result, os.strerror(2**64 - result))
        return result

    def _wait(self, is_expected: Callable[[int], bool], request: int = _CONT) -> int:
        """Wait for the stop that *is_expected*, and return its status.

        Signals on the way are passed on, and it is let go on with *request*.
        """
        while True:
            _, status = os.waitpid(self.pid, _WALL)
            self._check_alive(status)
            if is_expected(status):
                self.is_held = True
                return status
            _ptrace(request, self.pid, 0, _signal_of(status))

    def _leave_call(self) -> None:
        """Let it come out of the call that executed a program: the result is not ours to set."""
        self._address = 0
        _ptrace(_SYSCALL, self.pid)
        self._wait(lambda status: os.WSTOPSIG(status) == _CALL_STOP, _SYSCALL)

    def _check_alive(self, status: int) -> None:
        if not os.WIFSTOPPED(status):
            self._is_gone = True
            raise ProcessLookupError(errno.ESRCH, os.strerror(errno.ESRCH))

    def _registers(self) -> list[int]:
        _ptrace(_GET_REGISTERS, self.pid, 0, ctypes.addressof(self._room))
        return list(_REGISTERS.unpack(self._room.raw))

    def _set_registers(self, registers: list[int]) -> None:
        self._room.raw = _REGISTERS.pack(*registers)
        _ptrace(_SET_REGISTERS, self.pid, 0, ctypes.addressof(self._room))

    def _instruction(self) -> int:
        """Return where a system call instruction is in its memory: in its vDSO (vdso(7))."""
        maps = Path(f"/proc/{self.pid}/maps").read_text(errors="replace").splitlines()
        ranges = [line.split()[0] for line in maps if line.endswith("[vdso]")]
        if ranges:
            begin, end = (int(address, 16) for address in ranges[0].split("-"))
            with Path(f"/proc/{self.pid}/mem").open("rb", buffering=0) as memory:
                memory.seek(begin)
                found = memory.read(end - begin).find(_SYSCALL_INSTRUCTION)
            if found >= 0:
                return begin + found
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))


def _word(memory: FileIO, address: int) -> int:
    memory.seek(address)
    content = memory.read(_WORD)
    if len(content) < _WORD:
        # It has none any more.
        raise ProcessLookupError(errno.ESRCH, os.strerror(errno.ESRCH))
    return int.from_bytes(content, sys.byteorder)


def _signal_of(status: int) -> int:
    """Return the signal that a process stopped for, 0 where it was for something else."""
    if not os.WIFSTOPPED(status) or status >> 16:
        return 0
    number = os.WSTOPSIG(status)
    return 0 if number in {signal.SIGTRAP, _CALL_STOP} else number


@cache
def _libc() -> ctypes.CDLL:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.ptrace.restype = ctypes.c_long
    libc.ptrace.argtypes = (ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p)
    return libc


def _ptrace(request: int, pid: int, address: int = 0, data: int = 0) -> int:
    value = int(_libc().ptrace(request, pid, address, data))
    if value < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return value
