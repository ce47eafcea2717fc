"""AWS IAM, and permissions for AWS KMS."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

from moorage.graph import View
from moorage.graph.types import POLICY, ROLE
from moorage.offline import Resource

from .control import Breach, Control, document, items, value

INLINE = ("aws:iam/rolePolicy:RolePolicy", "aws:iam/userPolicy:UserPolicy", "aws:iam/groupPolicy:GroupPolicy")

_DECRYPT = ("kms:Decrypt", "kms:ReEncryptFrom")


def _allowed(found: Any) -> list[Mapping[str, Any]]:
    """Return the Allow statements of a policy document."""
    return [statement for statement in document(found) or [] if statement.get("Effect") == "Allow"]


def _everything(policy: Resource, view: View) -> Breach | None:
    for statement in _allowed(value(policy, "policy")):
        if "*" in statement["Action"] and "*" in statement["Resource"]:
            return Breach(
                "allows all actions on all resources", "use grants, or name the actions and the resources"
            )
    return None


def _whole_services(policy: Resource, view: View) -> Breach | None:
    for statement in _allowed(value(policy, "policy")):
        wide = [action for action in statement["Action"] if action == "*" or str(action).endswith(":*")]
        if wide:
            return Breach(f"allows {', '.join(wide)}", "use grants, or name the actions")
    return None


def _decrypts(found: Any) -> bool:
    for statement in _allowed(found):
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


_BREACH = Breach("allows decryption with every KMS key", "use grants, or name the keys")


def _managed_decryption(policy: Resource, view: View) -> Breach | None:
    return _BREACH if _decrypts(value(policy, "policy")) else None


def _inline_decryption(resource: Resource, view: View) -> Breach | None:
    documents = [value(resource, "policy")]
    if resource.type == ROLE:
        documents = [policy.get("policy") for policy in items(value(resource, "inlinePolicies"))]
    return _BREACH if any(_decrypts(found) for found in documents) else None


_GRANTS = "roles have the exact actions and resources of `grants`"

CONTROLS = (
    Control("IAM.1", (POLICY,), _everything, _GRANTS),
    Control("IAM.21", (POLICY,), _whole_services, _GRANTS),
    Control("KMS.1", (POLICY,), _managed_decryption, _GRANTS),
    Control("KMS.2", (*INLINE, ROLE), _inline_decryption, _GRANTS),
)
