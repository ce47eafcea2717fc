"""Connections of clients: accepted to the last, and joined with those to the server behind."""

import asyncio

Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]

_CHUNK = 65536


async def stop_listening(server: asyncio.Server) -> None:
    """Close a server's sockets, once the connections that it has accepted are with their protocols.

    `Server.close` alone drops those accepted in the same turn of the loop (CPython: an AssertionError of
    `Server._attach`, before the protocol knows of the connection).
    """
    loop = asyncio.get_running_loop()
    for socket in server.sockets:
        loop.remove_reader(socket.fileno())
    try:
        # The transport is made in the first turn, and connection_made called in the second.
        for _ in range(2):
            await asyncio.sleep(0)
    finally:
        server.close()


async def join(client: Stream, upstream: Stream) -> None:
    """Pass on what both sides send until both have ended, or one has broken off; close `upstream`."""
    try:
        async with asyncio.TaskGroup() as both:
            both.create_task(_pass_on(client[0], upstream[1]))
            both.create_task(_pass_on(upstream[0], client[1]))
    except* OSError:
        pass
    finally:
        upstream[1].close()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(_CHUNK):
        writer.write(data)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()
    else:
        # TLS has no half-closed connections.
        writer.close()
