"""Generates arguments of apps by where they run: their containers, volumes, names and ways to be reached."""

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st
from support.generated_arguments import (
    ACCOUNT,
    NEW_ROLE,
    Strategy,
    arns,
    commands,
    container_health_checks,
    environment,
    mostly,
    of_app,
    roles,
    secrets,
    security_groups,
    sizes,
    some,
    sources,
    texts,
    users,
)

VOLUMES = ("data", "cache_1")
CONTAINERS = ("proxy", "Worker_1")

_firelens = some(
    {"options": mostly(st.just({"Retry_Limit": "2"}), st.dictionaries(texts, texts, max_size=1))},
    {
        "firelens": mostly(
            st.sampled_from(
                [
                    {"to": "cloudwatch"},
                    {"to": "s3", "name": "logs-bucket"},
                    {"to": "firehose", "name": "logs"},
                    {"to": "opensearch", "name": "logs", "host": "search.example.com"},
                ]
            ),
            st.fixed_dictionaries({"to": st.just("s3"), "name": texts}),
        )
    },
)
_awslogs = some(
    {
        "group": mostly(st.just("/shop/web"), texts),
        "prefix": mostly(st.just("web"), texts),
        "options": mostly(
            st.sampled_from(
                [{"max-buffer-size": "4m"}, {"mode": "blocking"}, {"awslogs-format": "json/emf"}]
            ),
            st.dictionaries(texts, texts, max_size=2),
        ),
    },
    {"driver": st.just("awslogs")},
)
_splunk = st.just(
    {
        "driver": "splunk",
        "options": {"splunk-url": "https://splunk.example"},
        "secret_options": {"splunk-token": "/splunk/token"},
    }
)
_drivers_of_instances = st.sampled_from(["fluentd", "gelf", "journald", "json-file", "syslog"])
_tmpfs = st.lists(
    some(
        {
            "options": st.lists(
                mostly(st.sampled_from(["noexec", "mode=1777", "uid=1000"]), texts), unique=True, max_size=2
            )
        },
        {
            "path": mostly(st.sampled_from(["/run", "/tmp"]), texts),
            "size": mostly(st.sampled_from([1, 64]), st.integers()),
        },
    ),
    max_size=2,
    unique_by=lambda one: one["path"],
)
_linux: dict[str, Strategy] = {
    "init": st.booleans(),
    "add_capabilities": st.just(["SYS_PTRACE"]),
    "drop_capabilities": st.lists(st.sampled_from(["ALL", "NET_RAW", "CHOWN"]), unique=True, max_size=2),
    "tmpfs": _tmpfs,
}
_linux_of_instances: dict[str, Strategy] = {
    "add_capabilities": st.lists(st.sampled_from(["SYS_ADMIN", "NET_ADMIN"]), unique=True),
    "shared_memory": mostly(st.sampled_from([1, 128]), st.integers()),
    "devices": st.lists(
        some(
            {
                "path": mostly(st.just("/dev/fuse"), texts),
                "permissions": st.lists(st.sampled_from(["read", "write", "mknod"]), unique=True),
            },
            {"host_path": mostly(st.sampled_from(["/dev/fuse", "/dev/kvm"]), texts)},
        ),
        max_size=1,
    ),
}


@st.composite
def _ulimits(draw: st.DrawFn) -> dict[str, Any]:
    pairs = st.sampled_from([(0, 0), (1024, 4096), (-1, -1), (65536, -1), (2**31 - 1, 2**31 - 1)])
    limits = mostly(pairs, st.tuples(st.integers(), st.integers()))
    names = mostly(st.sampled_from(["nofile", "nproc", "core", "memlock"]), texts)
    drawn = draw(st.dictionaries(names, limits, max_size=2))
    return {name: {"soft": soft, "hard": hard} for name, (soft, hard) in drawn.items()}


@st.composite
def _ports(draw: st.DrawFn, first: int, bridge: bool) -> list[dict[str, Any]]:
    """Return ports from `first` on, which no other container has."""
    ports: list[dict[str, Any]] = []
    for port in draw(st.lists(st.sampled_from([first, first + 1]), unique=True, max_size=2)):
        keys: dict[str, Strategy] = {
            "protocol": st.just("udp"),
            "host_port": st.sampled_from([0, 32000 + port % 100]) if bridge else st.sampled_from([0, port]),
            "name": mostly(st.just(f"p-{port}"), texts),
            "app_protocol": st.sampled_from(["http", "http2", "grpc"]),
        }
        ports.append({"port": port, **draw(some(keys, most=2))})
    return ports


