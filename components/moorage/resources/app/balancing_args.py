"""The arguments of `ContainerApp` for its load balancer."""

from typing import NotRequired, TypedDict

import pulumi

from moorage.resources import value_types as types


class HealthCheckArgs(TypedDict):
    """The load balancer's health check of a task."""

    path: NotRequired[str]
    """The path that is requested; with `protocol` grpc a method, `/package.service/method`; without one a
    connection is opened. Default: `/`; with `protocol` grpc `/AWS.ALB/healthcheck`; behind a network load
    balancer none."""
    port: NotRequired[types.Integer]
    """Another TCP port of the task's containers that is requested, 1 to 65535; with bridge networking a fixed
    `host_port`. Its security group opens it to the load balancer. Required with `protocol` udp. Default: the
    app's `port`."""
    interval: NotRequired[types.Integer]
    """Seconds between two checks, 5 to 300. A new task needs only one passing check, so a rollout waits this
    long. Default: 5 in the preset `dev`, 10 in `prod`."""
    timeout: NotRequired[types.Integer]
    """Seconds that a response may take, 2 to 120, below the interval. Default: 4."""
    healthy_threshold: NotRequired[types.Integer]
    """Passing checks after which an unhealthy task is healthy again, 2 to 10. Default: 2."""
    unhealthy_threshold: NotRequired[types.Integer]
    """Failing checks after which a task is unhealthy, 2 to 10. Default: 2."""
    matcher: NotRequired[str]
    """HTTP codes that pass, from 200 to 499; with `protocol` grpc its codes, from 0 to 99. Default:
    `200-399`; with `protocol` grpc `12`; without a path none."""
    grace_period: NotRequired[types.Integer]
    """Seconds after its start in which a task is not stopped for failing checks, 0 to 2147483647. Default:
    60."""


class StickinessArgs(TypedDict):
    """Stickiness of clients to a task."""

    type: NotRequired[types.StickinessType]
    """`lb_cookie`: a cookie of the load balancer for a fixed time; `app_cookie`: for as long as the app's own
    cookie `cookie_name` is sent; behind a network load balancer `source_ip`: the client's address, not with
    `protocol` tls. Default: `lb_cookie`; behind a network load balancer `source_ip`."""
    cookie_duration: NotRequired[types.Integer]
    """Seconds, 1 to 604800. Default: 86400."""
    cookie_name: NotRequired[str]
    """With `app_cookie`: the name of the app's cookie, at most 256 characters. Default: none."""
    enabled: NotRequired[types.Boolean]
    """Whether it is on; false removes it from a live target group. Default: true."""


class SignInArgs(TypedDict):
    """The session of a client that signs in."""

    scope: NotRequired[str]
    """The claims that are requested, separated by spaces. Default: `openid`."""
    session_timeout: NotRequired[types.Integer]
    """Seconds until a client must sign in again, 1 to 604800. Default: 604800."""
    session_cookie_name: NotRequired[str]
    """The name of the load balancer's cookie. Default: `AWSELBAuthSessionCookie`."""
    on_unauthenticated_request: NotRequired[types.Unauthenticated]
    """For a client that has not signed in: `authenticate` redirects it, `allow` forwards its request without
    an identity, `deny` answers 401. Default: `authenticate`."""
    authentication_request_extra_params: NotRequired[dict[str, str]]
    """Further parameters for the authorization endpoint, at most 10. Default: none."""


class OidcArgs(SignInArgs):
    """An identity provider that supports OpenID Connect."""

    issuer: pulumi.Input[str]
    """Its issuer, a URL that begins with https://."""
    authorization_endpoint: pulumi.Input[str]
    """Its authorization endpoint, a URL."""
    token_endpoint: pulumi.Input[str]
    """Its token endpoint, a URL that the load balancer reaches."""
    user_info_endpoint: pulumi.Input[str]
    """Its user info endpoint, a URL that the load balancer reaches."""
    client_id: pulumi.Input[str]
    """The client's id there. Its callback is `https://HOST/oauth2/idpresponse`."""
    client_secret: pulumi.Input[str]
    """The client's secret, as a Pulumi secret; a plain string is refused."""


class CognitoArgs(SignInArgs):
    """A user pool of Amazon Cognito."""

    user_pool_arn: pulumi.Input[str]
    """Its ARN."""
    user_pool_client_id: pulumi.Input[str]
    """The id of its client, which has a secret and the callback `https://HOST/oauth2/idpresponse`."""
    user_pool_domain: pulumi.Input[str]
    """The prefix of its domain, or its own domain name."""


class AuthenticateArgs(TypedDict):
    """The sign-in that clients need: `oidc` or `cognito`."""

    oidc: NotRequired[OidcArgs]
    """An identity provider that supports OpenID Connect. Default: none."""
    cognito: NotRequired[CognitoArgs]
    """A user pool of Amazon Cognito. Default: none."""


class TargetGroupShareArgs(TypedDict):
    """A target group beside the app's that gets a share of a rule's requests."""

    arn: pulumi.Input[str]
    """Its ARN, such as the `target_group_arn` of another app, which has rules of its own on the same load
    balancer."""
    weight: types.Integer
    """Its share among all weights, 0 to 999."""


class RuleArgs(TypedDict):
    """A rule that forwards requests to the app if they meet all of its conditions. Without any it matches
    all requests."""

    host: NotRequired[str]
    """Host name, `*` and `?` as wildcards. Default: any."""
    path: NotRequired[str]
    """Path, `*` and `?` as wildcards. Default: any."""
    headers: NotRequired[dict[str, list[str]]]
    """By the name of a header: values of which one must match, `*` and `?` as wildcards, case-insensitive.
    Default: any."""
    methods: NotRequired[list[str]]
    """Request methods of which one must match, such as GET; GET does not include HEAD. Default: any."""
    query: NotRequired[dict[str, list[str]]]
    """By the key of a query string: values of which one must match, `*` and `?` as wildcards,
    case-insensitive, after a backslash literal. Default: any."""
    source_ips: NotRequired[list[str]]
    """Ranges of client addresses of which one must match, IPv4 or IPv6; X-Forwarded-For is not read. Default:
    any."""
    authenticate: NotRequired[AuthenticateArgs]
    """The sign-in that clients need first, on an HTTPS listener. Default: none."""
    target_groups: NotRequired[list[TargetGroupShareArgs]]
    """Target groups that get a share of its requests, at most 4: to move clients to another app in steps. Not
    with `blue_green`, `canary` and `linear`. Default: none."""
    weight: NotRequired[types.Integer]
    """With `target_groups`: the app's own share among all weights, 0 to 999. Default: 100."""
    priority: NotRequired[types.Integer]
    """A fixed priority, 1 to 50000; the parts of a rule with many values follow it. Default: derived from how
    specific the rule is, and from the app's name."""
