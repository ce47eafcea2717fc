"""The project that an import writes: components with their arguments by stack, configuration and outputs."""

import keyword
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from moorage.model.names import LONGEST_NAME, shorten

from .report import Report

DEV = "dev"
"""The stack of a source without environments."""

TO_BE_SET = "to-be-set"
"""The stand-in of a setting whose form is not known."""

Arguments = dict[str, Any]
"""Arguments of a component: plain values, and `Code`."""


@dataclass(frozen=True, slots=True)
class Code:
    """An expression of the program."""

    text: str


@dataclass(frozen=True, slots=True)
class Call:
    """A call in the program, whose arguments are values."""

    function: str
    positional: tuple[Any, ...] = ()
    named: tuple[tuple[str, Any], ...] = ()
    attribute: str = ""
    """The attribute of the result that is read, such as `.arn`."""


@dataclass(slots=True)
class Declaration:
    """A variable of the program: a component of moorage, or a resource of the provider."""

    variable: str
    kind: str
    """The class, such as `ContainerApp` or `aws.sns.Topic`."""
    name: str
    by_stack: dict[str, Arguments]
    """Its arguments in each stack."""

    @property
    def is_component(self) -> bool:
        """True if it is a component of moorage; others have keyword arguments."""
        return "." not in self.kind

    def read(self, attribute: str) -> Code:
        """Return the expression of an attribute."""
        return Code(f"{self.variable}.{attribute}")

    @property
    def ref(self) -> Code:
        """The expression by which other components take it."""
        return self.read("ref")


@dataclass(frozen=True, slots=True)
class Setting:
    """A value that the user sets before the first deployment."""

    key: str
    description: str
    secret: bool
    stand_in: str
    """The value of `moorage plan` and `moorage local` until then."""


@dataclass(slots=True)
class Project:
    """A project to write."""

    name: str
    source: str
    """The source, as the documentation of the program names it."""
    region: str
    stacks: list[str] = field(default_factory=lambda: [DEV])
    declarations: list[Declaration] = field(default_factory=list[Declaration])
    settings: dict[str, Setting] = field(default_factory=dict[str, Setting])
    exports: dict[str, str] = field(default_factory=dict[str, str])
    """Expressions by the name of the stack's output."""
    files: dict[str, str] = field(default_factory=dict[str, str])
    """Further files of the project, by name."""
    steps: list[str] = field(default_factory=list[str])
    """The steps before the first deployment, in Markdown."""
    report: Report = field(default_factory=Report)
    regions: set[str] = field(default_factory=set[str])
    """Regions that the source names, beside those in arguments."""

    def declare(self, kind: str, name: str, arguments: Arguments, variable: str = "") -> Declaration:
        """Add a declaration with the same arguments in all stacks, and return it."""
        return self.declare_by_stack(kind, name, dict.fromkeys(self.stacks, arguments), variable)

    def declare_by_stack(
        self, kind: str, name: str, by_stack: Mapping[str, Arguments], variable: str = ""
    ) -> Declaration:
        """Add a declaration with the arguments in each stack, and return it."""
        taken = {declaration.variable for declaration in self.declarations}
        arguments = {stack: dict(by_stack[stack]) for stack in self.stacks}
        made = Declaration(variable_name(variable or name, taken), kind, logical_name(name), arguments)
        self.declarations.append(made)
        return made

    def setting(
        self, words: Sequence[str], description: str, *, secret: bool = False, stand_in: str = TO_BE_SET
    ) -> Call:
        """Add a setting whose key is made of words, and return the expression that reads it.

        Of several stand-ins the first one with a form stays.
        """
        key = setting_key(words)
        setting = self.settings.setdefault(key, Setting(key, description, secret, stand_in))
        if setting.stand_in == TO_BE_SET:
            self.settings[key] = replace(setting, stand_in=stand_in)
        return Call("config.require_secret" if secret else "config.require", (key,))


FILE_SYSTEM, GROUP, ZONE = "fs-0123456789abcdef0", "sg-0123456789abcdef0", "Z0123456789ABCDEFGHIJ"
PARAMETER = "arn:aws:ssm:us-east-1:123456789012:parameter/to-be-set"
TOPIC = "arn:aws:sns:us-east-1:123456789012:to-be-set"
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef"
"""Stand-ins that have the form of the value."""

_OF_THE_PROGRAM = frozenset(("config", "pulumi", "aws", "settings", "environment"))


def variable_name(name: str, taken: Iterable[str]) -> str:
    """Return a name as a variable of the program, different from others."""
    base = re.sub(r"\W+", "_", re.sub("[^ -~]", "_", name)).strip("_").lower() or "app"
    base = f"app_{base}" if base[0].isdigit() else base
    refused = {*taken, *_OF_THE_PROGRAM}
    if keyword.iskeyword(base) or keyword.issoftkeyword(base) or base in refused:
        base = f"{base}_app"
    variable, number = base, 1
    while variable in refused:
        number += 1
        variable = f"{base}_{number}"
    return variable


def logical_name(name: str) -> str:
    """Return a name as the logical name of a component."""
    made = re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-") or "app"
    if not made[0].isalpha() or re.match(r"(sg|internal|aws)(-|$)", made.lower()):
        made = f"app-{made}"
    return shorten(made, LONGEST_NAME)


def setting_key(words: Sequence[str]) -> str:
    """Return words as a key of the configuration, in camel case."""
    parts = [part for word in words for part in re.findall(r"[A-Za-z0-9]+", word)]
    small = [part.lower() if part.isupper() else part for part in parts]
    first, *others = small or ["value"]
    return first[0].lower() + first[1:] + "".join(part[0].upper() + part[1:] for part in others)


def role_arn(role: str) -> str | Call:
    """Return the ARN of a role; for its name, the expression that looks the ARN up."""
    if role.startswith("arn:"):
        return role
    name = re.sub("^.*:role/", "", role)
    return Call("aws.iam.get_role_output", named=(("name", name),), attribute=".arn")


def relative(path: str | Path, folder: Path) -> str:
    """Return a path relative to a folder, such as that of the new project."""
    return Path(os.path.relpath(os.path.abspath(path), os.path.abspath(folder))).as_posix()
