# ruff: noqa: E501 - a row of a table is one line
"""Each key of a compose service: what it becomes, what is said of it, or why it is refused."""

from typing import Any

import pytest

from moorage.compose_file.keys import refused as keys_refused
from moorage.compose_file.schema import _known_keys, _schema
from moorage.compose_file.service_keys import HONOURED
from moorage.offline import EvaluationError

from .conftest import App, containers, said


def web(body: str, top: str = "") -> str:
    return f"services:\n  web:\n    image: i\n    {body}\n{top}"


BRIDGE = {"p.yml": "version: 1\ntask_definition: {ecs_network_mode: bridge}"}
ON_INSTANCES: dict[str, Any] = {"cluster": {"capacity": "ec2"}, "ecs_params": "p.yml"}

HONOURED_ON_FARGATE = [
    ("command: run --fast 'a b'", {"command": ["run", "--fast", "a b"]}),
    ("command: [run, '5']", {"command": ["run", "5"]}),
    ("entrypoint: /entry.sh x", {"entryPoint": ["/entry.sh", "x"]}),
    ("environment: {B: 2, A: true, C: '${X:-x}', HOME_UNSET: }", {"environment": [
        {"name": "A", "value": "true"}, {"name": "B", "value": "2"}, {"name": "C", "value": "x"}]}),
    ("ports: ['80:80', '53:53/udp']", {"portMappings": [
        {"containerPort": 80, "protocol": "tcp"}, {"containerPort": 53, "protocol": "udp"}]}),
    ("ports: [{target: 80, name: web, app_protocol: http}]", {"portMappings": [
        {"containerPort": 80, "protocol": "tcp", "name": "web", "appProtocol": "http"}]}),
    ("expose: ['80', '90-91']", {"portMappings": [
        {"containerPort": port, "protocol": "tcp"} for port in (80, 90, 91)]}),
    ("healthcheck: {test: curl -f localhost, interval: 1m, timeout: 10s, retries: 5, start_period: 30s}", {
        "healthCheck": {"command": ["CMD-SHELL", "curl -f localhost"], "interval": 60, "timeout": 10,
                        "retries": 5, "startPeriod": 30}}),
    ("healthcheck: {test: [CMD, ok]}", {"healthCheck": {
        "command": ["CMD", "ok"], "interval": 30, "timeout": 5, "retries": 3, "startPeriod": 0}}),
    ("healthcheck: {disable: true}", {"healthCheck": None}),
    ("healthcheck: {test: [NONE]}", {"healthCheck": None}),
    ("deploy: {resources: {limits: {cpus: '0.25', memory: 512M}, reservations: {memory: 128M}}}", {
        "cpu": 256, "memory": 512, "memoryReservation": 128}),
    ("cpus: 0.25", {"cpu": 256}),
    ("mem_limit: 256m", {"memory": 256}),
    ("mem_reservation: 128mb", {"memoryReservation": 128}),
    ("restart: always", {"restartPolicy": {"enabled": True}}),
    ("restart: unless-stopped", {"restartPolicy": {"enabled": True}}),
    ("restart: on-failure\n    ports: ['80:80']", {"restartPolicy": {"enabled": True, "ignoredExitCodes": [0]}}),
    ("deploy: {restart_policy: {condition: on-failure, window: 2m}}\n    ports: ['80:80']", {"restartPolicy": {
        "enabled": True, "ignoredExitCodes": [0], "restartAttemptPeriod": 120}}),
    ("logging: {driver: splunk, options: {splunk-url: u, splunk-token: t}}", {"logConfiguration": {
        "logDriver": "splunk", "options": {"splunk-token": "t", "splunk-url": "u"}}}),
    ("logging: {driver: awslogs, options: {awslogs-group: g, awslogs-region: eu-west-1, "
     "awslogs-stream-prefix: p, mode: blocking}}", {"logConfiguration": {"logDriver": "awslogs", "options": {
         "awslogs-group": "g", "awslogs-region": "eu-west-1", "awslogs-stream-prefix": "p", "mode": "blocking"}}}),
    ("tmpfs: ['/run:size=16m,mode=1777']", {"linuxParameters": {"tmpfs": [
        {"containerPath": "/run", "size": 16, "mountOptions": ["mode=1777"]}]}}),
    ("volumes: [{type: tmpfs, target: /t, tmpfs: {size: 1048577}}]", {"linuxParameters": {"tmpfs": [
        {"containerPath": "/t", "size": 2}]}}),
    ("volumes: [/cache]", {"mountPoints": [{"sourceVolume": "web-anonymous-0", "containerPath": "/cache"}]}),
    ("ulimits: {nofile: 1024, nproc: {soft: 1, hard: 2}}", {"ulimits": [
        {"name": "nofile", "softLimit": 1024, "hardLimit": 1024}, {"name": "nproc", "softLimit": 1, "hardLimit": 2}]}),
    ("user: '1000:1000'", {"user": "1000:1000"}),
    ("working_dir: /app", {"workingDirectory": "/app"}),
    ("read_only: true", {"readonlyRootFilesystem": True}),
    ("init: true", {"linuxParameters": {"initProcessEnabled": True}}),
    ("cap_add: [SYS_PTRACE]", {"linuxParameters": {"capabilities": {"add": ["SYS_PTRACE"]}}}),
    ("cap_add: [CHOWN, CAP_SYS_PTRACE]", {"linuxParameters": {"capabilities": {"add": ["SYS_PTRACE"]}}}),
    ("cap_add: [CHOWN]\n    cap_drop: [KILL, CHOWN]", {"linuxParameters": {"capabilities": {"drop": ["KILL"]}}}),
    ("cap_drop: [ALL]\n    cap_add: [CHOWN, SETUID]", {"linuxParameters": {"capabilities": {"drop": ["AUDIT_WRITE", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "NET_RAW", "SETFCAP", "SETGID", "SETPCAP", "SYS_CHROOT"]}}}),
    ("cap_drop: [CAP_NET_RAW, ALL]", {"linuxParameters": {"capabilities": {"drop": ["ALL", "NET_RAW"]}}}),
    ("stop_grace_period: 1m30s", {"stopTimeout": 90}),
    ("labels: [a=1, b]", {"dockerLabels": {"a": "1", "b": ""}}),
    ("sysctls: {net.core.somaxconn: 1024}", {"systemControls": [
        {"namespace": "net.core.somaxconn", "value": "1024"}]}),
    ("stdin_open: true", {"interactive": True}),
    ("tty: true", {"pseudoTerminal": True}),
    ("platform: linux/amd64", {"name": "web"}),
    ("x-own: anything", {"name": "web"}),
]  # fmt: skip


