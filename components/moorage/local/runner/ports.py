"""Local ports for tasks, listeners and endpoints; all on 127.0.0.1."""

import random
import socket

HOST = "127.0.0.1"
FIRST, LAST = 20000, 32000
"""Ports for tasks, below those of outgoing connections."""
FIRST_HTTP, FIRST_HTTPS = 8080, 8443
"""The load balancer gets the first free port from these upward."""


def is_free(port: int) -> bool:
    """Return whether nothing listens on a port of 127.0.0.1."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


class Ports:
    """Reserves ports, each for one user at a time."""

    def __init__(self) -> None:
        """Begin without reserved ports."""
        self._taken: set[int] = set()
        self._next = random.randrange(FIRST, LAST)

    def take(self, preferred: int | None = None) -> int:
        """Reserve and return `preferred` if it is free, else any free port.

        Raises:
            OSError: no port is free.
        """
        if preferred is not None and preferred not in self._taken and is_free(preferred):
            self._taken.add(preferred)
            return preferred
        for _ in range(LAST - FIRST):
            self._next = self._next + 1 if self._next < LAST else FIRST
            if self._next not in self._taken and is_free(self._next):
                self._taken.add(self._next)
                return self._next
        raise OSError(f"no port of 127.0.0.1 between {FIRST} and {LAST} is free")

    def first(self, start: int) -> int:
        """Reserve and return the first free port from `start` upward."""
        for port in range(start, 65536):
            if port not in self._taken and is_free(port):
                self._taken.add(port)
                return port
        raise OSError(f"no port of 127.0.0.1 from {start} upward is free")

    def hold(self, port: int) -> None:
        """Reserve a port that the caller may use."""
        self._taken.add(port)

    def release(self, port: int) -> None:
        """Release a port."""
        self._taken.discard(port)


def local_host_port(host_port: int) -> int:
    """Return the local port for a fixed host port: itself, or 8000 more below 1024."""
    return host_port if host_port >= 1024 else 8000 + host_port
