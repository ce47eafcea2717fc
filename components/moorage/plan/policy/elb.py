"""Elastic Load Balancing: Application and Network Load Balancers."""

from collections.abc import Mapping
from typing import Any, cast

from moorage.graph import BalancerKind, View
from moorage.graph.types import LISTENER, LOAD_BALANCER, TARGET_GROUP
from moorage.offline import UNKNOWN, Resource

from .control import Breach, Control, ControlSeverity, items, on, one_of, value

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


def _is_application(balancer: Resource, view: View) -> bool:
    kinds = {each.urn: each.kind for each in view.balancers}
    return kinds.get(balancer.urn) is BalancerKind.APPLICATION


def _redirects(listener: Resource) -> bool:
    """Return whether a listener only redirects to HTTPS, or its actions are unknown."""
    actions = value(listener, "defaultActions", default=[])
    if actions is UNKNOWN:
        return True
    return any(
        action.get("type") == "redirect"
        and one_of(cast("Mapping[str, Any]", action.get("redirect") or {}).get("protocol"), ("HTTPS",))
        for action in items(actions)
    )


def _to_https(listener: Resource, view: View) -> Breach | None:
    if value(listener, "protocol") != "HTTP" or _redirects(listener):
        return None
    return Breach(
        f"answers on port {value(listener, 'port')} over HTTP and does not redirect to HTTPS",
        "domain with zone_id, or certificate_arn",
    )


def _headers(balancer: Resource, view: View) -> Breach | None:
    if not _is_application(balancer, view) or on(value(balancer, "dropInvalidHeaderFields")):
        return None
    return Breach("forwards invalid HTTP headers", "set dropInvalidHeaderFields to true")


def _logs(balancer: Resource, view: View) -> Breach | None:
    logs = value(balancer, "accessLogs")
    if not _is_application(balancer, view) or logs is UNKNOWN or on(value(balancer, "accessLogs", "enabled")):
        return None
    return Breach("writes no access logs", "access_logs: true, or preset: prod")


def _protected(balancer: Resource, view: View) -> Breach | None:
    if on(value(balancer, "enableDeletionProtection")):
        return None
    return Breach("can be deleted by accident", "preset: prod")


def _desync(balancer: Resource, view: View) -> Breach | None:
    mode = value(balancer, "desyncMitigationMode", default="defensive")
    if not _is_application(balancer, view) or one_of(mode, ("defensive", "strictest")):
        return None
    return Breach(
        f"has the desync mitigation mode {mode}", "set desyncMitigationMode to defensive or strictest"
    )


def _zones(balancer: Resource, view: View) -> Breach | None:
    for name in ("subnets", "subnetMappings"):
        subnets = value(balancer, name)
        if subnets is UNKNOWN:
            return None
        if isinstance(subnets, list):
            count = len(cast("list[Any]", subnets))
            if count > 1:
                return None
            return Breach(
                f"is in {count} subnet",
                "network: public_subnet_ids and private_subnet_ids in at least two zones",
            )
    return None


def _policy(listener: Resource, view: View) -> Breach | None:
    policy = value(listener, "sslPolicy", default=_DEFAULT_POLICY)
    if value(listener, "protocol") not in ("HTTPS", "TLS") or one_of(policy, _RECOMMENDED):
        return None
    return Breach(
        f"uses the security policy {policy}",
        "omit tls_policy, or set it to one of: " + ", ".join(_RECOMMENDED),
    )


def _encrypted(listener: Resource, view: View) -> Breach | None:
    protocol = value(listener, "protocol")
    if protocol not in ("HTTP", "TCP", "UDP", "TCP_UDP") or (protocol == "HTTP" and _redirects(listener)):
        return None
    return Breach(
        f"listens for {protocol} on port {value(listener, 'port')}", "domain with zone_id, or certificate_arn"
    )


def _checked_over_tls(group: Resource, view: View) -> Breach | None:
    protocol = value(group, "healthCheck", "protocol", default="HTTP")
    if value(group, "targetType") == "lambda" or one_of(protocol, ("HTTPS",)):
        return None
    return Breach(
        f"checks its targets over {protocol}",
        "set protocol and healthCheck.protocol to HTTPS, if the container serves it",
    )


def _reached_over_tls(group: Resource, view: View) -> Breach | None:
    protocol = value(group, "protocol")
    if value(group, "targetType") in ("lambda", "alb") or not protocol:
        return None
    if one_of(protocol, ("HTTPS", "TLS", "QUIC", "GENEVE")):
        return None
    return Breach(
        f"connects to its targets over {protocol}",
        "set protocol and healthCheck.protocol to HTTPS, if the container serves it",
    )


CONTROLS = (
    Control(
        "ELB.1",
        "Application Load Balancer should be configured to redirect all HTTP requests to HTTPS",
        ControlSeverity.MEDIUM,
        (LISTENER,),
        _to_https,
        "`domain` with `zone_id`, or `certificate_arn`",
    ),
    Control(
        "ELB.4",
        "Application Load Balancer should be configured to drop invalid http headers",
        ControlSeverity.MEDIUM,
        (LOAD_BALANCER,),
        _headers,
        "always",
    ),
    Control(
        "ELB.5",
        "Application and Classic Load Balancers logging should be enabled",
        ControlSeverity.MEDIUM,
        (LOAD_BALANCER,),
        _logs,
        "`access_logs: true`; preset `prod`",
    ),
    Control(
        "ELB.6",
        "Application, Gateway, and Network Load Balancers should have deletion protection enabled",
        ControlSeverity.MEDIUM,
        (LOAD_BALANCER,),
        _protected,
        "preset `prod`",
    ),
    Control(
        "ELB.12",
        "Application Load Balancer should be configured with defensive or strictest desync mitigation mode",
        ControlSeverity.MEDIUM,
        (LOAD_BALANCER,),
        _desync,
        "always defensive",
    ),
    Control(
        "ELB.13",
        "Application, Network and Gateway Load Balancers should span multiple Availability Zones",
        ControlSeverity.MEDIUM,
        (LOAD_BALANCER,),
        _zones,
        "a network whose `public_subnet_ids` and `private_subnet_ids` are in two zones or more",
    ),
    Control(
        "ELB.17",
        "Application and Network Load Balancers with listeners should use recommended security policies",
        ControlSeverity.MEDIUM,
        (LISTENER,),
        _policy,
        "the default of `tls_policy`",
    ),
    Control(
        "ELB.18",
        "Application and Network Load Balancer listeners should use secure protocols to encrypt data in "
        "transit",
        ControlSeverity.MEDIUM,
        (LISTENER,),
        _encrypted,
        "`domain` with `zone_id`, or `certificate_arn`",
    ),
    Control(
        "ELB.21",
        "Application and Network Load Balancer target groups should use encrypted health check protocols",
        ControlSeverity.MEDIUM,
        (TARGET_GROUP,),
        _checked_over_tls,
        "accepted: TLS ends at the load balancer",
    ),
    Control(
        "ELB.22",
        "ELB target groups should use encrypted transport protocols",
        ControlSeverity.MEDIUM,
        (TARGET_GROUP,),
        _reached_over_tls,
        "accepted: TLS ends at the load balancer",
    ),
)
