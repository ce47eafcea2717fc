"""Keys of a compose service about its process: image, command, environment, health check, logging."""

import os
from pathlib import Path

from moorage.compose_file.dotenv import read_env_file
from moorage.compose_file.files import ComposeError, exists
from moorage.compose_file.keys.storage import secret_source
from moorage.compose_file.nodes import Node
from moorage.compose_file.report import Report
from moorage.compose_file.services import ComposeService, LogTarget
from moorage.compose_file.values import boolean, bounded, integer, mebibytes, pairs, seconds, words
from moorage.model.choices import LogDriver
from moorage.model.container_checks import FARGATE_LOG_DRIVERS
from moorage.model.fields.container import CONTAINER, HEALTH_CHECK
from moorage.model.instance_types import DOCKER_PLATFORM
from moorage.model.later import is_later
from moorage.model.names import LOG_GROUP_NAME, check_pattern

_LOCAL_DRIVERS = ("json-file", "local", "journald", "")

_ARCHITECTURES = {"x86_64": "amd64", "x86-64": "amd64", "aarch64": "arm64"}
_DEFAULT_VARIANTS = (("amd64", "v1"), ("arm64", "8"), ("arm64", "v8"))

_BUILD_REFUSED = {
    "dockerfile_inline": "is not possible; use a Dockerfile",
    "additional_contexts": "is not possible; copy the files into the context",
    "ssh": "is not possible; use build secrets",
    "entitlements": "is not possible",
    "privileged": "is not possible",
}
_BUILD_IGNORED = (
    *("cache_from", "cache_to", "no_cache", "no_cache_filter", "pull", "network", "shm_size", "ulimits"),
    *("labels", "tags", "extra_hosts", "isolation", "provenance", "sbom"),
)


def image(service: ComposeService, node: Node) -> None:
    """`image`; with `build` it is only Compose's name for the built image."""
    if service.node.get("build") is None:
        service.put("image", node.text(), node, "image")


def build(service: ComposeService, node: Node) -> None:
    """`build`: an image in its own repository."""
    for key, item in node.entries().items():
        if key in _BUILD_REFUSED:
            service.refuse(item, f"build.{key}", _BUILD_REFUSED[key])
        elif key in _BUILD_IGNORED:
            service.warn(item, f"build.{key}", "is ignored: BuildKit builds images with its defaults")
    folder = node.get("context")
    if folder is None:
        service.refuse(node, "build", "requires context, the folder to build")
        return
    if "://" in folder.text() or folder.text().startswith("git@"):
        service.refuse(folder, "build.context", "must be a folder; repositories are not fetched")
        return
    docker_platform = DOCKER_PLATFORM[service.target.arch]
    platforms = [_normal_platform(item.text()) for item in node.listed("platforms")]
    if platforms and docker_platform not in platforms:
        service.refuse(
            node.find(["platforms"]), "build.platforms", f"must include {docker_platform}, the cluster's"
        )
    built = {
        "context": folder.text(),
        "dockerfile": os.path.normpath(node.text_of("dockerfile", "Dockerfile")),
        "target": node.text_of("target"),
        "args": service.values(node.mapped("args"), "build.args"),
        "secrets": _build_secrets(service, node),
    }
    service.put("build", {key: value for key, value in built.items() if value}, node, "build")


def _build_secrets(service: ComposeService, node: Node) -> dict[str, str]:
    """Return the values of a build's secrets by their names in it."""
    secrets: dict[str, str] = {}
    for item in node.listed("secrets"):
        source = item.get("source")
        secret = secret_source("secrets", source.text(), service.context) if source else None
        if secret is not None and source is not None:
            if secret.external is not None:
                service.refuse(item, "build.secrets", "must not be external: the build cannot read it")
            secrets[item.text_of("target", source.text()).rsplit("/", 1)[-1]] = secret.value
    return secrets


def platform(service: ComposeService, node: Node) -> None:
    """`platform`: that of the cluster's capacity."""
    docker_platform = DOCKER_PLATFORM[service.target.arch]
    if _normal_platform(node.text()) not in (docker_platform, *docker_platform.split("/")):
        text = f"must be {docker_platform}, the cluster's platform; change `arch` of EcsCluster, or omit it"
        service.refuse(node, "platform", text)


def _normal_platform(platform: str) -> str:
    """Return a platform normalized as in Docker (containerd, `platforms.Normalize`)."""
    parts = [_ARCHITECTURES.get(part, part) for part in platform.lower().split("/")]
    if tuple(parts[-2:]) in _DEFAULT_VARIANTS:
        parts.pop()
    return "/".join(parts)


def command(service: ComposeService, node: Node) -> None:
    """`command`: by default the image's."""
    _words("command", "CMD", service, node)


def entrypoint(service: ComposeService, node: Node) -> None:
    """`entrypoint`: by default the image's."""
    _words("entry_point", "ENTRYPOINT", service, node)


def _words(argument: str, instruction: str, service: ComposeService, node: Node) -> None:
    key = argument.replace("_", "")
    split = words(node, service.at(key), service.context.report)
    service.put(argument, split, node, key)
    if not split:
        service.warn(node, key, f"is ignored: ECS cannot clear the image's {instruction}")


def environment(service: ComposeService, node: Node) -> None:
    """`environment`; a variable without a value has the value in the program's environment, if any."""
    service.put("environment", service.values(node.entries(), "environment"), node, "environment")


