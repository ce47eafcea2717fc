"""Declared listeners and target groups in the balancer's own types."""

from typing import Any

from moorage.graph import Listener, Stickiness, TargetGroup, View
from moorage.graph.values import known
from moorage.local.balancer.model import HealthCheck, RuleSpec, TargetGroupSpec
from moorage.local.model import ListenerPlan
from moorage.offline import UNKNOWN, Unknown
from moorage.offline.values import Json, entries

from .revealed import text

_CONNECTIONS = ("TCP", "TLS")


def is_balanced(listener: Listener) -> bool:
    """Return whether a listener is run; an existing one whose protocol is unknown is, for HTTP."""
    return listener.protocol in ("HTTP", "HTTPS", UNKNOWN, *_CONNECTIONS)


def listener_plan(listener: Listener, view: View) -> ListenerPlan:
    """Return a listener with its rules, and the host names of its load balancer."""
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
        public_port=known(listener.port) or 80,
        tls=listener.protocol in ("HTTPS", "TLS"),
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
    settings = {
        "stickiness by address: all clients have 127.0.0.1": _by_address(group.stickiness),
        "slow start": group.inputs.get("slowStart"),
        "anomaly mitigation": group.inputs.get("loadBalancingAnomalyMitigation") == "on",
    }
    return [words for words, is_set in settings.items() if is_set]


def target_group_spec(group: TargetGroup) -> TargetGroupSpec:
    """Return a target group in the load balancer's types; what is unknown has the defaults of these."""
    check, sticky = group.health_check, known(group.stickiness)
    cookies = sticky if sticky and not _by_address(sticky) else None
    return TargetGroupSpec(
        arn=text(group.resource.outputs["arn"]),
        name=group.resource.name,
        protocol="HTTPS" if group.protocol == "HTTPS" else "HTTP",
        health_check=HealthCheck(
            **_known(
                path=check.path,
                protocol=check.protocol,
                version=group.version,
                interval=check.interval,
                timeout=check.timeout,
                healthy_threshold=check.healthy,
                unhealthy_threshold=check.unhealthy,
                matcher=check.matcher,
            )
        ),
        stickiness_seconds=known(cookies.duration) if cookies else None,
        app_cookie=cookies.cookie if cookies and cookies.type == "app_cookie" else None,
        **_known(
            deregistration_delay=group.deregistration_delay, algorithm=group.algorithm, version=group.version
        ),
    )


def _by_address(stickiness: Stickiness | Unknown | None) -> bool:
    return isinstance(stickiness, Stickiness) and stickiness.type == "source_ip"


def _known(**settings: object) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if value is not UNKNOWN}
