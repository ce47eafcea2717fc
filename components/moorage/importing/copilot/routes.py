"""`http` of Copilot's manifests: rules of an Application Load Balancer."""

from typing import Any

from moorage.importing.bounds import checked, settle_timeout
from moorage.importing.readers import flag, text, texts, whole
from moorage.importing.tables import As, ByValue, Said, SourceNode, Table, Target, Without, apply

from .containers import ContainerTarget, target_container
from .values import whole_seconds

_ONE_GROUP = (
    "an app has one target group; make another app of the container, or let a proxy route inside the task"
)
_ALB = "the load balancer is a new one; to keep yours, pass its listener's ARN as `load_balancer` of the app"

CONNECTION_CHECK: Table[Target] = {
    "port": As("health_check.port", whole),
    "healthy_threshold": checked("healthy_threshold"),
    "unhealthy_threshold": checked("unhealthy_threshold"),
    "interval": checked("interval", whole_seconds),
    "timeout": checked("timeout", whole_seconds),
    "grace_period": As("health_check.grace_period", whole_seconds),
}
"""A health check that opens a connection."""
_CHECK: Table[Target] = {
    **CONNECTION_CHECK,
    "path": As("health_check.path", text),
    "success_codes": As("health_check.matcher", text),
}


def health_check(target: Target, node: SourceNode) -> None:
    """`healthcheck` of the load balancer: a path, or an object."""
    if isinstance(node.value, dict):
        apply(_CHECK, node, target)
    else:
        target.put("health_check.path", node.text())
        target.translated(node, "`health_check.path`")


def aliases(node: SourceNode) -> dict[str, str]:
    """Return the aliases of a service, each with its hosted zone, or an empty string without one."""
    zones: dict[str, str] = {}
    for item in node.items() if isinstance(node.value, list) else [node]:
        if not isinstance(item.value, dict):
            zones[item.text()] = ""
        elif (name := item.get("name")) is not None:
            zones[name.text()] = item.text_of("hosted_zone")
    return zones


def _alias(target: ContainerTarget, node: SourceNode) -> None:
    zones = aliases(node)
    for host, zone in zones.items():
        _domains(target).setdefault(host, zone)
    target.put("hosts", list(zones))
    target.translated(node, "`rules.host`, and `domain` of the load balancer")


def _domains(target: ContainerTarget) -> dict[str, str]:
    return target.place.internal_domains if target.is_internal else target.place.domains


_REDIRECTED = "HTTP is always redirected to HTTPS"
_PROTOCOLS = ("grpc", "http2")
_RULE: Table[ContainerTarget] = {
    "path": As("path", text, text="`rules.path`"),
    "alias": _alias,
    "hosted_zone": As("zone", text, text="`zone_id` of the load balancer"),
    "allowed_source_ips": As("source_ips", texts, text="`rules.source_ips`"),
    "target_container": target_container,
    "targetContainer": target_container,
    "target_port": As("port", whole),
    "redirect_to_https": ByValue(
        {True: Said(_REDIRECTED)}, Without(f"{_REDIRECTED} where there is a certificate"), flag
    ),
}
_HTTP: Table[ContainerTarget] = {
    **_RULE,
    "alb": Without(_ALB),
    "healthcheck": health_check,
    "deregistration_delay": As("deregistration_delay", whole_seconds),
    "stickiness": As("stickiness", lambda node: {} if flag(node) else None),
    "version": As("protocol", lambda node: node.text() if node.text() in _PROTOCOLS else None),
    "additional_rules": lambda target, node: target.put("additional", node.items()),
}


def rules(args: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the listener rules of a path and aliases; Copilot's path matches what is below it too."""
    path = str(args.get("path", "/")).strip("/")
    nothing: dict[str, str] = {}
    paths = [{"path": f"/{path}"}, {"path": f"/{path}/*"}] if path else [nothing]
    hosts = [{"host": host} for host in args.get("hosts", [])] or [nothing]
    sources = {"source_ips": args["source_ips"]} if "source_ips" in args else {}
    made = [{**host, **one, **sources} for host in hosts for one in paths]
    return [] if made == [{}] else made


_NO_INTERNAL = (
    "an internal load balancer needs private subnets, which an environment's network does not have; the "
    "service is reachable by its name"
)


def http(target: ContainerTarget, node: SourceNode) -> None:
    """`http`: the arguments of the target, with the container and port that it names; None without it."""
    target.args["http_target"] = None
    if node.value is False:
        target.translated(node, "no `load_balancer`")
        return
    if not target.has_http:
        # It would be public although Copilot's was internal.
        target.omitted(node, _NO_INTERNAL)
        return
    one = target.inner()
    apply(_HTTP, node, one)
    args = one.args
    settle_timeout(args)
    zone = args.pop("zone", None)
    for host in args.get("hosts", []):
        if zone and not _domains(target).get(host):
            _domains(target)[host] = zone
    made = rules(args)
    for item in args.pop("additional", []):
        made += _further(target, item, args)
    for key in ("path", "hosts", "source_ips"):
        args.pop(key, None)
    target.args["http_target"] = {**args, **({"rules": made} if made else {})}


_OF_GROUP = ("healthcheck", "deregistration_delay", "stickiness", "version")


def _further(target: ContainerTarget, node: SourceNode, main: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the rules of one of `additional_rules`, if its target is that of the first."""
    own, port = main.get("container", target.workload), node.get("target_port")
    if node.text_of("target_container", own) != own or (port is not None and whole(port) != main.get("port")):
        target.omitted(node, _ONE_GROUP)
        return []
    one = target.inner()
    apply({**_RULE, **dict.fromkeys(_OF_GROUP, Without(_ONE_GROUP))}, node, one)
    return rules(one.args) or [{}]
