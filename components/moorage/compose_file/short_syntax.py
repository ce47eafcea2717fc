"""Short forms of a service's keys, such as `"8080:80"`, converted to the long form.

Compose Specification, "Services top-level elements". Files are merged in the long form. Relative paths become
relative to the program's folder.
"""

import os
import posixpath
import re
from pathlib import Path

from moorage.model.problems import Problems

from .nodes import Node, Where

_MAPPINGS = ("labels", "annotations", "sysctls")
_LISTS = ("dns", "dns_search", "dns_opt", "tmpfs", "label_file", "cap_add", "cap_drop")
_PORT = re.compile(
    r"(?:(?P<ip>\[[^\]]*\]|[^:\[\]]*):)?(?:(?P<published>\d*(?:-\d+)?):)?(?P<target>\d+(?:-\d+)?)(?:/(?P<protocol>\w+))?",
    re.ASCII,
)
_TWO_PARTS = re.compile(
    r"(?P<published>\d*(?:-\d+)?):(?P<target>\d+(?:-\d+)?)(?:/(?P<protocol>\w+))?", re.ASCII
)
_MAX_PORTS = 1000
"""Of a service; a task definition of 64 KiB has no room for more port mappings of 60 bytes."""


def long_syntax(service: Node, folder: Path, problems: Problems, path: str) -> Node:
    """Return a service, valid by the schema, with every key in the long form."""
    entries: dict[str, Node] = {}
    for key, node in service.entries().items():
        entries[key] = _long_form(key, node, folder, problems, f"{path}.{key}")
    return service.with_value(entries)


def _long_form(key: str, node: Node, folder: Path, problems: Problems, path: str) -> Node:
    if node.value is None:
        return node
    if key == "environment":
        return _variables(node, problems, path)
    if key in _MAPPINGS:
        return _mapping(node)
    if key in _LISTS:
        items = node.items() if isinstance(node.value, list) else [Node(node.value, node.where)]
        return node.with_value([resolved(item, folder) if key == "label_file" else item for item in items])
    if key == "depends_on":
        return _named(node, {"condition": "service_started", "required": True})
    if key in ("networks", "models"):
        return _named(node, None)
    if key == "extends" and isinstance(node.value, str):
        return node.with_value({"service": Node(node.value, node.where)})
    if key in ("secrets", "configs"):
        return node.with_value([_source(item) for item in node.items()])
    if key == "env_file":
        items = node.items() if isinstance(node.value, list) else [Node(node.value, node.where)]
        return node.with_value([_env_file(item, folder) for item in items])
    if key == "extra_hosts":
        return node.with_value(_extra_hosts(node, problems, path))
    if key == "ports":
        return node.with_value(_all_ports(node, problems, path))
    if key == "volumes":
        return node.with_value([_volume(item, folder) for item in node.items()])
    if key == "build":
        return _build(node, folder, problems, path)
    if key == "deploy" and (labels := node.get("labels")):
        return node.with_value({**node.entries(), "labels": _mapping(labels)})
    return node


def _mapping(node: Node) -> Node:
    """Return a list of NAME=value as a mapping; a NAME alone has no value."""
    if not isinstance(node.value, list):
        return node
    entries: dict[str, Node] = {}
    for item in node.value:
        name, sign, value = item.text().partition("=")
        entries[name] = Node(value if sign else None, item.where, item.tag)
    return node.with_value(entries)


def _variables(node: Node, problems: Problems, path: str) -> Node:
    """Return a list of NAME=value as a mapping; as in compose-go, NAME must not end with white space."""
    if not isinstance(node.value, list):
        return node
    good: list[Node] = []
    for item in node.value:
        name = item.text().partition("=")[0]
        if name == name.rstrip():
            good.append(item)
        else:
            problems.add(f"{item.where}: {path}", name, "must not end with white space")
    return _mapping(node.with_value(good))


def _named(node: Node, settings: dict[str, str | bool] | None) -> Node:
    """Return a list of names as a mapping with `settings` for each name."""
    if not isinstance(node.value, list):
        return node

    def value(where: Where) -> dict[str, Node] | None:
        return None if settings is None else {key: Node(item, where) for key, item in settings.items()}

    return node.with_value({item.text(): Node(value(item.where), item.where) for item in node.value})


def _source(item: Node) -> Node:
    short = Node({"source": Node(item.text(), item.where)}, item.where)
    return item if isinstance(item.value, dict) else short


def resolved(node: Node, folder: Path) -> Node:
    """Return a path of a file relative to the program's folder."""
    path = os.path.expanduser(node.text())
    return node.with_value(path if os.path.isabs(path) else os.path.normpath(folder / path))


def _env_file(item: Node, folder: Path) -> Node:
    if not isinstance(item.value, dict):
        return Node({"path": resolved(item, folder)}, item.where, item.tag)
    entries = dict(item.value)
    if "path" in entries:
        entries["path"] = resolved(entries["path"], folder)
    return item.with_value(entries)


