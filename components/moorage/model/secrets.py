"""References to secrets, as a task definition takes them."""

import re
from typing import NamedTuple

from .names import shorten
from .problems import Problems

ENVIRONMENT_NAME = r"[A-Za-z_][A-Za-z0-9_.-]*"
"""The form of an environment variable's name."""

_ARN = re.compile(r"arn:[a-z-]+:(secretsmanager|ssm):[a-z0-9-]+:[0-9]{12}:(secret:|parameter/).+")

_RANDOM_END = re.compile(r"-[A-Za-z0-9]{6}$")


_MAX_VALUE = 65_536


def wrong_value(value: str) -> str:
    """Return what is wrong with a value that Secrets Manager is to store, without showing it; nothing when it
    takes it ("AWS Secrets Manager quotas", Secret value size; API reference, PutSecretValue)."""
    size = len(value.encode())
    if not size:
        return "must not be empty: Secrets Manager stores from 1 to 65,536 bytes"
    if size > _MAX_VALUE:
        return f"must be at most 65,536 bytes, and has {size:,}: Secrets Manager stores no more"
    return ""


def stored_name(app: str, variable: str) -> str:
    """Return the logical name of the secret that stores an app's variable."""
    return shorten(f"{app}-secret-{variable}", 120)


class SecretRef(NamedTuple):
    """Where a container's secret comes from: what the task definition says, and what may be read for it."""

    value_from: str
    arn: str


def check_reference(field: str, reference: str, problems: Problems) -> None:
    """Check the text of a reference: an ARN, a parameter's name (with its leading `/`), or a secret's
    name."""
    name, _, key = reference.partition("#")
    if reference.count("#") > 1 or ("#" in reference and not key):
        problems.add(field, reference, "a JSON key is given once, as in db-login#password")
    elif name.startswith("arn:"):
        if not _ARN.fullmatch(name):
            problems.add(field, reference, "must be the ARN of a Secrets Manager secret or an SSM parameter")
        elif ":ssm:" in name and key:
            problems.add(field, reference, "a parameter has no JSON keys; only a Secrets Manager secret has")
        elif ":secretsmanager:" in name:
            _check_selector(field, reference, problems)
    elif name.startswith("/"):
        if not re.fullmatch(r"[A-Za-z0-9_./-]{1,1011}", name) or key:
            problems.add(
                field, reference, "must be a parameter's name such as /notes/token, without a JSON key"
            )
    elif not re.fullmatch(r"[A-Za-z0-9/_+=.@-]{1,512}", name):
        problems.add(
            field, reference, "must be an ARN, a parameter's name with its leading /, or a secret's name"
        )


def _check_selector(field: str, reference: str, problems: Problems) -> None:
    """Check what follows the name in a secret's ARN: nothing, or key, version stage and version id
    ("Pass Secrets Manager secrets through Amazon ECS environment variables")."""
    name, _, hash_key = reference.partition("#")
    start, selector = ":".join(name.split(":")[:7]), name.split(":")[7:]
    if selector and hash_key:
        problems.add(field, reference, "give a JSON key once: after #, or in the ARN")
    elif selector and len(selector) != 3:
        key = selector[0] or "json-key"
        problems.add(
            field,
            reference,
            "what follows a secret's ARN must have three parts, :json-key:version-stage:version-id, each of "
            f"which may be empty; write {start}:{key}:: or {start}#{key}",
        )
    elif selector and all(selector[1:]):
        problems.add(field, reference, "cannot have both a version stage and a version id")


def resolve_reference(reference: str, cluster_arn: str) -> SecretRef:
    """Return what a task definition says for a reference, in the account and region of the cluster.

    A secret's ARN ends in six random characters that its name does not tell: it is referred to without them,
    which Secrets Manager accepts, and allowed with any six ("Secrets Manager secret ARNs").
    """
    name, _, key = reference.partition("#")
    _, partition, _, region, account, _ = cluster_arn.split(":", 5)
    if name.startswith("/"):
        return SecretRef(name, f"arn:{partition}:ssm:{region}:{account}:parameter{name}")
    suffix = f":{key}::" if key else ""
    if not name.startswith("arn:"):
        arn = f"arn:{partition}:secretsmanager:{region}:{account}:secret:{name}"
        return SecretRef(f"{arn}{suffix}", f"{arn}-??????")
    if ":ssm:" in name:
        return SecretRef(name, name)
    # An ARN may carry the JSON key in ECS's own spelling, arn:...:secret:name:key:stage:version.
    arn = ":".join(name.split(":")[:7])
    return SecretRef(f"{name}{suffix}", arn if _RANDOM_END.search(arn) else f"{arn}-??????")
