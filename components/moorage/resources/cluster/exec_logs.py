"""The log of ECS Exec sessions ("Logging and auditing using ECS Exec")."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from moorage.resources.inputs import present

from .wiring import ClusterWiring


def exec_logs(
    wiring: ClusterWiring, key_arn: pulumi.Input[str] | None, retention_days: int
) -> tuple[aws.cloudwatch.LogGroup, aws.ecs.ClusterConfigurationArgsDict]:
    """Make the log group of sessions; return it and the cluster's configuration."""
    group = aws.cloudwatch.LogGroup(
        f"{wiring.name}-exec",
        retention_in_days=retention_days,
        kms_key_id=key_arn,
        tags=wiring.tags,
        opts=wiring.child,
    )
    configuration = present(
        kms_key_id=key_arn,
        logging="OVERRIDE",
        log_configuration={
            "cloud_watch_log_group_name": group.name,
            "cloud_watch_encryption_enabled": key_arn is not None,
        },
    )
    return group, {"execute_command_configuration": configuration}