def _extra_hosts(node: Node, problems: Problems, path: str) -> list[Node]:
    if isinstance(node.value, list):
        hosts = [item.with_value(re.sub(r"[:=]", "=", item.text(), count=1)) for item in node.value]
    else:
        hosts = [
            Node(f"{host}={address.text()}", address.where)
            for host, addresses in node.entries().items()
            for address in (addresses.items() or [addresses])
        ]
    for item in hosts:
        host, _, address = item.text().partition("=")
        if not host or not address:
            problems.add(f"{item.where}: {path}", item.text(), "must be a host and its address: HOST=ADDRESS")
    return hosts


def _build(node: Node, folder: Path, problems: Problems, path: str) -> Node:
    entries = dict(node.entries()) or {"context": node.with_value(node.text())}
    context = entries.get("context", Node(".", node.where))
    if "://" not in context.text() and not context.text().startswith("git@"):
        entries["context"] = resolved(context, folder)
    if "args" in entries:
        entries["args"] = _variables(entries["args"], problems, f"{path}.args")
    if "labels" in entries:
        entries["labels"] = _mapping(entries["labels"])
    if "secrets" in entries:
        entries["secrets"] = entries["secrets"].with_value([_source(i) for i in entries["secrets"].items()])
    return node.with_value(entries)


def _all_ports(node: Node, problems: Problems, path: str) -> list[Node]:
    ports: list[Node] = []
    for item in node.items():
        ports += _ports(item, problems, path)
        if len(ports) > _MAX_PORTS:
            problems.say(f"{item.where}: {path}", f"must be at most {_MAX_PORTS} ports, with those of ranges")
            return []
    return ports


def _ports(item: Node, problems: Problems, path: str) -> list[Node]:
    """Return the entries in the long form for an entry of `ports`, one for each port of a range."""
    if isinstance(item.value, dict):
        entries = {"protocol": Node("tcp", item.where), **item.value}
        for key in ("published", "target"):
            if key in entries:
                entries[key] = entries[key].with_value(entries[key].text())
        return [item.with_value(entries)]
    text = item.text()
    match = _TWO_PARTS.fullmatch(text) or _PORT.fullmatch(text)
    if match is None:
        problems.add(f"{item.where}: {path}", text, "must be [[IP:]PUBLISHED:]TARGET[/PROTOCOL]")
        return []
    parts = match.groupdict()
    targets = _range(parts["target"])
    published = _range(parts["published"]) if parts["published"] else [None] * len(targets)
    if not targets or not published:
        problems.add(f"{item.where}: {path}", text, "must be 1 to 65535, in a range the lower one first")
        return []
    if len(targets) == 1 and parts["published"]:
        # A range of published ports for one target: any free port in it.
        published = [parts["published"]]
    elif len(published) != len(targets):
        problems.add(f"{item.where}: {path}", text, "must have as many published ports as target ports")
        return []
    ports: list[Node] = []
    for target, outside in zip(targets, published, strict=True):
        values = {
            "target": target,
            "published": outside,
            "protocol": parts["protocol"] or "tcp",
            "host_ip": (parts.get("ip") or "").strip("[]") or None,
        }
        ports.append(
            Node({k: Node(v, item.where) for k, v in values.items() if v is not None}, item.where, item.tag)
        )
    return ports


def _range(text: str) -> list[str]:
    """Return the ports of a range; none if it is not valid."""
    first, _, last = text.partition("-")
    ends = (first, last or first)
    if not all(re.fullmatch("[0-9]{1,5}", end) and 0 <= int(end) <= 65535 for end in ends):
        return []
    return [str(port) for port in range(int(ends[0]), int(ends[1]) + 1)]


def _volume(item: Node, folder: Path) -> Node:
    """Return an entry of `volumes` in the long form."""
    if isinstance(item.value, dict):
        entries = dict(item.value)
        kind, source, path = (entries.get(key) for key in ("type", "source", "target"))
        if source is not None and kind is not None and kind.value == "bind":
            entries["source"] = resolved(source, folder)
        if path is not None:
            entries["target"] = path.with_value(cleaned_path(path.text()))
        return item.with_value(entries)
    text = item.text()
    # The colon of a Windows drive letter is not a separator; but the name of a volume may be one letter.
    windows = re.match(r"[A-Za-z]:(\\|/[^:]*:/)", text)
    drive, rest = (text[:2], text[2:]) if windows else ("", text)
    first, *others = rest.split(":")
    source, target = (drive + first, others[0]) if others else ("", drive + first)
    kind = "bind" if source and (drive or source[0] in "./~") else "volume"
    values: dict[str, str | bool] = {"type": kind, "target": cleaned_path(target)}
    if source:
        values["source"] = resolved(Node(source, item.where), folder).text() if kind == "bind" else source
    if "ro" in ":".join(others[1:]).split(","):
        values["read_only"] = True
    return Node({key: Node(value, item.where) for key, value in values.items()}, item.where, item.tag)


def cleaned_path(path: str) -> str:
    """Return a path in a container without `..`, `//` and a `/` at its end, as Go's `path.Clean` does."""
    return re.sub("^//", "/", posixpath.normpath(path)) if path else path
