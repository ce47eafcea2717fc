"""Declared listeners and target groups in the balancer's own types."""

from moorage.graph import Listener, TargetGroup, View
from moorage.graph.values import known
from moorage.local.balancer.model import HealthCheck, RuleSpec, TargetGroupSpec
from moorage.local.model import ListenerPlan
from moorage.offline import UNKNOWN
from moorage.offline.values import Json, entries, mapping

from .revealed import plain, text

_CONNECTIONS = ("TCP", "TLS")


def is_balanced(listener: Listener) -> bool:
    """Return whether a listener is run; the protocol is HTTP by default."""
    return listener.protocol in ("HTTP", "HTTPS", "", *_CONNECTIONS)


def listener_plan(listener: Listener, view: View) -> ListenerPlan:
    """Return a listener with its rules, and the host names of its load balancer."""
    tls = listener.protocol in ("HTTPS", "TLS")
    rules = [
        RuleSpec(
            0 if rule.priority is UNKNOWN else rule.priority,
            list(rule.conditions),
            [_without_credentials(action) for action in rule.actions],
        )
        for rule in listener.rules
    ]
    hosts: set[str] = set()
    connections = listener.protocol in _CONNECTIONS
    alpn = () if connections else ("h2", "http/1.1")
    if balancer := listener.balancer:
        hosts = {record.name.rstrip(".") for record in view.records if record.target == balancer.urn}
        hosts.add(text(balancer.outputs.get("dnsName")))
        if balancer.inputs.get("enableHttp2") is False:
            alpn = ("http/1.1",)
    return ListenerPlan(
        arn=text(listener.resource.outputs["arn"]) if listener.resource else listener.key,
        public_port=known(listener.port) or (443 if tls else 80),
        tls=tls,
        hosts=tuple(sorted(hosts)),
        default_actions=[
            _without_credentials(action) for action in entries(listener.inputs.get("defaultActions"))
        ],
        rules=tuple(sorted(rules, key=lambda rule: rule.priority)),
        connections=connections,
        alpn=alpn,
    )


def _without_credentials(action: Json) -> Json:
    """Return an action without the settings of a sign-in, which is not run and has a client secret."""
    return {key: value for key, value in action.items() if not key.startswith("authenticate")}


def not_balanced(group: TargetGroup) -> list[str]:
    """Return the settings of a target group that the local load balancer does not have, in words."""
    by_address = mapping(group.inputs.get("stickiness")).get("type") == "source_ip"
    settings = {
        "stickiness by address: all clients have 127.0.0.1": by_address,
        "slow start": group.inputs.get("slowStart"),
        "anomaly mitigation": group.inputs.get("loadBalancingAnomalyMitigation") == "on",
    }
    return [words for words, is_set in settings.items() if is_set]


def target_group_spec(group: TargetGroup) -> TargetGroupSpec:
    """Return a target group with the defaults of Elastic Load Balancing."""
    inputs = plain(group.resource.inputs)
    check = mapping(inputs.get("healthCheck"))
    protocol = str(inputs.get("protocol") or "HTTP").upper()
    check_protocol = str(check.get("protocol") or protocol).upper()
    sticky = mapping(inputs.get("stickiness"))
    is_sticky = bool(sticky) and sticky.get("enabled", True) and sticky.get("type") != "source_ip"
    by_app = is_sticky and sticky.get("type") == "app_cookie"
    algorithm = inputs.get("loadBalancingAlgorithmType")
    declared = inputs.get("protocolVersion")
    version = "GRPC" if declared == "GRPC" else "HTTP2" if declared == "HTTP2" else "HTTP1"
    return TargetGroupSpec(
        arn=text(group.resource.outputs["arn"]),
        name=group.resource.name,
        protocol="HTTPS" if protocol == "HTTPS" else "HTTP",
        health_check=HealthCheck(
            path=str(check.get("path") or ("/AWS.ALB/healthcheck" if version == "GRPC" else "/")),
            protocol="HTTPS" if check_protocol == "HTTPS" else "TCP" if check_protocol == "TCP" else "HTTP",
            version=version,
            interval=float(check.get("interval") or 30),
            timeout=float(check.get("timeout") or 5),
            healthy_threshold=int(check.get("healthyThreshold") or 5),
            unhealthy_threshold=int(check.get("unhealthyThreshold") or 2),
            matcher=str(check.get("matcher") or ("12" if version == "GRPC" else "200")),
        ),
        deregistration_delay=float(inputs.get("deregistrationDelay", 300)),
        stickiness_seconds=float(sticky.get("cookieDuration") or 86400) if is_sticky else None,
        app_cookie=str(sticky.get("cookieName") or "") if by_app else None,
        algorithm=algorithm
        if algorithm == "least_outstanding_requests" or algorithm == "weighted_random"
        else "round_robin",
        version=version,
    )
