"""Keys of a compose service about the kernel and the instance."""

from moorage.compose_file.nodes import Node
from moorage.compose_file.services import ComposeService, Context
from moorage.compose_file.values import integer, mebibytes, strings
from moorage.model.container_checks import ON_FARGATE


def cap_add(service: ComposeService, node: Node, context: Context) -> None:
    """`cap_add`: only SYS_PTRACE on Fargate."""
    service.put("linux.add_capabilities", _capabilities(node), node, "cap_add")


def cap_drop(service: ComposeService, node: Node, context: Context) -> None:
    """`cap_drop`."""
    service.put("linux.drop_capabilities", _capabilities(node), node, "cap_drop")


def _capabilities(node: Node) -> list[str]:
    return [name.upper().removeprefix("CAP_") for name in strings(node)]


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
        rights = [words[letter] for letter in parts[2] or "rwm" if letter in words]
        device = {"host_path": parts[0], "path": parts[1] or parts[0], "permissions": rights}
        service.add("linux.devices", device, item, "devices")


def ulimits(service: ComposeService, node: Node, context: Context) -> None:
    """`ulimits`: one number for both limits, or `soft` and `hard`."""
    limits: dict[str, dict[str, int]] = {}
    for name, item in node.entries().items():
        path = f"{service.path}.ulimits.{name}"
        soft, hard = (item.get("soft"), item.get("hard")) if item.entries() else (item, item)
        low = integer(soft, path, context.report) if soft else None
        high = integer(hard, path, context.report) if hard else None
        if low is not None and high is not None:
            limits[name] = {"soft": low, "hard": high}
    service.put("ulimits", limits, node, "ulimits")


def shm_size(service: ComposeService, node: Node, context: Context) -> None:
    """`shm_size`: on instances only."""
    path = f"{service.path}.shm_size"
    if context.target.fargate:
        context.report.warn(node, path, "is ignored: /dev/shm has 64 MiB on Fargate; a `tmpfs` can be larger")
        return
    # 0 is Docker's default, as without the key.
    service.put("linux.shared_memory", mebibytes(node, path, context.report) or None, node, "shm_size")


def security_opt(service: ComposeService, node: Node, context: Context) -> None:
    """`security_opt`: on instances only."""
    if context.target.fargate:
        text = "is ignored: Fargate does not have such options; each task is isolated there"
        context.report.warn(node, f"{service.path}.security_opt", text)
        return
    service.put("security_options", strings(node), node, "security_opt")
