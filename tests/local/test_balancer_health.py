"""Target health: the state machine without time, then probes against real sockets."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web
from support.balancing import Handler, wait_healthy

from moorage.local.balancer.balancer import Balancer
from moorage.local.balancer.health import Monitor, matches, probe
from moorage.local.balancer.model import HealthCheck, TargetGroupSpec, TargetHealth
from moorage.local.streams import stop_listening
from moorage.rollout.states import TargetState

FAIL = "Health checks failed with these codes: [500]"
CHECK = HealthCheck(interval=10, timeout=1, healthy_threshold=3, unhealthy_threshold=2)


@pytest.mark.parametrize(
    ("matcher", "accepted", "refused"),
    [
        ("200", [200], [201, 204, 404]),
        ("200,204", [200, 204], [201]),
        ("200-299, 301", [200, 250, 299, 301], [300]),
    ],
)
def test_matcher(matcher: str, accepted: list[int], refused: list[int]) -> None:
    assert all(matches(matcher, status) for status in accepted)
    assert not any(matches(matcher, status) for status in refused)


def states(results: str, age: float = 0.0) -> list[str]:
    """Feed passes (+) and failures (-), and return the states in between."""
    monitor = Monitor()
    return [monitor.observe(None if result == "+" else FAIL, CHECK, age).state for result in results]


def test_one_pass_makes_a_new_target_healthy() -> None:
    assert states("+") == ["healthy"]
    assert states("---+") == ["initial", "initial", "initial", "healthy"]


def test_a_new_target_is_unhealthy_once_it_is_as_old_as_on_aws() -> None:
    assert states("-", age=19.9) == ["initial"]
    assert states("-+", age=20) == ["unhealthy", "healthy"]


def test_thresholds_count_results_in_a_row() -> None:
    assert states("+-+-+--") == ["healthy"] * 6 + ["unhealthy"]
    assert states("+--++-+++") == ["healthy", "healthy"] + ["unhealthy"] * 6 + ["healthy"]


def test_checks_are_quick_until_the_first_pass() -> None:
    monitor = Monitor()
    assert monitor.delay(CHECK) == 0.1
    monitor.observe(FAIL, CHECK, 100)
    assert monitor.delay(CHECK) == 1
    monitor.observe(None, CHECK, 101)
    assert monitor.delay(CHECK) == 10


@contextlib.asynccontextmanager
async def raw_server(answer: bytes | None) -> AsyncIterator[int]:
    """Send `answer` and close; with None, never say anything."""
    over = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if answer is None:
            await over.wait()
        else:
            await reader.readline()
            writer.write(answer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        over.set()
        await stop_listening(server)


PROBES = [
    ("passes", b"HTTP/1.1 204 No Content\r\n\r\n", None),
    (
        "code",
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
        "Health checks failed with these codes: [404]",
    ),
    (
        "redirects are not followed",
        b"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n",
        "[302]",
    ),
    ("hangs", None, "Request timed out"),
    ("garbage", b"garbage\r\n\r\n", "Malformed answer"),
    ("closes", b"", "connection closed without an answer"),
]


@pytest.mark.parametrize(("answer", "reason"), [p[1:] for p in PROBES], ids=[p[0] for p in PROBES])
def test_probe(answer: bytes | None, reason: str | None) -> None:
    async def run() -> str | None:
        async with raw_server(answer) as port, aiohttp.ClientSession() as session:
            return await probe(session, HealthCheck(timeout=0.1, matcher="200-299"), "127.0.0.1", port)

    result = asyncio.run(run())
    if reason is None:
        assert result is None
    else:
        assert reason in (result or "")


@pytest.mark.parametrize("protocol", ["HTTP", "TCP"])
def test_a_refused_connection_is_said(protocol: str) -> None:
    async def run() -> None:
        with socket.socket() as sock:
            sock.bind(("127.0.0.1", 0))
            port = sock.getsockname()[1]
            async with aiohttp.ClientSession() as session:
                failed = await probe(session, HealthCheck(protocol=protocol), "127.0.0.1", port)  # type: ignore[arg-type]
        assert failed == "Connection refused"

    asyncio.run(run())


def test_tcp_passes_when_a_connection_opens() -> None:
    async def run() -> None:
        async with raw_server(None) as port, aiohttp.ClientSession() as session:
            assert await probe(session, HealthCheck(protocol="TCP"), "127.0.0.1", port) is None

    asyncio.run(run())


@contextlib.asynccontextmanager
async def answering(handler: Handler) -> AsyncIterator[tuple[str, int]]:
    server = web.Server(handler)
    sockets = await asyncio.get_running_loop().create_server(server, "127.0.0.1", 0)
    try:
        yield sockets.sockets[0].getsockname()
    finally:
        await stop_listening(sockets)
        await server.shutdown()


def test_changes_are_told_from_registration_to_draining() -> None:
    async def run() -> None:
        status = 503
        seen: list[tuple[str, str, str, str]] = []
        asked: list[web.BaseRequest] = []

        async def serve(request: web.BaseRequest) -> web.Response:
            asked.append(request)
            return web.Response(status=status)

        check = HealthCheck(path="/health?deep=1", interval=60, timeout=1)
        balancer = Balancer()
        await balancer.configure([], [TargetGroupSpec("tg", "tg", health_check=check)])
        balancer.subscribe(lambda *change: seen.append((*change[:2], change[2].state, change[2].reason)))
        async with answering(serve) as address:
            balancer.register("tg", "a", *address)
            with pytest.raises(TimeoutError):
                await wait_healthy(balancer, timeout=0.3)
            assert balancer.health("tg")["a"].state is TargetState.INITIAL
            status = 200
            await wait_healthy(balancer, "a")
            assert balancer.health("tg") == {"a": TargetHealth(TargetState.HEALTHY)}
            await balancer.deregister("tg", "a")
            assert balancer.health("tg") == {}
            await balancer.close()
        text = "Health checks failed with these codes: [503]"
        assert seen == [
            ("tg", "a", "initial", "Initial health checks in progress"),
            ("tg", "a", "initial", text),
            ("tg", "a", "healthy", ""),
            ("tg", "a", "draining", "Target deregistration is in progress"),
        ]
        assert asked[0].path_qs == "/health?deep=1"
        assert asked[0].headers["User-Agent"] == "ELB-HealthChecker/2.0"

    asyncio.run(run())


def test_a_target_that_fails_after_it_was_healthy_is_unhealthy_and_says_why() -> None:
    async def run() -> None:
        status = 200

        async def serve(_request: web.BaseRequest) -> web.Response:
            return web.Response(status=status)

        check = HealthCheck(interval=0.01, timeout=1, unhealthy_threshold=2)
        balancer = Balancer()
        await balancer.configure([], [TargetGroupSpec("tg", "tg", health_check=check)])
        turned = asyncio.Event()
        balancer.subscribe(
            lambda arn, id, health: turned.set() if health.state is TargetState.UNHEALTHY else None
        )
        async with answering(serve) as address:
            balancer.register("tg", "b", *address)
            await wait_healthy(balancer)
            status = 500
            await asyncio.wait_for(turned.wait(), 10)
            assert balancer.health("tg")["b"].reason == "Health checks failed with these codes: [500]"
            await balancer.close()

    asyncio.run(run())


def test_an_unknown_group_is_named() -> None:
    async def run() -> None:
        balancer = Balancer()
        await balancer.configure([], [TargetGroupSpec("arn:a", "a")])
        with pytest.raises(ValueError, match="target group arn:b is unknown; configured: \\['arn:a'\\]"):
            balancer.register("arn:b", "x", "127.0.0.1", 1)
        await balancer.close()

    asyncio.run(run())


def test_a_target_is_checked_on_a_port_of_its_own() -> None:
    async def run() -> None:
        async with raw_server(None) as port:
            balancer = Balancer()
            check = HealthCheck(protocol="TCP", interval=60, timeout=5)
            await balancer.configure([], [TargetGroupSpec("tg", "tg", health_check=check)])
            balancer.register("tg", "t", "127.0.0.1", 1, port)
            await wait_healthy(balancer)
            await balancer.close()

    asyncio.run(run())
