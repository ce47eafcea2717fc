"""Costs of this repository's stacks, up and in a preview; benchmarks/cost.py prints them for README."""

from pathlib import Path

import pytest

from moorage.offline import evaluate
from moorage.plan.cost import monthly

ROOT = Path(__file__).parents[4]


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_everything_has_a_price_or_depends_on_use(stack: str, preview: bool) -> None:
    graph = evaluate(ROOT, stack=stack, preview=preview)
    cost = monthly(graph, "us-east-1")
    assert cost.unknown == ()
    assert {line.resource for line in cost.lines} <= {resource.urn for resource in graph}


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_a_preview_costs_the_same(stack: str) -> None:
    up, preview = (
        monthly(evaluate(ROOT, stack=stack, preview=known), "us-east-1") for known in (False, True)
    )
    assert preview.lines == up.lines


def test_dev() -> None:
    cost = monthly(evaluate(ROOT, stack="dev"), "us-east-1")
    balancer, addresses, on_demand, spot = 16.425, 5 * 3.65, 7.2078, 2.2951
    assert cost.monthly == pytest.approx(balancer + addresses + on_demand + spot, abs=0.01)
    assert cost.monthly_max == cost.monthly


def test_prod_is_a_range() -> None:
    cost = monthly(evaluate(ROOT, stack="prod"), "us-east-1")
    fixed = 16.425 + 3 * 3.65 + 32.85 + 3.65
    instance = 730 * 0.0416 + 30 * 0.08 + 7 * 0.30
    assert cost.monthly == pytest.approx(fixed + 3 * instance, abs=0.01)
    assert cost.monthly_max == pytest.approx(fixed + 6 * instance, abs=0.01)
