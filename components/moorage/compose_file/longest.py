"""The ARNs of what starts the tasks of a compose file, as far as the file tells them."""

from moorage.model.arn_lengths import (
    longest_log_group,
    longest_repository,
    longest_secret,
    longest_stored_secret,
)

from .deferred import marked
from .plan import SecretSource, ServicePlan


def log_group(plan: ServicePlan) -> str | None:
    """Return the longest ARN of a service's log group."""
    return longest_log_group(_known(plan.log.group)) if plan.log else None


def repository(plan: ServicePlan) -> str | None:
    """Return the longest ARN of the repository of a service's image."""
    return longest_repository(_known(plan.container.image)) if plan.build is None else None


def secret(app: str, source: SecretSource) -> str | None:
    """Return the longest ARN of a secret: one that exists, or one that is stored for the app."""
    if source.external is not None:
        return longest_secret(_known(source.external))
    return longest_stored_secret(app, source.name)


def _known(value: str | None) -> str | None:
    return None if value is None or marked(value) else value
