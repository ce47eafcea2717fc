"""The arguments of `LoadBalancer`, and the reference by which other components take one."""

from typing import TYPE_CHECKING, Any, NotRequired, TypedDict

import pulumi

from moorage.resources import value_types as types
from moorage.resources.cluster.args import GivenCluster
from moorage.resources.network.args import GivenNetwork


class LoadBalancerRef(TypedDict):
    """A load balancer as its apps take it: in Python pass `load_balancer.ref`; in other languages pass its
    outputs one by one, and repeat its choices."""

    type: NotRequired[types.BalancerType]
    """As given to the `LoadBalancer`, its type. Default: `application`."""
    arn: NotRequired[pulumi.Input[str]]
    """Its ARN: apps add their listeners to it with type `network`, which needs it. Default: none."""
    listener_arn: pulumi.Input[str]
    """The listener that apps add their rules to; empty with type `network`."""
    listener_arns: NotRequired[dict[str, pulumi.Input[str]]]
    """As given to the `LoadBalancer`, its `ports`, each with the ARN in this output of it. Default: none."""
    security_group_id: pulumi.Input[str]
    """The load balancer's security group."""
    url: pulumi.Input[str]
    """Its URL."""
    arn_suffix: NotRequired[pulumi.Input[str]]
    """The load balancer's part of CloudWatch dimensions and scaling metrics. Default: none."""
    name: NotRequired[str]
    """As given to the `LoadBalancer`, its name: to find apps whose rules match the same requests. Default:
    none."""
    reaches_instances: NotRequired[types.Boolean]
    """As given to the `LoadBalancer`: whether it has a `cluster`, and so reaches dynamic host ports. Default:
    false."""
    https: NotRequired[types.Boolean]
    """As given to the `LoadBalancer`: whether it has a certificate, and so listens for HTTPS. Default:
    false."""
    certificate_arn: NotRequired[pulumi.Input[str]]
    """The certificate of listeners for TLS, with type `network`. Default: none."""
    tls_policy: NotRequired[str]
    """As given to the `LoadBalancer`, the security policy of listeners for TLS, with type `network`. Default:
    `ELBSecurityPolicy-TLS13-1-2-Res-2021-06`."""
    allowed_cidrs: NotRequired[list[str]]
    """As given to the `LoadBalancer`, the ranges that may connect, with type `network`. Default:
    `0.0.0.0/0`."""


if TYPE_CHECKING:
    GivenLoadBalancer = LoadBalancerRef | pulumi.Output[Any]
else:
    # An output of another stack is of no other type in the schema.
    GivenLoadBalancer = LoadBalancerRef


class RoutingArgs(TypedDict):
    """The routing policy of the records, for load balancers in several stacks or regions that share a name.
    Either `weight` or `failover` is required."""

    set_identifier: str
    """Tells these records from the others of the name, 1 to 128 characters."""
    weight: NotRequired[types.Integer]
    """The share of queries among the weights of all records of the name, 0 to 255. Default: none."""
    failover: NotRequired[types.Failover]
    """`PRIMARY`, in use while the load balancer has healthy targets, or `SECONDARY`, in use if the other has
    none. Default: none."""


class RedirectTargetArgs(TypedDict):
    """The target of a redirect. What is not given stays as in the request. `#{host}`, `#{path}` (without its
    first `/`), `#{port}`, `#{protocol}` and `#{query}` stand for the request's."""

    protocol: NotRequired[types.RedirectProtocol]
    """`HTTP` or `HTTPS`. Default: that of the request."""
    host: NotRequired[str]
    """Host name, such as `www.#{host}`. Default: that of the request."""
    port: NotRequired[types.Integer]
    """Port, 1 to 65535. Default: that of the protocol if it is given, else that of the request."""
    path: NotRequired[str]
    """Path, such as `/v2/#{path}`. Default: that of the request."""
    query: NotRequired[str]
    """Query without `?`; an empty one removes it. Default: that of the request."""


