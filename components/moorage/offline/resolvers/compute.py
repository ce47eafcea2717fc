"""Containers, functions, scaling, schedules, identities: ECS, ECR, Lambda, Auto Scaling, EventBridge, IAM."""

import json

from .row import Row, Scope, Value, row

CREATED = "2025-01-01T00:00:00Z"
"""The creation time of all resources offline."""


def _service_arn(scope: Scope) -> str:
    of_existing = str(scope.get("id") or "").rpartition("/")[0]
    cluster = str(scope.get("cluster") or of_existing or "default").rsplit("/", 1)[-1]
    return "arn:{P}:ecs:{R}:{A}:service/".format_map(scope) + f"{cluster}/{scope['name']}"


def _scalable_role(scope: Scope) -> str:
    service = str(scope["serviceNamespace"])
    path = f"{service}.application-autoscaling.{scope['D']}/AWSServiceRoleForApplicationAutoScaling_"
    kind = {"ecs": "ECSService", "dynamodb": "DynamoDBTable"}.get(service, service)
    return "arn:{P}:iam::{A}:role/aws-service-role/".format_map(scope) + path + kind


def _iam_arn(kind: str) -> Value:
    def arn(scope: Scope) -> str:
        return f"arn:{scope['P']}:iam::{scope['A']}:{kind}{scope['path'] or '/'}{scope['name']}"

    return arn


def _digest(scope: Scope) -> str:
    """Return a digest of all inputs of the image, except the registry's token."""
    parts = {key: value for key, value in scope.given.items() if key != "registries"}
    return "sha256:" + scope.hex(64, json.dumps(parts, sort_keys=True, default=repr))


def _unique(prefix: str) -> Value:
    return lambda scope: prefix + scope.hex(17, prefix).upper()


