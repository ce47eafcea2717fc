"""One stack, evaluated and checked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from moorage.offline import ResourceGraph, evaluate
from moorage.offline.evaluate import DEFAULT_REGION
from moorage.offline.project import Configuration, configuration_of, load_project

from .cost.model import Cost
from .finding import ERROR, Finding

Program = str | Path | Callable[[], Any]
"""The folder with Pulumi.yaml, or a function."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a stack will be."""

    graph: ResourceGraph
    region: str
    """The region of resources without a provider of their own."""
    findings: tuple[Finding, ...]
    """What is wrong, errors first, in the order of the program's resources."""
    cost: Cost
    previewed: ResourceGraph | None = None
    """The program as the engine's preview of a first deployment sees it, where that was asked for."""
    secrets: frozenset[str] = field(default=frozenset(), repr=False)
    """The texts of secret configuration values: they are never printed, whatever the program does with
    them."""

    @property
    def failed(self) -> bool:
        """Whether a finding is an error."""
        return any(finding.severity == ERROR for finding in self.findings)


def plan(
    program: Program,
    *,
    stack: str = "dev",
    config: Mapping[str, str] | None = None,
    preview: bool = False,
) -> Plan:
    """Evaluate a program for a stack and check what it makes.

    Args:
        program: the folder with Pulumi.yaml, or a function.
        stack: the stack.
        config: configuration that wins over the stack's file; a key without namespace is the project's.
        preview: evaluate it with unknown outputs too, and report what depends on them.

    Raises:
        EvaluationError: the project, its configuration or the program is at fault.
    """
    from .cost import monthly
    from .policy import check as check_policy
    from .preflight import check as check_preflight

    configuration = configuration_for(program, stack, config or {})
    region = configuration.values.get("aws:region", DEFAULT_REGION)
    graph = evaluate(program, stack=stack, config=config)
    findings = [*check_preflight(graph), *check_policy(graph)]
    previewed = None
    if preview:
        from .previewing import check as check_preview

        previewed, found = check_preview(graph, program, stack, config)
        findings += found
    return Plan(
        graph=graph,
        region=region,
        findings=_sorted(findings, graph),
        cost=monthly(graph, region),
        previewed=previewed,
        secrets=frozenset(configuration.values[key] for key in configuration.secret_keys),
    )


def configuration_for(program: Program, stack: str, config: Mapping[str, str]) -> Configuration:
    """Return the configuration that a program is told.

    Raises:
        EvaluationError: the project or its configuration is at fault.
    """
    if callable(program):
        return configuration_of("project", config)
    return load_project(Path(program)).configure(stack, config)


def _sorted(findings: list[Finding], graph: ResourceGraph) -> tuple[Finding, ...]:
    place = {resource.urn: index for index, resource in enumerate(graph)}
    return tuple(
        sorted(
            findings,
            key=lambda finding: (
                finding.severity != ERROR,
                place.get(finding.resource, len(place)),
                finding.rule,
                finding.message,
            ),
        )
    )
