"""The directive language: text in, properties for ``StartTransientUnit`` out.

Everything here is pure: no input, no output, no D-Bus connection. One table says which
directives there are (`DIRECTIVES`), small functions by family read their values, and
`parse_assignments` and `transient_service` make of it what systemd-run would put on the bus.
"""

from runwrap.properties.assignments import parse_assignments
from runwrap.properties.service import transient_service
from runwrap.properties.table import DIRECTIVES, Directive, find
from runwrap.properties.unit_names import service_name

__all__ = [
    "DIRECTIVES",
    "Directive",
    "find",
    "parse_assignments",
    "service_name",
    "transient_service",
]
