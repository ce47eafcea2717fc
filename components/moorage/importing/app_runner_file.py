"""Source code for App Runner: `apprunner.yaml`."""

from pathlib import Path

from moorage.compose_file.yaml_reader import load_file

from .app_runner_source import AppRunnerSource, built, command, declare, runtime, secrets, variables
from .project import Project, logical_name
from .readers import text, texts, whole
from .secrets import is_secret
from .tables import As, Inside, Nearly, Said, SourceError, SourceNode, Table, apply


def _commands(target: AppRunnerSource, node: SourceNode) -> None:
    if isinstance(node.value, list):
        target.commands += texts(node)
        target.approximated(node, "`RUN` of the Dockerfile, as the commands of `build`")
        return
    order = {"pre-build": 0, "build": 1, "post-build": 2}
    for key, item in sorted(node.entries().items(), key=lambda entry: order.get(entry[0], len(order))):
        if key in order:
            target.commands += texts(item)
            target.approximated(item, "`RUN` of the Dockerfile")
        else:
            target.omitted(item, "unknown key")


def _build_environment(target: AppRunnerSource, node: SourceNode) -> None:
    for item in node.items():
        name, value = item.get("name"), item.get("value")
        if name is None or value is None:
            continue
        if is_secret(name.text(), value.text()):
            target.omitted(item, "a secret: it would stay in the image; use `build.secrets`")
        elif "\n" in value.text():
            target.omitted(item, "`ENV` has one line: export it in a command of the build")
        else:
            target.build_environment[name.text()] = value.text()
            target.approximated(item, "`ENV` of the Dockerfile")


def _before(target: AppRunnerSource, node: SourceNode) -> None:
    target.put("before", texts(node))
    target.approximated(node, "runs in the container before the command")


_PORT_VARIABLE = As("port_variable", text, text="`environment`: the variable with the port")
_FILE: Table[AppRunnerSource] = {
    "version": Said("without meaning"),
    "runtime": runtime,
    "build": Inside({"commands": _commands, "env": _build_environment}),
    "run": Inside(
        {
            "runtime-version": Nearly("the version of the Dockerfile's image; change its first line"),
            "pre-run": _before,
            "command": command,
            "network": Inside({"port": As("port", whole), "env": _PORT_VARIABLE}),
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
    apply(_FILE, SourceNode.of(documents[0]), target)
    built(project, target, file.parent, out)
    project.steps.append(
        "The file has no size, scaling or domain: those of the service are in `moorage import apprunner "
        "--service NAME`."
    )
    declare(project, title, target)
    return project
