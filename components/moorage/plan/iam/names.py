"""The names of a stack's resources on AWS, as patterns where they are not known before deployment."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from moorage.graph.links import Links
from moorage.graph.types import ROLE
from moorage.model.iam import ECR_IMAGE
from moorage.offline import Resource
from moorage.offline.resolvers import TABLE
from moorage.offline.resolvers.row import ACCOUNT, partition_of
from moorage.offline.twins import standard
from moorage.offline.values import mapping, text, texts

ANY = "*"
"""The pattern of a value that is not known before deployment."""

_SUFFIX = re.compile(r"-[0-9a-f]{7}(?=(\.fifo)?$)", re.IGNORECASE)
"""The suffix that Pulumi adds to a logical name ("Resource names", Autonaming): 7 random hexadecimal
digits."""

_BALANCER = re.compile(r":(?:loadbalancer|listener|listener-rule)/((?:app|net|gwy)/[^/]+)/")
_HOSTED_ZONE = re.compile(r"Z[0-9A-F]{20}")
"""The invented id of a hosted zone that the program creates or looks up."""
_PROOF = re.compile(r"^_[0-9a-f]{32}\.")
"""The record that proves a certificate's domain; ACM chooses its name."""


class Patterns:
    """The names that Pulumi generates, as patterns: `notes-???????` for `notes-1a2b3c4`."""

    def __init__(self, links: Links, account: str, *, autonaming: bool) -> None:
        """Collect the names; `autonaming`: the stack's configuration changes how names are generated."""
        self.links = links
        self.account = account
        self._patterns = {ACCOUNT: account}
        for resource in links.graph:
            entry = TABLE.get(standard(resource.type))
            if not (resource.custom and entry and entry.named) or resource.external:
                continue
            name = text(resource.outputs.get(entry.named))
            if name and resource.inputs.get(entry.named) is None:
                self._patterns[name] = _pattern(resource, name, autonaming)
        longest_first = sorted(self._patterns, key=len, reverse=True)
        self._any = re.compile("|".join(map(re.escape, longest_first)))

    def of(self, value: str) -> str:
        """Return a value with every generated name in it as a pattern."""
        return self._any.sub(lambda match: self._patterns[match[0]], value)


def _pattern(resource: Resource, name: str, autonaming: bool) -> str:
    if prefix := text(resource.inputs.get("namePrefix")):
        return prefix + ANY
    return f"{ANY}{resource.name}{ANY}" if autonaming else _SUFFIX.sub("-" + "?" * 7, name)


class Names(dict[str, str]):
    """The values for the templates of one resource's permits.

    `{cluster}` is the name of a service's cluster, `{balancer}` the kind and name of a load balancer,
    `{group}` the name of a capacity provider's group, `{repository}` that of an image or lifecycle policy,
    `{role}` the path and name of a role, `{secret}`, `{topic}`, `{queue}` and `{parameter}` names, `{record}`
    a DNS name. Any other name is an output or input of the resource.
    """

    def __init__(self, patterns: Patterns, resource: Resource, region: str) -> None:
        """Create the names of one resource."""
        super().__init__(P=partition_of(region)[0], R=region, A=patterns.account)
        self._patterns = patterns
        self._resource = resource

    def value(self, key: str) -> str | None:
        """Return a value, with generated names as patterns; None if it is not known."""
        if key in ("P", "R", "A"):
            return self[key]
        special = _SPECIAL.get(key)
        if special is not None:
            value = special(self._patterns.links, {**self._resource.inputs, **self._resource.outputs})
        else:
            value = text(self._resource.outputs.get(key)) or text(self._resource.inputs.get(key))
        return self._patterns.of(value) if value else None

    def __missing__(self, key: str) -> str:
        """Look a value up when a template needs it."""
        return self.value(key) or ANY


Special = Callable[[Links, Mapping[str, Any]], str | None]


def _last(key: str, separator: str) -> Special:
    """Return the part of an ARN, or name, in an input after the last separator."""
    return lambda _, inputs: (text(inputs.get(key)) or "").rpartition(separator)[2] or None


def _cluster(_: Links, inputs: Mapping[str, Any]) -> str | None:
    if inputs.get("cluster") is None:
        return "default"
    return _last("cluster", "/")(_, inputs)


def _balancer(_: Links, inputs: Mapping[str, Any]) -> str | None:
    match = _BALANCER.search(text(inputs.get("arn")) or text(inputs.get("listenerArn")) or "")
    return match[1] if match else None


def _group(_: Links, inputs: Mapping[str, Any]) -> str | None:
    arn = text(mapping(inputs.get("autoScalingGroupProvider")).get("autoScalingGroupArn")) or ""
    return arn.partition("autoScalingGroupName/")[2] or None


def _repository(_: Links, inputs: Mapping[str, Any]) -> str | None:
    for image in texts([*texts(inputs.get("tags")), inputs.get("tag")]):
        if match := ECR_IMAGE.fullmatch(image):
            return match[3]
    return text(inputs.get("repository"))


def _role(links: Links, inputs: Mapping[str, Any]) -> str | None:
    name = text(inputs.get("role"))
    role = links.named(ROLE, name)
    path = (text(role.outputs.get("path")) if role else None) or "/"
    return path + name.rpartition("/")[2] if name else None


def _secret(_: Links, inputs: Mapping[str, Any]) -> str | None:
    # Secrets Manager adds a hyphen and 6 characters to the name ("What's in a Secrets Manager secret?").
    return (text(inputs.get("secretId")) or "").partition(":secret:")[2][:-7] or None


def _boundary(links: Links, inputs: Mapping[str, Any]) -> str | None:
    role = links.named(ROLE, inputs.get("role"))
    role_inputs = inputs if role is None else role.inputs
    return text(role_inputs.get("permissionsBoundary"))


def _record(_: Links, inputs: Mapping[str, Any]) -> str | None:
    name = (text(inputs.get("fqdn")) or text(inputs.get("name")) or "").rstrip(".").lower()
    return _PROOF.sub("_*.", name) if "." in name else None


def _zone(_: Links, inputs: Mapping[str, Any]) -> str | None:
    zone = text(inputs.get("zoneId"))
    return None if zone is None or _HOSTED_ZONE.fullmatch(zone) else zone


_SPECIAL: Mapping[str, Special] = {
    "cluster": _cluster,
    "balancer": _balancer,
    "group": _group,
    "parameter": lambda _, inputs: (text(inputs.get("name")) or "").lstrip("/") or None,
    "path": lambda _, inputs: text(inputs.get("path")) or "/",
    "permissionsBoundary": _boundary,
    "queue": _last("queueUrl", "/"),
    "record": _record,
    "repository": _repository,
    "role": _role,
    "secret": _secret,
    "topic": lambda _, inputs: _last("topic" if "topic" in inputs else "arn", ":")(_, inputs),
    "zoneId": _zone,
}
