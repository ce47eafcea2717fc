"""HTTP/2 and gRPC through the local load balancer, with grpcio's servers and clients."""

import asyncio
import contextlib
import ssl
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import httpx
import pytest
from aiohttp import web
from support.balancing import forward, free_port, target, wait_healthy

from moorage.local.balancer import tls
from moorage.local.balancer.balancer import Balancer
from moorage.local.balancer.model import HealthCheck, ListenerSpec, RuleSpec, TargetGroupSpec

SERVICE = "test.Words"
GRPC_CHECK = HealthCheck("/AWS.ALB/healthcheck", version="GRPC", interval=60, matcher="12")
GROUP = TargetGroupSpec("tg", "tg", version="GRPC", health_check=GRPC_CHECK, deregistration_delay=10)


@dataclass
class Words:
    """A gRPC service whose messages are bytes as they are. Its calls to Slow wait until they are released."""

    name: str
    release: threading.Event = field(default_factory=threading.Event)
    waiting: threading.Event = field(default_factory=threading.Event)
    cancelled: threading.Event = field(default_factory=threading.Event)
    seen: dict[str, Any] = field(default_factory=dict[str, Any])
    counted: int = 0

    def start(self, *options: tuple[str, int]) -> int:
        self.server = grpc.server(ThreadPoolExecutor(16), options=[("grpc.so_reuseport", 0), *options])
        handlers = {
            "Echo": grpc.unary_unary_rpc_method_handler(self._echo),
            "Fail": grpc.unary_unary_rpc_method_handler(self._fail),
            "Slow": grpc.unary_unary_rpc_method_handler(self._slow),
            "Count": grpc.unary_stream_rpc_method_handler(self._count),
            "Join": grpc.stream_unary_rpc_method_handler(self._join),
            "Chat": grpc.stream_stream_rpc_method_handler(self._chat),
        }
        self.server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, handlers),))
        port = self.server.add_insecure_port("127.0.0.1:0")
        self.server.start()
        return port

    async def stop(self) -> None:
        """Go at once, as a process that is killed."""
        self.release.set()
        await asyncio.to_thread(self.server.stop(None).wait)

    def _echo(self, message: bytes, call: grpc.ServicerContext) -> bytes:
        self.seen = {key: value for key, value in call.invocation_metadata()}
        call.set_trailing_metadata((("served-by", self.name), ("raw-bin", b"\x00\xff")))
        return message

    def _fail(self, message: bytes, call: grpc.ServicerContext) -> bytes:
        call.abort(grpc.StatusCode.NOT_FOUND, "no such word: é")
        raise AssertionError("abort raises")

    def _slow(self, message: bytes, call: grpc.ServicerContext) -> bytes:
        call.add_callback(self.cancelled.set)
        self.waiting.set()
        self.release.wait(20)
        return self.name.encode()

    def _count(self, message: bytes, call: grpc.ServicerContext) -> Iterator[bytes]:
        for self.counted in range(int(message)):
            yield str(self.counted).encode() * 1000

    def _join(self, messages: Iterator[bytes], call: grpc.ServicerContext) -> bytes:
        return b"".join(messages)

    def _chat(self, messages: Iterator[bytes], call: grpc.ServicerContext) -> Iterator[bytes]:
        return (message.upper() for message in messages)


async def happens(event: threading.Event) -> None:
    assert await asyncio.to_thread(event.wait, 20)


@dataclass
class Place:
    balancer: Balancer
    port: int
    channel: grpc.aio.Channel
    apps: dict[str, Words]
    certificate: Path

    async def call(self, method: str, message: bytes = b"word", **options: Any) -> bytes:
        return await self.channel.unary_unary(f"/{SERVICE}/{method}")(message, timeout=20, **options)

    async def served_by(self) -> str:
        call = self.channel.unary_unary(f"/{SERVICE}/Echo")(b"", timeout=20)
        return str(dict(await call.trailing_metadata())["served-by"])

    async def add(self, name: str) -> None:
        self.apps[name] = Words(name)
        self.balancer.register("tg", name, "127.0.0.1", self.apps[name].start())
        await wait_healthy(self.balancer, name)

    async def remove(self, name: str) -> None:
        await self.balancer.deregister("tg", name)
        await self.apps.pop(name).stop()


