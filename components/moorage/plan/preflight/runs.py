"""Fargate tasks with a place to run in: those of services, schedules, event rules and state machines."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from moorage.offline import Resource
from moorage.offline.values import Json, entries, mapping, parsed, text
from moorage.plan.types import EVENT_TARGET, SCHEDULE, STATE_MACHINE, SUBNET, TASK_DEFINITION

from .services import Services, Task
from .stack import Stack


@dataclass(frozen=True)
class Run:
    """Tasks that something runs on Fargate."""

    resource: Resource
    """What runs them."""
    task: Task
    subnets: list[Resource]
    """Where they are placed, as far as the stack makes it."""
    public: bool
    """Whether they get a public address."""


def fargate_runs(services: Services) -> Iterator[Run]:
    """Return everything that runs tasks on Fargate and says where."""
    stack = services.stack
    for service in services.all:
        public = service.network.get("assignPublicIp", False)
        if service.capacity.kind == "fargate" and service.task and isinstance(public, bool):
            subnets = _subnets(
                stack, service.resource, "networkConfiguration", service.network.get("subnets")
            )
            yield Run(service.resource, service.task, subnets, public)
    for target in stack.of_type(EVENT_TARGET):
        yield from _parameters(services, target, "ecsTarget", stack.inputs(target).get("ecsTarget"))
    for schedule in stack.of_type(SCHEDULE):
        given = mapping(stack.inputs(schedule).get("target")).get("ecsParameters")
        yield from _parameters(services, schedule, "target", given)
    for machine in stack.of_type(STATE_MACHINE):
        for state in _states(stack.inputs(machine).get("definition")):
            yield from _parameters(services, machine, "definition", _as_inputs(state))


def _subnets(stack: Stack, resource: Resource, property_: str, given: Any) -> list[Resource]:
    return stack.many(resource, property_, given, SUBNET)[0]


def _parameters(services: Services, resource: Resource, property_: str, given: Any) -> Iterator[Run]:
    values = mapping(given)
    found = services.stack.one(resource, property_, values.get("taskDefinitionArn"), TASK_DEFINITION)
    network = mapping(values.get("networkConfiguration"))
    public = network.get("assignPublicIp", False)
    strategies = entries(values.get("capacityProviderStrategies"))
    names = {entry.get("capacityProvider") for entry in strategies}
    fargate = values.get("launchType") == "FARGATE" or (names and names <= {"FARGATE", "FARGATE_SPOT"})
    if found and fargate and isinstance(public, bool):
        subnets = _subnets(services.stack, resource, property_, network.get("subnets"))
        yield Run(resource, services.task(found), subnets, public)


def _states(definition: Any) -> Iterator[Json]:
    """Return the parameters of every state that runs a task, however deep ("Run Amazon ECS or Fargate tasks
    with Step Functions")."""
    if isinstance(definition, str):
        definition = parsed(definition)
    if isinstance(definition, list):
        for item in cast("list[Any]", definition):
            yield from _states(item if isinstance(item, dict) else None)
    for value in mapping(definition).values():
        if isinstance(value, dict | list):
            yield from _states(value)
    if ":states:::ecs:runTask" in (text(mapping(definition).get("Resource")) or ""):
        yield mapping(mapping(definition).get("Parameters") or mapping(definition).get("Arguments"))


def _as_inputs(state: Json) -> Json:
    """Return what a state says, as Pulumi spells it."""
    network = mapping(mapping(state.get("NetworkConfiguration")).get("AwsvpcConfiguration"))
    return {
        "taskDefinitionArn": state.get("TaskDefinition"),
        "launchType": state.get("LaunchType"),
        "capacityProviderStrategies": [
            {"capacityProvider": entry.get("CapacityProvider")}
            for entry in entries(state.get("CapacityProviderStrategy"))
        ],
        "networkConfiguration": {
            "subnets": network.get("Subnets"),
            "assignPublicIp": network.get("AssignPublicIp") == "ENABLED",
        },
    }
