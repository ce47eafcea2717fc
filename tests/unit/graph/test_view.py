"""The view of a graph: of moorage's components, of plain resources, and in a preview."""

import json
from collections.abc import Callable
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest
from support.plain_ecs import task_definition

import moorage
from moorage.graph import Access, ComputeKind, DataKind, Permission, View, answers, view
from moorage.offline import UNKNOWN, ResourceGraph, evaluate
from moorage.plan.wording import entry_points

GraphOf = Callable[..., ResourceGraph]
TRUST = json.dumps({"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole"}]})


def of(program: Callable[[], None], preview: bool = False) -> View:
    return view(evaluate(program, preview=preview))


def may(found: View, target: str) -> Permission:
    (permission,) = (each for each in found.permissions if each.target == target)
    return permission


def test_an_empty_stack() -> None:
    found = of(lambda: None)
    assert (found.services, found.networks, found.clusters, found.permissions) == ((), (), (), ())


def test_how_a_service_behind_https_is_reached(graph_of: GraphOf, preview: bool) -> None:
    found = view(
        graph_of(balancer={"domain": "a.example.com", "zone_id": "Z1"}, apps={"web": {}}, preview=preview)
    )
    (balancer,) = found.balancers
    (service,) = found.services
    assert balancer.hosts == ("a.example.com",)
    assert [(each.port, each.protocol, each.redirect) for each in balancer.listeners] == [
        (80, "HTTP", "HTTPS 443"),
        (443, "HTTPS", ""),
    ]
    assert [(route.balancer, route.hosts) for route in service.routes] == [(balancer.urn, ("a.example.com",))]
    assert (service.name, service.port, service.open_ports) == ("web", 8080, ())


def test_the_record_that_proves_a_domain_is_no_entry(graph_of: GraphOf) -> None:
    found = view(graph_of(balancer={"domain": "a.example.com", "zone_id": "Z1"}))
    assert [record.name for record in found.records] == ["a.example.com"]


def test_what_a_balancer_answers_itself(graph_of: GraphOf, preview: bool) -> None:
    own: dict[str, Any] = {
        "redirects": [
            {"host": "a.example.com", "path": "/x", "to": {"host": "b.example.com", "protocol": "HTTPS"}},
            {"path": "/old/*", "to": {"path": "/new", "port": 8443}},
        ],
        "fixed_responses": [{"path": "/robots.txt", "status": 404}],
        "default_action": {"to": {"host": "www.example.com"}},
    }
    found = view(graph_of(balancer=own, preview=preview))
    routes = {route.paths: (route.hosts, answer) for route, answer in answers(found.balancing)}
    assert routes == {
        ("/x",): (("a.example.com",), "redirects to https://b.example.com/#{path}"),
        ("/old/*",): (("(any other host)",), "redirects to #{protocol}://#{host}:8443/new"),
        ("/robots.txt",): (("(any other host)",), "answers with status 404"),
    }
    assert "http://(any other host)/robots.txt answers with status 404" in entry_points(found)
    assert "alb-alb: port 80 redirects to www.example.com" in entry_points(found)


def test_rules_by_path_and_host(graph_of: GraphOf, preview: bool) -> None:
    rules = [{"path": "/api/*", "host": "b.example.com"}]
    found = view(graph_of(balancer={}, apps={"web": {"rules": rules}}, preview=preview))
    (route,) = found.services[0].routes
    assert (route.paths, route.hosts) == (("/api/*",), ("b.example.com",))


def test_tasks_and_what_their_number_follows(graph_of: GraphOf, preview: bool) -> None:
    scaled = {"autoscaling": {"min": 2, "max": 5}, "cpu": 512, "memory": 1024}
    found = view(graph_of(apps={"a": {"count": 3}, "b": scaled}, preview=preview))
    first, second = found.services
    assert (first.minimum, first.maximum, first.scaling) == (3, 3, None)
    assert (second.minimum, second.maximum) == (2, 5)
    assert second.scaling is not None
    assert [(policy.metric, policy.target) for policy in second.scaling.policies] == [
        ("ECSServiceAverageCPUUtilization", "60")
    ]
    assert second.task is not UNKNOWN
    assert (second.task.cpu, second.task.memory, second.task.arch) == (512, 1024, "X86_64")


