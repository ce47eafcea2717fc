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
    if balancer := listener.balancer:
        hosts = {record.name.rstrip(".") for record in view.records if record.target == balancer.urn}
        hosts.add(text(balancer.outputs.get("dnsName")))
    return ListenerPlan(
        arn=text(listener.resource.outputs["arn"]) if listener.resource else listener.key,
        public_port=known(listener.port) or (443 if tls else 80),
        tls=tls,
        hosts=tuple(sorted(hosts)),
        default_actions=[
            _without_credentials(action) for action in entries(listener.inputs.get("defaultActions"))
        ],
        rules=tuple(sorted(rules, key=lambda rule: rule.priority)),
        connections=listener.protocol in _CONNECTIONS,
    )


def _without_credentials(action: Json) -> Json:
    """Return an action without the settings of a sign-in, which is not run and has a client secret."""
    return {key: value for key, value in action.items() if not key.startswith("authenticate")}


def not_balanced(group: TargetGroup) -> list[str]:
    """Return the settings of a target group that the local load balancer does not have, in words."""
    versions = {
        "HTTP2": "HTTP/2 between the balancer and its targets: it sends HTTP/1.1",
        "GRPC": "gRPC between the balancer and its targets: it answers 501",
    }
    found = [versions.get(str(group.inputs.get("protocolVersion")), "")]
    by_address = mapping(group.inputs.get("stickiness")).get("type") == "source_ip"
    found.append("stickiness by address: all clients have 127.0.0.1" if by_address else "")
    found.append("slow start" if group.inputs.get("slowStart") else "")
    found.append("anomaly mitigation" if group.inputs.get("loadBalancingAnomalyMitigation") == "on" else "")
    return [words for words in found if words]


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
    version = inputs.get("protocolVersion")
    if version in ("HTTP2", "GRPC"):
        check_protocol = "TCP"
    return TargetGroupSpec(
        arn=text(group.resource.outputs["arn"]),
        name=group.resource.name,
        protocol="HTTPS" if protocol == "HTTPS" else "HTTP",
        health_check=HealthCheck(
            path=str(check.get("path") or "/"),
            protocol="HTTPS" if check_protocol == "HTTPS" else "TCP" if check_protocol == "TCP" else "HTTP",
            interval=float(check.get("interval") or 30),
            timeout=float(check.get("timeout") or 5),
            healthy_threshold=int(check.get("healthyThreshold") or 5),
            unhealthy_threshold=int(check.get("unhealthyThreshold") or 2),
            matcher=str(check.get("matcher") or "200"),
        ),
        deregistration_delay=float(inputs.get("deregistrationDelay", 300)),
        stickiness_seconds=float(sticky.get("cookieDuration") or 86400) if is_sticky else None,
        app_cookie=str(sticky.get("cookieName") or "") if by_app else None,
        algorithm=algorithm
        if algorithm == "least_outstanding_requests" or algorithm == "weighted_random"
        else "round_robin",
        grpc=version == "GRPC",
    )
