"""An app's target group and listener rules; two groups where deployments shift traffic between them."""

from __future__ import annotations

from typing import NamedTuple

import pulumi
import pulumi_aws as aws

from moorage.model.app import AppSpec
from moorage.model.deployment import TEST_NET, priority_of_tests
from moorage.model.listener_rules import Rule, rule_priority
from moorage.model.names import logical_name

from .wiring import Wiring


class Targets(NamedTuple):
    """Target groups of an app, and the rules that forward to them."""

    group: aws.lb.TargetGroup
    rules: list[aws.lb.ListenerRule]
    second: aws.lb.TargetGroup | None = None
    """The group of the new tasks while `group` has the old ones; deployments alternate."""
    test_rule: aws.lb.ListenerRule | None = None
    """The rule that forwards to the new tasks first."""

    @property
    def groups(self) -> list[aws.lb.TargetGroup]:
        """All target groups."""
        return [self.group] if self.second is None else [self.group, self.second]

    @property
    def attached(self) -> list[aws.lb.ListenerRule]:
        """All rules, which attach the target groups to the load balancer."""
        return self.rules if self.test_rule is None else [*self.rules, self.test_rule]


def target_group(wiring: Wiring, app: AppSpec) -> Targets | None:
    """Make the target groups and the rules that forward to them, if the app has a load balancer."""
    balancer = wiring.load_balancer
    if balancer is None or wiring.network is None:
        return None
    # Auto-named: a replacement is made beside the old group.
    group = _group(wiring, app, logical_name(app.name, "tg", 32))
    two = app.deployment.two_groups
    second = _group(wiring, app, logical_name(app.name, "tg2", 32)) if two else None
    rules = [
        aws.lb.ListenerRule(
            f"{app.name}-rule" + (f"-{index}" if index else ""),
            listener_arn=balancer["listener_arn"],
            priority=rule_priority(app.name, rule),
            conditions=_conditions(rule),
            actions=_forward(group, second),
            tags=wiring.tags,
            opts=_rule_options(wiring.parent, second),
        )
        for index, rule in enumerate(app.rules)
    ]
    if second is None:
        return Targets(group, rules)
    # Also without a test header: a group must belong to a rule before ECS takes it, and the rule of an app
    # that was rolling before forwards only to the first.
    test_rule = aws.lb.ListenerRule(
        f"{app.name}-test-rule",
        listener_arn=balancer["listener_arn"],
        priority=priority_of_tests(app.name, app.rules[0]),
        conditions=[*_conditions(app.rules[0]), _test_condition(app.deployment.test_header)],
        actions=_forward(group, second),
        tags=wiring.tags,
        opts=_rule_options(wiring.parent, second),
    )
    return Targets(group, rules, second, test_rule)


def _group(wiring: Wiring, app: AppSpec, name: str) -> aws.lb.TargetGroup:
    check = app.health_check
    return aws.lb.TargetGroup(
        name,
        # Targets register with the container's port; a fixed one lets that change without a new group.
        port=80,
        protocol="HTTP",
        target_type=app.target_type,
        vpc_id=wiring.network["vpc_id"] if wiring.network else None,
        deregistration_delay=app.deregistration_delay,
        health_check={
            "path": check.path,
            "port": "traffic-port",
            "protocol": "HTTP",
            "interval": check.interval,
            "timeout": check.timeout,
            "healthy_threshold": check.healthy_threshold,
            "unhealthy_threshold": check.unhealthy_threshold,
            "matcher": check.matcher,
        },
        tags=wiring.tags,
        opts=wiring.child,
    )


def _forward(
    group: aws.lb.TargetGroup, second: aws.lb.TargetGroup | None
) -> list[aws.lb.ListenerRuleActionArgsDict]:
    if second is None:
        return [{"type": "forward", "target_group_arn": group.arn}]
    weights: list[aws.lb.ListenerRuleActionForwardTargetGroupArgsDict] = [
        {"arn": group.arn, "weight": 100},
        {"arn": second.arn, "weight": 0},
    ]
    return [{"type": "forward", "forward": {"target_groups": weights}}]


def _rule_options(parent: pulumi.Resource, second: aws.lb.TargetGroup | None) -> pulumi.ResourceOptions:
    # With two groups ECS sets the weights: resetting them would forward requests to no task.
    return pulumi.ResourceOptions(parent=parent, ignore_changes=["actions"] if second else None)


def _conditions(rule: Rule) -> list[aws.lb.ListenerRuleConditionArgsDict]:
    conditions: list[aws.lb.ListenerRuleConditionArgsDict] = []
    if rule.host is not None and rule.host != "*":
        conditions.append({"host_header": {"values": [rule.host]}})
    if rule.path is not None or not conditions:
        conditions.append({"path_pattern": {"values": [rule.path or "/*"]}})
    return conditions


def _test_condition(header: str | None) -> aws.lb.ListenerRuleConditionArgsDict:
    if header is None:
        return {"source_ip": {"values": [TEST_NET]}}
    name, _, value = header.partition(":")
    return {"http_header": {"http_header_name": name, "values": [value.strip() or "*"]}}
