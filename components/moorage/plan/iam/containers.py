"""Permits of clusters, services, images and instances."""

from collections.abc import Mapping
from typing import Final

from .permit import IN_CLUSTER, Permit, Permits, anywhere, linked, on, tag_new

_REPOSITORY = "ecr:{R}:{A}:repository/{repository}"
_BY_TEMPLATE = {"ArnLike": {"ec2:LaunchTemplate": "arn:{P}:ec2:{R}:{A}:launch-template/*"}}

_PUSH = (
    on(
        _REPOSITORY,
        "BatchCheckLayerAvailability BatchGetImage CompleteLayerUpload GetDownloadUrlForLayer"
        " InitiateLayerUpload PutImage UploadLayerPart",
    ),
    # A content tag that the repository has already is taken from its image.
    on(_REPOSITORY, "BatchDeleteImage"),
    anywhere("ecr", "GetAuthorizationToken"),
)
"""Push an image ("IAM permissions for pushing an image to an Amazon ECR private repository")."""

SCAN: Final[Permit] = on(_REPOSITORY, "DescribeImageScanFindings")
"""Read the scan of an image that `up` waits for."""

CONTAINERS: Final[Mapping[str, Permits]] = {
    "aws:ecs/cluster:Cluster": (
        on(
            "ecs:{R}:{A}:cluster/{name}",
            "CreateCluster DeleteCluster DescribeClusters ListTagsForResource TagResource UntagResource"
            " UpdateCluster UpdateClusterSettings",
        ),
        linked("ecs.amazonaws.com"),
    ),
    "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": on(
        "ecs:{R}:{A}:cluster/{clusterName}", "DescribeClusters PutClusterCapacityProviders"
    ),
    "aws:ecs/capacityProvider:CapacityProvider": (
        on(
            "ecs:{R}:{A}:capacity-provider/{name}",
            "CreateCapacityProvider DeleteCapacityProvider DescribeCapacityProviders ListTagsForResource"
            " TagResource UntagResource UpdateCapacityProvider",
        ),
        # ECS marks the group as its own with the caller's rights ("Amazon ECS capacity providers").
        on("autoscaling:{R}:{A}:autoScalingGroup:*:autoScalingGroupName/{group}", "CreateOrUpdateTags"),
    ),
    "aws:ecs/service:Service": (
        on(
            "ecs:{R}:{A}:service/{cluster}/{name}",
            "CreateService DeleteService DescribeServices ListServiceDeployments ListTagsForResource"
            " TagResource UntagResource UpdateService",
        ),
        # `up` follows the deployment, and says why it failed.
        on("ecs:{R}:{A}:service-deployment/{cluster}/{name}/*", "DescribeServiceDeployments"),
        on("ecs:{R}:{A}:service-revision/{cluster}/{name}/*", "DescribeServiceRevisions"),
        on("ecs:{R}:{A}:service/{cluster}/{name}", "DescribeServiceDeployments DescribeServiceRevisions"),
        on("ecs:{R}:{A}:task/{cluster}/*", "DescribeTasks"),
        Permit("*", ("ecs:ListTasks",), IN_CLUSTER),
        anywhere("elasticloadbalancing", "DescribeTargetHealth"),
        linked("ecs.amazonaws.com"),
    ),
    "aws:ecs/taskDefinition:TaskDefinition": (
        on(
            "ecs:{R}:{A}:task-definition/{family}:*",
            "ListTagsForResource RegisterTaskDefinition TagResource UntagResource",
        ),
        anywhere("ecs", "DeregisterTaskDefinition DescribeTaskDefinition"),
    ),
    "aws:ecr/repository:Repository": on(
        "ecr:{R}:{A}:repository/{name}",
        "CreateRepository DeleteRepository DescribeRepositories ListTagsForResource"
        " PutImageScanningConfiguration PutImageTagMutability TagResource UntagResource",
    ),
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": on(
        _REPOSITORY,
        "DeleteLifecyclePolicy GetLifecyclePolicy PutLifecyclePolicy",
    ),
    "aws:ecr/repositoryPolicy:RepositoryPolicy": on(
        _REPOSITORY,
        "DeleteRepositoryPolicy GetRepositoryPolicy SetRepositoryPolicy",
    ),
    "docker-build:index:Image": _PUSH,
    "docker-build:index:Index": _PUSH,
    "aws:autoscaling/group:Group": (
        on(
            "autoscaling:{R}:{A}:autoScalingGroup:*:autoScalingGroupName/{name}",
            "CancelInstanceRefresh CreateAutoScalingGroup CreateOrUpdateTags DeleteAutoScalingGroup"
            " DeleteTags DeleteWarmPool DisableMetricsCollection EnableMetricsCollection PutWarmPool"
            " ResumeProcesses SetInstanceProtection StartInstanceRefresh SuspendProcesses"
            " UpdateAutoScalingGroup",
        ),
        anywhere(
            "autoscaling",
            "DescribeAutoScalingGroups DescribeInstanceRefreshes DescribeScalingActivities"
            " DescribeWarmPool elasticloadbalancing:DescribeTargetHealth",
        ),
        # "Control Amazon EC2 launch template usage in Auto Scaling groups"
        Permit("*", ("ec2:RunInstances",), _BY_TEMPLATE),
        tag_new("ec2:{R}:{A}:instance/*", "RunInstances"),
        tag_new("ec2:{R}:{A}:volume/*", "RunInstances"),
        # The AMI of a launch template may be a public parameter.
        on("ssm:{R}::parameter/aws/service/*", "GetParameters"),
        linked("autoscaling.amazonaws.com"),
    ),
}
