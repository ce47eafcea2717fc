"""Source code for App Runner: `apprunner.yaml`."""

from pathlib import Path

from moorage.compose_file.nodes import Node
from moorage.compose_file.yaml_reader import load_file

from .app_runner_source import AppRunnerSource, built, command, declare, runtime, secrets, variables
from .project import Project, logical_name
from .secrets import is_secret
from .tables import As, Inside, Said, SourceError, Table, apply, texts, whole


def _version(target: AppRunnerSource, node: Node, path: str) -> None:
    target.report.approximated(node, path, "the version of the Dockerfile's image; change its first line")


def _commands(target: AppRunnerSource, node: Node, path: str) -> None:
    if isinstance(node.value, list):
        target.commands += texts(node)
        target.report.approximated(node, path, "`RUN` of the Dockerfile, as the commands of `build`")
        return
    order = ("pre-build", "build", "post-build")
    for key in sorted(node.entries(), key=lambda key: order.index(key) if key in order else len(order)):
        item = node.entries()[key]
        if key in order:
            target.commands += texts(item)
            target.report.approximated(item, f"{path}.{key}", "`RUN` of the Dockerfile")
        else:
            target.report.omitted(item, f"{path}.{key}", "unknown key")


def _build_environment(target: AppRunnerSource, node: Node, path: str) -> None:
    for index, entry in enumerate(node.items()):
        name, value = entry.get("name"), entry.get("value")
        inner = f"{path}[{index}]"
        if name is None or value is None:
            continue
        if is_secret(name.text(), value.text()):
            target.report.omitted(entry, inner, "a secret: it would stay in the image; use `build.secrets`")
        elif "\n" in value.text():
            target.report.omitted(entry, inner, "`ENV` has one line: export it in a command of the build")
        else:
            target.build_environment[name.text()] = value.text()
            target.report.approximated(entry, inner, "`ENV` of the Dockerfile")


def _before(target: AppRunnerSource, node: Node, path: str) -> None:
    target.put("before", texts(node))
    target.report.approximated(node, path, "runs in the container before the command")


def _port_variable(target: AppRunnerSource, node: Node, path: str) -> None:
    target.put("port_variable", node.text())
    target.report.translated(node, path, "`environment`: the variable with the port")


_FILE: Table[AppRunnerSource] = {
    "version": Said("without meaning"),
    "runtime": runtime,
    "build": Inside({"commands": _commands, "env": _build_environment}),
    "run": Inside(
        {
            "runtime-version": _version,
            "pre-run": _before,
            "command": command,
            "network": Inside(
                {
                    "port": As("port", whole),
                    "env": _port_variable,
                }
            ),
            "env": variables,
            "secrets": secrets,
        }
    ),
}


def import_app_runner_file(file: Path, out: Path, name: str | None, region: str) -> Project:
    """Return the project of an `apprunner.yaml`, whose folder is the source code.

    Raises:
        MoorageError: the file cannot be read, or is not an `apprunner.yaml`.
    """
    documents = load_file(file)
    if not documents or documents[0].get("run") is None or documents[0].get("runtime") is None:
        raise SourceError(f"{file}:1: is not an apprunner.yaml: it requires runtime and run")
    title = logical_name(name or file.resolve().parent.name)
    project = Project(title.lower(), file.name, region)
    target = AppRunnerSource(project.report, {})
    apply(_FILE, documents[0], "", target)
    built(project, target, file.parent, out)
    project.steps.append(
        "The file has no size, scaling or domain: those of the service are in `moorage import apprunner "
        "--service NAME`."
    )
    declare(project, title, target)
    return project
