"""Elastic Load Balancing, with the certificates and web ACLs of load balancers."""

from moorage.graph import BalancerKind, View
from moorage.graph.types import CERTIFICATE, LISTENER, LOAD_BALANCER, TARGET_GROUP, WEB_ACL
from moorage.graph.values import partly_unknown
from moorage.offline import Resource, Unknown

from .control import (
    ON,
    Breach,
    Check,
    Control,
    at,
    breach_unless,
    in_two_zones,
    items,
    on,
    one_of,
    refused,
    required,
    value,
)

RULE_GROUP = "aws:wafv2/ruleGroup:RuleGroup"

_RECOMMENDED = (
    "ELBSecurityPolicy-TLS13-1-3-2021-06",
    "ELBSecurityPolicy-TLS13-1-3-FIPS-2023-04",
    "ELBSecurityPolicy-TLS13-1-2-Res-2021-06",
    "ELBSecurityPolicy-TLS13-1-2-Res-FIPS-2023-04",
    "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-3-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-2-Res-FIPS-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-3-FIPS-PQ-2025-09",
)
"""The recommended policies of ELB.17."""

_DEFAULT_POLICY = "ELBSecurityPolicy-2016-08"
"""The default policy of a listener."""

_CERTIFICATE = "domain with zone_id, or certificate_arn"
_HTTPS = "protocol: https, if the container serves it"


def _application(check: Check) -> Check:
    """Return a check of Application Load Balancers only."""

    def of_kind(balancer: Resource, view: View) -> Breach | None:
        kinds = {candidate.urn: candidate.kind for candidate in view.balancers}
        return check(balancer, view) if kinds.get(balancer.urn) is BalancerKind.APPLICATION else None

    return of_kind


def _protocol(listener: Resource, view: View) -> str | Unknown:
    return next(candidate.protocol for candidate in view.listeners if candidate.resource is listener)


def _redirects(listener: Resource) -> bool:
    """Return whether a listener only redirects to HTTPS, or its actions are unknown."""
    actions = value(listener, "defaultActions", default=[])
    if partly_unknown(actions):
        return True
    return any(
        one_of(action.get("type"), ("redirect",)) and one_of(at(action, "redirect", "protocol"), ("HTTPS",))
        for action in items(actions)
    )


def _to_https(listener: Resource, view: View) -> Breach | None:
    if _protocol(listener, view) != "HTTP" or _redirects(listener):
        return None
    return Breach(
        f"answers on port {value(listener, 'port')} over HTTP and does not redirect to HTTPS",
        _CERTIFICATE,
    )


def _policy(listener: Resource, view: View) -> Breach | None:
    policy = value(listener, "sslPolicy", default=_DEFAULT_POLICY)
    if _protocol(listener, view) not in ("HTTPS", "TLS") or one_of(policy, _RECOMMENDED):
        return None
    return Breach(
        f"uses the security policy {policy}",
        "omit tls_policy, or set it to one of: " + ", ".join(_RECOMMENDED),
    )


def _encrypted(listener: Resource, view: View) -> Breach | None:
    protocol = _protocol(listener, view)
    if protocol not in ("HTTP", "TCP", "UDP", "TCP_UDP") or (protocol == "HTTP" and _redirects(listener)):
        return None
    remedy = _CERTIFICATE if protocol == "HTTP" else "protocol: tls"
    return Breach(f"listens for {protocol} on port {value(listener, 'port')}", remedy)


def _checked_over_tls(group: Resource, view: View) -> Breach | None:
    target_group = view.target_groups[group.urn]
    protocol = target_group.health_check.protocol
    if target_group.target_type == "lambda" or one_of(protocol, ("HTTPS",)):
        return None
    return Breach(f"checks its targets over {protocol}", _HTTPS)


def _reached_over_tls(group: Resource, view: View) -> Breach | None:
    target_group = view.target_groups[group.urn]
    protocol = target_group.protocol
    if target_group.target_type in ("lambda", "alb") or not protocol:
        return None
    if one_of(protocol, ("HTTPS", "TLS", "QUIC", "GENEVE")):
        return None
    return Breach(f"connects to its targets over {protocol}", _HTTPS)


@breach_unless("has no rules", "waf: true, or add a rule or a rule group")
def _has_rules(acl: Resource, _: View) -> bool:
    return any(value(acl, name) for name in ("rules", "ruleJson"))


@breach_unless("has no CloudWatch metrics", "set visibilityConfig.cloudwatchMetricsEnabled to true")
def _has_metrics(group: Resource, _: View) -> bool:
    rules = [rule.get("visibilityConfig") for rule in items(value(group, "rules"))]
    parts = [value(group, "visibilityConfig"), *rules]
    return all(on(at(part, "cloudwatchMetricsEnabled")) for part in parts)


_LOGS = required("accessLogs.enabled", ON, "writes no access logs", "access_logs: true, or preset: prod")
_ZONES = in_two_zones(("subnets", "subnetMappings"), "is in {} subnet")
_HEADERS = required(
    "dropInvalidHeaderFields", ON, "forwards invalid HTTP headers", "set dropInvalidHeaderFields to true"
)
_DESYNC = required(
    "desyncMitigationMode",
    ("defensive", "strictest"),
    "has the desync mitigation mode {}",
    "set desyncMitigationMode to defensive or strictest",
    default="defensive",
)
_PROTECTED = required("enableDeletionProtection", ON, "can be deleted by accident", "preset: prod")
_KEY = refused(
    "keyAlgorithm", ("RSA_1024",), "has a key of 1,024 bits", "omit keyAlgorithm: the default is RSA_2048"
)

_TLS = "`protocol: https`; else accepted: TLS ends at the load balancer"

CONTROLS = (
    Control("ACM.2", (CERTIFICATE,), _KEY, "2,048 bits"),
    Control("ELB.1", (LISTENER,), _to_https, "`domain` with `zone_id`, or `certificate_arn`"),
    Control("ELB.4", (LOAD_BALANCER,), _application(_HEADERS), "always"),
    Control("ELB.5", (LOAD_BALANCER,), _application(_LOGS), "`access_logs: true`; preset `prod`"),
    Control("ELB.6", (LOAD_BALANCER,), _PROTECTED, "preset `prod`"),
    Control("ELB.12", (LOAD_BALANCER,), _application(_DESYNC), "always defensive"),
    Control(
        "ELB.13",
        (LOAD_BALANCER,),
        _ZONES,
        "a network whose `public_subnet_ids` and `private_subnet_ids` are in two zones or more",
    ),
    Control("ELB.17", (LISTENER,), _policy, "the default of `tls_policy`"),
    Control(
        "ELB.18",
        (LISTENER,),
        _encrypted,
        "`domain` with `zone_id`, or `certificate_arn`; behind a network load balancer `protocol: tls`",
    ),
    Control("ELB.21", (TARGET_GROUP,), _checked_over_tls, _TLS),
    Control("ELB.22", (TARGET_GROUP,), _reached_over_tls, _TLS),
    Control("WAF.10", (WEB_ACL,), _has_rules, "`waf: true` adds three AWS managed rule groups"),
    Control(
        "WAF.12",
        (RULE_GROUP,),
        _has_metrics,
        "moorage creates no rule groups; the rules of its web ACL have metrics",
    ),
)
