"""Routing of requests: rules, groups, turns, cookies, and TLS. Real sockets, aiohttp targets."""

import asyncio
import re
import shutil
import ssl
import subprocess
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from support.balancing import CHECK, Handler, balanced, forward, free_port, target, wait_healthy

from moorage.local.balancer.model import ListenerSpec, RuleSpec, TargetGroupSpec
from moorage.local.streams import stop_listening


def named(name: str) -> Handler:
    async def handler(request: web.BaseRequest) -> web.Response:
        return web.Response(text=name)

    return handler


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


def test_a_client_sticks_for_as_long_as_it_sends_the_apps_cookie() -> None:
    def app(name: str) -> Handler:
        async def handler(request: web.BaseRequest) -> web.Response:
            response = web.Response(text=name)
            if request.path == "/login":
                response.set_cookie("session", "1")
            return response

        return handler

    async def run() -> None:
        sticky = {"stickiness_seconds": 60.0, "app_cookie": "session"}
        async with balanced(app("a"), app("b"), group=sticky) as (_, client, _):
            first = await client.get("/")
            assert "Set-Cookie" not in first.headers
            login = await client.get("/login")
            own, added = login.headers.getall("Set-Cookie")
            assert own.startswith("session=1")
            assert re.fullmatch(r"AWSALBAPP-0=\w+; Expires=[^;]+ GMT; Path=/", added)
            client.cookie_jar.clear()
            name, cookie = await login.text(), added.partition(";")[0]
            both, alone = {"Cookie": f"session=1; {cookie}"}, {"Cookie": cookie}
            assert {await (await client.get("/", headers=both)).text() for _ in range(4)} == {name}
            assert {await (await client.get("/", headers=alone)).text() for _ in range(4)} == {"a", "b"}

    asyncio.run(run())


def test_weighted_random_reaches_every_target() -> None:
    async def run() -> None:
        random_ = {"algorithm": "weighted_random"}
        async with balanced(named("a"), named("b"), group=random_) as (_, client, _):
            answers = [await (await client.get("/")).text() for _ in range(64)]
            assert {*answers} == {"a", "b"}
            assert answers != ["a", "b"] * 32
            assert answers != ["b", "a"] * 32

    asyncio.run(run())


def test_further_conditions_of_a_rule() -> None:
    async def run() -> None:
        conditions = [
            {"httpHeader": {"httpHeaderName": "X-Beta", "values": ["YES*"]}},
            {"httpRequestMethod": {"values": ["POST"]}},
            {"queryStrings": [{"key": "v", "value": "?0"}]},
            {"sourceIp": {"values": ["127.0.0.0/8"]}},
        ]
        fixed = {"contentType": "text/plain", "statusCode": "200", "messageBody": "beta"}
        beta = [{"type": "fixed-response", "fixedResponse": fixed}]
        nobody = [{"sourceIp": {"values": ["192.0.2.0/24"]}}]
        rules = [RuleSpec(1, nobody, beta), RuleSpec(2, conditions, beta)]
        async with balanced(named("app"), rules=rules) as (_, client, _):

            async def asked(method: str = "POST", url: str = "/?V=10", beta: str = "yes, please") -> str:
                async with client.request(method, url, headers={"x-beta": beta}) as response:
                    return await response.text()

            assert await asked() == "beta"
            assert await asked(method="PUT") == "app"
            assert await asked(url="/?v=1") == "app"
            assert await asked(url="/?a=10") == "app"
            assert await asked(beta="no") == "app"

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
            await wait_healthy(balancer, group="other")
            assert [await (await client.get("/")).text() for _ in range(4)] == ["blue", "green"] * 2
            await balancer.configure([ListenerSpec("arn:l", port, default_actions=[sticky])], specs)
            first = await client.get("/")
            headers = {"Cookie": first.headers["Set-Cookie"].partition(";")[0]}
            assert headers["Cookie"].startswith("AWSALBTG=")
            assert {await (await client.get("/", headers=headers)).text() for _ in range(3)} == {
                await first.text()
            }

    asyncio.run(run())


async def scheme(request: web.BaseRequest) -> web.Response:
    body = await request.read()
    return web.Response(text=f"{request.headers['X-Forwarded-Proto']} {len(body)}")


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
        async with balanced(scheme, tls=context, public_port=443) as (balancer, client, port):
            async with client.post("/x", data=b"z" * 100_000, ssl=False) as response:
                assert await response.text() == "https 100000"
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
                [https._replace(tls=again), http],
                [TargetGroupSpec("tg", "tg", health_check=CHECK)],
            )
            _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=unverified())
            assert b"other" in (writer.get_extra_info("ssl_object").getpeercert(True) or b"")
            writer.close()
            async with client.get("/x", ssl=False) as response:
                assert response.status == 200

    asyncio.run(run())


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificate of this test")
def test_a_target_may_speak_tls_with_any_certificate(tmp_path: Path) -> None:
    context = server_context(tmp_path, "unknown.test")

    async def run() -> None:
        async with balanced(group={"protocol": "HTTPS"}) as (balancer, client, _):
            server = web.Server(named("secret"))
            listening = await asyncio.get_running_loop().create_server(server, "127.0.0.1", 0, ssl=context)
            balancer.register("tg", "t", *listening.sockets[0].getsockname())
            await wait_healthy(balancer)
            for _ in range(2):
                assert await (await client.get("/")).text() == "secret"
            await stop_listening(listening)
            await server.shutdown(0.1)

    asyncio.run(run())