@pytest.mark.parametrize(("body", "expected"), HONOURED_ON_FARGATE)
def test_what_a_key_becomes(app: App, body: str, expected: dict[str, Any]) -> None:
    graph = app(web(body))
    container = containers(graph)["web"]
    assert {key: container.get(key) for key in expected} == expected
    assert said(graph) == []


@pytest.mark.parametrize("body", [body for body, _ in HONOURED_ON_FARGATE])
def test_the_same_in_a_preview(app: App, body: str) -> None:
    assert containers(app(web(body), preview=True)) == containers(app(web(body)))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("privileged: true", {"privileged": True}),
        ("shm_size: 128m", {"linuxParameters": {"sharedMemorySize": 128}}),
        # As Docker's default, 64 MiB.
        ("shm_size: 0", {"linuxParameters": None}),
        ("ports: ['8080:80', '8081:80']", {"portMappings": [
            {"containerPort": 80, "hostPort": 8080, "protocol": "tcp"},
            {"containerPort": 80, "hostPort": 8081, "protocol": "tcp"}]}),
        ("ulimits: {memlock: -1, core: {soft: 0, hard: -1}}", {"ulimits": [
            {"name": "core", "softLimit": 0, "hardLimit": -1}, {"name": "memlock", "softLimit": -1, "hardLimit": -1}]}),
        ("devices: ['/dev/a:/dev/b:r']", {"linuxParameters": {"devices": [
            {"hostPath": "/dev/a", "containerPath": "/dev/b", "permissions": ["read"]}]}}),
        ("cap_add: [NET_ADMIN]", {"linuxParameters": {"capabilities": {"add": ["NET_ADMIN"]}}}),
        ("cap_drop: [ALL]\n    cap_add: [CHOWN]", {"linuxParameters": {"capabilities": {"add": ["CHOWN"], "drop": ["ALL"]}}}),
        ("security_opt: [no-new-privileges]", {"dockerSecurityOptions": ["no-new-privileges"]}),
        ("ports: ['8080:80', '90']", {"portMappings": [
            {"containerPort": 80, "hostPort": 8080, "protocol": "tcp"},
            {"containerPort": 90, "hostPort": 0, "protocol": "tcp"}]}),
        ("hostname: h", {"hostname": "h"}),
        ("extra_hosts: ['a:1.2.3.4']", {"extraHosts": [{"hostname": "a", "ipAddress": "1.2.3.4"}]}),
        ("dns: 1.1.1.1", {"dnsServers": ["1.1.1.1"]}),
        ("dns_search: [a.b]", {"dnsSearchDomains": ["a.b"]}),
        ("logging: {driver: syslog}", {"logConfiguration": {"logDriver": "syslog"}}),
    ],
)  # fmt: skip
def test_what_instances_honour_as_well(app: App, body: str, expected: dict[str, Any]) -> None:
    container = containers(app({"compose.yml": web(body), **BRIDGE}, **ON_INSTANCES))["web"]
    assert {key: container.get(key) for key in expected} == expected


