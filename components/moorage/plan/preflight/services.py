"""Services with the tasks they run, and what these run on."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, cast

from moorage.offline import Resource
from moorage.offline.values import Json, container_definitions, entries, mapping, number, size, text, texts
from moorage.plan.types import (
    AUTO_SCALING_GROUP,
    CAPACITY_PROVIDER,
    CLUSTER,
    CLUSTER_CAPACITY_PROVIDERS,
    LAUNCH_TEMPLATE,
    SCALABLE_TARGET,
    SERVICE,
    TARGET_GROUP,
    TASK_DEFINITION,
)

from .balancing import Balancing
from .stack import Stack

_CONFIGURATION = "aws:ec2/launchConfiguration:LaunchConfiguration"


@dataclass(frozen=True)
class Task:
    """A task definition."""

    resource: Resource
    inputs: Json
    containers: list[Json] | None
    """Its container definitions; None where they are not known."""

    @cached_property
    def cpu(self) -> int | None:
        """CPU units that a task reserves; None where that is not known."""
        given = self.inputs.get("cpu")
        return self.reserved(("cpu",)) if given is None else size(given)

    @cached_property
    def memory(self) -> int | None:
        """MiB that a task reserves; None where that is not known."""
        given = self.inputs.get("memory")
        return self.reserved(("memoryReservation", "memory")) if given is None else size(given)

    def reserved(self, keys: tuple[str, ...]) -> int | None:
        """Return the sum over the containers of the first of `keys` that each has; None if not known."""
        if self.containers is None:
            return None
        return sum(next((n for key in keys if (n := number(c.get(key)))), 0) for c in self.containers)

    @property
    def network_mode(self) -> str | None:
        """`awsvpc`, `bridge`, `host` or `none`; None where it is not known."""
        return text(self.inputs.get("networkMode", "bridge"))

    def container(self, name: Any) -> Json | None:
        """Return a container by its name."""
        return next((c for c in self.containers or () if c.get("name") == name), None)

    @property
    def fixed_ports(self) -> set[tuple[int, str]]:
        """The host ports, with their protocols, that a task takes on its instance."""
        if self.network_mode not in ("bridge", "host"):
            return set()
        found: set[tuple[int, str]] = set()
        for container in self.containers or ():
            for port in entries(container.get("portMappings")):
                given = port.get("hostPort") or (
                    port.get("containerPort") if self.network_mode == "host" else 0
                )
                if host_port := number(given):
                    found.add((host_port, str(port.get("protocol") or "tcp")))
        return found


@dataclass(frozen=True)
class Group:
    """An Auto Scaling group that serves a cluster."""

    resource: Resource
    inputs: Json
    types: tuple[str, ...]
    """Its instance types, best first; empty where they are not known."""
    template: Resource | None
    """Its launch template or launch configuration."""

    @property
    def most(self) -> int | None:
        """The most instances it may have."""
        return number(self.inputs.get("maxSize"))


@dataclass(frozen=True)
class Capacity:
    """What a service's tasks run on."""

    kind: str
    """`fargate`, `ec2`, `managed_instances`; empty where it is not known, or mixed."""
    groups: list[Group] = field(default_factory=list[Group])
    """With `ec2`: all groups that may run the tasks; empty where these are not all known."""


@dataclass(frozen=True)
class Balanced:
    """One way from a target group to a container."""

    group: Resource | None
    container: Any
    port: Any


@dataclass(frozen=True)
class Scaling:
    """The bounds of a service's desired count."""

    resource: Resource
    minimum: int | None
    maximum: int | None


@dataclass(frozen=True)
class Service:
    """A service."""

    resource: Resource
    inputs: Json
    task: Task | None
    cluster: Resource | None
    capacity: Capacity
    balanced: list[Balanced]
    scaling: Scaling | None

    @property
    def daemon(self) -> bool:
        """Whether it runs one task on each instance."""
        return self.inputs.get("schedulingStrategy") == "DAEMON"

    @property
    def rolling(self) -> bool:
        """Whether ECS itself replaces its tasks, some at a time."""
        return self._strategy == "ROLLING" and not self.daemon

    @property
    def shifting(self) -> bool:
        """Whether all new tasks run beside the old ones before requests move."""
        return self._strategy in ("BLUE_GREEN", "CANARY", "LINEAR")

    @property
    def _strategy(self) -> str | None:
        controller = mapping(self.inputs.get("deploymentController")).get("type", "ECS")
        strategy = mapping(self.inputs.get("deploymentConfiguration")).get("strategy", "ROLLING")
        return text(strategy) if controller == "ECS" else None

    @property
    def count(self) -> int | None:
        """Its desired count; None for a daemon, or where it is not known."""
        return None if self.daemon else number(self.inputs.get("desiredCount", 1))

    @property
    def network(self) -> Json:
        """Its network configuration."""
        return mapping(self.inputs.get("networkConfiguration"))


