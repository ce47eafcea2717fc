"""The stack's outputs, with the balancer's public addresses replaced by the local ones."""

import json
import re
from collections.abc import Mapping
from typing import Any

from moorage.local.model import ListenerPlan
from moorage.offline.graph import UNKNOWN, Secret


def local_outputs(
    exports: Mapping[str, Any], listeners: tuple[ListenerPlan, ...], ports: Mapping[str, int]
) -> list[tuple[str, str]]:
    """Return name and value of each output, sorted; secrets are `[secret]`."""
    return [(name, _text(value, listeners, ports)) for name, value in sorted(exports.items())]


def local_address(text: str, listeners: tuple[ListenerPlan, ...], ports: Mapping[str, int]) -> str:
    """Return a string with the URLs of listeners replaced by their local ones."""
    for plan in listeners:
        default = {"http": 80, "https": 443}.get(plan.scheme)
        port = rf":{plan.public_port}" if plan.public_port != default else f"(?::{default})?"
        for host in plan.hosts:
            pattern = rf"{plan.scheme}://{re.escape(host)}{port}(?![\w.:-])"
            text = re.sub(pattern, f"{plan.scheme}://127.0.0.1:{ports[plan.arn]}", text, flags=re.IGNORECASE)
    return text


def _text(value: Any, listeners: tuple[ListenerPlan, ...], ports: Mapping[str, int]) -> str:
    if isinstance(value, Secret):
        return "[secret]"
    if value is UNKNOWN:
        return "[unknown]"
    if isinstance(value, str):
        return local_address(value, listeners, ports)
    return local_address(json.dumps(value, default=repr), listeners, ports)
