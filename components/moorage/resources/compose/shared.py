"""What the services of a compose file share: log groups, secrets, a file system, and the way to each
other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import pulumi
import pulumi_aws as aws

from moorage.compose_file.arguments import Shared, log_group_name
from moorage.compose_file.names import role_arn, service_logical
from moorage.compose_file.tasks import Volume
from moorage.compose_file.translation import Translation
from moorage.model import volumes as model
from moorage.model.presets import DEFAULT_PRESET, PRESETS
from moorage.model.tags import APP_TAG
from moorage.resources.app.file_system import FilePlace, file_system
from moorage.resources.app.stored_secrets import stored_secrets
from moorage.resources.roles import RoleOwner
from moorage.resources.security_groups import mutual_group
from moorage.resources.tags import Tags, tags_for

from .apps import App, network_of
from .args import ComposeAppArgs
from .values import Values

if TYPE_CHECKING:
    from moorage.resources.app.args import ContainerAppArgs
    from moorage.resources.app.component import ContainerApp

_SUBNETS = ("public_subnet_ids", "private_subnet_ids")


@dataclass(frozen=True, slots=True)
class ComposeWiring:
    """What the resources of one `ComposeApp` have in common."""

    parent: pulumi.Resource
    name: str
    args: ComposeAppArgs
    files: Translation
    kept: Sequence[Volume]
    """The volumes that are in the file system."""
    tags: Tags
    values: Values

    @property
    def child(self) -> pulumi.ResourceOptions:
        """The options of a child."""
        return pulumi.ResourceOptions(parent=self.parent)

    @property
    def owner(self) -> RoleOwner:
        """The component as an owner."""
        return RoleOwner(self.parent, self.name, self.tags)

    @property
    def preset(self) -> str:
        """The cluster's preset."""
        return self.args["cluster"].get("preset", DEFAULT_PRESET)

    @property
    def zones(self) -> int:
        """In how many subnets the file system is."""
        zones, subnets = int(self.args.get("file_system_zones", 2)), self.files.params.subnets
        return min(zones, len(subnets)) if subnets else zones

    def network(self) -> dict[str, Any] | None:
        """Return where tasks are placed. A file system is in some zones only: tasks that mount it must be
        there too."""
        network = cast("dict[str, Any] | None", self.values.filled(network_of(self.args, self.files)))
        if network is None or not self.kept:
            return network
        subnets = {key: self._first(network[key]) for key in _SUBNETS if key in network}
        return {**network, **subnets}

    def _first(self, subnets: Any) -> pulumi.Output[list[str]]:
        known = cast("pulumi.Output[list[str]]", pulumi.Output.from_input(subnets))
        return known.apply(lambda ids: ids[: self.zones])


class SharedResources:
    """What is made for all apps, and what each is given."""

    def __init__(
        self,
        parent: pulumi.Resource,
        name: str,
        args: ComposeAppArgs,
        files: Translation,
        apps: Sequence[App],
    ) -> None:
        """Make it."""
        kept = {volume.name: volume for app in apps for volume in app.kept}
        wiring = ComposeWiring(
            parent,
            name,
            args,
            files,
            list(kept.values()),
            tags_for(name, args.get("tags")),
            Values(name, args.get("env", {})),
        )
        self._wiring, self._network = wiring, wiring.network()
        _log_groups(wiring)
        _secrets(wiring)
        _roles(wiring)
        _names(wiring)
        self._mounted = _files(wiring, self._network, apps)

    def arguments(self, app: App, made: Mapping[str, ContainerApp]) -> ContainerAppArgs:
        """Return an app's arguments; `made` are the apps of services before it, by service."""
        args = cast("dict[str, Any]", self._wiring.values.filled(app.args))
        others = {
            other: made[other]
            for service in app.task.services
            for other in service.depends_on
            if other in made
        }
        after = [other.service_name for other in others.values()]
        after += [resource.urn for resource in self._mounted] if app.kept else []
        args["after"] = [*args.get("after", []), *after]
        # All that is made for the file has the component's name.
        args["tags"] = {APP_TAG: self._wiring.name, **args.get("tags", {})}
        if self._network is not None:
            args.setdefault("network", self._network)
        return cast("ContainerAppArgs", args)


