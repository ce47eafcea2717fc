"""Keys of a compose service about its process: image, command, environment, health check, logging."""

import os
from pathlib import Path

from moorage.compose_file.dotenv import read_env_file
from moorage.compose_file.files import ComposeError, exists
from moorage.compose_file.keys.storage import secret_source
from moorage.compose_file.nodes import Node
from moorage.compose_file.services import ComposeService, Context, LogTarget
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


def image(service: ComposeService, node: Node, context: Context) -> None:
    """`image`; with `build` it is only Compose's name for the built image."""
    if service.node.get("build") is None:
        service.put("image", node.text(), node, "image")


def build(service: ComposeService, node: Node, context: Context) -> None:
    """`build`: an image in its own repository."""
    path, report = f"{service.path}.build", context.report
    for key, item in node.entries().items():
        if key in _BUILD_REFUSED:
            report.refuse(item, f"{path}.{key}", _BUILD_REFUSED[key])
        elif key in _BUILD_IGNORED:
            report.warn(item, f"{path}.{key}", "is ignored: BuildKit builds images with its defaults")
    folder = node.get("context")
    if folder is None:
        report.refuse(node, path, "requires context, the folder to build")
        return
    if "://" in folder.text() or folder.text().startswith("git@"):
        report.refuse(folder, f"{path}.context", "must be a folder; repositories are not fetched")
        return
    wanted = DOCKER_PLATFORM[context.target.arch]
    platforms = [_normal_platform(item.text()) for item in node.listed("platforms")]
    if platforms and wanted not in platforms:
        report.refuse(node.find(["platforms"]), f"{path}.platforms", f"must include {wanted}, the cluster's")
    args: dict[str, str] = {}
    for name, item in node.mapped("args").items():
        value = context.value_of(name, item, f"{path}.args.{name}")
        if value is not None:
            args[name] = value
    secrets: dict[str, str] = {}
    for item in node.listed("secrets"):
        source = item.get("source")
        secret = secret_source("secrets", source.text(), context) if source else None
        if secret is not None and source is not None:
            if secret.external is not None:
                report.refuse(item, f"{path}.secrets", "must not be external: the build cannot read it")
            target = item.get("target")
            secrets[(target or source).text().rsplit("/", 1)[-1]] = secret.value
    dockerfile, stage = node.get("dockerfile"), node.get("target")
    built = {
        "context": folder.text(),
        "dockerfile": os.path.normpath(dockerfile.text()) if dockerfile else "Dockerfile",
        "target": stage.text() if stage else None,
        "args": args,
        "secrets": secrets,
    }
    service.put("build", {key: value for key, value in built.items() if value}, node, "build")


def platform(service: ComposeService, node: Node, context: Context) -> None:
    """`platform`: that of the cluster's capacity."""
    wanted = DOCKER_PLATFORM[context.target.arch]
    if _normal_platform(node.text()) not in (wanted, *wanted.split("/")):
        text = f"must be {wanted}, the cluster's platform; change `arch` of EcsCluster, or omit it"
        context.report.refuse(node, f"{service.path}.platform", text)


def _normal_platform(platform: str) -> str:
    """Return a platform normalized as in Docker (containerd, `platforms.Normalize`)."""
    parts = [_ARCHITECTURES.get(part, part) for part in platform.lower().split("/")]
    if tuple(parts[-2:]) in _DEFAULT_VARIANTS:
        parts.pop()
    return "/".join(parts)


def command(service: ComposeService, node: Node, context: Context) -> None:
    """`command`: by default the image's."""
    _words("command", "CMD", service, node, context)


def entrypoint(service: ComposeService, node: Node, context: Context) -> None:
    """`entrypoint`: by default the image's."""
    _words("entry_point", "ENTRYPOINT", service, node, context)


def _words(argument: str, instruction: str, service: ComposeService, node: Node, context: Context) -> None:
    key = argument.replace("_", "")
    path = f"{service.path}.{key}"
    split = words(node, path, context.report)
    service.put(argument, split, node, key)
    if not split:
        context.report.warn(node, path, f"is ignored: ECS cannot clear the image's {instruction}")


def environment(service: ComposeService, node: Node, context: Context) -> None:
    """`environment`; a variable without a value has the value in the program's environment, if any."""
    values: dict[str, str] = dict(service.args.get("environment", {}))
    for name, item in node.entries().items():
        value = context.value_of(name, item, f"{service.path}.environment.{name}")
        values.pop(name, None)
        if value is not None:
            values[name] = value
    service.put("environment", values, node, "environment")


def env_file(service: ComposeService, node: Node, context: Context) -> None:
    """`env_file`: read when the program runs; `environment` overrides it, even with a variable not set."""
    own: dict[str, str] = service.args.get("environment", {})
    values: dict[str, str] = {}

    def lookup(name: str) -> str | None:
        value = context.project.lookup(name)
        return own.get(name) if value is None else value

    for item in node.items():
        path, required, form = item.get("path"), item.get("required"), item.get("format")
        if path is None or (required and required.value is False and not exists(Path(path.text()))):
            continue
        if form is not None and form.text() not in ("raw", ""):
            context.report.refuse(form, f"{service.path}.env_file.format", "must be raw or omitted")
            continue
        raw = form is not None and form.text() == "raw"
        try:
            read_env_file(Path(path.text()), lookup, values, raw)
        except ComposeError as error:
            context.report.refuse(item, f"{service.path}.env_file", str(error))
    declared = service.node.mapped("environment")
    added = {name: value for name, value in values.items() if name not in declared}
    service.args["environment"] = {**added, **own}
    service.places.setdefault("environment", ("env_file", node))


