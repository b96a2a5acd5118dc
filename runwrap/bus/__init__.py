"""How to reach a service manager: addresses, and connections to a message bus.

This is the only part of runwrap that knows dbus-next.
"""

from runwrap.bus.address import system_address, user_address
from runwrap.bus.connection import Connection, Signal, VariantValue

__all__ = ["Connection", "Signal", "VariantValue", "system_address", "user_address"]
