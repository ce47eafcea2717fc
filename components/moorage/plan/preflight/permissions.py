"""Whether the execution role allows what ECS does with it: secrets, logs, images.

AWS pages: "Amazon ECS task execution IAM role", "Pass sensitive data to an Amazon ECS container".
"""

from collections.abc import Iterator

from moorage.model.iam import repository_of
from moorage.offline import Resource
from moorage.offline.values import Json, entries, mapping, text, texts
from moorage.plan.finding import Finding
from moorage.plan.types import ROLE

from .images import registry
from .policies import Policies, Rights
from .report import error, listed
from .services import Services, Task
from .stack import Stack

_GROUP = "aws:cloudwatch/logGroup:LogGroup"
_KEY = "aws:kms/key:Key"
_PARAMETER = "aws:ssm/parameter:Parameter"
_SECRET = "aws:secretsmanager/secret:Secret"


def check(services: Services) -> Iterator[Finding]:
    """Look at every task definition whose containers are known."""
    stack = services.stack
    policies = Policies(stack)
    on_fargate = {s.task.resource.urn for s in services.all if s.task and s.capacity.kind == "fargate"}
    for task in services.tasks:
        only = task.inputs.get("requiresCompatibilities") == ["FARGATE"]
        fargate = only or task.resource.urn in on_fargate
        given = task.inputs.get("executionRoleArn")
        if given is None:
            yield from _without_role(task, fargate)
            continue
        role = stack.one(task.resource, "executionRoleArn", given, ROLE)
        if role and task.containers:
            yield from _secrets(stack, task, role, policies.of(role))
            if fargate:
                yield from _logs_and_image(stack, task, role, policies.of(role))


def _without_role(task: Task, fargate: bool) -> Iterator[Finding]:
    uses: list[str] = []
    for container in task.containers or ():
        if container.get("secrets"):
            uses.append("secrets")
        if fargate and mapping(container.get("logConfiguration")).get("logDriver") == "awslogs":
            uses.append("the awslogs log driver")
        if fargate and registry(str(container.get("image", ""))) == "ecr":
            uses.append("an image in ECR")
    if uses:
        yield error(
            "no-execution-role",
            task.resource,
            f"uses {listed(sorted(uses))}, and has no execution role",
            "set `execution_role_arn` of the task definition (a ContainerApp makes its own)",
        )


def _secrets(stack: Stack, task: Task, role: Resource, rights: Rights) -> Iterator[Finding]:
    for container in task.containers or ():
        logs = mapping(container.get("logConfiguration"))
        for secret in [*entries(container.get("secrets")), *entries(logs.get("secretOptions"))]:
            value = text(secret.get("valueFrom"))
            if value is None:
                continue
            lacking = _lacking(stack, rights, value, _account(role))
            if lacking:
                yield error(
                    "secret-not-readable",
                    task.resource,
                    f"the secret {secret.get('name')} of {container.get('name')} cannot be read: the "
                    f"execution role {role.name} does not allow {lacking}",
                    "allow it in the execution role, for this ARN; a ContainerApp does so for what its "
                    "`secrets` and `secrets_key_arns` name",
                )


def _lacking(stack: Stack, rights: Rights, value: str, account: tuple[str, str]) -> str | None:
    """Return the action that a role lacks for a secret, a parameter or its key."""
    if ":secretsmanager:" in value:
        arn = ":".join(value.split(":")[:7])
        action, source = "secretsmanager:GetSecretValue", stack.named(_SECRET, arn)
        key_property = "kmsKeyId"
    else:
        partition, number = account
        name = value if value.startswith("/") else f"/{value}"
        arn = value if value.startswith("arn:") else f"arn:{partition}:ssm:*:{number}:parameter{name}"
        action, source = "ssm:GetParameters", stack.named(_PARAMETER, value)
        key_property = "keyId"
    # A secret may be given by its name, without the 6 characters that its ARN ends with.
    complete = [f"{arn}-??????"] if ":secretsmanager:" in value else []
    if rights.refuses(action, arn, *complete):
        return action
    given = stack.inputs(source).get(key_property) if source else None
    key = stack.one(source, key_property, given, _KEY) if source else None
    key_arn = text(key.outputs.get("arn")) if key else None
    return "kms:Decrypt" if key_arn and rights.refuses("kms:Decrypt", key_arn) else None


def _account(role: Resource) -> tuple[str, str]:
    """Return partition and account of a role; patterns of any where they are not known."""
    parts = str(role.outputs.get("arn")).split(":")
    return (parts[1], parts[4]) if len(parts) > 5 else ("*", "*")


def _logs_and_image(stack: Stack, task: Task, role: Resource, rights: Rights) -> Iterator[Finding]:
    partition, account = _account(role)
    for container in task.containers or ():
        for group in _log_group(container):
            declared = stack.named(_GROUP, group)
            arn = text(declared.outputs.get("arn")) if declared else None
            stream = f"{arn or f'arn:{partition}:logs:*:{account}:log-group:{group}'}:log-stream:*"
            lacking = [a for a in ("logs:CreateLogStream", "logs:PutLogEvents") if rights.refuses(a, stream)]
            if lacking:
                yield error(
                    "log-group-not-writable",
                    task.resource,
                    f"{container.get('name')} cannot start: the execution role {role.name} does not allow "
                    f"{listed(lacking)} on the log group {group}",
                    "allow it in the execution role (a ContainerApp does so for its own log group)",
                )
        repository = repository_of(str(container.get("image", "")), f"arn:{partition}:")
        if repository is None:
            continue
        wanted = [("ecr:GetAuthorizationToken", "*")]
        wanted += [(action, repository) for action in ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")]
        lacking = [action for action, arn in wanted if rights.refuses(action, arn)]
        if lacking:
            yield error(
                "image-not-pullable",
                task.resource,
                f"the image of {container.get('name')} cannot be pulled: the execution role {role.name} does "
                f"not allow {listed(lacking)}",
                "allow it in the execution role (a ContainerApp does so for its `image` or `build`)",
            )


def _log_group(container: Json) -> tuple[str, ...]:
    logs = mapping(container.get("logConfiguration"))
    options = mapping(logs.get("options"))
    return texts(options.get("awslogs-group")) if logs.get("logDriver") == "awslogs" else ()
