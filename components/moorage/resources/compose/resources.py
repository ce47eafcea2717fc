"""Makes what the plan of a `ComposeApp` asks for."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

import pulumi

from moorage.compose_file import longest
from moorage.compose_file.names import port_name, role_arn, service_logical
from moorage.compose_file.placeholders import fill, fill_json, marked
from moorage.compose_file.services import ComposeService, SecretSource
from moorage.compose_file.tasks import Volume
from moorage.model.containers import Container, Logs, awslogs, definitions_json
from moorage.model.iam import is_in_ecr, repository_of
from moorage.model.image_reference import wrong_reference
from moorage.model.presets import DEFAULT_PRESET, PRESETS
from moorage.model.secrets import SecretRef, resolve_reference
from moorage.resources.app.listener_rules import app_url
from moorage.resources.app.roles import Needed, Needs, execution_role, task_role
from moorage.resources.app.security_group import security_group
from moorage.resources.app.service import ServiceSettings, service, service_settings
from moorage.resources.app.stored_secrets import stored_secrets
from moorage.resources.app.target_groups import Targets, target_group
from moorage.resources.app.task_definition import task_definition
from moorage.resources.app.verification import verified
from moorage.resources.image import BuildArgs, ContainerImage
from moorage.resources.inputs import checked_later
from moorage.resources.secrets import refuse_secrets
from moorage.resources.tags import Tags, tags_for

from .parts import (
    FileSystem,
    connect,
    file_system,
    log_groups,
    namespace,
    services_group,
    task_volumes,
)
from .plan import SECRET_IN_ENV, ComposePlan, ComposeTask

if TYPE_CHECKING:
    import pulumi_aws as aws

    from moorage.resources.app.args import ContainerAppArgs
    from moorage.resources.network import NetworkRef

    from .args import ComposeAppArgs
    from .component import ComposeApp

_EFS_ACTIONS = [
    "elasticfilesystem:ClientMount",
    "elasticfilesystem:ClientRootAccess",
    "elasticfilesystem:ClientWrite",
]

Texts = pulumi.Output[dict[str, str]]
Subnets = pulumi.Input[Sequence[pulumi.Input[str]]]


@dataclasses.dataclass(frozen=True, slots=True)
class Made:
    """What is told of the services, by their names in the file."""

    urls: dict[str, pulumi.Output[str]] = dataclasses.field(default_factory=dict[str, Any])
    addresses: dict[str, pulumi.Output[str]] = dataclasses.field(default_factory=dict[str, Any])
    names: dict[str, pulumi.Output[str]] = dataclasses.field(default_factory=dict[str, Any])
    definitions: dict[str, pulumi.Output[str]] = dataclasses.field(default_factory=dict[str, Any])


class ComposeResources:
    """The resources of one `ComposeApp`."""

    def __init__(self, parent: ComposeApp, name: str, args: ComposeAppArgs, plan: ComposePlan) -> None:
        """Prepare what all of them need."""
        self.parent, self.name, self.args, self.plan = parent, name, args, plan
        self.params = plan.files.params
        self.tags: Tags = tags_for(name, args.get("tags"))
        self.preset = PRESETS[args["cluster"].get("preset", DEFAULT_PRESET)]
        self.cluster_arn = pulumi.Output.from_input(args["cluster"]["arn"])
        self.outputs = {
            key: value for key, value in args.get("env", {}).items() if isinstance(value, pulumi.Output)
        }

    def make(self) -> Made:
        """Make everything, and return what is told of each service."""
        plan, parent = self.plan, self.parent
        self.logs = log_groups(
            parent, self.name, plan.services, plan.log_retention_days, self.cluster_arn, self.tags
        )
        self.stored = self._stored()
        self.space = namespace(parent, self.name, self.tags) if plan.by_name else None
        self.network = self._network()
        self.ingress: dict[str, list[aws.vpc.SecurityGroupIngressRule]] = {}
        self.groups = self._groups()
        self.files = self._files()
        running: dict[str, aws.ecs.Service] = {}
        found = Made()
        for task in plan.tasks:
            definition, made, targets, settings = self._service(task, running)
            for service_plan in task.plan.services:
                running[service_plan.name] = made
                found.names[service_plan.name] = made.name
                found.definitions[service_plan.name] = definition.arn
            balancer = task.args.get("load_balancer")
            address = pulumi.Output.from_input(balancer["url"] if balancer else "").apply(
                lambda url, rules=task.spec.rules: app_url(url, rules)
            )
            logged = next((plan for plan in task.plan.services if plan.name in self.logs), None)
            url = verified(
                parent,
                task.spec,
                value=address,
                cluster=self.cluster_arn,
                service=made,
                task_definition=definition.arn,
                target_groups=[group.arn for group in targets.groups] if targets else [],
                log_group=self.logs[logged.name].name if logged else "",
                settings=settings,
                stream_prefix=(logged.log.prefix if logged and logged.log else None)
                or task.plan.services[0].name,
            )
            if task.behind_balancer is not None:
                found.addresses[task.behind_balancer], found.urls[task.behind_balancer] = address, url
        return found

    def _values(self, names: set[str]) -> Texts:
        """Return the values of Outputs by name; only those that are needed: one secret makes all secret."""
        return texts({name: self.outputs[name] for name in sorted(names)})

    def _filled(self, text: str) -> pulumi.Output[str]:
        """Return a text with the values of Outputs in it."""
        return self._values(marked(text)).apply(lambda known: fill(text, known))

    def _stored(self) -> dict[str, pulumi.Output[str]]:
        """Store the values of secrets and configs, and return their ARNs by name."""
        sources = {
            source.name: source.value
            for plan in self.plan.services.values()
            for source in plan.secrets.values()
            if source.external is None
        }
        values = {name: self._filled(value) for name, value in sources.items()}
        preset = self.args["cluster"].get("preset", DEFAULT_PRESET)
        return stored_secrets(self.parent, self.name, values, preset, self.tags)

    def _network(self) -> NetworkRef | None:
        """Return where tasks are placed: the subnets of ecs-params go before the network's."""
        network = self.args.get("network")
        if self.params.subnets:
            subnets = [self._filled(subnet) for subnet in self.params.subnets]
            network = _network(network["vpc_id"] if network else "", subnets, subnets, True)
        if network is None or not any(_kept(task) for task in self.plan.tasks):
            return network
        # A file system is in some zones only: tasks that mount it must be there too.
        private = network.get("private_subnet_ids", [])
        egress = network.get("private_egress", False)
        return _network(
            network["vpc_id"], self._first(network["public_subnet_ids"]), self._first(private), egress
        )

    def _first(self, subnets: Subnets) -> Subnets:
        zones, known = self._zones(), cast("pulumi.Output[list[str]]", pulumi.Output.from_input(subnets))
        return known.apply(lambda ids: ids[:zones])

    def _zones(self) -> int:
        """Return in how many subnets the file system is."""
        wanted = int(self.args.get("file_system_zones", 2))
        return min(wanted, len(self.params.subnets)) if self.params.subnets else wanted

    def _groups(self) -> dict[str, list[pulumi.Input[str]]]:
        """Return the security groups of each task: those of ecs-params, else one each and a common one."""
        if self.params.security_groups:
            given = [self._filled(group) for group in self.params.security_groups]
            return {task.plan.name: list(given) for task in self.plan.tasks}
        if self.plan.files.network_mode == "awsvpc" and "network" not in self.args:
            # Only subnets are known: tasks are in the default group of their VPC, as in the ECS CLI.
            return {task.plan.name: [] for task in self.plan.tasks}
        common: list[pulumi.Input[str]] = []
        if self.plan.by_name and "network" in self.args:
            common = [services_group(self.parent, self.name, self.args["network"], self.tags).id]
        groups: dict[str, list[pulumi.Input[str]]] = {}
        for task in self.plan.tasks:
            group = security_group(
                self.parent, task.spec, self._app(task), self._tags(task), task.further_ports
            )
            groups[task.plan.name] = [group.id, *common]
            self.ingress[task.plan.name] = group.rules
        return groups

    def _app(self, task: ComposeTask, files: FileSystem | None = None) -> ContainerAppArgs:
        """Return a task's arguments as an app, with its network and its rights on the file system."""
        app = cast("ContainerAppArgs", dict(task.args))
        if self.network is not None:
            app["network"] = self.network
        if files is not None and _kept(task):
            app["statements"] = [{"actions": _EFS_ACTIONS, "resources": [files.arn]}]
        return app

    def _tags(self, task: ComposeTask) -> Tags:
        return {**self.tags, **task.plan.tags}

    def _files(self) -> FileSystem | None:
        """Make the file system of the volumes that outlive their tasks, if there are any."""
        kept = [volume for task in self.plan.tasks for volume in _kept(task)]
        if not kept or self.network is None:
            return None
        network = self.network
        key = "private_subnet_ids" if self.plan.tasks[0].spec.private else "public_subnet_ids"
        ids = pulumi.Output.from_input(cast("dict[str, Any]", network)[key])
        subnets = [ids.apply(lambda known, i=index: _subnet(known, i)) for index in range(self._zones())]
        groups = {task.plan.name: self.groups[task.plan.name][:1] for task in self.plan.tasks if _kept(task)}
        clients = {name: found[0] for name, found in groups.items() if found}
        if self.params.security_groups:
            clients = {str(n): g for n, g in enumerate(next(iter(self.groups.values())), 1)}
        volumes = list({volume.name: volume for volume in kept}.values())
        iam = "DISABLED" if self.params.task_role else "ENABLED"
        return file_system(
            self.parent, self.name, volumes, network, subnets, clients, self.preset, iam, self.tags
        )

    def _service(
        self, task: ComposeTask, running: dict[str, aws.ecs.Service]
    ) -> tuple[aws.ecs.TaskDefinition, aws.ecs.Service, Targets | None, ServiceSettings]:
        """Make one task's images, roles, definition, target group and service."""
        app, tags, parent = self._app(task, self.files), self._tags(task), self.parent
        images = {plan.name: self._image(plan) for plan in task.plan.services}
        references = {
            plan.name: {variable: self._reference(source) for variable, source in plan.secrets.items()}
            for plan in task.plan.services
        }
        groups = {
            self.logs[plan.name].arn: longest.log_group(plan)
            for plan in task.plan.services
            if plan.name in self.logs
        }
        needs = Needs(
            [Needed(arn, known) for arn, known in groups.items()],
            [
                Needed(arn, longest.repository(plan))
                for plan in task.plan.services
                if (arn := images[plan.name][1]) is not None
            ],
            [
                Needed(references[plan.name][variable].arn, longest.secret(self.name, source))
                for plan in task.plan.services
                for variable, source in plan.secrets.items()
            ],
            [],
        )
        execution = self.params.execution_role
        definition = task_definition(
            parent,
            task.spec,
            self._definitions(task, {name: image for name, (image, _) in images.items()}, references),
            self._role(self.params.task_role)
            if self.params.task_role
            else task_role(parent, task.spec, app, tags, self.cluster_arn),
            self._role(execution)
            if execution
            else execution_role(parent, task.spec, tags, self.cluster_arn, needs),
            tags,
            task_volumes(task.plan, self.files),
            self.params.ephemeral_storage,
        )
        waits = {
            other: running[other]
            for plan in task.plan.services
            for other in plan.depends_on
            if other in running
        }
        targets = target_group(parent, task.spec, app, tags)
        mounted = self.files.mounted if self.files and _kept(task) else ()
        names = connect(task.plan.services[0], self.space.arn) if self.space is not None else None
        settings = service_settings(task.spec, app, self.groups[task.plan.name], targets, names)
        after = [*waits.values(), *mounted, *self.ingress.get(task.plan.name, ())]
        made = service(parent, task.spec, app, definition.arn, settings, targets, tags, after)
        return definition, made, targets, settings

    def _image(self, plan: ComposeService) -> tuple[pulumi.Output[str], pulumi.Output[str | None] | None]:
        """Return a service's image, and the ARN of its repository in ECR, None if it is public."""
        if plan.build is None:
            image = self._filled(plan.container.image)
            if not marked(plan.container.image) and not is_in_ecr(plan.container.image):
                return image, None
            checked = checked_later(f"{self.name}: {plan.path}.image", image, wrong_reference)
            image = pulumi.Output.from_input(checked)
            known = pulumi.Output.all(image, self.cluster_arn)
            return image, known.apply(lambda found: repository_of(str(found[0]), str(found[1])))
        build: BuildArgs = {"context": plan.build.context, "dockerfile": plan.build.dockerfile}
        if plan.build.target is not None:
            build["target"] = plan.build.target
        if plan.build.args:
            build["args"] = plan.build.args
        if plan.build.secrets:
            build["secrets"] = {id_: self._filled(value) for id_, value in plan.build.secrets.items()}
        built = ContainerImage(
            service_logical(self.name, plan.name),
            {
                "build": build,
                "arch": self.args["cluster"].get("arch", "x86_64"),
                "preset": self.args["cluster"].get("preset", DEFAULT_PRESET),
                "tags": self.args.get("tags", {}),
            },
            pulumi.ResourceOptions(parent=self.parent),
        )
        return built.uri, cast("pulumi.Output[str | None]", built.repository_arn)

    def _reference(self, source: SecretSource) -> pulumi.Output[SecretRef]:
        found = self._filled(source.external) if source.external is not None else self.stored[source.name]
        return pulumi.Output.all(found, self.cluster_arn).apply(lambda known: resolve_reference(*known))

    def _role(self, role: str) -> pulumi.Output[str]:
        """Return the ARN of a role that exists, given by its name or its ARN."""
        if role.startswith("arn:"):
            return self._filled(role)
        known = pulumi.Output.all(self._filled(role), self.cluster_arn)
        return known.apply(lambda found: role_arn(str(found[0]), str(found[1])))

    def _definitions(
        self,
        task: ComposeTask,
        images: dict[str, pulumi.Output[str]],
        references: dict[str, dict[str, pulumi.Output[SecretRef]]],
    ) -> pulumi.Output[str]:
        """Return the containers of a task as JSON."""
        secrets = {
            name: {variable: reference.value_from for variable, reference in found.items()}
            for name, found in references.items()
        }
        logs = {name: [group.name, group.region] for name, group in self.logs.items()}
        by_name = self.space is not None

        def rendered(known: list[Any]) -> str:
            containers = [
                _container(plan, known[0][plan.name], known[1][plan.name], known[2].get(plan.name), by_name)
                for plan in task.plan.services
            ]
            return fill_json(definitions_json(containers), known[3])

        names = marked(definitions_json(plan.container for plan in task.plan.services))
        given = {name: self.outputs[name] for name in names}
        # A secret that is told only later would be readable by whoever may describe the task.
        checked = pulumi.Output.from_input(
            refuse_secrets(self.name, given, SECRET_IN_ENV, "ComposeApp", "env")
        )
        return pulumi.Output.all(images, secrets, logs, self._values(names), checked).apply(rendered)


