"""Ports on loopback for what is started, stopped and started again at the same address."""

from __future__ import annotations

import random
import socket
from pathlib import Path

#: Below what Linux, macOS and Windows hand to whoever asks for any port (ip(7), ip_local_port_range: 32768 to 60999).
LOWEST, HIGHEST = 20_000, 32_000
_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
_given: set[int] = set()


def free_port() -> int:
    """A port that nobody listens on just now, and that nobody is handed by chance while its server is down."""
    for port in random.sample(range(LOWEST, _highest()), 200):
        if port not in _given and _is_free(port):
            _given.add(port)
            return port
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _highest() -> int:
    """Where an operator widened the system's own range, a smaller part is left to us."""
    try:
        return max(LOWEST + 1_000, min(HIGHEST, int(_RANGE.read_text().split()[0])))
    except (OSError, ValueError, IndexError):
        return HIGHEST
