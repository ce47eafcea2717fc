"""References of services to declarations of a project."""

from moorage.model.problems import Problems

from .loader import Declared
from .nodes import Node, Where


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
        for section in ("secrets", "configs"):
            declared: dict[str, Node] = getattr(project, section)
            for item in service.listed(section):
                source = item.get("source")
                if source is not None and source.text() not in declared:
                    _undeclared(problems, source.where, f"{path}.{section}", section, source.text())
        for item in service.listed("volumes"):
            kind, source = item.get("type"), item.get("source")
            if kind and kind.value == "volume" and source and source.text() not in project.volumes:
                _undeclared(problems, item.where, f"{path}.volumes", "volumes", source.text())
        for network, node in service.mapped("networks").items():
            if network != "default" and network not in project.networks:
                _undeclared(problems, node.where, f"{path}.networks", "networks", network)


def _undeclared(problems: Problems, where: Where, path: str, section: str, name: str) -> None:
    problems.add(f"{where}: {path}", name, f"is not declared under {section} at the top of the file")
