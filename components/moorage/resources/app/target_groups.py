"""An app's target group, with its listener rules or listeners; two groups where deployments shift traffic
between them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias

import pulumi
import pulumi_aws as aws

from moorage.model.app import AppSpec
from moorage.model.choices import ConditionKind, TargetProtocol
from moorage.model.deployment import TEST_NET, priority_of_tests
from moorage.model.listener_rules import Authentication, Rule, rule_priority
from moorage.model.names import logical_name
from moorage.resources.inputs import present
from moorage.resources.load_balancer.rules import conditions_of

from .listeners import listener
from .wiring import Wiring

Forwarding: TypeAlias = "aws.lb.ListenerRule | aws.lb.Listener"
"""A rule of an Application Load Balancer, or a listener of a network load balancer."""


class Targets(NamedTuple):
    """Target groups of an app, and the rules or listeners that forward to them."""

    group: aws.lb.TargetGroup
    rules: Sequence[Forwarding]
    second: aws.lb.TargetGroup | None = None
    """The group of the new tasks while `group` has the old ones; deployments alternate."""
    test_rule: Forwarding | None = None
    """The rule that forwards to the new tasks first."""

    @property
    def groups(self) -> list[aws.lb.TargetGroup]:
        """All target groups."""
        return [self.group] if self.second is None else [self.group, self.second]

    @property
    def attached(self) -> list[Forwarding]:
        """All rules, which attach the target groups to the load balancer."""
        return [*self.rules] if self.test_rule is None else [*self.rules, self.test_rule]


def target_group(wiring: Wiring, app: AppSpec) -> Targets | None:
    """Make the target groups and the rules that forward to them, if the app has a load balancer."""
    balancer = wiring.load_balancer
    if balancer is None or wiring.network is None:
        return None
    # Auto-named: a replacement is made beside the old group.
    group = _group(wiring, app, "tg")
    second = _group(wiring, app, "tg2") if app.deployment.two_groups else None
    if app.target_group.is_network:
        test = listener(wiring, app, balancer, "test-listener", second) if second else None
        return Targets(group, [listener(wiring, app, balancer, "listener", group)], second, test)
    further = balancer.get("listener_arns", {}).get(str(app.listener_port))
    listener_arn = balancer["listener_arn"] if further is None else further
    rules = [
        aws.lb.ListenerRule(
            f"{app.name}-rule{rule.suffix}",
            listener_arn=listener_arn,
            priority=rule_priority(app.name, rule),
            conditions=conditions_of(rule),
            actions=_actions(wiring, rule, group, second),
            tags=wiring.tags,
            opts=_rule_options(
                wiring.parent, second, f"{app.name}-rule{rule.placed}" if rule.priority else None
            ),
        )
        for rule in app.rules
    ]
    if second is None:
        return Targets(group, rules)
    # Also without a test header: a group must belong to a rule before ECS takes it, and the rule of an app
    # that was rolling before forwards only to the first.
    test_rule = aws.lb.ListenerRule(
        f"{app.name}-test-rule",
        listener_arn=listener_arn,
        priority=priority_of_tests(app.name, app.rules[0]),
        conditions=_test_conditions(app.rules[0], app.deployment.test_header),
        actions=[_forward(group, second)],
        tags=wiring.tags,
        opts=_rule_options(wiring.parent, second),
    )
    return Targets(group, rules, second, test_rule)


def _group(wiring: Wiring, app: AppSpec, what: str) -> aws.lb.TargetGroup:
    """Make a target group; another protocol makes one beside it, since the provider keeps the version."""
    check, settings = app.health_check, app.target_group
    protocol = settings.protocol
    to_tasks = {TargetProtocol.HTTPS: "HTTPS", TargetProtocol.UDP: "UDP"}.get(
        protocol, "TCP" if settings.is_network else "HTTP"
    )
    # A listener can begin to decrypt without another group.
    kind = to_tasks.lower() if settings.is_network else protocol
    checked = to_tasks if not settings.is_network else "TCP" if check.path is None else "HTTP"
    sticky = settings.stickiness
    mitigation = settings.anomaly_mitigation
    return aws.lb.TargetGroup(
        logical_name(app.name, what if kind == TargetProtocol.HTTP else f"{what}-{kind}", 32),
        # Targets register with the container's port; a fixed one lets that change without a new group.
        port=80,
        protocol=to_tasks,
        protocol_version=protocol.upper() if settings.is_http2 else None,
        target_type=app.target_type,
        vpc_id=wiring.network["vpc_id"] if wiring.network else None,
        deregistration_delay=app.deregistration_delay,
        load_balancing_algorithm_type=settings.algorithm,
        load_balancing_anomaly_mitigation=None if mitigation is None else "on" if mitigation else "off",
        slow_start=settings.slow_start or None,
        stickiness=present(
            type=sticky.type,
            enabled=sticky.enabled,
            cookie_duration=None if settings.is_network else sticky.cookie_duration,
            cookie_name=sticky.cookie_name,
        )
        if sticky
        else None,
        health_check=present(
            path=check.path,
            port="traffic-port" if check.port is None else str(check.port),
            protocol=checked,
            interval=check.interval,
            timeout=check.timeout,
            healthy_threshold=check.healthy_threshold,
            unhealthy_threshold=check.unhealthy_threshold,
            matcher=check.matcher,
        ),
        **wiring.common,
    )


def _actions(
    wiring: Wiring, rule: Rule, group: aws.lb.TargetGroup, second: aws.lb.TargetGroup | None
) -> list[aws.lb.ListenerRuleActionArgsDict]:
    forward = _forward(group, second)
    if rule.shares:
        others = [(wiring.input(share.arn), share.weight) for share in rule.shares.others]
        forward = _weighted((group.arn, rule.shares.own), *others)
    if rule.authenticate is None:
        return [forward]
    forward["order"] = 2
    return [_sign_in(wiring, rule.authenticate), forward]


def _sign_in(wiring: Wiring, authentication: Authentication) -> aws.lb.ListenerRuleActionArgsDict:
    settings: dict[str, Any] = {
        name: wiring.input(value) if isinstance(value, str) else value
        for name, value in authentication.settings.items()
    }
    if "client_secret" in settings:
        # The state of the stack must not show it.
        settings["client_secret"] = pulumi.Output.secret(settings["client_secret"])
    provider = authentication.provider
    action: Any = {"type": f"authenticate-{provider}", "order": 1, f"authenticate_{provider}": settings}
    return action


def _forward(
    group: aws.lb.TargetGroup, second: aws.lb.TargetGroup | None
) -> aws.lb.ListenerRuleActionArgsDict:
    if second is None:
        return {"type": "forward", "target_group_arn": group.arn}
    return _weighted((group.arn, 100), (second.arn, 0))


def _weighted(*groups: tuple[pulumi.Input[str], int]) -> aws.lb.ListenerRuleActionArgsDict:
    weights: list[aws.lb.ListenerRuleActionForwardTargetGroupArgsDict] = [
        {"arn": arn, "weight": weight} for arn, weight in groups
    ]
    return {"type": "forward", "forward": {"target_groups": weights}}


def _rule_options(
    parent: pulumi.Resource, second: aws.lb.TargetGroup | None, former: str | None = None
) -> pulumi.ResourceOptions:
    """Return the options of a rule; `former` is the name that one with a fixed priority had by its place."""
    return pulumi.ResourceOptions(
        parent=parent,
        # With two groups ECS sets the weights: resetting them would forward requests to no task.
        ignore_changes=["actions"] if second else None,
        aliases=[pulumi.Alias(name=former)] if former is not None else None,
    )


def _test_conditions(rule: Rule, header: str | None) -> list[aws.lb.ListenerRuleConditionArgsDict]:
    """Return the conditions of the rule for test requests; without a test header it matches none."""
    if header is None:
        # A rule has one condition of addresses.
        rest = [condition for condition in rule.conditions if condition.kind is not ConditionKind.SOURCE_IP]
        return [*conditions_of(rule._replace(conditions=tuple(rest))), {"source_ip": {"values": [TEST_NET]}}]
    name, _, value = header.partition(":")
    test: aws.lb.ListenerRuleConditionArgsDict = {
        "http_header": {"http_header_name": name, "values": [value.strip() or "*"]}
    }
    return [*conditions_of(rule), test]
