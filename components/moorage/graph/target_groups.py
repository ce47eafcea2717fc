"""Target groups with the defaults of the provider and of Elastic Load Balancing."""

from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any

from moorage.offline import UNKNOWN, Resource, Unknown
from moorage.offline.values import Json, mapping

from . import values
from .origin import FromResource

_APPLICATION = ("HTTP", "HTTPS")
"""The protocols of an Application Load Balancer's targets."""


class ProtocolVersion(StrEnum):
    """The protocol version of the requests to targets."""

    HTTP1 = "HTTP1"
    HTTP2 = "HTTP2"
    GRPC = "GRPC"


@dataclass(frozen=True, slots=True)
class TargetHealthCheck:
    """The health check of a target group."""

    protocol: str | Unknown
    """`HTTP`, `HTTPS` or `TCP`."""
    path: str | Unknown
    """Not used for TCP."""
    port: int | Unknown | None
    """None for the port of the traffic."""
    interval: int | Unknown
    """Seconds."""
    timeout: int | Unknown
    """Seconds."""
    healthy: int | Unknown
    """The successes in a row that make a target healthy."""
    unhealthy: int | Unknown
    """The failures in a row that make it unhealthy."""
    matcher: str | Unknown
    """The status codes of a success, such as `200-399`; with gRPC its own codes."""


_UNKNOWN_CHECK = TargetHealthCheck(*(UNKNOWN for _ in fields(TargetHealthCheck)))


@dataclass(frozen=True, slots=True)
class Stickiness:
    """The stickiness of a target group's clients."""

    type: str | Unknown
    """`lb_cookie`, `app_cookie`, `source_ip`, ..."""
    duration: int | Unknown
    """The life of the load balancer's cookie in seconds."""
    cookie: str
    """The name of the application's cookie; empty if it is unknown or there is none."""


@dataclass(frozen=True, slots=True)
class TargetGroup(FromResource):
    """A target group. All settings of one that the program only reads are UNKNOWN."""

    inputs: Json = field(repr=False)
    balancers: tuple[Resource | None, ...]
    """The load balancers whose listeners and rules forward to it; None stands for one outside the
    stack."""
    target_type: str | Unknown
    """`instance`, `ip`, `lambda` or `alb`."""
    protocol: str | Unknown | None
    """`HTTP`, `HTTPS`, `TCP`, ...; None for a Lambda function."""
    version: ProtocolVersion | Unknown
    health_check: TargetHealthCheck
    stickiness: Stickiness | Unknown | None
    """None if it is off."""
    algorithm: str | Unknown
    """`round_robin`, `least_outstanding_requests` or `weighted_random`."""
    deregistration_delay: int | Unknown
    """Seconds."""

    @property
    def balances_connections(self) -> bool | Unknown:
        """Return whether a Network Load Balancer forwards to it."""
        if self.protocol is UNKNOWN:
            return UNKNOWN
        return self.protocol is not None and self.protocol not in _APPLICATION


def target_group(group: Resource, inputs: Json, balancers: tuple[Resource | None, ...]) -> TargetGroup:
    """Return a target group that the stack creates or reads."""

    def given(name: str) -> Any:
        return UNKNOWN if group.external else inputs.get(name)

    type_ = values.text(given("targetType"), "instance")
    protocol = values.text(given("protocol"), None)
    version = values.member(ProtocolVersion, _upper(given("protocolVersion")), ProtocolVersion.HTTP1)
    return TargetGroup(
        resource=group,
        inputs=inputs,
        balancers=balancers,
        target_type=type_,
        protocol=protocol,
        version=version,
        health_check=_health_check(given("healthCheck"), type_, protocol, version),
        stickiness=_stickiness(given("stickiness")),
        algorithm=values.text(given("loadBalancingAlgorithmType"), "round_robin"),
        deregistration_delay=values.number(given("deregistrationDelay"), 300),
    )


def _health_check(
    settings: Any, type_: str | Unknown, protocol: str | Unknown | None, version: ProtocolVersion | Unknown
) -> TargetHealthCheck:
    """Return a health check.

    The provider has defaults of its own for what a health check omits (`aws.lb.TargetGroup`, `healthCheck`);
    without one those of Elastic Load Balancing hold ("CreateTargetGroup", API reference).
    """
    if settings is UNKNOWN or type_ is UNKNOWN or protocol is UNKNOWN or version is UNKNOWN:
        return _UNKNOWN_CHECK
    check, port = mapping(settings), mapping(settings).get("port")
    of_lambda, grpc = type_ == "lambda", version is ProtocolVersion.GRPC
    application = of_lambda or protocol is None or protocol in _APPLICATION
    interval, healthy, unhealthy = (30, 3, 3) if check else (35, 5, 5) if of_lambda else (30, 5, 2)
    checked = values.text(_upper(check.get("protocol")), "HTTP" if check or application else "TCP")
    # "Health checks" in the guides of Lambda targets, Application and Network Load Balancers.
    timeout = 30 if of_lambda else 5 if application else 6 if checked == "HTTP" else 10
    matcher = "12" if grpc else "200" if application else "200-399"
    return TargetHealthCheck(
        protocol=checked,
        path=values.text(check.get("path") or None, "/AWS.ALB/healthcheck" if grpc else "/"),
        port=None if port == "traffic-port" else values.number(port, None),
        interval=values.number(check.get("interval"), interval),
        timeout=values.number(check.get("timeout"), timeout),
        healthy=values.number(check.get("healthyThreshold"), healthy),
        unhealthy=values.number(check.get("unhealthyThreshold"), unhealthy),
        matcher=values.text(check.get("matcher") or None, matcher),
    )


def _stickiness(settings: Any) -> Stickiness | Unknown | None:
    if settings is UNKNOWN:
        return UNKNOWN
    stickiness = mapping(settings)
    enabled = values.flag(stickiness.get("enabled"), bool(stickiness))
    if enabled is not True:
        return UNKNOWN if enabled is UNKNOWN else None
    return Stickiness(
        type=values.text(stickiness.get("type"), UNKNOWN),
        duration=values.number(stickiness.get("cookieDuration"), 86400),
        cookie=values.plain(stickiness.get("cookieName")),
    )


def _upper(value: Any) -> Any:
    """Return a string in the case in which the provider takes it."""
    return value.upper() if isinstance(value, str) else value
