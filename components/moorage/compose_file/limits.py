"""Limits of ECS and EFS on what only a compose file names, checked once all of it is read."""

from moorage.model.fields.container import MAX_PORTS
from moorage.model.problems import Problems

from .names import volume_name
from .services import ComposeService
from .tasks import Task
from .translation import Translation

_LONGEST_VOLUME = 255
"""API reference, Volume."""

_LONGEST_DIRECTORY = 99
"""API reference, RootDirectory: its path has at most 100 characters, the slash among them."""


def check_limits(files: Translation, problems: Problems) -> None:
    """Check every service and task; what is wrong is said with its file and line."""
    for service in files.services.values():
        if len(service.container.ports) > MAX_PORTS:
            text = f"must be at most {MAX_PORTS} ports, those of `expose` among them"
            problems.say(_place(service, "ports" if service.node.get("ports") else "expose"), text)
    for task in files.tasks:
        _check_volumes(task, problems)


def _check_volumes(task: Task, problems: Problems) -> None:
    """Check the names of a task's volumes: each is one of the task definition, and a directory in EFS."""
    taken: dict[str, str] = {}
    for name, volume in task.volumes.items():
        place = _place(task.services[0], "volumes")
        known = volume_name(name)
        if known in taken:
            problems.add(place, name, f"is the same name as {taken[known]} without dots; rename one of them")
        taken[known] = name
        if len(name) > _LONGEST_VOLUME:
            problems.add(place, name, f"must be at most {_LONGEST_VOLUME} characters")
        elif volume.storage == "efs" and (name.startswith(".") or len(name) > _LONGEST_DIRECTORY):
            problems.add(
                place,
                name,
                f"must not begin with a dot, and be at most {_LONGEST_DIRECTORY} characters: it is a "
                "directory's name in EFS",
            )


def _place(service: ComposeService, key: str) -> str:
    """Return the file and line of a service's key, and its path."""
    return f"{service.node.find([key]).where}: {service.path}.{key}"
