"""Checks of what a task is given: variables, secrets and rights; and of the size of its definition."""

import re
from collections.abc import Mapping
from typing import Any

from .arguments import mapping, objects
from .containers import definitions, definitions_text
from .definition_size import largest_part, other_parameters, wrong_size
from .later import filled, keys_in
from .names import check_pattern
from .policies import resources_layout, statements_layout, too_large
from .problems import Problems
from .secrets import ENVIRONMENT_NAME, check_reference, wrong_value
from .task import Task
from .task_rights import execution_arns, task_statements

_CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "ECS_ENGINE_AUTH_DATA")

_ARN = re.compile(r"arn:[^:\s]+:[^:\s]+:[^:\s]*:[^:\s]*:.+")
_ARN_FORM = "must be an ARN: arn:partition:service:region:account:resource"
"""IAM JSON policy elements: Resource."""

_VARIABLE = (r"[^=\0]*[^=\s\0]", "a variable's name, without = and without white space at its end")
"""ECS has no form for it; a process is given NAME=value."""

_SECRET = (ENVIRONMENT_NAME, "a variable's name: letters, digits and _ . -")

SECRET_IN_ENVIRONMENT = (
    "is a Pulumi secret, and whoever may describe the task could read it; use secret_values"
)


def check_variables(
    args: Mapping[str, Any], secret: frozenset[str], problems: Problems, where: str = ""
) -> None:
    """Check a container's environment variables and secrets.

    Args:
        args: its arguments.
        secret: paths of variables whose values are known to be Pulumi secrets.
        problems: takes what is wrong.
        where: the path that stands before the arguments' names.
    """
    seen: dict[str, str] = {}
    for field in ("environment", "secrets", "secret_values"):
        for name, value in mapping(args.get(field)).items():
            path = f"{where}{field}.{name}"
            check_pattern(path, name, *(_VARIABLE if field == "environment" else _SECRET), problems)
            if name in seen:
                problems.say(path, f"is in {seen[name]} too; give each variable once")
            seen[name] = field
            if field == "secrets" and isinstance(value, str):
                check_reference(path, value, problems)
            elif field == "secret_values" and isinstance(value, str) and (wrong := wrong_value(value)):
                problems.say(path, wrong)
            elif field == "environment" and name in _CREDENTIALS:
                problems.say(
                    path, "credentials do not belong into the environment; give the task role `grants`"
                )
            elif field == "environment" and path in secret:
                problems.say(path, SECRET_IN_ENVIRONMENT)


def check_grants(args: Mapping[str, Any], problems: Problems) -> None:
    """Check what the roles are to allow."""
    for index, grant in enumerate(objects(args.get("grants"))):
        where = f"grants[{index}]"
        arn = grant.get("arn")
        if isinstance(arn, str) and not _ARN.fullmatch(arn):
            problems.add(f"{where}.arn", arn, _ARN_FORM)
        elif isinstance(arn, str) and arn.split(":")[2:3] != [grant.get("service")]:
            problems.add(f"{where}.arn", arn, f"is not an ARN of {grant.get('service')}")
    for index, statement in enumerate(objects(args.get("statements"))):
        where = f"statements[{index}]"
        for part in ("actions", "resources"):
            if statement.get(part) == []:
                problems.say(f"{where}.{part}", "must not be empty; IAM refuses such a policy")
        for action in statement.get("actions", []):
            if isinstance(action, str) and not re.fullmatch(r"[a-z0-9-]+:[A-Z][A-Za-z0-9]*\*?", action):
                problems.add(
                    f"{where}.actions",
                    action,
                    "must name an action such as s3:GetObject, not all of a service",
                )
        for resource in statement.get("resources", []):
            if resource == "*":
                problems.add(
                    f"{where}.resources", "*", "must be ARNs: a task role is for named resources only"
                )
            elif isinstance(resource, str) and not _ARN.fullmatch(resource):
                problems.add(f"{where}.resources", resource, _ARN_FORM)


def check_rights(task: Task, args: Mapping[str, Any], problems: Problems) -> None:
    """Check that a task's rights fit into the policies of its two roles."""
    if wrong := too_large(statements_layout(task_statements(task))):
        _say_given(("grants", "statements"), args, wrong, problems)
    if wrong := too_large(resources_layout(execution_arns(task))):
        _say_given(("secrets", "secret_values", "secrets_key_arns"), args, wrong, problems)


def _say_given(fields: tuple[str, ...], args: Mapping[str, Any], wrong: str, problems: Problems) -> None:
    """Say what is wrong with several arguments together, of those that are given."""
    first, *others = [field for field in fields if args.get(field)]
    problems.say(first, f"together with {' and '.join(others)} {wrong}" if others else wrong)


_ARGUMENTS = {
    "entryPoint": "entry_point",
    "healthCheck": "container_health_check",
    "environmentFiles": "env_file",
    "dockerLabels": "labels",
}
"""Arguments, by the names of what is made of them in a task definition, where these are not the same."""


def check_definition(
    task: Task, tags: Mapping[str, Any], problems: Problems, own: Mapping[str, Any] | None = None
) -> None:
    """Check that what is known of a task fits into a task definition.

    Args:
        task: the task.
        tags: its tags; a value that is not a string is an Output.
        problems: takes what is wrong.
        own: the arguments of its pre-deploy job, when the task is that.
    """
    sketched = definitions(task.containers)
    others = other_parameters(task, tags)
    # What is not known yet is checked again once it is.
    known = definitions_text(filled(sketched, dict.fromkeys(keys_in(sketched), "")))
    if wrong := wrong_size(known, others):
        part = largest_part(known, others)
        field = _ARGUMENTS.get(part, part)
        problems.say(f"pre_deploy.{field}" if field in (own or {}) else field, wrong)