def test_a_spot_mix(graph_of: GraphOf, preview: bool) -> None:
    found = view(graph_of("fargate_spot", preview=preview))
    kinds = [ComputeKind.FARGATE, ComputeKind.FARGATE_SPOT]
    assert [provider.kind for provider in found.clusters[0].providers] == kinds
    shares = found.services[0].capacity.shares
    assert shares is not UNKNOWN
    assert [(share.provider.kind, share.base, share.weight) for share in shares] == [
        (ComputeKind.FARGATE, 1, 0),
        (ComputeKind.FARGATE_SPOT, 0, 1),
    ]


def test_instances(graph_of: GraphOf, preview: bool) -> None:
    ec2 = {"instance_types": ["t3.small"], "min_size": 2, "max_size": 4}
    found = view(graph_of("ec2", ec2=ec2, balancer={}, preview=preview))
    (provider,) = found.clusters[0].providers
    assert provider.group is not None
    assert (provider.kind, provider.types) == (ComputeKind.EC2, ("t3.small",))
    assert (provider.group.minimum, provider.group.maximum) == (2, 4)
    assert found.services[0].capacity.providers == (provider,)
    assert found.services[0].capacity.groups == (provider.group,)
    assert len(provider.subnets) == 3


def test_managed_instances(graph_of: GraphOf, preview: bool) -> None:
    found = view(graph_of("managed_instances", preview=preview))
    assert [each.kind for each in found.clusters[0].providers] == [ComputeKind.MANAGED_INSTANCES]
    assert found.services[0].capacity.kind is ComputeKind.MANAGED_INSTANCES
    assert found.services[0].public is False


def test_an_existing_network_by_its_subnets(graph_of: GraphOf) -> None:
    network = {
        "vpc_id": "vpc-1",
        "public_subnet_ids": ["subnet-a", "subnet-b"],
        "private_subnet_ids": ["subnet-c", "subnet-d"],
        "private_egress": True,
    }
    (vpc,) = view(graph_of(balancer={}, network=network)).networks
    assert (vpc.id, vpc.new) == ("vpc-1", False)
    assert {subnet.id: subnet.public for subnet in vpc.subnets} == {
        "subnet-a": True,
        "subnet-b": True,
        "subnet-c": False,
        "subnet-d": False,
    }


def test_a_network_of_plain_resources(preview: bool) -> None:
    def program() -> None:
        vpc = aws.ec2.Vpc("main", cidr_block="10.0.0.0/16")
        gateway = aws.ec2.InternetGateway("main", vpc_id=vpc.id)
        for name, zone in (("open", "us-east-1a"), ("closed", "us-east-1b")):
            subnet = aws.ec2.Subnet(name, vpc_id=vpc.id, availability_zone=zone, cidr_block="10.0.0.0/24")
            table = aws.ec2.RouteTable(name, vpc_id=vpc.id)
            aws.ec2.RouteTableAssociation(name, subnet_id=subnet.id, route_table_id=table.id)
            if name == "open":
                aws.ec2.Route(
                    name, route_table_id=table.id, destination_cidr_block="0.0.0.0/0", gateway_id=gateway.id
                )
                aws.ec2.NatGateway(name, subnet_id=subnet.id)
        aws.ec2.VpcEndpoint("ecr", vpc_id=vpc.id, service_name="com.amazonaws.us-east-1.ecr.api")

    (vpc,) = of(program, preview).networks
    assert (vpc.name, vpc.new, vpc.nat_gateways, vpc.endpoints) == ("main", True, 1, ("ecr.api",))
    assert vpc.zones == ("us-east-1a", "us-east-1b")
    assert {subnet.name: subnet.public for subnet in vpc.subnets} == {"open": True, "closed": False}


