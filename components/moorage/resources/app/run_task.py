"""The parameters with which a task definition is run once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pulumi

from moorage.model.app import AppSpec
from moorage.model.job import run_task
from moorage.resources.inputs import computed

from .service import capacity_strategy, subnets_of

if TYPE_CHECKING:
    from .args import ContainerAppArgs


def run_parameters(
    task: AppSpec, args: ContainerAppArgs, definition: pulumi.Output[str], group: pulumi.Input[str]
) -> pulumi.Output[dict[str, Any]]:
    """Return the parameters of RunTask that run a task; always with a capacity provider strategy, as a
    service has."""
    cluster = args["cluster"]
    strategy = [
        {
            "capacityProvider": entry["capacity_provider"],
            "base": entry.get("base"),
            "weight": entry.get("weight"),
        }
        for entry in capacity_strategy(task, cluster)
    ]
    subnets = task_places(task, args)

    def parameters(
        arn: str, revision: str, entries: list[dict[str, Any]], ids: list[str], members: str
    ) -> dict[str, Any]:
        return run_task(task, arn, revision, entries, ids, members)

    return computed(parameters, cluster["arn"], definition, strategy, subnets, group)


def task_places(task: AppSpec, args: ContainerAppArgs) -> pulumi.Input[Sequence[pulumi.Input[str]]]:
    """Return the subnets of a job's task; none with bridge networking."""
    return subnets_of(task, args["network"]) if task.network_mode == "awsvpc" and "network" in args else []
