"""Permits of data, secrets, messages, logs, alarms, schedules and scaling."""

from collections.abc import Mapping
from typing import Final

from .permit import Permits, anywhere, linked, on

_BUCKET = "s3:::{bucket}"
_FILES = "elasticfilesystem:{R}:{A}:file-system/*"

DATA: Final[Mapping[str, Permits]] = {
    "aws:dynamodb/table:Table": on(
        "dynamodb:{R}:{A}:table/{name}",
        "CreateTable DeleteTable DescribeContinuousBackups DescribeTable DescribeTimeToLive"
        " ListTagsOfResource TagResource UntagResource UpdateContinuousBackups UpdateTable"
        " UpdateTimeToLive",
    ),
    "aws:s3/bucket:Bucket": (
        on(
            _BUCKET,
            "CreateBucket DeleteBucket GetAccelerateConfiguration GetBucketAcl GetBucketCORS"
            " GetBucketLocation GetBucketLogging GetBucketObjectLockConfiguration GetBucketPolicy"
            " GetBucketRequestPayment GetBucketTagging GetBucketVersioning GetBucketWebsite"
            " GetEncryptionConfiguration GetLifecycleConfiguration GetReplicationConfiguration ListBucket"
            " ListBucketVersions ListTagsForResource PutBucketTagging TagResource UntagResource",
        ),
        # `force_destroy` empties the bucket.
        on(_BUCKET + "/*", "DeleteObject DeleteObjectVersion"),
    ),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": on(
        _BUCKET, "GetLifecycleConfiguration PutLifecycleConfiguration"
    ),
    "aws:s3/bucketLogging:BucketLogging": on(_BUCKET, "GetBucketLogging PutBucketLogging"),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": on(
        _BUCKET, "GetBucketOwnershipControls PutBucketOwnershipControls"
    ),
    "aws:s3/bucketPolicy:BucketPolicy": on(_BUCKET, "DeleteBucketPolicy GetBucketPolicy PutBucketPolicy"),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": on(
        _BUCKET, "GetBucketPublicAccessBlock PutBucketPublicAccessBlock"
    ),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": on(
        _BUCKET, "GetEncryptionConfiguration PutEncryptionConfiguration"
    ),
    "aws:s3/bucketVersioning:BucketVersioning": on(_BUCKET, "GetBucketVersioning PutBucketVersioning"),
    "aws:efs/fileSystem:FileSystem": (
        on(
            _FILES,
            "DeleteFileSystem DescribeFileSystems DescribeLifecycleConfiguration ListTagsForResource"
            " PutLifecycleConfiguration TagResource UntagResource UpdateFileSystem"
            " UpdateFileSystemProtection",
        ),
        anywhere("elasticfilesystem", "CreateFileSystem"),
        linked("elasticfilesystem.amazonaws.com"),
    ),
    "aws:efs/backupPolicy:BackupPolicy": on(_FILES, "DescribeBackupPolicy PutBackupPolicy"),
    "aws:efs/accessPoint:AccessPoint": (
        on(_FILES, "CreateAccessPoint"),
        on(
            "elasticfilesystem:{R}:{A}:access-point/*",
            "DeleteAccessPoint DescribeAccessPoints ListTagsForResource TagResource UntagResource",
        ),
    ),
    "aws:efs/mountTarget:MountTarget": (
        on(
            _FILES,
            "CreateMountTarget DeleteMountTarget DescribeMountTargetSecurityGroups DescribeMountTargets"
            " ModifyMountTargetSecurityGroups",
        ),
        # EFS uses the caller's rights for the network interface (API reference, CreateMountTarget).
        on(
            "ec2:{R}:{A}:network-interface/*",
            "CreateNetworkInterface DeleteNetworkInterface ModifyNetworkInterfaceAttribute",
        ),
        on("ec2:{R}:{A}:subnet/*", "CreateNetworkInterface"),
        on("ec2:{R}:{A}:security-group/*", "CreateNetworkInterface ModifyNetworkInterfaceAttribute"),
        anywhere("ec2", "DescribeNetworkInterfaces DescribeSubnets"),
    ),
    "aws:rds/instance:Instance": (
        on(
            "rds:{R}:{A}:db:{identifier}",
            "AddTagsToResource CreateDBInstance DeleteDBInstance DescribeDBInstances ListTagsForResource"
            " ModifyDBInstance RebootDBInstance RemoveTagsFromResource",
        ),
        *(
            on(f"rds:{{R}}:{{A}}:{kind}:*", "CreateDBInstance ModifyDBInstance")
            for kind in ("og", "pg", "subgrp")
        ),
        on("rds:{R}:{A}:snapshot:*", "CreateDBSnapshot"),
        on("rds:{R}:{A}:db:{identifier}", "CreateDBSnapshot"),
        # The managed master password ("Password management with Amazon RDS and AWS Secrets Manager").
        on("secretsmanager:{R}:{A}:secret:rds!db-*", "CreateSecret RotateSecret TagResource"),
        anywhere("kms", "DescribeKey"),
        anywhere(
            "ec2",
            "DescribeAvailabilityZones DescribeInternetGateways DescribeSecurityGroups DescribeSubnets"
            " DescribeVpcAttribute DescribeVpcs",
        ),
        linked("rds.amazonaws.com"),
    ),
    "aws:rds/subnetGroup:SubnetGroup": on(
        "rds:{R}:{A}:subgrp:{name}",
        "AddTagsToResource CreateDBSubnetGroup DeleteDBSubnetGroup DescribeDBSubnetGroups"
        " ListTagsForResource ModifyDBSubnetGroup RemoveTagsFromResource",
    ),
    "aws:secretsmanager/secret:Secret": on(
        "secretsmanager:{R}:{A}:secret:{name}-??????",
        "CreateSecret DeleteResourcePolicy DeleteSecret DescribeSecret GetResourcePolicy"
        " PutResourcePolicy RestoreSecret TagResource UntagResource UpdateSecret",
    ),
    "aws:secretsmanager/secretVersion:SecretVersion": on(
        "secretsmanager:{R}:{A}:secret:{secret}-??????",
        "DescribeSecret GetSecretValue ListSecretVersionIds PutSecretValue UpdateSecretVersionStage",
    ),
    "aws:ssm/parameter:Parameter": (
        on(
            "ssm:{R}:{A}:parameter/{parameter}",
            "AddTagsToResource DeleteParameter GetParameter GetParameters ListTagsForResource PutParameter"
            " RemoveTagsFromResource",
        ),
        anywhere("ssm", "DescribeParameters"),
    ),
    "aws:sqs/queue:Queue": on(
        "sqs:{R}:{A}:{name}",
        "CreateQueue DeleteQueue GetQueueAttributes GetQueueUrl ListQueueTags SetQueueAttributes"
        " TagQueue UntagQueue",
    ),
    "aws:sqs/queuePolicy:QueuePolicy": on("sqs:{R}:{A}:{queue}", "GetQueueAttributes SetQueueAttributes"),
    "aws:sns/topic:Topic": on(
        "sns:{R}:{A}:{name}",
        "CreateTopic DeleteTopic GetTopicAttributes ListTagsForResource SetTopicAttributes TagResource"
        " UntagResource",
    ),
    "aws:sns/topicPolicy:TopicPolicy": on("sns:{R}:{A}:{topic}", "GetTopicAttributes SetTopicAttributes"),
    "aws:sns/topicSubscription:TopicSubscription": (
        on("sns:{R}:{A}:{topic}", "ListSubscriptionsByTopic Subscribe"),
        anywhere("sns", "GetSubscriptionAttributes SetSubscriptionAttributes Unsubscribe"),
    ),
    "aws:cloudwatch/logGroup:LogGroup": (
        on(
            "logs:{R}:{A}:log-group:{name}",
            "AssociateKmsKey CreateLogGroup DeleteLogGroup DeleteRetentionPolicy DisassociateKmsKey"
            " ListTagsForResource PutRetentionPolicy TagResource UntagResource",
        ),
        # Some actions are on the group's streams ("Overview of managing access permissions to your CloudWatch
        # Logs resources"); `up` prints the last lines of a container that failed.
        on(
            "logs:{R}:{A}:log-group:{name}:*",
            "CreateLogGroup DeleteLogGroup DeleteRetentionPolicy GetLogEvents PutRetentionPolicy",
        ),
        anywhere("logs", "DescribeLogGroups"),
    ),
    "aws:cloudwatch/metricAlarm:MetricAlarm": on(
        "cloudwatch:{R}:{A}:alarm:{name}",
        "DeleteAlarms DescribeAlarms ListTagsForResource PutMetricAlarm TagResource UntagResource",
    ),
    "aws:cloudwatch/dashboard:Dashboard": on(
        "cloudwatch::{A}:dashboard/{dashboardName}", "DeleteDashboards GetDashboard PutDashboard"
    ),
    "aws:scheduler/schedule:Schedule": on(
        "scheduler:{R}:{A}:schedule/{groupName}/{name}",
        "CreateSchedule DeleteSchedule GetSchedule UpdateSchedule",
    ),
    "aws:sfn/stateMachine:StateMachine": (
        on(
            "states:{R}:{A}:stateMachine:{name}",
            "CreateStateMachine DeleteStateMachine DescribeStateMachine ListStateMachineVersions"
            " ListTagsForResource TagResource UntagResource UpdateStateMachine",
        ),
        anywhere("states", "ValidateStateMachineDefinition"),
    ),
    "aws:appautoscaling/target:Target": (
        on(
            "application-autoscaling:{R}:{A}:scalable-target/*",
            "DeregisterScalableTarget ListTagsForResource RegisterScalableTarget TagResource UntagResource",
        ),
        anywhere("application-autoscaling", "DescribeScalableTargets"),
        linked("{serviceNamespace}.application-autoscaling.amazonaws.com"),
    ),
    "aws:appautoscaling/policy:Policy": (
        on("application-autoscaling:{R}:{A}:scalable-target/*", "DeleteScalingPolicy PutScalingPolicy"),
        anywhere("application-autoscaling", "DescribeScalingPolicies"),
        # The alarms of target tracking ("How Application Auto Scaling works with IAM").
        on("cloudwatch:{R}:{A}:alarm:TargetTracking-*", "DeleteAlarms DescribeAlarms PutMetricAlarm"),
    ),
    "aws:appautoscaling/scheduledAction:ScheduledAction": (
        on("application-autoscaling:{R}:{A}:scalable-target/*", "DeleteScheduledAction PutScheduledAction"),
        anywhere("application-autoscaling", "DescribeScheduledActions"),
    ),
    "aws:budgets/budget:Budget": (
        on(
            "budgets::{A}:budget/{name}",
            "ListTagsForResource ModifyBudget TagResource UntagResource ViewBudget",
        ),
        on("billing::{A}:billingview/*", "GetBillingViewData"),
    ),
}
"""The permits by type."""
