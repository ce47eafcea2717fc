"""AWS IAM, and permissions for AWS KMS."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

from moorage.graph import View
from moorage.graph.types import POLICY, ROLE
from moorage.offline import Resource

from .control import Breach, Control, breach_unless, document, items, value

INLINE = ("aws:iam/rolePolicy:RolePolicy", "aws:iam/userPolicy:UserPolicy", "aws:iam/groupPolicy:GroupPolicy")

_DECRYPT = ("kms:Decrypt", "kms:ReEncryptFrom")


def _allowed(policy: Any) -> list[Mapping[str, Any]]:
    """Return the Allow statements of a policy document."""
    return [statement for statement in document(policy) or [] if statement.get("Effect") == "Allow"]


@breach_unless("allows all actions on all resources", "use grants, or name the actions and the resources")
def _is_limited(policy: Resource, _: View) -> bool:
    statements = _allowed(value(policy, "policy"))
    return not any("*" in statement["Action"] and "*" in statement["Resource"] for statement in statements)


def _whole_services(policy: Resource, view: View) -> Breach | None:
    for statement in _allowed(value(policy, "policy")):
        wide = [action for action in statement["Action"] if action == "*" or str(action).endswith(":*")]
        if wide:
            return Breach(f"allows {', '.join(wide)}", "use grants, or name the actions")
    return None


def _decrypts(policy: Any) -> bool:
    for statement in _allowed(policy):
        every_key = any(
            resource == "*" or (str(resource).startswith("arn:") and str(resource).endswith(":key/*"))
            for resource in statement["Resource"]
        )
        if every_key and any(
            fnmatchcase(action.lower(), str(allowed).lower())
            for action in _DECRYPT
            for allowed in statement["Action"]
        ):
            return True
    return False


@breach_unless("allows decryption with every KMS key", "use grants, or name the keys")
def _names_keys(resource: Resource, _: View) -> bool:
    inline = [policy.get("policy") for policy in items(value(resource, "inlinePolicies"))]
    return not any(map(_decrypts, (value(resource, "policy"), *inline)))


_GRANTS = "roles have the exact actions and resources of `grants`"

CONTROLS = (
    Control("IAM.1", (POLICY,), _is_limited, _GRANTS),
    Control("IAM.21", (POLICY,), _whole_services, _GRANTS),
    Control("KMS.1", (POLICY,), _names_keys, _GRANTS),
    Control("KMS.2", (*INLINE, ROLE), _names_keys, _GRANTS),
)
