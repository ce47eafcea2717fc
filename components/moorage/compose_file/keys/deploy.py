"""Keys of a compose service about how many run, how large, and when: deploy, restart, depends_on."""

from moorage.compose_file.nodes import Node
from moorage.compose_file.services import ComposeService, Context, Update
from moorage.compose_file.values import mebibytes, number, pairs, seconds, whole
from moorage.model.containers import RestartPolicy

_DEPLOY = ("mode", "replicas", "labels", "resources", "restart_policy", "update_config")

_DEPLOY_IGNORED = {
    "endpoint_mode": "services are found through Service Connect",
    "placement": "Fargate spreads tasks over the zones itself, and instances by the cluster's placement",
    "rollback_config": "ECS rolls back the way it rolls out",
}

CONDITIONS = {
    "service_started": "START",
    "service_healthy": "HEALTHY",
    "service_completed_successfully": "SUCCESS",
}
"""The conditions of `depends_on` as ECS calls them."""


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
    if (resources := node.get("resources")) is not None:
        _resources(service, resources, f"{path}.resources", context)
    if (policy := node.get("restart_policy")) is not None:
        _restart_policy(service, policy, f"{path}.restart_policy", context)
    if (update := node.get("update_config")) is not None:
        _update(service, update, f"{path}.update_config", context)


def _mode(service: ComposeService, node: Node, path: str, context: Context) -> None:
    mode = node.text()
    if mode == "global" and context.target.capacity == "ec2":
        service.daemon = True
    elif mode == "global":
        context.report.refuse(
            node, path, "is one task on every instance: it needs a cluster with capacity ec2"
        )
    elif mode != "replicated":
        context.report.refuse(node, path, "must be replicated or global; what runs once is no service")


def scale(service: ComposeService, node: Node, context: Context, path: str | None = None) -> None:
    """`scale` and `deploy.replicas`: how many tasks run."""
    path = path or f"{service.path}.scale"
    count = whole(node, path, context.report)
    if count is not None and not 0 <= count <= 5000:
        context.report.refuse(node, path, "must be from 0 to 5000")
    elif service.count is not None and count is not None and count != service.count:
        context.report.refuse(
            node, path, f"{service.count} is given elsewhere: give one of scale and replicas"
        )
    else:
        service.count, service.count_node = count, node


def _resources(service: ComposeService, node: Node, path: str, context: Context) -> None:
    """Limits are the container's, reservations what is kept for it; the task is sized for the larger."""
    limits, kept = node.get("limits"), node.get("reservations")
    for part, item in (("limits", limits), ("reservations", kept)):
        if item is None:
            continue
        if (count := item.get("cpus")) is not None:
            cpus(service, count, context, f"{path}.{part}.cpus")
        if (memory := item.get("memory")) is not None:
            _memory(service, memory, part == "limits", f"{path}.{part}.memory", context)
        if (pids := item.get("pids")) is not None:
            context.report.warn(pids, f"{path}.{part}.pids", "is ignored: ECS has no such limit")
        for device in item.listed("devices"):
            gpus(service, device, context, f"{path}.{part}.devices")
        if (other := item.get("generic_resources")) is not None:
            context.report.refuse(other, f"{path}.{part}.generic_resources", "is not possible on ECS")


def cpus(service: ComposeService, node: Node, context: Context, path: str | None = None) -> None:
    """`cpus`: how many CPUs the container is given."""
    found = number(node, path or f"{service.path}.cpus", context.report)
    if found:
        service.cpus = max(found, service.cpus or 0)


def mem_limit(service: ComposeService, node: Node, context: Context) -> None:
    """`mem_limit`: the container is killed above it."""
    _memory(service, node, True, f"{service.path}.mem_limit", context)


def mem_reservation(service: ComposeService, node: Node, context: Context) -> None:
    """`mem_reservation`: what is kept for the container."""
    _memory(service, node, False, f"{service.path}.mem_reservation", context)


def _memory(service: ComposeService, node: Node, hard: bool, path: str, context: Context) -> None:
    found = mebibytes(node, path, context.report)
    if found is None or found == 0:
        return
    if found < 6:
        context.report.refuse(node, path, "must be at least 6m: Docker needs that much for a container")
    elif hard:
        service.container.memory = found
    else:
        service.container.memory_reservation = found
    service.memory = max(found, service.memory or 0)


