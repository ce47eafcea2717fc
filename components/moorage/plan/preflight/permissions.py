"""Permissions of execution roles for secrets, logs and images."""

from collections.abc import Iterator

from moorage.graph import Role, Task, View
from moorage.graph.types import PARAMETER, SECRET
from moorage.model.choices import LogDriver
from moorage.model.iam import knows_no_arn, repository_of
from moorage.offline.values import Json, entries, mapping, text, texts
from moorage.plan.finding import FindingSeverity
from moorage.plan.text import listed

from .rule import Fault, Rule
from .tasks import denied, logging, only_fargate, registry, role_of

_GROUP = "aws:cloudwatch/logGroup:LogGroup"
_KEY = "aws:kms/key:Key"
_ROLE = "Amazon ECS task execution IAM role"


@Rule(
    "preflight/no-execution-role",
    "secrets, or on Fargate awslogs or an image in ECR, without an execution role",
    _ROLE,
    "set `execution_role_arn` of the task definition (a ContainerApp creates its own)",
)
def _without_role(view: View) -> Iterator[Fault]:
    fargate = only_fargate(view)
    for task in view.tasks.values():
        uses: set[str] = set()
        for container in task.definitions if task.execution_role is None else ():
            logs, _ = logging(container)
            if container.get("secrets"):
                uses.add("secrets")
            if task.urn in fargate and logs == LogDriver.AWSLOGS:
                uses.add("the awslogs log driver")
            if task.urn in fargate and registry(str(container.get("image", ""))) == "ecr":
                uses.add("an image in ECR")
        if uses:
            yield Fault(task.resource, f"uses {listed(sorted(uses))}, but has no execution role")


def _with_role(view: View) -> Iterator[tuple[Task, Role]]:
    """Yield each task definition with an execution role of the stack."""
    for task in view.tasks.values():
        if role := role_of(view, task.execution_role):
            yield task, role


@Rule(
    "preflight/secret-not-readable",
    "a secret or parameter that the execution role cannot read, or whose KMS key it cannot use",
    "Pass sensitive data to an Amazon ECS container",
    "allow it in the execution role, for this ARN; a ContainerApp does so for what its `secrets` and "
    "`secrets_key_arns` name",
)
def _secrets(view: View) -> Iterator[Fault]:
    for task, role in _with_role(view):
        for container in task.definitions:
            logs = mapping(container.get("logConfiguration"))
            for secret in [*entries(container.get("secrets")), *entries(logs.get("secretOptions"))]:
                value = text(secret.get("valueFrom"))
                lacking = _lacking(view, role, value) if value is not None else None
                if lacking:
                    yield Fault(
                        task.resource,
                        f"the secret {secret.get('name')} of {container.get('name')} cannot be read: the "
                        f"execution role {role.resource.name} does not allow {lacking}",
                    )


def _lacking(view: View, role: Role, value: str) -> str | None:
    """Return the missing action for a secret, a parameter or its key."""
    links, rights = view.links, role.rights
    if ":secretsmanager:" in value:
        arn = ":".join(value.split(":")[:7])
        action, source = "secretsmanager:GetSecretValue", links.named(SECRET, arn)
        key_property = "kmsKeyId"
    else:
        partition, number = account_of(role)
        name = value if value.startswith("/") else f"/{value}"
        arn = value if value.startswith("arn:") else f"arn:{partition}:ssm:*:{number}:parameter{name}"
        action, source = "ssm:GetParameters", links.named(PARAMETER, value)
        key_property = "keyId"
    # A secret can be an ARN without the 6 characters at its end.
    complete = [f"{arn}-??????"] if ":secretsmanager:" in value else []
    if rights.refuses(action, arn, *complete):
        return action
    key = source and links.one(source, key_property, links.inputs(source).get(key_property), _KEY)
    key_arn = text(key.outputs.get("arn")) if key else None
    return "kms:Decrypt" if key_arn and rights.refuses("kms:Decrypt", key_arn) else None


def account_of(role: Role) -> tuple[str, str]:
    """Return partition and account of a role; wildcards if unknown."""
    parts = str(role.resource.outputs.get("arn")).split(":")
    return (parts[1], parts[4]) if len(parts) > 5 else ("*", "*")


def _on_fargate(view: View) -> Iterator[tuple[Task, Role, Json]]:
    """Yield the containers of Fargate tasks with an execution role of the stack."""
    fargate = only_fargate(view)
    for task, role in _with_role(view):
        for container in task.definitions if task.urn in fargate else ():
            yield task, role, container


@Rule(
    "preflight/log-group-not-writable",
    "on Fargate, a log group that the execution role cannot write to",
    "Send Amazon ECS logs to CloudWatch",
    "allow it in the execution role (a ContainerApp does so for its own log group)",
)
def _logs(view: View) -> Iterator[Fault]:
    for task, role, container in _on_fargate(view):
        partition, account = account_of(role)
        driver, options = logging(container)
        for group in texts(options.get("awslogs-group")) if driver == LogDriver.AWSLOGS else ():
            declared = view.links.named(_GROUP, group)
            arn = text(declared.outputs.get("arn")) if declared else None
            stream = f"{arn or f'arn:{partition}:logs:*:{account}:log-group:{group}'}:log-stream:*"
            needs = (("logs:CreateLogStream", stream), ("logs:PutLogEvents", stream))
            if lacking := denied(role, "execution role", needs):
                name = container.get("name")
                yield Fault(task.resource, f"{name} cannot start: {lacking} on the log group {group}")


@Rule(
    "preflight/image-not-pullable",
    "on Fargate, an image in ECR that the execution role cannot pull",
    _ROLE,
    "allow it in the execution role (a ContainerApp does so for its `image` or `build`)",
)
def _images(view: View) -> Iterator[Fault]:
    for task, role, container in _on_fargate(view):
        repository = repository_of(str(container.get("image", "")), f"arn:{account_of(role)[0]}:")
        if repository is None:
            continue
        pull = [(f"ecr:{action}", repository) for action in ("BatchGetImage", "GetDownloadUrlForLayer")]
        if lacking := denied(role, "execution role", [("ecr:GetAuthorizationToken", "*"), *pull]):
            name = container.get("name")
            yield Fault(task.resource, f"the image of {name} cannot be pulled: {lacking}")


@Rule(
    "preflight/all-resources",
    "a task role that allows, on all resources, an action that knows ARNs",
    "Service Authorization Reference",
    "name the ARNs in `resources`, or use `grants`; accept it if the action knows none",
    FindingSeverity.WARNING,
)
def _on_all_resources(view: View) -> Iterator[Fault]:
    for task in view.tasks.values():
        role = role_of(view, task.task_role)
        for statement in role.rights.statements if role else ():
            if statement.get("Effect") != "Allow" or "*" not in texts(statement.get("Resource")):
                continue
            named = [action for action in texts(statement.get("Action")) if not knows_no_arn(action)]
            if role and named and not statement.get("Condition"):
                yield Fault(role.resource, f"allows {listed(named)} on all resources")
