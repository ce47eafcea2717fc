"""Resources that the services of a compose file share: log groups, secrets, a file system, a namespace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

import pulumi
import pulumi_aws as aws

from moorage.compose_file.arguments import Shared, log_group_name
from moorage.compose_file.names import role_arn, service_logical
from moorage.model import volumes as model
from moorage.model.arguments import Inner
from moorage.model.choices import NetworkMode, SubnetKind
from moorage.model.fields.app import CONTAINER_APP
from moorage.model.fields.values import Values
from moorage.model.later import keys_in
from moorage.model.presets import PRESETS
from moorage.model.tags import APP_TAG
from moorage.resources.app.file_system import FilePlace, file_system
from moorage.resources.inputs import computed
from moorage.resources.network.args import NetworkRef
from moorage.resources.secrets import stored_secrets
from moorage.resources.security_groups import bare_group, mutual_group
from moorage.resources.wiring import tags_for

from .apps import App, Composition
from .origins import Origins
from .wiring import ComposeWiring, StandIns

if TYPE_CHECKING:
    from moorage.resources.app.args import ContainerAppArgs
    from moorage.resources.app.component import ContainerApp


class SharedResources:
    """The resources that all apps share."""

    def __init__(self, parent: pulumi.ComponentResource, of: Composition, apps: Sequence[App]) -> None:
        """Make the resources."""
        kept = {volume.name: volume for app in apps for volume in app.kept}
        tags, values = tags_for(of.name, of.spec.tags), StandIns(of.name, of.spec.env)
        wiring = ComposeWiring(parent, of.name, of, tags, list(kept.values()), values)
        self._wiring, self._network = wiring, wiring.network()
        _log_groups(wiring, apps)
        _secrets(wiring)
        _roles(wiring)
        _names(wiring)
        self._mounted = _files(wiring, self._network, apps)

    def arguments(self, app: App, made: Mapping[str, ContainerApp]) -> ContainerAppArgs:
        """Return an app's arguments; `made` are the apps of services before it, by service."""
        args = cast("dict[str, Any]", self._wiring.values.filled(app.args))
        awaited = [other for other in dict.fromkeys(app.depends_on) if other in made]
        after = [made[other].service_name for other in awaited]
        after += [resource.urn for resource in self._mounted] if app.kept else []
        args["after"] = [*args.get("after", []), *after]
        # All resources of the file have the component's name.
        args["tags"] = {APP_TAG: self._wiring.name, **args.get("tags", {})}
        if self._network is not None:
            args.setdefault("network", self._network)
        return cast("ContainerAppArgs", Inner(args, Origins(self._wiring.model, app, awaited)))


def _log_groups(of: ComposeWiring, apps: Sequence[App]) -> None:
    """Make the log groups that services name, and one for those that name none."""
    used = keys_in([app.args for app in apps])
    groups = {
        log_group_name(service): service.log
        for service in of.model.files.services.values()
        if service.log is not None and Shared.LOG_GROUP.key(log_group_name(service)) in used
    }
    for suffix, log in groups.items():
        group = aws.cloudwatch.LogGroup(
            service_logical(f"{of.name}-logs", suffix) if suffix else f"{of.name}-logs",
            name=of.values.filled(log.group),
            region=of.values.filled(log.region),
            retention_in_days=of.model.spec.log_retention_days,
            **of.common,
        )
        of.values.add({Shared.LOG_GROUP.key(suffix): group.name, Shared.LOG_REGION.key(suffix): group.region})


def _secrets(of: ComposeWiring) -> None:
    """Store the values of secrets and configs."""
    sources = {
        source.name: of.values.text(source.value)
        for service in of.model.files.services.values()
        for source in service.secrets.values()
        if source.external is None
    }
    stored = stored_secrets(of.parent, of.name, sources, of.model.spec.preset, of.tags)
    of.values.add({Shared.SECRET.key(name): arn for name, arn in stored.items()})


def _roles(of: ComposeWiring) -> None:
    """Resolve the ARNs of the roles that an ecs-params file names."""
    for key, role in of.model.files.params.roles.items():
        if not role.startswith("arn:"):
            arn = computed(role_arn, of.values.text(role), of.model.spec.cluster["arn"])
            of.values.add({Shared.ROLE.key(key): arn})


def _names(of: ComposeWiring) -> None:
    """Make the namespace in which services find each other, and the security group in which they reach each
    other, as on a Compose network."""
    if not of.model.files.by_name:
        return
    space = aws.servicediscovery.HttpNamespace(f"{of.name}-services", **of.common)
    of.values.add({Shared.NAMESPACE.key(): space.arn})
    if of.model.files.params.security_groups or of.model.spec.network is None:
        return
    description = f"Services of {of.name} among each other"
    group = mutual_group(of, "services", description, of.model.spec.network["vpc_id"])
    of.values.add({Shared.SERVICES_GROUP.key(): group.id})


def _files(of: ComposeWiring, network: NetworkRef | None, apps: Sequence[App]) -> list[pulumi.Resource]:
    """Make the file system of the volumes that outlive their tasks, if any; return the resources that a task
    must wait for to mount one."""
    if not of.kept or network is None:
        return []
    private = any(_is_private(app, network) for app in apps if app.kept)
    subnets = network.get("private_subnet_ids", []) if private else network["public_subnet_ids"]
    place = FilePlace(network["vpc_id"], subnets, _clients(of, network))
    volumes = [
        model.Volume(volume.name, model.EfsVolume(None, None, None, None, volume.owner, volume.identity))
        for volume in of.kept
    ]
    preset = PRESETS[of.model.spec.preset]
    made, points, mounted = file_system(
        of, volumes, place, model.FileSystem(of.zones, preset.backups), preset
    )
    of.values.add({Shared.FILE_SYSTEM.key(): made.id})
    of.values.add({Shared.ACCESS_POINT.key(name): point for name, point in points.items()})
    return mounted


def _is_private(app: App, network: NetworkRef) -> bool:
    """Return whether an app's tasks are in the private subnets."""
    return Values(CONTAINER_APP, {"network": network, **app.args})["subnets"] is SubnetKind.PRIVATE


def _clients(of: ComposeWiring, network: NetworkRef) -> dict[str, pulumi.Input[str]]:
    """Return the security groups of tasks that mount the file system, by a name for each ingress rule."""
    groups = of.model.files.params.security_groups
    if groups:
        return {str(number): of.values.text(group) for number, group in enumerate(groups, 1)}
    if of.model.files.network_mode is NetworkMode.BRIDGE:
        return {"instances": of.model.spec.cluster.get("security_group_id", "")}
    description = f"Tasks of {of.name} that mount its file system"
    group = bare_group(of, "files-clients", description, network["vpc_id"])
    of.values.add({Shared.FILES_CLIENTS.key(): group.id})
    return {"clients": group.id}
