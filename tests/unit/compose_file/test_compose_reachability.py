"""Services that others address by a name that they do not have on ECS."""

import pytest

from moorage.compose_file.reachability import Address, addresses

from .conftest import App, said

AT_LOCALHOST = "db cannot be reached by its name: containers of one task reach each other at localhost"


@pytest.mark.parametrize(
    ("text", "variable", "found"),
    [
        ("postgres://u:p@db:5432/app", "X", [("db", 5432)]),
        ("postgres://db:pw@host/app", "X", [("host", None)]),
        ("http://api", "X", [("api", None)]),
        ("http://api/v1?next=http://web:80/", "X", [("api", None), ("web", 80)]),
        ("mongodb://a:1,b:27017/x", "X", [("a", 1), ("b", 27017)]),
        ("kafka-1:9092,kafka-2:9092", "X", [("kafka-1", 9092), ("kafka-2", 9092)]),
        ("u:p@tcp(db:3306)/app", "X", [("db", 3306)]),
        ("host=db port=5432 dbname=x", "X", [("db", None)]),
        ("Server=db;Database=x", "X", [("db", None)]),
        ("pg_isready -h db", "", [("db", None)]),
        ("redis-cli --host cache ping", "", [("cache", None)]),
        ("cache", "CACHE_HOST", [("cache", None)]),
        ("a, b", "BROKERS", [("a", None), ("b", None)]),
        ("db", "POSTGRES_DB", []),
        ("registry/db:5432", "X", []),
        ("a web of services", "X", []),
        ("12:30", "X", [("12", 30)]),
    ],
)
def test_the_hosts_that_a_value_names(text: str, variable: str, found: list[tuple[str, int | None]]) -> None:
    assert addresses(text, variable) == [Address(*address) for address in found]


SHOP = """
services:
  web:
    image: web:1
{value}
  db: {{image: db:1, expose: ["5432"]}}
"""

VALUES = [
    ("    environment: {URL: 'postgres://u:p@db:5432/app'}", "5: services.web.environment.URL"),
    ("    environment:\n      A: 1\n      DB_HOST: db", "7: services.web.environment.DB_HOST"),
    ("    environment: ['DB_HOST=DB']", "5: services.web.environment.DB_HOST"),
    ("    command: [run, --db, 'db:5432']", "5: services.web.command"),
    ("    entrypoint: wait-for db:5432", "5: services.web.entrypoint"),
    ("    healthcheck:\n      test: nc -z db:5432", "6: services.web.healthcheck.test"),
]


@pytest.mark.parametrize(("value", "place"), VALUES)
def test_in_one_task_there_are_no_names(app: App, value: str, place: str, preview: bool) -> None:
    assert f"{place}: {AT_LOCALHOST}" in said(app(SHOP.format(value=value), task="one", preview=preview))


@pytest.mark.parametrize("value", [value for value, _ in VALUES])
def test_services_of_their_own_have_names(app: App, value: str) -> None:
    assert not [text for text in said(app(SHOP.format(value=value))) if "by its name" in text]


def test_a_value_of_an_env_file_is_named(app: App) -> None:
    files = {
        "compose.yml": SHOP.format(value="    env_file: e.env"),
        "e.env": "DATABASE_URL=postgres://db/app\n",
    }
    assert said(app(files, task="one")) == [f"5: services.web.env_file.DATABASE_URL: {AT_LOCALHOST}"]


def test_a_secret_is_named_without_its_value(app: App) -> None:
    files = {
        "compose.yml": SHOP.format(value="    secrets: [url]") + "secrets: {url: {file: url.txt}}\n",
        "url.txt": "postgres://u:swordfish@db/app",
    }
    messages = said(app(files, task="one"))
    assert f"5: services.web.secrets.URL: {AT_LOCALHOST}" in messages
    assert not [text for text in messages if "swordfish" in text]


@pytest.mark.parametrize(
    ("expose", "said_of_it"),
    [
        ("", "add `expose` with its port to it"),
        (", expose: ['5433', '5432/udp']", "add `expose` with the port 5432 to it"),
    ],
)
def test_a_service_of_its_own_needs_the_port(app: App, expose: str, said_of_it: str) -> None:
    text = (
        "services: {web: {image: i, depends_on: [db], environment: {URL: 'pg://db:5432'}}, "
        f"db: {{image: d{expose}}}}}"
    )
    assert said(app(text)) == [
        f"1: services.web.environment.URL: db cannot be reached by its name: {said_of_it}"
    ]


def test_a_service_may_name_itself(app: App) -> None:
    text = "services: {web: {image: i, environment: {HOST: web}}, db: {image: d}}"
    assert said(app(text, task="one")) == []
