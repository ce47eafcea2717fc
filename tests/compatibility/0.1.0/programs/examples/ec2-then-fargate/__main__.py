"""One app, six ways: what differs by stack is its config."""

import pulumi

from moorage import ContainerApp, EcsCluster, LoadBalancer, Network

# Stands in for the public image on a machine without Docker.
HTTPD = ["python3", "-m", "http.server", "--directory", "it-works", "--bind", "$HOST", "$PORT"]

config = pulumi.Config()
on_ec2, image = config.require("capacity") == "ec2", config.get("image")
daemon, balanced = config.require_bool("daemon"), config.require_bool("balanced")
host_port = config.require_int("hostPort")

network = Network("site", {})
cluster = EcsCluster(
    "site",
    {
        "network": network.ref,
        "capacity": config.require("capacity"),
        "ec2": {
            "min_size": config.require_int("minInstances"),
            "max_size": config.require_int("maxInstances"),
            # As by hand. It is not needed: ECS pulls with the app's execution role.
            "policy_arns": ["arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly"],
        }
        if on_ec2 or config.require_bool("keepInstances")
        else None,
    },
)
balancer = None
if balanced:
    balancer = LoadBalancer("site", {"network": network.ref, "cluster": cluster.ref if on_ec2 else None})
app = ContainerApp(
    "site",
    {
        "cluster": cluster.ref,
        "network": network.ref,
        "image": image or None,
        "build": None if image else {"context": "app"},
        "port": config.require_int("port"),
        "host_port": host_port if on_ec2 else None,
        "public": not balanced,
        "load_balancer": balancer.ref if balancer else None,
        "daemon": daemon,
        "count": None if daemon else config.require_int("count"),
        "tracing": config.require_bool("tracing"),
        "local": {"command": HTTPD} if image else None,
    },
)
if balanced:
    pulumi.export("url", app.url)
pulumi.export("clusterName", cluster.name)
pulumi.export("serviceName", app.service_name)
