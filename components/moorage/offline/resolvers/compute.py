"""Containers, functions, scaling, schedules, identities: ECS, ECR, Lambda, Auto Scaling, EventBridge, IAM."""

import json

from .row import Row, Scope, Value, row

CREATED = "2025-01-01T00:00:00Z"
"""The creation time of all resources offline."""


def _service_arn(scope: Scope) -> str:
    cluster = str(scope.get("cluster") or "default").rsplit("/", 1)[-1]
    return "arn:{P}:ecs:{R}:{A}:service/".format_map(scope) + f"{cluster}/{scope['name']}"


def _scaling_policy_arn(scope: Scope) -> str:
    resource = f"resource/{scope['serviceNamespace']}/{scope['resourceId']}:policyName/{scope['name']}"
    return "arn:{P}:autoscaling:{R}:{A}:scalingPolicy:{U}:".format_map(scope) + resource


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
    "aws:ecs/cluster:Cluster": row("arn:{P}:ecs:{R}:{A}:cluster/{name}", "name", arn="{id}"),
    "aws:ecs/capacityProvider:CapacityProvider": row(
        "arn:{P}:ecs:{R}:{A}:capacity-provider/{name}", "name", arn="{id}"
    ),
    "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": row("{clusterName}"),
    "aws:ecs/taskDefinition:TaskDefinition": row(
        "{family}",
        arnWithoutRevision="arn:{P}:ecs:{R}:{A}:task-definition/{family}",
        revision=1,
        arn="{arnWithoutRevision}:{revision}",
    ),
    "aws:ecs/service:Service": row("{arn}", "name", arn=_service_arn),
    "aws:ecs/taskSet:TaskSet": row("ecs-svc/{H16}", arn="{service}/{id}", taskSetId="{id}", status="PRIMARY"),
    "aws:ecr/repository:Repository": row(
        "{name}",
        "name",
        limit=256,
        arn="arn:{P}:ecr:{R}:{A}:repository/{name}",
        registryId="{A}",
        repositoryUrl="{A}.dkr.ecr.{R}.{D}/{name}",
    ),
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": row("{repository}", registryId="{A}"),
    "aws:ecr/repositoryPolicy:RepositoryPolicy": row("{repository}", registryId="{A}"),
    "aws:ecr/pullThroughCacheRule:PullThroughCacheRule": row("{ecrRepositoryPrefix}", registryId="{A}"),
    "docker-build:index:Image": row(
        "{digest}",
        digest=_digest,
        contextHash="{J64}",
        ref=lambda s: f"{s['tags'][0]}@{s['digest']}" if s["tags"] else "",
    ),
    "docker-build:index:Index": row("{ref}", ref=lambda s: f"{s['tag']}@{_digest(s)}"),
    "aws:iam/role:Role": row(
        "{name}", "name", 64, arn=_iam_arn("role"), uniqueId=_unique("AROA"), createDate=CREATED, path="/"
    ),
    "aws:iam/policy:Policy": row(
        "{arn}", "name", 128, arn=_iam_arn("policy"), policyId=_unique("ANPA"), attachmentCount=0, path="/"
    ),
    "aws:iam/rolePolicy:RolePolicy": row("{role}:{name}", "name", 128),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": row("{role}/{policyArn}"),
    "aws:iam/instanceProfile:InstanceProfile": row(
        "{name}", "name", 128, arn=_iam_arn("instance-profile"), uniqueId=_unique("AIPA"), createDate=CREATED
    ),
    "aws:iam/serviceLinkedRole:ServiceLinkedRole": row(
        "{arn}",
        name=lambda s: "AWSServiceRoleFor" + str(s["awsServiceName"]).split(".")[0].title(),
        path="/aws-service-role/{awsServiceName}/",
        arn=_iam_arn("role"),
        uniqueId=_unique("AROA"),
    ),
    "aws:iam/user:User": row("{name}", "name", 64, arn=_iam_arn("user"), uniqueId=_unique("AIDA")),
    "aws:lambda/function:Function": row(
        "{name}",
        "name",
        64,
        arn="arn:{P}:lambda:{R}:{A}:function:{name}",
        version="$LATEST",
        qualifiedArn="{arn}:$LATEST",
        invokeArn="arn:{P}:apigateway:{R}:lambda:path/2015-03-31/functions/{arn}/invocations",
        lastModified=CREATED,
    ),
    "aws:lambda/permission:Permission": row("{statementId}", statementId="{N}-{H7}"),
    "aws:autoscaling/group:Group": row(
        "{name}", "name", arn="arn:{P}:autoscaling:{R}:{A}:autoScalingGroup:{U}:autoScalingGroupName/{name}"
    ),
    "aws:autoscaling/lifecycleHook:LifecycleHook": row("{name}", "name"),
    "aws:autoscaling/schedule:Schedule": row(
        "{scheduledActionName}",
        arn="arn:{P}:autoscaling:{R}:{A}:scheduledUpdateGroupAction:{U}:autoScalingGroupName/"
        "{autoscalingGroupName}:scheduledActionName/{scheduledActionName}",
    ),
    "aws:autoscaling/policy:Policy": row(
        "{name}",
        "name",
        arn="arn:{P}:autoscaling:{R}:{A}:scalingPolicy:{U}:autoScalingGroupName/"
        "{autoscalingGroupName}:policyName/{name}",
    ),
    "aws:appautoscaling/target:Target": row(
        "{resourceId}",
        arn="arn:{P}:application-autoscaling:{R}:{A}:scalable-target/{H32}",
        roleArn=_scalable_role,
    ),
    "aws:appautoscaling/policy:Policy": row(
        "{name}", "name", arn=_scaling_policy_arn, alarmArns=lambda _: list[str]()
    ),
    "aws:appautoscaling/scheduledAction:ScheduledAction": row(
        "{name}-{serviceNamespace}-{resourceId}",
        "name",
        arn="arn:{P}:autoscaling:{R}:{A}:scheduledAction:{U}:resource/{serviceNamespace}/{resourceId}"
        ":scheduledActionName/{name}",
    ),
    "aws:scheduler/schedule:Schedule": row(
        "{groupName}/{name}",
        "name",
        64,
        groupName="default",
        arn="arn:{P}:scheduler:{R}:{A}:schedule/{groupName}/{name}",
    ),
    "aws:sfn/stateMachine:StateMachine": row(
        "{arn}", "name", 80, arn="arn:{P}:states:{R}:{A}:stateMachine:{name}", status="ACTIVE"
    ),
    "aws:scheduler/scheduleGroup:ScheduleGroup": row(
        "{name}", "name", 64, arn="arn:{P}:scheduler:{R}:{A}:schedule-group/{name}", state="ACTIVE"
    ),
    "aws:cloudwatch/eventRule:EventRule": row(
        "{name}", "name", 64, arn="arn:{P}:events:{R}:{A}:rule/{name}", eventBusName="default"
    ),
    "aws:cloudwatch/eventTarget:EventTarget": row("{rule}-{targetId}", "targetId", eventBusName="default"),
    "aws:cloudwatch/eventBus:EventBus": row("{name}", "name", arn="arn:{P}:events:{R}:{A}:event-bus/{name}"),
    "aws:codedeploy/application:Application": row(
        "{U}:{name}", "name", applicationId="{U}", arn="arn:{P}:codedeploy:{R}:{A}:application:{name}"
    ),
    "aws:codedeploy/deploymentGroup:DeploymentGroup": row(
        "{U}",
        deploymentGroupId="{U}",
        computePlatform="ECS",
        arn="arn:{P}:codedeploy:{R}:{A}:deploymentgroup:{appName}/{deploymentGroupName}",
    ),
}
