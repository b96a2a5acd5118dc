"""A client of systemd-machined: terminals of local containers.

Source for names, signatures and errors: org.freedesktop.machine1(5).
"""

from __future__ import annotations

import os
from typing import cast

from runwrap.bus import Connection, machined_refusal
from runwrap.errors import BusError, ManagerError

__all__ = ["open_pty"]


async def open_pty(bus_address: str, machine: str) -> tuple[int, str]:
    """Open a pseudo-terminal inside a container (Methods, OpenMachinePTY).

    Args:
        bus_address: the bus that systemd-machined is on, the system bus of this system.
        machine: the container's name, without a user; ``.host`` for this system.

    Returns:
        The descriptor of the terminal's leader side, which is the caller's to close and not
        inherited by programs; and the path of its other side inside the container.

    Raises:
        ManagerError: systemd-machined refused, for example because there is no such machine.
        ConnectionLostError: the bus does not answer, or went away.
    """
    connection = await Connection.open(bus_address, lambda _: None)
    descriptors: tuple[int, ...] = ()
    try:
        try:
            (index, path), descriptors = await connection.call_for_descriptors(
                "org.freedesktop.machine1",
                "/org/freedesktop/machine1",
                "org.freedesktop.machine1.Manager",
                "OpenMachinePTY",
                "s",
                machine,
            )
        finally:
            await connection.close()
    except BusError as error:
        raise ManagerError(
            f"cannot open a terminal in the machine {machine}: {machined_refusal(error, machine)}"
        ) from None
    except BaseException:
        for descriptor in descriptors:
            os.close(descriptor)
        raise
    return descriptors[cast("int", index)], cast("str", path)
