"""Whatever ECS answers, `why` names a cause whenever `status` says unhealthy."""

import io
import json
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from moorage.console import Printer
from moorage.operate.health import look
from moorage.operate.place import Past, TargetRow
from moorage.operate.status import status
from moorage.operate.why import why
from moorage.rollout.ask import AskError, Denied, Refused, Unreachable
from moorage.rollout.diagnosis import ADVICE
from moorage.rollout.observed import (
    Service,
    ServiceDeployment,
    StoppedTask,
    Target,
    service_deployments_of,
    service_of,
    stopped_tasks_of,
)
from moorage.rollout.rules import RULES, Rule

REVISIONS = ["arn:task-definition/notes:6", "arn:task-definition/notes:7"]
GROUP = "group"

deployments = st.fixed_dictionaries(
    {
        "id": st.sampled_from(["ecs-svc/1", "ecs-svc/2"]),
        "status": st.sampled_from(["PRIMARY", "PRIMARY", "ACTIVE"]),
        "taskDefinition": st.sampled_from(REVISIONS),
        "desiredCount": st.integers(0, 2),
        "runningCount": st.integers(0, 2),
    },
    optional={
        "rolloutState": st.sampled_from(["COMPLETED", "FAILED", "IN_PROGRESS"]),
        "rolloutStateReason": st.text(max_size=5),
        "failedTasks": st.integers(0, 3),
    },
)
services = st.fixed_dictionaries(
    {
        "status": st.sampled_from(["ACTIVE", "ACTIVE", "ACTIVE", "DRAINING"]),
        "deployments": st.lists(deployments, max_size=2),
    },
    optional={"deploymentConfiguration": st.sampled_from([{"strategy": "ROLLING"}, {"strategy": "CANARY"}])},
)
pasts = st.fixed_dictionaries(
    {
        "targetServiceRevisionArn": st.sampled_from([*REVISIONS, "rev/unknown"]),
        "status": st.sampled_from(
            ["SUCCESSFUL", "STOPPED", "IN_PROGRESS", "ROLLBACK_IN_PROGRESS", "ROLLBACK_SUCCESSFUL", "PENDING"]
        ),
    },
    optional={"statusReason": st.sampled_from(["", "circuit breaker", "alarm"])},
)
tasks = st.fixed_dictionaries(
    {"taskArn": st.just("arn:task/main/1"), "taskDefinitionArn": st.sampled_from(REVISIONS)},
    optional={
        "startedBy": st.sampled_from(["ecs-svc/1", "ecs-svc/2"]),
        "stoppedReason": st.sampled_from(["", "Essential container in task exited", "something new"]),
    },
)
errors = st.sampled_from([Denied("no", "ecs:Something"), Unreachable("throttled"), Refused("invalid")])


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Return answers that are errors now and then."""
    return st.one_of(strategy, strategy, strategy, errors)


def answered(found: Any) -> Any:
    if isinstance(found, AskError):
        raise found
    return found


class AnyPlace:
    """A place with one app, and the ECS that it asks."""

    kind, name, advice = "aws", "main", ADVICE
    apps = ("notes",)
    rules: Sequence[Rule] = RULES
    target_groups = (GROUP,)

    def __init__(self, answers: Mapping[str, Any]) -> None:
        self._answers = answers

    def ecs(self, app: str) -> "AnyPlace":
        return self

    def service(self, app: str = "") -> Any:
        return self._answers["service"]

    def targets(self, target: str) -> Any:
        states = answered(self._answers["targets"])
        if target == GROUP:
            return [Target(state, "", "") for state in states if state != "healthy"]
        return [TargetRow(GROUP, "10.0.0.1:80", state) for state in states]

    def past(self, app: str) -> list[Past]:
        known = service_deployments_of({"serviceDeployments": answered(self._answers["past"])})
        return [Past(item, item.revision if item.revision in REVISIONS else "") for item in known]

    def stopped(self) -> list[str]:
        return ["arn:task/main/1"]

    def tasks(self, wanted: str | Sequence[str]) -> list[StoppedTask]:
        """Return the app's tasks that run, of which it has none, or those that stopped."""
        return (
            [] if isinstance(wanted, str) else stopped_tasks_of({"tasks": answered(self._answers["tasks"])})
        )

    def service_deployments(self) -> list[ServiceDeployment]:
        return service_deployments_of({"serviceDeployments": answered(self._answers["past"])})

    def task_definitions(self, revisions: Sequence[str]) -> dict[str, str]:
        return {revision: revision for revision in revisions if revision in REVISIONS}

    def service_deployment(self, arn: str) -> ServiceDeployment | None:
        return None

    def log(self, container: str, task: str) -> list[str]:
        return []


