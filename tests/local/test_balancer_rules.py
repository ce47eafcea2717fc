"""Listener rules: what matches, in which order, and what is answered. No sockets."""

import collections
from typing import Any

import pytest
from multidict import CIMultiDict

from moorage.local.balancer.model import ListenerSpec, RuleSpec
from moorage.local.balancer.rules import (
    Fixed,
    Forward,
    Redirect,
    RequestView,
    Rules,
    Unsupported,
    compile_action,
    compile_conditions,
    not_run_locally,
)


def request(
    url: str = "/", method: str = "GET", host: str = "app.example.com", **headers: str
) -> RequestView:
    path, _, query = url.partition("?")
    fields = CIMultiDict({name.replace("_", "-"): value for name, value in headers.items()})
    return RequestView(method, host, path, query, fields, "127.0.0.1")


def host(*values: str) -> dict[str, Any]:
    return {"hostHeader": {"values": list(values)}}


def path(*values: str) -> dict[str, Any]:
    return {"pathPattern": {"values": list(values)}}


def header(name: str, *values: str) -> dict[str, Any]:
    return {"httpHeader": {"httpHeaderName": name, "values": list(values)}}


def query(*pairs: tuple[str | None, str]) -> dict[str, Any]:
    return {
        "queryStrings": [{"key": key, "value": value} if key else {"value": value} for key, value in pairs]
    }


CONDITIONS = [
    # what, conditions, request, whether they hold
    ("exact path", [path("/api")], request("/api"), True),
    ("path is whole", [path("/api")], request("/api/x"), False),
    ("path is case-sensitive", [path("/API")], request("/api"), False),
    ("* crosses slashes", [path("/api/*")], request("/api/a/b"), True),
    ("* may be empty", [path("/api/*")], request("/api/"), True),
    ("? is one character", [path("/v?/x")], request("/v2/x"), True),
    ("? is not none", [path("/v?/x")], request("/v/x"), False),
    ("a dot is a dot", [path("/a.b")], request("/aXb"), False),
    ("brackets are brackets", [path("/[ab]")], request("/a"), False),
    ("the path does not include the query", [path("/api")], request("/api?x=1"), True),
    ("values are ORed", [path("/a", "/b")], request("/b"), True),
    ("path regex", [{"pathPattern": {"regexValues": ["^/v[0-9]+/"]}}], request("/v12/x"), True),
    ("path regex, no match", [{"pathPattern": {"regexValues": ["^/v[0-9]+/"]}}], request("/vx/x"), False),
    ("exact host", [host("app.example.com")], request(), True),
    ("host ignores case", [host("APP.Example.com")], request(), True),
    ("host wildcard", [host("*.example.com")], request(), True),
    ("host wildcard is not the apex", [host("*.example.com")], request(host="example.com"), False),
    ("host regex", [{"hostHeader": {"regexValues": [r"^app\."]}}], request(), True),
    ("header", [header("X-Beta", "yes")], request(x_beta="yes"), True),
    ("header value ignores case", [header("x-beta", "YES")], request(x_beta="yes"), True),
    ("header wildcard", [header("User-Agent", "*Chrome*")], request(user_agent="A Chrome/1"), True),
    ("header missing", [header("X-Beta", "*")], request(), False),
    (
        "header regex",
        [{"httpHeader": {"httpHeaderName": "X-V", "regexValues": ["^[0-9]$"]}}],
        request(x_v="7"),
        True,
    ),
    ("method", [{"httpRequestMethod": {"values": ["GET", "HEAD"]}}], request(method="HEAD"), True),
    ("method, other", [{"httpRequestMethod": {"values": ["GET"]}}], request(method="POST"), False),
    ("query pair", [query(("v", "1"))], request("/?v=1"), True),
    ("query pair, other value", [query(("v", "1"))], request("/?v=2"), False),
    ("query ignores case", [query(("V", "ABC"))], request("/?v=abc"), True),
    ("query value only", [query((None, "1"))], request("/?x=1"), True),
    ("query wildcard", [query(("v*", "?"))], request("/?version=3"), True),
    ("query, literal star", [query(("q", r"\*"))], request("/?q=x"), False),
    ("query, literal star matches", [query(("q", r"\*"))], request("/?q=*"), True),
    ("query is decoded", [query(("q", "a b"))], request("/?q=a%20b"), True),
    ("query pairs are ORed", [query(("a", "1"), ("b", "2"))], request("/?b=2"), True),
    ("source address", [{"sourceIp": {"values": ["127.0.0.0/8"]}}], request(), True),
    ("source address, other", [{"sourceIp": {"values": ["10.0.0.0/8"]}}], request(), False),
    ("conditions are ANDed", [path("/a"), host("x.com")], request("/a"), False),
    ("conditions, all hold", [path("/a"), host("app.*")], request("/a"), True),
    ("no condition", [], request(), True),
]


@pytest.mark.parametrize(
    ("conditions", "view", "holds"), [c[1:] for c in CONDITIONS], ids=[c[0] for c in CONDITIONS]
)
def test_condition(conditions: list[dict[str, Any]], view: RequestView, holds: bool) -> None:
    assert all(test(view) for test in compile_conditions(conditions)) is holds


