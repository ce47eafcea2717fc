"""Amazon S3."""

from collections.abc import Iterator, Mapping
from typing import Any

from moorage.graph import View
from moorage.graph.types import BUCKET
from moorage.offline import UNKNOWN, Resource

from .control import Breach, Control, anybody, at, document, items, on, value

ACCESS_BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
POLICY = "aws:s3/bucketPolicy:BucketPolicy"
ACL = "aws:s3/bucketAcl:BucketAcl"
LOGGING = "aws:s3/bucketLogging:BucketLogging"
LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"

_BLOCKS = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
_READ = ("*", "s3:*", "s3:Get", "s3:List")
_WRITE = ("*", "s3:*", "s3:Put", "s3:Delete")
_OTHERS = (
    "s3:DeleteBucketPolicy",
    "s3:PutBucketAcl",
    "s3:PutBucketPolicy",
    "s3:PutEncryptionConfiguration",
    "s3:PutObjectAcl",
)
"""The actions that S3.6 denies other accounts."""


def _blocked(bucket: Resource, view: View) -> bool:
    """Return whether a bucket has all four settings against public access."""
    return any(
        all(on(value(block, name)) for name in _BLOCKS)
        for block in view.links.users(bucket, "bucket", ACCESS_BLOCK)
    )


def _policies(bucket: Resource, view: View) -> list[Any]:
    policies = [value(policy, "policy") for policy in view.links.users(bucket, "bucket", POLICY)]
    inline = value(bucket, "policy")
    # AWS returns an empty string without a policy.
    return [policy for policy in (*policies, inline) if policy]


def _statements(bucket: Resource, view: View) -> Iterator[Mapping[str, Any]]:
    for policy in _policies(bucket, view):
        yield from document(policy) or []


def _acls(bucket: Resource, view: View) -> list[Any]:
    found = [value(bucket, "acl"), *(value(acl, "acl") for acl in view.links.users(bucket, "bucket", ACL))]
    return [acl for acl in found if acl is not None and acl is not UNKNOWN]


def _public(bucket: Resource, view: View, acls: tuple[str, ...], actions: tuple[str, ...]) -> bool:
    if _blocked(bucket, view):
        return False
    if any(acl in acls for acl in _acls(bucket, view)):
        return True
    return any(
        anybody(statement) and any(str(action).startswith(actions) for action in statement["Action"])
        for statement in _statements(bucket, view)
    )


_CLOSE = "add an aws.s3.BucketPublicAccessBlock with all four settings"


def _read(bucket: Resource, view: View) -> Breach | None:
    acls = ("public-read", "public-read-write", "authenticated-read")
    return Breach("can be read by the public", _CLOSE) if _public(bucket, view, acls, _READ) else None


def _written(bucket: Resource, view: View) -> Breach | None:
    acls = ("public-read-write",)
    return Breach("can be written by the public", _CLOSE) if _public(bucket, view, acls, _WRITE) else None


def _tls(bucket: Resource, view: View) -> Breach | None:
    policies = _policies(bucket, view)
    if any(document(policy) is None for policy in policies):
        return None
    for statement in _statements(bucket, view):
        secure = at(statement, "Condition", "Bool", "aws:SecureTransport")
        if (
            statement.get("Effect") == "Deny"
            and "*" in statement["Principal"]
            and any(action in ("*", "s3:*") for action in statement["Action"])
            and str(secure).lower() == "false"
        ):
            return None
    return Breach(
        "accepts requests without TLS", "deny s3:* in its policy where aws:SecureTransport is false"
    )


def _other_accounts(bucket: Resource, view: View) -> Breach | None:
    for statement in _statements(bucket, view):
        if anybody(statement):
            wide = [action for action in statement["Action"] if action in ("*", "s3:*") or action in _OTHERS]
            if wide:
                return Breach(
                    f"allows other accounts {', '.join(wide)}",
                    "name the principals in its aws.s3.BucketPolicy",
                )
    return None


def _closed(bucket: Resource, view: View) -> Breach | None:
    # A new bucket has all four settings (Blocking public access to your Amazon S3 storage).
    if not view.links.users(bucket, "bucket", ACCESS_BLOCK) or _blocked(bucket, view):
        return None
    return Breach("does not block public access", _CLOSE)


def _logged(bucket: Resource, view: View) -> Breach | None:
    if value(bucket, "loggings") or value(bucket, "logging"):
        return None
    if view.links.users(bucket, "bucket", LOGGING) or view.links.users(bucket, "targetBucket", LOGGING):
        return None
    return Breach("has no access logging", "add an aws.s3.BucketLogging")


def _grants(bucket: Resource, view: View) -> Breach | None:
    acls = [acl for acl in _acls(bucket, view) if acl != "private"]
    explicit = [
        acl for acl in view.links.users(bucket, "bucket", ACL) if value(acl, "accessControlPolicy", "grants")
    ]
    if not acls and not explicit:
        return None
    return Breach("grants access by an ACL", "grant it by an aws.s3.BucketPolicy or a role")


def _expires(bucket: Resource, view: View) -> Breach | None:
    rules: list[Any] = items(value(bucket, "lifecycleRules"))
    for lifecycle in view.links.users(bucket, "bucket", LIFECYCLE):
        found = value(lifecycle, "rules")
        if found is UNKNOWN:
            return None
        rules += items(found)
    if any(rule.get("status") in ("Enabled", UNKNOWN) or on(rule.get("enabled")) for rule in rules):
        return None
    return Breach("has no lifecycle rules", "add an aws.s3.BucketLifecycleConfiguration")


_LOGS = "the load balancer's buckets always do"

_CHECKS = {
    2: _read,
    3: _written,
    5: _tls,
    6: _other_accounts,
    8: _closed,
    9: _logged,
    12: _grants,
    13: _expires,
}

CONTROLS = tuple(Control(f"S3.{number}", (BUCKET,), check, _LOGS) for number, check in _CHECKS.items())
