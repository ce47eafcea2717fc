"""A healthy app on AWS and its stack's state, in the spelling of AWS and Pulumi, with times before now."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from support.aws_answers import ARN as ARN
from support.aws_answers import CLUSTER as CLUSTER
from support.aws_answers import GROUP as GROUP
from support.aws_answers import NEW as NEW
from support.aws_answers import OLD as OLD
from support.aws_answers import Failure as Failure
from support.aws_answers import denied as denied

SERVICE = f"{ARN}:service/main/notes-1a2b"
CONTAINERS = [
    {"name": "collector", "image": "c"},
    {
        "name": "notes",
        "image": "i",
        "environment": [{"name": "TOKEN", "value": "never-to-be-printed"}],
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {"awslogs-group": "notes-logs", "awslogs-stream-prefix": "notes"},
        },
    },
]


def ago(seconds: float) -> datetime:
    return datetime.now(UTC) - timedelta(seconds=seconds)


def deployment(number: int, revision: str, state: str = "COMPLETED", **more: Any) -> dict[str, Any]:
    known = {
        "id": f"ecs-svc/{number:019}",
        "status": "PRIMARY",
        "taskDefinition": revision,
        "desiredCount": 2,
        "runningCount": 2,
        "pendingCount": 0,
        "failedTasks": 0,
        "createdAt": ago(100),
        "rolloutState": state,
        "rolloutStateReason": "",
    }
    return known | more


def service(*deployments: dict[str, Any], **more: Any) -> dict[str, Any]:
    known = {
        "serviceArn": SERVICE,
        "serviceName": "notes-1a2b",
        "clusterArn": CLUSTER,
        "status": "ACTIVE",
        "taskDefinition": NEW,
        "deployments": list(deployments),
        "events": [
            {"id": "e", "createdAt": ago(5), "message": "(service notes-1a2b) reached a steady state."}
        ],
        "loadBalancers": [{"targetGroupArn": GROUP, "containerName": "notes", "containerPort": 8080}],
        "enableExecuteCommand": True,
    }
    return known | more


def past(number: int, status: str, reason: str = "", at: float = 100) -> dict[str, Any]:
    """Return a service deployment; its revision is `rev/NUMBER`."""
    return {
        "serviceDeploymentArn": f"{ARN}:service-deployment/main/notes/{number}",
        "targetServiceRevisionArn": f"rev/{number}",
        "status": status,
        "statusReason": reason,
        "createdAt": ago(at),
    }


def task(number: int, **more: Any) -> dict[str, Any]:
    known = {
        "taskArn": f"{ARN}:task/main/{number:032x}",
        "taskDefinitionArn": NEW,
        "lastStatus": "RUNNING",
        "desiredStatus": "RUNNING",
        "healthStatus": "UNKNOWN",
        "availabilityZone": "eu-central-1a",
        "enableExecuteCommand": True,
        "createdAt": ago(60),
        "startedAt": ago(50),
        "attachments": [
            {
                "type": "ElasticNetworkInterface",
                "details": [{"name": "privateIPv4Address", "value": f"10.0.0.{number % 250}"}],
            }
        ],
        "containers": [
            {
                "name": "notes",
                "runtimeId": f"run-{number}",
                "managedAgents": [{"name": "ExecuteCommandAgent", "lastStatus": "RUNNING"}],
            }
        ],
    }
    return known | more


def state(*more: dict[str, Any], service_type: str = "aws:ecs/service:Service") -> dict[str, Any]:
    """Return an exported state with one ContainerApp."""
    urn = "urn:pulumi:dev::demo::"
    app = f"{urn}moorage:index:ContainerApp::notes"
    return {
        "version": 3,
        "deployment": {
            "resources": [
                {"urn": f"{urn}pulumi:pulumi:Stack::demo-dev", "type": "pulumi:pulumi:Stack", "outputs": {}},
                {"urn": app, "type": "moorage:index:ContainerApp"},
                {
                    "urn": f"{app}$aws:ecs/taskDefinition:TaskDefinition::notes-task",
                    "type": "aws:ecs/taskDefinition:TaskDefinition",
                    "id": "notes",
                    "parent": app,
                    "outputs": {"arn": NEW, "containerDefinitions": json.dumps(CONTAINERS)},
                },
                {
                    "urn": f"{app}${service_type}::notes",
                    "type": service_type,
                    "id": SERVICE,
                    "parent": app,
                    "outputs": {
                        "cluster": CLUSTER,
                        "name": "notes-1a2b",
                        "taskDefinition": NEW,
                        "loadBalancers": [{"targetGroupArn": GROUP, "containerName": "notes"}],
                    },
                },
                *more,
            ]
        },
    }
