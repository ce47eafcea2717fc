"""Which listeners and balancers lead to a target group."""

from dataclasses import dataclass, field

from moorage.offline import Resource
from moorage.offline.values import Json, entries, mapping, text
from moorage.plan.types import LISTENER, LISTENER_RULE, LOAD_BALANCER, TARGET_GROUP

from .stack import Stack


@dataclass
class Listener:
    """A listener with its rules."""

    name: str
    """Its logical name, or the ARN of one that the stack does not make."""
    resource: Resource | None
    inputs: Json
    balancer: Resource | None
    rules: list[tuple[Resource, Json]] = field(default_factory=list[tuple[Resource, Json]])


class Balancing:
    """The listeners of a stack."""

    def __init__(self, stack: Stack) -> None:
        """Find the balancer and the rules of each listener, and who leads to each target group."""
        self.stack = stack
        self.listeners: dict[str, Listener] = {}
        """By URN, or by ARN those that the stack does not make."""
        self._leading: dict[str, list[Resource | None]] = {}
        self.all_known = True
        """Whether it is known of every listener and rule where it leads."""
        for resource in stack.of_type(LISTENER):
            inputs = stack.inputs(resource)
            balancer = stack.one(resource, "loadBalancerArn", inputs.get("loadBalancerArn"), LOAD_BALANCER)
            self.listeners[resource.urn] = Listener(resource.name, resource, inputs, balancer)
            self._lead(resource, "defaultActions", inputs, balancer)
        for resource in stack.of_type(LISTENER_RULE):
            inputs = stack.inputs(resource)
            listener = stack.one(resource, "listenerArn", inputs.get("listenerArn"), LISTENER)
            key = listener.urn if listener else text(inputs.get("listenerArn"))
            balancer = None
            if key is not None:
                found = self.listeners.setdefault(key, Listener(key, None, {}, None))
                found.rules.append((resource, inputs))
                balancer = found.balancer
            self._lead(resource, "actions", inputs, balancer)

    def _lead(self, resource: Resource, property_: str, inputs: Json, balancer: Resource | None) -> None:
        for action in entries(inputs.get(property_)):
            several = [
                entry.get("arn") for entry in entries(mapping(action.get("forward")).get("targetGroups"))
            ]
            for arn in several or [action.get("targetGroupArn")] if action.get("type") == "forward" else []:
                group = self.stack.one(resource, property_, arn, TARGET_GROUP)
                if group:
                    self._leading.setdefault(group.urn, []).append(balancer)
                elif not isinstance(arn, str):
                    self.all_known = False

    def reached(self, group: Resource) -> bool:
        """Return whether some listener or rule leads to a target group."""
        return group.urn in self._leading

    def balancers(self, group: Resource) -> list[Resource | None]:
        """Return the balancers of a target group; None among them for one that is not known."""
        return self._leading.get(group.urn, [])
