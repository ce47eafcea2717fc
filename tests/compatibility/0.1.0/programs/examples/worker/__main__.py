"""Orders: an API that sends each one to a queue, and a worker that runs only while there are some."""

import pulumi

from moorage import ContainerApp, EcsCluster, LoadBalancer, Network

config = pulumi.Config()
preset = "prod" if pulumi.get_stack() == "prod" else "dev"

network = Network("orders", {})
cluster = EcsCluster("orders", {"network": network.ref, "capacity": "fargate_spot", "preset": preset})
balancer = LoadBalancer("orders", {"network": network.ref, "preset": preset})

worker = ContainerApp(
    "worker",
    {
        "cluster": cluster.ref,
        "network": network.ref,
        "build": {"context": "app"},
        "user": "10001:10001",
        "read_only": True,
        "command": ["python3", "worker.py"],
        # SIGTERM to SIGKILL: an order takes up to 30 s, and a stopped task finishes its own.
        "stop_timeout": 60,
        "queue": {"visibility_timeout": 90, "max_receive_count": 3},
        "autoscaling": {
            "min": 0,
            "max": config.require_int("maxWorkers"),
            "queue": {"messages_per_task": 5},
        },
        "alarms": {},
    },
)

scaling = None
if not config.require_bool("nights"):
    scaling = {
        "min": 1,
        "max": 1,
        "schedules": [
            {"schedule": "cron(0 20 ? * MON-FRI *)", "timezone": "Europe/Vienna", "min": 0, "max": 0},
            {"schedule": "cron(0 7 ? * MON-FRI *)", "timezone": "Europe/Vienna"},
        ],
    }
api = ContainerApp(
    "api",
    {
        "cluster": cluster.ref,
        "network": network.ref,
        "load_balancer": balancer.ref,
        "build": {"context": "app"},
        "user": "10001:10001",
        "read_only": True,
        "environment": {"ORDERS": worker.queue_url},
        "grants": [{"service": "sqs", "access": "write", "arn": worker.queue_arn}],
        "autoscaling": scaling,
    },
)
pulumi.export("url", api.url)
pulumi.export("deadLetters", worker.dead_letter_queue_url)
