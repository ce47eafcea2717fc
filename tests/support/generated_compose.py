"""Generates compose files: every key that `ComposeApp` honours, at the edges of what it allows."""

from typing import Any

from hypothesis import strategies as st
from support.generated_arguments import (
    ACCOUNT,
    NEW_ROLE,
    Strategy,
    commands,
    health_checks,
    hosts,
    images,
    mostly,
    of_app,
    paths,
    some,
    texts,
)
from support.generated_compose_keys import (
    CONFIGS,
    NETWORKS,
    SECRETS,
    VOLUMES,
    builds,
    memory,
    numbers,
    of_service,
    service_names,
)

from moorage.compose_file.keys.deploy import CONDITIONS

_conditions = some(
    {"required": st.booleans(), "restart": st.booleans()},
    {"condition": mostly(st.sampled_from(sorted(CONDITIONS)), texts)},
)


def _references(names: list[str]) -> dict[str, Strategy]:
    """Return the keys that name other services, those of `names`."""
    name = mostly(st.sampled_from(names), service_names)
    return {
        "depends_on": st.lists(name, max_size=2) | st.dictionaries(name, _conditions, max_size=2),
        "extends": name | name.map(lambda base: {"service": base}),
        "links": st.lists(name | name.map(lambda other: f"{other}:alias"), max_size=2),
        "volumes_from": st.lists(name | name.map(lambda other: f"{other}:ro"), max_size=2),
        "network_mode": mostly(
            st.just("bridge") | name.map(lambda other: f"service:{other}"), st.just("host") | texts
        ),
    }


REFERENCES = frozenset(_references(["web"]))


def _referring(services: dict[str, Any]) -> Strategy:
    """Return the services, each with references to some of those before it."""
    names = list(services)
    return st.tuples(
        *(some(_references(names[:index]), most=2) if index else st.just({}) for index in range(len(names)))
    ).map(lambda drawn: {name: {**services[name], **keys} for name, keys in zip(names, drawn, strict=True)})


_services = st.dictionaries(
    service_names,
    st.builds(
        lambda source, ports, keys: {**source, **ports, **keys},
        images.map(lambda image: {"image": image}) | st.builds(lambda build: {"build": build}, builds),
        # What others reach has names of its own.
        st.sampled_from([{}, {"expose": ["80"]}, {"expose": ["80", "81"]}]),
        some(of_service, most=12),
    ),
    min_size=1,
    max_size=4,
).flatmap(_referring)
_storages = st.sampled_from(
    [
        *(None, {}, {"driver": "efs"}, {"x-moorage": {"storage": "efs", "user": "1000:1000"}}),
        *({"x-moorage": {"storage": "task"}}, {"external": True, "name": "fs-0123456789abcdef0"}),
    ]
)

files = st.builds(
    lambda services, volumes, value: {
        "services": services,
        "volumes": volumes,
        "networks": dict.fromkeys(NETWORKS),
        "secrets": {
            SECRETS[0]: {"environment": "SECRET"},
            SECRETS[1]: {"file": "secret.txt"},
            **{name: {"external": True, "name": value} for name in SECRETS[2:]},
        },
        "configs": {
            CONFIGS[0]: {"content": "a=${SECRET}"},
            CONFIGS[1]: {"file": "./secret.txt"},
            CONFIGS[2]: {"external": True, "name": value},
        },
    },
    _services,
    st.fixed_dictionaries({name: _storages for name in VOLUMES}),
    mostly(st.sampled_from(["prod/token", "/prod/token"]), texts),
)
"""Compose files, as `yaml.safe_dump` takes them."""

_of_further_service = {key: value for key, value in of_app.items() if key not in NEW_ROLE}

of_compose_app: dict[str, Strategy] = {
    "task": st.sampled_from(["one", "per_service"]),
    "public": st.booleans(),
    "profiles": st.lists(st.sampled_from(["debug", "ops", "*"]), max_size=2),
    "file_system_zones": mostly(st.integers(1, 2), st.integers()),
    "folder": st.just("."),
    "files": st.just(["compose.yaml"]),
    "rules": st.lists(
        some(
            {"host": hosts, "path": paths, "health_check": health_checks},
            {"service": mostly(st.just("web"), service_names)},
        ),
        max_size=2,
    ),
    "services": st.dictionaries(
        mostly(st.just("web"), service_names), some(_of_further_service, most=4), max_size=1
    ),
    "local": st.lists(
        st.fixed_dictionaries({"service": mostly(st.just("web"), service_names), "command": commands}),
        max_size=1,
    ),
    "verify": st.booleans(),
    "rollout_timeout": mostly(st.sampled_from([60, 86400]), st.integers()),
    "execute_command": st.booleans(),
    "log_retention_days": mostly(st.sampled_from([1, 3653]), st.integers()),
    "tags": mostly(st.just({"team": "shop"}), st.dictionaries(texts, texts, max_size=2)),
}

ecs_params: Any = st.none() | st.builds(
    lambda definition, services: {"version": 1, "task_definition": {**definition, "services": services}},
    some(
        {
            "ecs_network_mode": st.sampled_from(["awsvpc", "bridge"]),
            "task_role_arn": mostly(st.sampled_from(["role", f"arn:aws:iam::{ACCOUNT}:role/r"]), texts),
            "task_execution_role": mostly(st.just("ecsTaskExecutionRole"), texts),
            "task_size": st.builds(
                lambda cpu, memory: {"cpu_limit": cpu, "mem_limit": memory},
                mostly(st.sampled_from([256, "1024"]), numbers),
                mostly(st.sampled_from(["0.5GB", "2048"]), texts),
            ),
        }
    ),
    st.dictionaries(
        service_names,
        some(
            {
                "essential": st.booleans(),
                "cpu_shares": mostly(st.integers(2, 256), numbers),
                "mem_limit": memory,
                "init_process_enabled": st.booleans(),
                "gpu": mostly(st.just(1), numbers),
                "repository_credentials": st.builds(
                    lambda arn: {"credentials_parameter": arn},
                    mostly(st.just(f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:r-AbCdEf"), texts),
                ),
                "secrets": st.lists(
                    st.builds(
                        lambda value, name: {"value_from": value, "name": name},
                        mostly(st.just("/shop/token"), texts),
                        mostly(st.just("TOKEN"), texts),
                    ),
                    max_size=1,
                ),
            }
        ),
        max_size=1,
    ),
)
"""ecs-params files, or None for none."""
