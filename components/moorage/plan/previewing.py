"""Whether a program depends on a value that is not there yet: what a preview registers, against the rest."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from moorage.offline import UNKNOWN, EvaluationError, Resource, ResourceGraph, Secret, evaluate

from .finding import Finding, Severity
from .text import short_urn

Program = str | Path | Callable[[], Any]
"""The folder with Pulumi.yaml, or a function."""


def check(
    known: ResourceGraph, program: Program, stack: str, config: Mapping[str, str] | None
) -> tuple[ResourceGraph | None, list[Finding]]:
    """Evaluate a program as the engine's preview of a first deployment does, and compare it with `known`.

    Returns:
        What the preview registers, None where the program fails in it, and what differs.
    """
    try:
        previewed = evaluate(program, stack=stack, config=config, preview=True)
    except EvaluationError as error:
        stack_urn = f"urn:pulumi:{known.stack}::{known.project}::pulumi:pulumi:Stack::{known.project}-{stack}"
        return None, [
            Finding(
                "preview/fails",
                Severity.ERROR,
                stack_urn,
                "the program fails in a preview, where ids, ARNs and names are not known yet: "
                f"{error.message}",
                "use such a value inside apply() only, and choose what is made by configuration or arguments",
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
                Severity.ERROR,
                resource.urn,
                "it is registered only when values are known: a preview does not show it, and `up` makes it; "
                + _cause(resource, known),
                "register it outside apply(), and choose whether it is made by configuration or arguments",
            )


def _cause(resource: Resource, graph: ResourceGraph) -> str:
    sources = [urn for urn in resource.dependencies if urn != resource.parent]
    named = [short_urn(item.urn) for item in graph if item.urn in sources][:3]
    after = f" (it depends on {', '.join(named)})" if named else ""
    return f"most likely it is made inside apply(), or where a value is compared{after}"


def _extra(known: ResourceGraph, previewed: ResourceGraph) -> Iterator[Finding]:
    there = {resource.urn for resource in known}
    for resource in previewed:
        if resource.urn not in there and resource.parent in (None, *there):
            yield Finding(
                "preview/only-in-preview",
                Severity.ERROR,
                resource.urn,
                "a preview shows it, and `up` does not make it; most likely the program asks whether it is "
                "previewed, or compares a value that is not known yet",
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
                Severity.ERROR,
                resource.urn,
                f"{', '.join(names)}: a preview shows another value than `up` gives; most likely it is made "
                "from the time or from chance, from whether it is previewed, or from the text of an Output",
                "make it from configuration, arguments or Outputs, with apply()",
            )


def _agree(previewed: Any, known: Any) -> bool:
    """Return whether a value is what a preview said of it; of one that is not known it says nothing."""
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