def _log_groups(of: ComposeWiring) -> None:
    """Make the log groups that services name, and one for those that name none."""
    days = int(of.args.get("log_retention_days", PRESETS[of.preset].log_retention_days))
    made = {
        log_group_name(service): service.log
        for service in of.files.services.values()
        if service.log is not None and (service.log.group is None or service.log.create)
    }
    for suffix, log in made.items():
        group = aws.cloudwatch.LogGroup(
            service_logical(f"{of.name}-logs", suffix) if suffix else f"{of.name}-logs",
            name=of.values.filled(log.group),
            region=of.values.filled(log.region),
            retention_in_days=days,
            tags=of.tags,
            opts=of.child,
        )
        of.values.add({Shared.LOG_GROUP.key(suffix): group.name, Shared.LOG_REGION.key(suffix): group.region})


def _secrets(of: ComposeWiring) -> None:
    """Store the values of secrets and configs."""
    sources = {
        source.name: of.values.text(source.value)
        for service in of.files.services.values()
        for source in service.secrets.values()
        if source.external is None
    }
    stored = stored_secrets(of.parent, of.name, sources, of.preset, of.tags)
    of.values.add({Shared.SECRET.key(name): arn for name, arn in stored.items()})


def _roles(of: ComposeWiring) -> None:
    """Give roles that an ecs-params file names their ARNs."""
    params, cluster = of.files.params, of.args["cluster"]["arn"]
    for key, role in (("task_role_arn", params.task_role), ("execution_role_arn", params.execution_role)):
        if role is not None and not role.startswith("arn:"):
            known = pulumi.Output.all(of.values.text(role), cluster)
            arn = known.apply(lambda found: role_arn(str(found[0]), str(found[1])))
            of.values.add({Shared.ROLE.key(key): arn})


def _names(of: ComposeWiring) -> None:
    """Make the namespace in which services are found by their names, and the security group by which they
    reach each other, as on a network of Compose's."""
    if not of.files.by_name:
        return
    space = aws.servicediscovery.HttpNamespace(f"{of.name}-services", tags=of.tags, opts=of.child)
    of.values.add({Shared.NAMESPACE.key(): space.arn})
    if of.files.params.security_groups or "network" not in of.args:
        return
    group = mutual_group(
        of.parent,
        f"{of.name}-services",
        of=f"Services of {of.name} among each other",
        vpc_id=of.args["network"]["vpc_id"],
        tags=of.tags,
    )
    of.values.add({Shared.SERVICES_GROUP.key(): group.id})


def _files(
    of: ComposeWiring, network: Mapping[str, Any] | None, apps: Sequence[App]
) -> list[pulumi.Resource]:
    """Make the file system of the volumes that outlive their tasks, if there are any; return what must be
    there before a task mounts one."""
    if not of.kept or network is None:
        return []
    first = apps[0].args
    private = first.get("subnets", "private" if network.get("private_egress") else "public") == "private"
    place = FilePlace(
        network["vpc_id"],
        network["private_subnet_ids" if private else "public_subnet_ids"],
        _clients(of, network),
    )
    volumes = [
        model.Volume(volume.name, model.EfsVolume(None, None, None, None, volume.owner, volume.identity))
        for volume in of.kept
    ]
    preset = PRESETS[of.preset]
    made = file_system(of.owner, volumes, place, model.FileSystem(of.zones, preset.backups), preset)
    of.values.add({Shared.FILE_SYSTEM.key(): made.id})
    of.values.add({Shared.ACCESS_POINT.key(name): point for name, point in made.access_points.items()})
    return made.mounted


def _clients(of: ComposeWiring, network: Mapping[str, Any]) -> dict[str, pulumi.Input[str]]:
    """Return the security groups of tasks that mount the file system, by a name for the rule of each."""
    given = of.files.params.security_groups
    if given:
        return {str(number): of.values.text(group) for number, group in enumerate(given, 1)}
    if of.files.network_mode == "bridge":
        return {"instances": of.args["cluster"].get("security_group_id", "")}
    group = aws.ec2.SecurityGroup(
        f"{of.name}-files-clients",
        description=f"Tasks of {of.name} that mount its file system",
        vpc_id=network["vpc_id"],
        tags=of.tags,
        opts=of.child,
    )
    of.values.add({Shared.FILES_CLIENTS.key(): group.id})
    return {"clients": group.id}
