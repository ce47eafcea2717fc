"""What passes through the balancer, and how: real sockets, aiohttp programs as targets."""

import asyncio
import contextlib
import dataclasses
import io
import json
import re
import shutil
import socket
import ssl
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from moorage.local.balancer import Balancer, HealthCheck, ListenerSpec, RuleSpec, TargetGroupSpec

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
CHECK = HealthCheck(protocol="TCP", interval=60, timeout=5)


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def forward(arn: str = "tg") -> list[dict[str, Any]]:
    return [{"type": "forward", "targetGroupArn": arn}]


@contextlib.asynccontextmanager
async def target(handler: Handler) -> AsyncIterator[int]:
    server = web.Server(handler, auto_decompress=False)
    listening = await asyncio.get_running_loop().create_server(server, "127.0.0.1", 0)
    try:
        yield listening.sockets[0].getsockname()[1]
    finally:
        listening.close()
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
            await balancer.wait_healthy("tg", timeout=10)
        scheme = "https" if listener.get("tls") else "http"
        client = aiohttp.ClientSession(
            f"{scheme}://127.0.0.1:{port}", auto_decompress=False, timeout=aiohttp.ClientTimeout(20)
        )
        yield balancer, await stack.enter_async_context(client), port


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


def named(name: str) -> Handler:
    async def handler(request: web.BaseRequest) -> web.Response:
        return web.Response(text=name)

    return handler


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
            counters = balancer.stats().listeners["arn:l"]
            assert (counters.requests, counters.status_2xx, counters.status_3xx, counters.active) == (
                8,
                7,
                1,
                0,
            )
            assert balancer.stats().targets["tg"]["t0"].requests == 8

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
                assert balancer.stats().targets["tg"]["t0"].active == 1
            with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
                await client.ws_connect("/refuse")
            # The tunnel ends when its client has gone; nothing is left in flight.
            await asyncio.wait_for(balancer.deregister("tg", "t0"), 10)

    asyncio.run(run())


def test_rules_answer_or_choose_a_group() -> None:
    async def run() -> None:
        fixed = {"contentType": "application/json", "statusCode": "418", "messageBody": "{}"}
        rules = [
            RuleSpec(
                1,
                [{"pathPattern": {"values": ["/fixed"]}}],
                [{"type": "fixed-response", "fixedResponse": fixed}],
            ),
            RuleSpec(
                2,
                [{"pathPattern": {"values": ["/old/*"]}}],
                [{"type": "redirect", "redirect": {"path": "/new/#{path}", "statusCode": "HTTP_302"}}],
            ),
            RuleSpec(
                3, [{"pathPattern": {"values": ["/login"]}}], [{"type": "authenticate-cognito"}, *forward()]
            ),
        ]
        async with balanced(named("app"), rules=rules, public_port=80) as (_, client, port):
            async with client.get("/fixed") as response:
                assert (response.status, await response.text()) == (418, "{}")
                assert (response.content_type, response.headers["Server"]) == (
                    "application/json",
                    "awselb/2.0",
                )
            async with client.get("/old/a?b=c", allow_redirects=False) as response:
                assert response.status == 302
                assert response.headers["Location"] == f"http://127.0.0.1:{port}/new/old/a?b=c"
            async with client.get("/login") as response:
                assert response.status == 501
                assert "authenticate-cognito is not run locally" in await response.text()
            async with client.get("/") as response:
                assert await response.text() == "app"
            async with client.head("/fixed") as response:
                assert await response.read() == b""

    asyncio.run(run())


