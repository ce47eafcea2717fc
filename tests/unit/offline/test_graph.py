"""What an evaluation records."""

import pulumi
import pulumi_aws as aws
import pytest

from moorage.offline import (
    UNKNOWN,
    EvaluationError,
    Invoke,
    LogEntry,
    ResourceGraph,
    Secret,
    evaluate,
    shown,
)


class Inner(pulumi.ComponentResource):
    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("shop:index:Inner", name, {}, opts)
        self.bucket = aws.s3.Bucket(f"{name}-bucket", opts=pulumi.ResourceOptions(parent=self))
        self.register_outputs({"bucket": self.bucket.bucket})


class Outer(pulumi.ComponentResource):
    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("shop:index:Outer", name, {"size": 3}, opts)
        self.inner = Inner(f"{name}-inner", pulumi.ResourceOptions(parent=self))
        self.register_outputs({})


def test_urns_have_the_types_of_all_parents_and_not_the_stacks() -> None:
    def program() -> None:
        Outer("a")
        aws.sqs.Queue("jobs")

    graph = evaluate(program, project="shop", stack="prod")

    urns = {resource.urn for resource in graph}
    assert urns == {
        "urn:pulumi:prod::shop::shop:index:Outer::a",
        "urn:pulumi:prod::shop::shop:index:Outer$shop:index:Inner::a-inner",
        "urn:pulumi:prod::shop::shop:index:Outer$shop:index:Inner$aws:s3/bucket:Bucket::a-inner-bucket",
        "urn:pulumi:prod::shop::aws:sqs/queue:Queue::jobs",
    }
    assert (graph.project, graph.stack) == ("shop", "prod")


def test_the_urn_is_what_the_program_sees() -> None:
    def program() -> None:
        outer = Outer("a")
        pulumi.export("urn", outer.inner.bucket.urn)

    graph = evaluate(program)

    assert graph.outputs["urn"] == graph.one("aws:s3/bucket:Bucket").urn


def test_parents_children_and_lookups() -> None:
    def program() -> None:
        Outer("a")
        aws.sqs.Queue("jobs")

    graph = evaluate(program)

    outer = graph.one("shop:index:Outer")
    inner = graph.one("shop:index:Inner", "a-inner")
    assert outer.parent is None
    assert not outer.custom
    assert outer.id == ""
    assert inner.parent == outer.urn
    assert graph.children(outer) == [inner]
    assert [r.name for r in graph.children(None)] == ["a", "jobs"]
    assert graph.by_urn(inner.urn) is inner
    assert outer.inputs == {"size": 3}
    assert inner.outputs == {"bucket": graph.one("aws:s3/bucket:Bucket").outputs["bucket"]}
    with pytest.raises(LookupError, match="no resource has the URN nowhere"):
        graph.by_urn("nowhere")
    with pytest.raises(LookupError, match=r"0 resources match .*; of that type there are: jobs"):
        graph.one("aws:sqs/queue:Queue", "other")


def test_inputs_are_plain_and_camel_case() -> None:
    def program() -> None:
        aws.lb.TargetGroup(
            "web",
            port=80,
            slow_start=30.0,
            health_check={"path": "/", "healthy_threshold": 2, "enabled": True},
            tags={"snake_case": "kept"},
        )
        pulumi.export("half", 0.5)

    graph = evaluate(program)

    inputs = graph.one("aws:lb/targetGroup:TargetGroup").inputs
    assert inputs == {
        "port": 80,
        "slowStart": 30,
        "healthCheck": {"path": "/", "healthyThreshold": 2, "enabled": True},
        "tags": {"snake_case": "kept"},
    }
    assert type(inputs["port"]) is int
    assert graph.outputs == {"half": 0.5}


