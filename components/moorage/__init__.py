"""moorage: a folder with a Dockerfile to a load-balanced service on Amazon ECS, with Pulumi."""

from importlib import import_module

from .version import __version__ as __version__

# As typing has it, whose import would double the time before the `moorage` command can answer Ctrl-C.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .app import ContainerApp as ContainerApp
    from .app_args import ContainerAppArgs as ContainerAppArgs
    from .cluster import EcsCluster as EcsCluster
    from .cluster import EcsClusterArgs as EcsClusterArgs
    from .compose import ComposeApp as ComposeApp
    from .compose import ComposeAppArgs as ComposeAppArgs
    from .image import ContainerImage as ContainerImage
    from .image import ContainerImageArgs as ContainerImageArgs
    from .job import Job as Job
    from .job import JobArgs as JobArgs
    from .load_balancer import LoadBalancer as LoadBalancer
    from .load_balancer import LoadBalancerArgs as LoadBalancerArgs
    from .network import Network as Network
    from .network import NetworkArgs as NetworkArgs

_MODULES = {
    "ComposeApp": "compose",
    "ComposeAppArgs": "compose",
    "ContainerApp": "app",
    "ContainerAppArgs": "app_args",
    "ContainerImage": "image",
    "ContainerImageArgs": "image",
    "EcsCluster": "cluster",
    "EcsClusterArgs": "cluster",
    "Job": "job",
    "JobArgs": "job",
    "LoadBalancer": "load_balancer",
    "LoadBalancerArgs": "load_balancer",
    "Network": "network",
    "NetworkArgs": "network",
}

__all__ = ["__version__", *sorted(_MODULES)]  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> "Any":
    """Import a component when it is first used: the `moorage` command needs none."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_MODULES[name]}", __name__), name)
