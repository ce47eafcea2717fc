"""Resources that the services of a compose file share: log groups, secrets, a file system, a namespace."""

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
from moorage.model.fields.compose import COMPOSE_APP
from moorage.model.fields.values import Values as Arguments
from moorage.model.presets import PRESETS
from moorage.model.tags import APP_TAG
from moorage.resources.app.file_system import FilePlace, file_system
from moorage.resources.inputs import computed
from moorage.resources.network import NetworkRef, first_subnets
from moorage.resources.secrets import stored_secrets
from moorage.resources.security_groups import bare_group, mutual_group
from moorage.resources.wiring import Wiring, tags_for

from .apps import App, network_of
from .args import ComposeAppArgs
from .values import Values

if TYPE_CHECKING:
    from moorage.resources.app.args import ContainerAppArgs
    from moorage.resources.app.component import ContainerApp


@dataclass(frozen=True)
class ComposeWiring(Wiring[Translation]):
    """The files of a `ComposeApp` with its arguments."""

    args: ComposeAppArgs
    kept: Sequence[Volume]
    """The volumes in the file system."""
    values: Values

    @property
    def arguments(self) -> Arguments:
        """The arguments with their defaults."""
        return Arguments(COMPOSE_APP, self.args)

    @property
    def preset(self) -> str:
        """The cluster's preset."""
        return self.arguments.preset

    @property
    def zones(self) -> int:
        """The number of subnets that the file system is in."""
        zones, subnets = int(self.arguments["file_system_zones"]), self.model.params.subnets
        return min(zones, len(subnets)) if subnets else zones

    def network(self) -> NetworkRef | None:
        """Return the tasks' network, of whose subnets only the first ones may have the file system."""
        network = cast("NetworkRef | None", self.values.filled(network_of(self.args, self.model)))
        return first_subnets(network, self.zones) if network and self.kept else network


class SharedResources:
    """The resources that all apps share."""

    def __init__(
        self,
        parent: pulumi.ComponentResource,
        name: str,
        args: ComposeAppArgs,
        files: Translation,
        apps: Sequence[App],
    ) -> None:
        """Make the resources."""
        kept = {volume.name: volume for app in apps for volume in app.kept}
        tags, values = tags_for(name, args.get("tags")), Values(name, args.get("env", {}))
        wiring = ComposeWiring(parent, name, files, tags, args, list(kept.values()), values)
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
        # All resources of the file have the component's name.
        args["tags"] = {APP_TAG: self._wiring.name, **args.get("tags", {})}
        if self._network is not None:
            args.setdefault("network", self._network)
        return cast("ContainerAppArgs", args)


def _log_groups(of: ComposeWiring) -> None:
    """Make the log groups that services name, and one for those that name none."""
    days = int(of.arguments["log_retention_days"])
    groups = {
        log_group_name(service): service.log
        for service in of.model.services.values()
        if service.log is not None and (service.log.group is None or service.log.create)
    }
    for suffix, log in groups.items():
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
        for service in of.model.services.values()
        for source in service.secrets.values()
        if source.external is None
    }
    stored = stored_secrets(of.parent, of.name, sources, of.preset, of.tags)
    of.values.add({Shared.SECRET.key(name): arn for name, arn in stored.items()})


def _roles(of: ComposeWiring) -> None:
    """Resolve the ARNs of the roles that an ecs-params file names."""
    for key, role in of.model.params.roles.items():
        if not role.startswith("arn:"):
            arn = computed(role_arn, of.values.text(role), of.args["cluster"]["arn"])
            of.values.add({Shared.ROLE.key(key): arn})


def _names(of: ComposeWiring) -> None:
    """Make the namespace in which services find each other, and the security group in which they reach each
    other, as on a Compose network."""
    if not of.model.by_name:
        return
    space = aws.servicediscovery.HttpNamespace(f"{of.name}-services", tags=of.tags, opts=of.child)
    of.values.add({Shared.NAMESPACE.key(): space.arn})
    if of.model.params.security_groups or "network" not in of.args:
        return
    description = f"Services of {of.name} among each other"
    group = mutual_group(of, "services", description, of.args["network"]["vpc_id"])
    of.values.add({Shared.SERVICES_GROUP.key(): group.id})


def _files(of: ComposeWiring, network: NetworkRef | None, apps: Sequence[App]) -> list[pulumi.Resource]:
    """Make the file system of the volumes that outlive their tasks, if any; return the resources that a task
    must wait for to mount one."""
    if not of.kept or network is None:
        return []
    first = apps[0].args
    private = first.get("subnets", "private" if network.get("private_egress") else "public") == "private"
    subnets = network.get("private_subnet_ids", []) if private else network["public_subnet_ids"]
    place = FilePlace(network["vpc_id"], subnets, _clients(of, network))
    volumes = [
        model.Volume(volume.name, model.EfsVolume(None, None, None, None, volume.owner, volume.identity))
        for volume in of.kept
    ]
    preset = PRESETS[of.preset]
    made = file_system(of, volumes, place, model.FileSystem(of.zones, preset.backups), preset)
    of.values.add({Shared.FILE_SYSTEM.key(): made.id})
    of.values.add({Shared.ACCESS_POINT.key(name): point for name, point in made.access_points.items()})
    return made.mounted


def _clients(of: ComposeWiring, network: NetworkRef) -> dict[str, pulumi.Input[str]]:
    """Return the security groups of tasks that mount the file system, by a name for each ingress rule."""
    groups = of.model.params.security_groups
    if groups:
        return {str(number): of.values.text(group) for number, group in enumerate(groups, 1)}
    if of.model.network_mode == "bridge":
        return {"instances": of.args["cluster"].get("security_group_id", "")}
    description = f"Tasks of {of.name} that mount its file system"
    group = bare_group(of, "files-clients", description, network["vpc_id"])
    of.values.add({Shared.FILES_CLIENTS.key(): group.id})
    return {"clients": group.id}
