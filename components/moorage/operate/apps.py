"""Apps and jobs on AWS, as the verbs address them."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from moorage.rollout.revisions import short

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class App:
    """An ECS service, and the log of its containers."""

    name: str
    """The name that commands and output use."""
    cluster: str
    """The cluster's ARN, which names the region."""
    service: str
    """The service's name."""
    container: str = ""
    """The app's own container; empty if not known."""
    log_group: str = ""
    """Empty if it does not log to CloudWatch Logs."""
    stream_prefix: str = ""
    target_groups: tuple[str, ...] = ()
    ports: tuple[int, ...] = ()
    """The ports on which its containers listen."""

    @property
    def region(self) -> str:
        """The region of the cluster."""
        return self.cluster.split(":")[3]


def app_of(name: str, service: Json, definitions: Iterable[Json]) -> App:
    """Return an app, from its service and container definitions as AWS describes them."""
    containers = list(definitions)
    uses = cast("list[Json]", service.get("loadBalancers") or [])
    named = {str(use.get("containerName")) for use in uses}
    own = [*(item for item in containers if item.get("name") in named), *containers, cast("Json", {})][0]
    logging = cast("Json", own.get("logConfiguration") or {})
    awslogs = logging.get("logDriver") == "awslogs"
    options = cast("Json", (logging.get("options") if awslogs else None) or {})
    return App(
        name=name,
        cluster=cluster_of(str(service["serviceArn"])),
        service=short(str(service["serviceArn"])),
        container=str(own.get("name") or next(iter(sorted(named)), "")),
        log_group=str(options.get("awslogs-group") or ""),
        stream_prefix=str(options.get("awslogs-stream-prefix") or ""),
        target_groups=tuple(_groups(uses)),
        ports=tuple(
            int(port["containerPort"]) for item in containers for port in item.get("portMappings") or ()
        ),
    )


def _groups(uses: Iterable[Json]) -> Iterable[str]:
    for use in uses:
        further = cast("Json", use.get("advancedConfiguration") or {})
        for group in (use.get("targetGroupArn"), further.get("alternateTargetGroupArn")):
            if group:
                yield str(group)


def cluster_of(service: str) -> str:
    """Return the ARN of the cluster in a service's ARN."""
    head, _, rest = service.partition(":service/")
    return f"{head}:cluster/{rest.split('/')[0]}"


def containers_of(text: object) -> list[Json]:
    """Return container definitions from their JSON; an empty list if they are unknown or secret."""
    try:
        containers: Any = json.loads(text) if isinstance(text, str) else []
    except ValueError:
        return []
    return cast("list[Json]", containers) if isinstance(containers, list) else []
