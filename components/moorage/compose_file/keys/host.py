"""Keys of a compose service about the kernel and the instance."""

from moorage.compose_file.nodes import Node
from moorage.compose_file.services import ComposeService, Context
from moorage.compose_file.values import boolean, integer, mebibytes, pairs, strings
from moorage.model.container_checks import ON_FARGATE, ULIMITS, valid_ulimit
from moorage.model.containers import Ulimit
from moorage.model.fields.container import CAPABILITIES


def cap_add(service: ComposeService, node: Node, context: Context) -> None:
    """`cap_add`: only SYS_PTRACE on Fargate."""
    names = _capabilities(node, f"{service.path}.cap_add", context)
    for item, name in zip(node.items(), names, strict=True):
        if context.target.fargate and name != "SYS_PTRACE":
            text = "must be SYS_PTRACE on Fargate; others need a cluster with capacity ec2"
            context.report.refuse(item, f"{service.path}.cap_add", text)
    service.container.capabilities_add = names


def cap_drop(service: ComposeService, node: Node, context: Context) -> None:
    """`cap_drop`."""
    service.container.capabilities_drop = _capabilities(node, f"{service.path}.cap_drop", context)


def _capabilities(node: Node, path: str, context: Context) -> tuple[str, ...]:
    names = tuple(name.upper().removeprefix("CAP_") for name in strings(node))
    for item, name in zip(node.items(), names, strict=True):
        if name not in CAPABILITIES:
            context.report.refuse(item, path, "must be a Linux capability that ECS knows, such as SYS_PTRACE")
    return names


def privileged(service: ComposeService, node: Node, context: Context) -> None:
    """`privileged`: on instances only."""
    service.container.privileged = boolean(node, f"{service.path}.privileged", context.report)
    if service.container.privileged and context.target.fargate:
        context.report.refuse(node, f"{service.path}.privileged", ON_FARGATE)


def devices(service: ComposeService, node: Node, context: Context) -> None:
    """`devices`: on instances only."""
    path = f"{service.path}.devices"
    if context.target.fargate:
        context.report.refuse(node, path, ON_FARGATE)
        return
    words = {"r": "read", "w": "write", "m": "mknod"}
    for item in node.items():
        if item.entries():
            source, target, allowed = item.get("source"), item.get("target"), item.get("permissions")
            parts = [node.text() if node else "" for node in (source, target, allowed)]
        else:
            parts = [*item.text().split(":"), "", ""][:3]
        if not parts[0] or not set(parts[2]) <= set(words):
            context.report.refuse(item, path, "must be PATH[:PATH[:PERMISSIONS]], with permissions of rwm")
        rights = tuple(words[letter] for letter in parts[2] or "rwm" if letter in words)
        service.container.devices = (*service.container.devices, (parts[0], parts[1] or parts[0], rights))


def ulimits(service: ComposeService, node: Node, context: Context) -> None:
    """`ulimits`: one number for both limits, or `soft` and `hard`."""
    for name, item in node.entries().items():
        path = f"{service.path}.ulimits.{name}"
        if name not in ULIMITS:
            context.report.refuse(item, path, f"must be one of {', '.join(ULIMITS)}")
            continue
        soft, hard = (item.get("soft"), item.get("hard")) if item.entries() else (item, item)
        low = integer(soft, path, context.report) if soft else None
        high = integer(hard, path, context.report) if hard else None
        if low is None or high is None:
            continue
        if not valid_ulimit(low, high):
            context.report.refuse(item, path, "must be -1 (no limit) or more, and `soft` at most `hard`")
        else:
            service.container.ulimits = (*service.container.ulimits, Ulimit(name, low, high))


def sysctls(service: ComposeService, node: Node, context: Context) -> None:
    """`sysctls`: kernel parameters of the task's namespaces."""
    service.container.system_controls = pairs(node)


def shm_size(service: ComposeService, node: Node, context: Context) -> None:
    """`shm_size`: on instances only."""
    path = f"{service.path}.shm_size"
    if context.target.fargate:
        context.report.warn(node, path, "is ignored: /dev/shm has 64 MiB on Fargate; a `tmpfs` can be larger")
        return
    # 0 is Docker's default, as without the key.
    service.container.shared_memory = mebibytes(node, path, context.report) or None


def security_opt(service: ComposeService, node: Node, context: Context) -> None:
    """`security_opt`: on instances only."""
    if context.target.fargate:
        text = "is ignored: Fargate does not have such options; each task is isolated there"
        context.report.warn(node, f"{service.path}.security_opt", text)
        return
    service.container.security_options = strings(node)
