"""The inputs that a live resource cannot change without being replaced.

The AWS provider's plugin knows them, its Python package does not. They are derived from AWS's own models: an
input is updated in place if one of the requests that change a resource of its type carries it. What none
carries, and every input of a type without a row, counts as replacing: a mistake is a false alarm.
"""

import json
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Any, NamedTuple, cast

from support.aws_models.requests import REQUESTS
from support.aws_models.shapes import input_shape
from support.aws_models.translate import Call, Json, Requests, distribute

from moorage.offline import Resource, Secret, reveal
from moorage.offline.twins import standard


class Update(NamedTuple):
    """The update of a type: by the operations here, and by those that follow its creation."""

    address: tuple[str, ...]
    """Inputs that say which resource it is: requests carry them, and cannot change them."""
    operations: tuple[str, ...] = ()
    again: bool = False
    """True if the request of its creation, sent again, changes it."""
    in_place: tuple[str, ...] = ()
    """Inputs that the requests carry under other names."""


def _again(*address: str) -> Update:
    return Update(address, again=True)


UPDATES: dict[str, Update] = {
    "aws:appautoscaling/policy:Policy": _again("name", "resourceId", "scalableDimension", "serviceNamespace"),
    "aws:appautoscaling/scheduledAction:ScheduledAction": _again(
        "name", "resourceId", "scalableDimension", "serviceNamespace"
    ),
    "aws:appautoscaling/target:Target": _again("resourceId", "scalableDimension", "serviceNamespace"),
    "aws:autoscaling/group:Group": Update(("name",), ("UpdateAutoScalingGroup",)),
    "aws:cloudwatch/dashboard:Dashboard": _again("dashboardName"),
    "aws:cloudwatch/logGroup:LogGroup": Update(("name",), ("AssociateKmsKey",)),
    "aws:cloudwatch/metricAlarm:MetricAlarm": _again("name"),
    "aws:dynamodb/table:Table": Update(("name",), ("UpdateTable",)),
    "aws:ec2/launchTemplate:LaunchTemplate": Update(
        ("name",), ("CreateLaunchTemplateVersion",), in_place=("tagSpecifications",)
    ),
    "aws:ec2/securityGroup:SecurityGroup": Update(("name",)),
    "aws:ec2/vpcEndpoint:VpcEndpoint": Update(
        (), ("ModifyVpcEndpoint",), in_place=("routeTableIds", "securityGroupIds", "subnetIds", "policy")
    ),
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": _again("repository"),
    "aws:ecr/repository:Repository": Update(
        ("name",), ("PutImageTagMutability", "PutImageScanningConfiguration")
    ),
    "aws:ecr/repositoryPolicy:RepositoryPolicy": _again("repository"),
    "aws:ecs/capacityProvider:CapacityProvider": Update(("name", "cluster"), ("UpdateCapacityProvider",)),
    "aws:ecs/cluster:Cluster": Update(("name",), ("UpdateCluster",)),
    "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": _again("clusterName"),
    # The provider replaces for a change of capacity, unless each update forces a new deployment.
    "aws:ecs/service:Service": Update(
        ("name", "cluster", "deploymentController", "forceNewDeployment"), ("UpdateService",)
    ),
    "aws:efs/backupPolicy:BackupPolicy": _again("fileSystemId"),
    "aws:efs/fileSystem:FileSystem": Update((), ("UpdateFileSystem",)),
    "aws:efs/mountTarget:MountTarget": Update((), ("ModifyMountTargetSecurityGroups",)),
    "aws:iam/instanceProfile:InstanceProfile": Update(("name",)),
    "aws:iam/policy:Policy": Update(("name",), ("CreatePolicyVersion",)),
    "aws:iam/role:Role": Update(
        ("name",), ("UpdateRole", "PutRolePermissionsBoundary"), in_place=("assumeRolePolicy",)
    ),
    "aws:iam/rolePolicy:RolePolicy": _again("name", "role"),
    "aws:lb/listener:Listener": Update(("loadBalancerArn",), ("ModifyListener",)),
    "aws:lb/listenerRule:ListenerRule": Update(("listenerArn",), ("ModifyRule",), in_place=("priority",)),
    "aws:lb/loadBalancer:LoadBalancer": Update(
        ("name",), ("SetSubnets", "SetSecurityGroups", "SetIpAddressType")
    ),
    "aws:lb/targetGroup:TargetGroup": Update(("name", "protocolVersion"), ("ModifyTargetGroup",)),
    "aws:route53/record:Record": _again("name", "zoneId", "type", "setIdentifier"),
    "aws:s3/bucket:Bucket": Update(("bucket",)),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": _again("bucket"),
    "aws:s3/bucketLogging:BucketLogging": _again("bucket"),
    "aws:s3/bucketPolicy:BucketPolicy": _again("bucket"),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": _again("bucket"),
    "aws:scheduler/schedule:Schedule": Update(("name", "groupName"), ("UpdateSchedule",)),
    "aws:secretsmanager/secret:Secret": Update(("name",), ("UpdateSecret",)),
    "aws:sfn/stateMachine:StateMachine": Update(("name",), ("UpdateStateMachine",)),
    "aws:sns/topicPolicy:TopicPolicy": _again("arn"),
    "aws:sqs/queue:Queue": Update(("name",), ("SetQueueAttributes",)),
    "aws:sqs/queuePolicy:QueuePolicy": _again("queueUrl"),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": _again("securityGroupId"),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": _again("securityGroupId"),
    "aws:wafv2/webAcl:WebAcl": Update(("name", "scope"), ("UpdateWebACL",)),
}