@contextlib.asynccontextmanager
async def balanced(
    folder: Path, *names: str, group: TargetGroupSpec = GROUP, rules: Sequence[RuleSpec] = (), **listener: Any
) -> AsyncIterator[Place]:
    async with contextlib.AsyncExitStack() as stack:
        balancer = Balancer(**listener)
        stack.push_async_callback(balancer.close)
        port = free_port()
        spec = ListenerSpec("l", port, tls.context(folder), forward(), rules, public_port=443)
        await balancer.configure([spec], [group])
        certificate = folder / "localhost.crt"
        credentials = grpc.ssl_channel_credentials(certificate.read_bytes())
        channel = grpc.aio.secure_channel(f"localhost:{port}", credentials)
        place = Place(balancer, port, await stack.enter_async_context(channel), {}, certificate)
        for name in names:
            await place.add(name)
        try:
            yield place
        finally:
            for app in place.apps.values():
                await app.stop()


def test_calls_of_every_kind(tmp_path: Path) -> None:
    async def run() -> None:
        async with balanced(tmp_path, "a") as place:
            channel = place.channel
            call = channel.unary_unary(f"/{SERVICE}/Echo")(b"hi", metadata=(("x-token", "7"),), timeout=20)
            assert await call == b"hi"
            trailers = dict(await call.trailing_metadata())
            assert (trailers["served-by"], trailers["raw-bin"]) == ("a", b"\x00\xff")
            seen = place.apps["a"].seen
            assert (seen["x-token"], seen["x-forwarded-proto"], seen["x-forwarded-for"]) == (
                "7",
                "https",
                "127.0.0.1",
            )
            assert seen["x-amzn-trace-id"].startswith("Root=1-")

            counted = [part async for part in channel.unary_stream(f"/{SERVICE}/Count")(b"500", timeout=20)]
            assert counted == [str(number).encode() * 1000 for number in range(500)]

            words = [bytes([65 + number % 26]) * 40_000 for number in range(50)]
            assert await channel.stream_unary(f"/{SERVICE}/Join")(iter(words), timeout=20) == b"".join(words)

            chat = channel.stream_stream(f"/{SERVICE}/Chat")(timeout=20)
            for word in (b"one", b"two"):  # an answer to each before the next is sent
                await chat.write(word)
                assert await chat.read() == word.upper()
            await chat.done_writing()
            assert await chat.code() is grpc.StatusCode.OK

            big = bytes(range(256)) * 15_000
            assert await place.call("Echo", big) == big

    asyncio.run(run())


def test_the_status_of_a_failed_call_is_the_targets(tmp_path: Path) -> None:
    async def run() -> None:
        async with balanced(tmp_path, "a") as place:
            for method, code, details in (
                ("Fail", grpc.StatusCode.NOT_FOUND, "no such word: é"),
                ("Missing", grpc.StatusCode.UNIMPLEMENTED, "Method not found!"),
            ):
                with pytest.raises(grpc.aio.AioRpcError) as caught:
                    await place.call(method)
                assert (caught.value.code(), caught.value.details()) == (code, details)

    asyncio.run(run())


def test_calls_of_one_connection_go_to_all_targets_in_turn(tmp_path: Path) -> None:
    async def run() -> None:
        async with balanced(tmp_path, "a", "b", "c") as place:
            served = [await place.served_by() for _ in range(9)]
            assert served == served[:3] * 3
            assert set(served) == {"a", "b", "c"}

    asyncio.run(run())


def test_many_calls_at_once(tmp_path: Path) -> None:
    async def run() -> None:
        async with balanced(tmp_path, "a", "b") as place:
            sizes = [number * 997 for number in range(300)]
            answers = await asyncio.gather(*(place.call("Echo", b"x" * size) for size in sizes))
            assert [len(answer) for answer in answers] == sizes
            assert not any(target.busy for target in place.balancer.groups["tg"].targets.values())

    asyncio.run(run())


def test_a_slow_reader_holds_up_no_other_call(tmp_path: Path) -> None:
    async def run() -> None:
        async with balanced(tmp_path, "a") as place:
            slow = place.channel.unary_stream(f"/{SERVICE}/Count")(b"5000", timeout=60)
            parts = aiter(slow)
            assert await anext(parts) == b"0" * 1000
            for _ in range(20):
                assert await place.call("Echo", b"x" * 100_000) == b"x" * 100_000
            # The reader really holds up its call: not all of it fits into what is buffered on the way.
            assert place.apps["a"].counted < 4_999
            assert len([part async for part in parts]) == 4_999

    asyncio.run(run())


