"""Evaluation and checks of a stack."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from moorage.graph import View, view
from moorage.model.configuration import PRESETS_KEY, check_keys
from moorage.model.preset_definitions import defined_presets, presets_of
from moorage.offline import EvaluationError, ResourceGraph
from moorage.offline.evaluate import DEFAULT_REGION
from moorage.offline.project import Configuration, configuration_of, load_project
from moorage.plan.cost.model import Cost

from .exceptions import Accepted, RuleException, limited, review, unused
from .explain import Explained, explained
from .finding import Finding, FindingSeverity
from .previewing import RULES as PREVIEW_RULES
from .previewing import Program
from .redaction import Mask, evaluated


@dataclass(frozen=True, slots=True)
class Plan:
    """A stack before deployment.

    Secret configuration values are redacted everywhere, even where the program uses them as plain values;
    other secrets are `Secret`s.
    """

    view: View
    region: str
    """The region of resources without a provider of their own."""
    findings: tuple[Finding, ...]
    """The open findings, errors first, in program order."""
    cost: Cost
    accepted: tuple[Accepted, ...] = ()
    """The findings that a preset or the stack's configuration accepts."""
    unused_exceptions: tuple[str, ...] = ()
    """Warnings of exceptions in the stack's configuration that match no finding."""
    previewed: ResourceGraph | None = None
    """The graph of a preview of the first deployment, if requested."""
    arguments: tuple[Explained, ...] = ()
    """The components with their arguments, if requested."""

    @property
    def graph(self) -> ResourceGraph:
        """Return the program's resources."""
        return self.view.graph

    @property
    def failed(self) -> bool:
        """Return whether a finding is an error."""
        return any(finding.severity is FindingSeverity.ERROR for finding in self.findings)


def plan(
    program: Program,
    *,
    stack: str = "dev",
    config: Mapping[str, str] | None = None,
    preview: bool = False,
    explain: bool = False,
) -> Plan:
    """Evaluate a program for a stack and check its resources.

    Args:
        program: the folder with Pulumi.yaml, or a function.
        stack: the stack.
        config: configuration that overrides the stack's file; a key without namespace is the project's.
        preview: also evaluate it with unknown outputs, and report the differences.
        explain: also return the arguments of its components.

    Raises:
        EvaluationError: the project, its configuration or the program fails.
    """
    from . import policy, preflight, previewing
    from .cost import monthly
    from .rules import exceptions_in

    configuration = configuration_for(program, stack, config or {})
    region = configuration.values.get("aws:region", DEFAULT_REGION)
    mask = mask_of(configuration)
    try:
        check_keys(configuration.values, configuration.project)
        exceptions = exceptions_in(configuration.values)
        defined_presets(configuration.values.get(PRESETS_KEY))
    except ValueError as error:
        raise EvaluationError(mask.text(str(error))) from None
    if explain:
        graph, arguments = explained(program, stack, config or {}, mask)
    else:
        graph, arguments = evaluated(program, stack, config, mask), ()
    seen = view(graph)
    previewed, differences = previewing.check(graph, program, stack, config) if preview else (None, [])
    with presets_of(configuration.values):
        checked = [*preflight.check(seen), *policy.check(seen), *differences]
        reviewed = review(seen, checked, exceptions, previewed or ())
    resources = [*(previewed or ()), *graph]
    matching = exceptions if previewed else _of_known_values(exceptions)
    shown, cost = mask.graph(graph), monthly(seen, region)
    return Plan(
        view=seen if shown is graph else view(shown),
        region=region,
        findings=mask.value(_sorted(reviewed.findings, graph)),
        cost=replace(cost, lines=mask.value(cost.lines), unknown=mask.value(cost.unknown)),
        accepted=mask.value(reviewed.accepted),
        unused_exceptions=tuple(map(mask.text, unused(resources, checked, matching))),
        previewed=previewed and mask.graph(previewed),
        arguments=arguments,
    )


def mask_of(configuration: Configuration) -> Mask:
    """Return the redaction of a configuration's secret values."""
    return Mask(configuration.values[key] for key in configuration.secret_keys)


def configuration_for(program: Program, stack: str, config: Mapping[str, str]) -> Configuration:
    """Return the configuration of a program.

    Raises:
        EvaluationError: the project or its configuration is invalid.
    """
    if callable(program):
        return configuration_of("project", config)
    return load_project(Path(program)).configure(stack, config)


def _of_known_values(exceptions: Iterable[RuleException]) -> list[RuleException]:
    """Return the exceptions from rules that are checked without a preview."""
    of_previews = {rule.id for rule in PREVIEW_RULES}
    return [one for one in limited(exceptions, lambda rule: rule not in of_previews) if one.rules]


def _sorted(findings: Iterable[Finding], graph: ResourceGraph) -> tuple[Finding, ...]:
    place = {resource.urn: index for index, resource in enumerate(graph)}

    def key(finding: Finding) -> tuple[bool, int, str, str]:
        warning = finding.severity is FindingSeverity.WARNING
        return warning, place.get(finding.resource, len(place)), finding.rule, finding.message

    return tuple(sorted(findings, key=key))
