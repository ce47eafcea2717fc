"""Checks of an app's arguments for its load balancer against each other."""

from collections.abc import Mapping
from typing import Any

from .app import AppSpec
from .arguments import mapping, objects
from .authentication import check_authentication
from .choices import StickinessType, TargetProtocol
from .fields.balancing import matcher_form
from .names import check_pattern
from .problems import Problems
from .rule_limits import check_limits, values_per_rule


def check_balancing(app: AppSpec, args: Mapping[str, Any], problems: Problems) -> None:
    """Check the rules, the health check and the target group of an app."""
    _check_health(app, problems)
    for index, rule in enumerate(objects(args.get("rules"))):
        if "authenticate" in rule:
            check_authentication(f"rules[{index}].authenticate", rule["authenticate"], problems)
    sticky = app.target_group.stickiness
    if sticky and sticky.type is StickinessType.APP_COOKIE and not sticky.cookie_name:
        problems.say("stickiness.cookie_name", "is required with type app_cookie")
    check_limits(app.rules, values_per_rule(app.deployment), problems)
    _check_listener(app, args, problems)
    if not app.deployment.two_groups:
        return
    if sticky and sticky.enabled:
        wrong = f"cannot be combined with deployment {app.deployment.strategy}: ECS moves clients between two"
        problems.say("stickiness", f"{wrong} target groups, and a client would stay in the old one")
    for rule in app.rules:
        if rule.authenticate:
            wrong = f"cannot be combined with deployment {app.deployment.strategy}: ECS writes the actions of"
            problems.say(f"rules[{rule.place}].authenticate", f"{wrong} its rule; use rolling")


def _check_health(app: AppSpec, problems: Problems) -> None:
    check = app.health_check
    if check.timeout >= check.interval:
        problems.add("health_check.timeout", check.timeout, f"must be below the interval, {check.interval} s")
    form = matcher_form(grpc=app.target_group.protocol is TargetProtocol.GRPC)
    if not problems.concerns("health_check.matcher"):
        check_pattern("health_check.matcher", check.matcher, *form, problems)
    ports = [port for each in app.task.containers for port in each.ports if port.protocol == "tcp"]
    if check.port is None:
        return
    if app.task.bridge and check.port not in {port.host_port for port in ports}:
        problems.add("health_check.port", check.port, "must be a fixed `host_port` of one of the containers")
    elif not app.task.bridge and check.port not in {port.container_port for port in ports}:
        wrong = "must be a TCP port of one of the containers; add it to `ports`"
        problems.add("health_check.port", check.port, wrong)


def _check_listener(app: AppSpec, args: Mapping[str, Any], problems: Problems) -> None:
    """Check what the listener must support ("Target groups for your Application Load Balancers", protocol
    version; "Authenticate users using an Application Load Balancer")."""
    balancer = mapping(args.get("load_balancer"))
    field = app.needs_https
    if balancer and field and not balancer.get("https"):
        wrong = "needs an HTTPS listener: give the LoadBalancer a `domain` and a certificate"
        problems.say(field, f"{wrong}, or set `load_balancer.https` if it has one")
    if app.target_group.is_http2:
        for rule in app.rules:
            if rule.authenticate:
                wrong = f"cannot be combined with protocol {app.target_group.protocol}, which supports "
                problems.say(f"rules[{rule.place}].authenticate", f"{wrong}forward actions only")
