"""The job that runs before an app is deployed."""

from __future__ import annotations

from dataclasses import replace

import pulumi

from moorage.model.pre_deploy import PreDeploySpec

from .pre_deploy_run import TAG, gated
from .run_task import run_parameters
from .task import TaskParts
from .task_definition import task_definition


def pre_deploy(
    parts: TaskParts, job: PreDeploySpec, definition: pulumi.Output[str], group: pulumi.Input[str]
) -> pulumi.Output[str]:
    """Make an app's pre-deploy job; return the ARN of the app's task definition, known once the job has
    succeeded."""
    wiring = replace(parts.wiring, task=job.task)
    revision = task_definition(parts, wiring, foreign_tags=[TAG])
    run = run_parameters(wiring, revision.arn, group)
    return gated(wiring.parent, job, value=definition, run=run, log_group=parts.log_group)
