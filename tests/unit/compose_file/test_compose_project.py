# ruff: noqa: E501 - a row of a table is one line
"""Files found, merged, extended, included, and checked against the specification."""

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from moorage.compose_file import schema
from moorage.compose_file.files import ComposeError
from moorage.compose_file.project import Project, Source, load_project
from moorage.model.problems import ArgumentsError, Problems

Load = Callable[..., Project]


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """Write files, and read them as a project; raises when there are problems."""
    monkeypatch.chdir(tmp_path)

    def run(
        files: Mapping[str, str], *names: str, profiles: list[str] | None = None, **values: str
    ) -> Project:
        for name, text in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text)
        problems = Problems("ComposeApp", "x")
        project = load_project(
            Source(".", list(names) or None, profiles, None, values), problems, said.append
        )
        problems.raise_if_any()
        return project

    said: list[str] = []
    run.warnings = said  # type: ignore[attr-defined]
    return run


def web(project: Project) -> dict[str, Any]:
    return project.services["web"].plain()


def both(base: str, over: str) -> dict[str, str]:
    return {
        "a.yml": f"services: {{web: {{image: i, {base}}}}}\nvolumes: {{v: , w: }}\nsecrets: {{s: {{file: f}}}}",
        "b.yml": f"services: {{web: {{{over}}}}}",
    }


@pytest.mark.parametrize(
    ("key", "base", "over", "expected"),
    [
        ("image", "read_only: true", "image: j", "j"),
        ("command", "command: [a]", "command: b c", "b c"),
        ("entrypoint", "entrypoint: [a]", "entrypoint: [b]", ["b"]),
        ("environment", "environment: [A=1, B=1]", "environment: {B: 2, C: 3}", {"A": "1", "B": 2, "C": 3}),
        ("labels", "labels: [a=1]", "labels: {a: 2}", {"a": 2}),
        ("expose", "expose: ['1', '2']", "expose: ['2', '3']", ["1", "2", "3"]),
        ("dns", "dns: 1.1.1.1", "dns: [2.2.2.2]", ["1.1.1.1", "2.2.2.2"]),
        ("tmpfs", "tmpfs: /a", "tmpfs: /b", ["/a", "/b"]),
        ("cap_add", "cap_add: [A]", "cap_add: [A, B]", ["A", "B"]),
        (
            "ulimits",
            "ulimits: {nofile: 5}",
            "ulimits: {nofile: {soft: 1, hard: 2}}",
            {"nofile": {"soft": 1, "hard": 2}},
        ),
        (
            "healthcheck",
            "healthcheck: {test: [CMD, a], retries: 2}",
            "healthcheck: {test: b}",
            {"test": "b", "retries": 2},
        ),
        ("env_file", "env_file: a.env", "env_file: [b.env, a.env]", [{"path": "a.env"}, {"path": "b.env"}]),
        ("build", "build: .", "build: {target: t}", {"context": ".", "target": "t"}),
        (
            "ports",
            "ports: ['80:80', '81:81']",
            "ports: ['80:80/tcp', '80:80/udp']",
            [
                {"target": "80", "published": "80", "protocol": "tcp"},
                {"target": "81", "published": "81", "protocol": "tcp"},
                {"target": "80", "published": "80", "protocol": "udp"},
            ],
        ),
        (
            "volumes",
            "volumes: ['v:/x', 'v:/y']",
            "volumes: ['w:/x:ro']",
            [
                {"type": "volume", "target": "/x", "source": "w", "read_only": True},
                {"type": "volume", "target": "/y", "source": "v"},
            ],
        ),
        (
            "volumes",
            "volumes: ['v:/x/']",
            "volumes: [{type: volume, source: w, target: //x}]",
            [{"type": "volume", "target": "/x", "source": "w"}],
        ),
        (
            "secrets",
            "secrets: [s]",
            "secrets: [{source: s, target: t}]",
            [{"source": "s"}, {"source": "s", "target": "t"}],
        ),
        (
            "logging",
            "logging: {driver: awslogs, options: {a: '1'}}",
            "logging: {driver: awslogs, options: {b: '2'}}",
            {"driver": "awslogs", "options": {"a": "1", "b": "2"}},
        ),
        (
            "logging",
            "logging: {driver: syslog, options: {a: '1'}}",
            "logging: {driver: awslogs, options: {b: '2'}}",
            {"driver": "awslogs", "options": {"b": "2"}},
        ),
        (
            "networks",
            "networks: [default]",
            "networks: {default: {priority: 1}}",
            {"default": {"priority": 1}},
        ),
        ("expose", "expose: ['1']", "expose: !override ['2']", ["2"]),
        ("environment", "environment: {A: 1, B: 2}", "environment: {A: !reset null}", {"B": 2}),
        ("expose", "expose: ['1']", "expose: !reset []", None),
        ("command", "command: a", "command: ", None),
    ],
)
def test_later_files_are_merged(load: Load, key: str, base: str, over: str, expected: object) -> None:
    merged = web(load(both(base, over), "a.yml", "b.yml"))
    assert merged.get(key) == expected


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("80", [{"target": "80", "protocol": "tcp"}]),
        ("'80:81'", [{"target": "81", "published": "80", "protocol": "tcp"}]),
        ("127.0.0.1:80:81", [{"target": "81", "published": "80", "protocol": "tcp", "host_ip": "127.0.0.1"}]),
        ("'[::1]:80:81/udp'", [{"target": "81", "published": "80", "protocol": "udp", "host_ip": "::1"}]),
        ("127.0.0.1::81", [{"target": "81", "protocol": "tcp", "host_ip": "127.0.0.1"}]),
        ("22:22", [{"target": "22", "published": "22", "protocol": "tcp"}]),
        ("8000-8001:80", [{"target": "80", "published": "8000-8001", "protocol": "tcp"}]),
        (
            "8-9:18-19",
            [
                {"target": "18", "published": "8", "protocol": "tcp"},
                {"target": "19", "published": "9", "protocol": "tcp"},
            ],
        ),
        ("{target: 80, published: 8080}", [{"protocol": "tcp", "target": "80", "published": "8080"}]),
    ],
)
def test_ports_in_their_long_form(load: Load, short: str, long: list[dict[str, str]]) -> None:
    assert web(load({"compose.yml": f"services: {{web: {{image: i, ports: [{short}]}}}}"}))["ports"] == long


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("v:/x", {"type": "volume", "source": "v", "target": "/x"}),
        ("v:/x:ro,z", {"type": "volume", "source": "v", "target": "/x", "read_only": True}),
        ("/x", {"type": "volume", "target": "/x"}),
        ("C:/a:/x", {"type": "bind", "source": "C:/a", "target": "/x"}),
        ("./a:/x", {"type": "bind", "source": "a", "target": "/x"}),
        ("/a:/x:rw", {"type": "bind", "source": "/a", "target": "/x"}),
        ("vol:/x/", {"type": "volume", "source": "vol", "target": "/x"}),
        ("./a://x/./y/../z//:ro", {"type": "bind", "source": "a", "target": "/x/z", "read_only": True}),
    ],
)
def test_volumes_in_their_long_form(load: Load, short: str, long: dict[str, object]) -> None:
    text = f"services: {{web: {{image: i, volumes: ['{short}']}}}}\nvolumes: {{v: , vol: }}"
    assert web(load({"compose.yml": text}))["volumes"] == [long]