@pytest.mark.parametrize("preview", [False, True])
def test_a_link_and_volumes_name_the_container_of_a_service(app: App, preview: bool) -> None:
    text = web("links: ['my.db:db']\n    volumes_from: ['my.db:ro']\n  my.db: {image: j}")
    graph = app({"compose.yml": text, **BRIDGE}, **ON_INSTANCES, task="one", preview=preview)
    found = containers(graph, "shop-task")
    assert found["web"]["links"] == ["my-db:db"]
    assert found["web"]["volumesFrom"] == [{"sourceContainer": "my-db", "readOnly": True}]
    assert found["my-db"]["image"] == "j"


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("links: [my.db]\n  my.db: {image: j}", "compose.yml:4: services.web.links: my.db must be 1 to 255 letters"),
        ("links: ['db:a.b']\n  db: {image: j}", "compose.yml:4: services.web.links: a.b must be 1 to 255 letters"),
        ("extra_hosts: [db]", "compose.yml:4: services.web.extra_hosts: 'db': must be HOST=ADDRESS"),
        ("extra_hosts: ['=1.2.3.4']", "compose.yml:4: services.web.extra_hosts: '=1.2.3.4': must be HOST=ADDRESS"),
        ("extra_hosts: ['a:host-gateway']", "compose.yml:4: services.web.extra_hosts.a: 'host-gateway': must be an IP address"),
        ("volumes_from: [web]", "compose.yml:4: services.web"),
        ("devices: ['']", "compose.yml:4: services.web.devices: '': must be PATH[:PATH[:PERMISSIONS]]"),
        ("devices: ['/a:/a:rx']", "compose.yml:4: services.web.devices: '/a:/a:rx': must be PATH[:PATH[:PERMISSIONS]]"),
    ],
)  # fmt: skip
def test_what_instances_cannot_have(app: App, body: str, problem: str) -> None:
    with pytest.raises(EvaluationError) as error:
        app({"compose.yml": web(body), **BRIDGE}, **ON_INSTANCES, task="one")
    assert problem in str(error.value)


