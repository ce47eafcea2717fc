"""Translation of an evaluated program into plain data that a supervisor runs."""

import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from moorage.errors import LocalError
from moorage.graph import Listener, TargetGroup, View
from moorage.graph import types as aws
from moorage.graph.values import known
from moorage.local.model import DataResource, ListenerPlan, LocalStack, RulePlan, TargetGroupPlan
from moorage.offline import UNKNOWN, Resource
from moorage.offline.twins import standard
from moorage.offline.values import Json, entries, mapping

from .images import Images
from .jobs import JOB, job_specs
from .revealed import plain, text
from .secrets import SecretValues
from .services import Program

_IMAGE = "docker-build:index:Image"

DATA_TYPES = frozenset(
    {
        "aws:dynamodb/table:Table",
        "aws:dynamodb/tableItem:TableItem",
        "aws:s3/bucket:Bucket",
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
"""The resources that the data services hold."""

RUN_TYPES = frozenset(
    {
        aws.SERVICE,
        aws.TASK_DEFINITION,
        aws.LOAD_BALANCER,
        aws.LISTENER,
        aws.LISTENER_RULE,
        "aws:lb/listenerCertificate:ListenerCertificate",
        aws.TARGET_GROUP,
        _IMAGE,
    }
)
"""The resources that the scheduler, the balancer and the runner run."""

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
"""Resources that one machine does not need: permissions, networks, capacity, certificates, logs."""


def translate(view: View, project_dir: Path, secrets: Mapping[str, str]) -> LocalStack:
    """Return what runs locally for an evaluated program.

    Args:
        view: The program, evaluated with known outputs.
        project_dir: The folder of its Pulumi.yaml; relative build contexts start there.
        secrets: Values of secrets and parameters that the program only refers to, by ARN or name.

    Raises:
        LocalError: something that must run cannot: a secret without a value, an image without its folder,
            a service without its task definition.
    """
    return _Translation(view, project_dir, secrets).stack()


class _Translation:
    def __init__(self, view: View, project_dir: Path, secrets: Mapping[str, str]) -> None:
        self.view, self.project_dir = view, project_dir
        self.by_type: dict[str, list[Resource]] = {}
        for resource in view.graph:
            self.by_type.setdefault(standard(resource.type), []).append(resource)
        images = Images(self.of(_IMAGE), project_dir)
        self.region, self.account = self.place()
        self.program = Program(view, images, SecretValues(view.graph, secrets), self.region)

    def of(self, type_: str) -> list[Resource]:
        return self.by_type.get(type_, [])

    def stack(self) -> LocalStack:
        services = tuple(self.program.service(service) for service in self.view.services)
        twice = sorted(app for app, number in Counter(s.app for s in services).items() if number > 1)
        if twice:
            raise LocalError(f"several services are called {', '.join(twice)}: give them different names")
        return LocalStack(
            project=self.view.graph.project,
            stack=self.view.graph.stack,
            project_dir=str(self.project_dir),
            region=self.region,
            account=self.account,
            services=services,
            jobs=job_specs(self.program),
            listeners=tuple(self.listener(each) for each in self.view.listeners if _is_http(each)),
            target_groups=tuple(
                TargetGroupPlan(
                    text(group.resource.outputs["arn"]), group.resource.name, plain(group.resource.inputs)
                )
                for group in self.view.target_groups.values()
            ),
            data=tuple(
                DataResource(type_, r.name, plain(r.inputs), {"id": r.id, **plain(r.outputs)})
                for type_, resources in self.by_type.items()
                if type_ in DATA_TYPES
                for r in resources
            ),
            not_run=(*self.not_run(), *self.partly_run()),
            contexts=self.contexts(),
        )

    def not_run(self) -> list[tuple[str, str]]:
        return [
            (resource.type, name)
            for type_, resources in self.by_type.items()
            if type_ not in DATA_TYPES | RUN_TYPES and not NOTHING_NEEDED.fullmatch(type_)
            for resource in resources
            if resource.custom and (name := self.missed(resource))
        ]

    def missed(self, resource: Resource) -> str:
        """Return the name of a resource that is not run; empty for what makes no difference."""
        job = next((each for each in self.view.links.above(resource) if each.type == JOB), None)
        if job is None:
            return resource.name
        # A job's state machine only runs its task.
        on_schedule = resource.type == aws.SCHEDULE
        return (
            f"{resource.name} (on its schedule; run it with `moorage run {job.name}`)" if on_schedule else ""
        )

    def partly_run(self) -> list[tuple[str, str]]:
        connected = [
            (aws.SERVICE, f"{service.resource.name} (its Service Connect names, except for containers)")
            for service in self.view.services
            if entries(mapping(service.inputs.get("serviceConnectConfiguration")).get("services"))
        ]
        listeners = [
            (aws.LISTENER, f"{listener.name} (a {listener.protocol} listener)")
            for listener in self.view.listeners
            if not _is_http(listener)
        ]
        groups = [
            (aws.TARGET_GROUP, f"{group.resource.name} ({words})")
            for group in self.view.target_groups.values()
            for words in _not_balanced(group)
        ]
        return connected + listeners + self.signed_in() + groups

    def signed_in(self) -> list[tuple[str, str]]:
        """Return the rules and listeners whose clients sign in."""
        found: list[tuple[str, str]] = []
        for listener in self.view.listeners:
            if listener.resource and _signs_in(entries(listener.inputs.get("defaultActions"))):
                found.append((aws.LISTENER, f"{listener.name} (authenticate: it answers 501)"))
            found += [
                (aws.LISTENER_RULE, f"{rule.resource.name} (authenticate: it answers 501)")
                for rule in listener.rules
                if _signs_in(rule.actions)
            ]
        return found

    def contexts(self) -> tuple[str, ...]:
        """Return the folders of the user's builds: a component's own argument, else the image's."""
        builds = [
            mapping(plain(r.inputs).get("build"))
            for r in self.view.graph
            if r.type.startswith("moorage:index:")
        ]
        found = {str(build["context"]) for build in builds if build.get("context")}
        for image in self.of(_IMAGE):
            found.add(str(mapping(plain(image.inputs).get("context")).get("location") or "."))
        return tuple(sorted({str((self.project_dir / context).resolve()) for context in found}))

    def place(self) -> tuple[str, str]:
        """Return region and account as the program's ARNs have them."""
        for resource in self.view.graph:
            match = re.match(r"arn:[^:]+:[^:]+:([a-z0-9-]+):(\d{12}):", text(resource.outputs.get("arn")))
            if match:
                return match.group(1), match.group(2)
        return "us-east-1", "123456789012"

    def listener(self, listener: Listener) -> ListenerPlan:
        tls = listener.protocol == "HTTPS"
        rules = [
            RulePlan(
                0 if rule.priority is UNKNOWN else rule.priority,
                list(rule.conditions),
                [_without_credentials(action) for action in rule.actions],
            )
            for rule in listener.rules
        ]
        return ListenerPlan(
            arn=text(listener.resource.outputs["arn"]) if listener.resource else listener.key,
            public_port=known(listener.port) or (443 if tls else 80),
            tls=tls,
            hosts=self.hosts(listener.balancer),
            default_actions=[
                _without_credentials(action) for action in entries(listener.inputs.get("defaultActions"))
            ],
            rules=tuple(sorted(rules, key=lambda rule: rule.priority)),
        )

    def hosts(self, balancer: Resource | None) -> tuple[str, ...]:
        """Return the balancer's DNS name, and the names of records that point to it."""
        if balancer is None:
            return ()
        records = [each for each in self.view.records if each.target == balancer.urn]
        names = {text(balancer.outputs.get("dnsName")), *(each.name.rstrip(".") for each in records)}
        return tuple(sorted(names))


def _is_http(listener: Listener) -> bool:
    """Return whether an Application Load Balancer has a listener; its protocol is HTTP by default."""
    return listener.protocol in ("HTTP", "HTTPS", "")


def _signs_in(actions: list[Json]) -> bool:
    return any(str(action.get("type", "")).startswith("authenticate") for action in actions)


def _without_credentials(action: Json) -> Json:
    """Return an action without the settings of a sign-in, which is not run and has a client secret."""
    return {key: value for key, value in action.items() if not key.startswith("authenticate")}


def _not_balanced(group: TargetGroup) -> list[str]:
    """Return the settings of a target group that the local load balancer does not have, in words."""
    versions = {
        "HTTP2": "HTTP/2 between the balancer and its targets: it sends HTTP/1.1",
        "GRPC": "gRPC between the balancer and its targets: it answers 501",
    }
    found = [versions.get(str(group.inputs.get("protocolVersion")), "")]
    found.append("slow start" if group.inputs.get("slowStart") else "")
    found.append("anomaly mitigation" if group.inputs.get("loadBalancingAnomalyMitigation") == "on" else "")
    return [words for words in found if words]
