"""What a `ComposeApp` makes, decided and checked before anything is registered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from moorage.compose_file.deferred import mark, marked
from moorage.compose_file.limits import check_limits
from moorage.compose_file.names import service_logical
from moorage.compose_file.plan import ServicePlan
from moorage.compose_file.read import Plan, read_plan
from moorage.compose_file.tasks import TaskPlan
from moorage.model.app import AppSpec, app_spec
from moorage.model.app_checks import check_together, check_values
from moorage.model.arguments import check_arguments, in_range, one_of
from moorage.model.containers import definitions_json
from moorage.model.presets import DEFAULT_PRESET, PRESETS
from moorage.model.problems import ArgumentsError, Problems
from moorage.resources.app.listener_rules import claim_rules
from moorage.resources.app.task_definition import task_family
from moorage.resources.image import check_build

if TYPE_CHECKING:
    from moorage.resources.app.args import ContainerAppArgs

    from .args import ComposeAppArgs

_OF_THE_APP = ("cluster", "network", "network_mode", "load_balancer", "public", "subnets", "rules")
"""Arguments whose problems are the component's, not a service's."""

_AS_OF_AN_APP = ("log_retention_days", "rollout_timeout", "tags", "verify")
"""Arguments that an app has too."""

SECRET_IN_ENV = (
    "is a Pulumi secret, and whoever may describe the task could read it; declare it in the compose file "
    "under `secrets:` with `environment:`"
)

TASKS = ("per_service", "one")
"""How services are cut into tasks."""


@dataclass(frozen=True, slots=True)
class ComposeTask:
    """A task of the app, as an app of its own."""

    plan: TaskPlan
    spec: AppSpec
    args: ContainerAppArgs
    """Its arguments, the network left out."""
    further_ports: tuple[tuple[int, str], ...]
    """Published ports besides the first, with their protocols."""
    behind_balancer: str | None
    """The service that the load balancer leads to, if one."""


@dataclass(frozen=True, slots=True)
class ComposePlan:
    """Everything a `ComposeApp` makes."""

    tasks: tuple[ComposeTask, ...]
    """In an order in which each comes after those it depends on."""
    files: Plan
    log_retention_days: int

    @property
    def services(self) -> dict[str, ServicePlan]:
        """The services of the active profiles."""
        return self.files.services

    @property
    def by_name(self) -> bool:
        """Whether services find each other through Service Connect."""
        return len(self.tasks) > 1 and self.files.network_mode == "awsvpc"


def compose_plan(
    name: str,
    declaration: type,
    args: ComposeAppArgs,
    environment: Mapping[str, str],
    secret_names: frozenset[str],
) -> ComposePlan:
    """Check all arguments and files and return what is made.

    Args:
        name: the component's name.
        declaration: the arguments' `TypedDict`.
        args: the arguments.
        environment: the variables whose values are known.
        secret_names: those of `env` that are known to be Pulumi secrets.

    Raises:
        ValueError: something is wrong; the text lists every problem.
    """
    problems = Problems("ComposeApp", name)
    good = cast("ComposeAppArgs", check_arguments(declaration, args, problems))
    check_values(
        name, {key: value for key, value in good.items() if key in _AS_OF_AN_APP}, frozenset(), problems
    )
    one_of("task", good.get("task"), TASKS, problems)
    in_range("file_system_zones", good.get("file_system_zones"), 1, 6, problems)
    if "cluster" not in good:
        problems.raise_if_any()
    cluster = good["cluster"]
    folder = good.get("folder", ".")
    ecs_params = good.get("ecs_params")
    marks = {key: mark(key) for key, value in args.get("env", {}).items() if not isinstance(value, str)}
    files = read_plan(
        name,
        cluster.get("capacity", "fargate"),
        cluster.get("arch", "x86_64"),
        good.get("task") == "one",
        folder,
        good.get("files"),
        good.get("profiles"),
        (Path(folder) / ecs_params).as_posix() if ecs_params else None,
        {**environment, **marks},
        problems,
    )
    if files is None:
        problems.raise_if_any()
        raise AssertionError("files that cannot be read are a problem")
    rules = _rules(good, files, problems)
    tasks = [_task(name, task, good, files, rules, problems) for task in files.tasks]
    _check_builds(name, files, problems)
    _check_secret_values(files, secret_names, problems)
    check_limits(files, good.get("tags", {}), cluster.get("gpu", False), problems)
    _check_names(name, files, problems)
    needs_files = any(volume.storage == "efs" for task in files.tasks for volume in task.volumes.values())
    if needs_files and "network" not in good:
        problems.say("network", "is required for volumes kept in EFS")
    for task in tasks:
        if task.behind_balancer is not None and "load_balancer" in good:
            claim_rules(task.spec.name, task.spec, good["load_balancer"], problems)
    problems.raise_if_any()
    preset = PRESETS[cluster.get("preset", DEFAULT_PRESET)]
    days = good.get("log_retention_days", preset.log_retention_days)
    return ComposePlan(tuple(_in_start_order(tasks)), files, days)


def _rules(args: ComposeAppArgs, files: Plan, problems: Problems) -> dict[str, list[dict[str, Any]]]:
    """Return the listener rules by service; without any, all requests go to the only service with a port."""
    rules: dict[str, list[dict[str, Any]]] = {}
    if "rules" in args and "load_balancer" not in args:
        problems.say("rules", "needs load_balancer")
    if "load_balancer" in args and "rules" not in args:
        open_services = [
            plan.name
            for plan in files.services.values()
            if any(published.protocol == "tcp" for published in plan.published)
        ]
        if len(open_services) == 1:
            rules[open_services[0]] = [{}]
        elif not open_services:
            problems.say("load_balancer", "no service publishes a TCP port that it could lead to")
        else:
            text = f"{', '.join(open_services)} publish ports: say which requests go to which"
            problems.say("rules", text)
    for index, rule in enumerate(args.get("rules", [])):
        service = rule["service"]
        plan = files.services.get(service)
        if plan is None or not any(published.protocol == "tcp" for published in plan.published):
            problems.add(f"rules[{index}].service", service, "must be a service that publishes a TCP port")
            continue
        rules.setdefault(service, []).append({**rule})
    if args.get("task") == "one" and len(rules) > 1:
        problems.say("rules", "containers of one task are one target: give the rules of one service")
    return rules


def _task(
    name: str,
    task: TaskPlan,
    args: ComposeAppArgs,
    files: Plan,
    rules: Mapping[str, list[dict[str, Any]]],
    problems: Problems,
) -> ComposeTask:
    """Return a task as an app, its arguments checked together."""
    params = files.params
    behind = next((plan for plan in task.services if plan.name in rules), None)
    if behind is not None:
        ports = [(behind, published) for published in behind.published if published.protocol == "tcp"][:1]
    else:
        ports = [(plan, published) for plan in task.services for published in plan.published]
    app: dict[str, Any] = {
        "cluster": args["cluster"],
        "network_mode": files.network_mode,
        "cpu": task.cpu,
        "memory": task.memory,
        "port": ports[0][1].port if ports else 0,
        "container_name": (ports[0][0] if ports else task.services[0]).container.name,
        "public": bool(args.get("public")) and behind is None and bool(ports),
        "tags": {**task.tags, **args.get("tags", {})},
    }
    app |= {"daemon": True} if task.daemon else {"count": task.count}
    if task.percents is not None:
        app["minimum_healthy_percent"], app["maximum_percent"] = task.percents
    if behind is not None and "load_balancer" in args:
        app["load_balancer"] = args["load_balancer"]
        app["rules"] = [
            {k: v for k, v in rule.items() if k in ("host", "path")} for rule in rules[behind.name]
        ]
        check = next((rule["health_check"] for rule in rules[behind.name] if "health_check" in rule), None)
        app |= {"health_check": check} if check else {}
    given = cast("dict[str, Any]", args)
    app |= {key: given[key] for key in ("execute_command", "verify", "rollout_timeout") if key in given}
    network: Any = args.get("network")
    if params.subnets:
        subnets = list(params.subnets)
        vpc = network["vpc_id"] if network else ""
        network = {"vpc_id": vpc, "public_subnet_ids": subnets, "private_subnet_ids": subnets}
        network |= {"private_egress": True}
        # As in the ECS CLI: without a word a task has no public address.
        app["subnets"] = "public" if params.public_ip else "private"
    elif params.public_ip is not None:
        app["subnets"] = "public" if params.public_ip else "private"
    host_ports = [port.host_port for plan in task.services for port in plan.container.ports if port.host_port]
    if files.network_mode == "bridge" and host_ports:
        app["host_port"] = host_ports[0]
    logical = name if args.get("task") == "one" else service_logical(name, task.name)
    spec = app_spec(logical, {**app, "network": network or {}}, task_family(logical))
    found = Problems("ComposeApp", name)
    check_together(spec, {**app, **({"network": network} if network else {})}, found)
    _say_for(task, found, problems)
    return ComposeTask(
        task,
        spec,
        cast("ContainerAppArgs", app),
        tuple((published.port, published.protocol) for _, published in ports[1:]),
        behind.name if behind else None,
    )


def _say_for(task: TaskPlan, found: Problems, problems: Problems) -> None:
    """Say what is wrong with a task, with its place in the file where it is the task's fault."""
    try:
        found.raise_if_any()
    except ArgumentsError as error:
        for problem in error.problems:
            node = task.services[0].node
            place = "" if problem.field in _OF_THE_APP else f"{node.where}: {task.services[0].path}: "
            text = f"{problem.value}: {problem.text}" if problem.value else problem.text
            problems.say(f"{place}{problem.field}", text)