@pytest.mark.parametrize(
    ("body", "warning"),
    [
        ("ports: ['8080:80']", "4: services.web.ports: 8080:80: the port is 80, at the task's own address"),
        ("ports: ['127.0.0.1:80:80']", "4: services.web.ports: 127.0.0.1: on ECS the port is open to the services of the app only"),
        ("container_name: xy", "4: services.web.container_name: is ignored: a container has the name of its service; a fixed name would prevent a second task"),
        ("hostname: x", "4: services.web.hostname: is ignored: with awsvpc networking the host name is the task's address"),
        ("extra_hosts: ['a:1.2.3.4']", "4: services.web.extra_hosts: is ignored: it needs bridge networking"),
        ("stop_grace_period: 10m", "4: services.web.stop_grace_period: ECS allows 2 to 120; 120 is used"),
        ("healthcheck: {test: a, interval: 1s}", "4: services.web.healthcheck.interval: ECS allows 5 to 300; 5 is used"),
        ("healthcheck: {test: []}", "4: services.web.healthcheck: is ignored without a test: ECS does not run the image's HEALTHCHECK"),
        ("healthcheck: {interval: 10s}", "4: services.web.healthcheck: is ignored without a test: ECS does not run the image's HEALTHCHECK"),
        ("logging: {driver: json-file}", "4: services.web.logging: is replaced by awslogs: on ECS logs go to CloudWatch Logs"),
        ("shm_size: 1g", "4: services.web.shm_size: is ignored: /dev/shm has 64 MiB on Fargate; a `tmpfs` can be larger"),
        ("restart: 'no'", "4: services.web.restart: is not possible for a task that ends: its ECS service replaces it, again and again; run a service that ends as a Job, or let others wait for it with `depends_on` and service_completed_successfully"),
        ("restart: on-failure:3\n    ports: ['80:80']", "4: services.web.restart: the number is ignored: ECS does not limit restarts"),
        ("deploy: {placement: {constraints: [a]}}", "4: services.web.deploy.placement: is ignored: ECS spreads tasks over zones, then over instances"),
        ("deploy: {update_config: {delay: 5s}}", "4: services.web.deploy.update_config.delay: is ignored: ECS continues with healthy tasks, and its circuit breaker counts failures"),
        ("command: []", "4: services.web.command: is ignored: ECS cannot clear the image's CMD"),
        ("pull_policy: always", "4: services.web.pull_policy: is ignored: ECS pulls when a task starts"),
    ],
)  # fmt: skip
def test_what_is_done_otherwise_is_said(app: App, body: str, warning: str) -> None:
    assert said(app(web(body))) == [warning]