def test_targets_take_turns_and_a_cookie_sticks() -> None:
    async def run() -> None:
        async with balanced(named("a"), named("b"), named("c")) as (_, client, _):
            answers = [await (await client.get("/")).text() for _ in range(9)]
            assert sorted(answers[:3]) == ["a", "b", "c"]
            assert answers == answers[:3] * 3
        sticky = {"stickiness_seconds": 60.0}
        async with balanced(named("a"), named("b"), group=sticky) as (balancer, client, _):
            first = await client.get("/")
            cookie = first.headers["Set-Cookie"]
            assert re.fullmatch(r"AWSALB=\w+; Expires=[^;]+ GMT; Path=/", cookie)
            headers = {"Cookie": cookie.partition(";")[0]}
            name = await first.text()
            client.cookie_jar.clear()
            assert {await (await client.get("/", headers=headers)).text() for _ in range(4)} == {name}
            await balancer.deregister("tg", {"a": "t0", "b": "t1"}[name])
            assert await (await client.get("/", headers=headers)).text() != name

    asyncio.run(run())


def test_a_forward_action_sticks_to_a_group() -> None:
    async def run() -> None:
        groups = [{"arn": "tg", "weight": 1}, {"arn": "other", "weight": 1}]
        action = {"type": "forward", "forward": {"targetGroups": groups}}
        sticky = {
            "type": "forward",
            "forward": {**action["forward"], "stickiness": {"enabled": True, "duration": 9}},
        }
        async with balanced(named("blue")) as (balancer, client, port), target(named("green")) as green:
            specs = [TargetGroupSpec(arn, arn, health_check=CHECK) for arn in ("tg", "other")]
            await balancer.configure([ListenerSpec("arn:l", port, default_actions=[action])], specs)
            balancer.register("other", "g", "127.0.0.1", green)
            await balancer.wait_healthy("other", timeout=10)
            assert [await (await client.get("/")).text() for _ in range(4)] == ["blue", "green"] * 2
            await balancer.configure([ListenerSpec("arn:l", port, default_actions=[sticky])], specs)
            first = await client.get("/")
            headers = {"Cookie": first.headers["Set-Cookie"].partition(";")[0]}
            assert headers["Cookie"].startswith("AWSALBTG=")
            assert {await (await client.get("/", headers=headers)).text() for _ in range(3)} == {
                await first.text()
            }

    asyncio.run(run())


def server_context(folder: Path, name: str) -> ssl.SSLContext:
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    files = ["-keyout", str(folder / "key"), "-out", str(folder / "cert")]
    subprocess.run([*command, "-subj", f"/CN={name}", *files], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert", folder / "key")
    return context


def unverified() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificate of this test")
def test_tls_ends_at_the_balancer_and_http_redirects_to_it(tmp_path: Path) -> None:
    context = server_context(tmp_path, "first")

    async def run() -> None:
        async with balanced(echo, tls=context, public_port=443) as (balancer, client, port):
            async with client.post("/x", data=b"z" * 100_000, ssl=False) as response:
                seen = await response.json(content_type=None)
            assert ["X-Forwarded-Proto", "https"] in seen["headers"]
            assert len(seen["body"]) == 100_000
            plain = free_port()
            redirect = {
                "type": "redirect",
                "redirect": {"protocol": "HTTPS", "port": "443", "statusCode": "HTTP_301"},
            }
            https = ListenerSpec("arn:l", port, tls=context, default_actions=forward(), public_port=443)
            http = ListenerSpec("arn:h", plain, default_actions=[redirect], public_port=80)
            await balancer.configure([https, http], [TargetGroupSpec("tg", "tg", health_check=CHECK)])
            url = f"http://127.0.0.1:{plain}/x"
            async with aiohttp.ClientSession() as other, other.get(url, ssl=False) as response:
                assert str(response.url) == f"https://127.0.0.1:{port}/x"
                assert response.status == 200
            # Another certificate: connections that are open stay so, new ones get it.
            again = server_context(tmp_path, "other")
            await balancer.configure(
                [dataclasses.replace(https, tls=again), http],
                [TargetGroupSpec("tg", "tg", health_check=CHECK)],
            )
            _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=unverified())
            assert b"other" in (writer.get_extra_info("ssl_object").getpeercert(True) or b"")
            writer.close()
            async with client.get("/x", ssl=False) as response:
                assert response.status == 200

    asyncio.run(run())
