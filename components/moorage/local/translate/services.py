"""Services and jobs of a program as the scheduler runs them."""

from typing import NamedTuple

from moorage.graph import Capacity, ComputeKind, Job, NetworkKind, Service, TargetGroup, Task, View
from moorage.graph.values import known
from moorage.local.model import JobSpec, Json, ServiceSpec, TargetGroupUse
from moorage.model.fields.app import CONTAINER_APP
from moorage.model.fields.job import JOB as JOB_FIELDS
from moorage.model.fields.values import Values
from moorage.model.service_names import APP, COMPOSE_APP
from moorage.offline import UNKNOWN, Resource, Unknown
from moorage.offline.values import entries, mapping, texts

from . import definitions
from .images import Images
from .revealed import text
from .scaling import scaling_spec
from .secrets import SecretValues

JOB = "moorage:index:Job"

_LAUNCH_TYPES = {
    ComputeKind.FARGATE: "FARGATE",
    ComputeKind.FARGATE_SPOT: "FARGATE",
    ComputeKind.EC2: "EC2",
    ComputeKind.MANAGED_INSTANCES: "EC2",
    ComputeKind.EXTERNAL: "EXTERNAL",
}
"""Launch types as ECS reports them."""


class Program(NamedTuple):
    """An evaluated program, with the sources of its containers' images and secrets."""

    view: View
    images: Images
    secrets: SecretValues
    region: str

    def apps_of(self, resource: Resource) -> list[Resource]:
        """Return the components of apps that a resource belongs to, the outermost first."""
        return [app for app in reversed(self.view.links.above(resource)) if app.type in (APP, COMPOSE_APP)]

    def task(self, app: str, task: Task, capacity: Capacity, local: Json | list[Json]) -> ServiceSpec:
        """Return a task definition as that of a service that has no cluster and no settings.

        `local` is that argument of the component of the app or job.

        Raises:
            NotRun: its containers cannot run here.
            LocalError: a secret has no value, a build context is missing.
        """
        kind = capacity.kind or (
            ComputeKind.FARGATE if "FARGATE" in task.compatibilities else ComputeKind.EC2
        )
        base = text(task.resource.outputs["arn"]).rsplit(":task-definition", 1)[0]
        return ServiceSpec(
            app=app,
            name=app,
            arn=f"{base}:service/jobs/{app}",
            cluster_arn=f"{base}:cluster/jobs",
            family=task.family,
            containers=definitions.containers(task, local, self.images, self.secrets),
            desired_count=1,
            network_mode=known(task.network_mode) or "bridge",
            launch_type=_LAUNCH_TYPES[kind],
            cpu=known(task.cpu),
            memory=known(task.memory),
            volumes=tuple(str(volume["name"]) for volume in entries(task.inputs.get("volumes"))),
            file_systems=_file_systems(task),
        )

    def service(self, service: Service) -> ServiceSpec:
        """Return a service as the scheduler runs it.

        Raises:
            NotRun: its task definition is not in the program, or its containers cannot run here.
            LocalError: a secret has no value, a build context is missing.
        """
        inputs, outputs = service.inputs, service.resource.outputs
        if service.task is UNKNOWN:
            raise definitions.NotRun(_without_task(inputs))
        locals_ = (self.view.links.inputs(app).get("local") for app in self.apps_of(service.resource))
        local = next(filter(None, locals_), None)
        spec = self.task(
            service.name,
            service.task,
            service.capacity,
            entries(local) if isinstance(local, list) else mapping(local),
        )
        zones, deployment = self._zones(service), service.deployment
        return spec._replace(
            name=text(outputs.get("name") or inputs.get("name") or service.resource.name),
            arn=text(outputs.get("arn") or service.resource.id),
            cluster_arn=str(inputs.get("cluster") or "default"),
            desired_count=len(zones) if service.daemon is True else _known(service.initial, 1),
            minimum_healthy_percent=_known(deployment.minimum_percent, 100),
            maximum_percent=_known(deployment.maximum_percent, 200),
            circuit_breaker=deployment.breaker is True,
            rollback=deployment.rollback is True,
            grace=float(_known(service.grace, 0)),
            target_groups=tuple(
                TargetGroupUse(
                    text(target.group.resource.outputs["arn"]),
                    target.container,
                    target.port,
                    _check_port(service.task, target.group),
                )
                for target in service.targets
                if target.group
                and target.container is not UNKNOWN
                and target.port is not UNKNOWN
                # Not run: a health check opens a TCP connection.
                and target.group.protocol != "UDP"
            ),
            zones=zones,
            daemon=service.daemon is True,
            component=bool(self.apps_of(service.resource)),
            scaling=scaling_spec(service),
            triggers=dict(service.triggers),
        )

    def job(self, job: Job) -> JobSpec | None:
        """Return a task that runs to completion: of a `Job`, or an app's `pre_deploy`; None for others.

        Raises:
            NotRun: its containers cannot run here.
            LocalError: a secret has no value, a build context is missing.
        """
        arguments = self.view.links.inputs(job.component)
        local = mapping(arguments.get("local"))
        if job.component and job.component.type == JOB:
            timeout = Values(JOB_FIELDS, arguments)["timeout"]
        elif job.before:
            timeout = Values(CONTAINER_APP, arguments)["pre_deploy.timeout"]
            local = _of_job(local, job.task)
        else:
            return None
        return JobSpec(self.task(job.name, job.task, job.capacity, local), float(timeout), gates=job.before)

    def _zones(self, service: Service) -> tuple[str, ...]:
        """Return the zones of the service's subnets; where they are not known, as many of the region's."""
        keys = service.network.subnets
        zones = {subnet.zone for key in keys if (subnet := self.view.subnets[key]).zone}
        return tuple(sorted(zones)) or tuple(self.region + letter for letter in "abcdef"[: len(keys) or 3])


def _of_job(local: Json, task: Task) -> Json:
    """Return an app's `local` for its job: where the app runs as a plain process, its job does too."""
    if not texts(local.get("command")) or task.containers is UNKNOWN:
        return {}
    return {"command": list(texts(task.containers[0].definition.get("command")))}


def _file_systems(task: Task) -> dict[str, str]:
    """Return the EFS directory that each such volume mounts: file system, access point and root directory."""
    return {
        str(volume["name"]): ":".join([str(system), point, root])
        for volume in entries(task.inputs.get("volumes"))
        if (efs := mapping(volume.get("efsVolumeConfiguration"))) and (system := efs.get("fileSystemId"))
        for point in (str(mapping(efs.get("authorizationConfig")).get("accessPointId") or ""),)
        for root in (str(efs.get("rootDirectory") or "/"),)
    }


def _check_port(task: Task, group: TargetGroup) -> int | None:
    """Return the container port of a health check with a port of its own, where a container maps it."""
    checked = known(group.health_check.port)
    by_host = task.network_mode is NetworkKind.BRIDGE
    for container in known(task.containers) or ():
        for port in container.mappings:
            if checked == (port.host if by_host else port.container):
                return port.container
    return None


def _without_task(inputs: Json) -> str:
    """Return why the task definition of a service is not known."""
    if arn := inputs.get("taskDefinition"):
        which = f"{arn} " if isinstance(arn, str) else ""
        return f"its task definition {which}is not part of this program"
    if mapping(inputs.get("deploymentController")).get("type") == "EXTERNAL":
        return "its task sets run the tasks: its deployment controller is EXTERNAL"
    return "it has no task definition"


def _known(value: int | Unknown, default: int) -> int:
    return default if value is UNKNOWN else value