class RedirectArgs(TypedDict):
    """A redirect of the load balancer's own. Needs `host` or `path`."""

    host: NotRequired[str]
    """Host name, `*` and `?` as wildcards. Default: any."""
    path: NotRequired[str]
    """Path, `*` and `?` as wildcards. Default: any."""
    priority: NotRequired[types.Integer]
    """A fixed priority, 1 to 50000. Default: derived from how specific the rule is; apps' rules have
    the same order."""
    to: RedirectTargetArgs
    """Its target, with another host, path, protocol or port than the request's."""
    status: NotRequired[types.Integer]
    """301, which clients remember, or 302. Default: 301."""


class FixedResponseArgs(TypedDict):
    """A response of the load balancer's own. Needs `host` or `path`."""

    host: NotRequired[str]
    """Host name, `*` and `?` as wildcards. Default: any."""
    path: NotRequired[str]
    """Path, `*` and `?` as wildcards. Default: any."""
    priority: NotRequired[types.Integer]
    """A fixed priority, 1 to 50000. Default: derived from how specific the rule is; apps' rules have
    the same order."""
    status: types.Integer
    """Its status: 2xx, 4xx or 5xx."""
    body: NotRequired[str]
    """Its body, at most 1024 characters. Default: empty."""
    content_type: NotRequired[types.ContentType]
    """`text/plain`, `text/html`, `text/css`, `application/javascript` or `application/json`. Default:
    `text/plain`."""


class DefaultActionArgs(TypedDict):
    """The answer to requests that no rule matches: a redirect with `to`, else a fixed response."""

    to: NotRequired[RedirectTargetArgs]
    """The target of a redirect. Default: none."""
    status: NotRequired[types.Integer]
    """The status of a fixed response, 2xx, 4xx or 5xx; 301 or 302 for a redirect. Default: 301
    for a redirect."""
    body: NotRequired[str]
    """The body of a fixed response, at most 1024 characters. Default: empty."""
    content_type: NotRequired[types.ContentType]
    """`text/plain`, `text/html`, `text/css`, `application/javascript` or `application/json`. Default:
    `text/plain`."""


class MutualAuthenticationArgs(TypedDict):
    """Certificates that clients present."""

    mode: types.MutualMode
    """`verify`: the load balancer accepts only clients with a certificate of the trust store; `passthrough`:
    it passes the certificate on in the header X-Amzn-Mtls-Clientcert, and the app verifies it; `off`."""
    trust_store_arn: NotRequired[pulumi.Input[str]]
    """With `verify`: the trust store, such as of an `aws.lb.TrustStore`. Default: none."""


