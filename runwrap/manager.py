"""An async client of a service manager: one method per remote call, typed.

Source for names, signatures and errors: org.freedesktop.systemd1(5). A manager may go away
while units run: dbus-daemon is restarted, or systemd executes itself anew. A `Manager` comes
back by itself and tells each of its `UnitWatch` objects what happened; whoever follows a unit
then looks at where that unit is now.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self, cast

from runwrap.bus import Connection, Signal, VariantValue
from runwrap.errors import BusError, ConnectionLostError, ManagerError, UnitLostError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine, Iterable, Mapping, Sequence
    from types import TracebackType

    from runwrap.model import TransientUnit

__all__ = [
    "JobRemoved",
    "Manager",
    "ManagerAway",
    "ManagerBack",
    "UnitChanged",
    "UnitWatch",
    "unit_path",
]

_NAME = "org.freedesktop.systemd1"
_PATH = "/org/freedesktop/systemd1"
_MANAGER = "org.freedesktop.systemd1.Manager"
_UNIT = "org.freedesktop.systemd1.Unit"
_PROPERTIES = "org.freedesktop.DBus.Properties"
_DAEMON = "org.freedesktop.DBus"

_FIRST_PATIENCE = 3.0
_FIRST_DELAY = 0.02
_LONGEST_DELAY = 1.0


@dataclass(frozen=True, slots=True)
class JobRemoved:
    """A job of the watched unit has ended, with *result* (``done``, ``failed``, ...)."""

    job: str
    result: str


@dataclass(frozen=True, slots=True)
class UnitChanged:
    """Properties of the watched unit have changed; those with their new value are given."""

    properties: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class ManagerAway:
    """The manager cannot be reached for the moment; *reason* says why in one line."""

    reason: str


@dataclass(frozen=True, slots=True)
class ManagerBack:
    """The manager can be reached again; what happened meanwhile is not known.

    Attributes:
        reconnected: whether the connection is a new one, so that references are gone.
    """

    reconnected: bool


@dataclass(frozen=True, slots=True)
class _ManagerGone:
    error: ConnectionLostError


Event = JobRemoved | UnitChanged | ManagerAway | ManagerBack


class UnitWatch:
    """The events that concern one unit, in order."""

    def __init__(self, unit: str) -> None:
        """Watch *unit*, by its full name; obtain it from `Manager.watch`."""
        self.unit = unit
        self.path = unit_path(unit)
        self._events: asyncio.Queue[Event | _ManagerGone] = asyncio.Queue()

    async def next(self) -> Event:
        """Wait for the next event.

        Raises:
            ConnectionLostError: the manager stayed away for longer than the client's patience.
        """
        event = await self._events.get()
        if isinstance(event, _ManagerGone):
            # Whoever asks again shall hear it again.
            self._events.put_nowait(event)
            raise event.error
        return event

    def put(self, event: Event | _ManagerGone) -> None:
        """Append an *event*."""
        self._events.put_nowait(event)


class Manager:
    """A connection to a service manager that survives restarts of the bus and the manager.

    Use it as an async context manager. Many units may be started and watched through one.

    Attributes:
        version: the manager's version string, such as ``"252.38-1~deb12u1"``.
        address: the D-Bus address.
        patience: seconds that a manager may stay away before it is given up.
    """

    def __init__(self, address: str, *, patience: float = 30.0, interactive: bool = False) -> None:
        """Prepare a client of the manager on the bus at *address*; nothing is sent yet.

        Args:
            address: the D-Bus address.
            patience: seconds that the manager may stay away before it is given up.
            interactive: whether somebody may be asked for a password (polkit(8)).
        """
        self.version = ""
        self._interactive = interactive
        self.patience = patience
        self.address = address
        self._connection: Connection | None = None
        self._watches: dict[str, UnitWatch] = {}
        self._owner = ""
        self._attached = ""
        self._owner_changed = asyncio.Event()
        self._owner_changes = 0
        self._back = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None
        self._gone: ConnectionLostError | None = None

    async def __aenter__(self) -> Self:
        """Connect and subscribe to the manager's signals.

        Raises:
            ConnectionLostError: the bus does not answer, or no manager is on it.
            ManagerError: the manager refused.
        """
        self._connection = await self._open()
        try:
            await self._first_attach()
        except BaseException:
            await self._connection.close()
            raise
        self._keeper = asyncio.get_running_loop().create_task(self._keep())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Disconnect; references to units that this client holds end with that."""
        try:
            if self._keeper is not None:
                self._keeper.cancel()
                await asyncio.gather(self._keeper, return_exceptions=True)
        finally:
            if self._connection is not None:
                await self._connection.close()

    async def back(self) -> None:
        """Wait until the manager is back, after a call has failed because it went away.

        Raises:
            ConnectionLostError: it stayed away for longer than the client's patience.
        """
        await self._back.wait()
        if self._gone is not None:
            raise self._gone

    @contextlib.asynccontextmanager
    async def watch(self, unit: str) -> AsyncIterator[UnitWatch]:
        """Subscribe to what happens to *unit* (a full name), also before it exists.

        Raises:
            ConnectionLostError: the bus is away.
            ManagerError: this client watches that unit already.
        """
        watch = UnitWatch(unit)
        if watch.path in self._watches:
            raise ManagerError(f"{unit} is being watched already")
        self._watches[watch.path] = watch
        try:
            await self._daemon("AddMatch", _unit_rule(watch.path))
            yield watch
        finally:
            del self._watches[watch.path]
            with contextlib.suppress(ConnectionLostError, ManagerError):
                await self._daemon("RemoveMatch", _unit_rule(watch.path))

    async def start_transient_unit(
        self, unit: TransientUnit, *, mode: str = "fail", aux: Sequence[TransientUnit] = ()
    ) -> str:
        """Create and start *unit*, and return the object path of its start job.

        Args:
            unit: its name and properties; values of type ``h`` and ``ah`` are descriptors of
                this process.
            mode: the job mode (systemctl(1), ``--job-mode=``).
            aux: further units to create with it.

        Raises:
            ManagerError: the manager refused, for example because the unit exists.
            ConnectionLostError: the manager went away; the unit may or may not have been started.
        """
        descriptors: list[int] = []
        properties = _wire_properties(unit, descriptors)
        others = [(other.name, _wire_properties(other, descriptors)) for other in aux]
        (job,) = await self._call(
            "StartTransientUnit",
            "ssa(sv)a(sa(sv))",
            unit.name,
            mode,
            properties,
            others,
            unix_fds=descriptors,
        )
        return cast("str", job)

    async def stop_unit(self, unit: str, *, mode: str = "replace") -> str:
        """Queue a stop job for *unit* and return the job's object path.

        Raises:
            UnitLostError: the unit is not loaded.
            ManagerError: the manager refused.
            ConnectionLostError: the manager went away.
        """
        (job,) = await self._call("StopUnit", "ss", unit, mode)
        return cast("str", job)

    async def kill_unit(self, unit: str, whom: str, number: int) -> None:
        """Send the signal *number* to processes of *unit*; errors as `stop_unit`.

        Args:
            unit: the unit's full name.
            whom: ``main``, ``control`` or ``all`` (systemctl(1), ``--kill-whom=``).
            number: of the signal.
        """
        await self._call("KillUnit", "ssi", unit, whom, number)

    async def reset_failed_unit(self, unit: str) -> None:
        """Have *unit* forget that it failed; errors as `stop_unit`."""
        await self._call("ResetFailedUnit", "s", unit)

    async def unit_property(self, unit: str, interface: str, name: str) -> object:
        """Return one property of *unit*, None where there is none; errors as `stop_unit`.

        Args:
            unit: its full name.
            interface: the last part of the interface's name, such as ``"Slice"``.
            name: of the property.
        """
        return await self._get(unit_path(unit), interface, name)

    async def features(self) -> str:
        """Return what the manager is built with, such as ``"+SECCOMP -BPF_FRAMEWORK"``."""
        return str(await self._get(_PATH, "Manager", "Features") or "")

    async def ref_unit(self, unit: str) -> None:
        """Keep *unit* loaded for as long as this connection lasts; errors as `stop_unit`."""
        await self._call("RefUnit", "s", unit)

    async def unref_unit(self, unit: str) -> None:
        """Give back one reference to *unit*; errors as `stop_unit`."""
        await self._call("UnrefUnit", "s", unit)

    async def process(self) -> int:
        """Return the number of the manager's process, as the bus has it; errors as `stop_unit`.

        The bus may be in another PID namespace than this process.
        """
        (pid,) = await self._daemon("GetConnectionUnixProcessID", _NAME)
        return cast("int", pid)

    async def default_io_accounting(self) -> bool:
        """Return whether units count I/O unless they say otherwise; errors as `stop_unit`."""
        return bool(await self._get(_PATH, "Manager", "DefaultIOAccounting"))

    async def get_all_properties(self, path: str) -> dict[str, object]:
        """Return all properties of the unit at *path*, of all its interfaces, as of one moment.

        One call for hundreds of properties takes less time than a call for each of a dozen.

        Raises:
            ConnectionLostError: the manager went away.
            ManagerError: the manager refused.
        """
        (values,) = await self._call("GetAll", "s", "", path=path, interface=_PROPERTIES)
        return cast("dict[str, object]", values)

    async def get_properties(
        self, path: str, names: Mapping[str, Iterable[str]]
    ) -> dict[str, object]:
        """Return some properties of the unit at *path*; those that it does not have are left out.

        Args:
            path: the unit's object path.
            names: of the properties, by the last part of the interface's name (``"Service"``).

        Raises:
            ConnectionLostError: the manager went away.
            ManagerError: the manager refused.
        """
        wanted = [(interface, name) for interface, each in names.items() for name in each]
        values = await asyncio.gather(*(self._get(path, *each) for each in wanted))
        pairs = zip(wanted, values, strict=True)
        return {name: value for (_, name), value in pairs if value is not None}

    async def _get(self, path: str, interface: str, name: str) -> object:
        try:
            (value,) = await self._call(
                "Get", "ss", f"{_NAME}.{interface}", name, path=path, interface=_PROPERTIES
            )
        except _UnknownPropertyError:
            return None
        return value

    async def _call(
        self,
        member: str,
        signature: str = "",
        *body: object,
        path: str = _PATH,
        interface: str = _MANAGER,
        unix_fds: Sequence[int] = (),
    ) -> tuple[object, ...]:
        if self._gone is not None:
            raise self._gone
        if self._connection is None:
            raise ManagerError("the manager's client has not been entered")
        try:
            return await self._connection.call(
                _NAME, path, interface, member, signature, *body, unix_fds=unix_fds
            )
        except BusError as error:
            raise _translate(error) from None

    async def _daemon(self, member: str, argument: str) -> tuple[object, ...]:
        if self._connection is None:
            raise ManagerError("the manager's client has not been entered")
        try:
            return await self._connection.call_daemon(member, "s", argument)
        except BusError as error:
            raise _translate(error) from None

    async def _open(self) -> Connection:
        return await Connection.open(self.address, self._on_signal, interactive=self._interactive)

    @property
    def passes_descriptors(self) -> bool:
        """Whether descriptors can be handed over on the present connection."""
        return self._connection is not None and self._connection.passes_descriptors

    @property
    def peer(self) -> int | None:
        """The process that listens on the manager's bus, see `Connection.peer`."""
        return self._connection.peer if self._connection is not None else None

    async def _first_attach(self) -> None:
        try:
            await self._attach()
        except ConnectionLostError as error:
            # It may be executing itself anew just now, and come back in a moment.
            try:
                async with asyncio.timeout(min(self.patience, _FIRST_PATIENCE)):
                    await self._return()
            except TimeoutError:
                raise error from None

    async def _attach(self) -> None:
        """Subscribe on the present connection; the manager must be on the bus."""
        changes = self._owner_changes
        rules = [_OWNER_RULE, _JOB_RULE, *(_unit_rule(path) for path in self._watches)]
        *others, version, owner = await asyncio.gather(
            *(self._daemon("AddMatch", rule) for rule in rules),
            self._subscribe(),
            self._get(_PATH, "Manager", "Version"),
            self._daemon("GetNameOwner", _NAME),
            return_exceptions=True,
        )
        for outcome in (owner, version, *others):
            if isinstance(outcome, BaseException):
                raise outcome
        self._attached = cast("tuple[str]", owner)[0]
        if changes == self._owner_changes:
            self._owner = self._attached
        # Otherwise the owner that was named is no more, and the keeper attaches to the next.
        self.version = str(version or "")

    @property
    def systemd(self) -> int | None:
        """The manager's systemd version, such as 257; None where it told none."""
        digits = "".join(itertools.takewhile(str.isdigit, self.version))
        return int(digits) if digits else None

    async def _subscribe(self) -> None:
        with contextlib.suppress(_AlreadySubscribedError):
            await self._call("Subscribe")

    def _on_signal(self, signal: Signal) -> None:
        if signal.member == "NameOwnerChanged" and signal.sender == _DAEMON:
            name, _, owner = cast("tuple[str, str, str]", signal.body)
            if name == _NAME:
                self._owner = owner
                self._owner_changes += 1
                self._owner_changed.set()
            return
        # A match rule does not keep out a signal that a stranger sends to us directly.
        if signal.sender != self._attached:
            return
        if signal.member == "JobRemoved":
            _, job, unit, result = cast("tuple[int, str, str, str]", signal.body)
            watch = self._watches.get(unit_path(unit))
            if watch is not None:
                watch.put(JobRemoved(job, result))
        elif signal.member == "PropertiesChanged":
            watch = self._watches.get(signal.path)
            if watch is not None:
                watch.put(UnitChanged(cast("Mapping[str, object]", signal.body[1])))

    async def _keep(self) -> None:
        """Bring the connection back whenever it, or the manager, goes away."""
        while True:
            reason = await self._trouble()
            connection = self._connection
            self._tell(ManagerAway(reason))
            try:
                async with asyncio.timeout(self.patience):
                    await self._return()
            except TimeoutError:
                self._gone = ConnectionLostError(
                    f"the service manager has been away for {self.patience:g} s: {reason}"
                )
                self._back.set()
                self._tell(_ManagerGone(self._gone))
                return
            self._back.set()
            self._back = asyncio.Event()
            self._tell(ManagerBack(reconnected=self._connection is not connection))

    async def _trouble(self) -> str:
        """Wait until the connection is lost or the manager is another; return the reason."""
        connection = cast("Connection", self._connection)
        while True:
            self._owner_changed.clear()
            if connection.lost.done():
                return str(connection.lost.result() or "the connection was closed")
            if self._owner != self._attached:
                return "the service manager left the bus"
            await _first_of(connection.lost, self._owner_changed.wait())

    async def _return(self) -> None:
        delay = _FIRST_DELAY
        while True:
            connection = cast("Connection", self._connection)
            try:
                if connection.lost.done():
                    self._owner = self._attached = ""
                    self._connection = await self._open()
                    await self._daemon("AddMatch", _OWNER_RULE)
                    continue
                # Cleared before the question, or the answer could be overtaken.
                self._owner_changed.clear()
                if not await self._has_owner():
                    await _first_of(connection.lost, self._owner_changed.wait())
                    continue
                await self._attach()
            except (ConnectionLostError, ManagerError):
                await asyncio.sleep(delay)
                delay = min(delay * 2, _LONGEST_DELAY)
            else:
                return

    async def _has_owner(self) -> bool:
        (owned,) = await self._daemon("NameHasOwner", _NAME)
        return bool(owned)

    def _tell(self, event: Event | _ManagerGone) -> None:
        for watch in self._watches.values():
            watch.put(event)


