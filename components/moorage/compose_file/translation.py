"""Translation of a compose file and an ecs-params file to ECS."""

from dataclasses import dataclass
from pathlib import Path

from moorage.model.choices import NetworkMode
from moorage.model.problems import Problems

from .ecs_params import EcsParams, apply_services, read_ecs_params
from .files import ComposeError
from .project import Source, load_project
from .reachability import check_reachable
from .report import Report
from .service_keys import map_services
from .services import ComposeService, Context, Target
from .tasks import Task, project_tasks


@dataclass(frozen=True, slots=True)
class Translation:
    """The files as ECS runs them."""

    tasks: list[Task]
    services: dict[str, ComposeService]
    """The services of the active profiles."""
    params: EcsParams
    network_mode: NetworkMode
    report: Report

    @property
    def by_name(self) -> bool:
        """True if services reach each other through Service Connect."""
        return len(self.tasks) > 1 and self.network_mode is NetworkMode.AWSVPC


def translate(name: str, target: Target, source: Source, problems: Problems) -> Translation | None:
    """Read and translate the files; report and return None if they cannot be read at all."""
    report = Report(problems)
    try:
        project = load_project(source, problems, lambda text: report.warnings.update({text: None}))
        context = Context(project, target, report)
        params = EcsParams()
        if source.ecs_params:
            params = read_ecs_params((Path(source.folder) / source.ecs_params).as_posix(), context)
    except ComposeError as error:
        problems.say("files", str(error))
        return None
    mode = params.network_mode or target.network_mode
    context.target = Target(target.capacity, target.arch, mode, target.one_task)
    map_services(context)
    essential = apply_services(params, context)
    tasks = project_tasks(name, context, params, essential)
    check_reachable(context)
    return Translation(tasks, context.services, params, mode, report)
