"""Environments of Copilot: the network, the cluster and the load balancers."""

from dataclasses import dataclass, field
from typing import Any

from moorage.compose_file.nodes import Node
from moorage.importing.report import Report
from moorage.importing.tables import (
    As,
    Function,
    Inside,
    Said,
    Table,
    Target,
    Without,
    apply,
    flag,
    text,
    texts,
)


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


def _subnets(argument: str) -> Any:
    def function(target: Target, node: Node, path: str) -> None:
        ids = [item.get("id") for item in node.items()]
        if all(item is not None for item in ids):
            target.put(argument, [item.text() for item in ids if item is not None])
            target.report.translated(node, path, f"`{argument}` of the network")
        else:
            target.report.omitted(node, path, _MADE)

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


def _certificates(target: Target, node: Node, path: str) -> None:
    arns = texts(node)
    target.put("certificate_arn", arns[0])
    if arns[1:]:
        target.put("certificate_arns", {f"certificate-{index}": arn for index, arn in enumerate(arns[1:], 2)})
    target.report.translated(node, path, "`certificate_arn` of the load balancer")


def _access_logs(target: Target, node: Node, path: str) -> None:
    if isinstance(node.value, dict):
        target.put("access_logs", True)
        target.report.approximated(node, path, "`access_logs`: in a bucket that is made")
    else:
        target.put("access_logs", flag(node))
        target.report.translated(node, path, "`access_logs`")


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
        def function(target: Target, item: Node, path: str) -> None:
            apply(table, item, path, Target(target.report, args))

        return function

    known = Target(report, {})
    table: Table[Target] = {
        "name": Said("the stack"),
        "type": Said("the stack"),
        "network": Inside({"vpc": part(made.network, _VPC)}),
        "observability": part(made.cluster, {"container_insights": As("container_insights", flag)}),
        "http": Inside({"public": part(made.public, _PUBLIC), "private": part(made.private, _PRIVATE)}),
        "cdn": Without(_CDN),
    }
    apply(table, node, "", known)
    network = made.network
    if "private_subnet_ids" in network:
        # Copilot requires that the subnets of imported networks reach AWS.
        network["private_egress"] = True
        network.setdefault("public_subnet_ids", network["private_subnet_ids"])
    return made
