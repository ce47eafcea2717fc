"""The ECS task that this process is."""

import json
import os
import re
import socket
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.request import ProxyHandler, build_opener

METADATA_TIMEOUT = 5.0
"""Seconds to wait for the metadata endpoint, which answers from the same host."""

COLOURS = 6
"""The number of colours that the style sheet has for tasks."""


@dataclass(frozen=True)
class Task:
    """The task as the page, the logs and the `X-Task-Id` header name it."""

    id: str
    zone: str | None = None
    revision: str | None = None
    """Family and revision of the task definition, as in `notes:7`."""

    @property
    def short_id(self) -> str:
        """The first eight characters, enough to tell tasks apart at a glance."""
        return self.id[:8] if re.fullmatch("[0-9a-f]{12,}", self.id) else self.id

    @property
    def colour(self) -> int:
        """0 to COLOURS - 1, the same for every page this task answers."""
        return zlib.crc32(self.id.encode()) % COLOURS


def find_task(env: Mapping[str, str] = os.environ, timeout: float = METADATA_TIMEOUT) -> Task:
    """Ask the ECS task metadata endpoint, version 4; outside ECS the host's name stands in for the task."""
    fallback = Task(id=socket.gethostname())
    uri = env.get("ECS_CONTAINER_METADATA_URI_V4")
    if not uri:
        return fallback
    try:
        # A proxy meant for the internet must not be asked about a link-local address.
        with build_opener(ProxyHandler({})).open(f"{uri}/task", timeout=timeout) as answer:
            data: Any = json.load(answer)
        family, revision = data.get("Family"), data.get("Revision")
        return Task(
            id=header_safe(data["TaskARN"].rsplit("/", 1)[-1]),
            zone=data.get("AvailabilityZone"),
            revision=f"{family}:{revision}" if family and revision else None,
        )
    except (OSError, ValueError, LookupError, AttributeError, TypeError):
        # Knowing the task is a nicety: never a reason not to serve.
        return fallback


def header_safe(text: str) -> str:
    """The text without what an HTTP header cannot carry. Raises ValueError when nothing is left."""
    safe = re.sub(r"[^\w.:/-]", "", text, flags=re.ASCII)
    if not safe:
        raise ValueError(f"{text!r} has no character that a header can carry")
    return safe
