"""Permits of clusters, services, images and instances."""

from collections.abc import Mapping
from typing import Final

from .permit import IN_CLUSTER, Actions, Grants, Permit, created, linked, permits

_REPOSITORY = "ecr:{R}:{A}:repository/{repository}"
_BY_TEMPLATE = {"ArnLike": {"ec2:LaunchTemplate": "arn:{P}:ec2:{R}:{A}:launch-template/*"}}

_PUSH: Grants = {
    # BatchDeleteImage: a content tag that the repository has already is taken from its image.
    _REPOSITORY: "BatchCheckLayerAvailability BatchDeleteImage BatchGetImage CompleteLayerUpload"
    " GetDownloadUrlForLayer InitiateLayerUpload PutImage UploadLayerPart",
    "ecr": "GetAuthorizationToken",
}
"""Push an image ("IAM permissions for pushing an image to an Amazon ECR private repository")."""

SCAN: Final[Permit] = permits({_REPOSITORY: "DescribeImageScanFindings"})[0]
"""Read the scan of an image that `up` waits for."""

CONTAINERS: Final[Mapping[str, Grants]] = {
    "aws:ecs/cluster:Cluster": {
        "ecs:{R}:{A}:cluster/{name}": "CreateCluster DeleteCluster DescribeClusters ListTagsForResource"
        " TagResource UntagResource UpdateCluster UpdateClusterSettings",
        **linked("ecs.amazonaws.com"),
    },
    "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": {
        "ecs:{R}:{A}:cluster/{clusterName}": "DescribeClusters PutClusterCapacityProviders"
    },
    "aws:ecs/capacityProvider:CapacityProvider": {
        "ecs:{R}:{A}:capacity-provider/{name}": "CreateCapacityProvider DeleteCapacityProvider"
        " DescribeCapacityProviders ListTagsForResource TagResource UntagResource UpdateCapacityProvider",
        # ECS marks the group as its own with the caller's rights ("Amazon ECS capacity providers").
        "autoscaling:{R}:{A}:autoScalingGroup:*:autoScalingGroupName/{group}": "CreateOrUpdateTags",
    },
    "aws:ecs/service:Service": {
        "ecs:{R}:{A}:service/{cluster}/{name}": "CreateService DeleteService DescribeServiceDeployments"
        " DescribeServiceRevisions DescribeServices ListServiceDeployments ListTagsForResource TagResource"
        " UntagResource UpdateService",
        # `up` follows the deployment, and says why it failed.
        "ecs:{R}:{A}:service-deployment/{cluster}/{name}/*": "DescribeServiceDeployments",
        "ecs:{R}:{A}:service-revision/{cluster}/{name}/*": "DescribeServiceRevisions",
        "ecs:{R}:{A}:task/{cluster}/*": "DescribeTasks",
        "ecs": Actions("ListTasks", IN_CLUSTER),
        "elasticloadbalancing": "DescribeTargetHealth",
        **linked("ecs.amazonaws.com"),
    },
    "aws:ecs/taskDefinition:TaskDefinition": {
        "ecs:{R}:{A}:task-definition/{family}:*": "ListTagsForResource RegisterTaskDefinition TagResource"
        " UntagResource",
        "ecs": "DeregisterTaskDefinition DescribeTaskDefinition",
    },
    "aws:ecr/repository:Repository": {
        "ecr:{R}:{A}:repository/{name}": "CreateRepository DeleteRepository DescribeRepositories"
        " ListTagsForResource PutImageScanningConfiguration PutImageTagMutability TagResource UntagResource",
    },
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": {
        _REPOSITORY: "DeleteLifecyclePolicy GetLifecyclePolicy PutLifecyclePolicy"
    },
    "aws:ecr/repositoryPolicy:RepositoryPolicy": {
        _REPOSITORY: "DeleteRepositoryPolicy GetRepositoryPolicy SetRepositoryPolicy"
    },
    "docker-build:index:Image": _PUSH,
    "docker-build:index:Index": _PUSH,
    "aws:autoscaling/group:Group": {
        "autoscaling:{R}:{A}:autoScalingGroup:*:autoScalingGroupName/{name}": "CancelInstanceRefresh"
        " CreateAutoScalingGroup CreateOrUpdateTags DeleteAutoScalingGroup DeleteTags DeleteWarmPool"
        " DisableMetricsCollection EnableMetricsCollection PutWarmPool ResumeProcesses SetInstanceProtection"
        " StartInstanceRefresh SuspendProcesses UpdateAutoScalingGroup",
        "autoscaling": "DescribeAutoScalingGroups DescribeInstanceRefreshes DescribeScalingActivities"
        " DescribeWarmPool elasticloadbalancing:DescribeTargetHealth",
        # "Control Amazon EC2 launch template usage in Auto Scaling groups"
        "ec2": Actions("RunInstances", _BY_TEMPLATE),
        "ec2:{R}:{A}:instance/*": created("RunInstances"),
        "ec2:{R}:{A}:volume/*": created("RunInstances"),
        # The AMI of a launch template may be a public parameter.
        "ssm:{R}::parameter/aws/service/*": "GetParameters",
        **linked("autoscaling.amazonaws.com"),
    },
}
