"""Compiled listener rules.

AWS pages: "Condition types for listener rules", "Action types for listener rules" (load balancer guide).
"""

import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qsl

from moorage.model.wildcards import wildcard

from .model import Json, ListenerSpec, RuleSpec

if TYPE_CHECKING:
    from multidict import MultiMapping


class RequestView(NamedTuple):
    """The parts of a request for conditions and redirect templates."""

    method: str
    host: str
    """The Host field in lower case, without its port."""
    path: str
    """As received: percent-encoded."""
    query: str
    """As received, without "?"."""
    headers: "MultiMapping[str]"
    source_ip: str
    """The peer's address. X-Forwarded-For is ignored, as on an ALB."""


@dataclass(slots=True)
class Weighted:
    """One target group of a forward action. `credit` is the state of the smooth weighted round robin."""

    arn: str
    weight: int
    credit: int = 0


@dataclass(slots=True)
class Forward:
    """Forward to a target group, chosen in exact proportion to the weights."""

    groups: list[Weighted]
    stickiness: float | None = None
    """Life of the AWSALBTG cookie in seconds, or None."""

    def next_group(self) -> str | None:
        """Return the ARN of the group for the next request; None when every weight is 0."""
        if len(self.groups) == 1:
            return self.groups[0].arn if self.groups[0].weight else None
        total = sum(group.weight for group in self.groups)
        if not total:
            return None
        for group in self.groups:
            group.credit += group.weight
        best = max(self.groups, key=lambda group: group.credit)
        best.credit -= total
        return best.arn


class Redirect(NamedTuple):
    """Redirect; templates contain #{protocol}, #{host}, #{port}, #{path} and #{query}."""

    status: int
    protocol: str
    host: str
    port: str
    path: str
    query: str

    def location(
        self, view: RequestView, tls: bool, public_port: int, local_port: Callable[[int], int | None]
    ) -> str:
        """Return the Location: computed with the ports on AWS, then mapped to local ones."""
        words = {
            "protocol": "https" if tls else "http",
            "host": view.host,
            "port": str(public_port),
            "path": view.path.removeprefix("/"),
            "query": view.query,
        }

        def fill(template: str) -> str:
            return re.sub(r"#\{(protocol|host|port|path|query)\}", lambda match: words[match[1]], template)

        scheme = fill(self.protocol).lower()
        port = int(fill(self.port))
        port = local_port(port) or port
        authority = fill(self.host)
        if port != (443 if scheme == "https" else 80):
            authority += f":{port}"
        query = fill(self.query)
        return f"{scheme}://{authority}{fill(self.path)}{'?' + query if query else ''}"


class Fixed(NamedTuple):
    """Answer with a fixed response."""

    status: int
    content_type: str
    body: bytes


class Unsupported(NamedTuple):
    """An action that is not run locally, which answers 501."""

    text: str


Action = Forward | Redirect | Fixed | Unsupported
Test = Callable[[RequestView], bool]


def _matchers(condition: Json, ignore_case: bool) -> list[Callable[[str], object]]:
    matchers = [wildcard(value, ignore_case) for value in condition.get("values") or ()]
    flags = re.IGNORECASE if ignore_case else 0
    return matchers + [re.compile(value, flags).search for value in condition.get("regexValues") or ()]


def _host(config: Json) -> Test:
    matchers = _matchers(config, ignore_case=True)
    return lambda view: any(match(view.host) for match in matchers)


def _path(config: Json) -> Test:
    matchers = _matchers(config, ignore_case=False)
    return lambda view: any(match(view.path) for match in matchers)


def _header(config: Json) -> Test:
    name = str(config["httpHeaderName"])
    matchers = _matchers(config, ignore_case=True)
    return lambda view: any(match(value) for value in view.headers.getall(name, []) for match in matchers)


def _method(config: Json) -> Test:
    return lambda view: view.method in config["values"]


def _source_ip(config: Json) -> Test:
    networks = [ipaddress.ip_network(value, strict=False) for value in config.get("values") or ()]
    return lambda view: any(ipaddress.ip_address(view.source_ip) in network for network in networks)


