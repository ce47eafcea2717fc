"""Hosts of services that have the same path: Copilot tells them apart by the domain of the application."""

from collections.abc import Mapping
from typing import Any

from moorage.compose_file.nodes import Node
from moorage.importing.project import Project, logical_name

_DEFAULT_ALIAS = (
    "`rules.host` is a setting: another service has the same path, and no manifest has the alias that "
    "Copilot derives from the application's domain"
)


def tell_apart(project: Project, manifests: Mapping[str, Node], targets: dict[str, dict[str, Any]]) -> None:
    """Give a host to rules of services, by name, that are rules of another service too."""
    requests = {name: {_request(rule) for rule in _rules(target)} for name, target in targets.items()}
    for name, target in targets.items():
        others = set[Any]().union(*(requests[other] for other in targets if other != name))
        shared = {request for request in requests[name] & others if request[0] is None}
        if not shared:
            continue
        what = f"The host name of {name}, which another service has the path of"
        stand_in = f"{logical_name(name).lower()}.example.com"
        host = project.setting([name, "host"], what, stand_in=stand_in)
        target["rules"] = [
            {"host": host, **rule} if _request(rule) in shared else rule for rule in _rules(target)
        ]
        http = manifests[name].get("http") or manifests[name]
        project.report.approximated(http, "http.alias", _DEFAULT_ALIAS)


def _rules(target: dict[str, Any]) -> list[dict[str, Any]]:
    return target.get("rules") or [{}]


def _request(rule: dict[str, Any]) -> tuple[Any, Any]:
    return rule.get("host"), rule.get("path")
