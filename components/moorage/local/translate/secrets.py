"""Values of the secrets that containers name by `valueFrom`."""

import json
import re
from collections.abc import Mapping
from typing import Any

from moorage.errors import LocalError
from moorage.offline import Resource
from moorage.offline.graph import ResourceGraph, reveal

_SECRET_ARN = re.compile(r"(arn:[^:]+:secretsmanager:[^:]*:[^:]*:secret:[^:]+)(?::([^:]*))?(?::[^:]*){0,2}")


class SecretValues:
    """Secrets Manager and SSM values: declared by the program, or configured for the local run."""

    def __init__(self, graph: ResourceGraph, configured: Mapping[str, str]) -> None:
        """Collect the values that `graph` declares; `configured` ones, by ARN or name, take precedence."""
        self._configured = dict(configured)
        self._declared: dict[str, str] = {}
        names: dict[str, list[str]] = {}
        for secret in graph.of_type("aws:secretsmanager/secret:Secret"):
            names |= dict.fromkeys(_names(secret), _names(secret))
        for version in graph.of_type("aws:secretsmanager/secretVersion:SecretVersion"):
            owner = str(reveal(version.inputs.get("secretId")))
            self._declare(version.inputs.get("secretString"), [owner, *names.get(owner, [])])
        for parameter in graph.of_type("aws:ssm/parameter:Parameter"):
            self._declare(parameter.inputs.get("value"), _names(parameter))

    def _declare(self, value: Any, names: list[str]) -> None:
        value = reveal(value)
        if isinstance(value, str):
            self._declared |= dict.fromkeys(names, value)

    def value(self, value_from: str, where: str) -> str:
        """Return the value that ECS injects for `value_from`.

        Raises:
            LocalError: the value is not known, or lacks the JSON key; the message begins with `where`.
        """
        match = _SECRET_ARN.fullmatch(value_from)
        arn, key = (match.group(1), match.group(2)) if match else (value_from, None)
        name = _name(arn)
        for values in (self._configured, self._declared):
            for candidate in (value_from, arn, name, re.sub(r"-[A-Za-z0-9]{6}$", "", name)):
                if candidate in values:
                    return _json_key(values[candidate], key, where) if key else values[candidate]
        raise LocalError(
            f"{where}: the program only refers to {arn}, so its value is not known here; set it under "
            f"`secrets:` in .moorage/config.yaml (`{name}: VALUE`), or pass --config 'secrets:{name}=VALUE'"
        )


def _names(resource: Resource) -> list[str]:
    return [resource.id, *(str(reveal(resource.outputs.get(key))) for key in ("arn", "name"))]


def _name(arn: str) -> str:
    if ":parameter/" in arn:
        return "/" + arn.split(":parameter/", 1)[1]
    return arn.rsplit(":", 1)[-1]


def _json_key(text: str, key: str, where: str) -> str:
    try:
        values = json.loads(text)
    except ValueError:
        raise LocalError(
            f"{where}: valueFrom names the JSON key {key!r}, but the secret's value is not JSON"
        ) from None
    if not isinstance(values, dict) or key not in values:
        raise LocalError(f"{where}: the secret's value has no JSON key {key!r}")
    value: object = values[key]  # pyright: ignore[reportUnknownVariableType]
    return value if isinstance(value, str) else json.dumps(value)
