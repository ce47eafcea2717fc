"""The bucket of access logs."""

from __future__ import annotations

from typing import Any

import pulumi
import pulumi_aws as aws

from moorage.model.iam import policy, tls_only
from moorage.model.names import logical_name, shorten
from moorage.model.presets import PRESETS
from moorage.resources.inputs import after

from .wiring import BalancerWiring


def access_log_bucket(wiring: BalancerWiring) -> pulumi.Output[str]:
    """Make a private bucket for access logs, and one for the server access logs of the former.

    Return the bucket's name, known once Elastic Load Balancing may write to it.
    """
    bucket = _bucket(wiring, "access-logs")
    writable = _policy(wiring, "access-logs", bucket, bucket.arn.apply(_from_load_balancer))
    # Access to a bucket must be logged too (FSBP S3.9), but not to itself, which would never end.
    audit = _bucket(wiring, "access-logs-audit")
    audited = _policy(
        wiring,
        "access-logs-audit",
        audit,
        pulumi.Output.all(audit.arn, bucket.arn).apply(lambda arns: _from_bucket(*arns)),
    )
    aws.s3.BucketLogging(
        f"{wiring.name}-access-logs-logging",
        bucket=bucket.bucket,
        target_bucket=after([audited], audit.bucket),
        target_prefix="access/",
        opts=_log_options(wiring),
    )
    # A load balancer that may not write yet cannot be created.
    return after([writable], bucket.bucket)


def _log_options(wiring: BalancerWiring) -> pulumi.ResourceOptions:
    """Return the options of the resources of a log bucket: in production they outlive the stack."""
    retain = None if PRESETS[wiring.model.preset].force_delete else True
    return pulumi.ResourceOptions(parent=wiring.parent, retain_on_delete=retain)


def _bucket(wiring: BalancerWiring, what: str) -> aws.s3.Bucket:
    """Make a bucket for logs, whose objects expire."""
    name, preset, child = wiring.name, PRESETS[wiring.model.preset], _log_options(wiring)
    bucket = aws.s3.Bucket(
        logical_name(shorten(name, 40), what, 63).lower(),
        force_destroy=preset.force_delete,
        tags=wiring.tags,
        opts=child,
    )
    aws.s3.BucketLifecycleConfiguration(
        f"{name}-{what}-expire",
        bucket=bucket.bucket,
        rules=[
            {
                "id": "expire",
                "status": "Enabled",
                "filter": {"prefix": ""},
                "expiration": {"days": preset.log_retention_days},
                "abort_incomplete_multipart_upload": {"days_after_initiation": 1},
            }
        ],
        opts=child,
    )
    return bucket


def _policy(
    wiring: BalancerWiring, what: str, bucket: aws.s3.Bucket, writer: pulumi.Output[dict[str, Any]]
) -> aws.s3.BucketPolicy:
    """Close a bucket to the public and to requests without TLS, and let one service write to it."""
    name, child = wiring.name, _log_options(wiring)
    closed = aws.s3.BucketPublicAccessBlock(
        f"{name}-{what}-private",
        bucket=bucket.bucket,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
        opts=child,
    )
    return aws.s3.BucketPolicy(
        f"{name}-{what}-policy",
        bucket=bucket.bucket,
        policy=pulumi.Output.all(bucket.arn, writer).apply(lambda args: _policy_text(*args)),
        opts=pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(depends_on=[closed])),
    )


def _from_load_balancer(bucket_arn: str) -> dict[str, Any]:
    """Return the statement for access logs ("Access logs for your Application Load Balancer")."""
    return {
        "Sid": "LogDelivery",
        "Effect": "Allow",
        "Principal": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"{bucket_arn}/AWSLogs/*",
    }


def _from_bucket(bucket_arn: str, source_arn: str) -> dict[str, Any]:
    """Return the statement for server access logs ("Enabling Amazon S3 server access logging")."""
    return {
        "Sid": "ServerAccessLogs",
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"{bucket_arn}/access/*",
        "Condition": {"ArnLike": {"aws:SourceArn": source_arn}},
    }


def _policy_text(bucket_arn: str, writer: dict[str, Any]) -> str:
    return policy([writer, tls_only("s3:*", [bucket_arn, f"{bucket_arn}/*"])])
