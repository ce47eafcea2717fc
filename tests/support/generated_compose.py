"""Generates compose files: every key that `ComposeApp` honours, at the edges of what it allows."""

from typing import Any

from hypothesis import strategies as st
from support.generated_arguments import (
    ACCOUNT,
    Strategy,
    environment,
    images,
    mostly,
    some,
    texts,
)

_numbers = st.integers(-5, 70000)

service_names = mostly(
    st.sampled_from(["web", "api", "db", "My_App.v1", "a.b", "a-b", "-x", "_y", "9", "w" * 63, "Web"]),
    st.sampled_from(["n" * 300, ".", "--", "..a"]) | st.from_regex(r"[a-zA-Z0-9._-]{1,80}", fullmatch=True),
)
_volumes = ["data", "a.b", "a-b", ".hidden", "v" * 120, "-v", "9"]
_secrets = ["db_password", "TOKEN.v2", "s" * 300, "-s"]
_times = mostly(st.sampled_from(["5s", "30s", "1m", "1m30s", "2h", "0s", "500ms", "10"]), texts | _numbers)
_memory = mostly(
    st.sampled_from(["6m", "64m", "0.5g", "512M", "1gb", 67108864, "200k", "120g"]), texts | _numbers
)
_cpus = mostly(st.sampled_from([0.25, "0.5", 1, 4.5, 16, 0.001, 0]), texts | st.floats())

_ports = st.lists(
    mostly(
        st.sampled_from(
            ["80", "8080:80", "53:53/udp", 443, "127.0.0.1:9000:9000", "7000-7003:7000-7003", "65535"]
        ),
        _numbers | texts,
    )
    | some(
        {
            "published": st.sampled_from(["80", "8080"]) | _numbers,
            "protocol": st.sampled_from(["tcp", "udp"]),
            "app_protocol": st.sampled_from(["http", "http2", "grpc", "amqp"]),
            "name": mostly(
                st.sampled_from(["web", "http-1"]), st.sampled_from(["Web", "-x", "n" * 65, "a b"])
            ),
            "host_ip": st.just("127.0.0.1"),
        },
        {"target": mostly(st.sampled_from([80, 443, 8080]), _numbers)},
    ),
    max_size=3,
)
_expose = st.lists(
    mostly(
        st.sampled_from(["5432", 6379, "53/udp", "9000-9002"]), st.sampled_from(["0", "70000", "1-200", "x"])
    ),
    max_size=2,
)
_healthchecks = some(
    {
        "interval": _times,
        "timeout": _times,
        "start_period": _times,
        "retries": mostly(st.integers(1, 10), _numbers),
    },
    {
        "test": st.sampled_from(["curl -f http://localhost/", ["CMD", "true"], ["CMD-SHELL", "exit 0"]])
        | st.lists(texts, max_size=2)
    },
)
_logging = some(
    {
        "options": mostly(
            st.sampled_from(
                [
                    {},
                    {"awslogs-group": "shop/web", "awslogs-stream-prefix": "web"},
                    {"awslogs-group": "shop", "awslogs-region": "eu-west-1", "mode": "blocking"},
                    {"splunk-url": "https://splunk.example", "splunk-token": "x"},
                ]
            ),
            st.builds(lambda group: {"awslogs-group": group}, texts)
            | st.dictionaries(texts, texts, max_size=2),
        )
    },
    {
        "driver": mostly(
            st.sampled_from(["awslogs", "json-file", "splunk", "local", "none", "syslog", "fluentd", "gelf"]),
            texts,
        )
    },
)
_capabilities = st.lists(
    mostly(st.sampled_from(["SYS_PTRACE", "NET_ADMIN", "cap_chown", "ALL"]), texts | st.just("FOO")),
    max_size=2,
)
_deploys = some(
    {
        "replicas": mostly(st.sampled_from([0, 1, 3, 5000]), _numbers),
        "mode": st.sampled_from(["replicated", "global"]),
        "labels": mostly(st.just({"team": "shop"}), st.dictionaries(texts, texts, max_size=2)),
        "resources": st.builds(
            lambda limits, kept: {"limits": limits, "reservations": kept},
            some({"cpus": _cpus.map(str), "memory": _memory.map(str)}),
            some({"cpus": _cpus.map(str), "memory": _memory.map(str)}),
        ),
        "restart_policy": some(
            {"condition": st.sampled_from(["any", "on-failure", "none"]), "window": _times}
        ),
        "update_config": some(
            {
                "parallelism": mostly(st.integers(0, 5), _numbers),
                "order": st.sampled_from(["start-first", "stop-first"]),
            }
        ),
    }
)
_mounts = st.lists(
    st.builds(
        lambda name, path: f"{name}:{path}", st.sampled_from(_volumes), st.sampled_from(["/data", "/d:ro"])
    )
    | st.sampled_from(["/anonymous", {"type": "tmpfs", "target": "/t", "tmpfs": {"size": "64m"}}]),
    max_size=3,
)

