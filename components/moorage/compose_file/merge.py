"""Merging compose files, and services with those they extend.

Compose Specification, "Merge": mappings are merged key by key, lists appended, and unique entries of a list
(a port, the target of a volume) replaced; commands are replaced as a whole. `!reset` removes, `!override`
replaces.
"""

from .nodes import Node

_REPLACED = ("command", "entrypoint", "healthcheck.test")
_VARIABLES = (
    *("environment", "labels", "annotations", "sysctls", "build.args", "build.labels", "deploy.labels"),
)
"""Mappings in which a name without a value differs from an omitted name."""
_UNIQUE: dict[str, tuple[str, ...]] = {
    "ports": ("host_ip", "target", "published", "protocol"),
    "volumes": ("target",),
    "secrets": ("target",),
    "configs": ("target",),
    "env_file": ("path",),
}
"""The keys that identify the entries of a service's list."""


def merged(base: Node, over: Node) -> Node:
    """Merge `over` into a service, or any mapping in it.

    Nodes tagged `!reset` or `!override` stay tagged, so that they also apply to later merges; `settled`
    removes the tags.
    """
    return _merged(base, over, "")


def _merged(base: Node, over: Node, path: str) -> Node:
    if over.tag or path in _REPLACED:
        return over
    if over.value is None:
        return base
    if isinstance(base.value, dict) and isinstance(over.value, dict):
        if path == "logging" and _drivers_differ(base, over):
            return over
        entries = dict(base.value)
        for key, node in over.value.items():
            earlier = entries.get(key)
            inner = f"{path}.{key}" if path else key
            emptied = node.value is None and path in _VARIABLES
            entries[key] = node if earlier is None or emptied else _merged(earlier, node, inner)
        return Node(entries, over.where, base.tag)
    if isinstance(base.value, list) and isinstance(over.value, list):
        return Node(_appended(base.value, over.value, path), over.where, base.tag)
    return over


def unique(service: Node) -> Node:
    """Return a service without duplicates in its lists; the last one of equal entries stays."""
    entries = {
        key: node.with_value(_appended([], node.value, key))
        if isinstance(node.value, list) and key not in _REPLACED
        else node
        for key, node in service.entries().items()
    }
    return service.with_value(entries)


def _drivers_differ(base: Node, over: Node) -> bool:
    one, other = base.get("driver"), over.get("driver")
    return one is not None and other is not None and one.value != other.value


def _appended(base: list[Node], over: list[Node], path: str) -> list[Node]:
    """Return the items of both lists; of equal ones the last one, at the first one's place."""
    return list({_identity(item, path): item for item in (*base, *over)}.values())


def _identity(item: Node, path: str) -> object:
    if isinstance(item.value, dict):
        keys = _UNIQUE.get(path, ())
        # A secret without a target is mounted under its own name.
        identity = tuple(node.text() if (node := item.get(key)) else None for key in keys)
        if path in ("secrets", "configs") and identity == (None,):
            identity = (source.text() if (source := item.get("source")) else None,)
        return identity if keys else id(item)
    return item.text()


def settled(node: Node) -> Node:
    """Return a tree without the nodes that `!reset` removes, and without tags."""
    if isinstance(node.value, dict):
        value = {key: settled(item) for key, item in node.value.items() if item.tag != "reset"}
        return Node(value, node.where)
    if isinstance(node.value, list):
        return Node([settled(item) for item in node.value if item.tag != "reset"], node.where)
    return Node(node.value, node.where)
