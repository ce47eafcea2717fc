"""Limits of ECS and EFS that only a compose file can exceed."""

from moorage.model.fields.container import MAX_PORTS
from moorage.model.problems import Problems

from .names import volume_name
from .services import ComposeService
from .tasks import Task
from .translation import Translation

_LONGEST_VOLUME = 255
"""API reference, Volume."""

_LONGEST_DIRECTORY = 99
"""API reference, RootDirectory: its path has at most 100 characters, including the slash."""


def check_limits(files: Translation, problems: Problems) -> None:
    """Check every service and task; problems have their file and line."""
    for service in files.services.values():
        if len(service.container.ports) > MAX_PORTS:
            text = f"must be at most {MAX_PORTS} ports, including those of `expose`"
            problems.say(_place(service, "ports" if service.node.get("ports") else "expose"), text)
    for task in files.tasks:
        _check_volumes(task, problems)


def _check_volumes(task: Task, problems: Problems) -> None:
    """Check the names of a task's volumes, in the task definition and as directories in EFS."""
    taken: dict[str, str] = {}
    for name, volume in task.volumes.items():
        place = _place(task.services[0], "volumes")
        undotted = volume_name(name)
        if undotted in taken:
            text = f"has the same name as {taken[undotted]} without dots; rename one of them"
            problems.add(place, name, text)
        taken[undotted] = name
        if len(name) > _LONGEST_VOLUME:
            problems.add(place, name, f"must be at most {_LONGEST_VOLUME} characters")
        elif volume.storage == "efs" and (name.startswith(".") or len(name) > _LONGEST_DIRECTORY):
            text = f"must be at most {_LONGEST_DIRECTORY} characters, the first not a dot: a name in EFS"
            problems.add(place, name, text)


def _place(service: ComposeService, key: str) -> str:
    """Return a service's key with its file and line."""
    return f"{service.node.find([key]).where}: {service.path}.{key}"
