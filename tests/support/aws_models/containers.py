"""The rules that AWS documents for a task's containers together: names, references, variables."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from graphlib import CycleError, TopologicalSorter
from typing import Any


def containers(definitions: list[dict[str, Any]]) -> str | None:
    """Return what is wrong between the containers of one task (API reference, ContainerDefinition)."""
    return "; ".join(_faults(definitions)) or None


def _faults(definitions: list[dict[str, Any]]) -> Iterator[str]:
    by_name = {definition["name"]: definition for definition in definitions}
    yield from _twice("container", (definition["name"] for definition in definitions))
    yield from _twice(
        "port name",
        (port["name"] for each in definitions for port in each.get("portMappings", []) if "name" in port),
    )
    if not any(definition.get("essential", True) for definition in definitions):
        yield "no container is essential"
    for definition in definitions:
        for fault in (*_references(definition, by_name), *_own(definition)):
            yield f"{definition['name']}: {fault}"
    try:
        TopologicalSorter(
            {
                name: [other["containerName"] for other in definition.get("dependsOn", [])]
                for name, definition in by_name.items()
            }
        ).prepare()
    except CycleError as error:
        yield f"dependsOn is cyclic: {error.args[1]}"


def _references(definition: dict[str, Any], by_name: dict[str, dict[str, Any]]) -> Iterator[str]:
    for link in definition.get("links", []):
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,255}(:[A-Za-z0-9_-]{1,255})?", link):
            yield f"the link {link} has other characters than letters, digits, hyphens and underscores"
    named = [
        *(link.partition(":")[0] for link in definition.get("links", [])),
        *(other["sourceContainer"] for other in definition.get("volumesFrom", [])),
        *(other["containerName"] for other in definition.get("dependsOn", [])),
    ]
    yield from (f"names {name}, which is not in the task" for name in named if name not in by_name)
    for other in definition.get("dependsOn", []):
        awaited, condition = by_name.get(other["containerName"], {}), other["condition"]
        if condition == "HEALTHY" and "healthCheck" not in awaited:
            yield f"waits for the health of {other['containerName']}, which has no health check"
        if condition in ("COMPLETE", "SUCCESS") and awaited.get("essential", True):
            yield f"waits for the end of {other['containerName']}, which is essential"


def _own(definition: dict[str, Any]) -> Iterator[str]:
    variables = (*definition.get("environment", []), *definition.get("secrets", []))
    yield from _twice("variable", (variable["name"] for variable in variables))
    for limit in definition.get("ulimits", []):
        soft, hard = limit["softLimit"], limit["hardLimit"]
        if min(soft, hard) < -1 or (hard != -1 and not -1 < soft <= hard):
            yield f"the ulimit {limit['name']} of {soft} is above {hard}, or below -1"
    for host in definition.get("extraHosts", []):
        if not host["hostname"] or not host["ipAddress"]:
            yield f"an extra host has no name or address: {host}"


def _twice(what: str, names: Iterable[str]) -> Iterator[str]:
    yield from (f"the {what} {name} is there {n} times" for name, n in Counter(names).items() if n > 1)
