"""References of services to declarations of a project, and keys of a service that exclude each other.

Compose Specification, "Services top-level elements"; as compose-go's `checkConsistency`.
"""

from collections.abc import Mapping

from moorage.model.problems import Problems

from .loader import Declared
from .nodes import Node, Where
from .short_syntax import cleaned_path


def check_references(project: Declared, inactive: frozenset[str], problems: Problems) -> None:
    """Refuse references of active services to what is not declared or not in an active profile."""

    def check_service(name: str, where: Where, path: str) -> None:
        if name not in project.services:
            why = "is not in an active profile" if name in inactive else "is not declared"
            problems.say(f"{where}: {path}", f"the service {name} {why}")

    for name, service in project.services.items():
        path = f"services.{name}"
        for other, node in service.mapped("depends_on").items():
            required = node.get("required")
            if other in inactive and required is not None and required.value is False:
                continue
            check_service(other, node.where, f"{path}.depends_on")
        mode = service.get("network_mode")
        if mode is not None and mode.text().startswith("service:"):
            check_service(mode.text().removeprefix("service:"), mode.where, f"{path}.network_mode")
        if mode is not None and mode.text() and (networks := service.mapped("networks")):
            text = f"cannot be combined with networks, which are {', '.join(networks)}"
            problems.add(f"{mode.where}: {path}.network_mode", mode.text(), text)
        for section in ("secrets", "configs"):
            declared: dict[str, Node] = getattr(project, section)
            _check_sources(service, section, declared, path, problems)
        if build := service.get("build"):
            _check_sources(build, "secrets", project.secrets, f"{path}.build", problems)
        for item in service.listed("volumes"):
            kind, source = item.get("type"), item.get("source")
            if kind and kind.value == "volume" and source and source.text() not in project.volumes:
                _undeclared(problems, item.where, f"{path}.volumes", "volumes", source.text())
        for network, node in service.mapped("networks").items():
            if network != "default" and network not in project.networks:
                _undeclared(problems, node.where, f"{path}.networks", "networks", network)
        _check_mounts(service, path, problems)


def _check_sources(
    node: Node, section: str, declared: Mapping[str, Node], path: str, problems: Problems
) -> None:
    for item in node.listed(section):
        source = item.get("source")
        if source is not None and source.text() not in declared:
            _undeclared(problems, source.where, f"{path}.{section}", section, source.text())


def _check_mounts(service: Node, path: str, problems: Problems) -> None:
    """Refuse two mounts at one path of a container."""
    mounted: set[str] = set()
    temporary = [("tmpfs", item.where, item.text().partition(":")[0]) for item in service.listed("tmpfs")]
    volumes = [
        ("volumes", item.where, target.text())
        for item in service.listed("volumes")
        if (target := item.get("target"))
    ]
    for key, where, target in (*temporary, *volumes):
        cleaned = cleaned_path(target)
        if cleaned in mounted:
            problems.add(f"{where}: {path}.{key}", target, "is the path of another mount")
        mounted.add(cleaned)


def _undeclared(problems: Problems, where: Where, path: str, section: str, name: str) -> None:
    problems.add(f"{where}: {path}", name, f"is not declared under {section} at the top of the file")
