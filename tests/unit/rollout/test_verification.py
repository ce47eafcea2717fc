"""Verifying while a program runs against an engine over gRPC: what is logged, where, and how it ends."""

import asyncio
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest
from support import aws_answers as answers
from support.engine import REGION, Engine, Line, StartEngine, engines
from support.local_project import eventually
from support.scripted_aws import Clock, ScriptedAws

import moorage
from moorage.offline import evaluate
from moorage.resources import watching
from moorage.resources.app import verification as verify
from moorage.rollout.ask import Loop


@pytest.fixture
def start(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[StartEngine[Engine]]:
    """Start engines; rollouts are followed on a clock without waiting."""

    async def sleep(seconds: float) -> None:
        # Waiting for another rollout takes turns of the event loop, not time: that one's answers come late.
        await (asyncio.sleep(0) if seconds == watching._TURN else clock.sleep(seconds))

    monkeypatch.setattr(Loop, "real", lambda say: Loop(say, asyncio.to_thread, sleep, clock.now))
    with engines(Engine) as start:
        yield start


@pytest.fixture
def services(scripted: ScriptedAws) -> dict[str, Any]:
    """Answers of DescribeServices, by app: each with the number of the request, from 0, from which it holds.

    A function is called at each request and returns the answer.
    """
    known: dict[str, Any] = {}
    seen: Counter[str] = Counter()

    def describe(asked: dict[str, Any]) -> Any:
        (name,) = asked["services"]
        app = re.sub(r"-[0-9a-f]{7}$", "", name)
        answer = [answer for look, answer in known[app] if look <= seen[app]][-1]
        seen[app] += 1
        answer = answer() if callable(answer) else answer
        if isinstance(answer, Exception):
            return answer
        # What was asked for is what the engine answered when the task definition was registered.
        family = f"arn:aws:ecs:eu-central-1:123456789012:task-definition/shop-dev-{app}"
        text = json.dumps(answer, default=lambda moment: moment.timestamp())
        return json.loads(text.replace(answers.NEW, f"{family}:1").replace(answers.OLD, f"{family}:0"))

    scripted.answers["DescribeServices"] = describe
    return known


def _once(condition: Callable[[], bool], answer: answers.Answer) -> Callable[[], answers.Answer]:
    """Return a function that returns `answer` once the condition holds; requests are made in threads."""

    def look() -> answers.Answer:
        eventually(condition)
        return answer

    return look


def _is_watched(scripted: ScriptedAws, app: str) -> bool:
    services = [name for asked in scripted.asked("DescribeServices") for name in asked["services"]]
    return any(name.startswith(f"{app}-") for name in services)


def _program(*names: str, made: list[str] | None = None, **more: Any) -> Callable[[], None]:
    def program() -> None:
        network = moorage.Network("net", {})
        cluster = moorage.EcsCluster("main", {"network": network.ref})
        balancer = moorage.LoadBalancer("web", {"network": network.ref})
        for name in names:
            app = moorage.ContainerApp(
                name,
                {
                    "cluster": cluster.ref,
                    "network": network.ref,
                    "load_balancer": balancer.ref,
                    "rules": [{"path": f"/{name}"}],
                    "image": "nginx:1",
                    **more,
                },
            )
            if made is not None:
                app.url.apply(made.append)

    return program


def test_a_rollout_is_followed_on_the_apps_row(
    start: StartEngine[Engine], services: dict[str, Any], scripted: ScriptedAws
) -> None:
    services["notes"] = [
        (0, answers.service(answers.deployment(7, pending=2))),
        (2, answers.service(answers.deployment(7, running=1, pending=1))),
        (3, answers.service(answers.deployment(7, state="COMPLETED", running=2))),
    ]
    engine, made = start(), list[str]()
    engine.run(_program("notes", made=made))

    assert [url.rpartition("/")[2] for url in made] == ["notes"]
    assert engine.log == [
        Line("info", "notes", True, "shop-dev-notes:1: 0/2 tasks running, 2 starting"),
        Line("info", "notes", True, "shop-dev-notes:1: 1/2 tasks running, 1 starting"),
        Line("info", "notes", True, "shop-dev-notes:1 is running"),
    ]
    (service,) = [one for one in engine.monitor.resources.values() if one.type == "aws:ecs/service:Service"]
    assert scripted.calls[0] == (
        "DescribeServices",
        {"cluster": service.inputs["cluster"], "services": [service.outputs["name"]]},
    )


def test_a_failure_is_told_on_the_app_and_ends_the_program(
    start: StartEngine[Engine], services: dict[str, Any], scripted: ScriptedAws
) -> None:
    services["notes"] = [
        (0, answers.service(answers.deployment(7))),
        (
            3,
            answers.service(
                answers.deployment(8, answers.OLD, running=2, at=8),
                answers.deployment(7, state="FAILED", status="ACTIVE", failed=3),
            ),
        ),
    ]
    engine, made = start(), list[str]()
    with pytest.raises(pulumi.RunError) as caught:
        engine.run(_program("notes", made=made))

    assert str(caught.value) == "notes: rollout failed"
    assert made == []
    assert engine.log[-1] == Line(
        "error",
        "notes",
        False,
        "shop-dev-notes:1 was rolled back, shop-dev-notes:0 is running: "
        "ECS deployment circuit breaker: tasks failed to start.\n"
        "what to do: check the service's events and the tasks' log\n"
        "failed tasks, as ECS counts them: 3",
    )
    assert [line.severity for line in engine.log] == ["info", "error"]


def test_the_other_rollouts_end_before_the_program_does(
    start: StartEngine[Engine], services: dict[str, Any], scripted: ScriptedAws
) -> None:
    engine, made = start(), list[str]()
    going = answers.service(answers.deployment(7))
    failed = answers.service(answers.deployment(7, state="FAILED", failed=3))
    running = answers.service(answers.deployment(7, running=1))
    services["alpha"] = [(0, going), (1, _once(lambda: _is_watched(scripted, "beta"), failed))]
    services["beta"] = [
        (0, going),
        (1, _once(lambda: bool(engine.lines("alpha", "error")), running)),
        (2, answers.service(answers.deployment(7, state="COMPLETED", running=2))),
    ]
    with pytest.raises(pulumi.RunError, match=r"^alpha: rollout failed$"):
        engine.run(_program("alpha", "beta", made=made))

    assert [url.rpartition("/")[2] for url in made] == ["beta"]
    order = [(line.resource, line.severity) for line in engine.log]
    # beta went on after alpha's failure was reported.
    assert order.index(("alpha", "error")) < len(order) - 1 - order[::-1].index(("beta", "info"))


def test_two_failures_are_two_blocks_and_one_end(
    start: StartEngine[Engine], services: dict[str, Any], scripted: ScriptedAws
) -> None:
    failed = answers.service(answers.deployment(7, state="FAILED", failed=3))
    going = answers.service(answers.deployment(7))
    services["alpha"] = [(0, going), (10, _once(lambda: _is_watched(scripted, "beta"), failed))]
    services["beta"] = [(0, going), (1, _once(lambda: _is_watched(scripted, "alpha"), failed))]
    engine = start()
    with pytest.raises(pulumi.RunError, match=r"^(alpha|beta): rollout failed$"):
        engine.run(_program("alpha", "beta"))

    for name in ("alpha", "beta"):
        (error,) = engine.lines(name, "error")
        assert error.startswith(f"shop-dev-{name}:1 could not be started: ECS deployment circuit breaker")
    assert not watching._watches


def test_a_missing_permission_is_named(start: StartEngine[Engine], services: dict[str, Any]) -> None:
    services["notes"] = [(0, answers.denied("ecs:DescribeServices"))]
    engine = start()
    with pytest.raises(pulumi.RunError, match=r"^notes: rollout failed$"):
        engine.run(_program("notes"))

    (error,) = engine.lines("notes", "error")
    first, second, third = error.splitlines()
    assert first == "whether shop-dev-notes:1 runs is not known: ecs:DescribeServices is not allowed"
    assert second.startswith("User: arn:aws:iam::123456789012:user/deployer is not authorized")
    assert third == (
        f"what to do: allow {', '.join(verify.ACTIONS)}; "
        "or set `verify` to false to deploy without verification"
    )


def test_the_profile_is_the_providers(start: StartEngine[Engine], scripted: ScriptedAws) -> None:
    engine = start()
    with pytest.raises(pulumi.RunError):
        engine.run(_program("notes"), profile="deployer")

    (error,) = engine.lines("notes", "error")
    assert "there are no AWS credentials: The config profile (deployer) could not be found" in error
    assert scripted.calls == []


def test_expired_credentials_are_said(start: StartEngine[Engine], services: dict[str, Any]) -> None:
    services["notes"] = [
        (0, answers.service(answers.deployment(7))),
        (
            1,
            answers.Failure("ExpiredTokenException", "The security token included in the request is expired"),
        ),
    ]
    engine = start()
    with pytest.raises(pulumi.RunError, match=r"^notes: rollout failed$"):
        engine.run(_program("notes"))

    (error,) = engine.lines("notes", "error")
    assert error == (
        "whether shop-dev-notes:1 runs is not known: the AWS credentials have expired: "
        "The security token included in the request is expired\n"
        "what to do: renew the AWS credentials (such as `aws sso login`) and run `up` again"
    )


@pytest.mark.parametrize(
    ("app", "observed"),
    [
        ({"count": 3}, {"desiredCount": 2}),
        ({"redeploy": "2"}, {}),
        ({"health_check": {"grace_period": 90}}, {}),
    ],
    ids=["count", "redeploy", "grace period"],
)
def test_a_stale_look_at_the_same_revision_is_not_success(
    start: StartEngine[Engine], services: dict[str, Any], app: dict[str, Any], observed: dict[str, Any]
) -> None:
    stale = {"healthCheckGracePeriodSeconds": 60} | observed
    services["notes"] = [
        (0, answers.service(answers.deployment(6, state="COMPLETED", running=2), **stale)),
        (3, answers.service(answers.deployment(7))),
        (4, answers.service(answers.deployment(7, state="FAILED"))),
    ]
    engine = start()
    with pytest.raises(pulumi.RunError, match=r"^notes: rollout failed$"):
        engine.run(_program("notes", **app))

    (error,) = engine.lines("notes", "error")
    assert error.startswith("shop-dev-notes:1 could not be started")


def test_a_service_that_was_scaled_to_zero_is_no_success(
    start: StartEngine[Engine], services: dict[str, Any]
) -> None:
    services["notes"] = [(0, answers.service(answers.deployment(7, state="COMPLETED", desired=0)))]
    engine = start()
    with pytest.raises(pulumi.RunError):
        engine.run(_program("notes"))

    (error,) = engine.lines("notes", "error")
    assert error.startswith("shop-dev-notes:1 runs no tasks: another command scaled the service to 0")


@pytest.mark.usefixtures("own_clients")
def test_aws_that_never_answers_is_said(start: StartEngine[Engine], services: dict[str, Any]) -> None:
    services["notes"] = [(0, answers.Failure("ThrottlingException", "Rate exceeded"))]
    engine = start()
    with pytest.raises(pulumi.RunError):
        engine.run(_program("notes"))

    (error,) = engine.lines("notes", "error")
    assert error == (
        "whether shop-dev-notes:1 runs is not known: ThrottlingException: Rate exceeded\n"
        "what to do: run `up` again to check it"
    )
    assert engine.lines("notes", "info") == [
        "AWS does not answer, retrying: ThrottlingException: Rate exceeded"
    ]


def test_a_rollout_takes_no_longer_than_it_may(
    start: StartEngine[Engine], services: dict[str, Any], clock: Clock
) -> None:
    services["notes"] = [(0, answers.service(answers.deployment(7)))]
    engine = start()
    with pytest.raises(pulumi.RunError):
        engine.run(_program("notes", rollout_timeout=60))

    (error,) = engine.lines("notes", "error")
    assert error.startswith("the rollout of shop-dev-notes:1 timed out with 0/2 tasks running")
    assert clock.now() < 70


def test_an_app_without_a_load_balancer_is_verified_too(
    start: StartEngine[Engine], services: dict[str, Any], scripted: ScriptedAws
) -> None:
    services["worker"] = [(0, answers.service(answers.deployment(7, state="FAILED")))]
    scripted.answers["UpdateService"] = answers.denied("ecs:UpdateService")

    def program() -> None:
        network = moorage.Network("net", {})
        cluster = moorage.EcsCluster("main", {"network": network.ref})
        moorage.ContainerApp("worker", {"cluster": cluster.ref, "network": network.ref, "image": "nginx:1"})

    with pytest.raises(pulumi.RunError, match=r"^worker: rollout failed$"):
        start().run(program)

    assert len(scripted.asked("DescribeTargetHealth")) == 0


def test_nothing_is_asked_in_a_preview(start: StartEngine[Engine], scripted: ScriptedAws) -> None:
    engine = start(preview=True)
    engine.run(_program("notes"))

    assert scripted.calls == []
    assert engine.log == []


def test_nothing_is_asked_when_it_is_turned_off(start: StartEngine[Engine], scripted: ScriptedAws) -> None:
    made = list[str]()
    start().run(_program("notes", made=made, verify=False))

    assert [url.rpartition("/")[2] for url in made] == ["notes"]
    assert scripted.calls == []


def test_nothing_is_asked_offline(scripted: ScriptedAws, preview: bool) -> None:
    graph = evaluate(_program("notes"), preview=preview, config=REGION)

    assert {one.type for one in graph} >= {"moorage:index:ContainerApp", "aws:ecs/service:Service"}
    assert scripted.calls == []


WITH_MOCKS = """
import json, sys
import moorage, pulumi
from moorage.resources.watching import deploys
from pulumi.runtime import mocks

class Mocks(mocks.Mocks):
    def new_resource(self, args):
        made = {**args.inputs, "arn": "arn:aws:ecs:eu-central-1:123456789012:x", "name": args.name}
        return args.name + "-id", made
    def call(self, args):
        return {**args.args, "id": "vpc-1", "ids": ["subnet-1", "subnet-2"], "json": "{}", "partition": "aws"}

mocks.set_mocks(Mocks(), project="shop", stack="dev")

@pulumi.runtime.test
def test():
    cluster = moorage.EcsCluster("main", {})
    app = moorage.ContainerApp(
        "notes", {"cluster": cluster.ref, "network": moorage.Network("net", {}).ref, "image": "nginx:1"}
    )
    return app.url.apply(made.append)

made = []
test()
print(json.dumps([made, pulumi.runtime.is_dry_run(), deploys(), "boto3" in sys.modules]))
"""


def test_nothing_is_asked_with_mocks() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITH_MOCKS], capture_output=True, text=True, check=True, timeout=300
    )

    # By `is_dry_run` alone it would look like an update.
    assert json.loads(done.stdout) == [[""], False, False, False]


