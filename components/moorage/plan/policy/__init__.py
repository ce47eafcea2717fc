"""The AWS Foundational Security Best Practices (FSBP) controls that apply to what moorage, and a program with
it, makes: one set of rules for `moorage plan`, for the policy pack and for unit tests."""

from collections.abc import Sequence
from dataclasses import dataclass

from moorage.offline import ResourceGraph
from moorage.plan.finding import WARNING, Finding

from . import acm, autoscaling, dynamodb, ec2, ecr, ecs, efs, elb, iam, messaging, s3, secretsmanager, waf
from .control import Control, Program
from .exceptions import KEY, PRESET_EXCEPTIONS, PolicyException
from .exceptions import exceptions_in as _exceptions_in
from .owner import Presets

__all__ = [
    "CONTROLS",
    "KEY",
    "PRESET_EXCEPTIONS",
    "Accepted",
    "Control",
    "PolicyException",
    "Review",
    "check",
    "exceptions_in",
    "review",
]

CONTROLS: tuple[Control, ...] = (
    *acm.CONTROLS,
    *autoscaling.CONTROLS,
    *dynamodb.CONTROLS,
    *ec2.CONTROLS,
    *ecr.CONTROLS,
    *ecs.CONTROLS,
    *efs.CONTROLS,
    *elb.CONTROLS,
    *iam.CONTROLS,
    *s3.CONTROLS,
    *secretsmanager.CONTROLS,
    *messaging.CONTROLS,
    *waf.CONTROLS,
)
"""Every control that is checked, in the order of the standard."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A finding that somebody accepted."""

    finding: Finding
    by: str
    """The preset, or `the stack`."""
    reason: str


@dataclass(frozen=True, slots=True)
class Review:
    """What the controls say of a program, in the order of its resources."""

    findings: tuple[Finding, ...]
    """What is open."""
    accepted: tuple[Accepted, ...]


def exceptions_in(config: dict[str, str]) -> tuple[PolicyException, ...]:
    """Return what a stack's configuration accepts, under `moorage:policyExceptions`.

    Raises:
        ValueError: what stands there is not of that form; the text says where.
    """
    return _exceptions_in(config, frozenset(control.id for control in CONTROLS))


def review(
    graph: ResourceGraph,
    exceptions: Sequence[PolicyException] = (),
    controls: Sequence[Control] = CONTROLS,
) -> Review:
    """Check every resource against every control.

    Args:
        graph: the program, evaluated with or without unknown outputs.
        exceptions: what the stack accepts.
        controls: which are checked.
    """
    by_type: dict[str, list[Control]] = {}
    for control in controls:
        for type_ in control.types:
            by_type.setdefault(type_, []).append(control)
    program, presets = Program(graph), Presets(graph)
    findings: list[Finding] = []
    accepted: list[Accepted] = []
    for resource in graph:
        for control in by_type.get(resource.type, ()):
            breach = control.rule(resource, program)
            if breach is None:
                continue
            finding = Finding(control.id, WARNING, resource.urn, breach.message, breach.fix)
            given = next((one for one in exceptions if one.covers(control.id, resource)), None)
            preset = presets.of(resource) or ""
            reason = PRESET_EXCEPTIONS.get(preset, {}).get(control.id)
            if given is not None:
                accepted.append(Accepted(finding, "the stack", given.reason))
            elif reason is not None:
                accepted.append(Accepted(finding, preset, reason))
            else:
                findings.append(finding)
    return Review(tuple(findings), tuple(accepted))


def check(graph: ResourceGraph, exceptions: Sequence[PolicyException] = ()) -> list[Finding]:
    """Return what is open: every finding that neither its preset nor the stack accepts."""
    return list(review(graph, exceptions).findings)
