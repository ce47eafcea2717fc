"""The role that GitHub Actions assumes to deploy a stack."""

import re

from moorage.errors import UsageError
from moorage.model.iam import Statement, policy
from moorage.offline.resolvers.row import partition_of

_ISSUER = "token.actions.githubusercontent.com"
_REPOSITORY = re.compile(r"([A-Za-z0-9-]+/[A-Za-z0-9._-]+)(?::([a-z_]+:[A-Za-z0-9._/*-]+|pull_request))?")


def trust_policy(repository: str, stack: str, account: str, region: str) -> str:
    """Return the trust policy of the role, as JSON ("Configuring OpenID Connect in Amazon Web Services",
    GitHub Docs).

    Args:
        repository: `OWNER/REPO`, which allows the jobs of the environment that is named as the stack; or
            `OWNER/REPO:SUBJECT`, such as `acme/shop:ref:refs/heads/main`.
        stack: the stack.
        account: the account of the role.
        region: a region of its partition.

    Raises:
        UsageError: the repository has another form.
    """
    match = _REPOSITORY.fullmatch(repository)
    if match is None:
        raise UsageError(
            f"--github {repository!r} must be OWNER/REPO, or OWNER/REPO:SUBJECT such as "
            "acme/shop:ref:refs/heads/main"
        )
    subject = f"repo:{match[1]}:{match[2] or f'environment:{stack}'}"
    statement: Statement = {
        "Effect": "Allow",
        "Principal": {"Federated": f"arn:{partition_of(region)[0]}:iam::{account}:oidc-provider/{_ISSUER}"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {
            "StringEquals": {f"{_ISSUER}:aud": "sts.amazonaws.com"},
            "StringLike": {f"{_ISSUER}:sub": subject},
        },
    }
    return policy([statement])
