"""Traffic inside a place's network, and an independent count of it by nftables.

The kernel's packet filter sees each packet on its way out (hook ``output``) and in (hook
``input``), and counts the bytes of the IP packet, header included: what IPAccounting= counts.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.system.places import Place

__all__ = ["CLIENT", "Count", "Direction", "counting", "echoing"]

# An echo server on a port that the kernel chooses; it prints the port when it is ready.
_SERVER = """
import socket, sys, threading
kind, address = sys.argv[1:]
family = socket.AF_INET6 if ":" in address else socket.AF_INET
tcp = kind == "tcp"
server = socket.socket(family, socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM)
server.bind((address, 0))
if tcp:
    server.listen()
print(server.getsockname()[1], flush=True)
def echo(connection):
    with connection:
        while data := connection.recv(1 << 16):
            connection.sendall(data)
while True:
    if tcp:
        threading.Thread(target=echo, args=server.accept()[:1], daemon=True).start()
    else:
        data, sender = server.recvfrom(1 << 16)
        server.sendto(data, sender)
"""

CLIENT = """
import socket, sys
kind, address, port, rounds, size = sys.argv[1:]
family = socket.AF_INET6 if ":" in address else socket.AF_INET
tcp = kind == "tcp"
client = socket.socket(family, socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM)
client.settimeout(20)
client.connect((address, int(port)))
for _ in range(int(rounds)):
    client.sendall(b"x" * int(size))
    missing = int(size)
    while missing:
        missing -= len(client.recv(1 << 16))
"""
"""The program of a unit that sends ``rounds`` times ``size`` bytes, and reads them back."""


@dataclass(frozen=True)
class Direction:
    """Packets and bytes in one direction."""

    packets: int
    bytes: int


@dataclass
class Count:
    """What the packet filter counted, from the client's side; filled in at the end."""

    sent: Direction = Direction(0, 0)
    received: Direction = Direction(0, 0)


@contextlib.contextmanager
def echoing(place: Place, kind: str, address: str) -> Iterator[int]:
    """Run an echo server (``udp`` or ``tcp``) in the place's network; yields its port."""
    server = place.in_network(sys.executable, "-c", _SERVER, kind, address, stdout=subprocess.PIPE)
    try:
        assert server.stdout is not None
        yield int(server.stdout.readline())
    finally:
        server.kill()
        server.communicate()


@contextlib.contextmanager
def counting(place: Place, kind: str, port: int) -> Iterator[Count]:
    """Count the packets to and from *port* while the body runs."""
    table = f"runwrap_{kind}_{port}"
    rules = f"""
        table inet {table} {{
            counter sent {{ }}
            counter received {{ }}
            chain output {{
                type filter hook output priority 0;
                {kind} dport {port} counter name sent
            }}
            chain input {{
                type filter hook input priority 0;
                {kind} sport {port} counter name received
            }}
        }}
    """
    _nft(place, "-f", "-", stdin=rules)
    count = Count()
    try:
        yield count
        listing = json.loads(_nft(place, "--json", "list", "counters", "table", "inet", table))
        found = {
            item["counter"]["name"]: Direction(item["counter"]["packets"], item["counter"]["bytes"])
            for item in listing["nftables"]
            if "counter" in item
        }
        count.sent, count.received = found["sent"], found["received"]
    finally:
        _nft(place, "delete", "table", "inet", table)


def _nft(place: Place, *arguments: str, stdin: str | None = None) -> str:
    streams: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    process = place.in_network("nft", *arguments, **streams)
    out, _ = process.communicate(stdin, timeout=20)
    assert process.returncode == 0
    assert isinstance(out, str)
    return out
