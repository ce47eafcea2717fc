"""Services of ECS, as DescribeServices answers them."""

from dataclasses import dataclass, field
from typing import Any

from moorage.model.choices import CapacityKind
from moorage.rollout.answers import camel
from moorage.rollout.states import DeploymentStatus

from .readers import flag, text, texts, unless, whole
from .tables import As, ByValue, Inside, Nearly, Reader, Said, SourceNode, Table, Target, Without, apply
from .task_definition import TaskTarget, tag

_STATE = Said("state of the service, not a setting")


@dataclass(slots=True)
class ServiceTarget(Target):
    """The arguments of a service's app, and what its network and cluster must be."""

    definition: TaskTarget
    service: str
    subnets: list[str] = field(default_factory=list[str])
    is_public: bool = False
    capacity: CapacityKind = CapacityKind.FARGATE
    provider: str = ""

    def override(self, argument: str, value: Any) -> None:
        """Set an input of the service that no argument has."""
        self.put(f"overrides.service.{argument}", value)


_CAPACITIES = {"FARGATE": CapacityKind.FARGATE, "MANAGED_INSTANCES": CapacityKind.MANAGED_INSTANCES}


def _launch_type(target: ServiceTarget, node: SourceNode) -> None:
    kind = node.text()
    target.capacity = _CAPACITIES.get(kind, CapacityKind.EC2)
    if target.capacity is not CapacityKind.FARGATE:
        # The strategy of an app on instances names a provider, which this service does not have.
        target.provider = "none"
    target.override("launch_type", kind)
    target.override("capacity_provider_strategies", [])
    target.translated(
        node, "`overrides.service.launch_type`: a capacity provider strategy would replace the service"
    )


def _strategy(target: ServiceTarget, node: SourceNode) -> None:
    strategy = [
        {
            "capacity_provider": item.get("capacityProvider"),
            "base": item.get("base", 0),
            "weight": item.get("weight", 0),
        }
        for item in map(SourceNode.plain, node.items())
    ]
    names = [str(item["capacity_provider"]) for item in strategy]
    if set(names) <= {"FARGATE", "FARGATE_SPOT"}:
        target.capacity = CapacityKind.FARGATE_SPOT if "FARGATE_SPOT" in names else CapacityKind.FARGATE
    else:
        target.capacity, target.provider = CapacityKind.EC2, names[0]
    target.override("capacity_provider_strategies", strategy)
    target.translated(node, "`overrides.service.capacity_provider_strategies`")


_ONLY_ROLLING = "rolling: the other strategies need moorage's own load balancer"
_NO_STRATEGY = f"a deployment is {_ONLY_ROLLING}"


def _balancers(target: ServiceTarget, node: SourceNode) -> None:
    first, *others = node.items()
    arn, port = first.get("targetGroupArn"), first.get("containerPort")
    if arn is None or port is None:
        target.omitted(node, "Classic Load Balancers are not supported")
        return
    target.put("target_group_arn", arn.text())
    _reached(target, whole(port))
    target.translated(first, "`target_group_arn`: the one that exists")
    if (advanced := first.get("advancedConfiguration")) is not None:
        target.omitted(advanced, _NO_STRATEGY)
    if others:
        balancers = [
            {
                "target_group_arn": (item.get("targetGroupArn") or item).text(),
                "container_name": (item.get("containerName") or item).text(),
                "container_port": whole(item.get("containerPort") or item),
            }
            for item in node.items()
        ]
        target.override("load_balancers", balancers)
        for item in others:
            target.translated(item, "`overrides.service.load_balancers`")


def _reached(target: ServiceTarget, port: int) -> None:
    """Make a port that of the app, which the target group reaches."""
    args = target.args
    if args.get("port") == port:
        return
    own = {key: args.pop(key) for key in ("port", "host_port") if key in args}
    others = [item for item in args.get("ports", []) if item["port"] != port]
    if "port" in own:
        others.insert(0, own)
    args["port"], args["ports"] = port, others
    if not others:
        del args["ports"]


