"""Every component is checked before the engine hears of the first resource, as with `up --skip-preview`."""

import asyncio
import contextvars
import gc
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest
from pulumi.runtime import set_all_config, settings
from pulumi.runtime.stack import run_in_stack
from support.engine import unawaited, unreported

from moorage import ComposeApp, ContainerApp, ContainerImage, EcsCluster, Job, LoadBalancer, Network
from moorage.offline.monitor import Engine, Monitor

END = "the program's last line"


class Recording(Monitor):
    """A monitor that the SDK calls as it calls an engine: on another thread, whenever it likes to."""

    def __init__(self, preview: bool) -> None:
        super().__init__("shop", "dev", "us-east-1", preview)
        self.calls: list[str] = []

    def RegisterResource(self, request: Any) -> Any:
        self.calls.append(f"register {request.name}")
        return super().RegisterResource(request)

    def ReadResource(self, request: Any) -> Any:
        self.calls.append(f"read {request.name}")
        return super().ReadResource(request)

    def Invoke(self, request: Any) -> Any:
        self.calls.append(request.tok)
        return super().Invoke(request)


def run(program: Callable[[Recording], object], preview: bool, root: Path = Path("/")) -> Recording:
    """Run a program as Pulumi's language host does; what it raises leaves the monitor in its notes."""
    monitor = Recording(preview)

    def main() -> None:
        set_all_config({"shop:token": "hunter2"}, ["shop:token"])
        settings.ROOT.set(None)
        settings.configure(
            settings.Settings(
                project="shop", stack="dev", monitor=monitor, engine=Engine(""), dry_run=preview,
                root_directory=str(root),
            )
        )  # fmt: skip
        with asyncio.Runner() as runner:
            unawaited(runner.get_loop())
            runner.run(run_in_stack(lambda: program(monitor)))  # pyright: ignore[reportArgumentType]

    with unreported():
        contextvars.copy_context().run(main)
    return monitor


def declare(folder: Path) -> None:
    """Declare one of each component, with values that are known only once the event loop has run."""
    (folder / "Dockerfile").write_text("FROM scratch\n")
    (folder / "compose.yml").write_text("services: {db: {image: 'postgres:17'}}\n")
    later = pulumi.Output.from_input("x").apply(lambda value: value * 2)
    network = Network("net", {})
    cluster = EcsCluster("main", {"network": network.ref})
    balancer = LoadBalancer("alb", {"network": network.ref})
    image = ContainerImage("image", {"build": {"context": str(folder)}})
    shared: Any = {"cluster": cluster.ref, "network": network.ref}
    before: Any = {"command": ["migrate"], "environment": {"LATER": later}}
    for name in ("one", "two", "three"):
        ContainerApp(
            name,
            {
                **shared,
                "image": image.uri,
                "load_balancer": balancer.ref,
                "rules": [{"host": f"{name}.example.com"}],
                "environment": {"LATER": later, "TOPIC": aws.sns.Topic(name).arn},
                "pre_deploy": before,
            },
        )
    Job("clean", {**shared, "image": "x:1", "environment": {"LATER": later}})
    ComposeApp("shop", {**shared, "files": [str(folder / "compose.yml")], "env": {"LATER": later}})


def test_nothing_leaves_before_the_last_line(tmp_path: Path, preview: bool) -> None:
    def program(monitor: Recording) -> None:
        declare(tmp_path)
        monitor.calls.append(END)

    monitor = run(program, preview)
    assert monitor.calls[0] == END
    assert {"register one", "register clean", "register shop"} <= set(monitor.calls)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: EcsCluster("last", {"capacity": "ec3"}),
        lambda: Network("last", {"public_subnet_ids": ["subnet-1"]}),
        lambda: LoadBalancer("last", {}),
        lambda: ContainerImage("last", {"build": {"context": "/nowhere"}}),
        lambda: ContainerApp("last", {}),
        lambda: Job("last", {}),
        lambda: ComposeApp("last", {}),
    ],
)  # fmt: skip
def test_a_refused_argument_of_the_last_component(
    tmp_path: Path, preview: bool, wrong: Callable[[], object]
) -> None:
    monitors: list[Recording] = []

    def program(monitor: Recording) -> None:
        monitors.append(monitor)
        aws.sqs.Queue("jobs")
        declare(tmp_path)
        wrong()

    with pytest.raises(pulumi.RunError, match="'last'") as caught:
        run(program, preview, Path(__file__).parent)
    assert monitors[0].calls == []
    assert f"\n  {Path(__file__).name}:" in str(caught.value)