@pytest.mark.parametrize(
    ("files", "image"),
    [
        (["docker-compose.yml"], "docker-compose.yml"),
        (["docker-compose.yml", "compose.yml"], "compose.yml"),
        (["compose.yml", "compose.yaml"], "compose.yaml"),
        (["compose.yaml", "compose.override.yml"], "compose.override.yml"),
        (["docker-compose.yml", "docker-compose.override.yaml"], "docker-compose.override.yaml"),
    ],
)
def test_files_are_found_as_compose_finds_them(load: Load, files: list[str], image: str) -> None:
    project = load({name: f"services: {{web: {{image: {name}}}}}" for name in files})
    assert web(project)["image"] == image


def test_without_a_file_the_names_are_told(load: Load) -> None:
    with pytest.raises(ComposeError, match=r"there is no compose.yaml, .* or docker-compose.yaml in '\.'"):
        load({})


@pytest.mark.parametrize("name", ["compose.yaml", ".env", "compose.override.yml"])
def test_a_named_pipe_is_not_taken_for_a_missing_file(load: Load, name: str) -> None:
    os.mkfifo(name)
    files = {} if name == "compose.yaml" else {"compose.yaml": "services: {web: {image: i}}"}
    with pytest.raises(ComposeError, match=rf"^{name}: cannot be read: it is not a regular file$"):
        load(files)


def test_a_folder_called_env_is_not_a_file_of_variables(load: Load) -> None:
    os.mkdir(".env")
    assert web(load({"compose.yml": "services: {web: {image: i}}"}))["image"] == "i"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "compose.yaml: no services"),
        ("services: {}", "compose.yaml: no services"),
        ("services: {web: {image: i, profiles: [p]}}", "compose.yaml: no service is in an active profile"),
    ],
)
def test_a_project_without_services_is_refused(load: Load, text: str, said: str) -> None:
    with pytest.raises(ArgumentsError) as error:
        load({"compose.yaml": text})
    assert [str(problem) for problem in error.value.problems] == [said]


