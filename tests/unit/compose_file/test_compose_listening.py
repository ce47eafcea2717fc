"""Ports that a compose file does not name: a service is reached at those that its image exposes."""

from typing import Any

import pytest

from moorage.compose_file.keys.listening import KNOWN, known_ports
from moorage.offline import ResourceGraph

from .conftest import SERVICE, App, containers, said


@pytest.mark.parametrize(
    ("image", "ports"),
    [
        ("postgres", (5432,)),
        ("postgres:17-alpine@sha256:" + "0" * 64, (5432,)),
        ("docker.io/library/postgres:17", (5432,)),
        ("public.ecr.aws/docker/library/redis:7", (6379,)),
        ("localhost:5000/mysql", (3306, 33060)),
        ("rabbitmq:4", (5672,)),
        ("rabbitmq:4-management", (5672, 15672)),
        ("php:8-fpm", (9000,)),
        ("php:8-apache", (80,)),
        ("php:8", ()),
        ("nextcloud:stable-fpm-alpine", (9000,)),
        ("quay.io/keycloak/keycloak:26", (8080, 8443)),
        ("docker.elastic.co/elasticsearch/elasticsearch:8.17.0", (9200, 9300)),
        ("me/postgres", ()),
        ("postgres-exporter", ()),
        ("not an image", ()),
    ],
)
def test_ports_of_common_images(image: str, ports: tuple[int, ...]) -> None:
    assert known_ports(image) == ports


def test_all_known_ports_are_ports() -> None:
    assert all(ports and all(1 <= port <= 65535 for port in ports) for ports in KNOWN.values())


def connected(graph: ResourceGraph, service: str) -> list[tuple[str, int]]:
    settings = graph.one(SERVICE, service).inputs["serviceConnectConfiguration"]
    return [
        (alias["dnsName"], alias["port"]) for s in settings.get("services", ()) for alias in s["clientAlias"]
    ]


def test_a_service_is_reached_at_the_ports_of_its_image(app: App, preview: bool) -> None:
    file = "services: {web: {image: i, environment: {URL: 'x://db:5432'}}, db: {image: 'postgres:17'}}"
    graph = app(file, preview=preview)
    assert connected(graph, "shop-db") == [("db", 5432)]
    assert containers(graph, "shop-db-task")["db"]["portMappings"] == [
        {"containerPort": 5432, "name": "db-5432", "protocol": "tcp"}
    ]
    assert connected(graph, "shop-web") == []
    assert said(graph) == []


def test_ports_of_the_file_are_there_once_and_first(app: App) -> None:
    file = "services: {web: {image: i}, mq: {image: 'rabbitmq:4-management', ports: ['15672:15672']}}"
    assert connected(app(file), "shop-mq") == [("mq", 15672), ("mq", 5672)]


def test_ports_that_the_dockerfile_exposes(app: App) -> None:
    api = (
        "FROM httpd:2.4 AS base\nARG PORT=3000\nEXPOSE 9100/tcp 9101-9102 53/udp $UNKNOWN\n"
        "FROM base\nENV OTHER=4000\nEXPOSE $PORT $OTHER\n"
    )
    file = "services: {web: {image: i}, api: {build: ./api}, old: {build: {context: ./api, target: base}}}"
    graph = app({"compose.yml": file, "api/Dockerfile": api})
    assert connected(graph, "shop-api") == [("api", port) for port in (9100, 9101, 9102, 3000, 4000, 80)]
    assert connected(graph, "shop-old") == [("old", port) for port in (9100, 9101, 9102, 80)]


@pytest.mark.parametrize(
    ("file", "args"),
    [
        ("services: {web: {image: nginx}}", {}),
        ("services: {web: {image: nginx}, db: {image: postgres}}", {"task": "one"}),
    ],
)
def test_where_nobody_calls_by_name_there_are_no_further_ports(
    app: App, file: str, args: dict[str, Any]
) -> None:
    graph = app(file, **args)
    task = "shop-task" if args else "shop-web-task"
    assert all("portMappings" not in container for container in containers(graph, task).values())