def test_the_rules_see_the_method_and_the_content_type(tmp_path: Path) -> None:
    def rule(priority: int, condition: dict[str, Any], status: str) -> RuleSpec:
        fixed = {"contentType": "text/plain", "statusCode": status, "messageBody": "no"}
        return RuleSpec(priority, [condition], [{"type": "fixed-response", "fixedResponse": fixed}])

    rules = [
        rule(1, {"pathPattern": {"values": ["/test.Words/Co*"]}}, "403"),
        rule(2, {"httpHeader": {"httpHeaderName": "Content-Type", "values": ["application/json"]}}, "415"),
    ]

    async def run() -> None:
        async with balanced(tmp_path, "a", rules=rules) as place:
            assert await place.call("Echo") == b"word"
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await place.call("Count")
            assert caught.value.code() is grpc.StatusCode.PERMISSION_DENIED  # how gRPC reads a 403

    asyncio.run(run())


@pytest.mark.parametrize(
    ("path", "matcher", "healthy", "reason"),
    [
        ("/AWS.ALB/healthcheck", "12", True, ""),
        ("/test.Words/Echo", "0-11", True, ""),
        ("/test.Words/Fail", "0,12", False, "Health checks failed with these codes: [5]"),
    ],
)
def test_health_is_the_status_of_a_call(
    tmp_path: Path, path: str, matcher: str, healthy: bool, reason: str
) -> None:
    async def run() -> None:
        check = HealthCheck(path, version="GRPC", interval=0.01, matcher=matcher, unhealthy_threshold=1)
        async with balanced(
            tmp_path, group=TargetGroupSpec("tg", "tg", health_check=check, version="GRPC")
        ) as place:
            app = Words("a")
            place.balancer.register("tg", "a", "127.0.0.1", app.start())
            place.apps["a"] = app
            async with asyncio.timeout(20):
                while (health := place.balancer.health("tg")["a"]).state == "initial":
                    await asyncio.sleep(0.01)
            assert (health.state == "healthy", health.reason) == (healthy, reason)

    asyncio.run(run())


async def _http1(request: web.BaseRequest) -> web.StreamResponse:
    return web.json_response(
        {
            "version": str(request.version),
            "target": request.raw_path,
            "host": request.headers["Host"],
            "cookie": request.headers.getall("Cookie", []),
            "sent": (await request.read()).decode(),
        },
        headers={"X-Twice": "1"},
    )


def test_requests_over_http2_reach_targets_with_http1(tmp_path: Path) -> None:
    async def run() -> None:
        group = TargetGroupSpec("tg", "tg", health_check=HealthCheck(interval=60))
        redirect = {"statusCode": "HTTP_301", "path": "/new"}
        rules = [
            RuleSpec(
                1,
                [{"pathPattern": {"values": ["/old"]}}],
                [{"type": "redirect", "redirect": redirect}],
            )
        ]
        async with balanced(tmp_path, group=group, rules=rules) as place, target(_http1) as port:
            place.balancer.register("tg", "a", "127.0.0.1", port)
            await wait_healthy(place.balancer)
            address = f"https://localhost:{place.port}"
            context = ssl.create_default_context(cafile=place.certificate)
            async with httpx.AsyncClient(http2=True, verify=context, base_url=address, timeout=20) as client:
                cookies = [("cookie", "a=1"), ("cookie", "b=2")]
                answer = await client.post("/x%20y?q=%C3%A9", content="hello", headers=cookies)
                assert (answer.http_version, answer.status_code) == ("HTTP/2", 200)
                assert answer.headers["x-twice"] == "1"
                assert answer.json() == {
                    "version": "HttpVersion(major=1, minor=1)",
                    "target": "/x%20y?q=%C3%A9",
                    "host": f"localhost:{place.port}",
                    "cookie": ["a=1; b=2"],
                    "sent": "hello",
                }
                parts = (b"y" * 50_000 for _ in range(20))

                async def streamed() -> AsyncIterator[bytes]:
                    for part in parts:
                        yield part

                assert len((await client.put("/", content=streamed())).json()["sent"]) == 1_000_000
                assert (await client.head("/")).content == b""
                moved = await client.get("/old")
                assert (moved.status_code, moved.headers["location"]) == (301, f"{address}/new")
                refused = await client.post("/", headers={"content-type": "application/grpc"})
                assert refused.status_code == 464
                await place.balancer.deregister("tg", "a")
                assert (await client.get("/")).status_code == 503
            async with httpx.AsyncClient(verify=context) as client:
                answer = await client.get(f"{address}/old")
                assert (answer.http_version, answer.status_code) == ("HTTP/1.1", 301)

    asyncio.run(run())


