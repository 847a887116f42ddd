"""Ports that nobody else takes between being chosen and being used."""

import os
import random
import socket
from pathlib import Path

_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
_LOWEST = 10_000


def free_port() -> int:
    """A port of 127.0.0.1 where nobody listens. It lies below those that the kernel gives to connections and to whoever
    asks for any: such a one could be somebody else's by the time a program has started and listens, or while a server
    that was killed starts again.
    """
    first = int(_RANGE.read_text().split()[0]) if _RANGE.exists() else 32_768
    dice = random.Random(os.urandom(8))  # tests seed the common one, and processes side by side must not agree
    for _ in range(1_000):
        port = dice.randrange(_LOWEST, max(first, _LOWEST + 1_000))
        with socket.socket() as tried:
            try:
                tried.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("no port is free")
