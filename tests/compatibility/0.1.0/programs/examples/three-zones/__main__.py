"""A task on port 80 of an instance, spread over the three zones of a VPC that exists."""

import pulumi

from moorage import ContainerApp, EcsCluster, Network

config = pulumi.Config()
network = Network(
    "zones",
    {"vpc_id": config.require("vpcId"), "public_subnet_ids": config.require_object("subnetIds")},
)
cluster = EcsCluster(
    "zones",
    {
        "network": network.ref,
        "capacity": "ec2",
        "ec2": {"instance_types": ["t3.micro"], "purchase": "on_demand", "min_size": 3, "max_size": 3},
    },
)
app = ContainerApp(
    "server",
    {
        "cluster": cluster.ref,
        "network": network.ref,
        "build": {"context": "app"},
        "repository_name": "my-app/server",
        "cpu": 512,
        "memory": 512,
        "memory_reservation": 256,
        "host_port": 80,
        "port": 8080,
        "public": True,
        "count": config.require_int("count"),
        # What the ECS console calls "AZ balanced spread".
        "placement": "az_spread",
        # Scaled to 3, tasks fill the instances, and a rollout must stop one first; 50 % of 1 is still 1.
        "minimum_healthy_percent": 50,
        # Without ECS Exec the app is allowed nothing in AWS, and has no task role.
        "execute_command": False,
    },
)
pulumi.export("clusterName", cluster.name)
pulumi.export("serviceName", app.service_name)
pulumi.export("logGroup", app.log_group_name)