def test_assets_archives_and_resources_as_values() -> None:
    class Taker(pulumi.ComponentResource):
        def __init__(self, bucket: aws.s3.Bucket) -> None:
            super().__init__("shop:index:Taker", "taker", {"bucket": bucket})

    def program() -> None:
        bucket = aws.s3.Bucket("files")
        aws.s3.BucketObjectv2("page", bucket=bucket.id, source=pulumi.StringAsset("hello"))
        aws.lambda_.Function(
            "fn",
            role="arn:aws:iam::123456789012:role/x",
            code=pulumi.AssetArchive(
                {"a.py": pulumi.StringAsset("x = 1"), "lib": pulumi.FileArchive("./lib")}
            ),
        )
        Taker(bucket)

    graph = evaluate(program)

    assert graph.one("aws:s3/bucketObjectv2:BucketObjectv2").inputs["source"] == {"asset": {"text": "hello"}}
    assert graph.one("aws:lambda/function:Function").inputs["code"] == {
        "archive": {"a.py": {"asset": {"text": "x = 1"}}, "lib": {"archive": {"path": "./lib"}}}
    }
    bucket_urn = graph.one("aws:s3/bucket:Bucket").urn
    assert graph.one("shop:index:Taker").inputs == {"bucket": {"resource": bucket_urn}}