ROWS: dict[str, Row] = {
    "ecs.Cluster": row("arn:{P}:ecs:{R}:{A}:cluster/{name}", "name", arn="{id}"),
    "ecs.CapacityProvider": row("arn:{P}:ecs:{R}:{A}:capacity-provider/{name}", "name", arn="{id}"),
    "ecs.ClusterCapacityProviders": row("{clusterName}"),
    "ecs.TaskDefinition": row(
        "{family}",
        arnWithoutRevision="arn:{P}:ecs:{R}:{A}:task-definition/{family}",
        revision=1,
        arn="{arnWithoutRevision}:{revision}",
    ),
    "ecs.Service": row("{arn}", "name", arn=_service_arn),
    "ecs.TaskSet": row("ecs-svc/{H16}", arn="{service}/{id}", taskSetId="{id}", status="PRIMARY"),
    "ecr.Repository": row(
        "{name}",
        "name",
        limit=256,
        arn="arn:{P}:ecr:{R}:{A}:repository/{name}",
        registryId="{A}",
        repositoryUrl="{A}.dkr.ecr.{R}.{D}/{name}",
    ),
    "ecr.LifecyclePolicy": row("{repository}", registryId="{A}"),
    "ecr.RepositoryPolicy": row("{repository}", registryId="{A}"),
    "ecr.PullThroughCacheRule": row("{ecrRepositoryPrefix}", registryId="{A}"),
    "docker-build:index:Image": row(
        "{digest}",
        digest=_digest,
        contextHash="{J64}",
        ref=lambda s: f"{s['tags'][0]}@{s['digest']}" if s["tags"] else "",
    ),
    "docker-build:index:Index": row("{ref}", ref=lambda s: f"{s['tag']}@{_digest(s)}"),
    "iam.Role": row(
        "{name}", "name", 64, arn=_iam_arn("role"), uniqueId=_unique("AROA"), createDate=CREATED, path="/"
    ),
    "iam.Policy": row(
        "{arn}", "name", 128, arn=_iam_arn("policy"), policyId=_unique("ANPA"), attachmentCount=0, path="/"
    ),
    "iam.RolePolicy": row("{role}:{name}", "name", 128),
    "iam.RolePolicyAttachment": row("{role}/{policyArn}"),
    "iam.InstanceProfile": row(
        "{name}", "name", 128, arn=_iam_arn("instance-profile"), uniqueId=_unique("AIPA"), createDate=CREATED
    ),
    "iam.ServiceLinkedRole": row(
        "{arn}",
        name=lambda s: "AWSServiceRoleFor" + str(s["awsServiceName"]).split(".")[0].title(),
        path="/aws-service-role/{awsServiceName}/",
        arn=_iam_arn("role"),
        uniqueId=_unique("AROA"),
    ),
    "iam.User": row("{name}", "name", 64, arn=_iam_arn("user"), uniqueId=_unique("AIDA")),
    "lambda.Function": row(
        "{name}",
        "name",
        64,
        arn="arn:{P}:lambda:{R}:{A}:function:{name}",
        version="$LATEST",
        qualifiedArn="{arn}:$LATEST",
        invokeArn="arn:{P}:apigateway:{R}:lambda:path/2015-03-31/functions/{arn}/invocations",
        lastModified=CREATED,
    ),
    "lambda.Permission": row("{statementId}", statementId="{N}-{H7}"),
    "autoscaling.Group": row(
        "{name}", "name", arn="arn:{P}:autoscaling:{R}:{A}:autoScalingGroup:{U}:autoScalingGroupName/{name}"
    ),
    "autoscaling.LifecycleHook": row("{name}", "name"),
    "autoscaling.Schedule": row(
        "{scheduledActionName}",
        arn="arn:{P}:autoscaling:{R}:{A}:scheduledUpdateGroupAction:{U}:autoScalingGroupName/"
        "{autoscalingGroupName}:scheduledActionName/{scheduledActionName}",
    ),
    "autoscaling.Policy": row(
        "{name}",
        "name",
        arn="arn:{P}:autoscaling:{R}:{A}:scalingPolicy:{U}:autoScalingGroupName/"
        "{autoscalingGroupName}:policyName/{name}",
    ),
    "appautoscaling.Target": row(
        "{resourceId}",
        arn="arn:{P}:application-autoscaling:{R}:{A}:scalable-target/{H32}",
        roleArn=_scalable_role,
    ),
    "appautoscaling.Policy": row(
        "{name}",
        "name",
        arn="arn:{P}:autoscaling:{R}:{A}:scalingPolicy:{U}:resource/{serviceNamespace}/{resourceId}"
        ":policyName/{name}",
        alarmArns=lambda _: list[str](),
    ),
    "appautoscaling.ScheduledAction": row(
        "{name}-{serviceNamespace}-{resourceId}",
        "name",
        arn="arn:{P}:autoscaling:{R}:{A}:scheduledAction:{U}:resource/{serviceNamespace}/{resourceId}"
        ":scheduledActionName/{name}",
    ),
    "scheduler.Schedule": row(
        "{groupName}/{name}",
        "name",
        64,
        groupName="default",
        arn="arn:{P}:scheduler:{R}:{A}:schedule/{groupName}/{name}",
    ),
    "sfn.StateMachine": row(
        "{arn}", "name", 80, arn="arn:{P}:states:{R}:{A}:stateMachine:{name}", status="ACTIVE"
    ),
    "scheduler.ScheduleGroup": row(
        "{name}", "name", 64, arn="arn:{P}:scheduler:{R}:{A}:schedule-group/{name}", state="ACTIVE"
    ),
    "cloudwatch.EventRule": row(
        "{name}", "name", 64, arn="arn:{P}:events:{R}:{A}:rule/{name}", eventBusName="default"
    ),
    "cloudwatch.EventTarget": row("{rule}-{targetId}", "targetId", eventBusName="default"),
    "cloudwatch.EventBus": row("{name}", "name", arn="arn:{P}:events:{R}:{A}:event-bus/{name}"),
    "codedeploy.Application": row(
        "{U}:{name}", "name", applicationId="{U}", arn="arn:{P}:codedeploy:{R}:{A}:application:{name}"
    ),
    "codedeploy.DeploymentGroup": row(
        "{U}",
        deploymentGroupId="{U}",
        computePlatform="ECS",
        arn="arn:{P}:codedeploy:{R}:{A}:deploymentgroup:{appName}/{deploymentGroupName}",
    ),
}
