"""The notation of the action table: which actions, on which resources, under which condition."""

from collections.abc import Mapping
from dataclasses import dataclass

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
    """Whether only resources with the stack's tag are allowed, if the resource has it: for names that AWS
    chooses."""

    def reading(self) -> "Permit":
        """Return the part that only reads, for an existing resource."""
        reads = tuple(action for action in self.actions if action.split(":")[1].startswith(_READS))
        return Permit(self.resource, reads, self.condition)


Permits = Permit | tuple[Permit, ...]
"""The permits of a type or function."""


def table(*parts: Mapping[str, Permits]) -> Mapping[str, tuple[Permit, ...]]:
    """Return the permits by type or function."""
    rows = {name: permits for part in parts for name, permits in part.items()}
    return {name: permits if isinstance(permits, tuple) else (permits,) for name, permits in rows.items()}


_READS = ("BatchGet", "Describe", "Get", "List", "View")


def on(resource: str, actions: str, condition: Condition | None = None) -> Permit:
    """Allow actions, separated by blanks, on a resource; another service than its own is written out."""
    service = resource.partition(":")[0]
    return Permit(resource, _actions(service, actions), condition)


def tagged(resource: str, actions: str) -> Permit:
    """Allow actions on the resources of a kind that have the stack's tag."""
    return Permit(resource, on(resource, actions).actions, tagged=True)


def anywhere(service: str, actions: str) -> Permit:
    """Allow actions that have no resource types."""
    return Permit(EVERYTHING, _actions(service, actions))


def tag_new(resource: str, created_by: str) -> Permit:
    """Allow tags on what an EC2 action creates ("Grant permission to tag Amazon EC2 resources during
    creation")."""
    return on(resource, "CreateTags", {"StringEquals": {"ec2:CreateAction": created_by}})


def linked(service: str) -> Permit:
    """Allow the role of a service, created when the account first uses it ("Create a service-linked
    role")."""
    name = {"StringLike": {"iam:AWSServiceName": service}}
    return on(f"iam::{{A}}:role/aws-service-role/{service}/*", "CreateServiceLinkedRole", name)


def _actions(service: str, actions: str) -> tuple[str, ...]:
    return tuple(action if ":" in action else f"{service}:{action}" for action in actions.split())
