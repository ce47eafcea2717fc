"""IAM actions that know no ARN."""

from moorage.model.wildcards import covers

_WITHOUT_ARN = (
    *("acm:ListCertificates", "autoscaling:Describe*", "ce:Get*", "cloudwatch:GetMetricData"),
    *("cloudwatch:GetMetricStatistics", "cloudwatch:ListMetrics", "cloudwatch:PutMetricData"),
    *("comprehend:BatchDetect*", "dynamodb:ListTables", "ec2:Describe*", "ecr:GetAuthorizationToken"),
    *("ecr-public:GetAuthorizationToken", "ecs:DescribeTaskDefinition", "ecs:DiscoverPollEndpoint"),
    *("ecs:ListClusters", "ecs:ListTaskDefinitions", "elasticloadbalancing:Describe*"),
    *("kms:GenerateRandom", "kms:ListAliases", "kms:ListKeys", "lambda:ListFunctions", "pricing:*"),
    *("rekognition:DetectFaces", "rekognition:DetectModerationLabels", "rekognition:DetectText"),
    *("route53:ListHostedZones", "s3:ListAllMyBuckets", "secretsmanager:BatchGetSecretValue"),
    *("secretsmanager:GetRandomPassword", "secretsmanager:ListSecrets", "servicediscovery:DiscoverInstances"),
    *("sns:ListTopics", "sqs:ListQueues", "ssm:DescribeParameters", "ssmmessages:CreateControlChannel"),
    *("ssmmessages:CreateDataChannel", "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel"),
    *("sts:GetCallerIdentity", "sts:GetServiceBearerToken", "tag:GetResources", "textract:Analyze*"),
    *("textract:DetectDocumentText", "xray:GetSampling*", "xray:PutTelemetryRecords"),
    "xray:PutTraceSegments",
    # The policy of AWS's own documentation for logged ECS Exec sessions allows it on all.
    "logs:DescribeLogGroups",
)
"""Actions without resource types (Service Authorization Reference), reviewed: those that tasks call."""


def knows_no_arn(action: str) -> bool:
    """Return whether an action, or every one of a pattern, is known to have no resources."""
    return any(covers(pattern.lower(), action.lower()) for pattern in _WITHOUT_ARN)
