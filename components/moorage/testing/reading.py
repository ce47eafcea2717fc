"""The JSON inside task definitions and roles, which tests read most often."""

from collections.abc import Iterator
from typing import Any

from moorage.graph import Links
from moorage.graph.types import POLICY, ROLE, ROLE_POLICY, ROLE_POLICY_ATTACHMENT
from moorage.offline import Resource, ResourceGraph, Secret, values
from moorage.offline.values import Json


def container_definitions(task_definition: Resource) -> dict[str, Json]:
    """Return the containers of a task definition by name, with ECS's names of their fields.

    Raises:
        ValueError: the containers are not known, as in a preview, or one of their values is a secret.
    """
    if isinstance(task_definition.inputs.get("containerDefinitions"), Secret):
        raise ValueError(f"the containers of {task_definition.name} contain a secret")
    containers = values.container_definitions(task_definition.inputs)
    if containers is None:
        raise ValueError(f"the containers of {task_definition.name} are not known in a preview")
    return {item["name"]: item for item in containers}


def policy_statements(graph: ResourceGraph, role: Resource) -> list[Json]:
    """Return the statements of a role's policies that the program creates.

    `Action` and `Resource` are lists. Attached AWS managed policies are not included.

    Raises:
        ValueError: a policy is not known, as in a preview.
    """
    return [
        statement
        for policy in _policies_of(graph, role)
        for statement in statements(policy, policy.inputs["policy"])
    ] + [
        statement
        for inline in values.entries(role.inputs.get("inlinePolicies"))
        for statement in statements(role, inline.get("policy"))
    ]


def statements(owner: Resource, document: Any) -> list[Json]:
    """Return the statements of a policy document.

    Raises:
        ValueError: the document is not known, as in a preview.
    """
    entries = values.statements(document)
    if entries is None:
        raise ValueError(f"the policy of {owner.name} is not known in a preview")
    return entries


def _policies_of(graph: ResourceGraph, role: Resource) -> Iterator[Resource]:
    links = Links(graph)
    for policy in graph.of_type(ROLE_POLICY):
        if links.first(policy, "role", ROLE) is role:
            yield policy
    for attachment in graph.of_type(ROLE_POLICY_ATTACHMENT):
        if links.first(attachment, "role", ROLE) is role:
            yield from links.of(attachment, "policyArn", POLICY)