def _of_place(*, instances: bool, bridge: bool, gpu: bool) -> dict[str, Strategy]:
    """Return the settings that containers have only in some places."""
    keys: dict[str, Strategy] = {}
    if instances:
        keys = {
            "privileged": st.booleans(),
            "security_options": st.lists(mostly(st.just("no-new-privileges"), texts), max_size=1),
        }
    if bridge:
        keys |= {
            "hostname": mostly(st.just("web-1"), texts),
            "extra_hosts": mostly(
                st.just({"db.internal": "10.0.0.7", "six": "fd00::7"}),
                st.dictionaries(texts, texts, max_size=1),
            ),
            "dns": st.lists(mostly(st.just("10.0.0.2"), texts), max_size=1),
            "dns_search": st.lists(mostly(st.just("shop.internal"), texts), max_size=1),
        }
    if gpu:
        keys["gpu"] = mostly(st.just(1), st.integers())
    return keys


def of_container(capacity: str, *, bridge: bool, gpu: bool, first_port: int) -> dict[str, Strategy]:
    """Return the settings that every container of a task may have where it runs."""
    instances = "fargate" not in capacity
    linux = {**_linux, **_linux_of_instances} if instances else _linux
    log = _awslogs | _splunk | _firelens
    if instances:
        log |= st.builds(lambda driver: {"driver": driver}, _drivers_of_instances)
    return {
        "repository_credentials": arns("secretsmanager"),
        "command": commands,
        "entry_point": commands,
        "working_directory": mostly(st.just("/srv/app"), texts),
        "environment": environment,
        "env_file": st.lists(mostly(st.just("arn:aws:s3:::settings/web.env"), arns("s3")), max_size=2),
        "secrets": secrets,
        "ports": _ports(first_port, bridge),
        "user": users,
        "read_only": st.booleans(),
        "version_consistency": st.booleans(),
        "linux": some(linux),
        "ulimits": _ulimits(),
        "system_controls": mostly(
            st.just({"net.core.somaxconn": "1024"}), st.dictionaries(texts, texts, max_size=2)
        ),
        "restart": some(
            {
                "ignored_exit_codes": st.lists(mostly(st.integers(0, 255), st.integers()), max_size=2),
                "attempt_period": mostly(st.sampled_from([60, 1800]), st.integers()),
            }
        ),
        "log": log,
        "labels": st.dictionaries(texts, texts, max_size=2),
        "interactive": st.booleans(),
        "terminal": st.booleans(),
        **_of_place(instances=instances, bridge=bridge, gpu=gpu),
    }


of_further: dict[str, Strategy] = {
    "essential": st.booleans(),
    "cpu": mostly(st.sampled_from([1, 64]), st.integers()),
    "memory": mostly(st.sampled_from([16, 32]), st.integers()),
    "memory_reservation": mostly(st.sampled_from([6, 8]), st.integers()),
    "health_check": container_health_checks,
    "stop_timeout": mostly(st.integers(2, 120), st.integers()),
}
"""The arguments that only further containers take."""

_posix = mostly(st.sampled_from(["1000", "1000:1000", "4294967295"]), texts)
_new_efs = some({"owner": _posix, "user": _posix})
_existing_efs = some(
    {"iam": st.booleans()}, {"file_system_id": mostly(st.just("fs-0123456789abcdef0"), texts)}
).flatmap(
    lambda efs: st.sampled_from(
        [efs, {**efs, "root_directory": "/shop"}, {**efs, "access_point_id": "fsap-0123456789abcdef0"}]
    )
)
_ebs = st.sampled_from(
    [
        {"size": 1},
        {"size": 65536, "type": "gp3", "iops": 80000, "throughput": 2000},
        {"size": 4, "type": "io2", "iops": 100},
        {"size": 125, "type": "st1", "file_system": "ext4"},
        {"snapshot_id": "snap-0123456789abcdef0", "file_system": "ext3"},
        {"size": 10, "kms_key_id": "arn:aws:kms:us-east-1:123456789012:key/1234abcd"},
    ]
)


