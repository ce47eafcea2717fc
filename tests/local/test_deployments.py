"""The scheduler's decisions, without tasks, balancer or clock."""

import itertools
import random
from typing import Any

import pytest

from moorage.local.model import ServiceSpec, TargetGroupUse
from moorage.local.scheduler.deployments import (
    MAX_BACK_OFF,
    Service,
    Start,
    Stop,
    threshold,
)
from moorage.local.scheduler.describe import describe_service, describe_task
from moorage.local.scheduler.records import Task
from moorage.rollout.states import TargetState, TaskStatus

GROUP = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/web/1"


def spec(**changes: Any) -> ServiceSpec:
    values: dict[str, Any] = {
        "app": "web",
        "name": "web-1",
        "arn": "arn:aws:ecs:us-east-1:123456789012:service/main/web-1",
        "cluster_arn": "arn:aws:ecs:us-east-1:123456789012:cluster/main",
        "family": "web",
        "containers": (),
        "desired_count": 3,
        "circuit_breaker": True,
        "rollback": True,
        "grace": 30,
        "target_groups": (TargetGroupUse(GROUP, "web", 8080),),
        "zones": ("a", "b", "c"),
    }
    return ServiceSpec(**(values | changes))


class World:
    """Carries out what a service decides, at once, and keeps count."""

    def __init__(self, first: ServiceSpec) -> None:
        self.now = 1000.0
        self.service = Service(first)
        self.starting: list[Task] = []
        self.stopping: list[Task] = []
        self.most = 0

    def deploy(self, new: ServiceSpec, revision: int, **more: Any) -> str:
        return self.service.deploy(new, revision, self.now, **more)

    def turn(self, seconds: float = 0) -> None:
        """Decide, and take note of what is to be done."""
        self.now += seconds
        for action in self.service.decide(self.now):
            if isinstance(action, Start):
                action.task.targets[GROUP] = (TargetState.INITIAL, "")
                self.starting.append(action.task)
            elif action.task in self.starting:
                self.starting.remove(action.task)
                self.service.task_stopped(action.task, self.now)
            else:
                self.stopping.append(action.task)
        self.most = max(self.most, sum(task.alive for task in self.service.tasks.values()))

    def run(self, *, healthy: bool = True) -> None:
        """Let every task that starts run."""
        for task in self.starting:
            task.last_status, task.started_at = TaskStatus.RUNNING, self.now
            task.targets[GROUP] = (
                (TargetState.HEALTHY, "")
                if healthy
                else (TargetState.UNHEALTHY, "Health checks failed with 500")
            )
        self.starting.clear()

    def stop(self) -> None:
        """Let every task that stops have stopped."""
        for task in self.stopping:
            self.service.task_stopped(task, self.now)
        self.stopping.clear()

    def crash(self, task: Task, code: int = 1) -> None:
        task.stop_code, task.stopped_reason = "EssentialContainerExited", "Essential container in task exited"
        self.service.task_stopped(task, self.now)

    def settle(self, turns: int = 40) -> None:
        for _ in range(turns):
            self.turn(1)
            self.run()
            self.stop()

    @property
    def ready(self) -> list[Task]:
        return [task for task in self.service.tasks.values() if task.is_ready()]

    def states(self) -> list[tuple[str, int, str]]:
        return [(d.status, d.revision, d.rollout_state) for d in self.service.deployments]


def settled(first: ServiceSpec | None = None) -> World:
    world = World(first or spec())
    world.deploy(world.service.spec, 1)
    world.settle()
    assert world.states() == [("PRIMARY", 1, "COMPLETED")]
    return world


def test_a_first_deployment_starts_all_tasks_at_once_over_the_zones() -> None:
    world = World(spec())
    assert world.deploy(spec(), 1) == "new"
    world.turn()
    assert [task.zone for task in world.starting] == ["a", "b", "c"]
    world.run()
    world.turn()
    assert world.states() == [("PRIMARY", 1, "COMPLETED")]


def test_the_same_content_changes_nothing_and_force_replaces_everything() -> None:
    world = settled()
    before = set(world.service.tasks)
    assert world.deploy(spec(), 1) == "unchanged"
    world.settle(3)
    assert {task.id for task in world.ready} == before
    assert world.deploy(spec(), 1, force=True) == "new"
    world.settle()
    assert not {task.id for task in world.ready} & before


