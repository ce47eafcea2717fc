"""Names and values that a compose file is free to choose, and that AWS is not free to take."""

import pytest

from moorage.model.capabilities import Capability
from moorage.offline import EvaluationError

from .conftest import NETWORK, SERVICE, TASK, App, containers, names

LONG = "n" * 300


def refused(app: App, text: str, preview: bool = False, **more: object) -> list[str]:
    with pytest.raises(EvaluationError) as caught:
        app(text, preview=preview, **more)
    return [line.removeprefix("compose.yml:") for line in str(caught.value).split("\n  - ")[1:]]


def connected(app: App, services: str, name: str, preview: bool = False) -> list[dict[str, object]]:
    graph = app(f"services: {{{services}, other: {{image: i}}}}", preview=preview)
    return graph.one(SERVICE, name).inputs["serviceConnectConfiguration"]["services"]


@pytest.mark.parametrize("preview", [False, True])
def test_cloud_map_has_no_dots_and_clients_may_use_them(app: App, preview: bool) -> None:
    first, second = connected(app, "a.b: {image: i, expose: [80, 81]}", "shop-a-b", preview)
    assert (first["discoveryName"], second["discoveryName"]) == ("a-b", "a-b-81")
    assert [entry["clientAlias"][0]["dnsName"] for entry in (first, second)] == ["a.b", "a.b"]  # type: ignore[index]
    assert (first["portName"], second["portName"]) == ("a-b-80", "a-b-81")


def test_a_name_does_not_begin_with_a_hyphen(app: App) -> None:
    (entry,) = connected(app, "-x: {image: i, expose: [80]}", "shop-x")
    assert (entry["portName"], entry["discoveryName"]) == ("x-80", "x")
    assert entry["clientAlias"] == [{"port": 80, "dnsName": "x"}]


@pytest.mark.parametrize("preview", [False, True])
def test_a_long_name_is_cut_with_a_hash_of_the_whole(app: App, preview: bool) -> None:
    graph = app(f"services: {{{LONG}: {{image: i, ports: [80]}}, other: {{image: i}}}}", preview=preview)
    long, _ = names(graph, SERVICE)
    assert long.startswith("shop-nnn")
    assert len(long) == 100
    (entry,) = graph.one(SERVICE, long).inputs["serviceConnectConfiguration"]["services"]
    assert len(entry["discoveryName"]) == 64
    assert len(entry["clientAlias"][0]["dnsName"]) == 127


def test_two_names_that_service_connect_cannot_tell_apart(app: App) -> None:
    lines = refused(app, "services:\n  web: {image: i}\n  Web: {image: i}\n")
    assert lines == [
        "3: services.Web: is web too in lower-case letters, digits and hyphens; rename one of them"
    ]


def test_a_port_that_is_published_twice_is_one_port_of_the_container(app: App) -> None:
    found = containers(app('services: {web: {image: i, ports: ["80", "8080:80", "80/udp"]}}'))
    assert [(port["containerPort"], port["protocol"]) for port in found["web"]["portMappings"]] == [
        (80, "tcp"),
        (80, "udp"),
    ]


@pytest.mark.parametrize(
    ("service", "line"),
    [
        (
            "ports: [{target: 80, name: Web}]",
            "services.web.ports.name: 'Web': must be 1 to 64 lower-case letters, digits, hyphens and "
            "underscores; the first no hyphen",
        ),
        (
            "expose: ['70000']",
            "services.web.expose: '70000': must be a port such as 5432 or 53/udp, from 1 to 65535",
        ),
        (
            "expose: ['9-5']",
            "services.web.expose: '9-5': must be a port such as 5432 or 53/udp, from 1 to 65535",
        ),
        (
            "cap_drop: [FOO]",
            f"services.web.cap_drop: 'FOO': must be one of {', '.join(Capability)}",
        ),
        (
            "user: a b",
            "services.web.user: 'a b': must be a user, or a user and a group such as 10001:10001",
        ),
        (
            "logging: {driver: awslogs, options: {awslogs-group: a b}}",
            "services.web.logging.options.awslogs-group: 'a b': must be 1 to 512 of A-Z a-z 0-9 _ / . # -",
        ),
    ],
)
@pytest.mark.parametrize("preview", [False, True])
def test_what_aws_does_not_take(app: App, service: str, line: str, preview: bool) -> None:
    assert refused(app, f"services: {{web: {{image: i, {service}}}}}", preview) == [f"1: {line}"]


def test_what_aws_does_not_take_on_instances(app: App) -> None:
    instances = {
        "cluster": {"capacity": "ec2", "ec2": {"instance_types": ["g4dn.xlarge"]}},
        "network": {**NETWORK, "private_subnet_ids": ["c", "d"], "private_egress": True},
    }
    text = "services: {web: {image: i, %s}}"
    assert refused(app, text % "logging: {driver: none}", **instances) == [
        "1: services.web.logging.driver: 'none': must be one of awslogs, fluentd, gelf, journald, "
        "json-file, splunk, syslog"
    ]
    (line,) = refused(app, text % "gpus: [{count: 0}]", **instances)
    assert line == "1: services.web.gpus: 0: must be at least 1"


@pytest.mark.parametrize(
    ("volumes", "said"),
    [
        (
            [".a"],
            "'.a': must be at most 99 characters, the first not a dot: a name in EFS",
        ),
        (["n" * 100], "must be at most 99 characters, the first not a dot"),
        (["a.b", "a-b"], "'a-b': has the same name as a.b without dots; rename one of them"),
    ],
)
def test_volumes_that_aws_does_not_take(app: App, volumes: list[str], said: str) -> None:
    mounts = ", ".join(
        f"{{type: volume, source: {name}, target: /{index}}}" for index, name in enumerate(volumes)
    )
    declared = ", ".join(f"{name}: {{driver: efs}}" for name in volumes)
    text = f"services: {{web: {{image: i, volumes: [{mounts}]}}}}\nvolumes: {{{declared}}}\n"
    (line,) = refused(app, text)
    assert line.startswith("1: services.web.volumes: ")
    assert said in line


def test_names_of_volumes_at_the_edge(app: App) -> None:
    name = "n" * 99
    graph = app(
        f"services: {{web: {{image: i, volumes: ['{name}:/d']}}}}\nvolumes: {{{name}: {{driver: efs}}}}\n"
    )
    assert graph.one("aws:efs/accessPoint:AccessPoint").inputs["rootDirectory"]["path"] == f"/{name}"
    assert graph.one(TASK).inputs["volumes"][0]["name"] == name
