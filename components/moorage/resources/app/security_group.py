"""The tasks' security group and its ingress rules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import pulumi
import pulumi_aws as aws

from moorage.model.app import AppSpec, Exposure
from moorage.model.choices import Protocol
from moorage.model.later import is_later, key_of
from moorage.resources.inputs import after
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
        wiring.network,
        reaches="Images, AWS APIs and what the app calls",
    )
    named = app and (app.discovery or (app.connect and app.connect.namespace is None))
    if named and "services_group_id" in wiring.cluster:
        further.append(wiring.cluster["services_group_id"])
    group_id = _connected(wiring, group.id)
    return TaskGroup(group_id, [group_id, *further], _ingress(wiring, app, group.id))


def _connected(wiring: Wiring, group_id: pulumi.Output[str]) -> pulumi.Output[str]:
    """Open the groups of `connections` to the tasks' group; return its id, known once they are open."""
    opened = [
        aws.vpc.SecurityGroupIngressRule(
            f"{wiring.name}-connection-{index if is_later(to) else to}-{port}",
            security_group_id=wiring.input(to),
            description=f"Tasks of {wiring.name}",
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            referenced_security_group_id=group_id,
            tags=wiring.tags,
            opts=pulumi.ResourceOptions(parent=wiring.parent, protect=False),
        )
        for index, (to, port) in enumerate(wiring.task.connections)
    ]
    return after(opened, group_id)


class _Port(NamedTuple):
    """A port that is open to a source; `rule` is the end of its rule's name."""

    rule: str
    port: int
    protocol: Protocol
    source: dict[str, Any]
    former: str | None = None
    """The end of the name that the rule had in an earlier version."""


def _ingress(
    wiring: Wiring, app: AppSpec | None, group_id: pulumi.Input[str]
) -> list[aws.vpc.SecurityGroupIngressRule]:
    """Make a rule for each port that clients reach, with the port in its name."""
    if app is None:
        return []
    prefix = f"{app.name}-tasks-in"
    return [
        aws.vpc.SecurityGroupIngressRule(
            prefix + open_.rule,
            security_group_id=group_id,
            ip_protocol=open_.protocol,
            from_port=open_.port,
            to_port=open_.port,
            tags=wiring.tags,
            # A protected app must still be deployable: another port replaces this rule.
            opts=pulumi.ResourceOptions(
                parent=wiring.parent,
                protect=False,
                aliases=[pulumi.Alias(name=prefix + open_.former)] if open_.former is not None else None,
            ),
            **open_.source,
        )
        for open_ in (*_to_clients(wiring, app), *_to_callers(wiring, app))
    ]


def _to_clients(wiring: Wiring, app: AppSpec) -> list[_Port]:
    """Return the ports that are open to the load balancer or to any client."""
    port = app.host_port if wiring.task.bridge else app.port
    balancer = wiring.load_balancer
    if balancer is not None:
        group = balancer["security_group_id"]
        source = {"description": "The load balancer", "referenced_security_group_id": group}
        return [
            _Port(
                f"-{number}" if protocol is Protocol.TCP else f"-{protocol}-{number}",
                number,
                protocol,
                source,
                former="" if (number, protocol) == (port, Protocol.TCP) else None,
            )
            for number, protocol in dict.fromkeys(
                [(port, app.transport), (app.health_check.port, Protocol.TCP)]
            )
            if number  # A dynamic host port is 0.
        ]
    if not port or app.exposure is not Exposure.PUBLIC:
        return []
    clients = {"description": "Clients", "cidr_ipv4": "0.0.0.0/0"}
    return [_Port(f"-public-tcp-{port}", port, Protocol.TCP, clients, former="-public")] + [
        _Port(f"-public-{protocol}-{further}", further, protocol, clients)
        for further, protocol in app.public_ports
    ]


def _to_callers(wiring: Wiring, app: AppSpec) -> list[_Port]:
    """Return the ports that are open to the clients of Service Connect and of the name in DNS."""
    callers: list[tuple[str, str, Sequence[str], set[tuple[int, Protocol]]]] = []
    if app.connect:
        offered = {(service.ingress_port or service.port, Protocol.TCP) for service in app.connect.services}
        callers.append(("connect", "Service Connect", app.connect.clients, offered))
    if app.discovery:
        mappings = [port for container in app.task.containers for port in container.ports]
        ports = {(port.container_port, port.protocol) for port in mappings}
        callers.append(("discovery", "Cloud Map DNS", app.discovery.clients, ports))
    opened: dict[Any, _Port] = {}
    for kind, description, clients, reached in callers:
        for number, client in enumerate(clients, 1):
            source = {"description": description, "referenced_security_group_id": wiring.input(client)}
            for port, protocol in sorted(reached):
                at = str(port) if protocol is Protocol.TCP else f"{protocol}-{port}"
                numbered = f"-{kind}-{number}-{at}"
                group: Any = wiring.values[key_of(client)] if is_later(client) else client
                rule, former = (numbered, None) if is_later(client) else (f"-from-{client}-{at}", numbered)
                # EC2 refuses a second rule for a client and port, also beside one that is deleted last.
                opened.setdefault((group, port, protocol), _Port(rule, port, protocol, source, former))
    return list(opened.values())