def test_an_unknown_condition_is_named_with_its_listener() -> None:
    with pytest.raises(ValueError, match=r"listener arn:l: condition 'queryString' is unknown"):
        Rules(ListenerSpec("arn:l", 1, rules=[RuleSpec(1, [{"queryString": [{}]}], [])]))


def fixed(body: str) -> list[dict[str, Any]]:
    response = {"contentType": "text/plain", "statusCode": "200", "messageBody": body}
    return [{"type": "fixed-response", "fixedResponse": response}]


def test_the_lowest_priority_number_wins_whatever_the_order() -> None:
    spec = ListenerSpec(
        "l",
        1,
        default_actions=fixed("default"),
        rules=[
            RuleSpec(30, [path("/*")], fixed("late")),
            RuleSpec(5, [path("/a*")], fixed("first")),
            RuleSpec(10, [path("/ab")], fixed("second")),
        ],
    )
    rules = Rules(spec)
    answers = {url: rules.match(request(url)) for url in ("/ab", "/b", "*")}
    assert {url: action.body for url, action in answers.items() if isinstance(action, Fixed)} == {
        "/ab": b"first",
        "/b": b"late",
        "*": b"default",
    }


def forward(stickiness: dict[str, Any] | None = None, **weights: float | None) -> Forward:
    groups = [
        {"arn": arn} if weight is None else {"arn": arn, "weight": weight} for arn, weight in weights.items()
    ]
    config = {"targetGroups": groups, "stickiness": stickiness}
    action = compile_action([{"type": "forward", "forward": config}])
    assert isinstance(action, Forward)
    return action


def test_weights_are_exact_over_a_cycle_and_interleaved() -> None:
    action = forward(blue=3.0, green=1.0, off=0.0)
    picks = [action.next_group() for _ in range(8)]
    assert picks == ["blue", "blue", "green", "blue"] * 2
    many = forward(a=90, b=9, c=1)
    assert collections.Counter(many.next_group() for _ in range(1000)) == {"a": 900, "b": 90, "c": 10}


def test_a_forward_without_weights_and_one_with_none_left() -> None:
    assert {forward(a=None, b=None).next_group() for _ in range(2)} <= {"a", "b"}
    assert forward(a=0, b=0).next_group() is None
    assert forward(a=0).next_group() is None
    simple = compile_action([{"type": "forward", "targetGroupArn": "tg"}])
    assert isinstance(simple, Forward)
    assert simple.next_group() == "tg"


def test_stickiness_has_to_be_enabled() -> None:
    assert forward({"enabled": True, "duration": 60.0}, a=1).stickiness == 60
    assert forward({"duration": 60.0}, a=1).stickiness is None


REDIRECTS = [
    # what            config                                             url         public  tls    location
    (
        "to https",
        {"protocol": "HTTPS", "port": "443"},
        "/a?b=1",
        80,
        False,
        "https://app.example.com:8443/a?b=1",
    ),
    ("same, other path", {"path": "/new/#{path}"}, "/a", 80, False, "http://app.example.com:8080/new/a"),
    ("query dropped", {"path": "/x", "query": ""}, "/a?b=1", 80, False, "http://app.example.com:8080/x"),
    ("query kept", {"query": "#{query}&c=2"}, "/?b=1", 80, False, "http://app.example.com:8080/?b=1&c=2"),
    ("other host", {"host": "www.#{host}"}, "/", 80, False, "http://www.app.example.com:8080/"),
    ("protocol kept", {"path": "/x"}, "/", 443, True, "https://app.example.com:8443/x"),
    ("a port not run here", {"port": "9999"}, "/", 80, False, "http://app.example.com:9999/"),
    ("a default port is omitted", {"port": "80", "host": "x.org"}, "/", 81, False, "http://x.org:8080/"),
]


@pytest.mark.parametrize(
    ("config", "url", "public", "tls", "location"), [r[1:] for r in REDIRECTS], ids=[r[0] for r in REDIRECTS]
)
def test_redirect(config: dict[str, str], url: str, public: int, tls: bool, location: str) -> None:
    action = compile_action([{"type": "redirect", "redirect": {"statusCode": "HTTP_301", **config}}])
    assert isinstance(action, Redirect)
    assert action.status == 301
    assert action.location(request(url), tls, public, {80: 8080, 443: 8443}.get) == location


def test_default_ports_are_left_out_of_a_location() -> None:
    action = compile_action(
        [{"type": "redirect", "redirect": {"statusCode": "HTTP_302", "protocol": "HTTPS"}}]
    )
    assert isinstance(action, Redirect)
    assert action.location(request("/"), False, 443, {}.get) == "https://app.example.com/"


def test_an_authenticate_action_is_refused_and_reported() -> None:
    login = {"type": "authenticate-oidc", "order": 1, "authenticateOidc": {}}
    then = {"type": "forward", "order": 2, "targetGroupArn": "tg"}
    spec = ListenerSpec(
        "arn:l", 1, default_actions=fixed("x"), rules=[RuleSpec(7, [path("/admin")], [login, then])]
    )
    assert isinstance(Rules(spec).match(request("/admin")), Unsupported)
    assert not_run_locally(spec.default_actions, spec.rules) == [
        "rule 7: action authenticate-oidc is not run locally"
    ]