def _registry(node: SourceNode) -> dict[str, Any]:
    """Return the registry of Cloud Map, of which a service has one."""
    keys = ("registryArn", "port", "containerName", "containerPort")
    return {_snake(key): item.plain() for key, item in node.items()[0].entries().items() if key in keys}


def _breaker(target: Target, node: SourceNode) -> None:
    enabled, rollback = node.get("enable"), node.get("rollback")
    is_same = enabled is not None and flag(enabled) and (rollback is None or flag(rollback))
    report = target.translated if is_same else target.approximated
    report(node, "always on, with rollback")


def _alarms(node: SourceNode) -> list[str] | None:
    """Return the alarms of a deployment that are in use."""
    names, enabled = node.get("alarmNames"), node.get("enable")
    return texts(names) if names is not None and enabled is not None and flag(enabled) else None


def _entries(*keys: str) -> Reader:
    """Return a reader of a list of objects with some of their keys."""
    return lambda node: [
        {key: item.text() for key, item in entry.entries().items() if key in keys} for entry in node.items()
    ]


def _network(target: ServiceTarget, node: SourceNode) -> None:
    inner = node.get("awsvpcConfiguration") or node
    groups = inner.get("securityGroups")
    target.subnets = [item.text() for item in inner.listed("subnets")]
    target.is_public = inner.text_of("assignPublicIp") == "ENABLED"
    target.put("subnets", "public" if target.is_public else "private")
    target.put("security_group", False)
    target.put("security_group_ids", texts(groups) if groups else [])
    target.translated(node, "`network`, `subnets` and `security_group_ids`: those that exist")


def tags(target: Target, node: SourceNode) -> None:
    """Add the tags of a service or cluster without those that AWS and moorage set."""
    own = {**target.args.get("tags", {}), **dict(filter(None, map(tag, node.items())))}
    if own:
        target.put("tags", own)
    target.translated(node, "`tags`")


def _deployments(target: ServiceTarget, node: SourceNode) -> None:
    """Translate the settings that only the primary deployment has."""
    primary = next(
        (item for item in node.items() if item.text_of("status") == DeploymentStatus.PRIMARY), None
    )
    if primary is None:
        return
    connect = primary.get("serviceConnectConfiguration")
    if connect is not None and (enabled := connect.get("enabled")) is not None and flag(enabled):
        _connect(target, connect)
    for item in primary.listed("volumeConfigurations"):
        _ebs(target, item)
    for key, reason in {
        "vpcLatticeConfigurations": "VPC Lattice is not supported",
        "fargateEphemeralStorage": "the key of the cluster's storage is not in the program",
    }.items():
        if (setting := primary.get(key)) is not None:
            target.omitted(setting, reason)


def _connect(target: ServiceTarget, node: SourceNode) -> None:
    """Keep Service Connect as it is, by the input of the provider."""
    value = _provider(node.plain())
    value.pop("access_log_configuration", None)
    target.override("service_connect_configuration", value)
    target.translated(node, "`overrides.service.service_connect_configuration`")


def _provider(value: Any) -> Any:
    """Return an answer of the API as the provider's inputs have it, in snake case."""
    if isinstance(value, dict):
        made: dict[str, Any] = {}
        for key, item in value.items():  # pyright: ignore[reportUnknownVariableType]
            name = _RENAMED.get(str(key), _snake(str(key)))  # pyright: ignore[reportUnknownArgumentType]
            made[name] = item if name in ("options", "log_driver") else _provider(item)
        return made
    return [_provider(item) for item in value] if isinstance(value, list) else value  # pyright: ignore[reportUnknownVariableType]


_RENAMED = {"issuerCertificateAuthority": "issuer_cert_authority", "clientAliases": "client_alias"}


def _snake(name: str) -> str:
    made = "".join(f"_{char.lower()}" if char.isupper() else char for char in name)
    assert camel(made) == name, name
    return made


