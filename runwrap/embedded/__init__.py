"""A private systemd for machines, or for moments, where none runs.

``EmbeddedManager`` is an async context manager: the machine's real systemd and dbus-daemon, in
namespaces, reachable over a D-Bus address of its own, and gone when the context is left.
"""

from __future__ import annotations

from runwrap.embedded._manager import EmbeddedManager
from runwrap.embedded._requirements import requirements

__all__ = ["EmbeddedManager", "requirements"]
