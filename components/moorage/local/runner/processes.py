"""Processes of this machine: their identity, their ports, and their end."""

import contextlib
import ipaddress
import os
import sys
from pathlib import Path

import psutil

from . import Listener

_LISTEN = "0A"


def started_at(pid: int) -> float | None:
    """Return when a process started (seconds since 1970), or None when it does not run.

    With its id, this identifies a process. Compare to the second: a correction of the clock moves it.
    """
    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else process.create_time()
    except psutil.Error:
        return None


def listeners(group: int) -> list[Listener] | None:
    """Return the listeners of a process group, sorted, or None where they cannot be seen."""
    listening: set[Listener] = set()
    for pid in psutil.pids():
        try:
            if os.getpgid(pid) == group:
                listening |= _listening(psutil.Process(pid))
        except psutil.AccessDenied:
            return None
        except (ProcessLookupError, PermissionError, psutil.NoSuchProcess):
            continue
    return sorted(listening)


def listeners_beside(pid: int) -> list[Listener] | None:
    """Return the listeners in the network namespace of a process, or None where /proc does not show them.

    psutil sees this process's own namespace only.
    """
    lines: list[str] = []
    for table in ("tcp", "tcp6"):
        with contextlib.suppress(OSError):
            lines += Path(f"/proc/{pid}/net/{table}").read_text().splitlines()
    if not lines:
        return None
    addresses = [fields[1].partition(":") for fields in map(str.split, lines) if fields[3] == _LISTEN]
    return sorted({Listener(int(port, 16), _host(host)) for host, _, port in addresses})


def who_listens(port: int) -> str | None:
    """Return `name (pid N)` of the process that listens on a port, if it can be seen."""
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if any(listener.port == port for listener in _listening(process)):
                return f"{' '.join(process.cmdline())[:80]} (pid {process.pid})"
    return None


def _listening(process: psutil.Process) -> set[Listener]:
    return {
        Listener(connection.laddr.port, connection.laddr.ip)
        for connection in process.net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN
    }


def _host(address: str) -> str:
    """Return an address of the kernel's table, whose words are in the machine's byte order."""
    words = [bytes.fromhex(address[start : start + 8]) for start in range(0, len(address), 8)]
    packed = b"".join(word[::-1] if sys.byteorder == "little" else word for word in words)
    return str(ipaddress.ip_address(packed))
