"""Whatever AWS answers, following a rollout ends, and in success only when the right revision runs."""

import asyncio
import os
from collections.abc import Sequence
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from support.scripted_aws import call

from moorage.rollout.ask import AskError, Denied, Loop, Refused, Unreachable
from moorage.rollout.diagnosis import report
from moorage.rollout.observed import (
    Service,
    ServiceDeployment,
    StoppedTask,
    Target,
    service_deployments_of,
    service_of,
    stopped_tasks_of,
    unready_targets_of,
)
from moorage.rollout.settings import NOTHING_ASKED, Asked
from moorage.rollout.watch import POLL, SURE, Awaited, Outcome, follow

WANT, OTHERS = "arn:task-definition/notes:7", ["arn:task-definition/notes:6", "arn:task-definition/notes:9"]
TIMEOUT = 120

EXAMPLES = int(os.environ.get("MOORAGE_GENERATED", "0"))
generated = settings(max_examples=EXAMPLES or 100, derandomize=not EXAMPLES, deadline=None, database=None)
"""Few examples, always the same; with MOORAGE_GENERATED=2000 so many, other ones each time."""

errors = st.sampled_from([Denied("no", "ecs:Something"), Unreachable("throttled"), Refused("invalid")])


def _deployments(statuses: list[str], revisions: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "id": st.sampled_from(["ecs-svc/1", "ecs-svc/2", "ecs-svc/3"]),
            "status": st.sampled_from(statuses),
            "taskDefinition": st.sampled_from(revisions),
            "desiredCount": st.integers(0, 2),
            "runningCount": st.integers(0, 2),
            "pendingCount": st.integers(0, 1),
        },
        optional={
            "rolloutState": st.sampled_from(["COMPLETED", "FAILED", "IN_PROGRESS", "SOMETHING_NEW"]),
            "rolloutStateReason": st.text(max_size=5),
            "failedTasks": st.integers(0, 3),
        },
    )


