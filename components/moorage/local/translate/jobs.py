"""The jobs of an evaluated program: those that run on demand, and those that gate an app's service."""

from moorage.graph import Job, Task
from moorage.local.model import JobSpec, Json
from moorage.model.fields.app import CONTAINER_APP
from moorage.model.fields.job import JOB as JOB_FIELDS
from moorage.model.fields.values import Values
from moorage.offline import UNKNOWN
from moorage.offline.values import mapping, texts

from .services import Program

JOB = "moorage:index:Job"


def job_spec(program: Program, job: Job) -> JobSpec | None:
    """Return a task that runs to completion: of a `Job` component or an app's `pre_deploy`; None for others.

    Raises:
        NotRun: its containers cannot run here.
        LocalError: a secret has no value, a build context is missing.
    """
    args = program.view.links.inputs(job.component)
    if job.component and job.component.type == JOB:
        timeout = float(Values(JOB_FIELDS, args)["timeout"])
        return JobSpec(program.task(job.name, job.task, job.capacity, mapping(args.get("local"))), timeout)
    if not job.before:
        return None
    timeout = float(Values(CONTAINER_APP, args)["pre_deploy.timeout"])
    local = _local(mapping(args.get("local")), job.task)
    return JobSpec(program.task(job.name, job.task, job.capacity, local), timeout, gates=job.before)


def _local(local: Json, task: Task) -> Json:
    """Return an app's `local` for its job: where the app runs as a plain process, its job does too."""
    if not texts(local.get("command")) or task.containers is UNKNOWN:
        return {}
    return {"command": list(texts(task.containers[0].definition.get("command")))}
