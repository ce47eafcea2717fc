"""Permits of roles and policies; roles that resources pass to AWS services; provider functions."""

from collections.abc import Mapping
from typing import Final

from .permit import IN_CLUSTER, Permit, Permits, anywhere, on, table

_POLICY = {
    "ArnLike": {"iam:PolicyARN": "{policyArn}"},
    "StringLike": {"iam:PermissionsBoundary": "{permissionsBoundary}"},
}
_BOUNDARY = {"StringLike": {"iam:PermissionsBoundary": "{permissionsBoundary}"}}
"""With a permissions boundary, roles and rights are only created under it; nothing allows to remove it."""

INSTANCE_PROFILE: Final = "aws:iam/instanceProfile:InstanceProfile"

ACCESS: Final[Mapping[str, Permits]] = {
    "aws:iam/role:Role": (
        on(
            "iam::{A}:role{path}{name}",
            "DeleteRole DeleteRolePolicy DetachRolePolicy GetRole GetRolePolicy ListAttachedRolePolicies"
            " ListInstanceProfilesForRole ListRolePolicies TagRole UntagRole UpdateAssumeRolePolicy"
            " UpdateRole",
        ),
        on("iam::{A}:role{path}{name}", "CreateRole PutRolePermissionsBoundary", _BOUNDARY),
    ),
    "aws:iam/rolePolicy:RolePolicy": (
        on("iam::{A}:role{role}", "DeleteRolePolicy GetRolePolicy"),
        on("iam::{A}:role{role}", "PutRolePolicy", _BOUNDARY),
    ),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": (
        on("iam::{A}:role{role}", "AttachRolePolicy DetachRolePolicy", _POLICY),
        on("iam::{A}:role{role}", "ListAttachedRolePolicies"),
    ),
    "aws:iam/policy:Policy": on(
        "iam::{A}:policy{path}{name}",
        "CreatePolicy CreatePolicyVersion DeletePolicy DeletePolicyVersion GetPolicy GetPolicyVersion"
        " ListPolicyVersions TagPolicy UntagPolicy",
    ),
    INSTANCE_PROFILE: (
        on(
            "iam::{A}:instance-profile{path}{name}",
            "AddRoleToInstanceProfile CreateInstanceProfile DeleteInstanceProfile GetInstanceProfile"
            " RemoveRoleFromInstanceProfile TagInstanceProfile UntagInstanceProfile",
        ),
        on("iam::{A}:role{role}", "GetRole"),
    ),
}
"""The permits by type."""

PASSED_TO: Final[Mapping[str, str]] = {
    "aws:autoscaling/group:Group": "autoscaling.amazonaws.com",
    "aws:ec2/flowLog:FlowLog": "vpc-flow-logs.amazonaws.com",
    "aws:ecs/capacityProvider:CapacityProvider": "ecs.amazonaws.com",
    "aws:ecs/service:Service": "ecs.amazonaws.com",
    "aws:ecs/taskDefinition:TaskDefinition": "ecs-tasks.amazonaws.com",
    INSTANCE_PROFILE: "ec2.amazonaws.com",
    "aws:scheduler/schedule:Schedule": "scheduler.amazonaws.com",
    "aws:sfn/stateMachine:StateMachine": "states.amazonaws.com",
}
"""The service that receives the roles in the inputs of a type ("Grant a user permissions to pass a role to an
AWS service")."""

RUN_JOB: Final[tuple[Permit, ...]] = (
    Permit("ecs:{R}:{A}:task-definition/{family}:*", ("ecs:RunTask",), IN_CLUSTER),
    on("ecs:{R}:{A}:task/{cluster}/*", "DescribeTasks StopTask TagResource"),
)
"""Run the job of `pre_deploy` during `up`."""

_FUNCTIONS: Mapping[str, Permits] = {
    "aws:acm/getCertificate:getCertificate": (
        anywhere("acm", "ListCertificates"),
        on("acm:{R}:{A}:certificate/*", "DescribeCertificate GetCertificate ListTagsForCertificate"),
    ),
    "aws:ec2/getAmi:getAmi": anywhere("ec2", "DescribeImages"),
    "aws:ec2/getManagedPrefixList:getManagedPrefixList": (
        anywhere("ec2", "DescribeManagedPrefixLists"),
        on("ec2:{R}:*:prefix-list/*", "GetManagedPrefixListEntries"),
    ),
    "aws:ec2/getPrefixList:getPrefixList": anywhere("ec2", "DescribePrefixLists"),
    "aws:ec2/getRouteTable:getRouteTable": anywhere("ec2", "DescribeRouteTables"),
    "aws:ec2/getRouteTables:getRouteTables": anywhere("ec2", "DescribeRouteTables"),
    "aws:ec2/getSecurityGroup:getSecurityGroup": anywhere("ec2", "DescribeSecurityGroups"),
    "aws:ec2/getSubnet:getSubnet": anywhere("ec2", "DescribeSubnets"),
    "aws:ec2/getSubnets:getSubnets": anywhere("ec2", "DescribeSubnets"),
    "aws:ec2/getVpc:getVpc": anywhere("ec2", "DescribeRouteTables DescribeVpcAttribute DescribeVpcs"),
    "aws:ecr/getAuthorizationToken:getAuthorizationToken": anywhere("ecr", "GetAuthorizationToken"),
    "aws:ecr/getCredentials:getCredentials": anywhere("ecr", "GetAuthorizationToken"),
    "aws:ecr/getRepository:getRepository": on(
        "ecr:{R}:{A}:repository/{name}", "DescribeImages DescribeRepositories ListTagsForResource"
    ),
    "aws:ecs/getCluster:getCluster": on("ecs:{R}:{A}:cluster/{clusterName}", "DescribeClusters"),
    "aws:elb/getHostedZoneId:getHostedZoneId": (),
    "aws:elb/getServiceAccount:getServiceAccount": (),
    "aws:iam/getPolicyDocument:getPolicyDocument": (),
    "aws:iam/getRole:getRole": on("iam::{A}:role/{name}", "GetRole ListRoleTags"),
    "aws:index/getAvailabilityZones:getAvailabilityZones": anywhere("ec2", "DescribeAvailabilityZones"),
    "aws:index/getCallerIdentity:getCallerIdentity": anywhere("sts", "GetCallerIdentity"),
    "aws:index/getDefaultTags:getDefaultTags": (),
    "aws:index/getPartition:getPartition": (),
    "aws:index/getRegion:getRegion": (),
    "aws:kms/getAlias:getAlias": anywhere("kms", "DescribeKey ListAliases"),
    "aws:lb/getHostedZoneId:getHostedZoneId": (),
    "aws:lb/getLoadBalancer:getLoadBalancer": anywhere(
        "elasticloadbalancing",
        "DescribeCapacityReservation DescribeLoadBalancerAttributes DescribeLoadBalancers DescribeTags",
    ),
    "aws:route53/getZone:getZone": (
        anywhere("route53", "ListHostedZones ListHostedZonesByName"),
        on("route53:::hostedzone/*", "GetHostedZone ListResourceRecordSets ListTagsForResource"),
    ),
    "aws:secretsmanager/getSecret:getSecret": on(
        "secretsmanager:{R}:{A}:secret:*", "DescribeSecret GetResourcePolicy"
    ),
    "aws:ssm/getParameter:getParameter": on("ssm:{R}:*:parameter/{parameter}", "GetParameter"),
}
FUNCTIONS: Final = table(_FUNCTIONS)
"""The permits of provider functions, by token."""
