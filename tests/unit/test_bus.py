"""Addresses, and a connection to peers that misbehave in ways a real bus cannot be made to."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import pytest

from runwrap.bus import Connection, system_address, user_address
from runwrap.errors import ConnectionLostError
from runwrap.manager import Manager, unit_path

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def test_addresses() -> None:
    assert system_address({}) == "unix:path=/run/dbus/system_bus_socket"
    assert system_address({"DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/x"}) == "unix:path=/x"
    assert user_address({"XDG_RUNTIME_DIR": "/run/user/1 0"}) == "unix:path=/run/user/1%200/bus"
    assert user_address({"DBUS_SESSION_BUS_ADDRESS": "unix:path=/y", "XDG_RUNTIME_DIR": "/z"}) == (
        "unix:path=/y"
    )
    with pytest.raises(ConnectionLostError, match="XDG_RUNTIME_DIR"):
        user_address({})


def test_unit_paths() -> None:
    assert unit_path("a-b.service") == "/org/freedesktop/systemd1/unit/a_2db_2eservice"
    assert unit_path("1é") == "/org/freedesktop/systemd1/unit/_31_c3_a9"


@contextlib.asynccontextmanager
async def _peer(path: Path, serve: Serve) -> AsyncIterator[str]:
    async def close_after(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await serve(reader, writer)
        writer.close()

    server = await asyncio.start_unix_server(close_after, path)
    async with server:
        yield f"unix:path={path}"


async def _hang_up(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await reader.read(1)


async def _reject(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readline()
    writer.write(b"REJECTED EXTERNAL\r\n")
    await writer.drain()
    await reader.read()


async def _stay_silent(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def _hang_up_after_hello(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"BEGIN\r\n")
    writer.write(b"DATA\r\nOK 1234deadbeef\r\nAGREE_UNIX_FD\r\n")
    await reader.read(16)


@pytest.mark.parametrize("serve", [_hang_up, _reject, _stay_silent, _hang_up_after_hello])
async def test_a_bus_that_does_not_behave_is_told_in_time(tmp_path: Path, serve: Serve) -> None:
    async with _peer(tmp_path / "bus", serve) as address, asyncio.timeout(5):
        with pytest.raises(ConnectionLostError, match="cannot connect to the bus at unix:path="):
            await Connection.open(address, lambda _: None, timeout=0.5)


async def test_nobody_there(tmp_path: Path) -> None:
    with pytest.raises(ConnectionLostError, match="No such file"):
        await Connection.open(f"unix:path={tmp_path}/none", lambda _: None)
    with pytest.raises(ConnectionLostError):
        await Connection.open("nonsense", lambda _: None)
    with pytest.raises(ConnectionLostError):
        async with Manager(f"unix:path={tmp_path}/none"):
            pass
