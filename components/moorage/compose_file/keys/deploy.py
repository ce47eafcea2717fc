"""Keys of a compose service about count, size and order: deploy, restart, depends_on."""

from typing import Any

from moorage.compose_file.coercion import number_of
from moorage.compose_file.nodes import Node
from moorage.compose_file.services import ComposeService, Context, Update
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


def deploy(service: ComposeService, node: Node, context: Context) -> None:
    """`deploy`: count, sizes, rollout and restarts."""
    path, report = f"{service.path}.deploy", context.report
    for key, item in node.entries().items():
        if key in _DEPLOY_IGNORED and item.value not in (None, {}):
            report.warn(item, f"{path}.{key}", f"is ignored: {_DEPLOY_IGNORED[key]}")
    if (mode := node.get("mode")) is not None and mode.text():
        _mode(service, mode, f"{path}.mode", context)
    if (replicas := node.get("replicas")) is not None:
        scale(service, replicas, context, f"{path}.replicas")
    if (named := node.get("labels")) is not None:
        service.tags = pairs(named)
        service.places["tags"] = ("deploy.labels", named)
    if (resources := node.get("resources")) is not None:
        _resources(service, resources, f"{path}.resources", context)
    if (policy := node.get("restart_policy")) is not None:
        _restart_policy(service, policy, f"{path}.restart_policy", context)
    if (update := node.get("update_config")) is not None:
        _update(service, update, f"{path}.update_config", context)


def _mode(service: ComposeService, node: Node, path: str, context: Context) -> None:
    mode = node.text()
    if mode == "global" and context.target.capacity is CapacityKind.EC2:
        service.daemon = True
        service.places["daemon"] = ("deploy.mode", node)
    elif mode == "global":
        context.report.refuse(node, path, "runs one task per instance; use a cluster with capacity ec2")
    elif mode != "replicated":
        context.report.refuse(node, path, "must be replicated or global; use a Job for what runs once")


def scale(service: ComposeService, node: Node, context: Context, path: str | None = None) -> None:
    """`scale` and `deploy.replicas`: the number of tasks."""
    path = path or f"{service.path}.scale"
    count = integer(node, path, context.report)
    if service.count is not None and count is not None and count != service.count:
        text = f"cannot be combined with the other of scale and replicas, which is {service.count}"
        context.report.refuse(node, path, text)
    else:
        service.count = count
        service.places["count"] = (path.removeprefix(f"{service.path}."), node)


def _resources(service: ComposeService, node: Node, path: str, context: Context) -> None:
    """Set the limits and reservations of the container; the task is sized for the larger ones."""
    limits, kept = node.get("limits"), node.get("reservations")
    for part, item in (("limits", limits), ("reservations", kept)):
        if item is None:
            continue
        if (count := item.get("cpus")) is not None:
            cpus(service, count, context, f"{path}.{part}.cpus")
            own = service.node.get("cpus")
            if part == "limits" and own is not None and number_of(own.text()) != number_of(count.text()):
                text = f"cannot be combined with cpus, which is {own.text()}"
                context.report.refuse(count, f"{path}.limits.cpus", text)
        if (memory := item.get("memory")) is not None:
            _memory(service, memory, part == "limits", f"{path}.{part}.memory", context)
        if (pids := item.get("pids")) is not None:
            context.report.warn(pids, f"{path}.{part}.pids", "is ignored: ECS does not have this limit")
        for device in item.listed("devices"):
            gpus(service, device, context, f"{path}.{part}.devices")
        if (other := item.get("generic_resources")) is not None:
            context.report.refuse(other, f"{path}.{part}.generic_resources", "is not possible on ECS")


def cpus(service: ComposeService, node: Node, context: Context, path: str | None = None) -> None:
    """`cpus`: the CPUs of the container."""
    count = number(node, path or f"{service.path}.cpus", context.report)
    if count:
        service.cpus = max(count, service.cpus or 0)


def mem_limit(service: ComposeService, node: Node, context: Context) -> None:
    """`mem_limit`: the container is stopped above it."""
    _memory(service, node, True, f"{service.path}.mem_limit", context)


def mem_reservation(service: ComposeService, node: Node, context: Context) -> None:
    """`mem_reservation`: the reserved memory of the container."""
    _memory(service, node, False, f"{service.path}.mem_reservation", context)


def _memory(service: ComposeService, node: Node, hard: bool, path: str, context: Context) -> None:
    memory = mebibytes(node, path, context.report)
    if not memory:
        return
    # The smallest limit of Docker, and of the arguments.
    argument = "container_memory" if hard else "memory_reservation"
    held = service.args.get(argument, memory)
    if held != memory:
        text = f"cannot be combined with {service.places[argument][0]}, which is {held} MiB"
        context.report.refuse(node, path, text)
    service.put(argument, memory, node, path.removeprefix(f"{service.path}."))
    service.memory = max(memory, service.memory or 0)


