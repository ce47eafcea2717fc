"""One application on Amazon ECS."""

import pulumi

from moorage.model.app import AppSpec, app_spec
from moorage.model.app_checks import check_together, check_values
from moorage.model.arguments import check_arguments
from moorage.model.problems import Problems
from moorage.resources.checking import arguments, checking
from moorage.resources.image import check_image
from moorage.resources.inputs import plain_inputs
from moorage.resources.secrets import known_secrets
from moorage.resources.tags import tags_for

from .alarms import dashboard, request_alarms, task_alarms, topic
from .args import ContainerAppArgs
from .deployment import rollout
from .listener_rules import app_url, claim_rules
from .scaling import autoscaling
from .security_group import security_group
from .service import service, service_settings
from .target_groups import target_group
from .task import task_parts
from .task_definition import task_definition, task_family
from .verification import verified


class ContainerApp(pulumi.ComponentResource):
    """One application on Amazon ECS: image, log group, roles, task definition, target group and rules,
    service.

    Every update of the service rolls its tasks, a change of `count` alone included: that is the price of
    changing the capacity without replacing the service.
    """

    url: pulumi.Output[str]
    """Where the app answers behind its load balancer, known once its rollout was verified; empty without a
    load balancer, but waiting all the same."""
    address: pulumi.Output[str]
    """The same as `url`, known without waiting for a rollout: for what must not change or fail with one."""
    service_name: pulumi.Output[str]
    """The ECS service's name."""
    task_definition_arn: pulumi.Output[str]
    """The revision that was asked for."""
    security_group_id: pulumi.Output[str]
    """The tasks' security group; the instances' with bridge networking."""
    log_group_name: pulumi.Output[str]
    """The CloudWatch log group."""
    task_role_arn: pulumi.Output[str]
    """The role the app's own code has; empty when it has none."""
    alarm_topic_arn: pulumi.Output[str]
    """The SNS topic that its alarms are sent to; empty without alarms."""

    def __init__(self, name: str, args: ContainerAppArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Declare the app.

        Raises:
            ValueError: an argument is unknown, missing or wrong, or a rule is taken by another app on the
            same load
                balancer; the text lists every problem.
        """
        args = arguments(name, args)
        with checking():
            spec = _checked(name, args)
        super().__init__("moorage:index:ContainerApp", name, plain_inputs(args), opts)
        tags = tags_for(name, args.get("tags"))

        cluster_arn = pulumi.Output.from_input(args["cluster"]["arn"])
        parts = task_parts(self, spec, args, tags, cluster_arn)
        definition = task_definition(
            self, spec, parts.definitions(spec, args), parts.task_role, parts.execution_role, tags
        )
        group = security_group(self, spec, args, tags)
        targets = target_group(self, spec, args, tags)
        topic_arn = topic(self, spec, args, tags)
        judges = request_alarms(self, spec, args, targets, topic_arn, tags)
        taking_over = rollout(self, spec, args, targets, judges, tags)
        settings = service_settings(spec, args, [group.id], targets, rollout=taking_over)
        ready = definition.arn
        if "pre_deploy" in args:
            from .pre_deploy import pre_deploy  # Jobs are loaded by those who use them.

            ready = pre_deploy(self, spec, args, args["pre_deploy"], parts, ready, group.id, tags)
        running = service(
            self,
            spec,
            args,
            ready,
            settings,
            targets,
            tags,
            after=group.rules,
            rollout=taking_over,
        )
        task_alarms(self, spec, args, running, topic_arn, tags)
        dashboard(self, spec, args, running, targets)
        autoscaling(self, spec, args, running, targets)

        balancer = args.get("load_balancer")
        self.address = pulumi.Output.from_input(balancer["url"] if balancer else "").apply(
            lambda url: app_url(url, spec.rules)
        )
        self.url = verified(
            self,
            spec,
            value=self.address,
            cluster=cluster_arn,
            service=running,
            task_definition=definition.arn,
            target_groups=[each.arn for each in targets.groups] if targets else [],
            log_group=parts.logs.name,
            settings=settings,
        )
        self.service_name = running.name
        self.task_definition_arn = definition.arn
        self.security_group_id = pulumi.Output.from_input(group.id)
        self.log_group_name = parts.logs.name
        self.task_role_arn = pulumi.Output.from_input("") if parts.task_role is None else parts.task_role
        self.alarm_topic_arn = pulumi.Output.from_input(topic_arn or "")
        self.register_outputs(
            {
                "url": self.url,
                "address": self.address,
                "serviceName": self.service_name,
                "taskDefinitionArn": self.task_definition_arn,
                "securityGroupId": self.security_group_id,
                "logGroupName": self.log_group_name,
                "taskRoleArn": self.task_role_arn,
                "alarmTopicArn": self.alarm_topic_arn,
            }
        )


def _checked(name: str, args: ContainerAppArgs) -> AppSpec:
    """Check all arguments and return the app they describe.

    Raises:
        ValueError: something is wrong; the text lists every problem.
    """
    problems = Problems("ContainerApp", name)
    good = check_arguments(ContainerAppArgs, args, problems)
    if ("image" in args) == ("build" in args):
        problems.say("image", "give image, a ready reference, or build, a folder; not both")
    check_values(name, good, known_secrets(good.get("environment", {})), problems)
    check_image(good, problems)
    spec = app_spec(name, good, task_family(name))
    if "cluster" in good and ("network" in good) == ("network" in args):
        check_together(spec, good, problems)
    if "pre_deploy" in good:
        from moorage.model.job import pre_deploy_spec
        from moorage.model.job_checks import check_pre_deploy

        before = good["pre_deploy"]
        secret = known_secrets(before.get("environment", {}))
        check_pre_deploy(pre_deploy_spec(spec, before), good, secret, problems)
    balancer = good.get("load_balancer")
    if balancer:
        claim_rules(name, spec, balancer, problems)
    problems.raise_if_any()
    return spec