@pytest.mark.parametrize(("block", "ports"), [("0.0.0.0/0", (80,)), ("10.0.0.0/8", ())])
def test_ports_open_to_every_address(block: str, ports: tuple[int, ...]) -> None:
    def program() -> None:
        group = aws.ec2.SecurityGroup(
            "web", ingress=[{"protocol": "tcp", "from_port": 80, "to_port": 80, "cidr_blocks": [block]}]
        )
        containers = [{"name": "web", "image": "nginx", "portMappings": [{"containerPort": 80}]}]
        definition = aws.ecs.TaskDefinition(
            "web", family="web", network_mode="awsvpc", container_definitions=json.dumps(containers)
        )
        network: Any = {"subnets": ["subnet-1"], "assign_public_ip": True, "security_groups": [group.id]}
        aws.ecs.Service("web", task_definition=definition.arn, network_configuration=network)

    (service,) = of(program).services
    assert (service.public, service.open_ports) == (True, ports)


def test_names_between_services() -> None:
    def program() -> None:
        connect: Any = {
            "enabled": True,
            "services": [{"port_name": "http", "client_alias": [{"dns_name": "api", "port": 9000}]}],
        }
        aws.ecs.Service("api", service_connect_configuration=connect)

    assert of(program).services[0].names == ("api:9000",)


@pytest.mark.parametrize(
    ("alias", "namespace", "name"),
    [
        ({"port": 80, "dns_name": "api"}, "apps", "api:80"),
        ({"port": 80}, "apps", "front.apps:80"),
        ({"port": 80}, "arn:aws:servicediscovery:us-east-1:123456789012:namespace/ns-1", "front:80"),
    ],
)
def test_a_client_alias_has_by_default_the_discovery_name_in_its_namespace(
    alias: dict[str, Any], namespace: str, name: str
) -> None:
    def program() -> None:
        endpoint = {"port_name": "http", "discovery_name": "front", "client_alias": [alias]}
        configuration: Any = {"enabled": True, "namespace": namespace, "services": [endpoint]}
        aws.ecs.Service("front", service_connect_configuration=configuration)

    assert of(program).services[0].names == (name,)


@pytest.mark.parametrize(
    "kind", [aws.servicediscovery.PrivateDnsNamespace, aws.servicediscovery.PublicDnsNamespace]
)
def test_a_discovered_service_has_its_name_in_the_namespace(kind: Any, preview: bool) -> None:
    def program() -> None:
        space = kind(
            "space", name="shop.internal", **({"vpc": "vpc-1"} if "Private" in kind.__name__ else {})
        )
        for name, namespace in (("api", space.id), ("other", "ns-abc")):
            records: Any = [{"type": "A", "ttl": 60}]
            registry = aws.servicediscovery.Service(
                f"{name}-discovery", name=name, dns_config={"namespace_id": namespace, "dns_records": records}
            )
            aws.ecs.Service(name, service_registries={"registry_arn": registry.arn})

    names = {service.name: service.names for service in of(program, preview).services}
    assert names == {"api": ("api.shop.internal",), "other": ("other.(ns-abc)",)}


def test_a_task_definition_without_a_service_is_a_job(preview: bool) -> None:
    def program() -> None:
        cluster, role = aws.ecs.Cluster("main"), aws.iam.Role("scheduler", assume_role_policy=TRUST)
        definition = aws.ecs.TaskDefinition(
            "nightly", family="nightly", container_definitions="[]", cpu="256"
        )
        aws.scheduler.Schedule(
            "nightly",
            schedule_expression="rate(1 day)",
            flexible_time_window={"mode": "OFF"},
            target={
                "arn": cluster.arn,
                "role_arn": role.arn,
                "ecs_parameters": {"task_definition_arn": definition.arn},
            },
        )

    (job,) = of(program, preview).jobs
    assert (job.name, job.schedule, job.task.cpu) == ("nightly", "rate(1 day)", 256)


