"""A compose file and an ecs-params file, read and planned as a whole."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from moorage.model.problems import Problems

from .ecs_params import EcsParams, apply_services, read_ecs_params
from .files import ComposeError
from .project import load_project
from .reachability import check_reachable
from .report import Report
from .service_keys import map_services
from .services import ComposeService, Context, Target
from .tasks import TaskPlan, plan_tasks


@dataclass(slots=True)
class Plan:
    """Everything that follows from the files."""

    tasks: list[TaskPlan]
    services: dict[str, ComposeService]
    params: EcsParams
    network_mode: str
    report: Report


def read_plan(
    name: str,
    capacity: str,
    arch: str,
    one_task: bool,
    folder: str,
    files: Sequence[str] | None,
    profiles: Sequence[str] | None,
    ecs_params: str | None,
    variables: Mapping[str, str],
    problems: Problems,
) -> Plan | None:
    """Read the files and return what runs; None when they cannot be read at all, which `problems` says.

    Args:
        name: the component's name.
        capacity: the cluster's capacity.
        arch: the capacity's architecture.
        one_task: whether all services are containers of one task.
        folder: where compose files are looked for.
        files: the compose files; None for those that Compose would find.
        profiles: the active profiles; None for those of COMPOSE_PROFILES.
        ecs_params: the ecs-params file, if there is one.
        variables: for interpolation, before those of `.env`.
        problems: receives everything that is wrong.
    """
    report = Report(problems)
    try:
        project = load_project(
            folder, files, profiles, variables, problems, lambda t: report.warnings.update({t: None})
        )
        context = Context(project, Target(capacity, arch, "awsvpc", one_task), report)
        params = read_ecs_params(ecs_params, context) if ecs_params else EcsParams()
    except ComposeError as error:
        problems.say("files", str(error))
        return None
    mode = params.network_mode or "awsvpc"
    context.target = Target(capacity, arch, mode, one_task)
    map_services(context)
    essential = apply_services(params, context)
    tasks = plan_tasks(name, context, params, essential)
    check_reachable(context)
    return Plan(tasks, context.plans, params, mode, report)
