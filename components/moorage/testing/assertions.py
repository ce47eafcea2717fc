"""Assertions about a whole program; each reports every violation."""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from moorage.graph import view
from moorage.graph.types import POLICY, ROLE, ROLE_POLICY, TASK_DEFINITION
from moorage.offline import UNKNOWN, Resource, ResourceGraph, Secret, reveal
from moorage.offline.values import entries, leaves
from moorage.plan.policy import CONTROLS, review

from .reading import container_definitions, statements

_SHORT = 4
"""Minimum length of a secret: shorter ones occur everywhere by chance."""

_SECRET_NAME = re.compile(r"(PASSWORD|PASSWD|SECRET|TOKEN|(API|ACCESS|PRIVATE)_?KEY)$", re.IGNORECASE)


def assert_unique_urns(graph: ResourceGraph) -> None:
    """Check that no two resources have the same URN, which an engine rejects."""
    counts = Counter(resource.urn for resource in graph)
    _fail("URNs that are used more than once", [urn for urn, count in counts.items() if count > 1])


def assert_no_plaintext_secrets(graph: ResourceGraph) -> None:
    """Check that no plain input, output, export or container variable holds a secret.

    A value is a secret if Pulumi treats it as one anywhere in the graph, a variable if its name ends like one
    (`..._PASSWORD`, `..._TOKEN`, `..._SECRET`, `..._API_KEY` and the like).
    """
    secrets = {text for value in _envelopes(graph) for text in _texts(reveal(value)) if len(text) >= _SHORT}
    leaks = [
        f"{place}: a value that is secret elsewhere"
        for place, text in _plain(graph)
        if any(secret in text for secret in secrets)
    ]
    for task in graph.of_type(TASK_DEFINITION):
        if isinstance(task.inputs.get("containerDefinitions"), str):
            leaks += [f"{task.name}: {line}" for line in _variables(task)]
    _fail("secrets in plain text", leaks)


def assert_no_wildcard_actions(graph: ResourceGraph, allow: Collection[str] = ()) -> None:
    """Check that no role or policy allows `*` or all actions of a service, such as `s3:*`.

    Args:
        graph: the program.
        allow: wildcard actions that are accepted.
    """
    violations: list[str] = []
    for owner, document in _documents(graph):
        if document is UNKNOWN or not document:
            continue
        for statement in statements(owner, reveal(document)):
            wide = [
                action
                for action in statement.get("Action", [])
                if action.rpartition(":")[2] == "*" and action not in allow
            ]
            if statement.get("Effect") == "Allow" and wide:
                violations.append(f"{owner.name}: allows {', '.join(wide)}")
            if "NotAction" in statement and statement.get("Effect") == "Allow":
                violations.append(
                    f"{owner.name}: allows all actions except {', '.join(statement['NotAction'])}"
                )
    _fail("wildcards among allowed actions", violations)


def assert_passes_policy(graph: ResourceGraph, accept: Mapping[str, str] | None = None) -> None:
    """Check that no AWS Foundational Security Best Practices control is violated, as `moorage plan` does.

    The exceptions of the preset `dev` apply here too.

    Args:
        graph: the program.
        accept: further controls that may be violated, each with the reason.

    Raises:
        ValueError: an accepted control is not among those checked.
    """
    accepted = accept or {}
    unknown = accepted.keys() - {control.id for control in CONTROLS}
    if unknown:
        raise ValueError(f"accept: unknown controls: {', '.join(sorted(unknown))}")
    names = {resource.urn: f"{resource.type} {resource.name}" for resource in graph}
    violations = [
        f"{finding.rule} {names[finding.resource]}: {finding.message}; {finding.fix}"
        for finding in review(view(graph)).findings
        if finding.rule not in accepted
    ]
    _fail("violated controls", violations)


def _fail(title: str, lines: list[str]) -> None:
    __tracebackhide__ = True
    if lines:
        raise AssertionError(f"{title}:" + "".join(f"\n  - {line}" for line in lines))


def _documents(graph: ResourceGraph) -> Iterator[tuple[Resource, Any]]:
    for type_ in (ROLE_POLICY, POLICY):
        for resource in graph.of_type(type_):
            yield resource, resource.inputs.get("policy")
    for role in graph.of_type(ROLE):
        for inline in entries(role.inputs.get("inlinePolicies")):
            yield role, inline.get("policy")


def _variables(task: Resource) -> Iterator[str]:
    for name, container in container_definitions(task).items():
        for variable in container.get("environment", []):
            if _SECRET_NAME.search(variable["name"]) and variable["value"]:
                yield f"variable {variable['name']} of container {name}: pass it as a secret"


def _envelopes(graph: ResourceGraph) -> Iterator[Secret]:
    held = (values for resource in graph for values in (resource.inputs, resource.outputs))
    for values in (*held, graph.outputs):
        yield from (leaf for leaf in leaves(values) if isinstance(leaf, Secret))


def _plain(graph: ResourceGraph) -> Iterator[tuple[str, str]]:
    """Yield every plain string with its place."""
    for resource in graph:
        for values in (resource.inputs, resource.outputs if resource.custom is False else {}):
            for key, value in values.items():
                yield from ((f"{resource.type} {resource.name}: {key}", text) for text in _texts(value))
    for key, value in graph.outputs.items():
        yield from ((f"export {key}", text) for text in _texts(value))


def _texts(value: Any) -> Iterator[str]:
    return (leaf for leaf in leaves(value) if isinstance(leaf, str))
