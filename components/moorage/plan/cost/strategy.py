"""How ECS spreads a service's tasks over capacity providers."""

from collections.abc import Sequence
from typing import Any

from moorage.offline.values import number


def spread(count: int, strategy: Sequence[dict[str, Any]]) -> dict[str, int]:
    """Return how many of `count` tasks each capacity provider of a strategy gets.

    The base first, the rest by weight (Amazon ECS Developer Guide, "Amazon ECS capacity providers for EC2
    workloads"). What does not divide goes to the providers that are named first, and to Spot last.
    """
    left = count
    tasks: dict[str, int] = {}
    ordered = sorted(strategy, key=lambda item: item["capacityProvider"] == "FARGATE_SPOT")
    for item in ordered:
        tasks[item["capacityProvider"]] = base = min(left, number(item.get("base")) or 0)
        left -= base
    weights = [number(item.get("weight")) or 0 for item in ordered]
    for index, item in enumerate(ordered):
        total = sum(weights[index:])
        share = -(-left * weights[index] // total) if total else 0
        tasks[item["capacityProvider"]] += share
        left -= share
    return tasks
