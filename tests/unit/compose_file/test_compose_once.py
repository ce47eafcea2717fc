"""Services of a compose file that run to their end before others start."""

import pytest

from moorage.offline import ResourceGraph

from .conftest import SERVICE, TASK, App, containers, names, said

FILE = """
services:
  web:
    image: web:1
    ports: ["80:80"]
    depends_on: {migrate: {condition: service_completed_successfully}, db: {condition: service_started}}
  worker:
    image: worker:1
    depends_on: {migrate: {condition: service_completed_successfully}}
  migrate:
    image: migrate:1
    command: [migrate, "db:5432"]
    ports: ["99:99"]
    volumes: ["./seed.sql:/seed.sql:ro", "work:/work"]
    depends_on: {wait: {condition: service_completed_successfully}}
  wait:
    image: wait:1
    depends_on: [db]
  db: {image: "postgres:17"}
volumes: {work: {x-moorage: {storage: task}}}
"""
FILES = {"compose.yml": FILE, "seed.sql": "select 1"}


def test_they_are_containers_of_each_task_that_waits_for_them(app: App, preview: bool) -> None:
    graph = app(FILES, preview=preview)
    assert names(graph, SERVICE) == ["shop-db", "shop-web", "shop-worker"]
    if not preview:
        for service in ("web", "worker"):
            found = containers(graph, f"shop-{service}-task")
            assert sorted(found) == sorted(["migrate", "wait", service])
            assert found[service]["dependsOn"] == [{"containerName": "migrate", "condition": "SUCCESS"}]
            assert found["migrate"]["dependsOn"] == [{"containerName": "wait", "condition": "SUCCESS"}]
            essential = {name: container["essential"] for name, container in found.items()}
            assert essential == {"migrate": False, "wait": False, service: True}
            assert found["migrate"]["mountPoints"] == [{"sourceVolume": "work", "containerPath": "/work"}]
            assert "portMappings" not in found["migrate"]
    db = graph.one(SERVICE, "shop-db").urn
    for service in ("shop-web", "shop-worker"):
        assert db in graph.one(SERVICE, service).dependencies
        connected = graph.one(SERVICE, service).inputs["serviceConnectConfiguration"]
        assert [each["discoveryName"] for each in connected.get("services", ())] == (
            ["web"] if service == "shop-web" else []
        )


def test_that_is_said_and_nothing_else(app: App) -> None:
    assert [text for text in said(app(FILES)) if "depends_on" in text] == [
        f"{line}: services.{service}.depends_on.{other}: {other} runs before each task of {service} starts, "
        "as a container of it"
        for line, service, other in [(6, "web", "migrate"), (9, "worker", "migrate"), (15, "migrate", "wait")]
    ]


def test_only_services_that_keep_running_are_outputs(app: App) -> None:
    outputs = app(FILES).one("moorage:index:ComposeApp").outputs
    assert sorted(outputs["serviceNames"]) == ["db", "web", "worker"]
    assert sorted(outputs["taskDefinitionArns"]) == ["db", "web", "worker"]


def test_services_that_wait_for_the_same_one_do_not_wait_for_each_other(app: App) -> None:
    graph = app(FILES)
    web, worker = graph.one(SERVICE, "shop-web"), graph.one(SERVICE, "shop-worker")
    assert web.urn not in worker.dependencies
    assert worker.urn not in web.dependencies


def test_a_volume_that_it_prepares_is_on_the_disk_of_the_task(app: App) -> None:
    file = """
services:
  web: {image: i, volumes: ["v:/v"], depends_on: {init: {condition: service_completed_successfully}}}
  init: {image: busybox, command: [chown, "5", /v], volumes: ["v:/v"]}
volumes: {v: {x-moorage: {storage: task}}}
"""
    graph = app(file)
    assert graph.one(TASK).inputs["volumes"] == [{"name": "v"}]
    assert all(each["mountPoints"] for each in containers(graph).values())
    assert names(graph, SERVICE) == ["shop-web"]
    assert said(graph) == [
        "3: services.web.depends_on.init: init runs before each task of web starts, as a container of it"
    ]


def test_its_arguments_in_x_moorage_are_those_of_a_container(app: App) -> None:
    file = """
services:
  web: {image: i, depends_on: {init: {condition: service_completed_successfully}}}
  init: {image: j, x-moorage: {environment: {A: "1"}}}
"""
    found = containers(app(file, services={"init": {"read_only": True}}))["init"]
    assert found["environment"] == [{"name": "A", "value": "1"}]
    assert found["readonlyRootFilesystem"] is True


ENDS = [
    "restart: 'no'",
    "deploy: {restart_policy: {condition: none}}",
]


def _looping(graph: ResourceGraph) -> list[str]:
    return [text for text in said(graph) if "is not possible for a task that ends" in text]


@pytest.mark.parametrize("policy", ENDS)
def test_one_that_no_other_waits_for_is_told(app: App, preview: bool, policy: str) -> None:
    migrate = f"\n  migrate:\n    image: m\n    command: [migrate]\n    {policy}\n"
    key = policy.split(": {")[0] if policy.startswith("restart") else "deploy.restart_policy.condition"
    alone = app("services:" + migrate, preview=preview)
    (line,) = _looping(alone)
    assert line.startswith(f"5: services.migrate.{key.split(':')[0]}: ")
    assert "as a Job, or let others wait for it with `depends_on`" in line
    for task in ("one", "per_service"):
        web = "\n  web: {image: i, depends_on: {migrate: {condition: service_completed_successfully}}}"
        assert _looping(app("services:" + web + migrate, preview=preview, task=task)) == []
        beside = app("services:\n  web: {image: i}" + migrate, preview=preview, task=task)
        assert len(_looping(beside)) == 1


def test_one_that_is_restarted_or_serves_is_not_told(app: App) -> None:
    for settings in (
        "restart: always",
        "restart: on-failure",
        "deploy: {restart_policy: {condition: on-failure}}",
        "restart: 'no', deploy: {restart_policy: {condition: any}}",
    ):
        assert _looping(app(f"services: {{web: {{image: i, {settings}}}}}")) == []
