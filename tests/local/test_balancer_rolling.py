"""Targets and listeners that come and go while requests are under way."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

import aiohttp
import pytest
from aiohttp import web
from support.balancing import free_port, wait_healthy

from moorage.local.balancer.balancer import Balancer
from moorage.local.balancer.model import HealthCheck, ListenerSpec, RuleSpec, TargetGroupSpec
from moorage.local.streams import stop_listening
from moorage.rollout.states import TargetState

CHECK = HealthCheck(interval=60, timeout=5)
GROUP = TargetGroupSpec("tg", "tg", health_check=CHECK)


def listener(port: int, arn: str = "l") -> ListenerSpec:
    return ListenerSpec(arn, port, default_actions=[{"type": "forward", "targetGroupArn": "tg"}])


class App:
    """A target whose requests to /slow wait until they are released."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.waiting = asyncio.Event()
        self.release = asyncio.Event()
        self.status = 200
        self._server = web.Server(self._handle)

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.path == "/slow":
            self.waiting.set()
            await request.read()
            await self.release.wait()
        return web.Response(text=self.name, status=self.status)

    async def start(self) -> int:
        self._listening = await asyncio.get_running_loop().create_server(self._server, "127.0.0.1", 0)
        return self._listening.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Go at once, as a process that is killed."""
        await stop_listening(self._listening)
        self.release.set()
        for connection in self._server.connections:
            connection.force_close()
        await self._server.shutdown(0.1)


@contextlib.asynccontextmanager
async def balanced(
    *names: str, group: TargetGroupSpec = GROUP
) -> AsyncIterator[tuple[Balancer, aiohttp.ClientSession, dict[str, App], int]]:
    async with contextlib.AsyncExitStack() as stack:
        balancer = Balancer()
        stack.push_async_callback(balancer.close)
        port = free_port()
        await balancer.configure([listener(port)], [group])
        apps: dict[str, App] = {}
        for name in names:
            apps[name] = App(name)
            balancer.register("tg", name, "127.0.0.1", await apps[name].start())
            stack.push_async_callback(apps[name].stop)
        await wait_healthy(balancer)
        client = aiohttp.ClientSession(f"http://127.0.0.1:{port}", timeout=aiohttp.ClientTimeout(20))
        yield balancer, await stack.enter_async_context(client), apps, port


async def text(client: aiohttp.ClientSession, path: str = "/") -> str:
    async with client.get(path) as response:
        return f"{response.status} {await response.text()}"


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.005)


def test_a_draining_target_finishes_and_gets_nothing_new() -> None:
    async def run() -> None:
        async with balanced("a", "b") as (balancer, client, apps, _):
            slow = [asyncio.create_task(text(client, "/slow")) for _ in range(2)]
            await asyncio.wait_for(asyncio.gather(*(app.waiting.wait() for app in apps.values())), 20)
            gone = asyncio.create_task(balancer.deregister("tg", "a"))
            await until(lambda: balancer.health("tg")["a"].state is TargetState.DRAINING)
            assert {await text(client) for _ in range(6)} == {"200 b"}
            assert not gone.done()
            apps["a"].release.set()
            await asyncio.wait_for(gone, 20)
            assert list(balancer.health("tg")) == ["b"]
            apps["b"].release.set()
            assert sorted(await asyncio.gather(*slow)) == ["200 a", "200 b"]
            await balancer.deregister("tg", "a")  # not registered any more: nothing to do

    asyncio.run(run())


def test_the_deregistration_delay_ends_what_is_left() -> None:
    async def run() -> None:
        short = GROUP._replace(deregistration_delay=0.05)
        async with balanced("a", group=short) as (balancer, client, apps, _):
            slow = asyncio.create_task(text(client, "/slow"))
            await asyncio.wait_for(apps["a"].waiting.wait(), 20)
            await asyncio.wait_for(balancer.deregister("tg", "a"), 20)
            assert (await slow).startswith("502 ")
            assert (await text(client)).startswith("503 ")

    asyncio.run(run())


def test_no_request_fails_while_targets_are_replaced_under_load() -> None:
    async def run() -> None:
        async with balanced("a", "b", "c") as (balancer, client, apps, port):
            over = False
            answers: list[str] = []

            async def load() -> None:
                while not over:
                    answers.append(await text(client))
                    async with client.post("/", data=b"x") as response:
                        answers.append(f"{response.status} {await response.text()}")

            tasks = [asyncio.create_task(load()) for _ in range(8)]
            for round in range(12):
                old = "abc"[round % 3]
                name = f"{old}{round}"
                fresh = App(name)
                balancer.register("tg", name, "127.0.0.1", await fresh.start())
                await wait_healthy(balancer, name)
                await balancer.deregister("tg", next(id for id in apps if id.startswith(old)))
                await apps.pop(next(id for id in apps if id.startswith(old))).stop()
                apps[name] = fresh
                # The rules change as well, and so does an unrelated listener.
                rule = RuleSpec(
                    round + 1, [{"pathPattern": {"values": ["/never"]}}], listener(port).default_actions
                )
                changed = listener(port)._replace(rules=[rule])
                await balancer.configure([changed, listener(free_port(), "other")], [GROUP])
                seen = len(answers)
                await until(lambda seen=seen: len(answers) > seen + 50)
            over = True
            await asyncio.gather(*tasks)
            assert {answer[:4] for answer in answers} == {"200 "}
            assert {answer for answer in answers[-30:]} == {f"200 {name}" for name in apps}
            for app in apps.values():
                await app.stop()

    asyncio.run(run())


def test_configuring_the_same_again_keeps_connections() -> None:
    async def run() -> None:
        async with balanced("a") as (balancer, _, _, port):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            for _ in range(3):
                writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\na"), 20)
                assert answer.startswith(b"HTTP/1.1 200 OK")
                await balancer.configure([listener(port)], [GROUP])
            writer.close()

    asyncio.run(run())


def test_a_removed_listener_lets_its_requests_end() -> None:
    async def run() -> None:
        async with balanced("a") as (balancer, client, apps, port):
            idle_reader, idle = await asyncio.open_connection("127.0.0.1", port)
            # An upload that has only begun: the rest of it must still be read.
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"POST /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nfir")
            await asyncio.wait_for(apps["a"].waiting.wait(), 20)
            await balancer.configure([], [GROUP])
            assert await asyncio.wait_for(idle_reader.read(), 20) == b""
            with pytest.raises(aiohttp.ClientConnectorError):
                await text(client)
            writer.write(b"st!")
            apps["a"].release.set()
            answer = await asyncio.wait_for(reader.read(), 20)
            assert answer.startswith(b"HTTP/1.1 200 OK")
            assert b"Connection: close" in answer
            writer.close()
            idle.close()
            await balancer.configure([listener(port)], [GROUP])  # the port is free to be taken again
            assert await text(client) == "200 a"

    asyncio.run(run())


def test_all_unhealthy_fails_open_and_initial_targets_wait_their_turn() -> None:
    async def run() -> None:
        quick = GROUP._replace(health_check=HealthCheck(interval=0.01, timeout=5, unhealthy_threshold=1))
        async with balanced("a", "b", group=quick) as (balancer, client, apps, _):
            apps["a"].status = 500
            await until(lambda: balancer.health("tg")["a"].state is TargetState.UNHEALTHY)
            assert {await text(client) for _ in range(4)} == {"200 b"}
            apps["b"].status = 500
            await until(lambda: balancer.health("tg")["b"].state is TargetState.UNHEALTHY)
            assert {await text(client) for _ in range(4)} == {"500 a", "500 b"}

    asyncio.run(run())


def test_an_initial_target_is_used_when_there_is_no_other() -> None:
    async def run() -> None:
        async with balanced("a") as (balancer, client, _, _):
            starting = App("starting")
            starting.status = 503
            balancer.register("tg", "starting", "127.0.0.1", await starting.start())
            assert {await text(client) for _ in range(4)} == {"200 a"}
            await balancer.deregister("tg", "a")
            assert await text(client) == "503 starting"
            starting.status = 200
            await wait_healthy(balancer, "starting")
            await balancer.deregister("tg", "starting")
            await starting.stop()

    asyncio.run(run())


def test_least_outstanding_requests_avoids_the_busy_target() -> None:
    async def run() -> None:
        least = GROUP._replace(algorithm="least_outstanding_requests")
        async with balanced("a", "b", group=least) as (_, client, apps, _):
            slow = asyncio.create_task(text(client, "/slow"))
            await until(lambda: any(app.waiting.is_set() for app in apps.values()))
            busy = next(app for app in apps.values() if app.waiting.is_set())
            assert {await text(client) for _ in range(6)} == {
                f"200 {name}" for name in apps if name != busy.name
            }
            busy.release.set()
            assert await slow == f"200 {busy.name}"

    asyncio.run(run())


def test_a_target_registered_at_a_new_address_is_replaced() -> None:
    async def run() -> None:
        async with balanced("a") as (balancer, client, _, _):
            other = App("other")
            port = await other.start()
            for _ in range(2):  # the second time changes nothing
                balancer.register("tg", "a", "127.0.0.1", port)
                await wait_healthy(balancer)
                assert await text(client) == "200 other"
            await balancer.deregister("tg", "a")
            await other.stop()

    asyncio.run(run())


def test_rules_that_make_no_sense_are_refused() -> None:
    async def run() -> None:
        balancer = Balancer()
        port = free_port()
        with pytest.raises(ValueError, match=r"listener l forwards to unknown target groups \['tg'\]"):
            await balancer.configure([listener(port)], [])
        with pytest.raises(ValueError, match="local port used by two listeners"):
            await balancer.configure([listener(port), listener(port, "m")], [GROUP])
        await balancer.close()

    asyncio.run(run())


def test_close_leaves_nothing_listening_and_may_be_followed_by_a_new_start() -> None:
    async def run() -> None:
        async with balanced("a") as (balancer, client, apps, port):
            slow = asyncio.create_task(text(client, "/slow"))
            await asyncio.wait_for(apps["a"].waiting.wait(), 20)
            await asyncio.wait_for(balancer.close(grace=0.05), 20)
            with pytest.raises(aiohttp.ClientError):
                await slow
            with pytest.raises(aiohttp.ClientConnectorError):
                await text(client)
            await balancer.configure([listener(port)], [GROUP])
            assert (await text(client)).startswith("503 ")

    asyncio.run(run())
