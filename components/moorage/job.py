"""A command that runs to its end on Amazon ECS: on demand, or on a schedule."""

import json
from collections.abc import Sequence
from typing import NotRequired, TypedDict, cast

import pulumi

from ._component import plain_inputs, tags_for
from ._gate import arguments, checking
from ._secrets import known_secrets
from .app_args import ContainerAppArgs, GrantArgs, LocalArgs, StatementArgs
from .app_parts import security_group
from .cluster import ClusterRef
from .image import BuildArgs, check_image
from .job_parts import run_parameters, scheduled, task_places
from .network import NetworkRef
from .service import task_definition, task_family
from .spec.arguments import check_arguments
from .spec.job import JobSpec, job_spec
from .spec.job_checks import check_job, check_job_together
from .spec.problems import Problems
from .task_parts import task_parts


class JobArgs(TypedDict):
    """Arguments of `Job`. Required are `cluster`, one of `image` and `build`, and mostly `network`."""

    cluster: ClusterRef
    """Where it runs: `cluster.ref`, or its fields one by one."""
    network: NotRequired[NetworkRef]
    """Where its task is placed: `network.ref`, or its fields one by one. Required unless it uses bridge
    networking. Default: none."""
    image: NotRequired[pulumi.Input[str]]
    """The image to run, best given by digest. Give this or `build`. Default: the one that is built."""
    build: NotRequired[BuildArgs]
    """The folder to build the image from. Give this or `image`. Default: nothing is built."""
    command: NotRequired[list[str]]
    """The container's command; exit code 0 is success. Default: the image's."""
    entry_point: NotRequired[list[str]]
    """The container's entry point. Default: the image's."""
    schedule: NotRequired[str]
    """When it runs: `rate(1 hour)`, `cron(0 3 * * ? *)` or `at(2027-01-31T03:00:00)`. Runs that take longer
    than their interval overlap. Default: on demand only."""
    timezone: NotRequired[str]
    """The time zone of `schedule`, such as `Europe/Vienna`. Default: `UTC`."""
    retries: NotRequired[int]
    """How often a scheduled run whose task failed is tried again, 0 to 10; its exit code counts. Default:
    0."""
    timeout: NotRequired[int]
    """Seconds after which a run is stopped, the start of its task included, and all tries together: 60 to
    31536000. Default: 3600."""
    cpu: NotRequired[int]
    """CPU units of the task, 1024 = 1 vCPU. Fargate has fixed pairs with `memory`. Default: 256."""
    memory: NotRequired[int]
    """Memory of the task in MiB; above it the task is killed. Default: 512."""
    user: NotRequired[str]
    """Who the container's processes run as, as a `ContainerApp` takes it. Default: whoever the image says."""
    read_only: NotRequired[bool]
    """Whether the container's root file system is read-only. Default: false."""
    network_mode: NotRequired[str]
    """`awsvpc`: an address of its own; or `bridge`: that of the instance. Default: `bridge` on EC2, else
    `awsvpc`."""
    subnets: NotRequired[str]
    """`public` or `private`, for awsvpc. Default: private when the network has private egress, else
    public."""
    environment: NotRequired[dict[str, pulumi.Input[str]]]
    """Environment variables. Whoever may describe the task can read them: secrets are refused. Default:
    none."""
    secrets: NotRequired[dict[str, pulumi.Input[str]]]
    """Environment variables from secrets that exist, by variable, as a `ContainerApp` takes them. Default:
    none."""
    secret_values: NotRequired[dict[str, pulumi.Input[str]]]
    """Environment variables from Pulumi secrets, by variable: each value is stored in Secrets Manager for the
    job. Default: none."""
    secrets_key_arns: NotRequired[list[pulumi.Input[str]]]
    """Customer managed KMS keys that `secrets` are encrypted with. Default: none."""
    grants: NotRequired[list[GrantArgs]]
    """What the job may do with other resources. Default: nothing."""
    statements: NotRequired[list[StatementArgs]]
    """Further statements of the task role. Default: none."""
    local: NotRequired[LocalArgs]
    """How it runs with `moorage local`, where that differs. Default: as deployed."""
    tags: NotRequired[dict[str, pulumi.Input[str]]]
    """Tags on everything that takes them, tasks included. Default: only moorage's own."""


