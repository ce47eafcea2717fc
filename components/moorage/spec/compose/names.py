"""Names that AWS takes for what a compose service is called."""

import re


def service_logical(app: str, service: str) -> str:
    """Return the logical name of a service's resources: letters and digits, with single hyphens between."""
    return f"{app}-{re.sub(r'[^A-Za-z0-9]+', '-', service).strip('-') or 'service'}"


def discovery_name(service: str) -> str:
    """Return the name a service is found by, in small letters (API reference, ServiceConnectService)."""
    return re.sub(r"[^a-z0-9_.-]", "-", service.lower())


def port_name(service: str, port: int) -> str:
    """Return the name of a port mapping that nobody named (API reference, PortMapping)."""
    return f"{re.sub(r'[^a-z0-9_-]', '-', service.lower())[:50]}-{port}"


def role_arn(role: str, cluster_arn: str) -> str:
    """Return the ARN of a role that is given by its name or its ARN, in the cluster's account."""
    if role.startswith("arn:"):
        return role
    _, partition, _, _, account, _ = cluster_arn.split(":", 5)
    return f"arn:{partition}:iam::{account}:role/{role}"


def log_group_arn(group: str, region: str, cluster_arn: str) -> str:
    """Return the ARN of a log group in the cluster's account."""
    _, partition, _, _, account, _ = cluster_arn.split(":", 5)
    return f"arn:{partition}:logs:{region}:{account}:log-group:{group}"
