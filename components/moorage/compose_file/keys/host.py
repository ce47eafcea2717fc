"""Keys of a compose service about the kernel and the instance."""

from moorage.compose_file.nodes import Node
from moorage.compose_file.services import ComposeService, Context
from moorage.compose_file.values import integer
from moorage.model.container_checks import ON_FARGATE

DEFAULT_CAPABILITIES = (
    *("AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE"),
    *("NET_RAW", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"),
)
"""The capabilities that a container has (Docker: "Runtime privilege and Linux capabilities")."""


def cap_drop(service: ComposeService, node: Node, context: Context) -> None:
    """`cap_drop`: capabilities without the prefix CAP_."""
    service.put("linux.drop_capabilities", [_capability(item) for item in node.items()], node, "cap_drop")


def cap_add(service: ComposeService, node: Node, context: Context) -> None:
    """`cap_add`: on Fargate, which adds few, those that containers have anyway are not dropped instead."""
    items = node.items()
    if context.target.fargate:
        kept = {_capability(item) for item in items} & {*DEFAULT_CAPABILITIES}
        items = [item for item in items if _capability(item) not in kept]
        dropped: list[str] = service.args["linux"].get("drop_capabilities", [])
        if kept and dropped:
            all_ = DEFAULT_CAPABILITIES if "ALL" in dropped else dropped
            left = [name for name in all_ if name not in kept]
            service.put("linux.drop_capabilities", left, service.node.find(["cap_drop"]), "cap_drop")
    further = node.with_value(items)
    service.put("linux.add_capabilities", [_capability(item) for item in items], further, "cap_add")


def _capability(item: Node) -> str:
    return item.text().upper().removeprefix("CAP_")


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
