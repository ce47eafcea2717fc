"""Data services: DynamoDB, S3, SQS, SNS, Secrets Manager, SSM, EFS, KMS, CloudWatch, RDS, random values."""

from typing import Any

from .row import Row, Scope, row

_S3_PARTS = (
    *("PublicAccessBlock", "Policy", "Versioning", "OwnershipControls", "ServerSideEncryptionConfiguration"),
    *("LifecycleConfiguration", "Logging", "Notification", "CorsConfiguration"),
)
"""Configuration resources of a bucket; each has the bucket's name as its id."""

_BUCKET = row(
    "{bucket}",
    "bucket",
    63,
    lower=True,
    arn="arn:{P}:s3:::{bucket}",
    bucketDomainName="{bucket}.s3.{D}",
    bucketRegionalDomainName="{bucket}.s3.{R}.{D}",
    bucketRegion="{R}",
)
_OBJECT = row("{bucket}/{key}", "key", arn="arn:{P}:s3:::{bucket}/{key}", versionId="{H32}")


def _stream(scope: Scope) -> str:
    return f"{scope['arn']}/stream/2025-01-01T00:00:00.000" if scope["streamEnabled"] else ""


def _parameter_arn(scope: Scope) -> str:
    return "arn:{P}:ssm:{R}:{A}:parameter/".format_map(scope) + str(scope["name"]).lstrip("/")


def _efs(prefix: str, kind: str, **outputs: Any) -> Row:
    return row(
        prefix + "-{H17}",
        arn=f"arn:{{P}}:elasticfilesystem:{{R}}:{{A}}:{kind}/{{id}}",
        ownerId="{A}",
        **outputs,
    )


_FILE_SYSTEM_ARN = "arn:{P}:elasticfilesystem:{R}:{A}:file-system/{fileSystemId}"


def _master_user_secrets(scope: Scope) -> list[dict[str, str]]:
    """Return the secret that RDS manages, if it does."""
    if scope["manageMasterUserPassword"] is not True:
        return []
    arn = "arn:{P}:secretsmanager:{R}:{A}:secret:rds!db-{U}-{H6}".format_map(scope)
    return [{"secretArn": arn, "secretStatus": "active", "kmsKeyId": ""}]


