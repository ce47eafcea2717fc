"""Evaluates programs of generated arguments, and judges what they make."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pulumi
from support.aws_models import Violation, violations

import moorage
from moorage.model.problems import ArgumentsError
from moorage.offline import evaluate

PUBLIC = {"vpc_id": "vpc-1", "public_subnet_ids": ["subnet-a", "subnet-b"]}
PRIVATE = {**PUBLIC, "private_subnet_ids": ["subnet-c", "subnet-d"], "private_egress": True}


@dataclass
class Place:
    """The stack that a program is evaluated for."""

    project: str = "notes"
    stack: str = "dev"
    region: str = "us-east-1"


@dataclass
class Judged:
    """The outcome of a program."""

    refused: list[ArgumentsError] = field(default_factory=list)
    """Components that were refused, each with a message that names the fields."""
    violations: list[Violation] = field(default_factory=list)


def judged(program: Callable[[Callable[..., Any]], Any], place: Place, *, preview: bool) -> Judged:
    """Evaluate a program and judge its graph. The program makes its components by the function it is given,
    which returns None for one that is refused."""
    found = Judged()

    def make(component: str, name: str, args: dict[str, Any]) -> Any:
        try:
            return getattr(moorage, component)(name, args)
        except ArgumentsError as error:
            found.refused.append(error)
            return None

    graph = evaluate(
        lambda: program(make),
        project=place.project,
        stack=place.stack,
        config={"aws:region": place.region},
        preview=preview,
    )
    found.violations = violations(graph)
    return found


def late(args: dict[str, Any], source: pulumi.Output[str]) -> dict[str, Any]:
    """Return an app's arguments with Outputs of another resource in place of the values that may be ones.

    What is wrong stays: the value of an Output is known when it is too late for a list of problems.
    """

    def output(value: Any) -> Any:
        return source.apply(lambda _: value)

    changed = dict(args)
    if "image" in args:
        changed["image"] = output(args["image"])
    for key in ("environment", "secret_values", "tags"):
        if key in args:
            changed[key] = {name: value and output(value) for name, value in args[key].items()}
    if "grants" in args:
        changed["grants"] = [
            {**grant, "arn": output(grant["arn"])} if grant["arn"].count(":") > 4 else grant
            for grant in args["grants"]
        ]
    return changed