def test_jobs_of_components_and_what_runs_them(preview: bool) -> None:
    def program() -> None:
        network = moorage.Network("net", {})
        cluster = moorage.EcsCluster("main", {"network": network.ref})
        shared: Any = {"cluster": cluster.ref, "network": network.ref, "image": "shop:1"}
        moorage.ContainerApp("shop", {**shared, "pre_deploy": {"command": ["migrate"]}})
        moorage.Job("report", {**shared, "schedule": "rate(1 day)", "timezone": "Europe/Vienna"})
        moorage.Job("tidy", {**shared, "schedule": "rate(1 hour)"})
        moorage.Job("repair", shared)

    found = of(program, preview)
    assert [service.name for service in found.services] == ["shop"]
    assert found.services[0].task is not UNKNOWN
    assert found.services[0].task.urn.endswith("::shop-task")
    assert {job.name: (job.before, job.schedule) for job in found.jobs} == {
        "shop-pre-deploy": ("shop", ""),
        "report": ("", "rate(1 day) Europe/Vienna"),
        "tidy": ("", "rate(1 hour)"),
        "repair": ("", ""),
    }


@pytest.mark.parametrize(
    ("options", "others"),
    [({}, [()]), ({"test_header": "X-Preview"}, [(), ("header X-Preview=*",)])],
    ids=["for no client", "by a header"],
)
def test_a_rule_for_tests_is_a_way_in_only_where_somebody_can_take_it(
    graph_of: GraphOf, options: dict[str, str], others: list[tuple[str, ...]], preview: bool
) -> None:
    app = {"deployment": "blue_green", "deployment_options": options}
    found = view(graph_of(balancer={}, apps={"web": app}, preview=preview))
    assert [route.other for route in found.services[0].routes] == others


def granted(actions: Any, resource: Any, **statement: Any) -> View:
    """Return a stack whose one service may do something with a table, as `resource` names it."""

    def program() -> None:
        table = aws.dynamodb.Table("notes", hash_key="id", attributes=[{"name": "id", "type": "S"}])
        role = aws.iam.Role("app", assume_role_policy=TRUST)
        document = table.arn.apply(
            lambda arn: json.dumps(
                {
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Action": actions,
                            "Resource": resource.replace("TABLE", arn),
                            **statement,
                        }
                    ]
                }
            )
        )
        aws.iam.RolePolicy("app", role=role.name, policy=document)
        definition = aws.ecs.TaskDefinition(
            "app", family="app", container_definitions="[]", task_role_arn=role.arn
        )
        aws.ecs.Service("app", task_definition=definition.arn)

    return of(program)


@pytest.mark.parametrize(
    ("actions", "access"),
    [
        ("dynamodb:GetItem", "read"),
        (["dynamodb:Query", "dynamodb:Scan", "dynamodb:DescribeTable"], "read"),
        (["dynamodb:PutItem"], "write"),
        (["dynamodb:PutItem", "dynamodb:DescribeTable"], "write"),
        (["dynamodb:PutItem", "dynamodb:GetItem"], "read and write"),
        (["dynamodb:*"], "read and write"),
    ],
)
def test_what_actions_amount_to(actions: Any, access: str) -> None:
    found = granted(actions, "TABLE")
    permission = may(found, "notes")
    assert (permission.access, permission.kind) == (access, "task")
    assert permission.users == (found.services[0].urn,)
    assert permission.resource is found.data[0].resource


