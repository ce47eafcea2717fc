"""Which AWS requests the Pulumi AWS provider makes for a resource, as its sources have it: a row per type.

Names that differ only in case or in a plural need no row of their own; `renames` and the functions here are
what differs by more.
"""

import json
from collections.abc import Mapping
from typing import Any

from moorage.offline import UNKNOWN
from support.aws_models.translate import Call, Json, Requests, Verbatim


def _parsed(value: Any) -> Any:
    """Return what a JSON text holds, to be checked as it stands."""
    return value if value is UNKNOWN or value is None else Verbatim(json.loads(value))


def _moved(inputs: Json, names: Mapping[str, str], into: str) -> Json:
    """Put inputs into a structure, under the names there."""
    structure = {names[key]: value for key, value in inputs.items() if key in names}
    rest = {key: value for key, value in inputs.items() if key not in names}
    return {**rest, into: {**rest.get(into, {}), **structure}} if structure else rest


def _attributes(inputs: Json, names: Mapping[str, str]) -> Json:
    """Put inputs among the attributes that Elastic Load Balancing keeps beside a resource."""
    found = _moved(inputs, names, "attributes")
    return {**found, "attributes": {k: v for k, v in found.get("attributes", {}).items() if v is not None}}


def _task_definition(inputs: Json) -> Json:
    volumes = [
        _moved(volume, {"hostPath": "sourcePath"}, "host") if isinstance(volume, dict) else volume
        for volume in inputs.get("volumes") or []
    ]
    containers = _parsed(inputs.get("containerDefinitions"))
    return {**inputs, "containerDefinitions": containers, "volumes": volumes}


def _service(inputs: Json) -> Json:
    deployment = {
        "deploymentMaximumPercent": "maximumPercent",
        "deploymentMinimumHealthyPercent": "minimumHealthyPercent",
        "deploymentCircuitBreaker": "deploymentCircuitBreaker",
        "alarms": "alarms",
    }
    moved = _moved(inputs, deployment, "deploymentConfiguration")
    for hook in moved.get("deploymentConfiguration", {}).get("lifecycleHooks") or []:
        if "hookDetails" in hook:
            hook["hookDetails"] = _parsed(hook["hookDetails"])
    network = moved.get("networkConfiguration")
    if isinstance(network, dict):
        public = network.get("assignPublicIp")
        if isinstance(public, bool):
            network = {**network, "assignPublicIp": "ENABLED" if public else "DISABLED"}
        moved["networkConfiguration"] = {"awsvpcConfiguration": network}
    return moved


def _load_balancer(inputs: Json) -> Json:
    attributes = {
        "idleTimeout": "idle_timeout.timeout_seconds",
        "dropInvalidHeaderFields": "routing.http.drop_invalid_header_fields.enabled",
        "desyncMitigationMode": "routing.http.desync_mitigation_mode",
        "enableDeletionProtection": "deletion_protection.enabled",
    }
    logs = inputs.get("accessLogs") or {}
    prefixed = {f"access_logs.s3.{key}": value for key, value in logs.items()}
    internal = inputs.get("internal")
    kept = {k: v for k, v in inputs.items() if k not in ("accessLogs", "internal")}
    found = _attributes(kept, attributes)
    found["attributes"] |= prefixed
    scheme = internal if internal is UNKNOWN else "internal" if internal else "internet-facing"
    return {**found, "scheme": scheme}


def _target_group(inputs: Json) -> Json:
    check = dict(inputs.get("healthCheck") or {})
    names = {
        "enabled": "healthCheckEnabled",
        "healthyThreshold": "healthyThresholdCount",
        "interval": "healthCheckIntervalSeconds",
        "path": "healthCheckPath",
        "port": "healthCheckPort",
        "protocol": "healthCheckProtocol",
        "timeout": "healthCheckTimeoutSeconds",
        "unhealthyThreshold": "unhealthyThresholdCount",
    }
    matcher = {"matcher": {"httpCode": check.pop("matcher")}} if "matcher" in check else {}
    flat = {names.get(key, f"healthCheck.{key}"): value for key, value in check.items()}
    rest = {key: value for key, value in inputs.items() if key != "healthCheck"}
    attributes = {
        "deregistrationDelay": "deregistration_delay.timeout_seconds",
        "slowStart": "slow_start.duration_seconds",
        "loadBalancingAlgorithmType": "load_balancing.algorithm.type",
    }
    return _attributes({**rest, **flat, **matcher}, attributes)


