"""The policy pack as an engine runs it: a process that answers over gRPC what it has to say of a stack."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc
from pulumi.runtime.rpc import UNKNOWN as UNKNOWN_TEXT
from support.views import counted_views

from moorage.graph import view
from moorage.model.configuration import EXCEPTIONS_KEY as KEY
from moorage.offline import UNKNOWN, Resource, ResourceGraph, evaluate, reveal
from moorage.plan.policy import CONTROLS, review
from moorage.plan.rules import exceptions_in

pytest.importorskip("pulumi_policy", reason="the extra moorage[policy] is not installed")

SECONDS = 60
"""How long any one step may take: far longer than it does, so that a hang becomes a failure."""

ASSET = {"4dabf18193072939515e22adb298388d": "c44067f5952c0a294b673a41bacd8c17"}
SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}

Start = Callable[[Mapping[str, str]], Any]


@pytest.fixture
def start(root: Path) -> Iterator[Start]:
    """Start the pack as Pulumi's policy host for Python does, with a stack's configuration."""
    started: list[Any] = []

    def run(config: Mapping[str, str]) -> Any:
        process = subprocess.Popen(
            [sys.executable, str(root / "policy"), "127.0.0.1:1", str(root / "policy")],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PULUMI_CONFIG": json.dumps(config)},
        )
        assert process.stdout
        port = process.stdout.readline().strip()
        started.append(process)
        assert port.isdigit(), process.communicate(timeout=SECONDS)[1]
        channel = grpc.insecure_channel(f"127.0.0.1:{port}")
        started.append(channel)
        return analyzer_pb2_grpc.AnalyzerStub(channel)

    yield run
    for each in reversed(started):
        if isinstance(each, subprocess.Popen):
            each.kill()
            each.communicate(timeout=SECONDS)
        else:
            each.close()


def wire(value: Any) -> Any:
    """Return a graph's value as an engine sends it."""
    if value is UNKNOWN:
        return UNKNOWN_TEXT
    if isinstance(value, Mapping):
        return {key: wire(item) for key, item in value.items() if item is not None}
    return [wire(item) for item in value] if isinstance(value, list) else value


def told(graph: ResourceGraph) -> analyzer_pb2.AnalyzeStackRequest:
    """Return what an engine tells of a stack: of each resource its outputs, and what they depend on."""
    stack = f"urn:pulumi:{graph.stack}::{graph.project}::pulumi:pulumi:Stack::{graph.project}-{graph.stack}"
    resources = [analyzer_pb2.AnalyzerResource(type="pulumi:pulumi:Stack", urn=stack, name="stack")]
    for resource in graph:
        properties = struct_pb2.Struct()
        held = {**resource.inputs, **resource.outputs} if resource.custom else resource.outputs
        properties.update({"secret": {**SECRET, "value": "hush"}, **wire(reveal(held))})
        if resource.id:
            properties.update({"id": resource.id})
        resources.append(
            analyzer_pb2.AnalyzerResource(
                type=resource.type,
                urn=resource.urn,
                name=resource.name,
                properties=properties,
                parent=resource.parent or stack,
                dependencies=resource.dependencies,
                propertyDependencies={
                    name: analyzer_pb2.AnalyzerPropertyDependencies(urns=urns)
                    for name, urns in resource.property_dependencies.items()
                },
            )
        )
    return analyzer_pb2.AnalyzeStackRequest(resources=resources)


def said(stub: Any, graph: ResourceGraph) -> list[tuple[str, str]]:
    answer = stub.AnalyzeStack(told(graph), timeout=SECONDS)
    assert all(item.policyPackName == "moorage" for item in answer.diagnostics)
    return sorted((item.policyName, item.urn) for item in answer.diagnostics)


def test_what_an_engine_asks_first(start: Start) -> None:
    info = start({}).GetAnalyzerInfo(empty_pb2.Empty(), timeout=SECONDS)
    assert [policy.name for policy in info.policies] == [
        *(control.id for control in CONTROLS),
        "unused-exceptions",
    ]
    assert {policy.enforcementLevel for policy in info.policies} == {analyzer_pb2.ADVISORY}
    severities = {policy.name: policy.severity for policy in info.policies}
    assert severities["EC2.19"] == analyzer_pb2.POLICY_SEVERITY_CRITICAL
    urls = {policy.name: policy.url for policy in info.policies}
    assert urls["ECS.5"].endswith("/ecs-controls.html#ecs-5")


@pytest.mark.parametrize("preview", [False, True])
@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_a_stack_of_this_repository_has_nothing_open(
    start: Start, root: Path, stack: str, preview: bool
) -> None:
    # The engine sends the pack what the program's own configuration accepts.
    from moorage.offline.project import load_project

    stub = start(load_project(root).configure(stack, {}).values)
    assert said(stub, evaluate(root, stack=stack, preview=preview)) == []


@pytest.mark.parametrize("preview", [False, True])
def test_it_says_what_a_plan_says(start: Start, root: Path, preview: bool) -> None:
    config = {"network": "new", "natGateways": "single", "domain": "", "zoneId": ""}
    graph = evaluate(root, stack="prod", preview=preview, config=config)
    found = review(view(graph)).findings
    assert {"EC2.10", "ELB.1", "ELB.18"} <= {finding.rule for finding in found}
    assert said(start({}), graph) == sorted((finding.rule, finding.resource) for finding in found)


