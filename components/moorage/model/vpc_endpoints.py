"""The VPC endpoints that a network can have, by the services' names."""

from enum import StrEnum
from typing import Literal, get_args

EndpointName = Literal[
    "gateway",
    "all",
    "dynamodb",
    "s3",
    "ecr.api",
    "ecr.dkr",
    "logs",
    "secretsmanager",
    "ssm",
    "ssmmessages",
    "acm-pca",
    "appconfig",
    "appconfigdata",
    "application-autoscaling",
    "athena",
    "autoscaling",
    "bedrock-runtime",
    "cognito-idp",
    "data-servicediscovery",
    "ec2",
    "ec2messages",
    "ecs",
    "ecs-agent",
    "ecs-telemetry",
    "elasticfilesystem",
    "elasticloadbalancing",
    "email-smtp",
    "events",
    "execute-api",
    "glue",
    "kinesis-firehose",
    "kinesis-streams",
    "kms",
    "lambda",
    "monitoring",
    "rds-data",
    "redshift-data",
    "sagemaker.runtime",
    "scheduler",
    "servicediscovery",
    "sns",
    "sqs",
    "ssm-contacts",
    "ssm-incidents",
    "states",
    "sts",
    "textract",
    "transcribe",
    "translate",
    "xray",
]


class Endpoint(StrEnum):
    """A group of VPC endpoints, or a service as in the endpoints' names (AWS PrivateLink: "AWS services that
    integrate with AWS PrivateLink")."""

    _ignore_ = "text"
    for text in get_args(EndpointName):
        vars()[text.upper().replace("-", "_").replace(".", "_")] = text
