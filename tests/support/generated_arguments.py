"""Generates arguments of the components: valid-looking ones, at the edges of what is allowed, and now and
then a value that no check should let through."""

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

Strategy = st.SearchStrategy[Any]

ACCOUNT = "123456789012"


def mostly(good: Strategy, wild: Strategy) -> Strategy:
    """Return `good` values, and one of `wild` in thirty: more, and nearly every component is refused."""
    return st.integers(0, 29).flatmap(lambda number: wild if number == 29 else good)


def some(*choices: Mapping[str, Strategy], least: int = 0, most: int = 8) -> Strategy:
    """Return a dict with some of the keys of the first mapping, and all of the second if there is one."""
    optional, required = choices[0], choices[1] if len(choices) > 1 else {}
    names = st.sampled_from(sorted(optional)) if optional else st.nothing()
    return st.lists(names, unique=True, min_size=least, max_size=min(most, len(optional))).flatmap(
        lambda names: st.fixed_dictionaries({**required, **{name: optional[name] for name in names}})
    )


texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=300)
"""Strings without a check, up to emoji and control characters."""

_words = st.from_regex(r"[a-z][a-z0-9]{0,6}", fullmatch=True)


def sized(pattern: str, *lengths: int) -> Strategy:
    """Return texts of the characters of `pattern`, a class, of one of the `lengths`."""
    return st.sampled_from(lengths).flatmap(lambda n: st.from_regex(f"[{pattern}]{{{n}}}", fullmatch=True))


logical_names = mostly(
    st.from_regex(r"[a-z][a-z0-9]{0,5}(-[a-z0-9]{1,6}){0,2}", fullmatch=True)
    | st.from_regex(r"[a-zA-Z][a-zA-Z0-9]{0,9}(-[a-zA-Z0-9]{1,9}){0,5}", fullmatch=True).filter(
        lambda name: len(name) <= 64
    )
    | st.builds(lambda letter, n: letter * n, st.sampled_from("aZx"), st.sampled_from([1, 24, 32, 63, 64])),
    texts | st.sampled_from(["sg-x", "internal-x", "aws-x", "fargate", "a--b", "-a", "a-", "1a", "a" * 65]),
)
stack_names = st.sampled_from(["dev", "prod", "eu.west", "a" * 100, "Team_1-x", "1"])
projects = st.sampled_from(["notes", "p", "Shop.v2", "long-" * 19 + "name", "a_b"])
regions = st.sampled_from(["us-east-1", "eu-central-1", "cn-north-1", "us-gov-west-1"])

tags = mostly(
    st.dictionaries(
        sized(r"a-zA-Z0-9 +=._:/@-", 1, 5, 128).filter(lambda key: not key.lower().startswith("aws:"))
        | st.sampled_from(["Größe", "名前", "owner"]),
        sized(r"a-zA-Z0-9 +=._:/@-", 0, 5, 256) | st.just("Zürich"),
        max_size=3,
    ),
    st.dictionaries(texts, texts, max_size=3),
)
environment = mostly(
    st.dictionaries(
        st.from_regex(r"[A-Za-z_][A-Za-z0-9_.-]{0,20}", fullmatch=True), texts | _words, max_size=4
    ),
    st.dictionaries(texts, texts, max_size=2),
)
images = st.sampled_from(
    [
        "nginx",
        "nginx:1.27",
        "public.ecr.aws/docker/library/httpd:2.4",
        f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com/team/web:7",
        f"ghcr.io/team/web@sha256:{'0' * 64}",
        "localhost:5000/web:latest",
        "a" * 247,
        f"ghcr.io/{'a' * 247}",
    ]
)
commands = st.lists(texts | _words, max_size=3)


