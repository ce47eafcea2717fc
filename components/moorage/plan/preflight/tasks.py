"""Task definitions, their roles and images, for several rules."""

import re
from collections.abc import Iterable, Iterator

from moorage.graph import ComputeKind, Role, Service, Task, View
from moorage.model.iam import is_in_ecr
from moorage.offline import UNKNOWN, Resource, Unknown
from moorage.offline.values import Json, mapping
from moorage.plan.text import listed

_PUBLIC = (
    "docker.io",
    "public.ecr.aws",
    "ghcr.io",
    "quay.io",
    "gcr.io",
    "mcr.microsoft.com",
    "registry.k8s.io",
)


def running(view: View) -> Iterator[tuple[Service, Task]]:
    """Yield each service with its task definition, if the stack has it."""
    for service in view.services:
        if service.task is not UNKNOWN:
            yield service, service.task


def started_on_fargate(view: View) -> set[str]:
    """Return the URNs of the task definitions that the stack runs on Fargate."""
    return {
        runner.task.urn
        for runner in (*view.services, *view.runs)
        if runner.task is not UNKNOWN and runner.capacity.kind is ComputeKind.FARGATE
    }


def only_fargate(view: View) -> set[str]:
    """Return the URNs of the task definitions that certainly run on Fargate."""
    only = {task.urn for task in view.tasks.values() if task.compatibilities == ("FARGATE",)}
    return only | started_on_fargate(view)


def role_of(view: View, role: Resource | Unknown | None) -> Role | None:
    """Return a role of a task definition with its rights, if the stack creates it."""
    return view.roles.get(role.urn) if isinstance(role, Resource) else None


def logging(container: Json) -> tuple[str | None, Json]:
    """Return the log driver of a container, and its options."""
    configuration = mapping(container.get("logConfiguration"))
    return configuration.get("logDriver"), mapping(configuration.get("options"))


def registry(image: str) -> str | None:
    """Return `ecr` for an image of a private ECR repository, `public` for one of a registry on the internet,
    None for one of an unknown registry."""
    if is_in_ecr(image):
        return "ecr"
    host, slash, _ = image.partition("/")
    names_host = slash and re.search(r"[.:]|^localhost$", host)
    return "public" if image and (not names_host or host in _PUBLIC) else None


def denied(role: Role, kind: str, needs: Iterable[tuple[str, str]]) -> str:
    """Return the actions, on their resources, that a role certainly does not allow, as text."""
    actions = [action for action, arn in needs if role.rights.refuses(action, arn)]
    return f"the {kind} {role.resource.name} does not allow {listed(actions)}" if actions else ""
