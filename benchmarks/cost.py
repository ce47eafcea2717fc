"""What the sample's stacks create and what that costs a month, from their evaluated programs.

List prices of us-east-1 in USD, from the AWS price pages named beside them, as of 2026-11-21; 730 hours a
month. Only what is there without traffic: requests, data, logs and metrics come on top. Spot is an average,
no list price.
"""

import math
from pathlib import Path

from moorage.offline import ResourceGraph, evaluate

HOURS = 730
ROOT = Path(__file__).parent.parent

ALB_HOUR = 0.0225  # Elastic Load Balancing pricing
IPV4_HOUR = 0.005  # Amazon VPC pricing, public IPv4 address
NAT_HOUR = 0.045  # Amazon VPC pricing, NAT gateway
FARGATE_HOUR = {  # AWS Fargate pricing: vCPU, GB
    "X86_64": (0.04048, 0.004445),
    "ARM64": (0.03238, 0.00356),
}
SPOT_SHARE = 0.30  # of the on-demand price
EC2_HOUR = {"t3.medium": 0.0416}  # Amazon EC2 On-Demand pricing
GP3_GIB_MONTH = 0.08  # Amazon EBS pricing

Line = tuple[str, float]


def balancer(graph: ResourceGraph) -> list[Line]:
    """Return the load balancers and their addresses, one in each zone."""
    lines: list[Line] = []
    for load_balancer in graph.of_type("aws:lb/loadBalancer:LoadBalancer"):
        zones = len(load_balancer.inputs["subnets"])
        lines.append(("load balancer", ALB_HOUR * HOURS))
        lines.append((f"its {zones} public IPv4 addresses", zones * IPV4_HOUR * HOURS))
    return lines


def network(graph: ResourceGraph) -> list[Line]:
    """Return the NAT gateways with their addresses."""
    count = len(graph.of_type("aws:ec2/natGateway:NatGateway"))
    return [(f"{count} NAT gateway(s) with address", count * (NAT_HOUR + IPV4_HOUR) * HOURS)] if count else []


def tasks(graph: ResourceGraph) -> list[Line]:
    """Return the tasks on Fargate, on demand and Spot, with their addresses."""
    lines: list[Line] = []
    definitions = {
        task.outputs["arn"]: task for task in graph.of_type("aws:ecs/taskDefinition:TaskDefinition")
    }
    for service in graph.of_type("aws:ecs/service:Service"):
        task = definitions[service.inputs["taskDefinition"]].inputs
        if "FARGATE" not in task["requiresCompatibilities"]:
            continue
        vcpu, gigabyte = FARGATE_HOUR[task["runtimePlatform"]["cpuArchitecture"]]
        price = (int(task["cpu"]) / 1024 * vcpu + int(task["memory"]) / 1024 * gigabyte) * HOURS
        count = service.inputs["desiredCount"]
        strategy = {item["capacityProvider"]: item for item in service.inputs["capacityProviderStrategies"]}
        weights = sum(item["weight"] for item in strategy.values())
        base = min(count, strategy["FARGATE"]["base"])
        on_demand = base + math.ceil((count - base) * strategy["FARGATE"]["weight"] / weights)
        lines.append((f"{on_demand} task(s) on demand", on_demand * price))
        if count > on_demand:
            lines.append((f"{count - on_demand} task(s) on Spot", (count - on_demand) * price * SPOT_SHARE))
        if service.inputs["networkConfiguration"]["assignPublicIp"]:
            lines.append((f"their {count} public IPv4 addresses", count * IPV4_HOUR * HOURS))
    return lines


def instances(graph: ResourceGraph) -> list[Line]:
    """Return the fewest instances of the Auto Scaling groups, with their volumes."""
    lines: list[Line] = []
    templates = {item.id: item for item in graph.of_type("aws:ec2/launchTemplate:LaunchTemplate")}
    for group in graph.of_type("aws:autoscaling/group:Group"):
        chosen = group.inputs["mixedInstancesPolicy"]["launchTemplate"]
        template = templates[chosen["launchTemplateSpecification"]["launchTemplateId"]].inputs
        kind, count = chosen["overrides"][0]["instanceType"], group.inputs["minSize"]
        gibibytes = template["blockDeviceMappings"][0]["ebs"]["volumeSize"]
        lines.append((f"{count} {kind}", count * EC2_HOUR[kind] * HOURS))
        lines.append((f"their {gibibytes} GiB volumes", count * gibibytes * GP3_GIB_MONTH))
        if template["networkInterfaces"][0]["associatePublicIpAddress"] == "true":
            lines.append((f"their {count} public IPv4 addresses", count * IPV4_HOUR * HOURS))
    return lines


def main() -> None:
    """Print a table for each stack."""
    for stack in ("dev", "prod"):
        graph = evaluate(ROOT, stack=stack)
        created = [item for item in graph if item.custom and not item.type.startswith("pulumi:")]
        lines = [line for part in (balancer, network, tasks, instances) for line in part(graph)]
        print(f"{stack}: {len(created)} resources")
        for what, price in lines:
            print(f"  {what:<34}{price:8.2f}")
        print(f"  {'a month, USD':<34}{sum(price for _, price in lines):8.2f}\n")


if __name__ == "__main__":
    main()
