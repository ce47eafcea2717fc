"""Checks of what a task is given: variables, secrets and rights; and of the size of its definition."""

import re
from collections.abc import Mapping
from typing import Any, cast

from .app import AppSpec
from .arguments import one_of
from .arn_lengths import longest_log_group, longest_repository, longest_secrets
from .containers import definitions_json
from .definition_size import largest_part, other_parameters, wrong_size
from .iam import GRANT_ACCESS, GRANT_SERVICES
from .names import check_arn, check_pattern
from .policies import resources_layout, sketched_statements, statements_layout, too_large
from .problems import Problems
from .secrets import ENVIRONMENT_NAME, check_reference, wrong_value
from .tracing import app_containers

_CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "ECS_ENGINE_AUTH_DATA")

_ARN = re.compile(r"arn:[^:\s]+:[^:\s]+:[^:\s]*:[^:\s]*:.+")
_ARN_FORM = "must be an ARN: arn:partition:service:region:account:resource"
"""IAM JSON policy elements: Resource."""

SECRET_IN_ENVIRONMENT = (
    "is a Pulumi secret, and whoever may describe the task could read it; use secret_values"
)


def check_variables(args: Mapping[str, Any], secret_names: frozenset[str], problems: Problems) -> None:
    """Check environment variables and secrets; `secret_names` are variables known to be Pulumi secrets."""
    seen: dict[str, str] = {}
    for field in ("environment", "secrets", "secret_values"):
        for name, value in _mapping(args.get(field)).items():
            where = f"{field}.{name}"
            check_pattern(
                where, name, ENVIRONMENT_NAME, "a variable's name: letters, digits and _ . -", problems
            )
            if name in seen:
                problems.say(where, f"is in {seen[name]} too; give each variable once")
            seen[name] = field
            if field == "secrets" and isinstance(value, str):
                check_reference(where, value, problems)
            elif field == "secret_values" and isinstance(value, str) and (wrong := wrong_value(value)):
                problems.say(where, wrong)
            elif field == "environment" and name in _CREDENTIALS:
                problems.say(
                    where, "credentials do not belong into the environment; give the task role `grants`"
                )
            elif field == "environment" and name in secret_names:
                problems.say(where, SECRET_IN_ENVIRONMENT)


def check_grants(args: Mapping[str, Any], problems: Problems) -> None:
    """Check what the roles are to allow."""
    for index, arn in enumerate(args.get("secrets_key_arns", [])):
        check_arn(f"secrets_key_arns[{index}]", arn, "kms", "key/", problems)
    for index, grant in enumerate(_items(args.get("grants"))):
        where = f"grants[{index}]"
        one_of(f"{where}.service", grant.get("service"), GRANT_SERVICES, problems)
        one_of(f"{where}.access", grant.get("access"), GRANT_ACCESS, problems)
        arn = grant.get("arn")
        if isinstance(arn, str) and not _ARN.fullmatch(arn):
            problems.add(f"{where}.arn", arn, _ARN_FORM)
        elif isinstance(arn, str) and arn.split(":")[2:3] != [grant.get("service")]:
            problems.add(f"{where}.arn", arn, f"is not an ARN of {grant.get('service')}")
    for index, statement in enumerate(_items(args.get("statements"))):
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


def check_rights(name: str, args: Mapping[str, Any], problems: Problems) -> None:
    """Check that a task's rights fit into the policies of its two roles."""
    named = [
        grant
        for grant in _items(args.get("grants"))
        if grant["service"] in GRANT_SERVICES and grant["access"] in GRANT_ACCESS
    ]
    if wrong := too_large(statements_layout(sketched_statements({**args, "grants": named}))):
        _say_given(("grants", "statements"), args, wrong, problems)
    arns = [
        longest_log_group(args.get("log_group_name")),
        longest_repository(args.get("image")),
        *longest_secrets(name, args).values(),
        *args.get("secrets_key_arns", []),
    ]
    if wrong := too_large(resources_layout(arns)):
        _say_given(("secrets", "secret_values", "secrets_key_arns"), args, wrong, problems)


def _say_given(fields: tuple[str, ...], args: Mapping[str, Any], wrong: str, problems: Problems) -> None:
    """Say what is wrong with several arguments together, of those that are given."""
    first, *others = [field for field in fields if args.get(field)]
    problems.say(first, f"together with {' and '.join(others)} {wrong}" if others else wrong)


_ARGUMENTS = {"entryPoint": "entry_point", "healthCheck": "container_health_check"}
"""Arguments, by the names of what is made of them in a task definition, where these are not the same."""


def check_definition(
    spec: AppSpec, args: Mapping[str, Any], problems: Problems, own: Mapping[str, Any] | None = None
) -> None:
    """Check that what is known of a task fits into a task definition.

    Args:
        spec: the task.
        args: the arguments of the app or the job.
        problems: takes what is wrong.
        own: the arguments of its pre-deploy job, when the task is that.
    """
    own = own or {}
    variables = {**_mapping(args.get("environment")), **_mapping(own.get("environment"))}
    secrets = {**_mapping(args.get("secrets")), **_mapping(args.get("secret_values"))}
    containers = app_containers(
        spec,
        _known(args.get("image")),
        {name: _known(value) for name, value in variables.items()},
        {name: "" for name in secrets},
        log_group="",
        region="",
    )
    definitions = definitions_json(containers)
    others = other_parameters(spec, _mapping(args.get("tags")))
    if wrong := wrong_size(definitions, others):
        part = largest_part(definitions, others)
        field = _ARGUMENTS.get(part, part)
        problems.say(f"pre_deploy.{field}" if field in own else field, wrong)


def _known(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _mapping(value: Any) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


def _items(value: Any) -> list[Mapping[str, Any]]:
    items = cast("list[Any]", value) if isinstance(value, list) else []
    return [item for item in items if isinstance(item, Mapping)]
