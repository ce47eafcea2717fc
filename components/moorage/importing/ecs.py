"""A running cluster of ECS as a program that takes over its services, and the file for `pulumi import`."""

import re
from dataclasses import dataclass, field
from typing import Any

from moorage.model.choices import CapacityKind
from moorage.rollout.answers import listed

from .answers import answer
from .containers import Parameter
from .ecs_aws import RunningCluster, Scaling
from .ecs_service import SERVICE, ServiceTarget, tags
from .literals import take_all_secrets
from .project import GROUP, Arguments, Code, Project, logical_name
from .readers import text, whole
from .source_text import Spread
from .tables import As, Said, SourceError, SourceNode, Table, Target, Without, apply
from .task_definition import TaskTarget, task

CLUSTER = "aws:ecs/cluster:Cluster"
SERVICE_TYPE = "aws:ecs/service:Service"
TARGET = "aws:appautoscaling/target:Target"
POLICY = "aws:appautoscaling/policy:Policy"

IMPORT_FILE = "import.json"

_STATE = Said("state of the cluster, not a setting")


@dataclass(slots=True)
class Imported:
    """The project of a cluster, and the resources that exist."""

    project: Project
    running: RunningCluster
    ids: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])
    """Ids by the type of a resource and the name of the component that has it."""
    networks: dict[tuple[tuple[str, ...], bool], Code] = field(
        default_factory=dict[tuple[tuple[str, ...], bool], Code]
    )
    """Networks by subnets, and whether tasks have public addresses."""

    @property
    def name(self) -> str:
        """The cluster's name."""
        return str(self.running.cluster["clusterName"])


def import_ecs(running: RunningCluster, name: str | None) -> Imported:
    """Return the project of a running cluster.

    Raises:
        SourceError: it has no services that can be imported, or one runs Windows containers.
    """
    cluster = str(running.cluster["clusterName"])
    title = logical_name(name or cluster)
    project = Project(title.lower(), f"the running cluster {cluster}", running.region)
    imported = Imported(project, running)
    _cluster(imported, title)
    services = [item for item in running.services if _is_taken(imported, item)]
    if not services:
        raise SourceError(f"cluster {cluster}: there are no services that can be imported")
    for item in services:
        _service(imported, item)
    project.steps += _STEPS
    return imported


_STEPS = (
    "Adopt what runs: `pulumi stack select --create dev`, then `pulumi import --file import.json "
    "--protect=false --generate-code=false`.",
    "Read `pulumi preview`: it creates a new revision of each task definition and updates the services, and "
    "replaces or deletes nothing. Target groups, roles, log groups, security groups and subnets are not in "
    "the program; it refers to them.",
)


def _is_taken(imported: Imported, service: dict[str, Any]) -> bool:
    """Return whether a service can be taken over; report the reason if not."""
    kind = service.get("deploymentController", {}).get("type", "ECS")
    if kind != "ECS":
        reason = f"{kind} deploys it, and ECS cannot change that: make a new service"
    elif service.get("launchType") == "EXTERNAL":
        reason = "ECS Anywhere is not supported"
    else:
        return True
    source = f"service {service['serviceName']}"
    imported.project.report.omitted(answer(None, source), "deploymentController", reason)
    return False


def _settings(target: Target, node: SourceNode) -> None:
    for item in node.items():
        value = item.text_of("value")
        if item.text_of("name") != "containerInsights" or not value:
            target.omitted(item, "unknown setting")
            continue
        target.put("container_insights", value != "disabled")
        if value == "enhanced":
            target.put("overrides.cluster.settings", [{"name": "containerInsights", "value": value}])
        target.translated(item, "`container_insights`")


_CAPACITY: Table[Target] = {
    "clusterName": As("cluster_name", text),
    "settings": _settings,
    "tags": tags,
    "configuration": Without("set `exec_logs` of the cluster"),
    "capacityProviders": Said("`capacity`"),
    "defaultCapacityProviderStrategy": Without("each service has a strategy of its own"),
    "serviceConnectDefaults": Without("a service names the namespace in `connect`"),
    **dict.fromkeys(("clusterArn", "status", "registeredContainerInstancesCount"), _STATE),
    **dict.fromkeys(("runningTasksCount", "pendingTasksCount", "activeServicesCount"), _STATE),
    **dict.fromkeys(("statistics", "attachments", "attachmentsStatus"), _STATE),
}