def _volumes(capacity: str) -> Strategy:
    """Return up to one volume for each task and one that tasks share."""
    shared = (_new_efs | _existing_efs).map(lambda efs: {"efs": efs})
    if capacity == "ec2":
        shared |= mostly(st.just("/var/lib/data"), texts).map(lambda path: {"host_path": path})
    own = shared | _ebs.map(lambda ebs: {"ebs": ebs})
    return some({VOLUMES[0]: own, VOLUMES[1]: shared})


def _mounts(volumes: Mapping[str, Any]) -> Strategy:
    """Return mounts of all the volumes."""
    each = [
        some(
            {"read_only": st.booleans()},
            {"volume": st.just(volume), "path": mostly(st.just(f"/mnt/{volume}"), texts)},
        )
        for volume in volumes
    ]
    return st.tuples(*each).map(list)


def _condition(container: Mapping[str, Any]) -> str:
    """Return the latest state that a container can be waited for in."""
    if container.get("essential") is False:
        return "SUCCESS"
    return "HEALTHY" if "health_check" in container else "START"


def _of_others(
    containers: Mapping[str, Any], volumes: Mapping[str, Any], *, bridge: bool
) -> dict[str, Strategy]:
    """Return the settings that name other containers and volumes of the task, those given."""
    keys: dict[str, Strategy] = {"mounts": _mounts(volumes)} if volumes else {}
    if containers:
        names = mostly(st.sampled_from([*containers]), texts)
        keys |= {
            "depends_on": st.lists(names, unique=True, max_size=2).map(
                lambda drawn: {name: _condition(containers.get(name, {})) for name in drawn}
            ),
            "volumes_from": st.lists(
                some({"read_only": st.booleans()}, {"container": names}),
                max_size=2,
                unique_by=lambda one: one["container"],
            ),
        }
        if bridge:
            keys["links"] = st.lists(names | names.map(lambda name: f"{name}:alias"), max_size=1)
    return keys


def _of_task(
    containers: Mapping[str, Any], volumes: Mapping[str, Any], *, bridge: bool
) -> dict[str, Strategy]:
    """Return the arguments of an app with volumes and further containers, those given."""
    keys: dict[str, Strategy] = {
        "volumes": st.just(volumes),
        "containers": st.just(containers),
        **_of_others(containers, volumes, bridge=bridge),
    }
    if any("file_system_id" not in one.get("efs", {"file_system_id": ""}) for one in volumes.values()):
        zones = mostly(st.sampled_from([1, 2]), st.integers())
        keys["file_system"] = some({"zones": zones, "backups": st.booleans()})
    if any(one.get("essential", True) for one in containers.values()):
        keys["essential"] = st.booleans()
    return keys


@st.composite
def _tasks(draw: st.DrawFn, capacity: str, *, bridge: bool, gpu: bool) -> dict[str, Any]:
    """Return volumes and further containers of a task, and what refers to them."""
    volumes = draw(_volumes(capacity))
    containers: dict[str, Any] = {}
    for index, name in enumerate(CONTAINERS[: draw(st.integers(0, len(CONTAINERS)))]):
        own = of_container(capacity, bridge=bridge, gpu=gpu and index == 0, first_port=7000 + 100 * index)
        source, further = draw(sources), draw(some(of_further, most=2))
        others = draw(some(_of_others(containers, volumes, bridge=bridge), most=1))
        containers[name] = {**source, **draw(some(own, most=4)), **further, **others}
    keys = _of_task(containers, volumes, bridge=bridge)
    whole = [name for name in ("volumes", "containers", "mounts") if name in keys]
    return draw(some(keys, {name: keys[name] for name in whole}))


_service = {
    "name": mostly(st.just("api"), texts),
    "aliases": st.lists(
        some({"dns_name": mostly(st.just("api.shop"), texts), "port": st.sampled_from([80, 8080])}),
        min_size=1,
        max_size=1,
    ),
    "ingress_port": mostly(st.sampled_from([15000, 65535]), st.integers()),
    "tls": some(
        {"kms_key": arns("kms")},
        {
            "certificate_authority_arn": mostly(
                st.just(f"arn:aws:acm-pca:us-east-1:{ACCOUNT}:certificate-authority/1234"), texts
            ),
            "role_arn": roles,
        },
    ),
    "idle_timeout": mostly(st.sampled_from([0, 3600]), st.integers()),
}


