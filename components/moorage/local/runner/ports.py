"""Local ports for tasks, listeners and endpoints; all on 127.0.0.1."""

import random
import socket

HOST = "127.0.0.1"
FIRST, LAST = 20000, 32000
"""Ports for tasks: below those that outgoing connections get, so that none of them takes a task's port."""


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
    """Hands out ports, each to one user at a time."""

    def __init__(self) -> None:
        """Begin with none taken."""
        self._taken: set[int] = set()
        self._next = random.randrange(FIRST, LAST)

    def take(self, preferred: int | None = None) -> int:
        """Return `preferred` where it is free, else any free port, and keep it until it is released.

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
        """Return the first free port from `start` upward, and keep it."""
        for port in range(start, 65536):
            if port not in self._taken and is_free(port):
                self._taken.add(port)
                return port
        raise OSError(f"no port of 127.0.0.1 from {start} upward is free")

    def hold(self, port: int) -> None:
        """Keep a port that the caller knows it may use."""
        self._taken.add(port)

    def release(self, port: int) -> None:
        """Give a port back."""
        self._taken.discard(port)


def local_host_port(host_port: int) -> int:
    """Return the local stand-in of a fixed host port: itself, or above 8000 where only root may listen."""
    return host_port if host_port >= 1024 else 8000 + host_port
