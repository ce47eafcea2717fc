"""The deploy policy of a stack as text and as JSON."""

import json
from typing import Any

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from moorage.console import heading
from moorage.model.policies import MANAGED_LIMIT, MANAGED_POLICIES
from moorage.plan.plan import Plan
from moorage.plan.text import counted

from .deploy_policy import DeployPolicy, characters

VERSION = 1


def permissions_document(plan: Plan, policy: DeployPolicy, trust: str | None) -> dict[str, Any]:
    """Return a deploy policy as plain JSON values; docs/permissions.md describes them."""
    return {
        "version": VERSION,
        "project": plan.graph.project,
        "stack": plan.graph.stack,
        "policies": [json.loads(document) for document in policy.documents],
        "trust": json.loads(trust) if trust else None,
        "unknown": list(policy.unknown),
        "untagged": list(policy.untagged),
    }


def permissions_report(plan: Plan, policy: DeployPolicy, trust: str | None) -> list[RenderableType]:
    """Return a deploy policy as text: each document, and what it does not cover."""
    count = len(policy.documents)
    parts: list[RenderableType] = [
        Text(f"Permissions to deploy {plan.graph.project}, stack {plan.graph.stack}", "bold"),
        Text(f"{counted(count, 'policy', 'policies')} of at most {MANAGED_LIMIT:,} characters"),
    ]
    for number, document in enumerate(policy.documents, 1):
        parts += [
            heading(f"Policy {number} of {count}: {characters(document):,} characters"),
            *_json(document),
        ]
    if trust:
        parts += [heading("Trust policy of the role"), *_json(trust)]
    parts += [heading("Not covered"), *(Padding.indent(Text(text), 2) for text in _notes(policy))]
    return parts


def _json(document: str) -> list[RenderableType]:
    # Each line is its own text: a wrapped line would not be JSON.
    lines = json.dumps(json.loads(document), indent=2).split("\n")
    return [Text(line, no_wrap=True, overflow="ignore") for line in lines]


def _notes(policy: DeployPolicy) -> list[str]:
    notes = [f"{name}: not in the table of actions; add its permissions by hand" for name in policy.unknown]
    if policy.untagged:
        notes.append(
            f"{', '.join(policy.untagged)}: without the tags moorage:app and moorage:stack, so the policy "
            "allows all of the account; set both as default tags of their provider"
        )
    if len(policy.documents) > MANAGED_POLICIES:
        notes.append(
            f"{len(policy.documents)} policies: a role has at most {MANAGED_POLICIES} by default; raise the "
            "quota, or deploy with several roles"
        )
    notes.append("Pulumi's state and secrets provider, and customer managed KMS keys")
    return notes
