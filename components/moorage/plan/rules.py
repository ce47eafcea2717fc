"""All rules and controls of a plan: their list, and the exceptions that a stack makes from them."""

from collections.abc import Mapping
from typing import Any

from .exceptions import Acceptable, RuleException, parse
from .policy import CONTROLS
from .preflight import RULES
from .text import Style


def exceptions_in(config: Mapping[str, str]) -> tuple[RuleException, ...]:
    """Return what a stack's configuration accepts, under `moorage:policyExceptions`.

    Raises:
        ValueError: the value is not of that form; the text says where.
    """
    known = Acceptable(
        controls=frozenset(control.id for control in CONTROLS),
        rules=frozenset(rule.id for rule in RULES if rule.acceptable),
        refused=frozenset(rule.id for rule in RULES if not rule.acceptable),
    )
    return parse(config, known)


def rules_document() -> dict[str, Any]:
    """Return every rule and control as plain JSON values."""
    return {
        "version": 1,
        "rules": [
            {
                "id": rule.id,
                "severity": rule.severity,
                "may_warn": rule.may_warn,
                "title": rule.title,
                "fix": rule.fix,
                "source": rule.source,
                "acceptable": rule.acceptable,
            }
            for rule in RULES
        ],
        "controls": [
            {
                "id": control.id,
                "severity": control.severity,
                "title": control.title,
                "source": control.source,
                "acceptable": True,
            }
            for control in CONTROLS
        ],
    }


def rules_lines(style: Style) -> list[str]:
    """Return the lines that list every rule and control."""
    lines = [style.paint(f"Preflight rules ({len(RULES)})", "bold")]
    for rule in RULES:
        severity = f"{rule.severity} or warning" if rule.may_warn else rule.severity
        lines += _entry(style, rule.id, severity, rule.title, rule.source)
    lines += ["", style.paint(f"Policy controls ({len(CONTROLS)})", "bold")]
    for control in CONTROLS:
        lines += _entry(style, control.id, control.severity, control.title, control.source)
    return lines


def _entry(style: Style, id_: str, severity: str, title: str, source: str) -> list[str]:
    return [
        f"  {style.paint(id_, 'bold')}  {severity}",
        *style.wrapped(title, 4),
        *[style.paint(line, "dim") for line in style.wrapped(source, 4)],
    ]
