"""A load balancer's arguments with every default resolved, and its own rules: redirects and fixed responses.

AWS pages: "Action types for listener rules"; API reference, RedirectActionConfig, FixedResponseActionConfig.
"""

from typing import Any, NamedTuple

from .choices import BalancerType, Failover, IpAddressType, MutualMode, RecordType
from .domains import check_issuable, is_ipv6
from .fields.values import Values
from .listener_rules import Rule, rule_priority
from .lookup import described, described_if_given
from .problems import Problems

_PORTS = {"HTTP": 80, "HTTPS": 443}
_LISTS = ("redirects", "fixed_responses")


class RoutingSpec(NamedTuple):
    """The routing policy of the records: by weight or failover, among records of the same name."""

    set_identifier: str
    weight: int | None
    failover: Failover | None


class OwnRule(NamedTuple):
    """A rule of the load balancer itself."""

    priority: int
    rule: Rule
    action: dict[str, Any]
    """In the provider's form."""


class BalancerSpec(NamedTuple):
    """A load balancer with every default resolved."""

    preset: str
    type: BalancerType
    fixed_name: str | None
    internal: bool
    ip_address_type: IpAddressType
    given_address_type: IpAddressType | None
    """None lets a live load balancer keep its own."""
    allowed_cidrs: tuple[str, ...]
    domain: str | None
    domains: tuple[str, ...]
    """The further ones."""
    record_type: RecordType
    routing: RoutingSpec | None
    tls_policy: str
    mutual_mode: MutualMode | None
    """None lets live listeners keep their own."""
    ports: tuple[int, ...]
    """The further ones."""
    cross_zone: bool
    idle_timeout: int
    """Seconds."""
    keep_alive: int | None
    """Seconds; None for AWS's default."""
    access_logs: bool
    waf: bool
    rules: tuple[OwnRule, ...]
    default_action: dict[str, Any] | None
    """In the provider's form; None for a response with status 404."""


def balancer_spec(name: str, values: Values) -> BalancerSpec:
    """Return the load balancer that the arguments describe."""
    return described(
        BalancerSpec,
        values,
        fixed_name=values["load_balancer_name"],
        given_address_type=values.given("ip_address_type"),
        routing=described_if_given(RoutingSpec, values, "routing"),
        access_logs=values["access_logs"] and values["type"] is BalancerType.APPLICATION,
        rules=_own_rules(name, values),
        default_action=_action(values, "default_action.") if values.has("default_action") else None,
        mutual_mode=values["mutual_authentication.mode"],
    )


def check_balancer(name: str, values: Values, problems: Problems) -> None:
    """Check a load balancer's arguments against each other."""
    if not values.has("certificate_arn"):
        check_issuable("domain", values["domain"], problems)
    _check_own_rules(name, values, problems)
    for index, port in enumerate(values.given("ports") or ()):
        if port in (80, 443):
            problems.add(
                f"ports[{index}]", port, "is not a further port: it listens on 80, and 443 for HTTPS"
            )
    for path in ("allowed_cidrs", "domains", "ports"):
        items: list[Any] = values.given(path) or []
        for index, item in enumerate(items):
            if item in items[:index] or (path == "domains" and item == values["domain"]):
                problems.add(f"{path}[{index}]", item, "is given twice")
    addresses = values["ip_address_type"]
    for index, cidr in enumerate(values.given("allowed_cidrs") or ()):
        if is_ipv6(cidr) and addresses == IpAddressType.IPV4:
            wrong = "is an IPv6 range, whose clients need ip_address_type dualstack"
            problems.add(f"allowed_cidrs[{index}]", cidr, wrong)
    if addresses == IpAddressType.DUALSTACK_WITHOUT_PUBLIC_IPV4 and values["internal"]:
        wrong = "cannot be combined with internal, which has no public addresses; set dualstack"
        problems.add("ip_address_type", addresses, wrong)
    if addresses == IpAddressType.DUALSTACK_WITHOUT_PUBLIC_IPV4 and values["type"] is BalancerType.NETWORK:
        problems.add("ip_address_type", addresses, "is not one of a network load balancer; set dualstack")
    mutual = "mutual_authentication"
    if values[f"{mutual}.mode"] is MutualMode.VERIFY and not values.has(f"{mutual}.trust_store_arn"):
        problems.say(f"{mutual}.trust_store_arn", "is required with mode verify")
    if values.has("routing") and not (values.has("routing.weight") or values.has("routing.failover")):
        problems.say("routing", "needs weight or failover")


def _own_rules(name: str, values: Values) -> tuple[OwnRule, ...]:
    """Return the redirects and fixed responses, with priorities as the apps' rules have them."""
    return tuple(
        OwnRule(rule_priority(name, _rule(item)), _rule(item), _action(item))
        for path in _LISTS
        for item in values.inner(path)
    )


def _action(values: Values, where: str = "") -> dict[str, Any]:
    """Return the action of the arguments at the path `where`: a redirect if they have a target."""
    status = values[f"{where}status"]
    if values.has(f"{where}to"):
        to = {key: values[f"{where}to.{key}"] for key in ("protocol", "host", "port", "path", "query")}
        port = to["port"] or _PORTS.get(to["protocol"])
        config = {**to, "port": port and str(port), "status_code": f"HTTP_{status or 301}"}
        return {"type": "redirect", "redirect": _without_none(config)}
    config = {
        "status_code": str(status),
        "content_type": values[f"{where}content_type"],
        "message_body": values[f"{where}body"],
    }
    return {"type": "fixed-response", "fixed_response": _without_none(config)}


def _check_own_rules(name: str, values: Values, problems: Problems) -> None:
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


def _without_none(config: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in config.items() if value is not None}
