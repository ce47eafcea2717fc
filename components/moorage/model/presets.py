"""The presets: named sets of defaults."""

from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from typing import NamedTuple

from .choices import PresetName


class Preset(NamedTuple):
    """Defaults that differ between development and production; those of `dev`."""

    log_retention_days: int = 30
    health_check_interval: int = 5
    """Seconds between two health checks of a target."""
    deregistration_delay: int = 15
    """Seconds that a target may finish its requests."""
    container_insights: bool = False
    """CloudWatch Container Insights on the cluster; costs per metric."""
    execute_command: bool = True
    """ECS Exec into running tasks."""
    force_delete: bool = True
    """True if registries with images, groups with instances and the like are deleted with the stack."""
    deletion_protection: bool = False
    """True if the load balancer refuses to be deleted, and Pulumi to delete a cluster, a load balancer, a DNS
    record, a registry, and resources that hold data."""
    access_logs: bool = False
    """True if the load balancer writes access logs to a bucket."""
    backups: bool = False
    """True if file systems are in AWS Backup's automatic plan."""
    spot_only: bool = True
    """True if capacity without an on-demand part is accepted."""
    base: PresetName = PresetName.DEV
    """The built-in preset that it is or extends: for what is not a field."""

    @property
    def protect(self) -> bool | None:
        """Pulumi's `protect` option; None for the component's own."""
        return True if self.deletion_protection else None


BUILT_IN: Mapping[str, Preset] = {
    PresetName.DEV: Preset(),
    PresetName.PROD: Preset(
        log_retention_days=90,
        health_check_interval=10,
        deregistration_delay=30,
        container_insights=True,
        execute_command=False,
        force_delete=False,
        deletion_protection=True,
        access_logs=True,
        backups=True,
        spot_only=False,
        base=PresetName.PROD,
    ),
}

DEFINED: ContextVar[Mapping[str, Preset] | None] = ContextVar("DEFINED", default=None)
"""The presets that the program's configuration defines."""


class _Presets(Mapping[str, Preset]):
    """The built-in presets, then those of the program's configuration."""

    def __getitem__(self, name: str) -> Preset:
        return BUILT_IN[name] if name in BUILT_IN else (DEFINED.get() or {})[name]

    def __iter__(self) -> Iterator[str]:
        yield from BUILT_IN
        yield from DEFINED.get() or ()

    def __len__(self) -> int:
        return len(BUILT_IN) + len(DEFINED.get() or ())


PRESETS: Mapping[str, Preset] = _Presets()
"""The presets by name."""

DEFAULT_PRESET = PresetName.DEV
"""The default preset: a first stack can be destroyed in one go."""