class LoadBalancerArgs(TypedDict):
    """Arguments of `LoadBalancer`."""

    type: NotRequired[types.BalancerType]
    """`application`, for HTTP; or `network`, for connections: each app has a listener of its own there, for
    TCP, UDP or TLS. Another type makes a new load balancer, with another DNS name, and deletes the old one.
    Default: `application`."""
    network: GivenNetwork
    """Where it is placed: in the public subnets, or the private ones when `internal`."""
    cluster: NotRequired[GivenCluster]
    """A cluster with capacity `ec2`, whose instances the load balancer reaches on the dynamic host ports of
    bridge tasks. Default: none."""
    load_balancer_name: NotRequired[str]
    """A fixed name, at most 32 characters. It can clash, and replacing such a load balancer deletes it first.
    Default: a generated name."""
    internal: NotRequired[types.Boolean]
    """Whether it is reachable from inside the VPC only. Default: false."""
    ip_address_type: NotRequired[types.IpAddressType]
    """`ipv4`; `dualstack` for IPv6 clients too, which needs subnets with IPv6 ranges; or
    `dualstack-without-public-ipv4`, for IPv6 clients only, which has no charge for public addresses. A live
    load balancer keeps its type until another is given. Default: `ipv4`."""
    allowed_cidrs: NotRequired[list[str]]
    """IPv4 ranges that may connect, with a dual stack IPv6 ranges too. Default: `0.0.0.0/0`; `::/0` too for
    IPv6 clients."""
    domain: NotRequired[str]
    """Its domain name, over HTTPS. Needs `certificate_arn` or `zone_id`. Default: none, plain HTTP."""
    domains: NotRequired[list[str]]
    """Further domain names in the hosted zone, such as `*.example.com`, at most 99. Each has a record, and is
    in the issued certificate: a change replaces it, and the new one is in use before the old one is deleted.
    Default: none."""
    zone_id: NotRequired[pulumi.Input[str]]
    """The Route 53 hosted zone of `domain` and `domains`: their records are made there, and a certificate is
    issued and validated unless one is given. Default: none."""
    record_type: NotRequired[types.RecordType]
    """`alias` or `cname`. Default: `alias`."""
    routing: NotRequired[RoutingArgs]
    """Weighted or failover routing between the records of several load balancers. Adding or removing it, or
    another `set_identifier`, replaces the records; queries in between find none. Default: the only record of
    its name."""
    certificate_arn: NotRequired[pulumi.Input[str]]
    """An ACM certificate in the load balancer's region. Default: one issued for `domain` when `zone_id` is
    given."""
    certificate_arns: NotRequired[types.Strings]
    """Further ACM certificates by a name of your choice, for hosts that the first does not cover: clients get
    the one for the host they ask for (SNI). Rename one in two updates: the old name's deletion would remove
    it again. Default: none."""
    redirects: NotRequired[list[RedirectArgs]]
    """Redirects by host and path, on the listener of the apps and among their rules: those with a host come
    first, then the longer path. Default: none."""
    fixed_responses: NotRequired[list[FixedResponseArgs]]
    """Responses by host and path, in the same way, such as for `/robots.txt`. Default: none."""
    default_action: NotRequired[DefaultActionArgs]
    """The answer to requests that no rule matches. Default: a response with status 404."""
    tls_policy: NotRequired[str]
    """The security policy of the HTTPS listener. Default: `ELBSecurityPolicy-TLS13-1-2-Res-2021-06`."""
    mutual_authentication: NotRequired[MutualAuthenticationArgs]
    """Certificates of clients (mutual TLS) on its listeners for HTTPS. A live listener keeps it until `mode`
    is off. Default: none."""
    ports: NotRequired[list[types.Integer]]
    """Further ports that it listens on, beside 80 and 443, at most 48: for apps that name one as their
    `listener_port`. With a certificate over HTTPS, else HTTP. Default: none."""
    cross_zone: NotRequired[types.Boolean]
    """With type `network`: whether clients reach the tasks in all zones, not only in that of the address they
    connect to. Without it a rollout that moves the only task to another zone interrupts clients until they
    resolve the name again; with it traffic between zones is charged. Default: true."""
    idle_timeout: NotRequired[types.Integer]
    """Seconds after which a silent connection is closed, 1 to 4000. Default: 60."""
    keep_alive: NotRequired[types.Integer]
    """Seconds after which a client's connection is closed, however busy, 60 to 604800. Default: 3600."""
    access_logs: NotRequired[types.Boolean]
    """Whether requests are logged to a bucket made for them. Default: in the preset `prod`."""
    waf: NotRequired[types.Boolean]
    """Whether a web ACL of AWS managed rule groups protects it; about 8 USD a month. Default: false."""
    web_acl_arn: NotRequired[pulumi.Input[str]]
    """A web ACL of your own, instead of `waf`. Default: none."""
    preset: NotRequired[str]
    """`dev`, `prod`, or a preset of the configuration `moorage:presets`: deletion protection and access logs.
    Default: `dev`."""
    overrides: NotRequired[dict[str, dict[str, Any]]]
    """Inputs of the resources it makes, by short names and pulumi_aws's names of inputs (docs/overrides.md);
    objects are merged, everything else is replaced. Default: none."""
    tags: NotRequired[types.LaterStrings]
    """Tags on everything that takes them. Default: only moorage's own."""
