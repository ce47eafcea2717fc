"""A server that stops listening loses no connection that it has accepted."""

import asyncio
import socket

from support.balancing import free_port

from moorage.local.balancer.balancer import Balancer
from moorage.local.balancer.model import ListenerSpec
from moorage.local.streams import stop_listening


def test_a_connection_accepted_in_the_last_turn_is_served() -> None:
    async def run() -> bytes:
        async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"served")
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        with socket.create_connection(server.sockets[0].getsockname()) as client:
            client.setblocking(False)
            # The server accepts in the first turn; its task, which makes the transport, comes after this one.
            for _ in range(2):
                await asyncio.sleep(0)
            await stop_listening(server)
            return await asyncio.wait_for(asyncio.get_running_loop().sock_recv(client, 100), 20)

    assert asyncio.run(run()) == b"served"


def test_a_listener_that_was_just_removed_is_closed_with_its_balancer() -> None:
    async def run() -> None:
        balancer = Balancer()
        port = free_port()
        await balancer.configure([ListenerSpec("l", port)], [])
        await balancer.configure([], [])
        await balancer.close()
        socket.create_server(("127.0.0.1", port)).close()

    asyncio.run(run())
