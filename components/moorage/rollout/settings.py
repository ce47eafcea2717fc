"""Settings of a service other than its task definition: those requested, compared with those it runs with.

A service revision holds the settings that a rollback restores ("Properties included in an Amazon ECS service
revision"): they are compared and deployed again. Counts, percentages and grace periods are not part of it:
they only show whether an answer is older than the update.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, cast

from .answers import camel, listed
from .states import DeploymentStatus

Settings = Mapping[str, Any]
"""Settings by their names in the API, each as UpdateService takes it and DescribeServices answers it."""

NO_SETTINGS: Settings = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Asked:
    """The settings that a program requests for a service."""

    revised: Settings = field(default_factory=lambda: NO_SETTINGS)
    """Those of a service revision."""
    kept: Settings = field(default_factory=lambda: NO_SETTINGS)
    """Those that a rollback does not change."""
    least: int = 0
    """The lowest number of tasks: the count, or the minimum of autoscaling and its schedules; 0 for a daemon
    service."""
    again: bool = False
    """Whether the same revision may be deployed again with the same settings (`redeploy`)."""

    def unshown(self, kept: Settings) -> bool:
        """Return whether an answer with `kept` differs: it is stale, or someone changed the service."""
        return any(name in kept and kept[name] != value for name, value in self.kept.items())


NOTHING_ASKED = Asked()

_KEPT = ("desiredCount", "healthCheckGracePeriodSeconds", "enableExecuteCommand")
_PERCENTAGES = ("minimumHealthyPercent", "maximumPercent")


def kept_of(service: Mapping[str, Any]) -> Settings:
    """Return the settings of a service in a DescribeServices response that are not part of its revision."""
    configuration: Settings = service.get("deploymentConfiguration") or NO_SETTINGS
    kept = {name: service.get(name) for name in _KEPT}
    kept |= {name: configuration.get(name) for name in _PERCENTAGES}
    return {name: value for name, value in kept.items() if value is not None}


def settings_of(service: Mapping[str, Any]) -> Settings:
    """Return the settings that a service runs with, as far as its DescribeServices response has them."""
    deployments = listed(service, "deployments")
    primary = next(
        (item for item in deployments if item.get("status") == DeploymentStatus.PRIMARY), NO_SETTINGS
    )
    settings = {name: primary.get(name, service.get(name)) for name in _SAME}
    return {name: value for name, value in settings.items() if value is not None}


def asked_for(arguments: Mapping[str, Any], became: Mapping[str, Any]) -> Settings:
    """Return the settings that a program requests.

    Args:
        arguments: the arguments of its service resource.
        became: the resource's outputs. A setting that differs there was changed by `ignore_changes` or a
            transform: the requested value is unknown, and the setting is omitted.
    """
    requested, made = _in_api_shape(arguments), _in_api_shape(became)
    return {
        name: value for name, value in requested.items() if name in made and _SAME[name](value, made[name])
    }


def differing(asked: Settings, reported: Settings) -> tuple[str, ...]:
    """Return the names of settings that certainly differ from those requested; a setting that is not reported
    does not differ."""
    return tuple(
        name for name, value in asked.items() if name in reported and not _SAME[name](value, reported[name])
    )


def _same_strategy(asked: Any, reported: Any) -> bool:
    return _providers(asked) == _providers(reported) or not reported


def _providers(strategy: Sequence[Mapping[str, Any]]) -> frozenset[tuple[str, int, int]]:
    items = [
        # ECS accepts a name or an ARN, and returns either.
        (item["capacityProvider"].rpartition("/")[2], item.get("base") or 0, item.get("weight") or 0)
        for item in strategy
    ]
    return frozenset(item for item in items if item[1:] != (0, 0))


def _same_network(asked: Any, reported: Any) -> bool:
    requested: Settings = asked["awsvpcConfiguration"]
    running: Settings = reported.get("awsvpcConfiguration") or NO_SETTINGS
    # Without a security group ECS uses the VPC's default one; without subnets it reports none.
    alike = all(
        set(requested[name]) == set(running[name])
        for name in ("subnets", "securityGroups")
        if requested.get(name) and running.get(name)
    )
    public = [part.get("assignPublicIp") for part in (requested, running)]
    return alike and (None in public or public[0] == public[1])


def _same_balancing(asked: Any, reported: Any) -> bool:
    # A blue/green deployment swaps the two groups; the second is reported only where there is one.
    return len(asked) == len(reported) and all(
        any(_same_target(one, other) for other in reported) for one in asked
    )


def _same_target(asked: Mapping[str, Any], reported: Mapping[str, Any]) -> bool:
    groups, others = _groups(asked), _groups(reported)
    alike = all(asked.get(name) == reported.get(name) for name in ("containerName", "containerPort"))
    return alike and (groups <= others or others <= groups)


def _groups(balancing: Mapping[str, Any]) -> set[str]:
    moving: Mapping[str, Any] = balancing.get("advancedConfiguration") or {}
    return {balancing.get("targetGroupArn", ""), moving.get("alternateTargetGroupArn", "")} - {"", None}


def _same_names(asked: Any, reported: Any) -> bool:
    return bool(asked.get("enabled")) == bool(reported.get("enabled")) and _offers(asked) == _offers(reported)


def _offers(connect: Mapping[str, Any]) -> frozenset[tuple[str, str, frozenset[int]]]:
    return frozenset(
        (
            item["portName"],
            item.get("discoveryName") or item["portName"],
            frozenset(alias["port"] for alias in listed(item, "clientAliases")),
        )
        for item in listed(connect, "services")
    )


_SAME: dict[str, Callable[[Any, Any], bool]] = {
    "capacityProviderStrategy": _same_strategy,
    "networkConfiguration": _same_network,
    "loadBalancers": _same_balancing,
    "serviceConnectConfiguration": _same_names,
}
"""Comparisons of two forms of a setting; in doubt they are equal."""


def _in_api_shape(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of a service resource that are set, in the form that UpdateService takes."""
    settings: dict[str, Any] = {}
    if strategies := listed(arguments, "capacity_provider_strategies"):
        settings["capacityProviderStrategy"] = [
            {"base": 0, "weight": 0, **_camel(item)} for item in strategies
        ]
    if network := arguments.get("network_configuration"):
        public = "ENABLED" if network.get("assign_public_ip") else "DISABLED"
        settings["networkConfiguration"] = {
            "awsvpcConfiguration": {**_camel(network), "assignPublicIp": public}
        }
    if balancing := listed(arguments, "load_balancers"):
        settings["loadBalancers"] = _camel(balancing)
    if connect := arguments.get("service_connect_configuration"):
        settings["serviceConnectConfiguration"] = _connect(connect)
    return settings


def _camel(value: Any) -> Any:
    """Return a value with the keys of the API, without what is not set; numbers are integers there."""
    if isinstance(value, Mapping):
        items = cast("Mapping[str, Any]", value).items()
        return {camel(name): _camel(item) for name, item in items if item or item == 0}
    if isinstance(value, list | tuple):
        return [_camel(item) for item in cast("Sequence[Any]", value)]
    return int(value) if isinstance(value, float) else value


def _connect(connect: Mapping[str, Any]) -> dict[str, Any]:
    services = [
        {
            "discoveryName": item["port_name"],
            **_camel({name: item.get(name) for name in ("port_name", "discovery_name")}),
            "clientAliases": _camel(listed(item, "client_alias")),
        }
        for item in listed(connect, "services")
    ]
    configuration: dict[str, Any] = {"enabled": bool(connect["enabled"]), "services": services}
    return configuration | ({"namespace": connect["namespace"]} if connect.get("namespace") else {})
