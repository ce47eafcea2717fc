"""Permits of data, secrets, messages, logs, alarms, schedules and scaling."""

from collections.abc import Mapping
from typing import Final

from .permit import Grants, linked

_BUCKET = "s3:::{bucket}"
_FILES = "elasticfilesystem:{R}:{A}:file-system/*"

DATA: Final[Mapping[str, Grants]] = {
    "aws:dynamodb/table:Table": {
        "dynamodb:{R}:{A}:table/{name}": "CreateTable DeleteTable DescribeContinuousBackups DescribeTable"
        " DescribeTimeToLive ListTagsOfResource TagResource UntagResource UpdateContinuousBackups"
        " UpdateTable UpdateTimeToLive",
    },
    "aws:s3/bucket:Bucket": {
        _BUCKET: "CreateBucket DeleteBucket GetAccelerateConfiguration GetBucketAcl GetBucketCORS"
        " GetBucketLocation GetBucketLogging GetBucketObjectLockConfiguration GetBucketPolicy"
        " GetBucketRequestPayment GetBucketTagging GetBucketVersioning GetBucketWebsite"
        " GetEncryptionConfiguration GetLifecycleConfiguration GetReplicationConfiguration ListBucket"
        " ListBucketVersions ListTagsForResource PutBucketTagging TagResource UntagResource",
        # `force_destroy` empties the bucket.
        _BUCKET + "/*": "DeleteObject DeleteObjectVersion",
    },
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": {
        _BUCKET: "GetLifecycleConfiguration PutLifecycleConfiguration"
    },
    "aws:s3/bucketLogging:BucketLogging": {_BUCKET: "GetBucketLogging PutBucketLogging"},
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": {
        _BUCKET: "GetBucketOwnershipControls PutBucketOwnershipControls"
    },
    "aws:s3/bucketPolicy:BucketPolicy": {_BUCKET: "DeleteBucketPolicy GetBucketPolicy PutBucketPolicy"},
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": {
        _BUCKET: "GetBucketPublicAccessBlock PutBucketPublicAccessBlock"
    },
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": {
        _BUCKET: "GetEncryptionConfiguration PutEncryptionConfiguration"
    },
    "aws:s3/bucketVersioning:BucketVersioning": {_BUCKET: "GetBucketVersioning PutBucketVersioning"},
    "aws:efs/fileSystem:FileSystem": {
        _FILES: "DeleteFileSystem DescribeFileSystems DescribeLifecycleConfiguration ListTagsForResource"
        " PutLifecycleConfiguration TagResource UntagResource UpdateFileSystem UpdateFileSystemProtection",
        "elasticfilesystem": "CreateFileSystem",
        **linked("elasticfilesystem.amazonaws.com"),
    },
    "aws:efs/backupPolicy:BackupPolicy": {_FILES: "DescribeBackupPolicy PutBackupPolicy"},
    "aws:efs/accessPoint:AccessPoint": {
        _FILES: "CreateAccessPoint",
        "elasticfilesystem:{R}:{A}:access-point/*": "DeleteAccessPoint DescribeAccessPoints"
        " ListTagsForResource TagResource UntagResource",
    },
    "aws:efs/mountTarget:MountTarget": {
        _FILES: "CreateMountTarget DeleteMountTarget DescribeMountTargetSecurityGroups DescribeMountTargets"
        " ModifyMountTargetSecurityGroups",
        # EFS uses the caller's rights for the network interface (API reference, CreateMountTarget).
        "ec2:{R}:{A}:network-interface/*": "CreateNetworkInterface DeleteNetworkInterface"
        " ModifyNetworkInterfaceAttribute",
        "ec2:{R}:{A}:subnet/*": "CreateNetworkInterface",
        "ec2:{R}:{A}:security-group/*": "CreateNetworkInterface ModifyNetworkInterfaceAttribute",
        "ec2": "DescribeNetworkInterfaces DescribeSubnets",
    },
    "aws:rds/instance:Instance": {
        "rds:{R}:{A}:db:{identifier}": "AddTagsToResource CreateDBInstance CreateDBSnapshot DeleteDBInstance"
        " DescribeDBInstances ListTagsForResource ModifyDBInstance RebootDBInstance RemoveTagsFromResource",
        "rds:{R}:{A}:og:*": "CreateDBInstance ModifyDBInstance",
        "rds:{R}:{A}:pg:*": "CreateDBInstance ModifyDBInstance",
        "rds:{R}:{A}:subgrp:*": "CreateDBInstance ModifyDBInstance",
        "rds:{R}:{A}:snapshot:*": "CreateDBSnapshot",
        # The managed master password ("Password management with Amazon RDS and AWS Secrets Manager").
        "secretsmanager:{R}:{A}:secret:rds!db-*": "CreateSecret RotateSecret TagResource",
        "kms": "DescribeKey",
        "ec2": "DescribeAvailabilityZones DescribeInternetGateways DescribeSecurityGroups DescribeSubnets"
        " DescribeVpcAttribute DescribeVpcs",
        **linked("rds.amazonaws.com"),
    },
    "aws:rds/subnetGroup:SubnetGroup": {
        "rds:{R}:{A}:subgrp:{name}": "AddTagsToResource CreateDBSubnetGroup DeleteDBSubnetGroup"
        " DescribeDBSubnetGroups ListTagsForResource ModifyDBSubnetGroup RemoveTagsFromResource",
    },
    "aws:secretsmanager/secret:Secret": {
        "secretsmanager:{R}:{A}:secret:{name}-??????": "CreateSecret DeleteResourcePolicy DeleteSecret"
        " DescribeSecret GetResourcePolicy PutResourcePolicy RestoreSecret TagResource UntagResource"
        " UpdateSecret",
    },
    "aws:secretsmanager/secretVersion:SecretVersion": {
        "secretsmanager:{R}:{A}:secret:{secret}-??????": "DescribeSecret GetSecretValue ListSecretVersionIds"
        " PutSecretValue UpdateSecretVersionStage",
    },
    "aws:ssm/parameter:Parameter": {
        "ssm:{R}:{A}:parameter/{parameter}": "AddTagsToResource DeleteParameter GetParameter GetParameters"
        " ListTagsForResource PutParameter RemoveTagsFromResource",
        "ssm": "DescribeParameters",
    },
    "aws:sqs/queue:Queue": {
        "sqs:{R}:{A}:{name}": "CreateQueue DeleteQueue GetQueueAttributes GetQueueUrl ListQueueTags"
        " SetQueueAttributes TagQueue UntagQueue",
    },
    "aws:sqs/queuePolicy:QueuePolicy": {"sqs:{R}:{A}:{queue}": "GetQueueAttributes SetQueueAttributes"},
    "aws:sns/topic:Topic": {
        "sns:{R}:{A}:{name}": "CreateTopic DeleteTopic GetTopicAttributes ListTagsForResource"
        " SetTopicAttributes TagResource UntagResource",
    },
    "aws:sns/topicPolicy:TopicPolicy": {"sns:{R}:{A}:{topic}": "GetTopicAttributes SetTopicAttributes"},
    "aws:sns/topicSubscription:TopicSubscription": {
        "sns:{R}:{A}:{topic}": "ListSubscriptionsByTopic Subscribe",
        "sns": "GetSubscriptionAttributes SetSubscriptionAttributes Unsubscribe",
    },
    "aws:cloudwatch/logGroup:LogGroup": {
        "logs:{R}:{A}:log-group:{name}": "AssociateKmsKey CreateLogGroup DeleteLogGroup"
        " DeleteRetentionPolicy DisassociateKmsKey ListTagsForResource PutRetentionPolicy TagResource"
        " UntagResource",
        # Some actions are on the group's streams ("Overview of managing access permissions to your CloudWatch
        # Logs resources"); `up` prints the last lines of a container that failed.
        "logs:{R}:{A}:log-group:{name}:*": "CreateLogGroup DeleteLogGroup DeleteRetentionPolicy GetLogEvents"
        " PutRetentionPolicy",
        "logs": "DescribeLogGroups",
    },
    "aws:cloudwatch/metricAlarm:MetricAlarm": {
        "cloudwatch:{R}:{A}:alarm:{name}": "DeleteAlarms DescribeAlarms ListTagsForResource PutMetricAlarm"
        " TagResource UntagResource",
    },
    "aws:cloudwatch/dashboard:Dashboard": {
        "cloudwatch::{A}:dashboard/{dashboardName}": "DeleteDashboards GetDashboard PutDashboard"
    },
    "aws:scheduler/schedule:Schedule": {
        "scheduler:{R}:{A}:schedule/{groupName}/{name}": "CreateSchedule DeleteSchedule GetSchedule"
        " UpdateSchedule",
    },
    "aws:sfn/stateMachine:StateMachine": {
        "states:{R}:{A}:stateMachine:{name}": "CreateStateMachine DeleteStateMachine DescribeStateMachine"
        " ListStateMachineVersions ListTagsForResource TagResource UntagResource UpdateStateMachine",
        "states": "ValidateStateMachineDefinition",
    },
    "aws:appautoscaling/target:Target": {
        "application-autoscaling:{R}:{A}:scalable-target/*": "DeregisterScalableTarget ListTagsForResource"
        " RegisterScalableTarget TagResource UntagResource",
        "application-autoscaling": "DescribeScalableTargets",
        **linked("{serviceNamespace}.application-autoscaling.amazonaws.com"),
    },
    "aws:appautoscaling/policy:Policy": {
        "application-autoscaling:{R}:{A}:scalable-target/*": "DeleteScalingPolicy PutScalingPolicy",
        "application-autoscaling": "DescribeScalingPolicies",
        # The alarms of target tracking ("How Application Auto Scaling works with IAM").
        "cloudwatch:{R}:{A}:alarm:TargetTracking-*": "DeleteAlarms DescribeAlarms PutMetricAlarm",
    },
    "aws:appautoscaling/scheduledAction:ScheduledAction": {
        "application-autoscaling:{R}:{A}:scalable-target/*": "DeleteScheduledAction PutScheduledAction",
        "application-autoscaling": "DescribeScheduledActions",
    },
    "aws:budgets/budget:Budget": {
        "budgets::{A}:budget/{name}": "ListTagsForResource ModifyBudget TagResource UntagResource ViewBudget",
        "billing::{A}:billingview/*": "GetBillingViewData",
    },
}
"""The permits by type."""