def labels(service: ComposeService, node: Node, context: Context) -> None:
    """`labels`: Docker labels of the container."""
    service.put("labels", pairs(node), node, "labels")


def label_file(service: ComposeService, node: Node, context: Context) -> None:
    """`label_file`: read when the program runs, with its own variables only; `labels` overrides it."""
    values: dict[str, str] = {}
    for item in node.items():
        try:
            # Variables of earlier files override the file's own.
            values = {**values, **read_env_file(Path(item.text()), values.get)}
        except ComposeError as error:
            context.report.refuse(item.with_value(None), f"{service.path}.label_file", str(error))
    service.put("labels", {**values, **service.args.get("labels", {})}, node, "labels")


def stop_grace_period(service: ComposeService, node: Node, context: Context) -> None:
    """`stop_grace_period`: from SIGTERM to SIGKILL."""
    path = f"{service.path}.stop_grace_period"
    period = seconds(node, path, context.report)
    if period is not None:
        timeout = bounded(period, CONTAINER["stop_timeout"], node, path, context.report)
        service.put("stop_timeout", timeout, node, "stop_grace_period")


def healthcheck(service: ComposeService, node: Node, context: Context) -> None:
    """`healthcheck`: ECS runs the same command; it ignores the image's HEALTHCHECK."""
    path, report = f"{service.path}.healthcheck", context.report
    test, disabled = node.get("test"), node.get("disable")
    if disabled is not None and boolean(disabled, f"{path}.disable", report):
        return
    if test is None or test.value == []:
        report.warn(node, path, "is ignored without a test: ECS does not run the image's HEALTHCHECK")
        return
    command = [item.text() for item in test.items()] or ["CMD-SHELL", test.text()]
    if command[0] == "NONE":
        return
    if command[0] not in ("CMD", "CMD-SHELL") or len(command) < 2:
        report.refuse(test, f"{path}.test", "must be a string, or a list that begins with CMD or CMD-SHELL")
        return
    if (early := node.get("start_interval")) is not None:
        report.warn(early, f"{path}.start_interval", "is ignored: ECS has one interval")
    numbers = {key: HEALTH_CHECK[key].default for key in ("interval", "timeout", "retries", "start_period")}
    for key in ("interval", "timeout", "start_period"):
        item, inner = node.get(key), f"{path}.{key}"
        period = seconds(item, inner, report) if item else None
        if item is not None and period is not None:
            numbers[key] = bounded(period, HEALTH_CHECK[key], item, inner, report)
    if (tries := node.get("retries")) is not None:
        inner = f"{path}.retries"
        count = integer(tries, inner, report) or numbers["retries"]
        numbers["retries"] = bounded(count, HEALTH_CHECK["retries"], tries, inner, report)
    service.put("container_health_check", {"command": command, **numbers}, node, "healthcheck")


def logging(service: ComposeService, node: Node, context: Context) -> None:
    """`logging`: `awslogs` with its group, region and prefix, or another driver of the capacity."""
    path, report = f"{service.path}.logging", context.report
    driver_node = node.get("driver")
    driver = (
        driver_node.text() if driver_node else "awslogs" if "awslogs-group" in node.mapped("options") else ""
    )
    options = {key: item for key, item in node.mapped("options").items() if item.value is not None}
    if driver == "awslogs":
        create = options.pop("awslogs-create-group", None)
        group = options.get("awslogs-group")
        service.log = LogTarget(
            *(place.text() if (place := options.pop(key, None)) else None for key in _PLACE),
            # The program makes groups; with false this one exists.
            create=create is None or create.text().lower() != "false",
        )
        if group is not None and not is_later(group.text()):
            where = f"{group.where}: {path}.options.awslogs-group"
            check_pattern(where, group.text(), *LOG_GROUP_NAME, report.problems)
        if (buffer := options.get("max-buffer-size")) is not None:
            mebibytes(buffer, f"{path}.options.max-buffer-size", report)
    elif driver in (FARGATE_LOG_DRIVERS if context.target.fargate else tuple(LogDriver)):
        service.log = None
    elif driver in _LOCAL_DRIVERS:
        report.warn(node, path, "is replaced by awslogs: on ECS logs go to CloudWatch Logs")
        return
    elif driver == "awsfirelens":
        text = "is not supported here; `x-moorage: {log: {firelens: ...}}` adds its log router"
        report.refuse(driver_node or node, f"{path}.driver", text)
        return
    else:
        allowed = FARGATE_LOG_DRIVERS if context.target.fargate else tuple(LogDriver)
        report.refuse(driver_node or node, f"{path}.driver", f"must be one of {', '.join(sorted(allowed))}")
        return
    log = {
        "driver": None if service.log else driver,
        "options": {k: item.text() for k, item in options.items()},
    }
    service.put("log", {key: value for key, value in log.items() if value}, node, "logging")


_PLACE = ("awslogs-group", "awslogs-region", "awslogs-stream-prefix")
