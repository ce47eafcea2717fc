"""Task definitions: what one task is made of, and those that no service runs."""

from moorage.offline import Resource, ResourceGraph
from moorage.offline.values import Json, container_definitions, entries, mapping, number
from moorage.plan.links import Links
from moorage.plan.types import EVENT_TARGET, ROLE, SCHEDULE, STATE_MACHINE, TASK_DEFINITION

from .model import Container, Job, Task
from .values import text

USABLE = (
    "aws:secretsmanager/secret:Secret",
    "aws:ssm/parameter:Parameter",
    "aws:efs/fileSystem:FileSystem",
)
_RULE = "aws:cloudwatch/eventRule:EventRule"


def task(links: Links, definition: Resource) -> Task:
    """Return a task definition."""
    inputs = definition.inputs
    task_role, execution_role = (
        links.one(definition, key, ROLE) for key in ("taskRoleArn", "executionRoleArn")
    )
    return Task(
        urn=definition.urn,
        family=text(inputs.get("family")) or definition.name,
        cpu=number(inputs.get("cpu")),
        memory=number(inputs.get("memory")),
        arch=text(mapping(inputs.get("runtimePlatform")).get("cpuArchitecture")) or "X86_64",
        network_mode=text(inputs.get("networkMode")) or "bridge",
        containers=tuple(_container(each) for each in containers(definition)),
        task_role=task_role.urn if task_role else "",
        execution_role=execution_role.urn if execution_role else "",
        uses=_uses(links, definition),
    )


def containers(definition: Resource) -> list[Json]:
    """Return the container definitions; none when they are not known yet, or secret."""
    return container_definitions(definition.inputs) or []


def _container(definition: Json) -> Container:
    ports = (number(each.get("containerPort")) for each in entries(definition.get("portMappings")))
    return Container(
        name=text(definition.get("name")),
        image=text(definition.get("image")),
        ports=tuple(port for port in ports if port is not None),
        essential=definition.get("essential") is not False,
    )


def _uses(links: Links, definition: Resource) -> tuple[str, ...]:
    given = [
        text(secret.get("valueFrom"))
        for container in containers(definition)
        for secret in entries(container.get("secrets"))
    ]
    found = [
        resource.urn
        for type_ in USABLE
        for resource in links.graph.of_type(type_)
        if any(is_of(resource, value) for value in given)
    ]
    # In a preview the definitions are not known: what they are made from is.
    found += [
        resource.urn
        for type_ in USABLE
        for resource in links.of(definition, "containerDefinitions", type_)
        if not given
    ]
    found += [resource.urn for resource in links.of(definition, "volumes", USABLE[2])]
    return tuple(dict.fromkeys(found))


def is_of(resource: Resource, value: str) -> bool:
    """Return whether an ARN or name is a resource's, or that of something within it."""
    arn, name = text(resource.outputs.get("arn")), text(resource.outputs.get("name"))
    within = arn and (value == arn or value.startswith((f"{arn}:", f"{arn}/")))
    return bool(within) or (bool(name) and value == name)


def jobs(graph: ResourceGraph, links: Links, in_services: set[str]) -> tuple[Job, ...]:
    """Return the task definitions that no service runs, with what starts them."""
    schedules = _schedules(graph, links)
    found: list[Job] = []
    for definition in graph.of_type(TASK_DEFINITION):
        if definition.urn in in_services:
            continue
        schedule, urn = schedules.get(definition.urn, ("", ""))
        app = _component(graph, definition)
        before = app.name if app and app.type == "moorage:index:ContainerApp" else ""
        name = app.name if app and app.type == "moorage:index:Job" else definition.name
        found.append(
            Job(
                urn=definition.urn,
                name=f"{before}-pre-deploy" if before else name,
                app=app.urn if app else "",
                task=task(links, definition),
                schedule=schedule,
                schedule_urn=urn,
                before=before,
            )
        )
    return tuple(found)


def _component(graph: ResourceGraph, resource: Resource) -> Resource | None:
    return graph.by_urn(resource.parent) if resource.parent else None


def _schedules(graph: ResourceGraph, links: Links) -> dict[str, tuple[str, str]]:
    """Return when each task definition is run, by its URN, and the URN of what runs it."""
    found: dict[str, tuple[str, str]] = {}
    for schedule in graph.of_type(SCHEDULE):
        zone = text(schedule.inputs.get("scheduleExpressionTimezone"))
        expression = text(schedule.inputs.get("scheduleExpression"))
        when = f"{expression} {zone}" if zone not in ("", "UTC") else expression
        started = links.of(schedule, "target", TASK_DEFINITION)
        # A Job's schedule starts a state machine, whose definition is made from the task definition.
        for machine in links.of(schedule, "target", STATE_MACHINE):
            started += links.of(machine, "definition", TASK_DEFINITION)
        found |= {definition.urn: (when, schedule.urn) for definition in started}
    for target in graph.of_type(EVENT_TARGET):
        rule = links.one(target, "rule", _RULE)
        expression = text(rule.inputs.get("scheduleExpression")) if rule else ""
        for definition in links.of(target, "ecsTarget", TASK_DEFINITION):
            found[definition.urn] = (expression, rule.urn if rule else target.urn)
    return found
