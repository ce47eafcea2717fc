"""Apps and jobs of a Pulumi stack, from its state."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from moorage.model.service_names import service_names
from moorage.operate.apps import App, Json, app_of, cluster_of, containers_of
from moorage.operate.place import NotFound
from moorage.rollout.login import Login, configured
from moorage.rollout.revisions import short

from .command import answer, located

if TYPE_CHECKING:
    from moorage.operate.aws.place import AwsPlace

_SERVICE = "aws:ecs/service:Service"
_DEFINITION = "aws:ecs/taskDefinition:TaskDefinition"
_STACK, _JOB = "pulumi:pulumi:Stack", "moorage:index:Job"

_ARN = "arn:"

_PLAIN = ("profile", "assumeRoles")
"""The inputs of a provider about its credentials that are plain strings in the state."""


def deployed(project: Path, stack: str, profile: str | None) -> "AwsPlace":
    """Return the place of a stack's apps and jobs.

    The credentials are those of a profile of the AWS configuration, else of the stack's provider.

    Raises:
        NotFound: the Pulumi CLI is missing or fails; the stack was never deployed, or has no app.
    """
    place = found_in(exported(project, stack), f"stack {stack}")
    if not place.apps and not place.jobs:
        raise NotFound(f"stack {stack} has no ECS service; run `pulumi up --stack {stack}` to deploy it")
    return replace(place, login=Login(profile=profile)) if profile else place


def exported(project: Path, stack: str) -> Json:
    """Return the state of a stack from `pulumi stack export`, with its secrets encrypted.

    Raises:
        NotFound: the Pulumi CLI is missing or fails; the stack does not exist.
    """
    cli = located()
    if cli is None:
        raise NotFound(
            "the Pulumi CLI, which reads the stack's state, is not installed; run `moorage pulumi version` "
            "to install it, or pass --cluster and --service instead of --stack"
        )
    done = answer(cli, project, "stack", "export", "--stack", stack)
    if done.returncode:
        said = (done.stderr or done.stdout).strip().removeprefix("error: ")
        if "no stack named" in said:
            raise NotFound(f"stack {stack} does not exist; run `pulumi up --stack {stack}` to create it")
        raise NotFound(f"the state of stack {stack} cannot be read: {said}")
    try:
        state: Any = json.loads(done.stdout)
    except ValueError:
        raise NotFound(f"`pulumi stack export --stack {stack}` did not print JSON") from None
    return cast("Json", state)


def resources_of(export: Json) -> list[Json]:
    """Return the resources in an exported state."""
    deployment = cast("Json", export.get("deployment") or {})
    return cast("list[Json]", deployment.get("resources") or [])


def found_in(export: Json, name: str) -> "AwsPlace":
    """Return the apps and jobs in an exported state."""
    from moorage.operate.aws.place import AwsPlace

    resources = resources_of(export)
    alive = {str(item["urn"]): item for item in resources if not item.get("delete")}
    definitions = {
        str(_outputs(item).get("arn")): containers_of(_outputs(item).get("containerDefinitions"))
        for item in resources
        if item.get("type") == _DEFINITION
    }
    services = {
        urn: item
        for urn, item in alive.items()
        if item.get("type") == _SERVICE and str(item.get("id", "")).startswith(_ARN)
    }
    names = service_names({urn: _with_parents(item, alive) for urn, item in services.items()})
    apps: dict[str, App] = {}
    for urn, item in services.items():
        outputs = _outputs(item)
        containers = definitions.get(str(outputs.get("taskDefinition")), [])
        apps[names[urn]] = app_of(names[urn], {**outputs, "serviceArn": item["id"]}, containers)
    jobs = {
        _name(item): _outputs(item)
        for item in alive.values()
        if item.get("type") == _JOB and _outputs(item).get("runTask")
    }
    roots = [_outputs(item) for item in alive.values() if item.get("type") == _STACK]
    return AwsPlace(name, apps or _exported(roots), jobs, _login(alive.values()))


def _exported(roots: Iterable[Json]) -> dict[str, App]:
    """Return the apps whose service ARNs are outputs of a stack."""
    apps: dict[str, App] = {}
    for value in (value for outputs in roots for value in outputs.values()):
        if isinstance(value, str) and value.startswith(_ARN) and ":service/" in value and ":ecs:" in value:
            name = short(value)
            apps[name] = App(name, cluster_of(value), name)
    return apps


def _with_parents(service: Json, alive: Mapping[str, Json]) -> list[tuple[str, str]]:
    """Return the types and names of a service and of the components that it is inside of."""
    items: list[tuple[str, str]] = []
    item = service
    while item and item.get("type") != _STACK:
        items.append((str(item.get("type")), _name(item)))
        item = alive.get(str(item.get("parent")), {})
    return items


def _name(item: Json) -> str:
    return str(item["urn"]).rsplit("::", 1)[-1]


def _outputs(item: Json) -> Json:
    return cast("Json", item.get("outputs") or {})


def _login(resources: Iterable[Json]) -> Login:
    """Return the credentials of the services' AWS provider, except keys, which are encrypted in the state."""
    items = list(resources)
    users = (item for item in items if item.get("type") == _SERVICE)
    used = {str(item.get("provider") or "").rpartition("::")[0] for item in users}
    providers = [item for item in items if item.get("type") == "pulumi:providers:aws"]
    own: list[Any] = [*(item for item in providers if item["urn"] in used), *providers, {}]
    inputs: Any = own[0].get("inputs") or {}
    # A value that is not a string is secret.
    plain = {key: inputs.get(key) if isinstance(inputs.get(key), str) else None for key in _PLAIN}
    return configured(SimpleNamespace(profile=plain["profile"], assume_roles=plain["assumeRoles"]))
