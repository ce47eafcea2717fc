"""One application on Amazon ECS."""

import pulumi

from moorage.model.app import AppSpec, app_spec
from moorage.model.app_checks import check_together, check_values
from moorage.model.fields.app import CONTAINER_APP
from moorage.model.fields.checks import checked
from moorage.model.names import LONGEST_APP_NAME
from moorage.model.overrides import app_children
from moorage.model.problems import Problems
from moorage.resources.checking import arguments, checking
from moorage.resources.image import check_images
from moorage.resources.inputs import declared_outputs, plain_inputs
from moorage.resources.overrides import check_overrides, with_changes, with_overrides
from moorage.resources.secrets import secret_environment

from .alarms import dashboard, request_alarms, task_alarms, topic
from .args import ContainerAppArgs
from .deployment import rollout
from .listener_rules import app_url, claim_rules
from .queue import Queues, dead_letter_alarm, queues
from .scaling import autoscaling
from .security_group import security_group
from .service import Reached, service, service_settings
from .target_groups import target_group
from .task import task_parts
from .task_definition import task_definition, task_family
from .verification import Deployed, verified
from .wiring import Given, model_arguments, wired


class ContainerApp(pulumi.ComponentResource):
    """One application on Amazon ECS: image, log group, roles, task definition, target group and rules,
    service.

    Every update of the service replaces its tasks, even a change of `count` alone: that is the price of
    changing the capacity without replacing the service.
    """

    url: pulumi.Output[str]
    """The app's URL behind its load balancer, known once its rollout is verified; without a load balancer
    empty, and known at the same time."""
    address: pulumi.Output[str]
    """The same as `url`, known without waiting for a rollout: for what must not depend on one."""
    service_name: pulumi.Output[str]
    """The ECS service's name."""
    task_definition_arn: pulumi.Output[str]
    """The task definition that was deployed."""
    security_group_id: pulumi.Output[str]
    """The tasks' security group; the instances' with bridge networking."""
    log_group_name: pulumi.Output[str]
    """The CloudWatch log group."""
    log_group_arn: pulumi.Output[str]
    """The ARN of the log group that is made; empty without one."""
    task_role_arn: pulumi.Output[str]
    """The role of the app's own code; empty without one."""
    task_role_name: pulumi.Output[str]
    """The name of that role; empty without one."""
    execution_role_arn: pulumi.Output[str]
    """The role with which ECS starts the tasks."""
    target_group_arn: pulumi.Output[str]
    """The target group of the app's tasks; empty without one."""
    alarm_topic_arn: pulumi.Output[str]
    """The SNS topic that its alarms are sent to; empty without alarms."""
    queue_url: pulumi.Output[str]
    """The URL of its queue; empty without one."""
    queue_arn: pulumi.Output[str]
    """The ARN of its queue, for the `grants` of an app that sends to it; empty without one."""
    dead_letter_queue_url: pulumi.Output[str]
    """The URL of its dead-letter queue; empty without one."""
    dead_letter_queue_arn: pulumi.Output[str]
    """The ARN of its dead-letter queue; empty without one."""

    def __init__(self, name: str, args: ContainerAppArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Declare the app.

        Raises:
            ValueError: an argument is unknown, missing or wrong, or another app on the same load balancer has
                the same rule; the text lists every problem.
        """
        args = arguments(name, args)
        with checking():
            app, given = _checked(name, args)
        super().__init__(
            "moorage:index:ContainerApp", name, plain_inputs(args), with_overrides(self, name, args, opts)
        )
        wiring = wired(self, app.task, given)
        group = security_group(wiring, app)
        work = queues(wiring, app)
        parts = task_parts(work.wiring if work else wiring, group.id)
        made = parts.wiring
        definition = task_definition(parts, made)
        targets = target_group(made, app)
        topic_arn = topic(made, app)
        alarms = request_alarms(made, app, targets, topic_arn)
        reached = Reached(
            group.all, targets, rollout(made, app, targets, alarms), [*parts.mounted, *group.rules]
        )
        settings = with_changes(service_settings(made, app, reached), args)
        ready = definition.arn
        if app.pre_deploy is not None:
            from .pre_deploy import pre_deploy  # Few programs need it.

            ready = pre_deploy(parts, app.pre_deploy, ready, group.id)
        running = service(made, app, ready, settings, reached)
        task_alarms(made, app, running, topic_arn)
        dead_letter_alarm(made, app, work, topic_arn)
        dashboard(made, app, running, targets)
        autoscaling(made, app, running, targets)

        balancer = made.load_balancer
        origin = pulumi.Output.from_input(balancer["url"] if balancer else "")
        self.address = origin.apply(lambda url: app_url(url, app))
        existing = made.optional(app.target_group_arn) or ""
        self.target_group_arn = targets.group.arn if targets else pulumi.Output.from_input(existing)
        alone = [self.target_group_arn] if existing else []
        groups = [target.arn for target in targets.groups] if targets else alone
        deployed = Deployed(running, definition.arn, groups, parts.log_group, settings)
        self.url = verified(made, app, self.address, deployed)
        self.service_name = running.name
        self.task_definition_arn = definition.arn
        self.security_group_id = pulumi.Output.from_input(group.id)
        self.log_group_name = parts.log_group
        self.log_group_arn = parts.log_group_arn
        self.task_role_arn, self.task_role_name = parts.task_role_outputs
        self.execution_role_arn = parts.execution_role
        self.alarm_topic_arn = pulumi.Output.from_input(topic_arn or "")
        self._declare_queues(work)
        self.register_outputs(declared_outputs(self))

    def _declare_queues(self, work: Queues | None) -> None:
        empty = pulumi.Output.from_input("")
        self.queue_url = work.queue.url if work else empty
        self.queue_arn = work.queue.arn if work else empty
        self.dead_letter_queue_url = work.dead_letters.url if work else empty
        self.dead_letter_queue_arn = work.dead_letters.arn if work else empty


def _checked(name: str, args: ContainerAppArgs) -> tuple[AppSpec, Given]:
    """Check all arguments and return their app and its Outputs; raise a ValueError with every problem."""
    problems = Problems("ContainerApp", name)
    app, given = checked_app(name, args, problems)
    if app.exposure == "load_balancer":
        claim_rules(name, app, given.args["load_balancer"], problems)
    problems.raise_if_any()
    return app, given


def checked_app(name: str, args: ContainerAppArgs, problems: Problems) -> tuple[AppSpec, Given]:
    """Return the app that the arguments describe, and its Outputs; do not compare the rules of other apps."""
    good = checked(ContainerAppArgs, CONTAINER_APP, args, problems).args
    check_values(name, good, secret_environment(good), problems, LONGEST_APP_NAME)
    check_images(args, good, problems)
    model, given = model_arguments(good)
    app = app_spec(name, model, task_family(name))
    if "cluster" in good and ("network" in good) == ("network" in args):
        check_together(app, good, problems)
        check_overrides("ContainerApp", good, app_children(app, good), problems)
    return app, given