REVISIONS: dict[str, tuple[str, ...]] = {
    "aws:ecs/taskDefinition:TaskDefinition": ("family",),
    "aws:secretsmanager/secretVersion:SecretVersion": ("secretId",),
}
"""Types whose every change makes a new one beside the old: only what they belong to matters."""


def replacing(resource: Resource) -> Json:
    """Return the inputs of a resource for which the provider replaces it, by path; secrets stay wrapped."""
    type_ = standard(resource.type)
    if type_.startswith("pulumi:providers:"):
        return dict(resource.inputs)
    if not type_.startswith("aws:"):
        # docker-build updates an image in place for every input; components are not the provider's.
        return {}
    inputs = {name: value for name, value in resource.inputs.items() if value is not None and name != "tags"}
    if type_ in REVISIONS:
        return {name: inputs[name] for name in REVISIONS[type_] if name in inputs}
    if type_ not in UPDATES:
        return inputs
    key = type_, json.dumps(_structure(inputs))
    if key not in _paths:
        _paths[key] = _replacing(type_, reveal(inputs))
    return {path: _at(inputs, path.split(".")) for path in _paths[key]}


_paths: dict[tuple[str, str], tuple[str, ...]] = {}
"""The inputs that replace a resource, by type and the structure of the inputs: few resources differ in it."""


def _structure(value: Any) -> Any:
    """Return a value without its scalars."""
    value = reveal(value)
    if isinstance(value, dict):
        return {name: _structure(item) for name, item in sorted(value.items())}
    return [_structure(item) for item in value] if isinstance(value, list) else None


def _replacing(type_: str, inputs: Json) -> tuple[str, ...]:
    update, row = UPDATES[type_], REQUESTS[type_]
    service = row.calls[0].service
    calls = (*row.calls[0 if update.again else 1 :], *(Call(service, name) for name in update.operations))
    requests = Requests(calls, row.renames, row.prepare, row.provider_only)
    shapes = [input_shape(call.service, call.operation) for call in calls]
    sent, lost = distribute(inputs, requests, shapes)

    def carried(name: str) -> bool:
        """Return whether a request would say something else without an input."""
        others = {key: value for key, value in inputs.items() if key != name}
        return distribute(others, requests, shapes)[0] != sent

    whole = [
        name
        for name in inputs
        if name in update.address
        or not (name in update.in_place or name in row.provider_only or carried(name))
    ]
    inside = [path for path in lost if _is_inside(path, inputs.keys() - whole - {*update.in_place})]
    return (*whole, *dict.fromkeys(inside))


def _is_inside(path: str, names: AbstractSet[str]) -> bool:
    name, dot, _ = path.partition(".")
    return bool(dot) and name in names


def _at(value: Any, steps: Sequence[str]) -> Any:
    """Return what is at a path; in a list that of every item."""
    if isinstance(value, Secret):
        return Secret(_at(value.value, steps))
    if isinstance(value, list):
        return [_at(item, steps) for item in cast("list[Any]", value)]
    if not steps or not isinstance(value, dict):
        return value if not steps else None
    return _at(cast("Json", value).get(steps[0]), steps[1:])