def shown(verb: Any, place: Any, as_json: bool = False) -> tuple[int, str]:
    out = io.StringIO()
    with redirect_stdout(out):
        code = verb(place, Printer(as_json=as_json), None)
    return code, out.getvalue()


COMPLETED = {
    "id": "ecs-svc/1",
    "status": "PRIMARY",
    "taskDefinition": REVISIONS[1],
    "rolloutState": "COMPLETED",
}
SHORT = {"status": "ACTIVE", "deployments": [COMPLETED | {"desiredCount": 2, "runningCount": 1}]}
FULL = {"status": "ACTIVE", "deployments": [COMPLETED | {"desiredCount": 2, "runningCount": 2}]}


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(
    st.fixed_dictionaries(
        {
            "service": services,
            "past": maybe(st.lists(pasts, max_size=2)),
            "targets": maybe(st.lists(st.sampled_from(["healthy", "unhealthy", "initial"]), max_size=2)),
            "tasks": maybe(st.lists(tasks, max_size=2)),
        }
    )
)
@example({"service": SHORT, "past": [], "targets": [], "tasks": []})
@example({"service": FULL, "past": [], "targets": ["unhealthy"], "tasks": []})
@example({"service": SHORT, "past": [], "targets": [], "tasks": Denied("no", "ecs:DescribeTasks")})
def test_why_names_a_cause_whenever_status_says_unhealthy(answers: dict[str, Any]) -> None:
    place: Any = AnyPlace(answers)
    try:
        code, _ = shown(status, place)
    except AskError:
        # The state of an app that moves requests is unknown without its deployments.
        assert isinstance(answers["past"], AskError)
        return
    health = look(place, "notes")
    told, text = shown(why, place)
    _, document = shown(why, place, as_json=True)
    (app,) = json.loads(document)["apps"]

    assert (code == 1) == (health.state == "unhealthy")
    assert text.startswith("notes: ")
    if health.state == "unhealthy":
        assert told == 1
        assert "nothing failed" not in text
        assert "nothing is wrong" not in text
        assert app["failed"]
        assert app["failure"]["cause"]
        assert app["failure"]["kind"]


def test_too_few_tasks_are_a_cause() -> None:
    place: Any = AnyPlace({"service": SHORT, "past": [], "targets": [], "tasks": []})
    code, text = shown(why, place)

    assert code == 1
    assert text == (
        "notes: notes:7: 1/2 tasks running: 1 of 2 tasks run\n"
        "most likely: ECS gave no reason\n"
        "what to do: check the service's events and the tasks' log\n"
    )


def test_unhealthy_targets_are_a_cause() -> None:
    place: Any = AnyPlace({"service": FULL, "past": [], "targets": ["unhealthy"], "tasks": []})

    assert shown(why, place)[1].startswith("notes: notes:7: 2/2 tasks running: 1 unhealthy target\n")


def test_the_same_answer_is_read_by_both() -> None:
    place: Any = AnyPlace({"service": FULL, "past": [], "targets": [], "tasks": []})
    found: Service = service_of({"services": [place.service()]})

    assert look(place, "notes").service == found
    assert shown(why, place) == (0, "notes: nothing failed: notes:7 is running, 2/2 tasks\n")
