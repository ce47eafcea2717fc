"""Costs of programs."""

from collections.abc import Callable
from typing import Any

import pytest

from moorage.offline import evaluate
from moorage.plan.cost import Cost, monthly

REGION = "us-east-1"


@pytest.fixture
def cost_of() -> Callable[..., Cost]:
    """Return what a program costs in a region, up or in a preview."""

    def run(program: Callable[[], Any], region: str = REGION, preview: bool = False) -> Cost:
        return monthly(evaluate(program, preview=preview, config={"aws:region": region}), region)

    return run


@pytest.fixture
def amounts() -> Callable[[Cost], dict[str, float | None]]:
    """Return what each line of a cost comes to, in cents' precision; several of one name are added up."""

    def run(cost: Cost) -> dict[str, float | None]:
        found: dict[str, float | None] = {}
        for line in cost.lines:
            if line.monthly is None:
                found[line.what] = None
            else:
                found[line.what] = round((found.get(line.what) or 0) + line.monthly, 2)
        return found

    return run
