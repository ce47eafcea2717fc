"""moorage: a folder with a Dockerfile to a load-balanced service on Amazon ECS, with Pulumi."""

from .app import ContainerApp as ContainerApp
from .app import ContainerAppArgs as ContainerAppArgs
from .cluster import EcsCluster as EcsCluster
from .cluster import EcsClusterArgs as EcsClusterArgs
from .image import ContainerImage as ContainerImage
from .image import ContainerImageArgs as ContainerImageArgs
from .load_balancer import LoadBalancer as LoadBalancer
from .load_balancer import LoadBalancerArgs as LoadBalancerArgs
from .network import Network as Network
from .network import NetworkArgs as NetworkArgs
from .version import __version__ as __version__
