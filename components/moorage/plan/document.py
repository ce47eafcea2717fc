"""The JSON document of a plan; docs/plan.md describes its versioned format."""

from dataclasses import asdict
from typing import Any

from moorage.offline import Resource, ResourceGraph, shown
from moorage.plan.cost.model import Cost, CostLine

from .finding import Finding
from .plan import Plan
from .tree import overridden

VERSION = 2


def document(plan: Plan) -> dict[str, Any]:
    """Return a plan as plain JSON values: resources by URN, findings and cost lines in order."""
    graph = plan.previewed or plan.graph
    return {
        "version": VERSION,
        "project": graph.project,
        "stack": graph.stack,
        "resources": [_resource(graph, item) for item in sorted(graph, key=lambda item: item.urn)],
        "findings": [finding_document(item) for item in plan.findings],
        "accepted": [
            {**finding_document(item.finding), "by": item.by, "reason": item.reason} for item in plan.accepted
        ],
        "unused_exceptions": list(plan.unused_exceptions),
        "cost": cost_document(plan.cost),
        "outputs": shown(graph.outputs),
    }


def _resource(graph: ResourceGraph, resource: Resource) -> dict[str, Any]:
    changed = overridden(graph, resource)
    return {
        "urn": resource.urn,
        "type": resource.type,
        "name": resource.name,
        "parent": resource.parent,
        "inputs": shown(resource.inputs),
        "dependencies": list(resource.dependencies),
        "protect": bool(resource.options.get("protect", False)),
        **({"overridden": changed} if changed else {}),
    }


def finding_document(finding: Finding) -> dict[str, Any]:
    """Return a finding as plain JSON values."""
    return asdict(finding)


def cost_document(cost: Cost) -> dict[str, Any]:
    """Return a cost as plain JSON values; amounts are null if the region is not in the price table."""
    priced = bool(cost.prices_as_of)
    result: dict[str, Any] = {
        "currency": cost.currency,
        "monthly": _money(cost.monthly) if priced else None,
        "prices_as_of": cost.prices_as_of or None,
        "region": cost.region,
        "lines": [line_document(line) for line in cost.lines],
    }
    if priced and _money(cost.monthly_max) != result["monthly"]:
        result["monthly_max"] = _money(cost.monthly_max)
    if cost.unknown:
        result["unknown"] = list(cost.unknown)
    return result


def line_document(line: CostLine) -> dict[str, Any]:
    """Return a cost line as plain JSON values."""
    result: dict[str, Any] = {
        "resource": line.resource,
        "what": line.what,
        "quantity": None if line.quantity is None else round(line.quantity, 4),
        "unit": line.unit,
        "monthly": _money(line.monthly),
    }
    if line.monthly_max is not None:
        result["monthly_max"] = _money(line.monthly_max)
    return result


def _money(amount: float | None) -> float | None:
    return None if amount is None else round(amount, 2)
