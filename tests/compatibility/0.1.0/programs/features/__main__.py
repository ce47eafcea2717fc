"""Features that no example uses: file systems, jobs, secrets, endpoints, a firewall, other instances."""

import pulumi
import pulumi_aws as aws

from moorage import ContainerApp, ContainerImage, EcsCluster, Job, LoadBalancer, Network

preset = "prod"
network = Network(
    "net",
    {
        "vpc_id": "vpc-1",
        "public_subnet_ids": ["subnet-a", "subnet-b"],
        "private_subnet_ids": ["subnet-c", "subnet-d"],
        "private_egress": True,
        "endpoints": ["gateway", "ecr.api"],
    },
)
fargate = EcsCluster("main", {"network": network.ref, "preset": preset, "namespace": True, "exec_logs": {}})
instances = EcsCluster(
    "fleet",
    {
        "network": network.ref,
        "preset": preset,
        "capacity": "ec2",
        "ec2": {
            "agent_logs": {},
            "warm_pool": {},
            "policy_arns": ["arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"],
        },
    },
)
managed = EcsCluster("pool", {"network": network.ref, "preset": preset, "capacity": "managed_instances"})
balancer = LoadBalancer(
    "web",
    {
        "network": network.ref,
        "preset": preset,
        "domain": "shop.example.com",
        "domains": ["*.shop.example.com"],
        "zone_id": "Z0123456789EXAMPLE",
        "certificate_arns": {
            "www": "arn:aws:acm:us-east-1:123456789012:certificate/0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f"
        },
        "redirects": [{"path": "/old/*", "to": {"path": "/new"}}],
        "waf": True,
    },
)
tcp = LoadBalancer("tcp", {"network": network.ref, "preset": preset, "type": "network"})
namespace = aws.servicediscovery.PrivateDnsNamespace("internal", name="internal.example", vpc="vpc-1")
image = ContainerImage(
    "tools", {"build": {"context": "app"}, "preset": preset, "pull_accounts": ["210987654321"]}
)
shared = {"cluster": fargate.ref, "network": network.ref, "image": "nginx:1"}
ContainerApp(
    "shop",
    {
        **shared,
        "load_balancer": balancer.ref,
        "rules": [{"host": "*.shop.example.com"}],
        "deployment": "blue_green",
        "volumes": {"data": {"efs": {"user": "1000:1000"}}},
        "mounts": [{"volume": "data", "path": "/data"}],
        "secret_values": {"TOKEN": pulumi.Output.secret("token")},
        "connect": {},
        "queue": {},
        "autoscaling": {
            "min": 2,
            "max": 4,
            "cpu": 60,
            "schedules": [{"schedule": "rate(3 hours)", "min": 2}],
        },
        "alarms": {"email": "team@example.com"},
        "dashboard": True,
        "pre_deploy": {"command": ["true"]},
        "policy_arns": ["arn:aws:iam::aws:policy/AmazonSQSReadOnlyAccess"],
        "grants": [
            {"service": "s3", "access": "read_write", "arn": f"arn:aws:s3:::{'archive' * 8}-{number}"}
            for number in range(60)
        ],
    },
)
ContainerApp("names", {**shared, "port": 8080, "discovery": {"namespace_id": namespace.id}})
ContainerApp(
    "mail", {**shared, "load_balancer": tcp.ref, "protocol": "tcp", "listener_port": 25, "port": 2525}
)
ContainerApp("agent", {**shared, "cluster": instances.ref, "image": image.uri, "daemon": True})
ContainerApp(
    "batch",
    {
        **shared,
        "cluster": managed.ref,
        "load_balancer": balancer.ref,
        "rules": [{"path": "/batch/*"}, {"path": "/b/*"}],
        "port": 8080,
    },
)
Job("night", {**shared, "command": ["true"], "schedule": "rate(1 day)", "retries": 1})
