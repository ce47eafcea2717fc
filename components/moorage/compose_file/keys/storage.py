"""Volumes, secrets and configs of compose services."""

import os
import re
from pathlib import Path, PurePosixPath
from typing import Any, cast

from moorage.compose_file.files import ComposeError, read_text
from moorage.compose_file.keys.binds import add_file, bind
from moorage.compose_file.names import container_name
from moorage.compose_file.nodes import Node
from moorage.compose_file.services import ComposeService, Context, Mount, SecretSource
from moorage.compose_file.values import boolean, mebibytes
from moorage.model.later import is_later
from moorage.model.secrets import check_reference, wrong_value

_AS_VARIABLES = "becomes an environment variable: ECS cannot mount secrets as files in /run/secrets"

_COMMANDS = {"command": "command", "entrypoint": "entry_point"}
"""Arguments by the key that sets them."""

_TMPFS_SIZE = 64


def volumes(service: ComposeService, node: Node) -> None:
    """`volumes`: named and anonymous volumes, tmpfs, and files and folders of the project."""
    for item in node.items():
        kind, target = item.get("type"), item.get("target")
        if target is None or kind is None:
            service.refuse(item, "volumes", "requires type and target")
        elif kind.value == "bind":
            bind(service, item, target.text(), _is_read_only(service, item))
        elif kind.value == "tmpfs":
            _mount_tmpfs(service, item, target.text())
        elif kind.value == "volume":
            _mount_volume(service, item, target.text())
        else:
            service.refuse(kind, "volumes.type", "must be volume, bind or tmpfs")


def _mount_tmpfs(service: ComposeService, item: Node, target: str) -> None:
    options = item.section("tmpfs")
    size = _tmpfs_size(service, options.get("size"), item, target, "volumes")
    mode = options.get("mode")
    written = {"options": [f"mode={mode.text()}"]} if mode else {}
    service.add("linux.tmpfs", {"path": target, "size": size, **written}, item, "volumes")


def _mount_volume(service: ComposeService, item: Node, target: str) -> None:
    if (subpath := item.section("volume").get("subpath")) is not None:
        text = "is not possible on ECS; use a volume of its own"
        service.refuse(subpath, "volumes.volume.subpath", text)
    source = item.get("source")
    name = source.text() if source else None
    service.mounts.append(Mount(name, target, _is_read_only(service, item), item))


def _is_read_only(service: ComposeService, item: Node) -> bool:
    node = item.get("read_only")
    return node is not None and boolean(node, service.at("volumes.read_only"), service.context.report)


def tmpfs(service: ComposeService, node: Node) -> None:
    """`tmpfs`: paths in memory, with `size` and `mode` after a colon."""
    for item in node.items():
        target, _, written = item.text().partition(":")
        options = [option for option in written.split(",") if option]
        sizes = [option.partition("=")[2] for option in options if option.startswith("size=")]
        rest = [option for option in options if not option.startswith("size=")]
        size = _tmpfs_size(service, item.with_value(sizes[-1]) if sizes else None, item, target, "tmpfs")
        further = {"options": rest} if rest else {}
        service.add("linux.tmpfs", {"path": target, "size": size, **further}, item, "tmpfs")


def _tmpfs_size(service: ComposeService, size: Node | None, item: Node, target: str, key: str) -> int:
    if size is not None:
        return mebibytes(size, service.at(key), service.context.report) or 1
    service.note(item, key, f"ECS requires a size; {_TMPFS_SIZE} MiB is used for {target}")
    return _TMPFS_SIZE


def volumes_from(service: ComposeService, node: Node) -> None:
    """`volumes_from`: between the containers of one task."""
    if not service.target.one_task:
        text = "needs `task: one`; or use a named volume in both services"
        service.refuse(node, "volumes_from", text)
        return
    for item in node.items():
        name, _, mode = item.text().partition(":")
        if name not in service.context.project.services:
            service.refuse(item, "volumes_from", "must be a service of this file")
        else:
            read_only = {"read_only": True} if mode == "ro" else {}
            mounted = {"container": container_name(name), **read_only}
            service.add("volumes_from", mounted, item, "volumes_from")


def secrets(service: ComposeService, node: Node) -> None:
    """`secrets`: environment variables."""
    _sources(service, "secrets", node)


def configs(service: ComposeService, node: Node) -> None:
    """`configs`: files in the image; those that exist elsewhere, or whose value is not known yet, are
    environment variables."""
    others: list[Node] = []
    for item in node.items():
        content = _config(item, service.context)
        if content is None:
            others.append(item)
        else:
            add_file(service, {**content, **_as_file(item)}, item, "configs")
    _sources(service, "configs", node.with_value(others))


def _config(item: Node, context: Context) -> dict[str, str] | None:
    """Return the content of a config as a build's `files` have it; None if it is not known here."""
    declared = context.project.configs.get(item.text_of("source"))
    if declared is None or any(declared.get(key) for key in ("external", "driver", "template_driver")):
        return None
    if (file := declared.get("file")) is not None:
        return {"source": file.text()} if os.path.isfile(file.text()) else None
    text = declared.text_of("content")
    if (variable := declared.get("environment")) is not None:
        text = context.value_of(variable.text(), variable.with_value(None), "configs")
    return None if not text or is_later(text) else {"content": text}


