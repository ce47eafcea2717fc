"""The AWS requests that the Pulumi AWS provider makes for a resource, as its sources have it: a row per type.

Names that differ only in case or in a plural need no row of their own; `renames` and `moves` are what differs
by more.
"""

from support.aws_models import moves
from support.aws_models.translate import Call, Requests

from moorage.offline import UNKNOWN

_ACTIONS = {
    "authenticateCognito": "AuthenticateCognitoConfig",
    "authenticateOidc": "AuthenticateOidcConfig",
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
    "aws:appautoscaling/scheduledAction:ScheduledAction": Requests(
        (Call("application-autoscaling", "PutScheduledAction"),), {"name": "ScheduledActionName"}
    ),
    "aws:appautoscaling/target:Target": Requests(
        (Call("application-autoscaling", "RegisterScalableTarget"),)
    ),
    "aws:autoscaling/group:Group": Requests(
        (
            Call("autoscaling", "CreateAutoScalingGroup"),
            Call("autoscaling", "StartInstanceRefresh", {"AutoScalingGroupName": UNKNOWN}),
            Call("autoscaling", "PutWarmPool", {"AutoScalingGroupName": UNKNOWN}),
        ),
        {"name": "AutoScalingGroupName", "protectFromScaleIn": "NewInstancesProtectedFromScaleIn"},
        moves.group,
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
        moves.alarm,
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
        moves.table,
    ),
    "aws:ec2/launchTemplate:LaunchTemplate": Requests(
        (Call("ec2", "CreateLaunchTemplate"),),
        {
            "name": "LaunchTemplateName",
            "launchTemplateData.networkInterfaces.securityGroups": "Groups",
            "launchTemplateData.vpcSecurityGroupIds": "SecurityGroupIds",
        },
        moves.launch_template,
        ("updateDefaultVersion",),
    ),
    "aws:ec2/securityGroup:SecurityGroup": Requests(
        (
            Call("ec2", "CreateSecurityGroup"),
            Call("ec2", "AuthorizeSecurityGroupIngress", {"GroupId": UNKNOWN}),
        ),
        {"name": "GroupName"},
        moves.security_group,
        ("revokeRulesOnDelete",),
    ),
    "aws:ec2/vpcEndpoint:VpcEndpoint": Requests((Call("ec2", "CreateVpcEndpoint"),), {}, moves.endpoint),
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": Requests(
        (Call("ecr", "PutLifecyclePolicy"),),
        {"repository": "repositoryName", "policy": "lifecyclePolicyText"},
    ),
    "aws:ecr/repository:Repository": Requests(
        (Call("ecr", "CreateRepository"),), {"name": "repositoryName"}, provider_only=("forceDelete",)
    ),
    "aws:ecr/repositoryPolicy:RepositoryPolicy": Requests(
        (Call("ecr", "SetRepositoryPolicy"),), {"repository": "repositoryName", "policy": "policyText"}
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
            "serviceConnectConfiguration.services.tls.issuerCertAuthority": "issuerCertificateAuthority",
            "volumeConfiguration.managedEbsVolume.sizeInGb": "sizeInGiB",
        },
        moves.service,
        ("forceNewDeployment", "triggers", "waitForSteadyState", "forceDelete"),
    ),
    "aws:ecs/taskDefinition:TaskDefinition": Requests(
        (Call("ecs", "RegisterTaskDefinition"),),
        {"volumes.configureAtLaunch": "configuredAtLaunch"},
        moves.task_definition,
        ("skipDestroy", "trackLatest"),
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
    "aws:iam/policy:Policy": Requests(
        (Call("iam", "CreatePolicy"),), {"name": "PolicyName", "policy": "PolicyDocument"}
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
        moves.listener,
    ),
    "aws:lb/listenerCertificate:ListenerCertificate": Requests(
        (Call("elbv2", "AddListenerCertificates"),), {}, moves.listener
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
        moves.listener_rule,
    ),
    "aws:lb/loadBalancer:LoadBalancer": Requests(
        (
            Call("elbv2", "CreateLoadBalancer"),
            Call("elbv2", "ModifyLoadBalancerAttributes", {"LoadBalancerArn": UNKNOWN}),
        ),
        {"loadBalancerType": "Type"},
        moves.load_balancer,
    ),
    "aws:lb/targetGroup:TargetGroup": Requests(
        (
            Call("elbv2", "CreateTargetGroup"),
            Call("elbv2", "ModifyTargetGroupAttributes", {"TargetGroupArn": UNKNOWN}),
        ),
        prepare=moves.target_group,
    ),
    "aws:rds/instance:Instance": Requests(
        (
            Call("rds", "CreateDBInstance", {"DBInstanceIdentifier": UNKNOWN}),
            Call("rds", "DeleteDBInstance", {"DBInstanceIdentifier": UNKNOWN}),
        ),
        {
            "username": "MasterUsername",
            "instanceClass": "DBInstanceClass",
            "finalSnapshotIdentifier": "FinalDBSnapshotIdentifier",
        },
    ),
    "aws:rds/subnetGroup:SubnetGroup": Requests(
        (Call("rds", "CreateDBSubnetGroup"),),
        {"name": "DBSubnetGroupName", "description": "DBSubnetGroupDescription"},
    ),
    "aws:route53/record:Record": Requests(
        (Call("route53", "ChangeResourceRecordSets"),),
        {
            "zoneId": "HostedZoneId",
            "changeBatch.changes.resourceRecordSet.records": "ResourceRecords",
            "changeBatch.changes.resourceRecordSet.aliasTarget.name": "DNSName",
            "changeBatch.changes.resourceRecordSet.aliasTarget.zoneId": "HostedZoneId",
        },
        moves.record,
        ("allowOverwrite",),
    ),
    "aws:s3/bucket:Bucket": Requests(
        (Call("s3", "CreateBucket"), Call("s3", "PutBucketTagging", {"Bucket": UNKNOWN})),
        {},
        lambda inputs: moves.move_into(inputs, {"tags": "tagSet"}, "tagging"),
        ("forceDestroy",),
    ),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": Requests(
        (Call("s3", "PutBucketLifecycleConfiguration"),),
        {"lifecycleConfiguration.rules.noncurrentVersionExpiration": "NoncurrentVersionExpiration"},
        lambda inputs: moves.move_into(inputs, {"rules": "rules"}, "lifecycleConfiguration"),
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
        moves.secret,
    ),
    "aws:secretsmanager/secretVersion:SecretVersion": Requests((Call("secretsmanager", "PutSecretValue"),)),
    "aws:servicediscovery/httpNamespace:HttpNamespace": Requests(
        (Call("servicediscovery", "CreateHttpNamespace"),)
    ),
    "aws:servicediscovery/service:Service": Requests((Call("servicediscovery", "CreateService"),)),
    "aws:sfn/stateMachine:StateMachine": Requests(
        (Call("stepfunctions", "CreateStateMachine"),), {}, moves.state_machine
    ),
    "aws:sns/topic:Topic": Requests((Call("sns", "CreateTopic"),)),
    "aws:sns/topicPolicy:TopicPolicy": Requests(
        (Call("sns", "SetTopicAttributes", {"AttributeName": "Policy"}),),
        {"arn": "TopicArn", "policy": "AttributeValue"},
    ),
    "aws:sns/topicSubscription:TopicSubscription": Requests(
        (Call("sns", "Subscribe"),), {"topic": "TopicArn"}
    ),
    "aws:sqs/queue:Queue": Requests((Call("sqs", "CreateQueue"),), {"name": "QueueName"}, moves.queue),
    "aws:sqs/queuePolicy:QueuePolicy": Requests(
        (Call("sqs", "SetQueueAttributes"),), {"queueUrl": "QueueUrl"}, moves.queue_policy
    ),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": Requests(
        (Call("ec2", "AuthorizeSecurityGroupEgress"),), {"securityGroupId": "GroupId"}, moves.group_rule
    ),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": Requests(
        (Call("ec2", "AuthorizeSecurityGroupIngress"),), {"securityGroupId": "GroupId"}, moves.group_rule
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
