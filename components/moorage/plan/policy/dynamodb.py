"""Amazon DynamoDB."""

from moorage.graph import BillingMode, View
from moorage.graph.types import SCALABLE_TARGET
from moorage.offline import Resource

from .control import ON, Control, breach_unless, one_of, required, value

TABLE = "aws:dynamodb/table:Table"

_PROTECTED = required(
    "deletionProtectionEnabled", ON, "can be deleted by accident", "set deletionProtectionEnabled to true"
)
_TABLES = "the program's table; the sample's stack prod does it"


@breach_unless("has a fixed capacity", "set billingMode to PAY_PER_REQUEST")
def _scales(table: Resource, view: View) -> bool:
    if next(store.billing for store in view.data if store.resource is table) is not BillingMode.PROVISIONED:
        return True
    name = value(table, "name", default=table.outputs.get("name"))
    targets = view.links.of_type(SCALABLE_TARGET)
    return any(one_of(value(target, "resourceId"), (f"table/{name}",)) for target in targets)


_RECOVERED = required(
    "pointInTimeRecovery.enabled",
    ON,
    "has no point-in-time recovery",
    "set pointInTimeRecovery.enabled to true",
)

CONTROLS = (
    Control("DynamoDB.1", (TABLE,), _scales, "the program's table; the sample's is on demand"),
    Control("DynamoDB.2", (TABLE,), _RECOVERED, _TABLES),
    Control("DynamoDB.6", (TABLE,), _PROTECTED, _TABLES),
)
