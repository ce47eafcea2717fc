"""AWS Secrets Manager."""

from moorage.graph import View
from moorage.graph.types import SECRET
from moorage.offline import UNKNOWN, Resource

from .control import Breach, Control, breach_unless, used, value

ROTATION = "aws:secretsmanager/secretRotation:SecretRotation"

_MOST_DAYS = 90
_ROTATE = "use secrets with a rotating secret, or add an aws.secretsmanager.SecretRotation"


def _often(secret: Resource, view: View) -> Breach | None:
    rotations = view.links.users(secret, "secretId", ROTATION)
    if not rotations:
        return Breach("is never rotated", f"{_ROTATE}, within {_MOST_DAYS} days")
    for rotation in rotations:
        days = value(rotation, "rotationRules", "automaticallyAfterDays", default=0)
        if days is not UNKNOWN and days > _MOST_DAYS:
            return Breach(f"is rotated after {int(days)} days", f"set automaticallyAfterDays to {_MOST_DAYS}")
    return None


_ROTATED = breach_unless("is never rotated", _ROTATE)(used("secretId", ROTATION))
_VALUES = "`secrets` with a secret that rotates; `secret_values` change by `up`, see below"

CONTROLS = (
    Control("SecretsManager.1", (SECRET,), _ROTATED, _VALUES),
    Control("SecretsManager.4", (SECRET,), _often, "as SecretsManager.1"),
)
