"""The resources of a job, from its checked arguments."""

from __future__ import annotations

import json

import pulumi

from moorage.model.app_checks import check_task_together, check_values
from moorage.model.fields.checks import checked as checked_values
from moorage.model.fields.job import JOB
from moorage.model.job import JobSpec, job_spec
from moorage.model.overrides import job_children
from moorage.model.problems import Problems
from moorage.resources.app.security_group import security_group
from moorage.resources.app.service import run_parameters, subnets_of
from moorage.resources.app.task import task_parts
from moorage.resources.app.task_definition import task_definition, task_family
from moorage.resources.app.wiring import Passed, model_arguments, passed_arguments, wired
from moorage.resources.image.checks import check_images
from moorage.resources.outputs import Outputs
from moorage.resources.overrides import check_overrides
from moorage.resources.secrets import secret_environment

from .args import JobArgs
from .schedule import scheduled


def assembled(component: pulumi.ComponentResource, spec: JobSpec, passed: Passed) -> Outputs:
    """Make the job's resources; return its outputs."""
    wiring = wired(component, spec.task, passed)
    group = security_group(wiring).id
    parts = task_parts(wiring, group)
    definition = task_definition(parts, wiring)
    run = run_parameters(wiring, definition.arn, group)
    machine = schedule = None
    if spec.schedule:
        machine, schedule = scheduled(parts, spec, run)
    return {
        **parts.outputs,
        "task_definition_arn": definition.arn,
        "schedule": schedule.name if schedule else "",
        "state_machine_arn": machine.arn if machine else "",
        "cluster_arn": wiring.cluster_arn,
        "subnet_ids": subnets_of(wiring),
        "security_group_id": group,
        "container_name": spec.task.own.name,
        "timeout": str(spec.timeout),
        "run_task": run.apply(lambda parameters: json.dumps(parameters, sort_keys=True)),
    }


def checked(name: str, args: JobArgs) -> tuple[JobSpec, Passed]:
    """Check all arguments and return the job and what is passed beside it; raise a ValueError with every
    problem."""
    problems = Problems("Job", name)
    good = checked_values(JobArgs, JOB, args, problems).args
    check_values(name, good, secret_environment(good), problems)
    check_images(args, good, problems)
    model, values = model_arguments(good)
    spec = job_spec(name, model, task_family(name))
    if "cluster" in good and ("network" in good) == ("network" in args):
        check_task_together(spec.task, good, problems)
        check_overrides("Job", good, job_children(spec.task, good), problems)
    problems.raise_if_any()
    return spec, passed_arguments(good, spec.task, values)
