"""Programs in which inputs with a default have another value."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pulumi
import pulumi_aws as aws

_SCALED: Mapping[str, Any] = {
    "scalable_dimension": "ecs:service:DesiredCount",
    "service_namespace": "ecs",
}


def _data() -> None:
    fs = aws.efs.FileSystem("files", encrypted=True)
    aws.efs.BackupPolicy("files", file_system_id=fs.id, backup_policy={"status": "DISABLED"})
    aws.efs.AccessPoint("files", file_system_id=fs.id, posix_user={"uid": 1, "gid": 1})
    aws.dynamodb.Table(
        "table",
        billing_mode="PAY_PER_REQUEST",
        deletion_protection_enabled=True,
        point_in_time_recovery={"enabled": True},
    )
    aws.sqs.Queue("queue", fifo_queue=True, visibility_timeout_seconds=200)
    aws.sns.Topic("topic", fifo_topic=True)
    aws.ssm.Parameter("parameter", type="SecureString", value="x", tier="Advanced")
    aws.rds.Instance("database", engine="postgres", instance_class="db.t4g.micro")
    aws.elasticache.ReplicationGroup("cache", engine="valkey", description="sessions")
    metric: Any = {"metric_name": "Depth", "namespace": "AWS/SQS", "period": 60, "stat": "Sum"}
    queries: Any = [{"id": f"m{n}", "metric": metric} for n in range(2)]
    aws.cloudwatch.MetricAlarm(
        "alarm", comparison_operator="GreaterThanThreshold", evaluation_periods=1, metric_queries=queries
    )
    visible: Any = {"cloudwatch_metrics_enabled": True, "metric_name": "x", "sampled_requests_enabled": True}
    rule: Any = {"name": "rule", "priority": 1, "visibility_config": visible}
    aws.wafv2.WebAcl(
        "acl",
        scope="REGIONAL",
        default_action={"allow": {}},
        visibility_config=visible,
        rules=[rule],
    )
    aws.ecr.Repository(
        "images", image_tag_mutability="IMMUTABLE", image_scanning_configuration={"scan_on_push": True}
    )


def _network() -> tuple[list[pulumi.Output[str]], pulumi.Output[str]]:
    """Return the ids of two public subnets, and of a security group that is open on port 8080."""
    vpc = aws.ec2.Vpc("net", cidr_block="10.0.0.0/16", enable_dns_hostnames=True)
    gateway = aws.ec2.InternetGateway("net", vpc_id=vpc.id)
    route: Any = {"cidr_block": "0.0.0.0/0", "gateway_id": gateway.id}
    table = aws.ec2.RouteTable("net", vpc_id=vpc.id, routes=[route])
    ids: list[pulumi.Output[str]] = []
    for number, zone in enumerate("ab"):
        subnet = aws.ec2.Subnet(
            zone,
            vpc_id=vpc.id,
            cidr_block=f"10.0.{number}.0/24",
            availability_zone=f"us-east-1{zone}",
            map_public_ip_on_launch=True,
        )
        aws.ec2.RouteTableAssociation(zone, subnet_id=subnet.id, route_table_id=table.id)
        ids.append(subnet.id)
    aws.ec2.VpcEndpoint(
        "net",
        vpc_id=vpc.id,
        service_name="com.amazonaws.us-east-1.ecr.api",
        vpc_endpoint_type="Interface",
        subnet_ids=ids,
    )
    rule: Any = {"protocol": "tcp", "from_port": 8080, "to_port": 8080, "cidr_blocks": ["0.0.0.0/0"]}
    return ids, aws.ec2.SecurityGroup("open", vpc_id=vpc.id, ingress=[rule]).id


def _task(name: str, **more: Any) -> pulumi.Output[str]:
    container = {
        "name": "web",
        "image": "nginx:1",
        "portMappings": [{"containerPort": 8080, "name": "http"}],
        "stopTimeout": 100,
        "user": "1000",
        "readonlyRootFilesystem": True,
    }
    return aws.ecs.TaskDefinition(
        name,
        family=name,
        cpu="512",
        memory="1024",
        container_definitions=json.dumps([container]),
        runtime_platform={"cpu_architecture": "ARM64", "operating_system_family": "LINUX"},
        **more,
    ).arn


def _fargate() -> None:
    ids, group = _network()
    cluster = aws.ecs.Cluster("main", settings=[{"name": "containerInsights", "value": "enabled"}])
    task = _task(
        "web",
        network_mode="awsvpc",
        requires_compatibilities=["FARGATE"],
        ephemeral_storage={"size_in_gib": 40},
    )
    network: Any = {"subnets": ids, "assign_public_ip": True, "security_groups": [group]}
    shares: Any = [
        {"capacity_provider": "FARGATE", "base": 1, "weight": 1},
        {"capacity_provider": "FARGATE_SPOT", "weight": 2},
    ]
    common: Any = {"cluster": cluster.arn, "task_definition": task, "network_configuration": network}
    breaker: Any = {"enable": True, "rollback": True}
    disk: Any = {"size_in_gb": 40, "volume_type": "gp3", "iops": 4000, "throughput": 200}
    volume: Any = {"name": "data", "managed_ebs_volume": {"role_arn": "arn:x", **disk}}
    web = aws.ecs.Service(
        "web",
        desired_count=3,
        capacity_provider_strategies=shares,
        deployment_circuit_breaker=breaker,
        volume_configuration=volume,
        **common,
    )
    alarms: Any = {"enable": True, "alarm_names": ["x"], "rollback": True}
    aws.ecs.Service("alarms", desired_count=2, launch_type="FARGATE", alarms=alarms, **common)
    controller: Any = {"type": "EXTERNAL"}
    aws.ecs.Service("external", launch_type="FARGATE", deployment_controller=controller, **common)
    strategy: Any = {"strategy": "CANARY"}
    aws.ecs.Service("canary", launch_type="FARGATE", deployment_configuration=strategy, **common)
    path = pulumi.Output.concat("service/", cluster.name, "/", web.name)
    aws.appautoscaling.Target("web", min_capacity=2, max_capacity=6, resource_id=path, **_SCALED)
    aws.appautoscaling.ScheduledAction(
        "night",
        resource_id=path,
        schedule="cron(0 20 * * ? *)",
        scalable_target_action={"min_capacity": 1, "max_capacity": 9},
        **_SCALED,
    )
    aws.appautoscaling.Policy(
        "cpu",
        policy_type="TargetTrackingScaling",
        resource_id=path,
        target_tracking_scaling_policy_configuration={
            "predefined_metric_specification": {"predefined_metric_type": "ECSServiceAverageCPUUtilization"},
            "target_value": 60,
        },
        **_SCALED,
    )
    job = _task("job", network_mode="awsvpc", requires_compatibilities=["FARGATE"])
    rule = aws.cloudwatch.EventRule("job", schedule_expression="rate(1 day)")
    run: Any = {"task_definition_arn": job, "launch_type": "FARGATE", "network_configuration": network}
    aws.cloudwatch.EventTarget("job", rule=rule.name, arn=cluster.arn, ecs_target=run)


def _instances() -> None:
    ids, group = _network()
    cluster = aws.ecs.Cluster("main")
    disk: Any = {
        "volume_size": 50,
        "volume_type": "gp3",
        "iops": 4000,
        "throughput": 200,
        "encrypted": "true",
    }
    device: Any = {"device_name": "/dev/xvda", "ebs": disk}
    template = aws.ec2.LaunchTemplate(
        "main",
        instance_type="m7g.large",
        image_id="ami-1",
        monitoring={"enabled": True},
        metadata_options={"http_tokens": "required"},
        block_device_mappings=[device],
        network_interfaces=[{"associate_public_ip_address": "true", "security_groups": [group]}],
    )
    mixed: Any = {
        "instances_distribution": {
            "on_demand_base_capacity": 1,
            "on_demand_percentage_above_base_capacity": 50,
        },
        "launch_template": {
            "launch_template_specification": {"launch_template_id": template.id},
            "overrides": [{"instance_type": "m7g.large"}, {"instance_type": "m6g.large"}],
        },
    }
    made = aws.autoscaling.Group(
        "main",
        min_size=2,
        max_size=4,
        vpc_zone_identifiers=ids,
        mixed_instances_policy=mixed,
        warm_pool={"pool_state": "Running", "min_size": 1, "max_group_prepared_capacity": 3},
    )
    provider = aws.ecs.CapacityProvider(
        "own",
        auto_scaling_group_provider={
            "auto_scaling_group_arn": made.arn,
            "managed_termination_protection": "ENABLED",
        },
    )
    requirements: Any = {"allowed_instance_types": ["m7g.*"]}
    launch: Any = {"capacity_option_type": "SPOT", "instance_requirements": requirements}
    launch |= {"network_configuration": {"subnets": ids}}
    instances: Any = {"infrastructure_role_arn": "arn:x", "instance_launch_template": launch}
    managed = aws.ecs.CapacityProvider(
        "managed",
        cluster=cluster.name,
        managed_instances_provider=instances,
    )
    task = _task("web", network_mode="host", requires_compatibilities=["EC2"])
    for each in (provider, managed):
        share: Any = {"capacity_provider": each.name, "weight": 1}
        aws.ecs.Service(
            f"on-{each._name}",  # pyright: ignore[reportPrivateUsage]
            cluster=cluster.arn,
            task_definition=task,
            desired_count=2,
            capacity_provider_strategies=[share],
        )
    aws.ecs.Service("daemon", cluster=cluster.arn, task_definition=task, scheduling_strategy="DAEMON")


def _balanced() -> None:
    ids, group = _network()
    inner = aws.lb.LoadBalancer(
        "inner",
        internal=True,
        subnets=ids,
        security_groups=[group],
        ip_address_type="dualstack",
        drop_invalid_header_fields=True,
        enable_deletion_protection=True,
        access_logs={"bucket": "logs", "enabled": True},
    )
    outer = aws.lb.LoadBalancer("outer", ip_address_type="dualstack-without-public-ipv4", subnets=ids)
    network = aws.lb.LoadBalancer("network", load_balancer_type="network", subnets=ids)
    vpc: Any = {"vpc_id": "vpc-1", "target_type": "ip", "port": 8080}
    one = aws.lb.TargetGroup("one", protocol="HTTP", protocol_version="HTTP2", **vpc)
    two = aws.lb.TargetGroup("two", protocol="TCP", **vpc)
    forward: Any = {"type": "forward", "target_group_arn": one.arn}
    secure = {"protocol": "HTTPS", "port": 443, "certificate_arn": "arn:x"}
    policy: Any = {**secure, "ssl_policy": "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"}
    aws.lb.Listener("inner", load_balancer_arn=inner.arn, default_actions=[forward], **policy)
    redirect: Any = {"protocol": "HTTPS", "port": "443", "status_code": "HTTP_301"}
    aws.lb.Listener(
        "http",
        load_balancer_arn=outer.arn,
        port=80,
        default_actions=[{"type": "redirect", "redirect": redirect}],
    )
    listener = aws.lb.Listener("outer", load_balancer_arn=outer.arn, default_actions=[forward], **policy)
    host: Any = [{"host_header": {"values": ["a.example.com"]}}]
    aws.lb.ListenerRule(
        "fixed",
        listener_arn=listener.arn,
        priority=1,
        conditions=host,
        actions=[
            {"type": "fixed-response", "fixed_response": {"content_type": "text/plain", "status_code": "410"}}
        ],
    )
    tcp: Any = {"type": "forward", "target_group_arn": two.arn}
    aws.lb.Listener("tcp", load_balancer_arn=network.arn, port=9000, protocol="TCP", default_actions=[tcp])
    cluster = aws.ecs.Cluster("main")
    task = _task("web", network_mode="awsvpc", requires_compatibilities=["FARGATE"])
    inside: Any = {"subnets": ids, "security_groups": [group]}
    for name, target in (("one", one), ("two", two)):
        aws.ecs.Service(
            name,
            cluster=cluster.arn,
            task_definition=task,
            launch_type="FARGATE",
            network_configuration=inside,
            load_balancers=[
                {"target_group_arn": target.arn, "container_name": "web", "container_port": 8080}
            ],
        )


PROGRAMS: Mapping[str, Callable[[], None]] = {
    "data": _data,
    "fargate": _fargate,
    "instances": _instances,
    "balanced": _balanced,
}
