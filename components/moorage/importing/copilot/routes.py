"""`http` and `nlb` of Copilot's manifests."""

from typing import Any

from moorage.compose_file.nodes import Node
from moorage.importing.tables import As, Table, Target, Without, apply, flag, text, texts, whole

from .containers import ContainerTarget
from .values import whole_seconds

_ONE_GROUP = (
    "an app has one target group; make another app of the container, or let a proxy route inside the task"
)
_ALB = "the load balancer is a new one; to keep yours, pass its listener's ARN as `load_balancer` of the app"

_CHECK: Table[Target] = {
    "path": As("health_check.path", text),
    "port": As("health_check.port", whole),
    "success_codes": As("health_check.matcher", text),
    "healthy_threshold": As("health_check.healthy_threshold", whole),
    "unhealthy_threshold": As("health_check.unhealthy_threshold", whole),
    "interval": As("health_check.interval", whole_seconds),
    "timeout": As("health_check.timeout", whole_seconds),
    "grace_period": As("health_check.grace_period", whole_seconds),
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


def _alias(target: ContainerTarget, node: Node, path: str) -> None:
    hosts: list[str] = []
    for item in node.items() if isinstance(node.value, list) else [node]:
        name = item.get("name") if isinstance(item.value, dict) else item
        zone = item.get("hosted_zone") if isinstance(item.value, dict) else None
        if name is not None:
            hosts.append(name.text())
            target.place.domains.setdefault(name.text(), zone.text() if zone else "")
    target.put("hosts", hosts)
    target.report.translated(node, path, "`rules.host`, and `domain` of the load balancer")


def _zone(target: ContainerTarget, node: Node, path: str) -> None:
    target.put("zone", node.text())
    target.report.translated(node, path, "`zone_id` of the load balancer")


def _additional(target: ContainerTarget, node: Node, path: str) -> None:
    target.put("additional", [(item, f"{path}[{index}]") for index, item in enumerate(node.items())])


_RULE: Table[ContainerTarget] = {
    "path": As("path", text),
    "alias": _alias,
    "hosted_zone": _zone,
    "allowed_source_ips": As("source_ips", texts),
    "target_container": As("container", text),
    "targetContainer": As("container", text),
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


def http(target: ContainerTarget, node: Node, path: str) -> dict[str, Any] | None:
    """Return the arguments that `http` sets, and the container and port that it names; None without it."""
    if node.value is False:
        target.report.translated(node, path, "no `load_balancer`")
        return None
    one = ContainerTarget(target.report, {}, target.place, target.workload)
    apply(_HTTP, node, path, one)
    args = one.args
    zone = args.pop("zone", None)
    for host in args.get("hosts", []):
        if zone and not target.place.domains.get(host):
            target.place.domains[host] = zone
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
    one = ContainerTarget(target.report, {}, target.place, target.workload)
    own = {"healthcheck", "deregistration_delay", "stickiness", "version"}
    table: Table[ContainerTarget] = {**_RULE, **{key: Without(_ONE_GROUP) for key in own}}
    apply(table, node, path, one)
    return rules(one.args) or [{}]


def nlb(target: Target, node: Node, path: str) -> None:
    """`nlb`: there is no network load balancer."""
    reason = (
        "network load balancers are not supported; use `http`, or make one in the program and pass its "
        "`target_group_arn`"
    )
    target.report.omitted(node, path, reason)
