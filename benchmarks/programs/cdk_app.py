"""One load-balanced app on Fargate in an existing VPC with the AWS CDK, synthesised into a folder.

python cdk_app.py FOLDER
"""

import sys

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_ecs_patterns as patterns

app = cdk.App(outdir=sys.argv[1])
stack = cdk.Stack(app, "bench", env=cdk.Environment(account="123456789012", region="us-east-1"))
vpc = ec2.Vpc.from_vpc_attributes(
    stack,
    "network",
    vpc_id="vpc-0123456789abcdef0",
    availability_zones=["us-east-1a", "us-east-1b", "us-east-1c"],
    public_subnet_ids=[f"subnet-0123456789abcdef{number}" for number in range(3)],
    public_subnet_route_table_ids=["rtb-0123456789abcdef0"] * 3,
)
cluster = ecs.Cluster(stack, "cluster", vpc=vpc)
service = patterns.ApplicationLoadBalancedFargateService(
    stack,
    "app-0",
    cluster=cluster,
    desired_count=2,
    assign_public_ip=True,
    task_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PUBLIC),
    circuit_breaker=ecs.DeploymentCircuitBreaker(rollback=True),
    task_image_options=patterns.ApplicationLoadBalancedTaskImageOptions(
        image=ecs.ContainerImage.from_registry("nginx:1.29"),
        container_port=80,
        environment={"LOG_LEVEL": "info", "GREETING": "hello"},
    ),
)
service.target_group.configure_health_check(path="/healthz")
app.synth()