def _as_file(item: Node) -> dict[str, str]:
    """Return path, owner and permissions of a config's file."""
    mode = item.get("mode")
    path = item.text_of("target", item.text_of("source", item.text()))
    written = {"path": path if path.startswith("/") else f"/{path}"}
    if item.get("uid") or item.get("gid"):
        written["owner"] = f"{item.text_of('uid', '0')}:{item.text_of('gid', '0')}"
    if mode is not None:
        # YAML reads 0440 as the number 288.
        written["mode"] = f"{mode.value:o}" if isinstance(mode.value, int) else mode.text()
    return written


def _sources(service: ComposeService, section: str, node: Node) -> None:
    context = service.context
    for item in node.items():
        source = item.get("source")
        secret = secret_source(section, source.text(), context) if source else None
        if source is None or secret is None:
            continue
        if secret.external is None and not is_later(secret.value) and (wrong := wrong_value(secret.value)):
            place = _declared(section, context)[source.text()].where
            context.report.problems.say(f"{place}: {section}.{source.text()}", wrong)
        name = variable_name(item.text_of("target", source.text()))
        if name in service.secrets:
            text = f"another one is also the variable {name}; set a `target`"
            service.refuse(source, section, text)
        service.secrets[name], service.parts[f"secrets.{name}"] = secret, item
        _warn_of_file(service, _file_of(section, item), name)
    for item in node.items()[:1]:
        if not any(_AS_VARIABLES in warning for warning in context.report.warnings):
            service.warn(item, section, _AS_VARIABLES)


def _file_of(section: str, item: Node) -> str:
    """Return the path that Docker gives the file of a secret or config."""
    path = _as_file(item)["path"]
    absolute = item.text_of("target").startswith("/")
    return path if section == "configs" or absolute else f"/run/secrets{path}"


def _warn_of_file(service: ComposeService, file: str, name: str) -> None:
    """Warn of each setting that refers to the file, unless a volume with it is mounted there."""
    mounts = service.node.section("x-moorage").listed("mounts")
    mounted = [mount.path for mount in service.mounts]
    mounted += [path.text() for mount in mounts if (path := mount.get("path"))]
    if any(PurePosixPath(file).is_relative_to(path) for path in mounted):
        return
    values: dict[tuple[str, ...], Any] = {
        ("environment", key): value for key, value in service.args.get("environment", {}).items()
    }
    values |= {(key,): service.args.get(argument) for key, argument in _COMMANDS.items()}
    refers = re.compile(rf"(?<![\w.-]){re.escape(file)}(?![\w./-])")
    for key, value in values.items():
        words = cast("list[Any]", value if isinstance(value, list) else [value])
        if any(isinstance(word, str) and refers.search(word) for word in words):
            text = f"refers to {file}, which is not a file on ECS; the value is in the variable {name}"
            service.warn(service.node.find([*key]), ".".join(key), text)


def variable_name(target: str) -> str:
    """Return the environment variable of a secret: the last part of its target, in capitals."""
    name = re.sub(r"[^A-Z0-9_]", "_", target.rsplit("/", 1)[-1].upper())
    return f"_{name}" if name[:1].isdigit() else name


def _declared(section: str, context: Context) -> dict[str, Node]:
    return context.project.secrets if section == "secrets" else context.project.configs


def secret_source(section: str, name: str, context: Context) -> SecretSource | None:
    """Return the source of a secret's or config's value; None if it is refused."""
    declared = _declared(section, context).get(name)
    if declared is None:
        return None
    at, report = f"{section}.{name}", context.report
    stored = name if section == "secrets" else f"config-{name}"
    for key in ("driver", "template_driver"):
        if (node := declared.get(key)) is not None:
            report.refuse(node, f"{at}.{key}", "is not possible on ECS")
    external = declared.get("external")
    if external is not None and external.value is not False:
        named = declared.get("name") or (external.get("name") if isinstance(external.value, dict) else None)
        reference = named.text() if named else name
        check_reference(f"{declared.where}: {at}", reference, report.problems)
        return SecretSource(name, reference)
    if (variable := declared.get("environment")) is not None:
        value = context.value_of(variable.text(), variable.with_value(None), f"{at}.environment")
        if value is None:
            report.refuse(variable, f"{at}.environment", "is not a variable that is set")
            return None
        return SecretSource(stored, None, value)
    if (content := declared.get("content")) is not None:
        return SecretSource(stored, None, content.text())
    if (file := declared.get("file")) is not None:
        try:
            text = read_text(Path(file.text()))
        except ComposeError as error:
            report.refuse(file.with_value(None), f"{at}.file", str(error))
            return None
        # The last line break, from an editor, is not part of the value.
        return SecretSource(stored, None, text.removesuffix("\n").removesuffix("\r"))
    report.refuse(declared, at, "requires external: true, environment, file or (a config) content")
    return None
