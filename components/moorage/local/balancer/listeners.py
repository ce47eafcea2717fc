"""Declared listeners and target groups in the balancer's own types."""

import ssl
from collections.abc import Mapping
from pathlib import Path

from moorage.local.model import ListenerPlan, TargetGroupPlan
from moorage.offline.values import mapping

from . import HealthCheck, ListenerSpec, RuleSpec, TargetGroupSpec, tls

_contexts: dict[Path, ssl.SSLContext] = {}


def listener_specs(
    plans: tuple[ListenerPlan, ...], ports: Mapping[str, int], certificates: Path
) -> list[ListenerSpec]:
    """Return the listeners with their local ports; `certificates` is the folder of the local certificate."""
    return [
        ListenerSpec(
            arn=plan.arn,
            port=ports[plan.arn],
            tls=_context(certificates) if plan.tls else None,
            default_actions=plan.default_actions,
            rules=[RuleSpec(rule.priority, rule.conditions, rule.actions) for rule in plan.rules],
            public_port=plan.public_port,
        )
        for plan in plans
    ]


def target_group_spec(plan: TargetGroupPlan) -> TargetGroupSpec:
    """Return a target group as the balancer takes it, with the defaults of ELB."""
    inputs = plan.inputs
    check = mapping(inputs.get("healthCheck"))
    protocol = str(inputs.get("protocol") or "HTTP").upper()
    check_protocol = str(check.get("protocol") or protocol).upper()
    sticky = mapping(inputs.get("stickiness"))
    is_sticky = bool(sticky) and sticky.get("enabled", True)
    by_app = is_sticky and sticky.get("type") == "app_cookie"
    algorithm = inputs.get("loadBalancingAlgorithmType")
    version = inputs.get("protocolVersion")
    if version in ("HTTP2", "GRPC"):
        check_protocol = "TCP"
    return TargetGroupSpec(
        arn=plan.arn,
        name=plan.name,
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


def _context(folder: Path) -> ssl.SSLContext:
    """Return one context per folder: the balancer keeps a socket whose context stays the same."""
    if folder not in _contexts:
        _contexts[folder] = tls.context(folder)
    return _contexts[folder]
