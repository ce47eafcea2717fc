"""A scripted AWS behind real boto3 clients, and the command line over it."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from types import SimpleNamespace
from typing import Any
from xml.sax.saxutils import escape

import pytest
from botocore.awsrequest import AWSResponse

from moorage.cli import main
from moorage.operate.pulumi import state as stack
from moorage.rollout import aws

ARN = "arn:aws:ecs:eu-central-1:123456789012"
CLUSTER, SERVICE = f"{ARN}:cluster/main", f"{ARN}:service/main/notes-1a2b"
GROUP = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/web/0123456789abcdef"
NEW, OLD = f"{ARN}:task-definition/notes:7", f"{ARN}:task-definition/notes:6"
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


class Failure(Exception):
    """An error that AWS answers with."""

    def __init__(self, code: str, message: str = "", status: int = 400) -> None:
        self.code, self.message, self.status = code, message, status
        super().__init__(code)


def denied(action: str) -> Failure:
    text = f"User: arn:aws:iam::123456789012:user/x is not authorized to perform: {action} on resource: *"
    return Failure("AccessDeniedException", text)


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


class Scripted:
    """What AWS answers, by operation: an answer, a failure, a function of what is asked, or a list."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.unhealthy = False
        self.answers: dict[str, Any] = {
            "DescribeServices": {"services": [service(deployment(7, NEW))]},
            "ListServiceDeployments": {"serviceDeployments": [past(7, "SUCCESSFUL"), past(6, "SUCCESSFUL")]},
            "DescribeServiceRevisions": lambda asked: {
                "serviceRevisions": [
                    {"serviceRevisionArn": arn, "taskDefinition": f"{ARN}:task-definition/notes:{arn[4:]}"}
                    for arn in asked["serviceRevisionArns"]
                ]
            },
            "ListTasks": lambda asked: {
                "taskArns": [] if asked.get("desiredStatus") == "STOPPED" else [task(1)["taskArn"]]
            },
            "DescribeTasks": lambda asked: {"tasks": [task(int(arn[-32:], 16)) for arn in asked["tasks"]]},
            "DescribeTargetHealth": lambda _: _target_health(self.unhealthy),
            "DescribeServiceDeployments": {"serviceDeployments": []},
            "DescribeScalableTargets": {"ScalableTargets": []},
        }

    def asked(self, operation: str) -> list[dict[str, Any]]:
        return [asked for name, asked in self.calls if name == operation]

    def handle(self, request: Any, event_name: str, **_: Any) -> AWSResponse:
        operation = event_name.rpartition(".")[2]
        body = request.body
        text = body.decode() if isinstance(body, bytes) else body or ""
        asked = json.loads(text) if text.startswith("{") else {}
        self.calls.append((operation, asked))
        assert operation in self.answers, f"{operation} was not to be asked"
        answer = self.answers[operation]
        if isinstance(answer, list):
            answer = answer.pop(0) if len(answer) > 1 else answer[0]
        status = 200
        answer = answer(asked) if callable(answer) else answer
        if isinstance(answer, Failure):
            answer, status = {"__type": answer.code, "message": answer.message}, answer.status
        if isinstance(answer, str) and answer.startswith("<ErrorResponse"):
            status = 403
        content = answer if isinstance(answer, str) else json.dumps(answer, default=lambda at: at.timestamp())
        return AWSResponse(request.url, status, {}, _Raw(content.encode()))


class _Raw(BytesIO):
    def stream(self) -> Iterator[bytes]:
        yield self.read()


def _target_health(unhealthy: bool) -> str:
    state = "unhealthy" if unhealthy else "healthy"
    text = escape("Health checks failed with these codes: [404]") if unhealthy else ""
    return (
        '<DescribeTargetHealthResponse xmlns="http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/">'
        "<DescribeTargetHealthResult><TargetHealthDescriptions><member><Target><Id>10.0.0.1</Id>"
        f"<Port>8080</Port></Target><TargetHealth><State>{state}</State><Description>{text}</Description>"
        "</TargetHealth></member></TargetHealthDescriptions></DescribeTargetHealthResult>"
        "</DescribeTargetHealthResponse>"
    )


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scripted]:
    """An AWS that answers real boto3 clients of this test alone; waits between attempts are not waited."""
    known = Scripted()
    for name, value in {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=lambda seconds: None))
    original = aws._client
    original.cache_clear()

    def client(api: str, region: str, profile: str | None) -> Any:
        made = original(api, region, profile)
        made.meta.events.register("before-send", known.handle, unique_id="scripted")
        return made

    monkeypatch.setattr(aws, "client", client)
    monkeypatch.setattr("moorage.operate.aws.place._PAUSE", 0)
    monkeypatch.setattr("moorage.rollout.watch.POLL", 0)
    yield known
    original.cache_clear()


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


@pytest.fixture
def moorage_on_aws(
    scripted: Scripted, monkeypatch: pytest.MonkeyPatch, tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Any]:
    """Run a verb on the stack `dev` of a project; return exit code, output and what was said beside it."""
    (tmp_path / "Pulumi.yaml").write_text("name: demo\nruntime: python\n")
    exported = state()
    monkeypatch.setattr(stack, "exported", lambda project, name: exported)

    def run(*words: str) -> Any:
        code = main([words[0], "--stack", "dev", "--cwd", str(tmp_path), *words[1:]])
        captured = capsys.readouterr()
        assert "never-to-be-printed" not in captured.out + captured.err
        return SimpleNamespace(code=code, out=captured.out, err=captured.err)

    return run


@pytest.fixture(scope="session")
def words() -> Any:
    """What tests write answers of AWS with."""
    names = (
        "ARN CLUSTER SERVICE GROUP NEW OLD CONTAINERS Failure denied deployment service past task ago state"
    )
    return SimpleNamespace(**{name: globals()[name] for name in names.split()})