@pytest.mark.parametrize(
    ("count", "minimum", "maximum"),
    [(1, 100, 200), (3, 100, 200), (3, 50, 100), (4, 75, 125), (3, 0, 100), (5, 100, 120)],
)
def test_a_rollout_stays_within_its_percentages(count: int, minimum: int, maximum: int) -> None:
    size = {"desired_count": count, "minimum_healthy_percent": minimum, "maximum_percent": maximum}
    world = settled(spec(**size))
    world.most = 0
    world.deploy(spec(**size), 2)
    fewest = count
    for _ in range(60):
        world.turn(1)
        fewest = min(fewest, len(world.ready))
        world.run()
        world.stop()
    assert world.states() == [("PRIMARY", 2, "COMPLETED")]
    assert world.most <= count * maximum // 100
    assert fewest >= -(-count * minimum // 100)


def test_percentages_without_room_fail_with_the_reason() -> None:
    size = {"desired_count": 1, "minimum_healthy_percent": 100, "maximum_percent": 100}
    world = settled(spec(**size))
    world.deploy(spec(**size), 2)
    world.turn()
    assert world.states()[0] == ("PRIMARY", 2, "FAILED")
    assert "leave no room to replace 1 task(s)" in world.service.deployments[0].reason
    assert len(world.ready) == 1


def test_old_tasks_stop_one_for_one_as_new_ones_get_healthy() -> None:
    world = settled()
    world.deploy(spec(), 2)
    world.turn(1)
    new = world.starting.pop()
    new.last_status, new.started_at, new.targets[GROUP] = (
        TaskStatus.RUNNING,
        world.now,
        (TargetState.HEALTHY, ""),
    )
    world.turn(1)
    assert len(world.stopping) == 1
    assert len(world.ready) == 3


def test_a_circuit_that_breaks_goes_back_to_the_tasks_that_still_run() -> None:
    world = settled()
    before = {task.id for task in world.ready}
    world.deploy(spec(), 2)
    for _ in range(60):
        world.turn(1)
        for task in world.starting:
            task.last_status, task.started_at = TaskStatus.RUNNING, world.now
            world.crash(task)
        world.starting.clear()
        world.stop()
    deployment = world.service.deployments[0]
    assert world.states() == [("PRIMARY", 1, "COMPLETED")]
    assert f"rolling back to deploymentId {deployment.id}" in deployment.reason
    assert deployment.rollback_of is not None
    assert {task.id for task in world.ready} == before
    # What runs is asked for again: nothing to do, and nothing rolled back any more.
    assert world.deploy(spec(), 1) == "unchanged"
    assert deployment.rollback_of is None


def test_a_rollback_starts_again_what_the_failed_deployment_replaced() -> None:
    size = {"desired_count": 4, "minimum_healthy_percent": 50, "maximum_percent": 100}
    world = settled(spec(**size))
    world.deploy(spec(**size), 2)
    for _ in range(80):
        world.turn(1)
        for task in world.starting:
            task.last_status, task.started_at = TaskStatus.RUNNING, world.now
            if task.revision == 2:
                world.crash(task)
            else:
                task.targets[GROUP] = (TargetState.HEALTHY, "")
        world.starting.clear()
        world.stop()
        assert len(world.ready) >= 2
    assert world.states() == [("PRIMARY", 1, "COMPLETED")]
    assert len(world.ready) == 4


def test_a_first_deployment_that_fails_is_stopped() -> None:
    world = World(spec())
    world.deploy(spec(), 1)
    world.turn()
    good, *bad = world.starting
    good.last_status, good.started_at, good.targets[GROUP] = (
        TaskStatus.RUNNING,
        world.now,
        (TargetState.HEALTHY, ""),
    )
    for task in bad:
        world.crash(task)
    world.starting.clear()
    for _ in range(10):
        world.turn(1)
        for task in world.starting:
            world.crash(task)
        world.starting.clear()
        world.stop()
    assert world.states() == [("PRIMARY", 1, "FAILED")]
    assert not [task for task in world.service.tasks.values() if task.alive]
    assert len(world.service.failures) >= threshold(3)


def test_without_a_circuit_breaker_it_is_tried_for_ever_with_back_off() -> None:
    world = World(spec(circuit_breaker=False, desired_count=1))
    world.deploy(world.service.spec, 1)
    starts: list[float] = []
    for _ in range(3000):
        world.turn(0.5)
        for task in world.starting:
            starts.append(world.now)
            world.crash(task)
        world.starting.clear()
    gaps = [b - a for a, b in itertools.pairwise(starts)]
    assert gaps[0] <= 1
    assert gaps == sorted(gaps)
    assert MAX_BACK_OFF <= gaps[-1] <= MAX_BACK_OFF + 1
    assert world.states() == [("PRIMARY", 1, "IN_PROGRESS")]


def test_a_task_that_crashes_after_a_stable_time_is_replaced_at_once() -> None:
    world = settled()
    for _ in range(5):
        world.turn(100)
        victim = world.ready[0]
        world.crash(victim, 137)
        world.turn()
        assert len(world.starting) == 1
        assert world.starting[0].zone == victim.zone
        world.run()
    assert max(task.restarts for task in world.ready) >= 1
    assert world.states() == [("PRIMARY", 1, "COMPLETED")]


def test_unhealthy_targets_are_left_alone_within_grace_and_then_replaced() -> None:
    world = World(spec(desired_count=1))
    world.deploy(world.service.spec, 1)
    world.turn()
    world.run(healthy=False)
    world.turn(29)
    assert world.stopping == []
    world.turn(2)
    assert len(world.stopping) == 1
    assert world.stopping[0].stopped_reason == (
        f"Task failed ELB health checks in (target-group {GROUP}): Health checks failed with 500"
    )
    assert world.service.deployments[0].failed_tasks == 1


def test_a_task_that_was_healthy_has_no_grace() -> None:
    world = settled(spec(desired_count=1, grace=10_000))
    world.ready[0].targets[GROUP] = (TargetState.UNHEALTHY, "Request timed out")
    world.turn(1)
    assert len(world.stopping) == 1
    assert len(world.starting) == 1


def test_failing_container_health_checks_replace_the_task() -> None:
    world = settled(spec(desired_count=1))
    task = world.ready[0]
    task.containers = [{"name": "web", "lastStatus": TaskStatus.RUNNING, "healthStatus": "UNHEALTHY"}]
    world.turn(1)
    assert task.stopped_reason == "Task failed container health checks"


def test_scaling_starts_and_stops_only_the_difference() -> None:
    world = settled()
    before = {task.id for task in world.ready}
    assert world.service.scale(5, world.now) == "scaled"
    world.settle(5)
    assert before < {task.id for task in world.ready}
    assert len(world.ready) == 5
    world.service.scale(2, world.now)
    world.settle(5)
    assert len(world.ready) == 2
    assert {task.id for task in world.ready} < before
    assert world.states() == [("PRIMARY", 1, "COMPLETED")]


def test_a_count_set_by_hand_holds_until_the_program_changes_its_own() -> None:
    world = settled()
    world.service.overridden = True
    world.service.scale(5, world.now)
    world.settle(5)
    assert world.deploy(spec(), 1) == "unchanged"
    assert (world.service.count, world.service.overridden) == (5, True)
    world.deploy(spec(), 2)
    world.settle()
    assert len(world.ready) == 5
    assert world.deploy(spec(desired_count=2), 2) == "scaled"
    world.settle(5)
    assert (len(world.ready), world.service.overridden) == (2, False)


def test_a_new_deployment_replaces_one_that_is_still_going_on() -> None:
    world = settled()
    world.deploy(spec(), 2)
    world.turn(1)
    world.deploy(spec(), 3)
    world.settle()
    assert world.states() == [("PRIMARY", 3, "COMPLETED")]
    assert {task.revision for task in world.ready} == {3}


def test_descriptions_have_the_shapes_of_the_api() -> None:
    world = settled()
    world.deploy(spec(), 2)
    world.turn(1)
    service = describe_service(world.service)
    assert [(d["status"], d["rolloutState"]) for d in service["deployments"]] == [
        ("PRIMARY", "IN_PROGRESS"),
        ("ACTIVE", "COMPLETED"),
    ]
    assert (service["desiredCount"], service["runningCount"], service["pendingCount"]) == (3, 3, 3)
    assert service["taskDefinition"] == "arn:aws:ecs:us-east-1:123456789012:task-definition/web:2"
    assert "steady state" in " ".join(event["message"] for event in service["events"])
    task = describe_task(world.service, world.ready[0])
    assert task["taskArn"] == f"arn:aws:ecs:us-east-1:123456789012:task/main/{world.ready[0].id}"
    assert (task["lastStatus"], task["desiredStatus"], task["group"]) == (
        TaskStatus.RUNNING,
        TaskStatus.RUNNING,
        "service:web-1",
    )


@pytest.mark.parametrize(("desired", "failures"), [(1, 3), (6, 3), (7, 4), (25, 13), (400, 200), (1000, 200)])
def test_the_threshold_is_that_of_ecs(desired: int, failures: int) -> None:
    assert threshold(desired) == failures


@pytest.mark.parametrize("seed", range(30))
def test_whatever_happens_a_service_ends_where_it_was_sent(seed: int) -> None:
    """Random deployments, counts, crashes and health; then quiet: it must become steady."""
    dice = random.Random(seed)
    world = World(spec(desired_count=dice.randint(1, 5)))
    revision = 1
    world.deploy(world.service.spec, revision)
    for _ in range(200):
        what = dice.random()
        if what < 0.03:
            revision += 1
            world.deploy(spec(desired_count=dice.randint(1, 5)), revision)
        elif what < 0.06:
            world.service.scale(dice.randint(0, 6), world.now)
        elif what < 0.2 and world.ready:
            world.crash(dice.choice(world.ready))
        elif what < 0.25 and world.ready:
            dice.choice(world.ready).targets[GROUP] = (TargetState.UNHEALTHY, "Request timed out")
        world.turn(dice.choice((0, 0.1, 1, 20)))
        if dice.random() < 0.7:
            world.run(healthy=dice.random() < 0.9)
        if dice.random() < 0.7:
            world.stop()
    revision += 1
    world.deploy(spec(desired_count=3), revision)
    world.service.scale(3, world.now)
    for _ in range(200):
        world.turn(1)
        world.run()
        world.stop()
    assert world.states() == [("PRIMARY", revision, "COMPLETED")]
    assert [task.revision for task in world.ready] == [revision] * 3
    assert isinstance(world.service.decide(world.now + 1), list)
    assert not any(isinstance(action, Start | Stop) for action in world.service.decide(world.now + 2))
