"""The arguments of `LoadBalancer`, and the reference by which other components take one."""

from typing import Any, NotRequired, TypedDict

import pulumi

from moorage.resources.cluster.args import ClusterRef
from moorage.resources.network import NetworkRef


class LoadBalancerRef(TypedDict):
    """A load balancer as its apps take it: in Python pass `load_balancer.ref`; in other languages pass its
    outputs one by one, and repeat its choices."""

    listener_arn: pulumi.Input[str]
    """The listener that apps add their rules to."""
    security_group_id: pulumi.Input[str]
    """The load balancer's security group."""
    url: pulumi.Input[str]
    """Its URL."""
    arn_suffix: NotRequired[pulumi.Input[str]]
    """The load balancer's part of CloudWatch dimensions and scaling metrics. Default: none."""
    name: NotRequired[str]
    """As given to the `LoadBalancer`, its name: to find apps whose rules match the same requests. Default:
    none."""
    reaches_instances: NotRequired[bool]
    """As given to the `LoadBalancer`: whether it has a `cluster`, and so reaches dynamic host ports. Default:
    false."""
    https: NotRequired[bool]
    """As given to the `LoadBalancer`: whether it has a certificate, and so listens for HTTPS. Default:
    false."""


class LoadBalancerArgs(TypedDict):
    """Arguments of `LoadBalancer`."""

    network: NetworkRef
    """Where it is placed: in the public subnets, or the private ones when `internal`."""
    cluster: NotRequired[ClusterRef]
    """A cluster with capacity `ec2`, whose instances the load balancer reaches on the dynamic host ports of
    bridge tasks. Default: none."""
    load_balancer_name: NotRequired[str]
    """A fixed name, at most 32 characters. It can clash, and replacing such a load balancer deletes it first.
    Default: a generated name."""
    internal: NotRequired[bool]
    """Whether it is reachable from inside the VPC only. Default: false."""
    allowed_cidrs: NotRequired[list[str]]
    """IPv4 ranges that may connect. Default: `0.0.0.0/0`."""
    domain: NotRequired[str]
    """Its domain name, over HTTPS. Needs `certificate_arn` or `zone_id`. Default: none, plain HTTP."""
    zone_id: NotRequired[pulumi.Input[str]]
    """The Route 53 hosted zone of `domain`: the record is made there, and a certificate issued and validated
    unless one is given. Default: none."""
    record_type: NotRequired[str]
    """`alias` or `cname`. Default: `alias`."""
    certificate_arn: NotRequired[pulumi.Input[str]]
    """An ACM certificate in the load balancer's region. Default: one issued for `domain` when `zone_id` is
    given."""
    tls_policy: NotRequired[str]
    """The security policy of the HTTPS listener. Default: `ELBSecurityPolicy-TLS13-1-2-Res-2021-06`."""
    idle_timeout: NotRequired[int]
    """Seconds after which a silent connection is closed, 1 to 4000. Default: 60."""
    access_logs: NotRequired[bool]
    """Whether requests are logged to a bucket made for them. Default: in the preset `prod`."""
    waf: NotRequired[bool]
    """Whether a web ACL of AWS managed rule groups protects it; about 8 USD a month. Default: false."""
    web_acl_arn: NotRequired[pulumi.Input[str]]
    """A web ACL of your own, instead of `waf`. Default: none."""
    preset: NotRequired[str]
    """`dev`, `prod`, or a preset of the configuration `moorage:presets`: deletion protection and access logs.
    Default: `dev`."""
    overrides: NotRequired[dict[str, dict[str, Any]]]
    """Inputs of the resources it makes, by short names and pulumi_aws's names of inputs (docs/overrides.md);
    objects are merged, everything else is replaced. Default: none."""
    tags: NotRequired[dict[str, pulumi.Input[str]]]
    """Tags on everything that takes them. Default: only moorage's own."""
