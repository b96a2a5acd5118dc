"""How to reach a service manager: addresses, and connections to a message bus.

This is the only part of runwrap that knows dbus-next.
"""

from runwrap.bus.address import (
    capsule_address,
    host_address,
    machine_address,
    machine_of,
    system_address,
    user_address,
)
from runwrap.bus.connection import Connection, Signal, VariantValue, machined_refusal

__all__ = [
    "Connection",
    "Signal",
    "VariantValue",
    "capsule_address",
    "host_address",
    "machine_address",
    "machine_of",
    "machined_refusal",
    "system_address",
    "user_address",
]