class _UnknownPropertyError(ManagerError):
    """The manager does not know the property; older ones lack newer properties."""


class _AlreadySubscribedError(ManagerError):
    """This client has subscribed before."""


_OWNER_RULE = (
    f"type='signal',sender='{_DAEMON}',interface='{_DAEMON}',member='NameOwnerChanged'"
    f",arg0='{_NAME}'"
)
_JOB_RULE = f"type='signal',sender='{_NAME}',interface='{_MANAGER}',member='JobRemoved'"

_AWAY = {
    "org.freedesktop.DBus.Error.Disconnected",
    "org.freedesktop.DBus.Error.NameHasNoOwner",
    "org.freedesktop.DBus.Error.NoReply",
    "org.freedesktop.DBus.Error.ServiceUnknown",
    "org.freedesktop.systemd1.ShuttingDown",
}
_DENIED = {
    "org.freedesktop.DBus.Error.AccessDenied",
    "org.freedesktop.DBus.Error.AuthFailed",
    "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired",
}
_CLASSES: Mapping[str, type[ManagerError]] = {
    "org.freedesktop.DBus.Error.UnknownProperty": _UnknownPropertyError,
    "org.freedesktop.DBus.Error.UnknownObject": UnitLostError,
    "org.freedesktop.systemd1.NoSuchUnit": UnitLostError,
    "org.freedesktop.systemd1.AlreadySubscribed": _AlreadySubscribedError,
}


