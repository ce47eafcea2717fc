"""Keys of a compose service about count, size and order: deploy, restart, depends_on."""

from typing import Any

from moorage.compose_file.coercion import number_of
from moorage.compose_file.nodes import Node
from moorage.compose_file.services import ComposeService, Update
from moorage.compose_file.values import bounded, integer, mebibytes, number, pairs, seconds
from moorage.model.choices import CapacityKind
from moorage.model.container_checks import ON_FARGATE
from moorage.model.fields.container import SETTINGS

_DEPLOY_IGNORED = {
    "endpoint_mode": "services use Service Connect",
    "placement": "ECS spreads tasks over zones, then over instances",
    "rollback_config": "ECS rolls back as it rolls out",
}

CONDITIONS = {
    "service_started": "START",
    "service_healthy": "HEALTHY",
    "service_completed_successfully": "SUCCESS",
}
"""The ECS conditions of `depends_on`."""


def deploy(service: ComposeService, node: Node) -> None:
    """`deploy`: count, sizes, rollout and restarts."""
    service.warn_of(node, "deploy", _DEPLOY_IGNORED)
    if (mode := node.get("mode")) is not None and mode.text():
        _mode(service, mode)
    if (replicas := node.get("replicas")) is not None:
        scale(service, replicas, "deploy.replicas")
    if (named := node.get("labels")) is not None:
        service.tags = pairs(named)
        service.places["tags"] = ("deploy.labels", named)
    if (resources := node.get("resources")) is not None:
        for part in ("limits", "reservations"):
            if (item := resources.get(part)) is not None:
                _resources(service, item, part)
    if (policy := node.get("restart_policy")) is not None:
        _restart_policy(service, policy)
    if (update := node.get("update_config")) is not None:
        _update(service, update)


def _mode(service: ComposeService, node: Node) -> None:
    mode = node.text()
    if mode == "global" and service.target.capacity is CapacityKind.EC2:
        service.daemon = True
        service.places["daemon"] = ("deploy.mode", node)
    elif mode == "global":
        service.refuse(node, "deploy.mode", "runs one task per instance; use a cluster with capacity ec2")
    elif mode != "replicated":
        service.refuse(node, "deploy.mode", "must be replicated or global; use a Job for what runs once")


def scale(service: ComposeService, node: Node, key: str = "scale") -> None:
    """`scale` and `deploy.replicas`: the number of tasks."""
    count = integer(node, service.at(key), service.context.report)
    if service.count is not None and count is not None and count != service.count:
        text = f"cannot be combined with the other of scale and replicas, which is {service.count}"
        service.refuse(node, key, text)
    else:
        service.count = count
        service.places["count"] = (key, node)


def _resources(service: ComposeService, node: Node, part: str) -> None:
    """Set the limits or reservations of the container; the task is sized for the larger ones."""
    key = f"deploy.resources.{part}"
    if (count := node.get("cpus")) is not None:
        cpus(service, count, f"{key}.cpus")
        own = service.node.get("cpus")
        if part == "limits" and own is not None and number_of(own.text()) != number_of(count.text()):
            service.refuse(count, f"{key}.cpus", f"cannot be combined with cpus, which is {own.text()}")
    if (memory := node.get("memory")) is not None:
        _memory(service, memory, f"{key}.memory", _HARD if part == "limits" else _RESERVED)
    if (pids := node.get("pids")) is not None:
        service.warn(pids, f"{key}.pids", "is ignored: ECS does not have this limit")
    for device in node.listed("devices"):
        gpus(service, device, f"{key}.devices")
    if (other := node.get("generic_resources")) is not None:
        service.refuse(other, f"{key}.generic_resources", "is not possible on ECS")


def cpus(service: ComposeService, node: Node, key: str = "cpus") -> None:
    """`cpus`: the CPUs of the container."""
    count = number(node, service.at(key), service.context.report)
    if count:
        service.cpus = max(count, service.cpus or 0)


_HARD, _RESERVED = "container_memory", "memory_reservation"


def mem_limit(service: ComposeService, node: Node) -> None:
    """`mem_limit`: the container is stopped above it."""
    _memory(service, node, "mem_limit", _HARD)


def mem_reservation(service: ComposeService, node: Node) -> None:
    """`mem_reservation`: the reserved memory of the container."""
    _memory(service, node, "mem_reservation", _RESERVED)


def _memory(service: ComposeService, node: Node, key: str, argument: str) -> None:
    memory = mebibytes(node, service.at(key), service.context.report)
    if not memory:
        return
    held = service.args.get(argument, memory)
    if held != memory:
        text = f"cannot be combined with {service.places[argument][0]}, which is {held} MiB"
        service.refuse(node, key, text)
    service.put(argument, memory, node, key)
    service.memory = max(memory, service.memory or 0)


