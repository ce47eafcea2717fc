"""FireLens in task definitions: moorage wires the router of a known destination itself."""

from typing import Any

from moorage.compose_file.nodes import Node

from .tables import Target

_DESTINATIONS: dict[str, tuple[str, str]] = {
    "cloudwatch": ("cloudwatch", ""),
    "cloudwatch_logs": ("cloudwatch", ""),
    "s3": ("s3", "bucket"),
    "firehose": ("firehose", "delivery_stream"),
    "kinesis_firehose": ("firehose", "delivery_stream"),
    "opensearch": ("opensearch", "host"),
    "es": ("opensearch", "host"),
}
"""Output plugins of Fluent Bit: the destination in moorage, and the option that names it."""

_OWN = frozenset(("name", "region", "log_group_name", "log_stream_prefix", "auto_create_group"))
"""Options that moorage's router sets itself, or that have no meaning with it."""


def router(target: Target, node: Node, path: str) -> None:
    """`firelensConfiguration`: the router's container is moorage's own."""
    target.put("is_router", True)
    text = "`log.firelens` of the containers that it serves adds a router of AWS's image"
    for key, item in node.entries().items():
        if key == "type" and item.text() == "fluentbit":
            target.report.translated(item, f"{path}.{key}", text)
        elif key == "type":
            target.report.approximated(item, f"{path}.{key}", f"{text}; it is Fluent Bit, not Fluentd")
        else:
            reason = "the router has no configuration of its own; set options in `log.options`"
            target.report.omitted(item, f"{path}.{key}", reason)


def sent_by_firelens(target: Target, node: Node, path: str) -> None:
    """`logConfiguration` with the driver awsfirelens."""
    options: dict[str, Node] = {} if (at := node.get("options")) is None else at.entries()
    named = {key.lower(): (key, item) for key, item in options.items()}
    plugin = named["name"][1].text().lower() if "name" in named else ""
    driver = node.get("logDriver")
    if plugin not in _DESTINATIONS:
        wanted = f"to {plugin}" if plugin else "by a configuration of its own"
        reason = f"sends logs {wanted}, which `log.firelens` does not know; they go to the app's log group"
        target.report.omitted(node, path, reason)
        return
    to, option = _DESTINATIONS[plugin]
    firelens: dict[str, Any] = {"to": to}
    if option and option in named:
        firelens["host" if to == "opensearch" else "name"] = named[option][1].text()
    target.put("log.firelens", firelens)
    if driver is not None:
        target.report.translated(driver, f"{path}.logDriver", "`log.firelens`")
    rest: dict[str, str] = {}
    for lower, (key, item) in named.items():
        inner = f"{path}.options.{key}"
        if lower == "name" or lower == option:
            target.report.translated(item, inner, "`log.firelens`")
        elif lower in _OWN:
            target.report.approximated(
                item, inner, "moorage's router sets it: the app's log group and region"
            )
        else:
            rest[key] = item.text()
            target.report.translated(item, inner, "`log.options`")
    if rest:
        target.put("log.options", rest)
    if to == "opensearch":
        # The domain's name, for the permissions of the task role, is not in the options.
        text = "the OpenSearch domain's name is not in the options; set `log.firelens.name`"
        target.report.approximated(node, path, text)
        firelens["name"] = (
            firelens.get("host", "").split(".")[0].removeprefix("search-").rpartition("-")[0] or "logs"
        )