def _listener(inputs: Json) -> Json:
    certificate = inputs.get("certificateArn")
    rest = {key: value for key, value in inputs.items() if key != "certificateArn"}
    return {**rest, "certificates": [{"certificateArn": certificate}]} if certificate else rest


def _group(inputs: Json) -> Json:
    subnets = inputs.get("vpcZoneIdentifiers")
    known = isinstance(subnets, list) and UNKNOWN not in subnets
    return {**inputs, "vpcZoneIdentifiers": ",".join(subnets) if known else subnets and UNKNOWN}


def _launch_template(inputs: Json) -> Json:
    outer = ("name", "tags", "updateDefaultVersion", "region", "description")
    data = {key: value for key, value in inputs.items() if key not in outer}
    tags = [{"resourceType": "launch-template", "tags": inputs["tags"]}] if inputs.get("tags") else None
    return {
        **{key: inputs[key] for key in outer if key in inputs and key != "tags"},
        "launchTemplateData": data,
        "tagSpecifications": tags,
    }


def _alarm(inputs: Json) -> Json:
    def query(entry: Json) -> Json:
        outer = {key: value for key, value in entry.items() if key != "metric"}
        if "metric" not in entry:
            return outer
        names = {"metricName": "metricName", "namespace": "namespace", "dimensions": "dimensions"}
        return {**outer, "metricStat": _moved(entry["metric"], names, "metric")}

    queries = inputs.get("metricQueries")
    return {**inputs, "metricQueries": queries and [query(entry) for entry in queries]}


def _state_machine(inputs: Json) -> Json:
    logging = inputs.get("loggingConfiguration")
    if not isinstance(logging, dict) or "logDestination" not in logging:
        return inputs
    rest = {key: value for key, value in logging.items() if key != "logDestination"}
    destination = {"cloudWatchLogsLogGroup": {"logGroupArn": logging["logDestination"]}}
    return {**inputs, "loggingConfiguration": {**rest, "destinations": [destination]}}


def _secret(inputs: Json) -> Json:
    if inputs.get("recoveryWindowInDays") != 0:
        return inputs
    rest = {key: value for key, value in inputs.items() if key != "recoveryWindowInDays"}
    return {**rest, "forceDeleteWithoutRecovery": True}


def _record(inputs: Json) -> Json:
    kept = ("zoneId", "allowOverwrite")
    record = {key: value for key, value in inputs.items() if key not in (*kept, "aliases", "records")}
    values, aliases = inputs.get("records"), inputs.get("aliases")
    if values is not None:
        record["records"] = values if values is UNKNOWN else [{"value": value} for value in values]
    if aliases:
        record["aliasTarget"] = aliases[0]
    change = {"action": "CREATE", "resourceRecordSet": record}
    return {**{key: inputs[key] for key in kept if key in inputs}, "changeBatch": {"changes": [change]}}


def _group_rule(inputs: Json) -> Json:
    ranges = {
        "cidrIpv4": ("ipRanges", "cidrIp"),
        "cidrIpv6": ("ipv6Ranges", "cidrIpv6"),
        "prefixListId": ("prefixListIds", "prefixListId"),
        "referencedSecurityGroupId": ("userIdGroupPairs", "groupId"),
    }
    description = {"description": inputs["description"]} if "description" in inputs else {}
    permission = {key: inputs[key] for key in ("ipProtocol", "fromPort", "toPort") if key in inputs}
    for name, (many, one) in ranges.items():
        if inputs.get(name) is not None:
            permission[many] = [{one: inputs[name], **description}]
    used = (*ranges, *permission, "description", "tags")
    rest = {key: value for key, value in inputs.items() if key not in used}
    tags = [{"resourceType": "security-group-rule", "tags": inputs["tags"]}] if inputs.get("tags") else None
    return {**rest, "ipPermissions": [permission], "tagSpecifications": tags}


def _security_group(inputs: Json) -> Json:
    def permission(rule: Json) -> Json:
        text = {"description": rule["description"]} if rule.get("description") else {}
        ranges = {
            "ipRanges": [{"cidrIp": cidr, **text} for cidr in rule.get("cidrBlocks") or []],
            "ipv6Ranges": [{"cidrIpv6": cidr, **text} for cidr in rule.get("ipv6CidrBlocks") or []],
            "userIdGroupPairs": [{"groupId": group, **text} for group in rule.get("securityGroups") or []],
        }
        used = ("cidrBlocks", "ipv6CidrBlocks", "securityGroups", "description", "self")
        rest = {key: value for key, value in rule.items() if key not in used}
        renamed = {"ipProtocol" if key == "protocol" else key: value for key, value in rest.items()}
        return {**renamed, **{key: value for key, value in ranges.items() if value}}

    rules = [permission(rule) for name in ("ingress", "egress") for rule in inputs.get(name) or []]
    tags = [{"resourceType": "security-group", "tags": inputs["tags"]}] if inputs.get("tags") else None
    rest = {key: value for key, value in inputs.items() if key not in ("ingress", "egress", "tags")}
    return {**rest, "ipPermissions": rules or None, "tagSpecifications": tags}