def test_a_wrong_name_is_said_once(load: Load) -> None:
    with pytest.raises(ArgumentsError) as error:
        load({"compose.yaml": "services:\n  a b: {image: i}"})
    assert [str(problem) for problem in error.value.problems] == [
        "compose.yaml:2: services: 'a b': must be letters, digits, dots, hyphens and underscores"
    ]


def test_a_name_of_the_project_from_outside_is_checked(load: Load) -> None:
    with pytest.raises(
        ArgumentsError, match="COMPOSE_PROJECT_NAME: 'Shop': must be lower-case letters, digits"
    ):
        load({"compose.yaml": "services: {web: {image: i}}"}, COMPOSE_PROJECT_NAME="Shop")


def test_variables_are_the_callers_then_those_of_env(load: Load) -> None:
    files = {"compose.yml": "services: {web: {image: '$A$B'}}", ".env": "A=1\nB=2"}
    assert web(load(files, A="0"))["image"] == "02"


def test_an_unset_variable_is_warned_of(load: Load) -> None:
    load({"compose.yml": "services:\n  web:\n    image: a$B"})
    assert load.warnings == ["compose.yml:3: the variable B is not set; an empty string is used"]  # type: ignore[attr-defined]


EXTENDS = {
    "compose.yml": """
services:
  web:
    extends: {service: common, file: sub/base.yml}
    environment: {A: own}
    ports: !reset []
  worker:
    extends: web
    command: work
""",
    "sub/base.yml": """
services:
  root: {image: root, environment: {A: root, B: root}, labels: [l=1]}
  common:
    extends: root
    build: ctx
    env_file: e.env
    environment: {B: common}
    ports: ['80:80']
""",
}


def test_extends_across_files_and_chains(load: Load) -> None:
    project = load(EXTENDS)
    assert web(project) == {
        "image": "root",
        "environment": {"A": "own", "B": "common"},
        "labels": {"l": "1"},
        "build": {"context": "sub/ctx"},
        "env_file": [{"path": "sub/e.env"}],
    }
    assert project.services["worker"].plain() == {**web(project), "command": "work"}
    assert str(project.services["web"].find(["build"]).where) == "sub/base.yml:6"


@pytest.mark.parametrize(
    ("profiles", "active"),
    [
        ([], ["web"]),
        (["debug"], ["web", "debug"]),
        (["debug", "batch"], ["web", "debug", "batch"]),
        (["*"], ["web", "debug", "batch"]),
    ],
)
def test_profiles(load: Load, profiles: list[str], active: list[str]) -> None:
    text = "services: {web: {image: i}, debug: {image: i, profiles: [debug]}, batch: {image: i, profiles: [batch]}}"
    assert list(load({"compose.yml": text}, profiles=profiles).services) == active
    assert list(load({}, COMPOSE_PROFILES=",".join(profiles)).services) == active


