"""Judges a graph by AWS's own models: what the service behind each resource would refuse.

Every resource becomes the requests that the provider makes for it, and these are checked against the input
shapes of botocore's service models and against `limits`. Nothing passes unseen: a type without a row in
`requests`, and an input for which no request has a member, are violations themselves.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

from support.aws_models.limits import LIMITS, MOST_TAGS, TAG_KEY, TAG_VALUE
from support.aws_models.requests import NOT_CHECKED, REQUESTS
from support.aws_models.shapes import Problem, breaches, input_shape, problems
from support.aws_models.translate import Json, distribute

from moorage.offline import UNKNOWN, Resource, ResourceGraph, reveal

__all__ = ["Violation", "made_by_components", "violations"]


class Violation(NamedTuple):
    """Something that AWS would refuse."""

    resource: str
    """The resource's type and name."""
    request: str
    """`ecs.CreateService`."""
    where: str
    text: str

    def __str__(self) -> str:
        """Return the violation in one line."""
        return f"{self.resource}: {self.request} {self.where}: {self.text}"


_ACCEPTED: set[str] = set()
"""The types and inputs that were found to be right: most tests make the same network, cluster and roles."""


def violations(graph: ResourceGraph) -> list[Violation]:
    """Return what AWS would refuse of a graph's AWS resources."""
    found: list[Violation] = []
    for resource in graph:
        if not resource.type.startswith("aws:") or resource.type in NOT_CHECKED:
            continue
        inputs = _judged(resource)
        judged = f"{resource.type} {inputs}"
        if judged not in _ACCEPTED:
            wrong = list(_of(resource, inputs))
            found += wrong
            if not wrong:
                _ACCEPTED.add(judged)
    return found


def made_by_components(graph: ResourceGraph) -> ResourceGraph:
    """Return the part of a graph that moorage's components made; the rest is the program's own."""
    components = [resource for resource in graph.children(None) if resource.type.startswith("moorage:")]
    made = [resource for component in components for resource in graph.inside(component)]
    return replace(graph, resources=tuple(made))


def _of(resource: Resource, inputs: Json) -> Iterator[Violation]:
    title = f"{resource.type} {resource.name}"
    requests = REQUESTS.get(resource.type)
    if requests is None:
        yield Violation(title, "none", "", "has no row in support.aws_models.requests")
        return
    for where, text in _tag_problems(inputs.get("tags")):
        yield Violation(title, "tags", where, text)
    shapes = [input_shape(call.service, call.operation) for call in requests.calls]
    parameters, lost = distribute(inputs, requests, shapes)
    for path in lost:
        yield Violation(title, str(requests.calls[0]), path, "no request has a member for this input")
    for call, shape, members in zip(requests.calls, shapes, parameters, strict=True):
        if members.keys() - call.supplied.keys():
            for where, text in problems(members, shape, LIMITS.get(str(call), {})):
                yield Violation(title, str(call), where, text)


def _judged(resource: Resource) -> Json:
    """Return a resource's inputs with the name that Pulumi gives it where the program gives none."""
    named = {key: resource.outputs[key] for key in ("name", "bucket") if key in resource.outputs}
    return _without_made_up({**named, **reveal(resource.inputs)})


def _without_made_up(value: Any) -> Any:
    """Elide the identifiers that tests make up, such as `subnet-a`: EFS has patterns for real ones."""
    if isinstance(value, dict):
        return {key: _without_made_up(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_made_up(item) for item in value]
    return UNKNOWN if isinstance(value, str) and _MADE_UP.fullmatch(value) else value


_MADE_UP = re.compile(r"(vpc|subnet|sg)-[0-9a-z]{1,7}")


def _tag_problems(tags: Any) -> Iterator[Problem]:
    pairs = {tag["key"]: tag["value"] for tag in tags} if isinstance(tags, list) else tags
    if not isinstance(pairs, dict):
        return
    yield from (Problem("tags", text) for text in breaches(pairs, MOST_TAGS))
    for key, value in pairs.items():
        yield from (Problem(f"tags key {key!r}", text) for text in breaches(key, TAG_KEY))
        if isinstance(value, str):
            yield from (Problem(f"tags.{key}", text) for text in breaches(value, TAG_VALUE))
