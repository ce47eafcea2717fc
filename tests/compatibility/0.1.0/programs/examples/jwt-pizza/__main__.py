"""JWT Pizza's API on Fargate, ARM64: at public addresses of its tasks, or behind a load balancer."""

import pulumi

from moorage import ContainerApp, EcsCluster, LoadBalancer, Network, NetworkArgs

NAME = "jwt-pizza-service"
config = pulumi.Config()
exposure = config.require("exposure")
if exposure not in ("public-ip", "alb"):
    raise pulumi.RunError(f"jwt-pizza:exposure is {exposure!r}; it must be public-ip or alb")

place: NetworkArgs = {
    "vpc_id": config.require("vpcId"),
    "public_subnet_ids": config.require_object("publicSubnetIds"),
}
if exposure == "alb":
    place |= {"private_subnet_ids": config.require_object("privateSubnetIds"), "private_egress": True}
network = Network("pizza", place)
cluster = EcsCluster("pizza", {"cluster_name": NAME, "capacity": "fargate", "arch": "arm64"})
balancer = None
if exposure == "alb":
    balancer = LoadBalancer(
        "pizza",
        {
            "network": network.ref,
            "load_balancer_name": NAME,
            "domain": f"pizza-service.{config.require('zone')}",
            "zone_id": config.require("zoneId"),
            "record_type": config.require("recordType"),
            "certificate_arn": config.get("certificateArn") or None,
        },
    )
app = ContainerApp(
    NAME,
    {
        "cluster": cluster.ref,
        "network": network.ref,
        "build": {"context": "app"},
        "family": NAME,
        "container_name": NAME,
        "service_name": NAME,
        "cpu": 512,
        "memory": 1024,
        "port": 80,
        "public": balancer is None,
        "load_balancer": balancer.ref if balancer else None,
        "health_check": {"path": "/api/docs"} if balancer else None,
        # The app is allowed nothing in AWS: no task role.
        "execute_command": False,
    },
)
if balancer:
    pulumi.export("url", app.url)
pulumi.export("clusterName", cluster.name)
pulumi.export("serviceName", app.service_name)
pulumi.export("securityGroupId", app.security_group_id)