@pytest.mark.parametrize(
    ("version", "http2", "method", "reason"),
    [
        ("GRPC", False, "POST", "an HTTP/1.1 request"),
        ("HTTP2", False, "GET", "an HTTP/1.1 request"),
        ("GRPC", True, "GET", "a GET request"),
    ],
)
def test_requests_that_targets_cannot_have_are_answered_with_464(
    tmp_path: Path, version: Any, http2: bool, method: str, reason: str
) -> None:
    async def run() -> None:
        group = TargetGroupSpec("tg", "tg", health_check=GRPC_CHECK, version=version)
        async with balanced(tmp_path, "a", group=group) as place:
            context = ssl.create_default_context(cafile=place.certificate)
            async with httpx.AsyncClient(http2=http2, verify=context) as client:
                answer = await client.request(method, f"https://localhost:{place.port}/test.Words/Echo")
            assert answer.status_code == 464
            assert reason in answer.headers["X-Moorage-Reason"]

    asyncio.run(run())


def test_no_call_fails_while_targets_are_replaced_under_load(tmp_path: Path) -> None:
    async def run() -> None:
        async with balanced(tmp_path, "a0", "b0") as place:
            over = False
            served: list[str] = []

            async def load() -> None:
                while not over:
                    served.append(await place.served_by())
                    parts = place.channel.unary_stream(f"/{SERVICE}/Count")(b"20", timeout=20)
                    assert len([part async for part in parts]) == 20

            tasks = [asyncio.create_task(load()) for _ in range(8)]
            for round in range(1, 7):
                for letter in "ab":
                    await place.add(f"{letter}{round}")
                    await place.remove(f"{letter}{round - 1}")
                    seen = len(served)
                    while len(served) < seen + 20:
                        await asyncio.sleep(0.005)
                        assert not any(task.done() for task in tasks)
            over = True
            await asyncio.gather(*tasks)
            assert {f"{letter}{round}" for letter in "ab" for round in range(1, 7)} <= set(served)

    asyncio.run(run())


def test_a_draining_target_finishes_its_calls_and_gets_nothing_new(tmp_path: Path) -> None:
    async def run() -> None:
        async with balanced(tmp_path, "a") as place:
            slow = asyncio.create_task(place.call("Slow"))
            await happens(place.apps["a"].waiting)
            await place.add("b")
            gone = asyncio.create_task(place.balancer.deregister("tg", "a"))
            await asyncio.sleep(0)
            assert {await place.served_by() for _ in range(4)} == {"b"}
            assert not gone.done()
            place.apps["a"].release.set()
            assert await slow == b"a"
            await asyncio.wait_for(gone, 20)

    asyncio.run(run())


def test_a_target_that_ends_its_connections_loses_no_call(tmp_path: Path) -> None:
    """grpc.max_connection_age_ms: the server asks for another connection, and ends what is under way."""

    async def run() -> None:
        async with balanced(tmp_path) as place:
            app = place.apps["a"] = Words("a")
            port = app.start(("grpc.max_connection_age_ms", 50), ("grpc.max_connection_age_grace_ms", 60_000))
            place.balancer.register("tg", "a", "127.0.0.1", port)
            await wait_healthy(place.balancer)
            slow = asyncio.create_task(place.call("Slow"))
            await happens(app.waiting)
            upstream = place.balancer.groups["tg"].targets["a"].upstream
            first = upstream._http2[0]  # pyright: ignore
            async with asyncio.timeout(20):
                while not first.closing:
                    assert await place.call("Echo") == b"word"
            assert await place.call("Echo") == b"word"
            app.release.set()
            assert await slow == b"a"

    asyncio.run(run())


def test_a_cancelled_call_is_cancelled_at_the_target(tmp_path: Path) -> None:
    async def run() -> None:
        async with balanced(tmp_path, "a") as place:
            call = place.channel.unary_unary(f"/{SERVICE}/Slow")(b"", timeout=20)
            pending = asyncio.ensure_future(call)
            await happens(place.apps["a"].waiting)
            call.cancel()
            await happens(place.apps["a"].cancelled)
            with pytest.raises(asyncio.CancelledError):
                await pending
            assert await place.call("Echo") == b"word"
            assert not place.balancer.groups["tg"].targets["a"].busy

    asyncio.run(run())


def test_failures_of_targets(tmp_path: Path) -> None:
    async def run() -> None:
        async with balanced(tmp_path, idle_timeout=0.2) as place:
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await place.call("Echo")
            assert caught.value.code() is grpc.StatusCode.UNAVAILABLE  # 503: nothing is registered
            await place.add("a")
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await place.call("Slow")
            assert caught.value.code() is grpc.StatusCode.UNAVAILABLE  # 504: nothing came in time
            await place.apps["a"].stop()
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await place.call("Echo")
            assert caught.value.code() is grpc.StatusCode.UNAVAILABLE  # 502

    asyncio.run(run())
