"""References to secrets in task definitions."""

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
    """Return what is wrong with a value for Secrets Manager, without the value; an empty string if nothing is
    ("AWS Secrets Manager quotas", Secret value size; API reference, PutSecretValue)."""
    size = len(value.encode())
    if not size:
        return "must not be empty; Secrets Manager stores from 1 to 65,536 bytes"
    if size > _MAX_VALUE:
        return f"must be at most 65,536 bytes, and has {size:,}"
    return ""


def stored_name(app: str, variable: str) -> str:
    """Return the logical name of the secret that stores an app's variable."""
    return shorten(f"{app}-secret-{variable}", 120)


class SecretRef(NamedTuple):
    """A secret in a task definition, and its ARN in the execution role."""

    value_from: str
    arn: str


def check_reference(field: str, reference: str, problems: Problems) -> None:
    """Check a reference: an ARN, a parameter's name (with its leading `/`), or a secret's name."""
    name, _, key = reference.partition("#")
    wrong = ""
    if reference.count("#") > 1 or ("#" in reference and not key):
        wrong = "must have one JSON key after #, as in db-login#password"
    elif name.startswith("arn:"):
        if not _ARN.fullmatch(name):
            wrong = "must be the ARN of a Secrets Manager secret or an SSM parameter"
        elif ":ssm:" in name and key:
            wrong = "a parameter has no JSON keys; only a Secrets Manager secret has"
        elif ":secretsmanager:" in name:
            wrong = _wrong_selector(name, key)
    elif name.startswith("/"):
        if not re.fullmatch(r"[A-Za-z0-9_./-]{1,1011}", name) or key:
            wrong = "must be a parameter's name such as /notes/token, without a JSON key"
    elif not re.fullmatch(r"[A-Za-z0-9/_+=.@-]{1,512}", name):
        wrong = "must be an ARN, a parameter's name with its leading /, or a secret's name"
    if wrong:
        problems.add(field, reference, wrong)


def _wrong_selector(name: str, hash_key: str) -> str:
    """Return what is wrong after the name in a secret's ARN: nothing, or key, version stage and version id
    ("Pass Secrets Manager secrets through Amazon ECS environment variables")."""
    start, selector = ":".join(name.split(":")[:7]), name.split(":")[7:]
    if selector and hash_key:
        return "has two JSON keys; give one, after # or in the ARN"
    if selector and len(selector) != 3:
        key = selector[0] or "json-key"
        return (
            "must have three parts after a secret's ARN, :json-key:version-stage:version-id, each of which "
            f"may be empty; write {start}:{key}:: or {start}#{key}"
        )
    return "cannot have both a version stage and a version id" if selector and all(selector[1:]) else ""


def resolve_reference(reference: str, cluster_arn: str) -> SecretRef:
    """Return the secret of a reference, in the account and region of the cluster.

    A secret's ARN ends in six random characters that are not in its name: the reference is without them,
    which Secrets Manager accepts, and the role allows any six ("Secrets Manager secret ARNs").
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
    # An ARN may have the JSON key in ECS's own spelling, arn:...:secret:name:key:stage:version.
    arn = ":".join(name.split(":")[:7])
    return SecretRef(f"{name}{suffix}", arn if _RANDOM_END.search(arn) else f"{arn}-??????")