def test_a_resource_given_to_a_resource_is_its_id(preview: bool) -> None:
    def program() -> None:
        role = aws.iam.Role("web", assume_role_policy="{}")
        aws.iam.RolePolicyAttachment("web", role=role, policy_arn="arn:aws:iam::aws:policy/ReadOnlyAccess")

    graph = evaluate(program, preview=preview)
    (role,) = graph.of_type("aws:iam/role:Role")
    (attachment,) = graph.of_type("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
    assert attachment.inputs["role"] == (UNKNOWN if preview else role.id)
    assert attachment.dependencies == (role.urn,)


def test_dependencies() -> None:
    def program() -> None:
        role = aws.iam.Role("role", assume_role_policy="{}")
        queue = aws.sqs.Queue("jobs")
        aws.iam.RolePolicy(
            "policy", role=role.name, policy="{}", opts=pulumi.ResourceOptions(depends_on=[queue])
        )

    graph = evaluate(program)

    policy = graph.one("aws:iam/rolePolicy:RolePolicy")
    role, queue = graph.one("aws:iam/role:Role").urn, graph.one("aws:sqs/queue:Queue").urn
    assert policy.dependencies == tuple(sorted([role, queue]))
    assert policy.property_dependencies == {"role": (role,)}


def test_only_the_options_that_were_set() -> None:
    def program() -> None:
        pulumi.ComponentResource("shop:index:Plain", "plain")
        other = aws.sqs.Queue("other")
        aws.sqs.Queue(
            "jobs",
            opts=pulumi.ResourceOptions(
                protect=False,
                ignore_changes=["tags"],
                replace_on_changes=["name"],
                retain_on_delete=True,
                delete_before_replace=True,
                additional_secret_outputs=["url"],
                aliases=[pulumi.Alias(name="old"), "urn:pulumi:dev::project::aws:sqs/queue:Queue::older"],
                custom_timeouts=pulumi.CustomTimeouts(create="5m"),
                deleted_with=other,
                version="7.0.0",
            ),
        )

    graph = evaluate(program)

    assert graph.one("shop:index:Plain").options == {}
    assert graph.one("aws:sqs/queue:Queue", "other").options.keys() == {"version"}
    options = graph.one("aws:sqs/queue:Queue", "jobs").options
    assert options == {
        "protect": False,
        "ignoreChanges": ["tags"],
        "replaceOnChanges": ["name"],
        "retainOnDelete": True,
        "deleteBeforeReplace": True,
        "additionalSecretOutputs": ["url"],
        "aliases": [{"name": "old"}, "urn:pulumi:dev::project::aws:sqs/queue:Queue::older"],
        "customTimeouts": {"create": "5m"},
        "deletedWith": graph.one("aws:sqs/queue:Queue", "other").urn,
        "version": "7.0.0",
    }


def test_an_explicit_provider_decides_the_region_and_is_inherited() -> None:
    def program() -> None:
        provider = aws.Provider("tokyo", region="ap-northeast-1")
        Inner("a", pulumi.ResourceOptions(providers=[provider]))
        aws.sqs.Queue("here")

    graph = evaluate(program, config={"aws:region": "eu-west-1"})

    provider = graph.one("pulumi:providers:aws")
    bucket = graph.one("aws:s3/bucket:Bucket")
    assert bucket.options["provider"] == provider.urn
    assert graph.one("shop:index:Inner").options["providers"] == {"aws": provider.urn}
    assert bucket.outputs["region"] == "ap-northeast-1"
    assert graph.one("aws:sqs/queue:Queue").outputs["region"] == "eu-west-1"


def test_a_duplicate_urn_is_an_error_as_in_the_engine() -> None:
    def program() -> None:
        aws.sqs.Queue("jobs")
        aws.sqs.Queue("jobs")

    with pytest.raises(EvaluationError) as caught:
        evaluate(program)

    assert str(caught.value).startswith(
        "Duplicate resource URN 'urn:pulumi:dev::project::aws:sqs/queue:Queue::jobs'"
    )


def test_log_messages_and_whose_they_are() -> None:
    def program() -> None:
        queue = aws.sqs.Queue("jobs")
        pulumi.log.debug("a")
        pulumi.log.info("b", queue)
        pulumi.log.warn("c")
        pulumi.log.error("d", queue)

    graph = evaluate(program)

    urn = graph.one("aws:sqs/queue:Queue").urn
    assert sorted(graph.log, key=lambda entry: entry.message) == [
        LogEntry("debug", "a", None),
        LogEntry("info", "b", urn),
        LogEntry("warning", "c", None),
        LogEntry("error", "d", urn),
    ]


def test_invokes_are_recorded() -> None:
    def program() -> None:
        aws.get_caller_identity()
        aws.ec2.get_vpc_output(default=True)

    graph = evaluate(program)

    assert graph.invokes == (
        Invoke("aws:index/getCallerIdentity:getCallerIdentity", {}),
        Invoke("aws:ec2/getVpc:getVpc", {"default": True}),
    )


def test_a_resource_that_is_read() -> None:
    def program() -> None:
        role = aws.iam.Role.get("existing", "deploy")
        pulumi.export("arn", role.arn)

    for preview in (False, True):
        graph = evaluate(program, preview=preview)

        role = graph.one("aws:iam/role:Role")
        assert (role.id, role.options) == ("deploy", {"read": True})
        assert graph.outputs == {"arn": "arn:aws:iam::123456789012:role/deploy"}


def test_async_programs() -> None:
    async def program() -> None:
        queue = aws.sqs.Queue("jobs")
        pulumi.export("name", queue.name)

    assert evaluate(program).outputs["name"].startswith("jobs-")


def test_what_is_made_in_an_apply_is_recorded() -> None:
    def program() -> None:
        first = aws.sqs.Queue("first")
        first.arn.apply(lambda arn: aws.sqs.Queue("second", tags={"after": arn}))

    graph = evaluate(program)

    assert (
        graph.one("aws:sqs/queue:Queue", "second")
        .inputs["tags"]["after"]
        .endswith(graph.one("aws:sqs/queue:Queue", "first").outputs["name"])
    )


def queue_tags(graph: ResourceGraph) -> dict[str, str]:
    return graph.one("aws:sqs/queue:Queue").inputs["tags"]


def test_transformations_of_the_sdk() -> None:
    def tag(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        if args.type_ != "aws:sqs/queue:Queue":
            return None
        return pulumi.ResourceTransformationResult(
            {**args.props, "tags": {"by": "transformation"}}, args.opts
        )

    def program() -> None:
        pulumi.runtime.register_stack_transformation(tag)
        aws.sqs.Queue("jobs")

    assert queue_tags(evaluate(program)) == {"by": "transformation"}


def test_transforms_run_from_the_resource_outwards() -> None:
    def append(word: str) -> pulumi.ResourceTransform:
        def transform(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
            if args.type_ != "aws:sqs/queue:Queue":
                return None
            order = args.props.get("tags", {}).get("order", "")
            return pulumi.ResourceTransformResult({**args.props, "tags": {"order": order + word}}, args.opts)

        return transform

    def program() -> None:
        pulumi.runtime.register_resource_transform(append("stack"))
        parent = pulumi.ComponentResource(
            "shop:index:Parent", "parent", {}, pulumi.ResourceOptions(transforms=[append("parent ")])
        )
        between = pulumi.ComponentResource(
            "shop:index:Between", "between", {}, pulumi.ResourceOptions(parent=parent)
        )
        aws.sqs.Queue("jobs", opts=pulumi.ResourceOptions(parent=between, transforms=[append("own ")]))

    for preview in (False, True):
        assert queue_tags(evaluate(program, preview=preview)) == {"order": "own parent stack"}


def test_transforms_change_options() -> None:
    async def protect(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult:
        options = pulumi.ResourceOptions.merge(
            args.opts, pulumi.ResourceOptions(protect=True, ignore_changes=["name"])
        )
        return pulumi.ResourceTransformResult(args.props, options)

    def program() -> None:
        other = aws.sqs.Queue("other")
        aws.sqs.Queue(
            "jobs",
            tags={"after": other.arn},
            opts=pulumi.ResourceOptions(transforms=[protect], ignore_changes=["tags"]),
        )

    graph = evaluate(program)

    jobs = graph.one("aws:sqs/queue:Queue", "jobs")
    assert jobs.options["protect"] is True
    assert jobs.options["ignoreChanges"] == ["tags", "name"]
    assert jobs.dependencies == (graph.one("aws:sqs/queue:Queue", "other").urn,)


def test_invoke_transforms() -> None:
    def region(args: pulumi.InvokeTransformArgs) -> pulumi.InvokeTransformResult:
        return pulumi.InvokeTransformResult({**args.args, "region": "eu-west-3"}, args.opts)

    def program() -> None:
        pulumi.runtime.register_invoke_transform(region)
        pulumi.export("zones", aws.get_availability_zones_output().names)

    assert evaluate(program).outputs["zones"] == ["eu-west-3a", "eu-west-3b", "eu-west-3c"]


def test_hooks_are_accepted_and_recorded() -> None:
    def program() -> None:
        hook = pulumi.ResourceHook("announce", lambda args: None)
        aws.sqs.Queue(
            "jobs", opts=pulumi.ResourceOptions(hooks=pulumi.ResourceHookBinding(after_create=[hook]))
        )

    assert evaluate(program).one("aws:sqs/queue:Queue").options["hooks"] == {"afterCreate": ["announce"]}


def test_a_resource_reference_can_be_read_back() -> None:
    def program() -> None:
        queue = aws.sqs.Queue("jobs")
        same = queue.urn.apply(lambda urn: aws.sqs.Queue("jobs", opts=pulumi.ResourceOptions(urn=urn)).arn)
        pulumi.export("same", same)

    graph = evaluate(program)

    assert graph.outputs["same"] == graph.one("aws:sqs/queue:Queue").outputs["arn"]


def test_what_is_inside_a_component_is_a_graph_of_its_own() -> None:
    def program() -> None:
        outer = pulumi.ComponentResource("test:index:Outer", "outer")
        inner = pulumi.ComponentResource(
            "test:index:Inner", "inner", None, pulumi.ResourceOptions(parent=outer)
        )
        aws.sqs.Queue("jobs", opts=pulumi.ResourceOptions(parent=inner))
        aws.sqs.Queue("other")

    graph = evaluate(program)
    inside = graph.inside(graph.one("test:index:Outer"))

    assert [resource.name for resource in inside] == ["inner", "jobs"]
    assert inside.one("aws:sqs/queue:Queue").name == "jobs"
    assert [resource.type for resource in graph.named("other")] == ["aws:sqs/queue:Queue"]


def test_what_is_printed_shows_neither_secrets_nor_more_than_is_known() -> None:
    value = {"a": [Secret("hunter22"), UNKNOWN, {"b": 1}], "c": "plain"}
    assert shown(value) == {"a": ["[secret]", "[unknown]", {"b": 1}], "c": "plain"}
