"""The web ACL (AWS WAF) of a load balancer."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws


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