def test_a_control_can_be_made_mandatory_and_another_disabled(start: Start, root: Path) -> None:
    stub = start({})
    levels = {"ELB.1": analyzer_pb2.MANDATORY, "ELB.18": analyzer_pb2.DISABLED}
    stub.Configure(
        analyzer_pb2.ConfigureAnalyzerRequest(
            policyConfig={
                name: analyzer_pb2.PolicyConfig(enforcementLevel=level) for name, level in levels.items()
            }
        ),
        timeout=SECONDS,
    )
    graph = evaluate(root, stack="prod", config={"domain": "", "zoneId": ""})
    answer = stub.AnalyzeStack(told(graph), timeout=SECONDS)
    found = {item.policyName: item for item in answer.diagnostics}
    assert found["ELB.1"].enforcementLevel == analyzer_pb2.MANDATORY
    assert "domain with zone_id" in found["ELB.1"].message
    assert "ELB.18" not in found
    assert "hush" not in str(answer)


def test_its_folder_is_a_policy_pack(root: Path) -> None:
    from moorage.offline.yaml_text import load

    project = load(root / "policy" / "PulumiPolicy.yaml")
    assert project["runtime"] == {"name": "python", "options": {"virtualenv": ".venv"}}
    assert (root / "policy" / "__main__.py").is_file()
    requirements = (root / "policy" / "requirements.txt").read_text().splitlines()
    assert [line for line in requirements if not line.startswith("#")] == ["-e ../components[policy]"]


def test_exceptions_reach_it_by_the_stack_s_configuration(start: Start, root: Path) -> None:
    accepted = json.dumps([{"controls": ["ELB.1"], "reason": "behind another proxy"}])
    graph = evaluate(root, stack="prod", config={"domain": "", "zoneId": ""})
    names = {name for name, _ in said(start({KEY: accepted}), graph)}
    assert "ELB.1" not in names
    assert "ELB.18" in names
    assert exceptions_in({KEY: accepted})[0].reason == "behind another proxy"


def test_an_exception_that_matches_nothing_is_reported(start: Start, root: Path) -> None:
    exceptions = [
        {"controls": ["ELB.1"], "reason": "behind another proxy"},
        {"controls": ["ELB.1"], "resource": "nothing-like-it", "reason": "a wrong name"},
    ]
    graph = evaluate(root, stack="prod", config={"domain": "", "zoneId": ""})
    reported = [name for name, _ in said(start({KEY: json.dumps(exceptions)}), graph)]
    assert reported.count("unused-exceptions") == 1


def test_an_unknown_key_of_the_configuration_is_an_error(start: Start, root: Path) -> None:
    exceptions = json.dumps([{"controls": ["ELB.1"], "reason": "behind another proxy"}])
    graph = evaluate(root, stack="prod", config={"domain": "", "zoneId": ""})
    with pytest.raises(grpc.RpcError, match="moorage:policy: unknown configuration key; did you mean"):
        said(start({"moorage:policy": exceptions}), graph)


def args_of(graph: ResourceGraph) -> Any:
    """Return what the SDK passes to one policy: it makes each resource and its values anew."""
    from pulumi_policy import StackValidationArgs
    from pulumi_policy.deserialize import deserialize_properties
    from pulumi_policy.policy import PolicyResource
    from pulumi_policy.proxy import unknown_checking_proxy

    def resource(item: Resource) -> PolicyResource:
        held = {**item.inputs, **item.outputs} if item.custom else item.outputs
        properties = {"id": item.id, "file": {**ASSET, "path": "index.html"}, **wire(reveal(held))}
        props = unknown_checking_proxy(deserialize_properties(properties))
        opts, provider = SimpleNamespace(protect=False), SimpleNamespace() if item.custom else None
        made: Any = (item.type, props, item.urn, item.name, opts, provider, None, [], {})
        return PolicyResource(*made)

    resources = {item.urn: resource(item) for item in graph}
    for item in graph:
        own = resources[item.urn]
        own.parent = resources.get(item.parent or "")
        own.dependencies.extend(resources[urn] for urn in item.dependencies)
        for name, urns in item.property_dependencies.items():
            own.property_dependencies[name] = [resources[urn] for urn in urns]
    return StackValidationArgs([*resources.values()], None)  # pyright: ignore[reportArgumentType]


def test_each_stack_is_viewed_once_for_all_policies(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from moorage.plan.policy_pack import policies

    accepted = json.dumps([{"controls": ["ELB.1"], "reason": "behind another proxy"}])
    config = {"network": "new", "natGateways": "single", "domain": "", "zoneId": ""}
    one, two = (evaluate(root, stack=stack, config=config) for stack in ("dev", "prod"))
    exceptions = exceptions_in({KEY: accepted})
    expected = [
        {(finding.rule, finding.resource) for finding in review(view(graph), exceptions).findings}
        for graph in (one, two, one)
    ]
    assert ("ELB.18", two.one("aws:lb/loadBalancer:LoadBalancer").urn) not in expected[0]
    assert expected[0] != expected[1]
    built = counted_views(monkeypatch)
    monkeypatch.setenv("PULUMI_CONFIG", json.dumps({KEY: accepted}))
    pack: list[Any] = policies()
    for number, graph in enumerate((one, two, one), 1):
        reported: set[tuple[str, str | None]] = set()
        for policy in pack:
            policy.validate(args_of(graph), lambda _, urn, name=policy.name, to=reported: to.add((name, urn)))
        unmatched = {("unused-exceptions", None)} & reported
        assert reported - unmatched == expected[number - 1]
        assert len(built) == number
