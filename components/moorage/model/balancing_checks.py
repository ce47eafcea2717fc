"""Checks of an app's arguments for its load balancer against each other."""

from collections.abc import Mapping
from typing import Any

from .app import AppSpec
from .arguments import mapping, objects
from .choices import BalancerType, Protocol, StickinessType, TargetProtocol
from .fields.balancing import GRPC_CODES, HTTP_CODES
from .later import is_later
from .names import check_pattern
from .problems import Problems
from .rule_limits import check_limits, values_per_rule


def check_balancing(app: AppSpec, args: Mapping[str, Any], problems: Problems) -> None:
    """Check the rules, the health check and the target group of an app."""
    _check_health(app, problems)
    for index, rule in enumerate(objects(args.get("rules"))):
        if rule.get("weight") == 0 and not any(share["weight"] for share in rule.get("target_groups", ())):
            problems.add(f"rules[{index}].weight", 0, "must be above 0: all weights of the rule are 0")
        if "authenticate" in rule:
            _check_authentication(f"rules[{index}].authenticate", rule["authenticate"], problems)
    _check_protocol(app, args, problems)
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
        wrong = f"cannot be combined with deployment {app.deployment.strategy}: ECS writes the actions of"
        for field, setting in (("authenticate", rule.authenticate), ("target_groups", rule.shares)):
            if setting:
                problems.say(f"rules[{rule.place}].{field}", f"{wrong} its rule; use rolling")


def _check_authentication(field: str, args: Mapping[str, Any], problems: Problems) -> None:
    if not args:
        problems.say(field, "needs oidc or cognito")
    secret = args.get("oidc", {}).get("client_secret")
    if isinstance(secret, str) and not is_later(secret):
        # Not shown.
        wrong = "must be a Pulumi secret, such as config.require_secret('clientSecret')"
        problems.say(f"{field}.oidc.client_secret", wrong)


def _check_protocol(app: AppSpec, args: Mapping[str, Any], problems: Problems) -> None:
    """Check that the load balancer has the protocol and the stickiness ("Listeners for your Network Load
    Balancers"; "Edit target group attributes for your Network Load Balancer")."""
    balancer, group = mapping(args.get("load_balancer")), app.target_group
    protocol, network = group.protocol, balancer.get("type") == BalancerType.NETWORK
    if not balancer or problems.concerns("load_balancer"):
        return
    if network and not group.is_network:
        wrong = "must be tcp, udp or tls behind a network load balancer, which forwards connections"
        problems.add("protocol", protocol, wrong)
    elif group.is_network and not network:
        problems.add("protocol", protocol, "needs a LoadBalancer of type network")
    ports = mapping(balancer.get("listener_arns"))
    if not network and app.listener_port is not None and str(app.listener_port) not in ports:
        wrong = "is not one of the `ports` of the LoadBalancer, or of `load_balancer.listener_arns`"
        problems.add("listener_port", app.listener_port, wrong)
    if network and "arn" not in balancer:
        problems.say("load_balancer.arn", "is required with type network: the app adds its listener to it")
    if protocol is TargetProtocol.TLS and not balancer.get("certificate_arn"):
        wrong = (
            "needs the certificate of the LoadBalancer: give it `certificate_arn`, or `domain` and `zone_id`"
        )
        problems.add("protocol", protocol, f"{wrong}; or use tcp, with TLS up to the container")
    if sticky := group.stickiness:
        if network is not (sticky.type is StickinessType.SOURCE_IP):
            kinds = "source_ip" if network else "lb_cookie or app_cookie"
            problems.add("stickiness.type", sticky.type, f"must be {kinds} behind this load balancer")
        if protocol is TargetProtocol.TLS and sticky.enabled:
            problems.say("stickiness", "is not supported with protocol tls")
    if network and app.deployment.test_port == app.listener_port:
        wrong = "is the app's listener_port; new tasks are reached at another one"
        problems.add("deployment_options.test_port", app.listener_port, wrong)
    _check_transport(app, problems)


def _check_transport(app: AppSpec, problems: Problems) -> None:
    """Check that ECS can register the port (aws/amazon-ecs-agent#3428), and that it can be checked."""
    number = app.host_port if app.task.bridge else app.port
    other = Protocol.TCP if app.transport is Protocol.UDP else Protocol.UDP
    if any((port.container_port, port.protocol) == (app.port, other) for port in app.task.own.ports):
        wrong = (
            f"{app.port} is mapped for {other} too; behind a load balancer ECS takes one protocol of a port"
        )
        problems.say("ports", wrong)
    if app.transport is Protocol.UDP and app.health_check.port in (None, number):
        wrong = "is required with protocol udp: a TCP port of one of the containers, for the health check"
        problems.say("health_check.port", wrong)


def _check_health(app: AppSpec, problems: Problems) -> None:
    check = app.health_check
    if check.timeout >= check.interval:
        problems.add("health_check.timeout", check.timeout, f"must be below the interval, {check.interval} s")
    form = GRPC_CODES if app.target_group.protocol is TargetProtocol.GRPC else HTTP_CODES
    if check.matcher is not None and check.path is None:
        problems.add("health_check.matcher", check.matcher, "needs path, without which no response is read")
    elif check.matcher is not None and not problems.concerns("health_check.matcher"):
        check_pattern("health_check.matcher", check.matcher, *form, problems)
    ports = [
        port for container in app.task.containers for port in container.ports if port.protocol is Protocol.TCP
    ]
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