def arns(service: str) -> Strategy:
    """Return ARNs of a service's resources."""
    resources = {
        "dynamodb": "table/notes",
        "lambda": "function:checks",
        "s3": "notes-bucket",
        "sqs": "jobs",
        "sns": "alerts",
        "secretsmanager": "secret:db-AbCdEf",
        "ssm": "parameter/notes/token",
        "kms": "key/1234abcd-12ab-34cd-56ef-1234567890ab",
        "iam": "policy/Extra",
    }
    place = {"s3": "::", "iam": f"::{ACCOUNT}"}.get(service, f":us-east-1:{ACCOUNT}")
    return mostly(
        st.just(f"arn:aws:{service}{place}:{resources[service]}"), texts | st.just(f"arn:aws:{service}:x")
    )


statements = st.lists(
    st.fixed_dictionaries(
        {
            "actions": mostly(
                st.lists(st.sampled_from(["events:PutEvents", "s3:Get*", "ses:SendEmail"]), min_size=1),
                st.lists(texts, max_size=2),
            ),
            "resources": st.lists(
                arns("s3") | arns("dynamodb") | st.just("arn:aws:s3:::b/*"), min_size=1, max_size=3
            ),
        }
    ),
    max_size=2,
)
grants = st.lists(
    st.sampled_from(["dynamodb", "s3", "sqs", "sns", "secretsmanager", "ssm", "kms"]).flatmap(
        lambda service: st.fixed_dictionaries(
            {
                "service": st.just(service),
                "access": mostly(st.sampled_from(["read", "write", "read_write"]), texts),
                "arn": arns(service),
            }
        )
    ),
    max_size=3,
)
secrets = st.dictionaries(
    st.from_regex(r"[A-Z]{1,5}_S", fullmatch=True),
    mostly(
        st.sampled_from(
            [
                f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:db-AbCdEf",
                f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:db-AbCdEf:key::",
                f"arn:aws:ssm:us-east-1:{ACCOUNT}:parameter/notes/token",
                "/notes/token",
                "db-login",
                "db-login#password",
                "a" * 512,
            ]
        ),
        texts | st.builds(lambda key: f"db-login#{key}", texts),
    ),
    max_size=2,
)
secret_values = st.dictionaries(
    st.from_regex(r"[A-Za-z_]{1,4}V[.-]?", fullmatch=True) | st.just("V" * 64), texts, max_size=2
)

roles = mostly(st.just(f"arn:aws:iam::{ACCOUNT}:role/app"), texts)
users = mostly(st.sampled_from(["1000", "10001:10001", "app", "app:www-data"]), texts)
security_groups = mostly(st.sampled_from(["sg-0123456789abcdef0", "sg-0123456789abcdef1"]), texts)


def overrides(*valid: dict[str, dict[str, Any]]) -> Strategy:
    """Return inputs by the short names of resources: `valid` ones, or of any names."""
    return mostly(
        st.sampled_from(valid), st.dictionaries(texts, st.dictionaries(texts, texts, max_size=1), max_size=1)
    )


NEW_ROLE = frozenset({"grants", "statements", "policy_arns", "task_role"})
"""The arguments for a new task role; they cannot be combined with an existing one."""

