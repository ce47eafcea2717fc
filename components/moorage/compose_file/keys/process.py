"""Keys of a compose service about its process: image, command, environment, health check, logging."""

import os
from pathlib import Path

from moorage.compose_file.dotenv import read_env_file
from moorage.compose_file.files import ComposeError, exists
from moorage.compose_file.keys.storage import secret_source
from moorage.compose_file.nodes import Node
from moorage.compose_file.services import Build, ComposeService, Context, LogTarget
from moorage.compose_file.values import boolean, bounded, integer, mebibytes, pairs, seconds, words
from moorage.model.choices import LogDriver
from moorage.model.container_checks import FARGATE_LOG_DRIVERS
from moorage.model.containers import ContainerHealthCheck, Logs
from moorage.model.fields.container import CONTAINER, HEALTH_CHECK
from moorage.model.instance_types import DOCKER_PLATFORM
from moorage.model.later import is_later
from moorage.model.names import LOG_GROUP_NAME, check_pattern

_MAX_ID = 2**31 - 1
"""Docker, "uids and gids must be in range 0-2147483647"."""

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
        service.container.image = node.text()


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
    service.build = Build(
        node,
        folder.text(),
        os.path.normpath(dockerfile.text()) if dockerfile else "Dockerfile",
        stage.text() if stage else None,
        args,
        secrets,
    )


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
    service.container.command = words(node, f"{service.path}.command", context.report)
    if not service.container.command:
        context.report.warn(node, f"{service.path}.command", "is ignored: ECS cannot clear the image's CMD")


def entrypoint(service: ComposeService, node: Node, context: Context) -> None:
    """`entrypoint`: by default the image's."""
    path = f"{service.path}.entrypoint"
    service.container.entry_point = words(node, path, context.report)
    if not service.container.entry_point:
        context.report.warn(node, path, "is ignored: ECS cannot clear the image's ENTRYPOINT")


def environment(service: ComposeService, node: Node, context: Context) -> None:
    """`environment`; a variable without a value has the value in the program's environment, if any."""
    values = dict(service.container.environment)
    for name, item in node.entries().items():
        value = context.value_of(name, item, f"{service.path}.environment.{name}")
        values.pop(name, None)
        if value is not None:
            values[name] = value
    service.container.environment = values


def env_file(service: ComposeService, node: Node, context: Context) -> None:
    """`env_file`: read when the program runs; `environment` overrides it, even with a variable not set."""
    own, values = service.container.environment, dict[str, str]()

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
    service.container.environment = {
        **{name: value for name, value in values.items() if name not in declared},
        **service.container.environment,
    }


def labels(service: ComposeService, node: Node, context: Context) -> None:
    """`labels`: Docker labels of the container."""
    service.container.labels = {**service.container.labels, **pairs(node)}


def label_file(service: ComposeService, node: Node, context: Context) -> None:
    """`label_file`: read when the program runs, with its own variables only; `labels` overrides it."""
    values: dict[str, str] = {}
    for item in node.items():
        try:
            # Variables of earlier files override the file's own.
            values = {**values, **read_env_file(Path(item.text()), values.get)}
        except ComposeError as error:
            context.report.refuse(item.with_value(None), f"{service.path}.label_file", str(error))
    service.container.labels = {**values, **service.container.labels}


def user(service: ComposeService, node: Node, context: Context) -> None:
    """`user`: a name or a number, with an optional group after a colon."""
    service.container.user = node.text()
    if any(part.isdecimal() and int(part) > _MAX_ID for part in node.text().split(":")):
        context.report.refuse(node, f"{service.path}.user", f"must be numbers up to {_MAX_ID}")


def working_dir(service: ComposeService, node: Node, context: Context) -> None:
    """`working_dir`."""
    service.container.working_directory = node.text()


def read_only(service: ComposeService, node: Node, context: Context) -> None:
    """`read_only`: the root file system."""
    service.container.read_only = boolean(node, f"{service.path}.read_only", context.report)


