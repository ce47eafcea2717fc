"""An app or a job as the functions that make its resources take it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar, cast

import pulumi
from pulumi.runtime.mocks import MockMonitor
from pulumi.runtime.settings import get_monitor

from moorage.model.fields.app import MOST_TASKS
from moorage.model.fields.cluster import CLUSTER_REF_TABLE
from moorage.model.fields.values import Values
from moorage.model.iam import trust_policy
from moorage.model.later import filled, is_later, keys_in, later
from moorage.model.task import EXEC_KEY, EXEC_LOGS, Task
from moorage.model.texts import known_number
from moorage.resources import wiring
from moorage.resources.cluster.args import ClusterRef
from moorage.resources.image.args import BuildArgs
from moorage.resources.inputs import computed, set_apart
from moorage.resources.load_balancer.args import LoadBalancerRef
from moorage.resources.network.args import NetworkRef
from moorage.resources.network.subnets import first_subnets
from moorage.resources.outputs import output_of
from moorage.resources.wiring import Tags, tags_for

T = TypeVar("T")

StandInInputs = Mapping[str, pulumi.Input[str]]
"""Inputs by the key of their stand-in in the model."""

_BESIDE = (
    "cluster",
    "network",
    "load_balancer",
    "build",
    "secret_values",
    "tags",
    "overrides",
    "permissions_boundary",
)
"""Arguments that are passed beside the model unchanged."""


@dataclass(frozen=True)
class Passed:
    """The checked arguments of an app or a job beside its model."""

    cluster: ClusterRef
    network: NetworkRef | None
    load_balancer: LoadBalancerRef | None
    tags: Tags
    permissions_boundary: pulumi.Input[str] | None
    count: pulumi.Input[int] | None
    builds: Mapping[str, BuildArgs]
    """The builds of images by container."""
    repository_name: str | None
    """The fixed name of the repository of its own container's image."""
    secret_values: StandInInputs
    """The secrets that it stores, by variable."""
    service_overrides: Mapping[str, Any]
    values: StandInInputs
    """The Outputs in the arguments that the model takes."""


@dataclass(frozen=True)
class Wiring(wiring.Wiring[Task]):
    """A task's model, the components it refers to, and the Outputs beside the model."""

    cluster: ClusterRef
    network: NetworkRef | None
    load_balancer: LoadBalancerRef | None
    values: dict[str, pulumi.Input[str]]
    """The values of the model's stand-ins; those of resources are added when these are made."""
    count: pulumi.Output[int] | None
    """The number of tasks if it is known later."""
    passed: Passed

    @property
    def task(self) -> Task:
        """The model."""
        return self.model

    @property
    def preset(self) -> str:
        """The preset of the cluster."""
        return Values(CLUSTER_REF_TABLE, self.cluster).preset

    @property
    def cluster_arn(self) -> pulumi.Output[str]:
        """The cluster's ARN."""
        return output_of(self.cluster["arn"])

    @cached_property
    def trusting_tasks(self) -> pulumi.Output[str]:
        """The policy that lets tasks assume a role."""
        return self.trusted("ecs-tasks.amazonaws.com")

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

        def fill(*resolved: Any) -> T:
            return fill_known(self.name, value, dict(zip(keys, resolved, strict=True)))

        return computed(fill, *(self.values[key] for key in keys))


def fill_known(name: str, value: T, values: Mapping[str, Any]) -> T:
    """Return a value of the model with the values of its stand-ins.

    Outputs that a test's mocks omit are None, which is an empty string here.

    Raises:
        RunError: one is not a string, a number or a boolean.
    """
    if isinstance(get_monitor(), MockMonitor):
        values = {key: "" if one is None else one for key, one in values.items()}
    try:
        return filled(value, values)
    except ValueError as error:
        raise pulumi.RunError(f"{name}: {error}") from None


def _environment_apart(settings: dict[str, Any], where: str) -> None:
    """Put an environment whose names are known later into one variable, which the task definition expands."""
    if isinstance(settings.get("environment"), str):
        settings["environment"] = {later(f"{where}environment"): later(f"{where}environment")}


def model_arguments(args: Mapping[str, Any]) -> tuple[dict[str, Any], StandInInputs]:
    """Return checked arguments as the model takes them, with a stand-in for each Output, and the Outputs."""
    values: dict[str, pulumi.Input[str]] = {}

    def kept(settings: Mapping[str, Any], where: str = "") -> dict[str, Any]:
        result = {
            key: value if key in _BESIDE else set_apart(value, f"{where}{key}", values)
            for key, value in settings.items()
            if key != "containers"
        }
        _environment_apart(result, where)
        return result

    model = kept(args)
    if "count" in args and not isinstance(args["count"], int):
        del values["count"]
        model["count"] = 0
    containers = cast("Mapping[str, Mapping[str, Any]]", args.get("containers", {}))
    model["containers"] = {name: kept(of, f"containers.{name}.") for name, of in containers.items()}
    return model, values


def passed_arguments(args: Mapping[str, Any], task: Task, values: StandInInputs) -> Passed:
    """Return the checked arguments beside a model; `values` are the Outputs in those that it takes."""
    further = cast("Mapping[str, Mapping[str, Any]]", args.get("containers", {}))
    settings = {task.own.name: args, **further}
    return Passed(
        cluster=args["cluster"],
        network=args.get("network"),
        load_balancer=args.get("load_balancer"),
        tags=args.get("tags", {}),
        permissions_boundary=args.get("permissions_boundary"),
        count=args.get("count"),
        builds={name: of["build"] for name, of in settings.items() if "build" in of},
        repository_name=args.get("repository_name"),
        secret_values=args.get("secret_values", {}),
        service_overrides=args.get("overrides", {}).get("service", {}),
        values=values,
    )


def _exec_logs(cluster: ClusterRef) -> StandInInputs:
    logs = {EXEC_LOGS: cluster.get("exec_log_group_arn"), EXEC_KEY: cluster.get("exec_key_arn")}
    return {key: arn for key, arn in logs.items() if arn is not None}


def _count(name: str, count: Any) -> pulumi.Output[int] | None:
    """Return a count that is an Output, checked once it is known."""
    if count is None or isinstance(count, int):
        return None

    def checked(result: Any) -> int:
        number = known_number(result)
        if number is None or not 0 <= number <= MOST_TASKS:
            raise pulumi.RunError(f"{name}: count: {result!r}: must be an integer from 0 to {MOST_TASKS}")
        return number

    return output_of(count).apply(checked)


def wired(parent: pulumi.Resource, task: Task, passed: Passed) -> Wiring:
    """Return the wiring of a component with the Outputs of its arguments."""
    network = passed.network
    return Wiring(
        parent,
        task.name,
        task,
        tags_for(task.name, passed.tags),
        cluster=passed.cluster,
        # A task that mounts a file system of the app runs only in its subnets.
        network=first_subnets(network, task.file_system.zones)
        if network and task.makes_file_system
        else network,
        load_balancer=passed.load_balancer,
        values={**passed.values, **_exec_logs(passed.cluster)},
        count=_count(task.name, passed.count),
        passed=passed,
        permissions_boundary=passed.permissions_boundary,
    )
