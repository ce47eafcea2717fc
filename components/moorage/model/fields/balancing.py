"""The rows of an app behind a load balancer: its rules, its health check and its target group."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from moorage.model.choices import (
    Algorithm,
    BalancerType,
    StickinessType,
    TargetProtocol,
    Unauthenticated,
)
from moorage.model.domains import check_ip_range
from moorage.model.listener_rules import LAST_PRIORITY
from moorage.model.names import check_pattern
from moorage.model.problems import Problems

from .field import Exclude, Field, Fields, Form, Need, PerPreset, Range, plain, within
from .shared import BALANCED, PORT, arn_of, at_most
from .values import Derived, Values

_SECONDS = "seconds"
_WEIGHT = Range(0, 999)
_NETWORK = (BalancerType.NETWORK,)
OF_REQUESTS = (Exclude("load_balancer.type", _NETWORK, why="forwards connections, not requests"),)
"""Excludes arguments that only an Application Load Balancer has."""


def _codes(code: str, words: str) -> Form:
    return Form(f"{code}(-{code})?(,{code}(-{code})?)*", words)


# API reference, Matcher.
HTTP_CODES = _codes("[2-4][0-9][0-9]", "codes from 200 to 499 such as 200, 200-399 or 200,204")
GRPC_CODES = _codes("[0-9][0-9]?", "gRPC codes from 0 to 99 such as 12, 0-99 or 0,12")
"""The codes that pass a health check."""


def behind_network(values: Values) -> bool:
    """Return whether an app is behind a network load balancer."""
    return values.given("load_balancer.type") == BalancerType.NETWORK


def _by_balancer(application: Any, network: Any) -> Derived:
    """Return the default that depends on the type of the load balancer."""
    return Derived(lambda values: network if behind_network(values) else application)


def _path(values: Values) -> str | None:
    if behind_network(values):
        return None
    return "/AWS.ALB/healthcheck" if values.given("protocol") == TargetProtocol.GRPC else "/"


def _matcher(values: Values) -> str | None:
    """Return the codes that pass; with gRPC that of a method which the app does not have, as AWS does."""
    if values["health_check.path"] is None:
        return None
    return "12" if values.given("protocol") == TargetProtocol.GRPC else "200-399"


HEALTH_CHECK: Fields = {
    "path": Field(
        Derived(_path),
        "`/`; with `protocol` grpc `/AWS.ALB/healthcheck`; behind a network load balancer none",
        form=Form(r"/\S{0,1023}", "a path that begins with /"),
    ),
    "port": Field(words="the app's `port`", range=PORT),
    "interval": Field(PerPreset("health_check_interval"), range=Range(5, 300, _SECONDS)),
    "timeout": Field(
        Derived(lambda values: min(4, values["health_check.interval"] - 1)),
        "4",
        range=Range(2, 120, _SECONDS),
    ),
    "healthy_threshold": Field(2, range=Range(2, 10)),
    "unhealthy_threshold": Field(2, range=Range(2, 10)),
    "matcher": Field(
        Derived(_matcher),
        "`200-399`; with `protocol` grpc `12`; without a path none",
        form=Form(
            f"{HTTP_CODES.pattern}|{GRPC_CODES.pattern}",
            f"{HTTP_CODES.words}; with protocol grpc {GRPC_CODES.words}",
        ),
    ),
    "grace_period": Field(60, range=Range(0, unit=_SECONDS)),
}

# API reference, HostHeaderConditionConfig and RuleCondition.
CONDITIONS: Fields = {
    "rules[].host": Field(
        words="any",
        form=Form(
            r"(?=.{1,128}$)[A-Za-z0-9*?.-]*\.[A-Za-z]+|\*",
            "a name such as notes.example.com or *.example.com, at most 128 letters, digits and - . * ?, "
            "with only letters after the last dot",
        ),
    ),
    "rules[].path": Field(
        words="any",
        form=Form(
            r"/[A-Za-z0-9_.$/~\"'@:+&*?-]{0,127}|\*",
            "at most 128 letters, digits and _ - . $ / ~ \" ' @ : + & * ?, the last two as wildcards, and "
            "begin with /",
        ),
    ),
}
"""The conditions of a listener rule that say how specific it is."""

# "Condition types for listener rules".
_HEADER = (
    r"(?!host$)[a-z0-9!#$%&'*+.^_`|~-]{1,40}",
    "1 to 40 letters, digits and !#$%&'*+.^_`|~-, and not Host, for which there is host",
)
_VALUE = (r"[\x20-\x7e]{1,128}", "1 to 128 printable ASCII characters, * and ? as wildcards")
_METHOD = (r"[A-Z_-]{1,40}", "1 to 40 capital letters, hyphens and underscores, such as GET")


def _check_headers(field: str, value: Any, problems: Problems) -> None:
    """Check patterns by the name of a header."""
    for name, _ in _lists(field, value, problems):
        if not re.fullmatch(_HEADER[0], name.lower()):
            problems.add(field, name, f"the name of a header must be {_HEADER[1]}")


def _check_query(field: str, value: Any, problems: Problems) -> None:
    """Check patterns of values by the key of a query string."""
    for key, _ in _lists(field, value, problems):
        check_pattern(field, key, *_VALUE, problems)


def _lists(field: str, value: Mapping[str, list[str]], problems: Problems) -> Iterator[tuple[str, list[str]]]:
    """Check the values of an object of lists, and yield its items."""
    if not value:
        problems.say(field, "must not be empty")
    for key, values in value.items():
        _not_empty(f"{field}.{key}", values, problems)
        for item in values:
            check_pattern(f"{field}.{key}", item, *_VALUE, problems)
        yield key, values


def _check_methods(field: str, value: Any, problems: Problems) -> None:
    """Check request methods, which are compared as they are."""
    _not_empty(field, value, problems)
    for method in value:
        check_pattern(field, method, *_METHOD, problems)


def _check_source_ips(field: str, value: Any, problems: Problems) -> None:
    """Check ranges of client addresses, IPv4 or IPv6."""
    _not_empty(field, value, problems)
    for item in value:
        check_ip_range(field, item, problems)


def _not_empty(field: str, values: list[str], problems: Problems) -> None:
    if not values:
        problems.say(field, "must not be empty; omit it to match all requests")
    elif len({*values}) < len(values):
        problems.say(field, "has a value twice")


# API reference, AuthenticateOidcActionConfig and AuthenticateCognitoActionConfig.
_URL = Form(r"https://\S+", "a URL that begins with https://")
_SESSION: Fields = {
    "scope": Field("openid"),
    "session_timeout": Field(604800, range=Range(1, 604800, _SECONDS)),
    "session_cookie_name": Field("AWSELBAuthSessionCookie"),
    "on_unauthenticated_request": Field(Unauthenticated.AUTHENTICATE, choices=Unauthenticated),
    "authentication_request_extra_params": Field(),
}
_OIDC: Fields = {
    "issuer": Field(form=_URL),
    "authorization_endpoint": Field(form=_URL),
    "token_endpoint": Field(form=_URL),
    "user_info_endpoint": Field(form=_URL),
    "client_id": Field(),
    "client_secret": Field(secret=True),
}
_COGNITO: Fields = {
    "user_pool_arn": arn_of("cognito-idp", "userpool/"),
    **plain("user_pool_client_id", "user_pool_domain"),
}

RULES: Fields = {
    **CONDITIONS,
    "rules[].headers": Field(words="any", check=_check_headers),
    "rules[].methods": Field(words="any", check=_check_methods),
    "rules[].query": Field(words="any", check=_check_query),
    "rules[].source_ips": Field(words="any", check=_check_source_ips),
    "rules[].authenticate.oidc": Field(excludes=(Exclude(".cognito"),)),
    **within("rules[].authenticate.oidc", {**_OIDC, **_SESSION}),
    **within("rules[].authenticate.cognito", {**_COGNITO, **_SESSION}),
    # "Action types for listener rules"; API reference, TargetGroupTuple.
    "rules[].target_groups": Field(check=at_most(4)),
    "rules[].target_groups[].arn": arn_of("elasticloadbalancing", "targetgroup/"),
    "rules[].target_groups[].weight": Field(range=_WEIGHT),
    "rules[].weight": Field(100, range=_WEIGHT, needs=(Need(".target_groups"),)),
    "rules[].priority": Field(
        words="derived from how specific the rule is, and from the app's name",
        range=Range(1, LAST_PRIORITY),
    ),
}
"""The rules of an app."""

_ROUND_ROBIN = (Need("algorithm", (Algorithm.ROUND_ROBIN,)),)

# API reference, TargetGroupAttribute; "Edit target group attributes for your Application Load Balancer".
BALANCING: Fields = {
    "protocol": Field(
        _by_balancer(TargetProtocol.HTTP, network=TargetProtocol.TCP),
        "`http`; behind a network load balancer `tcp`",
        choices=TargetProtocol,
        needs=BALANCED,
    ),
    "listener_port": Field(
        Derived(lambda values: values["port"] if behind_network(values) else None),
        "that of the listener for HTTPS, else HTTP; behind a network load balancer `port`",
        range=PORT,
        needs=BALANCED,
    ),
    "algorithm": Field(Algorithm.ROUND_ROBIN, choices=Algorithm, needs=BALANCED, excludes=OF_REQUESTS),
    "anomaly_mitigation": Field(False, needs=(Need("algorithm", (Algorithm.WEIGHTED_RANDOM,)),)),
    "slow_start": Field(
        words="none",
        range=Range(30, 900, "seconds, or 0 for none", also=0),
        needs=(*BALANCED, *_ROUND_ROBIN),
        excludes=OF_REQUESTS,
    ),
    "stickiness": Field(words="none", needs=BALANCED),
    "stickiness.type": Field(
        _by_balancer(StickinessType.LB_COOKIE, network=StickinessType.SOURCE_IP),
        "`lb_cookie`; behind a network load balancer `source_ip`",
        choices=StickinessType,
    ),
    "stickiness.cookie_duration": Field(
        86400,
        range=Range(1, 604800, _SECONDS),
        excludes=(Exclude(".type", (StickinessType.SOURCE_IP,), why="has no cookie"),),
    ),
    "stickiness.cookie_name": Field(
        form=Form(
            r"(?!AWSALB)[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}",
            "1 to 256 characters of a cookie's name, and not begin with AWSALB",
        ),
        needs=(Need(".type", (StickinessType.APP_COOKIE,)),),
    ),
    "stickiness.enabled": Field(True),
}
"""The target group of an app."""
