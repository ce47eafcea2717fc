"""Processes of this machine: who they are, what they listen on, how to end them."""

import contextlib
import ipaddress
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

_LISTEN = "0A"


def started_at(pid: int) -> str | None:
    """Return what tells this process from a later one with its id, or None when there is no such process."""
    try:
        # The name may hold blanks and brackets; what follows its last bracket does not.
        text = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return None if text[0] == "Z" else text[19]
    except FileNotFoundError:
        if Path("/proc/self").exists():
            return None
    except (OSError, IndexError):
        return None
    shown = subprocess.run(
        ["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    ).stdout.strip()
    return re.sub(r"\s+", "_", shown) or None


def group_members(group: int) -> list[int]:
    """Return the processes of a process group, where /proc shows them."""
    members: list[int] = []
    for entry in _pids():
        with contextlib.suppress(OSError, IndexError, ValueError):
            fields = Path(f"/proc/{entry}/stat").read_text().rpartition(")")[2].split()
            if int(fields[2]) == group and fields[0] != "Z":
                members.append(entry)
    return members


class Listener(NamedTuple):
    """Where a process takes TCP connections."""

    port: int
    host: str

    def __str__(self) -> str:
        """Return `127.0.0.1:5000`."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        """Whether nothing outside its network namespace can reach it."""
        return ipaddress.ip_address(self.host).is_loopback


def listeners(group: int) -> list[Listener] | None:
    """Return where a process group listens, sorted, or None where /proc does not show it."""
    sockets = _listening_sockets()
    if sockets is None:
        return None
    inodes = {inode for pid in group_members(group) for inode in _socket_inodes(pid)}
    return sorted({listener for inode, listener in sockets.items() if inode in inodes})


def listeners_beside(pid: int) -> list[Listener] | None:
    """Return what listens in the network namespace of a process, or None where /proc does not show it."""
    sockets = _listening_sockets(f"/proc/{pid}/net")
    return None if sockets is None else sorted(set(sockets.values()))


def who_listens(port: int) -> str | None:
    """Return `name (pid N)` of the process that listens on a port, where that can be seen."""
    sockets = _listening_sockets() or {}
    inodes = {inode for inode, listener in sockets.items() if listener.port == port}
    for pid in _pids():
        if inodes & set(_socket_inodes(pid)):
            with contextlib.suppress(OSError):
                command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
                words = " ".join(word.decode(errors="replace") for word in command if word)
                return f"{words[:80]} (pid {pid})"
    return None


def end_groups(groups: Iterable[int], grace: float) -> None:
    """Send SIGTERM to process groups and, after `grace` seconds, SIGKILL to what is left."""
    left = [group for group in groups if _signal(group, signal.SIGTERM)]
    deadline = time.monotonic() + grace
    while left and time.monotonic() < deadline:
        time.sleep(0.05)
        left = [group for group in left if _signal(group, 0)]
    for group in left:
        _signal(group, signal.SIGKILL)


def _signal(group: int, number: int) -> bool:
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _pids() -> list[int]:
    try:
        return [int(name) for name in os.listdir("/proc") if name.isdigit()]
    except OSError:
        return []


def _listening_sockets(folder: str = "/proc/net") -> dict[str, Listener] | None:
    """Return the listeners by inode."""
    found: dict[str, Listener] = {}
    seen = False
    for table in ("tcp", "tcp6"):
        try:
            lines = Path(folder, table).read_text().splitlines()[1:]
        except OSError:
            continue
        seen = True
        for line in lines:
            fields = line.split()
            if fields[3] == _LISTEN:
                address, _, port = fields[1].partition(":")
                found[fields[9]] = Listener(int(port, 16), _host(address))
    return found if seen else None


def _host(address: str) -> str:
    """Return an address of the kernel's table, which has each word of it in the machine's byte order."""
    words = [bytes.fromhex(address[start : start + 8]) for start in range(0, len(address), 8)]
    packed = b"".join(word[::-1] if sys.byteorder == "little" else word for word in words)
    return str(ipaddress.ip_address(packed))


def _socket_inodes(pid: int) -> list[str]:
    inodes: list[str] = []
    with contextlib.suppress(OSError):
        for name in os.listdir(f"/proc/{pid}/fd"):
            with contextlib.suppress(OSError):
                target = os.readlink(f"/proc/{pid}/fd/{name}")
                if target.startswith("socket:["):
                    inodes.append(target[8:-1])
    return inodes