@pytest.mark.parametrize(
    ("body", "top", "problem"),
    [
        ("volumes: ['/var/run/docker.sock:/s']", "", "compose.yml:4: services.web.volumes: '/var/run/docker.sock:/s': is not possible on ECS: a task cannot reach the container engine that runs it"),
        ("cap_add: [NET_ADMIN]", "", "compose.yml:4: services.web.cap_add: 'NET_ADMIN': must be SYS_PTRACE on Fargate"),
        ("privileged: true", "", "compose.yml:4: services.web.privileged: is not possible on Fargate"),
        ("devices: [/dev/a]", "", "compose.yml:4: services.web.devices: is not possible on Fargate"),
        ("gpus: all", "", "compose.yml:4: services.web.gpus: 'all': is not possible on Fargate"),
        ("network_mode: host", "", "compose.yml:4: services.web.network_mode: 'host': is not possible on ECS"),
        ("platform: linux/arm64", "", "compose.yml:4: services.web.platform: 'linux/arm64': must be linux/amd64"),
        ("platform: linux/aarch64", "", "compose.yml:4: services.web.platform: 'linux/aarch64': must be linux/amd64, the cluster's platform; change `arch` of EcsCluster, or omit it"),
        ("platform: linux/amd64/v3", "", "compose.yml:4: services.web.platform: 'linux/amd64/v3': must be linux/amd64"),
        ("platform: windows/amd64", "", "compose.yml:4: services.web.platform: 'windows/amd64': must be linux/amd64"),
        ("pid: host", "", "compose.yml:4: services.web.pid: 'host': is not supported"),
        ("deploy: {mode: global}", "", "compose.yml:4: services.web.deploy.mode: 'global': runs one task per instance"),
        ("deploy: {replicas: 5001}", "", "compose.yml:4: services.web.deploy.replicas: 5001: must be from 0 to 5000"),
        ("deploy: {replicas: 2}\n    scale: 3", "", "services.web.scale: 3: cannot be combined with the other of scale and replicas, which is 2"),
        ("deploy: {resources: {limits: {cpus: '0.5'}}}\n    cpus: 1", "", "services.web.deploy.resources.limits.cpus: '0.5': cannot be combined with cpus, which is 1"),
        ("deploy: {resources: {limits: {memory: 1g}}}\n    mem_limit: 2g", "", "services.web.mem_limit: '2g': cannot be combined with deploy.resources.limits.memory, which is 1024 MiB"),
        ("deploy: {resources: {reservations: {memory: 1g}}}\n    mem_reservation: 1", "", "services.web.mem_reservation: 1: cannot be combined with deploy.resources.reservations.memory, which is 1024 MiB"),
        ("deploy: {resources: {limits: {memory: 300G}}}", "", "compose.yml:2: services.web: Fargate does not have a size for 256 CPU units and 307200 MiB"),
        ("mem_limit: much", "", "compose.yml:4: services.web.mem_limit: 'much': must be a size such as 512m or 1gb"),
        ("stop_grace_period: soon", "", "compose.yml:4: services.web.stop_grace_period: 'soon': must be a duration"),
        ("env_file: none.env", "", "compose.yml:4: services.web.env_file: none.env: cannot be read"),
        ("ulimits: {files: 5}", "", "compose.yml:4: services.web.ulimits.files: 'files': must be one of core, cpu"),
        ("ulimits: {nofile: {soft: 2, hard: 1}}", "", "compose.yml:4: services.web.ulimits.nofile: must be 0 or more, or -1 for no limit"),
        ("ulimits: {nofile: {soft: -1, hard: 1}}", "", "compose.yml:4: services.web.ulimits.nofile: must be 0 or more, or -1 for no limit"),
        ("sysctls: {vm.swappiness: 1}", "", "compose.yml:4: services.web.sysctls.vm.swappiness: is not a namespaced kernel parameter"),
        ("sysctls: [fs.file-max=9]", "", "compose.yml:4: services.web.sysctls.fs.file-max: is not a namespaced kernel parameter"),
        ("ulimits: {core: -2}", "", "compose.yml:4: services.web.ulimits.core: must be 0 or more, or -1 for no limit"),
        ("ulimits: {fsize: 2147483648}", "", "compose.yml:4: services.web.ulimits.fsize: 2147483648: must be at most 2147483647"),
        ("mem_limit: 2048t", "", "compose.yml:4: services.web.mem_limit: '2048t': must be at most 2147483647m"),
        ("tmpfs: /t:size=2048t", "", "compose.yml:4: services.web.tmpfs: '2048t': must be at most 2147483647m"),
        ("user: '2147483648'", "", "compose.yml:4: services.web.user: '2147483648': must be numbers up to 2147483647"),
        ("user: 'app:2147483648'", "", "compose.yml:4: services.web.user: 'app:2147483648': must be numbers up to 2147483647"),
        ("expose: ['1-101']", "", "compose.yml:4: services.web.expose: must be at most 100 ports"),
        ("ports: ['1-99']\n    expose: ['100-101']", "", "compose.yml:4: services.web.ports: must be at most 100 ports"),
        ("ports: [{target: 80, name: a}, {target: 81, name: a}]", "", "compose.yml:4: services.web.ports: a is also the name of web:80"),
        ("ports: [{target: 80}, {target: 81, name: web-80}]", "", "compose.yml:4: services.web.ports: web-80 is also the name of web:80"),
        ("volumes: ['v:/x']", "volumes:\n  v: {x-moorage: {storage: efs, user: '4294967296'}}", "compose.yml:6: volumes.v.x-moorage.user: '4294967296': must be numbers up to 4294967295"),
        ("volumes_from: [web]", "", "compose.yml:4: services.web.volumes_from: needs `task: one`"),
        ("volumes: ['v:/x']", "volumes:\n  v: {driver: nfs}", "compose.yml:6: volumes.v.driver: 'nfs': must be local or efs"),
        ("volumes: ['v:/x']", "volumes:\n  v: {external: true}", "compose.yml:6: volumes.v: must be an EFS file system"),
        ("volumes: ['v:/x']", "volumes:\n  v: {driver_opts: {type: nfs, o: addr=h}}", "compose.yml:6: volumes.v.driver_opts: must be `type: efs`; ECS does not mount other file systems"),
        ("secrets: [s]", "secrets:\n  s: {environment: NOT_SET_ANYWHERE}", "compose.yml:6: secrets.s.environment: 'NOT_SET_ANYWHERE': is not a variable that is set"),
        ("secrets: [s]", "secrets:\n  s: {file: none.txt}", "compose.yml:6: secrets.s.file: none.txt: cannot be read: No such file or directory"),
        ("environment: {S: 1}\n    secrets: [s]", "secrets:\n  s: {external: true}", "compose.yml:4: services.web.environment.S: 1: a secret becomes the same variable"),
        ("build: {context: none}", "", "compose.yml:4: services.web.build.context: 'none': is not a folder of the project"),
        ("build: {context: ., dockerfile_inline: FROM a}", "", "compose.yml:4: services.web.build.dockerfile_inline: 'FROM a': is not possible"),
        ("build: 'https://github.com/a/b.git'", "", "compose.yml:4: services.web.build.context: 'https://github.com/a/b.git': must be a folder"),
        ("logging: {driver: splunk, options: {splunk-url: u}}", "", "compose.yml:4: services.web.logging.options.splunk-token: is required for the driver splunk"),
        ("logging: {driver: awslogs, options: {mode: fast}}", "", "compose.yml:4: services.web.logging.options.mode: 'fast': must be one of blocking, non-blocking"),
        ("logging: {driver: gelf}", "", "compose.yml:4: services.web.logging.driver: 'gelf': must be one of awslogs, splunk"),
        ("volumes: [{type: volume, target: ''}]", "", "compose.yml:4: services.web.volumes: '': must be an absolute path"),
        ("command: \"echo 'a\"", "", "compose.yml:4: services.web.command: \"echo 'a\": has an unclosed quote"),
        ("", "jobs: {a: {image: i}}", "compose.yml:5: jobs: is not supported; use a Job"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_its_line(app: App, body: str, top: str, problem: str) -> None:
    with pytest.raises(EvaluationError) as error:
        app(web(body, top))
    assert problem in str(error.value)


def test_a_service_needs_an_image_or_a_build(app: App) -> None:
    with pytest.raises(EvaluationError, match=r"compose.yml:2: services.web: requires image or build"):
        app("services:\n  web: {command: a}")


def test_every_key_of_the_specification_is_honoured_or_has_its_reason() -> None:
    """A new key of the specification is one more decision, not one more silence."""
    explained = set(keys_refused._IGNORED) | set(keys_refused._REFUSED)
    known = _known_keys(_schema()["$defs"]["service"])
    assert known - HONOURED - explained == set()
    assert not HONOURED & explained


@pytest.mark.parametrize(
    ("arch", "platform"),
    [
        *[("x86_64", name) for name in ("linux/x86_64", "linux/AMD64", "Linux/amd64/v1", "x86-64", "linux", "''")],
        *[("arm64", name) for name in ("linux/aarch64", "linux/ARM64", "linux/arm64/v8", "arm64/8", "linux")],
    ],
)  # fmt: skip
def test_platforms_are_normalised_as_docker_does(app: App, arch: str, platform: str) -> None:
    """containerd, `platforms.Normalize`."""
    graph = app(web(f"platform: {platform}"), cluster={"arch": arch})
    assert said(graph) == []
    assert graph.one("aws:ecs/taskDefinition:TaskDefinition", "shop-web-task").inputs["runtimePlatform"] == {
        "cpuArchitecture": arch.upper(),
        "operatingSystemFamily": "LINUX",
    }


def test_an_empty_test_is_no_health_check(app: App) -> None:
    assert "healthCheck" not in containers(app(web("healthcheck: {test: []}")))["web"]


def test_an_empty_log_group_is_one_of_awslogs(app: App) -> None:
    graph = app(web("logging: {options: {awslogs-group: , awslogs-stream-prefix: p}}"))
    assert containers(graph)["web"]["logConfiguration"]["options"]["awslogs-stream-prefix"] == "p"
    assert said(graph) == []


def test_keys_that_are_ignored_are_said_in_the_order_of_the_file(app: App) -> None:
    graph = app(web("deploy: {update_config: {monitor: 5s, delay: 5s}}"))
    keys = [text.split(": ")[1].rpartition(".")[2] for text in said(graph)]
    assert keys == ["monitor", "delay"]


def test_env_file_and_environment(app: App) -> None:
    files = {"compose.yml": web("env_file: [a.env, {path: no.env, required: false}]\n    environment: {B: own}"),
             "a.env": "A=$X-1\nB=file"}  # fmt: skip
    graph = app(files, env=lambda: {"X": "x"})
    assert containers(graph)["web"]["environment"] == [
        {"name": "A", "value": "x-1"}, {"name": "B", "value": "own"}]  # fmt: skip
