"""Amazon S3."""

from collections.abc import Iterator, Mapping
from typing import Any

from moorage.graph import View
from moorage.graph.types import BUCKET
from moorage.offline import UNKNOWN, Resource

from .control import Breach, Check, Control, anybody, at, breach_unless, document, items, on, value

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
    acls = [value(bucket, "acl"), *(value(acl, "acl") for acl in view.links.users(bucket, "bucket", ACL))]
    return [acl for acl in acls if acl is not None and acl is not UNKNOWN]


_CLOSE = "add an aws.s3.BucketPublicAccessBlock with all four settings"


def _not_public(message: str, acls: tuple[str, ...], actions: tuple[str, ...]) -> Check:
    """Return a check that neither ACLs nor policies allow the public some actions."""

    @breach_unless(message, _CLOSE)
    def check(bucket: Resource, view: View) -> bool:
        if _blocked(bucket, view):
            return True
        public = [statement for statement in _statements(bucket, view) if anybody(statement)]
        allowed = [str(action) for statement in public for action in statement["Action"]]
        by_acl = any(acl in acls for acl in _acls(bucket, view))
        return not by_acl and not any(action.startswith(actions) for action in allowed)

    return check


@breach_unless("accepts requests without TLS", "deny s3:* in its policy where aws:SecureTransport is false")
def _requires_tls(bucket: Resource, view: View) -> bool:
    if any(document(policy) is None for policy in _policies(bucket, view)):
        return True
    return any(
        statement.get("Effect") == "Deny"
        and "*" in statement["Principal"]
        and any(action in ("*", "s3:*") for action in statement["Action"])
        and str(at(statement, "Condition", "Bool", "aws:SecureTransport")).lower() == "false"
        for statement in _statements(bucket, view)
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


@breach_unless("does not block public access", _CLOSE)
def _is_closed(bucket: Resource, view: View) -> bool:
    # A new bucket has all four settings (Blocking public access to your Amazon S3 storage).
    return not view.links.users(bucket, "bucket", ACCESS_BLOCK) or _blocked(bucket, view)


@breach_unless("has no access logging", "add an aws.s3.BucketLogging")
def _is_logged(bucket: Resource, view: View) -> bool:
    own = value(bucket, "loggings") or value(bucket, "logging")
    users = (view.links.users(bucket, name, LOGGING) for name in ("bucket", "targetBucket"))
    return bool(own) or any(users)


@breach_unless("grants access by an ACL", "grant it by an aws.s3.BucketPolicy or a role")
def _without_grants(bucket: Resource, view: View) -> bool:
    acls = view.links.users(bucket, "bucket", ACL)
    explicit = any(value(acl, "accessControlPolicy", "grants") for acl in acls)
    return not explicit and all(acl == "private" for acl in _acls(bucket, view))


@breach_unless("has no lifecycle rules", "add an aws.s3.BucketLifecycleConfiguration")
def _expires(bucket: Resource, view: View) -> bool:
    lists = [value(lifecycle, "rules") for lifecycle in view.links.users(bucket, "bucket", LIFECYCLE)]
    rules = [rule for setting in (value(bucket, "lifecycleRules"), *lists) for rule in items(setting)]
    return UNKNOWN in lists or any(
        rule.get("status") in ("Enabled", UNKNOWN) or on(rule.get("enabled")) for rule in rules
    )


_LOGS = "the load balancer's buckets always do"

_CHECKS = {
    2: _not_public(
        "can be read by the public", ("public-read", "public-read-write", "authenticated-read"), _READ
    ),
    3: _not_public("can be written by the public", ("public-read-write",), _WRITE),
    5: _requires_tls,
    6: _other_accounts,
    8: _is_closed,
    9: _is_logged,
    12: _without_grants,
    13: _expires,
}

CONTROLS = tuple(Control(f"S3.{number}", (BUCKET,), check, _LOGS) for number, check in _CHECKS.items())
