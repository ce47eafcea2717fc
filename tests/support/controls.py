"""For each control one resource that breaks it, and one that holds to it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Inputs = Mapping[str, Any]

ID = "r-1"
"""The id of the resource that a case is about: further ones name it."""


@dataclass(frozen=True)
class Case:
    """A resource's type, and its inputs when it breaks a control and when it does not; with them further
    resources, by type, that belong to it."""

    type: str
    bad: Inputs
    good: Inputs
    bad_with: Mapping[str, Inputs] | None = None
    good_with: Mapping[str, Inputs] | None = None


def containers(**fields: Any) -> Inputs:
    return {"containerDefinitions": json.dumps([{"name": "web", **fields}])}


def policy(*statements: Inputs) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action: str, resource: str = "*", **fields: Any) -> Inputs:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **fields}


SERVICE, TASK = "aws:ecs/service:Service", "aws:ecs/taskDefinition:TaskDefinition"
PROVIDER = "aws:ecs/capacityProvider:CapacityProvider"
REPOSITORY = "aws:ecr/repository:Repository"
BALANCER, LISTENER = "aws:lb/loadBalancer:LoadBalancer", "aws:lb/listener:Listener"
TARGETS = "aws:lb/targetGroup:TargetGroup"
GROUP, CONFIGURATION = "aws:autoscaling/group:Group", "aws:ec2/launchConfiguration:LaunchConfiguration"
VPC, SUBNET, TEMPLATE = "aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet", "aws:ec2/launchTemplate:LaunchTemplate"
INSTANCE, INGRESS = "aws:ec2/instance:Instance", "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
POLICY, ROLE_POLICY = "aws:iam/policy:Policy", "aws:iam/rolePolicy:RolePolicy"
TABLE, BUCKET = "aws:dynamodb/table:Table", "aws:s3/bucket:Bucket"
BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"
BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
SECRET, ROTATION = "aws:secretsmanager/secret:Secret", "aws:secretsmanager/secretRotation:SecretRotation"
FILES, POINT = "aws:efs/fileSystem:FileSystem", "aws:efs/accessPoint:AccessPoint"
BACKUP = {"aws:efs/backupPolicy:BackupPolicy": {"fileSystemId": ID, "backupPolicy": {"status": "ENABLED"}}}
CLOSED = {"blockPublicAcls": True, "blockPublicPolicy": True, "ignorePublicAcls": True}
BLOCKED: Mapping[str, Inputs] = {BLOCK: {"bucket": ID, **CLOSED, "restrictPublicBuckets": True}}
TLS_ONLY = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": "*",
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}
REDIRECT = [{"type": "redirect", "redirect": {"protocol": "HTTPS", "port": "443", "statusCode": "HTTP_301"}}]
FORWARD = [{"type": "forward"}]


def endpoint(service: str) -> Case:
    with_it = {
        "aws:ec2/vpcEndpoint:VpcEndpoint": {"vpcId": ID, "serviceName": f"com.amazonaws.eu-west-1.{service}"}
    }
    other = {"aws:ec2/vpcEndpoint:VpcEndpoint": {"vpcId": ID, "serviceName": "com.amazonaws.eu-west-1.s3"}}
    return Case(VPC, {}, {}, other, with_it)


def bucket_policy(*statements: Inputs) -> Mapping[str, Inputs]:
    return {BUCKET_POLICY: {"bucket": ID, "policy": policy(*statements)}}


def ingress(first: int, last: int, **fields: Any) -> Inputs:
    return {"ipProtocol": "tcp", "fromPort": first, "toPort": last, "cidrIpv4": "0.0.0.0/0", **fields}


CASES: Mapping[str, Case] = {
    "ACM.2": Case(
        "aws:acm/certificate:Certificate", {"keyAlgorithm": "RSA_1024"}, {"domainName": "a.example"}
    ),
    "AutoScaling.1": Case(
        GROUP, {"targetGroupArns": ["arn:1"]}, {"targetGroupArns": ["arn:1"], "healthCheckType": "ELB"}
    ),
    "AutoScaling.2": Case(GROUP, {"vpcZoneIdentifiers": ["a"]}, {"vpcZoneIdentifiers": ["a", "b"]}),
    "AutoScaling.3": Case(CONFIGURATION, {}, {"metadataOptions": {"httpTokens": "required"}}),
    "Autoscaling.5": Case(CONFIGURATION, {"associatePublicIpAddress": True}, {}),
    "AutoScaling.6": Case(
        GROUP,
        {"mixedInstancesPolicy": {"launchTemplate": {"overrides": [{"instanceType": "t3.small"}]}}},
        {
            "mixedInstancesPolicy": {
                "launchTemplate": {"overrides": [{"instanceType": "t3.small"}, {"instanceType": "t3a.small"}]}
            }
        },
    ),
    "AutoScaling.9": Case(GROUP, {"launchConfiguration": "old"}, {"launchTemplate": {"id": "lt-1"}}),
    "DynamoDB.1": Case(TABLE, {"billingMode": "PROVISIONED"}, {"billingMode": "PAY_PER_REQUEST"}),
    "DynamoDB.2": Case(TABLE, {}, {"pointInTimeRecovery": {"enabled": True}}),
    "DynamoDB.6": Case(TABLE, {}, {"deletionProtectionEnabled": True}),
    "EC2.2": Case(VPC, {}, {}, None, {"aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": {"vpcId": ID}}),
    "EC2.3": Case("aws:ebs/volume:Volume", {}, {"encrypted": True}),
    "EC2.6": Case(VPC, {}, {}, None, {"aws:ec2/flowLog:FlowLog": {"vpcId": ID, "trafficType": "REJECT"}}),
    "EC2.8": Case(INSTANCE, {}, {"metadataOptions": {"httpTokens": "required"}}),
    "EC2.9": Case(INSTANCE, {"associatePublicIpAddress": True}, {}),
    "EC2.10": endpoint("ec2"),
    "EC2.15": Case(SUBNET, {"mapPublicIpOnLaunch": True}, {"mapPublicIpOnLaunch": False}),
    "EC2.18": Case(INGRESS, ingress(8000, 8000), ingress(443, 443)),
    "EC2.19": Case(INGRESS, ingress(20, 30), ingress(22, 22, cidrIpv4="10.0.0.0/8")),
    "EC2.25": Case(TEMPLATE, {"networkInterfaces": [{"associatePublicIpAddress": "true"}]}, {}),
    "EC2.55": endpoint("ecr.api"),
    "EC2.56": endpoint("ecr.dkr"),
    "EC2.57": endpoint("ssm"),
    "EC2.58": endpoint("ssm-contacts"),
    "EC2.60": endpoint("ssm-incidents"),
    "EC2.170": Case(TEMPLATE, {}, {"metadataOptions": {"httpTokens": "required"}}),
    "EC2.181": Case(
        TEMPLATE,
        {"blockDeviceMappings": [{"deviceName": "/dev/xvda", "ebs": {"volumeSize": 30}}]},
        {"blockDeviceMappings": [{"deviceName": "/dev/xvda", "ebs": {"encrypted": "true"}}]},
    ),
    "ECR.1": Case(REPOSITORY, {}, {"imageScanningConfiguration": {"scanOnPush": True}}),
    "ECR.2": Case(REPOSITORY, {}, {"imageTagMutability": "IMMUTABLE"}),
    "ECR.3": Case(REPOSITORY, {}, {}, None, {"aws:ecr/lifecyclePolicy:LifecyclePolicy": {"repository": ID}}),
    "ECS.2": Case(
        SERVICE,
        {"networkConfiguration": {"assignPublicIp": True}},
        {"networkConfiguration": {"assignPublicIp": False}},
    ),
    "ECS.3": Case(TASK, {"pidMode": "host"}, {"pidMode": "task"}),
    "ECS.4": Case(TASK, containers(privileged=True), containers()),
    "ECS.5": Case(TASK, containers(), containers(readonlyRootFilesystem=True)),
    "ECS.8": Case(
        TASK,
        containers(environment=[{"name": "AWS_SECRET_ACCESS_KEY", "value": "hush"}]),
        containers(environment=[{"name": "TABLE", "value": "notes"}]),
    ),
    "ECS.9": Case(TASK, containers(), containers(logConfiguration={"logDriver": "awslogs"})),
    "ECS.10": Case(SERVICE, {"platformVersion": "1.3.0"}, {"platformVersion": "LATEST"}),
    "ECS.12": Case(
        "aws:ecs/cluster:Cluster",
        {"settings": [{"name": "containerInsights", "value": "disabled"}]},
        {"settings": [{"name": "containerInsights", "value": "enhanced"}]},
    ),
    "ECS.16": Case("aws:ecs/taskSet:TaskSet", {"networkConfiguration": {"assignPublicIp": True}}, {}),
    "ECS.17": Case(TASK, {"networkMode": "host"}, {"networkMode": "awsvpc"}),
    "ECS.18": Case(
        TASK,
        {"volumes": [{"name": "data", "efsVolumeConfiguration": {"fileSystemId": "fs-1"}}]},
        {"volumes": [{"name": "data", "efsVolumeConfiguration": {"transitEncryption": "ENABLED"}}]},
    ),
    "ECS.19": Case(
        PROVIDER,
        {"autoScalingGroupProvider": {"managedTerminationProtection": "DISABLED"}},
        {"autoScalingGroupProvider": {"managedTerminationProtection": "ENABLED"}},
    ),
    "ECS.20": Case(TASK, containers(user="0:0"), containers(user="10001")),
    "ECS.21": Case(
        TASK,
        {"runtimePlatform": {"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}, **containers()},
        {
            "runtimePlatform": {"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"},
            **containers(user="ContainerUser"),
        },
    ),
    "EFS.1": Case(FILES, {}, {"encrypted": True}),
    "EFS.2": Case(FILES, {}, {}, None, BACKUP),
    "EFS.3": Case(POINT, {}, {"rootDirectory": {"path": "/data"}}),
    "EFS.4": Case(POINT, {}, {"posixUser": {"uid": 1, "gid": 1}}),
    "EFS.6": Case(
        "aws:efs/mountTarget:MountTarget",
        {"subnetId": "aws:ec2/subnet:Subnet-id"},
        {"subnetId": "aws:ec2/subnet:Subnet-id"},
        {SUBNET: {"mapPublicIpOnLaunch": True}},
        {SUBNET: {"mapPublicIpOnLaunch": False}},
    ),
    "EFS.7": Case(FILES, {}, {}, None, BACKUP),
    "EFS.8": Case(FILES, {"encrypted": False}, {"encrypted": True}),
    "ELB.1": Case(
        LISTENER,
        {"protocol": "HTTP", "port": 80, "defaultActions": FORWARD},
        {"protocol": "HTTP", "port": 80, "defaultActions": REDIRECT},
    ),
    "ELB.4": Case(BALANCER, {}, {"dropInvalidHeaderFields": True}),
    "ELB.5": Case(BALANCER, {}, {"accessLogs": {"bucket": "logs", "enabled": True}}),
    "ELB.6": Case(BALANCER, {}, {"enableDeletionProtection": True}),
    "ELB.12": Case(BALANCER, {"desyncMitigationMode": "monitor"}, {}),
    "ELB.13": Case(BALANCER, {"subnets": ["a"]}, {"subnets": ["a", "b"]}),
    "ELB.17": Case(
        LISTENER,
        {"protocol": "HTTPS"},
        {"protocol": "HTTPS", "sslPolicy": "ELBSecurityPolicy-TLS13-1-3-2021-06"},
    ),
    "ELB.18": Case(
        LISTENER,
        {"protocol": "TCP", "port": 80},
        {"protocol": "HTTP", "port": 80, "defaultActions": REDIRECT},
    ),
    "ELB.21": Case(TARGETS, {"healthCheck": {"protocol": "HTTP"}}, {"healthCheck": {"protocol": "HTTPS"}}),
    "ELB.22": Case(TARGETS, {"protocol": "HTTP"}, {"protocol": "HTTPS"}),
    "IAM.1": Case(POLICY, {"policy": policy(allow("*"))}, {"policy": policy(allow("s3:GetObject"))}),
    "IAM.21": Case(POLICY, {"policy": policy(allow("s3:*"))}, {"policy": policy(allow("s3:Get*"))}),
    "KMS.1": Case(
        POLICY,
        {"policy": policy(allow("kms:Decrypt"))},
        {"policy": policy(allow("kms:Decrypt", "arn:key/1"))},
    ),
    "KMS.2": Case(
        ROLE_POLICY,
        {"policy": policy(allow("kms:*"))},
        {"policy": policy(allow("kms:Encrypt"))},
    ),
    "S3.2": Case(BUCKET, {"acl": "public-read"}, {"acl": "public-read"}, None, BLOCKED),
    "S3.3": Case(
        BUCKET,
        {},
        {},
        bucket_policy(allow("s3:PutObject", Principal="*")),
        {**BLOCKED, **bucket_policy(allow("s3:PutObject", Principal="*"))},
    ),
    "S3.5": Case(BUCKET, {}, {}, None, bucket_policy(TLS_ONLY)),
    "S3.6": Case(
        BUCKET,
        {},
        {},
        bucket_policy(allow("s3:PutBucketPolicy", Principal={"AWS": "*"})),
        bucket_policy(allow("s3:PutBucketPolicy", Principal={"AWS": "arn:aws:iam::1:role/one"})),
    ),
    "S3.8": Case(BUCKET, {}, {}, {BLOCK: {"bucket": ID, **CLOSED, "restrictPublicBuckets": False}}, BLOCKED),
    "S3.9": Case(
        BUCKET, {}, {}, None, {"aws:s3/bucketLogging:BucketLogging": {"bucket": "other", "targetBucket": ID}}
    ),
    "S3.12": Case(
        BUCKET, {}, {}, {"aws:s3/bucketAcl:BucketAcl": {"bucket": ID, "acl": "log-delivery-write"}}
    ),
    "S3.13": Case(
        BUCKET,
        {},
        {},
        None,
        {
            "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": {
                "bucket": ID,
                "rules": [{"status": "Enabled"}],
            }
        },
    ),
    "SecretsManager.1": Case(SECRET, {}, {}, None, {ROTATION: {"secretId": ID}}),
    "SecretsManager.4": Case(
        SECRET,
        {},
        {},
        {ROTATION: {"secretId": ID, "rotationRules": {"automaticallyAfterDays": 120}}},
        {ROTATION: {"secretId": ID, "rotationRules": {"automaticallyAfterDays": 30}}},
    ),
    "SNS.4": Case(
        "aws:sns/topicPolicy:TopicPolicy",
        {"policy": policy(allow("sns:Publish", Principal="*"))},
        {"policy": policy(allow("sns:Publish", Principal="*", Condition={"StringEquals": {"a": "b"}}))},
    ),
    "SQS.1": Case("aws:sqs/queue:Queue", {"sqsManagedSseEnabled": False}, {}),
    "SQS.3": Case(
        "aws:sqs/queue:Queue", {"policy": policy(allow("sqs:SendMessage", Principal={"AWS": "*"}))}, {}
    ),
    "StepFunctions.1": Case(
        "aws:sfn/stateMachine:StateMachine", {}, {"loggingConfiguration": {"level": "ERROR"}}
    ),
    "WAF.10": Case("aws:wafv2/webAcl:WebAcl", {}, {"rules": [{"name": "one"}]}),
    "WAF.12": Case(
        "aws:wafv2/ruleGroup:RuleGroup",
        {"visibilityConfig": {"cloudwatchMetricsEnabled": False}},
        {"visibilityConfig": {"cloudwatchMetricsEnabled": True}},
    ),
}
