"""FireLens in task definitions: moorage wires the router of a known destination itself."""

from typing import Any

from .tables import SourceNode, Target

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


def router(target: Target, node: SourceNode) -> None:
    """`firelensConfiguration`: the router's container is moorage's own."""
    target.put("is_router", True)
    text = "`log.firelens` of the containers that it serves adds a router of AWS's image"
    for key, item in node.entries().items():
        if key == "type" and item.text() == "fluentbit":
            target.translated(item, text)
        elif key == "type":
            target.approximated(item, f"{text}; it is Fluent Bit, not Fluentd")
        else:
            target.omitted(item, "the router has no configuration of its own; set options in `log.options`")


def sent_by_firelens(target: Target, node: SourceNode) -> None:
    """`logConfiguration` with the driver awsfirelens."""
    options = {key.lower(): (key, item) for key, item in node.mapped("options").items()}
    plugin = options["name"][1].text().lower() if "name" in options else ""
    if plugin not in _DESTINATIONS:
        route = f"to {plugin}" if plugin else "by a configuration of its own"
        reason = f"sends logs {route}, which `log.firelens` does not know; they go to the app's log group"
        target.omitted(node, reason)
        return
    to, option = _DESTINATIONS[plugin]
    firelens: dict[str, Any] = {"to": to}
    if option in options:
        firelens["host" if to == "opensearch" else "name"] = options[option][1].text()
    target.put("log.firelens", firelens)
    if (driver := node.get("logDriver")) is not None:
        target.translated(driver, "`log.firelens`")
    rest: dict[str, str] = {}
    for lower, (key, item) in options.items():
        if lower in ("name", option):
            target.translated(item, "`log.firelens`")
        elif lower in _OWN:
            target.approximated(item, "moorage's router sets it: the app's log group and region")
        else:
            rest[key] = item.text()
            target.translated(item, "`log.options`")
    if rest:
        target.put("log.options", rest)
    if to == "opensearch":
        # The domain's name, for the permissions of the task role, is not in the options.
        target.approximated(
            node, "the OpenSearch domain's name is not in the options; set `log.firelens.name`"
        )
        domain = firelens.get("host", "").split(".")[0].removeprefix("search-")
        firelens["name"] = domain.rpartition("-")[0] or "logs"
