"""The field tables by component."""

from .app import CONTAINER_APP
from .cluster import ECS_CLUSTER
from .compose import COMPOSE_APP
from .field import Table
from .image import CONTAINER_IMAGE
from .job import JOB
from .load_balancer import LOAD_BALANCER
from .network import NETWORK

TABLES: dict[str, Table] = {
    "Network": NETWORK,
    "EcsCluster": ECS_CLUSTER,
    "LoadBalancer": LOAD_BALANCER,
    "ContainerImage": CONTAINER_IMAGE,
    "ContainerApp": CONTAINER_APP,
    "Job": JOB,
    "ComposeApp": COMPOSE_APP,
}
