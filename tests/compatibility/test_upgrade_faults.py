"""Replacements and deletions are found: programs before and after a change of the library."""

from collections.abc import Callable
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest
from support.compatibility.record import read, record_of, written
from support.compatibility.updates import UPDATES
from support.compatibility.upgrade import Announced, announced, faults

from moorage.offline import ResourceGraph, evaluate

Program = Callable[[], object]


class App(pulumi.ComponentResource):
    """A component, whose children a test makes."""

    def __init__(self, name: str, type_: str = "moorage:index:App", **options: Any) -> None:
        super().__init__(type_, name, {}, pulumi.ResourceOptions(**options))


def graph(program: Program) -> ResourceGraph:
    return evaluate(program, config={"aws:region": "us-east-1"})


def upgraded(before: Program, after: Program, *replaced: Announced) -> list[str]:
    """Return what an upgrade does to a stack, through the text of its record."""
    record = read(written({"dev": record_of(graph(before))}), "dev")
    return [str(fault) for fault in faults(record, graph(after), replaced)]


def logs(name: str, parent: str = "web", *, type_: str = "moorage:index:App", **options: Any) -> Program:
    """Return a program of a component with a log group."""

    def program() -> None:
        app = App(parent, type_)
        aws.cloudwatch.LogGroup(name, opts=pulumi.ResourceOptions(parent=app, **options))

    return program


LOGS = "moorage:index:App$aws:cloudwatch:LogGroup::web-logs"
DELETED = f"{LOGS}: would be deleted: no resource has its URN or an alias for it"


def test_the_same_program_has_no_faults() -> None:
    assert upgraded(logs("web-logs"), logs("web-logs")) == []


def test_a_renamed_child_needs_an_alias() -> None:
    assert upgraded(logs("web-logs"), logs("web-log")) == [DELETED]
    alias = pulumi.Alias(name="web-logs")
    assert upgraded(logs("web-logs"), logs("web-log", aliases=[alias])) == []
    wrong = pulumi.Alias(name="web-lock")
    assert upgraded(logs("web-logs"), logs("web-log", aliases=[wrong])) == [DELETED]


def test_an_alias_may_be_a_urn() -> None:
    urn = graph(logs("web-logs")).named("web-logs")[0].urn
    assert upgraded(logs("web-logs"), logs("web-log", aliases=[urn])) == []


def test_a_removed_resource() -> None:
    assert upgraded(logs("web-logs"), lambda: App("web")) == [DELETED]


def test_another_type_of_the_parent_needs_an_alias_of_the_parent_or_the_child() -> None:
    moved = upgraded(logs("web-logs"), logs("web-logs", type_="moorage:index:Service"))
    assert moved == ["moorage:index:App::web" + DELETED.removeprefix(LOGS), DELETED]

    def inherited() -> None:
        app = App("web", "moorage:index:Service", aliases=[pulumi.Alias(type_="moorage:index:App")])
        aws.cloudwatch.LogGroup("web-logs", opts=pulumi.ResourceOptions(parent=app))

    assert upgraded(logs("web-logs"), inherited) == []


def test_a_child_follows_the_former_name_of_its_parent() -> None:
    def renamed() -> None:
        app = App("site", aliases=[pulumi.Alias(name="web")])
        aws.cloudwatch.LogGroup("site-logs", opts=pulumi.ResourceOptions(parent=app))

    assert upgraded(logs("web-logs"), renamed) == []


def test_parent_and_child_renamed_both_ways() -> None:
    def renamed() -> None:
        app = App("site", aliases=[pulumi.Alias(name="web")])
        options = pulumi.ResourceOptions(parent=app, aliases=[pulumi.Alias(name="site-logs")])
        aws.cloudwatch.LogGroup("site-log-group", opts=options)

    assert upgraded(logs("web-logs"), renamed) == []


def test_a_resource_that_leaves_its_component() -> None:
    def outside(**options: Any) -> Program:
        def program() -> None:
            App("web")
            aws.cloudwatch.LogGroup("web-logs", opts=pulumi.ResourceOptions(**options))

        return program

    def inside() -> None:
        app = App("web")
        alias = pulumi.Alias(parent=pulumi.ROOT_STACK_RESOURCE)
        aws.cloudwatch.LogGroup("web-logs", opts=pulumi.ResourceOptions(parent=app, aliases=[alias]))

    assert upgraded(logs("web-logs"), outside()) == [DELETED]
    urn = graph(logs("web-logs")).named("web")[0].urn
    assert upgraded(logs("web-logs"), outside(aliases=[pulumi.Alias(parent=urn)])) == []
    assert upgraded(outside(), inside) == []


