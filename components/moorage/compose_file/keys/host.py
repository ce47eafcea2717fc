"""Keys of a compose service about the kernel and the instance."""

from moorage.compose_file.nodes import Node
from moorage.compose_file.services import ComposeService
from moorage.compose_file.values import integer
from moorage.model.container_checks import ON_FARGATE

DEFAULT_CAPABILITIES = (
    *("AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE"),
    *("NET_RAW", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"),
)
"""The capabilities that a container has (Docker: "Runtime privilege and Linux capabilities")."""


def cap_drop(service: ComposeService, node: Node) -> None:
    """`cap_drop`: capabilities without the prefix CAP_."""
    service.put("linux.drop_capabilities", [_capability(item) for item in node.items()], node, "cap_drop")


def cap_add(service: ComposeService, node: Node) -> None:
    """`cap_add`: on Fargate, which adds few, those that containers have anyway are not dropped instead."""
    items = list(node.items())
    if service.target.fargate:
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


_RIGHTS = {"r": "read", "w": "write", "m": "mknod"}


def devices(service: ComposeService, node: Node) -> None:
    """`devices`: on instances only."""
    if service.target.fargate:
        service.refuse(node, "devices", ON_FARGATE)
        return
    for item in node.items():
        if item.entries():
            source, target, allowed = (item.text_of(key) for key in ("source", "target", "permissions"))
        else:
            source, target, allowed = [*item.text().split(":"), "", ""][:3]
        if not source or not set(allowed) <= set(_RIGHTS):
            service.refuse(item, "devices", "must be PATH[:PATH[:PERMISSIONS]], with permissions of rwm")
        rights = [_RIGHTS[letter] for letter in allowed or "rwm" if letter in _RIGHTS]
        device = {"host_path": source, "path": target or source, "permissions": rights}
        service.add("linux.devices", device, item, "devices")


def ulimits(service: ComposeService, node: Node) -> None:
    """`ulimits`: one number for both limits, or `soft` and `hard`."""
    limits: dict[str, dict[str, int]] = {}
    for name, item in node.entries().items():
        path, report = service.at(f"ulimits.{name}"), service.context.report
        soft, hard = (item.get("soft"), item.get("hard")) if item.entries() else (item, item)
        low = integer(soft, path, report) if soft else None
        high = integer(hard, path, report) if hard else None
        if low is not None and high is not None:
            limits[name] = {"soft": low, "hard": high}
    service.put("ulimits", limits, node, "ulimits")
