"""Limits of ECS and AWS on what a compose file asks for, checked once all of it is read."""

from collections.abc import Mapping
from typing import Any

from moorage.model.containers import definitions_json
from moorage.model.definition_size import wrong_size
from moorage.model.image_reference import check_image_reference
from moorage.model.names import LOG_GROUP_NAME, USER, check_pattern
from moorage.model.problems import Problems
from moorage.model.tags import check_tags

from .names import volume_name
from .placeholders import marked
from .read import Plan
from .services import ComposeService
from .tasks import TaskPlan

_MOST_PORTS = 100
"""API reference, PortMapping."""

_LONGEST_VOLUME = 255
"""API reference, Volume."""

_LONGEST_DIRECTORY = 99
"""API reference, RootDirectory: its path has at most 100 characters, the slash among them."""


def check_limits(files: Plan, tags: Mapping[str, Any], gpu: bool, problems: Problems) -> None:
    """Check every service and task; what an Output stands in is checked when it is known.

    Args:
        files: what was read.
        tags: the component's own tags, which come before the labels of `deploy`.
        gpu: whether the cluster's instances have GPUs.
        problems: takes what is wrong, with its file and line.
    """
    for plan in files.services.values():
        image = plan.container.image
        if image and not marked(image):
            check_image_reference(_place(plan, "image"), image, problems)
        _check_labels(plan, tags, problems)
        if plan.container.gpus and not gpu:
            problems.say(
                _place(plan),
                "asks for GPUs, and the cluster has none: give the EcsCluster capacity ec2, arch x86_64 and "
                "`ec2.instance_types` that all have GPUs, such as g5.xlarge",
            )
        _check_names(plan, problems)
        if len(plan.container.ports) > _MOST_PORTS:
            text = f"must be at most {_MOST_PORTS} ports, those of `expose` among them"
            problems.say(_place(plan, "ports" if plan.node.get("ports") else "expose"), text)
    for task in files.tasks:
        _check_volumes(task, problems)
        wrong = wrong_size(
            definitions_json(plan.container for plan in task.services),
            {"tags": {**tags, **task.tags}, "volumes": [*task.volumes]},
        )
        if wrong:
            problems.say(_place(task.services[0]), wrong)


def _check_names(plan: ComposeService, problems: Problems) -> None:
    """Check what the file names freely, and AWS does not take freely."""
    names = ((plan.container.user, USER, ("user",)),)
    if plan.log is not None:
        names = (*names, (plan.log.group, LOG_GROUP_NAME, ("logging", "options", "awslogs-group")))
    for value, form, keys in names:
        if value is not None and not marked(value):
            check_pattern(_place(plan, *keys), value, *form, problems)


def _check_volumes(task: TaskPlan, problems: Problems) -> None:
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


def _check_labels(plan: ComposeService, tags: Mapping[str, Any], problems: Problems) -> None:
    """Check the labels of `deploy`, which become tags beside the component's own."""
    if plan.tags:
        known = {key: None if marked(value) else value for key, value in plan.tags.items()}
        others = {key: None for key in tags if key not in known}
        check_tags(_place(plan, "deploy", "labels"), {**known, **others}, problems)


def _place(plan: ComposeService, *keys: str) -> str:
    """Return the file and line of a service's key, and its path."""
    return f"{plan.node.find(list(keys)).where}: {'.'.join((plan.path, *keys))}"
