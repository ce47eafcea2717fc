"""The controls as policies of a Pulumi policy pack (`pulumi-policy`, in the extra `moorage[policy]`).

For a stack policy the engine tells what each resource has become: its outputs, with its inputs among them. In
a preview ids and ARNs of what is new are unknown, and references are found by the properties' dependencies.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
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
from moorage.model.preset_definitions import KEY as PRESETS_KEY
from moorage.model.preset_definitions import presets_of
from moorage.offline import UNKNOWN, Resource, ResourceGraph
from moorage.offline.twins import standard

from .exceptions import KEY, RuleException, unused
from .policy import CONTROLS, Control, check, review
from .rules import exceptions_in

_STACK = "pulumi:pulumi:Stack"
_FRAMEWORK = PolicyComplianceFramework(
    name="AWS Foundational Security Best Practices",
    version="1.0.0",
    specification="AWS Security Hub user guide",
)


def policies() -> list[Policy]:
    """Return a policy for each control, named by its id: each can be made mandatory, or disabled, by
    itself; and an advisory one for exceptions that match nothing."""
    unmatched = StackValidationPolicy(
        name="unused-exceptions",
        description=f"Exceptions of {KEY} should match a finding",
        validate=_unused,
        enforcement_level=EnforcementLevel.ADVISORY,
        severity=Severity.LOW,
    )
    controls = [
        StackValidationPolicy(
            name=control.id,
            description=control.title,
            validate=_validation(control),
            severity=Severity(control.severity.value),
            framework=_FRAMEWORK,
            url=control.source,
        )
        for control in CONTROLS
    ]
    return [*controls, unmatched]


def graph_of(resources: list[PolicyResource]) -> ResourceGraph:
    """Return the resources that an engine tells a stack policy as a graph; secrets among them are plain."""
    found = [_resource(resource) for resource in resources if resource.resource_type != _STACK]
    _, _, place = found[0].urn.partition("urn:pulumi:") if found else ("", "", "")
    stack, _, rest = place.partition("::")
    return ResourceGraph(rest.partition("::")[0], stack, tuple(found), {}, (), ())


def _validation(control: Control) -> Callable[[StackValidationArgs, ReportViolation], None]:
    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        if not any(standard(resource.resource_type) in control.types for resource in args.resources):
            return
        exceptions = _exceptions()
        with presets_of({PRESETS_KEY: pulumi.Config("moorage").get("presets") or ""}):
            reviewed = review(View(graph_of(args.resources)), exceptions, (control,))
        for finding in reviewed.findings:
            report(f"It {finding.message}. To do: {finding.fix}.", finding.resource)

    return validate


def _exceptions() -> tuple[RuleException, ...]:
    return exceptions_in({KEY: pulumi.Config("moorage").get("policyExceptions") or ""})


def _unused(args: StackValidationArgs, report: ReportViolation) -> None:
    """Report exceptions that match no finding of a control; the pack does not check preflight rules."""
    controls = {control.id for control in CONTROLS}
    of_controls = [
        replace(each, rules=tuple(rule for rule in each.rules if rule in controls)) for each in _exceptions()
    ]
    if of_controls:
        graph = graph_of(args.resources)
        for text in unused(graph, check(View(graph)), of_controls):
            report(text, None)


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


def _plain(found: Any) -> Any:
    """Return a value with UNKNOWN for what a preview does not know; to look at that is an error there."""
    if isinstance(found, Mapping):
        mapping = cast("Mapping[str, Any]", found)
        return {key: _known(mapping, key) for key in mapping}
    if isinstance(found, str | bytes) or not hasattr(found, "__len__"):
        return found
    return [_known(found, index) for index in range(len(found))]


def _known(holder: Any, key: Any) -> Any:
    try:
        return _plain(holder[key])
    except UnknownValueError:
        return UNKNOWN
