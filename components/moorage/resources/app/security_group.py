"""The tasks' security group and its ingress rules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import pulumi
import pulumi_aws as aws

from moorage.model.app import AppSpec
from moorage.resources.security_groups import outward_group
from moorage.resources.tags import Tags

if TYPE_CHECKING:
    from .args import ContainerAppArgs


class TaskGroup(NamedTuple):
    """The security group of an app's tasks, and what lets clients in."""

    id: pulumi.Input[str]
    rules: list[aws.vpc.SecurityGroupIngressRule]
    """One for each port. The service depends on them, so that a new port is open before its tasks run; an old
    one is closed when Pulumi deletes what is no longer declared, after the rollout was verified."""


def security_group(
    parent: pulumi.Resource,
    spec: AppSpec,
    args: ContainerAppArgs,
    tags: Tags,
    further_ports: Sequence[tuple[int, str]] = (),
) -> TaskGroup:
    """Make the tasks' security group, or with bridge networking the rules on the instances' group.

    Tasks accept only the load balancer, or when they are public any client on the one port, and on
    `further_ports` with their protocols.
    """
    if spec.network_mode == "bridge":
        group_id = args["cluster"].get("security_group_id", "")
        # Dynamic ports are open to the load balancer by a rule of its own.
        return TaskGroup(group_id, _ingress(parent, spec, args, group_id, further_ports, tags))
    group = outward_group(
        parent,
        f"{spec.name}-tasks",
        of=f"Tasks of {spec.name}",
        vpc_id=args["network"]["vpc_id"] if "network" in args else None,
        reaches="Images, AWS APIs and what the app calls",
        tags=tags,
    )
    return TaskGroup(group.id, _ingress(parent, spec, args, group.id, further_ports, tags))


def _ingress(
    parent: pulumi.Resource,
    spec: AppSpec,
    args: ContainerAppArgs,
    group_id: pulumi.Input[str],
    further_ports: Sequence[tuple[int, str]],
    tags: Tags,
) -> list[aws.vpc.SecurityGroupIngressRule]:
    """Make a rule for each port that clients reach, with the port in its name."""
    port = spec.host_port if spec.network_mode == "bridge" else spec.port
    balancer = args.get("load_balancer")
    if not port or (balancer is None and spec.exposure != "public"):
        return []
    public = f"{spec.name}-tasks-in-public"
    # Before 0.2 the first rule was not named after its port.
    ports = {f"{public}-tcp-{port}": (port, "tcp", public)}
    if balancer:
        ports = {f"{spec.name}-tasks-in-{port}": (port, "tcp", f"{spec.name}-tasks-in")}
    else:
        ports |= {
            f"{public}-{protocol}-{further}": (further, protocol, "") for further, protocol in further_ports
        }
    return [
        aws.vpc.SecurityGroupIngressRule(
            name,
            security_group_id=group_id,
            description="The load balancer" if balancer else "Clients",
            ip_protocol=protocol,
            from_port=number,
            to_port=number,
            referenced_security_group_id=balancer["security_group_id"] if balancer else None,
            cidr_ipv4=None if balancer else "0.0.0.0/0",
            tags=tags,
            # A protected app must still be deployable: another port takes this rule away.
            opts=pulumi.ResourceOptions(
                parent=parent, protect=False, aliases=[pulumi.Alias(name=former)] if former else None
            ),
        )
        for name, (number, protocol, former) in ports.items()
    ]