of_task: dict[str, Strategy] = {
    "environment": environment,
    "secrets": secrets,
    "secret_values": secret_values,
    "secrets_key_arns": st.lists(arns("kms"), max_size=2),
    "grants": grants,
    "statements": statements,
    "command": commands,
    "entry_point": commands,
    "user": users,
    "read_only": st.booleans(),
    "network_mode": st.sampled_from(["awsvpc", "bridge"]),
    "subnets": st.sampled_from(["public", "private"]),
    "policy_arns": st.lists(arns("iam"), unique=True, max_size=2),
    "permissions_boundary": arns("iam"),
    "connections": st.lists(
        st.fixed_dictionaries(
            {
                "security_group_id": security_groups,
                "port": mostly(st.sampled_from([5432, 6379]), st.integers()),
            }
        ),
        max_size=2,
    ),
    "overrides": overrides(
        {"log_group": {"log_group_class": "INFREQUENT_ACCESS"}}, {"task_definition": {"pid_mode": "task"}}
    ),
    "local": some({"command": commands}),
    "tags": tags,
}
sizes = mostly(
    st.sampled_from([(256, 512), (256, 2048), (1024, 8192), (16384, 122880), (128, 128), (2048, 4096)]),
    st.tuples(st.integers(-1, 40000), st.integers(-1, 300000)),
)
_built_here: dict[str, Strategy] = {
    "dockerfile": mostly(st.just("Dockerfile"), _words),
    "target": _words,
    "args": st.dictionaries(_words, texts, max_size=2),
    "secrets": st.dictionaries(_words, texts, max_size=2),
    "ssh": st.lists(mostly(st.just("default"), texts), max_size=1),
}
_built: dict[str, Strategy] = {
    "revision": texts,
    "platforms": st.lists(st.sampled_from(["linux/amd64", "linux/arm64"]), unique=True),
    "tags": st.lists(mostly(st.sampled_from(["latest", "v1.2", "a" * 128]), texts), unique=True, max_size=4),
    "scan": some(
        {
            "fail_on": st.sampled_from(["INFORMATIONAL", "CRITICAL"]),
            "ignore": st.lists(texts, max_size=2),
            "timeout": mostly(st.sampled_from([30, 3600]), st.integers()),
        }
    ),
    "docker_host": mostly(st.just("tcp://builder:2375"), texts),
}
_cache: dict[str, Strategy] = {"cache": st.sampled_from(["registry", "inline", "none"])}
_mirrored: dict[str, Strategy] = {"mirror": mostly(st.just(f"nginx:1.27@sha256:{'0' * 64}"), texts)}
_added: dict[str, Strategy] = {
    "image": images,
    "files": st.lists(
        some(
            {
                "owner": mostly(st.sampled_from(["0", "1000:1000"]), texts),
                "mode": mostly(st.sampled_from(["444", "0755"]), texts),
            },
            {"path": mostly(st.sampled_from(["/etc/app.conf", "/srv/"]), texts), "content": texts},
        ),
        min_size=1,
        max_size=2,
        unique_by=lambda one: one["path"],
    ),
}
of_build = frozenset(_built_here | _built | _cache | _mirrored | _added | {"context": st.just("app")})
builds = st.one_of(
    some({**_built_here, **_built}, {"context": st.just("app")}, most=3),
    some({**_built_here, **_cache, "revision": texts}, {"context": st.just("app")}, most=3),
    some(_built, _mirrored, most=2),
    some(_built, _added, most=2),
)
sources = st.one_of(
    images.map(lambda image: {"image": image}),
    images.map(lambda image: {"image": image}),
    builds.map(lambda build: {"build": build}),
)

schedules = mostly(
    st.sampled_from(
        ["rate(1 minute)", "rate(90 days)", "cron(0/15 8-18 ? * MON-FRI 2027)", "at(2030-01-31T03:00:00)"]
    ),
    texts | st.sampled_from(["rate(0 days)", "cron(* * * * *)", "at(2030-02-30T00:00:00)"]),
)