def _of_names(*, bridge: bool) -> dict[str, Strategy]:
    """Return the arguments for the names of an app."""
    clients = {} if bridge else {"clients": st.lists(security_groups, unique=True, max_size=2)}
    return {
        "connect": some(
            {"services": st.lists(some(_service), max_size=1), **clients},
            {
                "namespace": mostly(
                    st.just(f"arn:aws:servicediscovery:us-east-1:{ACCOUNT}:namespace/ns-1"), texts
                )
            },
        ),
        "discovery": some(
            {
                "name": mostly(st.sampled_from(["api", "api.shop", "a" * 63]), texts),
                "ttl": mostly(st.sampled_from([0, 2147483647]), st.integers()),
                **clients,
            },
            {"namespace_id": mostly(st.just("ns-0123456789abcdef"), texts)},
        ),
    }


_OF_FARGATE = frozenset({"platform_version", "ephemeral_storage"})
_OF_EC2 = frozenset({"daemon", "placement"})
_OF_BRIDGE = frozenset({"host_port"})
_OF_AWSVPC = frozenset({"subnets", "security_group", "security_group_ids", "connections"})

of_unbalanced_app: dict[str, Strategy] = {
    "public": st.booleans(),
    "target_group_arn": mostly(
        st.just(f"arn:aws:elasticloadbalancing:us-east-1:{ACCOUNT}:targetgroup/web/1234"), texts
    ),
}
"""The arguments for the reachability of an app without `load_balancer`."""

OF_SIZE = frozenset({"cpu", "memory"})

_anywhere = of_container("ec2", bridge=True, gpu=True, first_port=7000)
_others: tuple[Any, Any] = ({"proxy": {}}, {"data": {"efs": {}}})

OF_CONTAINERS = frozenset(_anywhere | of_further | _of_others(*_others, bridge=True))
"""The arguments of further containers that `app_arguments` makes."""

ARGUMENTS = OF_SIZE | frozenset(
    of_app | _anywhere | _of_task(*_others, bridge=True) | _of_names(bridge=False) | of_unbalanced_app
)
"""The arguments that `app_arguments` makes, and those of an app without `load_balancer`."""


@st.composite
def app_arguments(draw: st.DrawFn, kind: Mapping[str, Any]) -> dict[str, Any]:
    """Return arguments of an app on a cluster of a kind; one in thirty has some that need another kind."""
    capacity, gpu = kind["capacity"], "instance_types" in kind.get("ec2", {})
    bridge = capacity == "ec2" and draw(st.booleans())
    elsewhere = (
        (_OF_FARGATE if "fargate" not in capacity else frozenset())
        | (_OF_EC2 if capacity != "ec2" else frozenset())
        | (_OF_AWSVPC if bridge else _OF_BRIDGE)
        | draw(st.sampled_from([NEW_ROLE, {"task_role_arn"}]))
    )
    here = {key: value for key, value in of_app.items() if key not in elsewhere}
    mode = {"network_mode": st.just("bridge" if bridge else "awsvpc")}
    needed = mode if capacity == "ec2" and not bridge else {}
    own = of_container(capacity, bridge=bridge, gpu=gpu, first_port=6000)
    args = draw(mostly(some({**own, **here, **mode}, needed, least=3, most=12), some(of_app)))
    port = {"port": st.sampled_from([80, 8080])}
    names = draw(st.just({}) | some(_of_names(bridge=bridge), port, most=1))
    task = draw(st.just({}) | _tasks(capacity, bridge=bridge, gpu=gpu))
    return {**_size(draw, capacity), **args, **names, **task}


def _size(draw: st.DrawFn, capacity: str) -> dict[str, int]:
    """Return the size of a task, or none."""
    fits = sizes if "fargate" not in capacity else sizes.filter(lambda size: size[0] not in (0, 128))
    size = draw(st.none() | fits)
    return {} if size is None else {"cpu": size[0], "memory": size[1]}
