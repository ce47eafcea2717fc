"""`nlb` of Copilot's manifests: a Network Load Balancer of the service."""

from moorage.compose_file.nodes import Node
from moorage.importing.health_checks import settle_timeout
from moorage.importing.tables import As, Inside, SourceError, Table, Target, apply, flag, whole

from .containers import ContainerTarget, target_container
from .routes import CONNECTION_CHECK, aliases
from .values import whole_seconds

_ONE_BALANCER = "an app has one load balancer, here that of `http`: make another app of the container for it"
_ONE_LISTENER = (
    "an app has one listener of a network load balancer: make another app of the container for it, with "
    "the same `load_balancer`"
)
_NO_CHECK = "health checks with `udp` need another port, over TCP: set `healthcheck.port`"


def _listener(node: Node) -> tuple[int, str]:
    """Return the port and the protocol of a listener."""
    number, _, protocol = node.text().lower().partition("/")
    if not number.isdigit() or protocol not in ("", "tcp", "udp", "tls"):
        raise SourceError(
            f"{node.where}: nlb.port: {node.text()!r} must be a port such as 443/tls, with tcp, udp or tls"
        )
    return int(number), protocol or "tcp"


def _is_tls(target: ContainerTarget) -> bool:
    port = target.manifest.mapped("nlb").get("port")
    return port is not None and _listener(port)[1] == "tls"


def _port(target: Target, node: Node, path: str) -> None:
    target.args["listener_port"], target.args["protocol"] = _listener(node)
    target.report.translated(node, path, "`listener_port` and `protocol`")


def _alias(target: Target, node: Node, path: str) -> None:
    target.put("balancer.aliases", aliases(node))
    target.report.translated(node, path, "`domain` of the load balancer")


def _policy(target: ContainerTarget, node: Node, path: str) -> None:
    if _is_tls(target):
        target.put("balancer.tls_policy", node.text())
        target.report.translated(node, path, "`tls_policy` of the load balancer")
    else:
        target.report.omitted(node, path, "only a listener with `tls` has one")


def _stickiness(target: ContainerTarget, node: Node, path: str) -> None:
    if flag(node) and _is_tls(target):
        target.report.omitted(node, path, "with `tls` there is no stickiness")
        return
    if flag(node):
        target.put("stickiness", {})
    target.report.translated(node, path, "`stickiness`")


def _further(target: Target, node: Node, path: str) -> None:
    for index, item in enumerate(node.items()):
        target.report.omitted(item, f"{path}[{index}]", _ONE_LISTENER)


_NLB: Table[ContainerTarget] = {
    "port": _port,
    "alias": _alias,
    "target_container": target_container,
    "target_port": As("port", whole),
    "ssl_policy": _policy,
    "healthcheck": Inside(CONNECTION_CHECK),
    "stickiness": _stickiness,
    "deregistration_delay": As("deregistration_delay", whole_seconds),
    "additional_listeners": _further,
}


def nlb(target: ContainerTarget, node: Node, path: str) -> None:
    """`nlb`: the arguments of the service, with those of its load balancer in `balancer`."""
    if node.value is False:
        target.report.translated(node, path, "no network load balancer")
        return
    if target.has_http:
        target.report.omitted(node, path, _ONE_BALANCER)
        return
    one = target.inner({"balancer": {}})
    apply(_NLB, node, path, one)
    if "listener_port" not in one.args:
        raise SourceError(f"{node.where}: {path}: requires port")
    settle_timeout(one.args)
    if one.args["protocol"] != "udp" or _checks_another_port(one, node, path):
        target.args["network_target"] = one.args


def _checks_another_port(target: ContainerTarget, node: Node, path: str) -> bool:
    """Return whether the health check of a UDP port has one over TCP; the image's is the default."""
    reached = target.args.get("port", target.args["listener_port"])
    if target.args.get("health_check", {}).get("port") not in (None, reached):
        return True
    own = target.manifest.mapped("image").get("port")
    if own is None or not own.text().isdigit() or whole(own) == reached:
        target.report.omitted(node, path, _NO_CHECK)
        return False
    target.put("health_check.port", whole(own))
    text = f"`health_check.port` is {own.text()}, that of the image: `udp` has no health check"
    target.report.approximated(node, f"{path}.healthcheck.port", text)
    return True
