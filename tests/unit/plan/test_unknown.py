"""Unknown inputs: no reader of the view states the provider's default for them."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, cast

import pulumi_aws as aws
import pytest
from support.unusual_ecs import PROGRAMS

from moorage.graph import View, view
from moorage.offline import UNKNOWN, Resource, ResourceGraph, evaluate
from moorage.plan import policy, preflight
from moorage.plan.cost import monthly
from moorage.plan.picture.layout import Layout
from moorage.plan.plan import Plan
from moorage.plan.summary import summary_rows

REGION = "us-east-1"
Path = tuple[str | int, ...]


@pytest.fixture(autouse=True)
def aws_takes_it() -> None:
    """Spare the judging of every unit test: nothing here is made by components."""


def by_summary(found: View) -> list[str]:
    rows = summary_rows(Plan(found, REGION, (), monthly(found, REGION)))
    return [text for _, text in rows if "usage charges" not in text]


def by_picture(found: View) -> list[str]:
    boxes = Layout(found).run().boxes
    return [f"{box.title}; {[square.extra for square in box.squares]}" for box in boxes]


def by_bill(found: View) -> list[str]:
    cost = monthly(found, REGION)
    return [*cost.unknown, *(f"{line.resource} {line.what} {line.amount}" for line in cost.lines)]


def by_findings(found: View) -> list[str]:
    findings = [*preflight.check(found), *policy.check(found)]
    return [f"{each.rule} {each.resource} {each.message}" for each in findings]


READERS: dict[str, Callable[[View], list[str]]] = {
    "summary": by_summary,
    "picture": by_picture,
    "bill": by_bill,
}
OMITTED = {
    "Group": ("mixedInstancesPolicy.launchTemplate.overrides.",),
    "Listener": ("defaultActions", "port"),
    "ListenerRule": ("actions",),
    "Service": ("loadBalancers.0.containerPort",),
    "Subnet": ("availabilityZone",),
    "TaskDefinition": ("cpu", "memory"),
    "Vpc": ("cidrBlock",),
    "VpcEndpoint": ("serviceName",),
}
"""The beginnings of inputs that have no default, by type: readers omit them if they are unknown."""
NOT_KNOWN = re.compile(r"unknown|not displayed|at least|\?")


def paths(value: Any, path: Path = ()) -> Iterator[Path]:
    """Yield the place of each value in inputs, at any depth."""
    places: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        places = [*cast("dict[str, Any]", value).items()]
    elif isinstance(value, list):
        places = [*enumerate(cast("list[Any]", value))]
    for place, each in places:
        yield (*path, place)
        yield from paths(each, (*path, place))


def changed(value: Any, path: Path, new: Any) -> Any:
    """Return inputs with another value at a place; None removes it."""
    place, *rest = path
    copy = value.copy()
    if rest:
        copy[place] = changed(copy[place], tuple(rest), new)
    elif new is None:
        del copy[place]
    else:
        copy[place] = new
    return copy


def with_input(graph: ResourceGraph, resource: Resource, path: Path, new: Any) -> View:
    other = replace(resource, inputs=changed(resource.inputs, path, new))
    return view(replace(graph, resources=tuple(other if each is resource else each for each in graph)))


def stated_defaults(graph: ResourceGraph) -> Iterator[str]:
    """Yield each input for which a reader says of an unknown value what it says of the default."""
    actual = view(graph)
    said = {name: Counter(reader(actual)) for name, reader in READERS.items()}
    breaches = Counter(by_findings(actual))
    for resource in graph:
        for path in paths(resource.inputs):
            default = with_input(graph, resource, path, None)
            unknown = with_input(graph, resource, path, UNKNOWN)
            type_, where = resource.type.rpartition(":")[2], ".".join(map(str, path))
            omitted = where.startswith(OMITTED.get(type_, ()))
            for name, reader in READERS.items():
                of_default = Counter(reader(default))
                new = of_default - said[name]
                differs = of_default != said[name] and not any(map(NOT_KNOWN.search, new))
                if differs and not omitted and Counter(reader(unknown)) == of_default:
                    yield f"{name}: {type_} {where}"
            for breach in (Counter(by_findings(default)) - breaches) & Counter(by_findings(unknown)):
                yield f"{type_} {where}: {breach}"


@pytest.mark.parametrize("name", PROGRAMS)
def test_an_unknown_input_is_not_stated_as_its_default(name: str) -> None:
    found = set(stated_defaults(evaluate(PROGRAMS[name])))
    assert found == set()


def test_a_billing_mode_that_a_preview_does_not_know() -> None:
    def program() -> None:
        mode = aws.sns.Topic("topic").arn.apply(lambda _: "PAY_PER_REQUEST")
        aws.dynamodb.Table("table", billing_mode=mode)

    for preview, words in ((False, "on demand"), (True, "billing mode unknown")):
        found = view(evaluate(program, preview=preview))
        assert f"topic topic, table table ({words})" in by_summary(found)
        assert f"table: table, {words}; []" in by_picture(found)
    assert monthly(found, REGION).unknown == ("table: the billing mode of the DynamoDB table is unknown",)
    assert not any("DynamoDB.1" in breach for breach in by_findings(found))


def test_data_that_exists_already_has_no_default() -> None:
    def program() -> None:
        aws.dynamodb.Table.get("table", "table")
        aws.sqs.Queue.get("queue", "https://sqs.us-east-1.amazonaws.com/123456789012/queue")

    assert "table table (billing mode unknown), queue queue (type unknown)" in by_summary(
        view(evaluate(program))
    )
