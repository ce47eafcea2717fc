"""NoteTaker on three EC2 instances, a task on port 80 of each."""

import pulumi
import pulumi_aws as aws

from moorage import ContainerApp, EcsCluster, Network

config = pulumi.Config()
network = Network("notes", {})
cluster = EcsCluster(
    "notes",
    {
        "network": network.ref,
        "cluster_name": "go-notetaker-cluster",
        "capacity": "ec2",
        "ec2": {"instance_types": ["t2.micro"], "purchase": "on_demand", "min_size": 3, "max_size": 3},
        "container_insights": config.require_bool("monitoring"),
    },
)
table = aws.dynamodb.Table(
    "notes",
    billing_mode="PAY_PER_REQUEST",
    hash_key="pk",
    range_key="sk",
    attributes=[{"name": "pk", "type": "S"}, {"name": "sk", "type": "S"}],
)
app = ContainerApp(
    "notetaker",
    {
        "cluster": cluster.ref,
        "network": network.ref,
        "build": {"context": "../../app", "args": {"BASE": config.require("baseImage")}},
        "repository_name": "go-notetaker",
        "family": "go-notetaker-task",
        "container_name": "notetaker-server",
        "cpu": 512,
        "memory": 512,
        # One task per instance, at the instance's own address.
        "host_port": 80,
        "port": 80,
        "public": True,
        "count": 3,
        # Three instances have port 80 three times: a rollout must stop a task before it starts one.
        "minimum_healthy_percent": 50,
        "environment": {"NOTES_TABLE": table.name, "PORT": "80"},
        "grants": [{"service": "dynamodb", "access": "read_write", "arn": table.arn}],
        # ECS Exec would add its own rights to the task role, which is for the table only.
        "execute_command": False,
        "redeploy": config.get("redeploy") or None,
    },
)
pulumi.export("clusterName", cluster.name)
pulumi.export("serviceName", app.service_name)
pulumi.export("table", table.name)
pulumi.export("logGroup", app.log_group_name)
