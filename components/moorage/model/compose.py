"""A compose app's arguments with every default resolved."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from .choices import TaskLayout
from .fields.values import Values
from .lookup import described

Args = Mapping[str, Any]

_OF_APPS = ("execute_command", "rollout_timeout", "verify")


class ComposeSpec(NamedTuple):
    """A compose app with every default resolved; values of references and variables may be Outputs."""

    preset: str
    cluster: Args
    network: Args | None
    load_balancer: Args | None
    env: Args
    """Variables for interpolation."""
    task: TaskLayout
    rules: Sequence[Args] | None
    public: bool
    file_system_zones: int
    services: Args
    """Further arguments of services."""
    log_retention_days: int
    tags: Args
    of_apps: Args
    """Arguments that every app is given."""


def compose_spec(values: Values) -> ComposeSpec:
    """Return the compose app that checked arguments describe."""
    return described(
        ComposeSpec,
        values,
        preset=values.preset,
        **{name: values[name] or {} for name in ("env", "services", "tags")},
        of_apps={name: value for name in _OF_APPS if (value := values.given(name)) is not None},
    )