@pytest.mark.parametrize(
    ("actions", "resource", "wide"),
    [
        ("dynamodb:GetItem", "TABLE", False),
        ("dynamodb:GetItem", "TABLE/index/*", False),
        ("dynamodb:*", "TABLE", True),
        ("dynamodb:GetItem", "arn:aws:dynamodb:*:*:table/*", True),
        ("dynamodb:GetItem", "*", True),
        ("ecr:GetAuthorizationToken", "*", False),
        ("logs:PutLogEvents", "arn:aws:logs:us-east-1:123456789012:log-group:/app/x:*", False),
        ("s3:GetObject", "arn:aws:s3:::some-bucket/*", False),
        ("s3:GetObject", "arn:aws:s3:::*", True),
    ],
)
def test_what_is_wider_than_one_resource(actions: str, resource: str, wide: bool) -> None:
    (permission,) = granted(actions, resource).permissions
    assert permission.wildcard is wide


def test_what_is_denied_is_no_permission() -> None:
    assert granted("dynamodb:GetItem", "TABLE", Effect="Deny").permissions == ()


def test_managed_policies() -> None:
    def program() -> None:
        role = aws.iam.Role("app", assume_role_policy=TRUST)
        for name in ("AmazonDynamoDBFullAccess", "service-role/AmazonECSTaskExecutionRolePolicy"):
            aws.iam.RolePolicyAttachment(name, role=role.name, policy_arn=f"arn:aws:iam::aws:policy/{name}")

    found = of(program)
    assert {each.target: (each.access, each.wildcard) for each in found.permissions} == {
        "AmazonDynamoDBFullAccess": ("managed policy", True),
        "AmazonECSTaskExecutionRolePolicy": ("managed policy", False),
    }


def test_grants_for_what_the_stack_does_not_make(graph_of: GraphOf) -> None:
    arn = "arn:aws:sqs:us-east-1:123456789012:mail"
    grants = [{"service": "sqs", "access": "write", "arn": arn}]
    queue = may(view(graph_of(apps={"web": {"grants": grants}})), arn)
    assert (queue.resource, queue.access, queue.wildcard) == (None, "write", False)


def test_in_a_preview_a_policy_is_known_by_what_it_is_made_from() -> None:
    def program() -> None:
        table = aws.dynamodb.Table("notes", hash_key="id", attributes=[{"name": "id", "type": "S"}])
        role = aws.iam.Role("app", assume_role_policy=TRUST)
        policy = table.arn.apply(lambda arn: json.dumps({"Statement": [{"Resource": arn}]}))
        aws.iam.RolePolicy("app", role=role.name, policy=policy)

    assert may(of(program, preview=True), "notes").access == "not known yet"


def test_secrets_stay_out() -> None:
    def program() -> None:
        secret = aws.secretsmanager.Secret("key")
        aws.secretsmanager.SecretVersion("key", secret_id=secret.id, secret_string="hunter2")
        containers = pulumi.Output.secret(json.dumps([{"name": "web", "image": "hunter2/web"}]))
        aws.ecs.TaskDefinition("web", family="web", container_definitions=containers)

    found = of(program)
    assert [each.kind for each in found.data] == ["secret"]
    (container,) = found.jobs[0].task.containers or ()
    assert (container.name, container.image) == ("web", UNKNOWN)
    assert "hunter2" not in repr((found.data, found.jobs))


def test_a_policy_that_is_attached_to_several_roles(preview: bool) -> None:
    def program() -> None:
        roles = [aws.iam.Role(name, assume_role_policy=TRUST) for name in ("one", "two")]
        document = {
            "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}]
        }
        policy = aws.iam.Policy("reads", policy=json.dumps(document))
        names = [role.name for role in roles]
        aws.iam.PolicyAttachment("both", name="both", policy_arn=policy.arn, roles=names)

    found = view(evaluate(program, preview=preview))
    assert [(each.role.name, each.access, each.actions) for each in found.permissions] == [
        ("one", Access.READ, ("s3:GetObject",)),
        ("two", Access.READ, ("s3:GetObject",)),
    ]
    assert [role.rights.refuses("s3:GetObject", "arn:aws:s3:::b/key") for role in found.roles.values()] == [
        False,
        False,
    ]


