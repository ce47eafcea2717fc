"""Services and tasks in the shapes of ECS's API (DescribeServices, DescribeTasks)."""

from collections.abc import Collection
from typing import Any

from moorage.rollout.states import (
    DeploymentStatus,
    RolloutState,
    ServiceDeploymentStatus,
    ServiceStatus,
    TaskStatus,
)

from .deployments import Service
from .records import Deployment, Task


def describe_task(service: Service, task: Task) -> dict[str, Any]:
    """Return a task as `DescribeTasks` does; times are seconds since the epoch, absent keys are not set."""
    spec = service.spec
    fields: dict[str, Any] = {
        "taskArn": task.arn,
        "clusterArn": spec.cluster_arn,
        "taskDefinitionArn": task_definition_arn(service, task.revision),
        "group": f"service:{spec.name}",
        "startedBy": task.deployment,
        "launchType": spec.launch_type,
        "availabilityZone": task.zone,
        "lastStatus": task.last_status,
        "desiredStatus": task.desired_status,
        "healthStatus": task.health,
        "createdAt": task.created_at,
        "startedAt": task.started_at,
        "stoppedAt": task.stopped_at,
        "stopCode": task.stop_code,
        "stoppedReason": task.stopped_reason,
        "containers": [{**container, "taskArn": task.arn} for container in task.containers],
    }
    return {key: value for key, value in fields.items() if value is not None}


def describe_service(service: Service) -> dict[str, Any]:
    """Return a service as `DescribeServices` does."""
    spec, primary = service.spec, service.primary
    return {
        "serviceArn": spec.arn,
        "serviceName": spec.name,
        "clusterArn": spec.cluster_arn,
        "status": ServiceStatus.ACTIVE,
        "desiredCount": service.count,
        **_counts(service.tasks.values()),
        "taskDefinition": task_definition_arn(service, primary.revision) if primary else None,
        "schedulingStrategy": "DAEMON" if spec.daemon else "REPLICA",
        "deploymentConfiguration": {
            "minimumHealthyPercent": spec.minimum_healthy_percent,
            "maximumPercent": spec.maximum_percent,
            "deploymentCircuitBreaker": {"enable": spec.circuit_breaker, "rollback": spec.rollback},
        },
        "loadBalancers": [
            {
                "targetGroupArn": use.target_group_arn,
                "containerName": use.container_name,
                "containerPort": use.container_port,
            }
            for use in spec.target_groups
        ],
        "healthCheckGracePeriodSeconds": spec.grace,
        "deployments": [_deployment(service, deployment) for deployment in service.deployments],
        "events": [{"createdAt": when, "message": message} for when, message in reversed(service.events)],
    }


def describe_service_deployments(service: Service) -> list[dict[str, Any]]:
    """Return the deployments of a service as `DescribeServiceDeployments` does, newest first."""
    return [
        {
            "serviceDeploymentArn": deployment.id,
            "targetServiceRevisionArn": task_definition_arn(service, deployment.revision),
            "status": _status(deployment),
            "statusReason": "" if deployment.rollout_state is RolloutState.IN_PROGRESS else deployment.reason,
            "createdAt": deployment.created_at,
        }
        for deployment in service.history
    ]


def _status(deployment: Deployment) -> ServiceDeploymentStatus:
    if deployment.rolled_back:
        return ServiceDeploymentStatus.ROLLBACK_SUCCESSFUL
    if deployment.completed_once:
        return ServiceDeploymentStatus.SUCCESSFUL
    primary = deployment.status is DeploymentStatus.PRIMARY
    going = primary and deployment.rollout_state is RolloutState.IN_PROGRESS
    return ServiceDeploymentStatus.IN_PROGRESS if going else ServiceDeploymentStatus.STOPPED


def task_definition_arn(service: Service, revision: int) -> str:
    """Return the ARN of a revision of the service's family."""
    base = service.spec.arn.rsplit(":service", 1)[0]
    return f"{base}:task-definition/{service.spec.family}:{revision}"


def _counts(tasks: Collection[Task]) -> dict[str, int]:
    return {
        "runningCount": sum(t.last_status is TaskStatus.RUNNING for t in tasks),
        "pendingCount": sum(t.last_status in (TaskStatus.PROVISIONING, TaskStatus.PENDING) for t in tasks),
    }


def _deployment(service: Service, deployment: Deployment) -> dict[str, Any]:
    return {
        "id": deployment.id,
        "status": deployment.status,
        "taskDefinition": task_definition_arn(service, deployment.revision),
        "desiredCount": deployment.desired,
        **_counts([t for t in service.tasks.values() if t.deployment == deployment.id]),
        "failedTasks": deployment.failed_tasks,
        "rolloutState": deployment.rollout_state,
        "rolloutStateReason": deployment.reason,
        "createdAt": deployment.created_at,
        "updatedAt": deployment.updated_at,
    }
