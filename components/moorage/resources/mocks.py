"""Components under `pulumi.runtime.set_mocks`: outputs that a test's mocks omit are made up.

The mocks in Pulumi's documentation return a resource's inputs, and nothing from a function. An ARN or a DNS
name is then None, which an engine never returns.
"""

import functools
from typing import Any

from pulumi.runtime.mocks import MockMonitor
from pulumi.runtime.settings import is_dry_run

# Here, not in the functions, which run in several threads: one that imports a package and one that imports a
# module of it block each other.
from moorage.offline.graph import reveal
from moorage.offline.invokes import answer
from moorage.offline.resolvers import compute_outputs
from moorage.offline.wire import plain_properties, struct_of

_OURS = "moorage:index:"
"""In the URN of the parent of every resource that a component makes."""

_REGION = "us-east-1"

_CALLED = (
    "aws:ec2/getVpc:getVpc",
    "aws:ec2/getSubnets:getSubnets",
    "aws:ec2/getRouteTables:getRouteTables",
    "aws:ec2/getRouteTable:getRouteTable",
    "aws:ecr/getAuthorizationToken:getAuthorizationToken",
)
"""The provider functions that components call."""


def complete(monitor: MockMonitor) -> None:
    """Let a monitor answer about the resources of components as `moorage.offline.evaluate` does.

    What a mock returns stays. Resources outside components are not touched, and nothing is in a preview,
    where what a mock omits is unknown.
    """
    for name, completed in (("RegisterResource", _register), ("Invoke", _invoke)):
        if name not in vars(monitor):
            vars(monitor)[name] = functools.partial(completed, getattr(monitor, name))


def _register(original: Any, request: Any) -> Any:
    response = original(request)
    if request.custom and _OURS in request.parent and not is_dry_run():
        inputs = reveal(plain_properties(request.object, resources_as_ids=True))
        computed = compute_outputs(request.type, request.name, response.urn, _REGION, inputs)
        _add(response.object, computed.outputs)
    return response


def _invoke(original: Any, request: Any) -> Any:
    response = original(request)
    if request.tok in _CALLED and not is_dry_run():
        _add(getattr(response, "return"), answer(request.tok, plain_properties(request.args), _REGION, {}))
    return response


def _add(struct: Any, values: dict[str, Any]) -> None:
    missing = {key: value for key, value in values.items() if key not in struct or struct[key] is None}
    struct.MergeFrom(struct_of(missing))
