"""Checks of a task's variables, secrets and rights, and of the size of its definition."""

from collections.abc import Mapping
from typing import Any

from .arguments import mapping, objects
from .containers import definitions, definitions_text
from .definition_size import largest_part, other_parameters, wrong_size
from .fields.shared import ARN, ARN_FORM
from .later import estimated, is_later
from .names import check_pattern
from .policies import MANAGED_POLICIES, resources_layout, statements_layout, too_large
from .problems import Problems
from .secrets import ENVIRONMENT_NAME, wrong_value
from .task import Task
from .task_rights import execution_arns, task_statements

_CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "ECS_ENGINE_AUTH_DATA")

_VARIABLE = (r"[^=\0]*[^=\s\0]", "a variable's name, without = and without white space at its end")
"""ECS has no form for it; the form of NAME=value in the environment of a process."""

SECRET_NAME = (ENVIRONMENT_NAME, "a variable's name: letters, digits and _ . -")

SECRET_IN_ENVIRONMENT = "is a Pulumi secret, and shown by ecs:DescribeTaskDefinition; use secret_values"


def check_variables(
    args: Mapping[str, Any], secret: frozenset[str], problems: Problems, where: str = ""
) -> None:
    """Check a container's variables and secrets; `secret` has the paths of those that are Pulumi secrets."""
    seen: dict[str, str] = {}
    for field in ("environment", "secrets", "secret_values"):
        for name, value in mapping(args.get(field)).items():
            path = f"{where}{field}.{name}"
            if is_later(name):
                continue  # The names of an Output are checked once they are known.
            check_pattern(path, name, *(_VARIABLE if field == "environment" else SECRET_NAME), problems)
            if name in seen:
                problems.say(path, f"is also in {seen[name]}; set each variable once")
            seen[name] = field
            if field == "secret_values" and isinstance(value, str) and (wrong := wrong_value(value)):
                problems.say(path, wrong)
            elif field == "environment" and name in _CREDENTIALS:
                problems.say(
                    path, "credentials do not belong in the environment; give the task role `grants`"
                )
            elif field == "environment" and path in secret:
                problems.say(path, SECRET_IN_ENVIRONMENT)


def check_grants(args: Mapping[str, Any], problems: Problems) -> None:
    """Check that the ARN of each grant is of its service."""
    for index, grant in enumerate(objects(args.get("grants"))):
        where, arn = f"grants[{index}].arn", grant.get("arn")
        if isinstance(arn, str) and not ARN.fullmatch(arn):
            problems.add(where, arn, ARN_FORM)
        elif isinstance(arn, str) and arn.split(":")[2:3] != [grant.get("service")]:
            problems.add(where, arn, f"is not an ARN of {grant.get('service')}")


def check_rights(task: Task, args: Mapping[str, Any], problems: Problems) -> None:
    """Check that a task's rights fit into the policies of its two roles."""
    parts = statements_layout(task_statements(task))
    policies = (len(parts.parts) if parts.managed else 0) + len(task.rights.policy_arns)
    if wrong := too_large(parts):
        _add_together(("grants", "statements"), args, wrong, problems)
    elif policies > MANAGED_POLICIES:
        many = f"{policies} managed policies with those of grants and statements, and a role has at most "
        problems.say("policy_arns", f"{many}{MANAGED_POLICIES}; remove {policies - MANAGED_POLICIES}")
    if wrong := too_large(resources_layout(execution_arns(task))):
        _add_together(("secrets", "secret_values", "secrets_key_arns"), args, wrong, problems)


def _add_together(fields: tuple[str, ...], args: Mapping[str, Any], wrong: str, problems: Problems) -> None:
    """Add a problem of several arguments together, those of them that are set."""
    first, *others = [field for field in fields if args.get(field)]
    problems.say(first, f"together with {' and '.join(others)} {wrong}" if others else wrong)


_ARGUMENTS = {
    "entryPoint": "entry_point",
    "healthCheck": "container_health_check",
    "environmentFiles": "env_file",
    "dockerLabels": "labels",
}
"""Arguments by their names in a task definition, where these differ."""


def check_definition(
    task: Task, tags: Mapping[str, Any], problems: Problems, own: Mapping[str, Any] | None = None
) -> None:
    """Check that the known part of a task fits into a task definition; `own` are the arguments of a
    pre-deploy job."""
    sketched = definitions(task.containers)
    others = other_parameters(task, tags)
    # Unknown values are checked again once they are known.
    text = definitions_text(estimated(sketched, ""))
    if wrong := wrong_size(text, others):
        part = largest_part(text, others)
        field = _ARGUMENTS.get(part, part)
        problems.say(f"pre_deploy.{field}" if field in (own or {}) else field, wrong)
