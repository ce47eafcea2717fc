"""Amazon DynamoDB."""

from moorage.graph import View
from moorage.graph.types import SCALABLE_TARGET
from moorage.offline import UNKNOWN, Resource

from .control import ON, Breach, Control, on, one_of, required, value

TABLE = "aws:dynamodb/table:Table"

_PROTECTED = required(
    "deletionProtectionEnabled", ON, "can be deleted by accident", "set deletionProtectionEnabled to true"
)
_TABLES = "the program's table; the sample's stack prod does it"


def _scales(table: Resource, view: View) -> Breach | None:
    if one_of(value(table, "billingMode", default="PROVISIONED"), ("PAY_PER_REQUEST",)):
        return None
    name = value(table, "name", default=table.outputs.get("name"))
    for target in view.links.of_type(SCALABLE_TARGET):
        resource = value(target, "resourceId", default="")
        if resource is UNKNOWN or str(resource) == f"table/{name}":
            return None
    return Breach("has a fixed capacity", "set billingMode to PAY_PER_REQUEST")


def _recovers(table: Resource, view: View) -> Breach | None:
    if on(value(table, "pointInTimeRecovery")) or on(value(table, "pointInTimeRecovery", "enabled")):
        return None
    return Breach("has no point-in-time recovery", "set pointInTimeRecovery.enabled to true")


CONTROLS = (
    Control("DynamoDB.1", (TABLE,), _scales, "the program's table; the sample's is on demand"),
    Control("DynamoDB.2", (TABLE,), _recovers, _TABLES),
    Control("DynamoDB.6", (TABLE,), _PROTECTED, _TABLES),
)
