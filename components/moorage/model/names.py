"""Names: the forms that AWS accepts, and the shortening of long names so that they stay unique."""

import hashlib
import re

from .problems import Problems

_LOGICAL = re.compile(r"[a-zA-Z][a-zA-Z0-9]*(-[a-zA-Z0-9]+)*")

LOG_GROUP_NAME = (r"[A-Za-z0-9_/.#-]{1,512}", "1 to 512 of A-Z a-z 0-9 _ / . # -")
"""The form of a log group's name (API reference, CreateLogGroup), and in words."""

CONTAINER_NAME = (r"[A-Za-z0-9_-]{1,255}", "1 to 255 letters, digits, hyphens and underscores")
"""The form of a container's name (API reference, ContainerDefinition), and in words."""

USER = (
    r"[A-Za-z0-9_][A-Za-z0-9_.-]*(:[A-Za-z0-9_][A-Za-z0-9_.-]*)?",
    "a user, or a user and a group such as 10001:10001",
)
"""The form of a container's user (API reference, ContainerDefinition), and in words."""

AUTO_NAME_LENGTH = 8
"""Characters that Pulumi's auto-naming adds to a logical name: a hyphen and seven hexadecimal digits."""


def shorten(name: str, limit: int) -> str:
    """Return `name`; if it is longer than `limit`, cut, with a hash of the whole name at its end."""
    if len(name) <= limit:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:6]
    return f"{name[: limit - 7].rstrip('-')}-{digest}"


def logical_name(name: str, suffix: str, limit: int) -> str:
    """Return the logical name `name-suffix`, short enough that its auto-name fits into `limit` characters."""
    return f"{shorten(name, limit - AUTO_NAME_LENGTH - len(suffix) - 1)}-{suffix}"


LONGEST_NAME = 64
"""Characters that the name of a component may have."""

LONGEST_APP_NAME = 100
"""An app's may be longer: in a compose file it begins with the name of its component."""


def check_logical_name(name: str, problems: Problems, longest: int = LONGEST_NAME) -> None:
    """Check the name of a component, which is part of the names of its resources.

    EC2 refuses `sg-` at the beginning of a security group's name, Elastic Load Balancing `internal-` (API
    references of CreateSecurityGroup and CreateLoadBalancer), several services `aws`; ECR refuses two
    hyphens in a row.
    """
    if not _LOGICAL.fullmatch(name):
        wrong = "must begin with a letter and have only letters, digits and single hyphens between them"
        problems.add("name", name, wrong)
    elif len(name) > longest:
        problems.add("name", name, f"must be at most {longest} characters")
    for prefix in ("sg-", "internal-", "aws-"):
        # The security group of an app "sg" begins with "sg-".
        if f"{name.lower()}-".startswith(prefix):
            problems.add("name", name, f"must not begin with {prefix!r}; AWS refuses such names")


def check_provider_name(name: str, problems: Problems) -> None:
    """Check the name of a component with a capacity provider (API reference, CreateCapacityProvider)."""
    for prefix in ("aws", "ecs", "fargate"):
        if name.lower().startswith(prefix):
            wrong = f"must not begin with {prefix!r}; AWS refuses such names for capacity providers"
            problems.add("name", name, wrong)


def check_pattern(field: str, value: object, pattern: str, meaning: str, problems: Problems) -> None:
    """Check that a string matches the whole of `pattern`, which `meaning` describes."""
    if isinstance(value, str) and not re.fullmatch(pattern, value):
        problems.add(field, value, f"must be {meaning}")