def gpus(service: ComposeService, node: Node, key: str = "gpus") -> None:
    """`gpus` and the devices of `reservations`."""
    if service.target.fargate:
        service.refuse(node, key, ON_FARGATE)
        return
    for item in node.items() or [node]:
        capabilities = [capability.text() for capability in item.listed("capabilities")]
        count = item.get("count")
        if item.entries() and capabilities and "gpu" not in capabilities:
            service.refuse(item, key, "must have the capability gpu; others are not possible on ECS")
        elif item.text() == "all" or (count is not None and count.text() == "all"):
            service.refuse(item, key, "must have a count, which ECS requires")
        else:
            gpu = integer(count, service.at(key), service.context.report) if count else 1
            if gpu is not None and gpu < 1:
                service.refuse(count or item, key, "must be at least 1")
            service.put("gpu", gpu, item, key)


def restart(service: ComposeService, node: Node) -> None:
    """`restart`: the restarts of the container inside its task."""
    kind, _, tries = node.text().partition(":")
    if kind in ("always", "unless-stopped"):
        service.put("restart", {}, node, "restart")
    elif kind == "on-failure":
        service.put("restart", {"ignored_exit_codes": [0]}, node, "restart")
        if tries:
            service.warn(node, "restart", "the number is ignored: ECS does not limit restarts")
    elif kind == "no":
        service.ends = "restart", node
    else:
        service.refuse(node, "restart", "must be no, always, on-failure or unless-stopped")


def _restart_policy(service: ComposeService, node: Node) -> None:
    key = "deploy.restart_policy"
    condition = node.get("condition") or node
    kind = node.text_of("condition", "any")
    if kind == "none":
        service.put("restart", None, node, "restart")
        service.ends = f"{key}.condition", condition
        return
    if kind not in ("any", "always", "on-failure", "unless-stopped"):
        service.refuse(condition, f"{key}.condition", "must be none, on-failure or any")
        return
    policy: dict[str, Any] = {"ignored_exit_codes": [0]} if kind == "on-failure" else {}
    service.ends = None
    if (window := node.get("window")) is not None:
        place = window, service.at(f"{key}.window"), service.context.report
        duration = seconds(*place)
        if duration is not None:
            policy["attempt_period"] = bounded(duration, SETTINGS["restart.attempt_period"], *place)
    service.warn_of(node, key, dict.fromkeys(("delay", "max_attempts"), _RESTARTS))
    service.put("restart", policy, node, key)


_RESTARTS = "ECS restarts at once, without a limit"
_ROLLOUTS = "ECS continues with healthy tasks, and its circuit breaker counts failures"


def _update(service: ComposeService, node: Node) -> None:
    key = "deploy.update_config"
    parallel = node.get("parallelism")
    at_once = integer(parallel, service.at(f"{key}.parallelism"), service.context.report) if parallel else 1
    # Compose's default is to stop first; ECS's default, which loses no capacity, is kept.
    for percent in ("minimum_healthy_percent", "maximum_percent"):
        service.places[percent] = (key, node)
    is_start_first = node.text_of("order", "start-first") == "start-first"
    service.update = Update(node, is_start_first, at_once or 0)
    action = node.get("failure_action")
    if action is not None and action.text() != "rollback":
        service.warn(action, f"{key}.failure_action", "is ignored: a failed rollout is rolled back")
    service.warn_of(node, key, dict.fromkeys(("delay", "monitor", "max_failure_ratio"), _ROLLOUTS))


def depends_on(service: ComposeService, node: Node) -> None:
    """`depends_on`: the start order within one task; ECS does not order services."""
    for name, item in node.entries().items():
        if name not in service.context.project.services:
            continue
        key = f"depends_on.{name}"
        condition = item.get("condition") or item
        kind = item.text_of("condition", "service_started")
        service.depends_on[name] = (CONDITIONS.get(kind, "START"), item)
        again = item.get("restart")
        if again is not None and again.value is True:
            service.warn(again, f"{key}.restart", "is ignored: ECS does not restart dependent containers")
        if service.target.one_task:
            continue
        if kind == "service_completed_successfully":
            text = f"{name} runs before each task of {service.name} starts, as a container of it"
            service.warn(condition, key, text)
        elif kind == "service_healthy":
            text = f"is ignored: services start on their own; retry until {name} answers, or use `task: one`"
            service.warn(condition, key, text)