def gpus(service: ComposeService, node: Node, context: Context, path: str | None = None) -> None:
    """`gpus` and the devices of `reservations`."""
    path = path or f"{service.path}.gpus"
    if context.target.fargate:
        context.report.refuse(node, path, "Fargate has no GPUs: it needs a cluster with capacity ec2")
        return
    for item in node.items() or [node]:
        asked = [capability.text() for capability in item.listed("capabilities")]
        count = item.get("count")
        if item.entries() and asked and "gpu" not in asked:
            context.report.refuse(item, path, "ECS gives containers GPUs, no other devices by capability")
        elif item.text() == "all" or (count is not None and count.text() == "all"):
            context.report.refuse(item, path, "ECS needs to know how many: give a count")
        else:
            wanted = whole(count, path, context.report) if count else 1
            if wanted is not None and wanted < 1:
                context.report.refuse(count or item, path, "must be at least 1")
            service.container.gpus = wanted


def restart(service: ComposeService, node: Node, context: Context) -> None:
    """`restart`: whether the container is started again inside its task."""
    path = f"{service.path}.restart"
    kind, _, tries = node.text().partition(":")
    if kind in ("always", "unless-stopped"):
        service.container.restart_policy = RestartPolicy()
    elif kind == "on-failure":
        service.container.restart_policy = RestartPolicy(ignored_exit_codes=(0,))
        if tries:
            context.report.warn(node, path, "the number is ignored: ECS does not count restarts")
    elif kind == "no":
        _warn_no_restart(node, path, context)
    else:
        context.report.refuse(node, path, "must be no, always, on-failure or unless-stopped")


def _restart_policy(service: ComposeService, node: Node, path: str, context: Context) -> None:
    condition = node.get("condition")
    kind = condition.text() if condition else "any"
    if kind == "none":
        service.container.restart_policy = None
        _warn_no_restart(condition or node, f"{path}.condition", context)
        return
    if kind not in ("any", "always", "on-failure", "unless-stopped"):
        context.report.refuse(condition or node, f"{path}.condition", "must be none, on-failure or any")
        return
    period = None
    if (window := node.get("window")) is not None:
        found = seconds(window, f"{path}.window", context.report)
        if found is not None:
            period = max(60, min(1800, found))
            if period != found:
                text = f"ECS takes 60 to 1800 s: {period} s is used"
                context.report.warn(window, f"{path}.window", text)
    for key in ("delay", "max_attempts"):
        if (item := node.get(key)) is not None:
            context.report.warn(item, f"{path}.{key}", "is ignored: ECS restarts at once, as often as needed")
    service.container.restart_policy = RestartPolicy((0,) if kind == "on-failure" else (), period)


def _warn_no_restart(node: Node, path: str, context: Context) -> None:
    if not context.target.one_task:
        context.report.warn(
            node, path, "an ECS service starts a new task for each that ends, whatever this says"
        )


def _update(service: ComposeService, node: Node, path: str, context: Context) -> None:
    parallel, order = node.get("parallelism"), node.get("order")
    at_once = whole(parallel, f"{path}.parallelism", context.report) if parallel else 1
    # Compose's own default is to stop first; without saying so, ECS's is kept: no capacity is lost.
    service.update = Update(node, order is None or order.text() == "start-first", at_once or 0)
    action = node.get("failure_action")
    if action is not None and action.text() != "rollback":
        context.report.warn(
            action, f"{path}.failure_action", "is ignored: a rollout that fails is rolled back"
        )
    for key in ("delay", "monitor", "max_failure_ratio"):
        if (item := node.get(key)) is not None:
            text = "is ignored: ECS goes on when a task is healthy, and its circuit breaker counts failures"
            context.report.warn(item, f"{path}.{key}", text)


def depends_on(service: ComposeService, node: Node, context: Context) -> None:
    """`depends_on`: a start order within one task; between services ECS has none."""
    for name, item in node.entries().items():
        if name not in context.project.services:
            continue
        path = f"{service.path}.depends_on.{name}"
        condition = item.get("condition")
        kind = condition.text() if condition else "service_started"
        service.depends_on[name] = (CONDITIONS.get(kind, "START"), item)
        again = item.get("restart")
        if again is not None and again.value is True:
            context.report.warn(again, f"{path}.restart", "is ignored: ECS does not restart one for another")
        if context.target.one_task:
            continue
        if kind == "service_completed_successfully":
            text = f"{name} runs once, which a service does not: use `task: one`, or a Job"
            context.report.refuse(condition or item, path, text)
        elif kind == "service_healthy":
            text = f"is not waited for: services start apart; retry until {name} answers, or use `task: one`"
            context.report.warn(condition or item, path, text)