health_checks = some(
    {
        "path": mostly(st.sampled_from(["/", "/health?deep=1", "/" + "a" * 1023]), texts),
        "interval": mostly(st.integers(5, 300), st.integers()),
        "timeout": mostly(st.integers(2, 5), st.integers()),
        "healthy_threshold": mostly(st.integers(2, 10), st.integers()),
        "unhealthy_threshold": mostly(st.integers(2, 10), st.integers()),
        "matcher": mostly(st.sampled_from(["200", "200-399", "200,204,301-302"]), texts),
        "grace_period": mostly(st.sampled_from([0, 60, 2147483647]), st.integers()),
    }
)
container_health_checks = some(
    {
        "interval": mostly(st.integers(5, 300), st.integers()),
        "timeout": mostly(st.integers(2, 60), st.integers()),
        "retries": mostly(st.integers(1, 10), st.integers()),
        "start_period": mostly(st.integers(0, 300), st.integers()),
    },
    {"command": mostly(st.sampled_from([["CMD-SHELL", "true"], ["CMD", "/check", "é"]]), commands)},
)
hosts = mostly(
    st.sampled_from(["notes.example.com", "*.example.com", "a?.b-c.de", f"{'a' * 124}.com"]), texts
)
paths = mostly(
    st.sampled_from(["/", "/*", "/api/*", "/a b".replace(" ", "+"), "/" + "x" * 127, "/~u/$1'@:&"]), texts
)
patterns = st.lists(mostly(st.sampled_from(["1", "a*", "?b", "x" * 128]), texts), min_size=1, max_size=7)
rules = st.lists(
    some(
        {
            "host": hosts,
            "path": paths,
            "priority": mostly(st.integers(1, 50000), st.integers()),
            "headers": st.dictionaries(
                mostly(st.sampled_from(["X-Beta", "Accept"]), texts), patterns, min_size=1, max_size=2
            ),
            "query": st.dictionaries(mostly(st.sampled_from(["v", "a*"]), texts), patterns, min_size=1),
            "methods": st.lists(mostly(st.sampled_from(["GET", "PUT", "M-SEARCH"]), texts), unique=True),
            "source_ips": st.lists(
                mostly(st.sampled_from([f"10.{number}.0.0/16" for number in range(9)] + ["::/0"]), texts),
                unique=True,
            ),
        }
    ),
    min_size=1,
    max_size=3,
)
_metrics = {"namespace": mostly(st.just("Shop"), texts), "name": mostly(st.just("Orders"), texts)}
_scaling_steps = st.fixed_dictionaries(
    {"value": st.sampled_from([0, 10, 99.5]), "change": mostly(st.integers(-2, 2), st.integers())}
)
autoscaling = some(
    {
        "cpu": mostly(st.integers(1, 100), st.integers()),
        "memory": mostly(st.integers(1, 100), st.integers()),
        "requests": mostly(st.sampled_from([1, 500, 1000000]), st.integers()),
        "latency": mostly(st.sampled_from([0.2, 3.0]), st.floats(allow_nan=True)),
        "metric": some(
            {"dimensions": st.dictionaries(st.sampled_from(["Queue", "Shard"]), texts, max_size=2)},
            {**_metrics, "target": mostly(st.sampled_from([0.5, 100.0]), st.floats(allow_nan=True))},
        ),
        "steps": some(
            {
                "above": st.lists(_scaling_steps, max_size=2),
                "below": st.lists(_scaling_steps, max_size=2),
                "adjustment": st.sampled_from(["change", "percent", "exact"]),
                "minutes": mostly(st.sampled_from([1, 60]), st.integers()),
            },
            {"metric": st.fixed_dictionaries(_metrics)},
        ),
        "queue": some(
            {
                "messages_per_task": mostly(st.sampled_from([1, 10, 100000]), st.integers()),
                "name": mostly(st.sampled_from(["orders", "orders.fifo"]), texts),
            }
        ),
        "predictive": some(
            {
                "metric": st.sampled_from(["cpu", "memory", "requests"]),
                "mode": st.sampled_from(["forecast_only", "forecast_and_scale"]),
                "buffer": mostly(st.sampled_from([0, 3600]), st.integers()),
                "above_max": mostly(st.sampled_from([1, 100]), st.integers()),
            },
            {"target": mostly(st.integers(1, 100), st.integers())},
        ),
        "schedules": st.lists(
            some(
                {
                    "timezone": mostly(st.sampled_from(["UTC", "Europe/Vienna"]), texts),
                    "min": mostly(st.integers(0, 3), st.integers()),
                    "max": mostly(st.integers(0, 9), st.integers()),
                },
                {"schedule": mostly(st.sampled_from(["cron(0 7 * * ? *)", "rate(2 days)"]), texts)},
            ),
            max_size=2,
        ),
        "scale_in_cooldown": mostly(st.integers(0, 3600), st.integers()),
        "scale_out_cooldown": mostly(st.integers(0, 3600), st.integers()),
    },
    {
        "min": mostly(st.integers(0, 3), st.integers()),
        "max": mostly(st.sampled_from([3, 9, 5000]), st.integers()),
    },
)
alarms = some(
    {
        "errors": mostly(st.integers(0, 100), st.integers()),
        "unhealthy_targets": mostly(st.integers(0, 5), st.integers()),
        "latency": mostly(st.sampled_from([0, 0.25, 4000.0]), st.floats(allow_nan=True)),
        "cpu": mostly(st.integers(0, 100), st.integers()),
        "memory": mostly(st.integers(0, 100), st.integers()),
        "dead_letters": mostly(st.integers(0, 5), st.integers()),
        "rollback": st.booleans(),
        "topic_arn": arns("sns"),
        "email": mostly(st.sampled_from(["ops@shop.example", "a.b+c@d-e.example"]), texts),
    },
    most=4,
)
hooks = st.lists(
    some(
        {"details": mostly(st.just('{"path": "/"}'), texts)},
        {
            "lambda_arn": arns("lambda"),
            "stages": st.lists(
                mostly(
                    st.sampled_from(["pre_scale_up", "production_traffic_shift", "reconcile_service"]), texts
                ),
                min_size=1,
                max_size=2,
            ),
        },
    ),
    max_size=2,
)
_options: dict[str, dict[str, Strategy]] = {
    "rolling": {"second_target_group": st.booleans()},
    "blue_green": {},
    "canary": {
        "canary_percent": mostly(st.integers(1, 100), st.integers()),
        "canary_minutes": mostly(st.integers(0, 1440), st.integers()),
    },
    "linear": {
        "step_percent": mostly(st.integers(3, 100), st.integers()),
        "step_minutes": mostly(st.sampled_from([0, 6, 1440]), st.integers()),
    },
}
_shifting: dict[str, Strategy] = {
    "bake_minutes": mostly(st.integers(0, 1440), st.integers()),
    "test_header": mostly(st.sampled_from(["X-Preview", "X-Preview: green", "x" * 40 + ": é"]), texts),
    "hooks": hooks,
}


