"""Limits that AWS documents and botocore's models do not hold: by request, by path in it.

Each names the page of the AWS documentation that it is from.
"""

import ipaddress
import json
from collections.abc import Mapping
from typing import Any

from support.aws_models.containers import containers
from support.aws_models.policies import policy
from support.aws_models.shapes import Limit, Limits


def _cidr(value: str) -> str | None:
    try:
        ipaddress.ip_network(value)
    except ValueError as error:
        return str(error)
    return None


def _json_size(most: int) -> Any:
    def check(value: Any) -> str | None:
        size = len(json.dumps(value, separators=(",", ":"), default=repr).encode())
        return f"{size} bytes of JSON are above {most}" if size > most else None

    return check


def _period(seconds: int) -> str | None:
    return None if seconds in (10, 20, 30) or seconds % 60 == 0 else f"{seconds} is not a multiple of 60"


def _health_command(command: list[str]) -> str | None:
    if command[:1] not in (["CMD"], ["CMD-SHELL"], ["NONE"]):
        return f"{command} does not begin with CMD or CMD-SHELL"
    return None


_ECS_NAME = r"[A-Za-z0-9_-]{1,255}"
_IMAGE = r"[A-Za-z0-9_\-:./#]{1,255}(@sha256:[A-Fa-f0-9]{64})?"
_TASK = "API reference, RegisterTaskDefinition"
_CONTAINER = "API reference, ContainerDefinition"
_CHECK = "API reference, HealthCheck (ECS)"
_CONNECT = "API reference, ServiceConnectService and ServiceConnectClientAlias"
_CONNECT_NAME = r"[a-z0-9_][a-z0-9_-]{0,63}"
_STRATEGY = "API reference, DeploymentConfiguration, CanaryConfiguration and LinearConfiguration"
_GROUP_TEXT = r"[a-zA-Z0-9 ._\-:/()#,@\[\]+=&;{}!$*]{0,255}"
_PEER_TEXT = r"[a-zA-Z0-9 ._\-:/()#,@\[\]+=;{}!$*]{0,255}"
_BALANCER_NAME = r"(?!internal-)[a-zA-Z0-9]([a-zA-Z0-9-]{0,30}[a-zA-Z0-9])?"
_CONDITION = "API reference, RuleCondition; Application Load Balancers: condition types"
_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
_CAPABILITIES = (
    *("ALL", "AUDIT_CONTROL", "AUDIT_WRITE", "BLOCK_SUSPEND", "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH"),
    *("FOWNER", "FSETID", "IPC_LOCK", "IPC_OWNER", "KILL", "LEASE", "LINUX_IMMUTABLE", "MAC_ADMIN"),
    *("MAC_OVERRIDE", "MKNOD", "NET_ADMIN", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_RAW", "SETFCAP"),
    *("SETGID", "SETPCAP", "SETUID", "SYS_ADMIN", "SYS_BOOT", "SYS_CHROOT", "SYS_MODULE", "SYS_NICE"),
    *("SYS_PACCT", "SYS_PTRACE", "SYS_RAWIO", "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "SYSLOG"),
    "WAKE_ALARM",
)
_MOUNT_OPTIONS = (
    *("defaults", "ro", "rw", "suid", "nosuid", "dev", "nodev", "exec", "noexec", "sync", "async"),
    *("dirsync", "remount", "mand", "nomand", "atime", "noatime", "diratime", "nodiratime", "bind", "rbind"),
    *("unbindable", "runbindable", "private", "rprivate", "shared", "rshared", "slave", "rslave"),
    *("relatime", "norelatime", "strictatime", "nostrictatime", "mode", "uid", "gid", "nr_inodes"),
    *("nr_blocks", "mpol"),
)

_RULE_PERMISSIONS = {
    "IpPermissions[].FromPort": Limit("API reference, IpPermission", -1, 65535),
    "IpPermissions[].ToPort": Limit("API reference, IpPermission", -1, 65535),
    "IpPermissions[].IpRanges[].CidrIp": Limit("API reference, IpRange", check=_cidr),
    "IpPermissions[].IpRanges[].Description": Limit("API reference, IpRange", pattern=_GROUP_TEXT),
    "IpPermissions[].Ipv6Ranges[].CidrIpv6": Limit("API reference, Ipv6Range", check=_cidr),
    "IpPermissions[].UserIdGroupPairs[].Description": Limit(
        "API reference, UserIdGroupPair", pattern=_PEER_TEXT
    ),
}

_ACTIONS = {
    "[].FixedResponseConfig.ContentType": Limit(
        "API reference, FixedResponseActionConfig",
        allowed=("text/plain", "text/css", "text/html", "application/javascript", "application/json"),
    ),
    "[].ForwardConfig.TargetGroups": Limit("API reference, ForwardActionConfig", 1, 5),
    "[].ForwardConfig.TargetGroups[].Weight": Limit("API reference, TargetGroupTuple", 0, 999),
}

LIMITS: Mapping[str, Limits] = {
    "acm.RequestCertificate": {
        "DomainName": Limit("API reference, RequestCertificate: the common name of RFC 5280", 1, 64),
    },
    "application-autoscaling.RegisterScalableTarget": {
        "MinCapacity": Limit("API reference, RegisterScalableTarget", 0),
        "MaxCapacity": Limit("API reference, RegisterScalableTarget", 0, 5000),
    },
    "application-autoscaling.PutScalingPolicy": {
        "TargetTrackingScalingPolicyConfiguration.TargetValue": Limit(
            "Provider's and service's rule: a positive number", 0.01
        ),
    },
    "autoscaling.CreateAutoScalingGroup": {
        "MinSize": Limit("API reference, CreateAutoScalingGroup", 0),
        "AutoScalingGroupName": Limit("API reference, CreateAutoScalingGroup", pattern="[^:]+"),
        "MixedInstancesPolicy.InstancesDistribution.OnDemandPercentageAboveBaseCapacity": Limit(
            "API reference, InstancesDistribution", 0, 100
        ),
        "MixedInstancesPolicy.InstancesDistribution.OnDemandBaseCapacity": Limit(
            "API reference, InstancesDistribution", 0
        ),
        "MixedInstancesPolicy.LaunchTemplate.Overrides": Limit("API reference, LaunchTemplate", 0, 40),
    },
    "cloudwatch.PutDashboard": {
        "DashboardName": Limit("API reference, PutDashboard", pattern=_ECS_NAME),
    },
    "cloudwatch.PutMetricAlarm": {
        "Period": Limit("API reference, PutMetricAlarm", check=_period),
        "Metrics[].Id": Limit("API reference, MetricDataQuery", pattern=r"[a-z][A-Za-z0-9_]*"),
        "TreatMissingData": Limit(
            "API reference, PutMetricAlarm", allowed=("breaching", "notBreaching", "ignore", "missing")
        ),
    },
    "ec2.AuthorizeSecurityGroupEgress": _RULE_PERMISSIONS,
    "ec2.AuthorizeSecurityGroupIngress": _RULE_PERMISSIONS,
    "ec2.CreateLaunchTemplate": {
        "LaunchTemplateName": Limit(
            "API reference, CreateLaunchTemplate", pattern=r"[a-zA-Z0-9().\-/_]{3,128}"
        ),
        "LaunchTemplateData.BlockDeviceMappings[].Ebs.VolumeSize": Limit(
            "API reference, LaunchTemplateEbsBlockDeviceRequest, gp3", 1, 65536
        ),
        "LaunchTemplateData.UserData": Limit("Run commands at launch: 16 KB before base64", 0, 21848),
    },
    "ec2.CreateSecurityGroup": {
        "GroupName": Limit("API reference, CreateSecurityGroup", pattern=rf"(?!sg-)(?=.){_GROUP_TEXT}"),
        "Description": Limit("API reference, CreateSecurityGroup", pattern=rf"(?=.){_GROUP_TEXT}"),
    },
    "ecs.CreateCapacityProvider": {
        "name": Limit(
            "API reference, CreateCapacityProvider", pattern=rf"(?!(?i:aws|ecs|fargate)){_ECS_NAME}"
        ),
        "managedInstancesProvider.instanceLaunchTemplate.storageConfiguration.storageSizeGiB": Limit(
            "API reference, ManagedInstancesStorageConfiguration", 1, 65536
        ),
    },
    "ecs.CreateCluster": {
        "clusterName": Limit("API reference, CreateCluster", pattern=_ECS_NAME),
        "settings[].value": Limit(
            "API reference, ClusterSetting", allowed=("enabled", "disabled", "enhanced")
        ),
    },
    "ecs.PutClusterCapacityProviders": {
        "capacityProviders": Limit("Amazon ECS service quotas", 0, 20),
    },
    "ecs.CreateService": {
        "serviceName": Limit("API reference, CreateService", pattern=_ECS_NAME),
        "desiredCount": Limit("Amazon ECS service quotas: tasks per service", 0, 5000),
        "capacityProviderStrategy": Limit("API reference, CreateService", 0, 20),
        "loadBalancers": Limit("Amazon ECS service quotas: target groups per service", 0, 5),
        "loadBalancers[].containerPort": Limit("API reference, LoadBalancer (ECS)", 1, 65535),
        "placementConstraints": Limit("API reference, CreateService", 0, 10),
        "placementStrategy": Limit("API reference, CreateService", 0, 5),
        "healthCheckGracePeriodSeconds": Limit("API reference, CreateService", 0, 2147483647),
        "networkConfiguration.awsvpcConfiguration.subnets": Limit(
            "API reference, AwsVpcConfiguration", 1, 16
        ),
        "networkConfiguration.awsvpcConfiguration.securityGroups": Limit(
            "API reference, AwsVpcConfiguration", 0, 5
        ),
        "deploymentConfiguration.bakeTimeInMinutes": Limit(_STRATEGY, 0, 1440),
        "deploymentConfiguration.canaryConfiguration.canaryPercent": Limit(_STRATEGY, 0.1, 100),
        "deploymentConfiguration.canaryConfiguration.canaryBakeTimeInMinutes": Limit(_STRATEGY, 0, 1440),
        "deploymentConfiguration.linearConfiguration.stepPercent": Limit(_STRATEGY, 3, 100),
        "deploymentConfiguration.linearConfiguration.stepBakeTimeInMinutes": Limit(_STRATEGY, 0, 1440),
        "deploymentConfiguration.maximumPercent": Limit(_STRATEGY, 100, 200),
        "deploymentConfiguration.minimumHealthyPercent": Limit(_STRATEGY, 0, 100),
        "serviceConnectConfiguration.services[].portName": Limit(_CONNECT, pattern=_CONNECT_NAME),
        "serviceConnectConfiguration.services[].discoveryName": Limit(_CONNECT, pattern=_CONNECT_NAME),
        "serviceConnectConfiguration.services[].clientAliases[].dnsName": Limit(
            _CONNECT, pattern=r"[a-z0-9_.][a-z0-9_.-]{0,126}"
        ),
        "serviceConnectConfiguration.services[].clientAliases[].port": Limit(_CONNECT, 1, 65535),
    },
    "ecs.RegisterTaskDefinition": {
        "": Limit("Amazon ECS service quotas: task definition size", check=_json_size(65536)),
        "family": Limit(_TASK, pattern=_ECS_NAME),
        "ephemeralStorage.sizeInGiB": Limit("API reference, EphemeralStorage", 21, 200),
        "volumes[].name": Limit("API reference, Volume", pattern=_ECS_NAME),
        "containerDefinitions": Limit(
            "Amazon ECS service quotas: containers per task definition", 1, 10, check=containers
        ),
        "containerDefinitions[].name": Limit(_CONTAINER, pattern=_ECS_NAME),
        "containerDefinitions[].image": Limit(_CONTAINER, pattern=_IMAGE),
        "containerDefinitions[].cpu": Limit(_CONTAINER, 0, 196608),
        "containerDefinitions[].memory": Limit(_CONTAINER, 6),
        "containerDefinitions[].memoryReservation": Limit(_CONTAINER, 6),
        "containerDefinitions[].stopTimeout": Limit(_CONTAINER, 2, 120),
        "containerDefinitions[].environment[].name": Limit(
            "Docker: a variable's name is not empty and has no =", pattern=r"[^=\x00]+"
        ),
        "containerDefinitions[].secrets[].name": Limit(
            "Docker: a variable's name is not empty and has no =", pattern=r"[^=\x00]+"
        ),
        "containerDefinitions[].healthCheck.command": Limit(_CHECK, check=_health_command),
        "containerDefinitions[].healthCheck.interval": Limit(_CHECK, 5, 300),
        "containerDefinitions[].healthCheck.timeout": Limit(_CHECK, 2, 60),
        "containerDefinitions[].healthCheck.retries": Limit(_CHECK, 1, 10),
        "containerDefinitions[].healthCheck.startPeriod": Limit(_CHECK, 0, 300),
        "containerDefinitions[].portMappings[].containerPort": Limit("API reference, PortMapping", 1, 65535),
        "containerDefinitions[].portMappings[].hostPort": Limit("API reference, PortMapping", 0, 65535),
        "containerDefinitions[].portMappings[].name": Limit(
            "API reference, PortMapping", pattern=_CONNECT_NAME
        ),
        "containerDefinitions[].portMappings": Limit("API reference, PortMapping", 0, 100),
        "containerDefinitions[].restartPolicy.restartAttemptPeriod": Limit(
            "API reference, ContainerRestartPolicy", 60, 1800
        ),
        "containerDefinitions[].restartPolicy.ignoredExitCodes": Limit(
            "API reference, ContainerRestartPolicy", 0, 50
        ),
        "containerDefinitions[].linuxParameters.capabilities.add[]": Limit(
            "API reference, KernelCapabilities", allowed=_CAPABILITIES
        ),
        "containerDefinitions[].linuxParameters.capabilities.drop[]": Limit(
            "API reference, KernelCapabilities", allowed=_CAPABILITIES
        ),
        "containerDefinitions[].linuxParameters.sharedMemorySize": Limit("API reference, LinuxParameters", 1),
        "containerDefinitions[].linuxParameters.tmpfs[].size": Limit("API reference, Tmpfs", 1),
        "containerDefinitions[].linuxParameters.tmpfs[].mountOptions[]": Limit(
            "API reference, Tmpfs", check=lambda text: _mount_option(text)
        ),
        "containerDefinitions[].logConfiguration.options{key}": Limit(
            "API reference, LogConfiguration", minimum=1
        ),
    },
    "elbv2.CreateListener": {
        **{f"DefaultActions{path}": limit for path, limit in _ACTIONS.items()},
    },
    "elbv2.CreateLoadBalancer": {
        "Name": Limit("API reference, CreateLoadBalancer", pattern=_BALANCER_NAME),
        "SecurityGroups": Limit("Quotas for your Application Load Balancers", 0, 5),
    },
    "elbv2.CreateRule": {
        **{f"Actions{path}": limit for path, limit in _ACTIONS.items()},
        "Conditions": Limit("API reference, CreateRule; quotas: values per rule", 1, 5),
        "Conditions[].HostHeaderConfig.Values[]": Limit(
            _CONDITION, pattern=r"(?=.{1,128}$)[A-Za-z0-9.*?-]*\.[A-Za-z]+"
        ),
        "Conditions[].PathPatternConfig.Values[]": Limit(
            _CONDITION, pattern=r"""[A-Za-z0-9_\-.$/~"'@:+&*?]{1,128}"""
        ),
        "Conditions[].HttpHeaderConfig.HttpHeaderName": Limit(
            _CONDITION, pattern=r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,40}"
        ),
        "Conditions[].HttpHeaderConfig.Values[]": Limit(_CONDITION, pattern=r"[\x20-\x7E]{1,128}"),
        "Conditions[].SourceIpConfig.Values[]": Limit(_CONDITION, check=_cidr),
        "Conditions[].HttpRequestMethodConfig.Values[]": Limit(_CONDITION, pattern=r"[A-Z_-]{1,40}"),
        "Conditions[].QueryStringConfig.Values[].Key": Limit(_CONDITION, pattern=r"[\x20-\x7E]{1,128}"),
        "Conditions[].QueryStringConfig.Values[].Value": Limit(_CONDITION, pattern=r"[\x20-\x7E]{1,128}"),
        **{
            f"Conditions[].{config}.Values": Limit(_CONDITION, 1, 3)
            for config in (
                *("HostHeaderConfig", "PathPatternConfig", "HttpHeaderConfig", "HttpRequestMethodConfig"),
                *("QueryStringConfig", "SourceIpConfig"),
            )
        },
    },
    "elbv2.CreateTargetGroup": {
        "Name": Limit("API reference, CreateTargetGroup", pattern=_BALANCER_NAME),
        "HealthCheckPath": Limit("API reference, CreateTargetGroup", pattern=r"/\S*"),
        "Matcher.HttpCode": Limit(
            "API reference, Matcher",
            pattern=r"[2-4]\d\d(-[2-4]\d\d)?(,[2-4]\d\d(-[2-4]\d\d)?)*",
        ),
    },
    "elbv2.ModifyLoadBalancerAttributes": {
        "Attributes[idle_timeout.timeout_seconds].Value": Limit(
            "API reference, LoadBalancerAttribute", check=lambda text: _between(text, 1, 4000)
        ),
        "Attributes[client_keep_alive.seconds].Value": Limit(
            "API reference, LoadBalancerAttribute", check=lambda text: _between(text, 60, 604800)
        ),
        "Attributes[routing.http.desync_mitigation_mode].Value": Limit(
            "API reference, LoadBalancerAttribute", allowed=("monitor", "defensive", "strictest")
        ),
    },
    "elbv2.ModifyTargetGroupAttributes": {
        "Attributes[slow_start.duration_seconds].Value": Limit(
            "API reference, TargetGroupAttribute", check=lambda text: _between(text, 30, 900)
        ),
        "Attributes[stickiness.lb_cookie.duration_seconds].Value": Limit(
            "API reference, TargetGroupAttribute", check=lambda text: _between(text, 1, 604800)
        ),
        "Attributes[load_balancing.algorithm.type].Value": Limit(
            "API reference, TargetGroupAttribute",
            allowed=("round_robin", "least_outstanding_requests", "weighted_random"),
        ),
        "Attributes[deregistration_delay.timeout_seconds].Value": Limit(
            "API reference, TargetGroupAttribute", check=lambda text: _between(text, 0, 3600)
        ),
    },
    "iam.CreatePolicy": {
        "PolicyDocument": Limit(
            "IAM and AWS STS quotas; IAM policy grammar",
            check=policy(principal=False, resource=True, most=6144),
        ),
    },
    "iam.CreateRole": {
        "AssumeRolePolicyDocument": Limit(
            "IAM and AWS STS quotas; IAM policy grammar",
            check=policy(principal=True, resource=False, most=2048),
        ),
    },
    "iam.PutRolePolicy": {
        "PolicyDocument": Limit(
            "IAM and AWS STS quotas; IAM policy grammar",
            check=policy(principal=False, resource=True, most=10240),
        ),
    },
    "logs.PutRetentionPolicy": {
        "retentionInDays": Limit("API reference, PutRetentionPolicy", allowed=_DAYS),
    },
    "route53.ChangeResourceRecordSets": {
        "ChangeBatch.Changes[].ResourceRecordSet.Name": Limit(
            "DNS domain name format", pattern=r"(?=.{1,255}$)([^.]{1,63}\.)*[^.]{1,63}\.?"
        ),
    },
    "s3.CreateBucket": {
        "Bucket": Limit(
            "General purpose bucket naming rules",
            pattern=r"(?!xn--|sthree-|amzn-s3-demo-)[a-z0-9](?!.*\.\.)[a-z0-9.-]{1,61}[a-z0-9]",
        ),
    },
    "s3.PutBucketLifecycleConfiguration": {
        "LifecycleConfiguration.Rules[].ID": Limit("API reference, LifecycleRule", 1, 255),
        "LifecycleConfiguration.Rules[].Expiration.Days": Limit("API reference, LifecycleExpiration", 1),
    },
    "s3.PutBucketPolicy": {
        "Policy": Limit(
            "Bucket policies for Amazon S3: 20 KB",
            check=policy(principal=True, resource=True, most=20480),
        ),
    },
    "scheduler.CreateSchedule": {
        "ScheduleExpression": Limit(
            "EventBridge Scheduler: schedule types", pattern=r"(rate|cron|at)\([^()]+\)"
        ),
        "FlexibleTimeWindow.MaximumWindowInMinutes": Limit("API reference, FlexibleTimeWindow", 1, 1440),
    },
    "secretsmanager.CreateSecret": {
        "Name": Limit("API reference, CreateSecret", pattern=r"[A-Za-z0-9/_+=.@-]+"),
    },
    "secretsmanager.DeleteSecret": {
        "RecoveryWindowInDays": Limit("API reference, DeleteSecret", 7, 30),
    },
    "sns.CreateTopic": {
        "Name": Limit("API reference, CreateTopic (SNS)", pattern=r"[A-Za-z0-9_-]{1,256}"),
    },
    "sns.SetTopicAttributes": {
        "AttributeValue": Limit(
            "Amazon SNS endpoints and quotas", check=policy(principal=True, resource=True, most=30720)
        ),
    },
    "sns.Subscribe": {
        "Protocol": Limit(
            "API reference, Subscribe",
            allowed=(
                *("http", "https", "email", "email-json", "sms", "sqs", "application", "lambda"),
                "firehose",
            ),
        ),
        "Endpoint": Limit("API reference, Subscribe", 1, 2048),
    },
    "stepfunctions.CreateStateMachine": {
        "name": Limit("API reference, CreateStateMachine", pattern=r"[A-Za-z0-9_-]{1,80}"),
    },
}
"""By request."""

TAG_PAGE = "Tag naming limits and requirements"
TAG_KEY = Limit(TAG_PAGE, pattern=r"(?!(?i:aws):)[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}")
TAG_VALUE = Limit(TAG_PAGE, pattern=r"[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}")
MOST_TAGS = Limit(TAG_PAGE, 0, 50)


def _between(text: str, low: int, high: int) -> str | None:
    return None if text.isdecimal() and low <= int(text) <= high else f"{text} is not from {low} to {high}"


def _mount_option(text: str) -> str | None:
    return None if text.partition("=")[0] in _MOUNT_OPTIONS else f"{text} is not a mount option"
