"""The controls as policies of a Pulumi policy pack (`pulumi-policy`, in the extra `moorage[policy]`).

For a stack policy the engine tells what each resource has become: its outputs, with its inputs among them. In
a preview ids and ARNs of what is new are unknown, and references are found by the properties' dependencies.
"""

from collections.abc import Callable, Mapping
from typing import Any, cast

import pulumi
from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyComplianceFramework,
    PolicyResource,
    ReportViolation,
    Severity,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UnknownValueError

from moorage.graph import View
from moorage.model.configuration import EXCEPTIONS_KEY, PRESETS_KEY, check_keys
from moorage.model.preset_definitions import presets_of
from moorage.offline import UNKNOWN, Resource, ResourceGraph
from moorage.offline.twins import standard

from .exceptions import Review, RuleException, limited, unused
from .policy import CONTROLS, Control, review
from .rules import exceptions_in

Validate = Callable[[StackValidationArgs, ReportViolation], None]

_STACK = "pulumi:pulumi:Stack"
_FRAMEWORK = PolicyComplianceFramework(
    name="AWS Foundational Security Best Practices",
    version="1.0.0",
    specification="AWS Security Hub user guide",
)


def policies() -> list[Policy]:
    """Return a policy for each control, named by its id: each can be made mandatory, or disabled, by
    itself; and an advisory one for exceptions that match nothing."""
    reviews = _Reviews()
    unmatched = StackValidationPolicy(
        name="unused-exceptions",
        description=f"Exceptions of {EXCEPTIONS_KEY} should match a finding",
        validate=_unused(reviews),
        enforcement_level=EnforcementLevel.ADVISORY,
        severity=Severity.LOW,
    )
    controls = [
        StackValidationPolicy(
            name=control.id,
            description=control.title,
            validate=_validation(control, reviews),
            severity=Severity(control.severity.value),
            framework=_FRAMEWORK,
            url=control.source,
        )
        for control in CONTROLS
    ]
    return [*controls, unmatched]


def graph_of(resources: list[PolicyResource]) -> ResourceGraph:
    """Return the resources that an engine tells a stack policy as a graph; secrets among them are plain."""
    converted = [_resource(resource) for resource in resources if resource.resource_type != _STACK]
    _, _, place = converted[0].urn.partition("urn:pulumi:") if converted else ("", "", "")
    stack, _, rest = place.partition("::")
    return ResourceGraph(rest.partition("::")[0], stack, tuple(converted), {}, (), ())


class _Reviews:
    """The review of a stack, which all policies share. The SDK makes its resources anew for each policy, so a
    stack is recognized by its content; only the last one is kept."""

    def __init__(self) -> None:
        self._last: tuple[tuple[ResourceGraph, str, str], Review] | None = None

    def of(self, resources: list[PolicyResource]) -> tuple[ResourceGraph, Review]:
        """Return the graph of a stack, and its findings."""
        config = pulumi.Config("moorage")
        key = graph_of(resources), config.get("presets") or "", config.get("policyExceptions") or ""
        last = self._last
        if last is None or last[0] != key:
            graph, presets, _ = key
            with presets_of({PRESETS_KEY: presets}):
                last = key, review(View(graph), _exceptions())
            self._last = last
        return last[0][0], last[1]


def _validation(control: Control, reviews: _Reviews) -> Validate:
    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        if not any(standard(resource.resource_type) in control.types for resource in args.resources):
            return
        _, reviewed = reviews.of(args.resources)
        for finding in reviewed.findings:
            if finding.rule == control.id:
                report(f"It {finding.message}. To do: {finding.fix}.", finding.resource)

    return validate


def _exceptions() -> tuple[RuleException, ...]:
    check_keys(pulumi.runtime.get_config_env(), pulumi.get_project())
    return exceptions_in({EXCEPTIONS_KEY: pulumi.Config("moorage").get("policyExceptions") or ""})


def _unused(reviews: _Reviews) -> Validate:
    """Report exceptions that match no finding of a control; the pack does not check preflight rules."""

    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        controls = {control.id for control in CONTROLS}
        if of_controls := limited(_exceptions(), controls.__contains__):
            graph, reviewed = reviews.of(args.resources)
            findings = [*reviewed.findings, *(item.finding for item in reviewed.accepted)]
            for text in unused(graph, findings, of_controls):
                report(text, None)

    return validate


def _resource(resource: PolicyResource) -> Resource:
    properties = cast("dict[str, Any]", _plain(resource.props))
    parent = resource.parent
    return Resource(
        urn=resource.urn,
        type=resource.resource_type,
        name=resource.name,
        parent=parent.urn if parent and parent.resource_type != _STACK else None,
        custom=resource.provider is not None,
        id=str(properties.get("id") or "") if properties.get("id") is not UNKNOWN else "",
        inputs=properties,
        outputs=properties,
        dependencies=tuple(sorted({source.urn for source in resource.dependencies})),
        property_dependencies={
            name: tuple(sorted({source.urn for source in sources}))
            for name, sources in resource.property_dependencies.items()
        },
        options={"protect": resource.opts.protect},
    )


def _plain(value: Any) -> Any:
    """Return a value with UNKNOWN for what a preview does not know; to look at that is an error there."""
    if isinstance(value, Mapping):
        mapping = cast("Mapping[str, Any]", value)
        return {key: _known(mapping, key) for key in mapping}
    if isinstance(value, pulumi.Asset | pulumi.Archive):
        return {"asset" if isinstance(value, pulumi.Asset) else "archive": _plain(vars(value))}
    if isinstance(value, str | bytes) or not hasattr(value, "__len__"):
        return value
    return [_known(value, index) for index in range(len(value))]


def _known(holder: Any, key: Any) -> Any:
    try:
        return _plain(holder[key])
    except UnknownValueError:
        return UNKNOWN