def _cluster(imported: Imported, title: str) -> None:
    """Declare the cluster: on Fargate as a component that adopts it, else as a reference."""
    cluster, project = imported.running.cluster, imported.project
    target = Target(project.report, {})
    apply(_CAPACITY, answer(cluster, f"cluster {imported.name}"), target)
    project.declare("EcsCluster", title, target.args, "cluster")
    imported.ids[CLUSTER, title] = imported.name


def _service(imported: Imported, service: dict[str, Any]) -> None:
    """Declare the app of a service."""
    project, running = imported.project, imported.running
    name = str(service["serviceName"])
    account = str(running.cluster["clusterArn"]).split(":")[4]
    balanced = next(iter(listed(service, "loadBalancers")), dict[str, Any]())
    definition = TaskTarget(project.report, {}, Parameter(account, running.region))
    definition.balanced_container = str(balanced.get("containerName", ""))
    revision = running.definitions[str(service["taskDefinition"])].get("taskDefinition", {})
    task(answer(revision, f"task definition of {name}"), definition)
    target = ServiceTarget(project.report, definition.args, definition, name)
    apply(SERVICE, answer(service, f"service {name}"), target)
    if "daemon" in target.args:
        target.args.pop("count", None)
    if name in running.scaling:
        _scaling(imported, target, running.scaling[name])
    if target.capacity is not CapacityKind.FARGATE and definition.mode == "awsvpc":
        target.args["network_mode"] = "awsvpc"
    take_all_secrets(project, name, target.args)
    first: Arguments = {"cluster": _reference(project, target, definition)}
    if definition.args.get("network_mode") != "bridge":
        first["network"] = _network(imported, target)
    app = project.declare("ContainerApp", name, {**first, **target.args})
    imported.ids[SERVICE_TYPE, app.name] = f"{imported.name}/{name}"
    project.exports[f"{app.variable}TaskDefinition"] = f"{app.variable}.task_definition_arn"


_INSTANCES = "The security group of the cluster's instances"


def _reference(project: Project, target: ServiceTarget, definition: TaskTarget) -> Any:
    """Return the cluster as an app takes it, with the capacity that the service has."""
    choices: dict[str, Any] = {}
    if target.capacity is not CapacityKind.FARGATE:
        choices["capacity"] = target.capacity
    if target.provider:
        group = ["instances", "security", "group"]
        choices["capacity_provider"] = target.provider
        choices["security_group_id"] = project.setting(group, _INSTANCES, stand_in=GROUP)
    if definition.arch != "x86_64":
        choices["arch"] = definition.arch
    if not choices:
        return Code("cluster.ref")
    return Spread({"**": Code("cluster.ref"), **choices})


def _network(imported: Imported, target: ServiceTarget) -> Code:
    """Return the network with the subnets of a service."""
    key = (tuple(sorted(target.subnets)), target.is_public)
    if key not in imported.networks:
        subnets = list(key[0])
        vpcs = {imported.running.vpcs[subnet] for subnet in subnets if subnet in imported.running.vpcs}
        args: Arguments = {"vpc_id": sorted(vpcs)[0], "public_subnet_ids": subnets} if vpcs else {}
        if vpcs and not target.is_public:
            args |= {"private_subnet_ids": subnets, "private_egress": True}
        number = len(imported.networks) + 1
        name = imported.name if number == 1 else f"{imported.name}-{number}"
        variable = "network" if number == 1 else f"network_{number}"
        imported.networks[key] = imported.project.declare("Network", name, args, variable).ref
    return imported.networks[key]


