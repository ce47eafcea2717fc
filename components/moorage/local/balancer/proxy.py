"""The handler of requests: match, forward, retry where it is safe, stream, or answer with an error."""

import asyncio
import email.utils
import hashlib
import logging
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from aiohttp import HttpVersion11, web

from .exchange import ClientFailed, Exchange, TargetFailed
from .messages import HTTP2, Cookie, error_page, make_answer, request_fields, request_target
from .model import ListenerSpec, ProtocolVersion
from .rules import Fixed, Forward, RequestView, Rules, Unsupported
from .targets import Target, TargetGroup

log = logging.getLogger(__name__)

_GRPC = re.compile(r"application/grpc(?:[+;]|$)", re.IGNORECASE)


@dataclass(slots=True)
class Listener:
    """The state of a listener for its handler; changes take effect with the next request."""

    spec: ListenerSpec
    rules: Rules
    local_port: Callable[[int], int | None]
    """Maps a port on AWS to the local one."""
    busy: set[object] = field(default_factory=set[object])
    """Client connections with a request on them."""
    closing: bool = False


def group_token(arn: str) -> str:
    """Return the value of AWSALBTG for a target group."""
    return hashlib.sha256(arn.encode()).hexdigest()[:32]


def _cookie(name: str, token: str, seconds: float, beside: str | None = None) -> Cookie:
    expires = email.utils.formatdate(time.time() + seconds, usegmt=True)
    return Cookie(f"{name}={token}; Expires={expires}; Path=/", beside)


