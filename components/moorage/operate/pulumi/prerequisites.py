"""Prerequisites of a Pulumi command: a login, a passphrase, AWS credentials and an image builder.

Without them Pulumi fails late, and in some cases hides the cause in a traceback of its language host.
"""

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from email.utils import parsedate_to_datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from moorage.offline import EvaluationError
from moorage.offline.project import load_project
from moorage.offline.values import mapping, text
from moorage.offline.yaml_text import load
from moorage.rollout.ask import AskError, Denied
from moorage.rollout.login import configured

from .builder import image_builder
from .check_result import CheckResult, Level, failure, ok, warning
from .selected import PulumiStack

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


_ATTEMPTS = 2
"""Attempts of the request that checks the credentials: without a network a user waits for it."""
_CLOCK = "set this machine's clock by NTP; AWS refuses requests that are more than 5 minutes off"
_SKEW = 60
"""Seconds by which the clock may differ from that of AWS."""

Check = Callable[[PulumiStack], Iterator[CheckResult]]


def readable(stack: PulumiStack) -> Iterator[CheckResult]:
    """Check that the files of the project and the stack are valid."""
    if (stack.folder / "Pulumi.yaml").is_file():
        try:
            file = load_project(stack.folder).stack_file(stack.name)
            if file.is_file():
                load(file)
        except EvaluationError as error:
            yield failure(str(error), "correct the file")


def logged_in(stack: PulumiStack) -> Iterator[CheckResult]:
    """Check that Pulumi is logged in to a backend."""
    if stack.whoami.returncode:
        lines = (stack.whoami.stderr or stack.whoami.stdout).strip().splitlines() or ["no reason given"]
        yield failure(
            f"Pulumi is not logged in ({lines[0].removeprefix('error: ')})",
            "run `pulumi login` for Pulumi Cloud, or `pulumi login --local` for a state on this machine",
        )
    else:
        answer = _whoami(stack)
        yield ok(f"{answer.get('user') or 'logged in'}, {answer.get('url') or 'unknown backend'}")


def _whoami(stack: PulumiStack) -> dict[str, Any]:
    """Return the user and the URL of the backend; empty if the CLI does not print them."""
    try:
        return mapping(json.loads(stack.whoami.stdout))
    except ValueError:
        return {}


def passphrase(stack: PulumiStack) -> Iterator[CheckResult]:
    """Check that a stack that encrypts its secrets with a passphrase has one (Pulumi: "Secrets")."""
    file = os.environ.get("PULUMI_CONFIG_PASSPHRASE_FILE", "")
    if "PULUMI_CONFIG_PASSPHRASE" in os.environ:
        yield ok("PULUMI_CONFIG_PASSPHRASE is set")
    elif not _uses_passphrase(stack):
        yield ok("the stack's secrets need none")
    elif file and Path(file).is_file():
        yield ok(f"in {file}")
    elif file:
        yield failure(
            f"PULUMI_CONFIG_PASSPHRASE_FILE: {file} is not a file", "set it to the file with the passphrase"
        )
    elif stack.terminal:
        yield ok("Pulumi prompts for it")
    else:
        yield failure(
            "the stack's secrets are encrypted with a passphrase, and there is no terminal to prompt for it",
            "set PULUMI_CONFIG_PASSPHRASE, or PULUMI_CONFIG_PASSPHRASE_FILE",
        )


def _uses_passphrase(stack: PulumiStack) -> bool:
    provider = stack.settings.get("secretsprovider")
    if provider or stack.settings.get("encryptionsalt"):
        return not provider or provider == "passphrase"
    url = text(_whoami(stack).get("url"))
    return url is not None and not url.startswith("http")


def credentials(stack: PulumiStack) -> Iterator[CheckResult]:
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
        caller = mapping(asked(lambda: client("sts", region, login, _ATTEMPTS).get_caller_identity()))
    except Denied as error:
        is_clock = "Signature expired" in str(error) or "not yet current" in str(error)
        log_in = "log in with `aws sso login` or `aws configure`, or set AWS_PROFILE"
        yield failure(str(error), _CLOCK if is_clock else log_in)
    except AskError as error:
        yield failure(
            f"AWS does not answer in {region}: {error}", "check the network, the proxy and aws:region"
        )
    else:
        profile = login.profile or os.environ.get("AWS_PROFILE")
        yield ok(f"{caller.get('Arn')} in {region}{f', profile {profile}' if profile else ''}")
        yield from _clock(caller)


def _clock(answer: Mapping[str, Any]) -> Iterator[CheckResult]:
    """Warn of a clock that differs from that of AWS, by the time of an answer."""
    headers = mapping(mapping(answer.get("ResponseMetadata")).get("HTTPHeaders"))
    date = text(headers.get("date"))
    if date is None:
        return
    seconds = round(time.time() - parsedate_to_datetime(date).timestamp())
    if abs(seconds) > _SKEW:
        yield warning(
            f"this machine's clock is {abs(seconds)} s {'ahead of' if seconds > 0 else 'behind'} AWS", _CLOCK
        )


CHECKS: dict[str, tuple[Check, ...]] = {
    "up": (passphrase, credentials, image_builder),
    "preview": (passphrase, credentials),
    "refresh": (passphrase, credentials),
    "destroy": (passphrase, credentials),
    "stack init": (passphrase,),
    "stack select": (passphrase,),
}
"""The prerequisites of each Pulumi command other than a login."""


def unmet(command: str, stack: PulumiStack) -> list[CheckResult]:
    """Return the prerequisites of a Pulumi command, such as `up`, that are not met."""
    checks = CHECKS.get(command)
    if checks is None:
        return []
    # Each of these hides the next, and the other checks need a backend.
    for check in (readable, logged_in):
        if missing := _unmet(check, stack):
            return missing
    return [item for check in checks for item in _unmet(check, stack)]


def _unmet(check: Check, stack: PulumiStack) -> list[CheckResult]:
    return [item for item in check(stack) if item.level is not Level.OK]
