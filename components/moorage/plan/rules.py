"""The list of all rules and controls, and a stack's exceptions from them."""

from collections.abc import Mapping
from typing import Any

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from moorage.console import heading

from .exceptions import Acceptable, RuleException, parse
from .policy import CONTROLS
from .preflight import RULES


def exceptions_in(config: Mapping[str, str]) -> tuple[RuleException, ...]:
    """Return the exceptions of a stack's configuration, `moorage:policyExceptions`.

    Raises:
        ValueError: the value is invalid; the message has the path.
    """
    known = Acceptable(
        controls=frozenset(control.id for control in CONTROLS),
        rules=frozenset(rule.id for rule in RULES if rule.acceptable),
        refused=frozenset(rule.id for rule in RULES if not rule.acceptable),
    )
    return parse(config, known)


def rules_document() -> dict[str, Any]:
    """Return every rule and control as plain JSON values."""
    shared = ("id", "severity", "title", "source")
    return {
        "version": 1,
        "rules": [
            {name: getattr(rule, name) for name in (*shared, "may_warn", "fix", "acceptable")}
            for rule in RULES
        ],
        "controls": [
            {**{name: getattr(control, name) for name in shared}, "acceptable": True} for control in CONTROLS
        ],
    }


def rules_report() -> list[RenderableType]:
    """Return the list of every rule and control."""
    parts: list[RenderableType] = [Text(f"Preflight rules ({len(RULES)})", "bold")]
    for rule in RULES:
        severity = f"{rule.severity} or warning" if rule.may_warn else rule.severity
        parts += _entry(rule.id, severity, rule.title, rule.source)
    parts.append(heading(f"Policy controls ({len(CONTROLS)})"))
    for control in CONTROLS:
        parts += _entry(control.id, control.severity, control.title, control.source)
    return parts


def _entry(id_: str, severity: str, title: str, source: str) -> list[RenderableType]:
    name = Text.assemble((id_, "bold"), f"  {severity}")
    return [
        Padding.indent(name, 2),
        *(Padding.indent(each, 4) for each in (Text(title), Text(source, "dim"))),
    ]