def _scaling(imported: Imported, target: ServiceTarget, scaling: Scaling) -> None:
    """Translate the autoscaling of a service; what is not taken over stays as it is at AWS."""
    report, name = imported.project.report, target.service
    source = f"autoscaling of {name}"
    args: Arguments = {}
    bounds = Target(report, args)
    apply(_BOUNDS, answer(scaling.target, source), bounds)
    taken: list[dict[str, Any]] = []
    for policy in scaling.policies:
        node = answer(policy, source)
        key = f"policy {policy.get('PolicyName', '')}"
        tracked = policy.get("TargetTrackingScalingPolicyConfiguration", {})
        metric = tracked.get("PredefinedMetricSpecification", {}).get("PredefinedMetricType", "")
        argument = _METRICS.get(metric)
        if argument is None or argument in args or taken:
            report.omitted(node, key, _STAYS)
            continue
        taken.append(policy)
        args[argument] = round(float(tracked["TargetValue"]))
        for ours, theirs in _COOLDOWNS.items():
            args[ours] = int(tracked.get(theirs, _COOLDOWN))
        report.translated(node, key, f"`autoscaling.{argument}`")
    for action in scaling.scheduled:
        key = f"scheduled action {action.get('ScheduledActionName', '')}"
        report.omitted(answer(action, source), key, _STAYS)
    if not taken:
        report.omitted(answer(scaling.target, source), "ScalableTargets", _NO_TARGET)
        return
    target.args.pop("count", None)
    target.args["autoscaling"] = args
    overrides = target.args.setdefault("overrides", {})
    overrides["scaling_policy"] = {"name": taken[0]["PolicyName"]}
    resource = f"service/{imported.name}/{name}"
    app = logical_name(name)
    imported.ids[TARGET, app] = f"ecs/{resource}/ecs:service:DesiredCount"
    imported.ids[POLICY, app] = f"{imported.ids[TARGET, app]}/{taken[0]['PolicyName']}"


_COOLDOWNS = {"scale_in_cooldown": "ScaleInCooldown", "scale_out_cooldown": "ScaleOutCooldown"}
_COOLDOWN = 300
"""The default (Application Auto Scaling API reference, TargetTrackingScalingPolicyConfiguration)."""
_METRICS = {
    "ECSServiceAverageCPUUtilization": "cpu",
    "ECSServiceAverageMemoryUtilization": "memory",
}
_STAYS = "stays as it is at AWS, outside of the program"
_NO_TARGET = (
    "no policy tracks CPU or memory: autoscaling stays as it is at AWS, outside of the program; add "
    '`"desired_count"` to what Pulumi ignores, or take it over by hand'
)
_TARGET = Said("the scalable target itself")
_BOUNDS: Table[Target] = {
    "MinCapacity": As("min", whole),
    "MaxCapacity": As("max", whole),
    **dict.fromkeys(("ServiceNamespace", "ResourceId", "ScalableDimension", "RoleARN"), _TARGET),
    **dict.fromkeys(("CreationTime", "SuspendedState", "ScalableTargetARN", "PredictedCapacity"), _TARGET),
}


def import_document(resources: list[Any], ids: dict[tuple[str, str], str]) -> dict[str, Any]:
    """Return the file for `pulumi import`: the resources that exist, under their components.

    `resources` are those of the evaluated program.
    """
    by_urn = {item.urn: item for item in resources}
    existing: dict[str, dict[str, Any]] = {}
    components: dict[str, dict[str, Any]] = {}
    for item in resources:
        parent = by_urn.get(item.parent or "")
        if parent is None or (item.type, parent.name) not in ids or not item.custom:
            continue
        unique = re.sub("[^A-Za-z0-9]+", "-", f"{parent.type.rpartition(':')[2]}-{parent.name}").lower()
        component = {"type": parent.type, "name": unique, "logicalName": parent.name, "component": True}
        components[unique] = component
        kind = item.type.rpartition(":")[2].lower()
        existing[f"{unique}-{kind}"] = {
            "type": item.type,
            "name": f"{unique}-{kind}",
            "logicalName": item.name,
            "id": ids[item.type, parent.name],
            "parent": unique,
        }
    return {"resources": [*components.values(), *existing.values()]}
