"""Controls of the AWS Foundational Security Best Practices (FSBP) standard.

A control checks the plain inputs of one resource and those that refer to it. It ignores unknown values.
"""

import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from typing import Any, cast

from moorage.graph import View
from moorage.graph.values import within
from moorage.offline import UNKNOWN, Resource, reveal
from moorage.offline.values import Json, statements


class ControlSeverity(StrEnum):
    """The severity that AWS gives a control."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


STANDARD: Mapping[str, tuple[str, str]] = tomllib.loads(
    files(__package__ or "").joinpath("standard.toml").read_text(encoding="utf-8")
)
"""The severity and the title of each control in AWS Security Hub, by id, in the order of the standard."""


@dataclass(frozen=True, slots=True)
class Breach:
    """A violation of a control, with the fix."""

    message: str
    fix: str


Check = Callable[[Resource, View], Breach | None]


@dataclass(frozen=True, slots=True)
class Control:
    """One control of the standard."""

    id: str
    """The id in AWS Security Hub, such as `ECS.5`."""
    types: tuple[str, ...]
    """The types of resources that it checks; of aliases the standard one."""
    check: Check
    passes: str
    """The way to pass it with moorage: an argument, or what a component always does."""

    @property
    def severity(self) -> ControlSeverity:
        """Return the severity in AWS Security Hub."""
        return ControlSeverity(STANDARD[self.id][0])

    @property
    def title(self) -> str:
        """Return the title in AWS Security Hub."""
        return STANDARD[self.id][1]

    @property
    def source(self) -> str:
        """Return the URL of the control in the Security Hub user guide."""
        service, _, number = self.id.lower().partition(".")
        guide = "https://docs.aws.amazon.com/securityhub/latest/userguide"
        return f"{guide}/{service}-controls.html#{service}-{number}"


ON = (True, "true")
"""The values of a flag that is set; launch templates have strings."""


Condition = Callable[[Resource, View], bool]


def breach_unless(message: str, fix: str) -> Callable[[Condition], Check]:
    """Make a condition a check: the breach if it does not hold for a resource."""

    def check_of(condition: Condition) -> Check:
        return lambda resource, view: None if condition(resource, view) else Breach(message, fix)

    return check_of


def used(property_: str, *types: str) -> Condition:
    """Return the condition that a resource of some types names the checked one in an input."""
    return lambda resource, view: bool(view.links.users(resource, property_, *types))


def in_two_zones(inputs: tuple[str, ...], message: str) -> Check:
    """Return a check of the first of some inputs that is set: a list of subnets, or of zones."""

    def check(resource: Resource, _: View) -> Breach | None:
        places = next((setting for name in inputs if (setting := value(resource, name)) is not None), UNKNOWN)
        if places is UNKNOWN or len(places) > 1:
            return None
        fix = "network: public_subnet_ids and private_subnet_ids in at least two zones"
        return Breach(message.format(len(places)), fix)

    return check


def required(path: str, allowed: tuple[Any, ...], message: str, fix: str, default: Any = None) -> Check:
    """Return a check that an input, such as `metadataOptions.httpTokens`, has an allowed value.

    `message` can have a placeholder for the value.
    """

    def check(resource: Resource, _: View) -> Breach | None:
        setting = value(resource, *path.split("."), default=default)
        return None if one_of(setting, allowed) else Breach(message.format(setting), fix)

    return check


def refused(path: str, values: tuple[Any, ...], message: str, fix: str, default: Any = None) -> Check:
    """Return a check that an input does not have one of some values."""

    def check(resource: Resource, _: View) -> Breach | None:
        setting = value(resource, *path.split("."), default=default)
        return Breach(message.format(setting), fix) if setting in values else None

    return check


def value(resource: Resource, *path: str | int, default: Any = None) -> Any:
    """Return the value of an input at a path; `default` if it is not set, or UNKNOWN."""
    first, *rest = path
    return at(reveal(resource.inputs.get(str(first))), *rest, default=default)


def at(setting: Any, *path: str | int, default: Any = None) -> Any:
    """Return the value at a path in `setting`, like `value`."""
    result = within(setting, *path)
    return default if result is None else result


def items(setting: Any) -> list[Any]:
    """Return the known elements of a list; none if it is unknown or not set."""
    elements = cast("list[Any]", setting) if isinstance(setting, list) else []
    return [item for item in elements if item is not UNKNOWN]


def on(flag: Any) -> bool:
    """Return whether a flag is set or unknown."""
    return one_of(flag, ON)


def one_of(setting: Any, allowed: Iterable[Any]) -> bool:
    """Return whether a value is allowed or unknown."""
    return setting is UNKNOWN or setting in allowed


def document(policy: Any) -> list[Mapping[str, Any]] | None:
    """Return the statements of a policy document with lists for actions, resources and principals; None if
    it is unknown."""
    entries = statements(policy)
    return None if entries is None else [_with_principals(statement) for statement in entries]


def anybody(statement: Mapping[str, Any]) -> bool:
    """Return whether a statement allows any principal, without a condition."""
    return (
        statement.get("Effect") == "Allow"
        and "*" in statement.get("Principal", [])
        and not statement.get("Condition")
    )


def _with_principals(statement: Json) -> Json:
    principal = statement.get("Principal", [])
    if isinstance(principal, dict):
        principal = cast(Json, principal).get("AWS", [])
    principals = cast("list[Any]", principal) if isinstance(principal, list) else [principal]
    return {"Action": [], "Resource": [], **statement, "Principal": principals}