of_service: dict[str, Strategy] = {
    "command": st.lists(texts, max_size=2) | st.just("serve --port 80"),
    "entrypoint": st.lists(texts, max_size=2),
    "environment": environment,
    "labels": st.dictionaries(texts, texts, max_size=2),
    "user": mostly(st.sampled_from(["1000", "1000:1000", "app", "0", 1000]), texts),
    "working_dir": texts,
    "read_only": st.booleans(),
    "init": st.booleans(),
    "stdin_open": st.booleans(),
    "tty": st.booleans(),
    "stop_grace_period": _times,
    "healthcheck": _healthchecks,
    "logging": _logging,
    "ports": _ports,
    "expose": _expose,
    "hostname": texts,
    "extra_hosts": st.lists(st.sampled_from(["db:10.0.0.1", "db=10.0.0.1"]) | texts, max_size=2),
    "dns": mostly(st.just(["10.0.0.2"]), st.lists(texts, max_size=2)),
    "dns_search": st.lists(texts, max_size=2),
    "restart": st.sampled_from(["always", "no", "on-failure", "on-failure:3", "unless-stopped"]),
    "deploy": _deploys,
    "scale": mostly(st.integers(0, 3), _numbers),
    "cpus": _cpus,
    "mem_limit": _memory,
    "mem_reservation": _memory,
    "cap_add": _capabilities,
    "cap_drop": _capabilities,
    "privileged": st.booleans(),
    "devices": mostly(st.just(["/dev/fuse"]), st.lists(texts, max_size=2)),
    "ulimits": mostly(
        st.sampled_from([{"nofile": 65535}, {"nproc": {"soft": 10, "hard": 20}}, {"memlock": -1}]),
        st.dictionaries(st.sampled_from(["nofile", "core"]) | texts, _numbers, max_size=2),
    ),
    "sysctls": mostly(st.just({"net.core.somaxconn": 1024}), st.dictionaries(texts, texts, max_size=2)),
    "shm_size": _memory,
    "security_opt": mostly(st.just(["no-new-privileges:true"]), st.lists(texts, max_size=2)),
    "volumes": _mounts,
    "tmpfs": mostly(
        st.sampled_from(["/run", ["/run:size=64m,mode=755", "/tmp:noexec"]]), st.lists(texts, max_size=2)
    ),
    "secrets": st.lists(st.sampled_from(_secrets), unique=True, max_size=2),
    "configs": st.just(["settings"]),
    "platform": st.just("linux/amd64"),
}

_services = st.dictionaries(
    service_names,
    st.builds(
        lambda image, ports, keys: {"image": image, **ports, **keys},
        images,
        # What others reach has names of its own.
        st.sampled_from([{}, {"expose": ["80"]}, {"expose": ["80", "81"]}]),
        some(of_service, most=12),
    ),
    min_size=1,
    max_size=4,
)
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
        "secrets": {
            _secrets[0]: {"environment": "SECRET"},
            **{name: {"external": True, "name": value} for name in _secrets[1:]},
        },
        "configs": {"settings": {"content": "a=1"}},
    },
    _services,
    st.fixed_dictionaries({name: _storages for name in _volumes}),
    mostly(st.sampled_from(["prod/token", "/prod/token"]), texts),
)
"""Compose files, as `yaml.safe_dump` takes them."""

of_compose_app: dict[str, Strategy] = {
    "task": st.sampled_from(["one", "per_service"]),
    "public": st.booleans(),
    "file_system_zones": mostly(st.integers(1, 2), st.integers()),
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
                mostly(st.sampled_from([256, "1024"]), _numbers),
                mostly(st.sampled_from(["0.5GB", "2048"]), texts),
            ),
        }
    ),
    st.dictionaries(
        service_names,
        some(
            {
                "essential": st.booleans(),
                "cpu_shares": mostly(st.integers(2, 256), _numbers),
                "mem_limit": _memory,
                "init_process_enabled": st.booleans(),
                "gpu": mostly(st.just(1), _numbers),
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
