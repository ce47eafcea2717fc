"""Puts a Pulumi resource's inputs into the form of an AWS request: names, pairs and types of numbers."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from support.aws_models.shapes import Shape

from moorage.offline import UNKNOWN

Json = dict[str, Any]


class Verbatim(NamedTuple):
    """A value that already has the form of the API, such as what a JSON text holds: nothing in it is renamed
    or converted."""

    value: Any


@dataclass(frozen=True)
class Call:
    """One request that the provider makes for a resource."""

    service: str
    operation: str
    supplied: Mapping[str, Any] = field(default_factory=dict)
    """Members that the provider fills in itself, from another resource or a default."""

    def __str__(self) -> str:
        """Return `ecs.CreateService`."""
        return f"{self.service}.{self.operation}"


@dataclass(frozen=True)
class Requests:
    """The requests of a resource type."""

    calls: tuple[Call, ...]
    renames: Mapping[str, str] = field(default_factory=dict)
    """API names by path of the inputs, for those that differ by more than case and a plural."""
    prepare: Callable[[Json], Json] = lambda inputs: inputs
    """Moves values to where the API has them; what it does not know it must keep."""
    provider_only: tuple[str, ...] = ()
    """Inputs that no request holds: how the provider itself behaves."""


def distribute(inputs: Json, requests: Requests, shapes: list[Shape]) -> tuple[list[Json], list[str]]:
    """Return the parameters of each call, and the paths of inputs that no call has a member for."""
    translation = _Translation(requests.renames)
    parameters: list[Json] = [dict(call.supplied) for call in requests.calls]
    for name, value in requests.prepare(inputs).items():
        if value is None or name in (*requests.provider_only, "region"):
            continue
        for members, shape in zip(parameters, shapes, strict=True):
            member = translation.member(name, name, shape.members)
            if member is not None:
                converted = translation.convert(value, shape.members[member], name)
                # Providers send no empty map of tags.
                if not (name == "tags" and converted in ([], {})):
                    members[member] = converted
                break
        else:
            translation.lost.append(name)
    return parameters, translation.lost


class _Translation:
    def __init__(self, renames: Mapping[str, str]) -> None:
        self.renames = renames
        self.lost: list[str] = []

    def member(self, name: str, path: str, members: Iterable[str]) -> str | None:
        """Return the API's name of an input: as the table has it, or the one that differs in case or in a
        plural."""
        if path in self.renames:
            renamed = self.renames[path]
            return renamed if renamed in members else None
        by_name = {member.lower(): member for member in members}
        lower = name.lower()
        for candidate in (lower, f"{lower}s", f"{lower}es", lower.removesuffix("s")):
            if candidate in by_name:
                return by_name[candidate]
        return None

    def convert(self, value: Any, shape: Shape, path: str) -> Any:
        if isinstance(value, Verbatim):
            return value.value
        if value is UNKNOWN or value is None:
            return value
        if shape.type_name == "structure" and isinstance(value, dict):
            return self._structure(value, shape, path)
        if shape.type_name == "list":
            if isinstance(value, dict) and shape.member.type_name == "structure":
                pair = [name for name in shape.member.members if name.lower() in ("key", "name", "value")]
                if len(pair) == 2:
                    key, text = pair
                    return [
                        {key: name, text: self.convert(item, shape.member.members[text], path)}
                        for name, item in value.items()
                    ]
            if isinstance(value, list):
                return [self.convert(item, shape.member, path) for item in value]
        return _scalar(value, shape.type_name)

    def _structure(self, value: Json, shape: Shape, path: str) -> Json:
        converted: Json = {}
        for name, item in value.items():
            inner = f"{path}.{name}"
            member = self.member(name, inner, shape.members)
            if member is None:
                self.lost.append(inner)
            else:
                converted[member] = self.convert(item, shape.members[member], inner)
        return converted


def _scalar(value: Any, type_name: str) -> Any:
    """Return a value as the provider sends it: Terraform has texts where an API has numbers, and back."""
    if type_name == "string" and isinstance(value, bool):
        return str(value).lower()
    if type_name == "string" and isinstance(value, int | float):
        return f"{value:g}" if isinstance(value, float) and not value.is_integer() else str(int(value))
    if type_name == "boolean" and value in ("true", "false"):
        return value == "true"
    if type_name in ("integer", "long") and isinstance(value, float) and value.is_integer():
        return int(value)
    if type_name in ("integer", "long", "double", "float") and isinstance(value, str):
        try:
            return int(value) if type_name in ("integer", "long") else float(value)
        except ValueError:
            return value
    return value
