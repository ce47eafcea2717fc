"""Environments of Copilot: the network, the cluster and the load balancers."""

from dataclasses import dataclass, field
from typing import Any

from moorage.compose_file.nodes import Node
from moorage.importing.readers import flag, text, texts
from moorage.importing.report import Report
from moorage.importing.tables import As, Function, Inside, Said, SourceNode, Table, Target, Without, apply


@dataclass(slots=True)
class Environment:
    """The arguments of what the workloads of an environment share."""

    network: dict[str, Any] = field(default_factory=dict[str, Any])
    cluster: dict[str, Any] = field(default_factory=dict[str, Any])
    public: dict[str, Any] = field(default_factory=dict[str, Any])
    private: dict[str, Any] = field(default_factory=dict[str, Any])

    @property
    def has_private(self) -> bool:
        """True if the network has private subnets."""
        return "private_subnet_ids" in self.network


def _subnets(argument: str) -> Function[Target]:
    """Return a function for subnets: those that exist have ids."""

    def function(target: Target, node: SourceNode) -> None:
        ids = [item.text_of("id") for item in node.items()]
        if all(ids):
            target.put(argument, ids)
            target.translated(node, f"`{argument}` of the network")
        else:
            target.omitted(node, _MADE)

    return function


_MADE = "the network is the default VPC: make one with `awsx.ec2.Vpc`, and pass its ids to `Network`"
_SUBNETS: Table[Target] = {
    "public": _subnets("public_subnet_ids"),
    "private": _subnets("private_subnet_ids"),
}
_VPC: Table[Target] = {
    "id": As("vpc_id", text),
    "cidr": Without(_MADE),
    "subnets": Inside(_SUBNETS),
    "security_group": Without("each app has a security group of its own; see `connections`"),
    "flow_logs": Without("make `aws.ec2.FlowLog` in the program"),
}


def _certificates(target: Target, node: SourceNode) -> None:
    first, *others = texts(node)
    target.put("certificate_arn", first)
    if others:
        target.put("certificate_arns", {f"certificate-{index}": arn for index, arn in enumerate(others, 2)})
    target.translated(node, "`certificate_arn` of the load balancer")


def _access_logs(target: Target, node: SourceNode) -> None:
    if isinstance(node.value, dict):
        target.put("access_logs", True)
        target.approximated(node, "`access_logs`: in a bucket that is made")
    else:
        target.put("access_logs", flag(node))
        target.translated(node, "`access_logs`")


_CDN = "CloudFront is not supported; make a distribution in the program, with the load balancer as its origin"
_GROUPS = "use `allowed_cidrs` of the load balancer"
_PUBLIC: Table[Target] = {
    "certificates": _certificates,
    "access_logs": _access_logs,
    "ssl_policy": As("tls_policy", text),
    "ingress": Inside({"source_ips": As("allowed_cidrs", texts), "cdn": Without(_CDN)}),
    "security_groups": Without(_GROUPS),
}
_PRIVATE: Table[Target] = {
    "certificates": _certificates,
    "ssl_policy": As("tls_policy", text),
    "subnets": Without("the internal load balancer is in the private subnets of the network"),
    "ingress": Without("the internal load balancer is open to the VPC"),
    "security_groups": Without(_GROUPS),
}


def environment(node: Node, report: Report) -> Environment:
    """Translate the manifest of an environment."""
    made = Environment()

    def part(args: dict[str, Any], table: Table[Target]) -> Function[Target]:
        return lambda target, item: apply(table, item, Target(target.report, args))

    table: Table[Target] = {
        "name": Said("the stack"),
        "type": Said("the stack"),
        "network": Inside({"vpc": part(made.network, _VPC)}),
        "observability": part(made.cluster, {"container_insights": As("container_insights", flag)}),
        "http": Inside({"public": part(made.public, _PUBLIC), "private": part(made.private, _PRIVATE)}),
        "cdn": Without(_CDN),
    }
    apply(table, SourceNode.of(node), Target(report, {}))
    if made.has_private:
        # Copilot requires that the subnets of imported networks reach AWS.
        made.network["private_egress"] = True
        made.network.setdefault("public_subnet_ids", made.network["private_subnet_ids"])
    return made
