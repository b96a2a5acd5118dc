"""The directive language: text in, properties for ``StartTransientUnit`` out.

Everything here is pure: no input, no output, no D-Bus connection; it may be used on its own::

    from runwrap.properties import encode

    for given in encode("service", ["IPAddressDeny=any", "MemoryMax=1G"], version=257):
        print(given.name, given.signature, given.value)

One table says which directives there are (`directives`, `find`), small functions by family
read and write their values, `encode` makes of assignments what systemd-run would put on the
bus, and `unit_file` shows properties as the unit file that they amount to.
"""

from runwrap.errors import PropertyError
from runwrap.properties.encoding import encode
from runwrap.properties.table import NEWEST, Directive, Form, directives, find
from runwrap.properties.unit_file import unit_file
from runwrap.units import UNIT_TYPES, Property

__all__ = [
    "NEWEST",
    "UNIT_TYPES",
    "Directive",
    "Form",
    "Property",
    "PropertyError",
    "directives",
    "encode",
    "find",
    "unit_file",
]
