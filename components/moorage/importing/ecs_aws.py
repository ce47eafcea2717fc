"""Reading a running cluster of ECS from AWS."""

from dataclasses import dataclass, field
from typing import Any, cast

from moorage.errors import UsageError
from moorage.rollout.answers import chunks, listed, part
from moorage.rollout.aws import Asker
from moorage.rollout.login import Login
from moorage.rollout.states import ClusterStatus, ServiceStatus

_SERVICES, _SUBNETS = 10, 200
"""Maximum of DescribeServices, and of the subnets of a request."""


@dataclass(frozen=True, slots=True)
class Scaling:
    """The autoscaling of a service."""

    target: dict[str, Any]
    policies: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    scheduled: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])


@dataclass(frozen=True, slots=True)
class RunningCluster:
    """A cluster and its services, as AWS answers them."""

    region: str
    cluster: dict[str, Any]
    services: list[dict[str, Any]]
    definitions: dict[str, dict[str, Any]]
    """Answers of DescribeTaskDefinition by ARN."""
    scaling: dict[str, Scaling]
    """By the name of the service."""
    vpcs: dict[str, str]
    """Ids of VPCs by subnet."""


def running_cluster(name: str, region: str, profile: str | None) -> RunningCluster:
    """Read a cluster, by its name or ARN; nothing is changed.

    Raises:
        UsageError: the cluster does not exist.
        AskError: a request to AWS failed.
    """
    region = name.split(":")[3] if name.startswith("arn:") else region
    ask = Asker(region, Login(profile=profile))
    included = ["SETTINGS", "CONFIGURATIONS", "TAGS"]
    clusters = listed(ask("ecs", "describe_clusters", clusters=[name], include=included), "clusters")
    if not clusters or clusters[0].get("status") == ClusterStatus.INACTIVE:
        raise UsageError(f"there is no cluster {name!r} in {region}", hint="pass --region, or its ARN")
    cluster = cast("dict[str, Any]", clusters[0])
    arn = str(cluster["clusterArn"])
    arns = list(ask.every("ecs", "list_services", "serviceArns", cluster=arn))
    services: list[dict[str, Any]] = []
    for some in chunks(arns, _SERVICES):
        answer = ask("ecs", "describe_services", cluster=arn, services=list(some), include=["TAGS"])
        services += [
            item for item in listed(answer, "services") if item.get("status") == ServiceStatus.ACTIVE
        ]
    services.sort(key=lambda item: str(item["serviceName"]))
    definitions = {
        revision: ask("ecs", "describe_task_definition", taskDefinition=revision, include=["TAGS"])
        for revision in sorted(
            {str(item["taskDefinition"]) for item in services if item.get("taskDefinition")}
        )
    }
    names = {str(item["serviceName"]) for item in services}
    scaling = _scaling(ask, str(cluster["clusterName"]), names)
    return RunningCluster(region, cluster, services, definitions, scaling, _vpcs(ask, services))


def _scaling(ask: Asker, cluster: str, services: set[str]) -> dict[str, Scaling]:
    """Return the autoscaling of services, by their names."""
    resources = {f"service/{cluster}/{name}": name for name in sorted(services)}
    autoscaling: dict[str, Scaling] = {}
    api = "application-autoscaling"
    for some in chunks(list(resources), 50):
        asked = {"ServiceNamespace": "ecs", "ResourceIds": list(some)}
        for target in ask.every(api, "describe_scalable_targets", "ScalableTargets", **asked):
            if (name := resources.get(str(target["ResourceId"]))) is not None:
                autoscaling[name] = Scaling(target)
    for name, scaling in autoscaling.items():
        one = {"ServiceNamespace": "ecs", "ResourceId": f"service/{cluster}/{name}"}
        scaling.policies.extend(ask.every(api, "describe_scaling_policies", "ScalingPolicies", **one))
        scaling.scheduled.extend(ask.every(api, "describe_scheduled_actions", "ScheduledActions", **one))
    return autoscaling


def _vpcs(ask: Asker, services: list[dict[str, Any]]) -> dict[str, str]:
    subnets: dict[str, None] = {}
    for item in services:
        network = part(part(item, "networkConfiguration"), "awsvpcConfiguration")
        subnets |= dict.fromkeys(map(str, listed(network, "subnets")))
    vpcs: dict[str, str] = {}
    for some in chunks(list(subnets), _SUBNETS):
        details = ask.every("ec2", "describe_subnets", "Subnets", SubnetIds=list(some))
        vpcs |= {str(item["SubnetId"]): str(item["VpcId"]) for item in details}
    return vpcs
