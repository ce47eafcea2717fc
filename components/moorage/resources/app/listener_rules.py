"""The listener rules of apps: which are taken, and the URL that follows from them."""

from __future__ import annotations

from typing import cast

from moorage.model.app import AppSpec
from moorage.model.deployment import check_test_rule
from moorage.model.listener_rules import Rule, check_clashes, rule_priority
from moorage.model.problems import Problems
from moorage.resources.load_balancer.args import LoadBalancerRef
from moorage.resources.program import shared

TakenRules = dict[int, tuple[str, Rule]]
"""Rules on a listener by priority, each with its app."""


def taken_rules(balancer: LoadBalancerRef) -> TakenRules:
    """Return the rules that are taken on the listener of a load balancer."""
    taken = shared("listener-rules", lambda: cast("dict[str, TakenRules]", {}))
    # Without its name nothing tells one load balancer from another.
    return taken.setdefault(balancer["name"], {}) if "name" in balancer else {}


def check_rules(name: str, spec: AppSpec, taken: TakenRules, problems: Problems) -> TakenRules:
    """Return an app's rules; `problems` is told which are another app's already."""
    check_clashes(name, list(spec.rules), taken, problems)
    claimed = {rule_priority(name, rule): (name, rule) for rule in spec.rules}
    if spec.deployment.two_groups and len(spec.rules) == 1:
        claimed |= check_test_rule(name, spec.rules[0], taken | claimed, problems)
    return claimed


def claim_rules(name: str, spec: AppSpec, balancer: LoadBalancerRef, problems: Problems) -> None:
    """Take an app's rules on the listener of its load balancer.

    Raises:
        ValueError: there are problems, of the rules or from before; nothing is taken then.
    """
    taken = taken_rules(balancer)
    claimed = check_rules(name, spec, taken, problems)
    problems.raise_if_any()
    taken.update(claimed)


def app_url(balancer_url: str, rules: tuple[Rule, ...]) -> str:
    """Return where the first rule of an app leads: its host when it names one, and its path up to a
    wildcard."""
    if not balancer_url:
        return ""
    first = rules[0]
    scheme, _, host = balancer_url.partition("://")
    if first.host and "*" not in first.host and "?" not in first.host:
        host = first.host
    path = (first.path or "").split("*")[0].split("?")[0].rstrip("/") if first.path != "*" else ""
    return f"{scheme}://{host}{path}"