def _ebs(target: ServiceTarget, node: SourceNode) -> None:
    name, managed = node.text_of("name"), node.get("managedEBSVolume")
    volumes: dict[str, Any] = target.args.get("volumes", {})
    if managed is None or name not in volumes:
        target.omitted(node, "only managed EBS volumes that a container mounts are supported")
        return
    ebs = Target(target.report, {})
    apply(_EBS, managed, ebs)
    volumes[name] = {"ebs": ebs.args}


_EBS: Table[Target] = {
    "sizeInGiB": As("size", whole),
    "volumeType": As("type", text),
    "iops": As("iops", whole),
    "throughput": As("throughput", whole),
    "snapshotId": As("snapshot_id", text),
    "filesystemType": As("file_system", text),
    "kmsKeyId": As("kms_key_id", text),
    "encrypted": Said("always encrypted"),
    "roleArn": Without("a role is made"),
    "tagSpecifications": Without("volumes have the tags of the service"),
    "volumeInitializationRate": Without("is not supported"),
}


def _grace(target: ServiceTarget, node: SourceNode) -> None:
    if "target_group_arn" in target.args:
        target.override("health_check_grace_period_seconds", whole(node))
        target.translated(node, "`overrides.service.health_check_grace_period_seconds`")
    else:
        target.omitted(node, "needs a target group")


_DEPLOYMENT: Table[ServiceTarget] = {
    "deploymentCircuitBreaker": _breaker,
    "maximumPercent": As("maximum_percent", whole),
    "minimumHealthyPercent": As("minimum_healthy_percent", whole),
    "alarms": As("alarm_names", _alarms),
    "strategy": ByValue({"ROLLING": Said("`deployment`")}, Nearly(f"`deployment` is {_ONLY_ROLLING}")),
    **dict.fromkeys(("bakeTimeInMinutes", "lifecycleHooks"), Without(_NO_STRATEGY)),
    **dict.fromkeys(("linearConfiguration", "canaryConfiguration"), Without(_NO_STRATEGY)),
    "earlySuccessCriteria": Without(_NO_STRATEGY),
}

SERVICE: Table[ServiceTarget] = {
    "serviceName": As("service_name", text),
    "loadBalancers": _balancers,
    "serviceRegistries": As("overrides.service.service_registries", _registry),
    "schedulingStrategy": As("daemon", lambda node: node.text() == "DAEMON" or None),
    "desiredCount": As("count", whole),
    "launchType": _launch_type,
    "capacityProviderStrategy": _strategy,
    "platformVersion": As("platform_version", unless("LATEST")),
    "deploymentConfiguration": Inside(_DEPLOYMENT),
    "deployments": _deployments,
    "placementConstraints": As("overrides.service.placement_constraints", _entries("type", "expression")),
    "placementStrategy": As("overrides.service.ordered_placement_strategies", _entries("type", "field")),
    "networkConfiguration": _network,
    "healthCheckGracePeriodSeconds": _grace,
    "tags": tags,
    "enableExecuteCommand": As("execute_command", flag),
    "availabilityZoneRebalancing": As("rebalancing", lambda node: node.text() == "ENABLED"),
    "enableECSManagedTags": Without("tasks always have ECS's tags"),
    "propagateTags": Without("tasks always have the tags of the service"),
    "roleArn": Without("ECS has a service-linked role"),
    "deploymentController": Said("ECS deploys"),
    "taskSets": Without("only services that ECS deploys are imported"),
    "resourceManagementType": _STATE,
    "taskDefinition": Said("a new revision of it"),
    **dict.fromkeys(("serviceArn", "clusterArn", "status", "runningCount", "pendingCount"), _STATE),
    **dict.fromkeys(("platformFamily", "events", "createdAt", "createdBy"), _STATE),
    **dict.fromkeys(("currentServiceDeployment", "currentServiceRevisions"), _STATE),
}