def init(service: ComposeService, node: Node, context: Context) -> None:
    """`init`: a process that forwards signals and reaps children."""
    service.container.init = boolean(node, f"{service.path}.init", context.report)


def stdin_open(service: ComposeService, node: Node, context: Context) -> None:
    """`stdin_open`."""
    service.container.interactive = boolean(node, f"{service.path}.stdin_open", context.report)


def tty(service: ComposeService, node: Node, context: Context) -> None:
    """`tty`."""
    service.container.terminal = boolean(node, f"{service.path}.tty", context.report)


def stop_grace_period(service: ComposeService, node: Node, context: Context) -> None:
    """`stop_grace_period`: from SIGTERM to SIGKILL."""
    path = f"{service.path}.stop_grace_period"
    period = seconds(node, path, context.report)
    if period is not None:
        service.container.stop_timeout = bounded(
            period, CONTAINER["stop_timeout"], node, path, context.report
        )


def healthcheck(service: ComposeService, node: Node, context: Context) -> None:
    """`healthcheck`: ECS runs the same command; it ignores the image's HEALTHCHECK."""
    path, report = f"{service.path}.healthcheck", context.report
    test, disabled = node.get("test"), node.get("disable")
    if disabled is not None and boolean(disabled, f"{path}.disable", report):
        return
    if test is None or test.value == []:
        report.warn(node, path, "is ignored without a test: ECS does not run the image's HEALTHCHECK")
        return
    command = tuple(item.text() for item in test.items()) or ("CMD-SHELL", test.text())
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
    service.container.health_check = ContainerHealthCheck(command, **numbers)


def logging(service: ComposeService, node: Node, context: Context) -> None:
    """`logging`: `awslogs` with its group, region and prefix, or another driver of the capacity."""
    path, report = f"{service.path}.logging", context.report
    driver_node = node.get("driver")
    driver = (
        driver_node.text() if driver_node else "awslogs" if "awslogs-group" in node.mapped("options") else ""
    )
    options = {key: item for key, item in node.mapped("options").items() if item.value is not None}
    if driver == "awslogs":
        create = options.get("awslogs-create-group")
        service.log = LogTarget(
            *(options[key].text() if key in options else None for key in _PLACE),
            # The program makes groups; with false this one exists.
            create=create is None or create.text().lower() != "false",
        )
        rest = {
            key: item.text() for key, item in options.items() if key not in (*_PLACE, "awslogs-create-group")
        }
        service.container.logs = Logs("awslogs", rest)
        if (group := service.log.group) is not None and not is_later(group):
            where = f"{options['awslogs-group'].where}: {path}.options.awslogs-group"
            check_pattern(where, group, *LOG_GROUP_NAME, report.problems)
        _check_buffer(options, path, context)
        return
    allowed = FARGATE_LOG_DRIVERS if context.target.fargate else tuple(LogDriver)
    if driver in allowed:
        service.log = None
        service.container.logs = Logs(driver, {key: item.text() for key, item in options.items()})
    elif driver in _LOCAL_DRIVERS:
        report.warn(node, path, "is replaced by awslogs: on ECS logs go to CloudWatch Logs")
    elif driver == "awsfirelens":
        text = "is not supported here; `x-moorage: {log: {firelens: ...}}` adds its log router"
        report.refuse(driver_node or node, f"{path}.driver", text)
    else:
        report.refuse(driver_node or node, f"{path}.driver", f"must be one of {', '.join(sorted(allowed))}")


_PLACE = ("awslogs-group", "awslogs-region", "awslogs-stream-prefix")


def _check_buffer(options: dict[str, Node], path: str, context: Context) -> None:
    buffer = options.get("max-buffer-size")
    if buffer is not None:
        mebibytes(buffer, f"{path}.options.max-buffer-size", context.report)
