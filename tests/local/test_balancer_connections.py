"""Listeners that forward connections: TCP, and TLS that ends at the balancer."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from support.balancing import CHECK, forward, free_port, wait_healthy

from moorage.local.balancer import tls
from moorage.local.balancer.balancer import Balancer
from moorage.local.balancer.model import ListenerSpec, TargetGroupSpec
from moorage.local.streams import stop_listening
from moorage.rollout.states import TargetState


@contextlib.asynccontextmanager
async def echoing(name: str) -> AsyncIterator[int]:
    """A target that sends its name, then each line back, and ends when its client does."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            writer.write(f"{name}\n".encode())
            while line := await reader.readline():
                writer.write(line)
            writer.write(b"end\n")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        await stop_listening(server)


class Client:
    """Connects to a listener; all connections are closed at the end."""

    def __init__(self, port: int, stack: contextlib.AsyncExitStack) -> None:
        self.port, self._stack = port, stack

    async def connect(self, context: ssl.SSLContext | None = None) -> tuple[Any, Any]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, ssl=context)
        self._stack.push_async_callback(_closed, writer)
        return reader, writer

    async def open(self, context: ssl.SSLContext | None = None) -> tuple[Any, Any, str]:
        """Return a connection, and the target that it reached."""
        reader, writer = await self.connect(context)
        return reader, writer, (await reader.readline()).decode().strip()


async def _closed(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


@contextlib.asynccontextmanager
async def balanced(*names: str, delay: float = 30, **listener: Any) -> AsyncIterator[tuple[Balancer, Client]]:
    """A balancer before one target per name, all healthy, and a client of its listener."""
    async with contextlib.AsyncExitStack() as stack:
        balancer, port = Balancer(), free_port()
        stack.push_async_callback(balancer.close)
        group = TargetGroupSpec("tg", "tg", health_check=CHECK, deregistration_delay=delay)
        spec = ListenerSpec("arn:l", port, default_actions=forward(), connections=True, **listener)
        await balancer.configure([spec], [group])
        for name in names:
            balancer.register("tg", name, "127.0.0.1", await stack.enter_async_context(echoing(name)))
        if names:
            await wait_healthy(balancer)
        yield balancer, Client(port, stack)


async def said(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, line: bytes) -> bytes:
    writer.write(line)
    return await reader.readline()


def test_connections_go_round_and_pass_both_ways() -> None:
    async def run() -> None:
        async with balanced("a", "b") as (_, client):
            connections = [await client.open() for _ in range(4)]
            names = [name for _, _, name in connections]
            assert sorted(names) == ["a", "a", "b", "b"]
            for reader, writer, _ in connections:
                assert await said(reader, writer, b"\x00\xff binary\n") == b"\x00\xff binary\n"
            reader, writer, _ = connections[0]
            # A client that has sent everything still gets what the target answers.
            writer.write_eof()
            assert await reader.read() == b"end\n"

    asyncio.run(run())


def test_a_large_transfer() -> None:
    async def run() -> None:
        async with balanced("a") as (_, client):
            reader, writer, _ = await client.open()
            lines = 4000

            async def send() -> None:
                for _ in range(lines):
                    writer.write(b"x" * 1023 + b"\n")
                    await writer.drain()
                writer.write_eof()

            sending = asyncio.create_task(send())
            received = await reader.read(-1)
            await sending
            assert len(received) == lines * 1024 + len(b"end\n")

    asyncio.run(run())


def test_tls_ends_at_the_balancer(tmp_path: Path) -> None:
    async def run() -> None:
        async with balanced("a", tls=tls.context(tmp_path)) as (_, client):
            context = ssl.create_default_context(cafile=str(tmp_path / "localhost.crt"))
            reader, writer, name = await client.open(context)
            assert name == "a"
            assert await said(reader, writer, b"hello\n") == b"hello\n"
            writer.close()

    asyncio.run(run())


def test_a_connection_survives_the_deregistration_of_its_target() -> None:
    async def run() -> None:
        async with balanced("a", "b") as (balancer, client):
            reader, writer, name = await client.open()
            leaving = asyncio.create_task(balancer.deregister("tg", name))
            await asyncio.sleep(0)
            assert balancer.health("tg")[name].state is TargetState.DRAINING
            others = {(await client.open())[2] for _ in range(3)}
            assert others == {"a", "b"} - {name}
            assert await said(reader, writer, b"still here\n") == b"still here\n"
            assert not leaving.done()
            writer.close()
            await asyncio.wait_for(leaving, 10)

    asyncio.run(run())


def test_the_delay_ends_a_connection() -> None:
    async def run() -> None:
        async with balanced("a", delay=0.05) as (balancer, client):
            reader, _, _ = await client.open()
            await balancer.deregister("tg", "a")
            assert await asyncio.wait_for(reader.read(), 10) == b""

    asyncio.run(run())


def test_without_a_target_connections_are_closed() -> None:
    async def run() -> None:
        async with balanced() as (_, client):
            reader, _ = await client.connect()
            assert await asyncio.wait_for(reader.read(), 10) == b""

    asyncio.run(run())


def test_a_target_that_is_gone_is_passed_over() -> None:
    async def run() -> None:
        async with balanced("a") as (balancer, client):
            balancer.register("tg", "gone", "127.0.0.1", free_port())
            target = balancer.health("tg")
            assert target["gone"].state is TargetState.INITIAL
            assert [(await client.open())[2] for _ in range(3)] == ["a", "a", "a"]

    asyncio.run(run())


@pytest.mark.parametrize("connections", [True, False])
def test_a_port_changes_its_kind(connections: bool) -> None:
    async def run() -> None:
        async with balanced("a") as (balancer, client):
            group = TargetGroupSpec("tg", "tg", health_check=CHECK)
            spec = ListenerSpec("arn:l", client.port, default_actions=forward(), connections=connections)
            await balancer.configure([spec], [group])
            reader, writer = await client.connect()
            writer.write(b"BAD\r\n\r\n")
            first = await reader.readline()
            assert first.startswith(b"a" if connections else b"HTTP/1.")
            writer.close()

    asyncio.run(run())
