"""The rules on the listener of a load balancer, its own and those of apps."""

from __future__ import annotations

from typing import cast

import pulumi_aws as aws

from moorage.model.choices import ConditionKind
from moorage.model.listener_rules import Rule
from moorage.model.rule_conditions import Condition
from moorage.resources.program import shared_by_deployment

TakenRules = dict[int, tuple[str, Rule]]
"""The rules of a listener by priority, each with its app or load balancer; of a network load balancer its
listeners by port."""


def taken_rules(listener: str | None) -> TakenRules:
    """Return what a listener has so far, by the name of its load balancer and a further port.

    Without a name the listener cannot be identified, and the table is empty.
    """
    if listener is None:
        return {}
    tables = shared_by_deployment("listener-rules", lambda: cast("dict[str, TakenRules]", {}))
    return tables.setdefault(listener, {})


def conditions_of(rule: Rule) -> list[aws.lb.ListenerRuleConditionArgsDict]:
    """Return the conditions of a rule as the provider takes them."""
    conditions: list[aws.lb.ListenerRuleConditionArgsDict] = []
    if rule.host is not None and rule.host != "*":
        conditions.append({"host_header": {"values": [rule.host]}})
    if rule.path is not None or not (conditions or rule.conditions):
        conditions.append({"path_pattern": {"values": [rule.path or "/*"]}})
    return conditions + [_condition(condition) for condition in rule.conditions]


def _condition(condition: Condition) -> aws.lb.ListenerRuleConditionArgsDict:
    values = [*condition.values]
    match condition.kind:
        case ConditionKind.HEADER:
            return {"http_header": {"http_header_name": condition.key, "values": values}}
        case ConditionKind.QUERY:
            return {"query_strings": [{"key": condition.key, "value": value} for value in values]}
        case ConditionKind.METHOD:
            return {"http_request_method": {"values": values}}
        case ConditionKind.SOURCE_IP:
            return {"source_ip": {"values": values}}