def _translate(error: BusError) -> ManagerError | ConnectionLostError:
    if error.name in _AWAY:
        return ConnectionLostError(f"the service manager does not answer: {error}")
    if error.name in _DENIED:
        return ManagerError(
            f"the service manager does not permit it: {error}",
            hints=("run as root, or use --user for your own service manager",),
        )
    return _CLASSES.get(error.name, ManagerError)(str(error))


def _unit_rule(path: str) -> str:
    return (
        f"type='signal',sender='{_NAME}',path='{path}',interface='{_PROPERTIES}'"
        f",member='PropertiesChanged',arg0='{_UNIT}'"
    )


def _wire_properties(unit: TransientUnit, descriptors: list[int]) -> list[tuple[str, VariantValue]]:
    wire = []
    for item in unit.properties:
        value = item.value
        if item.signature == "h":
            descriptors.append(cast("int", value))
            value = len(descriptors) - 1
        elif item.signature == "ah":
            first = len(descriptors)
            descriptors += cast("list[int]", value)
            value = list(range(first, len(descriptors)))
        wire.append((item.name, VariantValue(item.signature, value)))
    return wire


async def _first_of(future: asyncio.Future[Any], event: Coroutine[Any, Any, Any]) -> None:
    """Wait for one of the two, without cancelling *future*."""
    task = asyncio.ensure_future(event)
    try:
        await asyncio.wait((future, task), return_when=asyncio.FIRST_COMPLETED)
    finally:
        task.cancel()


def unit_path(unit: str) -> str:
    """Return the object path of *unit*.

    Every byte but ASCII letters and digits becomes ``_`` and two hexadecimal digits, and so
    does a digit at the beginning (org.freedesktop.systemd1(5); sd_bus_path_encode(3)).
    """
    letters = []
    for index, byte in enumerate(unit.encode()):
        char = chr(byte)
        if byte < 128 and char.isalnum() and not (index == 0 and char.isdigit()):
            letters.append(char)
        else:
            letters.append(f"_{byte:02x}")
    return f"{_PATH}/unit/{''.join(letters) or '_'}"
