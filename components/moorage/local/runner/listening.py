"""Ports that a task listens on, compared to its own."""

from collections.abc import Collection, Sequence

from . import Listener


def elsewhere(container: str, port: int, listeners: Sequence[Listener]) -> str | None:
    """Describe the ports that a process listens on instead of its PORT; None for none."""
    if not listeners or any(listener.port == port for listener in listeners):
        return None
    others = ", ".join(map(str, sorted({listener.port for listener in listeners})))
    return (
        f"container {container} listens on port {others}, not on its PORT {port}: make it "
        "listen on $PORT, or set `local: {command: [...]}` with a command that does"
    )


def unreachable(
    container: str, port: int, listeners: Sequence[Listener], others: Collection[int]
) -> str | None:
    """Describe a container whose port cannot be reached from outside of it; None if it can.

    `listeners` are those in its network, which the task's containers share; `others` are their ports.
    """
    here = [listener for listener in listeners if listener.port == port]
    if any(not listener.is_loopback for listener in here):
        return None
    if here:
        return (
            f"container {container} listens on {here[0]} only, which nothing outside the container reaches: "
            f"make it listen on 0.0.0.0:{port}"
        )
    own = [listener for listener in listeners if listener.port not in others]
    if not own:
        return silent(container, f"port {port}")
    return (
        f"container {container}: nothing listens on port {port}; it listens on {', '.join(map(str, own))}: "
        f"set `port: {own[0].port}`, or make it listen on 0.0.0.0:{port}"
    )


def silent(container: str, port: str) -> str:
    """Describe a container that listens on no port."""
    return f"container {container}: nothing listens on {port} yet, nor on another port; is it still starting?"