def test_settings_that_ecs_took_back_are_named(
    start: StartEngine[Engine], services: dict[str, Any], scripted: ScriptedAws
) -> None:
    spot = {"capacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]}
    services["notes"] = [(0, answers.service(answers.deployment(7, state="COMPLETED", running=2) | spot))]
    scripted.answers["UpdateService"] = answers.denied("ecs:UpdateService")
    engine = start()
    with pytest.raises(pulumi.RunError, match=r"^notes: rollout failed$"):
        engine.run(_program("notes"))

    (error,) = engine.lines("notes", "error")
    assert error.startswith(
        "shop-dev-notes:1 runs with settings other than requested: capacityProviderStrategy; "
        "its new deployment was rolled back\nit could not be deployed again: User: "
    )
    (healed,) = [asked for name, asked in scripted.calls if name == "UpdateService"]
    on_demand = {"capacityProvider": "FARGATE", "base": 0, "weight": 1}
    assert healed["capacityProviderStrategy"] == [on_demand]
    assert "networkConfiguration" not in healed


def test_settings_that_a_transform_changed_are_not_compared(
    start: StartEngine[Engine], services: dict[str, Any], scripted: ScriptedAws
) -> None:
    strategy = [{"capacity_provider": "FARGATE_SPOT", "weight": 1}]
    observed = {"capacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]}
    services["notes"] = [(0, answers.service(answers.deployment(7, state="COMPLETED", running=2) | observed))]

    def change(made: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        if made.type_ != "aws:ecs/service:Service":
            return None
        props = {**made.props, "capacityProviderStrategies": strategy}
        return pulumi.ResourceTransformationResult(props, made.opts)

    def program() -> None:
        pulumi.runtime.register_stack_transformation(change)
        _program("notes")()

    engine = start()
    engine.run(program)

    (service,) = [one for one in engine.monitor.resources.values() if one.type == "aws:ecs/service:Service"]
    assert [item["capacityProvider"] for item in service.inputs["capacityProviderStrategies"]] == [
        "FARGATE_SPOT"
    ]
    assert [name for name, _ in scripted.calls] == ["DescribeServices"]


def test_an_explicit_providers_credentials_are_used(
    start: StartEngine[Engine], scripted: ScriptedAws
) -> None:
    def program() -> None:
        elsewhere = aws.Provider("elsewhere", region="eu-central-1", profile="deployer")
        moorage.ContainerApp(
            "notes",
            {
                "cluster": {"arn": "arn:aws:ecs:eu-central-1:1:cluster/main", "name": "main"},
                "network": {"vpc_id": "vpc-1", "public_subnet_ids": ["subnet-1", "subnet-2"]},
                "image": "nginx:1",
            },
            pulumi.ResourceOptions(providers=[elsewhere]),
        )

    engine = start()
    with pytest.raises(pulumi.RunError):
        engine.run(program, profile="another")

    (error,) = engine.lines("notes", "error")
    assert "there are no AWS credentials: The config profile (deployer) could not be found" in error
    assert scripted.calls == []


def test_an_explicit_providers_keys_do_not_make_the_address_a_secret(
    start: StartEngine[Engine], services: dict[str, Any]
) -> None:
    services["notes"] = [(0, answers.service(answers.deployment(7, state="COMPLETED", running=2)))]
    secret: list[bool] = []

    async def program() -> None:
        key = pulumi.Output.secret("AKIDOTHER")
        elsewhere = aws.Provider("elsewhere", region="eu-central-1", access_key=key, secret_key=key)
        app = moorage.ContainerApp(
            "notes",
            {
                "cluster": {"arn": "arn:aws:ecs:eu-central-1:1:cluster/main", "name": "main"},
                "network": {"vpc_id": "vpc-1", "public_subnet_ids": ["subnet-1", "subnet-2"]},
                "image": "nginx:1",
            },
            pulumi.ResourceOptions(providers=[elsewhere]),
        )
        secret.append(await app.url.is_secret())

    start().run(program)

    assert secret == [False]
