"""From an evaluated program to what runs locally. Pure: plain data in, plain data out."""

import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from moorage.errors import LocalError
from moorage.local.model import (
    DataResource,
    Json,
    ListenerPlan,
    LocalStack,
    RulePlan,
    ServiceSpec,
    TargetGroupPlan,
    TargetGroupUse,
)
from moorage.offline.graph import Resource, ResourceGraph, reveal
from moorage.offline.values import entries, mapping, size, texts

from . import definitions
from .images import Images
from .jobs import JOB, ancestors, job_specs
from .revealed import plain, text
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
        iam/.* | ecr/.* | autoscaling/.* | appautoscaling/.* | acm/.* | kms/(key|alias):.*
      | route53/record:Record
      | ecs/(cluster|capacityProvider|clusterCapacityProviders|accountSettingDefault):.*
      | ec2/(vpc|subnet|routeTable|route|internetGateway|natGateway|eip|vpcEndpoint|launchTemplate|keyPair
            |defaultVpc|defaultSubnet|networkAcl|securityGroup)[A-Za-z]*:.*
      | vpc/securityGroup[A-Za-z]*:.*
      | cloudwatch/(logGroup|logStream|metricAlarm|dashboard):.*
      | s3/bucket(Policy|PublicAccessBlock|OwnershipControls|ServerSideEncryption|Versioning|Acl
                 |Lifecycle)[A-Za-z0-9]*:.*
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
        LocalError: something that must run cannot: a secret without a value, an image without its folder,
            a service without its task definition.
    """
    return _Translation(graph, project_dir, secrets).stack()


class _Translation:
    def __init__(self, graph: ResourceGraph, project_dir: Path, secrets: Mapping[str, str]) -> None:
        self.graph = graph
        self.project_dir = project_dir
        self.by_type: dict[str, list[Resource]] = {}
        for resource in graph:
            self.by_type.setdefault(_kind(resource.type), []).append(resource)
        self.images = Images(self.of("docker-build:index:Image"), project_dir)
        self.secrets = SecretValues(graph, secrets)
        self.region, self.account = self.place()
        self.not_run: list[tuple[str, str]] = []

    def of(self, type_: str) -> list[Resource]:
        return self.by_type.get(type_, [])

    def stack(self) -> LocalStack:
        for kind, resources in self.by_type.items():
            if kind not in DATA_TYPES | RUN_TYPES and not NOTHING_NEEDED.fullmatch(kind):
                self.not_run += [(r.type, what) for r in resources if r.custom and (what := self.why_not(r))]
        services = tuple(self.service(resource) for resource in self.of("aws:ecs/service:Service"))
        twice = sorted(app for app, number in Counter(s.app for s in services).items() if number > 1)
        if twice:
            raise LocalError(f"several services are called {', '.join(twice)}: give them different names")
        listeners = tuple(plan for r in self.of("aws:lb/listener:Listener") if (plan := self.listener(r)))
        return LocalStack(
            project=self.graph.project,
            stack=self.graph.stack,
            project_dir=str(self.project_dir),
            region=self.region,
            account=self.account,
            services=services,
            jobs=job_specs(self.graph, self.images, self.secrets),
            listeners=listeners,
            target_groups=tuple(
                TargetGroupPlan(text(r.outputs["arn"]), r.name, plain(r.inputs))
                for r in self.of("aws:lb/targetGroup:TargetGroup")
            ),
            data=tuple(
                DataResource(kind, r.name, plain(r.inputs), {"id": r.id, **plain(r.outputs)})
                for kind, resources in self.by_type.items()
                if kind in DATA_TYPES
                for r in resources
            ),
            not_run=tuple(self.not_run),
            contexts=self.contexts(),
        )

    def why_not(self, resource: Resource) -> str:
        """Return the name of what is not run; empty if nobody would miss it."""
        job = next((p for p in ancestors(self.graph, resource) if p.type == JOB), None)
        if job is None:
            return resource.name
        # A job's state machine only runs its task.
        on_schedule = resource.type == "aws:scheduler/schedule:Schedule"
        return (
            f"{resource.name} (on its schedule; run it with `moorage run {job.name}`)" if on_schedule else ""
        )

    def contexts(self) -> tuple[str, ...]:
        """Return what the user's builds start from: a component's own argument, else the image's."""
        builds = [
            mapping(plain(r.inputs).get("build")) for r in self.graph if r.type.startswith("moorage:index:")
        ]
        found = {str(build["context"]) for build in builds if build.get("context")}
        for image in self.of("docker-build:index:Image"):
            found.add(str(mapping(plain(image.inputs).get("context")).get("location") or "."))
        return tuple(sorted({str((self.project_dir / context).resolve()) for context in found}))

    def place(self) -> tuple[str, str]:
        """Return region and account as the program's ARNs have them."""
        for resource in self.graph:
            match = re.match(r"arn:[^:]+:[^:]+:([a-z0-9-]+):(\d{12}):", text(resource.outputs.get("arn")))
            if match:
                return match.group(1), match.group(2)
        return "us-east-1", "123456789012"

    def listener(self, resource: Resource) -> ListenerPlan | None:
        inputs, arn = plain(resource.inputs), text(resource.outputs["arn"])
        protocol = str(inputs.get("protocol") or "HTTP").upper()
        if protocol not in ("HTTP", "HTTPS"):
            self.not_run.append((resource.type, f"{resource.name} (a {protocol} listener)"))
            return None
        rules = [
            RulePlan(
                int(rule.get("priority") or 0), entries(rule.get("conditions")), entries(rule.get("actions"))
            )
            for rule in (plain(r.inputs) for r in self.of("aws:lb/listenerRule:ListenerRule"))
            if rule.get("listenerArn") == arn
        ]
        return ListenerPlan(
            arn=arn,
            public_port=int(inputs.get("port") or (443 if protocol == "HTTPS" else 80)),
            tls=protocol == "HTTPS",
            hosts=self.hosts(inputs.get("loadBalancerArn")),
            default_actions=entries(inputs.get("defaultActions")),
            rules=tuple(sorted(rules, key=lambda rule: rule.priority)),
        )

    def hosts(self, balancer_arn: object) -> tuple[str, ...]:
        """Return the balancer's DNS name, and the names of records that point to it."""
        names = {
            text(balancer.outputs.get("dnsName"))
            for balancer in self.of("aws:lb/loadBalancer:LoadBalancer")
            if text(balancer.outputs.get("arn")) == balancer_arn
        }
        for record in self.of("aws:route53/record:Record"):
            inputs = plain(record.inputs)
            targets = {str(alias.get("name")) for alias in entries(inputs.get("aliases"))}
            if names & (targets | set(texts(inputs.get("records")))):
                names.add(str(inputs.get("name")))
                names.add(text(record.outputs.get("fqdn") or inputs.get("name")))
        return tuple(sorted(names))

    def service(self, resource: Resource) -> ServiceSpec:
        inputs = plain(resource.inputs)
        # The outermost first: a service of a compose file is an app in the file's own component.
        components = [p for p in reversed(ancestors(self.graph, resource)) if _is_app(p)]
        component = next(iter(components), None)
        definition = self.task_definition(resource)
        task = plain(definition.inputs)
        given = next((local for p in components if (local := plain(p.inputs).get("local"))), None)
        local = entries(given) if isinstance(given, list) else mapping(given)
        daemon = inputs.get("schedulingStrategy") == "DAEMON"
        zones = self.zones(inputs)
        breaker = mapping(inputs.get("deploymentCircuitBreaker"))
        name = text(resource.outputs.get("name") or inputs.get("name") or resource.name)
        if entries(mapping(inputs.get("serviceConnectConfiguration")).get("services")):
            what = f"{resource.name} (its Service Connect names, except for containers)"
            self.not_run.append((resource.type, what))
        return ServiceSpec(
            app=_app_name(resource, component),
            name=name,
            arn=text(resource.outputs.get("arn") or resource.id),
            cluster_arn=str(inputs.get("cluster") or "default"),
            family=str(task["family"]),
            containers=definitions.containers(definition, local, self.images, self.secrets),
            desired_count=len(zones) if daemon else self.count(inputs, name),
            network_mode=str(task.get("networkMode") or "bridge"),
            launch_type=_launch_type(inputs, task),
            cpu=size(task.get("cpu")),
            memory=size(task.get("memory")),
            volumes=tuple(str(volume["name"]) for volume in entries(task.get("volumes"))),
            minimum_healthy_percent=int(inputs.get("deploymentMinimumHealthyPercent", 0 if daemon else 100)),
            maximum_percent=int(inputs.get("deploymentMaximumPercent", 100 if daemon else 200)),
            circuit_breaker=bool(breaker.get("enable")),
            rollback=bool(breaker.get("rollback")),
            grace=float(inputs.get("healthCheckGracePeriodSeconds") or 0),
            target_groups=tuple(
                TargetGroupUse(
                    str(use["targetGroupArn"]), str(use["containerName"]), int(use["containerPort"])
                )
                for use in entries(inputs.get("loadBalancers"))
                if use.get("targetGroupArn")
            ),
            zones=zones,
            daemon=daemon,
            triggers={key: str(value) for key, value in mapping(inputs.get("triggers")).items()},
        )

    def task_definition(self, service: Resource) -> Resource:
        wanted = text(service.inputs.get("taskDefinition"))
        for item in self.of("aws:ecs/taskDefinition:TaskDefinition"):
            if wanted in (text(item.outputs.get("arn")), item.id, text(item.inputs.get("family"))):
                return item
        raise LocalError(f"service {service.name}: its task definition {wanted} is not part of this program")

    def count(self, inputs: Json, name: str) -> int:
        """An autoscaled service runs at its minimum: there is no load to scale by."""
        for target in self.of("aws:appautoscaling/target:Target"):
            scaled = plain(target.inputs)
            if str(scaled.get("resourceId", "")).rsplit("/", 1)[-1] == name:
                return int(scaled["minCapacity"])
        return int(inputs.get("desiredCount") or 0)

    def zones(self, inputs: Json) -> tuple[str, ...]:
        """Zones of the service's subnets where the program made them, else as many of the region's."""
        wanted = texts(mapping(inputs.get("networkConfiguration")).get("subnets"))
        made = {
            zone
            for subnet in self.of("aws:ec2/subnet:Subnet")
            if subnet.id in wanted and (zone := reveal(subnet.outputs.get("availabilityZone")))
        }
        number = len(wanted) or 3
        return tuple(sorted(made)) or tuple(self.region + letter for letter in "abcdef"[:number])


def _kind(type_: str) -> str:
    for prefix, standard in _ALIASES.items():
        if type_.startswith(prefix):
            return standard + type_.removeprefix(prefix)
    return type_


def _is_app(component: Resource) -> bool:
    return component.type in ("moorage:index:ContainerApp", "moorage:index:ComposeApp")


def _app_name(service: Resource, component: Resource | None) -> str:
    if component is None:
        return service.name
    if component.type == "moorage:index:ComposeApp":
        return service.name.removeprefix(f"{component.name}-")
    return component.name


def _launch_type(inputs: Json, task: Json) -> str:
    strategies = entries(inputs.get("capacityProviderStrategies"))
    if any(str(item.get("capacityProvider", "")).startswith("FARGATE") for item in strategies):
        return "FARGATE"
    if strategies:
        return "EC2"
    if inputs.get("launchType"):
        return str(inputs["launchType"])
    return "FARGATE" if "FARGATE" in texts(task.get("requiresCompatibilities")) else "EC2"
