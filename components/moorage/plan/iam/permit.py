"""The notation of the action table: which actions, on which resources, under which condition."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

Condition = Mapping[str, Mapping[str, str]]
"""The condition of a statement: values by operator and key. Values are templates, as resources are."""

IN_CLUSTER: Condition = {"ArnEquals": {"ecs:cluster": "arn:{P}:ecs:{R}:{A}:cluster/{cluster}"}}
"""On tasks of the cluster."""

EVERYTHING = "*"
"""The resource of actions without resource types."""


@dataclass(frozen=True, slots=True)
class Permit:
    """Actions that the deployment of one resource needs.

    `resource` is an ARN without `arn:PARTITION:`. In it, and in the condition, `{P}` is the partition, `{R}`
    the region, `{A}` the account, and other names are those of `names.Names`. An unknown value is `*`; a
    condition without value is omitted.
    """

    resource: str
    actions: tuple[str, ...]
    condition: Condition | None = None
    tagged: bool = False
    """True if only resources with the stack's tag are allowed, where the resource has it: for names that AWS
    chooses."""

    def reading(self) -> "Permit":
        """Return the part that only reads, for an existing resource."""
        reads = tuple(action for action in self.actions if action.split(":")[1].startswith(_READS))
        return Permit(self.resource, reads, self.condition)


_READS = ("BatchGet", "Describe", "Get", "List", "View")


class Actions(NamedTuple):
    """Actions under a condition, or on tagged resources."""

    names: str
    condition: Condition | None = None
    tagged: bool = False


Grants = Mapping[str, str | Actions | list[str | Actions]]
"""The permits of a type or function: actions by resource.

The actions are separated by blanks; another service than that of the resource is written out. A service in
place of a resource stands for its actions without resource types.
"""


def permits(grants: Grants) -> tuple[Permit, ...]:
    """Return grants as permits."""
    return tuple(
        _permit(resource, Actions(actions) if isinstance(actions, str) else actions)
        for resource, entry in grants.items()
        for actions in (entry if isinstance(entry, list) else [entry])
    )


def _permit(resource: str, actions: Actions) -> Permit:
    service, colon, _ = resource.partition(":")
    names = tuple(name if ":" in name else f"{service}:{name}" for name in actions.names.split())
    return Permit(resource if colon else EVERYTHING, names, actions.condition, actions.tagged)


def created(by: str) -> Actions:
    """Allow tags on what an EC2 action creates ("Grant permission to tag Amazon EC2 resources during
    creation")."""
    return Actions("CreateTags", {"StringEquals": {"ec2:CreateAction": by}})


def linked(service: str) -> Grants:
    """Allow the role of a service, created when the account first uses it ("Create a service-linked
    role")."""
    name = {"StringLike": {"iam:AWSServiceName": service}}
    role = f"iam::{{A}}:role/aws-service-role/{service}/*"
    return {role: Actions("CreateServiceLinkedRole", name)}
