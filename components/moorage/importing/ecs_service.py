"""Services of ECS, as DescribeServices answers them."""

from dataclasses import dataclass, field
from typing import Any

from moorage.compose_file.nodes import Node
from moorage.rollout.answers import camel

from .tables import As, Inside, Said, Table, Target, Without, apply, flag, text, texts, whole
from .task_definition import TaskTarget

_STATE = Said("state of the service, not a setting")


@dataclass(slots=True)
class ServiceTarget(Target):
    """The arguments of a service's app, and what its network and cluster must be."""

    definition: TaskTarget
    service: str
    subnets: list[str] = field(default_factory=list[str])
    is_public: bool = False
    capacity: str = "fargate"
    provider: str = ""

    def override(self, argument: str, value: Any) -> None:
        """Set an input of the service that no argument has."""
        self.put(f"overrides.service.{argument}", value)


def _launch_type(target: ServiceTarget, node: Node, path: str) -> None:
    kind = node.text()
    target.capacity = {"FARGATE": "fargate", "MANAGED_INSTANCES": "managed_instances"}.get(kind, "ec2")
    if target.capacity != "fargate":
        # The strategy of an app on instances names a provider, which this service does not have.
        target.provider = "none"
    target.override("launch_type", kind)
    target.override("capacity_provider_strategies", [])
    target.report.translated(
        node, path, "`overrides.service.launch_type`: a capacity provider strategy would replace the service"
    )


def _strategy(target: ServiceTarget, node: Node, path: str) -> None:
    entries = [item.plain() for item in node.items()]
    names = [str(item.get("capacityProvider", "")) for item in entries]
    if set(names) <= {"FARGATE", "FARGATE_SPOT"}:
        target.capacity = "fargate_spot" if "FARGATE_SPOT" in names else "fargate"
    else:
        target.capacity, target.provider = "ec2", names[0]
    strategy = [
        {
            "capacity_provider": item.get("capacityProvider"),
            "base": item.get("base", 0),
            "weight": item.get("weight", 0),
        }
        for item in entries
    ]
    target.override("capacity_provider_strategies", strategy)
    target.report.translated(node, path, "`overrides.service.capacity_provider_strategies`")


def _balancers(target: ServiceTarget, node: Node, path: str) -> None:
    first = node.items()[0]
    arn, port = first.get("targetGroupArn"), first.get("containerPort")
    if arn is None or port is None:
        target.report.omitted(node, path, "Classic Load Balancers are not supported")
        return
    target.put("target_group_arn", arn.text())
    _reached(target, whole(port))
    target.report.translated(first, f"{path}[0]", "`target_group_arn`: the one that exists")
    if first.get("advancedConfiguration") is not None:
        reason = "a deployment is rolling: the other strategies need moorage's own load balancer"
        target.report.omitted(first, f"{path}[0].advancedConfiguration", reason)
    if len(node.items()) > 1:
        balancers = [
            {
                "target_group_arn": (item.get("targetGroupArn") or item).text(),
                "container_name": (item.get("containerName") or item).text(),
                "container_port": whole(item.get("containerPort") or item),
            }
            for item in node.items()
        ]
        target.override("load_balancers", balancers)
        for index, item in enumerate(node.items()[1:], 1):
            target.report.translated(item, f"{path}[{index}]", "`overrides.service.load_balancers`")


def _reached(target: ServiceTarget, port: int) -> None:
    """Make a port that of the app, which the target group reaches."""
    args = target.args
    if args.get("port") == port:
        return
    others = [item for item in args.get("ports", []) if item["port"] != port]
    if "port" in args:
        others.insert(
            0, {"port": args["port"], **({"host_port": args["host_port"]} if "host_port" in args else {})}
        )
        args.pop("host_port", None)
    args["port"] = port
    args["ports"] = others
    if not others:
        del args["ports"]


def _registries(target: ServiceTarget, node: Node, path: str) -> None:
    names = {"registryArn": "registry_arn", "port": "port", "containerName": "container_name"}
    names["containerPort"] = "container_port"
    registry = {names[key]: item.plain() for key, item in node.items()[0].entries().items() if key in names}
    target.override("service_registries", registry)
    target.report.translated(node, path, "`overrides.service.service_registries`")


def _breaker(target: Target, node: Node, path: str) -> None:
    enabled, rollback = node.get("enable"), node.get("rollback")
    if enabled is not None and flag(enabled) and (rollback is None or flag(rollback)):
        target.report.translated(node, path, "always on, with rollback")
    else:
        target.report.approximated(node, path, "always on, with rollback")


def _alarms(target: Target, node: Node, path: str) -> None:
    names, enabled = node.get("alarmNames"), node.get("enable")
    if names is not None and enabled is not None and flag(enabled):
        target.put("alarm_names", texts(names))
    target.report.translated(node, path, "`alarm_names`")


def _rolling(target: Target, node: Node, path: str) -> None:
    if node.text() == "ROLLING":
        target.report.translated(node, path, "`deployment`")
    else:
        text_ = "`deployment` is rolling: the other strategies need moorage's own load balancer"
        target.report.approximated(node, path, text_)


def _settings(node: Node, *keys: str) -> list[dict[str, str]]:
    return [
        {key: item.text() for key, item in entry.entries().items() if key in keys} for entry in node.items()
    ]


def _constraints(target: ServiceTarget, node: Node, path: str) -> None:
    target.override("placement_constraints", _settings(node, "type", "expression"))
    target.report.translated(node, path, "`overrides.service.placement_constraints`")


