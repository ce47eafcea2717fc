"""Outputs that providers compute: ids, ARNs, addresses and automatic names, one table row per resource type.

All outputs are functions of the URN and the inputs, so that evaluations of a program agree. A type that is
not in the table gets an id and its inputs as outputs; for more, add a row for its type to the file of its
service family.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from moorage.errors import EvaluationError
from moorage.offline.twins import standard

from . import awsx, compute, data, network
from .row import Row, Scope, by_token

TABLE = by_token({**compute.ROWS, **network.ROWS, **data.ROWS})

_OTHER = Row("{N}-{H7}")
_PROVIDER = Row("{U}")
_GLOBAL = ("aws:iam/", "aws:route53/", "aws:cloudfront/")
"""Modules whose resources have no region."""


@dataclass(frozen=True, slots=True)
class Computed:
    """The outputs that a provider adds: `outputs` after a deployment, of which a preview knows `known`."""

    id: str
    outputs: dict[str, Any]
    known: dict[str, Any]


def compute_outputs(
    type_: str, name: str, urn: str, region: str, inputs: Mapping[str, Any], id_: str | None = None
) -> Computed:
    """Return the outputs that the provider of `type_` computes for a resource.

    Invented values are derived from its URN; `region` is that of its provider, `inputs` are without `Secret`,
    `id_` is the id of an existing resource, which is read and not created.

    Raises:
        EvaluationError: the automatic name is longer than the service allows.
    """
    entry = TABLE.get(standard(type_)) or (_PROVIDER if type_.startswith("pulumi:providers:") else _OTHER)
    set_here = inputs.get("region")
    scope = Scope(urn, name, set_here if isinstance(set_here, str) else region, inputs, entry)
    outputs: dict[str, Any] = {}
    known: dict[str, Any] = {}
    if type_.startswith("aws:"):
        if not type_.startswith(_GLOBAL):
            outputs["region"] = scope["R"]
            if type_ != "aws:s3/bucket:Bucket":
                known["region"] = scope["R"]
        outputs["tagsAll"] = inputs.get("tags") or {}
    if id_ is not None:
        _set_existing(scope, entry, id_)
    if entry.named and inputs.get(entry.named) is None:
        outputs[entry.named] = scope[entry.named] = scope.get(entry.named) or _name(entry, type_, scope)
        if "namePrefix" not in inputs:
            known[entry.named] = outputs[entry.named]
    for key in entry.outputs:
        if inputs.get(key) is None:
            outputs[key] = scope[key]
            if key in entry.known:
                known[key] = scope[key]
    return Computed(str(scope["id"]), outputs, known)


def _set_existing(scope: Scope, entry: Row, id_: str) -> None:
    """Set what the id of an existing resource says: its ARN, or the output that it is."""
    template = entry.id if isinstance(entry.id, str) else ""
    output = template.strip("{}")
    if id_.startswith("arn:") and "arn" in entry.outputs:
        scope["arn"] = id_
    elif template.startswith("arn:") and entry.named:
        # The provider finds it by its name too; other outputs refer to the id that is an ARN.
        scope[entry.named] = id_
        return
    elif output != "arn" and output in (entry.named, *entry.outputs):
        scope[output] = id_
    scope["id"] = id_


def _name(entry: Row, type_: str, scope: Scope) -> str:
    if "id" in scope:
        return str(scope["id"]).rsplit("/", 1)[-1].rsplit(":", 1)[-1]
    prefix = scope["namePrefix"]
    suffix = ".fifo" if scope["fifoQueue"] is True or scope["fifoTopic"] is True else ""
    name = (
        f"{prefix}{scope['H26'][: max(entry.limit - len(str(prefix)), 0)]}"
        if prefix
        else f"{scope['N']}-{scope['H7']}"
    )
    if len(name) + len(suffix) > entry.limit:
        raise EvaluationError(
            f"{type_} {scope['N']!r}: its automatic name {name + suffix!r} is longer than {entry.limit} "
            f"characters: give the resource a shorter name, or set {entry.named!r}"
        )
    return (name.lower() if entry.lower else name) + suffix


__all__ = ["TABLE", "Computed", "awsx", "compute_outputs"]