def _deployment(strategy: str) -> Strategy:
    options = _options[strategy] | ({} if strategy == "rolling" else _shifting)
    return st.fixed_dictionaries({"deployment": st.just(strategy), "deployment_options": some(options)})


deployments = st.sampled_from(sorted(_options)).flatmap(_deployment)

ecs_names = mostly(sized("A-Za-z0-9_-", 1, 12, 255), texts | st.just("a" * 256))

repository_names = mostly(
    st.sampled_from(["go-notetaker", "team/web", "a" * 181, "a.b_c/d-e"]), texts | st.just("Web")
)

of_app: dict[str, Strategy] = {
    **of_task,
    "port": mostly(st.sampled_from([1, 80, 8080, 65535]), st.integers()),
    "host_port": mostly(st.sampled_from([0, 80, 31000]), st.integers()),
    "memory_reservation": mostly(st.sampled_from([6, 64]), st.integers()),
    "count": mostly(st.sampled_from([0, 1, 5, 5000]), st.integers()),
    "autoscaling": autoscaling,
    "queue": some(
        {
            "visibility_timeout": mostly(st.sampled_from([30, 120, 43200]), st.integers()),
            "max_receive_count": mostly(st.integers(1, 1000), st.integers()),
            "retention_days": mostly(st.integers(1, 14), st.integers()),
        }
    ),
    "daemon": st.booleans(),
    "placement": st.sampled_from(["az_spread", "az_binpack", "binpack", "one_per_host"]),
    "minimum_healthy_percent": mostly(st.integers(0, 100), st.integers()),
    "maximum_percent": mostly(st.integers(100, 200), st.integers()),
    "container_health_check": container_health_checks,
    "alarms": alarms,
    "dashboard": st.booleans(),
    "stop_timeout": mostly(st.integers(2, 30), st.integers()),
    "execute_command": st.booleans(),
    "redeploy": texts,
    "tracing": st.booleans(),
    "task_role": st.booleans(),
    "verify": st.booleans(),
    "family": ecs_names,
    "container_name": ecs_names,
    "service_name": ecs_names,
    "log_group_name": mostly(sized("A-Za-z0-9_/.#-", 1, 20, 512), texts),
    "log_retention_days": mostly(st.sampled_from([1, 30, 3653]), st.integers()),
    "repository_name": repository_names,
    "pre_deploy": st.fixed_dictionaries({"command": commands.filter(bool)}),
    "container_cpu": mostly(st.sampled_from([1, 64]), st.integers()),
    "container_memory": mostly(st.sampled_from([65, 96]), st.integers()),
    "task_role_arn": roles,
    "execution_role_arn": roles,
    "security_group": st.booleans(),
    "security_group_ids": st.lists(security_groups, unique=True, min_size=1, max_size=2),
    "rebalancing": st.booleans(),
    "platform_version": mostly(st.sampled_from(["LATEST", "1.4.0"]), texts | st.just("1.3.0")),
    "ephemeral_storage": mostly(st.sampled_from([21, 200]), st.integers()),
    "alarm_names": st.lists(mostly(st.sampled_from(["errors", "a" * 255]), texts), unique=True, max_size=2),
    "after": st.lists(texts, max_size=2),
    "rollout_timeout": mostly(st.sampled_from([3600, 86400]), st.integers()),
}
of_network_app: dict[str, Strategy] = {
    "health_check": health_checks,
    "protocol": st.sampled_from(["tcp", "udp", "tls"]),
    "listener_port": mostly(st.integers(1, 65535), st.integers()),
    "stickiness": some({"enabled": st.booleans()}),
}
of_balanced_app: dict[str, Strategy] = {
    "rules": rules,
    "health_check": health_checks,
    "deregistration_delay": mostly(st.sampled_from([0, 15, 3600]), st.integers()),
    "protocol": st.sampled_from(["http", "http2", "grpc", "https"]),
    "listener_port": st.sampled_from([8443, 9443]),
    "algorithm": st.sampled_from(["round_robin", "least_outstanding_requests", "weighted_random"]),
    "anomaly_mitigation": st.booleans(),
    "slow_start": mostly(st.sampled_from([0, 30, 900]), st.integers()),
    "stickiness": some(
        {
            "cookie_duration": mostly(st.sampled_from([1, 604800]), st.integers()),
            "enabled": st.booleans(),
        }
    )
    | st.fixed_dictionaries(
        {"type": st.just("app_cookie"), "cookie_name": mostly(st.just("session"), texts)}
    ),
}
of_job: dict[str, Strategy] = {
    **of_task,
    "command": mostly(commands.filter(bool), commands),
    "schedule": schedules,
    "timezone": mostly(st.sampled_from(["UTC", "Europe/Vienna", "America/Argentina/ComodRivadavia"]), texts),
    "retries": mostly(st.integers(0, 10), st.integers()),
    "timeout": mostly(st.sampled_from([60, 3600, 31536000]), st.integers()),
}
redirect_targets = some(
    {
        "protocol": st.sampled_from(["HTTP", "HTTPS"]),
        "host": mostly(st.sampled_from(["www.#{host}", "a" * 128]), texts),
        "port": mostly(st.sampled_from([1, 65535]), st.integers()),
        "path": mostly(st.sampled_from(["/v2/#{path}", "/" + "x" * 127]), texts),
        "query": mostly(st.sampled_from(["", "a=b&#{query}"]), texts),
    }
)
certificates = mostly(st.just(f"arn:aws:acm:us-east-1:{ACCOUNT}:certificate/1234"), texts)
of_balancer: dict[str, Strategy] = {
    "type": st.sampled_from(["application", "network"]),
    "cross_zone": st.booleans(),
    "ports": st.lists(mostly(st.integers(1, 65535), st.integers()), max_size=2),
    "mutual_authentication": st.fixed_dictionaries(
        {"mode": st.sampled_from(["passthrough", "off", "verify"])}
    ),
    "load_balancer_name": mostly(sized("a-zA-Z0-9", 1, 12, 32), texts),
    "internal": st.booleans(),
    "allowed_cidrs": mostly(
        st.lists(
            st.sampled_from(["10.0.0.0/8", "0.0.0.0/0", "192.0.2.1/32", "2001:db8::/32", "::/0"]),
            unique=True,
            max_size=3,
        ),
        st.lists(texts, max_size=2),
    ),
    "record_type": st.sampled_from(["alias", "cname"]),
    "tls_policy": mostly(st.just("ELBSecurityPolicy-TLS13-1-2-2021-06"), texts),
    "ip_address_type": st.sampled_from(["ipv4", "dualstack", "dualstack-without-public-ipv4"]),
    "routing": some(
        {
            "weight": mostly(st.integers(0, 255), st.integers()),
            "failover": st.sampled_from(["PRIMARY", "SECONDARY"]),
        },
        {"set_identifier": mostly(sized("a-z -~", 1, 128), texts)},
        most=1,
    ),
    "redirects": st.lists(
        some(
            {"host": hosts, "path": paths, "status": mostly(st.sampled_from([301, 302]), st.integers())},
            {"to": redirect_targets},
        ),
        max_size=3,
    ),
    "fixed_responses": st.lists(
        some(
            {"host": hosts, "path": paths, "priority": mostly(st.integers(1, 50000), st.integers())},
            {"status": mostly(st.sampled_from([200, 404, 599]), st.integers()), "body": texts},
        ),
        max_size=3,
    ),
    "default_action": st.one_of(
        st.fixed_dictionaries({"to": redirect_targets}),
        st.fixed_dictionaries({"status": mostly(st.sampled_from([200, 503]), st.integers()), "body": texts}),
    ),
    "idle_timeout": mostly(st.sampled_from([1, 60, 4000]), st.integers()),
    "keep_alive": mostly(st.sampled_from([60, 604800]), st.integers()),
    "access_logs": st.booleans(),
    "waf": st.booleans(),
    "certificate_arns": st.dictionaries(
        mostly(st.sampled_from(["shop", "blog_2"]), texts), certificates, max_size=2
    ),
    "overrides": overrides(
        {"load_balancer": {"enable_deletion_protection": True}},
        {"security_group": {"tags": {"team": "shop"}}},
    ),
    "web_acl_arn": st.just(f"arn:aws:wafv2:us-east-1:{ACCOUNT}:regional/webacl/web/1"),
    "preset": st.sampled_from(["dev", "prod"]),
    "tags": tags,
}
_labels = sized("a-z0-9", 1, 8, 63)
domains = mostly(
    st.builds(lambda labels: ".".join([*labels, "example"]), st.lists(_labels, min_size=1, max_size=3))
    | st.sampled_from(["*.shop.example", "shop.example"]),
    texts,
)
of_cluster: dict[str, Strategy] = {
    "cluster_name": ecs_names,
    "on_demand_base": mostly(st.sampled_from([0, 1, 100000]), st.integers()),
    "on_demand_weight": mostly(st.sampled_from([0, 1, 1000]), st.integers()),
    "spot_weight": mostly(st.sampled_from([1, 1000]), st.integers()),
    "container_insights": st.booleans(),
    "namespace": st.booleans(),
    "exec_logs": some(
        {"kms_key_arn": arns("kms"), "retention_days": mostly(st.sampled_from([1, 3653]), st.integers())}
    ),
    "permissions_boundary": arns("iam"),
    "overrides": overrides({"cluster": {"tags": {"team": "shop"}}}),
    "preset": st.sampled_from(["dev", "prod"]),
    "tags": tags,
}
of_instances: dict[str, Strategy] = {
    "instance_types": mostly(
        st.lists(st.sampled_from(["t3.small", "m7i.large", "c6a.4xlarge", "g4dn.xlarge"]), max_size=4),
        st.lists(texts, max_size=2),
    ),
    "min_size": mostly(st.sampled_from([0, 1, 1000]), st.integers()),
    "max_size": mostly(st.sampled_from([1, 3, 1000]), st.integers()),
    "purchase": st.sampled_from(["on_demand", "spot"]),
    "on_demand_base": mostly(st.sampled_from([0, 1]), st.integers()),
    "on_demand_percentage": mostly(st.sampled_from([0, 25, 100]), st.integers()),
    "os": st.sampled_from(["amazon_linux", "bottlerocket"]),
    "warm_pool": st.sampled_from([{}, {"state": "running", "min_size": 1}]),
    "agent_logs": st.sampled_from([{}, {"retention_days": 14}]),
    "target_capacity": mostly(st.integers(1, 100), st.integers()),
    "volume_size": mostly(st.sampled_from([30, 100, 16384]), st.integers()),
    "policy_arns": st.lists(arns("iam"), max_size=2),
    "ami": mostly(
        st.sampled_from(["ami-0123456789abcdef0", "resolve:ssm:/aws/service/ecs/optimized-ami"]), texts
    ),
    "user_data": texts | mostly(st.just("x" * 15000), st.just("x" * 15001)),
    "volumes": st.lists(
        st.fixed_dictionaries(
            {
                "device": mostly(st.sampled_from(["/dev/sdf", "/dev/xvdb"]), texts),
                "size": mostly(st.sampled_from([1, 65536]), st.integers()),
            }
        ),
        max_size=2,
        unique_by=lambda one: one["device"],
    ),
    "instance_refresh": st.booleans(),
}
of_image: dict[str, Strategy] = {
    "arch": st.sampled_from(["x86_64", "arm64"]),
    "repository_name": repository_names,
    "keep_images": mostly(st.sampled_from([1, 1000]), st.integers()),
    "pull_accounts": st.lists(
        mostly(st.sampled_from([ACCOUNT, "210987654321"]), texts), unique=True, max_size=2
    ),
    "preset": st.sampled_from(["dev", "prod"]),
    "overrides": overrides({"repository": {"force_delete": True}}),
    "tags": tags,
}
_ids = st.lists(mostly(st.sampled_from(["a", "b", "c"]), texts), unique=True, min_size=1, max_size=3)
of_network: dict[str, Strategy] = {
    "vpc_id": st.just("vpc-1"),
    "vpc_tags": st.just({"Name": "shared"}),
    "public_subnet_ids": st.just(["subnet-x", "subnet-y"]),
    "private_subnet_ids": _ids.map(lambda ids: [f"subnet-{one}" for one in ids]),
    "private_egress": st.booleans(),
    "ipv6": st.booleans(),
    "endpoints": st.lists(
        st.sampled_from(["gateway", "all", "s3", "dynamodb", "ecr.api", "logs"]), unique=True, max_size=2
    ),
    "route_table_ids": _ids.map(lambda ids: [f"rtb-{one}" for one in ids]),
    "tags": tags,
}
_WAYS = (
    (),
    ("vpc_tags", "private_egress"),
    ("vpc_id", "private_egress"),
    ("vpc_id", "public_subnet_ids"),
    ("vpc_id", "public_subnet_ids", "private_subnet_ids", "private_egress"),
)
"""The arguments by which a network is found, the default VPC without any."""


def _network(found: tuple[str, ...], routes: tuple[str, ...]) -> Strategy:
    further = {key: of_network[key] for key in ("ipv6", "endpoints", "tags")}
    return some(further, {key: of_network[key] for key in found + routes})


networks = mostly(
    st.builds(
        _network, st.sampled_from(_WAYS), st.sampled_from([(), ("endpoints", "route_table_ids")])
    ).flatmap(lambda network: network),
    some(of_network),
)
_OF_SPOT = ("on_demand_base", "on_demand_weight", "spot_weight")
_OF_MANAGED = ("instance_types", "purchase", "volume_size")


def cluster_arguments(kind: Mapping[str, Any]) -> Strategy:
    """Return arguments of a cluster and of its instances; one in thirty has some that need another kind."""
    spot, managed = kind["capacity"] == "fargate_spot", kind["capacity"] == "managed_instances"
    here = {key: value for key, value in of_cluster.items() if spot or key not in _OF_SPOT}
    instances = {key: value for key, value in of_instances.items() if not managed or key in _OF_MANAGED}
    return mostly(
        st.tuples(some(here, least=2), some(instances, least=1)),
        st.tuples(some(of_cluster), some(of_instances)),
    )