ROWS: dict[str, Row] = {
    "dynamodb.Table": row("{name}", "name", arn="arn:{P}:dynamodb:{R}:{A}:table/{name}", streamArn=_stream),
    "s3.Bucket": _BUCKET,
    "s3.BucketObject": _OBJECT,
    "s3.BucketObjectv2": _OBJECT,
    **{f"s3.Bucket{part}": row("{bucket}") for part in _S3_PARTS},
    "sqs.Queue": row(
        "{url}", "name", 80, url="https://sqs.{R}.{D}/{A}/{name}", arn="arn:{P}:sqs:{R}:{A}:{name}"
    ),
    "sqs.QueuePolicy": row("{queueUrl}"),
    "sqs.RedrivePolicy": row("{queueUrl}"),
    "sns.Topic": row("{arn}", "name", arn="arn:{P}:sns:{R}:{A}:{name}", owner="{A}"),
    "sns.TopicPolicy": row("{arn}", owner="{A}"),
    "sns.TopicSubscription": row(
        "{arn}",
        arn="{topic}:{U}",
        ownerId="{A}",
        pendingConfirmation=False,
        confirmationWasAuthenticated=True,
    ),
    "secretsmanager.Secret": row("{arn}", "name", arn="arn:{P}:secretsmanager:{R}:{A}:secret:{name}-{H6}"),
    "secretsmanager.SecretVersion": row(
        "{secretId}|{versionId}",
        versionId="{U}",
        arn="{secretId}",
        secretArn="{secretId}",
        versionStages=lambda _: ["AWSCURRENT"],
    ),
    "secretsmanager.SecretPolicy": row("{secretArn}"),
    "ssm.Parameter": row("{name}", "name", 2048, arn=_parameter_arn, version=1),
    "efs.FileSystem": _efs("fs", "file-system", dnsName="{id}.efs.{R}.{D}", numberOfMountTargets=0),
    "efs.AccessPoint": _efs("fsap", "access-point", fileSystemArn=_FILE_SYSTEM_ARN),
    "efs.MountTarget": row(
        "fsmt-{H17}",
        fileSystemArn=_FILE_SYSTEM_ARN,
        dnsName="{fileSystemId}.efs.{R}.{D}",
        networkInterfaceId="eni-{H17}",
        ownerId="{A}",
    ),
    "efs.FileSystemPolicy": row("{fileSystemId}"),
    "efs.BackupPolicy": row("{fileSystemId}"),
    "kms.Key": row("{keyId}", keyId="{U}", arn="arn:{P}:kms:{R}:{A}:key/{keyId}"),
    "kms.Alias": row(
        "{name}",
        name="alias/{N}-{H7}",
        known="name",
        arn="arn:{P}:kms:{R}:{A}:{name}",
        targetKeyArn="arn:{P}:kms:{R}:{A}:key/{targetKeyId}",
    ),
    "cloudwatch.LogGroup": row("{name}", "name", 512, arn="arn:{P}:logs:{R}:{A}:log-group:{name}"),
    "cloudwatch.MetricAlarm": row("{name}", "name", arn="arn:{P}:cloudwatch:{R}:{A}:alarm:{name}"),
    "cloudwatch.CompositeAlarm": row("{alarmName}", arn="arn:{P}:cloudwatch:{R}:{A}:alarm:{alarmName}"),
    "cloudwatch.Dashboard": row(
        "{dashboardName}", dashboardArn="arn:{P}:cloudwatch::{A}:dashboard/{dashboardName}"
    ),
    "cloudwatch.LogMetricFilter": row("{name}", "name", 512),
    "cloudwatch.LogSubscriptionFilter": row("cwlsf-{H10}", "name", 512),
    "rds.Instance": row(
        "{identifier}",
        "identifier",
        63,
        lower=True,
        arn="arn:{P}:rds:{R}:{A}:db:{identifier}",
        address="{identifier}.{H12}.{R}.rds.{D}",
        port=lambda s: _DATABASE_PORTS.get(str(s["engine"]).removeprefix("aurora-"), 3306),
        endpoint="{address}:{port}",
        resourceId="db-{H26}",
        status="available",
        masterUserSecrets=_master_user_secrets,
    ),
    "rds.Cluster": row(
        "{clusterIdentifier}",
        "clusterIdentifier",
        63,
        lower=True,
        arn="arn:{P}:rds:{R}:{A}:cluster:{clusterIdentifier}",
        endpoint="{clusterIdentifier}.cluster-{H12}.{R}.rds.{D}",
        readerEndpoint="{clusterIdentifier}.cluster-ro-{H12}.{R}.rds.{D}",
        port=lambda s: _DATABASE_PORTS.get(str(s["engine"]).removeprefix("aurora-"), 3306),
        clusterResourceId="cluster-{H26}",
    ),
    "rds.SubnetGroup": row("{name}", "name", lower=True, arn="arn:{P}:rds:{R}:{A}:subgrp:{name}"),
    "random:index/randomPassword:RandomPassword": row(
        "none", result=lambda s: s.hex(s["length"] or 16, "result")
    ),
    "random:index/randomString:RandomString": row(
        "{result}", result=lambda s: s.hex(s["length"] or 16, "result")
    ),
    "random:index/randomUuid:RandomUuid": row("{U}", result="{U}"),
    "random:index/randomId:RandomId": row("{hex}", hex=lambda s: s.hex(2 * (s["byteLength"] or 8), "result")),
    "random:index/randomPet:RandomPet": row("brave-{H7}"),
}

_DATABASE_PORTS = {"postgres": 5432, "postgresql": 5432, "mysql": 3306, "mariadb": 3306}
