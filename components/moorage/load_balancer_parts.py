"""What a load balancer may have beside it: certificate, DNS record, bucket for access logs, firewall."""

from __future__ import annotations

import json
from typing import Any

import pulumi
import pulumi_aws as aws

from .spec.names import logical_name, shorten
from .spec.presets import Preset


def certificate(
    parent: pulumi.Resource,
    name: str,
    domain: str,
    zone_id: pulumi.Input[str],
    tags: dict[str, pulumi.Input[str]],
) -> pulumi.Output[str]:
    """Issue a certificate for a domain, validated by a record in its hosted zone.

    Returns:
        The certificate's ARN, known once it was validated.
    """
    child = pulumi.ResourceOptions(parent=parent)
    issued = aws.acm.Certificate(
        f"{name}-certificate", domain_name=domain, validation_method="DNS", tags=tags, opts=child
    )
    option = issued.domain_validation_options[0]
    proof = aws.route53.Record(
        f"{name}-certificate-proof",
        zone_id=zone_id,
        name=option.resource_record_name,
        type=option.resource_record_type,
        records=[option.resource_record_value],
        ttl=60,
        # ACM gives the same record for every certificate of a domain in one account.
        allow_overwrite=True,
        opts=child,
    )
    validated = aws.acm.CertificateValidation(
        f"{name}-certificate-valid",
        certificate_arn=issued.arn,
        validation_record_fqdns=[proof.fqdn],
        opts=child,
    )
    return validated.certificate_arn


def record(
    parent: pulumi.Resource,
    name: str,
    domain: str,
    zone_id: pulumi.Input[str],
    record_type: str,
    balancer: aws.lb.LoadBalancer,
    *,
    protect: bool | None,
) -> None:
    """Make the record that points a domain to a load balancer: an alias, or a CNAME."""
    # Route 53 refuses another record beside a CNAME of the same name.
    child = pulumi.ResourceOptions(parent=parent, protect=protect, delete_before_replace=True)
    if record_type == "cname":
        aws.route53.Record(
            f"{name}-record",
            zone_id=zone_id,
            name=domain,
            type="CNAME",
            records=[balancer.dns_name],
            ttl=60,
            opts=child,
        )
        return
    aws.route53.Record(
        f"{name}-record",
        zone_id=zone_id,
        name=domain,
        type="A",
        aliases=[{"name": balancer.dns_name, "zone_id": balancer.zone_id, "evaluate_target_health": True}],
        opts=child,
    )


def access_log_bucket(
    parent: pulumi.Resource, name: str, preset: Preset, tags: dict[str, pulumi.Input[str]]
) -> pulumi.Output[str]:
    """Make a private bucket that Elastic Load Balancing may write access logs to, and beside it one for who
    reads them.

    Returns:
        The bucket's name, known once the load balancer may write to it.
    """
    child = _log_options(parent, preset)
    bucket = _bucket(child, name, "access-logs", preset, tags)
    writable = _policy(child, name, "access-logs", bucket, bucket.arn.apply(_from_load_balancer))
    # A bucket's own access must be logged too (FSBP S3.9), and not to itself, which would never end.
    audit = _bucket(child, name, "access-logs-audit", preset, tags)
    audited = _policy(
        child,
        name,
        "access-logs-audit",
        audit,
        pulumi.Output.all(audit.arn, bucket.arn).apply(lambda arns: _from_bucket(*arns)),
    )
    aws.s3.BucketLogging(
        f"{name}-access-logs-logging",
        bucket=bucket.bucket,
        target_bucket=pulumi.Output.all(audit.bucket, audited.urn).apply(lambda known: str(known[0])),
        target_prefix="access/",
        opts=child,
    )
    # A load balancer that may not write yet refuses to be made.
    return pulumi.Output.all(bucket.bucket, writable.urn).apply(lambda known: str(known[0]))


def _log_options(parent: pulumi.Resource, preset: Preset) -> pulumi.ResourceOptions:
    """Return the options of what belongs to a bucket of logs: in production they outlive the stack."""
    return pulumi.ResourceOptions(parent=parent, retain_on_delete=None if preset.force_delete else True)


def _bucket(
    child: pulumi.ResourceOptions, name: str, what: str, preset: Preset, tags: dict[str, pulumi.Input[str]]
) -> aws.s3.Bucket:
    """Make a bucket for logs, whose objects expire."""
    bucket = aws.s3.Bucket(
        logical_name(shorten(name, 40), what, 63).lower(),
        force_destroy=preset.force_delete,
        tags=tags,
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
    child: pulumi.ResourceOptions,
    name: str,
    what: str,
    bucket: aws.s3.Bucket,
    writer: pulumi.Output[dict[str, Any]],
) -> aws.s3.BucketPolicy:
    """Close a bucket to the public and to requests without TLS, and let one service write to it."""
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
        policy=pulumi.Output.all(bucket.arn, writer).apply(lambda known: _policy_text(*known)),
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
    tls_only = {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [bucket_arn, f"{bucket_arn}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [writer, tls_only]}, sort_keys=True)


def firewall(
    parent: pulumi.Resource,
    name: str,
    balancer: aws.lb.LoadBalancer,
    web_acl_arn: pulumi.Input[str] | None,
    tags: dict[str, pulumi.Input[str]],
    *,
    wanted: bool,
) -> None:
    """Put a web ACL before a load balancer: the given one, or, when `wanted`, one of AWS's managed rule
    groups."""
    child = pulumi.ResourceOptions(parent=parent)
    if web_acl_arn is None:
        if not wanted:
            return
        web_acl_arn = aws.wafv2.WebAcl(
            f"{name}-waf",
            scope="REGIONAL",
            default_action={"allow": {}},
            rules=[
                {
                    "name": group,
                    "priority": priority,
                    "override_action": {"none": {}},
                    "statement": {"managed_rule_group_statement": {"vendor_name": "AWS", "name": group}},
                    "visibility_config": _metrics(group),
                }
                for priority, group in enumerate(
                    (
                        "AWSManagedRulesAmazonIpReputationList",
                        "AWSManagedRulesCommonRuleSet",
                        "AWSManagedRulesKnownBadInputsRuleSet",
                    )
                )
            ],
            visibility_config=_metrics(f"{name}-waf"),
            tags=tags,
            opts=child,
        ).arn
    aws.wafv2.WebAclAssociation(
        f"{name}-waf-before-alb",
        resource_arn=balancer.arn,
        web_acl_arn=web_acl_arn,
        # To delete the old one afterwards would take the load balancer out of the new web ACL as well.
        opts=pulumi.ResourceOptions(parent=parent, delete_before_replace=True),
    )


def _metrics(name: str) -> aws.wafv2.WebAclVisibilityConfigArgsDict:
    return {"metric_name": name, "cloudwatch_metrics_enabled": True, "sampled_requests_enabled": True}
