"""From an evaluated program to what runs locally. Pure: plain data in, plain data out."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from moorage.offline.graph import UNKNOWN, Resource, ResourceGraph, reveal

from .errors import LocalError
from .images import Images
from .model import (
    DataResource,
    Json,
    ListenerPlan,
    LocalStack,
    RulePlan,
    ServiceSpec,
    TargetGroupPlan,
    TargetGroupUse,
)
from .runner import ContainerCheck, ContainerSpec, MountPoint, PortMapping
from .secrets import SecretValues

DATA_TYPES = frozenset(
    {
        "aws:dynamodb/table:Table",
        "aws:dynamodb/tableItem:TableItem",
        "aws:s3/bucket:Bucket",
        "aws:s3/bucketV2:BucketV2",
        "aws:s3/bucketObject:BucketObject",
        "aws:s3/bucketObjectv2:BucketObjectv2",
        "aws:sqs/queue:Queue",
        "aws:sns/topic:Topic",
        "aws:sns/topicSubscription:TopicSubscription",
        "aws:secretsmanager/secret:Secret",
        "aws:secretsmanager/secretVersion:SecretVersion",
        "aws:ssm/parameter:Parameter",
    }
)
"""What the data services hold."""

RUN_TYPES = frozenset(
    {
        "aws:ecs/service:Service",
        "aws:ecs/taskDefinition:TaskDefinition",
        "aws:lb/loadBalancer:LoadBalancer",
        "aws:lb/listener:Listener",
        "aws:lb/listenerRule:ListenerRule",
        "aws:lb/listenerCertificate:ListenerCertificate",
        "aws:lb/targetGroup:TargetGroup",
        "docker-build:index:Image",
    }
)
"""What the scheduler, the balancer and the runner run."""

NOTHING_NEEDED = re.compile(
    r"""aws:(
        iam/.* | ecr/.* | autoscaling/.* | appautoscaling/.* | acm/.* | route53/record:Record | kms/(key|alias):.*
      | ecs/(cluster|capacityProvider|clusterCapacityProviders|accountSettingDefault):.*
      | ec2/(vpc|subnet|routeTable|route|internetGateway|natGateway|eip|vpcEndpoint|launchTemplate|keyPair|defaultVpc
            |defaultSubnet|networkAcl)[A-Za-z]*:.*
      | (ec2|vpc)/securityGroup[A-Za-z]*:.*
      | cloudwatch/(logGroup|logStream|metricAlarm|dashboard):.*
      | s3/bucket(Policy|PublicAccessBlock|OwnershipControls|ServerSideEncryption|Versioning|Acl|Lifecycle)[A-Za-z]*:.*
      | (sqs/queuePolicy|sns/topicPolicy|secretsmanager/secretPolicy|dynamodb/resourcePolicy|lb/trustStore):.*
    ) | random:.* | tls:.* | pulumi:.*""",
    re.VERBOSE,
)
"""Permissions, networks, capacity, certificates, logs: on one machine their effect is there without them."""

_ALIASES = {"aws:alb/": "aws:lb/", "aws:elasticloadbalancingv2/": "aws:lb/"}


def translate(graph: ResourceGraph, project_dir: Path, secrets: Mapping[str, str]) -> LocalStack:
    """Return what runs locally for an evaluated program.

    Args:
        graph: The program, evaluated with known outputs.
        project_dir: The folder of its Pulumi.yaml; relative build contexts start there.
        secrets: Values of secrets and parameters that the program only refers to, by ARN or name.

    Raises:
        LocalError: something that must run cannot: a secret without a value, an image that nothing builds,
            a service without its task definition.
    """
    return _Translation(graph, project_dir, secrets).stack()


def ancestors(graph: ResourceGraph, resource: Resource) -> list[Resource]:
    """Return the parents of a resource, the nearest first."""
    found: list[Resource] = []
    by_urn = {item.urn: item for item in graph}
    parent = resource.parent
    while parent and parent in by_urn:
        found.append(by_urn[parent])
        parent = by_urn[parent].parent
    return found


class _Translation:
    def __init__(self, graph: ResourceGraph, project_dir: Path, secrets: Mapping[str, str]) -> None:
        self.graph = graph
        self.project_dir = project_dir
        self.by_type: dict[str, list[Resource]] = {}
        for resource in graph:
            self.by_type.setdefault(_kind(resource.type), []).append(resource)
        self.images = Images(self.of("docker-build:index:Image"), project_dir)
        self.secrets = SecretValues(graph, secrets)
        self.not_run: list[tuple[str, str]] = []

    def of(self, type_: str) -> list[Resource]:
        return self.by_type.get(type_, [])

    def stack(self) -> LocalStack:
        for kind, resources in self.by_type.items():
            runs = kind in DATA_TYPES or kind in RUN_TYPES or NOTHING_NEEDED.fullmatch(kind)
            self.not_run += [(r.type, r.name) for r in resources if r.custom and not runs]
        services = tuple(self.service(resource) for resource in self.of("aws:ecs/service:Service"))
        taken = {service.app for service in services}
        if len(taken) != len(services):
            names = [service.app for service in services]
            twice = {name for name in names if names.count(name) > 1}
            raise LocalError(
                f"several services are called {', '.join(sorted(twice))}: give their components different names"
            )
        listeners = tuple(plan for r in self.of("aws:lb/listener:Listener") if (plan := self.listener(r)))
        region, account = self.place()
        return LocalStack(
            project=self.graph.project,
            stack=self.graph.stack,
            project_dir=str(self.project_dir),
            region=region,
            account=account,
            services=services,
            listeners=listeners,
            target_groups=tuple(
                TargetGroupPlan(_text(r.outputs["arn"]), r.name, _plain(r.inputs))
                for r in self.of("aws:lb/targetGroup:TargetGroup")
            ),
            data=tuple(
                DataResource(kind, r.name, _plain(r.inputs), _plain(r.outputs))
                for kind, resources in self.by_type.items()
                if kind in DATA_TYPES
                for r in resources
            ),
            not_run=tuple(self.not_run),
        )

    def place(self) -> tuple[str, str]:
        """Return region and account as the program's ARNs have them."""
        for resource in self.graph:
            match = re.match(
                r"arn:[^:]+:[^:]+:([a-z0-9-]+):(\d{12}):", str(reveal(resource.outputs.get("arn")))
            )
            if match:
                return match.group(1), match.group(2)
        return "us-east-1", "123456789012"

    def listener(self, resource: Resource) -> ListenerPlan | None:
        inputs = _plain(resource.inputs)
        protocol = str(inputs.get("protocol") or "HTTP").upper()
        if protocol not in ("HTTP", "HTTPS"):
            self.not_run.append((resource.type, f"{resource.name} (a {protocol} listener)"))
            return None
        rules = [
            RulePlan(int(rule.get("priority") or 0), rule.get("conditions") or [], rule.get("actions") or [])
            for rule in (_plain(r.inputs) for r in self.of("aws:lb/listenerRule:ListenerRule"))
            if rule.get("listenerArn") == _text(resource.outputs["arn"])
        ]
        hosts = [
            str(name)
            for balancer in self.of("aws:lb/loadBalancer:LoadBalancer")
            if reveal(balancer.outputs.get("arn")) == inputs.get("loadBalancerArn")
            and (name := reveal(balancer.outputs.get("dnsName")))
        ]
        return ListenerPlan(
            arn=_text(resource.outputs["arn"]),
            public_port=int(inputs.get("port") or (443 if protocol == "HTTPS" else 80)),
            tls=protocol == "HTTPS",
            hosts=tuple(hosts),
            default_actions=inputs.get("defaultActions") or [],
            rules=tuple(sorted(rules, key=lambda rule: rule.priority)),
        )

    def service(self, resource: Resource) -> ServiceSpec:
        inputs = _plain(resource.inputs)
        component = next(
            (
                p
                for p in ancestors(self.graph, resource)
                if p.type.startswith("moorage:index:") and "App" in p.type
            ),
            None,
        )
        app = resource.name if component is None else component.name
        if component is not None and component.type == "moorage:index:ComposeApp":
            app = resource.name.removeprefix(f"{component.name}-")
        wanted = inputs.get("taskDefinition")
        definition = next(
            (
                item
                for item in self.of("aws:ecs/taskDefinition:TaskDefinition")
                if wanted in (reveal(item.outputs.get("arn")), item.id, reveal(item.inputs.get("family")))
            ),
            None,
        )
        if definition is None:
            raise LocalError(
                f"service {resource.name}: its task definition {wanted} is not part of this program"
            )
        task = _plain(definition.inputs)
        daemon = inputs.get("schedulingStrategy") == "DAEMON"
        zones = self.zones(inputs)
        breaker = inputs.get("deploymentCircuitBreaker") or {}
        name = str(reveal(resource.outputs.get("name")) or inputs.get("name") or resource.name)
        return ServiceSpec(
            app=app,
            name=name,
            arn=str(reveal(resource.outputs.get("arn")) or resource.id),
            cluster_arn=str(inputs.get("cluster") or "default"),
            family=str(task["family"]),
            containers=self.containers(definition, component),
            desired_count=len(zones) if daemon else self.count(resource, name),
            network_mode=str(task.get("networkMode") or "bridge"),
            launch_type=_launch_type(inputs, task),
            cpu=_size(task.get("cpu"), 1024),
            memory=_size(task.get("memory"), 1024),
            volumes=tuple(str(volume["name"]) for volume in task.get("volumes") or []),
            minimum_healthy_percent=int(inputs.get("deploymentMinimumHealthyPercent", 0 if daemon else 100)),
            maximum_percent=int(inputs.get("deploymentMaximumPercent", 100 if daemon else 200)),
            circuit_breaker=bool(breaker.get("enable")),
            rollback=bool(breaker.get("rollback")),
            grace=float(inputs.get("healthCheckGracePeriodSeconds") or 0),
            target_groups=tuple(
                TargetGroupUse(
                    str(use["targetGroupArn"]), str(use["containerName"]), int(use["containerPort"])
                )
                for use in inputs.get("loadBalancers") or []
                if use.get("targetGroupArn")
            ),
            zones=zones,
            daemon=daemon,
        )

    def count(self, resource: Resource, name: str) -> int:
        """An autoscaled service runs at its minimum: there is no load to scale by."""
        for target in self.of("aws:appautoscaling/target:Target"):
            inputs = _plain(target.inputs)
            if str(inputs.get("resourceId", "")).rsplit("/", 1)[-1] == name:
                return int(inputs["minCapacity"])
        return int(reveal(resource.inputs.get("desiredCount")) or 0)

    def zones(self, inputs: Json) -> tuple[str, ...]:
        """Zones of the service's subnets where the program made them, else three of the region's."""
        region = self.place()[0]
        wanted = (inputs.get("networkConfiguration") or {}).get("subnets") or []
        made = {
            str(reveal(subnet.outputs.get("availabilityZone")))
            for subnet in self.of("aws:ec2/subnet:Subnet")
            if subnet.id in wanted and reveal(subnet.outputs.get("availabilityZone"))
        }
        number = len(wanted) or 3
        return tuple(sorted(made)) or tuple(region + letter for letter in "abcdef"[:number])

    def containers(self, definition: Resource, component: Resource | None) -> tuple[ContainerSpec, ...]:
        text = reveal(definition.inputs["containerDefinitions"])
        if text is UNKNOWN:
            raise LocalError(f"task definition {definition.name}: its containers are not known")
        items: list[Json] = json.loads(text)
        local = (reveal(component.inputs.get("local")) or {}) if component is not None else {}
        main = next((item["name"] for item in items if item.get("portMappings")), items[0]["name"])
        return tuple(
            self.container(item, definition, local if item["name"] == main else {}) for item in items
        )

    def container(self, item: Json, definition: Resource, local: Json) -> ContainerSpec:
        command = tuple(str(part) for part in local.get("command") or ()) or None
        environment = {entry["name"]: str(entry.get("value", "")) for entry in item.get("environment") or []}
        for entry in item.get("secrets") or []:
            where = f"task definition {definition.name}, container {item['name']}, secret {entry['name']}"
            environment[entry["name"]] = self.secrets.value(entry["valueFrom"], where)
        health = item.get("healthCheck")
        if health is not None and health["command"][:1] == ["NONE"]:
            health = None
        return ContainerSpec(
            name=item["name"],
            image=self.images.find(item["image"], command),
            command=_words(item.get("command")),
            entry_point=_words(item.get("entryPoint")),
            working_directory=item.get("workingDirectory"),
            user=item.get("user"),
            environment=environment,
            ports=tuple(
                PortMapping(
                    container_port=int(port["containerPort"]),
                    host_port=_host_port(port, definition),
                    protocol=str(port.get("protocol") or "tcp"),
                    name=port.get("name"),
                )
                for port in item.get("portMappings") or []
            ),
            essential=bool(item.get("essential", True)),
            health_check=None
            if health is None
            else ContainerCheck(
                command=tuple(health["command"]),
                interval=float(health.get("interval") or 30),
                timeout=float(health.get("timeout") or 5),
                retries=int(health.get("retries") or 3),
                start_period=float(health.get("startPeriod") or 0),
            ),
            depends_on={
                entry["containerName"]: entry.get("condition") or "START"
                for entry in item.get("dependsOn") or []
            },
            start_timeout=float(item.get("startTimeout") or 120),
            stop_timeout=float(item.get("stopTimeout") or 30),
            mount_points=tuple(
                MountPoint(
                    str(mount["sourceVolume"]), str(mount["containerPath"]), bool(mount.get("readOnly"))
                )
                for mount in item.get("mountPoints") or []
            ),
            read_only_root=bool(item.get("readonlyRootFilesystem")),
            memory=_number(item.get("memory")),
            memory_reservation=_number(item.get("memoryReservation")),
            cpu=_number(item.get("cpu")),
            labels={str(k): str(v) for k, v in (item.get("dockerLabels") or {}).items()},
        )