def _check_builds(name: str, files: Plan, problems: Problems) -> None:
    for plan in files.services.values():
        if plan.build is None:
            continue
        found = Problems("ComposeApp", name)
        build = {"context": plan.build.context, "dockerfile": plan.build.dockerfile}
        check_build("build", build, found)
        try:
            found.raise_if_any()
        except ArgumentsError as error:
            for problem in error.problems:
                field = f"{plan.build.node.where}: {plan.path}.{problem.field}"
                problems.say(field, f"{problem.value}: {problem.text}" if problem.value else problem.text)


def _check_secret_values(files: Plan, secret_names: frozenset[str], problems: Problems) -> None:
    """Refuse a Pulumi secret in what whoever may describe the task can read."""
    for plan in files.services.values():
        for variable in marked(definitions_json([plan.container])) & secret_names:
            problems.say(f"{plan.node.where}: {plan.path}", f"{variable} {SECRET_IN_ENV}")


def _check_names(name: str, files: Plan, problems: Problems) -> None:
    taken: dict[str, str] = {}
    for service, plan in files.services.items():
        # Service Connect's names are lower-case.
        logical = service_logical(name, service).lower()
        if logical in taken:
            text = f"is the name of {taken[logical]} too, in lower-case letters, digits and hyphens"
            problems.say(f"{plan.node.where}: {plan.path}", text)
        taken[logical] = service


def _in_start_order(tasks: list[ComposeTask]) -> list[ComposeTask]:
    """Return the tasks so that each comes after those that it depends on."""
    of_service = {plan.name: task for task in tasks for plan in task.plan.services}
    sorter = TopologicalSorter[str]()
    for task in tasks:
        others = {of_service[other].plan.name for plan in task.plan.services for other in plan.depends_on}
        sorter.add(task.plan.name, *sorted(others - {task.plan.name}))
    by_name = {task.plan.name: task for task in tasks}
    return [by_name[name] for name in sorter.static_order()]