class Job(pulumi.ComponentResource):
    """A command that runs to its end: image, log group, roles, security group, task definition, and for a
    schedule a state machine that runs the task, waits for its exit code and tries again.

    On Fargate Spot the cluster's `on_demand_base` counts for each run: with the default of 1 a job runs on
    demand.
    """

    task_definition_arn: pulumi.Output[str]
    """What is run."""
    schedule: pulumi.Output[str]
    """The schedule's name; empty without one."""
    state_machine_arn: pulumi.Output[str]
    """What the schedule starts; empty without one."""
    log_group_name: pulumi.Output[str]
    """The CloudWatch log group."""
    cluster_arn: pulumi.Output[str]
    """The cluster it runs in."""
    subnet_ids: pulumi.Output[Sequence[str]]
    """The subnets it runs in; none with bridge networking."""
    security_group_id: pulumi.Output[str]
    """The task's security group; the instances' with bridge networking."""
    container_name: pulumi.Output[str]
    """The container whose exit code counts."""
    task_role_arn: pulumi.Output[str]
    """The role the job's own code has; empty when it has none."""
    timeout: pulumi.Output[str]
    """Seconds after which a run is stopped, as text."""
    run_task: pulumi.Output[str]
    """The parameters of ECS's RunTask that run it, as JSON: for `moorage run`, or for `aws ecs run-task
    --cli-input-json`."""

    def __init__(self, name: str, args: JobArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Declare the job.

        Raises:
            ValueError: an argument is unknown, missing or wrong; the text lists every problem.
        """
        args = arguments(name, args)
        with checking():
            spec = _checked(name, args)
        super().__init__("moorage:index:Job", name, plain_inputs(args), opts)
        tags = tags_for(name, args.get("tags"))

        # Of an app's arguments, a job's are those that are about its task.
        app = cast("ContainerAppArgs", args)
        cluster_arn = pulumi.Output.from_input(args["cluster"]["arn"])
        parts = task_parts(self, spec.task, app, tags, cluster_arn)
        definition = task_definition(
            self, spec.task, parts.definitions(spec.task, app), parts.task_role, parts.execution_role, tags
        )
        group = security_group(self, spec.task, app, tags).id
        run = run_parameters(spec.task, app, definition.arn, group)
        machine = schedule = None
        if spec.schedule:
            machine, schedule = scheduled(self, spec, run, parts, cluster_arn, tags)

        self.task_definition_arn = definition.arn
        self.schedule = schedule.name if schedule else pulumi.Output.from_input("")
        self.state_machine_arn = machine.arn if machine else pulumi.Output.from_input("")
        self.log_group_name = parts.logs.name
        self.cluster_arn = cluster_arn
        self.subnet_ids = cast(
            "pulumi.Output[Sequence[str]]", pulumi.Output.from_input(task_places(spec.task, app))
        )
        self.security_group_id = pulumi.Output.from_input(group)
        self.container_name = pulumi.Output.from_input(spec.task.container_name)
        self.task_role_arn = pulumi.Output.from_input("") if parts.task_role is None else parts.task_role
        self.timeout = pulumi.Output.from_input(str(spec.timeout))
        self.run_task = run.apply(lambda known: json.dumps(known, sort_keys=True))
        self.register_outputs(
            {
                "taskDefinitionArn": self.task_definition_arn,
                "schedule": self.schedule,
                "stateMachineArn": self.state_machine_arn,
                "logGroupName": self.log_group_name,
                "clusterArn": self.cluster_arn,
                "subnetIds": self.subnet_ids,
                "securityGroupId": self.security_group_id,
                "containerName": self.container_name,
                "taskRoleArn": self.task_role_arn,
                "timeout": self.timeout,
                "runTask": self.run_task,
            }
        )


def _checked(name: str, args: JobArgs) -> JobSpec:
    """Check all arguments and return the job they describe.

    Raises:
        ValueError: something is wrong; the text lists every problem.
    """
    problems = Problems("Job", name)
    good = check_arguments(JobArgs, args, problems)
    if ("image" in args) == ("build" in args):
        problems.say("image", "give image, a ready reference, or build, a folder; not both")
    check_job(name, good, known_secrets(good.get("environment", {})), problems)
    check_image(good, problems)
    spec = job_spec(name, good, task_family(name))
    if "cluster" in good and ("network" in good) == ("network" in args):
        check_job_together(spec, good, problems)
    problems.raise_if_any()
    return spec
