"""Rows of the resolver tables, and their evaluation."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

ACCOUNT = "123456789012"

_PARTITIONS = {"cn-": ("aws-cn", "amazonaws.com.cn"), "us-gov-": ("aws-us-gov", "amazonaws.com")}


def partition_of(region: str) -> tuple[str, str]:
    """Return the partition of a region and its DNS suffix."""
    for prefix, partition in _PARTITIONS.items():
        if region.startswith(prefix):
            return partition
    return "aws", "amazonaws.com"


class Scope(dict[str, Any]):
    """The names that a row may refer to: the resource's inputs, `id`, the row's other outputs, and these.

    `A` account, `R` region, `P` partition, `D` its DNS suffix, `N` the logical name, `H17` the first 17
    hexadecimal digits of the URN's hash (any length up to 64), `J17` another such hash, `U` a UUID derived
    from it. A missing input is an empty string.
    """

    def __init__(
        self, seed: str, logical: str, region: str, inputs: Mapping[str, Any], entry: "Row | None" = None
    ) -> None:
        """Create the scope of one resource; invented values are derived from `seed`."""
        super().__init__(inputs)
        self.seed = seed
        self.given = inputs
        self.entry = entry
        self.memory: dict[str, Any] = {}
        self["N"] = logical
        self["A"] = ACCOUNT
        self["R"] = region
        self["P"], self["D"] = partition_of(region)

    def __missing__(self, key: str) -> Any:
        """Compute another output, or an invented value."""
        if self.entry and (key == "id" or key in self.entry.outputs):
            # Computed on first use, so that a row may list its outputs in any order.
            value = self[key] = fill(self.entry.id if key == "id" else self.entry.outputs[key], self)
            return value
        kind, length = key[0], key[1:]
        if kind in "HJ" and length.isdecimal():
            return self.hex(int(length), kind)
        if key == "U":
            text = self.hex(32, "U")
            return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
        return ""

    def hex(self, length: int, salt: str) -> str:
        """Return hexadecimal digits that depend on the seed and `salt` alone."""
        return hashlib.sha256(f"{self.seed}\0{salt}".encode()).hexdigest()[:length]


Value = str | int | bool | Callable[[Scope], Any]
"""A template with the names of a `Scope` in braces, a constant, or a function of the scope."""


@dataclass(frozen=True, slots=True)
class Row:
    """The outputs that the provider computes for one type.

    `named` is the property that gets a name derived from the logical one if it is not set, `limit` the
    maximum length of the name. An output that the program sets is not changed. `known` are the outputs that
    a preview knows.
    """

    id: Value
    named: str | None = None
    limit: int = 255
    lower: bool = False
    known: frozenset[str] = frozenset()
    outputs: Mapping[str, Value] = field(default_factory=dict[str, Value])


def row(
    id: Value,
    named: str | None = None,
    limit: int = 255,
    *,
    lower: bool = False,
    known: str = "",
    **outputs: Value,
) -> Row:
    """Return one row; `known` is a list of outputs separated by blanks."""
    return Row(id, named, limit, lower, frozenset(known.split()), outputs)


def by_token(rows: Mapping[str, Row]) -> dict[str, Row]:
    """Return rows by their tokens: that of `ecs.Service` is `aws:ecs/service:Service`."""
    tokens: dict[str, Row] = {}
    for name, entry in rows.items():
        module, dot, kind = name.partition(".")
        tokens[f"aws:{module}/{kind[0].lower()}{kind[1:]}:{kind}" if dot else name] = entry
    return tokens


def fill(value: Value, scope: Scope) -> Any:
    """Return a row's value for one resource."""
    if isinstance(value, str):
        return value.format_map(scope)
    return value(scope) if callable(value) else value
