"""A compose file as the functions that make its resources take it, and the values of stand-ins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import pulumi

from moorage.compose_file.volumes import Volume
from moorage.model.later import filled, keys_in, later
from moorage.resources.network.args import NetworkRef
from moorage.resources.network.subnets import first_subnets
from moorage.resources.secrets import refuse_secrets
from moorage.resources.wiring import Wiring

from .apps import Composition, network_of
from .checks import NOT_DESCRIBED, SECRET_IN_ENV


class StandIns:
    """The values of stand-ins: variables and outputs of resources."""

    def __init__(self, name: str, env: Mapping[str, pulumi.Input[str]]) -> None:
        """Take the component's name and its variables."""
        self._name = name
        self._values = {
            key: pulumi.Output.from_input(value) for key, value in env.items() if not isinstance(value, str)
        }
        self._variables = frozenset(self._values)
        self._described: dict[str, pulumi.Output[str]] = {}

    def add(self, values: Mapping[str, pulumi.Output[str]]) -> None:
        """Add outputs of resources."""
        self._values |= values

    def text(self, text: str) -> pulumi.Output[str]:
        """Return a string with its values, which may be secret."""
        return pulumi.Output.from_input(cast("pulumi.Input[str]", self.filled(text, described=False)))

    def filled(self, value: Any, *, described: bool = True) -> Any:
        """Return arguments with their values; if they are visible in a described task, a secret ends the
        program."""
        if isinstance(value, Mapping):
            items = cast("Mapping[str, Any]", value).items()
            return {
                key: self.filled(item, described=described and key not in NOT_DESCRIBED)
                for key, item in items
            }
        if isinstance(value, list):
            return [self.filled(item, described=described) for item in cast("list[Any]", value)]
        keys = keys_in(value) if isinstance(value, str) else set[str]()
        if not keys:
            return value
        # Only those in use: one secret makes all secret.
        values = {key: self._value(key, described) for key in sorted(keys)}
        if value == later(min(keys)):
            return values[min(keys)]
        resolved = cast("pulumi.Output[dict[str, str]]", pulumi.Output.from_input(values))
        return resolved.apply(lambda variables: filled(value, variables))

    def _value(self, key: str, described: bool) -> pulumi.Output[str]:
        value = self._values[key]
        if not described or key not in self._variables:
            return value
        if key not in self._described:
            # Also a value that turns out to be secret only later.
            refused = refuse_secrets("ComposeApp", self._name, {f"env.{key}": value}, SECRET_IN_ENV)
            checked = pulumi.Output.all(value, pulumi.Output.from_input(refused))
            self._described[key] = checked.apply(lambda args: str(args[0]))
        return self._described[key]


@dataclass(frozen=True)
class ComposeWiring(Wiring[Composition]):
    """A checked compose file with the values of its stand-ins."""

    kept: Sequence[Volume]
    """The volumes in the file system."""
    values: StandIns

    @property
    def zones(self) -> int:
        """The number of subnets that the file system is in."""
        zones, subnets = self.model.spec.file_system_zones, self.model.files.params.subnets
        return min(zones, len(subnets)) if subnets else zones

    def network(self) -> NetworkRef | None:
        """Return the tasks' network, of whose subnets only the first ones may have the file system."""
        network = cast("NetworkRef | None", self.values.filled(network_of(self.model)))
        return first_subnets(network, self.zones) if network and self.kept else network
