"""A service on instances with GPUs, which start and end with its tasks."""

import pulumi

from moorage import ContainerApp, EcsCluster, LoadBalancer, Network

config = pulumi.Config()
network = Network("gpu", {})
cluster = EcsCluster(
    "gpu",
    {
        "network": network.ref,
        "capacity": "ec2",
        "ec2": {
            # All have one NVIDIA GPU: the AMI with its drivers follows from them.
            "instance_types": ["g5.xlarge", "g4dn.xlarge"],
            "purchase": config.require("purchase"),
            "min_size": 0,
            "max_size": config.require_int("maxInstances"),
            # Models are large, and so are their images.
            "volume_size": 100,
            "instance_refresh": True,
        },
    },
)
balancer = LoadBalancer("gpu", {"network": network.ref, "cluster": cluster.ref})
app = ContainerApp(
    "model",
    {
        "cluster": cluster.ref,
        "network": network.ref,
        "load_balancer": balancer.ref,
        "build": {"context": "app"},
        "gpu": 1,
        "user": "10001:10001",
        "cpu": 2048,
        "memory": 8192,
        "count": config.require_int("count"),
        # Each instance has one GPU: a rollout must stop a task before it starts one on it.
        "minimum_healthy_percent": 0,
        # Weights are loaded before the first answer.
        "health_check": {"path": "/healthz", "grace_period": 300},
    },
)
pulumi.export("url", app.url)
pulumi.export("clusterName", cluster.name)
pulumi.export("serviceName", app.service_name)
