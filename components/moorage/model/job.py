"""A job's arguments with every default resolved, and its run: RunTask and a state machine."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from .fields.app import CONTAINER_APP
from .fields.job import JOB
from .fields.values import Values
from .lookup import described
from .task import Task, task


class JobSpec(NamedTuple):
    """A job with every default resolved."""

    task: Task
    schedule: str
    """An expression of EventBridge Scheduler; empty for a job on demand only."""
    timezone: str
    retries: int
    timeout: int
    """Seconds."""


def job_spec(name: str, args: Mapping[str, Any], family: str) -> JobSpec:
    """Return the job that checked arguments describe; a string may stand for a value that is known later."""
    values = Values(JOB, args)
    run = task(name, Values(CONTAINER_APP, args), family)._replace(execute_command=False)
    return described(JobSpec, values, task=run, schedule=args.get("schedule", ""))


def run_task(
    task: Task,
    cluster: str,
    task_definition: str,
    strategy: Sequence[Mapping[str, Any]],
    subnets: Sequence[str],
    group: str,
) -> dict[str, Any]:
    """Return the parameters of RunTask for a task."""
    parameters: dict[str, Any] = {
        "cluster": cluster,
        "taskDefinition": task_definition,
        "capacityProviderStrategy": list(strategy),
        "propagateTags": "TASK_DEFINITION",
        "enableECSManagedTags": True,
    }
    if not task.bridge:
        placement = {"subnets": list(subnets), "securityGroups": [group]}
        public = "ENABLED" if task.assign_public_ip else "DISABLED"
        parameters["networkConfiguration"] = {"awsvpcConfiguration": {**placement, "assignPublicIp": public}}
    return parameters


def state_machine(name: str, run: Mapping[str, Any], retries: int, timeout: int) -> str:
    """Return the definition of the state machine that runs a job's task and checks its exit code, as JSON.

    EventBridge Scheduler itself only sees that RunTask was accepted. The time limit is that of the whole
    run, because Step Functions stops the task of an execution that ends ("Run a Job (.sync)").
    """
    partition = str(run["cluster"]).split(":")[1]
    state: dict[str, Any] = {
        "Type": "Task",
        "Resource": f"arn:{partition}:states:::ecs:runTask.sync",
        # Step Functions refuses unknown parameters, and this one is not in its guide.
        "Parameters": _pascal_case({key: run[key] for key in run if key != "enableECSManagedTags"}),
        "End": True,
    }
    if retries:
        # All but a timeout: a task that did not start, or did not exit with 0.
        retry = {"ErrorEquals": ["States.TaskFailed"], "IntervalSeconds": 10, "BackoffRate": 2}
        state["Retry"] = [{**retry, "MaxAttempts": retries}]
    definition = {
        "Comment": f"Runs {name} and waits until it ends",
        "StartAt": "Run",
        "TimeoutSeconds": timeout,
        "States": {"Run": state},
    }
    return json.dumps(definition, sort_keys=True)


def _pascal_case(value: Any) -> Any:
    """Return parameters in the spelling of Step Functions."""
    if isinstance(value, Mapping):
        return {key[0].upper() + key[1:]: _pascal_case(item) for key, item in value.items()}  # pyright: ignore
    if isinstance(value, list):
        return [_pascal_case(item) for item in value]  # pyright: ignore
    return value
