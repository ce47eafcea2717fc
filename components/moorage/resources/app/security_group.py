"""The tasks' security group and its ingress rules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import pulumi
import pulumi_aws as aws

from moorage.model.app import AppSpec
from moorage.model.later import is_later, key_of
from moorage.resources.security_groups import outward_group

from .wiring import Wiring


class TaskGroup(NamedTuple):
    """The security groups of an app's tasks, and their ingress rules."""

    id: pulumi.Input[str]
    """The one that was made, or the first of those that exist; empty without any."""
    all: list[pulumi.Input[str]]
    rules: list[aws.vpc.SecurityGroupIngressRule]
    """One for each port. The service depends on them, so that a new port is open before its tasks run; Pulumi
    closes an old one after the rollout is verified, when it deletes what is no longer declared."""


def security_group(wiring: Wiring, app: AppSpec | None = None) -> TaskGroup:
    """Make the tasks' security group, or with bridge networking the rules on the instances' group.

    Tasks accept only the load balancer and the clients of `connect` and `discovery`, or if they are public
    any client on their public ports. `app` is None for a job, which has no clients.
    """
    further = [wiring.input(group) for group in app.security_group_ids] if app else []
    if wiring.task.bridge:
        group_id = wiring.cluster.get("security_group_id", "")
        # Dynamic ports are open to the load balancer by a rule of its own.
        return TaskGroup(group_id, [group_id], _ingress(wiring, app, group_id))
    if app and not app.security_group:
        return TaskGroup(further[0] if further else "", further, [])
    group = outward_group(
        wiring,
        "tasks",
        f"Tasks of {wiring.name}",
        wiring.network["vpc_id"] if wiring.network else None,
        reaches="Images, AWS APIs and what the app calls",
    )
    named = app and (app.discovery or (app.connect and app.connect.namespace is None))
    if named and "services_group_id" in wiring.cluster:
        further.append(wiring.cluster["services_group_id"])
    return TaskGroup(group.id, [group.id, *further], _ingress(wiring, app, group.id))


def _ingress(
    wiring: Wiring, app: AppSpec | None, group_id: pulumi.Input[str]
) -> list[aws.vpc.SecurityGroupIngressRule]:
    """Make a rule for each port that clients reach, with the port in its name."""
    if app is None:
        return []
    rules = [*_of_clients(wiring, app), *_of_callers(wiring, app)]
    return [
        aws.vpc.SecurityGroupIngressRule(
            name,
            security_group_id=group_id,
            tags=wiring.tags,
            # A protected app must still be deployable: another port replaces this rule.
            opts=pulumi.ResourceOptions(
                parent=wiring.parent, protect=False, aliases=[pulumi.Alias(name=former)] if former else None
            ),
            **rule,
        )
        for name, former, rule in rules
    ]


def _of_clients(wiring: Wiring, app: AppSpec) -> list[tuple[str, str, dict[str, Any]]]:
    """Return the rules for the load balancer or for any client: name, former name and arguments."""
    port = app.host_port if wiring.task.bridge else app.port
    balancer = wiring.load_balancer
    if not port or (balancer is None and app.exposure != "public"):
        return []
    if balancer is not None:
        # Before 0.2 the first rule was not named after its port.
        source = {
            "description": "The load balancer",
            "referenced_security_group_id": balancer["security_group_id"],
        }
        return [(f"{app.name}-tasks-in-{port}", f"{app.name}-tasks-in", _rule(port, "tcp", source))]
    public, clients = f"{app.name}-tasks-in-public", {"description": "Clients", "cidr_ipv4": "0.0.0.0/0"}
    return [(f"{public}-tcp-{port}", public, _rule(port, "tcp", clients))] + [
        (f"{public}-{protocol}-{further}", "", _rule(further, protocol, clients))
        for further, protocol in app.public_ports
    ]


def _of_callers(wiring: Wiring, app: AppSpec) -> list[tuple[str, str, dict[str, Any]]]:
    """Return the rules for the clients of Service Connect and of the name in DNS."""
    callers: list[tuple[str, str, Sequence[str], set[tuple[int, str]]]] = []
    if app.connect:
        offered = {(service.ingress_port or service.port, "tcp") for service in app.connect.services}
        callers.append(("connect", "Service Connect", app.connect.clients, offered))
    if app.discovery:
        mappings = [port for container in app.task.containers for port in container.ports]
        ports = {(port.container_port, port.protocol) for port in mappings}
        callers.append(("discovery", "Cloud Map DNS", app.discovery.clients, ports))
    rules: dict[Any, tuple[str, str, dict[str, Any]]] = {}
    for kind, description, clients, reached in callers:
        for number, client in enumerate(clients, 1):
            source = {"description": description, "referenced_security_group_id": wiring.input(client)}
            for port, protocol in sorted(reached):
                end = port if protocol == "tcp" else f"{protocol}-{port}"
                name = f"{app.name}-tasks-in-{kind}-{number}-{end}"
                # EC2 refuses a second rule for the same client and port.
                client_id = wiring.values[key_of(client)] if is_later(client) else client
                rules.setdefault((client_id, port, protocol), (name, "", _rule(port, protocol, source)))
    return list(rules.values())


def _rule(port: int, protocol: str, source: dict[str, Any]) -> dict[str, Any]:
    return {"ip_protocol": protocol, "from_port": port, "to_port": port, **source}
