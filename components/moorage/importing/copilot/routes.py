"""`http` of Copilot's manifests: rules of an Application Load Balancer."""

from typing import Any

from moorage.compose_file.nodes import Node
from moorage.importing.health_checks import checked, settle_timeout
from moorage.importing.tables import As, Table, Target, Without, apply, flag, text, texts, whole

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


def health_check(target: Target, node: Node, path: str) -> None:
    """`healthcheck` of the load balancer: a path, or an object."""
    if isinstance(node.value, dict):
        apply(_CHECK, node, path, target)
    else:
        target.put("health_check.path", node.text())
        target.report.translated(node, path, "`health_check.path`")


def _stickiness(target: Target, node: Node, path: str) -> None:
    if flag(node):
        target.put("stickiness", {})
    target.report.translated(node, path, "`stickiness`")


def _version(target: Target, node: Node, path: str) -> None:
    if node.text() in ("grpc", "http2"):
        target.put("protocol", node.text())
    target.report.translated(node, path, "`protocol`")


def _redirect(target: Target, node: Node, path: str) -> None:
    if flag(node):
        target.report.translated(node, path, "HTTP is always redirected to HTTPS")
    else:
        target.report.omitted(node, path, "HTTP is always redirected to HTTPS where there is a certificate")


def aliases(node: Node) -> dict[str, str]:
    """Return the aliases of a service, each with its hosted zone, or an empty string without one."""
    zones: dict[str, str] = {}
    for item in node.items() if isinstance(node.value, list) else [node]:
        name = item.get("name") if isinstance(item.value, dict) else item
        zone = item.get("hosted_zone") if isinstance(item.value, dict) else None
        if name is not None:
            zones[name.text()] = zone.text() if zone else ""
    return zones


def _alias(target: ContainerTarget, node: Node, path: str) -> None:
    zones = aliases(node)
    for host, zone in zones.items():
        _domains(target).setdefault(host, zone)
    target.put("hosts", list(zones))
    target.report.translated(node, path, "`rules.host`, and `domain` of the load balancer")


def _domains(target: ContainerTarget) -> dict[str, str]:
    return target.place.internal_domains if target.is_internal else target.place.domains


def _zone(target: ContainerTarget, node: Node, path: str) -> None:
    target.put("zone", node.text())
    target.report.translated(node, path, "`zone_id` of the load balancer")


def _of_rules(argument: str, read: Any) -> Any:
    def function(target: Target, node: Node, path: str) -> None:
        target.put(argument, read(node))
        target.report.translated(node, path, f"`rules.{argument}`")

    return function


def _additional(target: ContainerTarget, node: Node, path: str) -> None:
    target.put("additional", [(item, f"{path}[{index}]") for index, item in enumerate(node.items())])


_RULE: Table[ContainerTarget] = {
    "path": _of_rules("path", text),
    "alias": _alias,
    "hosted_zone": _zone,
    "allowed_source_ips": _of_rules("source_ips", texts),
    "target_container": target_container,
    "targetContainer": target_container,
    "target_port": As("port", whole),
    "redirect_to_https": _redirect,
}
_HTTP: Table[ContainerTarget] = {
    **_RULE,
    "alb": Without(_ALB),
    "healthcheck": health_check,
    "deregistration_delay": As("deregistration_delay", whole_seconds),
    "stickiness": _stickiness,
    "version": _version,
    "additional_rules": _additional,
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


def http(target: ContainerTarget, node: Node, path: str) -> dict[str, Any] | None:
    """Return the arguments that `http` sets, and the container and port that it names; None without it."""
    if node.value is False:
        target.report.translated(node, path, "no `load_balancer`")
        return None
    if not target.has_http:
        # It would be public although Copilot's was internal.
        target.report.omitted(node, path, _NO_INTERNAL)
        return None
    one = target.inner()
    apply(_HTTP, node, path, one)
    args = one.args
    settle_timeout(args)
    zone = args.pop("zone", None)
    for host in args.get("hosts", []):
        if zone and not _domains(target).get(host):
            _domains(target)[host] = zone
    made = rules(args)
    for item, inner in args.pop("additional", []):
        made += _further(target, item, inner, args)
    for key in ("path", "hosts", "source_ips"):
        args.pop(key, None)
    return {**args, **({"rules": made} if made else {})}


def _further(target: ContainerTarget, node: Node, path: str, main: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the rules of one of `additional_rules`, if its target is that of the first."""
    container, port = node.get("target_container"), node.get("target_port")
    other = container is not None and container.text() != main.get("container", target.workload)
    other = other or (port is not None and whole(port) != main.get("port"))
    if other:
        target.report.omitted(node, path, _ONE_GROUP)
        return []
    one = target.inner()
    own = {"healthcheck", "deregistration_delay", "stickiness", "version"}
    table: Table[ContainerTarget] = {**_RULE, **{key: Without(_ONE_GROUP) for key in own}}
    apply(table, node, path, one)
    return rules(one.args) or [{}]
