"""A client's connection, joined with one to the server behind."""

import asyncio

Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]

_CHUNK = 65536


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
