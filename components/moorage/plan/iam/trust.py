"""The trust policies of roles that pipelines assume to deploy a stack, with OpenID Connect."""

import re

from moorage.errors import UsageError
from moorage.model.iam import Statement, policy
from moorage.offline.resolvers.row import partition_of

_GITHUB = "token.actions.githubusercontent.com"
_REPOSITORY = re.compile(r"([A-Za-z0-9-]+/[A-Za-z0-9._-]+)(?::([a-z_]+:[A-Za-z0-9._/*-]+|pull_request))?")
_PROJECT = re.compile(
    r"(?:https://([A-Za-z0-9.-]+)/)?([A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)+)"
    r"(?::(ref_type:(?:branch|tag):ref:[A-Za-z0-9._/*-]+))?"
)


def github_trust(repository: str, stack: str, account: str, region: str) -> str:
    """Return the trust policy of a role for GitHub Actions, as JSON.

    Source: "Configuring OpenID Connect in Amazon Web Services", GitHub Docs.

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
    return _trust(_GITHUB, "sts.amazonaws.com", subject, account, region)


def gitlab_trust(project: str, account: str, region: str) -> str:
    """Return the trust policy of a role for GitLab CI/CD, as JSON.

    Source: "Configure OpenID Connect in AWS to retrieve temporary credentials", GitLab Docs.

    Args:
        project: `GROUP/PROJECT`, which allows the jobs of the branch `main`; or `GROUP/PROJECT:SUBJECT`, such
            as `acme/shop:ref_type:branch:ref:*`. `https://HOST/` before it names another GitLab.
        account: the account of the role.
        region: a region of its partition.

    Raises:
        UsageError: the project has another form.
    """
    match = _PROJECT.fullmatch(project)
    if match is None:
        raise UsageError(
            f"--gitlab {project!r} must be GROUP/PROJECT, or GROUP/PROJECT:SUBJECT such as "
            "acme/shop:ref_type:branch:ref:main"
        )
    host = match[1] or "gitlab.com"
    subject = f"project_path:{match[2]}:{match[3] or 'ref_type:branch:ref:main'}"
    return _trust(host, f"https://{host}", subject, account, region)


def _trust(issuer: str, audience: str, subject: str, account: str, region: str) -> str:
    provider = f"arn:{partition_of(region)[0]}:iam::{account}:oidc-provider/{issuer}"
    statement: Statement = {
        "Effect": "Allow",
        "Principal": {"Federated": provider},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {
            "StringEquals": {f"{issuer}:aud": audience},
            "StringLike": {f"{issuer}:sub": subject},
        },
    }
    return policy([statement])