def gpus(service: ComposeService, node: Node, context: Context, path: str | None = None) -> None:
    """`gpus` and the devices of `reservations`."""
    path = path or f"{service.path}.gpus"
    if context.target.fargate:
        context.report.refuse(node, path, ON_FARGATE)
        return
    for item in node.items() or [node]:
        capabilities = [capability.text() for capability in item.listed("capabilities")]
        count = item.get("count")
        if item.entries() and capabilities and "gpu" not in capabilities:
            context.report.refuse(item, path, "must have the capability gpu; others are not possible on ECS")
        elif item.text() == "all" or (count is not None and count.text() == "all"):
            context.report.refuse(item, path, "must have a count, which ECS requires")
        else:
            gpu = integer(count, path, context.report) if count else 1
            if gpu is not None and gpu < 1:
                context.report.refuse(count or item, path, "must be at least 1")
            service.put("gpu", gpu, item, path.removeprefix(f"{service.path}."))


def restart(service: ComposeService, node: Node, context: Context) -> None:
    """`restart`: whether the container is restarted inside its task."""
    path = f"{service.path}.restart"
    kind, _, tries = node.text().partition(":")
    if kind in ("always", "unless-stopped"):
        service.put("restart", {}, node, "restart")
    elif kind == "on-failure":
        service.put("restart", {"ignored_exit_codes": [0]}, node, "restart")
        if tries:
            context.report.warn(node, path, "the number is ignored: ECS does not limit restarts")
    elif kind == "no":
        service.ends = path, node
    else:
        context.report.refuse(node, path, "must be no, always, on-failure or unless-stopped")


def _restart_policy(service: ComposeService, node: Node, path: str, context: Context) -> None:
    condition = node.get("condition")
    kind = condition.text() if condition else "any"
    if kind == "none":
        service.put("restart", None, node, "restart")
        service.ends = f"{path}.condition", condition or node
        return
    if kind not in ("any", "always", "on-failure", "unless-stopped"):
        context.report.refuse(condition or node, f"{path}.condition", "must be none, on-failure or any")
        return
    policy: dict[str, Any] = {"ignored_exit_codes": [0]} if kind == "on-failure" else {}
    service.ends = None
    if (window := node.get("window")) is not None:
        duration = seconds(window, f"{path}.window", context.report)
        if duration is not None:
            field = SETTINGS["restart.attempt_period"]
            policy["attempt_period"] = bounded(duration, field, window, f"{path}.window", context.report)
    for key in ("delay", "max_attempts"):
        if (item := node.get(key)) is not None:
            context.report.warn(item, f"{path}.{key}", "is ignored: ECS restarts at once, without a limit")
    service.put("restart", policy, node, "deploy.restart_policy")


def _update(service: ComposeService, node: Node, path: str, context: Context) -> None:
    parallel, order = node.get("parallelism"), node.get("order")
    at_once = integer(parallel, f"{path}.parallelism", context.report) if parallel else 1
    # Compose's default is to stop first; ECS's default, which loses no capacity, is kept.
    for percent in ("minimum_healthy_percent", "maximum_percent"):
        service.places[percent] = ("deploy.update_config", node)
    service.update = Update(node, order is None or order.text() == "start-first", at_once or 0)
    action = node.get("failure_action")
    if action is not None and action.text() != "rollback":
        text = "is ignored: a failed rollout is rolled back"
        context.report.warn(action, f"{path}.failure_action", text)
    for key in ("delay", "monitor", "max_failure_ratio"):
        if (item := node.get(key)) is not None:
            text = "is ignored: ECS continues with healthy tasks, and its circuit breaker counts failures"
            context.report.warn(item, f"{path}.{key}", text)


def depends_on(service: ComposeService, node: Node, context: Context) -> None:
    """`depends_on`: the start order within one task; ECS does not order services."""
    for name, item in node.entries().items():
        if name not in context.project.services:
            continue
        path = f"{service.path}.depends_on.{name}"
        condition = item.get("condition")
        kind = condition.text() if condition else "service_started"
        service.depends_on[name] = (CONDITIONS.get(kind, "START"), item)
        again = item.get("restart")
        if again is not None and again.value is True:
            context.report.warn(
                again, f"{path}.restart", "is ignored: ECS does not restart dependent containers"
            )
        if context.target.one_task:
            continue
        if kind == "service_completed_successfully":
            text = f"{name} runs before each task of {service.name} starts, as a container of it"
            context.report.warn(condition or item, path, text)
        elif kind == "service_healthy":
            text = f"is ignored: services start on their own; retry until {name} answers, or use `task: one`"
            context.report.warn(condition or item, path, text)
