"""Names in AWS for the names in a compose file."""

import re

from moorage.model.connect import lower_name
from moorage.model.names import shorten


def container_name(service: str) -> str:
    """Return the name of a service's container (API reference, ContainerDefinition): no dots."""
    return shorten(service.replace(".", "-"), 255)


def service_logical(app: str, service: str) -> str:
    """Return the logical name of a service's resources: letters and digits, with single hyphens between.

    Names of role policies, at most 128 characters, begin with it (API reference, PutRolePolicy).
    """
    return shorten(f"{app}-{re.sub(r'[^A-Za-z0-9]+', '-', service).strip('-') or 'service'}", 100)


def dns_alias(service: str) -> str:
    """Return the name at which other services connect (API reference, ServiceConnectClientAlias)."""
    name = re.sub(r"[^a-z0-9_.-]", "-", service.lower()).lstrip("-") or "service"
    return shorten(name, 127)


def discovery_name(service: str, port: int | None = None) -> str:
    """Return the name of a service in Cloud Map, with the port for further ports (API reference,
    ServiceConnectService)."""
    return lower_name(service if port is None else f"{service}-{port}", 64)


def volume_name(volume: str) -> str:
    """Return the name of a volume in a task definition: no dots (API reference, Volume)."""
    return volume.replace(".", "-")


def role_arn(role: str, cluster_arn: str) -> str:
    """Return the ARN of a role, given by its ARN or by its name in the cluster's account."""
    if role.startswith("arn:"):
        return role
    _, partition, _, _, account, _ = cluster_arn.split(":", 5)
    return f"arn:{partition}:iam::{account}:role/{role}"