def _table(inputs: Json) -> Json:
    attributes = [
        {"attributeName": entry["name"], "attributeType": entry["type"]}
        for entry in inputs.get("attributes") or []
    ]
    keys = [
        {"attributeName": inputs[name], "keyType": kind}
        for name, kind in (("hashKey", "HASH"), ("rangeKey", "RANGE"))
        if inputs.get(name)
    ]
    recovery = {"enabled": "pointInTimeRecoveryEnabled"}
    rest = {key: value for key, value in inputs.items() if key not in ("attributes", "hashKey", "rangeKey")}
    if isinstance(rest.get("pointInTimeRecovery"), dict):
        rest = {**rest, "pointInTimeRecovery": _moved(rest["pointInTimeRecovery"], recovery, "x")["x"]}
    return {**rest, "attributeDefinitions": attributes, "keySchema": keys}


_ACTIONS = {
    "fixedResponse": "FixedResponseConfig",
    "redirect": "RedirectConfig",
    "forward": "ForwardConfig",
    "forward.targetGroups.arn": "TargetGroupArn",
    "forward.stickiness": "TargetGroupStickinessConfig",
    "forward.stickiness.duration": "DurationSeconds",
}

REQUESTS: dict[str, Requests] = {
    "aws:acm/certificate:Certificate": Requests((Call("acm", "RequestCertificate"),)),
    "aws:appautoscaling/policy:Policy": Requests(
        (Call("application-autoscaling", "PutScalingPolicy"),), {"name": "PolicyName"}
    ),
    "aws:appautoscaling/target:Target": Requests(
        (Call("application-autoscaling", "RegisterScalableTarget"),)
    ),
    "aws:autoscaling/group:Group": Requests(
        (Call("autoscaling", "CreateAutoScalingGroup"),),
        {"name": "AutoScalingGroupName", "protectFromScaleIn": "NewInstancesProtectedFromScaleIn"},
        _group,
        ("forceDelete",),
    ),
    "aws:cloudwatch/dashboard:Dashboard": Requests((Call("cloudwatch", "PutDashboard"),)),
    "aws:cloudwatch/logGroup:LogGroup": Requests(
        (Call("logs", "CreateLogGroup"), Call("logs", "PutRetentionPolicy", {"logGroupName": UNKNOWN})),
        {"name": "logGroupName"},
    ),
    "aws:cloudwatch/metricAlarm:MetricAlarm": Requests(
        (Call("cloudwatch", "PutMetricAlarm"),),
        {"name": "AlarmName", "metricQueries": "Metrics"},
        _alarm,
    ),
    "aws:dynamodb/table:Table": Requests(
        (
            Call("dynamodb", "CreateTable"),
            Call("dynamodb", "UpdateContinuousBackups", {"TableName": UNKNOWN}),
            Call("dynamodb", "UpdateTimeToLive", {"TableName": UNKNOWN}),
        ),
        {
            "name": "TableName",
            "serverSideEncryption": "SSESpecification",
            "serverSideEncryption.kmsKeyArn": "KMSMasterKeyId",
            "pointInTimeRecovery": "PointInTimeRecoverySpecification",
            "ttl": "TimeToLiveSpecification",
        },
        _table,
    ),
    "aws:ec2/launchTemplate:LaunchTemplate": Requests(
        (Call("ec2", "CreateLaunchTemplate"),),
        {
            "name": "LaunchTemplateName",
            "launchTemplateData.networkInterfaces.securityGroups": "Groups",
            "launchTemplateData.vpcSecurityGroupIds": "SecurityGroupIds",
        },
        _launch_template,
        ("updateDefaultVersion",),
    ),
    "aws:ec2/securityGroup:SecurityGroup": Requests(
        (
            Call("ec2", "CreateSecurityGroup"),
            Call("ec2", "AuthorizeSecurityGroupIngress", {"GroupId": UNKNOWN}),
        ),
        {"name": "GroupName"},
        _security_group,
        ("revokeRulesOnDelete",),
    ),
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": Requests(
        (Call("ecr", "PutLifecyclePolicy"),),
        {"repository": "repositoryName", "policy": "lifecyclePolicyText"},
    ),
    "aws:ecr/repository:Repository": Requests(
        (Call("ecr", "CreateRepository"),), {"name": "repositoryName"}, provider_only=("forceDelete",)
    ),
    "aws:ecs/capacityProvider:CapacityProvider": Requests((Call("ecs", "CreateCapacityProvider"),)),
    "aws:ecs/cluster:Cluster": Requests((Call("ecs", "CreateCluster"),), {"name": "clusterName"}),
    "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": Requests(
        (Call("ecs", "PutClusterCapacityProviders", {"defaultCapacityProviderStrategy": []}),),
        {"clusterName": "cluster", "defaultCapacityProviderStrategies": "defaultCapacityProviderStrategy"},
    ),
    "aws:ecs/service:Service": Requests(
        (Call("ecs", "CreateService"),),
        {
            "name": "serviceName",
            "capacityProviderStrategies": "capacityProviderStrategy",
            "orderedPlacementStrategies": "placementStrategy",
            "iamRole": "role",
        },
        _service,
        ("forceNewDeployment", "triggers", "waitForSteadyState", "forceDelete"),
    ),
    "aws:ecs/taskDefinition:TaskDefinition": Requests(
        (Call("ecs", "RegisterTaskDefinition"),), {}, _task_definition, ("skipDestroy", "trackLatest")
    ),
    "aws:efs/accessPoint:AccessPoint": Requests(
        (Call("efs", "CreateAccessPoint", {"ClientToken": UNKNOWN}),),
    ),
    "aws:efs/backupPolicy:BackupPolicy": Requests((Call("efs", "PutBackupPolicy"),)),
    "aws:efs/fileSystem:FileSystem": Requests(
        (
            Call("efs", "CreateFileSystem", {"CreationToken": UNKNOWN}),
            Call("efs", "PutLifecycleConfiguration", {"FileSystemId": UNKNOWN}),
        ),
    ),
    "aws:efs/mountTarget:MountTarget": Requests((Call("efs", "CreateMountTarget"),)),
    "aws:iam/instanceProfile:InstanceProfile": Requests(
        (
            Call("iam", "CreateInstanceProfile"),
            Call("iam", "AddRoleToInstanceProfile", {"InstanceProfileName": UNKNOWN}),
        ),
        {"name": "InstanceProfileName", "role": "RoleName"},
    ),
    "aws:iam/role:Role": Requests(
        (Call("iam", "CreateRole"),),
        {"name": "RoleName", "assumeRolePolicy": "AssumeRolePolicyDocument"},
        provider_only=("forceDetachPolicies",),
    ),
    "aws:iam/rolePolicy:RolePolicy": Requests(
        (Call("iam", "PutRolePolicy"),),
        {"name": "PolicyName", "role": "RoleName", "policy": "PolicyDocument"},
    ),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": Requests(
        (Call("iam", "AttachRolePolicy"),), {"role": "RoleName"}
    ),
    "aws:lb/listener:Listener": Requests(
        (Call("elbv2", "CreateListener"),),
        {f"defaultActions.{path}": name for path, name in _ACTIONS.items()},
        _listener,
    ),
    "aws:lb/listenerRule:ListenerRule": Requests(
        (Call("elbv2", "CreateRule"),),
        {
            **{f"actions.{path}": name for path, name in _ACTIONS.items()},
            "conditions.hostHeader": "HostHeaderConfig",
            "conditions.pathPattern": "PathPatternConfig",
            "conditions.httpHeader": "HttpHeaderConfig",
            "conditions.sourceIp": "SourceIpConfig",
            "conditions.queryStrings": "QueryStringConfig",
            "conditions.httpRequestMethod": "HttpRequestMethodConfig",
        },
    ),
    "aws:lb/loadBalancer:LoadBalancer": Requests(
        (
            Call("elbv2", "CreateLoadBalancer"),
            Call("elbv2", "ModifyLoadBalancerAttributes", {"LoadBalancerArn": UNKNOWN}),
        ),
        {"loadBalancerType": "Type"},
        _load_balancer,
    ),
    "aws:lb/targetGroup:TargetGroup": Requests(
        (
            Call("elbv2", "CreateTargetGroup"),
            Call("elbv2", "ModifyTargetGroupAttributes", {"TargetGroupArn": UNKNOWN}),
        ),
        prepare=_target_group,
    ),
    "aws:route53/record:Record": Requests(
        (Call("route53", "ChangeResourceRecordSets"),),
        {
            "zoneId": "HostedZoneId",
            "changeBatch.changes.resourceRecordSet.records": "ResourceRecords",
            "changeBatch.changes.resourceRecordSet.aliasTarget.name": "DNSName",
            "changeBatch.changes.resourceRecordSet.aliasTarget.zoneId": "HostedZoneId",
        },
        _record,
        ("allowOverwrite",),
    ),
    "aws:s3/bucket:Bucket": Requests(
        (Call("s3", "CreateBucket"), Call("s3", "PutBucketTagging", {"Bucket": UNKNOWN})),
        {},
        lambda inputs: _moved(inputs, {"tags": "tagSet"}, "tagging"),
        ("forceDestroy",),
    ),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": Requests(
        (Call("s3", "PutBucketLifecycleConfiguration"),),
        {"lifecycleConfiguration.rules.noncurrentVersionExpiration": "NoncurrentVersionExpiration"},
        lambda inputs: _moved(inputs, {"rules": "rules"}, "lifecycleConfiguration"),
    ),
    "aws:s3/bucketLogging:BucketLogging": Requests(
        (Call("s3", "PutBucketLogging"),),
        {},
        lambda inputs: {
            "bucketLoggingStatus": {
                "loggingEnabled": {key: value for key, value in inputs.items() if key != "bucket"}
            },
            "bucket": inputs.get("bucket"),
        },
    ),
    "aws:s3/bucketPolicy:BucketPolicy": Requests((Call("s3", "PutBucketPolicy"),)),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": Requests(
        (Call("s3", "PutPublicAccessBlock"),),
        {},
        lambda inputs: {
            "publicAccessBlockConfiguration": {
                key: value for key, value in inputs.items() if key != "bucket"
            },
            "bucket": inputs.get("bucket"),
        },
    ),
    "aws:scheduler/schedule:Schedule": Requests((Call("scheduler", "CreateSchedule"),)),
    "aws:secretsmanager/secret:Secret": Requests(
        (
            Call("secretsmanager", "CreateSecret"),
            Call("secretsmanager", "DeleteSecret", {"SecretId": UNKNOWN}),
        ),
        {},
        _secret,
    ),
    "aws:secretsmanager/secretVersion:SecretVersion": Requests((Call("secretsmanager", "PutSecretValue"),)),
    "aws:servicediscovery/httpNamespace:HttpNamespace": Requests(
        (Call("servicediscovery", "CreateHttpNamespace"),)
    ),
    "aws:sfn/stateMachine:StateMachine": Requests(
        (Call("stepfunctions", "CreateStateMachine"),), {}, _state_machine
    ),
    "aws:sns/topic:Topic": Requests((Call("sns", "CreateTopic"),)),
    "aws:sns/topicPolicy:TopicPolicy": Requests(
        (Call("sns", "SetTopicAttributes", {"AttributeName": "Policy"}),),
        {"arn": "TopicArn", "policy": "AttributeValue"},
    ),
    "aws:sns/topicSubscription:TopicSubscription": Requests(
        (Call("sns", "Subscribe"),), {"topic": "TopicArn"}
    ),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": Requests(
        (Call("ec2", "AuthorizeSecurityGroupEgress"),), {"securityGroupId": "GroupId"}, _group_rule
    ),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": Requests(
        (Call("ec2", "AuthorizeSecurityGroupIngress"),), {"securityGroupId": "GroupId"}, _group_rule
    ),
    "aws:wafv2/webAcl:WebAcl": Requests((Call("wafv2", "CreateWebACL"),)),
    "aws:wafv2/webAclAssociation:WebAclAssociation": Requests((Call("wafv2", "AssociateWebACL"),)),
}
"""By resource type."""

_VPC = "awsx or a program of its own makes the VPC, and EC2's model of it holds types only"

NOT_CHECKED = {
    "aws:acm/certificateValidation:CertificateValidation": "makes no request: it waits for the certificate",
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": _VPC,
    "aws:ec2/eip:Eip": _VPC,
    "aws:ec2/flowLog:FlowLog": _VPC,
    "aws:ec2/internetGateway:InternetGateway": _VPC,
    "aws:ec2/natGateway:NatGateway": _VPC,
    "aws:ec2/route:Route": _VPC,
    "aws:ec2/routeTable:RouteTable": _VPC,
    "aws:ec2/routeTableAssociation:RouteTableAssociation": _VPC,
    "aws:ec2/subnet:Subnet": _VPC,
    "aws:ec2/vpc:Vpc": _VPC,
}
"""Types that have no row, and why."""
