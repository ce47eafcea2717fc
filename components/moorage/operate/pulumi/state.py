"""What a Pulumi stack deployed, from its state."""

import json
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from moorage.operate.apps import App, Found, Json, app_of, cluster_of, containers_of
from moorage.operate.place import NotFound, Place
from moorage.rollout.login import Login, configured

_SERVICE = "aws:ecs/service:Service"
_DEFINITION = "aws:ecs/taskDefinition:TaskDefinition"
_APP, _COMPOSE, _JOB = "moorage:index:ContainerApp", "moorage:index:ComposeApp", "moorage:index:Job"

_ARN = "arn:"

_TOLD = ("profile", "assumeRoles")
"""What the state tells of a provider's credentials, each as a text."""


def deployed(project: Path, stack: str, profile: str | None) -> Place:
    """Return what a stack deployed.

    Args:
        project: the project's folder.
        stack: the stack's name.
        profile: of the AWS configuration; by default the credentials are those of the stack's provider.

    Raises:
        NotFound: there is no Pulumi CLI, or it fails; the stack was never deployed, or has no app.
    """
    from moorage.operate.aws.place import AwsPlace

    found = found_in(exported(project, stack), f"stack {stack}")
    if not found.apps and not found.jobs:
        raise NotFound(f"stack {stack} has no ECS service: was it deployed? `pulumi up --stack {stack}`")
    login = Login(profile=profile) if profile else found.login
    return AwsPlace(Found(found.name, found.apps, found.jobs, login))


def exported(project: Path, stack: str) -> Json:
    """Return the state of a stack, as `pulumi stack export` prints it: secrets stay encrypted in it.

    Raises:
        NotFound: there is no Pulumi CLI, or it fails; there is no such stack.
    """
    command = pulumi_command()
    words = [command, "stack", "export", "--stack", stack, "--non-interactive", "--color", "never"]
    done = subprocess.run(words, cwd=project, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr or done.stdout).strip().removeprefix("error: ")
        if "no stack named" in said:
            raise NotFound(f"stack {stack} was never deployed: `pulumi up --stack {stack}` makes it")
        raise NotFound(f"the state of stack {stack} cannot be read: {said}")
    try:
        state: Any = json.loads(done.stdout)
    except ValueError:
        raise NotFound(f"`{' '.join(words)}` printed no JSON") from None
    return cast("Json", state)


def pulumi_command() -> str:
    """Return where the Pulumi CLI is, on PATH or where `moorage pulumi` installs it.

    Raises:
        NotFound: there is none.
    """
    on_path = shutil.which("pulumi")
    installed = sorted(Path.home().glob(".pulumi/versions/*/bin/pulumi"))
    if on_path or installed:
        return on_path or str(installed[-1])
    raise NotFound(
        "there is no Pulumi CLI to read the stack's state with: `moorage pulumi version` installs it, or "
        "give --cluster and --service instead of --stack"
    )


def resources_of(export: Json) -> list[Json]:
    """Return the resources in an exported state."""
    deployment = cast("Json", export.get("deployment") or {})
    return cast("list[Json]", deployment.get("resources") or [])


def found_in(export: Json, name: str) -> Found:
    """Return the apps and jobs in an exported state."""
    resources = resources_of(export)
    alive = {str(item["urn"]): item for item in resources if not item.get("delete")}
    definitions = {
        str(_outputs(item).get("arn")): containers_of(_outputs(item).get("containerDefinitions"))
        for item in resources
        if item.get("type") == _DEFINITION
    }
    apps: dict[str, App] = {}
    for item in alive.values():
        if item.get("type") == _SERVICE and str(item.get("id", "")).startswith(_ARN):
            outputs = _outputs(item)
            service = {**outputs, "serviceArn": item["id"]}
            app = app_of(
                _app_name(item, alive), service, definitions.get(str(outputs.get("taskDefinition")), [])
            )
            apps[app.name] = app
    jobs = {
        _name(item): _outputs(item)
        for item in alive.values()
        if item.get("type") == _JOB and _outputs(item).get("runTask")
    }
    roots = [_outputs(item) for item in alive.values() if item.get("type") == "pulumi:pulumi:Stack"]
    return Found(name, apps or _exported(roots), jobs, _login(alive.values()))


def _exported(roots: Iterable[Json]) -> dict[str, App]:
    """Return the apps that a stack's outputs name: ARNs of services."""
    found: dict[str, App] = {}
    for value in (value for outputs in roots for value in outputs.values()):
        if isinstance(value, str) and value.startswith(_ARN) and ":service/" in value and ":ecs:" in value:
            name = value.rsplit("/", 1)[-1]
            found[name] = App(name, cluster_of(value), name)
    return found


def _app_name(service: Json, alive: Mapping[str, Json]) -> str:
    """Return the name a person knows a service by: the component's, else the resource's."""
    parent, app = service, ""
    while parent := alive.get(str(parent.get("parent")), {}):
        if parent.get("type") == _COMPOSE:
            return _name(service).removeprefix(f"{_name(parent)}-")
        if parent.get("type") == _APP:
            app = app or _name(parent)
    return app or _name(service)


def _name(item: Json) -> str:
    return str(item["urn"]).rsplit("::", 1)[-1]


def _outputs(item: Json) -> Json:
    return cast("Json", item.get("outputs") or {})


def _login(resources: Iterable[Json]) -> Login:
    """Return with which credentials the AWS provider of the services asks; keys are encrypted there."""
    known = list(resources)
    users = (item for item in known if item.get("type") == _SERVICE)
    used = {str(item.get("provider") or "").rpartition("::")[0] for item in users}
    providers = [item for item in known if item.get("type") == "pulumi:providers:aws"]
    own: list[Any] = [*(item for item in providers if item["urn"] in used), *providers, {}]
    inputs: Any = own[0].get("inputs") or {}
    # What is no text is secret.
    told = {key: inputs.get(key) if isinstance(inputs.get(key), str) else None for key in _TOLD}
    return configured(
        SimpleNamespace(
            profile=told["profile"],
            assume_roles=told["assumeRoles"],
            access_key=None,
            secret_key=None,
            token=None,
        )
    )
