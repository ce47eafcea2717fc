"""Generates the keys of one compose service: all that `ComposeApp` honours and that name no other service."""

from collections.abc import Sequence

from hypothesis import strategies as st
from support.generated_arguments import Strategy, environment, mostly, some, texts

numbers = st.integers(-5, 70000) | st.sampled_from([2**31, 2**63])

service_names = mostly(
    st.sampled_from(["web", "api", "db", "My_App.v1", "a.b", "a-b", "-x", "_y", "9", "w" * 63, "Web"]),
    st.sampled_from(["n" * 300, ".", "--", "..a"]) | st.from_regex(r"[a-zA-Z0-9._-]{1,80}", fullmatch=True),
)
VOLUMES = ["data", "a.b", "a-b", ".hidden", "v" * 120, "-v", "9"]
SECRETS = ["db_password", "from_file", "TOKEN.v2", "s" * 300, "-s"]
CONFIGS = ["settings", "a.conf", "stored"]
NETWORKS = ["default", "front", "back_1"]
FOLDER = {
    "app/Dockerfile": 'ARG VERSION=1\nFROM scratch AS base\nCOPY page.html /\nFROM base\nCMD ["/run"]\n',
    "app/page.html": "<h1>Shop</h1>\n",
    "app.env": "A=1\nB=\"two words\" # a comment\nC=${SECRET:-none}$A\nEMPTY=\nSECRET\nD='$x'\n",
    "app.labels": "team=shop\ncom.example.long=" + "l" * 300 + "\n",
    "secret.txt": "hush\n",
}
"""The files that a compose file may name, by path, with their text."""

_times = mostly(st.sampled_from(["5s", "30s", "1m", "1m30s", "2h", "0s", "500ms", "10"]), texts | numbers)
memory = mostly(
    st.sampled_from(["6m", "64m", "0.5g", "512M", "1gb", 67108864, "200k", "120g", "0"]),
    texts | numbers | st.just("9000p"),
)
_cpus = mostly(st.sampled_from([0.25, "0.5", 1, 4.5, 16, 0.001, 0, 300]), texts | st.floats())

_ports = st.lists(
    mostly(
        st.sampled_from(
            ["80", "8080:80", "53:53/udp", 443, "127.0.0.1:9000:9000", "7000-7003:7000-7003", "65535"]
        ),
        numbers | texts,
    )
    | some(
        {
            "published": st.sampled_from(["80", "8080"]) | numbers,
            "protocol": st.sampled_from(["tcp", "udp"]),
            "app_protocol": st.sampled_from(["http", "http2", "grpc", "amqp"]),
            "name": mostly(
                st.sampled_from(["web", "http-1"]), st.sampled_from(["Web", "-x", "n" * 65, "a b"])
            ),
            "host_ip": st.just("127.0.0.1"),
        },
        {"target": mostly(st.sampled_from([80, 443, 8080]), numbers)},
    ),
    max_size=3,
)
_expose = st.lists(
    mostly(
        st.sampled_from(["5432", 6379, "53/udp", "9000-9002"]), st.sampled_from(["0", "70000", "1-200", "x"])
    ),
    max_size=2,
)
_healthchecks = st.sampled_from([{"disable": True}, {"test": ["NONE"]}, {"interval": "5s"}]) | some(
    {
        "start_interval": _times,
        "interval": _times,
        "timeout": _times,
        "start_period": _times,
        "retries": mostly(st.integers(1, 10), numbers),
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
        "replicas": mostly(st.sampled_from([0, 1, 3, 5000]), numbers),
        "mode": st.sampled_from(["replicated", "global"]),
        "labels": mostly(
            st.sampled_from([{"team": "shop"}, ["team=shop", "alone"]]),
            st.dictionaries(texts, texts, max_size=2),
        ),
        "resources": st.builds(
            lambda limits, kept: {"limits": limits, "reservations": kept},
            some({"cpus": _cpus.map(str), "memory": memory.map(str)}),
            some({"cpus": _cpus.map(str), "memory": memory.map(str)}),
        ),
        "restart_policy": some(
            {"condition": st.sampled_from(["any", "on-failure", "none"]), "window": _times}
        ),
        "update_config": some(
            {
                "parallelism": mostly(st.integers(0, 5), numbers),
                "order": st.sampled_from(["start-first", "stop-first"]),
            }
        ),
    }
)
_mounts = st.lists(
    st.builds(
        lambda name, path: f"{name}:{path}", st.sampled_from(VOLUMES), st.sampled_from(["/data", "/d:ro"])
    )
    | st.sampled_from(["/anonymous", {"type": "tmpfs", "target": "/t", "tmpfs": {"size": "64m"}}]),
    max_size=3,
)

_sources = mostly(
    st.builds(
        lambda target, form: {**target, **form},
        some({"target": mostly(st.sampled_from(["token", "/run/secrets/token", "TOKEN"]), texts)}),
        some({"uid": st.just("1000"), "mode": st.just(0o440)}),
    ),
    st.just({}),
)