def test_a_cluster_that_exists_already_has_what_services_ask_for(preview: bool) -> None:
    def program() -> None:
        spot: Any = [{"capacity_provider": "FARGATE_SPOT", "weight": 1}]
        aws.ecs.Service("web", cluster="shared", capacity_provider_strategies=spot)

    (cluster,) = of(program, preview).clusters
    assert (cluster.resource, cluster.urn, cluster.name) == (None, "", "existing cluster")
    assert [provider.kind for provider in cluster.providers] == [ComputeKind.FARGATE_SPOT]


def test_buckets_by_both_names_of_the_provider(preview: bool) -> None:
    def program() -> None:
        aws.s3.Bucket("one")
        aws.s3.BucketV2("two")

    assert [each.kind for each in of(program, preview).data] == [DataKind.BUCKET, DataKind.BUCKET]


DEFINITIONS = json.dumps([{"name": "web", "image": "nginx"}])


def test_what_a_service_and_its_task_set_beyond_their_defaults(preview: bool) -> None:
    def program() -> None:
        unknown = aws.sns.Topic("topic").arn.apply(lambda _: 30)
        sized = aws.ecs.TaskDefinition(
            "sized",
            family="sized",
            container_definitions=DEFINITIONS,
            ephemeral_storage={"size_in_gib": unknown},
        )
        plain = aws.ecs.TaskDefinition("plain", family="plain", container_definitions=DEFINITIONS)
        aws.ecs.Service(
            "sized",
            task_definition=sized.arn,
            desired_count=0,
            health_check_grace_period_seconds=unknown,
            triggers={"digest": "sha256:1"},
            volume_configuration={
                "name": "data",
                "managed_ebs_volume": {"role_arn": "arn:aws:iam::123456789012:role/x", "size_in_gb": 40},
            },
        )
        aws.ecs.Service("plain", task_definition=plain.arn)

    found = of(program, preview)
    services = {service.name: service for service in found.services}
    sized, plain = services["sized"], services["plain"]
    later = UNKNOWN if preview else 30
    assert (sized.sets_count, sized.desired, sized.grace, sized.triggers) == (
        *(True, 0, later),
        {"digest": "sha256:1"},
    )
    assert sized.volume == {"roleArn": "arn:aws:iam::123456789012:role/x", "sizeInGb": 40}
    assert (plain.sets_count, plain.desired, plain.grace, plain.triggers, plain.volume) == (
        *(False, 0, 0),
        {},
        None,
    )
    assert {task.family: task.storage for task in found.tasks.values()} == {"sized": later, "plain": None}


def test_the_subnets_of_a_load_balancer_are_counted(preview: bool) -> None:
    def program() -> None:
        later = aws.sns.Topic("topic").arn.apply(lambda _: "subnet-3")
        aws.lb.LoadBalancer("plain", subnets=["subnet-1", "subnet-2", later])
        mappings = [{"subnet_id": "subnet-1", "allocation_id": "eipalloc-1"}, {"subnet_id": later}]
        aws.lb.LoadBalancer("mapped", load_balancer_type="network", subnet_mappings=mappings)
        aws.lb.LoadBalancer("later", subnets=later.apply(lambda subnet: [subnet]))
        aws.lb.LoadBalancer("none")

    balancers = of(program, preview).balancers
    assert {balancer.name: (balancer.subnet_count, balancer.elastic) for balancer in balancers} == {
        "plain": (3, 0),
        "mapped": (2, 1),
        "later": (UNKNOWN if preview else 1, 0),
        "none": (0, 0),
    }


@pytest.mark.parametrize(("given", "expected"), [({}, 30), ({"stopTimeout": 7}, 7), ({"stopTimeout": 0}, 30)])
def test_the_stop_timeout_of_a_container(given: dict[str, int], expected: int, preview: bool) -> None:
    containers = json.dumps([{"name": "web", "image": "nginx", **given}])
    found = of(lambda: task_definition(container_definitions=containers) and None, preview)
    (task,) = found.tasks.values()
    assert task.containers is not UNKNOWN
    assert [container.stop_timeout for container in task.containers] == [expected]
