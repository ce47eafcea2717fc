"""The resources of an app, from its checked arguments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

from moorage.model.app import AppSpec, Exposure, app_spec
from moorage.model.app_checks import check_together, check_values
from moorage.model.fields.app import CONTAINER_APP
from moorage.model.fields.checks import checked as checked_values
from moorage.model.names import LONGEST_APP_NAME
from moorage.model.overrides import app_children
from moorage.model.problems import Problems
from moorage.resources.image.checks import check_images
from moorage.resources.load_balancer.rules import TakenRules, taken_rules
from moorage.resources.outputs import Outputs, output_of
from moorage.resources.overrides import check_overrides, with_changes
from moorage.resources.secrets import secret_environment

from .alarms import dashboard, request_alarms, task_alarms, topic
from .args import ContainerAppArgs
from .deployment import rollout
from .listener_rules import app_url, check_rules, listener_of
from .queue import dead_letter_alarm, queues
from .scaling import autoscaling
from .security_group import security_group
from .service import Reached, service, service_settings
from .target_groups import target_group
from .task import task_parts
from .task_definition import task_definition, task_family
from .verification import Deployed, verified
from .wiring import Passed, StandInInputs, model_arguments, passed_arguments, wired


def assembled(component: pulumi.ComponentResource, app: AppSpec, passed: Passed) -> Outputs:
    """Make the app's resources; return its outputs."""
    wiring = wired(component, app.task, passed)
    group = security_group(wiring, app)
    work = queues(wiring, app)
    parts = task_parts(wiring, group.id)
    definition = task_definition(parts, wiring)
    targets = target_group(wiring, app)
    topic_arn = topic(wiring, app)
    alarms = request_alarms(wiring, app, targets, topic_arn)
    deployment = rollout(wiring, app, targets, alarms)
    reached = Reached(group.all, targets, deployment, [*parts.mounted, *group.rules])
    settings = with_changes(service_settings(wiring, app, reached), passed.service_overrides)
    ready = definition.arn
    if app.pre_deploy is not None:
        from .pre_deploy import pre_deploy  # Few programs need it.

        ready = pre_deploy(parts, app.pre_deploy, ready, group.id)
    running = service(wiring, app, ready, settings, reached)
    task_alarms(wiring, app, running, topic_arn)
    dead_letter_alarm(wiring, app, work, topic_arn)
    dashboard(wiring, app, running, targets)
    autoscaling(wiring, app, running, targets)

    balancer = wiring.load_balancer
    origin = output_of(balancer["url"] if balancer else "")
    address = origin.apply(lambda url: app_url(url, app))
    existing = wiring.optional(app.target_group_arn) or ""
    alone = [output_of(existing)] if existing else []
    groups = [target.arn for target in targets.groups] if targets else alone
    deployed = Deployed(running, definition.arn, groups, parts.log_group, settings)
    return {
        "url": verified(wiring, app, address, deployed),
        "address": address,
        "service_name": running.name,
        "task_definition_arn": definition.arn,
        "security_group_id": group.id,
        **parts.outputs,
        "target_group_arn": targets.group.arn if targets else existing,
        "alarm_topic_arn": topic_arn or "",
        "queue_url": work.queue.url if work else "",
        "queue_arn": work.queue.arn if work else "",
        "dead_letter_queue_url": work.dead_letters.url if work else "",
        "dead_letter_queue_arn": work.dead_letters.arn if work else "",
    }


def checked(name: str, args: ContainerAppArgs) -> tuple[AppSpec, Passed]:
    """Check all arguments and return the app and what is passed beside it; raise a ValueError with every
    problem."""
    problems = Problems("ContainerApp", name)
    app, good, values = checked_app(name, args, problems)
    taken, claimed = TakenRules(), TakenRules()
    if app.exposure is Exposure.LOAD_BALANCER:
        taken = taken_rules(listener_of(app, good["load_balancer"]))
        claimed = check_rules(name, app, taken, problems)
    problems.raise_if_any()
    taken.update(claimed)
    return app, passed_arguments(good, app.task, values)


def checked_app(
    name: str, args: ContainerAppArgs, problems: Problems
) -> tuple[AppSpec, Mapping[str, Any], StandInInputs]:
    """Return the app that the arguments describe, the arguments without wrong ones, and the Outputs in those
    of the model; do not compare the rules of other apps."""
    good = checked_values(ContainerAppArgs, CONTAINER_APP, args, problems).args
    check_values(name, good, secret_environment(good), problems, LONGEST_APP_NAME)
    check_images(args, good, problems)
    model, values = model_arguments(good)
    app = app_spec(name, model, task_family(name))
    if "cluster" in good and ("network" in good) == ("network" in args):
        check_together(app, good, problems)
        check_overrides("ContainerApp", good, app_children(app, good), problems)
    return app, good, values
