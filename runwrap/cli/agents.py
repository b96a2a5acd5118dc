"""Agents that ask the person at the terminal for passwords while a unit is being started.

The programs are those of polkit (pkttyagent(1)) and of systemd
(systemd-tty-ask-password-agent(1)); where one is not installed, nobody is asked.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import sys
from functools import partial
from typing import TYPE_CHECKING

from runwrap.dependents import die_with

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["Agents"]

_READY_S = 5.0
_END_S = 1.0


class Agents:
    """The agents; an async context manager that starts them, and ends them when it is left.

    What is entered is the stack that holds them: closing it ends them earlier.
    """

    def __init__(self) -> None:
        """Prepare the agents; nothing is started yet."""
        self._stack = contextlib.AsyncExitStack()

    async def __aenter__(self) -> contextlib.AsyncExitStack:
        """Start the agents, and wait until polkit knows its own."""
        async with contextlib.AsyncExitStack() as stack:
            if os.geteuid() == 0:
                await _start(stack, "systemd-tty-ask-password-agent", "--watch")
            else:
                await _start_polkit_agent(stack)
            self._stack = stack.pop_all()
        return self._stack

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End the agents."""
        await self._stack.aclose()


async def _start(
    stack: contextlib.AsyncExitStack, program: str, *arguments: str, notify: int | None = None
) -> None:
    path = shutil.which(program)
    if path is None:
        return
    process = await asyncio.create_subprocess_exec(
        *(path, *arguments),
        pass_fds=() if notify is None else (notify,),
        stdout=sys.stderr.fileno(),
        preexec_fn=partial(die_with, os.getpid(), signal.SIGTERM),
    )
    stack.push_async_callback(_end, process)


async def _end(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
        # It may have been stopped for reading from the terminal.
        process.send_signal(signal.SIGCONT)
    try:
        async with asyncio.timeout(_END_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


async def _start_polkit_agent(stack: contextlib.AsyncExitStack) -> None:
    read_end, write_end = os.pipe()
    try:
        await _start(
            *(stack, "pkttyagent", "--fallback", f"--notify-fd={write_end}"), notify=write_end
        )
    finally:
        os.close(write_end)
    # It closes its end when polkit has been told of it.
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_reader(read_end, ready.set)
    try:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_READY_S):
                await ready.wait()
    finally:
        loop.remove_reader(read_end)
        os.close(read_end)