def test_two_resources_cannot_continue_one() -> None:
    def program() -> None:
        for name in ("a", "b"):
            aws.sqs.Queue(name, opts=pulumi.ResourceOptions(aliases=[pulumi.Alias(name="q")]))

    text = "aws:sqs:Queue::q: aws:sqs:Queue::a and aws:sqs:Queue::b both continue it"
    assert upgraded(lambda: aws.sqs.Queue("q"), program) == [text]


def target_group(**inputs: Any) -> Program:
    return lambda: aws.lb.TargetGroup("tg", vpc_id="vpc-1", **{"port": 80, "protocol": "HTTP", **inputs})


@pytest.mark.parametrize(
    ("inputs", "text"),
    [
        ({"port": 81}, "port was 80 and is 81"),
        ({"name": "fixed"}, "name was None and is 'fixed'"),
        ({"protocol_version": "HTTP2"}, "protocolVersion was None and is 'HTTP2'"),
        ({"deregistration_delay": 5}, None),
        ({"health_check": {"path": "/up"}}, None),
        ({"tags": {"a": "b"}}, None),
    ],
)
def test_inputs_that_replace_and_inputs_that_do_not(inputs: dict[str, Any], text: str | None) -> None:
    found = upgraded(target_group(), target_group(**inputs))
    assert found == ([f"aws:lb:TargetGroup::tg: would be replaced: {text}"] if text else [])


def test_a_removed_input_replaces_too() -> None:
    assert upgraded(target_group(name="fixed"), target_group()) == [
        "aws:lb:TargetGroup::tg: would be replaced: name was 'fixed' and is None"
    ]


def test_an_input_inside_another() -> None:
    def provider(group: str, capacity: int) -> Program:
        scaling: Any = {
            "auto_scaling_group_arn": f"arn:aws:autoscaling:us-east-1:123456789012:autoScalingGroup:{group}",
            "managed_scaling": {"status": "ENABLED", "target_capacity": capacity},
        }
        return lambda: aws.ecs.CapacityProvider("c", auto_scaling_group_provider=scaling)

    assert upgraded(provider("a", 90), provider("a", 100)) == []
    (fault,) = upgraded(provider("a", 90), provider("b", 90))
    assert "autoScalingGroupProvider.autoScalingGroupArn was 'arn:aws:" in fault


def test_every_input_of_a_type_without_a_row_replaces() -> None:
    def topic(key: str) -> Program:
        return lambda: aws.sns.Topic("t", kms_master_key_id=key)

    assert "aws:sns/topic:Topic" not in UPDATES
    assert upgraded(topic("a"), topic("b")) == [
        "aws:sns:Topic::t: would be replaced: kmsMasterKeyId was 'a' and is 'b'"
    ]


def test_a_reference_stays_the_same_when_what_it_refers_to_is_renamed_with_an_alias() -> None:
    def program(name: str, other: bool = False, **options: Any) -> Program:
        def run() -> None:
            cluster = aws.ecs.Cluster(name, opts=pulumi.ResourceOptions(**options))
            second = aws.ecs.Cluster("second")
            aws.ecs.Service("s", cluster=second.arn if other else cluster.arn, task_definition="t")

        return run

    alias = pulumi.Alias(name="main")
    assert upgraded(program("main"), program("first", aliases=[alias])) == []
    assert upgraded(program("main"), program("main", other=True)) == [
        "aws:ecs:Service::s: would be replaced: cluster was '{Cluster main.id}' and is '{Cluster second.id}'"
    ]


def test_a_new_revision_is_no_replacement_unless_its_family_changes() -> None:
    def task(family: str, cpu: str) -> Program:
        return lambda: aws.ecs.TaskDefinition("t", family=family, cpu=cpu, container_definitions="[]")

    assert upgraded(task("web", "256"), task("web", "512")) == []
    assert upgraded(task("web", "256"), task("app", "256")) == [
        "aws:ecs:TaskDefinition::t: would be replaced: family was 'web' and is 'app'"
    ]


