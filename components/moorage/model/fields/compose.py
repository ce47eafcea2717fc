"""The field table of `ComposeApp`."""

from moorage.model.choices import TaskLayout

from .app import VERIFICATION
from .balancing import CONDITIONS, HEALTH_CHECK
from .cluster import CLUSTER_REF
from .field import Field, PerPreset, Range, Table, plain, within
from .load_balancer import LOAD_BALANCER_REF
from .network import NETWORK_REF
from .shared import BALANCED, TAGS

COMPOSE_APP = Table(
    {
        **within("cluster", CLUSTER_REF),
        **within("network", NETWORK_REF),
        "folder": Field(".", "the project's own"),
        "files": Field(
            words="`compose.yaml`, `compose.yml`, `docker-compose.yaml` or `docker-compose.yml`, and the "
            "override file beside it"
        ),
        **plain("ecs_params", "env"),
        "profiles": Field(words="those of the variable COMPOSE_PROFILES"),
        "task": Field(TaskLayout.PER_SERVICE, choices=TaskLayout),
        **within("load_balancer", LOAD_BALANCER_REF),
        "rules": Field(words="all to the only service that publishes a TCP port", needs=BALANCED),
        "rules[].service": Field(),
        **CONDITIONS,
        "rules[].health_check": Field({}),
        **within("rules[].health_check", HEALTH_CHECK),
        "public": Field(False),
        "file_system_zones": Field(2, range=Range(1, 6)),
        # `services` is checked with the rows of an app.
        **plain("services", "local[].service", "local[].command"),
        **VERIFICATION,
        "execute_command": Field(PerPreset("execute_command")),
        "rollout_timeout": VERIFICATION["rollout_timeout"]._replace(default=900, words=""),
        "local": Field(words="as deployed"),
        "tags": TAGS,
    },
    preset="cluster.preset",
)
