"""The named sets of defaults, as plain typed data."""

from dataclasses import dataclass

from .choices import PresetName


@dataclass(frozen=True, slots=True)
class Preset:
    """Defaults that differ between a place to try things and a place that serves customers."""

    log_retention_days: int
    """Days that logs are kept."""
    health_check_interval: int
    """Seconds between two health checks of a target."""
    deregistration_delay: int
    """Seconds that a leaving task may finish its requests."""
    container_insights: bool
    """CloudWatch Container Insights on the cluster; costs per metric."""
    execute_command: bool
    """ECS Exec into running tasks."""
    force_delete: bool
    """Whether registries with images, groups with instances and the like go with the stack."""
    deletion_protection: bool
    """Whether the load balancer refuses to be deleted, and Pulumi to delete what would be missed: cluster,
    load balancer, DNS record, registry, and what holds data."""
    access_logs: bool
    """Whether the load balancer writes access logs to a bucket."""
    backups: bool
    """Whether file systems are in AWS Backup's automatic plan."""
    spot_only: bool
    """Whether capacity without any on-demand part is accepted."""

    @property
    def protect(self) -> bool | None:
        """Pulumi's `protect` option; None leaves it to the component's own."""
        return True if self.deletion_protection else None


PRESETS: dict[str, Preset] = {
    PresetName.DEV: Preset(
        log_retention_days=30,
        health_check_interval=5,
        deregistration_delay=15,
        container_insights=False,
        execute_command=True,
        force_delete=True,
        deletion_protection=False,
        access_logs=False,
        backups=False,
        spot_only=True,
    ),
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
"""The preset of a component that is given none: a first try must be destroyable in one go."""
