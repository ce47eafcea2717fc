"""Configuration and status of the load balancer."""

import ssl
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from moorage.errors import LocalError
from moorage.rollout.states import TargetState

Json = Mapping[str, Any]
"""A nested input as the Pulumi engine records it: camelCase keys; numbers may be floats."""


ProtocolVersion = Literal["HTTP1", "HTTP2", "GRPC"]
"""The protocol version of targets, as Elastic Load Balancing names it."""

CONNECT_TIMEOUT = 10.0
"""The connection timeout of an ALB, in seconds."""


class HealthCheck(NamedTuple):
    """A health check of targets (AWS: "Health checks for Application Load Balancer target groups")."""

    path: str = "/"
    """Path, with query, of the request; with GRPC a method. Not used for TCP."""
    protocol: Literal["HTTP", "HTTPS", "TCP"] = "HTTP"
    """TCP passes when a connection opens."""
    version: ProtocolVersion = "HTTP1"
    interval: float = 30.0
    """Seconds between checks of a target that has passed once."""
    timeout: float = 5.0
    """Seconds until a check has failed."""
    healthy_threshold: int = 5
    """Passes in a row that make an unhealthy target healthy."""
    unhealthy_threshold: int = 2
    """Failures in a row that make a target unhealthy."""
    matcher: str = "200"
    """Accepted status codes: "200", "200,204", "200-399"; with GRPC those of gRPC."""


class TargetGroupSpec(NamedTuple):
    """A target group, to which an action forwards requests."""

    arn: str
    name: str
    protocol: Literal["HTTP", "HTTPS"] = "HTTP"
    """The protocol of the targets. Their certificates are not verified, as on an ALB."""
    health_check: HealthCheck = HealthCheck()
    deregistration_delay: float = 300.0
    """Seconds to wait for requests in flight when a target is deregistered."""
    stickiness_seconds: float | None = None
    """Life of the AWSALB cookie (lb_cookie) or of AWSALBAPP-0 (app_cookie), or None without stickiness."""
    app_cookie: str | None = None
    """The application's own cookie, with which AWSALBAPP-0 is sent (app_cookie)."""
    algorithm: Literal["round_robin", "least_outstanding_requests", "weighted_random"] = "round_robin"
    version: ProtocolVersion = "HTTP1"


class RuleSpec(NamedTuple):
    """A listener rule; the shapes are those of `aws.lb.ListenerRule`'s conditions and actions."""

    priority: int
    conditions: Sequence[Json]
    actions: Sequence[Json]


class ListenerSpec(NamedTuple):
    """A listener: one port on 127.0.0.1."""

    arn: str
    port: int
    """The local port."""
    tls: ssl.SSLContext | None = None
    """Terminates TLS; None for HTTP. The same object again keeps the listening socket."""
    default_actions: Sequence[Json] = ()
    rules: Sequence[RuleSpec] = ()
    public_port: int = 80
    """The port on AWS. Redirects are computed with it, then mapped to local ports."""
    connections: bool = False
    """True if it forwards connections instead of requests."""


class TargetHealth(NamedTuple):
    """Health of one target (AWS: API reference, TargetHealth)."""

    state: TargetState
    reason: str = ""
    """The description of the failed check, worded as in `describe-target-health`; empty when healthy."""


class PortInUse(LocalError, OSError):
    """Another process listens on a local port that a listener needs."""

    def __init__(self, port: int) -> None:
        """Keep the port."""
        super().__init__(f"port {port} on 127.0.0.1 is in use: stop what listens there, or choose another")
        self.port = port
