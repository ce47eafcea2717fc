"""`nlb` of Copilot's manifests: a Network Load Balancer of the service."""

from moorage.importing.bounds import settle_timeout
from moorage.importing.readers import flag, whole
from moorage.importing.tables import As, Inside, SourceNode, Table, Target, apply

from .containers import ContainerTarget, target_container
from .routes import CONNECTION_CHECK, aliases
from .values import whole_seconds

_ONE_BALANCER = "an app has one load balancer, here that of `http`: make another app of the container for it"
_ONE_LISTENER = (
    "an app has one listener of a network load balancer: make another app of the container for it, with "
    "the same `load_balancer`"
)
_NO_CHECK = "health checks with `udp` need another port, over TCP: set `healthcheck.port`"


def _listener(node: SourceNode) -> tuple[int, str]:
    """Return the port and the protocol of a listener."""
    number, _, protocol = node.text().lower().partition("/")
    if not number.isdigit() or protocol not in ("", "tcp", "udp", "tls"):
        raise node.error(f"{node.text()!r} must be a port such as 443/tls, with tcp, udp or tls")
    return int(number), protocol or "tcp"


def _is_tls(target: ContainerTarget) -> bool:
    port = target.manifest.mapped("nlb").get("port")
    return port is not None and _listener(port)[1] == "tls"


def _port(target: Target, node: SourceNode) -> None:
    target.args["listener_port"], target.args["protocol"] = _listener(node)
    target.translated(node, "`listener_port` and `protocol`")


def _policy(target: ContainerTarget, node: SourceNode) -> None:
    if _is_tls(target):
        target.put("balancer.tls_policy", node.text())
        target.translated(node, "`tls_policy` of the load balancer")
    else:
        target.omitted(node, "only a listener with `tls` has one")


def _stickiness(target: ContainerTarget, node: SourceNode) -> None:
    if flag(node) and _is_tls(target):
        target.omitted(node, "with `tls` there is no stickiness")
        return
    if flag(node):
        target.put("stickiness", {})
    target.translated(node, "`stickiness`")


def _further(target: Target, node: SourceNode) -> None:
    for item in node.items():
        target.omitted(item, _ONE_LISTENER)


_NLB: Table[ContainerTarget] = {
    "port": _port,
    "alias": As("balancer.aliases", aliases, text="`domain` of the load balancer"),
    "target_container": target_container,
    "target_port": As("port", whole),
    "ssl_policy": _policy,
    "healthcheck": Inside(CONNECTION_CHECK),
    "stickiness": _stickiness,
    "deregistration_delay": As("deregistration_delay", whole_seconds),
    "additional_listeners": _further,
}


def nlb(target: ContainerTarget, node: SourceNode) -> None:
    """`nlb`: the arguments of the service, with those of its load balancer in `balancer`."""
    if node.value is False:
        target.translated(node, "no network load balancer")
        return
    if target.has_http:
        target.omitted(node, _ONE_BALANCER)
        return
    one = target.inner({"balancer": {}})
    apply(_NLB, node, one)
    if "listener_port" not in one.args:
        raise node.error("requires port")
    settle_timeout(one.args)
    if one.args["protocol"] != "udp" or _checks_another_port(one, node):
        target.args["network_target"] = one.args


def _checks_another_port(target: ContainerTarget, node: SourceNode) -> bool:
    """Return whether the health check of a UDP port has one over TCP; the image's is the default."""
    reached = target.args.get("port", target.args["listener_port"])
    if target.args.get("health_check", {}).get("port") not in (None, reached):
        return True
    own = target.manifest.mapped("image").get("port")
    if own is None or not own.text().isdigit() or whole(own) == reached:
        target.omitted(node, _NO_CHECK)
        return False
    target.put("health_check.port", whole(own))
    text = f"`health_check.port` is {own.text()}, that of the image: `udp` has no health check"
    target.report.approximated(node, f"{node.path}.healthcheck.port", text)
    return True
