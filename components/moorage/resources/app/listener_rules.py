"""The listener rules and listeners of apps: their conflicts, and the URL of an app."""

from __future__ import annotations

from moorage.model.app import AppSpec
from moorage.model.deployment import check_test_rule
from moorage.model.listener_rules import Rule, check_clashes, rule_priority
from moorage.model.problems import Problems
from moorage.resources.load_balancer.args import LoadBalancerRef
from moorage.resources.load_balancer.rules import TakenRules


def check_rules(name: str, spec: AppSpec, taken: TakenRules, problems: Problems) -> TakenRules:
    """Return an app's rules or listeners, and report those that another app has."""
    if spec.target_group.is_network:
        return _check_ports(name, spec, taken, problems)
    check_clashes(name, list(spec.rules), taken, problems)
    claimed = {rule_priority(name, rule): (name, rule) for rule in spec.rules}
    if spec.deployment.two_groups and len(spec.rules) == 1:
        claimed |= check_test_rule(name, spec.rules[0], taken | claimed, problems)
    return claimed


def listener_of(spec: AppSpec, balancer: LoadBalancerRef) -> str | None:
    """Return the name of the listener that an app adds its rules to, or of its network load balancer."""
    name = balancer.get("name")
    if name is None or spec.target_group.is_network or spec.listener_port is None:
        return name
    return f"{name}:{spec.listener_port}"


def _check_ports(name: str, spec: AppSpec, taken: TakenRules, problems: Problems) -> TakenRules:
    """Return the ports of an app's listeners, and report those that another app has."""
    ports = {"listener_port": spec.listener_port, "deployment_options.test_port": spec.deployment.test_port}
    for field, port in ports.items():
        if port in taken:
            wrong = f"is already taken by {taken[port][0]!r}; a network load balancer has one app per port"
            problems.add(field, port, wrong)
    return {port: (name, Rule(None, None)) for port in ports.values() if port is not None}


def app_url(balancer_url: str, app: AppSpec) -> str:
    """Return the URL of an app's first rule: its host if it names one, and its path up to a wildcard; behind
    a network load balancer its protocol and port."""
    if not balancer_url:
        return ""
    scheme, _, host = balancer_url.partition("://")
    if app.target_group.is_network:
        return f"{app.target_group.protocol}://{host}:{app.listener_port}"
    first = app.rules[0]
    if first.host and "*" not in first.host and "?" not in first.host:
        host = first.host
    path = (first.path or "").split("*")[0].split("?")[0].rstrip("/") if first.path != "*" else ""
    port = f":{app.listener_port}" if app.listener_port is not None else ""
    return f"{scheme}://{host}{port}{path}"
