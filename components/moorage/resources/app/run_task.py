"""The parameters with which a task definition is run once."""

from __future__ import annotations

from typing import Any

import pulumi

from moorage.model.job import run_task
from moorage.resources.inputs import computed

from .service import capacity_strategy, subnets_of
from .wiring import Wiring


def run_parameters(
    wiring: Wiring, definition: pulumi.Output[str], group: pulumi.Input[str]
) -> pulumi.Output[dict[str, Any]]:
    """Return the parameters of RunTask that run a task; always with a capacity provider strategy, as a
    service has."""
    strategy = [
        {
            "capacityProvider": entry["capacity_provider"],
            "base": entry.get("base"),
            "weight": entry.get("weight"),
        }
        for entry in capacity_strategy(wiring.task, wiring.cluster)
    ]

    def parameters(
        arn: str, revision: str, entries: list[dict[str, Any]], ids: list[str], members: str
    ) -> dict[str, Any]:
        return run_task(wiring.task, arn, revision, entries, ids, members)

    return computed(parameters, wiring.cluster["arn"], definition, strategy, subnets_of(wiring), group)
