"""The tasks of a compose file as `ContainerApp`s."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from moorage.compose_file.arguments import Shared, connect_arguments, shared, target_of, task_arguments
from moorage.compose_file.names import service_logical
from moorage.compose_file.services import ComposeService
from moorage.compose_file.tasks import Task
from moorage.compose_file.translation import Translation
from moorage.compose_file.volumes import Volume
from moorage.model.choices import BalancerType, NetworkMode, TaskLayout
from moorage.model.compose import ComposeSpec

from .service_arguments import ServiceArguments, merged


class App(NamedTuple):
    """A task of the file as a `ContainerApp`."""

    name: str
    task: Task
    target: ComposeService
    """The service whose container is the app's own."""
    args: dict[str, Any]
    """Its arguments but `network`; a string may be a stand-in."""

    @property
    def names(self) -> list[str]:
        """The services that run in it, without those that only run before it."""
        return [service.name for service in self.task.services if service.name not in self.task.first]

    @property
    def depends_on(self) -> list[str]:
        """The services that these depend on."""
        return [other for service in self.task.services for other in service.depends_on]

    @property
    def kept(self) -> list[Volume]:
        """Its volumes in the file system of all services."""
        return [volume for _, volume in sorted(self.task.volumes.items()) if volume.made]


class Composition(NamedTuple):
    """A checked compose file and the model of its component."""

    name: str
    spec: ComposeSpec
    files: Translation
    further: dict[str, ServiceArguments]
    rules: dict[str, list[Mapping[str, Any]]]
    """Listener rules by service."""


def app_of(of: Composition, task: Task) -> App:
    """Return a task as an app."""
    balanced = next((service for service in task.services if service.name in of.rules), None)
    target = balanced or target_of(task)
    published = any(service.published for service in task.services)
    public = of.spec.public and balanced is None and published
    args: dict[str, Any] = {
        "cluster": of.spec.cluster,
        "network_mode": of.files.network_mode,
        "tags": {**of.spec.tags, **task.tags},
        **of.spec.of_apps,
        **task_arguments(task, of.files.params, target, reached=balanced is not None or public),
        **_placement(of, task),
    }
    if args.get("execute_command") and target.args.get("read_only"):
        # The ECS Exec agent writes to the container's root file system.
        del args["execute_command"]
    if public:
        args["public"] = True
    if balanced is not None and of.spec.load_balancer is not None:
        args |= _balanced(of.spec.load_balancer, of.rules[balanced.name])
    for service in task.services:
        further = of.further[service.name]
        for over in (further.in_file, further.in_program):
            if service is target:
                args = merged(args, over)
            elif over:
                args["containers"] = merged(args["containers"], {service.container: over})
    return App(
        of.name if of.spec.task is TaskLayout.ONE else service_logical(of.name, task.name), task, target, args
    )


def _balanced(balancer: Any, rules: list[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the arguments of an app behind the load balancer."""
    args: dict[str, Any] = {"load_balancer": balancer}
    conditions = [{key: rule[key] for key in ("host", "path") if key in rule} for rule in rules]
    if any(conditions) or balancer.get("type") != BalancerType.NETWORK:
        args["rules"] = conditions
    check = next((rule["health_check"] for rule in rules if "health_check" in rule), None)
    return args | ({} if check is None else {"health_check": check})


def _placement(of: Composition, task: Task) -> dict[str, Any]:
    """Return the arguments of an app's network, names and roles."""
    params, args = of.files.params, dict[str, Any]()
    awsvpc = of.files.network_mode is NetworkMode.AWSVPC
    kept = any(volume.made for volume in task.volumes.values())
    if params.security_groups:
        args |= {"security_group": False, "security_group_ids": list(params.security_groups)}
    elif awsvpc and of.spec.network is None:
        # Only subnets are given: tasks are in the default group of their VPC, as in the ECS CLI.
        args["security_group"] = False
    elif awsvpc:
        groups = {Shared.SERVICES_GROUP: of.files.by_name, Shared.FILES_CLIENTS: kept}
        args["security_group_ids"] = [shared(group) for group, is_member in groups.items() if is_member]
    if params.subnets or params.public_ip is not None:
        # As in the ECS CLI, a task has no public address by default.
        args["subnets"] = "public" if params.public_ip else "private"
    for key, role in params.roles.items():
        args[key] = role if role.startswith("arn:") else shared(Shared.ROLE, key)
    if of.files.by_name:
        args["connect"] = connect_arguments(task)
    return {key: value for key, value in args.items() if value != []}


def network_of(of: Composition) -> Mapping[str, Any] | None:
    """Return the tasks' network; the subnets of an ecs-params file override its own."""
    network, subnets = of.spec.network, list(of.files.params.subnets)
    if not subnets:
        return network
    return {
        "vpc_id": network["vpc_id"] if network else "",
        "public_subnet_ids": subnets,
        "private_subnet_ids": subnets,
        "private_egress": True,
        "ipv6": bool(network and network.get("ipv6")),
    }
