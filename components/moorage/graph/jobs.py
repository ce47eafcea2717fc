"""Task definitions that no service runs; schedules, event rules and state machines that start tasks."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from moorage.model.service_names import APP
from moorage.offline import UNKNOWN, Resource, Unknown
from moorage.offline.values import Json, entries, mapping, parsed, text

from . import values
from .capacity import Capacity, Group, Share, launch_type
from .clusters import Clusters
from .links import Links
from .network import Networks
from .placement import Network, placed
from .services import Service
from .tasks import Task
from .types import CLUSTER, EVENT_RULE, EVENT_TARGET, SCHEDULE, STATE_MACHINE, TASK_DEFINITION


@dataclass(frozen=True, slots=True)
class Run:
    """Tasks started by a schedule, an event rule or a state machine."""

    resource: Resource
    """The schedule, event target or state machine."""
    task: Task
    capacity: Capacity
    network: Network


@dataclass(frozen=True, slots=True)
class Job:
    """A task definition that no service runs."""

    task: Task
    name: str
    component: Resource | None
    schedule: str | Unknown
    """The schedule expression, with its time zone unless it is UTC; empty without one."""
    capacity: Capacity
    """That of its runs; where it is unknown, the only launch type that its task definition is for."""
    before: str
    """The name of the app whose deployment waits for its success; empty without one."""

    @property
    def urn(self) -> str:
        """Return the URN of the task definition."""
        return self.task.urn


def jobs(
    links: Links, tasks: Mapping[str, Task], services: Sequence[Service], runs: Sequence[Run]
) -> tuple[Job, ...]:
    """Return the task definitions that no service runs, with what starts them and where."""
    in_services = {service.task.urn for service in services if service.task is not UNKNOWN}
    apps = {service.component.urn: service.name for service in services if service.component}
    schedules = _schedules(links)
    all_jobs: list[Job] = []
    for task in tasks.values():
        if task.urn in in_services:
            continue
        component = links.by_urn(task.resource.parent)
        before = apps.get(component.urn, component.name) if component and component.type == APP else ""
        of_job = component is not None and component.type == "moorage:index:Job"
        name = component.name if component and of_job else task.resource.name
        all_jobs.append(
            Job(
                task=task,
                name=f"{before}-pre-deploy" if before else name,
                component=component,
                schedule=schedules.get(task.urn, ""),
                capacity=_capacity(task, [run.capacity for run in runs if run.task is task]),
                before=before,
            )
        )
    return tuple(all_jobs)


def _capacity(task: Task, of_runs: list[Capacity]) -> Capacity:
    shares: dict[str, Share] = {}
    groups: dict[str, Group] = {}
    for capacity in of_runs or [Capacity(UNKNOWN)]:
        if capacity.shares is UNKNOWN:
            only_one = len(task.compatibilities) == 1
            return launch_type(task.compatibilities[0]) if only_one else Capacity(UNKNOWN)
        shares |= {share.provider.name: share for share in capacity.shares}
        groups |= {group.urn: group for group in capacity.groups}
    return Capacity(tuple(shares.values()), tuple(groups.values()))


def _schedules(links: Links) -> dict[str, str | Unknown]:
    """Return the schedule of each task definition, by URN."""
    by_definition: dict[str, str | Unknown] = {}
    for schedule in links.of_type(SCHEDULE):
        zone = values.plain(schedule.inputs.get("scheduleExpressionTimezone"))
        expression = values.text(schedule.inputs.get("scheduleExpression"), "")
        started = links.of(schedule, "target", TASK_DEFINITION)
        # A Job's schedule starts a state machine, whose definition depends on the task definition.
        for machine in links.of(schedule, "target", STATE_MACHINE):
            started += links.of(machine, "definition", TASK_DEFINITION)
        zoned = expression is not UNKNOWN and zone not in ("", "UTC")
        when = f"{expression} {zone}" if zoned else expression
        by_definition |= {definition.urn: when for definition in started}
    for target in links.of_type(EVENT_TARGET):
        rule = links.first(target, "rule", EVENT_RULE)
        expression = values.text(rule.inputs.get("scheduleExpression"), "") if rule else ""
        by_definition |= {
            definition.urn: expression for definition in links.of(target, "ecsTarget", TASK_DEFINITION)
        }
    return by_definition


def runs(links: Links, tasks: Mapping[str, Task], clusters: Clusters, networks: Networks) -> tuple[Run, ...]:
    """Return the runs of tasks outside services."""
    all_runs: list[Run] = []
    for resource, property_, inputs, cluster in _starting(links):
        named = links.one(resource, property_, inputs.get("taskDefinitionArn"), TASK_DEFINITION)
        task = tasks.get(named.urn) if named else None
        if task is not None:
            capacity = clusters.capacity_of(resource, inputs, cluster)
            network = placed(networks, resource, property_, inputs, capacity, task)
            all_runs.append(Run(resource, task, capacity, network))
    return tuple(all_runs)


def _starting(links: Links) -> Iterator[tuple[Resource, str, Json, Resource | None]]:
    """Yield each run of tasks: resource, input, its value in Pulumi's spelling, and cluster."""
    for target in links.of_type(EVENT_TARGET):
        cluster = links.first(target, "arn", CLUSTER)
        yield target, "ecsTarget", mapping(links.inputs(target).get("ecsTarget")), cluster
    for schedule in links.of_type(SCHEDULE):
        target = mapping(links.inputs(schedule).get("target"))
        cluster = links.one(schedule, "target", target.get("arn"), CLUSTER)
        yield schedule, "target", mapping(target.get("ecsParameters")), cluster
    for machine in links.of_type(STATE_MACHINE):
        for state in _states(links.inputs(machine).get("definition")):
            cluster = links.named(CLUSTER, state.get("Cluster"))
            yield machine, "definition", _as_inputs(state), cluster


def _states(definition: Any) -> Iterator[Json]:
    """Yield the parameters of every state that runs a task, at any depth ("Run Amazon ECS or Fargate tasks
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
    network = mapping(mapping(state.get("NetworkConfiguration")).get("AwsvpcConfiguration"))
    return {
        "taskDefinitionArn": state.get("TaskDefinition"),
        "launchType": state.get("LaunchType"),
        "capacityProviderStrategies": [
            {"capacityProvider": entry.get("CapacityProvider")}
            for entry in entries(state.get("CapacityProviderStrategy"))
        ],
        "networkConfiguration": network
        and {
            "subnets": network.get("Subnets"),
            "assignPublicIp": network.get("AssignPublicIp") == "ENABLED",
            "securityGroups": network.get("SecurityGroups"),
        },
    }