def _network(vpc_id: pulumi.Input[str], public: Subnets, private: Subnets, egress: bool) -> NetworkRef:
    return {
        "vpc_id": vpc_id,
        "public_subnet_ids": public,
        "private_subnet_ids": private,
        "private_egress": egress,
    }


def texts(values: dict[str, pulumi.Output[str]]) -> Texts:
    """Return Outputs by name as one Output."""
    return cast("Texts", pulumi.Output.from_input(values))


def _kept(task: ComposeTask) -> list[Volume]:
    """Return the volumes of a task that are kept in the app's file system."""
    return [volume for _, volume in sorted(task.plan.volumes.items()) if volume.storage == "efs"]


def _subnet(ids: Sequence[str], index: int) -> str:
    if index >= len(ids):
        raise pulumi.RunError(
            f"file_system_zones: there are {len(ids)} subnets for the file system; give as many zones at most"
        )
    return ids[index]


def _container(
    plan: ComposeService, image: str, secrets: dict[str, str], logs: list[str] | None, by_name: bool
) -> Container:
    """Return a service's container with what is known only when resources are there."""
    container = dataclasses.replace(plan.container, image=image, secrets=secrets)
    if by_name:
        container.ports = [
            port
            if port.name or port.protocol != "tcp"
            else port._replace(name=port_name(plan.name, port.container_port))
            for port in container.ports
        ]
    if logs is not None and plan.log is not None:
        written = awslogs(logs[0], logs[1], plan.log.prefix or plan.name)
        given = dict(container.logs.options) if container.logs else {}
        container.logs = Logs("awslogs", {**written.options, **given})
    return container
