"""A compose file on Fargate, in a VPC of its own with two public subnets."""

import pulumi
import pulumi_aws as aws

from moorage import ComposeApp, EcsCluster, Network

config = pulumi.Config()

vpc = aws.ec2.Vpc("compose", cidr_block="10.0.0.0/16", enable_dns_hostnames=True)
gateway = aws.ec2.InternetGateway("compose", vpc_id=vpc.id)
routes = aws.ec2.RouteTable(
    "compose", vpc_id=vpc.id, routes=[{"cidr_block": "0.0.0.0/0", "gateway_id": gateway.id}]
)
zones = aws.get_availability_zones_output(state="available").names
subnets: list[pulumi.Output[str]] = []
for index in range(2):
    subnet = aws.ec2.Subnet(
        f"compose-{index + 1}",
        vpc_id=vpc.id,
        cidr_block=f"10.0.{index}.0/24",
        availability_zone=zones[index],
    )
    route = aws.ec2.RouteTableAssociation(
        f"compose-{index + 1}", subnet_id=subnet.id, route_table_id=routes.id
    )
    subnets.append(pulumi.Output.all(subnet.id, route.id).apply(lambda known: str(known[0])))
clients = aws.ec2.SecurityGroup(
    "compose-clients",
    description="Clients on port 80",
    vpc_id=vpc.id,
    ingress=[{"protocol": "tcp", "from_port": 80, "to_port": 80, "cidr_blocks": ["0.0.0.0/0"]}],
    egress=[{"protocol": "-1", "from_port": 0, "to_port": 0, "cidr_blocks": ["0.0.0.0/0"]}],
)

network = Network("compose", {"vpc_id": vpc.id, "public_subnet_ids": subnets})
cluster = EcsCluster("compose", {"capacity": config.require("capacity")})
app = ComposeApp(
    "compose",
    {
        "cluster": cluster.ref,
        "network": network.ref,
        "files": [config.require("composeFile")],
        "ecs_params": "ecs-params.yml",
        "task": config.require("task"),
        # What the files leave open, and the program knows.
        "env": {"SUBNET_1": subnets[0], "SUBNET_2": subnets[1], "SECURITY_GROUP": clients.id},
        # Without a Docker daemon a plain process serves the folder `page` instead of the image.
        "local": [{"service": "web", "command": ["sh", "-c", 'python3 -m http.server "$PORT" -d page']}],
    },
)
pulumi.export("clusterName", cluster.name)
pulumi.export("serviceNames", app.service_names)
