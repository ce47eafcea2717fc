"""Requests and answers that pass through the balancer: real sockets, aiohttp programs as targets."""

import asyncio
import io
import json
import re
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web
from support.balancing import balanced


async def echo(request: web.BaseRequest) -> web.Response:
    """Answer with what arrived."""
    body = await request.read()
    seen = {
        "method": request.method,
        "target": request.raw_path,
        "headers": [[name.decode(), value.decode()] for name, value in request.raw_headers],
        "body": body.decode(),
    }
    return web.Response(text=json.dumps(seen))


def test_requests_pass_unchanged_with_forwarding_headers() -> None:
    async def run() -> None:
        async with balanced(echo) as (_, client, port):
            sent = {
                "X-Forwarded-For": "10.0.0.9",
                "X-Forwarded-Proto": "gopher",
                "Connection": "X-Hop",
                "X-Hop": "1",
            }
            sent |= {"Host": "app.example.com", "TE": "trailers", "Accept-Encoding": "gzip"}
            async with client.post("/a%2Fb/../c?x=%20y&x", data=b"hello", headers=sent) as response:
                seen = await response.json(content_type=None)
            headers = {name.lower(): value for name, value in seen["headers"]}
            assert (seen["method"], seen["body"]) == ("POST", "hello")
            assert headers["host"] == "app.example.com"
            assert headers["x-forwarded-for"] == "10.0.0.9, 127.0.0.1"
            assert headers["x-forwarded-proto"] == "http"
            assert headers["x-forwarded-port"] == str(port)
            assert headers["accept-encoding"] == "gzip"
            assert re.fullmatch(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24}", headers["x-amzn-trace-id"])
            assert not {"x-hop", "te", "connection"} & headers.keys()
            assert len(headers) == len(seen["headers"])
            async with client.get("/", headers={"X-Amzn-Trace-Id": "Root=mine"}) as response:
                seen = await response.json(content_type=None)
            assert ["X-Amzn-Trace-Id", "Root=mine"] in seen["headers"]

    asyncio.run(run())


