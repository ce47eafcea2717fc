"""The web ACL (AWS WAF) of a load balancer."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from .wiring import BalancerWiring

_RULE_GROUPS = (
    "AWSManagedRulesAmazonIpReputationList",
    "AWSManagedRulesCommonRuleSet",
    "AWSManagedRulesKnownBadInputsRuleSet",
)
"""The managed rule groups of `waf`."""


def firewall(wiring: BalancerWiring, balancer: aws.lb.LoadBalancer) -> None:
    """Associate a web ACL with a load balancer: the given one, or with `waf` one of AWS managed rule
    groups."""
    web_acl_arn = wiring.passed.web_acl_arn
    if web_acl_arn is None:
        if not wiring.model.waf:
            return
        web_acl_arn = aws.wafv2.WebAcl(
            f"{wiring.name}-waf",
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
                for priority, group in enumerate(_RULE_GROUPS)
            ],
            visibility_config=_metrics(f"{wiring.name}-waf"),
            **wiring.common,
        ).arn
    aws.wafv2.WebAclAssociation(
        f"{wiring.name}-waf-before-alb",
        resource_arn=balancer.arn,
        web_acl_arn=web_acl_arn,
        # Deleting the old one afterwards would remove the load balancer from the new web ACL as well.
        opts=pulumi.ResourceOptions(parent=wiring.parent, delete_before_replace=True),
    )


def _metrics(name: str) -> aws.wafv2.WebAclVisibilityConfigArgsDict:
    return {"metric_name": name, "cloudwatch_metrics_enabled": True, "sampled_requests_enabled": True}
