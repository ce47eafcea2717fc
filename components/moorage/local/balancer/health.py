"""Health checks of targets.

AWS pages: "Health checks for Application Load Balancer target groups"; reasons: API reference, TargetHealth.
"""

import asyncio
from dataclasses import dataclass

import aiohttp
from yarl import URL

from moorage.rollout.states import TargetState

from .model import HealthCheck, TargetHealth

AGENT = "ELB-HealthChecker/2.0"

FAST = 0.1
"""Seconds between checks of a target that has not passed yet and is not yet unhealthy."""

_NO_FIELDS = bytes(5)
"""A message of gRPC without fields: not compressed, 0 bytes long."""

SLOW = 1.0
"""Longest time between checks of a target that has never passed."""

INITIAL = TargetHealth(TargetState.INITIAL, "Initial health checks in progress")
HEALTHY = TargetHealth(TargetState.HEALTHY)
DRAINING = TargetHealth(TargetState.DRAINING, "Target deregistration is in progress")


def matches(matcher: str, status: int) -> bool:
    """Return whether a status code matches "200", "200,204" or "200-399"."""
    ranges = (part.strip().partition("-") for part in matcher.split(","))
    return any(int(low) <= status <= int(high or low) for low, _, high in ranges)


async def probe(session: aiohttp.ClientSession, check: HealthCheck, host: str, port: int) -> str | None:
    """Check once; return why it failed, or None when it passed."""
    try:
        async with asyncio.timeout(check.timeout):
            if check.protocol == "TCP":
                _, writer = await asyncio.open_connection(host, port)
                writer.transport.abort()
                return None
            if check.version != "HTTP1":
                return _judged(check, await _http2_status(check, host, port))
            address = f"{check.protocol.lower()}://{host}:{port}"
            url = URL(
                address + (check.path if check.path.startswith("/") else f"/{check.path}"), encoded=True
            )
            async with session.get(url, allow_redirects=False, ssl=False) as response:
                return _judged(check, response.status)
    except TimeoutError:
        return "Request timed out"
    except ConnectionRefusedError:
        return "Connection refused"
    except aiohttp.ClientConnectorError as error:
        refused = isinstance(error.os_error, ConnectionRefusedError)
        return "Connection refused" if refused else f"Health checks failed: {error.os_error}"
    except aiohttp.ServerDisconnectedError:
        return "Health checks failed: connection closed without an answer"
    except (aiohttp.ClientError, OSError, ValueError) as error:
        return f"Health checks failed: {error}" if isinstance(error, OSError) else "Malformed answer"


async def _http2_status(check: HealthCheck, host: str, port: int) -> int:
    """Return the status of an answer over HTTP/2; with GRPC that of a call without a message.

    Raises OSError, or ValueError for an answer without a status.
    """
    from . import http2  # h2 takes a tenth of a second to import

    connection = await http2.connect(host, port, check.protocol == "HTTPS")
    grpc = check.version == "GRPC"
    head = {
        ":method": "POST" if grpc else "GET",
        ":scheme": check.protocol.lower(),
        ":authority": f"{host}:{port}",
        ":path": check.path,
        "user-agent": AGENT,
    } | ({"content-type": "application/grpc", "te": "trailers"} if grpc else {})
    try:
        stream = connection.open([(name.encode(), value.encode()) for name, value in head.items()], not grpc)
        if grpc:
            await stream.send(_NO_FIELDS)
            stream.end()
        answer = dict(await stream.head)
        if not grpc:
            return int(answer[b":status"])
        while await stream.body.readany():
            pass
        return int((answer | dict(stream.trailers)).get(b"grpc-status", b""))
    finally:
        connection.close()


def _judged(check: HealthCheck, status: int) -> str | None:
    return None if matches(check.matcher, status) else f"Health checks failed with these codes: [{status}]"


@dataclass(slots=True)
class Monitor:
    """The state machine of one target; `observe` takes the time, so tests need not wait."""

    health: TargetHealth = INITIAL
    passed_once: bool = False
    passes: int = 0
    failures: int = 0

    def observe(self, failure: str | None, check: HealthCheck, age: float) -> TargetHealth:
        """Take one result and return the health.

        A new target needs one pass. Before it, failures count only once the target is as old (`age`, seconds)
        as it would have to be on AWS to fail that often: checks are quicker here, starting up is not.
        """
        if failure is None:
            self.passes, self.failures = self.passes + 1, 0
            if not self.passed_once or self.passes >= check.healthy_threshold:
                self.health = HEALTHY
            self.passed_once = True
            return self.health
        self.passes, self.failures = 0, self.failures + 1
        if not self.passed_once:
            is_old = age >= check.unhealthy_threshold * check.interval
            self.health = TargetHealth(TargetState.UNHEALTHY if is_old else TargetState.INITIAL, failure)
        elif self.failures >= check.unhealthy_threshold or self.health.state is TargetState.UNHEALTHY:
            self.health = TargetHealth(TargetState.UNHEALTHY, failure)
        return self.health

    def delay(self, check: HealthCheck) -> float:
        """Return the seconds until the next check."""
        if self.passed_once:
            return check.interval
        return min(check.interval, FAST if self.health.state is TargetState.INITIAL else SLOW)
