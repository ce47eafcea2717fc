"""An app or a job as the functions that make its resources take it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar, cast

import pulumi

from moorage.model.iam import trust_policy
from moorage.model.later import filled, is_later, keys_in
from moorage.model.presets import DEFAULT_PRESET
from moorage.model.task import Task
from moorage.resources.cluster.args import ClusterRef
from moorage.resources.image import BuildArgs
from moorage.resources.inputs import computed, set_apart
from moorage.resources.load_balancer.args import LoadBalancerRef
from moorage.resources.network import NetworkRef, first_subnets
from moorage.resources.tags import Tags, tags_for
from moorage.resources.wiring import Owner

T = TypeVar("T")

Values = Mapping[str, pulumi.Input[str]]
"""Inputs by the key of their stand-in in the model."""

_BESIDE = ("cluster", "network", "load_balancer", "build", "secret_values", "tags")
"""Arguments that are passed beside the model unchanged."""


@dataclass(frozen=True, slots=True)
class Wiring:
    """A task's model, the components it refers to, and the Outputs beside the model."""

    parent: pulumi.Resource
    task: Task
    cluster: ClusterRef
    network: NetworkRef | None
    load_balancer: LoadBalancerRef | None
    tags: Tags
    given_tags: Mapping[str, pulumi.Input[str]]
    """Those of the arguments, without moorage's own."""
    values: Values
    """The values of the model's stand-ins."""
    given_values: Values
    """Those that came with the arguments."""
    builds: Mapping[str, BuildArgs]
    """Builds of images, by container."""
    repository_name: str | None
    """The fixed name of the repository of its own container's image."""
    secret_values: Mapping[str, pulumi.Input[str]]
    """Values that are stored for its own container, by variable."""

    @property
    def name(self) -> str:
        """The component's name."""
        return self.task.name

    @property
    def preset(self) -> str:
        """The preset of the cluster."""
        return self.cluster.get("preset", DEFAULT_PRESET)

    @property
    def child(self) -> pulumi.ResourceOptions:
        """The options of the component's resources."""
        return self.owner.child

    @property
    def owner(self) -> Owner:
        """The component as an owner of resources."""
        return Owner(self.parent, self.name, self.tags)

    @property
    def cluster_arn(self) -> pulumi.Output[str]:
        """The cluster's ARN."""
        return pulumi.Output.from_input(self.cluster["arn"])

    def trusted(self, service: str) -> pulumi.Output[str]:
        """Return the policy that lets an AWS service assume a role for the cluster's account."""
        return self.cluster_arn.apply(lambda arn: trust_policy(service, arn))

    def input(self, text: str) -> pulumi.Input[str]:
        """Return the value of a string of the model."""
        return self.resolved(text) if is_later(text) else text

    def optional(self, text: str | None) -> pulumi.Input[str] | None:
        """Return the value of a string of the model, if any."""
        return None if text is None else self.input(text)

    def resolved(self, value: T) -> pulumi.Output[T]:
        """Return a value of dicts, lists and strings of the model with the values of its stand-ins."""
        keys = sorted(keys_in(value))

        def fill(*known: str) -> T:
            return filled(value, dict(zip(keys, known, strict=True)))

        return computed(fill, *(self.values[key] for key in keys))

    def with_values(self, values: Values) -> Wiring:
        """Return a copy with further values."""
        return replace(self, values={**self.values, **values})


def model_arguments(args: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, pulumi.Input[str]]]:
    """Return arguments as the model takes them, with a stand-in for each Output, and the Outputs by key."""
    values: dict[str, pulumi.Input[str]] = {}
    model = {
        key: value if key in _BESIDE else set_apart(value, key, values)
        for key, value in args.items()
        if key != "containers"
    }
    containers = cast("Mapping[str, Mapping[str, Any]]", args.get("containers", {}))
    model["containers"] = {
        name: {
            key: value if key in _BESIDE else set_apart(value, f"containers.{name}.{key}", values)
            for key, value in settings.items()
        }
        for name, settings in containers.items()
    }
    return model, values


def wiring(parent: pulumi.Resource, task: Task, args: Mapping[str, Any], values: Values) -> Wiring:
    """Return the wiring of a component with the Outputs of its arguments."""
    own = {task.own.name: args["build"]} if "build" in args else {}
    containers = cast("Mapping[str, Mapping[str, Any]]", args.get("containers", {}))
    further = {name: settings["build"] for name, settings in containers.items() if "build" in settings}
    return Wiring(
        parent=parent,
        task=task,
        cluster=args["cluster"],
        network=_network(task, args.get("network")),
        load_balancer=args.get("load_balancer"),
        tags=tags_for(task.name, args.get("tags")),
        given_tags=args.get("tags", {}),
        values=values,
        given_values=values,
        builds={**own, **further},
        repository_name=args.get("repository_name"),
        secret_values=args.get("secret_values", {}),
    )


def _network(task: Task, network: NetworkRef | None) -> NetworkRef | None:
    """Return the network of a task: one that mounts a file system of the app runs only in its subnets."""
    if network is None or not task.makes_file_system:
        return network
    return first_subnets(network, task.file_system.zones)