def _kind(type_: str) -> str:
    for prefix, standard in _ALIASES.items():
        if type_.startswith(prefix):
            return standard + type_.removeprefix(prefix)
    return type_


def _plain(values: Mapping[str, Any]) -> Json:
    return {key: value for key, value in reveal(values).items() if value is not UNKNOWN and value is not None}


def _text(value: Any) -> str:
    return str(reveal(value))


def _words(value: Any) -> tuple[str, ...] | None:
    return tuple(str(word) for word in value) if value else None


def _number(value: Any) -> int | None:
    return int(float(value)) if value else None


def _size(value: Any, unit: int) -> int | None:
    """Task sizes may be written `1 vCPU` or `.5 GB`."""
    match = re.fullmatch(r"\s*([0-9.]+)\s*(v?cpu|gb)?\s*", str(value or ""), re.IGNORECASE)
    if match is None:
        return None
    return int(float(match.group(1)) * (unit if match.group(2) else 1))


def _host_port(port: Json, definition: Resource) -> int | None:
    """Under awsvpc host and container port are one, in a network of the task's own: any local port will do."""
    if reveal(definition.inputs.get("networkMode")) == "awsvpc":
        return None
    return int(port.get("hostPort") or 0) or None


def _launch_type(inputs: Json, task: Json) -> str:
    strategies = inputs.get("capacityProviderStrategies") or []
    if any(str(item.get("capacityProvider", "")).startswith("FARGATE") for item in strategies):
        return "FARGATE"
    if strategies:
        return "EC2"
    if inputs.get("launchType"):
        return str(inputs["launchType"])
    return "FARGATE" if "FARGATE" in (task.get("requiresCompatibilities") or []) else "EC2"
