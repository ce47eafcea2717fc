"""Keys of a compose service about the kernel and the instance."""

from moorage.compose_file.nodes import Node
from moorage.compose_file.services import ComposeService, Context
from moorage.compose_file.values import integer
from moorage.model.container_checks import ON_FARGATE


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
