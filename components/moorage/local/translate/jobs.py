"""The jobs of an evaluated program: those that run on demand, and those that gate an app's service."""

from moorage.local.model import JobSpec, Json, ServiceSpec
from moorage.model.fields import app, job
from moorage.model.fields.values import Values
from moorage.offline.graph import Resource, ResourceGraph
from moorage.offline.values import container_definitions, entries, mapping, size, texts

from . import definitions
from .images import Images
from .revealed import plain, text
from .secrets import SecretValues

JOB = "moorage:index:Job"
APP = "moorage:index:ContainerApp"


def ancestors(graph: ResourceGraph, resource: Resource) -> list[Resource]:
    """Return the parents of a resource, the nearest first."""
    found: list[Resource] = []
    by_urn = {item.urn: item for item in graph}
    parent = resource.parent
    while parent and parent in by_urn:
        found.append(by_urn[parent])
        parent = by_urn[parent].parent
    return found


def job_specs(graph: ResourceGraph, images: Images, secrets: SecretValues) -> tuple[JobSpec, ...]:
    """Return what runs to its end: the task definitions of `Job` components and of apps' `pre_deploy`.

    Args:
        graph: the program, evaluated with known outputs.
        images: where the containers' images come from.
        secrets: where the values of their secrets come from.

    Raises:
        LocalError: a secret has no value, a build context is missing.
    """
    found: list[JobSpec] = []
    for definition in graph:
        if definition.type != "aws:ecs/taskDefinition:TaskDefinition":
            continue
        owner = next((p for p in ancestors(graph, definition) if p.type in (JOB, APP)), None)
        if owner is None:
            continue
        given = plain(owner.inputs)
        if owner.type == JOB:
            timeout = float(Values(job.JOB, given)["timeout"])
            task = _task(owner.name, definition, mapping(given.get("local")), images, secrets)
            found.append(JobSpec(task, timeout))
        elif definition.name == f"{owner.name}-pre-deploy-task":
            timeout = float(Values(app.CONTAINER_APP, given)["pre_deploy.timeout"])
            local = _in_place_of(mapping(given.get("local")), definition)
            task = _task(f"{owner.name}-pre-deploy", definition, local, images, secrets)
            found.append(JobSpec(task, timeout, gates=owner.name))
    return tuple(found)


def _in_place_of(local: Json, definition: Resource) -> Json:
    """Return an app's `local` for its job: where the app is run as a plain process, its job is too."""
    if not texts(local.get("command")):
        return {}
    (container,) = container_definitions(plain(definition.inputs)) or [Json()]
    return {"command": list(texts(container.get("command")))}


def _task(name: str, definition: Resource, local: Json, images: Images, secrets: SecretValues) -> ServiceSpec:
    task, arn = plain(definition.inputs), text(definition.outputs["arn"])
    base = arn.rsplit(":task-definition", 1)[0]
    return ServiceSpec(
        app=name,
        name=name,
        arn=f"{base}:service/jobs/{name}",
        cluster_arn=f"{base}:cluster/jobs",
        family=str(task["family"]),
        containers=definitions.containers(definition, local, images, secrets),
        desired_count=1,
        network_mode=str(task.get("networkMode") or "bridge"),
        launch_type="FARGATE" if "FARGATE" in texts(task.get("requiresCompatibilities")) else "EC2",
        cpu=size(task.get("cpu")),
        memory=size(task.get("memory")),
        volumes=tuple(str(volume["name"]) for volume in entries(task.get("volumes"))),
    )
