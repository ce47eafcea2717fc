"""Differences between a preview of the first deployment and the deployment."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from moorage.offline import UNKNOWN, EvaluationError, Resource, ResourceGraph, Secret, evaluate

from .finding import Finding, FindingSeverity
from .text import short_urn

Program = str | Path | Callable[[], Any]
"""The folder with Pulumi.yaml, or a function."""


def check(
    known: ResourceGraph, program: Program, stack: str, config: Mapping[str, str] | None
) -> tuple[ResourceGraph | None, list[Finding]]:
    """Evaluate a program as a preview of the first deployment, and compare it with `known`.

    Returns:
        The graph of the preview, None if the program fails, and the differences.
    """
    try:
        previewed = evaluate(program, stack=stack, config=config, preview=True)
    except EvaluationError as error:
        stack_urn = f"urn:pulumi:{known.stack}::{known.project}::pulumi:pulumi:Stack::{known.project}-{stack}"
        return None, [
            Finding(
                "preview/fails",
                FindingSeverity.ERROR,
                stack_urn,
                f"the program fails in a preview, where ids, ARNs and names are unknown: {error.message}",
                "use such values only inside apply(), and choose resources by configuration or arguments",
            )
        ]
    return previewed, [*_missing(known, previewed), *_extra(known, previewed), *_different(known, previewed)]


def _missing(known: ResourceGraph, previewed: ResourceGraph) -> Iterator[Finding]:
    there = {resource.urn for resource in previewed}
    gone = {resource.urn for resource in known if resource.urn not in there}
    for resource in known:
        if resource.urn in gone and resource.parent not in gone:
            yield Finding(
                "preview/appears-later",
                FindingSeverity.ERROR,
                resource.urn,
                "it is registered only when values are known: a preview omits it, and `up` creates it; "
                + _cause(resource, known),
                "register it outside apply(), and choose resources by configuration or arguments",
            )


def _cause(resource: Resource, graph: ResourceGraph) -> str:
    sources = [urn for urn in resource.dependencies if urn != resource.parent]
    named = [short_urn(item.urn) for item in graph if item.urn in sources][:3]
    after = f" (it depends on {', '.join(named)})" if named else ""
    return f"it is probably created inside apply(), or after comparing a value{after}"


def _extra(known: ResourceGraph, previewed: ResourceGraph) -> Iterator[Finding]:
    there = {resource.urn for resource in known}
    for resource in previewed:
        if resource.urn not in there and resource.parent in (None, *there):
            yield Finding(
                "preview/only-in-preview",
                FindingSeverity.ERROR,
                resource.urn,
                "a preview shows it, and `up` does not create it; the program probably checks whether it "
                "is a preview, or compares an unknown value",
                "register the same resources in both, and choose by configuration or arguments",
            )


def _different(known: ResourceGraph, previewed: ResourceGraph) -> Iterator[Finding]:
    before = {resource.urn: resource for resource in previewed}
    for resource in known:
        other = before.get(resource.urn)
        if other is None:
            continue
        names = [
            name
            for name in sorted(resource.inputs.keys() | other.inputs.keys())
            if not _agree(other.inputs.get(name), resource.inputs.get(name))
        ]
        if names:
            yield Finding(
                "preview/other-value",
                FindingSeverity.ERROR,
                resource.urn,
                f"{', '.join(names)}: the value of a preview differs from that of `up`; it probably depends "
                "on the time, a random number, a check for preview, or the string of an Output",
                "compute it from configuration, arguments or Outputs, with apply()",
            )


def _agree(previewed: Any, known: Any) -> bool:
    """Return whether a value equals that of a preview; unknown equals everything."""
    if previewed is UNKNOWN:
        return True
    if isinstance(previewed, Secret):
        return _agree(previewed.value, known.value if isinstance(known, Secret) else known)
    if isinstance(known, Secret):
        return _agree(previewed, known.value)
    if isinstance(previewed, dict) and isinstance(known, dict):
        one, two = cast("dict[str, Any]", previewed), cast("dict[str, Any]", known)
        return all(_agree(one.get(key), two.get(key)) for key in one.keys() | two.keys())
    if isinstance(previewed, list) and isinstance(known, list):
        some, others = cast("list[Any]", previewed), cast("list[Any]", known)
        return len(some) == len(others) and all(map(_agree, some, others))
    return previewed == known
