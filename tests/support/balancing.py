"""A balancer before real targets, for the tests of the local load balancer."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
from aiohttp import web

from moorage.local.balancer.balancer import Balancer
from moorage.local.balancer.model import HealthCheck, ListenerSpec, TargetGroupSpec
from moorage.local.streams import stop_listening
from moorage.rollout.states import TargetState

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
CHECK = HealthCheck(protocol="TCP", interval=60, timeout=5)


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def forward(arn: str = "tg") -> list[dict[str, Any]]:
    return [{"type": "forward", "targetGroupArn": arn}]


async def wait_healthy(balancer: Balancer, *targets: str, group: str = "tg", timeout: float = 20) -> None:
    """Return once these targets of a group, else all and at least one, are healthy."""
    try:
        async with asyncio.timeout(timeout):
            while True:
                health = balancer.health(group)
                waiting = [health.get(name) for name in targets or health]
                if waiting and all(each and each.state is TargetState.HEALTHY for each in waiting):
                    return
                await asyncio.sleep(0.01)
    except TimeoutError:
        raise TimeoutError(f"target group {group} is not healthy: {balancer.health(group)}") from None


@contextlib.asynccontextmanager
async def target(handler: Handler) -> AsyncIterator[int]:
    server = web.Server(handler, auto_decompress=False)
    listening = await asyncio.get_running_loop().create_server(server, "127.0.0.1", 0)
    try:
        yield listening.sockets[0].getsockname()[1]
    finally:
        await stop_listening(listening)
        await server.shutdown(0.1)


@contextlib.asynccontextmanager
async def balanced(
    *handlers: Handler, group: dict[str, Any] | None = None, **listener: Any
) -> AsyncIterator[tuple[Balancer, aiohttp.ClientSession, int]]:
    """A balancer before one target per handler, all healthy; a client; and the listener's port."""
    async with contextlib.AsyncExitStack() as stack:
        balancer = Balancer()
        stack.push_async_callback(balancer.close)
        port = free_port()
        listener.setdefault("default_actions", forward())
        spec = TargetGroupSpec("tg", "tg", health_check=CHECK, **(group or {}))
        await balancer.configure([ListenerSpec("arn:l", port, **listener)], [spec])
        for index, handler in enumerate(handlers):
            backend = await stack.enter_async_context(target(handler))
            balancer.register("tg", f"t{index}", "127.0.0.1", backend)
        if handlers:
            await wait_healthy(balancer)
        scheme = "https" if listener.get("tls") else "http"
        client = aiohttp.ClientSession(
            f"{scheme}://127.0.0.1:{port}", auto_decompress=False, timeout=aiohttp.ClientTimeout(20)
        )
        yield balancer, await stack.enter_async_context(client), port