def test_included_files_have_their_own_folder_and_variables(load: Load) -> None:
    project = load(
        {
            "compose.yml": "include: [lib/compose.yml]\nservices: {web: {image: i, depends_on: [db]}}",
            "lib/compose.yml": "services: {db: {image: '$V', build: ctx}}\nvolumes: {v: }",
            "lib/.env": "V=inner",
        }
    )
    assert project.services["db"].plain() == {"image": "inner", "build": {"context": "lib/ctx"}}
    assert list(project.volumes) == ["v"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("services:\n  web:\n    privleged: true", "compose.yml:3: services.web.privleged: unknown key; did you mean 'privileged'?"),
        ("servces: {}", "compose.yml:1: servces: unknown key; did you mean 'services'?"),
        ("servces: {}\nx-a: 1\nqqq: 1", "compose.yml:3: qqq: unknown key; custom keys begin with x-"),
        ("services:\n  a b: {image: x}", "compose.yml:2: services: 'a b': must be letters, digits, dots, hyphens and underscores"),
        ("services:\n  '': {image: x}", "compose.yml:2: services: '': must not be empty"),
        ("services: {web: {image: x}}\nvolumes:\n  a/b:", "compose.yml:3: volumes: 'a/b': must be letters, digits,"),
        ("services:\n  web:\n    cap_add:", "compose.yml:3: services.web.cap_add: null: must be a list"),
        ("services:\n  web:\n    image: true", "compose.yml:3: services.web.image: true: must be a string"),
        ("services:\n  web:\n    entrypoint: 5", "compose.yml:3: services.web.entrypoint: 5: must be null or a string or a list"),
        ("services:\n  web:\n    environment: ['FOO ']", "compose.yml:3: services.web.environment: 'FOO ': must not end with white space"),
        ("services:\n  web:\n    environment:\n    - A=1\n    - 'FOO =x'", "compose.yml:5: services.web.environment: 'FOO ': must not"),
        ("services:\n  web:\n    environment: ['FOO\u00a0']", "compose.yml:3: services.web.environment: 'FOO\\xa0': must not"),
        ("services:\n  web:\n    build: {context: ., args: ['A =1']}", "compose.yml:3: services.web.build.args: 'A ': must not"),
        ("services:\n  web:\n    image: [a]", "compose.yml:3: services.web.image: ['a']: must be a string"),
        ("services:\n  web:\n    image: i\n    ports:\n    - a:b:c:d", "compose.yml:5: services.web.ports: 'a:b:c:d': must be [[IP:]PUBLISHED:]TARGET[/PROTOCOL]"),
        ("services:\n  web:\n    ports: [1-2:3-5]", "compose.yml:3: services.web.ports: '1-2:3-5': must have as many"),
        ("services:\n  web:\n    depends_on: [db]", "compose.yml:3: services.web.depends_on: the service db is not declared"),
        ("services:\n  web:\n    depends_on:\n    - db\n  db: {profiles: [x]}", "compose.yml:4: services.web.depends_on: the service db is not in an active profile"),
        ("services:\n  web:\n    volumes: ['v:/x']", "compose.yml:3: services.web.volumes: 'v': is not declared under volumes"),
        ("services:\n  web:\n    secrets: [s]", "compose.yml:3: services.web.secrets: 's': is not declared under secrets"),
        ("services:\n  web:\n    networks: [n]", "compose.yml:3: services.web.networks: 'n': is not declared under networks"),
        ("services:\n  web:\n    build: {context: ., secrets: [s]}", "compose.yml:3: services.web.build.secrets: 's': is not declared under secrets"),
        ("services:\n  web:\n    network_mode: bridge\n    networks: [default]", "compose.yml:3: services.web.network_mode: 'bridge': cannot be combined with networks, which are default"),
        ("services:\n  web:\n    tmpfs: [/a, '/a/:size=1m']", "compose.yml:3: services.web.tmpfs: '/a/': is the path of another mount"),
        ("services:\n  web:\n    tmpfs: /a\n    volumes:\n    - /a/", "compose.yml:5: services.web.volumes: '/a': is the path of another mount"),
        ("services:\n  web:\n    extra_hosts: [a]", "compose.yml:3: services.web.extra_hosts: 'a': must be a host and its address: HOST=ADDRESS"),
        ("services:\n  web:\n    extra_hosts: {a: ''}", "compose.yml:3: services.web.extra_hosts: 'a=': must be a host"),
        ("services:\n  web:\n    extends: other", "compose.yml:3: services.web.extends: 'other': is not a service of"),
        ("services:\n  a: {extends: b}\n  b: {extends: a}", "compose.yml:2: services.a.extends: dependency cycle: a -> b -> a"),
        ("services:\n  web:\n    image: ${TAG:?give a tag}", "compose.yml:3: services.web.image: the variable TAG is required: give a tag"),
        ("services:\n  web:\n    deploy:\n      update_config: {order: random}", "compose.yml:4: services.web.deploy.update_config.order: 'random': must be one of start-first, stop-first"),
        ("include: [compose.yml]\nservices: {}", "compose.yml:1: include: include cycle: compose.yml"),
    ],
)  # fmt: skip
def test_what_the_specification_refuses(load: Load, text: str, said: str) -> None:
    with pytest.raises(ArgumentsError) as error:
        load({"compose.yml": text})
    assert said in str(error.value)


def test_an_optional_dependency_may_be_missing(load: Load) -> None:
    text = (
        "services: {web: {image: i, depends_on: {db: {condition: service_started, required: false}}}, "
        "db: {image: i, profiles: [x]}}"
    )
    assert load({"compose.yml": text}).services["web"].mapped("depends_on")


def test_all_problems_are_told_at_once(load: Load) -> None:
    with pytest.raises(ArgumentsError) as error:
        load({"compose.yml": "services:\n  web:\n    imge: a\n    command: 5\n    depends_on: [x]"})
    assert len(error.value.problems) == 3


@pytest.mark.parametrize(
    ("text", "said"),
    [("- a", "compose.yml:1: a compose file must be a mapping"), ("a: {", "compose.yml:.: is not YAML")],
)
def test_what_is_no_compose_file(load: Load, text: str, said: str) -> None:
    with pytest.raises(ComposeError, match=said):
        load({"compose.yml": text})


@pytest.mark.parametrize("missing", ["jsonschema", "check_jsonschema"])
def test_without_the_extra_it_is_said_what_to_install(
    load: Load, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    for cached in (schema._validator, schema._schema):
        cached.cache_clear()
    with pytest.raises(ComposeError, match=r"pip install 'moorage\[compose\]'"):
        load({"compose.yml": "services: {web: {image: i}}"})
