"""Containers, functions, scaling, schedules and identities: ECS, ECR, Lambda, Auto Scaling, EventBridge, IAM."""

from typing import Any

from moorage.offline.resolvers.row import Row, Scope, row

CREATED = "2025-01-01T00:00:00Z"
"""The moment at which everything offline was created."""


def _service_arn(scope: Scope) -> str:
    cluster = str(scope.get("cluster") or "default").rsplit("/", 1)[-1]
    return "arn:{P}:ecs:{R}:{A}:service/".format_map(scope) + f"{cluster}/{scope['name']}"


def _scaling_policy_arn(scope: Scope) -> str:
    resource = f"resource/{scope['serviceNamespace']}/{scope['resourceId']}:policyName/{scope['name']}"
    return "arn:{P}:autoscaling:{R}:{A}:scalingPolicy:{U}:".format_map(scope) + resource


def _scalable_role(scope: Scope) -> str:
    names = {"ecs": "ecs", "dynamodb": "dynamodb"}
    service = names.get(scope["serviceNamespace"], scope["serviceNamespace"])
    role = f"{service}.application-autoscaling.{scope['D']}/AWSServiceRoleForApplicationAutoScaling_"
    return (
        "arn:{P}:iam::{A}:role/aws-service-role/".format_map(scope) + role + _SCALABLE.get(service, service)
    )


_SCALABLE = {"ecs": "ECSService", "dynamodb": "DynamoDBTable"}


def _iam_arn(kind: str) -> Any:
    def arn(scope: Scope) -> str:
        return f"arn:{scope['P']}:iam::{scope['A']}:{kind}{scope['path'] or '/'}{scope['name']}"

    return arn


_DIGEST = "sha256:{H64}"

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
    "aws:ecs/service:Service": row("{arn}", "name", arn=_service_arn, launchType=""),
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
        _DIGEST, digest=_DIGEST, contextHash="{J64}", ref=lambda s: _reference(s["tags"], s["digest"])
    ),
    "docker-build:index:Index": row("{ref}", ref=lambda s: f"{s['tag']}@{_DIGEST.format_map(s)}"),
    "aws:iam/role:Role": row(
        "{name}", "name", 64, arn=_iam_arn("role"), uniqueId="AROA{H17}", createDate=CREATED, path="/"
    ),
    "aws:iam/policy:Policy": row(
        "{arn}", "name", 128, arn=_iam_arn("policy"), policyId="ANPA{H17}", attachmentCount=0, path="/"
    ),
    "aws:iam/rolePolicy:RolePolicy": row("{role}:{name}", "name", 128),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": row("{role}/{policyArn}"),
    "aws:iam/instanceProfile:InstanceProfile": row(
        "{name}", "name", 128, arn=_iam_arn("instance-profile"), uniqueId="AIPA{H17}", createDate=CREATED
    ),
    "aws:iam/serviceLinkedRole:ServiceLinkedRole": row(
        "{arn}",
        name=lambda s: "AWSServiceRoleFor" + str(s["awsServiceName"]).split(".")[0].title(),
        path="/aws-service-role/{awsServiceName}/",
        arn=_iam_arn("role"),
        uniqueId="AROA{H17}",
    ),
    "aws:iam/user:User": row("{name}", "name", 64, arn=_iam_arn("user"), uniqueId="AIDA{H17}"),
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
        "{name}", "name", arn=_scaling_policy_arn, alarmArns=lambda s: list[str]()
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


def _reference(tags: Any, digest: str) -> str:
    return f"{tags[0]}@{digest}" if tags else ""
