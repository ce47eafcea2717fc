"""The services of a cluster, found without Pulumi."""

import contextlib
from typing import Any, cast

from moorage.operate.apps import App, app_of
from moorage.operate.place import NotFound
from moorage.rollout.answers import chunks, listed, part
from moorage.rollout.ask import AskError, Refused
from moorage.rollout.aws import Asker
from moorage.rollout.login import Login
from moorage.rollout.revisions import short
from moorage.rollout.states import ClusterStatus, ServiceStatus

from .place import AwsPlace

_DESCRIBED = 10
"""Maximum of DescribeServices."""


def discovered(cluster: str, service: str | None, region: str | None, profile: str | None) -> AwsPlace:
    """Return one service of a cluster, which has a name or an ARN, or all.

    The region defaults to that of the ARN, or of the AWS configuration.

    Raises:
        NotFound: the cluster or service does not exist; the text lists the existing ones.
        AskError: a request to AWS failed.
    """
    login = Login(profile=profile)
    named = cluster.split(":")[3] if cluster.startswith("arn:") else ""
    ask = Asker(cast("str", region or named or None), login)
    clusters = listed(ask("ecs", "describe_clusters", clusters=[cluster]), "clusters")
    if not clusters or clusters[0].get("status") == ClusterStatus.INACTIVE:
        raise NotFound(f"there is no cluster {cluster!r} in {ask.region_of()}; {_there_are(_clusters(ask))}")
    arn = str(clusters[0]["clusterArn"])
    names = [service] if service else [short(item) for item in _services(ask, arn)]
    services = _described(ask, arn, names)
    if service and not services:
        there = _there_are([short(item) for item in _services(ask, arn)])
        raise NotFound(f"cluster {short(arn)} has no service {service!r}; {there}")
    apps = {app.name: app for app in (_app(ask, item) for item in services)}
    return AwsPlace(f"cluster {short(arn)}", apps, login=login)


def _clusters(ask: Asker) -> list[str]:
    try:
        return [short(arn) for arn in ask.every("ecs", "list_clusters", "clusterArns")]
    except AskError:
        return []


def _services(ask: Asker, cluster: str) -> list[str]:
    return [
        str(arn) for arn in ask.every("ecs", "list_services", "serviceArns", cluster=cluster, maxResults=100)
    ]


def _described(ask: Asker, cluster: str, names: list[str]) -> list[dict[str, Any]]:
    services: list[dict[str, Any]] = []
    for some in chunks(names, _DESCRIBED):
        answer = ask("ecs", "describe_services", cluster=cluster, services=list(some))
        services += [
            item for item in listed(answer, "services") if item.get("status") != ServiceStatus.INACTIVE
        ]
    return services


def _app(ask: Asker, service: dict[str, Any]) -> App:
    answer: dict[str, Any] = {}
    with contextlib.suppress(Refused):
        answer = ask("ecs", "describe_task_definition", taskDefinition=service["taskDefinition"])
    definition = part(answer, "taskDefinition")
    return app_of(str(service["serviceName"]), service, listed(definition, "containerDefinitions"))


def _there_are(names: list[str]) -> str:
    return f"there are {', '.join(sorted(names))}" if names else "there are none that can be seen"
