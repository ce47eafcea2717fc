"""Translation of an evaluated program into plain data that a supervisor runs."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from moorage.errors import LocalError
from moorage.graph import Service, Task, View
from moorage.graph import types as aws
from moorage.local.balancer.rules import not_run_locally
from moorage.local.model import DataResource, JobSpec, LocalStack, ServiceSpec
from moorage.offline import UNKNOWN, Resource
from moorage.offline.twins import standard
from moorage.offline.values import mapping

from . import settings
from .balancing import is_balanced, listener_plan, not_balanced, target_group_spec
from .definitions import NotRun
from .images import Images
from .revealed import plain, text
from .scaling import not_scaled
from .secrets import SecretValues
from .services import JOB, Program

_IMAGE = "docker-build:index:Image"
_COMPONENT = "moorage:index:ContainerImage"

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
        iam/.* | ecr/.* | efs/.* | autoscaling/.* | appautoscaling/.* | acm/.* | kms/(key|alias):.*
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
"""Resources that one machine does not need: permissions, networks, capacity, certificates, logs.

EFS file systems are volumes of tasks."""


def translate(view: View, project_dir: Path, secrets: Mapping[str, str]) -> LocalStack:
    """Return what runs locally for an evaluated program.

    Args:
        view: The program, evaluated with known outputs.
        project_dir: The folder of its Pulumi.yaml; relative build contexts start there.
        secrets: Values of secrets and parameters that the program only refers to, by ARN or name.

    Raises:
        LocalError: something that must run cannot: a secret without a value, an image without its folder,
            two services of one name.
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
        self.unable: dict[str, tuple[str, str]] = {}
        """Type and name, with the reason, of the services and jobs that cannot run here; by URN."""

    def of(self, type_: str) -> list[Resource]:
        return self.by_type.get(type_, [])

    def stack(self) -> LocalStack:
        services = tuple(self.services())
        twice = sorted(app for app, number in Counter(s.app for s in services).items() if number > 1)
        if twice:
            raise LocalError(f"several services are called {', '.join(twice)}: give them different names")
        return LocalStack(
            region=self.region,
            account=self.account,
            services=services,
            jobs=tuple(self.jobs()),
            listeners=tuple(
                listener_plan(listener, self.view)
                for listener in self.view.listeners
                if is_balanced(listener)
            ),
            target_groups=tuple(map(target_group_spec, self.view.target_groups.values())),
            data=tuple(
                DataResource(type_, r.name, plain(r.inputs), {"id": r.id, **plain(r.outputs)})
                for type_, resources in self.by_type.items()
                if type_ in DATA_TYPES
                for r in resources
            ),
            not_run=(*self.unable.values(), *self.not_run(), *self.partly_run()),
            not_as_process=tuple(self.without(settings.not_as_process)),
            contexts=self.contexts(),
        )

    def services(self) -> Iterator[ServiceSpec]:
        for service in self.view.services:
            try:
                yield self.program.service(service)
            except NotRun as reason:
                self.list_unable(service.resource, reason)

    def jobs(self) -> Iterator[JobSpec]:
        for job in self.view.jobs:
            try:
                if spec := self.program.job(job):
                    yield spec
            except NotRun as reason:
                self.list_unable(job.task.resource, reason)

    def list_unable(self, resource: Resource, reason: NotRun) -> None:
        self.unable[resource.urn] = (resource.type, f"{resource.name} ({reason})")

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
        jobs = [component for component in self.view.links.above(resource) if component.type == JOB]
        if not jobs:
            return resource.name
        # A job's state machine only runs its task.
        if resource.type != aws.SCHEDULE:
            return ""
        return f"{resource.name} (on its schedule; run it with `moorage run {jobs[0].name}`)"

    def partly_run(self) -> Iterator[tuple[str, str]]:
        yield from self.without(settings.not_run)
        for service in self.view.services:
            for policy in not_scaled(service):
                yield aws.SCALING_POLICY, f"{policy.resource.name} (scaling by metrics of CloudWatch)"
        for listener in self.view.listeners:
            plan = listener_plan(listener, self.view)
            texts = [f"a {listener.protocol} listener"]
            if is_balanced(listener):
                texts = not_run_locally(plan.default_actions, plan.rules)
            if mapping(listener.inputs.get("mutualAuthentication")).get("mode", "off") != "off":
                texts.append("mutual TLS")
            yield from ((aws.LISTENER, f"{listener.name} ({text})") for text in texts)
        for group in self.view.target_groups.values():
            for words in not_balanced(group):
                yield aws.TARGET_GROUP, f"{group.resource.name} ({words})"
        for image in self.of(_COMPONENT):
            if "scan" in mapping(plain(image.inputs).get("build")):
                yield _COMPONENT, f"{image.name} (the scan of its image)"

    def without(self, missing: Callable[[Task, Service | None], list[str]]) -> list[tuple[str, str]]:
        """Return the services and jobs that run without some of their settings, once each."""
        tasks = [(service.resource, service.task, service) for service in self.view.services]
        # The job before a deployment has the settings of its app.
        jobs = [job for job in self.view.jobs if job.component and job.component.type == JOB]
        return [
            (resource.type, f"{resource.name} (its {', '.join(words)})")
            for resource, task, service in (*tasks, *((job.task.resource, job.task, None) for job in jobs))
            if task is not UNKNOWN and resource.urn not in self.unable and (words := missing(task, service))
        ]

    def contexts(self) -> tuple[str, ...]:
        """Return the folders of the user's builds: a component's own argument, else the image's."""
        builds = [
            mapping(plain(r.inputs).get("build"))
            for r in self.view.graph
            if r.type.startswith("moorage:index:")
        ]
        folders = {str(build["context"]) for build in builds if build.get("context")}
        for image in self.of(_IMAGE):
            folders.add(str(mapping(plain(image.inputs).get("context")).get("location") or "."))
        return tuple(sorted({str((self.project_dir / context).resolve()) for context in folders}))

    def place(self) -> tuple[str, str]:
        """Return region and account as the program's ARNs have them."""
        for resource in self.view.graph:
            match = re.match(r"arn:[^:]+:[^:]+:([a-z0-9-]+):(\d{12}):", text(resource.outputs.get("arn")))
            if match:
                return match.group(1), match.group(2)
        return "us-east-1", "123456789012"
