"""AWS WAF."""

from typing import Any

from moorage.graph import View
from moorage.offline import Resource

from .control import Breach, Control, ControlSeverity, at, items, on, value

WEB_ACL = "aws:wafv2/webAcl:WebAcl"
RULE_GROUP = "aws:wafv2/ruleGroup:RuleGroup"


def _rules(acl: Resource, view: View) -> Breach | None:
    if any(value(acl, name, default=[]) for name in ("rules", "ruleJson")):
        return None
    return Breach("has no rules", "waf: true, or add a rule or a rule group")


def _measured(group: Resource, view: View) -> Breach | None:
    parts: list[Any] = [
        value(group, "visibilityConfig"),
        *(rule.get("visibilityConfig") for rule in items(value(group, "rules"))),
    ]
    if all(_metrics(part) for part in parts):
        return None
    return Breach("has no CloudWatch metrics", "set visibilityConfig.cloudwatchMetricsEnabled to true")


def _metrics(part: Any) -> bool:
    return on(at(part, "cloudwatchMetricsEnabled"))


CONTROLS = (
    Control(
        "WAF.10",
        "AWS WAF web ACLs should have at least one rule or rule group",
        ControlSeverity.MEDIUM,
        (WEB_ACL,),
        _rules,
        "`waf: true` adds three AWS managed rule groups",
    ),
    Control(
        "WAF.12",
        "AWS WAF rules should have CloudWatch metrics enabled",
        ControlSeverity.MEDIUM,
        (RULE_GROUP,),
        _measured,
        "moorage creates no rule groups; the rules of its web ACL have metrics",
    ),
)
