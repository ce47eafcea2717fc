"""Declared listeners and target groups in the balancer's own types."""

from moorage.graph import Listener, TargetGroup, View
from moorage.graph.values import known
from moorage.local.balancer.model import HealthCheck, RuleSpec, TargetGroupSpec
from moorage.local.model import ListenerPlan
from moorage.offline import UNKNOWN
from moorage.offline.values import entries, mapping

from .revealed import plain, text


def is_http(listener: Listener) -> bool:
    """Return whether an Application Load Balancer has a listener; its protocol is HTTP by default."""
    return listener.protocol in ("HTTP", "HTTPS", "")


def listener_plan(listener: Listener, view: View) -> ListenerPlan:
    """Return a listener with its rules, and the host names of its load balancer."""
    tls = listener.protocol == "HTTPS"
    rules = [
        RuleSpec(
            0 if rule.priority is UNKNOWN else rule.priority,
            list(rule.conditions),
            entries(rule.inputs.get("actions")),
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
        default_actions=entries(listener.inputs.get("defaultActions")),
        rules=tuple(sorted(rules, key=lambda rule: rule.priority)),
    )


def target_group_spec(group: TargetGroup) -> TargetGroupSpec:
    """Return a target group with the defaults of Elastic Load Balancing."""
    inputs = plain(group.resource.inputs)
    check = mapping(inputs.get("healthCheck"))
    protocol = str(inputs.get("protocol") or "HTTP").upper()
    check_protocol = str(check.get("protocol") or protocol).upper()
    sticky = mapping(inputs.get("stickiness"))
    is_sticky = bool(sticky) and sticky.get("enabled", True) and sticky.get("type") == "lb_cookie"
    least = inputs.get("loadBalancingAlgorithmType") == "least_outstanding_requests"
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
        algorithm="least_outstanding_requests" if least else "round_robin",
    )
