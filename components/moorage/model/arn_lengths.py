"""The longest ARNs that a task's resources can have: account and region may be Outputs, and the policies of a
role must be the same in a preview."""

from typing import Any

from .iam import repository_of
from .names import AUTO_NAME_LENGTH
from .secrets import resolve_reference, stored_name

_CLUSTER = "arn:aws-us-gov:ecs:ap-southeast-1:123456789012:cluster/x"
"""The longest partition and region of ECS ("Amazon ECS endpoints and quotas")."""


def longest_log_group(name: Any) -> str | None:
    """Return the ARN of a log group; None when its name is not known."""
    known = isinstance(name, str)
    return f"arn:aws-us-gov:logs:ap-southeast-1:123456789012:log-group:{name}" if known else None


def longest_repository(image: Any) -> str | None:
    """Return the ARN of an image's repository; None when it is not known, or has none."""
    return repository_of(image, _CLUSTER) if isinstance(image, str) else None


def longest_secret(reference: Any) -> str | None:
    """Return the ARN of the secret of a reference; None when it is an Output."""
    return resolve_reference(reference, _CLUSTER).arn if isinstance(reference, str) else None


def longest_stored_secret(app: str, variable: str) -> str | None:
    """Return the ARN of the secret that stores an app's variable."""
    return longest_secret(stored_name(app, variable) + "x" * AUTO_NAME_LENGTH)
