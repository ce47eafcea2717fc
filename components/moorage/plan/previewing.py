"""Differences between a preview of the first deployment and the deployment."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from moorage.offline import UNKNOWN, EvaluationError, Resource, ResourceGraph, evaluate, reveal

from .finding import Finding, RuleRecord
from .text import short_urn

Program = str | Path | Callable[[], Any]
"""The folder with Pulumi.yaml, or a function."""

_FAILS = RuleRecord(
    "preview/fails",
    "a program that fails in a preview",
    "Pulumi documentation, Inputs and outputs",
    fix="use such values only inside apply(), and choose resources by configuration or arguments",
    acceptable=False,
)
_APPEARS_LATER = RuleRecord(
    "preview/appears-later",
    "a resource that is registered only when values are known",
    "Pulumi documentation, Accessing single outputs with Apply",
    fix="register it outside apply(), and choose resources by configuration or arguments",
)
_ONLY_IN_PREVIEW = RuleRecord(
    "preview/only-in-preview",
    "a resource that is registered only in a preview",
    "Pulumi CLI reference, pulumi preview",
    fix="register the same resources in both, and choose by configuration or arguments",
)
_OTHER_VALUE = RuleRecord(
    "preview/other-value",
    "an input whose value in a preview differs from that of `up`: it depends on the time, a random number, "
    "or a check for preview",
    "Pulumi CLI reference, pulumi preview",
    fix="compute it from configuration, arguments or Outputs, with apply()",
)
RULES = (_FAILS, _APPEARS_LATER, _ONLY_IN_PREVIEW, _OTHER_VALUE)
"""All rules of previews."""


def check(
    graph: ResourceGraph, program: Program, stack: str, config: Mapping[str, str] | None
) -> tuple[ResourceGraph | None, list[Finding]]:
    """Evaluate a program as a preview of the first deployment, and compare it with `graph`.

    Returns:
        The graph of the preview, None if the program fails, and the differences.
    """
    try:
        previewed = evaluate(program, stack=stack, config=config, preview=True)
    except EvaluationError as error:
        urn = f"urn:pulumi:{graph.stack}::{graph.project}::pulumi:pulumi:Stack::{graph.project}-{stack}"
        text = f"the program fails in a preview, where ids, ARNs and names are unknown: {error.message}"
        return None, [_finding(_FAILS, urn, text)]
    return previewed, [*_missing(graph, previewed), *_extra(graph, previewed), *_different(graph, previewed)]


def _finding(rule: RuleRecord, urn: str, message: str) -> Finding:
    return Finding(rule.id, rule.severity, urn, message, rule.fix)


def _missing(graph: ResourceGraph, previewed: ResourceGraph) -> Iterator[Finding]:
    there = {resource.urn for resource in previewed}
    gone = {resource.urn for resource in graph if resource.urn not in there}
    for resource in graph:
        if resource.urn in gone and resource.parent not in gone:
            yield _finding(
                _APPEARS_LATER,
                resource.urn,
                "it is registered only when values are known: a preview omits it, and `up` creates it; "
                + _cause(resource, graph),
            )


def _cause(resource: Resource, graph: ResourceGraph) -> str:
    sources = [urn for urn in resource.dependencies if urn != resource.parent]
    named = [short_urn(item.urn) for item in graph if item.urn in sources][:3]
    after = f" (it depends on {', '.join(named)})" if named else ""
    return f"it is probably created inside apply(), or after comparing a value{after}"


def _extra(graph: ResourceGraph, previewed: ResourceGraph) -> Iterator[Finding]:
    there = {resource.urn for resource in graph}
    for resource in previewed:
        if resource.urn not in there and resource.parent in (None, *there):
            yield _finding(
                _ONLY_IN_PREVIEW,
                resource.urn,
                "a preview shows it, and `up` does not create it; the program probably checks whether it "
                "is a preview, or compares an unknown value",
            )


def _different(graph: ResourceGraph, previewed: ResourceGraph) -> Iterator[Finding]:
    before = {resource.urn: resource.inputs for resource in previewed}
    for resource in graph:
        one, two = reveal(before.get(resource.urn, resource.inputs)), reveal(resource.inputs)
        if names := [name for name in sorted({*one, *two}) if not _agree(one.get(name), two.get(name))]:
            yield _finding(
                _OTHER_VALUE,
                resource.urn,
                f"{', '.join(names)}: the value of a preview differs from that of `up`; it probably depends "
                "on the time, a random number, a check for preview, or the string of an Output",
            )


def _agree(previewed: Any, value: Any) -> bool:
    """Return whether a value equals that of a preview; unknown equals everything."""
    if previewed is UNKNOWN:
        return True
    if isinstance(previewed, dict) and isinstance(value, dict):
        one, two = cast("dict[str, Any]", previewed), cast("dict[str, Any]", value)
        return all(_agree(one.get(key), two.get(key)) for key in one.keys() | two.keys())
    if isinstance(previewed, list) and isinstance(value, list):
        some, others = cast("list[Any]", previewed), cast("list[Any]", value)
        return len(some) == len(others) and all(map(_agree, some, others))
    return previewed == value