class Services:
    """The services of a stack."""

    def __init__(self, stack: Stack) -> None:
        """Find what belongs to each."""
        self.stack = stack
        self._tasks: dict[str, Task] = {}
        self._groups: dict[str, Group] = {}
        self._scaling = self._scaling_by_service()
        self.all = [self._service(resource) for resource in stack.of_type(SERVICE)]

    @cached_property
    def tasks(self) -> list[Task]:
        """Every task definition."""
        return [self.task(resource) for resource in self.stack.of_type(TASK_DEFINITION)]

    @cached_property
    def balancing(self) -> Balancing:
        """The listeners, and where they lead."""
        return Balancing(self.stack)

    def task(self, resource: Resource) -> Task:
        """Return a task definition."""
        if resource.urn not in self._tasks:
            inputs = self.stack.inputs(resource)
            self._tasks[resource.urn] = Task(resource, inputs, container_definitions(inputs))
        return self._tasks[resource.urn]

    def group(self, resource: Resource) -> Group:
        """Return an Auto Scaling group."""
        if resource.urn not in self._groups:
            inputs = self.stack.inputs(resource)
            types, template = self._instances(resource, inputs)
            self._groups[resource.urn] = Group(resource, inputs, types, template)
        return self._groups[resource.urn]

    def _service(self, resource: Resource) -> Service:
        inputs = self.stack.inputs(resource)
        task = self.stack.one(resource, "taskDefinition", inputs.get("taskDefinition"), TASK_DEFINITION)
        cluster = self.stack.one(resource, "cluster", inputs.get("cluster"), CLUSTER)
        balanced = [
            Balanced(
                self.stack.one(resource, "loadBalancers", entry.get("targetGroupArn"), TARGET_GROUP),
                entry.get("containerName"),
                entry.get("containerPort"),
            )
            for entry in entries(inputs.get("loadBalancers"))
        ]
        return Service(
            resource,
            inputs,
            self.task(task) if task else None,
            cluster,
            self._capacity(resource, inputs, cluster),
            balanced,
            self._scaling.get(resource.urn),
        )

    def _scaling_by_service(self) -> dict[str, Scaling]:
        found: dict[str, Scaling] = {}
        by_name = {
            ("/".join(str(service.outputs.get("arn")).rsplit("/", 2)[1:])): service
            for service in self.stack.of_type(SERVICE)
        }
        for target in self.stack.of_type(SCALABLE_TARGET):
            inputs = self.stack.inputs(target)
            sources = self.stack.sources(target, "resourceId", SERVICE)
            named = by_name.get(str(inputs.get("resourceId")).removeprefix("service/"))
            service = sources[0] if len(sources) == 1 else named
            if service:
                found[service.urn] = Scaling(
                    target, number(inputs.get("minCapacity")), number(inputs.get("maxCapacity"))
                )
        return found

    def _capacity(self, resource: Resource, inputs: Json, cluster: Resource | None) -> Capacity:
        strategies = inputs.get("capacityProviderStrategies")
        if strategies:
            return self._of_strategies(resource, "capacityProviderStrategies", strategies)
        launch_type = inputs.get("launchType")
        if launch_type == "FARGATE":
            return Capacity("fargate")
        if launch_type is None and cluster is not None:
            association = self._associations.get(cluster.urn)
            property_ = "defaultCapacityProviderStrategies"
            defaults = self.stack.inputs(association).get(property_) if association else None
            if association and defaults:
                return self._of_strategies(association, property_, defaults)
            launch_type = "EC2"
        if launch_type == "EC2":
            return Capacity("ec2", self._of_cluster(cluster) if cluster else [])
        return Capacity("")

    @cached_property
    def _associations(self) -> dict[str, Resource]:
        found: dict[str, Resource] = {}
        for association in self.stack.of_type(CLUSTER_CAPACITY_PROVIDERS):
            name = self.stack.inputs(association).get("clusterName")
            if cluster := self.stack.one(association, "clusterName", name, CLUSTER):
                found[cluster.urn] = association
        return found

    def _of_strategies(self, resource: Resource, property_: str, strategies: Any) -> Capacity:
        names = [entry.get("capacityProvider") for entry in entries(strategies)]
        if names and all(name in ("FARGATE", "FARGATE_SPOT") for name in names):
            return Capacity("fargate")
        providers = [self.stack.one(resource, property_, name, CAPACITY_PROVIDER) for name in names]
        kinds = {_kind_of(self.stack.inputs(p)) if p else "" for p in providers} if providers else {""}
        if len(kinds) > 1:
            return Capacity("")
        (kind,) = kinds
        groups = [self._of_provider(provider) for provider in providers if provider]
        return Capacity(kind, [g for g in groups if g] if kind == "ec2" and all(groups) else [])

    def _of_provider(self, provider: Resource) -> Group | None:
        arn = mapping(self.stack.inputs(provider).get("autoScalingGroupProvider")).get("autoScalingGroupArn")
        group = self.stack.one(provider, "autoScalingGroupProvider", arn, AUTO_SCALING_GROUP)
        return self.group(group) if group else None

    def _of_cluster(self, cluster: Resource) -> list[Group]:
        """Return the groups behind a cluster's capacity providers, and those whose instances join it."""
        association = self._associations.get(cluster.urn)
        names = self.stack.inputs(association).get("capacityProviders") if association else None
        found: dict[str, Group] = {}
        if association:
            for provider in self.stack.many(association, "capacityProviders", names, CAPACITY_PROVIDER)[0]:
                if group := self._of_provider(provider):
                    found[group.resource.urn] = group
        name = cluster.outputs.get("name")
        for resource in self.stack.of_type(AUTO_SCALING_GROUP):
            group = self.group(resource)
            if name and group.template and name in _clusters(self.stack.inputs(group.template)):
                found[resource.urn] = group
        return list(found.values())

    @cached_property
    def serving(self) -> list[Group]:
        """The groups whose instances are a cluster's."""
        found: dict[str, Group] = {}
        for provider in self.stack.of_type(CAPACITY_PROVIDER):
            if group := self._of_provider(provider):
                found[group.resource.urn] = group
        for cluster in self.stack.of_type(CLUSTER):
            found |= {group.resource.urn: group for group in self._of_cluster(cluster)}
        return list(found.values())

    def _instances(self, group: Resource, inputs: Json) -> tuple[tuple[str, ...], Resource | None]:
        if configuration := inputs.get("launchConfiguration"):
            found = self.stack.one(group, "launchConfiguration", configuration, _CONFIGURATION)
            return self._type_of(found), found
        property_, overrides = "launchTemplate", list[Json]()
        chosen = mapping(inputs.get(property_))
        if mixed := mapping(inputs.get("mixedInstancesPolicy")):
            property_, chosen = "mixedInstancesPolicy", mapping(mixed.get("launchTemplate"))
            overrides = entries(chosen.get("overrides"))
            chosen = mapping(chosen.get("launchTemplateSpecification"))
        named = next(
            (chosen[k] for k in ("id", "launchTemplateId", "name", "launchTemplateName") if k in chosen), None
        )
        template = self.stack.one(group, property_, named, LAUNCH_TEMPLATE)
        if not overrides:
            return self._type_of(template), template
        types = [text(override.get("instanceType")) for override in overrides]
        return (tuple(t for t in types if t) if all(types) else ()), template

    def _type_of(self, template: Resource | None) -> tuple[str, ...]:
        found = text(self.stack.inputs(template).get("instanceType")) if template else None
        return (found,) if found else ()


def _kind_of(provider: Json) -> str:
    if provider.get("autoScalingGroupProvider"):
        return "ec2"
    return "managed_instances" if provider.get("managedInstancesProvider") else ""


def _clusters(template: Json) -> list[str]:
    """Return the clusters that a template's user data makes an instance join."""
    for key in ("userData", "userDataBase64"):
        for given in texts(template.get(key)):
            try:
                script = base64.b64decode(given, validate=True).decode()
            except (binascii.Error, UnicodeDecodeError):
                script = given
            if found := re.findall(r"ECS_CLUSTER=[\"']?([A-Za-z0-9_-]+)", script):
                return cast("list[str]", found)
    return []
