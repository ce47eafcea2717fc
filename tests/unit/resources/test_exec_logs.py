"""Logged sessions of ECS Exec: the cluster's configuration, and the rights of its apps' task roles."""

from support.fixtures import GraphOf, Lines

from moorage.graph import view
from moorage.offline import UNKNOWN
from moorage.plan import preflight
from moorage.testing import policy_statements

CLUSTER = "aws:ecs/cluster:Cluster"
GROUP = "aws:cloudwatch/logGroup:LogGroup"
ROLE = "aws:iam/role:Role"
KEY = "arn:aws:kms:us-east-1:123456789012:key/0123"


def test_sessions_are_logged(graph_of: GraphOf, preview: bool) -> None:
    graph = graph_of(exec_logs={}, preview=preview)
    group = graph.one(GROUP, "main-exec")
    assert group.inputs["retentionInDays"] == 30
    assert "kmsKeyId" not in group.inputs
    assert graph.one(CLUSTER).inputs["configuration"] == {
        "executeCommandConfiguration": {
            "logging": "OVERRIDE",
            "logConfiguration": {
                "cloudWatchLogGroupName": group.outputs["name"],
                "cloudWatchEncryptionEnabled": False,
            },
        }
    }


def test_a_key_encrypts_sessions_and_log(graph_of: GraphOf, preview: bool) -> None:
    graph = graph_of(exec_logs={"kms_key_arn": KEY, "retention_days": 365}, preview=preview)
    group = graph.one(GROUP, "main-exec")
    assert (group.inputs["kmsKeyId"], group.inputs["retentionInDays"]) == (KEY, 365)
    configuration = graph.one(CLUSTER).inputs["configuration"]["executeCommandConfiguration"]
    assert configuration["kmsKeyId"] == KEY
    assert configuration["logConfiguration"]["cloudWatchEncryptionEnabled"] is True


def test_task_roles_may_write_them(graph_of: GraphOf, preview: bool) -> None:
    graph = graph_of(exec_logs={"kms_key_arn": KEY}, preview=preview)
    policy = graph.one("aws:iam/rolePolicy:RolePolicy", "web-task-policy")
    if preview:
        assert policy.inputs["policy"] is UNKNOWN
        return
    rights = {
        action: statement["Resource"]
        for statement in policy_statements(graph, graph.one(ROLE, "web-task"))
        for action in statement["Action"]
    }
    group = graph.one(GROUP, "main-exec").outputs["arn"]
    assert rights["logs:DescribeLogGroups"] == ["*"]
    assert rights["logs:PutLogEvents"] == rights["logs:CreateLogStream"] == [f"{group}:*"]
    assert rights["logs:DescribeLogStreams"] == [f"{group}:*"]
    assert rights["kms:Decrypt"] == [KEY]
    assert "preflight/all-resources" not in [one.rule for one in preflight.check(view(graph))]


def test_without_exec_a_task_role_has_no_such_rights(graph_of: GraphOf) -> None:
    graph = graph_of(exec_logs={}, apps={"web": {"execute_command": False}})
    assert [role.name for role in graph.of_type(ROLE)] == ["web-execution"]


def test_without_logs_nothing_is_configured(graph_of: GraphOf) -> None:
    assert "configuration" not in graph_of().one(CLUSTER).inputs


def test_wrong_arguments(refused: Lines) -> None:
    assert refused("EcsCluster", {"exec_logs": {"retention_days": 2}})[0].startswith(
        "exec_logs.retention_days: 2: must be one of 1, 3, 5"
    )
    (line,) = refused("EcsCluster", {"exec_logs": {"kms_key_arn": "key"}})
    assert line.startswith("exec_logs.kms_key_arn: 'key': must be an ARN such as arn:aws:kms:")
