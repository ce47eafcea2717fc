"""Secrets that the program stores in Secrets Manager."""

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from moorage.model.names import shorten
from moorage.model.presets import PRESETS
from moorage.model.secrets import stored_name, wrong_value
from moorage.resources.inputs import checked_later
from moorage.resources.tags import Tags


def stored_secrets(
    parent: pulumi.Resource, name: str, values: Mapping[str, pulumi.Input[str]], preset: str, tags: Tags
) -> dict[str, pulumi.Output[str]]:
    """Store each value in Secrets Manager; return the ARNs by variable, known once the value is stored."""
    stored: dict[str, pulumi.Output[str]] = {}
    for variable, value in sorted(values.items()):
        logical = f"{name}-secret-{variable}"
        secret = aws.secretsmanager.Secret(
            stored_name(name, variable),
            # With the default of 30 days a stack cannot be created again under the same names.
            recovery_window_in_days=0 if PRESETS[preset].force_delete else 30,
            tags=tags,
            opts=pulumi.ResourceOptions(parent=parent),
        )
        version = aws.secretsmanager.SecretVersion(
            shorten(f"{logical}-value", 126),
            secret_id=secret.id,
            secret_string=pulumi.Output.secret(
                checked_later(f"{name}: secret {variable}", value, wrong_value)
            ),
            # Another value replaces it, also in a protected app.
            opts=pulumi.ResourceOptions(parent=parent, protect=False),
        )
        stored[variable] = pulumi.Output.all(secret.arn, version.urn).apply(lambda known: str(known[0]))
    return stored
