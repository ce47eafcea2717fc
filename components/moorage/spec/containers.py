"""Container definitions: the JSON in a task definition, the same text for the same app."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from .app import AppSpec


def container_definitions(
    spec: AppSpec,
    image: str,
    environment: Mapping[str, str],
    secrets: Mapping[str, str],
    log_group: str,
    region: str,
) -> str:
    """Return the app's container definitions as JSON.

    Sorted throughout, and without what is not set: a byte-identical text is no new revision.

    Args:
        spec: the app.
        image: the image's reference.
        environment: variables by name.
        secrets: `valueFrom` references by variable name.
        log_group: the name of the log group.
        region: the region the logs are written to.
    """
    container: dict[str, Any] = {
        "name": spec.container_name,
        "image": image,
        "essential": True,
        "portMappings": [_port_mapping(spec)] if spec.port else None,
        "command": list(spec.command),
        "entryPoint": list(spec.entry_point),
        "environment": [{"name": name, "value": value} for name, value in sorted(environment.items())],
        "secrets": [{"name": name, "valueFrom": value} for name, value in sorted(secrets.items())],
        "memoryReservation": spec.memory_reservation,
        "stopTimeout": spec.stop_timeout,
        "readonlyRootFilesystem": spec.read_only or None,
        "healthCheck": _health_check(spec),
        "linuxParameters": {"initProcessEnabled": True},
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": log_group,
                "awslogs-region": region,
                "awslogs-stream-prefix": spec.name,
                # A container must not stall when the log service does.
                "mode": "non-blocking",
            },
        },
    }
    return json.dumps([_without_unset(container)], sort_keys=True, separators=(",", ":"))


def _port_mapping(spec: AppSpec) -> dict[str, Any]:
    mapping: dict[str, Any] = {"containerPort": spec.port, "protocol": "tcp"}
    if spec.network_mode == "bridge":
        mapping["hostPort"] = spec.host_port
    return mapping


def _health_check(spec: AppSpec) -> dict[str, Any] | None:
    check = spec.container_health_check
    if check is None:
        return None
    command: Sequence[str] = check.command
    return {
        "command": list(command),
        "interval": check.interval,
        "timeout": check.timeout,
        "retries": check.retries,
        "startPeriod": check.start_period,
    }


def _without_unset(container: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in container.items() if value is not None and value != []}
