"""Projects of the Amazon ECS CLI: a compose file, whose services are one task, and ecs-params.yml."""

import os
from pathlib import Path

from moorage.model.choices import CapacityKind, NetworkMode

from .compose import import_compose
from .compose_source import ComposeSource
from .project import Project


def import_ecs_cli(
    file: Path, ecs_params: Path | None, launch_type: str, out: Path, name: str | None, region: str
) -> Project:
    """Return the project of a compose file and an ecs-params file.

    Raises:
        MoorageError: a file cannot be read, or is not a file of its kind.
    """
    folder = file.parent
    beside = folder / "ecs-params.yml"
    params = ecs_params or (beside if beside.is_file() else None)
    on_instances = launch_type == "EC2"
    source = ComposeSource(
        folder,
        [file.name],
        out,
        ecs_params=os.path.relpath(params, folder) if params else None,
        capacity=CapacityKind.EC2 if on_instances else CapacityKind.FARGATE,
        one_task=True,
        # The ECS CLI's own default.
        network_mode=NetworkMode.BRIDGE if on_instances else NetworkMode.AWSVPC,
        name=name,
        region=region,
    )
    project = import_compose(source)
    project.steps.append(
        "`ecs-cli compose service up` ran all services as one task, and so does the program; the cluster is "
        "a new one. Stop the old service (`ecs-cli compose service down`) once clients use the new one."
    )
    return project