def _query(config: Sequence[Json]) -> Test:
    pairs = [
        (wildcard(item["key"], True) if item.get("key") else None, wildcard(item["value"], True))
        for item in config
    ]

    def test(view: RequestView) -> bool:
        parameters = parse_qsl(view.query, keep_blank_values=True)
        return any(
            match(value) and (match_key is None or match_key(key))
            for match_key, match in pairs
            for key, value in parameters
        )

    return test


_CONDITIONS: Mapping[str, Callable[[Any], Test]] = {
    "hostHeader": _host,
    "pathPattern": _path,
    "httpHeader": _header,
    "httpRequestMethod": _method,
    "sourceIp": _source_ip,
    "queryStrings": _query,
}


def compile_conditions(conditions: Iterable[Json]) -> list[Test]:
    """Return tests that must all pass. Raises ValueError for an unknown condition type."""
    tests: list[Test] = []
    for condition in conditions:
        for kind, config in condition.items():
            if config is None or config == []:
                continue
            if kind not in _CONDITIONS:
                types = ", ".join(_CONDITIONS)
                raise ValueError(f"condition {kind!r} is unknown: expected one of {types}")
            tests.append(_CONDITIONS[kind](config))
    return tests


def compile_action(actions: Sequence[Json]) -> Action:
    """Return the action that answers; an unsupported one in the list wins, since it would come first."""
    refused = sorted({str(action["type"]) for action in actions} - {"forward", "redirect", "fixed-response"})
    if refused:
        return Unsupported(f"action {', '.join(refused)} is not run locally")
    if not actions:
        return Unsupported("the action is declared outside this program")
    action = max(actions, key=lambda item: item.get("order") or 0)
    if action["type"] == "redirect":
        config: Json = action["redirect"]
        return Redirect(
            status=int(str(config["statusCode"]).removeprefix("HTTP_")),
            protocol=config.get("protocol") or "#{protocol}",
            host=config.get("host") or "#{host}",
            port=str(config.get("port") or "#{port}"),
            path=config.get("path") or "/#{path}",
            query="#{query}" if config.get("query") is None else config["query"],
        )
    if action["type"] == "fixed-response":
        config = action["fixedResponse"]
        return Fixed(
            status=int(config.get("statusCode") or 200),
            content_type=str(config["contentType"]),
            body=str(config.get("messageBody") or "").encode(),
        )
    if not action.get("forward"):
        return Forward([Weighted(str(action["targetGroupArn"]), 1)])
    config = action["forward"]
    sticky: Json = config.get("stickiness") or {}
    return Forward(
        [
            Weighted(str(item["arn"]), 1 if item.get("weight") is None else int(item["weight"]))
            for item in config["targetGroups"]
        ],
        # Pulumi's default for `enabled` is false, so a block with a duration only does not switch it on.
        float(sticky["duration"]) if sticky.get("enabled") else None,
    )


class Rules:
    """The compiled rules of one listener."""

    def __init__(self, spec: ListenerSpec) -> None:
        """Compile the rules. Raises ValueError, naming the listener, for invalid ones."""
        try:
            self.default = compile_action(spec.default_actions)
            self._rules = [
                (compile_conditions(rule.conditions), compile_action(rule.actions))
                for rule in sorted(spec.rules, key=lambda rule: rule.priority)
            ]
        except (KeyError, ValueError, re.error) as error:
            raise ValueError(f"listener {spec.arn}: {error}") from error
        self.trivial = not self._rules
        """True if there is only the default action, so that the request need not be read."""

    def match(self, view: RequestView) -> Action:
        """Return the action of the first rule, by priority, whose conditions all match; else the default."""
        for tests, action in self._rules:
            if all(test(view) for test in tests):
                return action
        return self.default

    def group_arns(self) -> set[str]:
        """Return the target groups that actions forward to."""
        actions = [self.default, *(action for _, action in self._rules)]
        return {group.arn for action in actions if isinstance(action, Forward) for group in action.groups}


def not_run_locally(default_actions: Sequence[Json], rules: Iterable[RuleSpec]) -> list[str]:
    """Return one line for every rule of a listener that answers 501, as its action is not run locally."""
    actions = {"default action": default_actions} | {f"rule {rule.priority}": rule.actions for rule in rules}
    compiled = {where: compile_action(declared) for where, declared in actions.items()}
    return [f"{where}: {item.text}" for where, item in compiled.items() if isinstance(item, Unsupported)]
