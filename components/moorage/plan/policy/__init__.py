"""AWS Foundational Security Best Practices (FSBP) controls for plans, the policy pack and unit tests."""

from collections.abc import Sequence

from moorage.graph import View
from moorage.offline.twins import standard
from moorage.plan.exceptions import Review, RuleException
from moorage.plan.exceptions import review as _review
from moorage.plan.finding import Finding, FindingSeverity

from . import autoscaling, dynamodb, ec2, ecr, ecs, efs, elb, iam, messaging, s3, secretsmanager
from .control import STANDARD, Control

__all__ = ["CONTROLS", "Control", "check", "review"]

_SERVICES = (autoscaling, dynamodb, ec2, ecr, ecs, efs, elb, iam, messaging, s3, secretsmanager)

CONTROLS: tuple[Control, ...] = tuple(
    sorted(
        (control for service in _SERVICES for control in service.CONTROLS),
        key=lambda control: list(STANDARD).index(control.id),
    )
)
"""All controls, in the order of the standard."""


def check(view: View, controls: Sequence[Control] = CONTROLS) -> list[Finding]:
    """Return all findings, accepted or not, in program order.

    The inputs of existing resources, which the program reads, are not known.
    """
    by_type: dict[str, list[Control]] = {}
    for control in controls:
        for type_ in control.types:
            by_type.setdefault(type_, []).append(control)
    return [
        Finding(control.id, FindingSeverity.WARNING, resource.urn, breach.message, breach.fix)
        for resource in view.graph
        if not resource.external
        for control in by_type.get(standard(resource.type), ())
        if (breach := control.check(resource, view))
    ]


def review(
    view: View, exceptions: Sequence[RuleException] = (), controls: Sequence[Control] = CONTROLS
) -> Review:
    """Return the findings, separated by whether a preset or the stack, by `exceptions`, accepts them."""
    return _review(view, check(view, controls), exceptions)
