"""The report of an import of compose files, from that of their translation."""

import re

from moorage.compose_file.nodes import Node, Where
from moorage.compose_file.service_keys import HONOURED
from moorage.compose_file.services import ComposeService, LogTarget
from moorage.compose_file.yaml_reader import load_file
from moorage.model.later import is_later
from moorage.model.problems import Problems

from .compose_source import ComposeImport
from .literals import SECRET_VARIABLE
from .report import Kind
from .secrets import is_secret, masked

_PLACE = re.compile(r"(?P<file>.+?):(?P<line>[0-9]+)(: (?P<rest>.*))?", re.DOTALL)


def report_on(made: ComposeImport, problems: Problems) -> None:
    """Report what the translation refused, warned of and decided, and all keys that it honoured."""
    texts = [(Kind.OMITTED, str(problem)) for problem in problems] + made.refused
    for text in made.files.report.warnings:
        is_ignored = " is ignored" in text or "is not set" in text
        texts.append((Kind.OMITTED if is_ignored else Kind.APPROXIMATED, text))
    texts += [(Kind.APPROXIMATED, text) for text in made.files.report.notes]
    said = {_said(made, kind, text) for kind, text in texts}
    for service in made.files.services.values():
        _report_service(made, service, said)
    for path in made.source.paths:
        for document in load_file(path):
            _report_sections(made, document)


def _said(made: ComposeImport, kind: Kind, text: str) -> tuple[str, str]:
    """Report a text that begins with its file, line and path; return the place and the path."""
    match = _PLACE.match(text)
    node = Node(None, Where(match["file"], int(match["line"]))) if match else made.file
    rest = (match["rest"] or "") if match else text
    path, colon, reason = rest.partition(": ")
    made.project.report.add(kind, node, path if colon else "the file", masked(reason if colon else rest))
    return str(node.where), path


def _report_service(made: ComposeImport, service: ComposeService, said: set[tuple[str, str]]) -> None:
    arguments: dict[str, list[str]] = {}
    for argument, (key, _) in service.places.items():
        arguments.setdefault(key, []).append(f"`{argument}`")
    report = made.project.report
    for key, node in service.node.entries().items():
        path = f"{service.path}.{key}"
        reported = (str(node.where), path) in said
        for name, item in node.mapped("environment").items() if key == "x-moorage" else ():
            if is_secret(name, item.text()):
                report.approximated(item, f"{path}.environment.{name}", SECRET_VARIABLE)
        if key == "ports":
            _report_ports(made, service, node)
        elif reported or node.value is None or (key.startswith("x-") and key != "x-moorage"):
            continue
        elif key == "environment":
            _report_environment(made, service, node)
        elif key == "logging" and service.log is not None and service.log.group is not None:
            report.approximated(node, path, _log_text(made, service.log))
        elif key in HONOURED or key == "x-moorage":
            report.translated(node, path, ", ".join(arguments.get(key, [])) or _HONOURED.get(key, "honoured"))


def _log_text(made: ComposeImport, log: LogTarget) -> str:
    """Return what becomes of a log group that a service names."""
    name = f"log group {log.group}"
    if made.source.one_task or not log.create:
        return f"`log`: {name} must exist; the program does not make it"
    return (
        f"`log`: the program makes {name}; if it exists, adopt it with `pulumi import`, or name it in `group`"
    )


_HONOURED = {
    "depends_on": "`after`, or `depends_on` of containers in one task",
    "networks": "services reach each other by Service Connect",
    "secrets": "`secret_values`",
    "volumes": "`volumes` and `mounts`, or files of the image",
    "x-moorage": "arguments of the app",
    "deploy": "`count`, sizes and the rollout's limits",
}


def _report_environment(made: ComposeImport, service: ComposeService, node: Node) -> None:
    for name, item in node.entries().items():
        path, value = f"{service.path}.environment.{name}", item.text() if item.value is not None else ""
        if is_secret(name, value) or is_later(value):
            made.project.report.approximated(item, path, SECRET_VARIABLE)
        else:
            made.project.report.translated(item, path, "`environment`")
    if not node.entries():
        made.project.report.translated(node, f"{service.path}.environment", "`environment`")


def _report_ports(made: ComposeImport, service: ComposeService, node: Node) -> None:
    report, path = made.project.report, f"{service.path}.ports"
    if service is made.served:
        text = "behind the load balancer, which checks GET /; see `health_check`"
        report.approximated(node, path, text)
    else:
        text = "not reachable from outside; add `load_balancer` and `rules`, or `public`, to the app"
        report.approximated(node, path, text)


_SECTIONS = {
    "services": "",
    "name": "the project's name",
    "networks": "services reach each other by Service Connect, whatever their networks",
    "volumes": "`volumes`",
    "secrets": "`secret_values`",
    "configs": "`secret_values`, or files of the image",
    "include": "merged",
    "version": "without meaning",
    "task_definition": "arguments of the app and its containers",
    "run_params": "`network`, `subnets` and security groups",
}


def _report_sections(made: ComposeImport, document: Node) -> None:
    """Report the keys at the top of a file."""
    report = made.project.report
    for key, node in document.entries().items():
        text = _SECTIONS.get(key)
        if text is None and not key.startswith("x-"):
            report.omitted(node, key, "is not supported")
        elif key == "networks":
            report.approximated(node, key, _SECTIONS["networks"])
        elif text and isinstance(node.value, dict):
            mounted = {name for task in made.files.tasks for name in task.volumes}
            for name, item in node.entries().items():
                if key == "volumes" and name not in mounted:
                    report.omitted(item, f"{key}.{name}", "no service mounts it")
                else:
                    report.translated(item, f"{key}.{name}", text)
        elif text:
            report.translated(node, key, text)