def env_file(service: ComposeService, node: Node) -> None:
    """`env_file`: read when the program runs; `environment` overrides it, even with a variable not set."""
    own: dict[str, str] = service.args.get("environment", {})
    values: dict[str, str] = {}

    def lookup(name: str) -> str | None:
        value = service.context.project.lookup(name)
        return own.get(name) if value is None else value

    for item in node.items():
        path, required, form = item.get("path"), item.get("required"), item.text_of("format")
        if path is None or (required and required.value is False and not exists(Path(path.text()))):
            continue
        if form not in ("raw", ""):
            service.refuse(item.find(["format"]), "env_file.format", "must be raw or omitted")
            continue
        try:
            read_env_file(Path(path.text()), lookup, values, raw=form == "raw")
        except ComposeError as error:
            service.refuse(item, "env_file", str(error))
    declared = service.node.mapped("environment")
    added = {name: value for name, value in values.items() if name not in declared}
    service.args["environment"] = {**added, **own}
    service.places.setdefault("environment", ("env_file", node))


def labels(service: ComposeService, node: Node) -> None:
    """`labels`: Docker labels of the container."""
    service.put("labels", pairs(node), node, "labels")


def label_file(service: ComposeService, node: Node) -> None:
    """`label_file`: read when the program runs, with its own variables only; `labels` overrides it."""
    values: dict[str, str] = {}
    for item in node.items():
        try:
            # Variables of earlier files override the file's own.
            values = {**values, **read_env_file(Path(item.text()), values.get)}
        except ComposeError as error:
            service.refuse(item.with_value(None), "label_file", str(error))
    service.put("labels", {**values, **service.args.get("labels", {})}, node, "labels")


def stop_grace_period(service: ComposeService, node: Node) -> None:
    """`stop_grace_period`: from SIGTERM to SIGKILL."""
    place = node, service.at("stop_grace_period"), service.context.report
    period = seconds(*place)
    if period is not None:
        timeout = bounded(period, CONTAINER["stop_timeout"], *place)
        service.put("stop_timeout", timeout, node, "stop_grace_period")


def healthcheck(service: ComposeService, node: Node) -> None:
    """`healthcheck`: ECS runs the same command; it ignores the image's HEALTHCHECK."""
    test, disabled = node.get("test"), node.get("disable")
    path, report = service.at("healthcheck"), service.context.report
    if disabled is not None and boolean(disabled, f"{path}.disable", report):
        return
    if test is None or test.value == []:
        text = "is ignored without a test: ECS does not run the image's HEALTHCHECK"
        service.warn(node, "healthcheck", text)
        return
    command = [item.text() for item in test.items()] or ["CMD-SHELL", test.text()]
    if command[0] == "NONE":
        return
    if command[0] not in ("CMD", "CMD-SHELL") or len(command) < 2:
        text = "must be a string, or a list that begins with CMD or CMD-SHELL"
        service.refuse(test, "healthcheck.test", text)
        return
    service.warn_of(node, "healthcheck", {"start_interval": "ECS has one interval"})
    numbers = {key: HEALTH_CHECK[key].default for key in ("interval", "timeout", "retries", "start_period")}
    for key, read in _HEALTH_NUMBERS.items():
        if (item := node.get(key)) is not None:
            place = item, f"{path}.{key}", report
            if (value := read(*place)) is not None:
                numbers[key] = bounded(value, HEALTH_CHECK[key], *place)
    service.put("container_health_check", {"command": command, **numbers}, node, "healthcheck")


def _tries(node: Node, path: str, report: Report) -> int | None:
    """Return the number of retries; of 0, as in Docker, the default."""
    return integer(node, path, report) or None


_HEALTH_NUMBERS = {"interval": seconds, "timeout": seconds, "start_period": seconds, "retries": _tries}


def logging(service: ComposeService, node: Node) -> None:
    """`logging`: `awslogs` with its group, region and prefix, or another driver of the capacity."""
    written = node.mapped("options")
    driver = node.text_of("driver", "awslogs" if "awslogs-group" in written else "")
    options = {key: item for key, item in written.items() if item.value is not None}
    allowed = FARGATE_LOG_DRIVERS if service.target.fargate else tuple(LogDriver)
    if driver == "awslogs":
        _awslogs(service, options)
    elif driver in allowed:
        service.log = None
    elif driver in _LOCAL_DRIVERS:
        service.warn(node, "logging", "is replaced by awslogs: on ECS logs go to CloudWatch Logs")
        return
    else:
        text = f"must be one of {', '.join(sorted(allowed))}"
        if driver == "awsfirelens":
            text = "is not supported here; `x-moorage: {log: {firelens: ...}}` adds its log router"
        service.refuse(node.find(["driver"]), "logging.driver", text)
        return
    log = {
        "driver": None if service.log else driver,
        "options": {k: item.text() for k, item in options.items()},
    }
    service.put("log", {key: value for key, value in log.items() if value}, node, "logging")


def _awslogs(service: ComposeService, options: dict[str, Node]) -> None:
    """Take the log group from the options, and check them."""
    path, report = service.at("logging.options"), service.context.report
    create, group = options.pop("awslogs-create-group", None), options.get("awslogs-group")
    service.log = LogTarget(
        *(place.text() if (place := options.pop(key, None)) else None for key in _PLACE),
        # The program makes groups; with false this one exists.
        create=create is None or create.text().lower() != "false",
    )
    if group is not None and not is_later(group.text()):
        check_pattern(f"{group.where}: {path}.awslogs-group", group.text(), *LOG_GROUP_NAME, report.problems)
    if (buffer := options.get("max-buffer-size")) is not None:
        mebibytes(buffer, f"{path}.max-buffer-size", report)


_PLACE = ("awslogs-group", "awslogs-region", "awslogs-stream-prefix")
