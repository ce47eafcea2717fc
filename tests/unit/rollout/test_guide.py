"""What docs/rollouts.md shows is what a user sees: each block is the end of a scripted rollout."""

import json
import re
from pathlib import Path

import pytest
from support import aws_answers as answers
from support.scripted_aws import Follow, ScriptedAws

from moorage.resources.app.verification import ACTIONS
from moorage.rollout.ask import Expired, unanswered
from moorage.rollout.settings import Asked


@pytest.fixture(scope="module")
def page(root: Path) -> str:
    return (root / "docs" / "rollouts.md").read_text()


def test_while_it_goes_on(page: str, followed: Follow) -> None:
    old = answers.deployment(6, answers.OLD, "COMPLETED", status="ACTIVE", running=2)
    done = followed(
        (0, answers.service(answers.deployment(7, pending=2), old)),
        (6, answers.service(answers.deployment(7, running=1, pending=1), old)),
        (12, answers.service(answers.deployment(7, running=2), old | {"runningCount": 1})),
        (30, answers.service(answers.deployment(7, state="COMPLETED", running=2))),
    )

    assert "\n".join(done.said) in page


def test_rolled_back(page: str, followed: Follow, scripted: ScriptedAws) -> None:
    scripted.stopped = [
        answers.task(
            number,
            f"Task failed ELB health checks in (target-group {answers.GROUP})",
            code="ServiceSchedulerInitiated",
            exit_code=143,
        )
        for number in range(3)
    ]
    scripted.targets = [
        ("unhealthy", "Target.ResponseCodeMismatch", "Health checks failed with these codes: [404]")
    ]
    scripted.logs = {
        f"notes/notes/{number:032x}": ['10.0.1.17 "GET / HTTP/1.1" 404', '10.0.1.52 "GET / HTTP/1.1" 404']
        for number in range(3)
    }
    done = followed(
        (0, answers.service(answers.deployment(7, pending=2))),
        (
            200,
            answers.service(
                answers.deployment(8, answers.OLD, running=2, at=200),
                answers.deployment(7, state="FAILED", status="ACTIVE", failed=3),
                events={
                    200: "(deployment ecs-svc/0000000000000000007) deployment failed: tasks failed to start."
                },
            ),
        ),
    )

    assert done.text in page


def test_failed(page: str, followed: Follow, scripted: ScriptedAws) -> None:
    reason = (
        "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval "
        "failed: unable to retrieve secret from asm: service call has been retried 1 time(s): retrieved "
        "secret from Secrets Manager did not contain json key TOKEN"
    )
    scripted.stopped = [answers.task(number, reason) for number in range(3)]
    done = followed(
        (0, answers.service(answers.deployment(7))),
        (60, answers.service(answers.deployment(7, state="FAILED", failed=3))),
    )

    assert done.text in page


def test_timed_out(page: str, followed: Follow) -> None:
    event = (
        "was unable to place a task because no container instance met all of its requirements. The closest "
        "matching (container-instance 40f53686-1332-4b7b-97b1-5b7de7586fd3) has insufficient memory "
        "available."
    )
    done = followed((0, answers.service(answers.deployment(7), events={9: event})))

    assert done.text in page


def test_overtaken(page: str, followed: Follow) -> None:
    newer = answers.deployment(9, answers.NEW.replace(":7", ":9"), running=1, at=8)

    assert followed((0, answers.service(newer))).text in page


def test_scaled_to_zero(page: str, followed: Follow) -> None:
    zero = answers.service(answers.deployment(7, state="COMPLETED", desired=0))

    assert followed((0, zero), asked=Asked(least=2)).text in page


def test_expired(page: str) -> None:
    text = "the AWS credentials have expired: The security token included in the request is expired"

    assert f"whether notes:7 runs is not known: {unanswered(Expired(text), ACTIONS, '')}" in page


def test_gone(page: str, followed: Follow) -> None:
    assert followed((0, answers.MISSING)).text in page


def test_healed(page: str, followed: Follow, scripted: ScriptedAws) -> None:
    scripted.after_update = [
        (0, answers.service(answers.deployment(9, pending=2))),
        (30, answers.service(answers.deployment(9, state="COMPLETED", running=2))),
    ]
    done = followed((0, answers.service(answers.deployment(8, answers.OLD, "COMPLETED", running=2))))

    assert "\n".join(done.said) in page


def test_the_policy_allows_what_is_asked_for(page: str) -> None:
    (policy,) = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", page, re.S)]

    allowed = [action for statement in policy["Statement"] for action in statement["Action"]]
    assert sorted(allowed) == sorted(ACTIONS)


def test_settings_that_were_rolled_back(page: str, followed: Follow, scripted: ScriptedAws) -> None:
    spot, on_demand = (
        {"capacityProviderStrategy": [{"capacityProvider": name, "base": 0, "weight": 1}]}
        for name in ("FARGATE_SPOT", "FARGATE")
    )
    back = answers.service(answers.deployment(8, state="COMPLETED", running=2) | on_demand)
    scripted.after_update = [
        (0, answers.service(answers.deployment(9, pending=2) | spot)),
        (30, answers.service(answers.deployment(9, state="COMPLETED", running=2) | spot)),
    ]
    healed = followed((0, back), asked=Asked(spot))
    assert "\n".join(healed.said) in page

    failed = answers.deployment(7, state="FAILED", status="ACTIVE", failed=3) | spot
    failing = answers.service(answers.deployment(7) | spot)
    gone_back = answers.service(answers.deployment(8, running=2) | on_demand, failed)
    scripted.clock.seconds = 0.0
    done = followed((0, failing), (30, gone_back), asked=Asked(spot))
    assert done.text.splitlines()[0] in page
