"""The target group of an app behind a load balancer."""

from typing import NamedTuple

from .choices import Algorithm, StickinessType, TargetProtocol
from .fields.values import Values
from .lookup import described, described_if_given

CONNECTIONS = (TargetProtocol.TCP, TargetProtocol.UDP, TargetProtocol.TLS)
"""The protocols of a network load balancer, which forwards connections instead of requests."""


class HealthCheck(NamedTuple):
    """A load balancer's health check of a task; times in seconds."""

    path: str | None
    """None for a check that opens a connection only."""
    port: int | None
    """Another port than that of requests."""
    interval: int
    timeout: int
    healthy_threshold: int
    unhealthy_threshold: int
    matcher: str | None
    """The codes that pass; None without a path."""
    grace_period: int


class Stickiness(NamedTuple):
    """Stickiness of clients to a target, by a cookie or their address."""

    type: StickinessType
    cookie_duration: int
    """Seconds."""
    cookie_name: str | None
    enabled: bool


class TargetGroup(NamedTuple):
    """The settings of a target group beside its health check."""

    protocol: TargetProtocol
    algorithm: Algorithm | None
    """None unless it is given: the provider keeps what the group has."""
    anomaly_mitigation: bool | None
    """The same."""
    slow_start: int | None
    """Seconds."""
    stickiness: Stickiness | None

    @property
    def is_network(self) -> bool:
        """True behind a network load balancer."""
        return self.protocol in CONNECTIONS

    @property
    def is_http2(self) -> bool:
        """True if requests are sent as HTTP/2, which needs an HTTPS listener."""
        return self.protocol in (TargetProtocol.HTTP2, TargetProtocol.GRPC)


def target_group(values: Values) -> TargetGroup:
    """Return the target group that an app's arguments describe."""
    return described(
        TargetGroup,
        values,
        algorithm=values.given("algorithm") and values["algorithm"],
        anomaly_mitigation=values.given("anomaly_mitigation"),
        stickiness=described_if_given(Stickiness, values, "stickiness"),
    )