def test_the_path_and_query_are_not_touched() -> None:
    async def run() -> None:
        async with balanced(echo) as (_, _, port):
            answer = await raw(
                port, b"GET //a%2fb/../%7Ec?x=%20y&&x=[1] HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
            )
            assert b'"target": "//a%2fb/../%7Ec?x=%20y&&x=[1]"' in answer
            answer = await raw(port, b"GET http://y/p?q HTTP/1.1\r\nHost: y\r\nConnection: close\r\n\r\n")
            assert b'"target": "/p?q"' in answer
            for target in (b"OPTIONS *", b"GET /a#b?c", b"GET /?"):
                answer = await raw(port, target + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                assert b'"target": "%b"' % target.split()[1] in answer
            answer = await raw(port, b"GET / HTTP/1.0\r\n\r\n")
            assert answer.startswith(b"HTTP/1.0 200 OK\r\n")
            assert b'["Host", "127.0.0.1:%d"]' % port in answer

    asyncio.run(run())


async def raw(port: int, request: bytes) -> bytes:
    """Send bytes and return all that comes until the balancer closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    async with asyncio.timeout(20):
        answer = await reader.read()
    writer.close()
    return answer


def test_answers_pass_with_their_framing() -> None:
    async def handler(request: web.BaseRequest) -> web.StreamResponse:
        if request.path == "/304":
            return web.Response(status=304, headers={"ETag": '"a"'})
        if request.path == "/204":
            return web.Response(status=204)
        if request.path == "/cookies":
            response = web.Response(status=201, reason="Made Up", text="x")
            response.headers.add("Set-Cookie", "a=1")
            response.headers.add("Set-Cookie", "b=2")
            return response
        if request.path == "/gzip":
            return web.Response(body=b"\x1f\x8bnot really", headers={"Content-Encoding": "gzip"})
        return web.Response(text="body")

    async def run() -> None:
        async with balanced(handler) as (balancer, client, port):
            async with client.head("/x") as response:
                assert response.headers["Content-Length"] == "4"
                assert await response.read() == b""
            async with client.get("/304") as response:
                assert (response.status, response.headers["ETag"]) == (304, '"a"')
            async with client.get("/204") as response:
                assert (response.status, await response.read()) == (204, b"")
            async with client.get("/cookies") as response:
                assert (response.status, response.reason) == (201, "Made Up")
                assert response.headers.getall("Set-Cookie") == ["a=1", "b=2"]
            async with client.get("/gzip") as response:
                assert await response.read() == b"\x1f\x8bnot really"
            async with client.get("/x") as response:  # after all that, the connections are still in step
                assert await response.text() == "body"
            two = b"GET /x HTTP/1.1\r\nHost: a\r\n\r\nGET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
            assert (await raw(port, two)).count(b"\r\n\r\nbody") == 2
            assert not balancer.groups["tg"].targets["t0"].busy

    asyncio.run(run())


def test_bodies_stream_both_ways() -> None:
    block = bytes(range(256)) * 256

    async def handler(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse()
        if request.headers.get("Content-Length"):
            response.content_length = int(request.headers["Content-Length"])
        await response.prepare(request)
        async for chunk in request.content.iter_any():
            await response.write(chunk)
        return response

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(200):
            yield block

    async def run() -> None:
        async with balanced(handler) as (_, client, _):
            async with client.put("/chunked", data=chunks()) as response:
                assert response.headers["Transfer-Encoding"] == "chunked"
                assert await response.read() == block * 200
            async with client.put("/sized", data=io.BytesIO(block * 200)) as response:
                assert response.content_length == len(block) * 200
                assert await response.read() == block * 200
            async with client.put("/small", data=b"") as response:
                assert await response.read() == b""

    asyncio.run(run())


def test_events_flow_at_once() -> None:
    async def run() -> None:
        more: asyncio.Queue[bytes] = asyncio.Queue()

        async def handler(request: web.BaseRequest) -> web.StreamResponse:
            response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
            await response.prepare(request)
            while event := await more.get():
                await response.write(event)
            return response

        async with balanced(handler) as (_, client, _), client.get("/") as response:
            for event in (b"data: 1\n\n", b"data: 2\n\n"):
                more.put_nowait(event)
                # The handler waits for the next event, so what arrives was not held back for more.
                assert await response.content.readany() == event
            more.put_nowait(b"")
            assert await response.read() == b""

    asyncio.run(run())


def test_a_slow_reader_slows_the_target_down() -> None:
    async def run() -> None:
        sent = 0
        blocked = asyncio.Event()

        async def handler(request: web.BaseRequest) -> web.StreamResponse:
            nonlocal sent
            response = web.StreamResponse()
            await response.prepare(request)
            for _ in range(2000):
                try:
                    async with asyncio.timeout(0.5):
                        await response.write(bytes(65536))
                except TimeoutError:
                    blocked.set()
                    raise ConnectionResetError from None
                sent += 65536
            return response

        async with balanced(handler) as (_, _, port):
            _, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            await asyncio.wait_for(blocked.wait(), 20)
            writer.transport.abort()
            assert sent < 64 << 20  # 131 MB were on offer; socket buffers hold the rest

    asyncio.run(run())


def test_100_continue_is_answered_by_the_balancer() -> None:
    async def run() -> None:
        async with balanced(echo) as (_, _, port):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nConnection: close\r\n"
            writer.write(head + b"Expect: 100-continue\r\n\r\n")
            assert (
                await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10) == b"HTTP/1.1 100 Continue\r\n\r\n"
            )
            writer.write(b"hi")
            answer = await asyncio.wait_for(reader.read(), 10)
            writer.close()
            assert b'"body": "hi"' in answer
            assert b"Expect" not in answer
            answer = await raw(port, head + b"Expect: miracles\r\n\r\nhi")
            assert answer.startswith(b"HTTP/1.1 417 ")

    asyncio.run(run())


def test_websockets_are_tunnelled() -> None:
    async def handler(request: web.BaseRequest) -> web.StreamResponse:
        if request.path == "/refuse":
            return web.Response(status=403, text="no")
        socket = web.WebSocketResponse(protocols=["chat"], max_msg_size=0)
        await socket.prepare(request)
        async for message in socket:
            await (socket.send_str if message.type is aiohttp.WSMsgType.TEXT else socket.send_bytes)(
                message.data
            )
        return socket

    async def run() -> None:
        async with balanced(handler) as (balancer, client, _):
            async with client.ws_connect("/", protocols=["chat"], max_msg_size=0) as ws:
                assert ws.protocol == "chat"
                await ws.send_str("hello")
                assert await ws.receive_str() == "hello"
                big = bytes(8 << 20)
                await ws.send_bytes(big)
                assert await ws.receive_bytes() == big
                assert len(balancer.groups["tg"].targets["t0"].busy) == 1
            with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
                await client.ws_connect("/refuse")
            # The tunnel ends when its client has gone; nothing is left in flight.
            await asyncio.wait_for(balancer.deregister("tg", "t0"), 10)

    asyncio.run(run())


def test_nothing_is_added_to_a_request_but_what_an_alb_adds() -> None:
    async def run() -> None:
        async with balanced(echo) as (_, _, port):
            head = b"POST /a? HTTP/1.1\r\nHost: x\r\nX-B: 1\r\nCookie: a=1\r\nx-b: 2\r\ncookie: b=2\r\n"
            rest = b"X-N: J\xf6rg\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi"
            answer = await raw(port, head + rest)
            seen = json.loads(answer.partition(b"\r\n\r\n")[2])
            assert seen["target"] == "/a?"
            names = [name.lower() for name, _ in seen["headers"]]
            alb = ["x-forwarded-for", "x-forwarded-proto", "x-forwarded-port", "x-amzn-trace-id"]
            assert names == ["host", "x-b", "cookie", "x-b", "cookie", "x-n", "content-length", *alb]
            assert [value for _, value in seen["headers"][1:6]] == ["1", "a=1", "2", "b=2", "Jörg"]

    asyncio.run(run())


def test_the_balancer_follows_no_redirect_and_keeps_no_cookie() -> None:
    async def handler(request: web.BaseRequest) -> web.Response:
        headers = {"Location": "/elsewhere", "Set-Cookie": f"seen={request.headers.get('Cookie', 'none')}"}
        return web.Response(status=302, headers=headers)

    async def run() -> None:
        async with balanced(handler) as (_, _, port):
            for _ in range(2):
                answer = await raw(port, b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                assert answer.startswith(b"HTTP/1.1 302 Found\r\n")
                assert b"Set-Cookie: seen=none\r\n" in answer

    asyncio.run(run())
