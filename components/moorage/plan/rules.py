"""The list of all rules and controls, and a stack's exceptions from them."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from moorage.console import heading
from moorage.model.configuration import EXCEPTIONS_KEY
from moorage.offline.values import Json, mapping, parsed

from . import previewing
from .exceptions import RuleException
from .finding import RuleRecord
from .policy import CONTROLS
from .preflight import RULES

_ALL_RULES = (*RULES, *previewing.RULES)


def exceptions_in(config: Mapping[str, str]) -> tuple[RuleException, ...]:
    """Return the exceptions of a stack's configuration, `moorage:policyExceptions`.

    Raises:
        ValueError: the value is invalid, or names a rule that cannot be accepted; the message has the path.
    """
    text = config.get(EXCEPTIONS_KEY)
    if not text:
        return ()
    value = parsed(text)
    if not isinstance(value, list):
        raise ValueError(
            f"{EXCEPTIONS_KEY}: must be a list of exceptions with controls or rules, and a reason"
        )
    entries = {f"{EXCEPTIONS_KEY}[{index}]": entry for index, entry in enumerate(cast("list[Any]", value))}
    if problems := [text for place, entry in entries.items() for text in _problems(place, mapping(entry))]:
        raise ValueError("\n".join(problems))
    return tuple(
        RuleException(
            (*_ids(entry, "controls"), *_ids(entry, "rules")),
            entry["reason"].strip(),
            entry.get("resource", "*"),
            place,
        )
        for place, entry in entries.items()
    )


def _problems(place: str, fields: Json) -> Iterator[str]:
    if not fields or set(fields) - {"controls", "rules", "reason", "resource"}:
        yield f"{place}: must be an object with controls or rules, a reason and optionally a resource"
        return
    lists = {field: fields.get(field, []) for field in ("controls", "rules")}
    yield from (
        f"{place}.{field}: must be a list" for field, ids in lists.items() if not isinstance(ids, list)
    )
    if not any(lists.values()):
        yield f"{place}: controls or rules is required: a list of ids such as ECS.5"
    acceptable = {rule.id: rule.acceptable for rule in _ALL_RULES}
    for field, allowed in (("controls", {control.id for control in CONTROLS}), ("rules", acceptable)):
        for id_ in _ids(fields, field):
            if id_ not in allowed:
                yield f"{place}.{field}: {id_!r}: unknown id; run `moorage plan --rules` for the list"
            elif not acceptable.get(id_, True):
                text = "cannot be accepted, because the deployment fails; fix the program"
                yield f"{place}.rules: {id_} {text}"
    reason, resource = fields.get("reason"), fields.get("resource", "*")
    if not isinstance(reason, str) or not reason.strip():
        yield f"{place}.reason: required; explain why the finding is accepted"
    if not isinstance(resource, str) or not resource:
        yield f"{place}.resource: must be the name of a resource"


def _ids(fields: Json, field: str) -> tuple[str, ...]:
    ids = fields.get(field)
    return tuple(map(str, cast("list[Any]", ids))) if isinstance(ids, list) else ()


def rules_document() -> dict[str, Any]:
    """Return every rule and control as plain JSON values."""
    shared = ("id", "severity", "title", "source")
    return {
        "version": 1,
        "rules": [
            {name: getattr(rule, name) for name in (*shared, "may_warn", "fix", "acceptable")}
            for rule in _ALL_RULES
        ],
        "controls": [
            {**{name: getattr(control, name) for name in shared}, "acceptable": True} for control in CONTROLS
        ],
    }


def rules_report() -> list[RenderableType]:
    """Return the list of every rule and control."""
    parts: list[RenderableType] = [Text(f"Preflight rules ({len(RULES)})", "bold")]
    parts += _entries(RULES)
    parts.append(heading(f"Preview rules ({len(previewing.RULES)})"))
    parts += _entries(previewing.RULES)
    parts.append(heading(f"Policy controls ({len(CONTROLS)})"))
    for control in CONTROLS:
        parts += _entry(control.id, control.severity, control.title, control.source)
    return parts


def _entries(rules: Iterable[RuleRecord]) -> Iterator[RenderableType]:
    for rule in rules:
        severity = f"{rule.severity} or warning" if rule.may_warn else rule.severity
        yield from _entry(rule.id, severity, rule.title, rule.source)


def _entry(id_: str, severity: str, title: str, source: str) -> list[RenderableType]:
    name = Text.assemble((id_, "bold"), f"  {severity}")
    return [
        Padding.indent(name, 2),
        *(Padding.indent(line, 4) for line in (Text(title), Text(source, "dim"))),
    ]
