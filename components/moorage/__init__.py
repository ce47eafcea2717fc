"""moorage: a folder with a Dockerfile to a load-balanced service on Amazon ECS, with Pulumi."""

from importlib import import_module

from .version import __version__ as __version__

# As typing has it, whose import would double the time before the `moorage` command can answer Ctrl-C.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from moorage.resources.app.args import ContainerAppArgs as ContainerAppArgs
    from moorage.resources.app.component import ContainerApp as ContainerApp
    from moorage.resources.cluster.args import EcsClusterArgs as EcsClusterArgs
    from moorage.resources.cluster.component import EcsCluster as EcsCluster
    from moorage.resources.compose.args import ComposeAppArgs as ComposeAppArgs
    from moorage.resources.compose.component import ComposeApp as ComposeApp
    from moorage.resources.image.args import ContainerImageArgs as ContainerImageArgs
    from moorage.resources.image.component import ContainerImage as ContainerImage
    from moorage.resources.job.args import JobArgs as JobArgs
    from moorage.resources.job.component import Job as Job
    from moorage.resources.load_balancer.args import LoadBalancerArgs as LoadBalancerArgs
    from moorage.resources.load_balancer.component import LoadBalancer as LoadBalancer
    from moorage.resources.network.args import NetworkArgs as NetworkArgs
    from moorage.resources.network.component import Network as Network

_PACKAGES = {
    "ComposeApp": "compose",
    "ContainerApp": "app",
    "ContainerImage": "image",
    "EcsCluster": "cluster",
    "Job": "job",
    "LoadBalancer": "load_balancer",
    "Network": "network",
}
_MODULES = {
    **{name: f"{package}.component" for name, package in _PACKAGES.items()},
    **{f"{name}Args": f"{package}.args" for name, package in _PACKAGES.items()},
}

__all__ = ["__version__", *sorted(_MODULES)]  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> "Any":
    """Import a component when it is first used: the `moorage` command needs none."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"moorage.resources.{_MODULES[name]}"), name)