class Proxy:
    """The handler of every listener."""

    def __init__(self, groups: dict[str, TargetGroup]) -> None:
        """Look up target groups in `groups` at each request."""
        self._groups = groups
        self.exchanges: set[Exchange] = set()
        """Requests at targets, for the idle timeout."""

    async def handle(self, listener: Listener, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request to `listener`."""
        protocol = request.protocol
        listener.busy.add(protocol)
        try:
            return await self._route(listener, request)
        except (ConnectionError, asyncio.CancelledError):
            raise  # the client went away
        except Exception:
            log.exception("request %s %s failed in the balancer", request.method, request.raw_path)
            return self._error(listener, request, 500, "a bug in the balancer; see its log")
        finally:
            listener.busy.discard(protocol)

    async def _route(self, listener: Listener, request: web.BaseRequest) -> web.StreamResponse:
        if request.method == "CONNECT":
            return self._error(listener, request, 405, "CONNECT is not supported by a load balancer")
        rules = listener.rules
        if rules.trivial and isinstance(rules.default, Forward):
            return await self._forward(listener, request, rules.default)
        raw = request.raw_path if request.raw_path.startswith("/") else request.url.raw_path_qs
        path, _, query = raw.partition("?")
        view = RequestView(
            method=request.method,
            host=_host(request.headers.get("Host", "")),
            path=path.partition("#")[0],
            query=query.partition("#")[0],
            headers=request.headers,
            source_ip=request.remote or "127.0.0.1",
        )
        action = rules.match(view)
        if isinstance(action, Forward):
            return await self._forward(listener, request, action)
        if isinstance(action, Fixed):
            return self._answer(
                listener, request, make_answer(action.status, action.content_type, action.body)
            )
        if isinstance(action, Unsupported):
            text = f"501 Not Implemented: {action.text}\n".encode()
            return self._answer(listener, request, make_answer(501, "text/plain; charset=utf-8", text))
        spec = listener.spec
        location = action.location(view, spec.tls is not None, spec.public_port, listener.local_port)
        # A template can carry decoded bytes of the request: nothing may start a new header line.
        location = "".join(letter for letter in location if letter > " " and letter != "\x7f")
        page = make_answer(action.status, "text/html", error_page(action.status), {"Location": location})
        return self._answer(listener, request, page)

    async def _forward(
        self, listener: Listener, request: web.BaseRequest, action: Forward
    ) -> web.StreamResponse:
        group, cookies = self._choose(request, action)
        if group is None:
            return self._error(listener, request, 503, "the rule forwards to no target group")
        version = group.spec.version
        if (version != "HTTP1" or request.version == HTTP2) and (why := _incompatible(request, version)):
            return self._error(listener, request, 464, why)
        sticky, beside = group.spec.stickiness_seconds, group.spec.app_cookie
        name = "AWSALB" if beside is None else "AWSALBAPP-0"
        # Without the application's own cookie its session is over.
        session = sticky is not None and (beside is None or beside in request.cookies)
        token = request.cookies.get(name) if session else None
        expect = request.headers.get("Expect")
        if expect is not None and request.version == HttpVersion11:
            if expect.lower() != "100-continue":
                return self._error(listener, request, 417, f"expectation {expect} is not known")
            # An ALB answers the expectation itself.
            if not request.content.is_eof() and request.transport is not None:
                request.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        websocket = request.headers.get("Upgrade", "").lower() == "websocket"
        exchange = _kind(version)(
            request,
            group.spec.protocol.lower(),
            request_target(request),
            request_fields(request, listener.spec.tls is not None, listener.spec.port, websocket),
            websocket,
            lambda: listener.closing,
        )
        tried: set[Target] = set()
        failure = (503, f"target group {group.spec.name} has no registered targets")
        while (target := group.pick(tried, token)) is not None:
            added = cookies if sticky is None else [*cookies, _cookie(name, target.token, sticky, beside)]
            try:
                return await self._attempt(exchange, target, added)
            except TargetFailed as failed:
                failure = (failed.status, f"target {target.id} at {target.host}:{target.port}: {failed}")
                if failed.untouched:
                    tried.add(target)
                    continue
                break
            except ClientFailed:
                return self._error(listener, request, 400, "the request's body is malformed")
        return self._error(listener, request, *failure)

    def _choose(self, request: web.BaseRequest, action: Forward) -> tuple[TargetGroup | None, list[Cookie]]:
        """Return the target group, and the stickiness cookie for it."""
        arn = None
        if action.stickiness is not None:
            token = request.cookies.get("AWSALBTG")
            arn = next((item.arn for item in action.groups if group_token(item.arn) == token), None)
        arn = arn or action.next_group()
        group = self._groups.get(arn) if arn else None
        if group is None or action.stickiness is None:
            return group, []
        return group, [_cookie("AWSALBTG", group_token(group.spec.arn), action.stickiness)]

    async def _attempt(self, exchange: Exchange, target: Target, cookies: list[Cookie]) -> web.StreamResponse:
        target.enter(exchange)
        self.exchanges.add(exchange)
        try:
            return await exchange.run(target.upstream, cookies)
        finally:
            self.exchanges.discard(exchange)
            target.leave(exchange)

    def _answer(
        self, listener: Listener, request: web.BaseRequest, answer: web.Response
    ) -> web.StreamResponse:
        if listener.closing or not request.content.is_eof():
            answer.force_close()
        return answer

    def _error(
        self, listener: Listener, request: web.BaseRequest, status: int, reason: str
    ) -> web.StreamResponse:
        # An ALB does not tell the cause; on this machine a header does.
        added = {"X-Moorage-Reason": " ".join(reason.split())}
        return self._answer(listener, request, make_answer(status, "text/html", error_page(status), added))


def _kind(version: ProtocolVersion) -> type[Exchange]:
    if version == "HTTP1":
        return Exchange
    from .http2_exchange import Http2Exchange  # h2 takes a tenth of a second to import

    return Http2Exchange


def _incompatible(request: web.BaseRequest, version: ProtocolVersion) -> str | None:
    """Return why a target group cannot have a request (AWS: "Target groups for ALBs", Protocol version)."""
    if version == "HTTP1":
        is_grpc = _GRPC.match(request.headers.get("Content-Type", ""))
        return "a gRPC request to a target group with HTTP/1.1" if is_grpc else None
    if request.version != HTTP2:
        return "an HTTP/1.1 request to a target group with HTTP/2 or gRPC"
    if version == "GRPC" and request.method != "POST":
        return f"a {request.method} request to a target group with gRPC, which takes POST"
    return None


def _host(field: str) -> str:
    """Return the Host field in lower case, without the port; IPv6 literals keep their brackets."""
    host = field.lower()
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0]