def test_another_provider_replaces() -> None:
    def program(explicit: bool) -> Program:
        def run() -> None:
            provider = aws.Provider("aws", region="us-east-1")
            options = pulumi.ResourceOptions(provider=provider if explicit else None)
            aws.sqs.Queue("q", opts=options)

        return run

    assert upgraded(program(False), program(False)) == []
    assert upgraded(program(False), program(True)) == [
        "aws:sqs:Queue::q: would be replaced: its provider was None and is 'aws aws'"
    ]


def test_an_added_replace_on_changes() -> None:
    def program(*names: str) -> Program:
        options = pulumi.ResourceOptions(replace_on_changes=list(names))
        return lambda: aws.sqs.Queue("q", opts=options)

    assert upgraded(program("policy"), program()) == []
    assert upgraded(program(), program("policy")) == [
        "aws:sqs:Queue::q: would be replaced when policy changes, by a new replaceOnChanges"
    ]


def test_secrets_are_not_recorded() -> None:
    def program() -> None:
        endpoint = pulumi.Output.secret("https://example.com/hunter2")
        aws.sns.TopicSubscription("s", topic="arn", protocol="https", endpoint=endpoint)

    text = written({"dev": record_of(graph(program))})
    assert '"endpoint": "[secret]"' in text
    assert "hunter2" not in text


def test_what_the_changelog_announces() -> None:
    row = Announced("aws:lb:TargetGroup", "*")
    assert upgraded(target_group(), target_group(port=81), row) == []
    assert upgraded(target_group(), target_group(port=81), Announced("aws:lb:TargetGroup", "web-*")) != []
    assert upgraded(target_group(), target_group(port=81), Announced("aws:lb:Listener", "*")) != []


@pytest.mark.parametrize("type_", ["aws:cloudwatch:LogGroup", "aws:*"])
def test_the_changelog_cannot_announce_that_data_is_deleted(type_: str) -> None:
    everything = Announced(type_, "*")
    assert upgraded(logs("web-logs"), lambda: App("web"), everything) == [DELETED]


def test_the_changelog_cannot_announce_that_the_protected_is_deleted_or_a_role_with_a_fixed_name() -> None:
    def cluster(protect: bool) -> Program:
        options = pulumi.ResourceOptions(protect=protect)
        return lambda: aws.ecs.Cluster("main", opts=options)

    def role(**inputs: Any) -> Program:
        return lambda: aws.iam.Role("r", assume_role_policy="{}", **inputs)

    def nothing() -> None:
        pulumi.export("nothing", True)

    rows = Announced("aws:ecs:Cluster", "main"), Announced("aws:iam:Role", "r")
    assert upgraded(cluster(False), nothing, *rows) == []
    assert len(upgraded(cluster(True), nothing, *rows)) == 1
    assert upgraded(role(), nothing, *rows) == []
    assert len(upgraded(role(name="deployer"), nothing, *rows)) == 1


def test_the_tables_of_the_changelog() -> None:
    table = "### Replaced\n\n| Type | Name | Why |\n|---|---|---|\n| `{}` | `{}` | Because. |\n"
    changelog = (
        "# Changelog\n\n## Unreleased\n\n"
        + table.format("aws:lb:TargetGroup", "*-tg")
        + "\n## 0.2.0 (2027-01-01)\n\n- A change.\n\n"
        + table.format("aws:ecs:Service", "*")
        + "\n## 0.1.0 (2026-12-01)\n\n"
        + table.format("aws:sqs:Queue", "q")
    )
    assert announced(changelog, "0.2.0") == [("aws:lb:TargetGroup", "*-tg")]
    assert announced(changelog, "0.1.0") == [("aws:lb:TargetGroup", "*-tg"), ("aws:ecs:Service", "*")]
    with pytest.raises(ValueError, match=r"no section `## 0\.3\.0 \(\.\.\.\)`"):
        announced(changelog, "0.3.0")


def test_stacks_of_one_program_share_what_they_have_in_common() -> None:
    records = {
        "dev": record_of(graph(target_group())),
        "test": record_of(graph(target_group())),
        "prod": record_of(graph(lambda: (target_group(port=81)(), logs("web-logs")()))),
    }
    text = written(records)
    assert {stack: read(text, stack) for stack in records} == records
    assert '{"@dev test": {"port": 80, ' in text