def test_a_secret_where_none_may_be_is_refused_before_anything_is_made(preview: bool) -> None:
    monitors: list[Recording] = []

    def program(monitor: Recording) -> None:
        monitors.append(monitor)
        network = Network("net", {})
        cluster = EcsCluster("main", {"network": network.ref})
        token = pulumi.Config().require_secret("token")
        shared: Any = {"cluster": cluster.ref, "network": network.ref, "image": "x:1"}
        ContainerApp("web", {**shared, "environment": {"TOKEN": pulumi.Output.concat("t-", token)}})

    with pytest.raises(pulumi.RunError, match=r"environment\.TOKEN"):
        run(program, preview)
    assert monitors[0].calls == []


def test_a_program_that_catches_the_error_goes_on(preview: bool) -> None:
    def program(monitor: Recording) -> None:
        network = Network("net", {})
        with pytest.raises(ValueError, match="capacity"):
            EcsCluster("main", {"capacity": "ec3"})
        EcsCluster("other", {"network": network.ref})

    assert {"register net", "register other"} <= set(run(program, preview).calls)


def test_an_invoke_that_the_program_waits_for_opens_the_gate(preview: bool) -> None:
    """Resources declared before a plain `aws.get_...()` are registered with it, as the README says."""

    def program(monitor: Recording) -> None:
        later = pulumi.Output.from_input("x").apply(str)
        shared: Any = {
            "cluster": EcsCluster("main", {}).ref,
            "network": Network("net", {}).ref,
            "image": "x:1",
        }
        ContainerApp("one", {**shared, "environment": {"LATER": later}})
        aws.get_caller_identity()
        monitor.calls.append(END)
        ContainerApp("two", {**shared, "environment": {"LATER": later}})

    calls = run(program, preview).calls
    assert calls.index("aws:index/getCallerIdentity:getCallerIdentity") < calls.index(END)
    assert {"register one", "register two"} <= set(calls)


def test_another_stack_is_read_before_anything_is_made(preview: bool) -> None:
    monitors: list[Recording] = []

    def program(monitor: Recording) -> None:
        monitors.append(monitor)
        monitor.other_stacks = lambda _: {"network": {"vpc_id": "vpc-1", "public_subnet_ids": ["a", "b"]}}
        topic = aws.sns.Topic("events")
        other = pulumi.StackReference("acme/base/dev")
        network: Any = other.require_output("network")
        EcsCluster("main", {"network": network, "capacity": "ec2"})
        aws.sqs.Queue("jobs")
        assert monitor.calls == ["register shop-dev", "read acme/base/dev"]
        # A resource is not waited for.
        late: Any = topic.arn.apply(lambda arn: {"arn": arn, "name": arn}).apply(lambda cluster: cluster)
        ContainerApp("web", {"cluster": late, "network": network, "image": "x:1"})

    with pytest.raises(pulumi.RunError, match="cluster: an Output: must be an object"):
        run(program, preview)
    assert monitors[0].calls == ["register shop-dev", "read acme/base/dev"]


def test_a_program_that_reads_another_stack_goes_on(preview: bool) -> None:
    def program(monitor: Recording) -> None:
        monitor.other_stacks = lambda _: {"network": {"vpc_id": "vpc-1", "public_subnet_ids": ["a", "b"]}}
        network: Any = pulumi.StackReference("acme/base/dev").require_output("network")
        EcsCluster("main", {"network": network, "capacity": "ec2"})
        aws.sqs.Queue("jobs")
        monitor.calls.append(END)

    calls = run(program, preview).calls
    assert calls[:3] == ["register shop-dev", "read acme/base/dev", END]
    assert {"register main", "register main-instances", "register jobs"} <= set(calls)


def test_nothing_is_kept_of_a_program_that_ended(tmp_path: Path, preview: bool) -> None:
    def program(_: Recording) -> None:
        declare(tmp_path)

    monitor = weakref.ref(run(program, preview))
    # The SDK keeps the last monitor.
    run(lambda _: None, preview)
    gc.collect()
    assert monitor() is None
