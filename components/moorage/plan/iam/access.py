"""Permits of roles and policies; roles that resources pass to AWS services; provider functions."""

from collections.abc import Mapping
from typing import Final

from .permit import IN_CLUSTER, Actions, Grants, Permit, permits

_POLICY = {
    "ArnLike": {"iam:PolicyARN": "{policyArn}"},
    "StringLike": {"iam:PermissionsBoundary": "{permissionsBoundary}"},
}
_BOUNDARY = {"StringLike": {"iam:PermissionsBoundary": "{permissionsBoundary}"}}
"""With a permissions boundary, roles and rights are only created under it; nothing allows to remove it."""

INSTANCE_PROFILE: Final = "aws:iam/instanceProfile:InstanceProfile"

ACCESS: Final[Mapping[str, Grants]] = {
    "aws:iam/role:Role": {
        "iam::{A}:role{path}{name}": [
            "DeleteRole DeleteRolePolicy DetachRolePolicy GetRole GetRolePolicy ListAttachedRolePolicies"
            " ListInstanceProfilesForRole ListRolePolicies TagRole UntagRole UpdateAssumeRolePolicy"
            " UpdateRole",
            Actions("CreateRole PutRolePermissionsBoundary", _BOUNDARY),
        ],
    },
    "aws:iam/rolePolicy:RolePolicy": {
        "iam::{A}:role{role}": ["DeleteRolePolicy GetRolePolicy", Actions("PutRolePolicy", _BOUNDARY)],
    },
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": {
        "iam::{A}:role{role}": [
            "ListAttachedRolePolicies",
            Actions("AttachRolePolicy DetachRolePolicy", _POLICY),
        ],
    },
    "aws:iam/policy:Policy": {
        "iam::{A}:policy{path}{name}": "CreatePolicy CreatePolicyVersion DeletePolicy DeletePolicyVersion"
        " GetPolicy GetPolicyVersion ListPolicyVersions TagPolicy UntagPolicy",
    },
    INSTANCE_PROFILE: {
        "iam::{A}:instance-profile{path}{name}": "AddRoleToInstanceProfile CreateInstanceProfile"
        " DeleteInstanceProfile GetInstanceProfile RemoveRoleFromInstanceProfile TagInstanceProfile"
        " UntagInstanceProfile",
        "iam::{A}:role{role}": "GetRole",
    },
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

RUN_JOB: Final[tuple[Permit, ...]] = permits(
    {
        "ecs:{R}:{A}:task-definition/{family}:*": Actions("RunTask", IN_CLUSTER),
        "ecs:{R}:{A}:task/{cluster}/*": "DescribeTasks StopTask TagResource",
    }
)
"""Run the job of `pre_deploy` during `up`."""

_FUNCTIONS: Mapping[str, Grants] = {
    "aws:acm/getCertificate:getCertificate": {
        "acm": "ListCertificates",
        "acm:{R}:{A}:certificate/*": "DescribeCertificate GetCertificate ListTagsForCertificate",
    },
    "aws:ec2/getAmi:getAmi": {"ec2": "DescribeImages"},
    "aws:ec2/getManagedPrefixList:getManagedPrefixList": {
        "ec2": "DescribeManagedPrefixLists",
        "ec2:{R}:*:prefix-list/*": "GetManagedPrefixListEntries",
    },
    "aws:ec2/getPrefixList:getPrefixList": {"ec2": "DescribePrefixLists"},
    "aws:ec2/getRouteTable:getRouteTable": {"ec2": "DescribeRouteTables"},
    "aws:ec2/getRouteTables:getRouteTables": {"ec2": "DescribeRouteTables"},
    "aws:ec2/getSecurityGroup:getSecurityGroup": {"ec2": "DescribeSecurityGroups"},
    "aws:ec2/getSubnet:getSubnet": {"ec2": "DescribeSubnets"},
    "aws:ec2/getSubnets:getSubnets": {"ec2": "DescribeSubnets"},
    "aws:ec2/getVpc:getVpc": {"ec2": "DescribeRouteTables DescribeVpcAttribute DescribeVpcs"},
    "aws:ecr/getAuthorizationToken:getAuthorizationToken": {"ecr": "GetAuthorizationToken"},
    "aws:ecr/getCredentials:getCredentials": {"ecr": "GetAuthorizationToken"},
    "aws:ecr/getRepository:getRepository": {
        "ecr:{R}:{A}:repository/{name}": "DescribeImages DescribeRepositories ListTagsForResource"
    },
    "aws:ecs/getCluster:getCluster": {"ecs:{R}:{A}:cluster/{clusterName}": "DescribeClusters"},
    "aws:elb/getHostedZoneId:getHostedZoneId": {},
    "aws:elb/getServiceAccount:getServiceAccount": {},
    "aws:iam/getPolicyDocument:getPolicyDocument": {},
    "aws:iam/getRole:getRole": {"iam::{A}:role/{name}": "GetRole ListRoleTags"},
    "aws:index/getAvailabilityZones:getAvailabilityZones": {"ec2": "DescribeAvailabilityZones"},
    "aws:index/getCallerIdentity:getCallerIdentity": {"sts": "GetCallerIdentity"},
    "aws:index/getDefaultTags:getDefaultTags": {},
    "aws:index/getPartition:getPartition": {},
    "aws:index/getRegion:getRegion": {},
    "aws:kms/getAlias:getAlias": {"kms": "DescribeKey ListAliases"},
    "aws:lb/getHostedZoneId:getHostedZoneId": {},
    "aws:lb/getLoadBalancer:getLoadBalancer": {
        "elasticloadbalancing": "DescribeCapacityReservation DescribeLoadBalancerAttributes"
        " DescribeLoadBalancers DescribeTags",
    },
    "aws:route53/getZone:getZone": {
        "route53": "ListHostedZones ListHostedZonesByName",
        "route53:::hostedzone/*": "GetHostedZone ListResourceRecordSets ListTagsForResource",
    },
    "aws:secretsmanager/getSecret:getSecret": {
        "secretsmanager:{R}:{A}:secret:*": "DescribeSecret GetResourcePolicy"
    },
    "aws:ssm/getParameter:getParameter": {"ssm:{R}:*:parameter/{parameter}": "GetParameter"},
}
FUNCTIONS: Final = {token: permits(grants) for token, grants in _FUNCTIONS.items()}
"""The permits of provider functions, by token."""
