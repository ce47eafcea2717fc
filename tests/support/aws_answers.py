"""Answers of AWS, in the spelling of its API."""

from datetime import UTC, datetime, timedelta
from typing import Any

Answer = dict[str, Any]

BEGIN = datetime(2026, 11, 21, 12, tzinfo=UTC)
ARN = "arn:aws:ecs:eu-central-1:123456789012"
CLUSTER = f"{ARN}:cluster/main"
GROUP = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/web/0123456789abcdef"
NEW, OLD = f"{ARN}:task-definition/notes:7", f"{ARN}:task-definition/notes:6"
JOB = f"{ARN}:task-definition/notes-pre-deploy:3"


def moment(seconds: float) -> datetime:
    """Return the time so many seconds after the beginning."""
    return BEGIN + timedelta(seconds=seconds)


class Failure(Exception):
    """An error that AWS answers with."""

    def __init__(self, code: str, message: str = "", status: int = 400) -> None:
        self.code, self.message, self.status = code, message, status
        super().__init__(code)


def denied(action: str) -> Failure:
    """Return how AWS says that a permission is missing."""
    user = "arn:aws:iam::123456789012:user/deployer"
    text = f"User: {user} is not authorized to perform: {action} on resource: * because no identity-based"
    return Failure("AccessDeniedException", f"{text} policy allows the {action} action")


def deployment(
    number: int,
    revision: str = NEW,
    state: str | None = "IN_PROGRESS",
    *,
    status: str = "PRIMARY",
    desired: int = 2,
    running: int = 0,
    pending: int = 0,
    failed: int = 0,
    reason: str = "",
    at: float = 0,
) -> Answer:
    """Return one of a service's deployments as DescribeServices answers; `at` is when it began."""
    identifier = f"ecs-svc/{number:019}"
    words = {
        "IN_PROGRESS": f"ECS deployment {identifier} in progress.",
        "COMPLETED": f"ECS deployment {identifier} completed.",
        "FAILED": "ECS deployment circuit breaker: tasks failed to start.",
    }
    rollout = {"rolloutState": state, "rolloutStateReason": reason or words[state]} if state else {}
    return {
        "id": identifier,
        "status": status,
        "taskDefinition": revision,
        "desiredCount": desired,
        "runningCount": running,
        "pendingCount": pending,
        "failedTasks": failed,
        "createdAt": moment(at),
        "updatedAt": moment(at),
        "launchType": "FARGATE",
        **rollout,
    }


def service(*deployments: Answer, events: dict[float, str] | None = None, **more: Any) -> Answer:
    """Return an answer of DescribeServices; `events` are messages by second."""
    happened = sorted((events or {}).items(), reverse=True)
    known = {
        "serviceArn": f"{ARN}:service/main/notes",
        "serviceName": "notes",
        "clusterArn": CLUSTER,
        "status": "ACTIVE",
        "deployments": list(deployments),
        "events": [
            {"id": f"e{number}", "createdAt": moment(second), "message": f"(service notes) {message}"}
            for number, (second, message) in enumerate(happened)
        ],
        **more,
    }
    return {"services": [known], "failures": []}


MISSING = {
    "services": [],
    "failures": [{"arn": f"{ARN}:service/main/notes", "reason": "MISSING"}],
}


def task(
    number: int,
    reason: str,
    *,
    by: int = 7,
    revision: str = NEW,
    code: str = "TaskFailedToStart",
    exit_code: int | None = None,
    container: str = "",
    at: float = 10,
) -> Answer:
    """Return a stopped task as DescribeTasks answers; `by` is the number of its deployment."""
    inside: Answer = {"name": "notes", "lastStatus": "STOPPED"}
    inside |= {} if exit_code is None else {"exitCode": exit_code}
    inside |= {"reason": container} if container else {}
    return {
        "taskArn": f"{ARN}:task/main/{number:032x}",
        "taskDefinitionArn": revision,
        "startedBy": f"ecs-svc/{by:019}",
        "lastStatus": "STOPPED",
        "stopCode": code,
        "stoppedReason": reason,
        "createdAt": moment(at),
        "stoppedAt": moment(at + 5),
        "containers": [inside],
    }
