"""Resource types that the provider has under two names, such as `aws.alb` and `aws.lb`."""

import re
from functools import cache

_MODULES = {
    "aws:alb/": "aws:lb/",
    "aws:applicationloadbalancing/": "aws:lb/",
    "aws:elasticloadbalancingv2/": "aws:lb/",
    "aws:elasticloadbalancing/": "aws:elb/",
}
_SECOND_VERSION = re.compile(r"(aws:s3/bucket\w*)V2:(\w+)V2")
"""Bucket and its configuration resources: in pulumi-aws 7 both versions are the same resource."""


@cache
def standard(type_: str) -> str:
    """Return the canonical name of a type: `aws:lb/listener:Listener` for
    `aws:alb/listener:Listener`."""
    if match := _SECOND_VERSION.fullmatch(type_):
        return f"{match[1]}:{match[2]}"
    module, slash, kind = type_.partition("/")
    return _MODULES.get(module + slash, module + slash) + kind
