"""Prerequisites of a Pulumi command: a login, a passphrase, AWS credentials and an image builder.

Without them Pulumi fails late, and in some cases hides the cause in a traceback of its language host.
"""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace

from moorage.offline import EvaluationError
from moorage.offline.project import load_project
from moorage.offline.yaml_text import load
from moorage.rollout.ask import AskError, Denied
from moorage.rollout.login import configured

from .builder import builder_problems
from .selected import PulumiStack, Unmet

_DEFAULT_REGION = "us-east-1"

_KEYS = {
    "profile": "aws:profile",
    "assume_roles": "aws:assumeRoles",
    "access_key": "aws:accessKey",
    "secret_key": "aws:secretKey",
    "token": "aws:token",
}
"""The fields that `configured` reads, and their keys in a stack's configuration."""

_NO_CHECK = ("aws:skipCredentialsValidation", "aws:endpoints", "aws:assumeRoleWithWebIdentity")
"""Configuration with which the provider does not use the credentials that are found here."""


Check = Callable[[PulumiStack], Iterator[Unmet]]


def logged_in(stack: PulumiStack) -> Iterator[Unmet]:
    """Check that Pulumi is logged in to a backend; an invalid project file would hide that."""
    if (stack.folder / "Pulumi.yaml").is_file():
        try:
            file = load_project(stack.folder).stack_folder / f"Pulumi.{stack.name}.yaml"
            if file.is_file():
                load(file)
        except EvaluationError as error:
            yield Unmet(str(error), "correct the file")
            return
    if stack.whoami.returncode:
        lines = (stack.whoami.stderr or stack.whoami.stdout).strip().splitlines() or ["no reason given"]
        yield Unmet(
            f"Pulumi is not logged in ({lines[0].removeprefix('error: ')})",
            "run `pulumi login` for Pulumi Cloud, or `pulumi login --local` for a state on this machine",
        )


def passphrase(stack: PulumiStack) -> Iterator[Unmet]:
    """Check that a stack that encrypts its secrets with a passphrase has one (Pulumi: "Secrets")."""
    file = os.environ.get("PULUMI_CONFIG_PASSPHRASE_FILE", "")
    if "PULUMI_CONFIG_PASSPHRASE" in os.environ or not _uses_passphrase(stack):
        return
    if file:
        if not Path(file).is_file():
            yield Unmet(
                f"PULUMI_CONFIG_PASSPHRASE_FILE: {file} is not a file",
                "set it to the file with the passphrase",
            )
    elif not stack.terminal:
        yield Unmet(
            "the stack's secrets are encrypted with a passphrase, and there is no terminal to prompt for it",
            "set PULUMI_CONFIG_PASSPHRASE, or PULUMI_CONFIG_PASSPHRASE_FILE",
        )


def _uses_passphrase(stack: PulumiStack) -> bool:
    provider = stack.settings.get("secretsprovider")
    if provider or stack.settings.get("encryptionsalt"):
        return not provider or provider == "passphrase"
    try:
        url = str(json.loads(stack.whoami.stdout)["url"])
    except (ValueError, KeyError, TypeError):
        return False
    return not url.startswith("http")


def credentials(stack: PulumiStack) -> Iterator[Unmet]:
    """Check that AWS accepts the credentials of the stack's provider."""
    config = stack.config
    if stack.settings.get("environment") or any(config.get(key) for key in _NO_CHECK):
        return
    values = {name: config.get(key) for name, key in _KEYS.items()}
    if any(isinstance(value, Mapping) for value in values.values()):
        return  # encrypted: only the engine can read them
    from moorage.rollout.aws import asked, client

    region = str(config.get("aws:region") or os.environ.get("AWS_REGION") or _DEFAULT_REGION)
    try:
        login = configured(SimpleNamespace(**values))
        asked(lambda: client("sts", region, login).get_caller_identity())
    except Denied as error:
        yield Unmet(str(error), "log in with `aws sso login` or `aws configure`, or set AWS_PROFILE")
    except AskError as error:
        yield Unmet(
            f"AWS does not answer in {region}: {error}", "check the network, the proxy and aws:region"
        )


CHECKS: dict[str, tuple[Check, ...]] = {
    "up": (passphrase, credentials, builder_problems),
    "preview": (passphrase, credentials),
    "refresh": (passphrase, credentials),
    "destroy": (passphrase, credentials),
    "stack init": (passphrase,),
    "stack select": (passphrase,),
}
"""The prerequisites of each Pulumi command other than a login."""


def unmet(command: str, stack: PulumiStack) -> list[Unmet]:
    """Return the prerequisites of a Pulumi command, such as `up`, that are not met."""
    checks = CHECKS.get(command)
    if checks is None:
        return []
    # The other checks need a backend.
    return list(logged_in(stack)) or [item for check in checks for item in check(stack)]
