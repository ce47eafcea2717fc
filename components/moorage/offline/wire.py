"""Conversion between protobuf structures of Pulumi's SDK and plain values with `Secret` and `UNKNOWN`."""

from collections.abc import Mapping
from typing import Any, cast

from google.protobuf import struct_pb2
from pulumi.runtime import rpc

from moorage.pulumi_private import ARCHIVE, ASSET, RESOURCE, SECRET, SIGNATURE

from .graph import UNKNOWN, Secret
from .values import leaves


def plain_properties(struct: struct_pb2.Struct, *, resources_as_ids: bool = False) -> dict[str, Any]:
    """Return the properties of a request as plain values, sorted by name; integral numbers become `int`.

    A resource becomes its id, as for providers, or else `{"resource": urn}`, as for components.
    """
    return {key: _plain(value, resources_as_ids) for key, value in sorted(struct.fields.items())}


def _plain(value: struct_pb2.Value, as_ids: bool) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        text = value.string_value
        return UNKNOWN if text == rpc.UNKNOWN else text
    if kind == "struct_value":
        fields = value.struct_value.fields
        if SIGNATURE in fields:
            return _special(value.struct_value, as_ids)
        return {key: _plain(item, as_ids) for key, item in sorted(fields.items())}
    if kind == "list_value":
        return [_plain(item, as_ids) for item in value.list_value.values]
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() else number
    return value.bool_value if kind == "bool_value" else None


def _special(struct: struct_pb2.Struct, as_ids: bool) -> Any:
    """Return the value of a signed structure: a secret, an asset, an archive or a resource."""
    fields = {key: value for key, value in struct.fields.items() if key != SIGNATURE}
    signature = struct.fields[SIGNATURE].string_value
    if signature == SECRET:
        return Secret(_plain(fields["value"], as_ids))
    if signature == RESOURCE:
        if as_ids and "id" in fields:
            return fields["id"].string_value.replace(rpc.UNKNOWN, "") or UNKNOWN
        return {"resource": fields["urn"].string_value}
    content = {key: _plain(value, as_ids) for key, value in fields.items() if key != "hash"}
    if signature == ASSET:
        return {"asset": content}
    if signature == ARCHIVE:
        return {"archive": content.get("assets", content)}
    return content


def reference(urn: str, id_: str) -> dict[str, str]:
    """Return the reference to a resource, as a component of another process gives it to the program."""
    return {SIGNATURE: RESOURCE, "urn": urn, "id": id_}


def struct_of(properties: Mapping[str, Any]) -> struct_pb2.Struct:
    """Return plain properties as the structure that the SDK expects, with secrets wrapped."""
    struct = struct_pb2.Struct()
    for key, value in properties.items():
        struct[key] = _wire(value)
    return struct


def _wire(value: Any) -> Any:
    if isinstance(value, Secret):
        return {SIGNATURE: SECRET, "value": _wire(value.value)}
    if value is UNKNOWN:
        return rpc.UNKNOWN
    if isinstance(value, Mapping):
        return {key: _wire(item) for key, item in cast("Mapping[str, Any]", value).items()}
    if isinstance(value, list | tuple):
        return [_wire(item) for item in cast("list[Any]", value)]
    return value


def contains_secret(value: Any) -> bool:
    """Return whether `value` contains a `Secret`, at any depth."""
    return any(isinstance(leaf, Secret) for leaf in leaves(value))
