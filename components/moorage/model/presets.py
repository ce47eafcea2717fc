"""The presets: named sets of defaults."""

from dataclasses import dataclass

from .choices import PresetName


@dataclass(frozen=True, slots=True)
class Preset:
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
    """Whether registries with images, groups with instances and the like are deleted with the stack."""
    deletion_protection: bool = False
    """Whether the load balancer refuses to be deleted, and Pulumi to delete a cluster, a load balancer, a DNS
    record, a registry, and resources that hold data."""
    access_logs: bool = False
    """Whether the load balancer writes access logs to a bucket."""
    backups: bool = False
    """Whether file systems are in AWS Backup's automatic plan."""
    spot_only: bool = True
    """Whether capacity without an on-demand part is accepted."""

    @property
    def protect(self) -> bool | None:
        """Pulumi's `protect` option; None for the component's own."""
        return True if self.deletion_protection else None


PRESETS: dict[str, Preset] = {
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
    ),
}
"""The presets by name."""

DEFAULT_PRESET = PresetName.DEV
"""The default preset: a first stack can be destroyed in one go."""