def _placement(target: ServiceTarget, node: Node, path: str) -> None:
    target.override("ordered_placement_strategies", _settings(node, "type", "field"))
    target.report.translated(node, path, "`overrides.service.ordered_placement_strategies`")


def _network(target: ServiceTarget, node: Node, path: str) -> None:
    inner = node.get("awsvpcConfiguration") or node
    assigned, groups = inner.get("assignPublicIp"), inner.get("securityGroups")
    target.subnets = [item.text() for item in inner.listed("subnets")]
    target.is_public = assigned is not None and assigned.text() == "ENABLED"
    target.put("subnets", "public" if target.is_public else "private")
    target.put("security_group", False)
    target.put("security_group_ids", texts(groups) if groups else [])
    target.report.translated(node, path, "`network`, `subnets` and `security_group_ids`: those that exist")


def _daemon(target: Target, node: Node, path: str) -> None:
    if node.text() == "DAEMON":
        target.put("daemon", True)
        target.args.pop("count", None)
    target.report.translated(node, path, "`daemon`")


def _count(target: Target, node: Node, path: str) -> None:
    if not target.args.get("daemon"):
        target.put("count", whole(node))
    target.report.translated(node, path, "`count`")


def _platform(target: Target, node: Node, path: str) -> None:
    if node.text() != "LATEST":
        target.put("platform_version", node.text())
    target.report.translated(node, path, "`platform_version`")


def tags(target: Target, node: Node, path: str) -> None:
    """Add the tags of a service or cluster without those that AWS and moorage set."""
    own: dict[str, str] = dict(target.args.get("tags", {}))
    for item in node.items():
        key, value = item.get("key"), item.get("value")
        if key is not None and not key.text().lower().startswith(("aws:", "moorage:")):
            own[key.text()] = value.text() if value else ""
    if own:
        target.put("tags", own)
    target.report.translated(node, path, "`tags`")


def _deployments(target: ServiceTarget, node: Node, path: str) -> None:
    """Translate the settings that only the primary deployment has."""
    found = enumerate(node.items())
    index, primary = next(
        ((at, item) for at, item in found if (item.get("status") or item).text() == "PRIMARY"), (0, None)
    )
    if primary is None:
        return
    path = f"{path}[{index}]"
    connect, volumes = primary.get("serviceConnectConfiguration"), primary.get("volumeConfigurations")
    if connect is not None and (enabled := connect.get("enabled")) is not None and flag(enabled):
        _connect(target, connect, f"{path}.serviceConnectConfiguration")
    for index, item in enumerate(volumes.items() if volumes else []):
        _ebs(target, item, f"{path}.volumeConfigurations[{index}]")
    if primary.get("vpcLatticeConfigurations") is not None:
        target.report.omitted(primary, f"{path}.vpcLatticeConfigurations", "VPC Lattice is not supported")
    if primary.get("fargateEphemeralStorage") is not None:
        reason = "the key of the cluster's storage is not in the program"
        target.report.omitted(primary, f"{path}.fargateEphemeralStorage", reason)


def _connect(target: ServiceTarget, node: Node, path: str) -> None:
    """Keep Service Connect as it is, by the input of the provider."""
    value = _provider(node.plain())
    value.pop("access_log_configuration", None)
    target.override("service_connect_configuration", value)
    target.report.translated(node, path, "`overrides.service.service_connect_configuration`")


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


def _ebs(target: ServiceTarget, node: Node, path: str) -> None:
    name, managed = node.get("name"), node.get("managedEBSVolume")
    volumes: dict[str, Any] = target.args.get("volumes", {})
    if name is None or managed is None or name.text() not in volumes:
        reason = "only managed EBS volumes that a container mounts are supported"
        target.report.omitted(node, path, reason)
        return
    ebs = Target(target.report, {})
    apply(_EBS, managed, f"{path}.managedEBSVolume", ebs)
    volumes[name.text()] = {"ebs": ebs.args}


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


def _grace(target: ServiceTarget, node: Node, path: str) -> None:
    if "target_group_arn" in target.args:
        target.override("health_check_grace_period_seconds", whole(node))
        target.report.translated(node, path, "`overrides.service.health_check_grace_period_seconds`")
    else:
        target.report.omitted(node, path, "needs a target group")


_NO_STRATEGY = "a deployment is rolling: the other strategies need moorage's own load balancer"
_DEPLOYMENT: Table[ServiceTarget] = {
    "deploymentCircuitBreaker": _breaker,
    "maximumPercent": As("maximum_percent", whole),
    "minimumHealthyPercent": As("minimum_healthy_percent", whole),
    "alarms": _alarms,
    "strategy": _rolling,
    **{
        key: Without(_NO_STRATEGY)
        for key in (
            *("bakeTimeInMinutes", "lifecycleHooks", "linearConfiguration", "canaryConfiguration"),
            "earlySuccessCriteria",
        )
    },
}

SERVICE: Table[ServiceTarget] = {
    "serviceName": As("service_name", text),
    "loadBalancers": _balancers,
    "serviceRegistries": _registries,
    "schedulingStrategy": _daemon,
    "desiredCount": _count,
    "launchType": _launch_type,
    "capacityProviderStrategy": _strategy,
    "platformVersion": _platform,
    "deploymentConfiguration": Inside(_DEPLOYMENT),
    "deployments": _deployments,
    "placementConstraints": _constraints,
    "placementStrategy": _placement,
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
    **{
        key: _STATE
        for key in (
            *(
                "serviceArn",
                "clusterArn",
                "status",
                "runningCount",
                "pendingCount",
                "platformFamily",
                "events",
            ),
            *("createdAt", "createdBy", "currentServiceDeployment", "currentServiceRevisions"),
        )
    },
}
