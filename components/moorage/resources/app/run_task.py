"""The parameters of RunTask for a task definition."""

from __future__ import annotations

from functools import partial
from typing import Any

import pulumi

from moorage.model.job import run_task
from moorage.resources.inputs import computed

from .service import capacity_strategy, subnets_of
from .wiring import Wiring


def run_parameters(
    wiring: Wiring, definition: pulumi.Output[str], group: pulumi.Input[str]
) -> pulumi.Output[dict[str, Any]]:
    """Return the parameters of RunTask, always with a capacity provider strategy, as a service has."""
    strategy = [
        {"capacityProvider": use["capacity_provider"], "base": use.get("base"), "weight": use.get("weight")}
        for use in capacity_strategy(wiring.task, wiring.cluster)
    ]
    parameters = partial(run_task, wiring.task)
    return computed(parameters, wiring.cluster["arn"], definition, strategy, subnets_of(wiring), group)