def _declared(names: Sequence[str]) -> Strategy:
    """Return uses of secrets or configs, in both forms."""
    name = st.sampled_from(names)
    return st.lists(
        name | st.builds(lambda source, entry: {"source": source, **entry}, name, _sources), max_size=2
    )


_build_args = mostly(
    st.sampled_from([{"VERSION": "1"}, ["VERSION=1", "SECRET"], {"VERSION": None, "FLAG": True}]),
    st.dictionaries(texts, texts, max_size=2),
)
builds = st.just("app") | some(
    {
        "args": _build_args,
        "target": mostly(st.just("base"), texts),
        "dockerfile": mostly(st.sampled_from(["Dockerfile", "./Dockerfile"]), texts),
        "secrets": _declared(SECRETS[:2]),
        "platforms": st.sampled_from([["linux/amd64", "linux/arm64"], ["linux/amd64"]]),
        "no_cache": st.booleans(),
        "labels": st.just(["team=shop"]),
    },
    {
        "context": mostly(
            st.sampled_from(["app", "./app/"]), st.sampled_from(["nowhere", "https://a.example/b"])
        )
    },
)
_env_files = st.sampled_from(["app.env", ["app.env"]]) | st.lists(
    some(
        {"required": st.booleans(), "format": mostly(st.just("raw"), texts)},
        {"path": mostly(st.sampled_from(["app.env", "./app.env"]), st.sampled_from(["nowhere.env", "app"]))},
    ),
    max_size=2,
)
_networks = st.lists(st.sampled_from(NETWORKS), unique=True, max_size=2) | st.dictionaries(
    st.sampled_from(NETWORKS),
    st.none()
    | some(
        {
            "aliases": st.lists(st.just("cache") | texts, max_size=2),
            "ipv4_address": st.just("10.0.0.9"),
            "priority": st.integers(0, 9),
        }
    ),
    max_size=2,
)
_device_requests = some(
    {"count": mostly(st.integers(1, 2), numbers | st.just("all")), "driver": st.just("nvidia")},
    {"capabilities": mostly(st.just(["gpu"]), st.just(["tpu"]))},
)

of_service: dict[str, Strategy] = {
    "command": st.lists(texts, max_size=2) | st.just("serve --port 80"),
    "entrypoint": st.lists(texts, max_size=2),
    "environment": environment,
    "labels": st.dictionaries(texts, texts, max_size=2) | st.lists(texts, max_size=2),
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
    "extra_hosts": st.sampled_from([{"db": "10.0.0.1"}, {"db": ["10.0.0.1", "::1"]}])
    | st.lists(st.sampled_from(["db:10.0.0.1", "db=[::1]", "host:host-gateway"]) | texts, max_size=2),
    "dns": mostly(st.just(["10.0.0.2"]), st.lists(texts, max_size=2)),
    "dns_search": st.lists(texts, max_size=2),
    "restart": st.sampled_from(["always", "no", "on-failure", "on-failure:3", "unless-stopped"]),
    "deploy": _deploys,
    "scale": mostly(st.integers(0, 3), numbers),
    "cpus": _cpus,
    "mem_limit": memory,
    "mem_reservation": memory,
    "cap_add": _capabilities,
    "cap_drop": _capabilities,
    "privileged": st.booleans(),
    "devices": mostly(st.just(["/dev/fuse"]), st.lists(texts, max_size=2)),
    "ulimits": mostly(
        st.sampled_from(
            [
                {"nofile": 65535},
                {"nproc": {"soft": 10, "hard": 20}},
                {"memlock": -1},
                {"fsize": 2**40},
                {"core": {"soft": 2, "hard": 1}},
            ]
        ),
        st.dictionaries(st.sampled_from(["nofile", "core"]) | texts, numbers, max_size=2),
    ),
    "sysctls": mostly(st.just({"net.core.somaxconn": 1024}), st.dictionaries(texts, texts, max_size=2)),
    "shm_size": memory,
    "security_opt": mostly(st.just(["no-new-privileges:true"]), st.lists(texts, max_size=2)),
    "volumes": _mounts,
    "tmpfs": mostly(
        st.sampled_from(["/run", ["/run:size=64m,mode=755", "/tmp:noexec"]]), st.lists(texts, max_size=2)
    ),
    "secrets": _declared(SECRETS),
    "configs": _declared(CONFIGS),
    "platform": mostly(st.just("linux/amd64"), st.just("linux/arm64")),
    "gpus": mostly(st.lists(_device_requests, max_size=1), st.just("all") | texts),
    "env_file": _env_files,
    "label_file": mostly(st.sampled_from(["app.labels", ["app.labels"]]), st.just("nowhere.labels")),
    "networks": _networks,
    "profiles": st.lists(st.sampled_from(["debug", "ops"]), min_size=1, max_size=2),
}
