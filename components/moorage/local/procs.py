"""Processes of this machine: who they are, what they listen on, how to end them."""

import contextlib
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path

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


def listening_ports(group: int) -> list[int] | None:
    """Return the TCP ports a process group listens on, sorted, or None where /proc does not show it."""
    sockets = _listening_sockets()
    if sockets is None:
        return None
    inodes = {inode for pid in group_members(group) for inode in _socket_inodes(pid)}
    return sorted({port for inode, port in sockets.items() if inode in inodes})


def who_listens(port: int) -> str | None:
    """Return `name (pid N)` of the process that listens on a port, where that can be seen."""
    inodes = {inode for inode, number in (_listening_sockets() or {}).items() if number == port}
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


def _listening_sockets() -> dict[str, int] | None:
    """Return inode -> port."""
    found: dict[str, int] = {}
    seen = False
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            lines = Path(table).read_text().splitlines()[1:]
        except OSError:
            continue
        seen = True
        for line in lines:
            fields = line.split()
            if fields[3] == _LISTEN:
                found[fields[9]] = int(fields[1].rpartition(":")[2], 16)
    return found if seen else None


def _socket_inodes(pid: int) -> list[str]:
    inodes: list[str] = []
    with contextlib.suppress(OSError):
        for name in os.listdir(f"/proc/{pid}/fd"):
            with contextlib.suppress(OSError):
                target = os.readlink(f"/proc/{pid}/fd/{name}")
                if target.startswith("socket:["):
                    inodes.append(target[8:-1])
    return inodes
