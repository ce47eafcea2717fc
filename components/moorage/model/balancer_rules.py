"""A load balancer's own rules: redirects and fixed responses.

AWS pages: "Action types for listener rules"; API reference, RedirectActionConfig, FixedResponseActionConfig.
"""

from typing import Any, NamedTuple

from .fields.values import Values
from .listener_rules import Rule, rule_priority
from .problems import Problems

_PORTS = {"HTTP": 80, "HTTPS": 443}
_LISTS = ("redirects", "fixed_responses")


class OwnRule(NamedTuple):
    """A rule of the load balancer itself."""

    priority: int
    rule: Rule
    action: dict[str, Any]
    """In the provider's form."""


def own_rules(name: str, values: Values) -> tuple[OwnRule, ...]:
    """Return the redirects and fixed responses, with priorities as the apps' rules have them."""
    return tuple(
        OwnRule(rule_priority(name, _rule(item)), _rule(item), action(item))
        for path in _LISTS
        for item in values.inner(path)
    )


def action(values: Values, where: str = "") -> dict[str, Any]:
    """Return the action of the arguments at the path `where`: a redirect if they have a target."""
    status = values[f"{where}status"]
    if values.has(f"{where}to"):
        to = {key: values[f"{where}to.{key}"] for key in ("protocol", "host", "port", "path", "query")}
        port = to["port"] or _PORTS.get(to["protocol"])
        given = {**to, "port": port and str(port), "status_code": f"HTTP_{status or 301}"}
        return {"type": "redirect", "redirect": _without_none(given)}
    given = {
        "status_code": str(status),
        "content_type": values[f"{where}content_type"],
        "message_body": values[f"{where}body"],
    }
    return {"type": "fixed-response", "fixed_response": _without_none(given)}


def check_own_rules(name: str, values: Values, problems: Problems) -> None:
    """Check redirects, fixed responses and the default action."""
    held: dict[int, str] = {}
    for path in _LISTS:
        for index, item in enumerate(values.inner(path)):
            where, rule = f"{path}[{index}]", _rule(item)
            if rule.host is None and rule.path is None:
                problems.say(where, "needs host or path; for all other requests set default_action")
                continue
            _check_action(where, item, "", problems)
            priority = rule_priority(name, rule)
            if priority in held:
                wrong = (
                    f"has priority {priority}, as {held[priority]}; give it another host, path or priority"
                )
                problems.add(where, rule.described, wrong)
            held[priority] = where
    if values.has("default_action"):
        _check_action("default_action", values, "default_action.", problems)


def _rule(item: Values) -> Rule:
    return Rule(None if item["host"] == "*" else item["host"], item["path"], item["priority"])


def _check_action(where: str, values: Values, path: str, problems: Problems) -> None:
    """Check an action; a redirect that does not change the URL would be followed again and again."""
    status = values.given(f"{path}status")
    if not values.has(f"{path}to"):
        if status is None:
            problems.say(where, "needs to, for a redirect, or status, for a fixed response")
        elif not (200 <= status < 300 or 400 <= status < 600):
            problems.add(f"{where}.status", status, "must be from 200 to 299 or from 400 to 599")
        return
    if path and status not in (None, 301, 302):
        problems.add(f"{where}.status", status, "must be 301 or 302 for a redirect")
    changed = [key for key in ("protocol", "port") if values.has(f"{path}to.{key}")]
    for key in ("host", "path"):
        new = values.given(f"{path}to.{key}")
        changed += [key] if new is not None and (path or new != values.given(key)) else []
    if not changed:
        problems.say(f"{where}.to", "needs another host, path, protocol or port: it redirects to itself")


def _without_none(given: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in given.items() if value is not None}