def _services(deployments: st.SearchStrategy[Any], statuses: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    events = st.lists(st.fixed_dictionaries({"message": st.text(max_size=20)}), max_size=2)
    one = st.fixed_dictionaries(
        {"deployments": deployments, "status": st.sampled_from(statuses)},
        optional={"events": events, "desiredCount": st.integers(0, 2)},
    )
    return one.map(lambda service: {"services": [service]})


likely = _services(
    st.tuples(_deployments(["PRIMARY"], [WANT, WANT, *OTHERS])).map(list)
    | st.tuples(_deployments(["PRIMARY"], [WANT, *OTHERS]), _deployments(["ACTIVE"], [WANT, *OTHERS])).map(
        list
    ),
    ["ACTIVE"],
)
unlikely = _services(
    st.lists(_deployments(["PRIMARY", "ACTIVE", "INACTIVE"], [WANT, *OTHERS]), max_size=3),
    ["ACTIVE", "DRAINING", "INACTIVE"],
)
shifting = st.fixed_dictionaries(
    {
        "status": st.just("ACTIVE"),
        "deployments": st.lists(_deployments(["PRIMARY", "ACTIVE"], [WANT, *OTHERS]), max_size=2),
        "deploymentConfiguration": st.fixed_dictionaries(
            {"strategy": st.sampled_from(["BLUE_GREEN", "CANARY", "LINEAR", "SOMETHING_NEW"])}
        ),
    },
    optional={"currentServiceDeployment": st.sampled_from(["sd1", "sd2"])},
).map(lambda service: {"services": [service]})
shifts = st.fixed_dictionaries(
    {
        "serviceDeploymentArn": st.sampled_from(["sd1", "sd2"]),
        "targetServiceRevision": st.fixed_dictionaries({"arn": st.sampled_from(["new", "new", "old"])}),
        "status": st.sampled_from(
            [
                *("PENDING", "IN_PROGRESS", "SUCCESSFUL", "STOP_REQUESTED", "STOPPED", "SOMETHING_NEW"),
                *("ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED"),
            ]
        ),
    },
    optional={
        "lifecycleStage": st.sampled_from(["SCALE_UP", "BAKE_TIME", "PRODUCTION_TRAFFIC_SHIFT", "NEW"]),
        "statusReason": st.text(max_size=5),
        "deploymentConfiguration": st.fixed_dictionaries({"bakeTimeInMinutes": st.integers(0, 9)}),
    },
)
missing = st.just({"failures": [{"reason": "MISSING"}]})
answers = st.sampled_from([likely] * 12 + [unlikely, unlikely, missing, errors]).flatmap(lambda kind: kind)
tasks = st.fixed_dictionaries(
    {"taskArn": st.just("arn:task/main/1"), "taskDefinitionArn": st.sampled_from([WANT, *OTHERS])},
    optional={
        "startedBy": st.sampled_from(["ecs-svc/1", "ecs-svc/2", ""]),
        "stopCode": st.sampled_from(["EssentialContainerExited", "TaskFailedToStart"]),
        "stoppedReason": st.text(max_size=10),
        "containers": st.lists(
            st.fixed_dictionaries({"name": st.just("notes")}, optional={"exitCode": st.integers(0, 255)}),
            max_size=2,
        ),
    },
)
healths = st.fixed_dictionaries(
    {},
    optional={"State": st.sampled_from(["unhealthy", "healthy", "initial"]), "Reason": st.text(max_size=5)},
)


class AnyEcs:
    """Answers with whatever was drawn: looks in turn, the last one forever."""

    def __init__(self, data: st.DataObject, looks: st.SearchStrategy[Any] = answers) -> None:
        self.target_groups = ["group"]
        self.looks = data.draw(st.lists(looks, min_size=1, max_size=12), label="looks")
        self.data = data
        self.shown: list[Any] = []
        self.calls = 0
        self.updates = 0

    def _answer(self, found: Any) -> Any:
        # What AWS does not answer is asked again.
        self.calls += not isinstance(found, Unreachable)
        if isinstance(found, AskError):
            raise found
        return found

    def _draw(self, strategy: st.SearchStrategy[Any], label: str) -> Any:
        return self._answer(self.data.draw(st.one_of(strategy, errors), label=label))

    def service(self) -> Service:
        found = self.looks[min(len(self.shown), len(self.looks) - 1)]
        self.shown.append(found)
        return service_of(self._answer(found))

    def answers(self) -> list[Any]:
        """The looks that AWS answered."""
        return [look for look in self.shown if not isinstance(look, AskError)]

    def redeploy(self, task_definition: str, settings: Any) -> str:
        assert task_definition == WANT
        identifier = self._draw(st.sampled_from(["", "ecs-svc/2"]), "update")
        self.updates += 1
        return identifier

    def stopped(self) -> list[str]:
        return self._draw(st.lists(st.just("arn:task/main/1"), max_size=2), "stopped")

    def tasks(self, arns: Sequence[str]) -> list[StoppedTask]:
        return stopped_tasks_of({"tasks": self._draw(st.lists(tasks, max_size=3), "tasks")})

    def targets(self, group: str) -> list[Target]:
        found = self._draw(st.lists(healths, max_size=2), "targets")
        return unready_targets_of({"TargetHealthDescriptions": [{"TargetHealth": one} for one in found]})

    def service_deployments(self) -> list[ServiceDeployment]:
        known = st.fixed_dictionaries({"targetServiceRevisionArn": st.sampled_from(["r1", "r2"])})
        return service_deployments_of({"serviceDeployments": self._draw(st.lists(known, max_size=2), "list")})

    def task_definitions(self, revisions: Sequence[str]) -> dict[str, str]:
        return {one: self._draw(st.sampled_from([WANT, *OTHERS]), "definition") for one in revisions}

    def service_deployment(self, arn: str) -> ServiceDeployment | None:
        return self._draw(st.none(), "service deployment")

    def log(self, container: str, task: str) -> list[str]:
        return self._draw(st.lists(st.text(max_size=5), max_size=2), "log")


def _runs(answer: Any, state: str | None) -> bool:
    """Whether an answer shows that the wanted revision runs; `state` as ECS would say it."""
    (service,) = answer["services"]
    primary = next((one for one in service["deployments"] if one["status"] == "PRIMARY"), {})
    wanted = primary.get("taskDefinition") == WANT and primary.get("rolloutState") == state
    return wanted and primary["runningCount"] >= primary["desiredCount"]


def _counted(answer: Any) -> bool:
    """Whether an answer without rollout states shows that all that was asked for runs and nothing else."""
    one, *more = answer["services"][0]["deployments"]
    equal = one["runningCount"] == one["desiredCount"] and not one["pendingCount"]
    return _runs(answer, None) and equal and not more


class AnyShift(AnyEcs):
    """The same for a service whose deployments move requests."""

    def __init__(self, data: st.DataObject) -> None:
        super().__init__(
            data, st.sampled_from([shifting] * 12 + [errors, missing]).flatmap(lambda kind: kind)
        )
        self.shift: ServiceDeployment | None = None

    def task_definitions(self, revisions: Sequence[str]) -> dict[str, str]:
        known = {"new": WANT, "old": OTHERS[0]}
        return {one: known[one] for one in revisions if one in known}

    def service_deployment(self, arn: str) -> ServiceDeployment | None:
        found = self._draw(st.one_of(shifts, shifts, shifts, st.none()), "shift")
        self.shift = service_deployments_of({"serviceDeployments": [found]})[0] if found else None
        return self.shift


def _followed(ecs: AnyEcs, asked: Asked = NOTHING_ASKED) -> tuple[Outcome | AskError, float]:
    """Follow to the end; return it and the seconds that took."""
    seconds = [0.0]

    async def sleep(duration: float) -> None:
        assert duration > 0
        seconds[0] += duration

    loop = Loop(lambda line: None, call, sleep, lambda: seconds[0])
    run = follow(Awaited(ecs, WANT, TIMEOUT, asked), loop)
    try:
        return asyncio.run(run), seconds[0]
    except AskError as error:
        return error, seconds[0]


@generated
@given(st.data())
def test_it_ends_and_never_claims_success(data: st.DataObject) -> None:
    ecs = AnyEcs(data)
    least = data.draw(st.integers(0, 1), label="least")
    outcome, seconds = _followed(ecs, Asked(least=least, kept={"desiredCount": 2}))

    assert seconds < TIMEOUT + POLL
    looks = ecs.answers()
    assert len(looks) <= TIMEOUT / POLL + 1
    # One look each time, one update, whose deployment goes on, and what the evidence takes.
    assert ecs.calls <= len(looks) + 1 + 4 + 10
    assert ecs.updates <= 1
    if isinstance(outcome, AskError):
        # What AWS does not answer is asked until the time is over; what it refuses ends it at once.
        assert seconds >= TIMEOUT if isinstance(outcome, Unreachable) else isinstance(ecs.shown[-1], AskError)
        return
    kinds = {"completed", "rolled_back", "failed", "timed_out", "gone", "overtaken", "scaled_to_zero"}
    assert outcome.kind in kinds
    assert report(outcome, WANT)
    if outcome.kind == "gone":
        return
    primary = outcome.primary
    if outcome.ok:
        assert primary
        assert primary.running >= primary.desired >= least
        assert _runs(looks[-1], "COMPLETED") or all(map(_counted, looks[-SURE:]))
        assert looks[-1]["services"][0].get("desiredCount", 2) == 2 or len(looks) >= SURE
    elif outcome.kind == "scaled_to_zero":
        assert least
        assert primary
        assert primary.desired == 0
    elif outcome.kind != "timed_out" and "services" in looks[-1]:
        # It does not claim a failure either when the last look showed success, unless that look also
        # showed a deployment that failed, or not the one that was begun.
        states = {one.get("rolloutState") for one in looks[-1]["services"][0]["deployments"]}
        assert not _runs(looks[-1], "COMPLETED") or "FAILED" in states or ecs.updates


@generated
@given(st.data())
def test_moving_requests_ends_too_and_never_claims_success(data: st.DataObject) -> None:
    ecs = AnyShift(data)
    outcome, seconds = _followed(ecs)

    assert seconds < TIMEOUT + POLL
    # A look is three requests, or four where the deployment must be found first.
    assert ecs.calls <= 4 * len(ecs.answers()) + 1 + 4 + 10
    assert ecs.updates <= 1
    if isinstance(outcome, AskError):
        return
    kinds = {"completed", "rolled_back", "stuck", "stopped", "failed", "timed_out", "gone", "overtaken"}
    assert outcome.kind in kinds
    assert report(outcome, WANT)
    if outcome.ok and ecs.shift:
        (service,) = ecs.answers()[-1]["services"]
        primary = next(one for one in service["deployments"] if one["status"] == "PRIMARY")
        assert primary["taskDefinition"] == WANT
        assert primary["runningCount"] >= primary["desiredCount"]
        if ecs.shift.status == "SUCCESSFUL" and ecs.shift.revision == "new":
            return
        # Another user's deployment ended, and all tasks of the service are ours: seen several times.
        assert ecs.shift.revision == "old" or len(service["deployments"]) == 1
        assert ecs.shift.status not in ("PENDING", "IN_PROGRESS", "ROLLBACK_IN_PROGRESS")
        assert len(ecs.shown) >= SURE
